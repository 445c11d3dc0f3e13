package caldav

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin"
)

// desk is the server as its page sees it. It writes as a client of the calendar's owner would: the result is checked,
// guests are told, ETag and sync-token move.
type desk Server

func (d *desk) server() *Server { return (*Server)(d) }

// Calendars lists all calendars; their ids are user and name with a slash between.
func (d *desk) Calendars() []standin.Shelf {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []standin.Shelf
	for _, user := range s.names {
		a := s.accounts[user]
		for _, name := range a.order {
			if c := a.collections[name]; c.kind == kindCalendar {
				list = append(list, standin.Shelf{ID: user + "/" + name, User: user, Name: c.display, ReadOnly: c.readOnly})
			}
		}
	}
	return list
}

// shelf finds the calendar. The lock is held.
func (d *desk) shelf(id string) (*collection, error) {
	user, name, _ := strings.Cut(id, "/")
	return d.server().calendar(user, name)
}

// Entries lists the occurrences of some days, those of unreadable objects under no day of their own.
func (d *desk) Entries(shelf string, from, to calendar.Wall) ([]standin.Entry, error) {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := d.shelf(shelf)
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	// A day more on each side holds every zone's idea of these days.
	wide := span{from.Civil().Add(-24 * time.Hour), to.Civil().Add(24 * time.Hour)}
	var list []standin.Entry
	for _, o := range c.sorted() {
		if o.facts.component != "VEVENT" || !o.facts.between(wide) {
			continue
		}
		root, err := parseICS(o.raw)
		if err != nil || masterOf(root) == nil {
			at := calendar.Time{Kind: calendar.Date, Wall: from}
			list = append(list, standin.Entry{ID: o.name, Note: "unreadable", Draft: standin.Draft{Title: o.name, Start: at, End: at}})
			continue
		}
		for _, x := range occurrencesIn(root, wide) {
			e := entryOf(o, root, x.Values)
			if e.Start.Wall < to && (e.End.Wall > from || e.Start.Wall >= from) {
				list = append(list, e)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b standin.Entry) int { return int(a.Start.Wall - b.Start.Wall) })
	return list, nil
}

func entryOf(o *object, root *component, v calendar.Values) standin.Entry {
	master := masterOf(root)
	e := standin.Entry{ID: o.name, Recurs: master.text("RRULE"), Draft: standin.Draft{
		Title: v.Subject, Place: v.Location, Description: v.Description, Start: v.Start, End: v.End,
	}}
	var notes []string
	if v.Status == calendar.Cancelled {
		notes = append(notes, "cancelled")
	}
	if n := len(attendeesOf(root)); n > 0 {
		notes = append(notes, strconv.Itoa(n)+" guests")
	}
	e.Note = strings.Join(notes, ", ")
	return e
}

// load finds an object and reads it. The lock is held.
func (d *desk) load(shelf, id string) (*collection, *object, *component, error) {
	c, err := d.shelf(shelf)
	if err != nil {
		return nil, nil, nil, err
	}
	o := c.objects[id]
	if o == nil {
		return nil, nil, nil, errors.New("it is not there any more")
	}
	root, err := parseICS(o.raw)
	if err != nil {
		return c, o, nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if _, ok := series(root); !ok {
		return c, o, nil, errors.New("it has no start")
	}
	return c, o, root, nil
}

// Entry is the series as a whole.
func (d *desk) Entry(shelf, id string) (standin.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, o, root, err := d.load(shelf, id)
	if err != nil {
		return standin.Entry{}, fmt.Errorf("open event: %w", err)
	}
	v, _ := valuesOf(root, masterOf(root)) // load has seen that it has a start
	return entryOf(o, root, v), nil
}

// Add makes a new object.
func (d *desk) Add(shelf string, x standin.Draft) error {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := d.shelf(shelf)
	if err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	uid := fmt.Sprintf("page-%d-%d-%d", s.now().UnixNano(), c.birth, c.seq)
	event := &component{name: "VEVENT", props: []property{
		{name: "UID", value: uid}, {name: "CREATED", value: s.stamp()}, timeProperty("DTSTART", x.Start), timeProperty("DTEND", x.End),
	}}
	root := &component{name: "VCALENDAR", comps: []*component{event}, props: []property{
		{name: "VERSION", value: "2.0"}, {name: "PRODID", value: prodID},
	}}
	setTexts(event, x)
	return d.write(c, uid+".ics", nil, root, "add event")
}

func setTexts(c *component, x standin.Draft) {
	c.setText("SUMMARY", x.Title)
	c.setText("LOCATION", x.Place)
	c.setText("DESCRIPTION", x.Description)
}

// Edit changes what differs from the draft.
func (d *desk) Edit(shelf, id string, x standin.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, o, root, err := d.load(shelf, id)
	if err != nil {
		return fmt.Errorf("edit event: %w", err)
	}
	master := masterOf(root)
	v, _ := valuesOf(root, master) // load has seen that it has a start
	setTexts(master, x)
	if x.Start != v.Start || x.End != v.End {
		if err := reschedule(root, v, x); err != nil {
			return fmt.Errorf("edit event: %w", err)
		}
	}
	return d.write(c, o.name, o, root, "edit event")
}

// Move shifts the object whole.
func (d *desk) Move(shelf, id string, by calendar.Wall) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, o, root, err := d.load(shelf, id)
	if err != nil {
		return fmt.Errorf("move event: %w", err)
	}
	v, _ := valuesOf(root, masterOf(root)) // load has seen that it has a start
	if v.Start.Kind == calendar.Date && by%calendar.Day != 0 {
		return errors.New("move event: whole days move by days")
	}
	x := standin.Draft{Start: v.Start, End: v.End}
	x.Start.Wall += by
	x.End.Wall += by
	if err := reschedule(root, v, x); err != nil {
		return fmt.Errorf("move event: %w", err)
	}
	return d.write(c, o.name, o, root, "move event")
}

// Delete removes the object as its owner's client would.
func (d *desk) Delete(shelf, id string) error {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := d.shelf(shelf)
	if err != nil {
		return fmt.Errorf("delete event: %w", err)
	}
	o := c.objects[id]
	if o == nil {
		return errors.New("delete event: it is not there any more")
	}
	s.scheduleDelete(c.owner, c, o, false)
	s.remove(c, o)
	return nil
}

func (s *Server) stamp() string { return s.now().UTC().Format("20060102T150405Z") }

// write stores what the page made, as a PUT would.
func (d *desk) write(c *collection, name string, o *object, root *component, verb string) error {
	s := d.server()
	master := masterOf(root)
	master.set("DTSTAMP", &property{name: "DTSTAMP", value: s.stamp()})
	master.set("LAST-MODIFIED", &property{name: "LAST-MODIFIED", value: s.stamp()})
	if o != nil {
		n, _ := strconv.Atoi(master.text("SEQUENCE")) // none, or not a number: counting begins
		master.set("SEQUENCE", &property{name: "SEQUENCE", value: strconv.Itoa(n + 1)})
	}
	addZones(root)
	_, f, fail := s.examine(root.bytes())
	if fail == nil {
		root, _, fail = s.scheduleWrite(c.owner, resource{kind: resObject, account: c.owner, collection: c, object: o, name: name}, root)
	}
	if fail != nil {
		return fmt.Errorf("%s: %s", verb, fail.detail)
	}
	s.store(c, name, s.normalise(root.bytes()), f, false)
	return nil
}
