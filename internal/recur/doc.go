// Package recur is recurrence and zones: which starts a rule gives, and what a time zone's name and definition mean.
// It is pure: no I/O but the time zone database, no clock, the same answer for the same input.
//
// A rule is stepped on the wall clock of its series ([calendar.Wall]), never on instants: ten o'clock stays ten o'clock
// over a change to summer time. Only at the end is a start read as an instant, by [calendar.Time.Instant].
package recur
