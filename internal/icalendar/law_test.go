package icalendar

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// pick chooses a number below n.
type pick func(n int) int

func oneOf[T any](p pick, list ...T) T { return list[p(len(list))] }

// scramble edits an event as people do, some edits in a row, and leaves it as the hub would: what no longer fits the
// pattern is gone. It reports whether the result is an event that anybody could keep.
func scramble(p pick, e *calendar.Event) bool {
	for range 1 + p(3) {
		edits := []func(pick, *calendar.Event){editText, editFlag, editTime, editKind}
		if e.IsSeries() {
			edits = append(edits, editCancelled, editOverride, editOverride, editRule)
		} else {
			edits = append(edits, editRule)
		}
		oneOf(p, edits...)(p, e)
		if e.Rule != "" {
			rule, err := recur.Canonical(e.Rule, e.Start)
			if err != nil {
				return false
			}
			e.Rule = rule
		}
		strays := func(w calendar.Wall) bool { return !recur.Has(e, w) }
		e.Cancelled = slices.DeleteFunc(e.Cancelled, strays)
		e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return strays(o.Original) })
		e.Normalize()
	}
	for i, o := range e.Overrides {
		if i > 0 && e.Overrides[i-1].Original == o.Original {
			return false
		}
	}
	return recur.Check(e) == nil && e.Start.Wall > calendar.WallOf(1, 2, 1, 0, 0, 0) && e.End.Wall < lastWall-100*calendar.Day
}

var texts = []string{
	"", "a", "Kahvi, tee; \\ n\nrivi", "x:y\"z",
	"ä☕ long enough to be folded more than once when it is written, ääkköset too ☕☕☕☕☕☕, and no end of it",
}

func editText(p pick, e *calendar.Event) {
	*oneOf(p, &e.Subject, &e.Location, &e.Description) = oneOf(p, texts...)
}

func editFlag(p pick, e *calendar.Event) {
	flag := oneOf(p, &e.Busy, &e.Private)
	*flag = !*flag
}

// editTime moves the series or changes its length.
func editTime(p pick, e *calendar.Event) {
	unit := calendar.Wall(900)
	if e.Start.Kind == calendar.Date {
		unit = calendar.Day
	}
	if p(2) == 0 {
		e.End = e.Start
		e.End.Wall += unit * calendar.Wall(1+p(200))
		return
	}
	move(e, oneOf(p, unit, 4*unit, 96*unit, 7*96*unit)*calendar.Wall(1-2*p(2)))
}

// editKind turns times into days and back, or moves the clock to another zone.
func editKind(p pick, e *calendar.Event) {
	long := e.End.Wall - e.Start.Wall
	to := oneOf(p, calendar.Time{Kind: calendar.Date}, calendar.Time{Kind: calendar.UTC}, calendar.Time{Kind: calendar.Floating},
		calendar.InZone(0, "Asia/Kolkata"), calendar.InZone(0, "Australia/Sydney"), calendar.InZone(0, "America/New_York"))
	by := calendar.Wall(0)
	switch {
	case to.Kind == calendar.Date:
		by, long = e.Start.Wall.Midnight()-e.Start.Wall, max(calendar.Day, long.Midnight())
	case e.Start.Kind == calendar.Date:
		by = calendar.Wall(900 * p(96))
	}
	move(e, by)
	if to.Kind == calendar.Date { // an occurrence may have had another time of day
		for i := range e.Extra {
			e.Extra[i].Wall = e.Extra[i].Wall.Midnight()
		}
		for i := range e.Cancelled {
			e.Cancelled[i] = e.Cancelled[i].Midnight()
		}
		for i := range e.Overrides {
			e.Overrides[i].Original = e.Overrides[i].Original.Midnight()
		}
	}
	to.Wall = e.Start.Wall
	e.Start, e.End = to, to
	e.End.Wall += long
	for i := range e.Extra {
		to.Wall = e.Extra[i].Wall
		e.Extra[i] = to
	}
}

func editCancelled(p pick, e *calendar.Event) {
	if len(e.Cancelled) > 0 && p(2) == 0 {
		i := p(len(e.Cancelled))
		e.Cancelled = slices.Delete(e.Cancelled, i, i+1)
		return
	}
	if w, ok := anyStart(p, e); ok {
		e.Cancelled = append(e.Cancelled, w)
	}
}

func anyStart(p pick, e *calendar.Event) (calendar.Wall, bool) {
	starts := slices.Collect(recur.Starts(e, 12))
	if len(starts) == 0 {
		return 0, false
	}
	return oneOf(p, starts...), true
}

