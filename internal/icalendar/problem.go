package icalendar

import (
	"errors"
	"fmt"
)

// Problem says why an object cannot take part. Code is one of the codes below, which are those of provider.ProblemCode;
// Detail is for operators and never holds titles.
type Problem struct {
	Code   string
	Detail string
}

// The codes.
const (
	UnknownZone   = "unknown_zone"
	BadSyntax     = "bad_syntax"
	TooLarge      = "too_large"
	EndlessRule   = "endless_rule"
	NoMaster      = "no_master"
	NotAnEvent    = "not_an_event"
	Inexpressible = "inexpressible" // valid, but an event of package calendar cannot hold it exactly
)

// Error makes a problem usable as an error. [Decode] answers a *Problem, not an error: compare it with nil as such.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

func problem(code, format string, args ...any) *Problem {
	return &Problem{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// badLine is a problem with the value of one property.
func badLine(p *Property, what string) *Problem {
	return problem(BadSyntax, "line %d: %s: %s", p.Line(), p.Name(), what)
}

// parseProblem translates the errors of [Parse].
func parseProblem(err error) *Problem {
	if limit, ok := errors.AsType[*LimitError](err); ok {
		return &Problem{Code: TooLarge, Detail: limit.Error()}
	}
	return &Problem{Code: BadSyntax, Detail: err.Error()}
}
