package graph

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin"
	"tahti/internal/standin/exchange"
)

// desk is the server as its page sees it. It writes as the owner of the mailbox does in Outlook: the result is checked,
// guests are mailed, change keys and deltas move.
type desk Server

func (d *desk) server() *Server { return (*Server)(d) }

// Calendars lists all calendars; their ids are user and number with a slash between.
func (d *desk) Calendars() []standin.Shelf {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []standin.Shelf
	for _, b := range s.boxes {
		for _, f := range b.folders {
			list = append(list, standin.Shelf{ID: b.Name + "/" + strconv.Itoa(int(f.serial)), User: b.Name, Name: f.name, ReadOnly: f.readOnly})
		}
	}
	return list
}

// shelf finds a calendar. The lock is held.
func (d *desk) shelf(id string) (*folder, error) {
	user, serial, _ := strings.Cut(id, "/")
	b, err := d.server().mailbox(user)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(serial, 10, 32)
	if err == nil {
		if f := b.folder(uint32(n)); f != nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("no calendar %q", id)
}

// open finds an event of a calendar. The lock is held.
func (d *desk) open(shelf, id string) (*folder, view, error) {
	f, err := d.shelf(shelf)
	if err != nil {
		return nil, view{}, err
	}
	x, err := d.server().event(f.box.Name, id)
	if err != nil || x.v.folder != f {
		return nil, view{}, errors.New("it is not there any more")
	}
	return f, x, nil
}

// acting is a call in the name of a mailbox's owner.
func (d *desk) acting(f *folder) *call {
	return &call{Server: d.server(), principal: principal{box: f.box, scopes: allScopes}, prefer: prefer{zone: utc}}
}

// Entries lists the occurrences of some days.
func (d *desk) Entries(shelf string, from, to calendar.Wall) ([]standin.Entry, error) {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := d.shelf(shelf)
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	// A day more on each side holds every zone's idea of these days.
	wide := span{from.Civil().Add(-24 * time.Hour), to.Civil().Add(24 * time.Hour)}
	var list []standin.Entry
	for _, it := range f.box.sorted() {
		if v := it.now(); v.folder == f {
			for _, x := range it.instances(v, wide) {
				if e := entryOf(x); e.Start.Wall < to && (e.End.Wall > from || e.Start.Wall >= from) {
					list = append(list, e)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b standin.Entry) int { return int(a.Start.Wall - b.Start.Wall) })
	return list, nil
}

// entryOf is an event in the page's words. Its id is that of the series, immutable.
func entryOf(x view) standin.Entry {
	p := x.p
	e := standin.Entry{ID: x.it.id(whole, true), Draft: standin.Draft{
		Title: p.subject, Place: strings.TrimSpace(textOf(mainLocation(p.locations).get("displayName"))),
		Description: strings.ReplaceAll(exchange.ToText(p.body), "\r\n", "\n"), Start: shown(p.start, p.allDay), End: shown(p.end, p.allDay),
	}}
	var notes []string
	if r := x.v.recurrence; r != nil {
		e.Recurs = r.String()
	}
	if x.v.cancelled {
		notes = append(notes, "cancelled")
	}
	if x.kind == kindException {
		notes = append(notes, "exception")
	}
	if x.v.invited {
		notes = append(notes, "organised by "+x.v.organizer.address)
	}
	if n := len(p.attendees); n > 0 {
		notes = append(notes, strconv.Itoa(n)+" guests")
	}
	e.Note = strings.Join(notes, ", ")
	return e
}

func textOf(v any) string { s, _ := v.(string); return s }

// shown is a moment as the page has it.
func shown(m moment, allDay bool) calendar.Time {
	switch name := m.loc.String(); {
	case allDay:
		return calendar.Time{Kind: calendar.Date, Wall: m.wall}
	case name == "UTC":
		return calendar.Time{Kind: calendar.UTC, Wall: m.wall}
	default:
		return calendar.InZone(m.wall, name)
	}
}

// Entry is the event as a whole.
func (d *desk) Entry(shelf, id string) (standin.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, x, err := d.open(shelf, id)
	if err != nil {
		return standin.Entry{}, fmt.Errorf("open event: %w", err)
	}
	return entryOf(x), nil
}

// Add makes a new event.
func (d *desk) Add(shelf string, x standin.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.shelf(shelf)
	if err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	p := &patch{set: map[string]bool{}}
	p.write(x, standin.Draft{})
	if err := p.when(d.server(), x); err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	if _, f := d.acting(f).add(f, p); f != nil {
		return fmt.Errorf("add event: %s", f.detail)
	}
	return nil
}

// write sets the texts that differ.
func (p *patch) write(x, had standin.Draft) {
	if x.Title != had.Title {
		p.subject, p.set["subject"] = x.Title, true
	}
	if x.Place != had.Place {
		p.set["location"] = true
		if x.Place != "" {
			p.locations = []object{wireLocation{DisplayName: x.Place}.object()}
		}
	}
	if x.Description != had.Description {
		p.body, p.set["body"] = exchange.FromText(x.Description), true
	}
}

// when sets the times.
func (p *patch) when(s *Server, x standin.Draft) error {
	p.set["times"], p.hasStart, p.hasEnd, p.hasAllDay = true, true, true, true
	p.allDay = x.Start.Kind == calendar.Date
	for _, t := range []struct {
		from calendar.Time
		to   *moment
	}{{x.Start, &p.start}, {x.End, &p.end}} {
		name := t.from.Zone
		switch t.from.Kind {
		case calendar.Floating:
			return errors.New("there are no floating times in Outlook: name a zone")
		case calendar.Date:
			name = s.opt.Zone
		}
		if name == "" {
			name = "UTC"
		}
		z, ok := parseZone(name)
		if !ok {
			return fmt.Errorf("zone %q is not known", name)
		}
		z = s.kept(z)
		*t.to = moment{t.from.Wall, z.name, z.loc}
	}
	return nil
}

// Edit changes what differs from the draft.
func (d *desk) Edit(shelf, id string, x standin.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, event, err := d.open(shelf, id)
	if err != nil {
		return fmt.Errorf("edit event: %w", err)
	}
	had := entryOf(event).Draft
	p := &patch{set: map[string]bool{}}
	p.write(x, had)
	if x.Start != had.Start || x.End != had.End {
		if err := p.when(d.server(), x); err != nil {
			return fmt.Errorf("edit event: %w", err)
		}
	}
	if len(p.set) == 0 {
		return nil
	}
	if f := d.acting(f).change(event, p); f != nil {
		return fmt.Errorf("edit event: %s", f.detail)
	}
	return nil
}

// Move shifts the event whole; the days of a weekly pattern move along.
func (d *desk) Move(shelf, id string, by calendar.Wall) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, x, err := d.open(shelf, id)
	if err != nil {
		return fmt.Errorf("move event: %w", err)
	}
	if x.p.allDay && by%calendar.Day != 0 {
		return errors.New("move event: whole days move by days")
	}
	p := &patch{set: map[string]bool{"times": true}, hasStart: true, hasEnd: true, hasAllDay: true}
	p.start, p.end, p.allDay = x.p.start.plus(by), x.p.end.plus(by), x.p.allDay
	if r := x.v.recurrence; r != nil {
		moved, err := r.Shifted((p.start.wall.Midnight() - x.p.start.wall.Midnight()) / calendar.Day)
		if err != nil {
			return fmt.Errorf("move event: %w", err)
		}
		p.recurrence, p.recurs = &recurrence{moved, r.zone}, true
	}
	if f := d.acting(f).change(x, p); f != nil {
		return fmt.Errorf("move event: %s", f.detail)
	}
	return nil
}

// Delete removes the event as its owner does.
func (d *desk) Delete(shelf, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, x, err := d.open(shelf, id)
	if err != nil {
		return fmt.Errorf("delete event: %w", err)
	}
	d.server().remove(x)
	return nil
}
