package icalendar

import "tahti/internal/calendar"

// alignTwins brings a vendor's second copy of a field into line after the field was written. A copy that says the same in
// a form that we cannot write is dropped, because the vendor's own programs believe it more than the standard property:
// Outlook shows X-ALT-DESC for DESCRIPTION, and X-MICROSOFT-CDO-BUSYSTATUS for TRANSP; Apple's Calendar shows
// X-APPLE-STRUCTURED-LOCATION, a title with a place on the map, for LOCATION. GEO is left alone: it is nobody's copy.
func alignTwins(c *Component, f calendar.Field, v *calendar.Values) {
	switch f {
	case calendar.Description:
		c.Remove("X-ALT-DESC", "STYLED-DESCRIPTION") // the latter is RFC 9073's
	case calendar.Location:
		c.Remove("X-APPLE-STRUCTURED-LOCATION", "X-MICROSOFT-LOCATIONS")
	case calendar.Busy:
		align(c, either(v.Busy, "BUSY", "FREE"), "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-MSNCALENDAR-BUSYSTATUS")
	case calendar.When:
		align(c, either(v.Start.Kind == calendar.Date, "TRUE", "FALSE"),
			"X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT")
	}
}

// align sets those of the properties that are there.
func align(c *Component, value string, names ...string) {
	for _, name := range names {
		if p := c.Get(name); p != nil {
			p.SetValue(value)
		}
	}
}
