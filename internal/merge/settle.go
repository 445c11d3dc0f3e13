package merge

import (
	"slices"

	"tahti/internal/calendar"
)

// Settlement is what a write whose reply was lost turns out to have done.
type Settlement struct {
	// RemoteShadow is such that exactly what people edited at the provider still shows as a change of the remote side.
	RemoteShadow calendar.Event
	// LocalShadow holds what has arrived there; what has not still shows as a change of the local side.
	LocalShadow calendar.Event
	// Arrived reports that something of the write is there.
	Arrived bool
}

// AfterLostReply looks at what is found at the provider after a write that was begun and not confirmed. A component that is equal
// to the old shadow or to the target is ours; anything else is somebody's edit, also inside a write of several requests
// of which only some arrived. sent is the activity as it was shown when the write was begun.
func AfterLostReply(remoteShadow, target, found, localShadow, sent *calendar.Event) Settlement {
	moved := Diff(remoteShadow, target).Shift
	sinceShadow, sinceTarget := Diff(remoteShadow, found), Diff(target, found)
	edited := func(ch Change) bool {
		i := slices.IndexFunc(sinceTarget.List, func(t Change) bool { return rivals(ch, under(t, moved)) })
		return i >= 0
	}
	var edits Changes
	for _, ch := range sinceShadow.List {
		if edited(ch) {
			edits.List = append(edits.List, ch)
		}
	}
	s := Settlement{Arrived: len(edits.List) < len(sinceShadow.List)}
	s.RemoteShadow = revert(found, remoteShadow, edits, sinceShadow.Shift)
	s.LocalShadow = adopt(localShadow, sent, sinceTarget, moved)
	return s
}

// under renames a change to the names of a series that was moved by shift.
func under(ch Change, shift calendar.Wall) Change {
	if ch.Occurrence {
		ch.Original -= shift
	}
	return ch
}

// revert undoes edits in found, so that they show again when found is compared with the result.
func revert(found, shadow *calendar.Event, edits Changes, shift calendar.Wall) calendar.Event {
	back := Diff(found, shadow)
	undo := Changes{Shift: back.Shift}
	for _, ch := range back.List {
		if slices.ContainsFunc(edits.List, func(e Change) bool { return rivals(e, under(ch, shift)) }) {
			undo.List = append(undo.List, ch)
		}
	}
	if !hasWhen(undo) {
		undo.Shift = 0
	}
	result, _ := Apply(found, undo, 0)
	return result
}

// adopt gives the local shadow what was sent, but for the places where the remote item is not as it was meant to be.
func adopt(localShadow, sent *calendar.Event, missing Changes, moved calendar.Wall) calendar.Event {
	all := Diff(localShadow, sent)
	arrived := Changes{Shift: all.Shift}
	for _, ch := range all.List {
		if !slices.ContainsFunc(missing.List, func(m Change) bool { return rivals(ch, under(m, moved)) }) {
			arrived.List = append(arrived.List, ch)
		}
	}
	if !hasWhen(arrived) {
		arrived.Shift = 0
	}
	result, _ := Apply(localShadow, arrived, 0)
	return result
}
