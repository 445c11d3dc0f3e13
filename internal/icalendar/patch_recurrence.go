package icalendar

import (
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// recurrence writes RRULE, RDATE and EXDATE of the master and reports whether anything was changed.
func (p *patcher) recurrence() (changed bool, err error) {
	if changed, err = p.rule(); err != nil {
		return changed, err
	}
	starts := make([]calendar.Wall, len(p.to.Extra))
	for i, t := range p.to.Extra {
		starts[i] = t.Wall
	}
	for _, list := range []struct {
		name string
		want []calendar.Wall
	}{{"RDATE", starts}, {"EXDATE", p.to.Cancelled}} {
		altered, err := p.list(list.name, list.want)
		if err != nil {
			return changed, err
		}
		changed = changed || altered
	}
	return changed, nil
}

// rule writes the RRULE unless the one that is there means the same for the new start.
func (p *patcher) rule() (changed bool, err error) {
	there := p.master.Get("RRULE")
	switch {
	case p.to.Rule == "" && there == nil:
		return false, nil
	case p.to.Rule == "":
		p.master.Remove("RRULE")
		return true, nil
	}
	rule, err := ruleFor(p.to.Rule, p.to.Start)
	if err != nil {
		return false, err
	}
	if there != nil {
		if same, err := recur.Canonical(there.value, p.to.Start); err == nil && same == rule {
			return false, nil
		}
	}
	p.master.Set("RRULE", rule)
	return true, nil
}

// ruleFor is the text of a rule for a series that starts at start: its UNTIL has to be of start's kind.
func ruleFor(rule string, start calendar.Time) (string, error) {
	rule, err := recur.Canonical(rule, start)
	if err != nil {
		return "", fmt.Errorf("write rule: %w", err)
	}
	return rule, nil
}

// list makes the properties of a name hold the wanted starts. Lines of which nothing has to change stay; each further
// start gets a line of its own.
func (p *patcher) list(name string, want []calendar.Wall) (changed bool, err error) {
	there := map[calendar.Wall]bool{}
	empty := map[*Property]bool{} // good until the next change of the slice
	for i := range p.master.Properties {
		prop := &p.master.Properties[i]
		if prop.name != name {
			continue
		}
		altered, left, err := p.relist(prop, want, there)
		if err != nil {
			return changed, err
		}
		changed, empty[prop] = changed || altered, altered && left == 0
	}
	p.master.removeFunc(func(prop *Property) bool { return empty[prop] })
	for _, wall := range want {
		if there[wall] {
			continue
		}
		t := p.to.Start
		t.Wall = wall
		if err := p.addTime(p.master, name, t); err != nil {
			return changed, err
		}
		changed = true
	}
	return changed, nil
}

// relist keeps in one property the values whose starts are wanted, by their new names, and notes those in there. The
// texts of the values stay if each still says the right thing, else all are written in the form of the series' start.
func (p *patcher) relist(prop *Property, want []calendar.Wall, there map[calendar.Wall]bool) (
	altered bool, left int, err error,
) {
	var kept []string
	var starts []calendar.Wall
	total, asWritten := 0, true
	for v := range strings.SplitSeq(prop.value, ",") {
		if strings.TrimSpace(v) == "" {
			continue
		}
		total++
		start, _, _ := strings.Cut(v, "/")
		t, prob := p.zones.time(prop, start)
		if prob != nil {
			return false, 0, prob
		}
		now := p.zones.key(p.from.Start, t) + p.shift
		if _, wanted := slices.BinarySearch(want, now); !wanted {
			continue
		}
		asWritten = asWritten && p.stillNames(t, now)
		kept, starts = append(kept, v), append(starts, now)
		there[now] = true
	}
	switch {
	case asWritten && len(kept) == total:
		return false, total, nil
	case asWritten:
		prop.SetValue(strings.Join(kept, ","))
		return true, len(kept), nil
	}
	return true, len(kept), p.putList(prop, starts)
}

// putList writes starts into a property in the form of the series' start.
func (p *patcher) putList(prop *Property, starts []calendar.Wall) error {
	texts := make([]string, len(starts))
	for i, wall := range starts {
		t := p.to.Start
		t.Wall = wall
		if err := p.put(prop, t); err != nil {
			return err
		}
		texts[i] = clockText(t)
	}
	if len(texts) > 0 {
		prop.SetValue(strings.Join(texts, ","))
	}
	return nil
}

// withoutPeriods writes the periods among the further starts as plain times; each has a component by now.
func (p *patcher) withoutPeriods() error {
	for i := range p.master.Properties {
		prop := &p.master.Properties[i]
		if prop.name != "RDATE" || !strings.Contains(prop.value, "/") {
			continue
		}
		starts := strings.Split(prop.value, ",")
		for j, v := range starts {
			starts[j], _, _ = strings.Cut(v, "/")
		}
		prop.SetValue(strings.Join(starts, ","))
		prop.DelParam("VALUE")
	}
	return nil
}
