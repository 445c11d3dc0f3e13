package provider

import (
	"sync"
	"time"
)

// Feeds are a process's feeds by the accounts that they are of.
type Feeds struct {
	// Age is how old an answer may be that calendars share: about the time between two polls of one of them.
	Age time.Duration
	// Keep bounds what all feeds keep together, in bytes; no feed keeps more than half of it. What was forgotten is asked again.
	Keep int
	Now  func() time.Time

	mu  sync.Mutex
	all map[string]*Feed
}

// Of is the feed of an account, under whatever name the process has for it.
func (s *Feeds) Of(account string) *Feed {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*Feed{}
	}
	f := s.all[account]
	if f == nil {
		f = &Feed{of: s, used: s.Now()}
		s.all[account] = f
	}
	return f
}

// bound forgets what is too much once a feed has grown: its own beginning, and then whatever nobody has asked for the longest.
func (s *Feeds) bound(grown *Feed) {
	grown.forget(max(1, s.Keep/2))
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		var total int
		var oldest *Feed
		var since time.Time
		for _, f := range s.all { // any order: the answer is the same
			f.mu.Lock()
			total += f.bytes
			if f != grown && f.bytes > 0 && f.flight == nil && (oldest == nil || f.used.Before(since)) {
				oldest, since = f, f.used
			}
			f.mu.Unlock()
		}
		if total <= s.Keep || oldest == nil {
			return
		}
		oldest.forget(0)
	}
}
