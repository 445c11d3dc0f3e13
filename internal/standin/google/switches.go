package google

import (
	"fmt"

	"tahti/internal/standin"
)

// Switches are the page's own: what the service, or an administrator, does to people.
func (d *desk) Switches() []standin.Switch {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	readOnly := true
	s.eachListing(func(l *listing) { readOnly = readOnly && l.role < roleBlindWriter })
	return []standin.Switch{
		{ID: "signin", Label: "every sign-in is refused (401)", On: s.shut},
		{ID: "readonly", Label: "all calendars are read-only", On: readOnly},
		{ID: "blocked", Label: "the administrator lets no program in", On: s.blocked},
		{ID: "quota", Label: "the use limits of the calendar are reached (403 quotaExceeded)", On: s.spent},
		{ID: "crowded", Label: "the whole project has asked too much in a minute (403 rateLimitExceeded)", On: s.crowded},
		{ID: "empty", Label: "an empty page before each page", On: s.variant.EmptyPages},
		{ID: "silent", Label: "sendUpdates=none mails nobody at all", On: s.variant.NoneIsSilent},
		{ID: "deaf", Label: "channels are silent", On: s.deaf},
		{ID: "testing", Label: "the program is in testing: only the first account may sign in, for a week", On: s.mis.testing},
		{ID: "moved", Label: "the program's redirect address is not registered", On: s.mis.moved},
		{ID: "undeclared", Label: "calendar.calendarlist.readonly is not declared for the program", On: s.mis.undeclared},
		{ID: "forget", Label: "Forget all sync tokens now", Once: true},
	}
}

// Flip sets a switch.
func (d *desk) Flip(id string, on bool) error {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch id {
	case "signin":
		s.shut = on
	case "readonly":
		role := map[bool]role{true: roleReader, false: roleOwner}[on]
		for _, a := range s.accounts {
			for _, l := range a.list {
				l.role = role
				l.shelf.forget()
				a.touch(l)
			}
		}
	case "blocked":
		s.blocked = on
	case "deaf":
		s.deaf = on
	case "testing":
		s.mis.testing = on
	case "moved":
		s.mis.moved = on
	case "undeclared":
		s.mis.undeclared = on
	case "quota":
		s.spent = on
	case "crowded":
		s.crowded = on
	case "empty":
		s.variant.EmptyPages = on
	case "silent":
		s.variant.NoneIsSilent = on
	case "forget":
		for _, sh := range s.calendars {
			sh.forget()
		}
	default:
		return fmt.Errorf("no switch %q", id)
	}
	return nil
}

// Crowd sets whether the limit of the whole project is reached.
func (s *Server) Crowd(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crowded = on
}

// eachListing calls f for every calendar of every user.
func (s *Server) eachListing(f func(*listing)) {
	for _, a := range s.accounts {
		for _, l := range a.list {
			f(l)
		}
	}
}

// forget makes every sync token that was given out so far invalid.
func (sh *shelf) forget() {
	sh.seq++ // so that a token of this moment is among them
	sh.dead = sh.seq
}
