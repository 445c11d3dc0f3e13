package ews

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook/outlooktest"
	"tahti/internal/recur"
	standin "tahti/internal/standin/ews"
)

// events are what Exchange can hold: each second year, since that is written in months.
var events = outlooktest.Kind{Untitled: true, Yearly: "FREQ=YEARLY;INTERVAL=2;COUNT=2"}

func TestPutLaws(t *testing.T) { putLaws(t, events.Event) }

func TestPutLawsWhereTheClocksChange(t *testing.T) { putLaws(t, outlooktest.AtTheChange) }

func putLaws(t *testing.T, anyEvent func(outlooktest.Pick) calendar.Event) {
	kinds := []standin.Variants{{}, {KeepExceptions: true, OccurrenceKeys: true}, {UpdateMovesZone: true}}
	rigs := map[int]*rig{}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		r := rigs[n%len(kinds)]
		if r == nil {
			r = newRig(t, standin.Options{Variants: kinds[n%len(kinds)]})
			rigs[n%len(kinds)] = r
		}
		calendar := outlooktest.Calendar{Provider: r, Writes: func() int { return int(r.writes.Load()) }}
		events.PutLaws(rt, calendar, provider.Key(fmt.Sprintf("law%029d", n)), anyEvent)
	})
}

func (r *rig) read(t rapid.TB, id provider.RemoteID) provider.Item {
	t.Helper()
	return outlooktest.Live(t, r, id)
}

// The stand-in expands patterns with code of its own: the occurrences that it numbers are the starts that the rule gives.
func TestWrittenSeriesTakePlaceWhenTheirRulesSay(t *testing.T) {
	r := newRig(t, standin.Options{})
	for i, c := range []struct{ start, rule string }{
		{"20260316T100000", "FREQ=DAILY;INTERVAL=3;COUNT=50"},
		{"20260318T233000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,WE;COUNT=30"},
		{"20260331T100000", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=20"},
		{"20260330T001500", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1;COUNT=20"},
		{"20260310T100000", "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20280101T000000Z"},
		{"20260331T100000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=20"},
		{"20260307T100000", "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2;COUNT=12"},
		{"20260228T100000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1;COUNT=4"},
		{"20261127T100000", "FREQ=YEARLY;BYMONTH=11;BYDAY=-1FR;COUNT=4"},
		{"20260316T100000", "FREQ=YEARLY;INTERVAL=3;COUNT=5"},
		{"20261127T100000", "FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=-1FR;COUNT=4"},
		{"20240229T100000", "FREQ=YEARLY;INTERVAL=4;COUNT=4"},
		{"20260327", "FREQ=WEEKLY;BYDAY=FR,SA;COUNT=12"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			e := series(c.start, c.rule)
			it, err := r.Put(t.Context(), provider.Put{Key: provider.Key(fmt.Sprintf("rule%028d", i)), Event: *e, Fields: calendar.BothWaysFields})
			must(t, err)
			if it.Event.Rule != mustRule(t, c.rule, e.Start) {
				t.Errorf("comes back as %s", it.Event.Rule)
			}
			n := 0
			for w := range recur.Starts(e, 500) {
				n++
				parts, _, err := r.get(t.Context(), opRead, []element{occurrenceRef(string(it.ID), n)})
				must(t, err)
				if parts[0].err != nil || !r.startsAt(&it, parts[0].item, w) {
					t.Fatalf("number %d: %v, want %s", n, parts[0].err, w)
				}
			}
			parts, _, err := r.get(t.Context(), opRead, []element{occurrenceRef(string(it.ID), n+1)})
			must(t, err)
			if parts[0].err == nil {
				t.Errorf("there are more than %d", n)
			}
		})
	}
}

func mustRule(t *testing.T, rule string, start calendar.Time) string {
	t.Helper()
	canonical, err := recur.Canonical(rule, start)
	must(t, err)
	return canonical
}

func TestRulesThatExchangeHasNot(t *testing.T) {
	for _, c := range []struct{ name, start, rule, code string }{
		{"a position among two weekdays", "20260303T100000", "FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1", string(provider.Inexpressive)},
		{"each ninth year", "20260303T100000", "FREQ=YEARLY;INTERVAL=9", string(provider.Inexpressive)},
		{"hours", "20260303T100000", "FREQ=HOURLY;COUNT=3", string(provider.Inexpressive)},
		{"two positions", "20260303T100000", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,3", string(provider.Inexpressive)},
		{"the 31st, where there is one", "20260331T100000", "FREQ=MONTHLY;BYMONTHDAY=31", string(provider.ShortMonths)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := recurrenceOf(series(c.start, c.rule))
			if provider.ClassOf(err) != provider.Rejected || err == nil || codeOf(err) != c.code {
				t.Errorf("%v %q", err, codeOf(err))
			}
		})
	}
	e := series("20260303T100000", "FREQ=DAILY;COUNT=3")
	e.Extra = []calendar.Time{calendar.InZone(wall("20260401T100000"), "Europe/Helsinki")}
	if _, err := recurrenceOf(e); codeOf(err) != string(provider.Inexpressive) {
		t.Errorf("a further date: %v", err)
	}
}
