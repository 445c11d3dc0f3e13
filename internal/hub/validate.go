package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
	"tahti/internal/store"
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

// tidy brings an activity into the one form that is stored and compared. It changes no meaning, but for a whole day
// without length, which is one day long.
func tidy(a *crm.Activity) {
	p := &a.Plan
	p.Known = calendar.AllFields
	tidyValues(&p.Values)
	for i := range p.Overrides {
		tidyValues(&p.Overrides[i].Values)
		p.Overrides[i].Set &= calendar.AllFields &^ calendar.Fields(calendar.Recurrence)
	}
	byOriginal := func(a, b calendar.Override) int { return cmp.Compare(a.Original, b.Original) }
	slices.SortStableFunc(p.Overrides, byOriginal)
	p.Overrides = slices.CompactFunc(p.Overrides, func(a, b calendar.Override) bool { return a.Original == b.Original })
	slices.Sort(p.Cancelled)
	p.Normalize()
	a.Occurrences = slices.DeleteFunc(a.Occurrences, func(o crm.Occurrence) bool { return !o.Done && o.Note == "" })
	slices.SortStableFunc(a.Occurrences, func(a, b crm.Occurrence) int { return cmp.Compare(a.Original, b.Original) })
	a.Occurrences = slices.CompactFunc(a.Occurrences, func(a, b crm.Occurrence) bool { return a.Original == b.Original })
	if len(a.Occurrences) == 0 {
		a.Occurrences = nil
	}
}

func tidyValues(v *calendar.Values) {
	v.Description = strings.ReplaceAll(v.Description, "\r\n", "\n")
	if v.End.IsZero() {
		v.End = v.Start
	}
	if v.Start.Kind == calendar.Date && v.End == v.Start {
		v.End.Wall += calendar.Day
	}
	v.Organizer.Email = strings.ToLower(v.Organizer.Email)
	for i := range v.Guests {
		v.Guests[i].Email = strings.ToLower(v.Guests[i].Email)
	}
	slices.SortStableFunc(v.Guests, func(a, b calendar.Guest) int { return cmp.Compare(a.Email, b.Email) })
	v.Guests = slices.CompactFunc(v.Guests, func(a, b calendar.Guest) bool { return a.Email != "" && a.Email == b.Email })
	if len(v.Guests) == 0 {
		v.Guests = nil
	}
}

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

// checkLong checks text of any reasonable length.
func checkLong(key, s string) error {
	switch {
	case len(s) > MaxText:
		return &Invalid{Field: key, Code: CodeTooLong, Detail: fmt.Sprintf("at most %d bytes", MaxText)}
	case !utf8.ValidString(s), strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' }):
		return &Invalid{Field: key, Code: CodeBadText}
	}
	return nil
}

// checkRows checks what is the CRM's own, under keys that changed: the rows that are pointed to exist and are in use. What
// sync brings may be of a type that is no longer in use: that must not lose anybody an appointment.
func (h *Hub) checkRows(ctx context.Context, tx Tx, by Actor, a *crm.Activity, keys []string) error {
	if len(a.Occurrences) > MaxOccurrences {
		return &Invalid{Field: FieldOccurrences, Code: CodeTooMany}
	}
	for _, key := range keys {
		var err error
		switch field, original := SplitKey(key); {
		case field == FieldNote && original == "":
			err = checkLong(key, a.Note)
		case field == FieldNote:
			for _, o := range a.Occurrences {
				err = errors.Join(err, checkLong(key, o.Note))
			}
		default:
			err = h.checkRow(ctx, tx, by, a, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *Hub) checkRow(ctx context.Context, tx Tx, by Actor, a *crm.Activity, key string) error {
	switch key {
	case FieldType:
		return h.checkType(ctx, tx, by, a.Type)
	case FieldOwner:
		u, err := tx.User(ctx, a.OwnerID)
		if err == nil && !u.Active && by.Kind == Person {
			return &Invalid{Field: key, Code: CodeInactive}
		}
		return exists(key, err)
	case FieldVisibility:
		if a.Visibility != crm.OwnerOnly && a.Visibility != crm.Everyone {
			return &Invalid{Field: key, Code: CodeUnknown, Detail: string(a.Visibility)}
		}
	case FieldPriority:
		if a.Priority < 0 || a.Priority > MaxPriority {
			return &Invalid{Field: key, Code: CodeOutOfRange}
		}
	case FieldDeal:
		if a.DealID != 0 {
			d, err := tx.Deal(ctx, a.DealID)
			return usable(key, err, d.DeletedAt)
		}
	case FieldPerson:
		if a.PersonID != 0 {
			p, err := tx.Person(ctx, a.PersonID)
			return usable(key, err, p.DeletedAt)
		}
	case FieldOrg:
		if a.OrgID != 0 {
			o, err := tx.Organization(ctx, a.OrgID)
			return usable(key, err, o.DeletedAt)
		}
	}
	return nil
}

func (h *Hub) checkType(ctx context.Context, tx Tx, by Actor, key string) error {
	types, err := tx.Types(ctx)
	if err != nil {
		return fmt.Errorf("list types: %w", err)
	}
	at := slices.IndexFunc(types, func(t crm.ActivityType) bool { return t.Key == key })
	switch {
	case key == "":
		return &Invalid{Field: FieldType, Code: CodeRequired}
	case at < 0:
		return &Invalid{Field: FieldType, Code: CodeUnknown, Detail: key}
	case !types[at].Active && by.Kind == Person:
		return &Invalid{Field: FieldType, Code: CodeInactive, Detail: key}
	}
	return nil
}

func usable(key string, err error, deleted time.Time) error {
	if err == nil && !deleted.IsZero() {
		return &Invalid{Field: key, Code: CodeUnknown}
	}
	return exists(key, err)
}

// exists turns a missing row into what is wrong with the field that points to it.
func exists(key string, err error) error {
	if isNotFound(err) {
		return &Invalid{Field: key, Code: CodeUnknown}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return nil
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
