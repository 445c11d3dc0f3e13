package world

import "tahti/internal/lens"

// span is a time in which a connection had one set of settings and one state.
type span struct {
	from     int // move
	settings lens.Settings
	on       bool // it may run: neither stopped nor paused
	leaving  bool // it was stopped, and what sync made was to go
}

// turn begins a new span: what people chose holds from here on.
func (s *side) turn(f func(*span)) {
	now := s.now()
	now.from, now.leaving = s.server.w.move, false
	f(&now)
	s.spans = append(s.spans, now)
	s.settings = now.settings
}

// now is the span that holds.
func (s *side) now() span { return s.spans[len(s.spans)-1] }

// ever reports whether something held at any time since a move.
func (s *side) ever(since int, f func(*span) bool) bool {
	for i := len(s.spans) - 1; i >= 0; i-- {
		if f(&s.spans[i]) {
			return true
		}
		if s.spans[i].from < since {
			return false
		}
	}
	return false
}

// always reports whether something has held all the time since a move.
func (s *side) always(since int, f func(*span) bool) bool {
	return !s.ever(since, func(x *span) bool { return !f(x) })
}

// lets reports whether edits of an item come in from the calendar: what was made there, unless it is one-way.
func (x *span) lets(ours bool) bool {
	switch x.settings.Direction {
	case lens.TwoWay, lens.ToCRM:
		return true
	case lens.OwnItems:
		return ours
	default:
		return false
	}
}

// out reports whether anything goes out to the calendar.
func (x *span) out() bool { return x.settings.Direction != lens.ToCRM }
