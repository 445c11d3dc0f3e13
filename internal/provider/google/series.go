package google

import (
	"context"
	"net/http"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// series is an item that is being written: what is there, and what it shall say. A single event is a series of one.
type series struct {
	*Calendar
	*group
	base    provider.Item       // as the write was planned on; of a creation, empty
	before  []*event            // its occurrences' events then
	outside map[string]struct{} // who would have been mailed then
	stale   []*event            // events of occurrences of what is no series any more
	tag     string              // that the write of the series' own event has to match
	want    calendar.Event
	shift   calendar.Wall // how far its occurrences are renamed from base to want
	fields  calendar.FieldSet
	notify  bool
	zone    string
	written int      // requests that changed something
	left    []*event // dates as they were left by what was written
	meddled bool     // somebody else has changed something meanwhile
}

// update writes the series' own event, and then the occurrences that differ from what they shall say.
func (s *series) update(ctx context.Context) (provider.Item, error) {
	b, repatterned := s.body()
	if len(b) > 0 {
		if s.base.Event.IsSeries() {
			if err := s.unmoved(ctx, repatterned); err != nil {
				return provider.Item{}, err
			}
		}
		m, err := s.patch(ctx, s.master.ID, guardOf(s.tag), b)
		if err != nil {
			return provider.Item{}, err
		}
		was := s.parts
		s.group = &group{master: m, parts: was, skew: s.skew, timed: s.timed}
		if !s.want.IsSeries() && len(was) == 0 {
			return s.item(&group{master: m, skew: s.skew, timed: s.timed}), nil
		}
		// Where there was no series before, there may have been one before that, whose cancelled dates count again.
		if s.base.Event.IsSeries() && len(was) == 0 && len(s.want.Overrides) == 0 && !s.uncancelled(repatterned) {
			return s.item(s.group), nil
		}
		if err := s.reread(ctx); err != nil {
			return provider.Item{}, partly(err)
		}
	}
	return s.finish(ctx, opPut)
}

// uncancelled reports whether there may be starts to be taken out by requests of their own.
func (s *series) uncancelled(repatterned bool) bool {
	excluded := s.excluded(repatterned)
	return slices.ContainsFunc(s.want.Cancelled, func(w calendar.Wall) bool { return !slices.Contains(excluded, w) })
}

// body is what the series' own event has to be told, and whether that changes which starts it has.
func (s *series) body() (body, bool) {
	b := body{}
	from := &s.base.Event
	fields := difference(&from.Values, &s.want.Values)
	b.fill(fields, &s.want.Values, s.zone)
	repatterned := !calendar.SameRecurrence(from, &s.want) || fields.Has(calendar.When)
	switch {
	case !s.want.IsSeries():
		if from.IsSeries() {
			b["recurrence"] = nil
		}
	default:
		now := lines(&s.want, s.excluded(repatterned))
		if !slices.Equal(now, lines(from, s.exdates())) {
			b["recurrence"] = now
		}
	}
	return b, repatterned
}

// exdates are the starts that the recurrence of the base takes out; other cancelled ones have an event each.
func (s *series) exdates() []calendar.Wall {
	apart := s.apart()
	return slices.DeleteFunc(slices.Clone(s.base.Event.Cancelled), func(w calendar.Wall) bool { return apart[w] })
}

// excluded are the starts that the recurrence takes out from now on: those that it took out before, unless they are brought
// back, and of a new series all.
func (s *series) excluded(repatterned bool) []calendar.Wall {
	if repatterned && !s.base.Event.IsSeries() {
		return s.want.Cancelled
	}
	var out []calendar.Wall
	for _, w := range s.exdates() {
		if s.want.IsCancelled(w + s.shift) {
			out = append(out, w+s.shift)
		}
	}
	return out
}

// apart are the original starts whose occurrences had events of their own.
func (s *series) apart() map[calendar.Wall]bool {
	starts := make(map[calendar.Wall]bool, len(s.before))
	for _, p := range s.before {
		if w, bad := p.original(s.base.Event.Start); bad == nil {
			starts[w] = true
		}
	}
	return starts
}

// unmoved looks at the dates of a series before its own event is written, for its ETag tells nothing of them. Nobody may have been
// invited to one of them since, whom the write would mail (I14). Before it is given other starts nothing at all may have changed:
// Google lets go of what was said of starts that are no more.
func (s *series) unmoved(ctx context.Context, repatterned bool) error {
	g, err := s.series(ctx, opPut, s.master)
	switch {
	case err != nil:
		return err
	case g == nil:
		return &provider.Error{Op: opPut, Class: provider.Gone, Status: "read before writing"}
	}
	if g.tidy(); repatterned && g.tag() != s.tag {
		return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "read before writing"}
	}
	return s.uninvited(g.parts...)
}

