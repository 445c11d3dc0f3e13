package world

import (
	"fmt"
	"slices"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// tallies are what sync did at a connection over a rolling day, by direction, as the world counts it: the brakes by numbers (I7,
// I24) are judged by it, and not by what the engine writes down.
type tallies struct {
	links    map[store.ID]bool      // that are live
	deleted  map[string][]time.Time // by direction
	created  map[string][]time.Time
	twins    []time.Time            // of what came in and equals what was there
	noted    map[store.ID]time.Time // links whose removal there is counted, and as of when; zero: somebody let it pass
	allowed  map[string]bool        // subjects of work that a person let pass
	checked  map[string]bool        // directions in which the transaction in hand deleted
	begun    bool                   // the starting point is taken
	since    int                    // move in which it was given up last, to be taken anew
	there    int                    // items in the calendar while it was taken
	here     int                    // activities of its user then
	expected [2]int                 // what it said of both
}

const (
	rollingDay = 24 * time.Hour
	freely     = 10 // so many deletions need no leave,
	flood      = 50 // and so many creations
	many       = 10 // so many that equal what is there are many
)

func (s *side) tally() *tallies {
	if s.tallies == nil {
		s.tallies = &tallies{
			links: map[store.ID]bool{}, deleted: map[string][]time.Time{}, created: map[string][]time.Time{}, noted: map[store.ID]time.Time{},
			allowed: map[string]bool{}, checked: map[string]bool{},
		}
	}
	return s.tallies
}

// foreseen: a connection that begins, or begins anew, says how much it expects; that is never more than there is, and what somebody has
// deleted there while it began: a page of its listing may have shown that before.
func (w *World) foreseen(c *store.Connection) {
	s := w.sideOf(c.ID)
	if s == nil {
		return
	}
	t := s.tally()
	if t.begun && !c.Baselined {
		t.since = w.move
	}
	t.begun = c.Baselined
	says := [2]int{c.Health.ExpectedIn, c.Health.ExpectedOut}
	if !c.Baselined || says == t.expected {
		return
	}
	t.expected, t.there, t.here = says, max(t.there, s.server.thereSince(t.since)), max(t.here, len(w.liveActivities(s.user.ID)))
}

// thereSince counts the items that are there, and those that a person has deleted since a move.
func (s *server) thereSince(move int) int {
	n := 0
	for _, e := range s.stored { // any order: a sum
		if !e.gone || e.taken > 0 && e.taken >= move {
			n++
		}
	}
	return n
}

// ofToday are the instants of the last day.
func (w *World) ofToday(list []time.Time) int {
	n := 0
	for _, at := range list {
		if w.now.Sub(at) < rollingDay {
			n++
		}
	}
	return n
}

// tallyLink follows a link, and counts what it says is to be removed there.
func (w *World) tallyLink(l *store.Link) {
	s := w.sideOf(l.Connection)
	if s == nil {
		return // of a connection that is being made
	}
	t := s.tally()
	live := l.State == store.LinkLinked || l.State == store.LinkCreating || l.State == store.LinkWriting
	if live {
		t.links[l.ID] = true
	} else {
		delete(t.links, l.ID)
	}
	at, noted := t.noted[l.ID]
	switch {
	case noted && l.State == store.LinkLinked && l.Pending == nil && s.server.has(l.Remote):
		// It was refused, as somebody was faster, and the item is there: nothing was deleted.
		delete(t.noted, l.ID)
		if i := slices.Index(t.deleted["out"], at); i >= 0 {
			t.deleted["out"] = slices.Delete(slices.Clone(t.deleted["out"]), i, i+1)
		}
	case noted, l.Pending == nil, l.Pending.Kind != "delete":
	case s.now().leaving || w.mayPass(s, l.Activity, l.Remote): // who stops with removal has asked for it
		t.noted[l.ID] = noTime
	default:
		t.noted[l.ID] = w.now
		t.deleted["out"] = append(t.deleted["out"], w.now)
		t.checked["out"] = true
	}
}

// mayPass reports that a person has let something about an item pass: they confirmed a hold, or sent what would mail.
func (w *World) mayPass(s *side, activity store.ID, remote string) bool {
	t := s.tally()
	if t.allowed["a:"+number(activity)] || t.allowed["r:"+remote] {
		return true
	}
	if len(t.allowed) > 0 {
		for key, id := range w.rows.linked { // any order: one is enough
			if key.connection == s.id && id == activity && t.allowed["r:"+key.remote] {
				return true
			}
		}
	}
	return false
}

// tallyDeletion counts an activity that a run deleted.
func (w *World) tallyDeletion(s *side, a *crm.Activity) {
	t := s.tally()
	if w.mayPass(s, a.ID, "") {
		return
	}
	t.deleted["in"] = append(t.deleted["in"], w.now)
	t.checked["in"] = true
}

// tallyCreation counts what a run made: an activity, or an item.
func (w *World) tallyCreation(s *side, direction string, activity store.ID) {
	t := s.tally()
	if w.mayPass(s, activity, "") {
		return
	}
	t.created[direction] = append(t.created[direction], w.now)
	foreseen := t.there
	if direction == "out" {
		foreseen = t.here
	}
	if n, limit := w.ofToday(t.created[direction]), max(flood, 2*foreseen); n > limit {
		w.broke("I24", "%s makes %d items %s in a day, and %d need no leave", s.name, n, direction, limit)
	}
}

// tallyTwin counts an activity that came in although the user had one with the same title at the same time.
func (w *World) tallyTwin(s *side, a *crm.Activity) {
	for _, b := range w.liveActivities(a.OwnerID) {
		if b.ID >= a.ID || b.Plan.Subject != a.Plan.Subject || b.Plan.Start != a.Plan.Start {
			continue
		}
		if w.mayPass(s, a.ID, "") {
			return
		}
		t := s.tally()
		t.twins = append(t.twins, w.now)
		if n := w.ofToday(t.twins); n > many {
			w.broke("I24", "%s takes in %d items in a day that equal what is there", s.name, n)
		}
		return
	}
}

// checkBrakes looks, behind a transaction, at what it deleted: over a rolling day not more than ten or a fifth of the live links, and
// not all of them where there are three or more (I7).
func (w *World) checkBrakes() {
	for _, s := range w.sides {
		if s.tallies == nil {
			continue
		}
		t := s.tallies
		for _, direction := range []string{"in", "out"} {
			if !t.checked[direction] {
				continue
			}
			delete(t.checked, direction)
			n := w.ofToday(t.deleted[direction])
			live := len(t.links)
			if direction == "in" {
				live += n
			} else {
				live += n - s.stillNoted()
			}
			if limit := max(freely, live/5); n > limit || live >= 3 && n >= live {
				w.broke("I7", "%s deletes %d items %s in a day, of %d: that needs a person's leave", s.name, n, direction, live)
			}
		}
	}
}

// stillNoted are the links that are to be removed and live.
func (s *side) stillNoted() int {
	n := 0
	for id := range s.tallies.noted { // any order: a sum
		if s.tallies.links[id] {
			n++
		}
	}
	return n
}

// letPass notes what a person lets pass by confirming a hold.
func (w *World) letPass(s *side, hold store.ID) {
	for _, item := range w.waiting(s) {
		if item.HeldBy == fmt.Sprint(store.HeldByBrake, hold) {
			s.tally().allowed[item.Subject] = true
		}
	}
}
