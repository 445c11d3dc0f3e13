package world

import (
	"context"
	"errors"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
)

// remote is a calendar as a worker sees it: it stops before each request and behind its effect, and the request may go
// wrong in all ways that requests do.
type remote struct {
	s *server
	k *worker
}

var _ engine.Remote = (*remote)(nil)

func (r *remote) Capabilities() provider.Capabilities { return r.s.capabilities() }

// call makes one request. Its effect, if it has one, lies between two steps of the world.
func (r *remote) call(op string, effect func() error) error {
	s, w := r.s, r.s.w
	r.k.pause("%s: %s", s.name, op)
	if until := r.k.restUntil(); until.After(w.clock(r.k.node)) {
		return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: until, Status: "not sent"}
	}
	if err := s.before(op, r.k); err != nil {
		return err
	}
	if err := effect(); err != nil {
		return err
	}
	return r.answer(op)
}

// before is what a server says before it does anything.
func (s *server) before(op string, k *worker) error {
	w := s.w
	s.requests++
	switch {
	case s.restUntil.After(w.now):
		// Nodes whose clocks differ may well differ in when the rest is over.
		if !s.restKnown.IsZero() && s.restMove < k.began && w.counts.faults[ClockStep] == 0 {
			w.broke("I19", "%s was asked to %s %v before the end of the rest that it had asked for", s.name, op, s.restUntil.Sub(w.now))
		}
		return s.rest(op, k)
	case s.signedOut:
		return &provider.Error{Op: op, Class: provider.SignIn, Code: provider.CodeWrongPassword}
	case w.strikes(SignedOut, s.side):
		s.signedOut = true
		return &provider.Error{Op: op, Class: provider.SignIn, Code: provider.CodeWrongPassword}
	case w.strikes(Throttled, s.side):
		s.restUntil, s.restKnown = w.now.Add(w.upTo(1200)+time.Minute), noTime
		return s.rest(op, k)
	case w.strikes(ErrorBefore, s.side):
		return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "503"}
	case op == "pull" && w.strikes(CursorLost, s.side):
		s.lost = s.seq + 1
		s.seq++
	}
	return nil
}

// rest asks to be left alone: for so long, on whatever clock the worker has.
func (s *server) rest(op string, k *worker) error {
	until := s.w.clock(k.node).Add(s.restUntil.Sub(s.w.now))
	k.node.rests[s] = until
	return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: until}
}

// answer brings the reply back, or not.
func (r *remote) answer(op string) error {
	s, w := r.s, r.s.w
	r.k.pause("%s: %s is answered", s.name, op)
	switch {
	case w.strikes(ErrorAfter, s.side):
		return &provider.Error{Op: op, Class: unknown(op), Code: provider.CodeServer, Status: "500"}
	case w.strikes(ReplyLost, s.side):
		// Whoever waits for it stands still meanwhile.
		r.k.asleep = w.now.Add(w.upTo(200))
		r.k.pause("%s: waits for an answer", s.name)
		return &provider.Error{Op: op, Class: unknown(op), Code: provider.CodeUnreachable, Err: errNoReply}
	}
	return nil
}

// restOf is until when an error asks for a rest.
func restOf(err error) time.Time {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.RetryAfter
	}
	return noTime
}

var errNoReply = errors.New("no reply")

// unknown is the class of an error behind the effect: a write may have happened, a read may be had again.
func unknown(op string) provider.Class {
	if op == "put" || op == "create" || op == "remove" {
		return provider.Unknown
	}
	return provider.Transient
}

// WriteAll sends one write after the other. After a sign-out or a throttle the rest is not sent.
func (r *remote) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	var halted error
	for i, w := range writes {
		switch {
		case halted != nil:
			answers[i] = engine.Answer{Err: halted, Unsent: true}
			continue
		case ctx.Err() != nil:
			answers[i] = engine.Answer{Err: &provider.Error{Op: "write", Class: provider.Transient, Err: ctx.Err()}, Unsent: true}
			continue
		case w.Put != nil:
			answers[i].Item, answers[i].Err = r.Put(ctx, *w.Put)
		default:
			answers[i].Err = r.Remove(ctx, *w.Remove)
		}
		if class := provider.ClassOf(answers[i].Err); answers[i].Err != nil && (class == provider.RateLimited || class == provider.SignIn) {
			halted = answers[i].Err
		}
	}
	return answers
}
