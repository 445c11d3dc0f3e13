package recur

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	got, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// show writes occurrences as start/length, with their original start where it is another one.
func show(occurrences []Occurrence) string {
	var b strings.Builder
	for _, o := range occurrences {
		fmt.Fprintf(&b, "%s/%s ", o.Start.UTC().Format("0102T1504"), o.End.Sub(o.Start))
	}
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(b.String(), "m0s", "m"), "h0m", "h"))
}

func TestExpandOverChangesOfTheClock(t *testing.T) {
	for _, c := range []struct{ name, start, rule, from, to, want string }{
		{"daily at nine stays at nine, spring", "20260327T090000[Europe/Helsinki]", "FREQ=DAILY",
			"2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z", "0328T0700/1h 0329T0600/1h 0330T0600/1h"},
		{"daily at nine stays at nine, autumn", "20260327T090000[Europe/Helsinki]", "FREQ=DAILY",
			"2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z", "1024T0600/1h 1025T0700/1h 1026T0700/1h"},
		{"in a gap it is read with the offset before", "20260327T033000[Europe/Helsinki]", "FREQ=DAILY",
			"2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z", "0328T0130/1h 0329T0130/1h 0330T0030/1h"},
		{"in a fold it is once, the first", "20261023T033000[Europe/Helsinki]", "FREQ=DAILY",
			"2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z", "1024T0030/1h 1025T0030/2h 1026T0130/1h"},
		{"hourly over a gap is not doubled", "20260329T010000[Europe/Helsinki]", "FREQ=HOURLY",
			"2026-03-28T23:00:00Z", "2026-03-29T03:00:00Z", "0328T2300/1h 0329T0000/1h 0329T0100/1h 0329T0200/1h"},
		{"half-hourly over a gap is not doubled", "20260329T020000[Europe/Helsinki]", "FREQ=MINUTELY;INTERVAL=30",
			"2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", "0329T0000/1h 0329T0030/1h 0329T0100/1h 0329T0130/1h"},
		{"every other hour over a gap moves the skipped one", "20260329T010000[Europe/Helsinki]", "FREQ=HOURLY;INTERVAL=2",
			"2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z", "0328T2300/1h 0329T0100/1h 0329T0200/1h 0329T0400/1h"},
		{"a skipped hour stays where the count ends before the next", "20260329T020000[Europe/Helsinki]", "FREQ=HOURLY;COUNT=2",
			"2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z", "0329T0000/1h 0329T0100/1h"},
		{"a skipped hour counts", "20260329T020000[Europe/Helsinki]", "FREQ=HOURLY;COUNT=3",
			"2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z", "0329T0000/1h 0329T0100/1h"},
		{"hourly over a fold passes the second hour over", "20261025T020000[Europe/Helsinki]", "FREQ=HOURLY",
			"2026-10-24T23:00:00Z", "2026-10-25T04:00:00Z", "1024T2300/1h 1025T0000/2h 1025T0200/1h 1025T0300/1h"},
		{"New York in spring", "20260307T023000[America/New_York]", "FREQ=DAILY",
			"2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z", "0307T0730/1h 0308T0730/1h 0309T0630/1h"},
		{"New York in autumn", "20261031T013000[America/New_York]", "FREQ=DAILY",
			"2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z", "1031T0530/1h 1101T0530/2h 1102T0630/1h"},
		{"Sydney, the other way round", "20261003T023000[Australia/Sydney]", "FREQ=DAILY",
			"2026-10-02T12:00:00Z", "2026-10-05T12:00:00Z", "1002T1630/1h 1003T1630/1h 1004T1530/1h"},
		{"Tokyo has none", "20260328T090000[Asia/Tokyo]", "FREQ=DAILY;COUNT=3",
			"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "0328T0000/1h 0329T0000/1h 0330T0000/1h"},
		{"São Paulo while it had a gap at midnight", "20181103T000000[America/Sao_Paulo]", "FREQ=DAILY;COUNT=3",
			"2018-11-01T00:00:00Z", "2018-12-01T00:00:00Z", "1103T0300/1h 1104T0300/1h 1105T0200/1h"},
		{"São Paulo since it has none", "20191102T000000[America/Sao_Paulo]", "FREQ=DAILY;COUNT=3",
			"2019-11-01T00:00:00Z", "2019-12-01T00:00:00Z", "1102T0300/1h 1103T0300/1h 1104T0300/1h"},
		{"Casablanca goes back for Ramadan", "20260214T090000[Africa/Casablanca]", "FREQ=DAILY;COUNT=3",
			"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "0214T0800/1h 0215T0900/1h 0216T0900/1h"},
		{"Lord Howe by half an hour", "20261003T020000[Australia/Lord_Howe]", "FREQ=DAILY;COUNT=3",
			"2026-10-01T00:00:00Z", "2026-10-09T00:00:00Z", "1002T1530/1h 1003T1530/1h 1004T1500/1h"},
		{"Lord Howe, half-hourly over the gap", "20261004T013000[Australia/Lord_Howe]", "FREQ=MINUTELY;INTERVAL=30;COUNT=4",
			"2026-10-01T00:00:00Z", "2026-10-09T00:00:00Z", "1003T1500/30m 1003T1530/1h 1003T1600/1h"},
		{"Samoa had no 30 December: it falls on the next day and is not doubled", "20111229T100000[Pacific/Apia]",
			"FREQ=DAILY;COUNT=3", "2011-12-01T00:00:00Z", "2012-02-01T00:00:00Z", "1229T2000/1h 1230T2000/1h"},
		{"a whole day of the reader's, 23 hours long", "20260328", "FREQ=DAILY",
			"2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", "0327T2200/24h 0328T2200/23h 0329T2100/24h"},
	} {
		t.Run(c.name, func(t *testing.T) {
			helsinki, err := Location("Europe/Helsinki")
			if err != nil {
				t.Fatal(err)
			}
			got, cut, err := Expand(event(t, c.start, c.rule), at(t, c.from), at(t, c.to), helsinki, 100)
			if err != nil || cut {
				t.Fatal(cut, err)
			}
			if show(got) != c.want {
				t.Errorf("\n got %s\nwant %s", show(got), c.want)
			}
		})
	}
}

func TestUntilIsExactInTheSeriesZone(t *testing.T) {
	for _, c := range []struct{ name, start, rule, last string }{
		{"a date keeps the whole last day", "20260105T233000[Europe/Helsinki]", "FREQ=DAILY;UNTIL=20260110", "20260110T233000"},
		{"a date in a zone behind UTC", "20260105T233000[America/Los_Angeles]", "FREQ=DAILY;UNTIL=20260110", "20260110T233000"},
		{"UTC on the second", "20260105T090000[Europe/Helsinki]", "FREQ=DAILY;UNTIL=20260110T070000Z", "20260110T090000"},
		{"UTC a second less", "20260105T090000[Europe/Helsinki]", "FREQ=DAILY;UNTIL=20260110T065959Z", "20260109T090000"},
		{"in summer the offset is summer's", "20260105T090000[Europe/Helsinki]", "FREQ=DAILY;UNTIL=20260710T060000Z", "20260710T090000"},
		{"in a gap, the instant decides", "20260327T033000[Europe/Helsinki]", "FREQ=DAILY;UNTIL=20260329T012959Z", "20260328T033000"},
		{"in a gap, on the second", "20260327T033000[Europe/Helsinki]", "FREQ=DAILY;UNTIL=20260329T013000Z", "20260329T033000"},
		{"in a fold, the first counts", "20261023T033000[Europe/Helsinki]", "FREQ=DAILY;UNTIL=20261025T003000Z", "20261025T033000"},
		{"dates", "20260105", "FREQ=DAILY;UNTIL=20260110", "20260110T000000"},
		{"floating", "20260105T090000", "FREQ=DAILY;UNTIL=20260110T090000", "20260110T090000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := event(t, c.start, c.rule)
			all := slices.Collect(Starts(e, 1000))
			if got := all[len(all)-1]; got != wall(t, c.last) {
				t.Errorf("the last is %s, want %s", got, c.last)
			}
			end, endless, err := LastEnd(e, time.UTC)
			last, _, _ := Expand(e, e.Start.Wall.Civil().AddDate(0, 0, -2), e.Start.Wall.Civil().AddDate(2, 0, 0), time.UTC, 1000)
			if err != nil || endless || !end.Equal(last[len(last)-1].End) {
				t.Errorf("the last end is %s, %t, %v, want %s", end, endless, err, last[len(last)-1].End)
			}
		})
	}
}

// standUp is a stand-up on Mondays at nine, from 5 January 2026.
func standUp(t testing.TB) *calendar.Event {
	e := event(t, "20260105T090000[Europe/Helsinki]", "FREQ=WEEKLY")
	e.Subject = "Stand-up"
	return e
}

func moved(t testing.TB, original, to string) calendar.Override {
	o := calendar.Override{Original: wall(t, original), Set: calendar.Fields(calendar.When)}
	o.Start = calendar.InZone(wall(t, to), "Europe/Helsinki")
	o.End = calendar.InZone(wall(t, to)+1800, "Europe/Helsinki")
	return o
}

func TestExpandAppliesWhatOccurrencesSay(t *testing.T) {
	e := standUp(t)
	e.Extra = []calendar.Time{calendar.InZone(wall(t, "20260114T120000"), "Europe/Helsinki"), // a Wednesday as well
		calendar.InZone(wall(t, "20260119T090000"), "Europe/Helsinki")} // a Monday that the rule gives, too
	e.Cancelled = walls(t, "20260126T090000")
	e.Overrides = []calendar.Override{
		moved(t, "20260112T090000", "20260113T100000"),
		moved(t, "20260202T090000", "20260301T100000"), // out of the window
		moved(t, "20260907T090000", "20260120T100000"), // into it
		{Original: wall(t, "20260209T090000"), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Review"}},
		moved(t, "20260210T090000", "20260211T090000"), // of a start that the rule does not give
	}
	e.Normalize()
	got, cut, err := Expand(e, at(t, "2026-01-05T00:00:00Z"), at(t, "2026-02-16T00:00:00Z"), time.UTC, 100)
	if err != nil || cut {
		t.Fatal(cut, err)
	}
	want := "0105T0700/1h 0113T0800/30m 0114T1000/1h 0119T0700/1h 0120T0800/30m 0209T0700/1h 0211T0700/30m"
	if show(got) != want {
		t.Errorf("\n got %s\nwant %s", show(got), want)
	}
	if got[1].Original != wall(t, "20260112T090000") || !got[1].Override || got[1].Values.Subject != "Stand-up" {
		t.Errorf("the moved one: %+v", got[1])
	}
	if got[0].Override || got[5].Values.Subject != "Review" || got[5].Values.Start.Wall != wall(t, "20260209T090000") {
		t.Errorf("the renamed one: %+v", got[5])
	}
}

func TestExpandTakesWhatOverlaps(t *testing.T) {
	night := event(t, "20260105T230000[Europe/Helsinki]", "FREQ=DAILY;COUNT=2")
	moment := event(t, "20260105T230000[Europe/Helsinki]", "FREQ=DAILY;COUNT=2")
	moment.End = moment.Start
	long := event(t, "20260105T090000[Europe/Helsinki]", "FREQ=YEARLY")
	long.End.Wall += 40 * calendar.Day
	flight := event(t, "20260105T160000[Europe/Helsinki]", "FREQ=WEEKLY;COUNT=2")
	flight.End = calendar.InZone(wall(t, "20260105T170000"), "America/New_York")
	single := event(t, "20260105T230000[Europe/Helsinki]", "")
	for _, c := range []struct {
		name     string
		e        *calendar.Event
		from, to string
		want     string
	}{
		{"what began before and still goes on", night, "2026-01-05T21:59:59Z", "2026-01-05T22:00:00Z", "0105T2100/1h"},
		{"not what has just ended", night, "2026-01-05T22:00:00Z", "2026-01-06T00:00:00Z", ""},
		{"not what begins at the end", night, "2026-01-05T20:00:00Z", "2026-01-05T21:00:00Z", ""},
		{"a moment at the beginning", moment, "2026-01-05T21:00:00Z", "2026-01-05T22:00:00Z", "0105T2100/0s"},
		{"no moment at the end", moment, "2026-01-05T20:00:00Z", "2026-01-05T21:00:00Z", ""},
		{"weeks after its start", long, "2026-02-13T00:00:00Z", "2026-02-14T00:00:00Z", "0105T0700/961h"},
		{"a flight over zones", flight, "2026-01-12T21:00:00Z", "2026-01-12T21:30:00Z", "0112T1400/8h"},
		{"a single event", single, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", "0105T2100/1h"},
		{"far from everything", night, "2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z", ""},
		{"an empty window", night, "2026-01-05T21:30:00Z", "2026-01-05T21:30:00Z", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := Expand(c.e, at(t, c.from), at(t, c.to), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if c.name == "an empty window" && len(got) > 0 && !got[0].Start.Before(at(t, c.to)) {
				t.Error(show(got))
			} else if c.name != "an empty window" && show(got) != c.want {
				t.Errorf("got %q, want %q", show(got), c.want)
			}
		})
	}
}

func TestExpandIsCutAtTheEarliest(t *testing.T) {
	e := standUp(t)
	e.Overrides = []calendar.Override{moved(t, "20270104T090000", "20260106T100000")}
	got, cut, err := Expand(e, at(t, "2026-01-01T00:00:00Z"), at(t, "2030-01-01T00:00:00Z"), time.UTC, 3)
	if err != nil || !cut || show(got) != "0105T0700/1h 0106T0800/30m 0112T0700/1h" {
		t.Errorf("%s, cut %t, %v", show(got), cut, err)
	}
	e.Rule = "FREQ=WEEKLY;COUNT=2"
	got, cut, err = Expand(e, at(t, "2026-01-01T00:00:00Z"), at(t, "2030-01-01T00:00:00Z"), time.UTC, 3)
	if err != nil || cut || len(got) != 3 {
		t.Errorf("%s, cut %t, %v", show(got), cut, err)
	}
}

func TestASkippedStartKeepsTheLength(t *testing.T) {
	e := event(t, "20260328T033000[Europe/Helsinki]", "FREQ=DAILY;COUNT=2")
	e.End.Wall = wall(t, "20260328T040000")
	got, _, err := Expand(e, at(t, "2026-03-01T00:00:00Z"), at(t, "2026-04-01T00:00:00Z"), nil, 0)
	if err != nil || show(got) != "0328T0130/30m 0329T0130/30m" {
		t.Errorf("%s, %v", show(got), err)
	}
}

// The window is only a view: what is found in it is what is found in a wide one and overlaps.
func TestExpandFindsTheSameInAnyWindow(t *testing.T) {
	begin := time.Date(1994, 12, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		start, text := anyRule(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		e := calendar.Event{Rule: text}
		e.Start = calendar.InZone(start, rapid.SampledFrom([]string{"Europe/Helsinki", "America/New_York",
			"Australia/Lord_Howe", "Pacific/Apia"}).Draw(t, "zone"))
		e.End = e.Start
		e.End.Wall += calendar.Wall(rapid.SampledFrom([]int{0, 1800, 86400, 5 * 86400}).Draw(t, "length"))
		from := start.Civil().AddDate(0, 0, rapid.IntRange(-3, 400).Draw(t, "from"))
		to := from.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "days"))
		all, cut, err := Expand(&e, begin, to, nil, 20_000)
		if err != nil || cut {
			t.Skip(cut, err)
		}
		got, _, err := Expand(&e, from, to, nil, 20_000)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(all, func(o Occurrence) bool { return !overlaps(o, from, to) })
		if len(got) != len(want) {
			t.Fatalf("%s %s, %s to %s: %d occurrences, want %d", e.Start, text, from, to, len(got), len(want))
		}
		for i := range got {
			if !got[i].Start.Equal(want[i].Start) || got[i].Original != want[i].Original {
				t.Fatalf("%s %s: got %s, want %s", e.Start, text, got[i].Start, want[i].Start)
			}
			if i > 0 && got[i].Start.Equal(got[i-1].Start) {
				t.Fatalf("%s %s: two at %s", e.Start, text, got[i].Start)
			}
			if !Has(&e, got[i].Original) {
				t.Fatalf("%s %s: has not %s", e.Start, text, got[i].Original)
			}
		}
		if !slices.IsSortedFunc(got, func(a, b Occurrence) int { return cmp.Compare(a.Start.Unix(), b.Start.Unix()) }) {
			t.Fatal("out of order")
		}
	})
}

func TestHas(t *testing.T) {
	e := event(t, "20260105T090000[Europe/Helsinki]", "FREQ=WEEKLY;COUNT=3;BYDAY=MO,TH")
	e.Extra = []calendar.Time{calendar.AtUTC(at(t, "2026-01-20T07:00:00Z"))}
	e.Cancelled = walls(t, "20260108T090000")
	for w, want := range map[string]bool{
		"20260105T090000": true, "20260108T090000": true, "20260112T090000": true, "20260115T090000": false,
		"20260106T090000": false, "20260105T090001": false, "20251229T090000": false, "20260120T090000": true,
	} {
		if got := Has(e, wall(t, w)); got != want {
			t.Errorf("%s: %t", w, got)
		}
	}
}

func TestLastEnd(t *testing.T) {
	finite := func(change func(*calendar.Event)) *calendar.Event {
		e := standUp(t)
		e.Rule = "FREQ=WEEKLY;COUNT=3"
		change(e)
		return e
	}
	for _, c := range []struct {
		name    string
		e       *calendar.Event
		want    string
		endless bool
	}{
		{"for ever", standUp(t), "", true},
		{"a count", finite(func(*calendar.Event) {}), "2026-01-19T08:00:00Z", false},
		{"a single event", event(t, "20260105T090000[Europe/Helsinki]", ""), "2026-01-05T08:00:00Z", false},
		{"the last one cancelled", finite(func(e *calendar.Event) { e.Cancelled = walls(t, "20260119T090000") }),
			"2026-01-12T08:00:00Z", false},
		{"all cancelled", finite(func(e *calendar.Event) {
			e.Cancelled = walls(t, "20260105T090000", "20260112T090000", "20260119T090000")
		}), "", false},
		{"the last one moved forward", finite(func(e *calendar.Event) {
			e.Overrides = []calendar.Override{moved(t, "20260119T090000", "20260107T090000")}
		}), "2026-01-12T08:00:00Z", false},
		{"the first one moved far back", finite(func(e *calendar.Event) {
			e.Overrides = []calendar.Override{moved(t, "20260105T090000", "20270105T090000")}
		}), "2027-01-05T07:30:00Z", false},
		{"a further date", finite(func(e *calendar.Event) {
			e.Extra = []calendar.Time{calendar.InZone(wall(t, "20300105T090000"), "Europe/Helsinki")}
		}), "2030-01-05T08:00:00Z", false},
		{"an end in the far future", event(t, "20260105T090000Z", "FREQ=DAILY;UNTIL=99981231T090000Z"), "9998-12-31T10:00:00Z", false},
		{"a rule that only seems endless", event(t, "20260105T090000Z", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
			"2026-01-05T10:00:00Z", false},
		{"a whole day ends at the reader's midnight", event(t, "20260105", "FREQ=DAILY;COUNT=2"), "2026-01-06T22:00:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			helsinki, err := Location("Europe/Helsinki")
			if err != nil {
				t.Fatal(err)
			}
			end, endless, err := LastEnd(c.e, helsinki)
			got := ""
			if !end.IsZero() {
				got = end.UTC().Format(time.RFC3339)
			}
			if err != nil || got != c.want || endless != c.endless {
				t.Errorf("%s, endless %t, %v", got, endless, err)
			}
		})
	}
}

func TestExpandRefusesWhatItCannotRead(t *testing.T) {
	e := standUp(t)
	e.End.Zone = "Nowhere/Land"
	if _, _, err := Expand(e, time.Unix(0, 0), time.Unix(1e9, 0), nil, 1); !errors.Is(err, ErrZone) {
		t.Errorf("unknown zone of the end: %v", err)
	}
	if err := Check(e); !errors.Is(err, ErrZone) {
		t.Errorf("unknown zone of the end: %v", err)
	}
	e = standUp(t)
	e.Overrides = []calendar.Override{moved(t, "20260112T090000", "20260113T100000")}
	e.Overrides[0].Start.Zone = "Nowhere/Land"
	if _, _, err := Expand(e, time.Unix(0, 0), time.Unix(1e9, 0), nil, 1); !errors.Is(err, ErrZone) {
		t.Errorf("unknown zone of an override: %v", err)
	}
}

func TestExpandLeavesTheEventAlone(t *testing.T) {
	e := standUp(t)
	e.Extra = []calendar.Time{calendar.InZone(5, "Europe/Helsinki"), calendar.InZone(3, "Europe/Helsinki")}
	e.Overrides = []calendar.Override{moved(t, "20260112T090000", "20260113T100000")}
	before := e.Clone()
	if _, _, err := Expand(e, time.Unix(0, 0), time.Unix(2e9, 0), nil, 50); err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(before, *e); d != "" {
		t.Error(d)
	}
}

func BenchmarkExpand(b *testing.B) {
	for _, c := range []struct{ name, start, rule string }{
		{"weekly, a year", "20200106T090000[Europe/Helsinki]", "FREQ=WEEKLY;BYDAY=MO,WE"},
		{"monthly by weekday, a year", "20200106T090000[Europe/Helsinki]", "FREQ=MONTHLY;BYDAY=1MO"},
		{"yearly, a year", "20200106T090000[Europe/Helsinki]", "FREQ=YEARLY"},
		{"daily with a count, a year", "20200106T090000[Europe/Helsinki]", "FREQ=DAILY;COUNT=5000"},
		{"single", "20260406T090000[Europe/Helsinki]", ""},
		{"never", "20200106T090000[Europe/Helsinki]", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := event(b, c.start, c.rule)
			from, to := at(b, "2026-01-01T00:00:00Z"), at(b, "2027-01-01T00:00:00Z")
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Expand(e, from, to, nil, 1000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
