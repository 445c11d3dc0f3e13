package lens_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/lens"
)

func daily(rule string) calendar.Event {
	e := event(3)
	e.Subject, e.Rule = "Standup", rule
	return e
}

func TestWhereASeriesWasEnded(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		lost          calendar.Wall // 0: it was not ended
	}{
		"an endless one":                       {"FREQ=DAILY", "FREQ=DAILY;UNTIL=20260305T080000Z", at(6, 10).Wall},
		"a counted one":                        {"FREQ=DAILY;COUNT=9", "FREQ=DAILY;COUNT=2", at(5, 10).Wall},
		"one date is left":                     {"FREQ=DAILY;COUNT=9", "", at(4, 10).Wall},
		"nothing changed":                      {"FREQ=DAILY;COUNT=9", "FREQ=DAILY;COUNT=9", 0},
		"it was made longer":                   {"FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=9", 0},
		"it is another pattern":                {"FREQ=DAILY", "FREQ=DAILY;INTERVAL=2;COUNT=3", 0},
		"it never was a series":                {"", "", 0},
		"two endless ones":                     {"FREQ=DAILY", "FREQ=DAILY", 0},
		"it ends where it did, said otherwise": {"FREQ=DAILY;COUNT=2", "FREQ=DAILY;UNTIL=20260304T080000Z", 0},
	} {
		before, after := daily(c.before), daily(c.after)
		if lost, ok := lens.SplitAt(&before, &after); lost != c.lost || ok != (c.lost != 0) {
			t.Errorf("%s: %v, %t", name, lost, ok)
		}
	}
	once, unreadable := daily(""), daily("FREQ=SOMETIMES")
	if lost, ok := lens.SplitAt(&once, &unreadable); ok || lost != 0 {
		t.Errorf("what was no series was ended at %v", lost)
	}
	before, after := daily("FREQ=DAILY"), daily("FREQ=DAILY;COUNT=2")
	after.Start.Zone = "Europe/Tallinn"
	if lost, ok := lens.SplitAt(&before, &after); ok || lost != 0 {
		t.Error("moved to another zone and ended at once is not a split")
	}
	after.Start.Zone = before.Start.Zone
	after.Start.Wall += 3600
	if _, ok := lens.SplitAt(&before, &after); ok {
		t.Error("moved and ended at once is not a split")
	}
}

func TestWhatGoesOnWithASeriesThatWasEnded(t *testing.T) {
	lost := at(6, 10).Wall
	move := func(by calendar.Wall) func(*calendar.Event) {
		return func(e *calendar.Event) { e.Start.Wall += by; e.End.Wall += by }
	}
	for name, c := range map[string]struct {
		change         func(*calendar.Event)
		alone, related bool
	}{
		"the same, later":         {func(*calendar.Event) {}, true, true},
		"another place":           {func(e *calendar.Event) { e.Location = "Room 4" }, true, true},
		"another hour":            {move(3600), true, true},
		"another length":          {func(e *calendar.Event) { e.End.Wall += 3600 }, true, true},
		"another hour and length": {func(e *calendar.Event) { move(3600)(e); e.End.Wall += 3600 }, false, true},
		"another title":           {func(e *calendar.Event) { e.Subject = "Retro" }, false, true},
		"another organiser":       {func(e *calendar.Event) { e.Organizer.Email = "eve@example.com" }, false, true},
		"the next day":            {move(calendar.Day), false, true},
		"almost a week later":     {move(7*calendar.Day - 3600), false, true},
		"a week later":            {move(7 * calendar.Day), false, false},
		"almost a week earlier":   {move(-7*calendar.Day + 3600), false, true},
		"a week earlier":          {move(-7 * calendar.Day), false, false},
		"no time at all":          {func(e *calendar.Event) { e.Start, e.End = calendar.Time{}, calendar.Time{} }, false, false},
		"the same instant, in UTC": {func(e *calendar.Event) {
			e.Start, e.End = calendar.AtUTC(e.Start.Instant(helsinki)), calendar.AtUTC(e.End.Instant(helsinki))
		}, true, true},
		"wherever one is": {func(e *calendar.Event) {
			e.Start, e.End = calendar.Time{Kind: calendar.Floating, Wall: e.Start.Wall}, calendar.Time{Kind: calendar.Floating, Wall: e.End.Wall}
		}, false, false},
		"a month later": {move(30 * calendar.Day), false, false},
		"long before":   {move(-30 * calendar.Day), false, false},
		"whole days":    {func(e *calendar.Event) { e.Start, e.End = calendar.OnDate(2026, 3, 6), calendar.OnDate(2026, 3, 7) }, false, false},
		"the same instant, elsewhere, longer": {func(e *calendar.Event) {
			e.Start.Zone, e.End.Zone = "Europe/Berlin", "Europe/Berlin"
			e.Start.Wall -= 3600
		}, true, true},
		"the same clock, elsewhere, longer": {func(e *calendar.Event) {
			e.Start.Zone, e.End.Zone = "Europe/Berlin", "Europe/Berlin"
			e.End.Wall += 3600
		}, false, true},
		"the same instant, elsewhere": {func(e *calendar.Event) { e.Start.Zone, e.End.Zone = "Europe/Berlin", "Europe/Berlin"; move(-3600)(e) }, true, true},
		"no known zone":               {func(e *calendar.Event) { e.Start.Zone = "Nowhere/Land" }, false, false},
	} {
		old, fresh := daily("FREQ=DAILY;COUNT=3"), daily("FREQ=DAILY")
		fresh.Start, fresh.End = at(6, 10), at(6, 11)
		c.change(&fresh)
		if got := lens.Continues(&old, lost, &fresh, false); got != c.alone {
			t.Errorf("%s, and no mark: %t", name, got)
		}
		if got := lens.Continues(&old, lost, &fresh, true); got != c.related {
			t.Errorf("%s, and a mark: %t", name, got)
		}
	}
}

