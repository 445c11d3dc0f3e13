// Package graph keeps a calendar of Microsoft 365 in step over Microsoft Graph v1.0.
//
// [Open] makes one calendar a [provider.Provider]; an [Account] lists the calendars of a mailbox and makes new ones. The
// caller's transport adds the bearer token and renews it: this package never sees one. What Graph does and what it only
// seems to do stands in part 2 of the provider facts, which the comments here name by their numbers.
//
// Names. A [provider.RemoteID] is the immutable id of a single event or of a series master; every request asks for those
// (Prefer: IdType). Occurrences are never items. The [provider.Versions] of a series are those of its master and, by
// original start, of its exceptions, each with the id that Graph gives it.
//
// Changes. Graph tells changes of a calendar by calendarView/delta, over a window of time that is baked into the token. So
// a cursor holds the window with the link. A listing is asked for whole, over the window; it proves absence inside the
// window and nothing outside. What the delta calls removed may be deleted, or may merely have changed outside of the
// window (trap 4), and so is only ever [provider.StateUnproven]. A delta leaves out most of what an event says, and all of
// our own properties: it only names what has to be read, a series by its master. When the window has grown old, the next
// pull lists a new one, and then what has changed under the old link; the new link goes on from there.
//
// Content. Times are asked for in UTC and told on the clock of the zone that the event names. Windows' zones are many IANA
// zones each, and Outlook's patterns are one form of many rules: what we write is remembered in a property of the event
// (see form), and holds as long as it still means what the event says. A body is HTML: see body.go.
//
// Writes. A creation is one POST with transactionId and a property that holds the key. Changes are PATCHes of what has
// changed, nothing else, with If-Match. A series is written in several requests, each guarded and checked against what was
// planned on. Graph cannot update in silence: where other people would be mailed, nothing is sent unless somebody asked for it.
package graph
