package caldav

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// prodID names the stand-in in what it writes itself.
const prodID = "-//Tahti//CalDAV stand-in//EN"

// normalise rewrites a valid body as the profile does before it is stored.
func (s *Server) normalise(body []byte) []byte {
	if s.profile.Normalise == Verbatim {
		return body
	}
	root, err := parseICS(body)
	if err != nil {
		return body // put raw by a test
	}
	switch s.profile.Normalise {
	case Refold:
		each(root, splitCategories)
	case Reorder:
		each(root, sortProps)
		addZones(root)
	case Mangle:
		each(root, sortProps)
		each(root, unquoteParams)
		addZones(root)
	}
	return root.bytes()
}

// each calls change for a component and all inside it.
func each(c *component, change func(*component)) {
	change(c)
	for _, x := range c.comps {
		each(x, change)
	}
}

// splitCategories writes one category to a line.
func splitCategories(c *component) {
	var props []property
	for _, p := range c.props {
		if p.name != "CATEGORIES" {
			props = append(props, p)
			continue
		}
		for v := range strings.SplitSeq(p.value, ",") {
			props = append(props, property{name: p.name, params: p.params, value: v})
		}
	}
	c.props = props
}

func sortProps(c *component) {
	slices.SortStableFunc(c.props, func(a, b property) int { return strings.Compare(a.name, b.name) })
}

// unquoteParams turns X-FOO="a;b" into X-FOO=a\;b, which no reader can take back.
func unquoteParams(c *component) {
	for i := range c.props {
		for j, x := range c.props[i].params {
			if !strings.HasPrefix(x.name, "X-") || !strings.Contains(x.values[0], ";") {
				continue
			}
			params := slices.Clone(c.props[i].params)
			params[j].values = []string{strings.ReplaceAll(x.values[0], ";", `\;`)}
			params[j].bare = true
			c.props[i].params = params
		}
	}
}

// addZones adds a VTIMEZONE for each TZID that has none, where the zone is known.
func addZones(root *component) {
	have := map[string]bool{}
	for _, c := range root.comps {
		if c.name == "VTIMEZONE" {
			have[c.text("TZID")] = true
		}
	}
	var zones []*component
	for _, c := range members(root) {
		start, _ := c.when("DTSTART") // valid: it was checked
		for _, p := range c.props {
			id := p.param("TZID")
			if id == "" || have[id] {
				continue
			}
			have[id] = true
			if z, err := zoneComponent(id, start.Wall.Civil().Year()); err == nil {
				zones = append(zones, z)
			}
		}
	}
	root.comps = append(zones, root.comps...)
}

// zoneComponent writes a VTIMEZONE that holds from the year before.
func zoneComponent(id string, year int) (*component, error) {
	list, err := recur.Observances(id, year-1, year+20)
	if err != nil {
		return nil, err
	}
	z := &component{name: "VTIMEZONE", props: []property{{name: "TZID", value: id}}}
	for _, o := range list {
		c := &component{name: "STANDARD"}
		if o.Daylight {
			c.name = "DAYLIGHT"
		}
		add := func(name, value string) { c.props = append(c.props, property{name: name, value: value}) }
		add("DTSTART", o.Start.String())
		add("TZOFFSETFROM", offset(o.From))
		add("TZOFFSETTO", offset(o.To))
		if o.Name != "" {
			add("TZNAME", o.Name)
		}
		if o.Rule != "" {
			add("RRULE", o.Rule)
		}
		for _, d := range o.Dates {
			add("RDATE", d.String())
		}
		z.comps = append(z.comps, c)
	}
	return z, nil
}

// offset writes seconds east of UTC (RFC 5545 section 3.3.14).
func offset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	s := calendar.Wall(seconds).Civil().Format("150405")
	return sign + s[:4] + strings.TrimSuffix(s[4:], "00")
}
