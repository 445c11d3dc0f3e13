package merge_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// TestWhatIsUnknownOfAnOccurrenceTakesNoPart: neither hiding it nor what somebody writes in its place is a change.
func TestWhatIsUnknownOfAnOccurrenceTakesNoPart(t *testing.T) {
	day := calendar.WallOf(2026, 3, 4, 10, 0, 0)
	open := calendar.Event{Known: calendar.AllFields, Rule: "FREQ=DAILY;COUNT=3"}
	first := calendar.Time{Kind: calendar.UTC, Wall: day - calendar.Day}
	open.Subject, open.Start, open.End = "Daily", first, first
	hidden := open.Clone()
	hidden.EnsureOverride(day).Unknown = calendar.Fields(calendar.Subject, calendar.Location)
	written := hidden.Clone()
	o := written.Override(day)
	o.Set, o.Subject, o.Busy = calendar.Fields(calendar.Subject, calendar.Busy), "other words", true
	if d := merge.Diff(&open, &hidden); !d.Empty() {
		t.Errorf("hiding reads as %+v", d.List)
	}
	if d := merge.Diff(&hidden, &written); d.Fields() != calendar.Fields(calendar.Busy) {
		t.Errorf("writing in its place reads as %+v", d.List)
	}
	result, _ := merge.Apply(&hidden, merge.Diff(&open, &written), 0)
	if d := merge.Diff(&hidden, &result); d.Fields()&^calendar.Fields(calendar.Busy) != 0 {
		t.Errorf("applied, it reads as %+v", d.List)
	}
}
