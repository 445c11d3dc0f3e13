package graph

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	standin "tahti/internal/standin/graph"
)

const alice = "alice@example.com"

// backdoor is the same mailbox in another program: what it does goes past the adapter's wire.
type backdoor struct {
	*wire
	server   *standin.Server
	calendar string // id
	names    string // name
}

// rendered is an event as another program writes it: by IANA names, text as text.
func rendered(e *calendar.Event) (payload, error) {
	p := payload{
		"subject": e.Subject, "location": location{e.Location}, "body": itemBody{"html", htmlOf(e.Description)},
		"showAs": map[bool]string{true: "busy", false: "free"}[e.Busy], "sensitivity": map[bool]string{true: "private", false: "normal"}[e.Private],
		"isAllDay": e.Start.Kind == calendar.Date,
	}
	for name, t := range map[string]calendar.Time{"start": e.Start, "end": e.End} {
		d, err := write(t, "FLE Standard Time")
		if err != nil {
			return nil, err
		}
		p[name] = d
	}
	if e.Rule != "" {
		r, err := patternOf(e, "FLE Standard Time")
		if err != nil {
			return nil, err
		}
		p["recurrence"] = r
	}
	var guests []map[string]any
	for _, g := range e.Guests {
		guests = append(guests, map[string]any{"emailAddress": emailAddress{g.Name, g.Email}, "type": "required"})
	}
	if guests != nil {
		p["attendees"] = guests
	}
	return p, nil
}

// do performs a request of a user and reads the event that is answered.
func (b *backdoor) do(user, method, path string, p payload) (*event, error) {
	body := ""
	if p != nil {
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	_, answer, err := b.server.Do(user, method, path, body)
	if err != nil || len(answer) == 0 {
		return nil, err
	}
	e := &event{}
	return e, json.Unmarshal(answer, e)
}

func (b *backdoor) path(id provider.RemoteID) string {
	return "/me/calendars/" + url.PathEscape(b.calendar) + "/events/" + url.PathEscape(string(id))
}

func (b *backdoor) create(e calendar.Event, more payload) (provider.RemoteID, error) {
	p, err := rendered(&e)
	if err != nil {
		return "", err
	}
	for name, v := range more {
		p[name] = v
	}
	if e.Organizer.Email != "" && e.Organizer.Email != alice {
		return b.invited(e, p)
	}
	made, err := b.do(alice, "POST", "/me/calendars/"+url.PathEscape(b.calendar)+"/events", p)
	if err != nil {
		return "", err
	}
	id := provider.RemoteID(made.ID)
	return id, b.occurrences(id, &e)
}

// invited lets an invitation of somebody elsewhere arrive.
func (b *backdoor) invited(e calendar.Event, p payload) (provider.RemoteID, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	id, err := b.server.Invite(alice, e.Organizer.Email, string(body))
	return provider.RemoteID(id), err
}

// occurrences writes what single ones say differently, and takes out what is cancelled.
func (b *backdoor) occurrences(id provider.RemoteID, e *calendar.Event) error {
	write := func(w calendar.Wall, method string, p payload) error {
		x, err := b.instance(id, e, w)
		if err != nil {
			return err
		}
		_, err = b.do(alice, method, "/me/events/"+url.PathEscape(x), p)
		return err
	}
	_, _ = b.do(alice, "GET", "/me/events/"+url.PathEscape(string(id)), nil) // a new event may hide from the first who asks
	for i := range e.Overrides {
		o := &e.Overrides[i]
		v := e.Effective(o)
		all, err := rendered(&calendar.Event{Values: v})
		if err != nil {
			return err
		}
		p := payload{}
		for f, names := range map[calendar.Field][]string{
			calendar.Subject: {"subject"}, calendar.Location: {"location"}, calendar.Description: {"body"}, calendar.When: {"start", "end", "isAllDay"},
		} {
			for _, name := range names {
				if o.Set.Has(f) {
					p[name] = all[name]
				}
			}
		}
		if err := write(o.Original, "PATCH", p); err != nil {
			return err
		}
	}
	for _, w := range e.Cancelled {
		if err := write(w, "DELETE", nil); err != nil {
			return err
		}
	}
	return nil
}

func (b *backdoor) instance(id provider.RemoteID, e *calendar.Event, w calendar.Wall) (string, error) {
	start := e.Start
	start.Wall = w
	at := start.Instant(clockOf(zoneOf(start), zoneOf(start)).loc).UTC()
	query := "/instances?startDateTime=" + at.Format(viewLayout) + "&endDateTime=" + at.Add(time.Minute).Format(viewLayout)
	_, answer, err := b.server.Do(alice, "GET", "/me/events/"+url.PathEscape(string(id))+query, "")
	if err != nil {
		return "", err
	}
	var p instances
	if err := json.Unmarshal(answer, &p); err != nil {
		return "", err
	}
	if len(p.Value) != 1 {
		return "", fmt.Errorf("%d instances at %s", len(p.Value), w)
	}
	return p.Value[0].ID, nil
}

// instances is a list of occurrences as Graph answers it.
type instances struct {
	Value []event `json:"value"`
}

func (b *backdoor) Create(e calendar.Event) (provider.RemoteID, error) { return b.create(e, nil) }

func (b *backdoor) Invite(e calendar.Event) (provider.RemoteID, error) { return b.Create(e) }

func (b *backdoor) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	return b.create(e, payload{
		"categories": []string{"Red category", "Travel"}, "importance": "high", "reminderMinutesBeforeStart": 42, "isReminderOn": true,
		"responseRequested": false, "allowNewTimeProposals": false,
		"singleValueExtendedProperties": []extended{{"String {00020329-0000-0000-C000-000000000046} Name Other", "kept"}},
	})
}

