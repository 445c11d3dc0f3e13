// Package hub is where all sides meet: the activities, and everything that people and sync do to them. It is the one
// write path. Pages, API, import and the engine call the same functions, so that every change is validated, authorised,
// recorded and passed on in the same way.
//
// Every function takes a transaction that its caller opened: the engine calls the hub inside the commit of a run, pages
// and API open a transaction around one call. The hub has no clock of its own, no goroutine and no randomness.
//
// # The life of a save
//
// All writes of activities end in one function (save.go). It takes the activity as it is stored and as it shall be, and
//
//   - validates the new one (validate.go), re-keys what is said of single occurrences when the pattern changed, and files
//     what fits no longer as conflicts (pattern.go),
//   - compares both key by key (values.go). A save that changes nothing writes nothing: no revision, no history, no wake (I3),
//   - refuses what the actor may not do (who.go), and what was typed over something newer ([Stale]),
//   - writes the row at the next revision, notes when each key changed, adds a row of history, and marks what each connection
//     has to do (mark.go).
//
// # Keys
//
// What an activity says is spoken of by key: the name of a field, such as "subject" or "deal", for the series, and
// name@original, such as "subject@20260102T090000", for what one occurrence says differently. "cancelled", "done" and
// "note" exist for occurrences too. History, conflicts and crm.Activity.Changed all use these keys, which is what makes
// undo, restore and "changed meanwhile" exact to the field.
//
// # Who sees what
//
// Details are stored whole. [Hub.Show] is the only projection by viewer: what it masks must not reach another person on any
// surface (I23), so lists, counts, history and conflicts go through it too.
package hub
