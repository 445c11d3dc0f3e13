package lens

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
)

// Around finds what stands around a subject in a title, where it can only be a frame: words that end in the sign which templates put
// between their parts, or begin with it, or the tick of what is done. So a frame is known that no row tells of any more, as behind a
// restore. Spaces count for nothing: servers trim them.
func Around(title, subject string) (f Frame, ok bool) {
	words := strings.Fields(subject)
	if len(words) == 0 {
		return f, false
	}
	for _, from := range frameEnds(title) {
		for _, to := range append(indexes(title, apart), len(title)) {
			if from <= to && slices.Equal(strings.Fields(title[from:to]), words) {
				return Frame{Prefix: title[:from], Suffix: title[to:]}, true
			}
		}
	}
	return f, false
}

// frameEnds are the places in a title at which what stands before a subject may end.
func frameEnds(title string) []int {
	ends := []int{0}
	if strings.HasPrefix(title, tick) {
		ends = append(ends, len(tick))
	}
	for _, i := range indexes(title, apart) {
		ends = append(ends, i+len(apart))
	}
	return ends
}

func indexes(s, what string) (list []int) {
	for from := 0; ; {
		i := strings.Index(s[from:], what)
		if i < 0 {
			return list
		}
		list = append(list, from+i)
		from += i + len(what)
	}
}

// Retitle gives an event that wears one frame the titles that it would have in another.
func Retitle(e *calendar.Event, was, now Frame) calendar.Event {
	re := e.Clone()
	again := func(v *calendar.Values, f Frame) {
		if landSubject(v, f) {
			v.Subject = now.Prefix + v.Subject + now.Suffix
		}
	}
	again(&re.Values, was)
	for i := range re.Overrides {
		if o := &re.Overrides[i]; o.Set.Has(calendar.Subject) {
			again(&o.Values, was.aroundTitle(o.Subject))
		}
	}
	return re
}
