// Package calendar is the vocabulary of calendars: planned times as their authors meant them, and events as whole
// series. It is a ground floor of the house: values only, standard library only, no I/O and no clock.
//
// An [Event] is always a whole series: the master's [Values], sparse [Override]s by original start, and cancelled
// starts; a single event is a series of one. A [Time] is a wall clock, a zone and a kind, never an instant, because
// "ten o'clock in Helsinki" must stay so when the law changes (invariant I12).
//
// An event knows which fields it speaks about ([Event.Known]). A field that is not known is neither compared nor merged
// nor written: what a provider hides from us must never flow back as a blank.
package calendar
