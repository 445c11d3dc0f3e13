// Package ews is an Exchange server's web services in memory, as strict as the original, for tests, for "tahti standin
// ews" and for the demo, where a person sees and edits its calendars in the browser.
//
// It holds one organisation of users with mailboxes. Everything is a POST of a SOAP envelope to /EWS/Exchange.asmx, and
// the element in its body names the operation; operations are in the one table of operation.go:
//
//	GetFolder, FindFolder, CreateFolder, DeleteFolder     folders, distinguished ones by name
//	SyncFolderItems                                       what changed in a folder since a SyncState
//	GetItem, CreateItem, UpdateItem, DeleteItem, MoveItem single events, masters, occurrences and exceptions
//	FindItem                                              a folder's items, or the occurrences of some days
//	Subscribe, GetEvents, GetStreamingEvents, Unsubscribe what happens, asked for or on an open connection
//	ConvertId, ResolveNames, GetServerTimeZones,
//	GetUserConfiguration, GetUserAvailability             what clients look up
//
// /autodiscover/autodiscover.xml and .svc say where that is, or lead astray. Basic signs in a request, NTLM the TCP
// connection that it was spoken on ([Server.ConnState] hears when that ends). A [Front] may stand before all of it.
//
// A request is first held to the schema (schema.go): an element that is not known, or not in its place, refuses the whole
// request, as the original does. Each part of a batch is then answered by itself. What is refused stands, numbered, in
// [Refusals]; an answer that refuses carries the numbers in X-Standin-Refusal. What the original's documents leave open is
// one field of [Variants] each.
//
// A mailbox numbers its changes. A SyncState holds which items the client was given and which changes it has seen, as
// ranges of numbers, so that a synchronization costs what has changed, wherever it was broken off.
//
// Days of a series come from standin/exchange, which is apart from the product's own recurrences on purpose; zones come
// from the product's tables.
package ews
