package recur

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

func TestBound(t *testing.T) {
	for _, c := range []struct{ name, rule, before, want string }{
		{"a zoned series ends a second before, in UTC", "FREQ=WEEKLY", "20260713T090000[Europe/Helsinki]",
			"FREQ=WEEKLY;UNTIL=20260713T055959Z"},
		{"dates end the day before", "FREQ=WEEKLY", "20260713", "FREQ=WEEKLY;UNTIL=20260712"},
		{"floating stays floating", "FREQ=WEEKLY", "20260713T000000", "FREQ=WEEKLY;UNTIL=20260712T235959"},
		{"UTC", "FREQ=WEEKLY", "20260713T090000Z", "FREQ=WEEKLY;UNTIL=20260713T085959Z"},
		{"a count gives way", "FREQ=WEEKLY;COUNT=100", "20260713T090000Z", "FREQ=WEEKLY;UNTIL=20260713T085959Z"},
		{"a later end gives way", "FREQ=WEEKLY;UNTIL=20270101", "20260713", "FREQ=WEEKLY;UNTIL=20260712"},
		{"an earlier end stays", "FREQ=WEEKLY;UNTIL=20260601", "20260713", "FREQ=WEEKLY;UNTIL=20260601"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Bound(c.rule, event(t, c.before, "").Start)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	if _, err := Bound("FREQ=NEVER", event(t, "20260713", "").Start); !errors.Is(err, ErrSyntax) {
		t.Errorf("a broken rule: %v", err)
	}
}

func TestRest(t *testing.T) {
	const zone = "[Europe/Helsinki]"
	for _, c := range []struct{ name, start, rule, from, want string }{
		{"a count is reduced", "20260105T090000" + zone, "FREQ=WEEKLY;COUNT=10", "20260119T090000" + zone, "FREQ=WEEKLY;COUNT=8"},
		{"by what an unmatched start used up, too", "20260106T090000" + zone, "FREQ=WEEKLY;BYDAY=MO;COUNT=10",
			"20260119T090000" + zone, "FREQ=WEEKLY;COUNT=8;BYDAY=MO"},
		{"the last one", "20260105", "FREQ=DAILY;COUNT=3", "20260107", "FREQ=DAILY;COUNT=1"},
		{"an end stays", "20260105", "FREQ=DAILY;UNTIL=20260110", "20260107", "FREQ=DAILY;UNTIL=20260110"},
		{"for ever", "20260105", "FREQ=DAILY", "20260107", "FREQ=DAILY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Rest(c.rule, event(t, c.start, "").Start, event(t, c.from, "").Start)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	for _, rule := range []string{"FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20260107", ""} {
		if got, err := Rest(rule, event(t, "20260105", "").Start, event(t, "20260108", "").Start); err == nil {
			t.Errorf("%q has a rest: %q", rule, got)
		}
	}
}

// A split changes nothing: the two halves give what the whole gave.
func TestTheHalvesOfASplitMakeTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, text := anyRule(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		zone := rapid.SampledFrom([]string{"Europe/Helsinki", "America/New_York"}).Draw(t, "zone")
		whole := calendar.Event{Values: calendar.Values{Start: calendar.InZone(start, zone)}, Rule: text}
		s, err := newSeries(&whole)
		if err != nil {
			t.Skip(err)
		}
		if rapid.Bool().Draw(t, "count") {
			s.rule.until, s.rule.count = calendar.Time{}, rapid.IntRange(2, 30).Draw(t, "n")
			whole.Rule = s.rule.String()
		}
		want := slices.Collect(Starts(&whole, 60))
		if len(want) < 3 {
			t.Skip("nothing to split")
		}
		// Not at the start itself, nor right after one that the rule does not match: a series begins where its rule does.
		i := rapid.IntRange(1, len(want)-1).Draw(t, "split")
		from := calendar.InZone(want[i], zone)
		first, second := whole, whole
		if first.Rule, err = Bound(whole.Rule, from); err != nil {
			t.Fatal(err)
		}
		if second.Rule, err = Rest(whole.Rule, whole.Start, from); err != nil {
			t.Fatal(err)
		}
		second.Start = from
		got := slices.Collect(Starts(&first, 61))
		if !slices.Equal(got, want[:i]) {
			t.Fatalf("first half %q of %q: %v, want %v", first.Rule, whole.Rule, got, want[:i])
		}
		if got = slices.Collect(Starts(&second, len(want)-i)); !slices.Equal(got, want[i:]) {
			t.Fatalf("second half %q of %q from %s: %v, want %v", second.Rule, whole.Rule, from, got, want[i:])
		}
	})
}

func TestShift(t *testing.T) {
	const zone = "[Europe/Helsinki]"
	for _, c := range []struct {
		name                           string
		start, rule, toStart, toRule   string
		wantDays, wantHours, wantPlain int
	}{
		{"nothing changed", "20260105T090000" + zone, "FREQ=WEEKLY", "20260105T090000" + zone, "FREQ=WEEKLY", 0, 0, 1},
		{"an hour later", "20260105T090000" + zone, "FREQ=WEEKLY", "20260105T100000" + zone, "FREQ=WEEKLY", 0, 1, 1},
		{"a day later", "20260105T090000" + zone, "FREQ=WEEKLY;BYDAY=MO", "20260106T090000" + zone, "FREQ=WEEKLY;BYDAY=TU", 1, 0, 1},
		{"over the week's end", "20260111T090000" + zone, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "20260112T090000" + zone,
			"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", 1, 0, 1},
		{"the start moved, the weekday forgotten", "20260105T090000" + zone, "FREQ=WEEKLY;BYDAY=MO", "20260106T090000" + zone,
			"FREQ=WEEKLY;BYDAY=MO", 1, 0, 0},
		{"another weekday joined", "20260105T090000" + zone, "FREQ=WEEKLY;BYDAY=MO", "20260105T090000" + zone,
			"FREQ=WEEKLY;BYDAY=MO,TH", 0, 0, 0},
		{"two weekdays moved", "20260105T090000" + zone, "FREQ=WEEKLY;BYDAY=MO,WE", "20260106T090000" + zone,
			"FREQ=WEEKLY;BYDAY=TU,TH", 1, 0, 1},
		{"a weekday of two left out, said otherwise", "20260105T090000" + zone, "FREQ=DAILY;BYDAY=MO", "20260105T090000" + zone,
			"FREQ=WEEKLY", 0, 0, 1},
		{"the 15th became the 16th", "20260115", "FREQ=MONTHLY;BYMONTHDAY=15", "20260116", "FREQ=MONTHLY;BYMONTHDAY=16", 1, 0, 1},
		{"the 30th became the 31st", "20260130", "FREQ=MONTHLY;BYMONTHDAY=30", "20260131", "FREQ=MONTHLY;BYMONTHDAY=31", 1, 0, 0},
		{"the second Tuesday became the second Wednesday", "20260113", "FREQ=MONTHLY;BYDAY=2TU", "20260114",
			"FREQ=MONTHLY;BYDAY=2WE", 1, 0, 0},
		{"with the end moved along", "20260105T090000Z", "FREQ=DAILY;UNTIL=20260110T090000Z", "20260105T120000Z",
			"FREQ=DAILY;UNTIL=20260110T120000Z", 0, 3, 1},
		{"with the end kept, the last one is lost", "20260105T090000Z", "FREQ=DAILY;UNTIL=20260110T090000Z", "20260105T120000Z",
			"FREQ=DAILY;UNTIL=20260110T090000Z", 0, 3, 0},
		{"with the end kept, which was late enough", "20260105T090000Z", "FREQ=DAILY;UNTIL=20260110", "20260105T120000Z",
			"FREQ=DAILY;UNTIL=20260110", 0, 3, 1},
		{"a count stays", "20260105", "FREQ=DAILY;COUNT=5", "20260106", "FREQ=DAILY;COUNT=5", 1, 0, 1},
		{"another count", "20260105", "FREQ=DAILY;COUNT=5", "20260106", "FREQ=DAILY;COUNT=4", 1, 0, 0},
		{"an end in fifty years instead of none", "20260105", "FREQ=DAILY", "20260105", "FREQ=DAILY;UNTIL=20760105", 0, 0, 0},
		{"an end in fifty years moved by a year", "20260105", "FREQ=DAILY;UNTIL=20760105", "20260105",
			"FREQ=DAILY;UNTIL=20770105", 0, 0, 0},
		{"an end in fifty years moved along", "20260105", "FREQ=DAILY;UNTIL=20760105", "20260106",
			"FREQ=DAILY;UNTIL=20760106", 1, 0, 1},
		{"another zone, the same clock", "20260105T090000" + zone, "FREQ=DAILY", "20260105T090000[Europe/Berlin]", "FREQ=DAILY", 0, 0, 1},
		{"whole days became nine o'clock", "20260105", "FREQ=DAILY", "20260105T090000" + zone, "FREQ=DAILY", 0, 9, 0},
		{"a single event", "20260105T090000" + zone, "", "20260107T100000" + zone, "", 2, 1, 1},
		{"a single event became a series", "20260105T090000" + zone, "", "20260105T090000" + zone, "FREQ=DAILY", 0, 0, 0},
		{"a broken rule", "20260105", "FREQ=DAILY", "20260105", "FREQ=NEVER", 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			delta, plain := Shift(event(t, c.start, c.rule), event(t, c.toStart, c.toRule))
			want := calendar.Day*calendar.Wall(c.wantDays) + 3600*calendar.Wall(c.wantHours)
			if delta != want || plain != (c.wantPlain == 1) {
				t.Errorf("delta %d s, plain %t, want %d s", delta, plain, want)
			}
		})
	}
}

func TestAFurtherDateLeftBehindIsNoPlainShift(t *testing.T) {
	from, to := standUp(t), standUp(t)
	from.Extra = []calendar.Time{calendar.InZone(wall(t, "20260114T090000"), "Europe/Helsinki")}
	to.Start.Wall += 3600
	to.Extra = from.Extra
	if _, plain := Shift(from, to); plain {
		t.Error("plain")
	}
	to.Extra = []calendar.Time{calendar.InZone(wall(t, "20260114T100000"), "Europe/Helsinki")}
	if _, plain := Shift(from, to); !plain {
		t.Error("not plain with the further date moved along")
	}
}
