package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
)

// maxItem bounds one event with its exceptions; what is larger is set aside.
const maxItem = 4 << 20

// item says what an answer about an event holds. raw is kept.
func (c *Calendar) item(id provider.RemoteID, raw []byte, date string) provider.Item {
	it := provider.Item{ID: id, State: provider.StateUnreadable, Raw: raw}
	var e event
	err := json.Unmarshal(raw, &e)
	it.Versions = provider.One(e.ETag)
	if err != nil {
		it.Problem = &provider.Problem{Code: provider.BadSyntax, Detail: err.Error()}
		return it
	}
	it.Modified = c.modified(e.Modified, date)
	if it.Key = provider.Key(e.property(keyProperty)); it.Key == "" {
		it.Key = provider.Key(e.TransactionID) // a 503 has been seen to store an event without its properties (msgraph-sdk-ruby 38)
	}
	if len(raw) > maxItem {
		it.Raw, it.Problem = nil, &provider.Problem{Code: provider.TooLarge, Detail: fmt.Sprintf("%d bytes", len(raw))}
		return it
	}
	if e.Type == typeOccurrence || e.Type == typeException {
		it.Problem = &provider.Problem{Code: provider.NoMaster, Detail: "one occurrence of a series"}
		return it
	}
	d, problem := decode(&e)
	if problem != nil {
		it.Problem = problem
		return it
	}
	it.State, it.Event, it.Versions = provider.StateLive, d.event, d.versions
	it.Invited, it.WouldMail, it.Editable = d.invited, d.mails, d.editable
	c.withhold(&it, &e)
	return it
}

// withhold leaves out what the calendar does not show: the details of private events in somebody else's calendar come as
// blanks, which nobody wrote.
func (c *Calendar) withhold(it *provider.Item, e *event) {
	if c.profile.ReadOnly {
		it.Editable = 0
	}
	if !c.profile.HidesPrivate || !private(e) || strings.EqualFold(*e.Sensitivity, "personal") {
		return
	}
	shown := calendar.Fields(calendar.When, calendar.Recurrence, calendar.Busy, calendar.Private, calendar.StatusField)
	it.Editable = 0
	it.Event.Known = shown
	for _, f := range (calendar.AllFields &^ shown).List() {
		calendar.Copy(f, &it.Event.Values, &calendar.Values{})
		for i := range it.Event.Overrides {
			calendar.Copy(f, &it.Event.Overrides[i].Values, &calendar.Values{})
			it.Event.Overrides[i].Set &= shown
		}
	}
	it.Event.Normalize()
}

// modified is when an event was last changed, on our clock: the answer's date takes the skew out.
func (c *Calendar) modified(text, date string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return provider.OurTime(at, date, c.client.now())
}

// decoded is what a single event, or a series with its exceptions, says.
type decoded struct {
	event    calendar.Event
	versions provider.Versions
	invited  bool
	mails    int
	editable calendar.FieldSet
	start    outlook.Clock // of the series
	form     outlook.Form
}

func decode(e *event) (d decoded, problem *provider.Problem) {
	bad := func(code provider.ProblemCode, err error) (decoded, *provider.Problem) {
		return decoded{}, &provider.Problem{Code: code, Detail: err.Error()}
	}
	d.form = outlook.ParseForm(e.property(formProperty))
	if d.start = outlook.ClockOf(e.StartZone, d.form.Start); e.Recurrence != nil {
		// A series takes place on the clock of its range, if that is said, and on none if that is not known: what is ten
		// o'clock in winter is not known for the summer (I12).
		if zone := e.Recurrence.Range.Zone; zone != "" && !strings.EqualFold(zone, e.StartZone) {
			if k := outlook.ClockOf(zone, d.form.Start); k.Known {
				d.start = k
			}
		}
		if !d.start.Known && (e.IsAllDay == nil || !*e.IsAllDay) {
			return bad(provider.UnknownZone, fmt.Errorf("a series in the zone %.60q", e.StartZone))
		}
	}
	end := outlook.ClockOf(e.EndZone, d.form.End)
	if e.EndZone == e.StartZone && d.form.End == d.form.Start {
		end = d.start
	}
	ev := &d.event
	ev.UID, ev.Known = outlook.UID(e.ICalUID), calendar.AllFields
	var err error
	if ev.Start, ev.End, err = e.span(d.start, end); err != nil {
		return bad(provider.BadSyntax, err)
	}
	e.values(&ev.Values)
	d.invited = e.IsOrganizer != nil && !*e.IsOrganizer
	if !d.invited && len(ev.Guests) == 0 {
		ev.Organizer = calendar.Person{} // Graph names the owner of a plain appointment
	}
	if !d.invited {
		d.mails = outlook.Others(ev.Guests, e.Organizer.person())
	}
	d.editable = editable(e, d.invited)
	d.versions = provider.One(e.ETag)
	if e.Recurrence != nil {
		if code, err := d.series(e); err != nil {
			return bad(code, err)
		}
	}
	if !d.invited {
		d.mails = outlook.Audience(ev, e.Organizer.person())
	}
	ev.Normalize()
	return d, nil
}

