package conformance

import (
	"time"

	"tahti/internal/calendar"
)

func wall(month time.Month, day, hour, minute int) calendar.Wall {
	return calendar.WallOf(2026, month, day, hour, minute, 0)
}

// span makes times in a zone; the empty zone is UTC.
func span(zone string, start, end calendar.Wall) (calendar.Time, calendar.Time) {
	if zone == "" {
		return calendar.Time{Kind: calendar.UTC, Wall: start}, calendar.Time{Kind: calendar.UTC, Wall: end}
	}
	return calendar.InZone(start, zone), calendar.InZone(end, zone)
}

// event is a plain appointment that knows all fields.
func event(subject, zone string, start, end calendar.Wall) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = subject, true
	e.Start, e.End = span(zone, start, end)
	return e
}

// allDay is on dates; end is exclusive.
func allDay(subject string, start, end calendar.Time) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy, e.Start, e.End = subject, true, start, end
	return e
}

// samples are events that have come back wrong somewhere (invariants I11, I12).
func samples() []calendar.Event {
	full := event("Review, with; signs \\ and\nbreaks", "Europe/Helsinki", wall(time.March, 3, 9, 30), wall(time.March, 3, 10, 15))
	full.Location, full.Description = "Room 4, second floor", "First line\nsecond; line, with \"quotes\"\n\nand ä ö 😀, "+long(400)
	full.Private = true

	free := event("Not busy", "", wall(time.April, 1, 7, 0), wall(time.April, 1, 8, 0))
	free.Busy = false

	moment := event("A moment", "Europe/Helsinki", wall(time.May, 1, 7, 0), wall(time.May, 1, 7, 0))

	return []calendar.Event{
		full, free, moment,
		event("In UTC", "", wall(time.June, 1, 22, 0), wall(time.June, 2, 1, 0)),
		event("A zone without summer time", "Asia/Tokyo", wall(time.July, 7, 9, 0), wall(time.July, 7, 10, 0)),
		event("A southern zone", "Australia/Sydney", wall(time.October, 4, 1, 30), wall(time.October, 4, 4, 30)),
		event("Over the night of the change", "Europe/Helsinki", wall(time.October, 24, 22, 0), wall(time.October, 25, 5, 0)),
		allDay("One day", calendar.OnDate(2026, time.August, 1), calendar.OnDate(2026, time.August, 2)),
		allDay("A fortnight", calendar.OnDate(2026, time.August, 1), calendar.OnDate(2026, time.August, 15)),
		weekly("Across the change to summer time", "Europe/Helsinki", wall(time.March, 16, 10, 0), 6),
		weekly("Across the change in the south", "America/Santiago", wall(time.March, 16, 10, 0), 6),
		exceptional(),
		allDaySeries(),
	}
}

func long(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefgh jk"[i%11]
	}
	return string(b)
}

func weekly(subject, zone string, start calendar.Wall, count int) calendar.Event {
	e := event(subject, zone, start, start+calendar.Day/24)
	e.Rule = "FREQ=WEEKLY;COUNT=" + string(rune('0'+count))
	return e
}

// exceptional is a series with one occurrence moved, one renamed and one cancelled.
func exceptional() calendar.Event {
	e := weekly("With exceptions", "Europe/Helsinki", wall(time.March, 16, 10, 0), 6)
	moved := calendar.Override{Original: wall(time.March, 23, 10, 0), Set: calendar.Fields(calendar.When)}
	moved.Start, moved.End = span("Europe/Helsinki", wall(time.March, 24, 15, 0), wall(time.March, 24, 16, 30))
	renamed := calendar.Override{Original: wall(time.April, 6, 10, 0), Set: calendar.Fields(calendar.Subject, calendar.Location)}
	renamed.Subject, renamed.Location = "Another name", "Elsewhere"
	e.Overrides = []calendar.Override{moved, renamed}
	e.Cancelled = []calendar.Wall{wall(time.March, 30, 10, 0)}
	return e
}

func allDaySeries() calendar.Event {
	e := allDay("Days in a row", calendar.OnDate(2026, time.March, 27), calendar.OnDate(2026, time.March, 28))
	e.Rule = "FREQ=DAILY;COUNT=5"
	e.Cancelled = []calendar.Wall{wall(time.March, 29, 0, 0)}
	return e
}
