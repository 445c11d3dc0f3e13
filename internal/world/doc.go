// Package world runs the real hub, engine and store through everything that may happen to them, one step at a time.
//
// A [World] is a company with users, their calendars at servers of several kinds, and two nodes that sync them. One seed
// decides everything: who acts next, what they do, what breaks. Time is virtual. There is no goroutine whose order the
// seed does not decide: a worker is a coroutine that stops at its ports (before a transaction, before a request, behind
// its effect) and at no other place, so between any two of its steps people edit, other workers commit, or it dies.
//
// Every person's edit leaves something that can be found again: a number that nothing else has. The ledger knows
// which of these numbers were replaced by a person who saw them; all others have to be somewhere at the end (I2), and
// nothing may come back of which none is left (I4).
//
// A world has two phases. In the first one people act and faults strike; what must never happen is checked after every
// step. In the second the faults stop, the audit interval passes, people answer what waits for them, and the two sides have
// to agree and be quiet within a stated number of rounds.
//
// A seed is a list of moves, each of which throws dice of its own. A move can be left out and the others stay what they
// are, which is how [Shrink] finds the few that matter.
package world
