package icalendar

import (
	"fmt"
	"slices"

	"tahti/internal/calendar"
)

// Patch changes a calendar object so that it says to where it said from, in fields. from is what raw decodes to; both are
// whole series. What from and to agree in, and what no event can hold, stays as it is; if they agree in everything, raw
// itself is returned. Fields that are not in [Writable], or that one of the two does not know, are not written.
//
// After it, Decode answers to in fields and from in the rest. Patching again changes nothing.
func Patch(raw []byte, from, to calendar.Event, fields calendar.FieldSet, o WriteOptions) ([]byte, error) {
	if o.Now.IsZero() {
		return nil, fmt.Errorf("patch event: %w", errNoNow)
	}
	g := aim(&from, &to, fields)
	if g.done() {
		return raw, nil
	}
	if g.to.Start.Kind == calendar.NoTime || g.to.End.Kind != g.to.Start.Kind {
		return nil, fmt.Errorf("patch event: no start and end")
	}
	opts := Options{Limits: o.Limits}
	root, err := Parse(raw, opts.limits())
	if err != nil {
		return nil, fmt.Errorf("patch event: %w", err)
	}
	r, prob := read(root, opts)
	if prob != nil {
		return nil, fmt.Errorf("patch event: %w", prob)
	}
	w := newWriter(root, o.Now)
	w.zones = r.zones
	w.cover(&g.to)
	p := &patcher{writer: w, goal: g, master: r.master,
		occurrences: r.occurrences, periods: r.periods}
	for _, c := range r.superseded { // the text may have each occurrence once (RFC 4791 section 4.1)
		root.RemoveChild(c)
	}
	for _, step := range []func() error{p.spellOut, p.series, p.existing, p.additional} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("patch event: %w", err)
		}
	}
	text, err := readable(root.AppendText(nil), opts.limits())
	if err != nil {
		return nil, fmt.Errorf("patch event: %w", err)
	}
	return text, nil
}

// patcher carries one goal out on one object.
type patcher struct {
	*writer
	goal
	master      *Component
	occurrences []occurrence
	periods     map[calendar.Wall]calendar.Values
}

// spellOut gives each occurrence that is told in short, by RANGE=THISANDFUTURE or by the period of an RDATE, a component
// of its own, so that one of them can be changed and the others not. Periods stay as long as nobody reschedules.
func (p *patcher) spellOut() error {
	periods := p.rescheduled()
	for original := range p.periods { // any order: one is enough
		periods = periods || !sameOverride(p.from.Override(original), p.to.Override(original+p.shift))
	}
	for i := range p.occurrences {
		o := &p.occurrences[i]
		var c *Component
		switch {
		case o.future:
			o.comp.Get("RECURRENCE-ID").DelParam("RANGE")
			continue
		case o.spread:
			c = o.comp.Clone()
		case o.comp == nil && periods:
			c = p.master.Clone()
			c.Remove("RRULE", "RDATE", "EXDATE", "EXRULE")
		default:
			continue
		}
		id := p.from.Start
		id.Wall = o.original
		if err := p.setTime(c, "RECURRENCE-ID", id); err != nil {
			return err
		}
		if err := p.setFields(c, calendar.Fields(calendar.When), &o.values); err != nil {
			return err
		}
		c.Get("RECURRENCE-ID").DelParam("RANGE")
		p.root.AddChild(c)
		o.comp, o.spread = c, false
	}
	if periods {
		return p.withoutPeriods()
	}
	return nil
}

// series writes the master: its fields, its rule, its further and its cancelled starts.
func (p *patcher) series() error {
	fields := difference(&p.from.Values, &p.to.Values)
	if err := p.setFields(p.master, fields, &p.to.Values); err != nil {
		return err
	}
	changed, err := p.recurrence()
	if err != nil {
		return err
	}
	if fields != 0 || changed {
		p.stamp(p.master, p.rescheduled())
	}
	return nil
}

// existing writes the components of single occurrences that are there. Each repeats all that its series says, so what
// it inherits changes with the series.
func (p *patcher) existing() error {
	for _, o := range p.occurrences {
		if o.comp == nil {
			continue
		}
		if p.leaves(&o) {
			p.root.RemoveChild(o.comp)
			continue
		}
		if p.from.IsCancelled(o.original) {
			continue
		}
		from, to := p.at(o.original)
		fields := difference(&from, &to)
		renamed, err := p.rename(o.comp, o.original+p.shift)
		if err != nil {
			return err
		}
		if err := p.setFields(o.comp, fields, &to); err != nil {
			return err
		}
		if fields != 0 || renamed {
			p.stamp(o.comp, fields.Has(calendar.When))
		}
	}
	return nil
}

// leaves reports whether an occurrence's component has to go: because the occurrence was cancelled or brought back as
// its series has it, because its series no longer has that start, or because nobody says anything of it any more. In the
// last case a component that has something else of its own, such as another alarm, stays.
func (p *patcher) leaves(o *occurrence) bool {
	now := o.original + p.shift
	was, is := p.from.IsCancelled(o.original), p.to.IsCancelled(now)
	had, has := p.from.Override(o.original) != nil, p.to.Override(now) != nil
	switch {
	case is:
		return !was || p.repatterned()
	case was:
		return true // a left-over under an EXDATE; what shall be said now is added anew
	case has:
		return false
	case p.lost(now):
		return true
	}
	return had && !p.ownWords(o.comp)
}

// ownWords reports whether a component says anything that we do not model and its master does not say.
func (p *patcher) ownWords(c *Component) bool {
	return !slices.Equal(unmodelled(c), unmodelled(p.master))
}

// rename gives a component the name that its occurrence has now.
func (p *patcher) rename(c *Component, now calendar.Wall) (changed bool, err error) {
	id := c.Get("RECURRENCE-ID")
	said, prob := p.zones.time(id, id.value)
	if prob != nil {
		return false, prob
	}
	if p.stillNames(said, now) {
		return false, nil
	}
	t := p.to.Start
	t.Wall = now
	return true, p.put(id, t)
}

// stillNames reports whether a time in the text names the occurrence now, in a series that starts as it shall start.
func (p *patcher) stillNames(said calendar.Time, now calendar.Wall) bool {
	sameForm := (p.from.Start.Kind == calendar.Date) == (p.to.Start.Kind == calendar.Date)
	return sameForm && p.zones.key(p.to.Start, said) == now
}

// additional makes components for occurrences that have none yet.
func (p *patcher) additional() error {
	there := map[calendar.Wall]bool{}
	for _, o := range p.occurrences {
		if o.comp == nil || slices.Contains(p.root.Children, o.comp) {
			there[o.original+p.shift] = true
		}
	}
	for i := range p.to.Overrides {
		o := &p.to.Overrides[i]
		if there[o.Original] {
			continue
		}
		if err := p.addOverride(p.master, &p.to, o, Writable); err != nil {
			return err
		}
		added := p.root.Children[len(p.root.Children)-1]
		p.stamp(added, o.Set.Has(calendar.When))
	}
	return nil
}
