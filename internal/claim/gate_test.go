package claim

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"tahti/internal/store"
)

// TestWhenShutHasReturnedNoWriteIsUnderWay lets many write while the gate is shut and opened again and again.
func TestWhenShutHasReturnedNoWriteIsUnderWay(t *testing.T) {
	const writers, rounds = 4, 40
	var g Gate
	var under, passed, other atomic.Int64
	var end atomic.Bool
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for !end.Load() {
				g.pass(1, func() {
					under.Add(1)
					passed.Add(1)
					under.Add(-1)
				})
				g.pass(2, func() { other.Add(1) })
			}
		})
	}
	for range rounds {
		g.Shut(1)
		if n := under.Load(); n != 0 {
			t.Errorf("%d writes are under way", n)
		}
		before, elsewhere := passed.Load(), other.Load()
		for other.Load() < elsewhere+writers { // the other company goes on
			runtime.Gosched()
		}
		if passed.Load() != before {
			t.Errorf("%d writes passed a shut gate", passed.Load()-before)
		}
		g.Open(1)
		for passed.Load() == before { // and so does this one
			runtime.Gosched()
		}
	}
	end.Store(true)
	wg.Wait()
}

func TestAWriteThatBreaksDoesNotKeepTheGateFromShutting(t *testing.T) {
	var g Gate
	func() {
		defer func() { _ = recover() }()
		g.pass(store.ID(1), func() { panic("out of order") })
	}()
	g.Shut(1)
	if g.pass(1, func() {}) {
		t.Error("a write passed")
	}
}
