// Package engine keeps one connection in step: pull, plan, apply.
//
// A run claims nothing and starts nothing by itself: it is given a connection, a claim on it and a [Remote], and works
// until nothing is due. It goes through four stages, each of which leaves the database in a state from which the next run can
// go on, wherever the process dies:
//
//   - pull: pages of changes become work items, in one transaction with the cursor that stands behind them (I8);
//   - read: what was only listed is read, in batches;
//   - plan and apply: every work item is decided by [merge.Decide] inside the transaction that acts on it. What concerns only
//     the hub is done there. What has to be written at the provider leaves a note on its link first, is called outside of
//     any transaction, and is settled by the answer (I1);
//   - deletions, last and together, so that the brakes can see them all (I7).
//
// One item's failure is that item's: it backs off, or is set aside with a reason, and the others go on (I15). Only an answer
// that speaks for the whole account (signed out, throttled, unreachable) ends a run.
//
// There is no goroutine, timer, clock or random source here: [Store], [Remote], [Clock] and [Keys] are the only places where
// anything can happen, so that the simulator can drive them one step at a time.
package engine
