package ews

import (
	"strconv"
	"time"
)

// serverZones are those that are listed where none is asked for by its id. The original knows all of Windows'.
var serverZones = []string{
	"UTC", "GMT Standard Time", "W. Europe Standard Time", "Romance Standard Time", "Central Europe Standard Time", "FLE Standard Time", "Russian Standard Time",
	"Eastern Standard Time", "Central Standard Time", "Mountain Standard Time", "Pacific Standard Time", "E. South America Standard Time",
	"India Standard Time", "China Standard Time", "Tokyo Standard Time", "AUS Eastern Standard Time", "New Zealand Standard Time",
}

// getServerTimeZones is GetServerTimeZones, with the rules of the present year.
func (c *call) getServerTimeZones(e *element) ([]message, *failure) {
	ids := serverZones
	if list := m(e, "Ids"); list != nil {
		ids = nil
		for _, id := range list.Children {
			ids = append(ids, textOf(id))
		}
	}
	full := e.Attr("ReturnFullTimeZoneData") != "false"
	defs := el("m:TimeZoneDefinitions")
	for _, id := range ids {
		if z, ok := windowsZone(id); ok { // what is not known is left out
			defs.kids = append(defs.kids, z.definition(full, c.now().Year()))
		}
	}
	return []message{done(defs)}, nil
}

// definition is a zone with its periods, and the changes between them.
func (z zone) definition(full bool, year int) node {
	n := el("t:TimeZoneDefinition").with("Name", z.id, "Id", z.id)
	if !full {
		return n
	}
	c := clocksOf(z.loc, year)
	prefix := "trule:Microsoft/Registry/" + z.id + "/1-"
	period := func(name string, offset time.Duration) node {
		return el("t:Period").with("Bias", bias(offset), "Name", name, "Id", prefix+name)
	}
	periods := el("t:Periods", period("Standard", c.standard))
	group := el("t:TransitionsGroup").with("Id", "0")
	to := func(kind, id string) node { return tx("t:To", id).with("Kind", kind) }
	change := func(name string, x *clockChange) node {
		return el("t:RecurringDayTransition", to("Period", prefix+name), tx("t:TimeOffset", duration(x.clock)), tx("t:Month", strconv.Itoa(int(x.month))),
			tx("t:DayOfWeek", x.weekday.String()), tx("t:Occurrence", strconv.Itoa(x.week)))
	}
	if c.toSummer == nil {
		group.kids = []node{el("t:Transition", to("Period", prefix+"Standard"))}
	} else {
		periods.kids = append(periods.kids, period("Daylight", c.toSummer.to))
		group.kids = []node{change("Daylight", c.toSummer), change("Standard", c.toWinter)}
	}
	n.kids = []node{periods, el("t:TransitionsGroups", group), el("t:Transitions", el("t:Transition", to("Group", "0")))}
	return n
}

// bias is what has to be added to a local time to have UTC.
func bias(offset time.Duration) string {
	if offset > 0 {
		return "-" + duration(offset)
	}
	return duration(-offset)
}

// biasZone is a zone as GetUserAvailability is told of it: minutes to add to a local time to have UTC, and when they change.
type biasZone struct {
	standard, daylight     time.Duration // offsets
	toStandard, toDaylight biasChange
}

// biasChange is when a clock changes each year; month 0 is never.
type biasChange struct {
	month   time.Month
	weekday time.Weekday
	week    int // 5 is the last
	clock   time.Duration
}

func readBiasZone(e *element) biasZone {
	minutes := func(e *element) time.Duration { return time.Duration(number(e)) * time.Minute }
	base, std, dst := minutes(t(e, "Bias")), t(e, "StandardTime"), t(e, "DaylightTime")
	read := func(e *element) biasChange {
		clock, _ := time.Parse("15:04:05", textOf(t(e, "Time"))) // a time, by the schema
		x := biasChange{month: time.Month(number(t(e, "Month"))), week: number(t(e, "DayOrder")), clock: time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute}
		for i, name := range weekdayNames {
			if name == textOf(t(e, "DayOfWeek")) {
				x.weekday = time.Weekday(i)
			}
		}
		return x
	}
	return biasZone{standard: -(base + minutes(t(std, "Bias"))), daylight: -(base + minutes(t(dst, "Bias"))), toStandard: read(std), toDaylight: read(dst)}
}

// in is when the change comes in a year, as a local time read as UTC.
func (x biasChange) in(year int) time.Time {
	day := time.Date(year, x.month, 1, 0, 0, 0, 0, time.UTC)
	day = day.AddDate(0, 0, (int(x.weekday)-int(day.Weekday())+7)%7+7*(x.week-1))
	for day.Month() != x.month {
		day = day.AddDate(0, 0, -7)
	}
	return day.Add(x.clock)
}

// offset is that of the zone at an instant.
func (z biasZone) offset(at time.Time) time.Duration {
	if z.toStandard.month == 0 || z.toDaylight.month == 0 {
		return z.standard
	}
	year := at.Add(z.standard).UTC().Year()
	summer, winter := z.toDaylight.in(year).Add(-z.standard), z.toStandard.in(year).Add(-z.daylight)
	within := !at.Before(summer) && at.Before(winter)
	if winter.Before(summer) { // in the south, summer is at both ends of a year
		within = at.Before(winter) || !at.Before(summer)
	}
	if within {
		return z.daylight
	}
	return z.standard
}

// local is an instant on the clock of the zone, as answers have it: without an offset.
func (z biasZone) local(at time.Time) string {
	return at.Add(z.offset(at)).UTC().Format("2006-01-02T15:04:05")
}

// instant reads a local time.
func (z biasZone) instant(text string) time.Time {
	w, at, _ := parseTime(text) // a time, by the schema
	if !at.IsZero() {
		return at
	}
	guess := w.Civil().Add(-z.standard)
	return w.Civil().Add(-z.offset(guess))
}
