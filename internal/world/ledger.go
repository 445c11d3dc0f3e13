package world

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tahti/internal/calendar"
)

// ledger remembers what people typed. A mark is a text that is typed once in the life of a world: "#17" in a title, or a
// start that nothing else has.
type ledger struct {
	marks map[string]*mark
	order []string
	// secrets are the texts by who may know them.
	secrets map[string]*confidence
	*numbers
}

// numbers are what makes marks differ, in all companies of a world.
type numbers struct {
	next int // number of the next mark
	slot int // number of the next start
}

// mark is something that a person typed.
type mark struct {
	text, by, place string
	title           string        // see [mark.asTitled]
	first, move     int           // moves in which it was typed first, and last: into a copy, for instance
	start           calendar.Time // that it stands for; zero if it is a text
	// replaced: a person saw it and wrote something else, or deleted what held it. Nobody misses it.
	replaced, deleted bool
	gone              int // move in which that was
	// soft: what showed it was also changed in a way that leaves no mark.
	soft bool
	// excused says why it may be lost: the stated exemption of I2.
	excused string
	// meeting is what it was typed into here by somebody who has copies of it in two calendars, of which only the first counts, or who has
	// what sync made of theirs removed since, so that it is a colleague's: it goes with the meeting when that is called off.
	meeting *meeting
}

// stands: nobody has replaced it, and nothing excuses that it is lost.
func (k *mark) stands() bool { return !k.replaced && k.excused == "" }

var markPattern = regexp.MustCompile(`#\d+#`)

// fresh makes a text that nobody has typed before.
func (l *ledger) fresh() string {
	l.next++
	return fmt.Sprintf("#%d#", l.next)
}

// freshStart is a start that nobody has typed before, on a day of March to May 2026.
func (l *ledger) freshStart() calendar.Wall {
	l.slot++
	n := l.slot
	return calendar.WallOf(2026, 3, 3+(n*11)%70, 7+(n/70)%12, 5*((n/840)%12), 0)
}

// marksOf are the marks that an event shows.
func marksOf(e *calendar.Event) []string {
	if e == nil {
		return nil
	}
	var found []string
	add := func(v *calendar.Values, set calendar.FieldSet) {
		for _, f := range []calendar.Field{calendar.Subject, calendar.Location, calendar.Description} {
			if set.Has(f) {
				found = append(found, markPattern.FindAllString(textOf(v, f), -1)...)
			}
		}
		if set.Has(calendar.When) && v.Start.Kind != calendar.Date && !v.Start.IsZero() { // there are not days enough
			found = append(found, "@"+minute(v.Start))
		}
	}
	add(&e.Values, e.Known|calendar.Fields(calendar.When))
	if e.Facets != nil {
		found = append(found, markPattern.FindAllString(e.Facets.Note, -1)...)
	}
	for i := range e.Overrides {
		add(&e.Overrides[i].Values, e.Overrides[i].Set)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// startOf is the start in an event that a mark stands for.
func startOf(e *calendar.Event, m string) calendar.Time {
	if !strings.HasPrefix(m, "@") {
		return calendar.Time{}
	}
	for i := range e.Overrides {
		if o := &e.Overrides[i]; o.Set.Has(calendar.When) && "@"+minute(o.Start) == m {
			return o.Start
		}
	}
	return e.Start
}

// minute names a start without its seconds, which servers may round.
func minute(t calendar.Time) string {
	key := t.Key()
	return key[:min(len(key), len("20060102T1504"))]
}

func textOf(v *calendar.Values, f calendar.Field) string {
	switch f {
	case calendar.Subject:
		return v.Subject
	case calendar.Location:
		return v.Location
	default:
		return v.Description
	}
}

// typed notes what a person changed: before and after are what the place showed; nil where there was nothing.
func (w *World) typed(by, place string, before, after *calendar.Event) {
	was, is := marksOf(before), marksOf(after)
	for _, m := range was {
		if k := w.book.marks[m]; k != nil && !slices.Contains(is, m) {
			k.replaced, k.deleted, k.gone = true, after == nil, w.move
			if place == "crm" && after != nil {
				k.title = "" // it is called otherwise by now
			}
		}
	}
	for _, m := range is {
		k := w.book.marks[m]
		if k == nil && strings.HasPrefix(m, "@") && slices.Contains(was, m) {
			continue // nobody typed it: a write that broke off let a date stand where it is while its series changed
		}
		if k == nil {
			k = &mark{text: m, by: by, place: place, first: w.move, move: w.move, start: startOf(after, m)}
			w.book.marks[m] = k
			w.book.order = append(w.book.order, m)
		}
		if !slices.Contains(was, m) {
			// What was there before and is put back looks to a three-way merge as if nobody had touched it.
			if k.replaced {
				k.excused = "put back"
			}
			k.replaced, k.deleted = false, false
			k.by, k.place, k.move = by, place, w.move
		}
		k.asTitled(place, before, after)
		if repeated(after, m) {
			k.excused = "the start of the series and of a date of it"
		}
	}
}

// repeated reports whether an event says a start twice, as a series in which one date only takes longer: each side may move one of the
// two, and see the other one stand.
func repeated(e *calendar.Event, m string) bool {
	return m == "@"+minute(e.Start) && slices.ContainsFunc(e.Overrides, func(o calendar.Override) bool {
		return o.Set.Has(calendar.When) && minute(o.Start) == minute(e.Start)
	})
}

// replaced notes that nobody misses those of some marks which stand nowhere any more.
func (l *ledger) replaced(marks []string, stands func(text string) bool) {
	for _, text := range marks {
		if k := l.marks[text]; k != nil && !stands(text) {
			k.replaced = true
		}
	}
}

// borrow lets somebody type a start that something else has already: it is no mark of theirs, and says nothing of when what has it was
// typed.
func (l *ledger) borrow(start calendar.Time, f func()) {
	key := "@" + minute(start)
	var was mark
	before := l.marks[key]
	if before != nil {
		was = *before
	}
	f()
	switch k := l.marks[key]; {
	case k == nil: // a day is no mark
	case before == nil:
		k.excused = "the start of something else"
	case !was.replaced:
		*k = was
	}
}

// missed reports whether an event shows anything that somebody would miss, also in a newer form at another place, or that was deleted
// only in a move or behind it: until then it outlives whatever else was deleted (I5). And whether it shows anything that somebody
// deleted before that move.
func (l *ledger) missed(e *calendar.Event, before int) (missed, deleted bool) {
	for _, m := range marksOf(e) {
		if k := l.marks[m]; k != nil {
			missed = missed || !k.replaced || !k.deleted || k.gone >= before
			deleted = deleted || k.deleted && k.gone < before
		}
	}
	return missed, deleted
}

// shows reports whether a stored value, as JSON, holds a mark.
func shows(raw []byte, m string) bool {
	return strings.Contains(string(raw), strings.TrimPrefix(m, "@"))
}
