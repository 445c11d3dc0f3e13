package google

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
	standin "tahti/internal/standin/google"
)

// draw makes what the laws are tried on.
type draw struct{ *rapid.T }

func (d draw) below(n int) int { return rapid.IntRange(0, n-1).Draw(d.T, "pick") }

func pick[T any](d draw, list ...T) T { return list[d.below(len(list))] }

// variant is one that treats the dates of a series in its own way.
func (d draw) variant() standin.Variant {
	return variants[pick(d, "strict", "exceptions dropped", "exceptions kept")]
}

var texts = []string{
	"", "a", "Kahvi, tee; \\ n", "two\nlines", "a < b & c", "AT&T &amp; &nbsp; <b>bold</b>", "write to <carol@elsewhere.example>", "ä☕", "<!-- no -->",
}

func (d draw) event() calendar.Event {
	e := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Busy: true}}
	start := calendar.WallOf(2026, 3, 16+d.below(20), 8+d.below(10), 15*d.below(4), 0)
	e.Start = pick(d, calendar.InZone(start, "Europe/Helsinki"), calendar.InZone(start, "America/Santiago"), calendar.Time{Kind: calendar.UTC, Wall: start},
		calendar.Time{Kind: calendar.Date, Wall: start.Midnight()})
	e.End = e.Start
	e.End.Wall += d.unit(&e) * calendar.Wall(1+d.below(6))
	e.Subject, e.Location, e.Description = pick(d, texts...), pick(d, texts...), pick(d, texts...)
	e.Private, e.Busy = d.below(4) == 0, d.below(3) != 0
	if d.below(3) != 0 {
		e.Rule = pick(d, rules...)
		d.settle(&e)
		for range d.below(4) {
			d.exception(&e)
		}
	}
	d.settle(&e)
	return e
}

var rules = []string{"FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=12", "FREQ=DAILY", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5", "FREQ=DAILY;UNTIL=20260601T000000Z"}

func (d draw) unit(e *calendar.Event) calendar.Wall {
	if e.Start.Kind == calendar.Date {
		return calendar.Day
	}
	return 900
}

// exception changes, cancels or restores one occurrence.
func (d draw) exception(e *calendar.Event) {
	starts := slices.Collect(recur.Starts(e, 8))
	if len(starts) == 0 {
		return
	}
	w := pick(d, starts...)
	switch d.below(4) {
	case 0:
		if e.IsCancelled(w) {
			e.Cancelled = slices.DeleteFunc(e.Cancelled, func(x calendar.Wall) bool { return x == w })
		} else if w != e.Start.Wall {
			e.Cancelled = append(e.Cancelled, w)
		}
	case 1:
		e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return o.Original == w })
	default:
		if e.IsCancelled(w) {
			return
		}
		v := e.Effective(e.EnsureOverride(w))
		o := e.EnsureOverride(w)
		f := pick(d, calendar.Subject, calendar.Location, calendar.Description, calendar.Busy, calendar.When, calendar.When)
		d.change(&v, f, d.unit(e))
		calendar.Copy(f, &o.Values, &v)
		o.Set |= calendar.Fields(f)
	}
	slices.Sort(e.Cancelled)
	e.Normalize()
}

func (d draw) change(v *calendar.Values, f calendar.Field, unit calendar.Wall) {
	switch f {
	case calendar.Subject:
		v.Subject = pick(d, texts...)
	case calendar.Location:
		v.Location = pick(d, texts...)
	case calendar.Description:
		v.Description = pick(d, texts...)
	case calendar.Busy:
		v.Busy = !v.Busy
	case calendar.Private:
		v.Private = !v.Private
	case calendar.When:
		long := unit * calendar.Wall(1+d.below(6))
		v.Start.Wall += unit * calendar.Wall(d.below(9)-4)
		v.End = v.Start
		v.End.Wall += long
	}
}

// edit changes an event as people do.
func (d draw) edit(e *calendar.Event) {
	for range 1 + d.below(3) {
		switch n := d.below(8); {
		case n < 2:
			d.change(&e.Values, pick(d, calendar.Subject, calendar.Location, calendar.Description, calendar.Busy, calendar.Private), 900)
		case n == 2: // the whole series moves
			by := d.unit(e) * calendar.Wall(1+d.below(8))
			e.Start.Wall += by
			e.End.Wall += by
			for i := range e.Overrides {
				e.Overrides[i].Original += by
			}
			for i := range e.Cancelled {
				e.Cancelled[i] += by
			}
		case n == 3:
			e.Rule = pick(d, append([]string{""}, rules...)...)
		case e.IsSeries():
			d.exception(e)
		}
		d.settle(e)
	}
}