func editOverride(p pick, e *calendar.Event) {
	if len(e.Overrides) > 0 && p(3) == 0 {
		e.Overrides[p(len(e.Overrides))].Set &^= Writable
		return
	}
	w, ok := anyStart(p, e)
	if !ok || e.IsCancelled(w) {
		return
	}
	inherited := e.On(w)
	o := e.Override(w)
	if o == nil {
		e.Overrides = append(e.Overrides, calendar.Override{Original: w})
		o = &e.Overrides[len(e.Overrides)-1]
	}
	f := oneOf(p, calendar.Subject, calendar.Location, calendar.Description, calendar.Busy, calendar.Private, calendar.When)
	o.Set |= calendar.Fields(f)
	calendar.Copy(f, &o.Values, &inherited)
	switch f {
	case calendar.Subject:
		o.Subject = oneOf(p, texts...)
	case calendar.Location:
		o.Location = oneOf(p, texts...)
	case calendar.Description:
		o.Description = oneOf(p, texts...)
	case calendar.Busy:
		o.Busy = !o.Busy
	case calendar.Private:
		o.Private = !o.Private
	case calendar.When:
		unit := calendar.Wall(900)
		if o.Start.Kind == calendar.Date {
			unit = calendar.Day
		}
		o.Start.Wall += unit * calendar.Wall(p(30)-10)
		o.End = o.Start
		o.End.Wall += unit * calendar.Wall(1+p(10))
	}
}

func editRule(p pick, e *calendar.Event) {
	switch p(5) {
	case 0:
		e.Rule, e.Extra = "", nil
	case 1:
		at := e.Start
		at.Wall += calendar.Day * calendar.Wall(1+p(40))
		e.Extra = append(e.Extra, at)
	case 2:
		if len(e.Extra) > 0 {
			e.Extra = e.Extra[1:]
		}
	default:
		e.Rule = oneOf(p, "FREQ=DAILY", "FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR",
			"FREQ=DAILY;UNTIL=20320101T000000Z", "FREQ=YEARLY")
	}
}

func TestPatchLaws(t *testing.T) {
	all := corpus(t)
	names := []string{}
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		raw := all[rapid.SampledFrom(names).Draw(t, "object")]
		p := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		for range 1 + p(3) { // a patch of what was patched
			d, prob := Decode(raw, asAlice)
			if prob != nil {
				t.Fatalf("%v\n%s", prob, raw)
			}
			to := d.Event.Clone()
			if !scramble(p, &to) {
				t.Skip("nobody could keep it")
			}
			raw = lawful(t, raw, d.Event, to, calendar.AllFields)
		}
	})
}

// TestPatchInSomeFields holds that fields outside the given ones stay, whatever was edited.
func TestPatchInSomeFields(t *testing.T) {
	all := corpus(t)
	names := []string{"apple", "southern", "range", "periods", "thunderbird", "nodst"}
	rapid.Check(t, func(t *rapid.T) {
		raw := all[rapid.SampledFrom(names).Draw(t, "object")]
		from, _ := Decode(raw, asAlice)
		to := from.Event.Clone()
		if !scramble(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }, &to) {
			t.Skip("nobody could keep it")
		}
		fields := calendar.FieldSet(rapid.Uint16Range(0, uint16(calendar.AllFields)).Draw(t, "fields"))
		got, prob := Decode(lawful(t, raw, from.Event, to, fields), asAlice)
		if prob != nil {
			if prob.Code == EndlessRule { // a new rule without its new start, or the other way round, may never fit
				t.Skip(prob.Detail)
			}
			t.Fatal(prob)
		}
		for _, f := range calendar.AllFields.List() {
			want := &from.Event
			if fields.Has(f) && Writable.Has(f) {
				want = &to
			}
			if f == calendar.Recurrence {
				if got.Event.Rule != want.Rule && fields.Has(calendar.When) == fields.Has(calendar.Recurrence) {
					t.Fatalf("rule %q, want %q", got.Event.Rule, want.Rule)
				}
			} else if !calendar.Same(f, &want.Values, &got.Event.Values) {
				t.Fatalf("%v is wrong: %+v, want %+v", f, got.Event.Values, want.Values)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	seed := uint64(1)
	for _, raw := range corpus(f) {
		f.Add(raw, seed)
		seed++
	}
	for ; seed < 40; seed++ {
		f.Add(anyObject(rand.New(rand.NewPCG(seed, 1)).IntN), seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		d, prob := Decode(raw, asAlice)
		if prob != nil {
			return
		}
		r := rand.New(rand.NewPCG(seed, 0))
		to := d.Event.Clone()
		if !scramble(r.IntN, &to) {
			return
		}
		lawful(t, raw, d.Event, to, calendar.AllFields)
	})
}

// TestAimIsWhatPatchWrites holds that who writes part by part writes what a patch of the whole would have written.
func TestAimIsWhatPatchWrites(t *testing.T) {
	all := corpus(t)
	names := []string{"apple", "southern", "periods", "thunderbird", "nodst"}
	rapid.Check(t, func(t *rapid.T) {
		raw := all[rapid.SampledFrom(names).Draw(t, "object")]
		from, _ := Decode(raw, asAlice)
		to := from.Event.Clone()
		if !scramble(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }, &to) {
			t.Skip("nobody could keep it")
		}
		want, shift := Aim(&from.Event, &to, calendar.AllFields)
		got := mustDecode(t, lawful(t, raw, from.Event, to, calendar.AllFields)).Event
		if diff := cmp.Diff(writable(want), writable(got)); diff != "" {
			t.Fatalf("(- aim, + patch):\n%s", diff)
		}
		if shift != 0 && shift != to.Start.Wall-from.Event.Start.Wall {
			t.Fatalf("moved by %d, the names by %d", to.Start.Wall-from.Event.Start.Wall, shift)
		}
	})
}
