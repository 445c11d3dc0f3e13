// Package enginetest has what tests of runs need: a [Calendar] in memory that is as strict as a good server and can be told
// to misbehave, and a [Lab] with the real store, hub and engine around it.
//
// The calendar guards every write by version, reads back what was written in its own normal form, refuses fields that may not
// be edited, counts whom a write would have mailed, and remembers what was done that never should be ([Calendar.Wrongs]).
// Its people edit it with Add, Edit and Delete. The lab counts every step at which the world can change (a commit, a call
// to the calendar) and can let the process die before or after any of them.
package enginetest
