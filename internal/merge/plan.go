package merge

import "fmt"

// Link is where the tie between the two sides stands, for the planner.
type Link uint8

// The links.
const (
	Unlinked Link = iota
	Linked
	Severed
	Dormant
)

// Note is the write that was begun and not settled.
type Note uint8

// The notes.
const (
	NoNote Note = iota
	CreateNote
	UpdateNote
	DeleteNote
)

// Local is the state of the activity.
type Local uint8

// The local states.
const (
	LocalNone Local = iota
	LocalLive
	LocalOut // out of scope; the reason stands with the scope's verdict
	LocalDeleted
)

// Remote is the state of the calendar's item. It mirrors provider.State.
type Remote uint8

// The remote states.
const (
	RemoteNotRead Remote = iota
	RemoteLive
	RemoteUnproven
	RemoteGone
	RemoteForbidden
	RemoteUnreadable
)

// Admit says whether an incoming item may enter.
type Admit uint8

// The answers. Cancelled: its organiser called it off; the item stays in the calendar as a notice.
const (
	Refuse Admit = iota
	Enter
	CalledOff
)

// State is everything that the planner looks at.
type State struct {
	Link   Link
	Note   Note
	Local  Local
	Remote Remote
	Admit  Admit
	// LocalChanged and RemoteChanged: the side differs from its shadow in a field that may be written.
	LocalChanged, RemoteChanged bool
	// In and Out: changes of this item may travel into the CRM, out to the calendar.
	In, Out bool
	// DeleteHere and DeleteThere: deletions follow, into the CRM, out to the calendar.
	DeleteHere, DeleteThere bool
	// CalledOff: the link rests because the meeting was called off there, and its activity went with it.
	CalledOff bool
	// Ours: the remote item was made by us. Invited: somebody else organises it. Mails: any write would mail people.
	Ours, Invited, Mails bool
}

// Action is what a connection has to do about one item.
type Action uint8

// The actions.
const (
	Nothing Action = iota
	Read           // the remote item has to be read first
	Probe          // read by id, to prove that it is gone
	Settle         // a note is pending: look what became of the write
	Park           // set aside with a reason
	CreateHere
	CreateThere
	UpdateHere
	UpdateThere
	MergeBoth
	DeleteHereNow
	DeleteThereNow
	Withdraw // delete our mirror of an activity that left the scope; the activity stays
	ReviveHere
	Recreate // the remote item is made anew: an edit beats a deletion
	Sever
	Retire // the link goes dormant; nothing is written
	Rejoin // a dormant link is linked again, then planned again
	Forget // both sides are gone
	Accept // shadows advance, nothing is written
	Wait   // needs sending: a person has to press the button
	// Reinstate brings back what was called off and takes place after all.
	Reinstate
)

var actionNames = [...]string{
	"nothing", "read", "probe", "settle", "park", "create here", "create there", "update here", "update there", "merge both",
	"delete here", "delete there", "withdraw", "revive here", "recreate", "sever", "retire", "rejoin", "forget", "accept", "wait",
	"reinstate",
}

// String names the action for traces and explanations.
func (a Action) String() string { return actionNames[a] }

// Decide is the planner: the table of docs/adr/0001, in its order. It panics on states that cannot be, with the values.
func Decide(s State) Action {
	if s.Remote == RemoteUnproven {
		return Probe
	}
	if s.Note != NoNote && s.Remote != RemoteForbidden && s.Remote != RemoteUnreadable {
		// What became of a write is found out before anything else is concluded; the caller settles the note and plans anew.
		return Settle
	}
	if s.Remote == RemoteForbidden || s.Remote == RemoteUnreadable {
		if s.Link == Unlinked && s.Note == NoNote && s.Local == LocalNone && !s.In {
			return Nothing // it would not come in if it could be read
		}
		return Park
	}
	switch s.Link {
	case Unlinked:
		return decideUnlinked(s)
	case Linked:
		return decideLinked(s)
	case Severed:
		if s.Remote == RemoteGone && s.Local != LocalLive && s.Local != LocalOut {
			return Forget
		}
		return Accept
	case Dormant:
		return decideDormant(s)
	}
	panic(fmt.Sprintf("planner: no such state: %+v", s))
}

