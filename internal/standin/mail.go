package standin

import (
	"sync"
	"time"
)

// Mail is one scheduling message that the original would have sent (RFC 5546).
type Mail struct {
	To      string    `json:"to"`
	From    string    `json:"from"`
	Method  string    `json:"method"` // REQUEST, CANCEL or REPLY
	UID     string    `json:"uid"`
	Summary string    `json:"summary"`
	At      time.Time `json:"at"`
	// Local reports that the message went to the inbox of a user of the same server, and not out as mail.
	Local bool `json:"local"`
}

// Mails records what was sent. It is safe for concurrent use.
type Mails struct {
	mu   sync.Mutex
	list []Mail
}

// Add records one message.
func (m *Mails) Add(x Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, x)
}

// All lists the messages, oldest first.
func (m *Mails) All() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail{}, m.list...)
}

// Reset forgets everything.
func (m *Mails) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = nil
}
