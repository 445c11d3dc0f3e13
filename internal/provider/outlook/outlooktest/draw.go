// Package outlooktest has what the tests of both protocols to Outlook's calendars draw and hold: events that Outlook can keep, what
// people do to them, and what every adapter owes to whoever writes.
package outlooktest

import (
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
)

// Pick chooses a number below n.
type Pick func(n int) int

// OneOf chooses one of a list.
func OneOf[T any](p Pick, list ...T) T { return list[p(len(list))] }

var texts = []string{"", "a", "Kahvi, tee; \\ n", "x:y\"z <b>", "ä☕ two  blanks\nand\n\nlines"}

// Kind is what differs between the protocols.
type Kind struct {
	Untitled bool   // an event may go without a title
	Yearly   string // a yearly rule that it can keep
}

func (k Kind) subject(p Pick) string {
	if k.Untitled {
		return OneOf(p, texts...)
	}
	return OneOf(p, texts[1:]...)
}

// Event is an event that Outlook can hold.
func (k Kind) Event(p Pick) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Location, e.Description = k.subject(p), OneOf(p, texts...), OneOf(p, texts...)
	e.Busy, e.Private = p(2) == 0, p(2) == 0
	start := calendar.WallOf(2026, time.Month(1+p(12)), 1+p(28), p(22), 15*p(4), 0)
	e.Start = OneOf(p, calendar.InZone(start, "Europe/Helsinki"), calendar.InZone(start, "America/New_York"), calendar.InZone(start, "Asia/Kolkata"),
		calendar.Time{Kind: calendar.UTC, Wall: start}, calendar.Time{Kind: calendar.Date, Wall: start.Midnight()})
	e.End = e.Start
	if e.End.Wall += calendar.Wall(900 * (1 + p(12))); e.Start.Kind == calendar.Date {
		e.End.Wall = e.Start.Wall + calendar.Day
	}
	k.rule(p, &e)
	EditOccurrences(p, &e)
	e.Normalize()
	return e
}

func (k Kind) rule(p Pick, e *calendar.Event) {
	e.Rule = OneOf(p, "", "", "FREQ=DAILY;INTERVAL=2;COUNT=9", "FREQ=WEEKLY;COUNT=6", "FREQ=WEEKLY;INTERVAL=2;COUNT=5", "FREQ=MONTHLY;COUNT=4", k.Yearly, "FREQ=DAILY;INTERVAL=3")
	if e.Rule == "" {
		e.Overrides, e.Cancelled = nil, nil
	}
}

// EditOccurrences takes some out, and changes others within what Outlook allows.
func EditOccurrences(p Pick, e *calendar.Event) {
	if !e.IsSeries() {
		return
	}
	starts := slices.Collect(recur.Starts(e, 6))
	for _, w := range starts[1:] { // a series that lost its first occurrence begins elsewhere, to some
		switch {
		case e.IsCancelled(w):
		case p(5) == 0 && e.Override(w) == nil:
			e.Cancelled = append(e.Cancelled, w)
			slices.Sort(e.Cancelled)
		case p(4) == 0:
			o := e.EnsureOverride(w)
			o.Set |= calendar.Fields(calendar.Subject, calendar.Busy)
			o.Subject, o.Busy = OneOf(p, texts[1:]...), p(2) == 0
			if p(2) == 0 && e.Start.Kind != calendar.Date {
				o.Set |= calendar.Fields(calendar.When)
				o.Start, o.End = e.Start, e.End
				o.Start.Wall = w.Midnight() + calendar.Wall(p(20))*3600
				o.End.Wall = o.Start.Wall + 1800
			}
		}
	}
}

// AtTheChange is a series in the hours that the clocks skip, or in those that come twice.
func AtTheChange(p Pick) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = "Early", true
	night := OneOf(p, []string{"America/New_York", "20260301"}, []string{"America/New_York", "20261025"}, []string{"Europe/Helsinki", "20260322"},
		[]string{"Europe/Helsinki", "20261018"}, []string{"Australia/Lord_Howe", "20260927"}, []string{"Australia/Lord_Howe", "20260329"})
	start := wall(night[1]) + calendar.Wall(900*p(24))
	e.Start, e.End = calendar.InZone(start, night[0]), calendar.InZone(start+calendar.Wall(900*p(14)), night[0])
	e.Rule = OneOf(p, "FREQ=DAILY;COUNT=10", "FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;INTERVAL=7;COUNT=3")
	EditOccurrences(p, &e)
	e.Normalize()
	return e
}

// Edit is what people do to an event; it answers the fields that they touched.
func (k Kind) Edit(p Pick, e *calendar.Event) calendar.FieldSet {
	switch p(6) {
	case 0:
		e.Subject = k.subject(p)
		return calendar.Fields(calendar.Subject)
	case 1:
		e.Description, e.Location = OneOf(p, texts...), OneOf(p, texts...)
		return calendar.Fields(calendar.Description, calendar.Location)
	case 2:
		e.Busy, e.Private = !e.Busy, p(2) == 0
		return calendar.Fields(calendar.Busy, calendar.Private)
	case 3:
		by := OneOf(p, calendar.Day, 7*calendar.Day, -calendar.Day)
		e.Start.Wall += by
		e.End.Wall += by
		for i := range e.Overrides {
			e.Overrides[i].Original += by
			if o := &e.Overrides[i]; o.Set.Has(calendar.When) {
				o.Start.Wall += by
				o.End.Wall += by
			}
		}
		for i := range e.Cancelled {
			e.Cancelled[i] += by
		}
		return calendar.Fields(calendar.When)
	case 4:
		EditOccurrences(p, e)
		return calendar.BothWaysFields
	}
	k.rule(p, e)
	return calendar.Fields(calendar.Recurrence, calendar.When)
}

// Tidy leaves an event as the hub would: what no longer fits the pattern is gone.
func Tidy(e *calendar.Event) {
	e.Cancelled = slices.DeleteFunc(e.Cancelled, func(w calendar.Wall) bool { return !recur.Has(e, w) })
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return !recur.Has(e, o.Original) })
	e.Normalize()
}

// Edited is the part of an event that people edit.
func Edited(e calendar.Event) calendar.Event {
	e = e.Clone()
	e.UID, e.Known = "", 0
	strip := func(v *calendar.Values) {
		for _, f := range (calendar.AllFields &^ calendar.BothWaysFields).List() {
			calendar.Copy(f, v, &calendar.Values{})
		}
	}
	strip(&e.Values)
	for i := range e.Overrides {
		strip(&e.Overrides[i].Values)
		e.Overrides[i].Set &= calendar.BothWaysFields
	}
	e.Normalize()
	return e
}

// Skipped reports that a time was written which the clocks skip: a server gives back the one that it is read as.
func Skipped(e *calendar.Event) bool {
	gap := func(v *calendar.Values) bool {
		for _, t := range []calendar.Time{v.Start, v.End} {
			if t.Kind == calendar.Zoned && outlook.ClockOf(t.Zone, t.Zone).Wall(outlook.Instant(t)) != t.Wall {
				return true
			}
		}
		return false
	}
	return gap(&e.Values) || slices.ContainsFunc(e.Overrides, func(o calendar.Override) bool { return gap(&o.Values) })
}

func wall(s string) calendar.Wall {
	w, err := calendar.ParseWall(s)
	if err != nil {
		panic(err)
	}
	return w
}
