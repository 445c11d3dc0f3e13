package google

import (
	"fmt"
	"strings"

	"tahti/internal/standin"
)

// Faults replaces the faults in force.
func (s *Server) Faults(list ...standin.Fault) error { return s.faults.Set(list...) }

// Requests lists what came since the start or the last reset.
func (s *Server) Requests() []standin.Request { return s.log.Since(0) }

// Mails lists every message that guests would have got.
func (s *Server) Mails() []standin.Mail { return s.mails.All() }

// Reset puts everything back to the first day.
func (s *Server) Reset() { s.stand.ResetAll() }

// SetVariant changes the server's behaviour from now on; what is stored stays.
func (s *Server) SetVariant(v Variant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variant = v
}

// ForgetTokens makes every sync token of a calendar that was given out so far invalid, as the original does after a while.
func (s *Server) ForgetTokens(calendar string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.calendars[calendar]
	if sh == nil {
		return fmt.Errorf("forget tokens: no calendar %q", calendar)
	}
	sh.seq++ // so that a token of this moment is among them
	sh.dead = sh.seq
	return nil
}

// Grant makes an access token of a user with those scopes only, written short or in full, as a person's consent would.
func (s *Server) Grant(email string, scopes ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := s.local(email)
	if who == nil {
		return "", fmt.Errorf("grant: no user %q", email)
	}
	g := &grant{who: who, client: "test", scopes: map[string]bool{}}
	for _, x := range scopes {
		if !strings.Contains(x, "/") {
			x = scopePrefix + x
		}
		g.scopes[x] = true
	}
	token := "granted-" + s.newID()
	s.tokens[token] = g
	return token, nil
}
