package graph

import (
	"encoding/json"
	"fmt"
	"net/http"

	"tahti/internal/standin"
)

// Faults replaces the faults in force.
func (s *Server) Faults(list ...standin.Fault) error { return s.faults.Set(list...) }

// Requests lists what came since the start or the last reset.
func (s *Server) Requests() []standin.Request { return s.log.Since(0) }

// Mails lists every message of a meeting.
func (s *Server) Mails() []standin.Mail { return s.mails.All() }

// Reset puts everything back to the first day.
func (s *Server) Reset() { s.stand.ResetAll() }

// SetVariants answers the open questions anew from now on; what is stored stays.
func (s *Server) SetVariants(v Variants) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variants = v
}

// mailbox finds a user's mailbox. The lock is held.
func (s *Server) mailbox(user string) (*mailbox, error) {
	b := s.findBox(user)
	if b == nil {
		return nil, fmt.Errorf("no user %q", user)
	}
	return b, nil
}

// calendar finds a calendar by user and name. The lock is held.
func (s *Server) calendar(user, name string) (*folder, error) {
	b, err := s.mailbox(user)
	if err != nil {
		return nil, err
	}
	for _, f := range b.folders {
		if f.name == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("no calendar %q of %q", name, user)
}

// event finds an event of a user by an id of either kind. The lock is held.
func (s *Server) event(user, id string) (view, error) {
	b, err := s.mailbox(user)
	if err != nil {
		return view{}, err
	}
	c := &call{Server: s, principal: principal{box: b}}
	x, f := c.findEvent(id, nil, false)
	if f != nil {
		return view{}, fmt.Errorf("event %s: %s", id, f.detail)
	}
	return x, nil
}

// CalendarID is the id of a calendar.
func (s *Server) CalendarID(user, calendar string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.calendar(user, calendar)
	if err != nil {
		return "", err
	}
	return f.id(), nil
}

// Events lists what a calendar holds, single events and series masters, as the API shows them with immutable ids, their
// extended properties, exceptions and cancelled occurrences included. Times are in UTC.
func (s *Server) Events(user, calendar string) ([]json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.calendar(user, calendar)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	var list []json.RawMessage
	for _, it := range f.box.sorted() {
		v := it.now()
		if v.folder != f {
			continue
		}
		sh := shape{prefer: prefer{zone: utc, immutable: true}, selected: eventProperties, expand: []string{"exceptionOccurrences"}}
		for id := range v.extended { // any order: each is found by its id
			sh.extended = append(sh.extended, id)
		}
		b, err := plainJSON(s.render(it.view(v), sh))
		if err != nil {
			return nil, fmt.Errorf("list events: %w", err)
		}
		list = append(list, b)
	}
	return list, nil
}

// Do performs a request as a user would in another program of theirs, without a sign-in, past faults and log. path
// begins behind /v1.0, such as /me/events; body is JSON or empty.
func (s *Server) Do(user, method, path, body string) (int, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.mailbox(user)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(method, "http://localhost/v1.0"+path, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	w := newRecorder()
	c := &call{
		Server: s, w: w, r: r, body: []byte(body), q: r.URL.Query(), principal: principal{b, allScopes}, prefer: prefer{zone: utc, immutable: true},
	}
	if f := c.route(r.URL.EscapedPath()[len("/v1.0/"):]); f != nil {
		s.fail(w, r, f)
	}
	if w.status >= http.StatusBadRequest {
		return w.status, w.body.Bytes(), fmt.Errorf("%s %s: %d %s", method, path, w.status, w.body.String())
	}
	return w.status, w.body.Bytes(), nil
}

// MoveTo puts an event into another calendar of the same user, as a person does in Outlook. Its regular id changes.
func (s *Server) MoveTo(user, id, calendar string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.event(user, id)
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	f, err := s.calendar(user, calendar)
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	s.store(x.it, f, x.v.edit(), false)
	return nil
}

// Copy puts a copy of an event into a calendar of the same user, as a person does in Outlook: another event, with another
// UID, that has our extended properties too. It answers the immutable id.
func (s *Server) Copy(user, id, calendar string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.event(user, id)
	if err != nil {
		return "", fmt.Errorf("copy: %w", err)
	}
	f, err := s.calendar(user, calendar)
	if err != nil {
		return "", fmt.Errorf("copy: %w", err)
	}
	st := x.v.edit()
	st.transaction, st.attendees = "", nil
	if s.variants.BareCopies {
		st.extended = map[string]string{}
	}
	it := s.newItem(f.box, "")
	s.store(it, f, st, false)
	return it.id(whole, true), nil
}

// Reimport does what an export and an import of a mailbox do: the event is another one now, with another immutable id, under
// the UID that it had. It answers that id.
func (s *Server) Reimport(user, id string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.event(user, id)
	if err != nil {
		return "", fmt.Errorf("reimport: %w", err)
	}
	st, f := x.v.edit(), x.v.folder
	s.store(x.it, f, st, true)
	it := s.newItem(f.box, x.it.uid)
	s.store(it, f, st, false)
	return it.id(whole, true), nil
}

// Respond lets a guest who is no user here answer an organiser's invitation: accepted, tentativelyAccepted or declined.
func (s *Server) Respond(organizer, id, guest, answer string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.event(organizer, id)
	if err != nil {
		return fmt.Errorf("respond: %w", err)
	}
	if !invited(x.p.attendees, guest) {
		return fmt.Errorf("respond: %s is not invited", guest)
	}
	s.answered(x.it, x, guest, props{response: answer, answered: writeInstant(s.now())})
	return nil
}

// Housekeep does what the original does to an item on its own: its change key moves, nothing else. Under
// [Variants.NoHousekeeping] nothing happens.
func (s *Server) Housekeep(user, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.event(user, id)
	if err != nil {
		return fmt.Errorf("housekeep: %w", err)
	}
	s.housekeep(x.it)
	return nil
}

func (s *Server) housekeep(it *item) {
	if !s.variants.NoHousekeeping {
		v := it.now()
		s.store(it, v.folder, v.edit(), false)
		it.now().at = v.at
	}
}

// SetReadOnly takes the right to write a calendar away, or gives it back.
func (s *Server) SetReadOnly(user, calendar string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.calendar(user, calendar)
	if err != nil {
		return fmt.Errorf("set read-only: %w", err)
	}
	f.readOnly = on
	return nil
}

// ForgetTokens makes every delta token of a user invalid, as the original does after a while.
func (s *Server) ForgetTokens(user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.mailbox(user)
	if err != nil {
		return fmt.Errorf("forget tokens: %w", err)
	}
	b.forget()
	return nil
}

func (b *mailbox) forget() {
	b.seq++
	b.floor = b.seq
}

// HalfCreate lets the next creations of a user happen by half: the event is stored without its extended properties, and 503
// ConcurrentItemSave is answered.
func (s *Server) HalfCreate(user string, times int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.mailbox(user)
	if err != nil {
		return fmt.Errorf("half create: %w", err)
	}
	b.half = times
	return nil
}

// CustomZone gives an event the zone that a desktop program has defined for it and that nobody knows by name.
func (s *Server) CustomZone(user, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.event(user, id)
	if err != nil {
		return fmt.Errorf("custom zone: %w", err)
	}
	st := x.v.edit()
	st.start.zone, st.end.zone = customZone, customZone
	if st.recurrence != nil {
		r := *st.recurrence
		r.zone.name = customZone
		st.recurrence = &r
	}
	s.store(x.it, x.v.folder, st, false)
	return nil
}

// Invite puts a meeting of an organiser elsewhere into a user's default calendar, as an invitation that has arrived. body is
// that of a POST of an event, attendees included. It answers the immutable id.
func (s *Server) Invite(user, organizer, body string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.mailbox(user)
	if err != nil {
		return "", fmt.Errorf("invite: %w", err)
	}
	p, f := s.decodePatch([]byte(body))
	st := state{props: newProps(), organizer: person{displayOf(organizer), organizer}, invited: true}
	st.response = "notResponded"
	if f == nil {
		f = (&call{Server: s, principal: principal{box: b}}).create(&st, p)
	}
	if f != nil {
		return "", fmt.Errorf("invite: %s", f.detail)
	}
	it := s.newItem(b, "")
	s.store(it, b.folders[0], st, false)
	return it.id(whole, true), nil
}
