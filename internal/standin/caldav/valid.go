package caldav

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// facts are what the server keeps of an object beside its text.
type facts struct {
	uid       string
	component string // VEVENT, VTODO, VJOURNAL…
	organizer string // address in lower case without "mailto:"; empty if there is none
	// from and to hold all occurrences; endless if they never end, or their end is not known; single if there is one.
	from, to        time.Time
	endless, single bool
}

// examine checks a body as a server does before it stores it, and answers the object's facts.
func (s *Server) examine(body []byte) (*component, facts, *failure) {
	root, err := parseICS(body)
	if err != nil {
		return nil, facts{}, s.invalid(err)
	}
	if err := checkData(root, s.profile.LaxZones); err != nil {
		return nil, facts{}, s.invalid(err)
	}
	f, err := checkObject(root)
	if err != nil {
		return nil, facts{}, refObject.because(err.Error())
	}
	if s.profile.NeedMaster && !slices.ContainsFunc(members(root), func(c *component) bool { return c.prop("RECURRENCE-ID") == nil }) {
		return nil, facts{}, refMaster.because("an override without its series")
	}
	f.measure(root)
	return root, f, nil
}

// invalid answers broken iCalendar as the profile does.
func (s *Server) invalid(err error) *failure {
	f := refData.because(err.Error())
	switch s.profile.Invalid {
	case InvalidObject:
		f.Code = refObject.Code
	case Invalid400:
		f.Status, f.Code = 400, ""
	case Invalid404:
		f.Status, f.Code = 404, ""
	case Invalid412:
		f.Status, f.Code = 412, ""
	case Invalid415:
		f.Status, f.Code = 415, ""
	case Invalid207:
		f.inside = true
	}
	return f
}

// members are the components that an object is about: all but its time zones.
func members(root *component) []*component {
	var list []*component
	for _, c := range root.comps {
		if c.name != "VTIMEZONE" {
			list = append(list, c)
		}
	}
	return list
}

// checkObject holds RFC 4791 section 4.1: no METHOD, one UID, one kind of component, one master, no override twice.
func checkObject(root *component) (facts, error) {
	var f facts
	if root.prop("METHOD") != nil {
		return f, errors.New("METHOD is not for stored objects")
	}
	list := members(root)
	if len(list) == 0 {
		return f, errors.New("no component but time zones")
	}
	f.uid, f.component = list[0].text("UID"), list[0].name
	seen := map[string]bool{}
	for _, c := range list {
		if c.name != f.component {
			return f, fmt.Errorf("%s beside %s", c.name, f.component)
		}
		if uid := c.text("UID"); uid != f.uid {
			return f, fmt.Errorf("two UIDs, %q and %q", f.uid, uid)
		}
		id := ""
		if p := c.prop("RECURRENCE-ID"); p != nil {
			id = p.param("TZID") + p.value
		}
		if seen[id] {
			return f, fmt.Errorf("two components for recurrence id %q", id)
		}
		seen[id] = true
		if p := c.prop("ORGANIZER"); p != nil && f.organizer == "" {
			f.organizer = address(p.value)
		}
	}
	return f, nil
}

// checkData holds RFC 5545: what must be there, what may be there once, and what values may look like.
func checkData(root *component, laxZones bool) error {
	if v := root.prop("VERSION"); v == nil || v.value != "2.0" {
		return errors.New("VERSION is not 2.0")
	}
	if root.text("PRODID") == "" {
		return errors.New("no PRODID")
	}
	zones := map[string]bool{}
	for _, c := range root.comps {
		if c.name != "VTIMEZONE" {
			continue
		}
		if err := checkZone(c); err != nil {
			return fmt.Errorf("VTIMEZONE: %w", err)
		}
		zones[c.text("TZID")] = true
	}
	for _, c := range members(root) {
		if err := checkMember(c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		for _, p := range c.props {
			if id := p.param("TZID"); id != "" && !zones[id] && !laxZones && !strings.HasPrefix(id, "/") {
				return fmt.Errorf("%s: TZID %q has no VTIMEZONE (RFC 5545 section 3.2.19)", c.name, id)
			}
		}
	}
	return nil
}

func checkZone(c *component) error {
	if c.text("TZID") == "" {
		return errors.New("no TZID")
	}
	if len(c.comps) == 0 {
		return errors.New("neither STANDARD nor DAYLIGHT")
	}
	for _, o := range c.comps {
		for _, name := range []string{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"} {
			if o.prop(name) == nil {
				return fmt.Errorf("%s: no %s", o.name, name)
			}
		}
		for _, name := range []string{"TZOFFSETFROM", "TZOFFSETTO"} {
			if _, err := parseOffset(o.prop(name).value); err != nil {
				return fmt.Errorf("%s: %w", o.name, err)
			}
		}
	}
	return nil
}
