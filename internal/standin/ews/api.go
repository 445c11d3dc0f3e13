package ews

import (
	"bytes"
	"fmt"
	"strings"

	"tahti/internal/standin"
)

// Reset puts everything back to the first day, as POST /_standin/reset does.
func (s *Server) Reset() { s.stand.ResetAll() }

// Faults replaces the faults in force.
func (s *Server) Faults(list ...standin.Fault) error { return s.faults.Set(list...) }

// Mails lists the messages that the original would have sent.
func (s *Server) Mails() []standin.Mail { return s.mails.All() }

// Requests lists what came, oldest first.
func (s *Server) Requests() []standin.Request { return s.log.Since(0) }

// user finds a mailbox. The lock is held.
func (s *Server) user(name string) (*mailbox, error) {
	if b := s.findBox(name); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("no user %q", name)
}

// Events lists a calendar's single events and masters with all their properties, each as a CalendarItem element.
func (s *Server) Events(user, calendar string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.user(user)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	for _, f := range b.folders {
		if f.name != calendar || !f.calendar() || f.gone {
			continue
		}
		var list []string
		for _, it := range f.items() {
			list = append(list, s.whole(it))
		}
		return list, nil
	}
	return nil, fmt.Errorf("list events: no calendar %q", calendar)
}

// whole writes an event with everything there is to it.
func (s *Server) whole(it *item) string {
	c := &call{Server: s, box: it.box, zone: utc}
	x := it.view()
	n := el("t:CalendarItem", x.id())
	for i := range fields {
		if f := &fields[i]; f.show != nil && f.shape != asked {
			n.kids = append(n.kids, f.show(c, x)...)
		}
	}
	for _, key := range sortedKeys(it.extended) {
		v := it.extended[key]
		n.kids = append(n.kids, el("t:ExtendedProperty", el("t:ExtendedFieldURI").with(v.uri...), tx("t:Value", v.one+strings.Join(v.many, ";"))))
	}
	var out bytes.Buffer
	n.write(&out)
	return out.String()
}

// ForgetStates makes every SyncState of a user's folders too old.
func (s *Server) ForgetStates(user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.user(user)
	if err != nil {
		return fmt.Errorf("forget states: %w", err)
	}
	b.forget()
	return nil
}

func (b *mailbox) forget() {
	b.seq++
	b.floor = b.seq
}

// Invite brings a meeting of somebody else's into a user's calendar, as an invitation by mail does. inside is what a
// CalendarItem element of CreateItem would hold, with t as the prefix of types.
func (s *Server) Invite(user, organizer, inside string) error {
	e, err := standin.ParseXML(strings.NewReader(`<t:CalendarItem xmlns:t="` + nsTypes + `">` + inside + `</t:CalendarItem>`))
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	if problem := check(e, "CalendarItem"); problem != "" {
		return fmt.Errorf("invite: %s", problem)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.user(user)
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	c := &call{Server: s, box: b, zone: utc}
	it, f := c.create(b.named("calendar"), e, "SendToNone")
	if f != nil {
		return fmt.Errorf("invite: %s", f.detail)
	}
	st := it.edit()
	st.organizer, st.invited, st.sent, st.response, st.busy = person{displayOf(organizer), organizer}, true, true, "NoResponseReceived", "Tentative"
	s.store(it, st)
	return nil
}
