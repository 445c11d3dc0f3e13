package outlook

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// ToWrite are the original starts of the occurrences that have to be written until a series says the goal, in order. Errors: what
// cannot be said of it.
func ToWrite(held, goal *calendar.Event) ([]calendar.Wall, error) {
	if !goal.IsSeries() {
		return nil, nil
	}
	for _, w := range held.Cancelled {
		if !goal.IsCancelled(w) && recur.Has(goal, w) {
			return nil, Inexpressible(TakenOut)
		}
	}
	return Occurrences(held, goal), nil
}

// WriteEach writes occurrences one after the other, and answers what they were left as. One whose neighbour stands in its way, as
// crossing tells of the refusal, is tried again behind the others: the neighbour may yet be moved itself. wrote says that something
// was written before, so that the whole has half happened if one of them fails.
func WriteEach(queue []calendar.Wall, wrote bool, crossing func(error) bool, write func(calendar.Wall, Left) error) (Left, error) {
	queue, left := slices.Clone(queue), Left{}
	for stuck := 0; len(queue) > 0; {
		w := queue[0]
		queue = queue[1:]
		err := write(w, left)
		switch {
		case err == nil:
			stuck = 0
		case crossing(err) && stuck < len(queue):
			stuck++
			queue = append(queue, w)
		case wrote || len(left) > 0:
			return left, Partial(err)
		default:
			return left, err
		}
	}
	return left, nil
}

// Moved notes on an exception that it has another time than its series gives it. An inherited time that the clocks skip reads
// otherwise, and is the same.
func Moved(series *calendar.Event, o *calendar.Override) {
	inherited := series.Effective(&calendar.Override{Original: o.Original})
	from := Instant(inherited.Start)
	to := Later(from, Instant(inherited.End))
	if o.Start.Kind != inherited.Start.Kind || !Instant(o.Start).Equal(from) || !Instant(o.End).Equal(to) {
		o.Set |= calendar.Fields(calendar.When)
	}
}

// VersionKey names an occurrence in provider.Versions.
func VersionKey(e *calendar.Event, original calendar.Wall) string {
	t := e.Start
	t.Wall = original
	return t.Key()
}
