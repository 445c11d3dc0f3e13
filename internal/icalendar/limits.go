package icalendar

import "fmt"

// Limits bound what [Parse] takes. Memory stays below about a hundred bytes per line beside the text itself.
type Limits struct {
	Bytes      int // of the whole text
	Lines      int // physical lines of the whole text
	Line       int // octets of one content line, unfolded
	Depth      int // of components within components, the root being the first
	Components int // in all
	Properties int // of one component
}

// DefaultLimits are generous for one calendar object: a series with some hundred overrides, or a picture attached inline.
var DefaultLimits = Limits{
	Bytes: 1 << 20, Lines: 100_000, Line: 1 << 20, Depth: 8, Components: 10_000, Properties: 10_000,
}

// SyntaxError is text that is not iCalendar.
type SyntaxError struct {
	Line int // physical line, from 1
	What string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("parse icalendar: line %d: %s", e.Line, e.What)
}

// LimitError is text beyond a limit.
type LimitError struct {
	Line int // physical line, from 1; 0 for the whole text
	What string
	Max  int
}

func (e *LimitError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("parse icalendar: more than %d %s", e.Max, e.What)
	}
	return fmt.Sprintf("parse icalendar: line %d: more than %d %s", e.Line, e.Max, e.What)
}
