package hub

import (
	"fmt"
	"strings"

	"tahti/internal/crm"
)

// Invalid is a value that cannot be taken. Field is a key, Code has a sentence for people elsewhere, Detail is for
// operators and clients; it holds no more than what the caller sent.
type Invalid struct {
	Field  string
	Code   string
	Detail string
}

func (e *Invalid) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("%s: %s", e.Field, e.Code)
	}
	return fmt.Sprintf("%s: %s: %s", e.Field, e.Code, e.Detail)
}

// The codes of [Invalid].
const (
	CodeRequired     = "required"
	CodeUnknown      = "unknown"  // no such row, or no such word
	CodeInactive     = "inactive" // a type or user that is no longer used
	CodeTooLong      = "too_long" // text or span
	CodeTooMany      = "too_many" // guests, occurrences, dates
	CodeBadText      = "bad_text" // not UTF-8, or a zero byte
	CodeEndFirst     = "end_before_start"
	CodeKinds        = "different_kinds" // start and end, or start and further dates, are not of one kind
	CodeUnknownZone  = "unknown_zone"
	CodeOutOfRange   = "out_of_range"
	CodeBadRule      = "bad_rule"
	CodeNeedsDate    = "needs_date" // a recurrence, or an occurrence, of something without a date
	CodeNoDates      = "no_dates"   // a series that ends before it begins
	CodeNoOccurrence = "no_such_occurrence"
	CodeUnknownField = "unknown_field"
	CodeImmutable    = "immutable"
	CodeExists       = "exists"
	CodeLastType     = "last_type"
	CodeBadEmail     = "bad_email"
	CodeBadRevision  = "bad_revision"
	CodeBadSpelling  = "bad_value" // a stored value that cannot be read
	CodeNotRecurring = "not_recurring"
)

// Denied is something that this actor may not do. Code has a sentence for people elsewhere.
type Denied struct {
	Code string
	// Fields are the keys that were refused, where it is about some only.
	Fields []string
}

func (e *Denied) Error() string {
	if len(e.Fields) == 0 {
		return "denied: " + e.Code
	}
	return fmt.Sprintf("denied: %s: %s", e.Code, strings.Join(e.Fields, ", "))
}

// The codes of [Denied].
const (
	DeniedNobody       = "not_signed_in"
	DeniedInactive     = "inactive_user"
	DeniedMasked       = "not_visible"     // the details are not this person's to see
	DeniedShare        = "not_yours"       // a participant may change their own share only
	DeniedOwnerField   = "owner_only"      // private and visibility are the owner's to set
	DeniedOrganiser    = "organiser_owned" // somebody else organises the meeting
	DeniedCalendarOnly = "calendar_only"   // organiser, status: the calendar says it
	DeniedAdmin        = "administrator_only"
	DeniedLastAdmin    = "last_administrator"
	DeniedUndone       = "undone_already"
	DeniedResolved     = "resolved_already"
	DeniedNotUndoable  = "not_undoable"
	DeniedLivesOn      = "lives_on" // the meeting is here as another activity
	DeniedSetUp        = "set_up_already"
)

// Stale means that the change was made from an older revision and somebody else has changed the same since. Nothing was
// saved.
type Stale struct {
	// Fields are the keys that both changed, sorted; empty where sync planned on an older revision and has to plan again.
	Fields []string
	// Current is the activity as it is now, unmasked: show it through [Hub.Show].
	Current crm.Activity
}

func (e *Stale) Error() string {
	return fmt.Sprintf("changed meanwhile, now at revision %d: %s", e.Current.Revision, strings.Join(e.Fields, ", "))
}
