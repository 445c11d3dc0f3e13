package caldav

import (
	"bytes"
	"fmt"

	"tahti/internal/standin"
)

// Object is one stored object as tests see it.
type Object struct {
	Path string // decoded
	ETag string
	Body []byte
}

// Faults replaces the faults in force.
func (s *Server) Faults(list ...standin.Fault) error { return s.faults.Set(list...) }

// Requests lists what came since the start or the last reset.
func (s *Server) Requests() []standin.Request { return s.log.Since(0) }

// Mails lists every scheduling message.
func (s *Server) Mails() []standin.Mail { return s.mails.All() }

// Reset puts everything back to the first day.
func (s *Server) Reset() { s.stand.ResetAll() }

// empty puts the store back to the first day.
func (s *Server) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile, s.refuse = s.first, false
	s.fill()
}

// SetProfile changes the server's behaviour from now on; what is stored stays.
func (s *Server) SetProfile(p Profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = p
}

// CalendarPath is the decoded path of a calendar.
func (s *Server) CalendarPath(user, calendar string) string {
	return "/dav/calendars/" + user + "/" + calendar + "/"
}

// calendar finds a collection by user and name. The lock is held.
func (s *Server) calendar(user, name string) (*collection, error) {
	a := s.accounts[user]
	if a == nil {
		return nil, fmt.Errorf("no user %q", user)
	}
	c := a.collections[name]
	if c == nil {
		return nil, fmt.Errorf("no calendar %q of %q", name, user)
	}
	return c, nil
}

// Events lists what a calendar (or "inbox") holds, by path.
func (s *Server) Events(user, calendar string) ([]Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.calendar(user, calendar)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	var list []Object
	for _, o := range c.sorted() {
		list = append(list, Object{c.path() + o.name, o.etag, bytes.Clone(o.raw)})
	}
	return list, nil
}

// PutRaw stores a body under a name whatever it is: garbage, or larger than any client could put. Nothing is checked,
// normalised or mailed; ETag, sync-token and ctag move as for a client's write.
func (s *Server) PutRaw(user, calendar, name string, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.calendar(user, calendar)
	if err != nil {
		return fmt.Errorf("put %s: %w", name, err)
	}
	f := facts{component: "VEVENT", endless: true}
	if root, err := parseICS(body); err == nil {
		if good, err := checkObject(root); err == nil {
			f = good
			f.measure(root)
		}
	}
	s.store(c, name, body, f, false)
	return nil
}

// Remove deletes an object without mailing anybody.
func (s *Server) Remove(user, calendar, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.calendar(user, calendar)
	if err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	o := c.objects[name]
	if o == nil {
		return fmt.Errorf("remove %s: not there", name)
	}
	s.remove(c, o)
	return nil
}

// SetReadOnly takes the right to write a calendar away, or gives it back.
func (s *Server) SetReadOnly(user, calendar string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.calendar(user, calendar)
	if err != nil {
		return fmt.Errorf("set read-only: %w", err)
	}
	c.readOnly = on
	return nil
}

// ForgetTokens makes every sync-token of a calendar invalid, as servers do after a while.
func (s *Server) ForgetTokens(user, calendar string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.calendar(user, calendar)
	if err != nil {
		return fmt.Errorf("forget tokens: %w", err)
	}
	s.forgetTokens(c)
	return nil
}
