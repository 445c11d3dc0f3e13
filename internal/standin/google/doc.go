// Package google is Google Calendar (API v3) and Google's sign-in in memory, as strict as the original is known to be, for
// tests, for "tahti standin google" and for the demo, where a person sees and edits its calendars in the browser.
//
// Everything is at the original's own paths, those of several hosts on one:
//
//	/calendar/v3/…              www.googleapis.com: calendarList, calendars, events, freeBusy, channels
//	/batch/calendar/v3          several calls in one
//	/o/oauth2/v2/auth           accounts.google.com: who it is, and what is agreed to, with boxes
//	/token, /revoke, /tokeninfo oauth2.googleapis.com
//	/v1/userinfo                openidconnect.googleapis.com, and /oauth2/v3/userinfo, /oauth2/v3/certs of www
//
// Each method stands once in a table with its parameters and scopes; a test holds the table, and the fields that events
// may have, to the discovery document that Google publishes. What a request may not say is refused before it is looked
// at further: unknown fields and parameters, wrong types, missing scopes.
//
// What is refused stands, numbered, in [Refusals]; every answer that refuses carries the number in X-Standin-Refusal.
// Facts that nobody has checked at the original are fields of [Variant]: tests run in both.
//
// The store is one mutex around maps. An event is the JSON that clients may set, checked, and beside it what the server
// computes. A changed occurrence of a series is an event of its own that says only what differs. Each calendar counts
// its changes, and every event remembers the count of its last one: that is what a sync token points into.
package google