// settle leaves an event as the hub would: canonical, and without exceptions of dates that are no more.
func (d draw) settle(e *calendar.Event) {
	if e.Rule != "" {
		rule, err := recur.Canonical(e.Rule, e.Start)
		if err != nil {
			d.Skip(err)
		}
		e.Rule = rule
	} else {
		e.Overrides, e.Cancelled = nil, nil
	}
	strays := func(w calendar.Wall) bool { return !recur.Has(e, w) }
	e.Cancelled = slices.DeleteFunc(e.Cancelled, strays)
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return strays(o.Original) })
	for i := range e.Overrides {
		e.Overrides[i].Set &^= calendar.Fields(calendar.Private)
	}
	e.Normalize()
	if recur.Check(e) != nil || len(slices.Collect(recur.Starts(e, 2))) == 0 {
		d.Skip("nothing is left")
	}
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

func same(t rapid.TB, what string, got, want calendar.Event) {
	t.Helper()
	if diff := cmp.Diff(edited(want), edited(got)); diff != "" {
		t.Fatalf("%s (- want, + got):\n%s", what, diff)
	}
}

// TestLaws tries, over the stand-in in each of its variants, that what was put is what is got, in any fields and from any state,
// that the answer to a write is what is read behind it, and that putting what was got writes nothing.
func TestLaws(t *testing.T) {
	for name, variant := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				c, b := stand(t, variant)
				lawful(t, draw{t}, c, b, variant.ExceptionsWhole)
			})
		})
	}
}

// testKey is one that no calendar has seen: each has its own server.
const testKey provider.Key = "0123456789abcdefghijklmnopqrstuv"

// settled is same, where dates may be whole: then one stays as private as its series was, for Google ignores its being less so.
func settled(t rapid.TB, what string, got, want calendar.Event, whole bool) {
	t.Helper()
	if whole && !want.Private {
		for _, e := range []*calendar.Event{&got, &want} {
			*e = e.Clone()
			for i := range e.Overrides {
				e.Overrides[i].Set &^= calendar.Fields(calendar.Private)
			}
			e.Normalize()
		}
	}
	same(t, what, got, want)
}

func lawful(t *rapid.T, d draw, c *Calendar, b *door, whole bool) {
	ctx := context.Background()
	e := d.event()
	held, err := c.Put(ctx, provider.Put{Key: testKey, Event: e, Fields: calendar.BothWaysFields})
	if err != nil {
		t.Fatalf("create %+v: %v", e, err)
	}
	same(t, "the answer to a creation", held.Event, e)
	for range 2 {
		to := held.Event.Clone()
		d.edit(&to)
		fields := calendar.BothWaysFields
		if d.below(3) == 0 {
			fields = calendar.FieldSet(rapid.Uint16Range(0, uint16(calendar.BothWaysFields)).Draw(t, "fields"))
			fields &^= calendar.Fields(calendar.When, calendar.Recurrence) // half a move may leave nothing to keep
		}
		want, _ := icalendar.Aim(&held.Event, &to, fields)
		if slices.ContainsFunc(want.Overrides, func(o calendar.Override) bool { return !recur.Has(&want, o.Original) || !want.IsSeries() }) {
			t.Skip("a date of a rule that is not to be written")
		}
		b.sent()
		now, err := c.Put(ctx, provider.Put{ID: held.ID, Base: &held, Event: to, Fields: fields})
		if err != nil && strings.Contains(err.Error(), "cannot be brought back") {
			t.Skip(err) // of the server's doing, and told
		}
		if err != nil {
			t.Fatalf("update %v\nfrom %+v\nto %+v: %v", fields, held.Event, to, err)
		}
		careful(t, b.sent())
		settled(t, "the answer to an update in "+fields.String(), now.Event, want, whole)
		read, err := c.Read(ctx, []provider.RemoteID{held.ID})
		if err != nil {
			t.Fatal(err)
		}
		if !now.Versions.Equal(read[0].Versions) || string(now.Raw) != string(read[0].Raw) {
			t.Fatalf("read behind the write:\n%s", cmp.Diff(string(now.Raw), string(read[0].Raw)))
		}
		held = read[0]
		b.sent()
		if _, err := c.Put(ctx, provider.Put{ID: held.ID, Base: &held, Event: held.Event, Fields: calendar.BothWaysFields}); err != nil {
			t.Fatal(err)
		}
		if again := b.sent(); len(again) != 0 {
			t.Fatalf("putting what was got sent %+v", again)
		}
	}
	if err := c.Remove(ctx, provider.Remove{ID: held.ID, Base: &held}); err != nil {
		t.Fatalf("remove: %v", err)
	}
}
