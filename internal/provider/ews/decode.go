package ews

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
)

// maxItem bounds one item with its exceptions; what is larger is set aside.
const maxItem = 4 << 20

// item says what an answer about an item holds; date is the server's clock then.
func (c *Calendar) item(id provider.RemoteID, x *item, date string) provider.Item {
	it := provider.Item{ID: id, State: provider.StateUnreadable, Versions: provider.One(x.ID.Key)}
	it.Modified = c.modified(x.Modified, date)
	it.Key = provider.Key(x.property(outlook.KeyProperty))
	unreadable := func(code provider.ProblemCode, detail string) provider.Item {
		it.Problem = &provider.Problem{Code: code, Detail: detail}
		return it
	}
	raw, err := json.Marshal(x)
	switch {
	case err != nil:
		return unreadable(provider.BadSyntax, err.Error())
	case len(raw) > maxItem:
		return unreadable(provider.TooLarge, fmt.Sprintf("%d bytes", len(raw)))
	}
	it.Raw = raw
	if x.Type == typeOccurrence || x.Type == typeException {
		return unreadable(provider.NoMaster, "one occurrence of a series")
	}
	d, problem := decodeItem(x)
	if problem != nil {
		it.Problem = problem
		return it
	}
	it.State, it.Event, it.Versions = provider.StateLive, d.event, d.versions
	it.Invited, it.WouldMail, it.Editable = d.invited, d.mails, x.editable(d.invited)
	if c.profile.ReadOnly {
		it.Editable = 0
	}
	return it
}

// parseRaw reads the raw form of an item.
func parseRaw(raw []byte) (*item, error) {
	x := &item{}
	if len(raw) == 0 {
		return nil, errNoBase
	}
	return x, json.Unmarshal(raw, x)
}

// modified is when an item was last changed, on our clock: the answer's date takes the skew out.
func (c *Calendar) modified(text, date string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return provider.OurTime(at, date, c.client.now())
}

// decoded is what a single event, or a series with its exceptions, says.
type decoded struct {
	event      calendar.Event
	versions   provider.Versions
	invited    bool
	mails      int
	start, end outlook.Clock // of the series
	form       outlook.Form
}

func decodeItem(x *item) (d decoded, problem *provider.Problem) {
	bad := func(code provider.ProblemCode, err error) (decoded, *provider.Problem) {
		return decoded{}, &provider.Problem{Code: code, Detail: err.Error()}
	}
	d.form = outlook.ParseForm(x.property(outlook.FormProperty))
	d.start, d.end = outlook.ClockOf(x.StartZone.name(), d.form.Start), outlook.ClockOf(x.EndZone.name(), d.form.End)
	if x.EndZone == nil {
		d.end = d.start
	}
	allDay := x.AllDay != nil && *x.AllDay
	if x.Recurrence != nil && !d.start.Known && !allDay {
		// What is ten o'clock in winter is not known for the summer (I12).
		return bad(provider.UnknownZone, fmt.Errorf("a series in the zone %.60q", x.StartZone.name()))
	}
	ev := &d.event
	ev.UID, ev.Known = outlook.UID(x.UID), calendar.AllFields
	var err error
	if ev.Start, ev.End, err = x.span(d.start, d.end); err != nil {
		return bad(provider.BadSyntax, err)
	}
	d.invited = x.invited()
	x.values(&ev.Values, d.invited)
	d.versions = provider.One(x.ID.Key)
	if x.Recurrence != nil {
		if code, err := d.series(x); err != nil {
			return bad(code, err)
		}
	}
	if !d.invited {
		d.mails = outlook.Audience(ev, x.Organizer.person())
	}
	ev.Normalize()
	return d, nil
}

