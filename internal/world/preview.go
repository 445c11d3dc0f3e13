package world

import (
	"time"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// previews is the stream of which previews are followed to their effects.
const previews = -13

// atRest lets a connection do all that it has to do, one time of two, and reports whether it then is at rest.
func (w *World) atRest(s *side) bool {
	return !w.calm && newDice(w.Seed, previews-100*w.move).chance(500) && w.rests(s)
}

// rests lets a connection do all that it has to do, and reports whether it then waits for nobody and nothing, and knows of all that
// its calendar holds.
func (w *World) rests(s *side) bool {
	did, whole := w.runsOut(s)
	return whole && did != nil && len(w.waiting(s)) == 0 && !s.server.silent()
}

// runsOut lets a connection run until there is nothing to do, while nobody else acts and nothing breaks, and adds up what it did.
// whole: no run ended early, swept, or met what no list had shown, and the last one stands where it began: one that ends a
// listing which was broken off has not heard what came since.
func (w *World) runsOut(s *side) (did map[string]int, whole bool) {
	did = map[string]int{}
	w.peacefully(func() {
		for range 6 {
			var k *worker
			w.pass(max(w.backsOffFor(s), time.Second))
			if !w.mayRun(s) || w.auditIsDue(s) {
				return
			}
			if k = w.claimOf(s); k == nil {
				return
			}
			cursor := s.cursor
			counts := w.runToEnd(k)
			if counts == nil || k.met {
				return
			}
			did[engine.Pulled], counts[engine.Pulled] = 0, 0
			busy := s.cursor != cursor
			for c, n := range counts { // any order: sums
				did[c] += n
				busy = busy || n > 0 && c != engine.Unchanged
			}
			if whole = !busy && w.backsOffFor(s) == 0; whole {
				return
			}
		}
	})
	return did, whole
}

// checkPreview: once settings are saved as a preview showed them, that much happens at the calendar and in the CRM, and no more. What no list
// showed the preview, and one shows while its effects are awaited, it could not know.
func (w *World) checkPreview(s *side, p *connection.Preview, narrow connection.OnNarrow) {
	window, letters, late := s.server.window(), s.heard, s.server.late()
	did, whole := w.runsOut(s)
	if !whole || s.server.late() != late || s.heard != letters || did[engine.HeldCount] > 0 || p.Unseen != nil || s.server.moving && s.server.window() != window {
		return
	}
	w.did("preview")
	says := map[string]int{}
	for c, n := range p.Effects { // any order: a copy
		says[c] = n
	}
	if narrow == connection.KeepMirrors {
		says[engine.DeletedInCalendar] = 0
	}
	did[engine.LinkedCount] -= did[engine.CreatedInCRM]
	for _, c := range []string{
		engine.CreatedInCalendar, engine.DeletedInCalendar, engine.UpdatedInCalendar, engine.CreatedInCRM, engine.LinkedCount,
	} {
		if says[c] != did[c] && says[engine.WouldMail] == 0 {
			w.broke("preview", "%s: a preview said %d %s, and then %d were; said %s; did %s", s.name, says[c], c, did[c], figures(says), figures(did))
			return
		}
	}
}

// checkAuthorised: saving lets pass what the preview showed as leaving, if it is to leave, and nothing else.
func (w *World) checkAuthorised(s *side, p *connection.Preview, narrow connection.OnNarrow, allowed int) {
	most := p.Effects[engine.DeletedInCalendar]
	if narrow == connection.KeepMirrors {
		most = 0
	}
	if allowed > most {
		w.broke("preview", "%s: saving lets %d removals pass, and the preview showed %d", s.name, allowed, most)
	}
}

// types are those of the activities that are there.
func (w *World) types() map[store.ID]string {
	types := map[store.ID]string{}
	for _, a := range w.liveActivities(0) {
		types[a.ID] = a.Type
	}
	return types
}

// checkRetyped: saving gives as many activities another type as the preview showed, if they are to have one, and only what came in from
// this calendar with the old type.
func (w *World) checkRetyped(s *side, p *connection.Preview, retype bool, before map[store.ID]string) {
	n, most := 0, p.Effects["retyped"]
	if !retype {
		most = 0
	}
	for _, a := range w.liveActivities(0) {
		if before[a.ID] != a.Type {
			if n++; a.Origin != s.id || a.Type != p.Settings.TypeIn {
				w.broke("preview", "%s: saving made activity %d a %s", s.name, a.ID, a.Type)
			}
		}
	}
	if n != most {
		w.broke("preview", "%s: a preview said %d retyped, and %d were", s.name, most, n)
	}
}
