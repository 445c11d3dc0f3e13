package ews

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Throttling is the shape in which a server says that it is busy (ews-throttling-in-exchange.md).
type Throttling uint8

// The shapes.
const (
	ThrottleFault Throttling = iota // 500, a SOAP fault with ErrorServerBusy and BackOffMilliseconds
	ThrottleQueue                   // 503, of IIS
	ThrottleInner                   // 200, ErrorInternalServerError with an inner ErrorServerBusy in each response message
)

// throttle is what a mailbox has to bear.
type throttle struct {
	running int
	paused  time.Time // until when everything is refused
	shape   Throttling
}

// Throttle refuses everything that is asked of a user's mailbox for as long as the back-off says. What comes meanwhile
// makes the wait longer.
func (s *Server) Throttle(user string, shape Throttling) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.user(user)
	if err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	s.busy(b, shape)
	return nil
}

func (s *Server) busy(b *mailbox, shape Throttling) {
	b.shape = shape
	b.paused = s.now().Add(s.opt.BackOff)
}

// admit lets a request through or throttles it; done ends it. The lock is held, but for as long as the request takes.
func (c *call) admit() (done func(), f *failure) {
	b, now := c.box, c.now()
	if now.Before(b.paused) {
		b.paused = now.Add(c.opt.BackOff)
		switch b.shape {
		case ThrottleQueue:
			return nil, refQueue.because("Service Unavailable")
		case ThrottleInner:
			f := refInnerBusy.because("An internal server error occurred. The operation failed.")
			f.info = []node{
				tx("t:Value", "The server cannot service this request right now. Try again later.").with("Name", "InnerErrorMessageText"),
				tx("t:Value", "ErrorServerBusy").with("Name", "InnerErrorResponseCode"), tx("t:Value", "0").with("Name", "InnerErrorDescriptiveLinkKey"),
				tx("t:Value", strconv.FormatInt(c.opt.BackOff.Milliseconds(), 10)).with("Name", "BackOffMilliseconds"),
			}
			return nil, f
		default:
			f := refBusy.because("The server cannot service this request right now. Try again later.")
			f.backOff(c.opt.BackOff)
			return nil, f
		}
	}
	if b.running >= c.opt.MaxConcurrency {
		f := refConnections.because("You have exceeded the available concurrent connections for your account. Try again once your other requests have completed.")
		f.backOff(c.opt.BackOff)
		return nil, f
	}
	b.running++
	if c.opt.Latency > 0 {
		c.mu.Unlock()
		wait(c.r, c.opt.Latency)
		c.mu.Lock()
	}
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
