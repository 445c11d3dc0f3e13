package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A calendar that shows a window is like Graph's calendarView: a cursor belongs to one span of time, a listing holds only what takes
// place in it, and of everything else that changes the delta says "removed", whether it is gone or was merely edited. When the span
// has moved on, what is new since the old cursor is told first, and then the new span is listed under a
// cursor of its own, which was asked for before that.

// A window moves on faster than in life, so that the hours of a world see items come and go.
const (
	windowEvery = 20 * time.Minute // of the world, until
	windowsEver = 12               // it stays where it is
)

// window is the number of the span that is shown now.
func (s *server) window() int { return min(int(s.w.now.Sub(start)/windowEvery), windowsEver) }

func spanOf(window int) provider.Range {
	from := start.AddDate(0, 0, 3*window-2)
	return provider.Range{From: from, To: from.AddDate(0, 0, 30)}
}

// inside reports whether any date of an event overlaps a span.
func (e *entry) inside(span provider.Range) bool {
	if e.dates == nil {
		e.dates = datesOf(&e.event)
	}
	return slices.ContainsFunc(e.dates, func(d provider.Range) bool { return d.From.Before(span.To) && !d.To.Before(span.From) })
}

// datesOf are the spans of an event's dates, as the judge sees them.
func datesOf(ev *calendar.Event) []provider.Range {
	list := []provider.Range{}
	for _, o := range judge(ev) {
		list = append(list, provider.Range{From: instantOf(o.Start), To: instantOf(o.End)})
	}
	return list
}

func instantOf(t calendar.Time) time.Time {
	if loc, err := time.LoadLocation(t.Zone); err == nil && t.Kind == calendar.Zoned {
		return t.Instant(loc)
	}
	return t.Instant(time.UTC)
}

// windowCursor is what a cursor of such a calendar stands for.
type windowCursor struct {
	window, seq int
	lists, lags bool // it stands within a listing, which may lag,
	from        int  // at this place
}

func (c windowCursor) String() string {
	if c.lists {
		return fmt.Sprintf("%swindow %d list %d at %d", laggingIf(c.lags), c.window, c.from, c.seq)
	}
	return fmt.Sprintf("window %d since %d", c.window, c.seq)
}

func (s *server) windowCursor(text provider.Cursor) windowCursor {
	c := windowCursor{window: s.window(), lists: true}
	if text == "" {
		return c
	}
	c.lags = strings.HasPrefix(string(text), lagging)
	if n, _ := fmt.Sscanf(strings.TrimPrefix(string(text), lagging), "window %d list %d at %d", &c.window, &c.from, &c.seq); n == 3 {
		return c
	}
	c.lists = false
	if n, _ := fmt.Sscanf(string(text), "window %d since %d", &c.window, &c.seq); n != 2 {
		s.w.broke("I8", "%s was asked for a cursor %q that it never gave out", s.name, text)
	}
	return c
}

// pullWindow answers what has changed, or a page of what the window shows.
func (r *remote) pullWindow(since provider.Cursor, known provider.Known) (provider.Pull, error) {
	s := r.s
	c := s.windowCursor(since)
	if since != "" && c.seq < s.lost {
		return nil, &provider.Error{Op: "pull", Class: provider.CursorLost}
	}
	if c.lists {
		s.beginAnew(since)
		p := r.windowList(c, known)
		r.tellOn(since, p.Next)
		s.w.say(s.name, "lists its window %d since %q%s, next %q", c.window, since, named(p.Items), p.Next)
		return p, nil
	}
	d := r.delta(string(since), c.seq, func(seq int) string { return windowCursor{window: c.window, seq: seq}.String() }, func(e *entry) provider.Item {
		if !e.inside(spanOf(c.window)) {
			return provider.Item{ID: e.id, State: provider.StateUnproven}
		}
		return s.shown(e)
	})
	if c.window < s.window() && string(d.Next) == (windowCursor{window: c.window, seq: s.seq}).String() { // all of it is told
		s.w.say(s.name, "moves on to window %d", s.window())
		told := r.k.told[string(d.Next)]
		d.More, d.Next = true, provider.Cursor(windowCursor{window: s.window(), lists: true, seq: s.seq}.String())
		r.k.hears(string(d.Next), told)
	}
	s.w.say(s.name, "answers what is new since %q%s, next %q", since, named(d.Items), d.Next)
	return d, nil
}

