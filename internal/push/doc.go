// Package push hears what providers tell of changes by themselves, so that a change in a calendar is in the hub at once and not
// only with the next poll.
//
// A connection whose provider can is given a watch: an address of its own under /push/, with a random part that leads to it, and a
// secret that each notification has to show. Both are kept as hashes. A notification does one thing: it asks for a run of its
// connection, unless one is asked for already. What it says is not read, as it may be old, doubled, out of order or forged
// (I17); the run finds out by itself. So no notification is needed for anything to be right, and the poll goes on.
//
// [Service.Tend] keeps watches alive. It is called at the end of a connection's runs, under their lease, and does what is due:
// ask for a watch, renew one in the middle of its life, end one that nobody wants any more. Where a provider cannot renew, a new
// watch is there before the old one is ended. What fails is noted with the watch, tried again later and later, and is of no
// consequence for the sync.
//
// Exchange tells whoever keeps a connection open ([Service.Hold]). Package jobs does that; here is kept who listens to what, as a row
// of the same kind: for other processes, so that one does, and for pages.
package push
