package conformance

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// numbered are plain events.
func numbered(i int) calendar.Event {
	start := wall(time.January, 1, 8, 0) + calendar.Wall(i)*calendar.Day
	return event(fmt.Sprintf("Number %d", i), "Europe/Helsinki", start, start+calendar.Day/24)
}

func othersChanges(x *exam) {
	a := x.backdoor(x.b.Create(numbered(1)))
	b := x.backdoor(x.b.Create(numbered(2)))
	x.sync()
	if len(x.known) != 2 {
		x.Fatalf("first sync found %d items, want 2", len(x.known))
	}
	c := x.backdoor(x.b.Create(numbered(3)))
	edited := numbered(1)
	edited.Subject = "Edited by another"
	x.done(x.b.Edit(a, edited))
	x.done(x.b.Delete(b))
	changed := x.sync()
	if it := changed[a]; it.State != provider.StateLive || it.Event.Subject != "Edited by another" {
		x.Errorf("edited: %v %q", it.State, it.Event.Subject)
	}
	if _, told := changed[b]; !told && !x.p.Capabilities().Tombstones {
		x.cursor = "" // a list of everything shows what none of changes does
		for id, it := range x.sync() {
			changed[id] = it
		}
	}
	if it, ok := changed[b]; !ok || it.State != provider.StateGone {
		x.Errorf("deleted: %v, told %v", it.State, ok)
	}
	if it := changed[c]; it.State != provider.StateLive {
		x.Errorf("created: %v", it.State)
	}
	if len(changed) != 3 {
		x.Errorf("%d changes, want 3: %v", len(changed), changed)
	}
}

func madeAnew(x *exam) {
	base := x.create(numbered(1))
	x.sync()
	x.sync()
	x.done(x.b.Delete(base.ID))
	anew := numbered(1)
	anew.Subject = "Made anew"
	x.done(x.b.Edit(base.ID, anew)) // under the same name
	changed := x.sync()
	if it, ok := changed[base.ID]; !ok || it.Event.Subject != "Made anew" {
		x.Errorf("told %v: %q", ok, it.Event.Subject)
	}
}

