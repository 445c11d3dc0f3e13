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

// occurrences writes each occurrence that differs from what it shall say.
func (s *series) occurrences(ctx context.Context) error {
	now := s.item(s.group)
	if now.State != provider.StateLive {
		return &provider.Error{Op: opPut, Class: provider.Unknown, Status: "read back as " + now.State.String()}
	}
	for _, p := range s.stale {
		if p.Status != cancelled && s.planned(p) != nil { // it would stay in the calendar, and be nobody's
			if err := s.delete(ctx, p); err != nil {
				return err
			}
		}
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
	is, shall := now.On(w), s.want.On(w)
	switch {
	case s.want.IsCancelled(w):
		if out || now.IsCancelled(w) {
			return nil
		}
		return s.takeOut(ctx, w, p, is)
	case !recur.Has(&s.want, w):
		if p == nil || out {
			return nil
		}
		if s.base.Event.IsSeries() && s.planned(p) == nil {
			s.meddled = true
			return nil
		}
		return s.delete(ctx, p) // left over from starts that are no more
	case p != nil && s.want.Override(w) == nil && s.planned(p) == nil && s.base.Event.IsSeries():
		s.meddled = true // somebody has just changed it, and we have nothing to say about it
		return nil
	case out && s.base.Event.IsSeries() && (s.planned(p) == nil || s.planned(p).Status != cancelled):
		return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence was cancelled meanwhile"}
	}
	b := body{}
	fields := difference(&is, &shall)
	if out {
		b["status"], fields = "confirmed", calendar.BothWaysFields&s.want.Known&^calendar.Fields(calendar.Recurrence)
	}
	if !shall.Private { // a less strict setting of one date is ignored (discovery document)
		fields &^= calendar.Fields(calendar.Private)
	}
	if b.fill(fields, &shall, s.zone); len(b) == 0 {
		s.meddled = s.meddled || p != nil && s.explained(w, p, &is, &shall) != nil
		return nil
	}
	p, err := s.guarded(ctx, w, p, is, &shall)
	if err != nil {
		return err
	}
	done, err := s.patch(ctx, p.ID, p.ETag, b)
	if err == nil {
		s.left = append(s.left, done)
	}
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
		if err := s.uninvited(p); err != nil {
			return nil, err
		}
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
	if err := s.uninvited(p); err != nil {
		return nil, err
	}
	return p, s.explained(w, p, &v, shall)
}

// uninvited refuses to write while somebody was invited to one of some dates since the write was planned, who would be mailed (I14).
func (s *series) uninvited(dates ...*event) error {
	if s.base.Invited {
		return nil // a guest's writes mail nobody
	}
	for email := range s.outsiders(s.group, dates...) {
		if _, known := s.outside[email]; !known {
			return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "somebody was invited meanwhile"}
		}
	}
	return nil
}

// outsiders are the guests of some events who would be mailed.
func (c *Calendar) outsiders(g *group, list ...*event) map[string]struct{} {
	d := decoder{group: g, role: c.roleNow(), outside: map[string]struct{}{}}
	for _, e := range list {
		d.people(e, &calendar.Values{})
	}
	return d.outside
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
	inherited := s.want.Effective(&calendar.Override{Original: w})
	was, moved := inherited, inherited
	if s.base.Event.IsSeries() { // of a new series, every date has said until now what the series says
		at := w - s.shift
		if b := s.planned(p); b != nil {
			if b.ETag == p.ETag {
				return nil
			}
			at = w // it kept its name
		}
		was = s.base.Event.On(at)
		moved = was
		moved.Start.Wall += s.shift
		moved.End.Wall += s.shift
	}
	for _, f := range (calendar.BothWaysFields &^ calendar.Fields(calendar.Recurrence)).List() {
		if !slices.ContainsFunc([]*calendar.Values{&was, &moved, &inherited, shall}, func(v *calendar.Values) bool { return calendar.Same(f, is, v) }) {
			return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence was changed meanwhile: " + f.String()}
		}
	}
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
		err = s.noDate(ctx, original)
	}
	return found, err
}

// noDate is why an occurrence was not found: its series was changed meanwhile, or Google reads its rule in another way.
func (s *series) noDate(ctx context.Context, original calendar.Wall) error {
	g, err := s.series(ctx, opPut, s.master)
	switch {
	case err != nil:
		return err
	case g == nil:
		return &provider.Error{Op: opPut, Class: provider.Gone, Status: "read before writing"}
	case g.master.ETag != s.master.ETag:
		return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "read before writing"}
	}
	return rejected(inexpressible, fmt.Errorf("a series without a date at %s", original))
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
		gone := *p
		gone.Status = cancelled
		s.left = append(s.left, &gone)
	case provider.ClassOf(err) == provider.Gone && statusOf(err) != http.StatusNotFound:
		return nil // somebody was faster
	}
	return err
}
