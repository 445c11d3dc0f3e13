package icalendar

import (
	"errors"
	"fmt"

	"tahti/internal/recur"
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

// ruleProblem translates the errors of package recur. A rule that never gives anything is told like one that gives too
// much: both are looked for ever.
func ruleProblem(err error) *Problem {
	p := &Problem{Code: BadSyntax, Detail: err.Error()}
	switch {
	case errors.Is(err, recur.ErrDense), errors.Is(err, recur.ErrBarren):
		p.Code = EndlessRule
	case errors.Is(err, recur.ErrUnsupported):
		p.Code = Inexpressible
	case errors.Is(err, recur.ErrZone):
		p.Code = UnknownZone
	}
	return p
}
