package world

import (
	"strconv"
	"strings"
	"testing"
)

// TestACursorStandsForWhatItsWorkerWasTold: two workers stand at one connection and are given the same cursor. One was told of an event
// on the way to it, the other was not, as where a calendar has skipped it. Each answers for what it was told itself (I8).
func TestACursorStandsForWhatItsWorkerWasTold(t *testing.T) {
	for name, first := range map[string]bool{"who was told asks first": true, "who was told asks last": false} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			w.calm = true // nothing strikes
			s := w.sides[0]
			told, untold := &worker{actor: &actor{name: "south"}, side: s}, &worker{actor: &actor{name: "north"}, side: s}
			e := s.server.add(w.someEvent())
			ask := func(k *worker, seq int) string {
				return string((&remote{s.server, k}).delta("since", seq, strconv.Itoa, s.server.shown).Next)
			}
			var cursor string
			if first {
				cursor = ask(told, e.seq-1)
			}
			if next := ask(untold, e.seq); first && next != cursor {
				t.Fatalf("given %q and %q", cursor, next)
			}
			if !first {
				cursor = ask(told, e.seq-1)
			}
			w.checkCursor(untold, &cursorSaved{s.id, cursor})
			if len(w.broken) > 0 {
				t.Errorf("who was not told: %q", w.broken)
			}
			w.checkCursor(told, &cursorSaved{s.id, cursor})
			if got := strings.Join(w.broken, "\n"); !strings.HasPrefix(got, "I8") {
				t.Errorf("who was told: %q, want I8", got)
			}
		})
	}
}
