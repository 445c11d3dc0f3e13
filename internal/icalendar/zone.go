package icalendar

import (
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// maxMatched is how many custom zones of one object are compared with all that are known: each comparison takes long.
const maxMatched = 16

// zoneBook knows what the zone names of one object mean.
type zoneBook struct {
	root    *Component
	matched int               // definitions that were compared with known zones
	iana    map[string]string // by TZID as written; "" for one that nobody knows
	locs    map[string]*time.Location
}

func newZoneBook(root *Component) *zoneBook {
	return &zoneBook{root: root, iana: map[string]string{}, locs: map[string]*time.Location{}}
}

// zone returns the IANA name that a TZID stands for. The name itself counts first, since definitions get out of date, then
// what the VTIMEZONE says it is (X-LIC-LOCATION of libical, TZID-ALIAS-OF of RFC 7808), then whether its rules are those
// of a known zone around near. Of a shorthand the definition says whether it means what the database says.
func (z *zoneBook) zone(tzid string, near calendar.Wall) (string, bool) {
	name, known := z.iana[tzid]
	if !known {
		name = z.resolve(tzid, near)
		z.iana[tzid] = name
	}
	return name, name != ""
}

func (z *zoneBook) resolve(tzid string, near calendar.Wall) string {
	name, known := recur.ResolveZone(tzid)
	if known && !shorthand(name) {
		return name
	}
	def := z.definition(tzid)
	if def == nil {
		return name
	}
	hint := hinted(def)
	if !known && hint != "" {
		return hint
	}
	obs, ok := observances(def)
	if !ok || z.matched == maxMatched {
		return name
	}
	z.matched++
	at := covered(obs, near.Civil())
	switch {
	case known && recur.Follows(obs, name, at):
		return name
	case hint != "":
		return hint
	}
	name, _ = recur.MatchZone(obs, at)
	return name
}

// hinted is the zone that a definition names itself, or "".
func hinted(def *Component) string {
	for _, property := range []string{"X-LIC-LOCATION", "TZID-ALIAS-OF"} {
		if name, ok := recur.ResolveZone(def.Text(property)); ok {
			return name
		}
	}
	return ""
}

// covered is a time around which a definition can be compared: it says nothing of the time before it begins, and the
// comparison looks at the year before.
func covered(obs []recur.Observance, at time.Time) time.Time {
	begins := obs[0].Start
	for _, o := range obs {
		begins = min(begins, o.Start)
	}
	if first := begins.Civil().AddDate(1, 0, 1); at.Before(first) {
		return first
	}
	return at
}

// shorthand reports whether a zone's name is an abbreviation or an offset. The database has them without summer time, but
// people and programs write them for the place where they are, and define that beside it.
func shorthand(iana string) bool {
	switch iana {
	case "EST", "MST", "HST", "CET", "MET", "EET", "WET", "GMT":
		return true
	}
	return strings.HasPrefix(iana, "Etc/GMT")
}

// definition is the VTIMEZONE of that TZID, or nil.
func (z *zoneBook) definition(tzid string) *Component {
	for _, c := range z.root.Children {
		if c.Name == "VTIMEZONE" && c.Text("TZID") == tzid {
			return c
		}
	}
	return nil
}

// location is the zone of a time, nil for a kind that has none. Unknown names do not get here.
func (z *zoneBook) location(t calendar.Time) *time.Location {
	switch t.Kind {
	case calendar.UTC:
		return time.UTC
	case calendar.Zoned:
		loc, ok := z.locs[t.Zone]
		if !ok {
			loc, _ = recur.Location(t.Zone)
			z.locs[t.Zone] = loc
		}
		return loc
	}
	return nil
}

// instant is the moment of a time that has one.
func (z *zoneBook) instant(t calendar.Time) (at time.Time, ok bool) {
	loc := z.location(t)
	if loc == nil {
		return time.Time{}, false
	}
	return t.Instant(loc), true
}

// time reads one value of a property that holds times.
func (z *zoneBook) time(p *Property, value string) (calendar.Time, *Problem) {
	c, ok := parseClock(value)
	if !ok {
		return calendar.Time{}, badLine(p, "not a date or time")
	}
	t := calendar.Time{Kind: calendar.Floating, Wall: c.wall}
	tzid := ""
	if p.params != "" {
		if tzid = p.Param("TZID"); !c.date && strings.EqualFold(p.Param("VALUE"), "DATE") {
			c.date, t.Wall = true, c.wall.Midnight()
		}
	}
	switch {
	case c.date:
		t.Kind = calendar.Date
	case c.utc: // a TZID beside a Z means nothing (RFC 5545 section 3.2.19)
		t.Kind = calendar.UTC
	case tzid != "":
		name, known := z.zone(tzid, c.wall)
		t.Kind, t.Zone = calendar.Zoned, name
		if known && z.location(t) == nil {
			known = false
		}
		if !known {
			return t, problem(UnknownZone, "line %d: %s: unknown zone %q", p.Line(), p.Name(), clip(tzid))
		}
	}
	return t, nil
}

// observances reads a VTIMEZONE's parts (RFC 5545 section 3.6.5).
func observances(def *Component) (obs []recur.Observance, ok bool) {
	for _, c := range def.Children {
		if c.Name != "STANDARD" && c.Name != "DAYLIGHT" {
			continue
		}
		start, ok1 := parseClock(c.value("DTSTART"))
		from, ok2 := parseOffset(c.value("TZOFFSETFROM"))
		to, ok3 := parseOffset(c.value("TZOFFSETTO"))
		if !ok1 || !ok2 || !ok3 {
			return nil, false
		}
		o := recur.Observance{
			Start: start.wall, From: from, To: to, Name: c.Text("TZNAME"), Rule: c.value("RRULE"),
			Daylight: c.Name == "DAYLIGHT",
		}
		for i := range c.Properties {
			if c.Properties[i].name != "RDATE" {
				continue
			}
			for v := range strings.SplitSeq(c.Properties[i].value, ",") {
				at, ok := parseClock(v)
				if !ok {
					return nil, false
				}
				o.Dates = append(o.Dates, at.wall)
			}
		}
		obs = append(obs, o)
	}
	return obs, len(obs) > 0
}

// parseOffset reads a UTC-OFFSET into seconds (RFC 5545 section 3.3.14).
func parseOffset(s string) (seconds int, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) != 5 && len(s) != 7 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	n, ok := digits(s[1:])
	if len(s) == 5 {
		n *= 100
	}
	seconds = n/10000*3600 + n/100%100*60 + n%100
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, ok
}

// value is the raw value of the first property of that name, or "".
func (c *Component) value(name string) string {
	if p := c.Get(name); p != nil {
		return p.value
	}
	return ""
}