// patch changes one event, guarded by its ETag.
func (s *series) patch(ctx context.Context, id, etag string, b body) (*event, error) {
	q := call{
		op: opPut, method: http.MethodPatch, path: s.path("events", id), query: sending(s.notify), body: b, match: etag, write: true, single: true,
	}
	a, err := s.client.send(ctx, q)
	if err != nil {
		return nil, s.whyNot(ctx, q, id, err)
	}
	s.written++
	s.skew, s.timed = a.skew, a.known
	return s.understood(q, a, id)
}

// reread takes the series in as it is now.
func (s *series) reread(ctx context.Context) error {
	g, err := s.series(ctx, opPut, s.master)
	if err != nil {
		return err
	}
	if g == nil {
		return &provider.Error{Op: opPut, Class: provider.Gone, Status: "read back, and it was deleted"}
	}
	s.stale = nil
	if !g.master.recurs() {
		s.stale = g.parts
	}
	g.tidy()
	s.group = g
	return nil
}

// finish brings the occurrences to say what they shall and answers the whole as it is then. Once a request has changed
// something, an error leaves open how much of the write has happened.
func (s *series) finish(ctx context.Context, op string) (provider.Item, error) {
	if s.want.IsSeries() || len(s.stale) > 0 {
		before, held := s.written, s.group
		if err := s.occurrences(ctx); err != nil {
			if s.written > 0 {
				err = partly(err)
			}
			return provider.Item{}, err
		}
		if s.written > before {
			if err := s.reread(ctx); err != nil {
				return provider.Item{}, partly(err)
			}
			s.meddled = s.meddled || !s.untouched(held)
		}
	}
	if s.meddled {
		return provider.Item{}, &provider.Error{Op: op, Class: provider.Unknown, Status: "somebody changed it while it was written"}
	}
	return s.item(s.group), nil
}

// untouched reports whether what was read back is what was held and what was written since. If it holds anybody's edit besides, it must
// not be answered as what we have written: nobody would ever take that edit in. What is whose is found out like behind a lost reply.
func (s *series) untouched(held *group) bool {
	if !s.master.recurs() {
		return true
	}
	meant := &group{master: held.master}
	for _, p := range append(slices.Clone(s.left), held.parts...) { // of two, the first counts
		if !slices.ContainsFunc(meant.parts, func(other *event) bool { return other.ID == p.ID }) {
			meant.parts = append(meant.parts, p)
		}
	}
	want, is := s.item(meant), s.item(s.group)
	if want.State != is.State || !slices.Equal(held.master.Recurrence, s.master.Recurrence) || !alike(&want.Event.Values, &is.Event.Values) {
		return false
	}
	for _, w := range calendar.Dates(&want.Event, &is.Event) {
		a, b := want.Event.On(w), is.Event.On(w)
		if out := want.Event.IsCancelled(w); out != is.Event.IsCancelled(w) || !out && !alike(&a, &b) {
			return false
		}
	}
	return true
}

func alike(a, b *calendar.Values) bool {
	return !slices.ContainsFunc(calendar.AllFields.List(), func(f calendar.Field) bool { return !calendar.Same(f, a, b) })
}
