package world

import (
	"context"
	"errors"
	"strings"
	"time"

	"tahti/internal/claim"
	"tahti/internal/provider"
)

// remote is a calendar as a worker's adapter: it stops before each request and behind its effect, and the request may go
// wrong in all ways that requests do.
type remote struct {
	s *server
	k *worker
}

var _ provider.Provider = (*remote)(nil)

func (r *remote) Capabilities() provider.Capabilities { return r.s.capabilities() }

// call makes one request. Its effect, if it has one, lies between two steps of the world.
func (r *remote) call(ctx context.Context, op string, effect func() error) error {
	s := r.s
	word, _, _ := strings.Cut(op, " ")
	r.k.pause("before "+word, s.name)
	if err := r.leave(ctx, op); err != nil {
		return err
	}
	r.checkRest(op)
	if err := s.before(op, r.k); err != nil {
		claim.Told(ctx, restOf(err))
		r.told(restOf(err))
		return err
	}
	if unknown(op) == provider.Unknown {
		s.w.checkStopped(r.k)
		s.w.checkLooked(r.k)
	}
	if err := effect(); err != nil {
		r.k.met = r.k.met || unknown(op) == provider.Unknown
		return err
	}
	return r.answer(op, word)
}

// before is what a server says before it does anything.
func (s *server) before(op string, k *worker) error {
	w := s.w
	s.requests++
	switch {
	case s.restUntil.After(w.now):
		return s.rest(op, k)
	case s.signedOut:
		s.triesSignIn(k)
		return &provider.Error{Op: op, Class: provider.SignIn, Code: provider.CodeWrongPassword}
	case w.strikes(SignedOut, s.side):
		s.signedOut = true
		return &provider.Error{Op: op, Class: provider.SignIn, Code: provider.CodeWrongPassword}
	case w.strikes(Throttled, s.side):
		s.restUntil = w.now.Add(w.upTo(1200) + time.Minute)
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
	s.rested = true
	until := k.node.Now().Add(s.restUntil.Sub(s.w.now))
	return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: until}
}

// answer brings the reply back, or not.
func (r *remote) answer(op, word string) error {
	s, w := r.s, r.s.w
	r.k.pause("behind "+word, s.name)
	switch {
	case w.strikes(ErrorAfter, s.side), op == "create" && s.losesWord():
		return &provider.Error{Op: op, Class: unknown(op), Code: provider.CodeServer, Status: "500"}
	case w.strikes(ReplyLost, s.side):
		// Whoever waits for it stands still meanwhile.
		r.k.asleep = w.now.Add(w.upTo(200))
		r.k.pause("no answer to "+word, s.name)
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
