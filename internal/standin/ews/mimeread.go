package ews

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/standin/exchange"
)

// readMIME takes over an event from an iCalendar object, with its exceptions and holes. The product's reader does for it:
// no client of the product's writes such objects to this server, so that no mistake could be forgiven twice.
func (c *call) readMIME(p *patch, e *element) *failure {
	if !p.create {
		return refReadOnly.because("Set action is invalid for property: MimeContent can be set when the item is created alone.")
	}
	b, err := base64.StdEncoding.DecodeString(textOf(e))
	if err != nil {
		return refMIME.because("The MIME content is no base64.")
	}
	root, err := icalendar.Parse(b, icalendar.DefaultLimits)
	if err != nil {
		return refMIME.because("The MIME content cannot be read: " + err.Error())
	}
	var events []*icalendar.Component
	for _, x := range root.Children {
		if x.Name == "VEVENT" {
			events = append(events, x)
		}
	}
	i := slices.IndexFunc(events, func(x *icalendar.Component) bool { return x.Get("RECURRENCE-ID") == nil })
	if i < 0 {
		return refMIME.because("The MIME content has no event.")
	}
	if err := c.readEvent(p, events[i]); err != nil {
		return refMIME.because("The MIME content cannot be read: " + err.Error())
	}
	for _, x := range slices.Delete(events, i, i+1) {
		o := newPatch()
		original, err := originally(x.Get("RECURRENCE-ID"), events[i])
		if err == nil {
			err = c.readEvent(o, x)
		}
		if err != nil {
			return refMIME.because("The MIME content cannot be read: " + err.Error())
		}
		p.overrides = append(p.overrides, override{original, o})
	}
	return nil
}

// override is an exception that a new series comes with.
type override struct {
	original moment
	patch    *patch // nil where the occurrence was taken out
}

// readEvent takes over one VEVENT.
func (c *call) readEvent(p *patch, x *icalendar.Component) error {
	set := func(part string) { p.set[part] = true }
	p.uid = x.Text("UID")
	p.subject, p.location = x.Text("SUMMARY"), x.Text("LOCATION")
	p.body = body{content: crlf(x.Text("DESCRIPTION"))}
	set("Subject")
	set("Location")
	set("Body")
	p.busy = "Busy"
	if x.Text("TRANSP") == "TRANSPARENT" {
		p.busy = "Free"
	}
	set("LegacyFreeBusyStatus")
	if class := map[string]string{"PRIVATE": "Private", "CONFIDENTIAL": "Confidential"}[x.Text("CLASS")]; class != "" {
		p.sensitivity = class
		set("Sensitivity")
	}
	for i := range x.Properties {
		if a := &x.Properties[i]; a.Name() == "ATTENDEE" {
			c.readAttendee(p, a)
		}
	}
	if err := p.readTimes(x); err != nil {
		return err
	}
	if rule := x.Get("RRULE"); rule != nil {
		start, _, _ := icalTime(x.Get("DTSTART")) // readTimes has read it
		r, err := readRRULE(rule.Value(), start)
		if err != nil {
			return err
		}
		p.recurs, p.recurrence = true, r
	}
	for i := range x.Properties {
		if d := &x.Properties[i]; d.Name() == "EXDATE" {
			m, err := originally(d, x)
			if err != nil {
				return err
			}
			p.overrides = append(p.overrides, override{original: m})
		}
	}
	return nil
}

func (c *call) readAttendee(p *patch, a *icalendar.Property) {
	_, address, _ := strings.Cut(a.Value(), ":")
	who := person{a.Param("CN"), address}
	if who.name == "" {
		who.name = address
	}
	if strings.EqualFold(address, c.box.Name) {
		return // the organiser is no guest of their own
	}
	if a.Param("ROLE") == "OPT-PARTICIPANT" {
		p.optional, p.set["OptionalAttendees"] = append(p.optional, attendee{person: who, response: "Unknown"}), true
		return
	}
	p.required, p.set["RequiredAttendees"] = append(p.required, attendee{person: who, response: "Unknown"}), true
}

