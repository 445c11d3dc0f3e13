package google

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
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
	sh.forget()
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

// Plant puts an event into a calendar as only the original itself can make one: organized by others, locked, from Gmail.
// The fields are an event's as answers have it; nobody is told.
func (s *Server) Plant(calendar string, fields map[string]any) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ring()
	sh := s.calendars[calendar]
	if sh == nil {
		return "", fmt.Errorf("plant an event: no calendar %q", calendar)
	}
	c := &call{Server: s, query: url.Values{"conferenceDataVersion": {"1"}, "supportsAttachments": {"true"}}, who: sh.owner}
	if f := c.check("", fields, eventShape); f != nil {
		return "", fmt.Errorf("plant an event: %s", f.message)
	}
	body := without(fields)
	e := &event{created: s.now(), creator: sh.asPerson(), organizer: sh.asPerson(), kind: "default"}
	for name, to := range map[string]*string{"id": &e.id, "iCalUID": &e.uid, "eventType": &e.kind} {
		if v, ok := body[name].(string); ok {
			*to = v
		}
	}
	for name, to := range map[string]*person{"organizer": &e.organizer, "creator": &e.creator} {
		if o, ok := body[name].(object); ok {
			to.email, _ = o["email"].(string)
			to.name, _ = o["displayName"].(string)
		}
	}
	if e.id == "" {
		e.id = s.newID()
	}
	if e.uid == "" {
		e.uid = e.id + "@google.com"
	}
	e.locked, e.privateCopy = body["locked"] == true, body["privateCopy"] == true
	stripped(body)
	l := &listing{shelf: sh, role: roleOwner}
	d, f := c.accept(l, body, false)
	if f != nil {
		return "", fmt.Errorf("plant an event: %s", f.message)
	}
	if d.fields["status"] == nil {
		d.fields["status"] = "confirmed"
	}
	c.store(l, e, d)
	return e.id, nil
}

// Spoil lays fields over what answers say of an event, whatever they are; nil takes one away. Its ETag moves.
func (s *Server) Spoil(calendar, id string, fields map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ring()
	sh := s.calendars[calendar]
	if sh == nil || sh.events[id] == nil {
		return fmt.Errorf("spoil an event: no %q in calendar %q", id, calendar)
	}
	e := sh.events[id]
	e.spoiled, e.updated, e.tag = fields, s.now(), s.tag()
	sh.record(e, s.now())
	return nil
}

// SetRole changes what a user may do with a calendar: a name as accessRole has it. With none it leaves the user's list.
// Sync tokens from before are over, as the guide says of changes of access.
func (s *Server) SetRole(email, calendar, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.local(email)
	r, ok := parseRole(name)
	if a == nil || a.listed(calendar) == nil || !ok {
		return fmt.Errorf("set role: no user %q with calendar %q, or no role %q", email, calendar, name)
	}
	l := a.listed(calendar)
	if r == roleNone {
		a.drop(l.shelf)
		return nil
	}
	l.role = r
	l.shelf.forget()
	a.touch(l)
	return nil
}

// Withdraw ends everything that a user has granted to any client, as the person can on the account's own pages, and a
// changed password does.
func (s *Server) Withdraw(email string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.local(email) == nil {
		return fmt.Errorf("withdraw: no user %q", email)
	}
	for k := range s.consents {
		if k.user == email {
			s.withdraw(k)
		}
	}
	return nil
}

// Block is the administrator's word: on lets no program in from now on.
func (s *Server) Block(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked = on
}

// Narrow leaves a user's grants nothing but these scopes, written short or in full: what is refreshed from now on comes
// with fewer of them.
func (s *Server) Narrow(email string, keep ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.local(email) == nil {
		return fmt.Errorf("narrow: no user %q", email)
	}
	kept := map[string]bool{}
	for _, x := range keep {
		if full := signInScopes[x]; full != "" {
			x = full
		} else if !strings.Contains(x, "/") {
			x = scopePrefix + x
		}
		kept[x] = true
	}
	gone := func(x string) bool { return !kept[x] }
	for k, all := range s.consents {
		if k.user != email {
			continue
		}
		maps.DeleteFunc(all.scopes, func(x string, _ bool) bool { return gone(x) })
		for _, t := range all.refresh {
			t.scopes = slices.DeleteFunc(slices.Clone(t.scopes), gone)
		}
	}
	return nil
}

// Copy duplicates an event as people do in the original's own pages: under a new id and UID, with its private properties
// too where private says so (1.7: from memory it does).
func (s *Server) Copy(calendar, id string, private bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ring()
	sh := s.calendars[calendar]
	if sh == nil || sh.find(id) == nil {
		return "", fmt.Errorf("copy an event: no %q in calendar %q", id, calendar)
	}
	e := sh.find(id)
	fields := e.fields()
	if ext, ok := fields["extendedProperties"].(object); ok && !private {
		fields["extendedProperties"] = merge(ext, object{"private": nil})
	}
	twin := &event{id: s.newID(), kind: e.kind, created: s.now(), creator: e.creator, organizer: sh.asPerson()}
	twin.uid = twin.id + "@google.com"
	lines, _ := fields["recurrence"].([]any)
	c := &call{Server: s, who: sh.owner}
	c.store(&listing{shelf: sh, role: roleOwner}, twin, draft{fields: fields, start: e.start, end: e.end, recurrence: lines})
	return twin.id, nil
}

// Housekeep moves the ETags of all events of a calendar and nothing that anybody sees, as work of the original's own does
// behind the scenes. Clients are told of all of them.
func (s *Server) Housekeep(calendar string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ring()
	sh := s.calendars[calendar]
	if sh == nil {
		return fmt.Errorf("housekeep: no calendar %q", calendar)
	}
	for _, e := range sh.events {
		e.tag = s.tag()
		sh.record(e, s.now())
	}
	return nil
}

// EmptyTrash takes from the deleted events of a calendar all but their ids, as a person does who empties it: they cannot
// be restored any more, and their ids stay taken.
func (s *Server) EmptyTrash(calendar string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.calendars[calendar]
	if sh == nil {
		return fmt.Errorf("empty the trash: no calendar %q", calendar)
	}
	for _, e := range sh.events {
		e.bare = e.bare || e.cancelled() && e.series == nil
	}
	return nil
}

// Purge forgets the deleted events of a calendar, as the original does after a while: they are not there any more, their
// ids stay taken, and sync tokens from before are over.
func (s *Server) Purge(calendar string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.calendars[calendar]
	if sh == nil {
		return fmt.Errorf("purge: no calendar %q", calendar)
	}
	sh.forgetGone(len(sh.gone))
	return nil
}
