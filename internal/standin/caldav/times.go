package caldav

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// when reads a time property of the component; the zero time if it has none.
func (c *component) when(name string) (calendar.Time, error) {
	p := c.prop(name)
	if p == nil {
		return calendar.Time{}, nil
	}
	return parseWhen(p)
}

// parseWhen reads DATE or DATE-TIME with its zone; a Zone is the TZID as written.
func parseWhen(p *property) (calendar.Time, error) {
	list, err := parseWhens(p)
	if err != nil {
		return calendar.Time{}, err
	}
	if len(list) != 1 {
		return calendar.Time{}, fmt.Errorf("%s %q is not one time", p.name, p.value)
	}
	return list[0], nil
}

// parseWhens reads the times of EXDATE or RDATE.
func parseWhens(p *property) ([]calendar.Time, error) {
	var list []calendar.Time
	for v := range strings.SplitSeq(p.value, ",") {
		t, err := parseTime(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		if (p.param("VALUE") == "DATE") != (t.Kind == calendar.Date) {
			return nil, fmt.Errorf("%s %q is not of the VALUE that it says", p.name, v)
		}
		if zone := p.param("TZID"); zone != "" {
			if t.Kind != calendar.Floating {
				return nil, fmt.Errorf("%s %q has a TZID and needs none", p.name, v)
			}
			t.Kind, t.Zone = calendar.Zoned, zone
		}
		list = append(list, t)
	}
	return list, nil
}

// parseTime reads a value alone: DATE, or DATE-TIME with or without Z.
func parseTime(v string) (calendar.Time, error) {
	bare, utc := strings.CutSuffix(v, "Z")
	w, err := calendar.ParseWall(bare)
	if err != nil {
		return calendar.Time{}, fmt.Errorf("%q is no time", v)
	}
	switch date := len(bare) == len("20060102"); {
	case date && utc:
		return calendar.Time{}, fmt.Errorf("%q is no time", v)
	case date:
		return calendar.Time{Kind: calendar.Date, Wall: w}, nil
	case utc:
		return calendar.Time{Kind: calendar.UTC, Wall: w}, nil
	}
	return calendar.Time{Kind: calendar.Floating, Wall: w}, nil
}

// timeProperty writes a time as a property.
func timeProperty(name string, t calendar.Time) property {
	p := property{name: name, value: t.Wall.String()}
	switch t.Kind {
	case calendar.Date:
		p.params = []param{{name: "VALUE", values: []string{"DATE"}}}
		p.value = t.Wall.DateString()
	case calendar.UTC:
		p.value += "Z"
	case calendar.Zoned:
		p.params = []param{{name: "TZID", values: []string{t.Zone}}}
	}
	return p
}

// parseDuration reads a DURATION (RFC 5545 section 3.3.6), in seconds.
func parseDuration(v string) (calendar.Wall, error) {
	bad := fmt.Errorf("%q is no duration", v)
	s, negative := strings.CutPrefix(strings.TrimPrefix(v, "+"), "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return 0, bad
	}
	units := map[byte]calendar.Wall{'W': 7 * calendar.Day, 'D': calendar.Day}
	var sum calendar.Wall
	for s != "" {
		if s[0] == 'T' {
			units = map[byte]calendar.Wall{'H': 3600, 'M': 60, 'S': 1}
			s = s[1:]
		}
		end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 || end > 9 || units[s[end]] == 0 {
			return 0, bad
		}
		n, err := strconv.Atoi(s[:end])
		if err != nil {
			return 0, bad
		}
		sum += calendar.Wall(n) * units[s[end]]
		s = s[end+1:]
	}
	if negative {
		sum = -sum
	}
	return sum, nil
}

// parseOffset reads a UTC offset (RFC 5545 section 3.3.14), in seconds.
func parseOffset(v string) (int, error) {
	bad := fmt.Errorf("%q is no offset from UTC", v)
	if len(v) != 5 && len(v) != 7 || v[0] != '+' && v[0] != '-' {
		return 0, bad
	}
	n, err := strconv.ParseUint(v[1:], 10, 32)
	if err != nil {
		return 0, bad
	}
	if len(v) == 5 {
		n *= 100
	}
	seconds := int(n/10000)*3600 + int(n/100%100)*60 + int(n%100)
	if v[0] == '-' {
		return -seconds, nil
	}
	return seconds, nil
}

// location finds what a TZID means: the zone of that name, or else the offset that the object's own VTIMEZONE gives as
// its standard time, or else UTC. Queries hang on it, never what is stored.
func location(root *component, tzid string) *time.Location {
	if loc, err := time.LoadLocation(strings.TrimPrefix(tzid, "/")); err == nil && tzid != "" && tzid != "Local" {
		return loc
	}
	for _, c := range root.comps {
		if c.name != "VTIMEZONE" || c.text("TZID") != tzid {
			continue
		}
		for _, o := range c.comps {
			if o.name != "STANDARD" {
				continue
			}
			if seconds, err := parseOffset(o.text("TZOFFSETTO")); err == nil {
				return time.FixedZone(tzid, seconds)
			}
		}
	}
	return time.UTC
}

// address is a calendar user address in lower case without "mailto:".
func address(v string) string {
	v = strings.ToLower(strings.TrimSpace(v))
	return strings.TrimPrefix(v, "mailto:")
}
