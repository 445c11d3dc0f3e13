package ews

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
	standin "tahti/internal/standin/ews"
)

// pick chooses a number below n.
type pick func(n int) int

func oneOf[T any](p pick, list ...T) T { return list[p(len(list))] }

var someTexts = []string{"", "a", "Kahvi, tee; \\ n", "x:y\"z <b>", "ä☕ two  blanks\nand\n\nlines"}

// anyEvent is an event that Exchange can hold.
func anyEvent(p pick) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Location, e.Description = oneOf(p, someTexts...), oneOf(p, someTexts...), oneOf(p, someTexts...)
	e.Busy, e.Private = p(2) == 0, p(2) == 0
	start := calendar.WallOf(2026, time.Month(1+p(12)), 1+p(28), p(22), 15*p(4), 0)
	e.Start = oneOf(p, calendar.InZone(start, "Europe/Helsinki"), calendar.InZone(start, "America/New_York"), calendar.InZone(start, "Asia/Kolkata"),
		calendar.Time{Kind: calendar.UTC, Wall: start}, calendar.Time{Kind: calendar.Date, Wall: start.Midnight()})
	e.End = e.Start
	if e.End.Wall += calendar.Wall(900 * (1 + p(12))); e.Start.Kind == calendar.Date {
		e.End.Wall = e.Start.Wall + calendar.Day
	}
	anyRule(p, &e)
	editOccurrences(p, &e)
	e.Normalize()
	return e
}

func anyRule(p pick, e *calendar.Event) {
	e.Rule = oneOf(p, "", "", "FREQ=DAILY;INTERVAL=2;COUNT=9", "FREQ=WEEKLY;COUNT=6", "FREQ=WEEKLY;INTERVAL=2;COUNT=5", "FREQ=MONTHLY;COUNT=4", "FREQ=YEARLY;INTERVAL=2;COUNT=2", "FREQ=DAILY;INTERVAL=3")
	if e.Rule == "" {
		e.Overrides, e.Cancelled = nil, nil
	}
}

// editOccurrences takes some out, and changes others within what Outlook allows.
func editOccurrences(p pick, e *calendar.Event) {
	if !e.IsSeries() {
		return
	}
	starts := slices.Collect(recur.Starts(e, 6))
	for _, w := range starts[1:] { // a series that lost its first occurrence begins elsewhere, to some
		switch {
		case e.IsCancelled(w):
		case p(5) == 0 && e.Override(w) == nil:
			e.Cancelled = append(e.Cancelled, w)
			slices.Sort(e.Cancelled)
		case p(4) == 0:
			o := e.EnsureOverride(w)
			o.Set |= calendar.Fields(calendar.Subject, calendar.Busy)
			o.Subject, o.Busy = oneOf(p, someTexts[1:]...), p(2) == 0
			if p(2) == 0 && e.Start.Kind != calendar.Date {
				o.Set |= calendar.Fields(calendar.When)
				o.Start, o.End = e.Start, e.End
				o.Start.Wall = w.Midnight() + calendar.Wall(p(20))*3600
				o.End.Wall = o.Start.Wall + 1800
			}
		}
	}
}

// edit is what people do to an event.
func edit(p pick, e *calendar.Event) calendar.FieldSet {
	switch p(6) {
	case 0:
		e.Subject = oneOf(p, someTexts...)
		return calendar.Fields(calendar.Subject)
	case 1:
		e.Description, e.Location = oneOf(p, someTexts...), oneOf(p, someTexts...)
		return calendar.Fields(calendar.Description, calendar.Location)
	case 2:
		e.Busy, e.Private = !e.Busy, p(2) == 0
		return calendar.Fields(calendar.Busy, calendar.Private)
	case 3:
		by := oneOf(p, calendar.Day, 7*calendar.Day, -calendar.Day)
		e.Start.Wall += by
		e.End.Wall += by
		for i := range e.Overrides {
			e.Overrides[i].Original += by
			if o := &e.Overrides[i]; o.Set.Has(calendar.When) {
				o.Start.Wall += by
				o.End.Wall += by
			}
		}
		for i := range e.Cancelled {
			e.Cancelled[i] += by
		}
		return calendar.Fields(calendar.When)
	case 4:
		editOccurrences(p, e)
		return calendar.BothWaysFields
	}
	anyRule(p, e)
	return calendar.Fields(calendar.Recurrence, calendar.When)
}

// tidy leaves an event as the hub would: what no longer fits the pattern is gone.
func tidy(e *calendar.Event) {
	e.Cancelled = slices.DeleteFunc(e.Cancelled, func(w calendar.Wall) bool { return !recur.Has(e, w) })
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return !recur.Has(e, o.Original) })
	e.Normalize()
}

