package hub

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// The bounds of an activity: generous for what people write and calendars hold, small enough that one row cannot hurt.
const (
	MaxSubject     = 2_000   // characters; Exchange stops at 255, iCalendar nowhere
	MaxLine        = 4_000   // characters of a place, a name, an address
	MaxText        = 256_000 // bytes of a description or note
	MaxGuests      = 2_000
	MaxOccurrences = 5_000 // overrides, cancelled starts, further dates: each
	MaxPriority    = 1_000
)

// maxSpan is the longest that one occurrence may last.
const maxSpan = 10 * 366 * 24 * time.Hour

// checkPlan checks a tidy plan, and writes its rule in canonical form. The rule is expanded for the check only where the
// pattern is new.
func checkPlan(e *calendar.Event, newPattern bool) error {
	if err := checkValues(&e.Values, "", calendar.AllFields); err != nil {
		return err
	}
	if max(len(e.Overrides), len(e.Cancelled), len(e.Extra)) > MaxOccurrences {
		return &Invalid{Field: "recurrence", Code: CodeTooMany}
	}
	if e.Start.IsZero() && (e.IsSeries() || len(e.Overrides)+len(e.Cancelled) > 0) {
		return &Invalid{Field: "recurrence", Code: CodeNeedsDate}
	}
	for i := range e.Overrides {
		o := &e.Overrides[i]
		if err := checkValues(&o.Values, originalName(e.Start.Kind, o.Original), o.Set); err != nil {
			return err
		}
	}
	if !newPattern || !e.IsSeries() {
		return nil
	}
	return checkPattern(e)
}

func checkPattern(e *calendar.Event) error {
	for _, t := range e.Extra {
		if t.Kind != e.Start.Kind {
			return &Invalid{Field: "recurrence", Code: CodeKinds}
		}
		if err := checkTime(t, "recurrence"); err != nil {
			return err
		}
	}
	if e.Rule != "" {
		rule, err := recur.Canonical(e.Rule, e.Start)
		if err != nil {
			return &Invalid{Field: "recurrence", Code: CodeBadRule, Detail: err.Error()}
		}
		e.Rule = rule
	}
	if err := recur.Check(e); err != nil {
		return &Invalid{Field: "recurrence", Code: CodeBadRule, Detail: err.Error()}
	}
	return nil
}

// checkValues checks what a series, or an occurrence of it, says in some fields.
func checkValues(v *calendar.Values, original string, set calendar.FieldSet) error {
	key := func(f calendar.Field) string {
		if original == "" {
			return f.String()
		}
		return OccurrenceKey(f.String(), original)
	}
	if original != "" && set.Has(calendar.When) && v.Start.IsZero() {
		return &Invalid{Field: key(calendar.When), Code: CodeNeedsDate}
	}
	if err := checkWhen(v, key(calendar.When)); err != nil {
		return err
	}
	if len(v.Guests) > MaxGuests {
		return &Invalid{Field: key(calendar.GuestsField), Code: CodeTooMany}
	}
	for _, c := range []struct {
		field calendar.Field
		text  string
		limit int
	}{
		{calendar.Subject, v.Subject, MaxSubject}, {calendar.Location, v.Location, MaxLine},
		{calendar.MeetingURL, v.MeetingURL, MaxLine},
		{calendar.OrganizerField, v.Organizer.Email + v.Organizer.Name, MaxLine},
	} {
		if err := checkText(key(c.field), c.text, c.limit); err != nil {
			return err
		}
	}
	for _, g := range v.Guests {
		if err := checkText(key(calendar.GuestsField), g.Email+g.Name, MaxLine); err != nil {
			return err
		}
	}
	return checkLong(key(calendar.Description), v.Description)
}

func checkWhen(v *calendar.Values, key string) error {
	if v.Start.IsZero() {
		if !v.End.IsZero() {
			return &Invalid{Field: key, Code: CodeNeedsDate}
		}
		return nil
	}
	if v.Start.Kind != v.End.Kind {
		return &Invalid{Field: key, Code: CodeKinds}
	}
	for _, t := range []calendar.Time{v.Start, v.End} {
		if err := checkTime(t, key); err != nil {
			return err
		}
	}
	start, end := instant(v.Start), instant(v.End)
	switch {
	case end.Before(start):
		return &Invalid{Field: key, Code: CodeEndFirst}
	case end.Sub(start) > maxSpan:
		return &Invalid{Field: key, Code: CodeTooLong}
	}
	return nil
}

// instant compares start with end only: whole days and floating times are read in UTC. Of a checked time.
func instant(t calendar.Time) time.Time {
	loc := time.UTC
	if t.Kind == calendar.Zoned {
		if l, err := recur.Location(t.Zone); err == nil {
			loc = l
		}
	}
	return t.Instant(loc)
}

var firstWall, lastWall = calendar.WallOf(1, 1, 1, 0, 0, 0), calendar.WallOf(9999, 12, 31, 0, 0, 0)

func checkTime(t calendar.Time, key string) error {
	switch {
	case t.Wall < firstWall || t.Wall > lastWall || t.Kind > calendar.UTC:
		return &Invalid{Field: key, Code: CodeOutOfRange}
	case t.Kind == calendar.Date && t.Wall != t.Wall.Midnight():
		return &Invalid{Field: key, Code: CodeOutOfRange, Detail: "a whole day has no time of day"}
	case (t.Kind == calendar.Zoned) != (t.Zone != ""):
		return &Invalid{Field: key, Code: CodeUnknownZone, Detail: t.Zone}
	case t.Kind == calendar.Zoned:
		if _, err := recur.Location(t.Zone); err != nil {
			return &Invalid{Field: key, Code: CodeUnknownZone, Detail: t.Zone}
		}
	}
	return nil
}

// checkZone checks a user's zone.
func checkZone(zone string) error {
	if _, err := recur.Location(zone); err != nil {
		return &Invalid{Field: "time_zone", Code: CodeUnknownZone, Detail: zone}
	}
	return nil
}

// checkText checks text of up to limit characters.
func checkText(key, s string, limit int) error {
	if err := checkLong(key, s); err != nil {
		return err
	}
	if len(s) > limit && utf8.RuneCountInString(s) > limit {
		return &Invalid{Field: key, Code: CodeTooLong, Detail: fmt.Sprintf("at most %d characters", limit)}
	}
	return nil
}

// checkLong checks text of any reasonable length. Other control characters pass: calendars hold them, and an appointment must
// not be lost for a stray tabulator.
func checkLong(key, s string) error {
	switch {
	case len(s) > MaxText:
		return &Invalid{Field: key, Code: CodeTooLong, Detail: fmt.Sprintf("at most %d bytes", MaxText)}
	case !utf8.ValidString(s), strings.ContainsRune(s, 0):
		return &Invalid{Field: key, Code: CodeBadText}
	}
	return nil
}
