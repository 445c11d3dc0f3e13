package world

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/store"
)

func someWorld(t *testing.T) *World {
	t.Helper()
	w, err := newWorld(1, drawPlan(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.move = 1
	return w
}

// A checker that never complains would not be missed: here is what each has to see.
func TestCompaniesAreWatched(t *testing.T) {
	for name, c := range map[string]struct {
		does func(w *World)
		want string
	}{
		"nothing is wrong": {func(*World) {}, ""},
		"what one typed is in a calendar of the other": {func(w *World) {
			ev := w.someEvent()
			w.typed("alice", "crm", nil, &ev)
			w.in(w.firms[1], func() { w.sides[0].server.keep(w.sides[0].server.add(w.someEvent()), ev, "sync") })
		}, "apart"},
		"one commits in the other": {func(w *World) {
			k := &worker{actor: &actor{name: "north"}, side: w.firms[1].sides[0]}
			w.committed(k, nil)
		}, "apart"},
		"more of a company are claimed than its share": {func(w *World) {
			n := w.nodes[0]
			n.perCompany = 0
			free := w.claimable(n)
			w.checkClaim(n, free, &store.Claim{Connection: w.sides[0].id})
		}, "I19"},
		"what is due is not claimed": {func(w *World) {
			w.checkClaim(w.nodes[0], w.claimable(w.nodes[0]), nil)
		}, "I15"},
		"a write begins behind the company-wide stop": {func(w *World) {
			stopCompany(w)
			w.checkStopped(&worker{actor: &actor{name: "north"}, node: w.nodes[0], side: w.sides[0], putAt: w.step + 1})
		}, "stop"},
		"a write that was under way ends behind it": {func(w *World) {
			stopCompany(w)
			w.checkStopped(&worker{actor: &actor{name: "north"}, node: w.nodes[0], side: w.sides[0], putAt: w.step})
		}, ""},
		"a connection is claimed that nobody has made": {func(w *World) {
			w.sides = w.sides[1:]
			w.calmDown()
		}, "I21"},
		"one always waits": {func(w *World) {
			for range patience + 2 {
				w.checkClaim(w.nodes[0], w.sides[:2], &store.Claim{Connection: w.sides[0].id, Lane: 1})
			}
		}, "I15"},
		"one waits behind what people wait for": {func(w *World) {
			for range patience + 2 {
				w.checkClaim(w.nodes[0], w.sides[:2], &store.Claim{Connection: w.sides[0].id, Lane: 0})
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			c.does(w)
			w.checkApart()
			got := strings.Join(w.broken, "\n")
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatPanicsInSomebodysHandsBreaksTheSeed(t *testing.T) {
	w := someWorld(t)
	w.live(plan{moves: 1}, func(int) bool { panic("out of hand") })
	if len(w.broken) != 1 || !strings.HasPrefix(w.broken[0], "panic out of hand\n") {
		t.Errorf("broke %q", w.broken)
	}
}

func TestAWakeIsKeptAsTheStoreKeepsIt(t *testing.T) {
	var k wake
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	k.wanted(at(5))
	k.wanted(at(9))
	if !k.due.Equal(at(5)) {
		t.Errorf("due at %v", k.due)
	}
	k.claimed(at(7))
	k.wanted(at(6))
	k.done(at(12))
	if !k.due.Equal(at(6)) || k.running || !k.leased.IsZero() {
		t.Errorf("%+v", k)
	}
	k.claimed(at(8))
	k.done(at(12))
	if !k.due.Equal(at(12)) {
		t.Errorf("due at %v", k.due)
	}
}