// edited is the part of an event that people edit.
func edited(e calendar.Event) calendar.Event {
	e = e.Clone()
	e.UID, e.Known = "", 0
	strip := func(v *calendar.Values) {
		for _, f := range (calendar.AllFields &^ calendar.BothWaysFields).List() {
			calendar.Copy(f, v, &calendar.Values{})
		}
	}
	strip(&e.Values)
	for i := range e.Overrides {
		strip(&e.Overrides[i].Values)
		e.Overrides[i].Set &= calendar.BothWaysFields
	}
	e.Normalize()
	return e
}

// What is put is read back; to put it once more writes nothing; and edits lead to what was meant.
func TestPutLaws(t *testing.T) { putLaws(t, anyEvent) }

// The same for series in the hours that the clocks skip, and in those that come twice.
func TestPutLawsWhereTheClocksChange(t *testing.T) { putLaws(t, atTheChange) }

func atTheChange(p pick) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = "Early", true
	night := oneOf(p, []string{"America/New_York", "20260301"}, []string{"America/New_York", "20261025"}, []string{"Europe/Helsinki", "20260322"},
		[]string{"Europe/Helsinki", "20261018"}, []string{"Australia/Lord_Howe", "20260927"}, []string{"Australia/Lord_Howe", "20260329"})
	start := wall(night[1]) + calendar.Wall(900*p(24))
	e.Start, e.End = calendar.InZone(start, night[0]), calendar.InZone(start+calendar.Wall(900*p(14)), night[0])
	e.Rule = oneOf(p, "FREQ=DAILY;COUNT=10", "FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;INTERVAL=7;COUNT=3")
	editOccurrences(p, &e)
	e.Normalize()
	return e
}

func putLaws(t *testing.T, any func(pick) calendar.Event) {
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
		p := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "pick") }
		want := any(p)
		if skipped(&want) {
			rt.Skip("a time that does not exist")
		}
		base, err := r.Put(t.Context(), provider.Put{Key: provider.Key(fmt.Sprintf("law%029d", n)), Event: want, Fields: calendar.BothWaysFields})
		for range 3 {
			if err != nil && provider.ClassOf(err) == provider.Rejected {
				rt.Skip(err.Error())
			}
			if err != nil {
				rt.Fatalf("put %+v: %v", want, err)
			}
			it := r.read(rt, base.ID)
			if diff := cmp.Diff(edited(want), edited(it.Event)); diff != "" {
				rt.Fatalf("read back of %+v (- want, + got):\n%s", want, diff)
			}
			if diff := cmp.Diff(edited(base.Event), edited(it.Event)); diff != "" || !base.Versions.Equal(it.Versions) {
				rt.Fatalf("the answer was %v, and read %v:\n%s", base.Versions, it.Versions, diff)
			}
			r.idle(rt, it)
			want = it.Event.Clone()
			fields := edit(p, &want)
			tidy(&want)
			if want.IsSeries() && recur.Check(&want) != nil || skipped(&want) {
				rt.Skip("nobody could keep it")
			}
			base, err = r.Put(t.Context(), provider.Put{ID: it.ID, Base: &it, Event: want, Fields: fields})
		}
	})
}

// skipped reports that a time was written which the clocks skip: Exchange gives back the one that it is read as.
func skipped(e *calendar.Event) bool {
	gap := func(v *calendar.Values) bool {
		for _, t := range []calendar.Time{v.Start, v.End} {
			if t.Kind == calendar.Zoned && outlook.ClockOf(t.Zone, t.Zone).Wall(outlook.Instant(t)) != t.Wall {
				return true
			}
		}
		return false
	}
	return gap(&e.Values) || slices.ContainsFunc(e.Overrides, func(o calendar.Override) bool { return gap(&o.Values) })
}

func (r *rig) read(t rapid.TB, id provider.RemoteID) provider.Item {
	t.Helper()
	items, err := r.Read(context.Background(), []provider.RemoteID{id})
	if err != nil {
		t.Fatal(err)
	}
	if items[0].State != provider.StateLive {
		t.Fatalf("%s is %v: %+v", id, items[0].State, items[0].Problem)
	}
	return items[0]
}

// idle puts what is there, and holds that nothing is written.
func (r *rig) idle(t rapid.TB, it provider.Item) {
	t.Helper()
	r.writes.Store(0)
	again, err := r.Put(context.Background(), provider.Put{ID: it.ID, Base: &it, Event: it.Event, Fields: calendar.BothWaysFields})
	if err != nil || !again.Versions.Equal(it.Versions) {
		t.Fatalf("put what is there: %v %v", again.Versions, err)
	}
	if n := r.writes.Load(); n != 0 {
		t.Fatalf("%d writes of what is there", n)
	}
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