// Series that are in no zone go on in kind: what kind it is decides what the same day and time is.
func TestASeriesOutsideOfZonesGoesOnInItsOwnKind(t *testing.T) {
	lost := at(6, 0).Wall
	timed := func(kind calendar.Kind, w calendar.Wall) calendar.Event {
		e := daily("FREQ=DAILY")
		e.Start, e.End = calendar.Time{Kind: kind, Wall: w}, calendar.Time{Kind: kind, Wall: w + calendar.Day}
		return e
	}
	kinds := []calendar.Kind{calendar.Date, calendar.Floating, calendar.UTC}
	for _, was := range kinds {
		for _, is := range kinds {
			old, fresh := timed(was, at(3, 0).Wall), timed(is, lost)
			for _, related := range []bool{false, true} {
				if got := lens.Continues(&old, lost, &fresh, related); got != (was == is) {
					t.Errorf("%s after %s, related %t: %t", is, was, related, got)
				}
			}
		}
	}
}

// An old series may be in UTC, too, and another client write what goes on with it in the zone of its reader.
func TestASeriesInUTCGoesOnInAZone(t *testing.T) {
	old, fresh := daily("FREQ=DAILY;COUNT=3"), daily("FREQ=DAILY")
	fresh.Start, fresh.End = at(6, 10), at(6, 11)
	old.Start, old.End = calendar.AtUTC(old.Start.Instant(helsinki)), calendar.AtUTC(old.End.Instant(helsinki))
	lost := old.Start.Wall + 3*calendar.Day
	if !lens.Continues(&old, lost, &fresh, false) {
		t.Error("the same instant is taken for another one")
	}
	fresh.Start.Wall += 3600
	if lens.Continues(&old, lost, &fresh, false) {
		t.Error("another hour and length are taken for the same")
	}
}

func TestWhichSeriesSayThatTheyBelongTogether(t *testing.T) {
	for _, c := range []struct {
		old, fresh, related string
		want                bool
	}{
		{"a@example.com", "b@example.com", "", false},
		{"a@example.com", "b@example.com", "a@example.com", true},
		{"a@example.com", "b@example.com", "c@example.com", false},
		{"a@google.com", "a_R20260306T080000@google.com", "", true},
		{"a@google.com", "a_R20260306@google.com", "", true},
		{"a_R20260306T080000@google.com", "a_R20260310T080000@google.com", "", true},
		{"b@google.com", "a_R20260306T080000@google.com", "", false},
		{"a@google.com", "a_Room@google.com", "", false},
		{"a_R20260306T080000@google.com", "a@google.com", "", false},
		{"@google.com", "_R20260306T080000@google.com", "", false},
		{"a@google.com", "x20260306@google.com", "", false},
		{"@google", "@google_R20260306T080000", "", false},
		{"a", "a_R20260306T080000Z", "", true},
		{"a@google.com", "a_R20260306T080000@example.com", "", false},
		{"a_b@google.com", "a_b_R20260306T080000@google.com", "", true},
		{"", "", "", false},
		{"", "a@example.com", "", false},
	} {
		if got := lens.Related(c.old, c.fresh, c.related); got != c.want {
			t.Errorf("%q, %q related to %q: %t", c.old, c.fresh, c.related, got)
		}
	}
}
