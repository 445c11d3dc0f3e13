package graph

import "time"

// Running is how many requests a user's mailbox has at the moment.
func (s *Server) Running(user string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.findBox(user).running
}

// SetLatency changes how long each request takes from now on.
func (s *Server) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opt.Latency = d
}

// Remember bounds how many deleted items a mailbox remembers.
func (s *Server) Remember(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxGone = n
}
