package google

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
	standin "tahti/internal/standin/google"
)

const (
	alice = "alice@example.com"
	carol = "carol@elsewhere.example"
)

// backdoor is another program at the same calendar: plain HTTP, apart from the adapter.
type backdoor struct {
	*wire
	server   *standin.Server
	base     string
	calendar string
	tokens   map[string]string
	zone     string // the calendar's
	made     int
}

type object = map[string]any

// stand starts a stand-in with alice's calendar in it and opens that.
func stand(t rapid.TB, variant standin.Variant) (*Calendar, *backdoor) {
	t.Helper()
	server := standin.New(standin.Options{
		Variant: variant, Token: "alice's",
		Users: []standin.User{
			{Email: alice, Name: "Alice", Calendars: []standin.Calendar{{TimeZone: "Europe/Helsinki"}}},
			{Email: carol, Name: "Carol"}, {Email: "bob@example.com", Name: "Bob"},
		},
	})
	token, err := server.Grant(carol, "calendar")
	if err != nil {
		t.Fatal(err)
	}
	b := &backdoor{
		wire: newWire(server, "alice's"), server: server, base: "http://calendar.example/calendar/v3", calendar: alice, zone: "Europe/Helsinki",
		tokens: map[string]string{alice: "alice's", carol: token},
	}
	return b.open(t), b
}

// open connects as the product does: probe, store, open with what was stored.
func (b *backdoor) open(t rapid.TB) *Calendar {
	t.Helper()
	config := Config{Base: b.base, Calendar: b.calendar, Transport: b.wire, Now: time.Now}
	c, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Probe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if config.Profile, err = ParseProfile(p.String()); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(config); err != nil {
		t.Fatal(err)
	}
	return c
}

