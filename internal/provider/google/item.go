package google

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// maxItem bounds an item with all its changed occurrences; what is larger is set aside.
const maxItem = 4 << 20

// group is what makes up one item: an event or a series, and the occurrences that have an event of their own.
type group struct {
	master *event
	parts  []*event
	skew   time.Duration
	timed  bool // skew is known
}

// parse reads one event of an answer and keeps its text, without the blanks between its tokens.
func parse(raw []byte) (*event, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		// A member of another type than it should have spoils its event and no other: all else was read.
		bad, ok := errors.AsType[*json.UnmarshalTypeError](err)
		if !ok {
			return nil, fmt.Errorf("read event: %w", err)
		}
		e.bad = bad.Field + " is a " + bad.Value
	}
	if e.Kind != kindOfEvent || e.ID == "" {
		return nil, fmt.Errorf("read event: it is of kind %.40q", e.Kind)
	}
	var b bytes.Buffer
	b.Grow(len(raw))
	if err := json.Compact(&b, raw); err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	e.raw = b.Bytes()
	return &e, nil
}

// raw is the item's text.
func (g *group) raw() []byte {
	n := len(g.master.raw) + 2
	for _, p := range g.parts {
		n += len(p.raw) + 1
	}
	b := append(append(make([]byte, 0, n), '['), g.master.raw...)
	for _, p := range g.parts {
		b = append(append(b, ','), p.raw...)
	}
	return append(b, ']')
}

// regroup reads an item's text again.
func regroup(raw []byte) (*group, error) {
	var texts []json.RawMessage
	if err := json.Unmarshal(raw, &texts); err != nil || len(texts) == 0 {
		return nil, fmt.Errorf("read kept event: %d parts: %w", len(texts), err)
	}
	g := &group{}
	for i, t := range texts {
		e, err := parse(t)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			g.master = e
		} else {
			g.parts = append(g.parts, e)
		}
	}
	return g, nil
}

// tidy brings the parts into one order, so that equal items have equal texts. What is no series has none: Google goes on
// listing, as cancelled, the dates of a series that no longer recurs.
func (g *group) tidy() {
	if !g.master.recurs() {
		g.parts = nil
		return
	}
	slices.SortFunc(g.parts, func(a, b *event) int { return cmp.Compare(a.ID, b.ID) })
	g.parts = slices.CompactFunc(g.parts, func(a, b *event) bool { return a.ID == b.ID })
}

// versions of a group whose series starts at start. A series that cannot be read has its own alone.
func (g *group) versions(start calendar.Time) (provider.Versions, *provider.Problem) {
	v := provider.Versions{"": {Tag: g.tag()}}
	for _, p := range g.parts {
		original, bad := p.original(start)
		if bad != nil {
			return v, bad
		}
		key := start
		key.Wall = original
		v[key.Key()] = provider.Version{ID: p.ID, Tag: p.ETag}
	}
	return v, nil
}

// item says what a group is.
func (c *Calendar) item(g *group) provider.Item {
	m := g.master
	g.tidy()
	it := provider.Item{ID: provider.RemoteID(m.ID), State: provider.StateLive, Versions: provider.One(g.tag()), Raw: g.raw()}
	aside := func(p *provider.Problem) provider.Item {
		it.State, it.Problem, it.Event = provider.StateUnreadable, p, calendar.Event{}
		return it
	}
	switch {
	case len(it.Raw) > maxItem:
		it.Raw = nil
		return aside(problem(provider.TooLarge, "more than %d bytes", maxItem))
	case m.EventType == "birthday" || m.EventType == "workingLocation":
		return aside(problem(provider.NotAnEvent, "event type %s", m.EventType))
	}
	for _, e := range append([]*event{m}, g.parts...) {
		if e.bad != "" {
			return aside(problem(provider.BadSyntax, "%s", e.bad))
		}
	}
	d := decoder{group: g, role: c.roleNow()}
	if bad := d.decode(); bad != nil {
		return aside(bad)
	}
	it.Event, it.Modified = d.event, g.modified(c.client.now)
	var bad *provider.Problem
	if it.Versions, bad = g.versions(d.event.Start); bad != nil {
		return aside(bad)
	}
	it.Invited = d.invited()
	it.Editable = d.editable()
	if !it.Invited {
		it.WouldMail = len(d.outside)
	}
	it.Key, it.Related = keyOf(m), related(m.ID)
	return it
}

// keyOf is our key as the event carries it, or as its id is. It is a hint: copies carry the property, too [M].
func keyOf(e *event) provider.Key {
	if k := e.Properties.Private[keyProperty]; k != "" {
		return provider.Key(k)
	}
	if len(e.ID) == keyLength && chosen(e.ID) {
		return provider.Key(e.ID)
	}
	return ""
}

const keyLength = 32 // of provider.Key

// chosen reports whether an id is one that clients may choose: base32hex, 5 to 1024 characters (discovery document).
func chosen(id string) bool {
	return len(id) >= 5 && len(id) <= 1024 && !strings.ContainsFunc(id, func(r rune) bool { return (r < 'a' || r > 'v') && (r < '0' || r > '9') })
}

