package recur

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"tahti/internal/calendar"
)

// series is what gives original starts, made ready: the start, the rule, the further dates.
type series struct {
	start   calendar.Wall
	loc     *time.Location
	zoned   bool     // loc has changes that matter to which starts there are
	rule    *rule    // nil without a rule
	pattern *pattern // nil without a rule
	extra   []calendar.Wall
	until   calendar.Wall // UNTIL on the series' own clock
	counted calendar.Wall // see countEnd
}

func newSeries(e *calendar.Event) (*series, error) {
	loc, err := zoneOf(e.Start)
	if err != nil {
		return nil, err
	}
	return seriesIn(e.Start, loc, e.Rule, e.Extra)
}

func seriesIn(start calendar.Time, loc *time.Location, text string, extra []calendar.Time) (*series, error) {
	s := &series{start: start.Wall, loc: loc, zoned: start.Kind == calendar.Zoned, until: lastWall}
	for _, x := range extra {
		w, err := s.wallOf(x)
		if err != nil {
			return nil, fmt.Errorf("read further date %s: %w", x, err)
		}
		s.extra = append(s.extra, w)
	}
	slices.Sort(s.extra)
	s.extra = slices.Compact(s.extra)
	if text == "" {
		return s, nil
	}
	var err error
	if s.rule, err = parseFor(text, start, loc); err != nil {
		return nil, err
	}
	s.pattern = newPattern(s.rule, s.start)
	switch u := s.rule.until; u.Kind {
	case calendar.NoTime:
	case calendar.UTC:
		s.until = calendar.WallIn(time.Unix(int64(u.Wall), 0), loc)
	default:
		s.until = u.Wall
	}
	return s, nil
}

// wallOf reads a further date on the series' own clock: a zoned series may name one in UTC or in another zone.
func (s *series) wallOf(t calendar.Time) (calendar.Wall, error) {
	if !s.zoned || t.Kind != calendar.UTC && t.Kind != calendar.Zoned {
		return t.Wall, nil
	}
	loc, err := zoneOf(t)
	if err != nil {
		return 0, err
	}
	if loc == s.loc {
		return t.Wall, nil
	}
	return calendar.WallIn(t.Instant(loc), s.loc), nil
}

// past reports whether UNTIL excludes a start. It is decided by instants, which the walls decide but near a change.
func (s *series) past(w calendar.Wall) bool {
	u := s.rule.until
	if !s.zoned || u.Kind != calendar.UTC || w < s.until-2*calendar.Day || w > s.until+2*calendar.Day {
		return w > s.until
	}
	return calendar.Time{Kind: calendar.Zoned, Wall: w}.Instant(s.loc).Unix() > int64(u.Wall)
}

// ruleStarts gives DTSTART and what the rule gives, from lo to hi.
//
// DTSTART is the first start and counts as one of COUNT, also where it does not match the rule: RFC 5545 section 3.8.5.3
// calls the set of such a rule undefined, but says in 3.3.10 that DTSTART "always counts as the first occurrence", and
// calendars with a face show it. (libical 3.0 and python-dateutil leave it out and do not count it.) A rule that ends
// before DTSTART gives nothing at all, there as here.
func (s *series) ruleStarts(lo, hi calendar.Wall) iter.Seq[calendar.Wall] {
	return func(yield func(calendar.Wall) bool) {
		if s.rule != nil && s.past(s.start) {
			return
		}
		if lo <= s.start && s.start <= hi && !yield(s.start) || s.rule == nil {
			return
		}
		from := max(lo, s.start+1)
		if s.rule.count > 0 {
			from = s.start + 1 // the count begins with the start
		}
		counted := 1
		for w := range s.pattern.walls(from, min(hi, s.until+2*calendar.Day)) {
			if s.rule.count > 0 && counted == s.rule.count {
				return
			}
			if s.past(w) {
				continue
			}
			counted++
			if w >= lo && !yield(w) {
				return
			}
		}
	}
}

// starts gives all original starts from lo to hi, in order on the series' clock, each once.
//
// A start that the clocks skip is read as another time of day, and where the series has a start at that time too, the
// two are one occurrence (RFC 5545 section 3.8.5.3, "duplicate instances are ignored"): an hourly series gives no
// second three o'clock when two o'clock is skipped. COUNT still counts the skipped one.
func (s *series) starts(lo, hi calendar.Wall) iter.Seq[calendar.Wall] {
	return func(yield func(calendar.Wall) bool) {
		c := clock{loc: s.loc}
		single := func(w calendar.Wall) bool {
			if !s.zoned {
				return true
			}
			at, skipped := c.read(w)
			return !skipped || !s.has(calendar.WallIn(time.Unix(at, 0), s.loc))
		}
		i, _ := slices.BinarySearch(s.extra, lo)
		for w := range s.ruleStarts(lo, hi) {
			for ; i < len(s.extra) && s.extra[i] <= w; i++ {
				if x := s.extra[i]; x < w && single(x) && !yield(x) {
					return
				}
			}
			if single(w) && !yield(w) {
				return
			}
		}
		for ; i < len(s.extra) && s.extra[i] <= hi; i++ {
			if single(s.extra[i]) && !yield(s.extra[i]) {
				return
			}
		}
	}
}

// has reports whether the rule or a further date gives a wall.
func (s *series) has(w calendar.Wall) bool {
	if _, found := slices.BinarySearch(s.extra, w); found {
		return true
	}
	if s.rule == nil || w == s.start || s.past(s.start) {
		for range s.ruleStarts(w, w) {
			return true
		}
		return false
	}
	for range s.pattern.walls(w, w) {
		return !s.past(w) && w <= s.countEnd()
	}
	return false
}

// countEnd is the last start that COUNT leaves. It is looked for once, and only when somebody asks.
func (s *series) countEnd() calendar.Wall {
	if s.counted == 0 {
		s.counted = lastWall
		if s.rule.count > 0 {
			for w := range s.ruleStarts(firstWall, lastWall) {
				s.counted = w
			}
		}
	}
	return s.counted
}

// bounded reports whether the rule has an end.
func (s *series) bounded() bool {
	return s.rule == nil || s.rule.count > 0 || !s.rule.until.IsZero()
}

// last is the last start up to hi that keep lets pass. It looks back in growing steps, so that the end of a long series
// costs no more than its last stretch; only COUNT has to be counted from the start.
func (s *series) last(hi calendar.Wall, keep func(calendar.Wall) bool) (last calendar.Wall, found bool) {
	first := s.start
	if len(s.extra) > 0 {
		first = min(first, s.extra[0])
		if s.bounded() {
			hi = min(hi, max(s.until+2*calendar.Day, s.extra[len(s.extra)-1]))
		}
	} else if s.bounded() {
		hi = min(hi, s.until+2*calendar.Day)
	}
	for step := 366 * calendar.Day; ; step *= 8 {
		lo := hi - step
		if s.rule == nil || s.rule.count > 0 {
			lo = first
		}
		for w := range s.starts(max(lo, first), hi) {
			if keep(w) {
				last, found = w, true
			}
		}
		if found || lo <= first {
			return last, found
		}
	}
}
