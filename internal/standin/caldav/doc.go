// Package caldav is a CalDAV server in memory, as strict as real ones, for tests, for "tahti standin caldav" and for the
// demo, where a person sees and edits its calendars in the browser.
//
// It holds users, each with a principal, a home and calendars:
//
//	/.well-known/caldav                     redirects to /dav/ (RFC 6764)
//	/dav/                                   names the current user's principal (RFC 5397)
//	/dav/principals/alice/                  names the home, the addresses, the inbox and the outbox
//	/dav/calendars/alice/                   the home; Depth 1 lists the calendars
//	/dav/calendars/alice/calendar/          a calendar (RFC 4791), with sync-collection (RFC 6578)
//	/dav/calendars/alice/calendar/x.ics     one object: a whole series
//	/dav/calendars/alice/inbox/, outbox/    scheduling (RFC 6638), where the profile has it
//
// What it refuses stands, numbered, in [Refusals]; every answer that refuses carries the number in X-Standin-Refusal.
// How real servers differ from the texts is a [Profile]: every difference is one field, and [ProfileRadicale],
// [ProfileCyrus] and the others set those that were measured on the server they are named after.
//
// The store is one mutex around maps. Each calendar counts its changes; an object remembers the count of its last
// change, and a log in order of the count serves sync-collection in O(changed).
//
// It reads iCalendar with a reader of its own, apart from the product's codec, on purpose: a mistake in the codec would
// otherwise be forgiven here by the very same mistake.
package caldav
