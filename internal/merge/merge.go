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
	if p.RemoteAt.IsZero() || p.LocalAt == nil {
		return Calendar
	}
	local := p.LocalAt(f)
	if local.Sub(p.RemoteAt) > closeCall {
		return CRM
	}
	return Calendar
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
}

// Input of a merge: each side now, and its shadow. All four in normal form, in the words of the activity.
type Input struct {
	LocalShadow, Local   *calendar.Event
	RemoteShadow, Remote *calendar.Event
	// Editable are the fields that may be written at the remote item; what the hub changed beyond them is taken back and
	// kept as a conflict.
	Editable calendar.FieldSet
	// In and Out: may changes travel that way at all.
	In, Out bool
	// Shared: other calendars carry the meeting too. What they brought in is not taken back because it may not be written
	// here: the organiser tells every calendar by themselves.
	Shared bool
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
	local, mine := in.Local, calendar.BothWaysFields
	switch {
	case in.Shared:
		mine &= in.Editable
	case in.Out:
		local = r.takeBack(in)
	}
	theirs := Diff(in.RemoteShadow, in.Remote)
	ours := Diff(in.LocalShadow, local).Only(mine)
	moved := ours.Shift
	if !in.In {
		theirs.List = nil
	}
	if !in.Out {
		ours.List = nil
	}
	out, inn := r.settle(in.Policy, ours, theirs)
	// An edit of an occurrence beats its cancellation on the other side (I5): the occurrence is carried over whole, the
	// cancellation is not.
	r.editsBeatCancels(edited{ours, local, &out}, theirs, &inn, Calendar)
	r.editsBeatCancels(edited{theirs, in.Remote, &inn}, ours, &out, CRM)
	var droppedHere, droppedThere []calendar.Override
	r.Local, droppedHere = Apply(local, inn, moved)
	r.Remote, droppedThere = Apply(in.Remote, out, theirs.Shift)
	came := theirs
	if !hasWhen(came) {
		came.Shift = 0
	}
	r.Shadow, _ = Apply(in.LocalShadow, came, 0)
	// A change that gives a side the value it has already is none.
	r.ToLocal, r.ToRemote = Diff(in.Local, &r.Local), Diff(in.Remote, &r.Remote)
	r.strays(droppedHere, Calendar)
	if len(droppedHere) == 0 {
		r.strays(droppedThere, CRM)
	}
	return r
}

