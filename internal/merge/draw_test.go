package merge_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

const zone = "Europe/Helsinki"

var seriesRules = []string{
	"FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;COUNT=8", "FREQ=WEEKLY;INTERVAL=2;COUNT=6", "FREQ=DAILY;INTERVAL=3;COUNT=12",
}

// drawEvent draws a single event or a whole series with overrides and cancelled starts, in normal form.
func drawEvent(t *rapid.T) calendar.Event {
	e := calendar.Event{UID: "u", Known: calendar.BothWaysFields}
	kind := rapid.SampledFrom([]calendar.Kind{calendar.Zoned, calendar.Zoned, calendar.Date}).Draw(t, "kind")
	e.Values = drawValues(t, kind, "s")
	if rapid.IntRange(0, 3).Draw(t, "series") > 0 {
		e.Rule = rapid.SampledFrom(seriesRules).Draw(t, "rule")
		drawOccurrences(t, &e)
	}
	e.Normalize()
	return e
}

func drawValues(t *rapid.T, kind calendar.Kind, label string) calendar.Values {
	few := rapid.SampledFrom([]string{"", "a", "b"})
	v := calendar.Values{
		Subject: few.Draw(t, label+" subject"), Location: few.Draw(t, label+" location"), Description: few.Draw(t, label+" description"),
		Busy: rapid.Bool().Draw(t, label+" busy"), Private: rapid.Bool().Draw(t, label+" private"),
	}
	v.Start = calendar.Time{Kind: kind, Wall: calendar.WallOf(2026, 3, rapid.IntRange(1, 5).Draw(t, label+" day"), 0, 0, 0)}
	v.End = v.Start
	if kind == calendar.Date {
		v.End.Wall += calendar.Day * calendar.Wall(rapid.IntRange(1, 2).Draw(t, label+" days"))
		return v
	}
	v.Start.Zone, v.End.Zone = zone, zone
	v.Start.Wall += 3600 * calendar.Wall(rapid.IntRange(8, 11).Draw(t, label+" hour"))
	v.End.Wall = v.Start.Wall + 1800*calendar.Wall(rapid.IntRange(1, 3).Draw(t, label+" length"))
	return v
}

func drawOccurrences(t *rapid.T, e *calendar.Event) {
	for w := range recur.Starts(e, 5) {
		switch rapid.IntRange(0, 4).Draw(t, "occurrence") {
		case 0:
			e.Cancelled = append(e.Cancelled, w)
		case 1:
			o := calendar.Override{Original: w, Set: drawSet(t)}
			o.Values = drawValues(t, e.Start.Kind, "o")
			e.Overrides = append(e.Overrides, o)
		}
	}
}

func drawSet(t *rapid.T) calendar.FieldSet {
	s := calendar.FieldSet(rapid.IntRange(1, int(calendar.BothWaysFields)).Draw(t, "set"))
	return s &^ calendar.Fields(calendar.Recurrence)
}

// edits are what one person does to an event, each with words of their own (mark), so that it can be found again.
func edit(t *rapid.T, base *calendar.Event, mark string) calendar.Event {
	e := base.Clone()
	for i := range rapid.IntRange(0, 4).Draw(t, mark+" edits") {
		word := fmt.Sprintf("%s%d", mark, i)
		starts := slices.Collect(recur.Starts(&e, 5))
		kinds := 6
		if !e.IsSeries() {
			kinds = 4
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, word) {
		case 0:
			e.Subject = word
		case 1:
			e.Location = word
		case 2:
			moveSeries(&e, calendar.Day*calendar.Wall(rapid.IntRange(1, 3).Draw(t, word+" shift")))
		case 3:
			e.End.Wall += calendar.Day * calendar.Wall(rapid.IntRange(1, 2).Draw(t, word+" longer"))
		case 4:
			cancel(&e, rapid.SampledFrom(starts).Draw(t, word+" cancels"))
		case 5:
			editOccurrence(&e, rapid.SampledFrom(starts).Draw(t, word+" of"), word, rapid.Bool().Draw(t, word+" where"))
		}
		e.Normalize()
	}
	return e
}

// moveSeries moves a whole series, and with it the names of its occurrences.
func moveSeries(e *calendar.Event, by calendar.Wall) {
	e.Start.Wall += by
	e.End.Wall += by
	for i := range e.Overrides {
		e.Overrides[i].Original += by
	}
	for i := range e.Cancelled {
		e.Cancelled[i] += by
	}
}

func cancel(e *calendar.Event, w calendar.Wall) {
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return o.Original == w })
	e.Cancelled = append(e.Cancelled, w)
}

func editOccurrence(e *calendar.Event, w calendar.Wall, word string, where bool) {
	e.Cancelled = slices.DeleteFunc(e.Cancelled, func(x calendar.Wall) bool { return x == w })
	o := e.Override(w)
	if o == nil {
		e.Overrides = append(e.Overrides, calendar.Override{Original: w})
		slices.SortFunc(e.Overrides, func(a, b calendar.Override) int { return int(a.Original - b.Original) })
		o = e.Override(w)
	}
	if where {
		o.Set |= calendar.Fields(calendar.Location)
		o.Location = word
		return
	}
	o.Set |= calendar.Fields(calendar.Subject)
	o.Subject = word
}
