package google

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin"
)

// desk is the server as its page sees it. It writes as the calendar's owner would in the original's own pages: guests are
// told, ETags and sync tokens move. An occurrence that differs from its series is edited by itself, every other one with
// the whole series.
type desk Server

func (d *desk) server() *Server { return (*Server)(d) }

// Calendars lists all users' calendars; their ids are user and calendar with a slash between.
func (d *desk) Calendars() []standin.Shelf {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []standin.Shelf
	for _, a := range s.accounts {
		for _, l := range a.list {
			list = append(list, standin.Shelf{ID: a.Email + "/" + l.shelf.id, User: a.Email, Name: l.shelf.summary, ReadOnly: l.role < roleBlindWriter})
		}
	}
	return list
}

// open finds a calendar, as its user's call of the page. The lock is held.
func (d *desk) open(id string) (*call, *listing, error) {
	user, name, _ := strings.Cut(id, "/")
	a := d.server().local(user)
	if a == nil || a.listed(name) == nil {
		return nil, nil, errors.New("there is no such calendar")
	}
	l := a.listed(name)
	c := &call{Server: d.server(), who: a, query: url.Values{"sendUpdates": {"all"}, "conferenceDataVersion": {"1"}, "supportsAttachments": {"true"}}}
	return c, &listing{shelf: l.shelf, role: roleOwner, primary: l.primary}, nil
}

// Entries lists the occurrences of some days on the calendar's clock.
func (d *desk) Entries(id string, from, to calendar.Wall) ([]standin.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, l, err := d.open(id)
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	// A day more on each side holds every zone's idea of these days.
	begin, end := from.Civil().Add(-24*time.Hour), to.Civil().Add(24*time.Hour)
	var found []*event
	for _, e := range l.shelf.events {
		switch {
		case e.series != nil || e.cancelled():
		case e.rule != nil:
			found = append(found, c.occurrences(l.shelf, e, begin, end)...)
		case e.touches(l.shelf, begin, end):
			found = append(found, e)
		}
	}
	var list []standin.Entry
	for _, e := range found {
		x := entryOf(l.shelf, e)
		if !e.cancelled() && x.Start.Wall < to && (x.End.Wall > from || x.Start.Wall >= from) {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b standin.Entry) int {
		return cmp.Or(cmp.Compare(a.Start.Wall, b.Start.Wall), strings.Compare(a.ID, b.ID))
	})
	return list, nil
}

func entryOf(sh *shelf, e *event) standin.Entry {
	x := standin.Entry{ID: e.id, Draft: standin.Draft{
		Title: e.text("summary"), Place: e.text("location"), Description: e.text("description"),
		Start: e.start.wallTime(sh.zone), End: e.end.wallTime(sh.zone),
	}}
	lines, _ := e.own["recurrence"].([]any)
	if e.series != nil {
		lines, _ = e.series.own["recurrence"].([]any)
		if e.birth == 0 {
			x.ID = e.series.id
		}
	}
	var words []string
	for _, line := range lines {
		words = append(words, fmt.Sprint(line))
	}
	x.Recurs = strings.Join(words, " ")
	var notes []string
	if e.kind != "default" {
		notes = append(notes, e.kind)
	}
	if e.status() != "confirmed" {
		notes = append(notes, e.status())
	}
	if e.organizer.email != sh.id {
		notes = append(notes, "invited by "+e.organizer.email)
	}
	if n := len(guestsOf(e.fields())); n > 0 {
		notes = append(notes, strconv.Itoa(n)+" guests")
	}
	x.Note = strings.Join(notes, ", ")
	return x
}

// load finds an event that is there. The lock is held.
func (d *desk) load(shelf, id string) (*call, *listing, *event, error) {
	c, l, err := d.open(shelf)
	if err != nil {
		return nil, nil, nil, err
	}
	e := l.shelf.find(id)
	if e == nil || e.cancelled() {
		return nil, nil, nil, errors.New("it is not there any more")
	}
	return c, l, e, nil
}

// Entry is the event as a whole.
func (d *desk) Entry(shelf, id string) (standin.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, l, e, err := d.load(shelf, id)
	if err != nil {
		return standin.Entry{}, fmt.Errorf("open event: %w", err)
	}
	return entryOf(l.shelf, e), nil
}

