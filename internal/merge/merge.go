package merge

import (
	"slices"
	"time"

	"tahti/internal/calendar"
)

// Side is one of the two.
type Side uint8

// The sides.
const (
	CRM Side = iota
	Calendar
)

// String names the side as conflicts store it.
func (s Side) String() string {
	if s == CRM {
		return "crm"
	}
	return "calendar"
}

// Policy says who wins where both sides changed one field.
type Policy struct {
	// Rule is newest, crm or calendar (features.md C10).
	Rule string
	// LocalAt answers when the hub's value of a field was set, by the hub's clock.
	LocalAt func(calendar.Field) time.Time
	// RemoteAt is when the provider says the event was modified, on the hub's clock (skew taken off); zero if unknown.
	RemoteAt time.Time
}

// closeCall is how near two changes may lie before clocks cannot tell which came later; then the calendar wins.
const closeCall = 60 * time.Second

func (p Policy) winner(f calendar.Field) Side {
	switch p.Rule {
	case "crm":
		return CRM
	case "calendar":
		return Calendar
	}
	if p.LocalAt != nil && NewerHere(p.LocalAt(f), p.RemoteAt) {
		return CRM
	}
	return Calendar
}

// NewerHere reports that a change here came surely after one there, which is zero where it is not known.
func NewerHere(here, there time.Time) bool {
	return !there.IsZero() && here.Sub(there) > closeCall
}

// Conflict is a field that both sides changed, or an override that no longer fits. Lost is always kept.
type Conflict struct {
	Place
	Field  calendar.Field
	Op     Op // Cancel where a cancellation lost to an edit
	Winner Side
	// Kept and Lost hold the one field; for Recurrence the events' rules.
	Kept, Lost           calendar.Values
	KeptRule, LostRule   string
	KeptExtra, LostExtra []calendar.Time
	// Own: it was typed where its user keeps it to themselves, and is for nobody else.
	Own bool
}

// Input of a merge: each side now, and its shadow. All four in normal form, in the words of the activity.
type Input struct {
	LocalShadow, Local   *calendar.Event
	RemoteShadow, Remote *calendar.Event
	// Editable are the fields that may be written at the remote item; what the hub changed beyond them is taken back and
	// kept as a conflict.
	Editable calendar.FieldSet
	// Later are fields of which the remote item says nothing before what goes out now has opened it. What was changed here in them is
	// neither taken back nor carried over, and shows against the shadow as before.
	Later calendar.FieldSet
	// In and Out: may changes travel that way at all.
	In, Out bool
	// Shared are fields in which other calendars that carry the meeting too are heard. What they brought in is not taken back because
	// it may not be written here: the organiser tells every calendar by themselves. Where this one says something else now, what it
	// writes over is kept as a conflict: it may have been typed.
	Shared calendar.FieldSet
	// Repeated are fields in which this calendar only repeats what the owner's own says: what it says of them does not come in.
	Repeated calendar.FieldSet
	// Apart are fields in which both sides said different things when they were tied, and still do. What a change of one side writes over
	// there on the other is kept as a conflict.
	Apart  calendar.FieldSet
	Policy Policy
}

// Result of a merge.
type Result struct {
	Local, Remote calendar.Event
	// Shadow is the local shadow with all that they changed, also where they lost: against it, exactly what is to go out
	// still shows, and a run that dies before it is written has the next one write the same.
	Shadow calendar.Event
	// ToLocal and ToRemote are what was carried over; empty: that side need not be written.
	ToLocal, ToRemote Changes
	Conflicts         []Conflict
}

