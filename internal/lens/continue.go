package lens

import (
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Other clients split a series ("this and following") by ending the old one and making a new one beside it. Only some say
// so: Google names the new one after the old (name_R20260310T080000), others set RELATED-TO, others copy what we wrote into the
// old one, Outlook and many more say nothing at all.

// maxSplit bounds how far a series is followed to find where it was ended.
const maxSplit = 10_000

// SplitAt finds the first start that a series lost when it was ended earlier. ok is false where it was changed in any other
// way: every start that it still has it had before, and all that it lost come later.
func SplitAt(before, after *calendar.Event) (lost calendar.Wall, ok bool) {
	if !before.IsSeries() || before.Start != after.Start {
		return 0, false
	}
	kept := []calendar.Wall{after.Start.Wall}
	if after.IsSeries() {
		kept = kept[:0]
		for w := range recur.Starts(after, maxSplit) {
			kept = append(kept, w)
		}
	}
	n := 0
	for w := range recur.Starts(before, maxSplit) {
		if n == len(kept) {
			return w, true
		}
		if w != kept[n] {
			return 0, false
		}
		n++
	}
	return 0, false
}

// week is how far the first date of a continuation may lie from where the old series would have gone on, if it is known to
// be one: people move a Monday to a Thursday, too.
const week = 7 * calendar.Day

// Continues reports whether fresh, which is new in the same calendar, goes on with what old was ended for, at lost. related
// says that it carries a mark of the old one: see [Related]. Without one it has to begin on the very day, with the same
// title and organiser, and at the same time or with the same length. What is in doubt is an appointment of its own.
func Continues(old *calendar.Event, lost calendar.Wall, fresh *calendar.Event, related bool) bool {
	start := fresh.Start.Wall
	if fresh.Start.Kind != old.Start.Kind || fresh.Start.Zone != old.Start.Zone {
		from, ok := clockOf(fresh.Start)
		to, known := clockOf(old.Start)
		if !ok || !known {
			return false
		}
		start = calendar.WallIn(fresh.Start.Instant(from), to)
	}
	if related {
		return start > lost-week && start < lost+week
	}
	length := func(e *calendar.Event) calendar.Wall { return e.End.Wall - e.Start.Wall }
	return start.Midnight() == lost.Midnight() && old.Subject == fresh.Subject &&
		strings.EqualFold(old.Organizer.Email, fresh.Organizer.Email) && (start == lost || length(old) == length(fresh))
}

// clockOf is the clock by which a time is an instant; there is none for whole days and for what floats.
func clockOf(t calendar.Time) (loc *time.Location, ok bool) {
	switch t.Kind {
	case calendar.UTC:
		return time.UTC, true
	case calendar.Zoned:
		loc, err := recur.Location(t.Zone)
		return loc, err == nil
	}
	return nil, false
}

// Related reports whether the UID of a new series, or the one that it says it is related to, names an old one.
func Related(old, fresh, related string) bool {
	if old == "" {
		return false
	}
	if related == old {
		return true
	}
	stem, split := googleStem(fresh)
	was, _ := googleStem(old)
	return split && stem == was
}

// googleStem takes the mark of a split off a UID such as name_R20260310T080000@google.com.
func googleStem(uid string) (stem string, split bool) {
	name, host := uid, ""
	if i := strings.LastIndex(uid, "@"); i >= 0 {
		name, host = uid[:i], uid[i:]
	}
	at := strings.LastIndex(name, "_R")
	if at < 1 {
		return uid, false
	}
	if _, err := calendar.ParseWall(strings.TrimSuffix(name[at+2:], "Z")); err != nil {
		return uid, false
	}
	return name[:at] + host, true
}
