package pipedrive

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/standin"
)

// Faults are those in force.
func (s *Server) Faults() *standin.Faults { return &s.faults }

// Mails lists what was mailed, oldest first.
func (s *Server) Mails() []standin.Mail { return s.mails.All() }

// Requests lists what came after number n, oldest first.
func (s *Server) Requests(n int64) []standin.Request { return s.log.Since(n) }

// Requested is the number of requests so far.
func (s *Server) Requested() int64 { return s.log.Count() }

// UserID is a user's id; 0 if there is none of that address.
func (s *Server) UserID(email string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.local(email); m != nil {
		return m.id
	}
	return 0
}

// as is the web app with a user signed in. The lock is held.
func (s *Server) as(email string) (*call, error) {
	m := s.local(email)
	if m == nil || !m.active {
		return nil, fmt.Errorf("no user %q", email)
	}
	return &call{Server: s, who: m}, nil
}

// Add makes an activity in the web app, for the user who is signed in there. The fields are named as in v2. A private one is such as the
// company's own calendar sync brings in.
func (s *Server) Add(email string, fields map[string]any, private bool) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.as(email)
	if err != nil {
		return 0, fmt.Errorf("add an activity: %w", err)
	}
	given, err := c.written(fields)
	if err != nil {
		return 0, fmt.Errorf("add an activity: %w", err)
	}
	r, err := c.create(given, private)
	if err != nil {
		return 0, fmt.Errorf("add an activity: %w", err)
	}
	return r.id, nil
}

// written is what a person gives in the web app, checked as v2 checks it. Plain Go numbers are taken.
func (c *call) written(fields map[string]any) (object, error) {
	v, f := c.check("", numbered(fields), structure(activities.writable))
	if f != nil {
		return nil, errors.New(f.message)
	}
	return v.(object), nil
}

// Change changes activities in the web app: one, or several at once from the list, of which webhooks say that it was a bulk edit.
func (s *Server) Change(email string, fields map[string]any, ids ...int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.as(email)
	if err != nil {
		return fmt.Errorf("change activities: %w", err)
	}
	for _, id := range ids {
		r := s.find(activities, id)
		if r == nil || r.deleted {
			return fmt.Errorf("change activities: no %d", id)
		}
		given, err := c.written(fields)
		if err == nil {
			err = c.edit(r, given, len(ids) > 1)
		}
		if err != nil {
			return fmt.Errorf("change activity %d: %w", id, err)
		}
	}
	return nil
}

// Delete deletes an activity in the web app.
func (s *Server) Delete(email string, id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.as(email)
	r := s.find(activities, id)
	switch {
	case err != nil:
		return fmt.Errorf("delete an activity: %w", err)
	case r == nil || r.deleted:
		return fmt.Errorf("delete an activity: no %d", id)
	}
	c.remove(r, change{by: c.who, source: "app"})
	return nil
}

// Activities are a user's that are there, whole and as they are now, whatever lists show of them.
func (s *Server) Activities(email string) ([]map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.local(email)
	if m == nil {
		return nil, fmt.Errorf("list activities: no user %q", email)
	}
	var list []map[string]any
	for _, r := range s.items[activities].order {
		if !r.deleted && r.number("owner_id") == m.id {
			list = append(list, s.renderActivity(r, m))
		}
	}
	return list, nil
}

// Seed makes n activities at once, spread over the company's users and over n/20 days from a day on, of its types in turn: every
// fifth of a whole day, every seventh done. No webhook hears of them, and nobody is mailed. It answers their ids.
func (s *Server) Seed(n int, from time.Time) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seed(n, from)
}

func (s *Server) seed(n int, from time.Time) []int64 {
	ids := make([]int64, 0, n)
	for i := range n {
		m := s.users[i%len(s.users)]
		at := from.UTC().Truncate(24*time.Hour).AddDate(0, 0, i/20).Add(time.Duration(8+i%9) * time.Hour)
		fields := object{
			"subject": fmt.Sprintf("Activity %d", i+1), "type": s.kinds[i%len(s.kinds)].key, "owner_id": m.id, "due_date": at.Format(time.DateOnly),
			"done": i%7 == 6,
		}
		if i%5 != 4 {
			fields["due_time"], fields["duration"] = at.Format("15:04"), "00:45"
		}
		r := s.store(activities, fields, m.id)
		if i%7 == 6 {
			r.done = r.added
		}
		ids = append(ids, r.id)
	}
	return ids
}

// Join puts a person into the company.
func (s *Server) Join(u User) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Name == "" {
		u.Name = u.Email
	}
	return s.addUser(u).id
}

// Leave deactivates a user: tokens and webhooks of theirs are over, their activities stay.
func (s *Server) Leave(email string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.local(email)
	if m == nil {
		return fmt.Errorf("leave: no user %q", email)
	}
	m.active = false
	for text, g := range s.grants {
		if g.who == m {
			delete(s.grants, text)
		}
	}
	s.installs = slices.DeleteFunc(s.installs, func(in *install) bool { return in.who == m })
	return nil
}

// Regenerate gives a user a new API token: the old one is dead at once.
func (s *Server) Regenerate(email, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.local(email)
	if m == nil {
		return fmt.Errorf("regenerate: no user %q", email)
	}
	for text, g := range s.grants {
		if g.who == m && g.app == nil {
			delete(s.grants, text)
		}
	}
	s.grants[token] = &grant{who: m}
	return nil
}

// Grant gives out an access token of a user for the first app, with just these scopes, without the sign-in pages and without an end.
func (s *Server) Grant(email string, scopes ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.local(email)
	if m == nil {
		return "", fmt.Errorf("grant: no user %q", email)
	}
	g := &grant{who: m, app: &s.opt.Apps[0], scopes: map[string]bool{"base": true}}
	for _, x := range scopes {
		g.scopes[x] = true
	}
	token := "v1u:" + secret(340)
	s.grants[token] = g
	return token, nil
}

// Spend uses up tokens of the company's day, as its other programs do.
func (s *Server) Spend(tokens int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turnPage()
	s.ledger.used += tokens
}

// SwitchSync switches the company's own calendar sync of a user on or off; it decides on mails to guests alone, see [Server.Mirror].
func (s *Server) SwitchSync(email string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.local(email)
	if m == nil {
		return fmt.Errorf("switch the calendar sync: no user %q", email)
	}
	m.calendar = on
	return nil
}

// Meet gives an activity a meeting link, as a video program does that the company has installed. Clients cannot set one.
func (s *Server) Meet(id int64, client, url, meeting string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(activities, id)
	if r == nil {
		return fmt.Errorf("meet: no activity %d", id)
	}
	before := *r
	r.meeting = object{"client": client, "url": url, "id": meeting}
	s.touch(r)
	s.emit(change{action: "change", record: r, before: &before, source: "app"})
	return nil
}

// Housekeep moves update_time of every activity and nothing that anybody sees, as work of the original's own does behind the scenes.
// No webhook hears of it.
func (s *Server) Housekeep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.items[activities].order {
		if !r.deleted {
			s.touch(r)
		}
	}
}

// Spoil puts values into an activity that no client could have put there; nil takes one away. update_time moves, no webhook hears of it.
func (s *Server) Spoil(id int64, fields map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(activities, id)
	if r == nil {
		return fmt.Errorf("spoil: no activity %d", id)
	}
	spoiled := object{}
	for k, v := range r.fields {
		spoiled[k] = v
	}
	for k, v := range fields {
		spoiled[k] = v
	}
	r.fields = spoiled
	s.touch(r)
	return nil
}
