package outlook

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
)

// Other people write between the requests of one of our writes. What is read back holds their edits beside ours, and must not be
// answered as what we have written: nobody would ever take them in.

// Meddled says that a write was done, and somebody else's beside it: what is whose is found out like behind a lost reply.
func Meddled() error {
	return &provider.Error{Op: opPut, Class: provider.Unknown, Status: "somebody changed it while it was written"}
}

// Says reports whether values say what was written in some fields, but for the server's own words.
func Says(is, wrote *calendar.Values, fields calendar.FieldSet) bool {
	want := *wrote
	want.Description = Plain(want.Description)
	return Difference(is, &want)&fields == 0
}

// Left is what the dates that were written say in the server's own words; nil where one was taken out.
type Left map[calendar.Wall]*calendar.Values

// Untouched reports whether a series is as it was held, but for the dates that were written, and these as they were left.
func (l Left) Untouched(held, now *calendar.Event) bool {
	if Difference(&held.Values, &now.Values) != 0 || !calendar.SameRecurrence(held, now) {
		return false
	}
	for _, w := range calendar.Dates(held, now) {
		was, out := held.On(w), held.IsCancelled(w)
		if v, written := l[w]; written {
			if out = v == nil; !out {
				was = *v
			}
		}
		is := now.On(w)
		if now.IsCancelled(w) != out || !out && Difference(&was, &is) != 0 {
			return false
		}
	}
	return true
}

// Explained reports whether what a series says of its dates, read behind a write of the series itself, comes of that write: what they
// said before, what the series says now, or what they shall say.
func Explained(base, now, goal *calendar.Event, shift calendar.Wall) bool {
	if !base.IsSeries() {
		return true // until now there were no dates that anybody could have changed
	}
	for _, w := range now.Cancelled {
		if !base.IsCancelled(w-shift) && !base.IsCancelled(w) && !goal.IsCancelled(w) {
			return false
		}
	}
	for i := range now.Overrides {
		o := &now.Overrides[i]
		is, moved, stayed := now.Effective(o), base.On(o.Original-shift), base.On(o.Original)
		along := moved
		along.Start.Wall, along.End.Wall = along.Start.Wall+shift, along.End.Wall+shift
		inherited, shall := goal.Effective(&calendar.Override{Original: o.Original}), goal.On(o.Original)
		for _, f := range (o.Set & icalendar.Writable).List() {
			same := func(v *calendar.Values) bool { return calendar.Same(f, &is, v) }
			if !slices.ContainsFunc([]*calendar.Values{&moved, &along, &stayed, &inherited, &shall}, same) {
				return false
			}
		}
	}
	return true
}
