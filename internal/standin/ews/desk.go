package ews

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

// desk is the server as its page sees it. It writes as the owner of the mailbox does in Outlook: the result is checked,
// guests are mailed, change keys and synchronizations move.
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
			if f.calendar() && !f.gone {
				list = append(list, standin.Shelf{ID: b.Name + "/" + strconv.FormatUint(f.serial, 10), User: b.Name, Name: f.name})
			}
		}
	}
	return list
}

// shelf finds a calendar. The lock is held.
func (d *desk) shelf(id string) (*folder, error) {
	user, serial, _ := strings.Cut(id, "/")
	n, err := strconv.ParseUint(serial, 10, 64)
	if b := d.server().findBox(user); b != nil && err == nil {
		for _, f := range b.folders {
			if f.serial == n && f.calendar() && !f.gone {
				return f, nil
			}
		}
	}
	return nil, fmt.Errorf("no calendar %q", id)
}

// acting is a call in the name of a mailbox's owner.
func (d *desk) acting(f *folder) *call { return &call{Server: d.server(), box: f.box, zone: utc} }

// open finds an event of a calendar. The lock is held.
func (d *desk) open(shelf, id string) (*folder, view, error) {
	f, err := d.shelf(shelf)
	if err != nil {
		return nil, view{}, err
	}
	x, fail := d.acting(f).lookUp(id)
	if fail != nil || x.it.folder != f {
		return nil, view{}, errors.New("it is not there any more")
	}
	return f, x, nil
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
	for _, it := range f.items() {
		for _, x := range it.instances(wide) {
			if e := entryOf(x); e.Start.Wall < to && (e.End.Wall > from || e.Start.Wall >= from) {
				list = append(list, e)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b standin.Entry) int { return int(a.Start.Wall - b.Start.Wall) })
	return list, nil
}

// entryOf is an event in the page's words. Its id is that of the series.
func entryOf(x view) standin.Entry {
	_, text := x.p.body.as("Text")
	e := standin.Entry{ID: x.it.view().id().attrs[1], Draft: standin.Draft{
		Title: x.p.subject, Place: x.p.location, Description: strings.ReplaceAll(text, "\r\n", "\n"),
		Start: shown(x.p.start, x.p.allDay), End: shown(x.p.end, x.p.allDay),
	}}
	var notes []string
	if r := x.st.recurrence; r != nil {
		e.Recurs = r.String()
	}
	if x.st.cancelled {
		notes = append(notes, "cancelled")
	}
	if x.kind == kindException {
		notes = append(notes, "exception")
	}
	if x.st.invited {
		notes = append(notes, "organised by "+x.st.organizer.address)
	}
	if n := len(x.p.everybody()); n > 0 {
		notes = append(notes, strconv.Itoa(n)+" guests")
	}
	e.Note = strings.Join(notes, ", ")
	return e
}

// shown is a moment as the page has it.
func shown(m moment, allDay bool) calendar.Time {
	switch name := m.zone.loc.String(); {
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

// toAll is how a person's program sends.
const toAll = "SendToAllAndSaveCopy"

// Add makes a new event.
func (d *desk) Add(shelf string, x standin.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.shelf(shelf)
	if err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	p := newPatch()
	p.create = true
	p.write(x, standin.Draft{})
	if err := p.when(d.server(), x); err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	if _, fail := d.acting(f).add(f, p, toAll); fail != nil {
		return fmt.Errorf("add event: %s", fail.detail)
	}
	return nil
}

// write sets the texts that differ.
func (p *patch) write(x, had standin.Draft) {
	if x.Title != had.Title {
		p.subject, p.set["Subject"] = x.Title, true
	}
	if x.Place != had.Place {
		p.location, p.set["Location"] = x.Place, true
	}
	if x.Description != had.Description {
		p.body, p.set["Body"] = body{content: crlf(x.Description)}, true
	}
}

// when sets the times.
func (p *patch) when(s *Server, x standin.Draft) error {
	p.set["times"], p.hasAllDay = true, true
	p.allDay = x.Start.Kind == calendar.Date
	for _, t := range []struct {
		from calendar.Time
		zone **zone
		text *string
	}{{x.Start, &p.startZone, &p.startText}, {x.End, &p.endZone, &p.endText}} {
		name := t.from.Zone
		switch t.from.Kind {
		case calendar.Floating:
			return errors.New("there are no floating times in Outlook: name a zone")
		case calendar.Date:
			name = s.opt.Zone
		}
		z, ok := ianaZone(name)
		if !ok {
			return fmt.Errorf("zone %q is not known", name)
		}
		*t.zone, *t.text = &z, t.from.Wall.Civil().Format("2006-01-02T15:04:05")
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
	p := newPatch()
	p.write(x, had)
	if x.Start != had.Start || x.End != had.End {
		if err := p.when(d.server(), x); err != nil {
			return fmt.Errorf("edit event: %w", err)
		}
	}
	if len(p.set) == 0 {
		return nil
	}
	if _, fail := d.acting(f).change(event, p, toAll); fail != nil {
		return fmt.Errorf("edit event: %s", fail.detail)
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
	p := newPatch()
	draft := entryOf(x).Draft
	draft.Start.Wall += by
	draft.End.Wall += by
	if err := p.when(d.server(), draft); err != nil {
		return fmt.Errorf("move event: %w", err)
	}
	if r := x.st.recurrence; r != nil {
		moved, err := r.Shifted((x.p.start.plus(by).day() - x.p.start.day()) / calendar.Day)
		if err != nil {
			return fmt.Errorf("move event: %w", err)
		}
		p.recurrence, p.recurs = &moved, true
	}
	if _, fail := d.acting(f).change(x, p, toAll); fail != nil {
		return fmt.Errorf("move event: %s", fail.detail)
	}
	return nil
}

// Delete removes the event as its owner does.
func (d *desk) Delete(shelf, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, x, err := d.open(shelf, id)
	if err != nil {
		return fmt.Errorf("delete event: %w", err)
	}
	d.acting(f).take(x, "MoveToDeletedItems", toAll)
	return nil
}