// readTimes takes over start and end. An event of whole days has dates, or midnights and a property that says so ([MS-OXCICAL]
// 2.1.3.1.1.20.28), as DavMail writes it.
func (p *patch) readTimes(x *icalendar.Component) error {
	start, day, err := icalTime(x.Get("DTSTART"))
	if err != nil {
		return err
	}
	end := start
	if day {
		end = start.plus(calendar.Day)
	}
	if d := x.Get("DTEND"); d != nil {
		if end, _, err = icalTime(d); err != nil {
			return err
		}
	}
	if x.Text("X-MICROSOFT-CDO-ALLDAYEVENT") == "TRUE" && start.wall == start.day() && end.wall == end.day() {
		day = true
	}
	p.set["times"], p.hasAllDay, p.allDay = true, true, day
	p.startZone, p.endZone = &start.zone, &end.zone
	p.startText, p.endText = start.wall.Civil().Format("2006-01-02T15:04:05"), end.wall.Civil().Format("2006-01-02T15:04:05")
	return nil
}

// icalTime reads a property with a time; day reports that it is a date. What is in UTC and names a zone is on the clock of
// that zone, as DavMail writes it.
func icalTime(p *icalendar.Property) (m moment, day bool, err error) {
	if p == nil {
		return m, false, errors.New("a time is missing")
	}
	m.zone = utc
	if id := p.Param("TZID"); id != "" {
		z, ok := windowsZone(id)
		if !ok {
			z, ok = ianaZone(id)
		}
		if !ok {
			return m, false, fmt.Errorf("the zone %q is not known", id)
		}
		m.zone = z
	}
	text := strings.TrimSuffix(p.Value(), "Z")
	for _, layout := range []string{"20060102T150405", "20060102"} {
		t, err := time.Parse(layout, text)
		switch {
		case err != nil:
			continue
		case text != p.Value():
			return at(t, m.zone), false, nil
		}
		m.wall = calendar.Wall(t.Unix())
		return m, layout == "20060102", nil
	}
	return m, false, fmt.Errorf("%q is no time", p.Value())
}

// originally is the original start that a property of a series names. A date is that of the occurrence.
func originally(p *icalendar.Property, series *icalendar.Component) (moment, error) {
	m, day, err := icalTime(p)
	if err != nil || !day {
		return m, err
	}
	first, _, err := icalTime(series.Get("DTSTART"))
	return moment{m.wall + first.wall - first.day(), first.zone}, err
}

// readRRULE reads the rules that Exchange's patterns have words for.
func readRRULE(text string, start moment) (*exchange.Pattern, error) {
	part := map[string]string{}
	for s := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(s, "=")
		part[strings.ToUpper(name)] = strings.ToUpper(value)
	}
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(part[name]); err == nil {
			return n
		}
		return otherwise
	}
	p := &exchange.Pattern{Interval: number("INTERVAL", 1), Index: "first", From: start.day(), Range: exchange.NoEnd, First: time.Monday}
	c := start.wall.Civil()
	p.Month, p.Day = time.Month(number("BYMONTH", int(c.Month()))), number("BYMONTHDAY", c.Day())
	place := number("BYSETPOS", 0)
	for s := range strings.SplitSeq(part["BYDAY"], ",") {
		if len(s) < 2 {
			continue
		}
		d := slices.IndexFunc(weekdayNames, func(name string) bool { return strings.ToUpper(name[:2]) == s[len(s)-2:] })
		if d < 0 {
			return nil, fmt.Errorf("BYDAY=%s", part["BYDAY"])
		}
		p.Weekdays = append(p.Weekdays, time.Weekday(d))
		if n, err := strconv.Atoi(s[:len(s)-2]); err == nil {
			place = n
		}
	}
	switch {
	case place == -1:
		p.Index = "last"
	case place > 0 && place < 5:
		p.Index = exchange.Indexes[place-1]
	}
	relative := len(p.Weekdays) > 0
	kinds := map[string][2]string{
		"DAILY": {exchange.Daily, exchange.Weekly}, "WEEKLY": {exchange.Weekly, exchange.Weekly},
		"MONTHLY": {exchange.AbsoluteMonthly, exchange.RelativeMonthly}, "YEARLY": {exchange.AbsoluteYearly, exchange.RelativeYearly},
	}[part["FREQ"]]
	if p.Kind = kinds[0]; relative {
		p.Kind = kinds[1]
	} else if p.Kind == exchange.Weekly {
		p.Weekdays = []time.Weekday{c.Weekday()}
	}
	if n := number("COUNT", 0); n > 0 {
		p.Range, p.Count = exchange.Numbered, n
	} else if until := part["UNTIL"]; len(until) >= 8 {
		day, err := time.Parse("20060102", until[:8])
		if err != nil {
			return nil, fmt.Errorf("UNTIL=%s", until)
		}
		p.Range, p.Until = exchange.EndDate, calendar.Wall(day.Unix())
	}
	if problem := p.Problem(); problem != "" {
		return nil, errors.New(problem)
	}
	return p, nil
}
