package graph

import (
	"fmt"
	"net/http"
	"time"
)

// concurrency is how many requests a mailbox takes at a time.
const concurrency = 4

// throttle is what a mailbox has to bear.
type throttle struct {
	running int
	paused  time.Time // until when everything is refused
	window  time.Time // when the ten minutes began
	hits    int
}

// partKey marks a request as a part of a batch, which runs its parts by itself and is not counted for them.
type partKey struct{}

// admit lets a request through or throttles it; done ends it. The lock is held, but for as long as the request takes at the
// mailbox. A request that comes while the mailbox is told to be left alone makes the wait longer.
func (s *Server) admit(b *mailbox, r *http.Request) (done func(), f *failure) {
	now := s.now()
	if now.Before(s.everywhere.paused) {
		return nil, s.pauseAll(s.everywhere.scope)
	}
	if now.Before(b.paused) {
		return nil, s.pause(b, "Application is over its MailboxConcurrency limit.")
	}
	if now.Sub(b.window) >= 10*time.Minute {
		b.window, b.hits = now, 0
	}
	if b.hits++; b.hits > s.opt.Limit {
		return nil, s.pause(b, fmt.Sprintf("Application is over its limit of %d requests in 10 minutes.", s.opt.Limit))
	}
	if r.Context().Value(partKey{}) != nil || s.opt.Latency == 0 {
		return func() {}, nil
	}
	running := b.running
	if s.variants.AppConcurrency {
		running = 0
		for _, other := range s.boxes {
			running += other.running
		}
	}
	if running >= concurrency {
		return nil, s.pause(b, "Application is over its MailboxConcurrency limit.")
	}
	b.running++
	latency := s.opt.Latency
	s.mu.Unlock()
	wait(r, latency)
	s.mu.Lock()
	return func() { b.running-- }, nil
}

// wait takes time, as long as the client is there.
func wait(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.Context().Done():
	case <-t.C:
	}
}

// pause refuses, and goes on refusing until Retry-After is over.
func (s *Server) pause(b *mailbox, why string) *failure {
	b.paused = s.now().Add(s.opt.RetryAfter)
	f := refConcurrency.because(why)
	f.retryAfter = int(s.opt.RetryAfter / time.Second)
	return f
}

// The scopes of a throttle that is of more than one mailbox, as X-Ms-Throttle-Scope has them. One organisation has all mailboxes.
const (
	ThrottleApplication  = "Application"
	ThrottleOrganisation = "Tenant_Application"
)

// pauseAll refuses whatever is asked of any mailbox, and goes on refusing until Retry-After is over.
func (s *Server) pauseAll(scope string) *failure {
	s.everywhere.paused, s.everywhere.scope = s.now().Add(s.opt.RetryAfter), scope
	f := refEverywhere.because("Too many requests.")
	f.retryAfter, f.scope = int(s.opt.RetryAfter/time.Second), scope
	return f
}

// ThrottleAll refuses everything that is asked of any mailbox for as long as Retry-After says.
func (s *Server) ThrottleAll(scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pauseAll(scope)
}

// Throttle refuses everything that is asked of a user's mailbox for as long as Retry-After says.
func (s *Server) Throttle(user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.mailbox(user)
	if err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	s.pause(b, "")
	return nil
}