func ownWrite(x *exam) {
	x.sync()
	made := x.create(numbered(1))
	if changed := x.sync(); len(changed) != 0 && changed[made.ID].Event.Subject != made.Event.Subject {
		x.Errorf("after our creation: %v", changed)
	}
	made = x.live(made.ID)
	next, err := x.update(made, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed" })
	if err != nil {
		x.Fatal(err)
	}
	x.known[next.ID] = next
	for id, it := range x.sync() {
		if id != next.ID || it.State != provider.StateLive {
			x.Errorf("news of %s: %v", id, it.State)
			continue
		}
		x.same("our own write", it.Event, next.Event)
	}
}

func quiet(x *exam) {
	for i := range 3 {
		x.backdoor(x.b.Create(numbered(i)))
	}
	x.sync()
	time.Sleep(x.target.Settle)
	x.sync() // a server that counts in seconds repeats once
	counter, counts := x.b.(Counter)
	for range 2 {
		before := 0
		if counts {
			before = counter.Requests()
		}
		got, next, err := x.tryPull(x.cursor)
		if err != nil {
			x.Fatal(err)
		}
		x.cursor = next
		if len(got.items) != 0 {
			x.Errorf("%d items without a change", len(got.items))
		}
		if counts && counter.Requests()-before != x.target.Quiet {
			x.Errorf("%d requests, want %d", counter.Requests()-before, x.target.Quiet)
		}
	}
}

func lostCursor(x *exam) {
	b := need[Forgetter](x)
	a := x.backdoor(x.b.Create(numbered(1)))
	x.sync()
	gone := x.backdoor(x.b.Create(numbered(2)))
	x.sync()
	x.done(x.b.Delete(gone))
	x.done(b.LoseCursors())
	got, next, err := x.tryPull(x.cursor)
	switch {
	case err != nil:
		x.class("a pull from a lost cursor", err, provider.CursorLost)
	case got.whole == nil:
		x.Errorf("a lost cursor was answered by a delta of %d items and cursor %q", len(got.items), next)
	}
	x.cursor = ""
	changed := x.sync()
	if it, ok := changed[gone]; !ok || it.State != provider.StateGone {
		x.Errorf("what was deleted meanwhile: told %v, %v", ok, it.State)
	}
	if _, ok := changed[a]; ok {
		x.Error("what did not change was told again")
	}
}

func everything(x *exam) {
	var ids []provider.RemoteID
	for i := range 5 {
		ids = append(ids, x.backdoor(x.b.Create(numbered(i))))
	}
	x.sync()
	x.done(x.b.Delete(ids[0]))
	edited := numbered(1)
	edited.Location = "Elsewhere"
	x.done(x.b.Edit(ids[1], edited))
	got, next, err := x.tryPull("")
	if err != nil {
		x.Fatal(err)
	}
	if got.whole == nil || next == "" {
		x.Fatalf("whole %v, cursor %q", got.whole, next)
	}
	for i, id := range ids {
		e := numbered(i) // a list of a window proves something of what lies inside
		if absent := got.whole.Absent(id, rangeOf(&e)); absent != (i == 0) {
			x.Errorf("item %d: absent %v", i, absent)
		}
	}
	if !slices.ContainsFunc(got.items, func(it provider.Item) bool { return it.ID == ids[1] }) {
		x.Error("what was edited is not among the items")
	}
	x.cursor = ""
	x.sync()
	x.cursor = next
	if changed := x.sync(); len(changed) != 0 {
		x.Errorf("the snapshot's cursor goes on with %d changes that it had told", len(changed))
	}
}

func manyItems(x *exam) {
	want := map[provider.RemoteID]string{}
	for i := range x.target.Many {
		e := numbered(i)
		id, err := x.b.Create(e)
		if err != nil {
			x.Fatalf("backdoor: %v", err)
		}
		want[id] = e.Subject
		if i == 0 {
			x.sync() // the rest comes by delta
		}
	}
	counter, counts := x.b.(Counter)
	before := 0
	if counts {
		before = counter.Requests()
	}
	x.sync()
	if counts {
		x.Logf("%d items by delta in %d requests", x.target.Many, counter.Requests()-before)
	}
	got := map[provider.RemoteID]string{}
	for id, it := range x.known {
		got[id] = it.Event.Subject
	}
	if diff := cmp.Diff(want, got); diff != "" {
		x.Errorf("by delta (- want, + got):\n%s", diff)
	}
	x.known, x.cursor = map[provider.RemoteID]provider.Item{}, ""
	x.sync()
	if len(x.known) != len(want) {
		x.Errorf("by snapshot: %d items, want %d", len(x.known), len(want))
	}
}

func missing(x *exam) {
	ctx := x.Context()
	base := x.create(numbered(1))
	other := x.backdoor(x.b.Create(numbered(2)))
	x.done(x.b.Delete(base.ID))
	items := x.read(base.ID, other)
	if items[0].State != provider.StateGone || items[1].State != provider.StateLive {
		x.Errorf("read together: %v, %v; want gone, live", items[0].State, items[1].State)
	}
	if it := x.read(base.ID)[0]; it.State != provider.StateGone {
		x.Errorf("read alone: %v", it.State)
	}
	if !x.p.Capabilities().Keyless {
		it, err := x.p.Find(ctx, provider.Key("00000000000000000000000000000nope"))
		if err != nil || it.State != provider.StateGone {
			x.Errorf("find by an unused key: %v %v", it.State, err)
		}
	}
	if err := x.p.Remove(ctx, provider.Remove{ID: base.ID, Base: &base}); err != nil {
		x.Errorf("remove what is gone: %v", err)
	}
}