// related is the UID of the series that an event goes on with: Google names the second half of a series that was split after
// the first, name_R20260310T080000, and a series that was born there has its id for a UID.
func related(id string) string {
	at := strings.LastIndex(id, "_R")
	if at < 1 {
		return ""
	}
	if _, err := calendar.ParseWall(strings.TrimSuffix(id[at+2:], "Z")); err != nil {
		return ""
	}
	return id[:at] + "@google.com"
}

// modified is when the latest part was changed, on our clock: the answer's Date takes the skew out. Zero without one.
func (g *group) modified(now func() time.Time) time.Time {
	if !g.timed {
		return time.Time{}
	}
	var latest time.Time
	for _, e := range append([]*event{g.master}, g.parts...) {
		if at, err := time.Parse(time.RFC3339, e.Updated); err == nil && at.After(latest) {
			latest = at
		}
	}
	if latest.IsZero() {
		return latest
	}
	at := latest.Add(g.skew).UTC().Truncate(time.Second)
	if n := now(); at.After(n) {
		return n.UTC().Truncate(time.Second)
	}
	return at
}

// decoder turns a group into an event.
type decoder struct {
	*group
	role string // the account's at the calendar

	event   calendar.Event
	outside map[string]struct{} // guests who would be mailed
}

func (d *decoder) decode() *provider.Problem {
	m := d.master
	e := &d.event
	e.UID, e.Known = m.UID, calendar.AllFields
	d.outside = map[string]struct{}{}
	start, end, bad := m.span()
	if bad != nil {
		return bad
	}
	e.Start, e.End = start, end
	if m.recurs() {
		if bad := recurrence(e, m.Recurrence); bad != nil {
			return bad
		}
	}
	d.say(m, &e.Values)
	for _, p := range d.parts {
		if bad := d.occurrence(p); bad != nil {
			return bad
		}
	}
	e.Known = d.known()
	d.forget(&e.Values)
	for i := range e.Overrides {
		d.forget(&e.Overrides[i].Values)
		e.Overrides[i].Set &= e.Known
	}
	e.Normalize()
	return nil
}

// forget takes out of values what is not known.
func (d *decoder) forget(v *calendar.Values) {
	for _, f := range (calendar.AllFields &^ d.event.Known).List() {
		calendar.Copy(f, v, &calendar.Values{})
	}
}

// occurrence reads an occurrence that has an event of its own, which repeats all that its series says.
func (d *decoder) occurrence(p *event) *provider.Problem {
	e := &d.event
	original, bad := p.original(e.Start)
	if bad != nil {
		return bad
	}
	if p.Status == cancelled {
		// It is kept for as long as its series lives (discovery document), also where the series no longer has that start.
		if recur.Has(e, original) {
			e.Cancelled = append(e.Cancelled, original)
		}
		return nil
	}
	v, bad := d.values(p, original)
	if bad != nil {
		return bad
	}
	if !recur.Has(e, original) {
		// Google may keep a date whose series no longer has it (after a shorter rule, or a move of all): it takes place, and is a
		// further date of the series, with what it says.
		further := e.Start
		further.Wall = original
		e.Extra = append(e.Extra, further)
	}
	o := calendar.Override{Original: original, Set: calendar.AllFields &^ calendar.Fields(calendar.Recurrence), Values: v}
	if twin := slices.IndexFunc(e.Overrides, func(x calendar.Override) bool { return x.Original == original }); twin >= 0 {
		e.Overrides[twin] = o // a period of an RDATE, changed since
		return nil
	}
	e.Overrides = append(e.Overrides, o)
	return nil
}

// values are all that an occurrence says, for it repeats its series. One that nobody moved moves along with that, whatever clock
// it is told on.
func (d *decoder) values(p *event, original calendar.Wall) (v calendar.Values, bad *provider.Problem) {
	start, end, bad := p.span()
	if bad != nil {
		return v, bad
	}
	d.say(p, &v)
	v.Start, v.End = start, end
	inherited := d.event.Effective(&calendar.Override{Original: original})
	if sameInstant(start, inherited.Start) && sameInstant(end, inherited.End) {
		v.Start, v.End = inherited.Start, inherited.End
	}
	return v, nil
}

// say reads what one event says beside its time.
func (d *decoder) say(e *event, v *calendar.Values) {
	v.Subject, v.Location, v.Description = oneText(e.Summary), oneText(e.Location), plain(e.Description)
	v.Busy = e.Transparency != "transparent"
	v.Private = e.Visibility == "private" || e.Visibility == "confidential"
	if e.Status == "tentative" {
		v.Status = calendar.Tentative
	}
	v.MeetingURL = e.HangoutLink
	for _, p := range e.Conference.EntryPoints {
		if p.Type == "video" && p.URI != "" {
			v.MeetingURL = p.URI
			break
		}
	}
	d.people(e, v)
}

// oneText is a text whose lines end in line feeds alone.
func oneText(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
