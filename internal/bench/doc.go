// Package bench measures what design.md promises ("Numbers to reach"): make bench.
//
// Nothing here is part of the product, and nothing fails for being slow; the one benchmark, Numbers, prints a table whose
// rows say reached or not. Side by side in one run, through one counting proxy, on one real server (Cyrus), it measures
//
//	Tahti       the house below the surfaces with its runner, in a process of its own: what serve runs
//	vdirsyncer  into a folder, where it is installed
//	floor       the least client there is: sync-collection, multiget by a hundred, keep-alive, and nothing is parsed
//
// Cost is CPU time, user and system, as the kernel counts it for each process: other work on the machine then hardly
// shows. Tahti and the floor are processes that live on, and what counts is their growth; vdirsyncer is started for
// each run, as it is in use, and its start counts (about 0.3 s).
//
// Both of our own programs are this test binary again, started with a role. They take orders as lines of JSON.
package bench