// Merge carries the changes of each side over to the other.
func Merge(in Input) Result {
	var r Result
	local, mine := in.Local, calendar.EitherSide&^(in.Shared&^in.Editable)&^in.Later
	if in.Out {
		local = r.takeBack(in, mine&^in.Editable)
	}
	theirs, ours := diffAwake(in.RemoteShadow, in.Remote).heard(^in.Repeated), Diff(in.LocalShadow, local).heard(mine)
	there := newTurn(theirs, in.Remote)
	theirs = theirs.calledFrom(startsLater(in.LocalShadow, in.RemoteShadow))
	if in.In {
		r.withhold(&theirs, in.Local.Known)
	} else {
		theirs.List = nil
	}
	if theirs.ofSeries(calendar.When) == nil && theirs.ofSeries(calendar.Recurrence) == nil {
		theirs.Shift = startsLater(in.LocalShadow, in.Remote) // it stands there by now, whether anybody hears of that or not
	}
	stays := calendar.EitherSide // what does not go out
	if in.Out {
		stays &= in.Shared &^ in.Editable
	} else {
		ours.List = nil
	}
	r.writtenOver(in, theirs, stays)
	r.stood(in, ours, theirs, stays)
	if stands, ok := in.Policy.together(in.LocalShadow, ours, theirs); ok {
		there.Changes = theirs
		r.mergeTogether(in.Policy, stands, newTurn(ours, local), there, mine)
		r.finish(in, theirs)
		return r
	}
	refit(&ours, &theirs, local)
	refit(&theirs, &ours, in.Remote)
	out, inn := r.settle(in.Policy, ours, theirs)
	out.from(theirs)
	inn.from(ours)
	// An edit of an occurrence beats its cancellation on the other side (I5): the occurrence is carried over whole, the
	// cancellation is not.
	r.editsBeatCancels(edited{ours, local, &out}, theirs, &inn, Calendar)
	r.editsBeatCancels(edited{theirs, in.Remote, &inn}, ours, &out, CRM)
	// The side that changed the pattern has it already: what the other one says of starts that are no more is filed below,
	// and not carried there.
	switch here, there := repatterned(out.List), repatterned(inn.List); {
	case here && !there:
		inn = inn.fitting(local, ours.Shift)
	case there && !here:
		out = out.fitting(in.Remote, theirs.Shift)
	}
	var droppedHere, droppedThere, beside []calendar.Override
	remote := in.Remote
	if repatterned(out.List) {
		remote, beside = dropStrays(remote, theirs)
	}
	r.Local, droppedHere = Apply(local, inn, ours.Shift)
	r.Remote, droppedThere = Apply(remote, out, theirs.Shift)
	r.finish(in, theirs)
	r.nameAfter(in.LocalShadow)
	r.strays(beside, CRM)
	r.strays(droppedHere, Calendar)
	if len(droppedHere) == 0 {
		r.strays(droppedThere, CRM)
	}
	return r
}

// heard keeps the changes in fields that count. How far the series was moved stays known where that does not: its dates are called so.
func (d Changes) heard(fields calendar.FieldSet) Changes {
	kept := d.Only(fields)
	kept.Shift = d.Shift
	return kept
}

// startsLater is by how much a series starts later there than here, which is the same one: it was moved there unheard, or both were tied as
// they stood. Its dates are called so much later, too, for as long as that stands.
func startsLater(here, there *calendar.Event) calendar.Wall { return Diff(here, there).Shift }

// calledFrom names changes as a series does that starts so much earlier. As seen from there it is moved by that as well.
func (d Changes) calledFrom(earlier calendar.Wall) Changes {
	named := Changes{List: slices.Clone(d.List), Shift: d.Shift + earlier}
	for i := range named.List {
		named.List[i] = under(named.List[i], earlier)
	}
	return named
}

// from lets a series be moved from where it stands on the other side, if that has moved it unheard. Where both are heard, they have been
// settled already.
func (d *Changes) from(other Changes) {
	if d.ofSeries(calendar.When) != nil && other.ofSeries(calendar.When) == nil {
		d.Shift -= other.Shift
	}
}

