// Package google keeps a Google calendar in step over Calendar API v3: listing, changes by sync token, guarded writes.
//
// [Open] makes one calendar a [provider.Provider] and sends nothing; [Calendar.Probe] finds out once, when the connection is
// made, what the account may do there, and the caller stores that [Profile]. [OpenAccount] lists and makes calendars. The
// transport that is handed in is authorised already: no token is ever seen here.
//
// The API is spoken by a few JSON types of our own and net/http, not by Google's client: that decodes all of an event where
// half is looked at, and writes bodies from structs that cannot say "leave this alone" and "make this empty" apart. What is
// not looked at stays in the raw text of the answer, and writes are PATCHes of what changed (invariant I13). The discovery
// document in google.golang.org/api, calendar/v3, is where fields and parameters come from; "[M]" in comments marks what is
// remembered and was checked nowhere (see docs/providers.md).
//
// Items. A [provider.RemoteID] is the id of an event that is not part of a series, or of a series. An item's raw text is a
// JSON array of the events that make it up: the event or the series itself, then the occurrences that have an event of their
// own, changed and cancelled ones, by id. Each has an id and an ETag; the tag of the whole (see tag) also tells
// those of its occurrences apart, for a change of one leaves the series' own ETag as it was [M].
//
// Changes. The empty cursor lists the whole calendar in one Pull, page after page, and makes a [provider.Whole]; it holds
// what differs from what the caller knows, and puts series together from wherever their parts were listed. From then on each
// page of changes since the token is one Pull. A series of which any part is among the changes is answered as not read, for
// the other parts are not there; reading fifty takes two requests: their events, and the lists of all events of their UIDs.
//
// Writes. A creation has the key as its id, so that it cannot be made twice; the id of what was deleted stays taken for ever
// and reads as gone. Every PATCH and DELETE carries the If-Match of exactly the event that it changes, occurrences included, and
// sendUpdates=none unless a person pressed "Save and send". A write of several requests that breaks off is Unknown.
package google
