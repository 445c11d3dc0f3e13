package icalendar

import "slices"

// Split takes a calendar of many events, as files and feeds have it, apart into objects of one UID each, as [Decode]
// reads them and CalDAV stores them. Each gets the calendar's own properties but METHOD, which belongs to messages, and the
// time zones that it names. They are in the order of their first components; components without a UID stand alone. The
// parts share their components with root, which is good for reading only afterwards.
func Split(root *Component) []*Component {
	var parts []*Component
	byUID := map[string]*Component{}
	zones := map[string]*Component{}
	for _, c := range root.Children {
		if c.Name == "VTIMEZONE" {
			zones[c.Text("TZID")] = c
		}
	}
	for _, c := range root.Children {
		if c.Name == "VTIMEZONE" {
			continue
		}
		uid := c.Text("UID")
		part := byUID[uid]
		if part == nil {
			part = &Component{Name: root.Name, Line: c.Line, Properties: slices.Clone(root.Properties)}
			part.Remove("METHOD")
			parts = append(parts, part)
			if uid != "" {
				byUID[uid] = part
			}
		}
		for _, tzid := range zoneNames(c) {
			if def := zones[tzid]; def != nil && !slices.ContainsFunc(part.Children, func(x *Component) bool {
				return x.Name == "VTIMEZONE" && x.Text("TZID") == tzid
			}) {
				copied := *def
				part.InsertChild("VEVENT", &copied)
			}
		}
		part.AddChild(c)
	}
	return parts
}

// zoneNames lists the TZIDs that a component and what is in it refer to.
func zoneNames(c *Component) (names []string) {
	for i := range c.Properties {
		if tzid := c.Properties[i].Param("TZID"); tzid != "" && !slices.Contains(names, tzid) {
			names = append(names, tzid)
		}
	}
	for _, child := range c.Children {
		names = append(names, zoneNames(child)...)
	}
	return names
}
