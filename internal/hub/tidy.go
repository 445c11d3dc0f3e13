package hub

import (
	"cmp"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

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
	v.Facets = nil // the CRM has columns of its own for them
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
