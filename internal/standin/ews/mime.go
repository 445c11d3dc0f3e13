package ews

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"tahti/internal/standin/exchange"
)

// mime is the event as an iCalendar object, in base64. A master comes with its exceptions, as DavMail expects it.
func (c *call) mime(x view) node {
	return tx("t:MimeContent", base64.StdEncoding.EncodeToString([]byte(x.ical(c.now())))).with("CharacterSet", "UTF-8")
}

// ical writes the event as the original does: times on the clock of a Windows zone, which stands in front.
func (x view) ical(now time.Time) string {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + ":" + value + "\r\n") }
	line("BEGIN", "VCALENDAR")
	line("METHOD", "PUBLISH")
	line("PRODID", "Microsoft Exchange Server 2010")
	line("VERSION", "2.0")
	b.WriteString(x.p.start.zone.vtimezone(x.p.start.wall.Civil().Year()))
	if x.p.end.zone.id != x.p.start.zone.id {
		b.WriteString(x.p.end.zone.vtimezone(x.p.start.wall.Civil().Year()))
	}
	x.icalEvent(&b, line, now)
	if x.kind == kindMaster {
		for _, e := range x.st.exceptions {
			x.it.occurrenceAt(e.original).icalEvent(&b, line, now)
		}
	}
	line("END", "VCALENDAR")
	return b.String()
}

// icalEvent writes one VEVENT.
func (x view) icalEvent(b *strings.Builder, line func(name, value string), now time.Time) {
	line("BEGIN", "VEVENT")
	if x.meeting() {
		line("ORGANIZER;CN="+quoted(x.st.organizer.name), "MAILTO:"+x.st.organizer.address)
	}
	for _, g := range []struct {
		role string
		list []attendee
	}{{"REQ-PARTICIPANT", x.p.required}, {"OPT-PARTICIPANT", x.p.optional}, {"NON-PARTICIPANT", x.p.resources}} {
		for _, a := range g.list {
			line("ATTENDEE;ROLE="+g.role+";PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN="+quoted(a.name), "MAILTO:"+a.address)
		}
	}
	_, text := x.p.body.as("Text")
	line("DESCRIPTION;LANGUAGE=en-US", icalText(text))
	x.icalSeries(line)
	line("UID", x.st.uid)
	line("SUMMARY;LANGUAGE=en-US", icalText(x.p.subject))
	line(x.stamped("DTSTART", x.p.start))
	line(x.stamped("DTEND", x.p.end))
	line("CLASS", map[string]string{"Normal": "PUBLIC", "Personal": "PRIVATE", "Private": "PRIVATE", "Confidential": "CONFIDENTIAL"}[x.p.sensitivity])
	line("DTSTAMP", now.UTC().Format("20060102T150405Z"))
	line("TRANSP", map[bool]string{true: "TRANSPARENT", false: "OPAQUE"}[x.p.busy == "Free"])
	line("STATUS", map[bool]string{true: "CANCELLED", false: "CONFIRMED"}[x.st.cancelled])
	line("SEQUENCE", fmt.Sprint(x.st.sequence))
	line("LOCATION;LANGUAGE=en-US", icalText(x.p.location))
	line("X-MICROSOFT-CDO-BUSYSTATUS", strings.ToUpper(x.p.busy))
	line("X-MICROSOFT-CDO-ALLDAYEVENT", strings.ToUpper(truth(x.p.allDay)))
	if x.p.remind {
		b.WriteString("BEGIN:VALARM\r\nDESCRIPTION:REMINDER\r\nTRIGGER;RELATED=START:-PT" + fmt.Sprint(x.p.remindMinutes) + "M\r\nACTION:DISPLAY\r\nEND:VALARM\r\n")
	}
	line("END", "VEVENT")
}

// icalSeries writes what makes a series, or one of its occurrences.
func (x view) icalSeries(line func(name, value string)) {
	switch x.kind {
	case kindMaster:
		line("RRULE", rrule(x.st.recurrence, x.p.start))
		for _, d := range x.st.deleted {
			line(x.stamped("EXDATE", moment{d, x.st.start.zone}))
		}
	case kindOccurrence, kindException:
		line(x.stamped("RECURRENCE-ID", x.originally()))
	}
}

// icalTime is a property with a time.
func (x view) stamped(name string, m moment) (string, string) {
	if x.p.allDay {
		return name + ";VALUE=DATE", m.wall.DateString()
	}
	return name + ";TZID=" + m.zone.id, m.wall.String()
}

func icalText(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, "'") + `"` }

// rrule writes a pattern as RFC 5545 does.
func rrule(p *exchange.Pattern, start moment) string {
	text := map[string]string{exchange.Daily: "DAILY", exchange.Weekly: "WEEKLY", exchange.AbsoluteMonthly: "MONTHLY", exchange.RelativeMonthly: "MONTHLY"}[p.Kind]
	if text == "" {
		text = "YEARLY"
	}
	text = "FREQ=" + text
	switch p.Range {
	case exchange.Numbered:
		text += fmt.Sprintf(";COUNT=%d", p.Count)
	case exchange.EndDate:
		last := moment{p.Until + start.wall - start.day(), start.zone}
		text += ";UNTIL=" + last.instant().UTC().Format("20060102T150405Z")
	}
	text += fmt.Sprintf(";INTERVAL=%d", p.Interval)
	var days []string
	for _, d := range p.Weekdays {
		days = append(days, strings.ToUpper(d.String()[:2]))
	}
	switch p.Kind {
	case exchange.Weekly:
		text += ";BYDAY=" + strings.Join(days, ",") + ";WKST=" + strings.ToUpper(p.First.String()[:2])
	case exchange.AbsoluteMonthly, exchange.AbsoluteYearly:
		text += fmt.Sprintf(";BYMONTHDAY=%d", p.Day)
	case exchange.RelativeMonthly, exchange.RelativeYearly:
		place := map[string]int{"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}[p.Index]
		text += ";BYDAY=" + strings.Join(days, ",") + fmt.Sprintf(";BYSETPOS=%d", place)
	}
	if p.Kind == exchange.AbsoluteYearly || p.Kind == exchange.RelativeYearly {
		text += fmt.Sprintf(";BYMONTH=%d", p.Month)
	}
	return text
}
