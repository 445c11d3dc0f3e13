// Package caldav keeps a calendar on a CalDAV server (RFC 4791) in step: discovery, listing, reading, guarded writing.
//
// [Discover] goes from an address or an e-mail address to the account's calendars. [Open] makes one of them a
// [provider.Provider]; [Calendar.Probe] finds out once, when the connection is made, what its server can do, and the
// caller stores that [Profile].
//
// Names. A [provider.RemoteID] is the path of a resource with its percent signs decoded, because one server writes the
// same resource in three ways (see decodePath). A version's tag is the ETag, with its quotes and, if weak, its W/.
//
// Changes. Where the server has sync-collection (RFC 6578), a pull is one request, and reading n changes is ⌈n/100⌉ more
// (calendar-multiget). Where it has not, the collection's ctag is compared, and a listing follows if it moved. The empty
// cursor always gives a whole listing: first the token, then every member with its ETag by PROPFIND, in that order, so
// that what changes in between comes again. That listing is also the audit: it does not lean on the server's log of
// changes, which some servers cut without saying so. A listing counts as whole only if the answer is well-formed to its
// last tag, the collection itself is in it, and no member carries an error (invariant I6).
//
// Writes. A creation is named after its key (<key>.ics, UID <key>) and sent with If-None-Match: *; an update is the
// server's own bytes, patched, sent with If-Match. 2xx is not proof that our text was stored: see written. Where the
// guard cannot hold ([provider.GuardNone], a weak ETag or none), the item is read before the write and after it.
//
// Trust. The password goes to the confirmed host, and over https to hosts of the same registrable domain; nowhere else
// (see trust). A server that wants Digest is given that instead (see signer). This package opens no sockets: the caller's transport decides which networks may be reached.
package caldav
