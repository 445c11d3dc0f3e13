// Package pipedrive keeps the activities of one user of a Pipedrive company in step, over API v2 and what of v1 has no successor.
//
// [Open] makes one user's activities a [provider.Provider] and sends nothing; [OpenAccount] lists the users that a sign-in reaches: an
// administrator's all of the company, anybody else's themselves. The transport shows an access token; an API token is shown by ourselves.
// The official client (npm pipedrive 33.7.0) is where fields, parameters and costs come from; "[M]" in comments marks what is remembered and
// was checked nowhere (see docs/providers.md).
//
// Items. A [provider.RemoteID] is the number of an activity, and its raw text the answer. There are no series, no private activities that the API
// would tell of, and no zones: times are instants to the minute, without one it is a whole day. Type, done, note, deal, person and organisation are
// facets. The tag is update_time, whose seconds cannot tell two changes apart, with a digest of what is looked at.
//
// Changes. The empty cursor lists the user's activities; from then on what changed in the whole company is heard over the feed that the account's
// connections share, a list costing ten tokens of the company's day whoever it is for. Lists leave out what was deleted, so that only reading by
// id proves it: is_deleted for thirty days, and 404 then. A webhook that tells of a deletion is a reason to read, and so is a listing that misses
// what is tied.
//
// Writes. Nothing guards them: each is preceded by a read that has to show what it was planned on, and followed by one that has to show that and
// what was written. An edit of the same field that arrives in between, a few hundred milliseconds, is overwritten; an edit of another one is found.
// Nothing in an activity holds a key of ours: what became of a creation is looked for among what was made since.
package pipedrive
