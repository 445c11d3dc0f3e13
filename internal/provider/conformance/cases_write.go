package conformance

import (
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

func emptyCalendar(x *exam) {
	got, next, err := x.tryPull("")
	if err != nil {
		x.Fatal(err)
	}
	if len(got.items) != 0 || got.whole == nil || got.whole.Len() != 0 || next == "" {
		x.Errorf("%d items, whole %v, cursor %q", len(got.items), got.whole, next)
	}
}

func createdReadsBack(x *exam) {
	for _, e := range samples() {
		x.part(e.Subject, func(x *exam) {
			if reason, lossy := x.target.Lossy[e.Subject]; lossy {
				x.Skipf("%s", reason)
			}
			if e.IsSeries() {
				x.needSeries()
			}
			e.Normalize()
			made := x.create(e)
			x.same("the answer", made.Event, e)
			it := x.live(made.ID)
			x.same("what was read", it.Event, e)
			if x.p.Capabilities().Keyless {
				return
			}
			if string(it.Key) == "" {
				x.Error("the key was not found in the item")
			}
			found, err := x.p.Find(x.Context(), it.Key)
			if err != nil || found.ID != made.ID || found.State != provider.StateLive {
				x.Errorf("find by key: %v %v %v", found.ID, found.State, err)
			}
		})
	}
}

func updateChanges(x *exam) {
	e := samples()[0]
	base := x.create(e)
	for _, c := range []struct {
		fields calendar.FieldSet
		change func(*calendar.Event)
	}{
		{calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed" }},
		{calendar.Fields(calendar.When), func(e *calendar.Event) {
			e.Start, e.End = span("Europe/Helsinki", wall(time.March, 4, 11, 0), wall(time.March, 4, 13, 0))
		}},
		{calendar.Fields(calendar.Location, calendar.Description), func(e *calendar.Event) { e.Location, e.Description = "", "Short" }},
		{calendar.Fields(calendar.Busy, calendar.Private), func(e *calendar.Event) { e.Busy, e.Private = false, false }},
		{calendar.Fields(calendar.When), func(e *calendar.Event) {
			e.Start, e.End = calendar.OnDate(2026, time.March, 5), calendar.OnDate(2026, time.March, 6)
		}},
	} {
		c.change(&e)
		next, err := x.change(base, c.fields, c.change, &e)
		if err != nil {
			x.Fatalf("update %v: %v", c.fields, err)
		}
		x.same("the answer to "+c.fields.String(), next.Event, e)
		base = x.live(base.ID)
		x.same("what was read after "+c.fields.String(), base.Event, e)
		if !base.Versions.Equal(next.Versions) {
			x.Errorf("after %v: put answered versions %v, read %v", c.fields, next.Versions, base.Versions)
		}
	}
	if n := len(x.held()); n != 1 {
		x.Errorf("%d items after updates of one", n)
	}
}

// needSeries skips a case, or a part, about series.
func (x *exam) needSeries() {
	x.Helper()
	if !x.p.Capabilities().Fields.Has(calendar.Recurrence) {
		x.Skipf("the provider holds no series")
	}
}

func seriesEdits(x *exam) {
	x.needSeries()
	e := exceptional()
	base := x.create(e)
	edit := func(what string, fields calendar.FieldSet, change func(*calendar.Event)) {
		x.Helper()
		change(&e)
		e.Normalize()
		if _, err := x.update(base, fields, change); err != nil {
			x.Fatalf("%s: %v", what, err)
		}
		base = x.live(base.ID)
		x.same(what, base.Event, e)
	}
	edit("one occurrence moved", calendar.Fields(calendar.When), func(e *calendar.Event) {
		o := calendar.Override{Original: wall(time.April, 13, 10, 0), Set: calendar.Fields(calendar.When)}
		o.Start, o.End = span("Europe/Helsinki", wall(time.April, 14, 8, 0), wall(time.April, 14, 9, 0))
		e.Overrides = append(e.Overrides, o)
	})
	edit("one occurrence cancelled", calendar.Fields(calendar.Recurrence), func(e *calendar.Event) {
		e.Cancelled = append(e.Cancelled, wall(time.April, 20, 10, 0))
	})
	edit("the series renamed", calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed series" })
	edit("the series moved by an hour", calendar.Fields(calendar.When), func(e *calendar.Event) {
		const hour = calendar.Day / 24
		e.Start.Wall += hour
		e.End.Wall += hour
		for i := range e.Overrides {
			e.Overrides[i].Original += hour
		}
		for i := range e.Cancelled {
			e.Cancelled[i] += hour
		}
	})
	edit("a longer series", calendar.Fields(calendar.Recurrence), func(e *calendar.Event) { e.Rule = "FREQ=WEEKLY;COUNT=8" })
}

func removal(x *exam) {
	ctx := x.Context()
	base := x.create(samples()[1])
	for _, what := range []string{"once", "again"} {
		if err := x.p.Remove(ctx, provider.Remove{ID: base.ID, Base: &base}); err != nil {
			x.Fatalf("remove %s: %v", what, err)
		}
	}
	if it := x.read(base.ID)[0]; it.State != provider.StateGone {
		x.Errorf("after its removal it is %v", it.State)
	}
	if ids := x.held(); len(ids) != 0 {
		x.Errorf("still held: %v", ids)
	}
}

func createTwice(x *exam) {
	if x.p.Capabilities().Keyless {
		x.Skipf("nothing in an item can hold a key")
	}
	w := provider.Put{Key: x.key(), Event: samples()[0], Fields: calendar.BothWaysFields}
	first, err := x.put(w)
	if err != nil {
		x.Fatal(err)
	}
	second, err := x.put(w)
	if err != nil {
		x.Fatalf("second time: %v", err)
	}
	if first.Found || !second.Found {
		x.Errorf("found the first time: %v, the second time: %v", first.Found, second.Found)
	}
	if first.ID != second.ID || second.State != provider.StateLive {
		x.Errorf("first %s, then %s %v", first.ID, second.ID, second.State)
	}
	if n := len(x.held()); n != 1 {
		x.Errorf("%d items", n)
	}
}

func lostReply(x *exam) {
	b := need[Faulter](x)
	ctx := x.Context()
	w := provider.Put{Key: x.key(), Event: samples()[0], Fields: calendar.BothWaysFields}
	begun := time.Now()
	if can := x.p.Capabilities(); can.Guard != provider.GuardFull && !can.Keyless {
		// What is lost is the reply to the write, not to the look before it.
		if _, err := x.p.Find(ctx, w.Key); err != nil {
			x.Fatal(err)
		}
	}
	strikeWrites(b, LoseReply)
	_, err := x.put(w)
	x.class("a creation whose reply is lost", err, provider.Unknown)
	found := x.made(w.Key, begun)
	x.same("what was found", found.Event, w.Event)
	if !x.p.Capabilities().Keyless {
		again, err := x.put(w)
		if err != nil || again.ID != found.ID {
			x.Errorf("second try: %v %v, want %v", again.ID, err, found.ID)
		}
	}
	if n := len(x.held()); n != 1 {
		x.Errorf("%d items", n)
	}
	strikeWrites(b, LoseReply)
	_, err = x.update(found, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed" })
	x.class("an update whose reply is lost", err, provider.Unknown)
	if it := x.live(found.ID); it.Event.Subject != "Renamed" {
		x.Errorf("the update did not arrive: %q", it.Event.Subject)
	}
	it := x.live(found.ID)
	strikeWrites(b, LoseReply)
	x.class("a removal whose reply is lost", x.p.Remove(ctx, provider.Remove{ID: it.ID, Base: &it}), provider.Unknown)
	if it := x.read(found.ID)[0]; it.State != provider.StateGone {
		x.Errorf("the removal did not arrive: %v", it.State)
	}
}

// made is what a creation has made, found as an engine finds it.
func (x *exam) made(key provider.Key, begun time.Time) provider.Item {
	x.Helper()
	if !x.p.Capabilities().Keyless {
		found, err := x.p.Find(x.Context(), key)
		if err != nil || found.State != provider.StateLive {
			x.Fatalf("find: %v %v", found.State, err)
		}
		return found
	}
	items := x.madeSince(begun)
	if len(items) != 1 {
		x.Fatalf("made since then: %d items, want one", len(items))
	}
	return items[0]
}

// madeSince asks a provider without keys what was made.
func (x *exam) madeSince(at time.Time) []provider.Item {
	x.Helper()
	seeker, ok := x.p.(provider.Seeker)
	if !ok {
		x.Fatalf("%T keeps no keys, and cannot be asked what was made", x.p)
	}
	items, err := seeker.MadeSince(x.Context(), at.Add(-time.Minute))
	if err != nil {
		x.Fatalf("made since: %v", err)
	}
	return items
}

// WriteFaulter is a [Faulter] that can wait for the next write.
type WriteFaulter interface{ StrikeWrite(Fault) }

func strikeWrites(b Faulter, f Fault) {
	if w, ok := b.(WriteFaulter); ok {
		w.StrikeWrite(f)
		return
	}
	b.Strike(f)
}

func lostRequest(x *exam) {
	b := need[Faulter](x)
	strikeWrites(b, LoseRequest)
	w := provider.Put{Key: x.key(), Event: samples()[0], Fields: calendar.BothWaysFields}
	_, err := x.put(w)
	x.class("a creation that was not sent", err, provider.Transient, provider.Unknown)
	if n := len(x.held()); n != 0 {
		x.Errorf("%d items", n)
	}
	if _, err := x.put(w); err != nil {
		x.Errorf("second try: %v", err)
	}
	if n := len(x.held()); n != 1 {
		x.Errorf("%d items after the second try", n)
	}
}

func updateConflict(x *exam) {
	base := x.create(samples()[0])
	theirs := samples()[0]
	theirs.Subject = "Theirs"
	x.done(x.b.Edit(base.ID, theirs))
	_, err := x.update(base, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Ours" })
	x.class("an update on an old version", err, provider.Conflict)
	fresh := x.live(base.ID)
	if fresh.Event.Subject != "Theirs" {
		x.Errorf("their edit was overwritten by %q", fresh.Event.Subject)
	}
	if _, err = x.update(fresh, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Ours" }); err != nil {
		x.Errorf("an update on the fresh version: %v", err)
	}
	x.done(x.b.Delete(base.ID))
	_, err = x.update(x.stale(fresh), calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Ours again" })
	x.class("an update of what was deleted", err, provider.Gone, provider.Conflict)
	if ids := x.held(); len(ids) != 0 {
		x.Errorf("an update brought back what was deleted: %v", ids)
	}
}

// stale is an item as it was, under its own name for the reader's sake.
func (x *exam) stale(it provider.Item) provider.Item { return it }

func removeConflict(x *exam) {
	base := x.create(samples()[0])
	theirs := samples()[0]
	theirs.Subject = "Theirs"
	x.done(x.b.Edit(base.ID, theirs))
	err := x.p.Remove(x.Context(), provider.Remove{ID: base.ID, Base: &base})
	x.class("a removal on an old version", err, provider.Conflict)
	if it := x.live(base.ID); it.Event.Subject != "Theirs" {
		x.Errorf("it now says %q", it.Event.Subject)
	}
}
