// Package pipedrive is Pipedrive (API v2, and what of v1 has no successor) with its sign-in in memory, as strict as the original is
// known to be, for tests, for "tahti standin pipedrive" and for the demo, where a person sees and edits a company's activities in
// the browser.
//
// Everything is at the original's own paths, those of its hosts on one:
//
//	/api/v2/…                   the company's own host: activities, persons, organizations, deals
//	/api/v1/…, /v1/…            activityTypes, activityFields, users, filters, webhooks
//	/oauth/authorize, /oauth/token, /oauth/revoke   oauth.pipedrive.com
//
// A [Server] is one company. Its users share its activities, each seeing what they may, and its daily budget of tokens; each
// method stands once in a table with what it costs, the scopes that it wants and the parameters that it takes. What a request
// may not say is refused before it is looked at further.
//
// What is refused stands, numbered, in [Refusals]; every answer that refuses carries the number in X-Standin-Refusal.
// Facts that nobody has checked at the original are fields of [Variant]: tests run in both.
//
// The store is one mutex around maps. An item (an activity, a person, an organization, a deal) is what clients may set of it,
// checked, and beside it what the server computes. Each change is told to the webhooks whose users may see it, by goroutines of
// their own; what failed is tried again after 3, 30 and 150 seconds, by the clock that [Options] name.
package pipedrive
