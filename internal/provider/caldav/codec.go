package caldav

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
)

// maxItem bounds one calendar object; what is larger is set aside, unread.
var maxItem = icalendar.DefaultLimits.Bytes

// item says what a resource holds. raw is kept and must not be used again by the caller.
func (c *Calendar) item(id provider.RemoteID, tag string, raw []byte, modified time.Time) provider.Item {
	if c.profile.Gateway {
		raw = heard(raw)
	}
	it := provider.Item{ID: id, State: provider.StateLive, Versions: provider.One(tag), Raw: raw, Modified: modified}
	d, problem := icalendar.Decode(raw, icalendar.Options{Self: c.self})
	if problem != nil {
		it.State, it.Problem = provider.StateUnreadable, &provider.Problem{Code: provider.ProblemCode(problem.Code), Detail: problem.Detail}
		return it
	}
	it.Event, it.Key, it.Related = d.Event, provider.Key(d.Key), d.Related
	it.Invited = d.Invited
	it.Editable = calendar.BothWaysFields
	switch {
	case d.Invited && c.profile.Gateway:
		it.Editable = 0 // of somebody else's meeting it changes the reminder alone
	case d.Invited:
		it.Editable &^= calendar.OrganizerOwned
	}
	// The server mails when the organiser writes (RFC 6638 section 3.2.1). What an invitee may edit mails nobody.
	if d.Organised && c.profile.Schedules {
		it.WouldMail = d.Others
	}
	if it.Key == "" && provider.RemoteID(c.path+d.Event.UID+".ics") == id {
		it.Key = provider.Key(d.Event.UID) // a server that drops unknown properties keeps the name
	}
	if it.Key == "" && c.profile.Gateway && keyForm.MatchString(d.Event.UID) {
		it.Key = provider.Key(d.Event.UID) // and one that gives names of its own, the UID
	}
	return it
}

// tooLarge is an item beyond maxItem.
func tooLarge(id provider.RemoteID, tag string) provider.Item {
	return provider.Item{
		ID: id, State: provider.StateUnreadable, Versions: provider.One(tag),
		Problem: &provider.Problem{Code: provider.TooLarge, Detail: fmt.Sprintf("more than %d bytes", maxItem)},
	}
}

// lastModified is when the server says that a resource was last changed, on our clock: the answer's Date takes the
// skew out. Zero without either; LAST-MODIFIED inside the text does not count, being on the clock of whoever wrote it.
func (c *Calendar) lastModified(text string, h http.Header) time.Time {
	at, err := http.ParseTime(text)
	if err != nil {
		return time.Time{}
	}
	return provider.OurTime(at, h.Get("Date"), c.client.now())
}

// render writes what a creation sends. The UID is the key, so that a lost reply can be settled, and so that a server
// that allows one resource for a UID refuses a second copy.
func (c *Calendar) render(w provider.Put) ([]byte, error) {
	e := w.Event
	e.UID = string(w.Key)
	raw, err := icalendar.Encode(e, icalendar.WriteOptions{Now: c.client.now(), Key: string(w.Key)})
	return raw, rejected(err)
}

// patch changes in base what w changes, and nothing else.
func (c *Calendar) patch(w provider.Put, base provider.Item) ([]byte, error) {
	raw, err := icalendar.Patch(base.Raw, base.Event, w.Event, w.Fields, icalendar.WriteOptions{Now: c.client.now()})
	return raw, rejected(err)
}

func rejected(err error) error {
	if err == nil {
		return nil
	}
	return &provider.Error{Op: opPut, Class: provider.Rejected, Err: err}
}

// sameEvent compares all that is modelled.
func sameEvent(a, b *calendar.Event) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// holds reports whether what the server holds says what we sent, as far as people edit it. What only the calendar says
// (answers, status) may have moved by itself.
func (c *Calendar) holds(held, sent *calendar.Event) bool {
	if c.profile.Gateway {
		return alike(held, sent)
	}
	a, b := held.Clone(), sent.Clone()
	for _, e := range []*calendar.Event{&a, &b} {
		e.UID = ""
		forget(&e.Values)
		for i := range e.Overrides {
			forget(&e.Overrides[i].Values)
			e.Overrides[i].Set &= calendar.BothWaysFields
		}
		e.Normalize()
	}
	return sameEvent(&a, &b)
}

func forget(v *calendar.Values) {
	for _, f := range (calendar.AllFields &^ calendar.BothWaysFields).List() {
		calendar.Copy(f, v, &calendar.Values{})
	}
}