// unmodelled are members of an event that no field of ours stands for.
var unmodelled = []string{"categories", "importance", "reminderMinutesBeforeStart", "isReminderOn", "responseRequested", "allowNewTimeProposals", "hideAttendees", "attendees", "organizer"}

func (b *backdoor) Unmodelled(id provider.RemoteID) ([]string, error) {
	list, err := b.server.Events(alice, b.names)
	if err != nil {
		return nil, err
	}
	for _, raw := range list {
		var e event
		var all map[string]json.RawMessage
		if err := json.Unmarshal(raw, &e); err != nil || e.ID != string(id) {
			continue
		}
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, err
		}
		var out []string
		for _, name := range unmodelled {
			out = append(out, name+": "+string(all[name]))
		}
		for _, p := range e.Extended {
			if p.ID != "" && (&event{Extended: []extended{p}}).property(keyProperty) == "" && (&event{Extended: []extended{p}}).property(formProperty) == "" {
				out = append(out, p.ID+": "+p.Value)
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("no event %s", id)
}

func (b *backdoor) Edit(id provider.RemoteID, e calendar.Event) error {
	p, err := rendered(&e)
	if err != nil {
		return err
	}
	_, err = b.do(alice, "PATCH", b.path(id), p)
	return err
}

func (b *backdoor) Delete(id provider.RemoteID) error {
	_, err := b.do(alice, "DELETE", b.path(id), nil)
	return err
}

func (b *backdoor) Held() ([]provider.RemoteID, error) {
	list, err := b.server.Events(alice, b.names)
	if err != nil {
		return nil, err
	}
	var ids []provider.RemoteID
	for _, raw := range list {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		ids = append(ids, provider.RemoteID(e.ID))
	}
	return ids, nil
}

// CreateUnreadable makes a series in a zone that a desktop program has defined, and that nobody knows by name.
func (b *backdoor) CreateUnreadable() (provider.RemoteID, error) {
	e := calendar.Event{Rule: "FREQ=WEEKLY;COUNT=4"}
	e.Subject, e.Start, e.End = "In no zone", calendar.InZone(wall("20260504T090000"), "Europe/Helsinki"), calendar.InZone(wall("20260504T100000"), "Europe/Helsinki")
	id, err := b.Create(e)
	if err != nil {
		return id, err
	}
	return id, b.server.CustomZone(alice, string(id))
}

func (b *backdoor) LoseCursors() error { return b.server.ForgetTokens(alice) }

func wall(s string) calendar.Wall {
	w, err := calendar.ParseWall(s)
	if err != nil {
		panic(err)
	}
	return w
}
