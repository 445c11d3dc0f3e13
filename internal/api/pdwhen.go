package api

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Times as Pipedrive has them: due_date and due_time are one instant in UTC, and an activity without due_time takes the
// whole day, which is never shifted (providers.md part 5). The zone of the wall clock travels beside them.

// pdWhen is what due_date, due_time, duration and source_timezone say together.
type pdWhen struct {
	Date, Time, Duration, Zone *string
}

// locationOf is where a wall clock is read: floating times where the viewer is.
func locationOf(t calendar.Time, viewer *time.Location) *time.Location {
	if t.Kind == calendar.Floating {
		return viewer
	}
	if t.Kind == calendar.Zoned {
		if loc, err := recur.Location(t.Zone); err == nil {
			return loc
		}
	}
	return time.UTC
}

func instantOf(t calendar.Time, viewer *time.Location) time.Time {
	return t.Instant(locationOf(t, viewer)).UTC()
}

// showWhen writes start and end in Pipedrive's way.
func showWhen(start, end calendar.Time, viewer *time.Location) pdWhen {
	switch start.Kind {
	case calendar.NoTime:
		return pdWhen{}
	case calendar.Date:
		w := pdWhen{Date: new(start.Wall.Civil().Format(time.DateOnly))}
		if days := (end.Wall - start.Wall) / calendar.Day; days > 1 {
			w.Duration = new(hours(time.Duration(days) * 24 * time.Hour))
		}
		return w
	}
	at := instantOf(start, viewer)
	w := pdWhen{Date: new(at.Format(time.DateOnly)), Time: new(at.Format("15:04"))}
	if at.Second() != 0 {
		w.Time = new(at.Format("15:04:05"))
	}
	if length := instantOf(end, viewer).Sub(at); length > 0 {
		w.Duration = new(hours(length))
	}
	switch start.Kind {
	case calendar.Zoned:
		w.Zone = new(start.Zone)
	case calendar.UTC:
		w.Zone = new("UTC")
	}
	return w
}

// hours writes a length as HH:MM, with seconds only where there are some.
func hours(d time.Duration) string {
	s := int64(d / time.Second)
	text := fmt.Sprintf("%02d:%02d", s/3600, s/60%60)
	if s%60 != 0 {
		text += fmt.Sprintf(":%02d", s%60)
	}
	return text
}

var hoursForm = regexp.MustCompile(`^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$`)

func parseHours(text string) (time.Duration, bool) {
	m := hoursForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n := func(s string) time.Duration { v, _ := strconv.Atoi(s); return time.Duration(v) } // digits, by the pattern
	return n(m[1])*time.Hour + n(m[2])*time.Minute + n(m[3])*time.Second, true
}

// whenWish are the fields of a request that speak about time.
type whenWish struct {
	Date, Time, Duration, Zone maybe[string]
}

func (w *whenWish) says() bool { return w.Date.Set || w.Time.Set || w.Duration.Set || w.Zone.Set }

// apply gives start and end what a request says, on top of what is there. What the request does not name stays: the zone, the
// length, and for a change of the zone alone the instant.
func (w *whenWish) apply(start, end calendar.Time, c *caller) (calendar.Time, calendar.Time, error) {
	was := showWhen(start, end, c.zone())
	date, clock := pick(w.Date, was.Date), pick(w.Time, was.Time)
	if date == "" {
		if w.Time.Set && clock != "" || w.Duration.Set && w.Duration.Value != "" {
			return start, end, badRequest("Validation failed: due_time and duration need a due_date")
		}
		return calendar.Time{}, calendar.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || day.Year() < 1 {
		return start, end, badRequest("Validation failed: due_date: %q is not a date such as 2026-01-02", date)
	}
	length, err := w.length(start, end, clock == "", c.zone())
	if err != nil {
		return start, end, err
	}
	if clock == "" {
		return wholeDays(day, length)
	}
	at, ok := parseHours(clock)
	if !ok || at >= 24*time.Hour {
		return start, end, badRequest("Validation failed: due_time: %q is not a time such as 09:30 (UTC)", clock)
	}
	return w.place(day.Add(at), length, start, end, c)
}

// pick takes what a request says, else what was there; null and empty text clear.
func pick(m maybe[string], was *string) string {
	switch {
	case m.Set:
		return m.Value
	case was != nil:
		return *was
	}
	return ""
}

// length is how long it takes. An activity that changes between whole days and times begins without length.
func (w *whenWish) length(start, end calendar.Time, allDay bool, viewer *time.Location) (time.Duration, error) {
	if w.Duration.Set {
		if w.Duration.Value == "" {
			return 0, nil
		}
		d, ok := parseHours(w.Duration.Value)
		if !ok {
			return 0, badRequest("Validation failed: duration: %q is not a length such as 01:30", w.Duration.Value)
		}
		return d, nil
	}
	if start.IsZero() || allDay != (start.Kind == calendar.Date) {
		return 0, nil
	}
	return instantOf(end, viewer).Sub(instantOf(start, viewer)), nil
}

// wholeDays lasts at least a day; a length that is no whole number of days is rounded up to one.
func wholeDays(day time.Time, length time.Duration) (calendar.Time, calendar.Time, error) {
	days := max(1, (length+24*time.Hour-1)/(24*time.Hour))
	start := calendar.OnDate(day.Year(), day.Month(), day.Day())
	end := start
	end.Wall += calendar.Wall(days) * calendar.Day
	return start, end, nil
}

// place puts an instant on the wall clock of its zone: the one that was asked for, that the activity has, or the caller's.
func (w *whenWish) place(at time.Time, length time.Duration, start, end calendar.Time, c *caller) (calendar.Time, calendar.Time, error) {
	on := func(like calendar.Time, t time.Time) calendar.Time {
		if like.Kind == calendar.UTC {
			return calendar.AtUTC(t)
		}
		like.Wall = calendar.WallIn(t, locationOf(like, c.zone()))
		return like
	}
	timed := start.Kind != calendar.NoTime && start.Kind != calendar.Date
	if timed && !(w.Zone.Set && w.Zone.Value != "") {
		return on(start, at), on(end, at.Add(length)), nil
	}
	zone := w.Zone.Value
	if zone == "" {
		zone = c.User.TimeZone
	}
	if zone == "" || zone == "UTC" {
		return calendar.AtUTC(at), calendar.AtUTC(at.Add(length)), nil
	}
	if _, err := recur.Location(zone); err != nil {
		return start, end, badRequest("Validation failed: source_timezone: %q is not an IANA time zone", zone)
	}
	like := calendar.InZone(0, zone)
	if timed && end.Zone != start.Zone && end.Kind == calendar.Zoned {
		return on(like, at), on(end, at.Add(length)), nil // it ends in another zone, as a flight does
	}
	return on(like, at), on(like, at.Add(length)), nil
}
