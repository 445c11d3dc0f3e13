package icalendar

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// WriteOptions say what a written object carries besides its event.
type WriteOptions struct {
	// Now is the time of the write, for DTSTAMP and LAST-MODIFIED. It must be set.
	Now time.Time
	// Key is our lookup key, for X-TAHTI-KEY of a new object; none if empty.
	Key string
	// Limits bound the text that is patched and the object that is written; the zero value means DefaultLimits.
	Limits Limits
}

var errNoNow = errors.New("no time of writing given")

// writer changes the components of one object.
type writer struct {
	root  *Component
	zones *zoneBook
	now   string
	// fromYear and toYear are what the definition of a new zone has to cover.
	fromYear, toYear int
}

func newWriter(root *Component, now time.Time) *writer {
	return &writer{root: root, zones: newZoneBook(root), now: clockText(calendar.AtUTC(now)), fromYear: 9999}
}

// cover widens the years of new zones so that they cover an event.
func (w *writer) cover(e *calendar.Event) {
	years := func(from, to calendar.Time) {
		w.fromYear = min(w.fromYear, from.Wall.Civil().Year())
		w.toYear = max(w.toYear, to.Wall.Civil().Year())
	}
	years(e.Start, e.End)
	for _, o := range e.Overrides {
		if o.Set.Has(calendar.When) {
			years(o.Start, o.End)
		}
	}
	for _, t := range e.Extra {
		years(t, t)
	}
	if e.Rule != "" {
		w.toYear = max(w.toYear, e.Start.Wall.Civil().Year()+ruleYears)
	}
}

// ruleYears is how far ahead of its start the zone of a repeating event is defined at least. A zone that keeps its rules
// is defined for ever.
const ruleYears = 10

// Beyond these years the zone's name has to do: nobody's law reaches there.
const (
	lastZoneYear = 9000
	maxZoneYears = 200
)

// setFields writes fields of v into c.
func (w *writer) setFields(c *Component, fields calendar.FieldSet, v *calendar.Values) error {
	for _, f := range fields.List() {
		switch f {
		case calendar.Subject:
			setText(c, "SUMMARY", v.Subject)
		case calendar.Location:
			setText(c, "LOCATION", v.Location)
		case calendar.Description:
			setText(c, "DESCRIPTION", v.Description)
		case calendar.When:
			if err := w.setSpan(c, v.Start, v.End); err != nil {
				return err
			}
		case calendar.Busy:
			c.Set("TRANSP", either(v.Busy, "OPAQUE", "TRANSPARENT"))
		case calendar.Private:
			if v.Private || c.Get("CLASS") != nil {
				c.Set("CLASS", either(v.Private, "PRIVATE", "PUBLIC"))
			}
		}
		alignTwins(c, f, v)
	}
	return nil
}