// nameAfter gives conflicts of occurrences, which have been named as in the shadow until now, the names that the series
// has where it was moved to: by these they are restored.
func (r *Result) nameAfter(shadow *calendar.Event) {
	shift := Diff(shadow, &r.Local).Shift
	for i := range r.Conflicts {
		if c := &r.Conflicts[i]; c.Occurrence {
			c.Original += shift
		}
	}
}

// finish adds what follows from both sides as they are to be.
func (r *Result) finish(in Input, came Changes) {
	if came.ofSeries(calendar.When) == nil {
		came.Shift = 0
	}
	r.Shadow, _ = Apply(in.LocalShadow, came, 0)
	// A change that gives a side the value it has already is none.
	r.ToLocal, r.ToRemote = Diff(in.Local, &r.Local), Diff(in.Remote, &r.Remote)
}

// takeBack undoes here what cannot be written there, such as the time of a meeting that somebody else organises, and
// keeps what was typed as conflicts that the calendar won.
func (r *Result) takeBack(in Input, fields calendar.FieldSet) *calendar.Event {
	typed := Diff(in.LocalShadow, in.Local).Only(fields)
	agreed := typed.agreed(Diff(in.Local, in.Remote)) & in.Remote.Known // it says so already, and was heard by another way
	if typed, fields = typed.Only(^agreed), fields&^agreed; typed.Empty() {
		return in.Local
	}
	for _, ch := range typed.List {
		c := Conflict{Place: ch.Place, Field: ch.Field, Op: ch.Op, Winner: Calendar}
		c.Kept, c.Lost, c.KeptRule, c.LostRule = ch.From, ch.To, ch.FromRule, ch.Rule
		if ch.Op == Cancel || ch.Op == Uncancel {
			c.Field = calendar.Recurrence
		}
		r.Conflicts = append(r.Conflicts, c)
	}
	// An occurrence that was taken out comes back with all that it said, also where that could be written.
	undo := Diff(in.Local, in.LocalShadow)
	back := undo.Only(fields)
	for _, ch := range undo.List {
		revived := func(u Change) bool { return u.Place == ch.Place && u.Op == Uncancel }
		if in.Editable.Has(ch.Field) && ch.Op == Set && ch.Occurrence && slices.ContainsFunc(back.List, revived) {
			back.List = append(back.List, ch)
		}
	}
	restored, _ := Apply(in.Local, back, 0)
	return &restored
}

// agreed are the texts and marks of a whole series that were changed to what the other side says as well.
func (d Changes) agreed(apart Changes) (fields calendar.FieldSet) {
	differ := apart.Fields() | calendar.Fields(calendar.When, calendar.Recurrence)
	for _, ch := range d.List {
		if ch.Occurrence {
			differ |= calendar.Fields(ch.Field)
		} else {
			fields |= calendar.Fields(ch.Field)
		}
	}
	return fields &^ differ
}

// withhold keeps what was typed there about fields that this calendar's user may not see here: it cannot be carried over, and
// is not lost.
func (r *Result) withhold(theirs *Changes, known calendar.FieldSet) {
	theirs.List = slices.DeleteFunc(theirs.List, func(ch Change) bool {
		if ch.Op != Set || known.Has(ch.Field) || ch.Field == calendar.Recurrence || ch.Field.Class() != calendar.BothWays {
			return false
		}
		r.Conflicts = append(r.Conflicts, Conflict{Place: ch.Place, Field: ch.Field, Op: ch.Op, Winner: CRM, Lost: ch.To})
		return true
	})
}

// strays files overrides that fit no start of the new pattern.
func (r *Result) strays(dropped []calendar.Override, winner Side) {
	for _, o := range dropped {
		for _, f := range o.Set.List() {
			c := Conflict{Place: Place{Occurrence: true, Original: o.Original}, Field: f, Op: Set, Winner: winner}
			calendar.Copy(f, &c.Lost, &o.Values)
			r.Conflicts = append(r.Conflicts, c)
		}
	}
}
