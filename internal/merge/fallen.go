package merge

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// refit looks at the dates that one side's new pattern does not have, where the other side has moved the series. Nobody has put such a date
// back that was left out, nor taken back what one of them said: they fell out. Those that the move brings in again are what they were, and
// it is the side with the new pattern that is told so.
func refit(repatterned, moved *Changes, e *calendar.Event) {
	if repatterned.ofSeries(calendar.Recurrence) == nil || moved.ofSeries(calendar.When) == nil || moved.Shift == 0 || !e.IsSeries() {
		return
	}
	at := e.Clone()
	at.Start.Wall += moved.Shift
	at.End.Wall += moved.Shift
	repatterned.List = slices.DeleteFunc(slices.Clone(repatterned.List), func(ch Change) bool {
		fell := ch.Occurrence && (ch.Op == Uncancel || ch.Op == Inherit) && !recur.Has(e, ch.Original+repatterned.Shift) &&
			recur.Has(&at, ch.Original+repatterned.Shift+moved.Shift)
		if fell {
			moved.List = append(moved.List, inverse(e, ch)...)
		}
		return fell
	})
}
