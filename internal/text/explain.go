package text

import "strings"

// Explanation is what a person needs to hear of a state or a problem: what it is, why, and what to do next.
type Explanation struct {
	Code               string // for operators and programs
	Title, Cause, Next string
}

// Problem explains a code of provider.Error, provider.Problem or a work item's reason. One that is unknown gets a general
// explanation, and keeps its code for the administrator.
func (p Printer) Problem(code string) Explanation {
	code = strings.ReplaceAll(code, " ", "_")
	if !p.Has("problem." + code + ".title") {
		return p.explain("problem.other", code)
	}
	return p.explain("problem."+code, code)
}

// ProblemAt explains a code at a kind of account, where it may mean something of its own.
func (p Printer) ProblemAt(kind, code string) Explanation {
	p = p.At(kind)
	if key := "problem_at." + kind + "." + code; p.Has(key + ".title") {
		return p.explain(key, code)
	}
	return p.Problem(code)
}

// Connecting explains a code at a kind of account to somebody who waits before a form: nothing is tried again unless they do.
func (p Printer) Connecting(kind, code string) Explanation {
	e := p.ProblemAt(kind, code)
	if key := "while_connecting." + strings.ReplaceAll(code, " ", "_") + ".next"; p.Has(key) {
		e.Next = p.T(key)
	}
	return e
}

// Letter is a text that a person can send to an administrator: of the group letter.
func (p Printer) Letter(name, email, server, answer string) string {
	return p.T("letter."+name, "email", email, "server", server, "answer", answer)
}

// State explains a connection's state (interface.md).
func (p Printer) State(state string) Explanation { return p.explain("state."+state, state) }

// Scope explains why something takes part in sync or does not (lens.Reason).
func (p Printer) Scope(reason string) Explanation { return p.explain("scope."+reason, reason) }

// InTheWay is one of the things that keep an item from being carried over, by its codes: a connection's state, something that waits, or
// else a reason of scope.
type InTheWay struct {
	State   string
	Waits   string // store.Work.State
	Problem string // its reason
	When    string // when it is tried again
	Reason  string
	Setting string // that has to be changed
	Event   bool   // it is an event that does not come in
	From    string // of an event that its calendar does not tell of: the first day of which it does
	To      string // and the last
}

// Obstacle explains what is in the way of an item, and what to do about it.
func (p Printer) Obstacle(o InTheWay) Explanation {
	switch {
	case o.State != "":
		return p.State(o.State)
	case o.Waits != "":
		return p.waiting(o)
	}
	e := p.Scope(o.Reason)
	if o.From != "" {
		e.Cause = p.T("scope."+o.Reason+".cause", "from", o.From, "to", o.To)
	}
	if o.Event && o.Setting == "start" {
		e.Cause, e.Next = p.T("scope.before_start_there.cause"), p.T("scope.before_start_there.next")
	}
	return e
}

func (p Printer) waiting(o InTheWay) Explanation {
	e := Explanation{Code: o.Waits, Title: p.Word("work", o.Waits+".title"), Next: p.T("work."+o.Waits+".next", "when", o.When)}
	if o.Problem != "" {
		e = p.Problem(o.Problem)
	}
	if o.Setting != "" {
		e.Next = p.T("work.never")
	}
	return e
}

func (p Printer) explain(key, code string) Explanation {
	return Explanation{Code: code, Title: p.T(key + ".title"), Cause: p.T(key + ".cause"), Next: p.T(key + ".next")}
}

// History says what a line of history was: direction is in, out or empty, kind as in store.History.
func (p Printer) History(direction, kind string) string {
	if direction == "" {
		direction = "here"
	}
	return p.Word("history."+direction, kind)
}

// Counts writes a run's counts in a fixed order, without those that are zero. Kinds that nobody has to act on or that
// only measure (pulled, unchanged, linked) are left out.
func (p Printer) Counts(counts map[string]int) []string { return p.counted("count", counts) }

// DryRun writes what a dry run found, in the same order.
func (p Printer) DryRun(counts map[string]int) []string { return p.counted("dry_run", counts) }

var countOrder = []string{
	"created_in_crm", "updated_in_crm", "deleted_in_crm", "created_in_calendar", "updated_in_calendar", "deleted_in_calendar",
	"conflicts", "held", "needs_sending", "parked", "would_mail",
}

func (p Printer) counted(group string, counts map[string]int) []string {
	var out []string
	for _, kind := range countOrder {
		key := group + "." + kind
		if counts[kind] == 0 {
			continue
		}
		if !p.Has(key) {
			key = "count." + kind
		}
		out = append(out, p.T(key, "n", counts[kind]))
	}
	return out
}
