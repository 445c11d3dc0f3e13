package conformance

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

func madeLately(x *exam) {
	if !x.p.Capabilities().Keyless {
		x.Skipf("it is found by its key")
	}
	begun := time.Now()
	ours := x.create(numbered(1))
	theirs := x.backdoor(x.b.Create(numbered(2)))
	gone := x.backdoor(x.b.Create(numbered(3)))
	x.done(x.b.Delete(gone))
	found := map[provider.RemoteID]provider.Item{}
	for _, it := range x.madeSince(begun) {
		found[it.ID] = it
	}
	for _, id := range []provider.RemoteID{ours.ID, theirs} {
		it, there := found[id]
		if !there || it.State != provider.StateLive {
			x.Errorf("%s: answered %t, %v", id, there, it.State)
			continue
		}
		read := x.live(id)
		x.same("what was answered", it.Event, read.Event)
		if !it.Versions.Equal(read.Versions) {
			x.Errorf("%s: answered with versions %v, read with %v", id, it.Versions, read.Versions)
		}
	}
	if it, there := found[gone]; there {
		x.Errorf("what was deleted is answered as %v", it.State)
	}
	if late := x.madeSince(begun.Add(2 * time.Hour)); len(late) != 0 {
		x.Errorf("%d items were made in the future", len(late))
	}
}

// needFacets skips a case about what the provider's items do not say.
func (x *exam) needFacets() calendar.FieldSet {
	x.Helper()
	held := x.p.Capabilities().Fields & calendar.FacetFields
	if held == 0 {
		x.Skipf("its items say what calendars say, and nothing beside")
	}
	return held
}

func facets(x *exam) {
	held := x.needFacets()
	all, err := need[Belonger](x).Belongings()
	if err != nil {
		x.Fatal(err)
	}
	all.Done, all.Note = true, "<p>Bring <b>cake</b> &amp; coffee</p>"
	e := numbered(1)
	e.Facets = &all
	base := x.create(e)
	if base = x.live(base.ID); base.Event.Known&held != held || base.Editable&held != held {
		x.Errorf("known are %v, editable %v, held %v", base.Event.Known, base.Editable, held)
	}
	x.same("what was made", base.Event, e)
	x.named(base.Event.Facet(), all, held)
	for _, f := range held.List() {
		if f == calendar.TypeFacet {
			continue // it always has one
		}
		blank := func(e *calendar.Event) { calendar.Copy(f, &e.Values, &calendar.Values{}) }
		blank(&e)
		next, err := x.update(base, calendar.Fields(f), blank)
		if err != nil {
			x.Fatalf("empty %s: %v", f, err)
		}
		x.same("the answer without "+f.String(), next.Event, e)
		base = x.live(base.ID)
		x.same("what was read without "+f.String(), base.Event, e)
	}
	x.sync()
	e.Facets = &all
	x.done(x.b.Edit(base.ID, e))
	it, told := x.sync()[base.ID]
	if !told {
		x.Fatal("what another gave it back was not told")
	}
	x.same("what was told", it.Event, e)
	x.named(it.Event.Facet(), all, held)
	again, err := x.update(x.live(base.ID), calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed" })
	if err != nil {
		x.Fatal(err)
	}
	e.Subject = "Renamed"
	x.same("after another field was written", again.Event, e)
}

// named fails where a reference that was never seen before comes without a name.
func (x *exam) named(got, want calendar.Facets, held calendar.FieldSet) {
	x.Helper()
	for _, f := range (held & (calendar.References | calendar.Fields(calendar.TypeFacet))).List() {
		if diff := cmp.Diff(want.Ref(f), got.Ref(f)); diff != "" && want.Ref(f).Name != "" {
			x.Errorf("%s (- want, + got):\n%s", f, diff)
		}
	}
}

func unknownType(x *exam) {
	if !x.needFacets().Has(calendar.TypeFacet) {
		x.Skipf("its items have no type")
	}
	e := numbered(1)
	e.Facets = &calendar.Facets{Type: calendar.Ref{ID: "no_such_type"}}
	_, err := x.put(provider.Put{Key: x.key(), Event: e, Fields: calendar.EitherSide})
	x.class("a type that is not there", err, provider.Rejected)
	if code := codeOf(err); code != provider.CodeTypeNotHeld {
		x.Errorf("it is called %q, want %q", code, provider.CodeTypeNotHeld)
	}
	if ids := x.held(); len(ids) != 0 {
		x.Errorf("held all the same: %v", ids)
	}
}
