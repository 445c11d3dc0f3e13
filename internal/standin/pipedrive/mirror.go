package pipedrive

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// Mirrored is the calendar at the other end of the company's own calendar sync, as that sync reaches it: a backdoor of the provider's.
type Mirrored interface {
	Create(e calendar.Event) (id string, err error)
	Edit(id string, e calendar.Event) error
	Delete(id string) error
}

// Mirror is the company's own calendar sync for one user: somebody else's sync, which a company that comes has in place already. What it
// leaves in the calendar is the title, with what the activity is linked to in front (guide to Google's sync), and, from memory, lines
// about it at the end of the description; in Pipedrive it leaves nothing that v2 would show (guide to v2: its fields were removed).
// It is not safe for concurrent use.
type Mirror struct {
	server *Server
	who    *member
	to     Mirrored
	// Order is what a title is made of; deal, person, organization and subject, in this order, if empty.
	Order []string
	// Context adds the lines about what an activity is linked to.
	Context bool
	// Type is given to events that come in; meeting if empty.
	Type string
	// out are the events of activities, with the time of change that was last carried over; in are the activities of events.
	out map[int64]carried
	in  map[string]int64
}

type carried struct {
	event   string
	updated time.Time
}

// Mirror starts the company's own calendar sync of a user. It does nothing by itself; see [Mirror.Run].
func (s *Server) Mirror(email string, to Mirrored) (*Mirror, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.local(email)
	if m == nil {
		return nil, fmt.Errorf("mirror: no user %q", email)
	}
	m.calendar = true
	return &Mirror{server: s, who: m, to: to, out: map[int64]carried{}, in: map[string]int64{}}, nil
}

// Run carries every activity of the user that is new or changed since the last run into the calendar, and deletes there what was
// deleted here. It answers how many events it wrote.
func (m *Mirror) Run() (wrote int, err error) {
	for _, x := range m.due() {
		switch {
		case x.gone:
			err = m.to.Delete(x.event)
			delete(m.out, x.id)
		case x.event != "":
			err = m.to.Edit(x.event, x.says)
			m.out[x.id] = carried{x.event, x.updated}
		default:
			var id string
			id, err = m.to.Create(x.says)
			m.out[x.id], m.in[id] = carried{id, x.updated}, x.id
		}
		if err != nil {
			return wrote, fmt.Errorf("mirror activity %d: %w", x.id, err)
		}
		wrote++
	}
	return wrote, nil
}

// errand is one event to write.
type errand struct {
	id      int64
	event   string
	says    calendar.Event
	updated time.Time
	gone    bool
}

// due are the events to write, in order of their activities. The lock is not held while they are written.
func (m *Mirror) due() (list []errand) {
	s := m.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.items[activities].order {
		was, there := m.out[r.id]
		mine := r.number("owner_id") == m.who.id && r.fields["due_date"] != nil
		switch {
		case there && (r.deleted || !mine):
			list = append(list, errand{id: r.id, event: was.event, gone: true})
		case mine && !r.deleted && (!there || !was.updated.Equal(r.changed)):
			list = append(list, errand{id: r.id, event: was.event, says: m.event(r), updated: r.changed})
		}
	}
	return list
}

// event is an activity as the calendar shows it.
func (m *Mirror) event(r *record) calendar.Event {
	c := &call{Server: m.server, who: m.who}
	x := c.entry(r, 0)
	e := calendar.Event{Values: calendar.Values{
		Subject: m.title(r), Location: x.Place, Description: x.Description, Start: x.Start, End: x.End, Busy: r.fields["busy"] != false,
	}}
	if m.Context {
		e.Description = strings.TrimSpace(e.Description + "\n\n" + m.context(r))
	}
	return e
}

// title is what an activity is linked to, and its subject (guide to Google's sync).
func (m *Mirror) title(r *record) string {
	order := m.Order
	if len(order) == 0 {
		order = []string{"deal", "person", "organization", "subject"}
	}
	var parts []string
	for _, name := range order {
		part := r.text("subject")
		if name != "subject" {
			part, _ = m.linked(r, name)
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " > ")
}

// linked is the name of what an activity is linked to, and where its page is.
func (m *Mirror) linked(r *record, kind string) (name, address string) {
	for field, e := range links {
		if e.name == kind {
			if x := m.server.items[e].byID[r.number(field)]; x != nil {
				return cmp.Or(x.text("title"), x.text("name")), fmt.Sprintf("https://%s/%s/%d", m.server.host(), kind, x.id)
			}
		}
	}
	return "", ""
}

func (m *Mirror) context(r *record) string {
	var lines []string
	for _, kind := range []string{"deal", "person", "organization"} {
		if name, address := m.linked(r, kind); name != "" {
			lines = append(lines, strings.ToUpper(kind[:1])+kind[1:]+": "+name, address)
		}
	}
	return strings.Join(lines, "\n")
}

// Receive is an event that the calendar has, brought in: an activity of the user's is made, or the one that was made of it is changed.
// Its details are private where the event's are.
func (m *Mirror) Receive(id string, e calendar.Event) (int64, error) {
	s := m.server
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{Server: s, who: m.who}
	given, err := m.activity(c, e)
	if err != nil {
		return 0, fmt.Errorf("receive an event: %w", err)
	}
	r := s.items[activities].byID[m.in[id]]
	if r == nil || r.deleted {
		r, err = c.create(given, e.Private)
	} else {
		delete(given, "type")
		if title, ours := strings.CutPrefix(e.Subject, strings.TrimSuffix(m.title(r), r.text("subject"))); ours {
			given["subject"] = cmp.Or(title, r.text("subject")) // what it put in front itself is none of the subject
		}
		err = c.edit(r, given, false)
		r.private = e.Private
	}
	if err != nil {
		return 0, fmt.Errorf("receive an event: %w", err)
	}
	m.in[id], m.out[r.id] = r.id, carried{id, r.changed}
	return r.id, nil
}

// activity is what an event says, in fields of an activity.
func (m *Mirror) activity(c *call, e calendar.Event) (object, error) {
	x := c.entry(&record{entity: activities, fields: object{}}, 0).Draft
	x.Title, x.Place, x.Description, x.Start, x.End, x.Kind = cmp.Or(e.Subject, "(no title)"), e.Location, e.Description, e.Start, e.End, cmp.Or(m.Type, "meeting")
	given, err := c.drafted(x)
	if err != nil {
		return nil, err
	}
	given["busy"] = e.Busy
	var guests []any
	for _, g := range e.Guests {
		guests = append(guests, object{"email": g.Email, "name": g.Name, "status": string(g.Answer), "is_organizer": g.Email == e.Organizer.Email})
	}
	if guests != nil {
		given["attendees"] = guests
	}
	return given, nil
}

// Lose is an event that the calendar has no more: its activity is deleted.
func (m *Mirror) Lose(id string) {
	s := m.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.items[activities].byID[m.in[id]]; r != nil && !r.deleted {
		s.remove(r, change{by: m.who, source: "app"})
		delete(m.out, r.id)
	}
}

// Pairs are the activities and the events that the sync holds to be one, by activity.
func (m *Mirror) Pairs() map[int64]string {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	pairs := map[int64]string{}
	for _, id := range slices.Sorted(maps.Keys(m.out)) {
		pairs[id] = m.out[id].event
	}
	return pairs
}

// numbered writes Go's numbers as a decoder of JSON gives them.
func numbered(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return v // its check will say what is wrong with it
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return v
	}
	return out
}
