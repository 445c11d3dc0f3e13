package ews

import (
	"encoding/json"
	"fmt"
	"net/http"
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
	sent, err := http.ParseTime(date)
	if err != nil {
		return time.Time{}
	}
	return c.client.now().Add(at.Sub(sent)).UTC()
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
		d.mails = d.audience(x)
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

// audience counts the guests of the series and of its occurrences: who was invited to a single one hears of its changes, and of
// the series' end.
func (d *decoded) audience(x *item) int {
	all := slices.Clone(d.event.Guests)
	for i := range d.event.Overrides {
		all = append(all, d.event.Overrides[i].Guests...)
	}
	all = distinct(all)
	n := 0
	for _, g := range all {
		if x.Organizer == nil || g.Email != person(*x.Organizer).Email {
			n++
		}
	}
	return n
}

// series reads rule, exceptions and what was taken out.
func (d *decoded) series(x *item) (provider.ProblemCode, error) {
	ev := &d.event
	rule, err := x.Recurrence.rule(ev.Start)
	if err != nil {
		return provider.Inexpressive, err
	}
	ev.Rule = rule
	d.asWritten(x)
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

// asWritten takes the rule that was written here, if the pattern is still the one that it was written as.
func (d *decoded) asWritten(x *item) {
	if d.form.Rule == "" {
		return
	}
	as := d.event
	var err error
	if as.Rule, err = recur.Canonical(d.form.Rule, as.Start); err != nil {
		return
	}
	if ours, err := recurrenceOf(&as); err == nil {
		wrote, errOurs := ours.Rule(as.Start)
		theirs, errTheirs := x.Recurrence.rule(as.Start)
		if errOurs == nil && errTheirs == nil && wrote == theirs {
			d.event.Rule = as.Rule
		}
	}
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
	// An inherited time that the clocks skip reads otherwise, and is the same.
	inherited := d.event.Effective(&calendar.Override{Original: w})
	from := outlook.Instant(inherited.Start)
	to := outlook.Later(from, outlook.Instant(inherited.End))
	if o.Start.Kind != inherited.Start.Kind || !outlook.Instant(o.Start).Equal(from) || !outlook.Instant(o.End).Equal(to) {
		o.Set |= calendar.Fields(calendar.When)
	}
	d.event.Overrides = append(d.event.Overrides, o)
	d.versions[key(&d.event, w)] = provider.Version{ID: x.ID.ID, Tag: x.ID.Key}
	return nil
}

// key names an occurrence in [provider.Versions].
func key(e *calendar.Event, original calendar.Wall) string {
	t := e.Start
	t.Wall = original
	return t.Key()
}

// parseTime reads an xs:dateTime with its offset.
func parseTime(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) }
