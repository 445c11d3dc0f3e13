package icalendar

import (
	"errors"
	"fmt"

	"tahti/internal/calendar"
)

// productID names us as the maker of an object (RFC 5545 section 3.7.3).
const productID = "-//Tahti//Tahti//EN"

// Encode writes a new calendar object. Of the event it writes the fields that it knows, but never ORGANIZER or ATTENDEE:
// guests are nobody's to invite but a person's. A field that is not known is left out, which reads as its default.
func Encode(e calendar.Event, o WriteOptions) ([]byte, error) {
	text, err := EncodeAll([]calendar.Event{e}, o)
	if err != nil {
		return nil, err
	}
	opts := Options{Limits: o.Limits}
	if text, err = readable(text, opts.limits()); err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return text, nil
}

// surelyReadable is a size below which no object can break one of DefaultLimits: a line has some ten bytes at the least.
const surelyReadable = 64 << 10

// readable refuses an object that Decode would not take back: once it was stored, its item would be lost to us.
func readable(text []byte, lim Limits) ([]byte, error) {
	if len(text) > surelyReadable || lim != DefaultLimits {
		if _, err := Parse(text, lim); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// EncodeAll writes one calendar of many events, as a file or a feed has it: each as [Encode] does, without a limit of size.
func EncodeAll(events []calendar.Event, o WriteOptions) ([]byte, error) {
	if o.Now.IsZero() {
		return nil, fmt.Errorf("encode event: %w", errNoNow)
	}
	root := NewComponent("VCALENDAR")
	root.Add(NewProperty("VERSION", "2.0"), NewProperty("PRODID", productID), NewProperty("CALSCALE", "GREGORIAN"))
	w := newWriter(root, o.Now)
	for i := range events {
		w.cover(&events[i])
	}
	for i := range events {
		if err := w.add(&events[i], o.Key); err != nil {
			return nil, fmt.Errorf("encode event: %w", err)
		}
	}
	return root.AppendText(nil), nil
}

// add writes one event behind those that are there.
func (w *writer) add(event *calendar.Event, key string) error {
	e := tidy(event)
	switch {
	case e.UID == "":
		return errors.New("no UID")
	case !e.Known.Has(calendar.When) || e.Start.Kind == calendar.NoTime || e.End.Kind != e.Start.Kind:
		return errors.New("no start and end")
	}
	master := NewComponent("VEVENT")
	master.Add(Text("UID", e.UID), NewProperty("DTSTAMP", w.now), NewProperty("CREATED", w.now),
		NewProperty("LAST-MODIFIED", w.now), NewProperty("SEQUENCE", "0"))
	if key != "" {
		master.Add(Text(keyProperty, key))
	}
	if err := w.fill(master, &e); err != nil {
		return err
	}
	w.root.AddChild(master)
	for i := range e.Overrides {
		if err := w.addOverride(master, &e, &e.Overrides[i], e.Known); err != nil {
			return err
		}
	}
	return nil
}

// fill writes everything that a new event says of its series.
func (w *writer) fill(master *Component, e *calendar.Event) error {
	if err := w.setFields(master, e.Known, &e.Values); err != nil {
		return err
	}
	setInOnly(master, e.Known, &e.Values)
	if !e.Known.Has(calendar.Recurrence) {
		return nil
	}
	if e.Rule != "" {
		rule, err := ruleFor(e.Rule, e.Start)
		if err != nil {
			return err
		}
		master.Add(NewProperty("RRULE", rule))
	}
	for _, t := range e.Extra {
		if err := w.addTime(master, "RDATE", t); err != nil {
			return err
		}
	}
	return w.addCancelled(master, e.Start, e.Cancelled)
}

// setInOnly writes the fields that calendars tell us and we tell nobody who has them already: only a new object has them.
func setInOnly(c *Component, fields calendar.FieldSet, v *calendar.Values) {
	if fields.Has(calendar.StatusField) {
		switch v.Status {
		case calendar.Tentative:
			c.Set("STATUS", "TENTATIVE")
		case calendar.Cancelled:
			c.Set("STATUS", "CANCELLED")
		default:
			c.Remove("STATUS")
		}
	}
	if fields.Has(calendar.MeetingURL) {
		c.Remove("CONFERENCE")
		p := NewProperty("CONFERENCE", v.MeetingURL)
		if webAddress(&p) != "" {
			p.SetParam("VALUE", "URI")
			p.SetParam("FEATURE", "VIDEO")
			c.Add(p)
		}
	}
}

// addOverride makes a component for one occurrence out of its master's: everything is copied but the recurrence.
func (w *writer) addOverride(master *Component, e *calendar.Event, o *calendar.Override, fields calendar.FieldSet) error {
	c := master.Clone()
	c.Remove("RRULE", "RDATE", "EXDATE", "EXRULE")
	id := e.Start
	id.Wall = o.Original
	if err := w.setTime(c, "RECURRENCE-ID", id); err != nil {
		return err
	}
	v := e.Effective(o)
	fields &= o.Set
	if err := w.setFields(c, fields|calendar.Fields(calendar.When), &v); err != nil {
		return err
	}
	setInOnly(c, fields, &v)
	w.root.AddChild(c)
	return nil
}

// addTime adds one property that holds one time. Lists in one property are legal and badly supported.
func (w *writer) addTime(c *Component, name string, t calendar.Time) error {
	p := NewProperty(name, "")
	if err := w.put(&p, t); err != nil {
		return err
	}
	c.Add(p)
	return nil
}

// addCancelled takes occurrences out of the series that starts at start.
func (w *writer) addCancelled(c *Component, start calendar.Time, cancelled []calendar.Wall) error {
	for _, wall := range cancelled {
		start.Wall = wall
		if err := w.addTime(c, "EXDATE", start); err != nil {
			return err
		}
	}
	return nil
}

// tidy returns an event in normal form, as it reads after a round trip.
func tidy(e *calendar.Event) calendar.Event {
	c := e.Clone()
	for _, v := range allValues(&c) {
		v.Subject, v.Location, v.Description = cleanText(v.Subject), cleanText(v.Location), cleanText(v.Description)
	}
	c.UID = cleanText(c.UID)
	if len(c.Overrides) > 0 {
		zones := newZoneBook(nil)
		for i := range c.Overrides {
			zones.unmoved(&c, c.Overrides[i].Original, &c.Overrides[i].Values)
		}
	}
	c.Normalize()
	return c
}

func allValues(e *calendar.Event) []*calendar.Values {
	all := []*calendar.Values{&e.Values}
	for i := range e.Overrides {
		all = append(all, &e.Overrides[i].Values)
	}
	return all
}
