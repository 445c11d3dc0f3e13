// Package provider is the contract between Tahti and the calendars and CRMs that it keeps in step.
//
// A [Provider] is one calendar of one account. It has five verbs: Pull (what has changed since a cursor), Read (these
// items, whole), Find (what we created under a key), Put and Remove (guarded writes). It translates between its protocol
// and [calendar.Event]; it decides nothing, retries nothing and remembers nothing between calls.
//
// Three rules keep people's appointments safe, and the types enforce what they can:
//
//   - Absence needs proof. A [Delta] names what changed; only a [Snapshot] whose [Whole] was set can imply that an item is
//     gone, and only within its range. What a server merely says it "removed" is Unproven until it was asked for by id.
//   - Every write is guarded by the versions that it was planned on, or, where the server cannot, read before and after.
//   - An item is a whole series, with the server's own bytes beside it, so that a write changes what we mean to change
//     and nothing else.
//
// Retry, limits and tracing are decorators around the contract, never part of an adapter.
package provider
