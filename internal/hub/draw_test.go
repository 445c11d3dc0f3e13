package hub_test

import (
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
)

var drawText = rapid.SampledFrom([]string{"", "Meeting", "Lunch", "Ääkköset & <b>", "two\nlines"})

func drawTime(t *rapid.T, kind calendar.Kind, label string) calendar.Time {
	w := calendar.WallOf(2026, 3, rapid.IntRange(1, 28).Draw(t, label+" day"), 0, 0, 0)
	if kind != calendar.Date {
		w += calendar.Wall(rapid.IntRange(0, 23).Draw(t, label+" hour")) * 3600
	}
	tm := calendar.Time{Kind: kind, Wall: w}
	if kind == calendar.Zoned {
		tm.Zone = rapid.SampledFrom([]string{zone, "America/New_York", "Australia/Lord_Howe"}).Draw(t, label+" zone")
	}
	return tm
}

func drawKind(t *rapid.T) calendar.Kind {
	return rapid.SampledFrom([]calendar.Kind{calendar.Date, calendar.Zoned, calendar.Floating, calendar.UTC}).Draw(t, "kind")
}

func drawWhen(t *rapid.T, v *calendar.Values, kind calendar.Kind) {
	v.Start = drawTime(t, kind, "start")
	v.End = v.Start
	length := calendar.Wall(rapid.IntRange(0, 5).Draw(t, "length"))
	if kind == calendar.Date {
		v.End.Wall += (length + 1) * calendar.Day
	} else {
		v.End.Wall += length * 1800
	}
}

// drawValues draws what people may say; the kind of time is given.
func drawValues(t *rapid.T, kind calendar.Kind) calendar.Values {
	v := calendar.Values{
		Subject: drawText.Draw(t, "subject"), Location: drawText.Draw(t, "location"), Description: drawText.Draw(t, "description"),
		Busy: rapid.Bool().Draw(t, "busy"), Private: rapid.Bool().Draw(t, "private"),
		MeetingURL: rapid.SampledFrom([]string{"", "https://meet.example/1"}).Draw(t, "url"),
		Answer:     rapid.SampledFrom([]calendar.Answer{"", calendar.Accepted, calendar.Declined}).Draw(t, "answer"),
	}
	if rapid.Bool().Draw(t, "guests") {
		v.Guests = []calendar.Guest{
			{Person: calendar.Person{Email: "x@example.org", Name: "X"}, Answer: calendar.Maybe}, {Person: calendar.Person{Email: "y@example.org"}},
		}
	}
	drawWhen(t, &v, kind)
	return v
}

var drawRule = rapid.SampledFrom([]string{
	"FREQ=DAILY", "FREQ=DAILY;COUNT=9", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY;COUNT=4",
	"FREQ=WEEKLY;UNTIL=20260620T000000Z", "FREQ=DAILY;INTERVAL=3;COUNT=12", "FREQ=YEARLY",
})

// drawSeries draws a whole series with overrides, cancelled starts and what is the CRM's of occurrences.
func drawSeries(t *rapid.T) crm.Activity {
	kind := drawKind(t)
	a := crm.Activity{
		Type: rapid.SampledFrom([]string{"call", "meeting"}).Draw(t, "type"), Visibility: crm.Everyone,
		Note: drawText.Draw(t, "note"), Done: rapid.Bool().Draw(t, "done"), Priority: rapid.IntRange(0, 3).Draw(t, "priority"),
		Plan: calendar.Event{Values: drawValues(t, kind)},
	}
	if a.Plan.Subject == "" {
		a.Plan.Subject = "Series"
	}
	a.Plan.Rule = drawRule.Draw(t, "rule")
	drawOccurrences(t, &a)
	return a
}

// drawOccurrences lets some of the first occurrences say something of their own.
func drawOccurrences(t *rapid.T, a *crm.Activity) {
	a.Plan.Overrides, a.Plan.Cancelled, a.Occurrences = nil, nil, nil
	for w := range recur.Starts(&a.Plan, 6) {
		switch rapid.IntRange(0, 5).Draw(t, "occurrence") {
		case 0:
			a.Plan.Cancelled = append(a.Plan.Cancelled, w)
		case 1:
			o := calendar.Override{Original: w, Set: calendar.FieldSet(rapid.IntRange(1, int(calendar.BothWaysFields)).Draw(t, "set"))}
			o.Set &^= calendar.Fields(calendar.Recurrence)
			o.Values = drawValues(t, a.Plan.Start.Kind)
			a.Plan.Overrides = append(a.Plan.Overrides, o)
		case 2:
			a.Occurrences = append(a.Occurrences, crm.Occurrence{Original: w, Done: true, Note: drawText.Draw(t, "note of one")})
		}
	}
}
