package api

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/text"
)

func callerIn(zone string) *caller {
	return &caller{connection.Who{User: crm.User{TimeZone: zone, Active: true}}, text.Match("en", "")}
}

// What a client writes of an instant it reads again, in every zone and over every change of clocks; the hour that comes twice
// apart, of which a wall clock can only mean the first.
func TestWrittenTimesComeBack(t *testing.T) {
	zones := []string{"Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "at")/60*60, 0).UTC()
		length := time.Duration(rapid.IntRange(0, 3000).Draw(t, "minutes")) * time.Minute
		c := callerIn("Europe/Helsinki")
		w := whenWish{
			Date: maybe[string]{Set: true, Value: at.Format(time.DateOnly)}, Time: maybe[string]{Set: true, Value: at.Format("15:04")},
			Duration: maybe[string]{Set: true, Value: hours(length)}, Zone: maybe[string]{Set: true, Value: zone},
		}
		start, end, err := w.apply(calendar.Time{}, calendar.Time{}, c)
		if err != nil {
			t.Fatal(err)
		}
		if twice(at, start) || twice(at.Add(length), end) {
			t.Skip("an hour that comes twice")
		}
		got := showWhen(start, end, c.zone())
		if *got.Date != w.Date.Value || *got.Time != w.Time.Value || *got.Zone != zone {
			t.Fatalf("wrote %v in %s, read %s %s %s", at, zone, *got.Date, *got.Time, *got.Zone)
		}
		if length > 0 && *got.Duration != w.Duration.Value {
			t.Fatalf("wrote a length of %s, read %s", w.Duration.Value, *got.Duration)
		}
		again, _, err := (&whenWish{Time: w.Time}).apply(start, end, c)
		if err != nil || again != start {
			t.Fatalf("writing the same time moved %v to %v: %v", start, again, err)
		}
	})
}

func twice(at time.Time, wall calendar.Time) bool { return !instantOf(wall, time.UTC).Equal(at) }

// Whatever a request says about time, it is taken or refused, and what is taken is whole: both ends of one kind, none before
// the other.
func FuzzTimes(f *testing.F) {
	f.Add("2026-12-01", "08:00", "01:00", "Europe/Helsinki")
	f.Add("2026-12-01", "", "72:00", "")
	f.Add("", "08:00", "", "")
	f.Add("9999-12-31", "23:59:59", "9999:59:59", "Pacific/Kiritimati")
	f.Add("0001-01-01", "00:00", "00:00", "America/Adak")
	f.Fuzz(func(t *testing.T, date, clock, length, zone string) {
		w := whenWish{maybe[string]{true, false, date}, maybe[string]{true, false, clock}, maybe[string]{true, false, length}, maybe[string]{true, false, zone}}
		start, end, err := w.apply(calendar.Time{}, calendar.Time{}, callerIn("Asia/Tokyo"))
		if err != nil {
			return
		}
		if start.Kind != end.Kind || instantOf(end, time.UTC).Before(instantOf(start, time.UTC)) {
			t.Errorf("%v to %v", start, end)
		}
	})
}

// Text of a recurrence is taken or refused; what is taken is written so that it reads as the same.
func FuzzRecurrence(f *testing.F) {
	f.Add("FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Helsinki:20261208T100000")
	f.Add("RRULE:FREQ=DAILY", "RDATE;TZID=Europe/Helsinki:20261210T100000")
	f.Add("", "RDATE:20261210T080000Z")
	f.Add("FREQ=DAILY", "EXDATE:END:VEVENT")
	start := calendar.InZone(calendar.WallOf(2026, 12, 1, 10, 0, 0), "Europe/Helsinki")
	f.Fuzz(func(t *testing.T, rule, extension string) {
		e := calendar.Event{Values: calendar.Values{Start: start, End: start}}
		var err error
		if e.Rule, e.Extra, e.Cancelled, err = readRecurrence(&e, rule, extension); err != nil {
			return
		}
		shownRule, shownExtension := showRecurrence(&e)
		again := calendar.Event{Values: e.Values}
		again.Rule, again.Extra, again.Cancelled, err = readRecurrence(&again, pick(maybe[string]{}, shownRule), pick(maybe[string]{}, shownExtension))
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if !calendar.SameRecurrence(&e, &again) || e.IsSeries() && len(e.Cancelled) != len(again.Cancelled) {
			t.Errorf("%v %v became %v %v", e.Rule, e.Extra, again.Rule, again.Extra)
		}
	})
}
