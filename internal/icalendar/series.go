package icalendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// maxContinued is how many occurrences a RANGE=THISANDFUTURE may reach.
const maxContinued = 1000

// occurrence is what the text says of one start of the series.
type occurrence struct {
	original calendar.Wall
	values   calendar.Values
	// comp says it; nil where a period of an RDATE does.
	comp *Component
	// future: comp speaks for this and all later occurrences. Those are occurrences of their own here, spread from it.
	future, spread bool
	sequence       int
}

func (o *occurrence) override() calendar.Override {
	return calendar.Override{
		Original: o.original, Set: calendar.AllFields &^ calendar.Fields(calendar.Recurrence), Values: o.values,
	}
}

// recurrence reads RRULE, RDATE and EXDATE of the master.
func (r *reader) recurrence() *Problem {
	rules := 0
	for i := range r.master.Properties {
		p := &r.master.Properties[i]
		var prob *Problem
		switch p.name {
		case "RRULE":
			if rules++; rules > 1 {
				return badRule(p, "a second rule")
			}
			rule, err := recur.Canonical(p.value, r.event.Start)
			if err != nil {
				return ruleProblem(fmt.Errorf("line %d: %w", p.Line(), err))
			}
			r.event.Rule = rule
		case "EXRULE":
			return badRule(p, "a rule of exceptions")
		case "RDATE":
			prob = r.extra(p)
		case "EXDATE":
			prob = r.each(p, func(t calendar.Time, _ string) {
				r.event.Cancelled = append(r.event.Cancelled, r.key(t))
			})
		}
		if prob != nil {
			return prob
		}
	}
	slices.Sort(r.event.Cancelled)
	return nil
}

func badRule(p *Property, what string) *Problem {
	return problem(Inexpressible, "line %d: %s: %s", p.Line(), p.Name(), what)
}

// each reads a list of times; a period (RFC 5545 section 3.3.9) is handed over as its start and the text of its end.
func (r *reader) each(p *Property, f func(t calendar.Time, end string)) *Problem {
	for v := range strings.SplitSeq(p.value, ",") {
		if strings.TrimSpace(v) == "" {
			continue
		}
		start, end, _ := strings.Cut(v, "/")
		t, prob := r.zones.time(p, start)
		if prob != nil {
			return prob
		}
		f(t, end)
	}
	return nil
}

// extra reads an RDATE. A period with a length of its own is an occurrence that ends differently.
func (r *reader) extra(p *Property) (prob *Problem) {
	start := r.event.Start
	bad := r.each(p, func(t calendar.Time, text string) {
		at := start
		at.Wall = r.key(t)
		r.event.Extra = append(r.event.Extra, at)
		if text == "" {
			return
		}
		v := r.event.On(at.Wall)
		if long, ok := parseLength(text); ok {
			v.End = long.after(v.Start, r.zones.location(v.Start))
		} else {
			end, bad := r.zones.time(p, text)
			if bad != nil {
				prob = bad
				return
			}
			v.End = r.alike(v.Start, end)
		}
		if r.before(v.End, v.Start) || v.End.Wall > lastWall {
			v.End = v.Start
		}
		if v.Start.Kind != calendar.Date && v.End != r.event.On(at.Wall).End {
			r.periods[at.Wall] = v
		}
	})
	return cmp.Or(bad, prob)
}

// key names the occurrence that t stands for.
func (r *reader) key(t calendar.Time) calendar.Wall { return r.zones.key(r.event.Start, t) }

// key names an occurrence of the series that starts at start: its original start on the wall clock of the series.
func (z *zoneBook) key(start, t calendar.Time) calendar.Wall {
	timeOfDay := start.Wall - start.Wall.Midnight()
	switch {
	case t.Kind == start.Kind && t.Zone == start.Zone:
		return t.Wall
	case start.Kind == calendar.Date:
		return t.Wall.Midnight()
	case t.Kind == calendar.Date: // wrong but common: the occurrence of that day
		return t.Wall + timeOfDay
	}
	at, ok := z.instant(t)
	loc := z.location(start)
	if !ok || loc == nil {
		return t.Wall
	}
	wall := calendar.WallIn(at, loc)
	// A start that a change to summer time skips has no reading of its own on the clock; it is named by its rule.
	if named := start; named.Wall != wall {
		if named.Wall = wall.Midnight() + timeOfDay; named.Instant(loc).Equal(at) {
			return named.Wall
		}
	}
	return wall
}

