package standin

import (
	"slices"
	"sync"
	"time"
)

// Clock is a clock that moves by hand: for tests in which hours and days go by, and what a server has put off comes due. It is
// safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	calls []appointment
}

type appointment struct {
	at time.Time
	f  func()
}

// NewClock is a clock that shows a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now is the time that it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f once the clock has moved on by d.
func (c *Clock) AfterFunc(d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, appointment{c.now.Add(d), f})
}

// Advance moves the clock. What comes due on the way is called in its order, one after the other, at its time.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for {
		next := -1
		for i, x := range c.calls {
			if !x.at.After(end) && (next < 0 || x.at.Before(c.calls[next].at)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		x := c.calls[next]
		c.calls = slices.Delete(c.calls, next, next+1)
		if x.at.After(c.now) {
			c.now = x.at
		}
		c.mu.Unlock()
		x.f()
		c.mu.Lock()
	}
	if end.After(c.now) {
		c.now = end
	}
	c.mu.Unlock()
}
