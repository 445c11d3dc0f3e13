package hub

import (
	"strings"

	"tahti/internal/calendar"
)

// The CRM's own keys beside the names of calendar.Field. They are stored in history, conflicts and Changed.
const (
	FieldType       = "type"
	FieldNote       = "note" // also of an occurrence
	FieldDone       = "done" // also of an occurrence
	FieldOwner      = "owner"
	FieldVisibility = "visibility"
	FieldPriority   = "priority"
	FieldDeal       = "deal"
	FieldPerson     = "person"
	FieldOrg        = "org"
	// FieldCancelled is a key of occurrences only: it does not take place.
	FieldCancelled = "cancelled"
)

// crmFields are the CRM's own keys of a series, in the order in which they are compared and shown.
var crmFields = []string{
	FieldType, FieldNote, FieldDone, FieldOwner, FieldVisibility, FieldPriority, FieldDeal, FieldPerson, FieldOrg,
}

// OccurrenceKey is the key of what one occurrence says, such as subject@20260102T090000. original is in RFC 5545 basic
// form on the wall clock of the series' zone, a date for whole days.
func OccurrenceKey(field, original string) string { return field + "@" + original }

// SplitKey takes a key apart; original is empty for the series.
func SplitKey(key string) (field, original string) {
	field, original, _ = strings.Cut(key, "@")
	return field, original
}

// originalName writes an original start as keys of a series of that kind have it.
func originalName(kind calendar.Kind, w calendar.Wall) string {
	if kind == calendar.Date && w == w.Midnight() {
		return w.DateString()
	}
	return w.String()
}
