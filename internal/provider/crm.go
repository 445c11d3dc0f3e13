package provider

import (
	"context"
	"time"
)

// A CRM as a side of the hub: what its adapter owes beside what every adapter does, and what it need not care for.
//
// Facets. [Capabilities.Fields] names those that its items have (calendar.FacetFields): type, done, note, deal, person, org. They
// stand in Event.Values.Facets and are fields like any other: Event.Known says which of them an answer speaks about, Item.Editable which
// the connected person may change, Put.Fields which are to be written. A note is HTML, as the provider gives it. A type is
// its key, which never changes, with the name that people read; a person, organisation or deal its id there, with its name. Where a
// list gives ids alone and the name takes a request of its own, the name may be left empty for what is known to be tied already; a
// row that is seen for the first time cannot be found or made here without one, so that it is asked for then. An adapter never gets
// or gives [calendar.Ref.Here]: the engine writes a reference only where it knows what our row is there, and leaves the field out of
// Put.Fields where it does not. The empty reference means none, and is written as none.
//
// A type that a write names and the provider does not have, or has deactivated, is [Rejected] with [CodeTypeNotHeld]: the item waits
// with that reason until somebody makes the type or chooses another.
//
// Whose rows. References are tied to ours once for all connections to one place: by the account's Server. So that is what all
// accounts of one company at the provider have in common and nobody else has (the company's own address), not the user's.
//
// Whose items. A connection is one user's: it lists and reads what that user owns, as a calendar is one user's. Who owns an item is
// no field. One that is somebody else's by now is answered by Read as [StateForbidden], never as gone: leaving an owner is no deletion
// (I9). It comes up in the new owner's list under the same id, by which the engine knows it for the same: ids are of the place.
//
// What cannot be held is left out of Fields, and the lens keeps it on our side: activities that recur are out of scope where
// Recurrence is missing; private ones, and those that only their owner may see, where the provider is Shared. Times are UTC instants
// where Instants is set; an all-day date is a calendar.Date there as everywhere and is never shifted. An adapter need not know our zones: a
// time that is the same instant is the same, and one that differs lands in the zone that the activity has, a new one in its user's. Seconds
// are cut, not rounded. What has no length is answered with End equal to Start, and a day without time as that one day:
// where OneDay is set it is given the first of several, and the engine keeps the others.
//
// Versions. What dates changes to the second only cannot tell two of them in one second apart: the adapter adds a digest of what it
// answers to the tag, and lists a change again until the second that its cursor stands in has passed, leaving out what known answers at
// the same tag.
//
// Deletions that no list shows are found by snapshots: the adapter lists everything of the user where the engine asks with the empty
// cursor, with the proof that it was everything (NewWhole). What is missing then is asked for by id, and is gone only if Read says so.

// Seeker is what a [Capabilities.Keyless] provider is instead of one that finds by key.
type Seeker interface {
	// MadeSince answers, whole and live, what was made since an instant of our clock and belongs to the connected user, whoever made it.
	// The adapter takes the server's skew out as far as it knows it, and answers rather too much than too little: the engine compares
	// each with what it sent. It may leave out what surely was made by another program. Errors: those of Pull.
	MadeSince(ctx context.Context, at time.Time) ([]Item, error)
}
