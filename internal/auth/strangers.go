package auth

import (
	"crypto/sha256"
	"sync"
)

// maxStrangers bounds how many addresses are remembered, some 100 bytes each.
const maxStrangers = 10_000

// strangers counts attempts at addresses that have no login, as those of logins are counted: else being locked would tell
// who has one. It is kept in memory alone, for nothing depends on it but that secret; when it is full it starts again. The
// zero value is ready.
type strangers struct {
	mu       sync.Mutex
	attempts map[[sha256.Size]byte]Attempts
}

// change is what [Logins].ChangeAttempts is for logins.
func (s *strangers) change(email string, change func(Attempts) Attempts) {
	key := sha256.Sum256([]byte(email)) // addresses of any length take the same room
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.attempts[key]; !known && len(s.attempts) >= maxStrangers || s.attempts == nil {
		s.attempts = map[[sha256.Size]byte]Attempts{}
	}
	s.attempts[key] = change(s.attempts[key])
}
