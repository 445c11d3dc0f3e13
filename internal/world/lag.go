package world

import (
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A stale list comes from a replica that is some changes behind. It says what the calendar said then: what was deleted since is there, what
// was changed since is as it was, under the version that it had, and what was made since is not there yet. Its cursor is that of the replica,
// so that the next list tells of the rest: asked since a later one, it tells once more of what has changed behind its own. What is asked for
// by its id is answered as it is now.

const (
	lagChanges = 8                // is how many changes a replica is behind at most,
	lagTime    = 45 * time.Minute // and for how long
	keptStates = 12               // of each event
)

// past is what an event was as of a change.
type past struct {
	seq      int
	at       time.Time
	gone     bool
	event    calendar.Event
	raw      []byte
	tags     provider.Versions
	modified time.Time
	strange  bool
}

// changes gives an event the number of the next change.
func (s *server) changes(e *entry) {
	s.seq++
	e.before, e.seq = e.seq, s.seq
}

// ends takes an event away, with the number of the next change.
func (s *server) ends(e *entry) {
	e.gone = true
	s.changes(e)
	s.remember(e)
}

// lagging stands before the cursor of a listing that lags, so that all its pages do.
const lagging = "lagging "

func laggingIf(lags bool) string {
	if lags {
		return lagging
	}
	return ""
}

// startsAt is the change that a list starts at, or goes up to, and whether it lags behind what is there. What changes while its pages are
// read is in the next delta.
func (s *server) startsAt() (seq int, lags bool) {
	if s.w.strikes(Stale, s.side) {
		return s.behind(), true
	}
	return s.seq, false
}

// replays reports that a replica is behind what it has been asked since: it says of all that has changed behind it what it knows of that, and
// gives its own cursor. One that says nothing of the deletion of what it has not told of would pass over what was told by now.
func (s *server) replays(at *int, since int) bool {
	*at = max(*at, s.lost)
	return *at < since && !s.untoldEnds
}

// changedSince is what has changed behind a change, as it was then, without what was not there.
func (s *server) changedSince(seq int) (changed []*entry) {
	for _, id := range s.order {
		if x := s.stored[id].asOf(seq); s.stored[id].seq > seq && x != nil && !x.gone {
			changed = append(changed, x)
		}
	}
	return changed
}

// remember keeps what lists show of an event from its last change on.
func (s *server) remember(e *entry) {
	e.states = append(e.states, past{e.seq, s.w.now, e.gone, e.event.Clone(), e.raw, clone(e.tags), e.modified, e.strange})
	if n := len(e.states) - keptStates; n > 0 {
		e.states = e.states[n:]
	}
}

// amend keeps what an event has come to say within its last change.
func (s *server) amend(e *entry) {
	e.states = e.states[:len(e.states)-1]
	s.remember(e)
}

// withhold lets no list show the last change of an event for a while.
func (s *server) withhold(e *entry, d time.Duration) {
	e.lateUntil, e.seq = s.w.now.Add(d), e.before
	e.states = e.states[:len(e.states)-1]
}

// as is an event as a listing shows it, which began behind a change and may lag behind it all the way; nil if it does not.
func (s *server) as(e *entry, seq int, lags bool) *entry {
	if lags {
		e = e.asOf(seq)
	} else if !s.visible(e, seq) {
		return nil
	}
	if e == nil || e.gone {
		return nil
	}
	return e
}

// isNot reports that a listing does not show an event as it is.
func (e *entry) isNot(shown *entry) bool {
	return shown == nil && !e.gone || shown != nil && (e.gone || shown.seq != e.seq)
}

// behind is the change that a replica is at which lags.
func (s *server) behind() int {
	seq := max(0, s.seq-1-s.seq%lagChanges) // as good as any dice, and throws none
	for _, id := range s.order {
		for _, x := range s.stored[id].states {
			if s.w.now.Sub(x.at) >= lagTime {
				seq = max(seq, x.seq)
			}
		}
	}
	return seq
}

// asOf is an event as a list shows it that is from behind a change; nil if it was not there yet.
func (e *entry) asOf(seq int) *entry {
	n := 0
	for n < len(e.states) && e.states[n].seq <= seq {
		n++
	}
	switch {
	case n == 0 && len(e.states) < keptStates:
		return nil
	case n == 0: // of what came before nothing is known any more
		n = 1
	}
	was, x := &e.states[n-1], *e
	x.seq, x.gone, x.event, x.raw, x.tags, x.modified, x.dates = was.seq, was.gone, was.event, was.raw, was.tags, was.modified, nil
	x.strange = was.strange
	return &x
}

// haunts notes what a list shows, all of it, that is gone.
func (s *server) haunts(shown *entry) {
	if e := s.stored[shown.id]; e.gone && !shown.gone && !s.unread {
		e.haunted = s.w.move
	}
}

// lists notes of each event what a listing shows of it, if that is not what is there.
func (s *server) lists(seq int, lags bool) {
	for _, id := range s.order {
		e := s.stored[id]
		if e.listed = nil; lags && !s.unread {
			e.listed = s.as(e, seq, lags)
		}
	}
}

// asListed is an event as whoever went through the last listing knows it; nil if they know of none.
func (s *server) asListed(id provider.RemoteID) *entry {
	e := s.stored[id]
	switch {
	case e != nil && e.listed != nil:
		return e.listed
	case e == nil || e.gone:
		return nil
	}
	return e
}

// neverTied reports that an activity comes of what a list has shown since a run began that was gone by then, and that sync never had a tie to:
// it cannot know of a deletion that it had no reason to write down. The next list that does not lag takes the activity away.
func (w *World) neverTied(by *worker, activity store.ID) bool {
	return slices.ContainsFunc(by.side.server.order, func(id provider.RemoteID) bool {
		e, key := by.side.server.stored[id], linkKey{by.side.id, string(id)}
		return e.gone && e.haunted >= by.began && w.rows.linked[key] == activity && !w.rows.parted[key]
	})
}
