package house_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// deletions is a case of the delete brake: of live items, count are deleted, in equal parts over runs an hour apart.
type deletions struct {
	live, count, runs int
	free              int // how many of them may go without a person being asked
}

// The limit is the larger of ten and a fifth, but never all of three or more (I7).
var deletionCases = []deletions{
	{live: 3, count: 3, runs: 1, free: 0},
	{live: 40, count: 10, runs: 1, free: 10},
	{live: 40, count: 11, runs: 1, free: 0},
	{live: 100, count: 60, runs: 1, free: 0},
	{live: 100, count: 60, runs: 12, free: 20},
}

// TestDeleteBrake deletes few and many items on one side: what is too much is held until a person confirms or rejects.
func TestDeleteBrake(t *testing.T) {
	notShort(t)
	t.Parallel()
	for i, d := range deletionCases {
		for j, fromHere := range []bool{true, false} {
			for k, confirm := range []bool{true, false} {
				if !full() && (i+j+k)%2 == 0 || d.free == d.count && !confirm {
					continue // the ordinary run tries each case in each direction with one of the two answers
				}
				name := fmt.Sprintf("%d of %d in %d runs, deleted here %t, confirmed %t", d.count, d.live, d.runs, fromHere, confirm)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					deleteBrake(t, setup{}, d, fromHere, confirm)
				})
			}
		}
	}
}

func deleteBrake(t *testing.T, s setup, d deletions, fromHere, confirm bool) {
	s.idle = true
	l := newHouse(t, s)
	f := newStandFar(t, caldav.ProfilePlain)
	l.sign = f.sign()
	p := newPair(l, f)
	for i := range d.live {
		p.addThere(fmt.Sprintf("item-%03d", i))
	}
	c := l.connect(`{"start":"everything"}`)
	l.once(c.ID)
	p.check()
	gone := slices.Sorted(maps.Keys(p.want))[:d.count]
	for part := range slices.Chunk(gone, d.count/d.runs) {
		p.removeAll(part, fromHere)
		l.once(c.ID)
		l.pass(time.Hour)
	}
	left := func() int {
		if fromHere {
			return len(f.list())
		}
		return len(l.all())
	}
	if want := d.live - d.free; left() != want {
		t.Errorf("%d are left on the other side before anybody was asked, want %d", left(), want)
	}
	// What is held is no other item's trouble.
	p.addThere("later")
	l.once(c.ID)
	if _, ok := p.subjects()["later"]; !ok {
		t.Error("nothing comes in while deletions are held")
	}
	for _, h := range p.holds(c.ID) {
		if h.Kind != "delete" || h.Size != d.count-d.free {
			t.Errorf("held: %+v, want %d deletions", h, d.count-d.free)
		}
	}
	held := p.decide(c.ID, confirm)
	if held != (d.free < d.count) {
		t.Errorf("a hold was open: %t", held)
	}
	l.once(c.ID)
	want := d.live + 1 - d.count
	if !confirm {
		want = d.live + 1 - d.free
	}
	if left() != want {
		t.Errorf("%d are left on the other side after the answer, want %d", left(), want)
	}
	l.still(c.ID)
}

// once starts the runner for one run: what people do before it comes to it together.
func (l *lab) once(id store.ID) store.Run {
	l.t.Helper()
	l.start()
	defer l.stop()
	return l.sync(id)
}

// still demands that two runs in a row write nothing.
func (l *lab) still(id store.ID) {
	l.t.Helper()
	l.start()
	defer l.stop()
	l.quiet(id)
}

func (p *pair) subjects() map[string]crm.Activity {
	p.t.Helper()
	found := map[string]crm.Activity{}
	for _, a := range p.all() {
		found[a.Plan.Subject] = a
	}
	return found
}

func (p *pair) removeAll(subjects []string, here bool) {
	p.t.Helper()
	found := p.subjects()
	for _, s := range subjects {
		if here {
			p.removeHere(found[s])
		} else {
			p.far.remove(s + ".ics")
			delete(p.want, s)
		}
	}
}

func (l *lab) holds(id store.ID) []store.Hold {
	l.t.Helper()
	holds, err := l.house.Connections.Holds(l.t.Context(), l.who, id)
	if err != nil {
		l.t.Fatal(err)
	}
	return holds
}

// decide answers all holds of a connection alike, and tells if there was any.
func (l *lab) decide(id store.ID, confirm bool) bool {
	l.t.Helper()
	answer := l.house.Connections.Reject
	if confirm {
		answer = l.house.Connections.Confirm
	}
	holds := l.holds(id)
	for _, h := range holds {
		if err := answer(l.t.Context(), l.who, h.ID); err != nil {
			l.t.Fatal(err)
		}
	}
	return len(holds) > 0
}

// TestCreateBrake lets far more new items appear on one side than was foreseen.
func TestCreateBrake(t *testing.T) {
	notShort(t)
	t.Parallel()
	for _, here := range []bool{true, false} {
		for _, confirm := range []bool{true, false} {
			t.Run(fmt.Sprintf("made here %t, confirmed %t", here, confirm), func(t *testing.T) {
				t.Parallel()
				createBrake(t, setup{}, here, confirm)
			})
		}
	}
	t.Run("copies of what is there", func(t *testing.T) { t.Parallel(); copies(t) })
}

func createBrake(t *testing.T, s setup, here, confirm bool) {
	s.idle = true
	l := newHouse(t, s)
	f := newStandFar(t, caldav.ProfilePlain)
	l.sign = f.sign()
	p := newPair(l, f)
	p.addThere("before")
	c := l.connect(`{}`) // the default starting point: nothing is foreseen
	l.once(c.ID)
	const flood, limit = 60, 50
	for i := range flood {
		if here {
			p.addHere(fmt.Sprintf("new-%d", i))
		} else {
			p.addThere(fmt.Sprintf("new-%d", i))
		}
	}
	arrived := func() int {
		if here {
			return len(f.list()) - 1
		}
		return len(l.all())
	}
	l.once(c.ID)
	if n := arrived(); n != limit {
		t.Errorf("%d of %d arrived before anybody was asked, want %d", n, flood, limit)
	}
	if !p.decide(c.ID, confirm) {
		t.Error("no hold is open")
	}
	l.once(c.ID)
	want := flood
	if !confirm {
		want = limit
	}
	if n := arrived(); n != want {
		t.Errorf("%d arrived after the answer, want %d", n, want)
	}
	l.still(c.ID)
}

// copies: somebody imports a copy of the calendar into itself.
func copies(t *testing.T) {
	l := newHouse(t, setup{idle: true})
	f := newStandFar(t, caldav.ProfilePlain)
	l.sign = f.sign()
	p := newPair(l, f)
	for i := range 12 {
		p.addThere(fmt.Sprintf("item-%d", i))
	}
	c := l.connect(`{"start":"everything"}`)
	l.once(c.ID)
	start := calendar.WallOf(2027, 1, 1, 0, 0, 0)
	for i := range 12 {
		f.put(fmt.Sprintf("copy-%d.ics", i), string(object(fmt.Sprintf("copy-%d", i), fmt.Sprintf("item-%d", i), start+calendar.Wall(i+1)*7200)))
	}
	l.once(c.ID)
	if n := len(l.all()); n > 12+5 {
		t.Errorf("%d activities of 12 items and their copies, before anybody was asked", n)
	}
	if !l.decide(c.ID, false) {
		t.Error("no hold is open")
	}
	l.still(c.ID)
}
