// Package recur is recurrence and zones: which starts a rule gives, and what a time zone's name and definition mean.
// It is pure: no I/O but the time zone database, no clock, the same answer for the same input.
//
// A rule is stepped on the wall clock of its series ([calendar.Wall]), never on instants: ten o'clock stays ten o'clock
// over a change to summer time. Only at the end is a start read as an instant, by [calendar.Time.Instant]: one that the
// clocks skip is read with the offset before the gap, one that comes twice is once, the first.
//
// An event becomes a series: its start, its further dates and its rule. The rule becomes a pattern, which gives walls
// without an end, period by period, from any wall on; the series counts, ends and merges them. What the pattern gives are
// original starts ([Starts], [Has]), the identities of occurrences. [Expand] turns them into occurrences, with what the
// event's overrides and cancelled starts say of each.
//
// Where RFC 5545 leaves room, this is how it is filled:
//
//   - DTSTART is the first start, and counts as one, also where it does not match the rule; but a rule that ends before
//     DTSTART gives nothing.
//   - A skipped start that is read as another start of the series is not a second one. It counts in COUNT.
//   - BYWEEKNO selects among the days of a calendar year; without BYDAY it means the weekday of DTSTART.
//   - BYSETPOS counts in the whole period, also in the first, of which a part may lie before DTSTART.
//   - What the RFC forbids is refused, not guessed; but an UNTIL of the wrong kind is mended (see [Canonical]).
//
// Everything is bounded: rules by [MaxPerDay], searches by the calendar's cycle of 400 years, everything by the year 9999.
package recur
