package pipedrive

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"tahti/internal/calendar"
	"tahti/internal/standin"
)

// desk is the company as its page sees it: a calendar for each user, of the activities that are the user's. It writes as the user would
// in the original's own pages: webhooks hear of it, guests are mailed where the user's calendar sync is on.
type desk Server

func (d *desk) server() *Server { return (*Server)(d) }

// Calendars lists the company's users.
func (d *desk) Calendars() []standin.Shelf {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []standin.Shelf
	for _, m := range s.users {
		if m.active {
			list = append(list, standin.Shelf{ID: strconv.FormatInt(m.id, 10), User: m.Email, Name: m.Name})
		}
	}
	return list
}

// Kinds are the types of activities, those that are switched off last.
func (d *desk) Kinds() []standin.Kind {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	var on, off []standin.Kind
	for _, k := range s.kinds {
		if k.active {
			on = append(on, standin.Kind{Key: k.key, Name: k.name})
		} else {
			off = append(off, standin.Kind{Key: k.key, Name: k.name + " (–)"})
		}
	}
	return append(on, off...)
}

// Facts are what the day has cost.
func (d *desk) Facts() []standin.Fact {
	u := d.server().Usage()
	return []standin.Fact{{Sentence: "API tokens used today: %d of %d.", Args: []any{u.Used, u.Budget}}}
}

// open finds a user, as the one who writes on the page. The lock is held.
func (d *desk) open(shelf string) (*call, error) {
	id, _ := strconv.ParseInt(shelf, 10, 64)
	m := d.server().user(id)
	if m == nil || !m.active {
		return nil, errors.New("there is no such user")
	}
	return &call{Server: d.server(), who: m}, nil
}

// Entries lists the activities of some days on the user's clock. Those without a day stand on the first one.
func (d *desk) Entries(shelf string, from, to calendar.Wall) ([]standin.Entry, error) {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := d.open(shelf)
	if err != nil {
		return nil, fmt.Errorf("list activities: %w", err)
	}
	var list []standin.Entry
	for _, r := range s.items[activities].order {
		if r.deleted || r.number("owner_id") != c.who.id {
			continue
		}
		x := c.entry(r, from)
		if r.fields["due_date"] == nil || x.Start.Wall < to && (x.End.Wall > from || x.Start.Wall >= from) {
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b standin.Entry) int { return cmp.Compare(a.Start.Wall, b.Start.Wall) })
	return list, nil
}

// load finds an activity that is there. The lock is held.
func (d *desk) load(shelf, id string) (*call, *record, error) {
	c, err := d.open(shelf)
	if err != nil {
		return nil, nil, err
	}
	n, _ := strconv.ParseInt(id, 10, 64)
	r := c.Server.find(activities, n)
	if r == nil || r.deleted {
		return nil, nil, errors.New("it is not there any more")
	}
	return c, r, nil
}

// Entry is one activity.
func (d *desk) Entry(shelf, id string) (standin.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, r, err := d.load(shelf, id)
	if err != nil {
		return standin.Entry{}, fmt.Errorf("open activity: %w", err)
	}
	return c.entry(r, c.today()), nil
}

// Add makes a new activity.
func (d *desk) Add(shelf string, x standin.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.open(shelf)
	if err != nil {
		return fmt.Errorf("add activity: %w", err)
	}
	fields, err := c.drafted(x)
	if err != nil {
		return fmt.Errorf("add activity: %w", err)
	}
	if _, err := c.create(fields, false); err != nil {
		return fmt.Errorf("add activity: %w", err)
	}
	return nil
}

// Edit changes what differs from the draft.
func (d *desk) Edit(shelf, id string, x standin.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, r, err := d.load(shelf, id)
	if err == nil {
		err = c.redraft(r, x)
	}
	if err != nil {
		return fmt.Errorf("edit activity: %w", err)
	}
	return nil
}

// today is the day on the user's clock.
func (c *call) today() calendar.Wall { return calendar.WallIn(c.now(), c.who.location).Midnight() }

// redraft writes what differs between an activity and a draft. One without a day is shown on today's, and keeps none while it stays there.
func (c *call) redraft(r *record, x standin.Draft) error {
	was, err := c.drafted(c.entry(r, c.today()).Draft)
	if err != nil {
		return err
	}
	is, err := c.drafted(x)
	if err != nil {
		return err
	}
	given := object{}
	for k, v := range is {
		if fmt.Sprint(v) != fmt.Sprint(was[k]) {
			given[k] = v
		}
	}
	if len(given) == 0 {
		return nil
	}
	return c.edit(r, given, false)
}

// Move shifts an activity.
func (d *desk) Move(shelf, id string, by calendar.Wall) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, r, err := d.load(shelf, id)
	if err != nil {
		return fmt.Errorf("move activity: %w", err)
	}
	x := c.entry(r, c.today()).Draft
	if x.Start.Kind == calendar.Date && by%calendar.Day != 0 {
		return errors.New("move activity: whole days move by days")
	}
	x.Start.Wall += by
	x.End.Wall += by
	if err := c.redraft(r, x); err != nil {
		return fmt.Errorf("move activity: %w", err)
	}
	return nil
}

// Delete removes an activity as its owner would.
func (d *desk) Delete(shelf, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, r, err := d.load(shelf, id)
	if err != nil {
		return fmt.Errorf("delete activity: %w", err)
	}
	c.remove(r, change{by: c.who, source: "app"})
	return nil
}