func decideUnlinked(s State) Action {
	switch {
	case s.Remote == RemoteNotRead && (s.Local == LocalLive || s.Local == LocalNone && s.In):
		return Read
	case s.Remote == RemoteLive && s.Local == LocalNone && s.In && s.Admit == Enter:
		return CreateHere
	case s.Remote == RemoteGone && s.Local == LocalLive && s.Out:
		return CreateThere
	}
	return Nothing
}

func decideLinked(s State) Action {
	if s.Local == LocalNone {
		panic(fmt.Sprintf("planner: linked to no activity: %+v", s))
	}
	switch s.Remote {
	case RemoteGone:
		return decideRemoteGone(s)
	case RemoteNotRead:
		return Read
	}
	switch s.Local {
	case LocalDeleted:
		return decideLocalDeleted(s)
	case LocalOut:
		return decideLocalOut(s)
	}
	if s.Admit == CalledOff {
		return decideCalledOff(s)
	}
	return decideBothLive(s)
}

func decideRemoteGone(s State) Action {
	switch {
	case s.Local == LocalDeleted:
		return Forget
	case s.Local == LocalLive && s.LocalChanged && s.Out && !s.Invited:
		return Recreate
	case s.In && s.DeleteHere:
		return DeleteHereNow
	}
	return Sever
}

func decideLocalDeleted(s State) Action {
	switch {
	case s.RemoteChanged && s.In && !s.Invited && s.Admit != CalledOff:
		return ReviveHere
	case s.Invited || !s.Out || !s.DeleteThere:
		return Sever
	case s.Mails:
		return Wait
	}
	return DeleteThereNow
}

func decideLocalOut(s State) Action {
	switch {
	case s.RemoteChanged && s.In && s.Admit != CalledOff:
		return UpdateHere
	case !s.Ours || !s.Out || s.Invited:
		return Retire
	case s.Mails:
		return Wait
	}
	return Withdraw
}

// decideCalledOff: the organiser cancelled, and the item stays in the calendar to say so. An edit of ours keeps it here if it is our
// user's to organise; what was typed into somebody else's meeting goes nowhere, and keeps nothing that does not take place.
func decideCalledOff(s State) Action {
	switch {
	case s.LocalChanged && s.Out && !s.Invited:
		return decideBothLive(s)
	case s.In && s.DeleteHere:
		return DeleteHereNow
	}
	return Retire
}

func decideBothLive(s State) Action {
	in, out := s.RemoteChanged && s.In, s.LocalChanged && s.Out
	switch {
	case in && out:
		return MergeBoth
	case in:
		return UpdateHere
	case out && s.Mails:
		return Wait
	case out:
		return UpdateThere
	case s.LocalChanged || s.RemoteChanged:
		return Accept
	}
	return Nothing
}

func decideDormant(s State) Action {
	if s.CalledOff && s.In && (s.Local == LocalDeleted || s.Local == LocalOut) {
		switch {
		case s.Remote == RemoteNotRead:
			return Read
		case s.Remote == RemoteLive && s.Admit == Enter:
			return Reinstate
		}
	}
	switch {
	case s.Local == LocalLive && s.Remote == RemoteNotRead:
		return Read
	case s.Local == LocalLive && s.Remote == RemoteLive && s.Admit != CalledOff:
		return Rejoin
	case s.Local == LocalLive && s.Remote == RemoteGone && s.Ours && s.Out && !s.Invited:
		return Recreate
	case s.Remote == RemoteGone && (s.Local == LocalDeleted || s.Local == LocalNone):
		return Forget
	}
	return Accept
}
