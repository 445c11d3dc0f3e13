// Package outlook is what Microsoft's calendars are, by whichever protocol they are reached: Graph and Exchange Web Services show
// the same store, which began as Outlook's.
//
// Its rooms above translate between a protocol's own words and the ones here: patterns of a series ([Recurrence]), the clocks that
// its times are told on ([Clock]), bodies in HTML ([HTML], [Text], [JoinBlock]), the UID behind a Global Object Id ([UID]), and what
// we wrote by a name that the store has no room for ([Form]).
//
// A series is stored as a master and its exceptions, and is written in several requests: [Occurrences] are those that are left to
// do, [Crossing] refuses what the store would, and [Explained] and [Left] tell other people's edits in between from our own.
package outlook
