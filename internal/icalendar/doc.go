// Package icalendar reads, writes and patches iCalendar text (RFC 5545, RFC 7986).
//
// It has three layers. [Parse] makes a tree of [Component]s and [Property]s out of the bytes and loses nothing:
// what nobody touches is written again as it came, folds included. [Decode] says what a calendar object means in the
// words of package calendar: one series with sparse overrides. [Patch] goes back: it takes the object as the server has
// it, what it said and what it shall say, and changes the lines in between and no others (invariant I13).
//
// The rules of a patch:
//
//   - Only differences are written, in the component that says them. An override component repeats everything its series
//     says, while a [calendar.Override] is sparse; a change of the series is therefore written into each component that
//     inherits it.
//   - ORGANIZER and ATTENDEE are never added, changed or removed; a component for a new override copies those of its
//     master, as it copies everything else but the recurrence.
//   - Alarms, attachments, unknown properties, parameters and components stay, and so do the TZID and VTIMEZONE in use.
//   - A vendor's second copy of what we change would contradict us, and Outlook and Apple's Calendar believe the copy. It
//     is brought into line where it can be and dropped where not: see twins.go.
//   - DTSTAMP and LAST-MODIFIED follow every change of a component, SEQUENCE every change of its time or recurrence.
//
// What cannot be understood is a [Problem], never a guess: a zone that nobody knows does not become UTC (invariant I12).
//
// The package is pure: no clock, no I/O. It stands beside package recur and imports it, for what zones and rules mean.
package icalendar
