package world

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"tahti/internal/calendar"
)

// occurrence is one date of an event as the judge sees it.
type occurrence struct {
	original calendar.Wall
	calendar.Values
}

// judged bounds how many dates the judge looks at.
const judged = 40

// judge expands an event without any of our own recurrence code: rrule-go steps the rule on the wall clock, and what the
// event says of single dates is laid over it.
func judge(e *calendar.Event) []occurrence {
	var starts []calendar.Wall
	if e.Rule == "" {
		starts = append(starts, e.Start.Wall)
	} else {
		starts = stepped(e)
	}
	for _, x := range e.Extra {
		starts = append(starts, x.Wall)
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	var list []occurrence
	for _, at := range starts {
		if slices.Contains(e.Cancelled, at) {
			continue
		}
		o := occurrence{original: at, Values: e.Values}
		o.Start.Wall, o.End.Wall = at, at+(e.End.Wall-e.Start.Wall)
		for _, x := range e.Overrides {
			if x.Original == at {
				for _, f := range x.Set.List() {
					calendar.Copy(f, &o.Values, &x.Values)
				}
			}
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(a, b occurrence) int { return cmp.Compare(a.original, b.original) })
	return list
}

// stepped are the first starts that a rule gives. UNTIL is an instant; it is read on the wall clock of the series.
func stepped(e *calendar.Event) []calendar.Wall {
	var until time.Time
	var kept []string
	for _, part := range strings.Split(e.Rule, ";") {
		if value, ok := strings.CutPrefix(part, "UNTIL="); ok {
			until = untilOnWall(value, e.Start)
			continue
		}
		kept = append(kept, part)
	}
	option, err := rrule.StrToROption(strings.Join(kept, ";"))
	if err != nil {
		panic(fmt.Sprintf("the judge cannot read %q: %v", e.Rule, err))
	}
	option.Dtstart, option.Until = e.Start.Wall.Civil(), until
	r, err := rrule.NewRRule(*option)
	if err != nil {
		panic(fmt.Sprintf("the judge cannot step %q: %v", e.Rule, err))
	}
	list := []calendar.Wall{e.Start.Wall} // the first start counts also where the rule does not give it
	next := r.Iterator()
	for len(list) < judged {
		t, more := next()
		if !more {
			break
		}
		list = append(list, calendar.Wall(t.Unix()))
	}
	return list
}

func untilOnWall(value string, start calendar.Time) time.Time {
	for _, layout := range []string{"20060102T150405Z", "20060102T150405", "20060102"} {
		t, err := time.Parse(layout, value)
		if err != nil {
			continue
		}
		if loc, err := time.LoadLocation(start.Zone); err == nil && start.Kind == calendar.Zoned && strings.HasSuffix(value, "Z") {
			local := t.In(loc)
			_, offset := local.Zone()
			return t.Add(time.Duration(offset) * time.Second)
		}
		return t
	}
	panic(fmt.Sprintf("the judge cannot read UNTIL=%s", value))
}
