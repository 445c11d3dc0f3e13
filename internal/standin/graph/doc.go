// Package graph is Microsoft Graph's calendar (v1.0) in memory, as strict as the original, for tests, for "tahti standin
// graph" and for the demo, where a person sees and edits its calendars in the browser.
//
// It holds one tenant of users with mailboxes:
//
//	/v1.0/me                                            who has signed in
//	/v1.0/me/calendars, /me/calendars/{id}, /me/calendar
//	/v1.0/me/events, /me/calendars/{id}/events          single events and series masters
//	/v1.0/me/events/{id}, …/instances                   one event, occurrence or exception
//	…/accept, …/tentativelyAccept, …/decline, …/cancel  what guests answer, and the organiser's cancellation
//	/v1.0/me/calendarView, /me/calendars/{id}/calendarView
//	…/calendarView/delta                                what changed in a window of time since a token
//	/v1.0/me/translateExchangeIds                       regular ids to immutable ones, and back
//	/v1.0/$batch, /v1.0/subscriptions                   batches, and notifications of changes (to this machine alone)
//
// and the identity platform that guards it:
//
//	/{tenant}/oauth2/v2.0/authorize, …/token            sign-in, consent, and the codes and tokens that come of them
//	/{tenant}/v2.0/adminconsent, /{tenant}/adminconsent  consent for everybody; the second may name no address to go back to
//
// /users/{address} stands for /me where it is the same person. What is refused stands, numbered, in [Refusals]; every
// answer that refuses carries the number in X-Standin-Refusal. What the original's documents leave open is one field of
// [Variants] each.
//
// An item is a list of its versions, the last being what it is now; a delta compares the version that a token saw with
// the last one, within the window of the token. A mailbox numbers its changes, so a delta costs what has changed.
//
// Days of a series come from standin/exchange, which is apart from the product's own recurrences on purpose; zones come
// from the product's tables.
package graph
