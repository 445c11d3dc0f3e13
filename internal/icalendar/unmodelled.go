package icalendar

import "slices"

// modelled are the properties that an event holds, and those that keep the books of a component.
var modelled = []string{
	"SUMMARY", "LOCATION", "DESCRIPTION", "DTSTART", "DTEND", "DURATION", "TRANSP", "CLASS",
	"RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID",
	"DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", keyProperty,
	"X-ALT-DESC", "STYLED-DESCRIPTION", "X-APPLE-STRUCTURED-LOCATION", "X-MICROSOFT-LOCATIONS",
	"X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-MSNCALENDAR-BUSYSTATUS",
	"X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT",
}

// unmodelled lists, sorted, what a component says that no patch may change.
func unmodelled(c *Component) []string {
	var list []string
	for i := range c.Properties {
		if p := &c.Properties[i]; !slices.Contains(modelled, p.name) {
			list = append(list, p.name+p.params+":"+p.value)
		}
	}
	for _, child := range c.Children {
		list = append(list, string(child.AppendText(nil)))
	}
	slices.Sort(list)
	return list
}