// overrides reads the components of single occurrences. One that comes twice counts as its latest version says.
func (r *reader) overrides(comps []*Component) *Problem {
	at := make(map[calendar.Wall]int, len(comps))
	for _, c := range comps {
		l := linesOf(c)
		id, prob := r.zones.time(l.id, l.id.value)
		if prob != nil {
			return prob
		}
		o := occurrence{original: r.key(id), comp: c, sequence: sequence(c)}
		o.future = strings.EqualFold(l.id.Param("RANGE"), "THISANDFUTURE")
		if o.values, prob = r.values(&l); prob != nil {
			return prob
		}
		r.note(&l, &o.values)
		r.zones.unmoved(&r.event, o.original, &o.values)
		i, twice := at[o.original]
		switch {
		case !twice:
			at[o.original] = len(r.occurrences)
			r.occurrences = append(r.occurrences, o)
		case r.occurrences[i].sequence <= o.sequence:
			r.superseded = append(r.superseded, r.occurrences[i].comp)
			r.occurrences[i] = o
		default:
			r.superseded = append(r.superseded, c)
		}
	}
	for original, v := range r.periods { // any order: they are sorted below
		if _, said := at[original]; !said {
			r.occurrences = append(r.occurrences, occurrence{original: original, values: v})
		}
	}
	slices.SortFunc(r.occurrences, func(a, b occurrence) int { return cmp.Compare(a.original, b.original) })
	return nil
}

// unmoved gives an occurrence that starts and ends when its series has it, but says so in UTC, the times of the series:
// such servers translate, nobody moved it, and it must move along with its series.
func (z *zoneBook) unmoved(series *calendar.Event, original calendar.Wall, v *calendar.Values) {
	if v.Start.Kind != calendar.UTC || series.Start.Kind != calendar.Zoned {
		return
	}
	inherited := series.Effective(&calendar.Override{Original: original})
	start, ok1 := z.instant(inherited.Start)
	end, ok2 := z.instant(inherited.End)
	if ok1 && ok2 && start.Unix() == int64(v.Start.Wall) && end.Unix() == int64(v.End.Wall) {
		v.Start, v.End = inherited.Start, inherited.End
	}
}

// spread gives what RANGE=THISANDFUTURE says to each later occurrence that says nothing itself: all its values, and
// the time as far from the original start as there (RFC 5545 section 3.2.13). A series that goes on for ever so cannot
// be held exactly.
func (r *reader) spread() *Problem {
	var from []occurrence
	said := map[calendar.Wall]bool{}
	for _, o := range r.occurrences {
		said[o.original] = true
		if inherited := r.event.On(o.original); o.future && difference(&o.values, &inherited) != 0 {
			from = append(from, o)
		}
	}
	if len(from) == 0 {
		return nil
	}
	tooFar := problem(Inexpressible, "line %d: RANGE=THISANDFUTURE reaches too far", from[0].comp.Line)
	seen, continued := 0, 0
	for w := range recur.Starts(&r.event, 100*maxContinued) {
		if seen++; seen == 100*maxContinued {
			return tooFar
		}
		i, _ := slices.BinarySearchFunc(from, w, func(o occurrence, w calendar.Wall) int {
			if o.original <= w {
				return -1
			}
			return 1
		})
		if i == 0 || said[w] || r.event.IsCancelled(w) {
			continue
		}
		if continued++; continued > maxContinued {
			return tooFar
		}
		o := from[i-1].at(w)
		r.zones.unmoved(&r.event, o.original, &o.values)
		r.occurrences = append(r.occurrences, o)
	}
	return nil
}

// at is what an occurrence that speaks for later ones says of a later one.
func (o occurrence) at(w calendar.Wall) occurrence {
	by := w - o.original
	if o.values.Start.Kind == calendar.Date { // of a series of times
		by = by.Midnight()
	}
	o.values.Start.Wall += by
	o.values.End.Wall += by
	o.original, o.future, o.spread = w, false, true
	return o
}