// fresh opens the calendar as a new run does, with nothing remembered.
func (b *backdoor) fresh(t rapid.TB) *Calendar {
	t.Helper()
	c, err := Open(Config{
		Base: b.base, Calendar: b.calendar, Transport: b.wire, Now: time.Now, Profile: Profile{Role: roleOwner, TimeZone: b.zone},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// do sends one request as a user. Every status above 299 is an error.
func (b *backdoor) do(who, method, path string, body object) (object, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(method, b.base+path, strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+b.tokens[who])
	req.Header.Set("Content-Type", "application/json")
	resp, err := inProcess{b.server}.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode > 299 {
		return nil, fmt.Errorf("%s %s: HTTP %d: %s", method, path, resp.StatusCode, answer)
	}
	out := object{}
	if len(answer) > 0 {
		err = json.Unmarshal(answer, &out)
	}
	return out, err
}

func eventPath(calendar string, id string) string {
	path := "/calendars/" + url.PathEscape(calendar) + "/events"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return path
}

// moment writes a time as the API takes it, with the offset that the zone database gives.
func wireTime(t calendar.Time) object {
	switch t.Kind {
	case calendar.Date:
		return object{"date": t.Wall.Civil().Format("2006-01-02")}
	case calendar.UTC:
		return object{"dateTime": t.Wall.Civil().Format(time.RFC3339), "timeZone": "UTC"}
	}
	loc, err := recur.Location(t.Zone)
	if err != nil {
		panic(err)
	}
	return object{"dateTime": t.Instant(loc).Format(time.RFC3339), "timeZone": t.Zone}
}

// render writes what an event says as another program would.
func render(v *calendar.Values) object {
	o := object{"summary": v.Subject, "location": v.Location, "description": v.Description, "start": wireTime(v.Start), "end": wireTime(v.End)}
	if !v.Busy {
		o["transparency"] = "transparent"
	}
	if v.Private {
		o["visibility"] = "private"
	}
	var guests []object
	for _, g := range v.Guests {
		answer := "needsAction"
		if g.Answer == calendar.Accepted {
			answer = "accepted"
		}
		guests = append(guests, object{"email": g.Email, "displayName": g.Name, "responseStatus": answer})
	}
	if guests != nil {
		o["attendees"] = guests
	}
	return o
}

// instanceID is how the server names an occurrence.
func instanceID(id string, series calendar.Time, original calendar.Wall) string {
	t := series
	t.Wall = original
	if t.Kind == calendar.Date {
		return id + "_" + t.Wall.DateString()
	}
	loc := time.UTC
	if t.Kind == calendar.Zoned {
		var err error
		if loc, err = recur.Location(t.Zone); err != nil {
			panic(err)
		}
	}
	return id + "_" + t.Instant(loc).UTC().Format("20060102T150405Z")
}

func (b *backdoor) create(e calendar.Event, more object) (provider.RemoteID, error) {
	who := alice
	if e.Organizer.Email != "" {
		who = e.Organizer.Email
	}
	o := render(&e.Values)
	if e.Rule != "" {
		o["recurrence"] = []string{"RRULE:" + e.Rule}
	}
	for k, v := range more {
		o[k] = v
	}
	b.made++
	o["id"] = fmt.Sprintf("other%05d", b.made)
	answer, err := b.do(who, "POST", eventPath(who, "")+"?conferenceDataVersion=1&supportsAttachments=true", o)
	if err != nil {
		return "", err
	}
	id, _ := answer["id"].(string)
	return provider.RemoteID(id), b.except(id, e)
}

// except writes the exceptions of a series.
func (b *backdoor) except(id string, e calendar.Event) error {
	for i := range e.Overrides {
		v := e.Effective(&e.Overrides[i])
		if _, err := b.do(alice, "PATCH", eventPath(b.calendar, instanceID(id, e.Start, e.Overrides[i].Original)), render(&v)); err != nil {
			return err
		}
	}
	for _, w := range e.Cancelled {
		if _, err := b.do(alice, "DELETE", eventPath(b.calendar, instanceID(id, e.Start, w)), nil); err != nil {
			return err
		}
	}
	return nil
}

func (b *backdoor) Create(e calendar.Event) (provider.RemoteID, error) { return b.create(e, nil) }

func (b *backdoor) Invite(e calendar.Event) (provider.RemoteID, error) { return b.Create(e) }

func (b *backdoor) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	return b.create(e, object{
		"colorId": "7", "source": object{"title": "A page", "url": "https://example.com/a?b=c"},
		"reminders":          object{"useDefault": false, "overrides": []object{{"method": "popup", "minutes": 15}}},
		"extendedProperties": object{"private": object{"other": "kept; as it is"}, "shared": object{"other": "too"}},
		"attachments":        []object{{"fileUrl": "https://example.com/agenda.txt", "title": "Agenda"}},
		"conferenceData":     object{"createRequest": object{"requestId": "r1", "conferenceSolutionKey": object{"type": "hangoutsMeet"}}},
	})
}

// Edit gives an item new content; one that was deleted is brought back.
func (b *backdoor) Edit(id provider.RemoteID, e calendar.Event) error {
	o := render(&e.Values)
	o["status"] = "confirmed"
	_, err := b.do(alice, "PATCH", eventPath(b.calendar, string(id)), o)
	return err
}

func (b *backdoor) Delete(id provider.RemoteID) error {
	_, err := b.do(alice, "DELETE", eventPath(b.calendar, string(id)), nil)
	return err
}

// list is everything in the calendar.
func (b *backdoor) list() (all []object, err error) {
	for page := ""; ; {
		answer, err := b.do(alice, "GET", eventPath(b.calendar, "")+"?maxResults=2500"+page, nil)
		if err != nil {
			return nil, err
		}
		for _, x := range answer["items"].([]any) {
			all = append(all, x.(object))
		}
		token, more := answer["nextPageToken"].(string)
		if !more {
			return all, nil
		}
		page = "&pageToken=" + url.QueryEscape(token)
	}
}

func (b *backdoor) Held() ([]provider.RemoteID, error) {
	all, err := b.list()
	var ids []provider.RemoteID
	for _, o := range all {
		if o["recurringEventId"] == nil {
			ids = append(ids, provider.RemoteID(o["id"].(string)))
		}
	}
	return ids, err
}

// CreateUnreadable makes an event whose zone nobody knows.
func (b *backdoor) CreateUnreadable() (provider.RemoteID, error) {
	at := calendar.InZone(calendar.WallOf(2026, 5, 5, 10, 0, 0), "Europe/Helsinki")
	id, err := b.Create(calendar.Event{Values: calendar.Values{Subject: "In no zone", Start: at, End: calendar.InZone(at.Wall+3600, at.Zone)}})
	if err != nil {
		return "", err
	}
	return id, b.server.Spoil(b.calendar, string(id), object{"start": object{"dateTime": "2026-05-05T10:00:00+03:00", "timeZone": "Nowhere/Unknown"}})
}

// modelledFields are those that a field of ours stands for, and those that the server changes with every write.
var modelledFields = strings.Fields("kind etag id status htmlLink created updated iCalUID sequence eventType start end summary location description " +
	"transparency visibility recurrence recurringEventId originalStartTime creator organizer")

func (b *backdoor) Unmodelled(id provider.RemoteID) ([]string, error) {
	all, err := b.list()
	var list []string
	for _, o := range all {
		if o["id"] != string(id) && o["recurringEventId"] != string(id) {
			continue
		}
		for k, v := range o {
			if slices.Contains(modelledFields, k) {
				continue
			}
			text, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			list = append(list, fmt.Sprintf("%s %s %s", o["id"], k, text))
		}
	}
	slices.Sort(list)
	return list, err
}

// LoseCursors makes every token that was given out so far invalid.
func (b *backdoor) LoseCursors() error { return b.server.ForgetTokens(b.calendar) }
