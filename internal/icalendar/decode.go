package icalendar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Options say for whom an object is read.
type Options struct {
	// Self are the connected person's mail addresses in lower case. They tell the own answer, and who organises.
	Self []string
	// DefaultZone is the calendar's zone, for the record alone: floating times stay floating.
	DefaultZone string
	// Limits bound the text; the zero value means DefaultLimits.
	Limits Limits
}

func (o *Options) limits() Limits {
	if o.Limits == (Limits{}) {
		return DefaultLimits
	}
	return o.Limits
}

// Decoded is what an object says.
type Decoded struct {
	// Event is in normal form and knows all fields.
	Event calendar.Event
	// Modified is the latest LAST-MODIFIED; zero without one. DTSTAMP does not count: many servers renew it whenever
	// they are asked.
	Modified time.Time
	Sequence int // of the master
	// Organised: the connected person is the organiser and there are others.
	Organised bool
	// Invited: there is an organiser who is not the connected person.
	Invited bool
	// Others is the number of attendees besides the connected person, those of single occurrences included.
	Others int
	// Related is the master's first RELATED-TO (RFC 5545 section 3.8.4.5), whatever the relation; empty without one.
	Related string `json:",omitempty"`
	// Key is our lookup key as X-TAHTI-KEY has it; a hint, for copies carry it too.
	Key string
}

// keyProperty carries our lookup key.
const keyProperty = "X-TAHTI-KEY"

// Decode reads one calendar object resource: a series with its overrides (RFC 4791 section 4.1).
func Decode(b []byte, o Options) (Decoded, *Problem) {
	root, err := Parse(b, o.limits())
	if err != nil {
		return Decoded{}, parseProblem(err)
	}
	return DecodeComponent(root, o)
}

// DecodeComponent is [Decode] for an object that was parsed before.
func DecodeComponent(root *Component, o Options) (Decoded, *Problem) {
	r, prob := read(root, o)
	if prob != nil {
		return Decoded{}, prob
	}
	if err := recur.Check(&r.event); err != nil {
		return Decoded{}, ruleProblem(err)
	}
	d := Decoded{Event: r.event, Modified: r.modified, Key: r.master.Text(keyProperty), Related: r.master.Text("RELATED-TO")}
	d.Sequence = sequence(r.master)
	d.Others = len(r.others)
	if organizer := r.event.Organizer.Email; organizer != "" {
		d.Organised = r.self(organizer) && d.Others > 0
		d.Invited = !r.self(organizer)
	}
	return d, nil
}

// reader is one object while it is read, and what [Patch] knows of it.
type reader struct {
	opts        Options
	zones       *zoneBook
	master      *Component
	occurrences []occurrence                      // of single starts, by original start
	periods     map[calendar.Wall]calendar.Values // further starts with an end of their own, unless a component says more
	superseded  []*Component                      // an earlier version of an occurrence that is there twice
	event       calendar.Event
	modified    time.Time
	others      map[string]struct{}
}

// read finds the master and the overrides and makes one event of them.
func read(root *Component, o Options) (*reader, *Problem) {
	r := &reader{opts: o, zones: newZoneBook(root), others: map[string]struct{}{},
		periods: map[calendar.Wall]calendar.Values{}}
	overrides, prob := r.sort(root)
	if prob != nil {
		return nil, prob
	}
	l := linesOf(r.master)
	r.event = calendar.Event{UID: r.master.Text("UID"), Known: calendar.AllFields}
	if r.event.Values, prob = r.values(&l); prob != nil {
		return nil, prob
	}
	r.note(&l, &r.event.Values)
	for _, step := range []func() *Problem{
		r.recurrence,
		func() *Problem { return r.overrides(overrides) },
		r.spread,
	} {
		if prob := step(); prob != nil {
			return nil, prob
		}
	}
	for i := range r.occurrences {
		r.event.Overrides = append(r.event.Overrides, r.occurrences[i].override())
	}
	r.event.Normalize()
	return r, nil
}

// sort tells the master from the overrides.
func (r *reader) sort(root *Component) (overrides []*Component, _ *Problem) {
	uid, others := "", []string(nil)
	var first *Component
	for _, c := range root.Children {
		if c.Name != "VEVENT" {
			if c.Name != "VTIMEZONE" && !slices.Contains(others, c.Name) && len(others) < 5 {
				others = append(others, clip(c.Name))
			}
			continue
		}
		if id := c.Text("UID"); first == nil {
			first, uid = c, id
		} else if id != uid {
			return nil, problem(BadSyntax, "line %d: several UIDs in one object", c.Line)
		}
		switch {
		case c.Get("RECURRENCE-ID") != nil:
			overrides = append(overrides, c)
		case r.master != nil:
			return nil, problem(BadSyntax, "line %d: a second master", c.Line)
		default:
			r.master = c
		}
	}
	switch {
	case first == nil:
		return nil, problem(NotAnEvent, "no VEVENT, but %q", strings.Join(others, ","))
	case r.master == nil:
		return nil, problem(NoMaster, "line %d: occurrences without their series", first.Line)
	}
	return overrides, nil
}

// note keeps what is said of the object rather than of the event.
func (r *reader) note(l *lines, v *calendar.Values) {
	if l.modified != nil {
		if c, ok := parseClock(l.modified.value); ok && !c.date {
			if at := c.wall.Civil(); at.After(r.modified) {
				r.modified = at
			}
		}
	}
	for _, g := range v.Guests {
		if !r.self(g.Email) {
			r.others[g.Email] = struct{}{}
		}
	}
}

func sequence(c *Component) int {
	n, err := strconv.ParseInt(strings.TrimSpace(c.value("SEQUENCE")), 10, 32) // an INTEGER (section 3.3.8)
	if err != nil || n < 0 {
		return 0 // as if there were none (section 3.8.7.4)
	}
	return int(n)
}
