package google

import (
	"fmt"

	"tahti/internal/calendar"
)

// body is what a POST or PATCH says. What it does not name stays as it is; a nil takes a field away.
type body map[string]any

// shortest is how long an event lasts that ends when it starts. Google shows such events and refuses to be given them (400
// timeRangeEmpty; keeper.sh 614): a minute is the least that its pages can set.
const shortest calendar.Wall = 60

// fill adds fields with the values that they shall have. zone is the calendar's own, for times that float: Google has none.
func (b body) fill(fields calendar.FieldSet, v *calendar.Values, zone string) {
	for _, f := range fields.List() {
		switch f {
		case calendar.Subject:
			b["summary"] = v.Subject
		case calendar.When:
			end := v.End
			if sameInstant(v.Start, end) || v.Start == end {
				end = v.Start
				end.Wall += shortest
			}
			b["start"], b["end"] = write(v.Start, zone), write(end, zone)
		case calendar.Location:
			b["location"] = v.Location
		case calendar.Description:
			b["description"] = marked(v.Description)
		case calendar.Busy:
			b["transparency"] = either(v.Busy, "opaque", "transparent")
		case calendar.Private:
			b["visibility"] = either(v.Private, "private", "default")
		}
	}
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// difference are the fields of a write in which two sets of values differ, as far as Google can tell them apart.
func difference(a, b *calendar.Values) (fields calendar.FieldSet) {
	for _, f := range calendar.BothWaysFields.List() {
		switch {
		case f == calendar.Recurrence:
		case f == calendar.When:
			if !sameTimes(a, b) {
				fields |= calendar.Fields(f)
			}
		case !calendar.Same(f, a, b):
			fields |= calendar.Fields(f)
		}
	}
	return fields
}

// sameTimes: a moment and the minute that stands for it are one.
func sameTimes(a, b *calendar.Values) bool {
	return a.Start == b.Start && (a.End == b.End || shown(a) == shown(b))
}

func shown(v *calendar.Values) calendar.Time {
	end := v.End
	if v.Start == end && end.Kind != calendar.Date {
		end.Wall += shortest
	}
	return end
}

// holdable refuses what Google cannot hold and does not hold yet, before anything is sent. was is what it holds, the dates of which
// are renamed by shift on the way to e.
func holdable(e, was *calendar.Event, shift calendar.Wall) error {
	switch {
	case e.Start.IsZero() || e.End.Kind != e.Start.Kind:
		return rejected("", fmt.Errorf("no start and end"))
	case e.Rule != "":
		if why := cannotHold(e.Rule); why != "" {
			return rejected(inexpressible, fmt.Errorf("a rule that Google cannot hold: %s", why))
		}
	}
	for i := range e.Overrides {
		// "If the new setting is more restrictive, it is applied to all instances; if less, the change is ignored" (discovery
		// document, visibility): one date cannot differ in this.
		o := &e.Overrides[i]
		if o.Set.Has(calendar.Private) && o.Private != e.Private && was.On(o.Original-shift).Private != o.Private {
			return rejected(inexpressible, fmt.Errorf("at Google one date of a series cannot be more private than the others, or less"))
		}
	}
	return nil
}
