package caldav

import (
	"fmt"

	"tahti/internal/standin"
)

// Switches are the desk's own: what a calendar service does to its users.
func (d *desk) Switches() []standin.Switch {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	readOnly := true
	s.eachCalendar(func(c *collection) { readOnly = readOnly && c.readOnly })
	return []standin.Switch{
		{ID: "signin", Label: "every sign-in is refused (401)", On: s.refuse},
		{ID: "readonly", Label: "all calendars are read-only", On: readOnly},
		{ID: "nosync", Label: "no sync-collection", On: s.profile.NoSync},
		{ID: "forget", Label: "Forget all sync-tokens now", Once: true},
	}
}

// Flip sets a switch.
func (d *desk) Flip(id string, on bool) error {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch id {
	case "signin":
		s.refuse = on
	case "readonly":
		s.eachCalendar(func(c *collection) { c.readOnly = on })
	case "nosync":
		s.profile.NoSync = on
	case "forget":
		s.eachCalendar(s.forgetTokens)
	default:
		return fmt.Errorf("no switch %q", id)
	}
	return nil
}

// eachCalendar calls f for every calendar of every user.
func (s *Server) eachCalendar(f func(*collection)) {
	for _, user := range s.names {
		a := s.accounts[user]
		for _, name := range a.order {
			if c := a.collections[name]; c.kind == kindCalendar {
				f(c)
			}
		}
	}
}
