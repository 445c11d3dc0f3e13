// Package backdoor is what other programs do to a calendar, by plain HTTP and apart from the adapters: its rooms, one for each
// provider, are the [conformance.Backdoor] of the suite, on stand-ins and on scratch calendars of the real thing alike. So they
// lean on nothing that a stand-in alone can do, invite nobody, and touch the one calendar that they are given.
//
// A [Server] sends their requests. A [Wire] stands between the adapter and the network, counts, and does to one request what
// networks do; [Patient] stands below both, where a real server may ask to be left alone for a while.
package backdoor
