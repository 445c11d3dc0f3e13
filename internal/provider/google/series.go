package google

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// series is an item that is being written: what is there, and what it shall say. A single event is a series of one.
type series struct {
	*Calendar
	*group
	base    provider.Item // as the write was planned on; of a creation, empty
	before  []*event      // its occurrences' events then
	tag     string        // that the write of the series' own event has to match
	want    calendar.Event
	shift   calendar.Wall // how far its occurrences are renamed from base to want
	fields  calendar.FieldSet
	notify  bool
	zone    string
	written int // requests that changed something
}

// update writes the series' own event, and then the occurrences that differ from what they shall say.
func (s *series) update(ctx context.Context) (provider.Item, error) {
	b, repatterned := s.body()
	if len(b) > 0 {
		if repatterned && s.base.Event.IsSeries() {
			if err := s.unmoved(ctx); err != nil {
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
	return slices.ContainsFunc(s.want.Cancelled, func(w calendar.Wall) bool { return !slices.Contains(s.excluded(repatterned), w) })
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
	out := slices.Clone(s.base.Event.Cancelled)
	return slices.DeleteFunc(out, func(w calendar.Wall) bool { return s.part(w) != nil })
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

// part is the event of an occurrence, if it has one of its own.
func (s *series) part(original calendar.Wall) *event {
	i := slices.IndexFunc(s.parts, func(p *event) bool {
		w, bad := p.original(s.base.Event.Start)
		return bad == nil && w == original
	})
	if i < 0 {
		return nil
	}
	return s.parts[i]
}

// unmoved makes sure that nothing of the series was changed since, before it is given other starts: Google lets go of what
// was said of starts that are no more, and the ETag of the series does not tell of it.
func (s *series) unmoved(ctx context.Context) error {
	g, _, err := s.series(ctx, opPut, s.master)
	switch {
	case err != nil:
		return err
	case g == nil:
		return &provider.Error{Op: opPut, Class: provider.Gone, Status: "read before writing"}
	}
	if g.tidy(); g.tag() != s.tag {
		return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "read before writing"}
	}
	return nil
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

// delete takes one occurrence out.
func (s *series) delete(ctx context.Context, p *event) error {
	q := call{
		op: opPut, method: http.MethodDelete, path: s.path("events", p.ID), query: sending(s.notify), match: p.ETag, write: true, single: true,
	}
	_, err := s.client.send(ctx, q)
	switch err = s.whyNot(ctx, q, p.ID, err); {
	case err == nil:
		s.written++
	case provider.ClassOf(err) == provider.Gone && statusOf(err) != http.StatusNotFound:
		return nil // somebody was faster
	}
	return err
}

// reread takes the series in as it is now.
func (s *series) reread(ctx context.Context) error {
	g, _, err := s.series(ctx, opPut, s.master)
	if err != nil {
		return err
	}
	if g == nil {
		return &provider.Error{Op: opPut, Class: provider.Gone, Status: "read back, and it was deleted"}
	}
	g.tidy()
	s.group = g
	return nil
}

// instance looks an occurrence up that has no event of its own yet, by its original start. The window keeps a server that
// expands the series first from stopping before it gets there.
func (s *series) instance(ctx context.Context, original calendar.Wall) (found *event, err error) {
	near := func(by calendar.Wall) string { return (original + by).Civil().Format(time.RFC3339) }
	q := call{op: opPut, method: http.MethodGet, path: s.path("events", s.master.ID, "instances")}
	q.query = url.Values{
		"originalStart": {originalStart(s.want.Start, original)}, "showDeleted": {"true"},
		"timeMin": {near(-2 * calendar.Day)}, "timeMax": {near(2 * calendar.Day)},
	}
	err = s.pages(ctx, q, func(page *events, _ answer) error {
		return page.each(opPut, func(p *event) {
			if w, bad := p.original(s.want.Start); bad == nil && w == original && p.SeriesID == s.master.ID {
				found = p
			}
		})
	})
	if err == nil && found == nil {
		err = &provider.Error{Op: opPut, Class: provider.Conflict, Status: "the series has no such date", Err: fmt.Errorf("no occurrence at %s", original)}
	}
	return found, err
}

// finish brings the occurrences to say what they shall and answers the whole as it is then. Once a request has changed
// something, an error leaves open how much of the write has happened.
func (s *series) finish(ctx context.Context, op string) (provider.Item, error) {
	if s.want.IsSeries() {
		before := s.written
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
		}
	}
	return s.item(s.group), nil
}

// occurrences writes each occurrence that differs from what it shall say.
func (s *series) occurrences(ctx context.Context) error {
	now := s.item(s.group)
	if now.State != provider.StateLive {
		return &provider.Error{Op: opPut, Class: provider.Unknown, Status: "read back as " + now.State.String()}
	}
	held := map[calendar.Wall]*event{}
	var starts []calendar.Wall
	for _, p := range s.parts {
		if w, bad := p.original(now.Event.Start); bad == nil {
			held[w] = p
			starts = append(starts, w)
		}
	}
	for i := range s.want.Overrides {
		starts = append(starts, s.want.Overrides[i].Original)
	}
	starts = append(starts, s.want.Cancelled...)
	slices.Sort(starts)
	for _, w := range slices.Compact(starts) {
		err := s.occurrence(ctx, &now.Event, w, held[w])
		if err != nil && provider.ClassOf(err) == provider.Gone { // the date is, not the series
			err = &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence was deleted meanwhile", Err: err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// occurrence writes one; p is its event, if it has one.
func (s *series) occurrence(ctx context.Context, now *calendar.Event, w calendar.Wall, p *event) error {
	out := p != nil && p.Status == cancelled
	is, shall := effective(now, w), effective(&s.want, w)
	switch {
	case s.want.IsCancelled(w):
		if out || now.IsCancelled(w) {
			return nil
		}
		return s.takeOut(ctx, w, p, is)
	case !recur.Has(&s.want, w):
		if p == nil || out || s.base.Event.Override(w) == nil { // left over from starts that are no more
			return nil
		}
		return s.delete(ctx, p)
	case p != nil && s.want.Override(w) == nil && s.planned(p) == nil && s.base.Event.IsSeries():
		return nil // somebody has just changed it, and we have nothing to say about it
	}
	b := body{}
	fields := difference(&is, &shall) &^ calendar.Fields(calendar.Private)
	if out {
		b["status"], fields = "confirmed", calendar.BothWaysFields&s.want.Known&^calendar.Fields(calendar.Private, calendar.Recurrence)
	}
	if b.fill(fields, &shall, s.zone); len(b) == 0 {
		return nil
	}
	p, err := s.guarded(ctx, w, p, is, &shall)
	if err != nil {
		return err
	}
	_, err = s.patch(ctx, p.ID, p.ETag, b)
	if out && statusOf(err) == http.StatusForbidden {
		// Whether Google takes a date back that was cancelled is not known for all cases (providers.md 1.4).
		return &provider.Error{
			Op: opPut, Class: provider.Forbidden, Code: string(provider.NotWritable), Status: "a cancelled date that cannot be brought back", Err: err,
		}
	}
	return err
}

// takeOut cancels one occurrence.
func (s *series) takeOut(ctx context.Context, w calendar.Wall, p *event, is calendar.Values) error {
	inherited := s.want.Effective(&calendar.Override{Original: w})
	p, err := s.guarded(ctx, w, p, is, &inherited)
	if err != nil || p.Status == cancelled {
		return err
	}
	return s.delete(ctx, p)
}

// guarded is the event of an occurrence, looked up if it has none of its own yet, once it is sure that nobody changed what it says
// since the write was planned.
func (s *series) guarded(ctx context.Context, w calendar.Wall, p *event, is calendar.Values, shall *calendar.Values) (*event, error) {
	if p != nil {
		return p, s.explained(w, p, &is, shall)
	}
	p, err := s.instance(ctx, w)
	if err != nil || p.Status == cancelled {
		return p, err
	}
	d := decoder{group: s.group, role: s.roleNow(), outside: map[string]struct{}{}}
	d.event.Values = s.want.Values
	v, bad := d.values(p, w)
	if bad != nil {
		return nil, &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence that cannot be read: " + bad.Detail}
	}
	return p, s.explained(w, p, &v, shall)
}

// planned is the event of an occurrence as the write was planned on it; nil if it had none then.
func (s *series) planned(p *event) *event {
	i := slices.IndexFunc(s.before, func(b *event) bool { return b.ID == p.ID })
	if i < 0 {
		return nil
	}
	return s.before[i]
}

// explained holds the guard of an occurrence whose version is another than the write was planned on. Its series' own write
// may have touched it: then each of its fields says what it said, what its series says, or what it shall say. Anything else is
// somebody's edit, which came in between, and is left as it is.
func (s *series) explained(w calendar.Wall, p *event, is, shall *calendar.Values) error {
	if s.base.ID == "" { // of what was only just created, nobody knows yet
		return nil
	}
	at := w - s.shift
	if b := s.planned(p); b != nil {
		if b.ETag == p.ETag {
			return nil
		}
		at = w // it kept its name
	}
	was, inherited := effective(&s.base.Event, at), s.want.Effective(&calendar.Override{Original: w})
	moved := was
	moved.Start.Wall += s.shift
	moved.End.Wall += s.shift
	for _, f := range (calendar.BothWaysFields &^ calendar.Fields(calendar.Recurrence)).List() {
		if !slices.ContainsFunc([]*calendar.Values{&was, &moved, &inherited, shall}, func(v *calendar.Values) bool { return calendar.Same(f, is, v) }) {
			return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence was changed meanwhile: " + f.String()}
		}
	}
	return nil
}
