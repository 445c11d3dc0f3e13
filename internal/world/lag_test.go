package world

import (
	"testing"
	"time"
)

// TestAReplicaLagsBehindWhatWasLate: a change was late to be seen, for seconds, and nobody looked for an hour. A replica that is three
// quarters of an hour behind knows of it.
func TestAReplicaLagsBehindWhatWasLate(t *testing.T) {
	for name, c := range map[string]struct {
		passes time.Duration
		knows  bool
	}{
		"an hour":          {time.Hour, true},
		"some ten minutes": {10 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			w.calm = true // nothing strikes
			s := w.sides[0].server
			e := s.add(w.someEvent())
			s.changes(e)
			s.remember(e)
			s.withhold(e, 10*time.Second)
			w.pass(c.passes)
			if e.states[len(e.states)-1].seq != e.seq {
				t.Fatal("what was late is not seen")
			}
			if got := s.behind() >= e.seq; got != c.knows {
				t.Errorf("the replica is at change %d, and what was late is change %d", s.behind(), e.seq)
			}
		})
	}
}
