package graph

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/provider/outlook/outlooktest"
	"tahti/internal/recur"
	standin "tahti/internal/standin/graph"
)

// events are what Graph can hold, which has no event without a title.
var events = outlooktest.Kind{Yearly: "FREQ=YEARLY;COUNT=2"}

func TestPutLaws(t *testing.T) { putLaws(t, events.Event) }

func TestPutLawsWhereTheClocksChange(t *testing.T) { putLaws(t, outlooktest.AtTheChange) }

func putLaws(t *testing.T, anyEvent func(outlooktest.Pick) calendar.Event) {
	variants := []standin.Variants{{}, {KeepExceptions: true, KeepIANA: true}}
	rigs := map[int]*rig{}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		r := rigs[n%2]
		if r == nil || n%200 < 2 { // no mailbox bears more than ten thousand requests in ten minutes
			r = newRig(t, standin.Options{Variants: variants[n%2]}, "Calendar")
			rigs[n%2] = r
		}
		calendar := outlooktest.Calendar{Provider: r, Writes: r.written}
		events.PutLaws(rt, calendar, provider.Key(fmt.Sprintf("law%029d", n)), anyEvent)
	})
}

func (r *rig) read(t rapid.TB, id provider.RemoteID) provider.Item {
	t.Helper()
	return outlooktest.Live(t, r, id)
}

func (w *wire) written() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.log {
		if !strings.HasPrefix(line, "GET ") && !strings.Contains(line, "$batch") {
			n++
		}
	}
	return n
}

// The stand-in expands patterns with code of its own, day by day: its instances are the starts that the rule gives.
func TestWrittenSeriesTakePlaceWhenTheirRulesSay(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	for i, c := range []struct{ start, rule string }{
		{"20260316T100000", "FREQ=DAILY;INTERVAL=3;COUNT=50"},
		{"20260318T233000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,WE;COUNT=30"},
		{"20260331T100000", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=20"},
		{"20260330T001500", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1;COUNT=20"},
		{"20260310T100000", "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20280101T000000Z"},
		{"20260331T100000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=20"},
		{"20260228T100000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1;COUNT=4"},
		{"20261127T100000", "FREQ=YEARLY;BYMONTH=11;BYDAY=-1FR;COUNT=4"},
		{"20260327", "FREQ=WEEKLY;BYDAY=FR,SA;COUNT=12"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			e := series(c.start, c.rule)
			it, err := r.Put(t.Context(), provider.Put{Key: provider.Key(fmt.Sprintf("rule%028d", i)), Event: *e, Fields: calendar.BothWaysFields})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for w := range recur.Starts(e, 500) {
				at := e.Start
				at.Wall = w
				want = append(want, at.Instant(outlook.ClockOf("Europe/Helsinki", "").Loc).UTC().Format(time.RFC3339))
			}
			if got := r.instances(t, it.ID); !slices.Equal(got, want) {
				t.Errorf("%v\nwant %v", got, want)
			}
		})
	}
}

// instances lists the starts that the server gives a series.
func (r *rig) instances(t *testing.T, id provider.RemoteID) (starts []string) {
	t.Helper()
	_, answer, err := r.server.Do(alice, "GET", "/me/events/"+url.PathEscape(string(id))+"/instances?startDateTime=2026-01-01T00:00:00Z&endDateTime=2030-12-31T00:00:00Z&$top=999", "")
	if err != nil {
		t.Fatal(err)
	}
	var p instances
	if err := json.Unmarshal(answer, &p); err != nil {
		t.Fatal(err)
	}
	for _, x := range p.Value {
		at, err := x.Start.instant()
		if err != nil {
			t.Fatal(err)
		}
		if *x.IsAllDay { // told at midnight where it is at home
			at = at.UTC()
		}
		starts = append(starts, at.UTC().Format(time.RFC3339))
	}
	return starts
}

// instances is a list of occurrences as Graph answers it.
type instances struct {
	Value []event `json:"value"`
}