// span reads start and end. Exchange tells instants: always with an offset (time-zones-and-ews-in-exchange.md).
func (i *item) span(start, end outlook.Clock) (from, to calendar.Time, err error) {
	a, err := parseTime(i.Start)
	if err != nil {
		return from, to, fmt.Errorf("read the start: %w", err)
	}
	b, err := parseTime(i.End)
	if err != nil {
		return from, to, fmt.Errorf("read the end: %w", err)
	}
	if i.AllDay == nil || !*i.AllDay {
		return outlook.Span(a, b, false, start, end)
	}
	// A day begins at midnight where it was made, and may be told at midnight of whatever offset the answer has.
	if from, err = dayOf(a, start); err != nil {
		return from, to, err
	}
	to, err = dayOf(b, end)
	to.Wall = max(to.Wall, from.Wall+calendar.Day)
	return from, to, err
}

// dayOf is the day that begins at an instant: where the event is at home, or as it was told.
func dayOf(t time.Time, home outlook.Clock) (calendar.Time, error) {
	if home.Known {
		if w := home.Wall(t); w == w.Midnight() {
			return calendar.Time{Kind: calendar.Date, Wall: w}, nil
		}
	}
	_, offset := t.Zone()
	if w := calendar.Wall(t.Unix() + int64(offset)); w == w.Midnight() {
		return calendar.Time{Kind: calendar.Date, Wall: w}, nil
	}
	return home.Date(t)
}

// series reads rule, exceptions and what was taken out.
func (d *decoded) series(x *item) (provider.ProblemCode, error) {
	ev := &d.event
	rule, err := x.Recurrence.rule(ev.Start)
	if err != nil {
		return provider.Inexpressive, err
	}
	ev.Rule = rule
	if own, ok := d.form.OwnRule(ev, x.Recurrence.rule, recurrenceOf); ok {
		ev.Rule = own
	}
	if err := recur.Check(ev); err != nil {
		return provider.EndlessRule, err
	}
	for i := range x.Exceptions {
		if err := d.exception(&x.Exceptions[i]); err != nil {
			return provider.BadSyntax, err
		}
	}
	if len(x.Exceptions) < len(x.Changed) {
		return provider.BadSyntax, fmt.Errorf("%d changed occurrences, of which %d could be read", len(x.Changed), len(x.Exceptions))
	}
	for _, gone := range x.Deleted {
		at, err := parseTime(gone.Start)
		if err != nil {
			return provider.BadSyntax, err
		}
		w, err := d.original(at)
		if err != nil {
			return provider.BadSyntax, err
		}
		if recur.Has(ev, w) {
			ev.Cancelled = append(ev.Cancelled, w)
		}
	}
	slices.Sort(ev.Cancelled)
	ev.Cancelled = slices.Compact(ev.Cancelled)
	return "", nil
}

// original names an occurrence by the start that its series gave it.
func (d *decoded) original(at time.Time) (calendar.Wall, error) {
	if d.event.Start.Kind == calendar.Date {
		t, err := dayOf(at, d.start)
		return t.Wall, err
	}
	return outlook.Original(at, d.event.Start, d.start)
}

// exception reads one occurrence that was changed. What it says like its series is inherited (see [calendar.Event.Normalize]).
func (d *decoded) exception(x *item) error {
	at, err := parseTime(x.Original)
	if err != nil {
		return fmt.Errorf("read the original start of an exception: %w", err)
	}
	w, err := d.original(at)
	if err != nil {
		return err
	}
	o := calendar.Override{Original: w}
	o.Set = x.values(&o.Values, d.invited)
	start, end := d.start, d.end
	if x.StartZone != nil {
		start = outlook.ClockOf(x.StartZone.name(), d.form.Start)
	}
	if x.EndZone != nil {
		end = outlook.ClockOf(x.EndZone.name(), d.form.End)
	}
	if o.Start, o.End, err = x.span(start, end); err != nil {
		return err
	}
	outlook.Moved(&d.event, &o)
	d.event.Overrides = append(d.event.Overrides, o)
	d.versions[outlook.VersionKey(&d.event, w)] = provider.Version{ID: x.ID.ID, Tag: x.ID.Key}
	return nil
}

// parseTime reads an xs:dateTime with its offset.
func parseTime(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) }
