package recur

import (
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
)

// How many parts and dates of a definition are looked at; real ones have some dozens of parts.
const (
	maxObservances = 200
	maxOnsets      = 5_000
)

// wellKnown are tried first, so that a definition without a name becomes a place that people know, and always the same:
// one per set of rules, the largest city of the region or the one that Windows names first.
var wellKnown = []string{
	"UTC", "Europe/Berlin", "Europe/Helsinki", "Europe/London", "Europe/Moscow", "Europe/Istanbul", "Atlantic/Azores",
	"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix", "America/Anchorage",
	"Pacific/Honolulu", "America/Halifax", "America/St_Johns", "America/Mexico_City", "America/Bogota", "America/Caracas",
	"America/Sao_Paulo", "America/Santiago", "Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Africa/Cairo",
	"Asia/Jerusalem", "Asia/Riyadh", "Asia/Tehran", "Asia/Dubai", "Asia/Kabul", "Asia/Karachi", "Asia/Kolkata",
	"Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
	"Australia/Adelaide", "Australia/Darwin", "Australia/Brisbane", "Pacific/Auckland",
}

// MatchZone finds the zone that a custom definition behaves as, from a year before near to three years after: the same
// offset at each moment. Names play no part. Where several zones behave so, a well-known one is taken, always the same.
func MatchZone(obs []Observance, near time.Time) (iana string, ok bool) {
	b, ok := behaviourAround(obs, near)
	if !ok {
		return "", false
	}
	for _, name := range candidates() {
		if b.is(name) {
			return name, true
		}
	}
	return "", false
}

// Follows reports whether a custom definition behaves as a zone does, in the sense of [MatchZone]. One that cannot be
// read follows none.
func Follows(obs []Observance, iana string, near time.Time) bool {
	b, ok := behaviourAround(obs, near)
	return ok && b.is(iana)
}

// behaviour is what a clock shows for some years: the offset at the beginning, and its changes.
type behaviour struct {
	from, to time.Time
	offset   int
	changes  []onset
}

// is reports whether a zone of the database has the same offset at each moment.
func (b *behaviour) is(iana string) bool {
	loc, err := Location(iana)
	if err != nil {
		return false
	}
	_, offset := b.from.In(loc).Zone()
	return offset == b.offset && slices.Equal(offsetChanges(loc, b.from, b.to), b.changes)
}

// candidates are the well-known zones, those that Windows ids stand for, then all others by name, each once or more.
func candidates() []string {
	out := append(slices.Clone(wellKnown), zones().primary...)
	names := make([]string, 0, len(zones().iana))
	for _, name := range zones().iana { // any order: they are sorted below
		names = append(names, name)
	}
	slices.Sort(names)
	return append(out, names...)
}

// onset is a moment, in seconds since 1970, from which an offset holds.
type onset struct {
	at     int64
	offset int
}

func offsetChanges(loc *time.Location, from, to time.Time) []onset {
	var out []onset
	for _, c := range changes(loc, from.Add(time.Second), to) {
		if c.from != c.to {
			out = append(out, onset{c.at.Unix(), c.to})
		}
	}
	return out
}

func behaviourAround(obs []Observance, near time.Time) (behaviour, bool) {
	near = near.Truncate(time.Second)
	return behaviourOf(obs, near.AddDate(-1, 0, 0), near.AddDate(3, 0, 0))
}

// behaviourOf reads a definition; false if it cannot be read.
func behaviourOf(obs []Observance, from, to time.Time) (b behaviour, ok bool) {
	b.from, b.to = from, to
	if len(obs) == 0 || len(obs) > maxObservances {
		return b, false
	}
	var all []onset
	for i := range obs {
		onsets, err := obs[i].onsets(from, to)
		if err != nil || len(all)+len(onsets) > maxOnsets {
			return b, false
		}
		all = append(all, onsets...)
	}
	slices.SortStableFunc(all, func(a, b onset) int { return int(a.at - b.at) })
	earliest := slices.MinFunc(obs, func(a, b Observance) int { return int(a.Start) - int(b.Start) })
	b.offset = earliest.From // before its first onset, a definition has the offset that this one leaves
	current := b.offset
	for _, o := range all {
		switch {
		case o.at <= from.Unix():
			b.offset, current = o.offset, o.offset
		case o.offset != current:
			b.changes, current = append(b.changes, o), o.offset
		}
	}
	return b, true
}

// onsets lists when the observance begins: the last time up to from, and each time from there to the end.
func (o *Observance) onsets(from, to time.Time) ([]onset, error) {
	// The clock that ran until the onset has a fixed offset, so the rule is an ordinary one there.
	loc := time.FixedZone("", o.From)
	dates := make([]calendar.Time, 0, len(o.Dates))
	for _, w := range o.Dates {
		dates = append(dates, calendar.Time{Kind: calendar.Floating, Wall: w})
	}
	s, err := seriesIn(calendar.Time{Kind: calendar.Zoned, Wall: o.Start}, loc, o.Rule, dates)
	if err != nil {
		return nil, err
	}
	if s.rule != nil && s.rule.freq != yearly { // none is known, and it could be much work
		return nil, fmt.Errorf("define zone by %q: %w", o.Rule, ErrUnsupported)
	}
	var out []onset
	add := func(w calendar.Wall) { out = append(out, onset{int64(w) - int64(o.From), o.To}) }
	lo, hi := calendar.WallIn(from, loc), calendar.WallIn(to, loc)-1
	if w, found := s.last(lo, func(calendar.Wall) bool { return true }); found {
		add(w)
	}
	for w := range s.starts(lo+1, hi) {
		if add(w); len(out) > maxOnsets {
			break
		}
	}
	return out, nil
}
