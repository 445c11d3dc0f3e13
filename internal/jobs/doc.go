// Package jobs runs connections: it claims wakes, gives each claim to a worker, keeps the lease while the worker is at it,
// and notes when the connection is due again. It is the only room in which sync uses goroutines;
// what is decided around a run is decided in package claim, without any.
//
// Wakes are level-triggered rows: a wish that comes in during a run is seen when the run ends. A worker whose lease ran
// out cannot commit, because every commit checks the fence. Within one account requests go out a few at a time, and none
// before an earlier Retry-After has passed.
//
// Beside the runs a process listens to some connections, where the provider tells of changes while somebody does (ears.go). What is
// heard asks for a run.
//
// The company-wide stop is a gate that every write passes: [Gate.Shut] returns once the last write that is under way has
// been answered, and no further one leaves.
package jobs
