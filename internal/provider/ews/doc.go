// Package ews keeps a calendar on an organisation's own Exchange server in step, over Exchange Web Services (SOAP). Exchange Online is
// refused, and connected as Microsoft 365 (providers.md 3.6).
//
// [Discover] goes from a mail address or a server's address to the web services, and signs in there once. [Open] makes one calendar a
// [provider.Provider]; an [Account] lists the calendars of a mailbox and makes new ones. What Exchange does, and what it only seems to
// do, stands in part 3 of the provider facts, which the comments here name by their numbers.
//
// Words. Requests are trees of [element], written in the schema's order; answers are read into structs of the schema's names, within
// bounds and without document types. What is shared with Graph, the patterns, clocks and bodies of Outlook's, is package outlook.
//
// Names. A [provider.RemoteID] is the ItemId of a single event or of a series' master; it changes when the item moves to another
// folder, which so looks like a deletion. Occurrences are never items. The [provider.Versions] of a series are the change key of its
// master and, by original start, id and change key of its exceptions.
//
// Changes. SyncFolderItems answers ids and change keys of what changed since a SyncState, 512 at a time, and so a quiet pull is one
// request. From the empty state it lists everything: that proves absence in the whole calendar. Its deletions are explicit and
// definite. GetItem reads what is new, in batches, and the exceptions of series in batches after that.
//
// Content. Times are sent and read as instants, with the Windows id of the zone that they are meant in. Windows' zones are many IANA
// zones each, and Outlook's patterns are one form of many rules: what we write is remembered in a property of the item (see
// [outlook.Form]), and holds as long as it still means what the item says. A body is HTML.
//
// Writes. Everything is sent with SendToNone, unless a person has asked for the guests to be told. A creation is one CreateItem with a
// property that holds the key, and is looked for before. Changes are UpdateItem with NeverOverwrite, one field at a time. A series is
// written in several requests, each guarded and checked against what was planned on. DeleteItem looks at no change key; the item is
// read just before it, and goes to the deleted items.
//
// Trust. The password goes to the one address that was confirmed, over https (see [Discover]), as Basic, or by NTLM does not go at
// all. One that was refused is never sent again: domains lock accounts for that.
package ews