// takeBack undoes here what cannot be written there, such as the time of a meeting that somebody else organises, and
// keeps what was typed as conflicts that the calendar won.
func (r *Result) takeBack(in Input) *calendar.Event {
	typed := Diff(in.LocalShadow, in.Local).Only(calendar.BothWaysFields &^ in.Editable)
	if typed.Empty() {
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
	back := undo.Only(calendar.BothWaysFields &^ in.Editable)
	for _, ch := range undo.List {
		revived := func(u Change) bool { return u.Place == ch.Place && u.Op == Uncancel }
		if in.Editable.Has(ch.Field) && ch.Op == Set && ch.Occurrence && slices.ContainsFunc(back.List, revived) {
			back.List = append(back.List, ch)
		}
	}
	restored, _ := Apply(in.Local, back, 0)
	return &restored
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

// settle decides field by field. It returns what goes out and what comes in.
func (r *Result) settle(p Policy, ours, theirs Changes) (out, inn Changes) {
	out, inn = Changes{Shift: ours.Shift}, Changes{Shift: theirs.Shift}
	taken := make([]bool, len(theirs.List))
	for _, our := range ours.List {
		i := slices.IndexFunc(theirs.List, func(t Change) bool { return rivals(our, t) })
		if i < 0 {
			out.List = append(out.List, our)
			continue
		}
		taken[i] = true
		r.rival(p, our, theirs.List[i], &out, &inn)
	}
	for i, their := range theirs.List {
		if !taken[i] {
			inn.List = append(inn.List, their)
		}
	}
	if !hasWhen(out) {
		out.Shift = 0
	}
	if !hasWhen(inn) {
		inn.Shift = 0
	}
	return out, inn
}

func hasWhen(c Changes) bool {
	return slices.ContainsFunc(c.List, func(ch Change) bool { return !ch.Occurrence && ch.Field == calendar.When && ch.Op == Set })
}

// rivals are two changes of the same thing.
func rivals(a, b Change) bool {
	if a.Place != b.Place {
		return false
	}
	cancelA, cancelB := a.Op == Cancel || a.Op == Uncancel, b.Op == Cancel || b.Op == Uncancel
	if cancelA || cancelB {
		return cancelA && cancelB
	}
	return a.Field == b.Field
}

func (r *Result) rival(p Policy, our, their Change, out, inn *Changes) {
	if sameOutcome(our, their) {
		return
	}
	if our.Op == Cancel || our.Op == Uncancel {
		// One took it out and the other brought it back: it takes place.
		if our.Op == Uncancel {
			out.List = append(out.List, our)
		} else {
			inn.List = append(inn.List, their)
		}
		return
	}
	if our.Field == calendar.When && !our.Occurrence {
		if combined, ok := combine(our, their); ok {
			out.List = append(out.List, combined)
			inn.List = append(inn.List, combined)
			return
		}
	}
	winner := p.winner(our.Field)
	if our.Field == calendar.Private && our.Op == Set && their.Op == Set {
		winner = Calendar
		if our.To.Private {
			winner = CRM
		}
	}
	c := Conflict{Place: our.Place, Field: our.Field, Op: Set, Winner: winner}
	if winner == CRM {
		c.Kept, c.Lost, c.KeptRule, c.LostRule = our.To, their.To, our.Rule, their.Rule
		c.KeptExtra, c.LostExtra = our.Extra, their.Extra
		out.List = append(out.List, our)
		if our.Field == calendar.When && !our.Occurrence {
			// The series moves from where they put it to where we want it.
			out.Shift -= inn.Shift
		}
	} else {
		c.Kept, c.Lost, c.KeptRule, c.LostRule = their.To, our.To, their.Rule, our.Rule
		c.KeptExtra, c.LostExtra = their.Extra, our.Extra
		inn.List = append(inn.List, their)
		if our.Field == calendar.When && !our.Occurrence {
			inn.Shift -= out.Shift
		}
	}
	r.Conflicts = append(r.Conflicts, c)
}

func sameOutcome(a, b Change) bool {
	if a.Op != b.Op {
		return false
	}
	switch a.Op {
	case Cancel, Uncancel, Inherit:
		return true
	}
	if a.Field == calendar.Recurrence {
		return a.Rule == b.Rule && slices.Equal(a.Extra, b.Extra)
	}
	return calendar.Same(a.Field, &a.To, &b.To)
}

// combine joins a pure shift on one side with a pure change of length on the other: the two people meant different
// things, and both can be had.
func combine(a, b Change) (Change, bool) {
	shift, length := a, b
	if !isShift(shift) || !isLength(length) {
		shift, length = b, a
		if !isShift(shift) || !isLength(length) {
			return Change{}, false
		}
	}
	c := shift
	c.To.End = length.To.End
	c.To.End.Wall += shift.To.Start.Wall - shift.From.Start.Wall
	return c, true
}

func isShift(ch Change) bool {
	f, t := ch.From, ch.To
	moved := t.Start.Wall - f.Start.Wall
	return moved != 0 && t.End.Wall-f.End.Wall == moved && sameFrame(f.Start, t.Start) && sameFrame(f.End, t.End)
}

func isLength(ch Change) bool {
	f, t := ch.From, ch.To
	return f.Start == t.Start && f.End != t.End && sameFrame(f.End, t.End)
}

func sameFrame(a, b calendar.Time) bool { return a.Kind == b.Kind && a.Zone == b.Zone }

// edited is a side that may have edited what the other one cancelled: its changes, itself, and what of it is carried over.
type edited struct {
	changes Changes
	event   *calendar.Event
	carried *Changes
}

// editsBeatCancels drops the cancellations in carried of occurrences that the other side edited, and records them. The
// side that cancelled has forgotten what the occurrence said, so it is told all of it.
func (r *Result) editsBeatCancels(by edited, cancels Changes, carried *Changes, canceller Side) {
	for _, c := range cancels.List {
		at := func(ch Change) bool { return ch.Place == c.Place }
		if c.Op != Cancel || !slices.ContainsFunc(by.changes.List, func(e Change) bool { return at(e) && e.Op == Set }) {
			continue
		}
		carried.List = slices.DeleteFunc(carried.List, func(ch Change) bool { return at(ch) && ch.Op == Cancel })
		by.carried.List = slices.DeleteFunc(by.carried.List, at)
		if o := by.event.Override(c.Original + by.changes.Shift); o != nil {
			for _, f := range o.Set.List() {
				by.carried.List = append(by.carried.List, set(c.Place, f, &calendar.Values{}, &o.Values))
			}
		}
		r.Conflicts = append(r.Conflicts, Conflict{Place: c.Place, Field: calendar.Recurrence, Op: Cancel, Winner: 1 - canceller})
	}
}