// tellOn: what was answered on the way to a listing was so on the way to its end, and to who begins one anew nothing was.
func (r *remote) tellOn(since, next provider.Cursor) {
	if told := r.k.told[string(since)]; since != "" && told != nil {
		r.k.hears(string(next), told)
	} else if !r.k.desk {
		r.k.hears(string(next), &listed{})
	}
}

// beginAnew: who lists without a cursor that is good is told nothing of what has changed so far where the window does not show it.
func (s *server) beginAnew(since provider.Cursor) {
	if stored := s.side.cursor; since == "" && (stored == "" || s.windowCursor(provider.Cursor(stored)).seq < s.lost) {
		s.anew = s.seq + 1
	}
}

func (r *remote) windowList(c windowCursor, known provider.Known) provider.Snapshot {
	s := r.s
	if c.from == 0 && c.seq == 0 {
		c.seq, c.lags = s.startsAt()
	}
	if c.from == 0 {
		s.lists(c.seq, c.lags)
	}
	span := spanOf(c.window)
	shown := func(e *entry) *entry {
		if x := s.as(e, c.seq, c.lags); x != nil && x.inside(span) {
			return x
		}
		return nil
	}
	s.hid = s.hid && c.from > 0
	to := min(c.from+r.pageSize(), len(s.order))
	p := provider.Snapshot{More: to < len(s.order)}
	for _, id := range s.order[min(c.from, to):to] {
		e := s.stored[id]
		s.hid = s.hid || e.isNot(s.as(e, c.seq, c.lags))
		if x := shown(e); x != nil && !known(id).Equal(provider.One(x.tags.Master().Tag)) {
			p.Items = append(p.Items, s.shown(x))
			s.haunts(x)
		}
	}
	p.Items = r.bend(p.Items)
	if p.More {
		p.Next = provider.Cursor(windowCursor{window: c.window, lists: true, lags: c.lags, from: to, seq: c.seq}.String())
		return p
	}
	p.Next = provider.Cursor(windowCursor{window: c.window, seq: c.seq}.String())
	var ids []provider.RemoteID
	for _, id := range s.order {
		if shown(s.stored[id]) != nil {
			ids = append(ids, id)
		}
	}
	p.Whole = provider.NewWhole(span, ids)
	return p
}

// outside reports that the window of a calendar does not show an event, and so need not have told of it. What overlaps its edge is
// nobody's to say: a day has no zone.
func (s *server) outside(e *entry) bool {
	if !s.moving {
		return false
	}
	span := spanOf(s.window())
	span.From, span.To = span.From.AddDate(0, 0, 1), span.To.AddDate(0, 0, -1)
	return !e.inside(span)
}

// farOutside reports that it does not show an event, whatever zone a day is in.
func (s *server) farOutside(e *entry) bool {
	if !s.moving {
		return false
	}
	span := spanOf(s.window())
	span.From, span.To = span.From.AddDate(0, 0, -1), span.To.AddDate(0, 0, 1)
	return !e.inside(span)
}

// Shows implements [provider.Windowed].
func (r *remote) Shows(provider.Cursor) provider.Range {
	if !r.s.moving {
		return provider.Range{}
	}
	return spanOf(r.s.window())
}

// lostSight reports that an event lay, when sync last heard of it, where no listing shows it, and that the cursor was lost which would have
// told of what became of it since.
func (s *server) lostSight(e *entry, l *store.Link) bool {
	return l.RemoteEvent != nil && s.outside(&entry{event: *l.RemoteEvent}) && e.seq < max(s.lost, s.anew)
}

// untold reports that sync cannot know what became of an event: its cursor was lost, or went past that without a word, and no listing shows
// where the event lies.
func (s *server) untold(e *entry) bool {
	return s.outside(e) && (e.seq < max(s.lost, s.anew) || e.skipped > 0 && e.skipped == e.seq)
}