// series reads rule, exceptions and what was taken out.
func (d *decoded) series(e *event) (provider.ProblemCode, error) {
	ev := &d.event
	rule, err := e.Recurrence.rule(ev.Start)
	if err != nil {
		return provider.Inexpressive, err
	}
	ev.Rule = rule
	if own, ok := d.form.OwnRule(ev, e.Recurrence.rule, outlook.PatternOf); ok {
		ev.Rule = own
	}
	if err := recur.Check(ev); err != nil {
		return provider.EndlessRule, err
	}
	for i := range e.Exceptions {
		if err := d.exception(&e.Exceptions[i]); err != nil {
			return provider.BadSyntax, err
		}
	}
	for _, id := range e.Cancelled {
		if w, ok := d.cancelled(id); ok {
			ev.Cancelled = append(ev.Cancelled, w)
		}
	}
	slices.Sort(ev.Cancelled)
	ev.Cancelled = slices.Compact(ev.Cancelled)
	return "", nil
}

// exception reads one occurrence that was changed. What it says like its series is inherited (see [calendar.Event.Normalize]).
func (d *decoded) exception(x *event) error {
	w, err := d.originalOf(x)
	if err != nil {
		return err
	}
	o := calendar.Override{Original: w}
	o.Set = x.values(&o.Values)
	if d.mails == 0 && !d.invited && len(o.Guests) == 0 {
		o.Set &^= calendar.Fields(calendar.OrganizerField)
		o.Organizer = calendar.Person{}
	}
	if x.Start != nil && x.End != nil {
		start, end := d.start, d.start
		if x.StartZone != "" {
			start, end = outlook.ClockOf(x.StartZone, d.form.Start), outlook.ClockOf(x.EndZone, d.form.End)
		}
		if o.Start, o.End, err = x.span(start, end); err != nil {
			return err
		}
		outlook.Moved(&d.event, &o)
	}
	d.event.Overrides = append(d.event.Overrides, o)
	d.versions[outlook.VersionKey(&d.event, w)] = provider.Version{ID: x.ID, Tag: x.ETag}
	return nil
}

// originalOf names an exception by its original start, or by the date in its occurrenceId.
func (d *decoded) originalOf(x *event) (calendar.Wall, error) {
	if x.OriginalStart != "" {
		at, err := time.Parse(time.RFC3339, x.OriginalStart)
		if err != nil {
			return 0, err
		}
		return outlook.Original(at, d.event.Start, d.start)
	}
	if w, ok := d.cancelled(x.OccurrenceID); ok {
		return w, nil
	}
	return 0, errors.New("an exception without its original start")
}

// cancelled names the occurrence of an occurrenceId, "OID.<id of the series>.<date>". A pattern gives one start a day at the
// most. Whose date it is has not been written down: that of the series, or in UTC, whichever has a start.
func (d *decoded) cancelled(id string) (calendar.Wall, bool) {
	t, err := time.Parse(time.DateOnly, id[strings.LastIndexByte(id, '.')+1:])
	if err != nil {
		return 0, false
	}
	start := d.event.Start.Wall
	w := calendar.Wall(t.Unix()) + start - start.Midnight()
	for _, by := range []calendar.Wall{0, calendar.Day, -calendar.Day} {
		if recur.Has(&d.event, w+by) {
			return w + by, true
		}
	}
	return 0, false
}
