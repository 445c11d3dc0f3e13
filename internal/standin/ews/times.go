package ews

import (
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// moment is a time as an event keeps it: a reading of a zone's clock.
type moment struct {
	wall calendar.Wall
	zone zone
}

func (m moment) instant() time.Time {
	return calendar.Time{Kind: calendar.Zoned, Wall: m.wall}.Instant(m.zone.loc)
}

// in reads the same instant on another clock.
func (m moment) in(z zone) moment { return at(m.instant(), z) }

func at(t time.Time, z zone) moment { return moment{calendar.WallIn(t, z.loc), z} }

func (m moment) plus(by calendar.Wall) moment {
	m.wall += by
	return m
}

// zone is a zone under Windows' name.
type zone struct {
	id  string
	loc *time.Location
}

var utc = zone{"UTC", time.UTC}

// windowsZone accepts the ids of Windows and nothing else: no IANA names, no display names, no offsets.
func windowsZone(id string) (zone, bool) {
	if strings.EqualFold(id, "UTC") {
		return utc, true
	}
	iana, ok := recur.ResolveZone(id)
	if !ok {
		return zone{}, false
	}
	own, ok := recur.WindowsZone(iana)
	if !ok || !strings.EqualFold(own, id) {
		return zone{}, false
	}
	loc, err := recur.Location(iana)
	return zone{own, loc}, err == nil
}

// ianaZone is the zone of the page's times, under Windows' name.
func ianaZone(name string) (zone, bool) {
	id, ok := recur.WindowsZone(name)
	if !ok {
		return utc, name == "" || name == "UTC"
	}
	return windowsZone(id)
}

// parseTime reads a dateTime: an instant, or a reading of a clock that is to be found out.
func parseTime(s string) (w calendar.Wall, at time.Time, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02"} { // a fraction of the second is read with seconds
		if t, err := time.Parse(layout, s); err == nil {
			return calendar.Wall(t.Unix()), time.Time{}, true
		}
		if t, err := time.Parse(layout+"Z07:00", s); err == nil {
			return 0, t, true
		}
	}
	return 0, time.Time{}, false
}

// parseDate reads a date of a recurrence. It may have an offset, which says nothing.
func parseDate(s string) (calendar.Wall, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 10 {
		if _, _, ok := parseTime(s[:10] + "T00:00:00" + s[10:]); !ok {
			return 0, false
		}
		s = s[:10]
	}
	t, err := time.Parse("2006-01-02", s)
	return calendar.Wall(t.Unix()), err == nil
}

// moment reads a dateTime; without an offset it is on the clock of z.
func (c *call) moment(text string, z zone) (moment, bool) {
	w, t, ok := parseTime(text)
	if ok && !t.IsZero() {
		return at(t, z), true
	}
	return moment{w, z}, ok
}

// instant writes a time as answers have it: in UTC, or with the offset of the TimeZoneContext.
func (c *call) instant(t time.Time) string {
	if c.zone.loc == time.UTC {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return t.In(c.zone.loc).Format("2006-01-02T15:04:05-07:00")
}