// Add makes a new event.
func (d *desk) Add(shelf string, x standin.Draft) error {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer d.server().ring()
	c, l, err := d.open(shelf)
	if err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	fields, err := fieldsOf(x)
	if err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	fields["status"] = "confirmed"
	draft, f := c.accept(l, fields, false)
	if f != nil {
		return fmt.Errorf("add event: %s", f.message)
	}
	id := c.newID()
	e := &event{id: id, uid: id + "@google.com", kind: "default", created: s.now(), creator: person{c.who.Email, c.who.Name}, organizer: l.shelf.asPerson()}
	c.store(l, e, draft)
	c.afterWrite(l, e, nil)
	return nil
}

// fieldsOf writes what a person typed as a client would.
func fieldsOf(x standin.Draft) (object, error) {
	fields := object{"summary": x.Title, "location": x.Place, "description": x.Description}
	for name, t := range map[string]calendar.Time{"start": x.Start, "end": x.End} {
		m, err := momentOf(t)
		if err != nil {
			return nil, err
		}
		fields[name] = m.stored()
	}
	return fields, nil
}

// momentOf reads a time that was typed. The original has no floating times.
func momentOf(t calendar.Time) (moment, error) {
	switch t.Kind {
	case calendar.Date:
		return moment{day: true, at: t.Wall.Civil()}, nil
	case calendar.UTC:
		return moment{at: t.Wall.Civil(), zone: "UTC"}, nil
	case calendar.Zoned:
		loc, err := location(t.Zone)
		if err != nil {
			return moment{}, err
		}
		return moment{at: t.Instant(loc).UTC(), zone: t.Zone}, nil
	}
	return moment{}, errors.New("a time without a zone cannot be kept here")
}

// Edit changes what differs from the draft.
func (d *desk) Edit(shelf, id string, x standin.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.server().ring()
	c, l, e, err := d.load(shelf, id)
	if err != nil {
		return fmt.Errorf("edit event: %w", err)
	}
	if err := d.rewrite(c, l, e, x); err != nil {
		return fmt.Errorf("edit event: %w", err)
	}
	return nil
}

// Move shifts the event whole.
func (d *desk) Move(shelf, id string, by calendar.Wall) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.server().ring()
	c, l, e, err := d.load(shelf, id)
	if err != nil {
		return fmt.Errorf("move event: %w", err)
	}
	x := entryOf(l.shelf, e).Draft
	if x.Start.Kind == calendar.Date && by%calendar.Day != 0 {
		return errors.New("move event: whole days move by days")
	}
	x.Start.Wall += by
	x.End.Wall += by
	if err := d.rewrite(c, l, e, x); err != nil {
		return fmt.Errorf("move event: %w", err)
	}
	return nil
}

// rewrite stores what a person made of an event, as PATCH would.
func (d *desk) rewrite(c *call, l *listing, e *event, x standin.Draft) error {
	old, was := e.fields(), entryOf(l.shelf, e).Draft
	change := object{"summary": x.Title, "location": x.Place, "description": x.Description}
	if x.Start != was.Start || x.End != was.End {
		moved, err := fieldsOf(x)
		if err != nil {
			return err
		}
		if e.rule != nil && strings.Contains(e.rule.Rule, "BY") && x.Start.Wall.Midnight() != was.Start.Wall.Midnight() {
			return errors.New("the rule names the days: use a calendar program to change them")
		}
		change["start"], change["end"] = moved["start"], moved["end"]
		delete(old, "start")
		delete(old, "end")
	}
	draft, f := c.accept(l, merge(old, change), e.series != nil)
	if f == nil {
		f = c.mayChange(l, e, e.fields(), draft.fields)
	}
	if f != nil {
		return errors.New(f.message)
	}
	c.apply(l, e, e.fields(), draft)
	return nil
}

// Delete removes the event as its owner would.
func (d *desk) Delete(shelf, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.server().ring()
	c, l, e, err := d.load(shelf, id)
	if err != nil {
		return fmt.Errorf("delete event: %w", err)
	}
	c.cancel(l, e)
	return nil
}