func either(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// setText writes free text. Parameters that describe the old text go: ALTREP points to another version of it, which
// Outlook and Thunderbird show in its place; ENCODING and CHARSET are of vCalendar 1.0.
func setText(c *Component, name, text string) {
	if text == "" {
		c.Remove(name)
		return
	}
	if p := c.Get(name); p != nil {
		p.SetValue(escapeText(text))
		p.DelParam("ALTREP", "ENCODING", "CHARSET")
		return
	}
	c.Add(Text(name, text))
}

// setSpan writes start and end. An object that says DURATION goes on saying it, one that says neither goes on so, as far
// as that is exact. A moment without length has no DTEND, which must be later than DTSTART (section 3.8.2.2).
func (w *writer) setSpan(c *Component, start, end calendar.Time) error {
	fresh := c.Get("DTSTART") == nil
	if err := w.setTime(c, "DTSTART", start); err != nil {
		return err
	}
	implied := start
	if start.Kind == calendar.Date {
		implied.Wall += calendar.Day
	}
	duration := c.Get("DURATION")
	switch {
	case end == start:
		c.Remove("DTEND", "DURATION")
		return nil
	case c.Get("DTEND") != nil:
		return w.setTime(c, "DTEND", end)
	case duration == nil && end == implied && !fresh:
		return nil
	case duration != nil:
		loc := w.zones.location(start)
		if l, ok := parseLength(duration.value); ok && l.after(start, loc) == end {
			return nil
		}
		if l, ok := between(start, end, loc); ok {
			duration.SetValue(l.String())
			return nil
		}
		c.Remove("DURATION")
	}
	return w.setTime(c, "DTEND", end)
}

// setTime writes a time into the first property of that name, or into a new one. What says it already stays as it is.
func (w *writer) setTime(c *Component, name string, t calendar.Time) error {
	p := c.Get(name)
	if p == nil {
		fresh := NewProperty(name, "")
		if err := w.put(&fresh, t); err != nil {
			return err
		}
		if at := c.index("DTSTART"); at >= 0 && name == "DTEND" {
			c.insert(at+1, fresh)
		} else if at >= 0 && name == "RECURRENCE-ID" {
			c.insert(at, fresh)
		} else {
			c.Add(fresh)
		}
		return nil
	}
	if said, prob := w.zones.time(p, p.value); prob == nil && said == t {
		return nil
	}
	return w.put(p, t)
}

// put writes a time into a property: its value and the parameters TZID and VALUE.
func (w *writer) put(p *Property, t calendar.Time) error {
	switch t.Kind {
	case calendar.Date:
		p.DelParam("TZID")
		p.SetParam("VALUE", "DATE")
	case calendar.Zoned:
		tzid, err := w.tzid(p.Param("TZID"), t)
		if err != nil {
			return err
		}
		if p.Param("TZID") != tzid {
			p.SetParam("TZID", tzid)
		}
	case calendar.UTC, calendar.Floating:
		p.DelParam("TZID")
	default:
		return fmt.Errorf("write %s: an event without a time", p.name)
	}
	if t.Kind != calendar.Date && !strings.EqualFold(p.Param("VALUE"), "DATE-TIME") {
		p.DelParam("VALUE")
	}
	p.SetValue(clockText(t))
	return nil
}

// tzid returns the name that this object has for a zone: the one the property says already, else one that is defined or
// used in the object, else the IANA name with a definition of its own.
func (w *writer) tzid(said string, t calendar.Time) (string, error) {
	if said != "" {
		if name, ok := w.zones.zone(said, t.Wall); ok && name == t.Zone {
			return said, nil
		}
	}
	for _, c := range w.root.Children {
		if c.Name == "VTIMEZONE" {
			tzid := c.Text("TZID")
			if name, ok := w.zones.zone(tzid, t.Wall); ok && name == t.Zone {
				return tzid, nil
			}
		}
	}
	for _, c := range w.root.Children {
		if p := c.Get("DTSTART"); p != nil && c.Name == "VEVENT" {
			if said, prob := w.zones.time(p, p.value); prob == nil && said.Kind == calendar.Zoned && said.Zone == t.Zone {
				return p.Param("TZID"), nil
			}
		}
	}
	if w.zones.definition(t.Zone) != nil {
		return "", fmt.Errorf("write zone %s: the object means another by that name", t.Zone)
	}
	from := min(max(w.fromYear, 1), lastZoneYear)
	def, err := vtimezone(t.Zone, from, min(max(w.toYear, from), from+maxZoneYears))
	if err != nil {
		return "", err
	}
	w.root.InsertChild("VEVENT", def)
	w.zones.iana[t.Zone] = t.Zone
	return t.Zone, nil
}

// stamp notes that a component was changed; rescheduled: in its time or recurrence (RFC 5546 section 2.1.4).
func (w *writer) stamp(c *Component, rescheduled bool) {
	c.Set("DTSTAMP", w.now)
	c.Set("LAST-MODIFIED", w.now)
	if rescheduled {
		c.Set("SEQUENCE", strconv.Itoa(min(sequence(c), math.MaxInt32-1)+1))
	}
}
