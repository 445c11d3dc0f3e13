package google

import (
	"errors"
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// moment is a start or an end: a whole day, or an instant with the zone in which it was meant.
type moment struct {
	day  bool
	at   time.Time // UTC; midnight for a whole day
	zone string    // empty for a whole day, and where the event names none
}

// location loads a zone that the API takes: an IANA name.
func location(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("time zone %q is none", name)
	}
	return recur.Location(name)
}

// errNoZone marks a wall clock without a zone; the original has a reason of its own for it.
var errNoZone = errors.New("missing time zone definition")

// parseMoment reads an EventDateTime.
func parseMoment(o object) (moment, error) {
	date, hasDate := o["date"].(string)
	clock, hasClock := o["dateTime"].(string)
	zone, _ := o["timeZone"].(string)
	var loc *time.Location
	if zone != "" {
		var err error
		if loc, err = location(zone); err != nil {
			return moment{}, err
		}
	}
	switch {
	case hasDate && hasClock:
		return moment{}, errors.New("both date and dateTime")
	case hasDate:
		t, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return moment{}, fmt.Errorf("%q is no date", date)
		}
		return moment{day: true, at: t}, nil
	case !hasClock:
		return moment{}, errors.New("neither date nor dateTime")
	}
	if t, err := time.Parse(time.RFC3339, clock); err == nil {
		return moment{at: t.UTC().Truncate(time.Second), zone: zone}, nil
	}
	t, err := time.Parse("2006-01-02T15:04:05", clock)
	switch {
	case err != nil:
		return moment{}, fmt.Errorf("%q is no date and time", clock)
	case loc == nil:
		return moment{}, errNoZone
	}
	return moment{at: calendar.InZone(calendar.Wall(t.Unix()), zone).Instant(loc).UTC(), zone: zone}, nil
}

// wallTime is the moment on the clock of its zone, or of the calendar's where it names none.
func (m moment) wallTime(standard string) calendar.Time {
	if m.day {
		return calendar.Time{Kind: calendar.Date, Wall: calendar.Wall(m.at.Unix())}
	}
	zone := m.zone
	if zone == "" {
		zone = standard
	}
	loc, err := location(zone)
	if err != nil {
		panic(fmt.Sprintf("zone %q was checked when it was stored: %v", zone, err))
	}
	return calendar.InZone(calendar.WallIn(m.at, loc), zone)
}

// show writes a moment as answers have it: on the clock of the reader's zone, with the name of its own.
func (m moment) show(reader, standard string) object {
	if m.day {
		return object{"date": m.at.Format(time.DateOnly)}
	}
	loc, err := location(reader)
	if err != nil {
		panic(fmt.Sprintf("zone %q was checked before: %v", reader, err))
	}
	zone := m.zone
	if zone == "" {
		zone = standard
	}
	return object{"dateTime": m.at.In(loc).Format(time.RFC3339), "timeZone": zone}
}

// key names an occurrence by its original start, as its id ends.
func (m moment) key() string {
	if m.day {
		return m.at.Format("20060102")
	}
	return m.at.UTC().Format("20060102T150405Z")
}

// midnight is the instant at which a whole day begins in a zone; other moments are instants already.
func (m moment) in(zone string) time.Time {
	if !m.day {
		return m.at
	}
	loc, err := location(zone)
	if err != nil {
		panic(fmt.Sprintf("zone %q was checked when it was stored: %v", zone, err))
	}
	return time.Date(m.at.Year(), m.at.Month(), m.at.Day(), 0, 0, 0, 0, loc)
}

// stamp writes a time as updated has it; created has no parts of seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
