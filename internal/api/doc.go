// Package api is the HTTP interface for programs: translate, call the hub or the connections' service, render. What it answers
// was decided below it.
//
// There are two parts, both behind one handler ([New]):
//
//   - /api/v1 and /api/v2 have the shapes of Pipedrive's API for activities, activity types, users, persons, organizations and
//     deals, so that its official client works with another base address. They are plain handlers; files of this part begin
//     with "pd". Beside Pipedrive's fields an activity carries source_timezone, rec_rule, rec_rule_extension and private
//     (interface.md).
//   - /api/tahti/v1 is our own: accounts, connections, runs, what waits, history, conflicts. Its OpenAPI document is made from
//     the code and committed as docs/openapi.yaml; a test compares both. Errors are problem details (RFC 9457) with a code, a
//     title and a next step in the reader's language.
//
// Who calls is told by an API token (x-api-token or Authorization: Bearer); our own part takes the pages' session too, then
// guarded against other sites. Every activity that leaves went through [hub.Hub.Show], every line of history and every
// conflict through its siblings, so that private details reach nobody but their owner (I23).
package api
