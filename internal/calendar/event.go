package calendar

import (
	"math/bits"
	"slices"
	"strings"
)

// Field is one thing that an event says. Its class, which way it may travel, is the field table of
// docs/adr/0001-schema-fields-planner.md; [Field.Class] is that table in code.
type Field uint8

// The fields of an event. When is start and end together: they are one decision of one person, and half of it is
// never applied without the other half. The order is stored in field sets: new fields go to the end.
const (
	Subject Field = iota
	When
	Location
	Description
	Recurrence
	Busy
	Private
	StatusField
	OrganizerField
	GuestsField
	AnswerField
	MeetingURL
	// What follows are facets: what the items of another CRM say beside ([Facets]). No calendar holds them, they are of a whole
	// event and never of one date, and their names are the CRM's own keys for the same.
	TypeFacet
	DoneFacet
	NoteFacet
	DealFacet
	PersonFacet
	OrgFacet
	fieldCount
)

// firstFacet is where those of calendars end.
const firstFacet = TypeFacet

var fieldNames = [fieldCount]string{
	"subject", "when", "location", "description", "recurrence", "busy", "private",
	"status", "organizer", "guests", "answer", "meeting_url",
	"type", "done", "note", "deal", "person", "org",
}

// String names the field as it is stored in history and conflicts.
func (f Field) String() string { return fieldNames[f] }

// ParseField reads what [Field.String] wrote, of a field of calendars. The names of facets are the CRM's own keys: see [ParseFacet].
func ParseField(s string) (Field, bool) {
	i := slices.Index(fieldNames[:firstFacet], s)
	return Field(max(i, 0)), i >= 0
}

// ParseFacet reads the name of a facet.
func ParseFacet(s string) (Field, bool) {
	i := slices.Index(fieldNames[firstFacet:], s)
	return firstFacet + Field(max(i, 0)), i >= 0
}

// Class says which way a field may travel.
type Class uint8

// The classes.
const (
	BothWays Class = iota // edited on either side
	InOnly                // the calendar says it; the hub keeps and shows it
)

// Class returns the field's class.
func (f Field) Class() Class {
	if EitherSide.Has(f) {
		return BothWays
	}
	return InOnly
}

// FieldSet is a set of fields.
type FieldSet uint32

// Sets that recur. AllFields and BothWaysFields are those of calendars; FacetFields what a CRM's items say beside, and EitherSide
// everything that is edited on either side. OrganizerOwned is read-only for everybody who was invited by somebody else.
const (
	AllFields      FieldSet = 1<<firstFacet - 1
	BothWaysFields FieldSet = 1<<StatusField - 1
	FacetFields    FieldSet = (1<<fieldCount - 1) &^ AllFields
	EitherSide              = BothWaysFields | FacetFields
	// References are the facets that name a row of their own.
	References     = FieldSet(1<<DealFacet | 1<<PersonFacet | 1<<OrgFacet)
	OrganizerOwned = FieldSet(1<<Subject | 1<<When | 1<<Location | 1<<Description | 1<<Recurrence)
)

// Fields builds a set.
func Fields(fields ...Field) FieldSet {
	var s FieldSet
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

// Has reports whether the set holds f.
func (s FieldSet) Has(f Field) bool { return s&(1<<f) != 0 }

// List returns the fields in order.
func (s FieldSet) List() []Field {
	if s &= AllFields | FacetFields; s == 0 {
		return nil
	}
	out := make([]Field, 0, bits.OnesCount32(uint32(s)))
	for ; s != 0; s &= s - 1 {
		out = append(out, Field(bits.TrailingZeros32(uint32(s))))
	}
	return out
}

// String lists the names, comma separated.
func (s FieldSet) String() string {
	names := make([]string, 0, fieldCount)
	for _, f := range s.List() {
		names = append(names, f.String())
	}
	return strings.Join(names, ",")
}

// Status is whether a meeting takes place (RFC 5545 section 3.8.1.11).
type Status string

// The statuses; empty means confirmed.
const (
	Confirmed Status = ""
	Tentative Status = "tentative"
	Cancelled Status = "cancelled"
)

// Answer is an invitee's reply (RFC 5545 section 3.2.12); empty means none is known.
type Answer string

// The answers.
const (
	NoAnswer   Answer = ""
	NeedsReply Answer = "needs_action"
	Accepted   Answer = "accepted"
	Declined   Answer = "declined"
	Maybe      Answer = "tentative"
)

// Person is somebody named in an event by mail address, lower case without "mailto:".
type Person struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

// Guest is an invitee and the answer the calendar shows for them.
type Guest struct {
	Person
	Answer Answer `json:"answer,omitempty"`
}

// Values are what a series or one of its occurrences says. In an override only the fields of its Set count.
type Values struct {
	Subject string `json:"subject,omitempty"`
	// Start and End; End is exclusive and of Start's kind but may be in another zone (a flight). End equal to Start is a
	// moment without length.
	Start       Time   `json:"start,omitzero"`
	End         Time   `json:"end,omitzero"`
	Location    string `json:"location,omitempty"`
	Description string `json:"description,omitempty"` // plain text, line feeds only
	Busy        bool   `json:"busy,omitempty"`
	// Private: the details are for the owner alone (CLASS other than PUBLIC).
	Private bool   `json:"private,omitempty"`
	Status  Status `json:"status,omitempty"`
	// Organizer is zero when nobody organises: a plain appointment.
	Organizer  Person  `json:"organizer,omitzero"`
	Guests     []Guest `json:"guests,omitempty"` // sorted by address
	Answer     Answer  `json:"answer,omitempty"` // of the connected person
	MeetingURL string  `json:"meeting_url,omitempty"`
	// Facets are nil for whatever is no CRM's item. What is pointed to is shared and never changed: [Copy] makes another.
	Facets *Facets `json:"facets,omitempty"`
}

// Event is a whole series; a single event is a series of one. Overrides are sparse: a field that an occurrence
// shares with its series is inherited, so that a change of the series reaches it. The zero value of Known means that
// nothing is known; adapters always set it. The JSON form is what is stored.
type Event struct {
	UID string `json:"uid,omitempty"`
	// Known are the fields that this event speaks about. What a provider hides, a lens withholds or a capability cannot
	// hold takes no part in comparing, merging or writing.
	Known FieldSet `json:"known"`
	Values
	// Rule is the RRULE value in canonical form (see recur.Canonical), empty for a single event.
	Rule string `json:"rule,omitempty"`
	// Extra are further starts, as RDATE gives them, sorted; of the kind of Start.
	Extra []Time `json:"extra,omitempty"`
	// Overrides are sorted by Original, one per original start, none for a cancelled one. One whose Set and Unknown are empty
	// says nothing and is left out by Normalize.
	Overrides []Override `json:"overrides,omitempty"`
	// Cancelled are original starts that do not take place (EXDATE, or an occurrence taken out), sorted.
	Cancelled []Wall `json:"cancelled,omitempty"`
}

// Override is what one occurrence says differently from its series.
type Override struct {
	// Original is the start that the rule gave it, on the wall clock of the series' zone: its identity, also after a move.
	Original Wall     `json:"original"`
	Set      FieldSet `json:"set"`
	// Unknown are fields of which nothing is known at this occurrence, though it is of the series: a lens withholds them.
	Unknown FieldSet `json:"unknown,omitempty"`
	Values
}

// IsSeries reports whether the event recurs.
func (e *Event) IsSeries() bool { return e.Rule != "" || len(e.Extra) > 0 }

// Override returns the override of an original start, or nil.
func (e *Event) Override(original Wall) *Override {
	i, found := slices.BinarySearchFunc(e.Overrides, original, func(o Override, w Wall) int { return compareWall(o.Original, w) })
	if !found {
		return nil
	}
	return &e.Overrides[i]
}

// EnsureOverride returns the override of an original start, making an empty one in its place if there is none.
func (e *Event) EnsureOverride(original Wall) *Override {
	i, found := slices.BinarySearchFunc(e.Overrides, original, func(o Override, w Wall) int { return compareWall(o.Original, w) })
	if !found {
		e.Overrides = slices.Insert(e.Overrides, i, Override{Original: original})
	}
	return &e.Overrides[i]
}

// IsCancelled reports whether the occurrence of an original start was taken out.
func (e *Event) IsCancelled(original Wall) bool {
	_, found := slices.BinarySearch(e.Cancelled, original)
	return found
}

// Normalize brings an event into the one form in which two of them can be compared: sorted, override fields that
// repeat the series dropped, empty overrides dropped, guests sorted. It is idempotent.
func (e *Event) Normalize() {
	slices.SortFunc(e.Guests, compareGuest)
	slices.SortFunc(e.Extra, func(a, b Time) int { return compareWall(a.Wall, b.Wall) })
	e.Extra = compactOrNil(e.Extra)
	slices.Sort(e.Cancelled)
	e.Cancelled = compactOrNil(e.Cancelled)
	kept := e.Overrides[:0]
	for _, o := range e.Overrides {
		slices.SortFunc(o.Guests, compareGuest)
		inherited := e.Effective(&Override{Original: o.Original})
		for f := range firstFacet {
			if !o.Set.Has(f) || o.Unknown.Has(f) || f == Recurrence || Same(f, &o.Values, &inherited) {
				o.Set &^= 1 << f
				Copy(f, &o.Values, &Values{})
			}
		}
		o.Set, o.Facets = o.Set&AllFields, nil
		if o.Set|o.Unknown != 0 && !e.IsCancelled(o.Original) {
			kept = append(kept, o)
		}
	}
	slices.SortFunc(kept, func(a, b Override) int { return compareWall(a.Original, b.Original) })
	e.Overrides = kept
	if len(kept) == 0 {
		e.Overrides = nil
	}
}

// On returns all values of the occurrence of an original start, whether or not it differs from the series.
func (e *Event) On(original Wall) Values {
	if o := e.Override(original); o != nil {
		return e.Effective(o)
	}
	return e.Effective(&Override{Original: original})
}

// Dates are the original starts of which one of two series says something, sorted.
func Dates(a, b *Event) []Wall {
	var all []Wall
	for _, e := range []*Event{a, b} {
		for _, o := range e.Overrides {
			all = append(all, o.Original)
		}
		all = append(all, e.Cancelled...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Effective returns all values of one occurrence: the override's own and, for the rest, the series'. An inherited time is
// the original start with the length of the series.
func (e *Event) Effective(o *Override) Values {
	v := e.Values
	v.Start.Wall = o.Original
	if !e.End.IsZero() {
		v.End.Wall = e.End.Wall + (o.Original - e.Start.Wall)
	}
	for _, f := range o.Set.List() {
		Copy(f, &v, &o.Values)
	}
	return v
}

// Clone returns a copy that shares nothing that can be changed.
func (e *Event) Clone() Event {
	c := *e
	c.Guests = slices.Clone(e.Guests)
	c.Extra = slices.Clone(e.Extra)
	c.Cancelled = slices.Clone(e.Cancelled)
	c.Overrides = slices.Clone(e.Overrides)
	for i := range c.Overrides {
		c.Overrides[i].Guests = slices.Clone(c.Overrides[i].Guests)
	}
	return c
}

// Same reports whether two sets of values agree in a field. Recurrence belongs to the series and is compared with
// [SameRecurrence].
func Same(f Field, a, b *Values) bool {
	switch f {
	case Subject:
		return a.Subject == b.Subject
	case When:
		return a.Start == b.Start && a.End == b.End
	case Location:
		return a.Location == b.Location
	case Description:
		return a.Description == b.Description
	case Busy:
		return a.Busy == b.Busy
	case Private:
		return a.Private == b.Private
	case StatusField:
		return a.Status == b.Status
	case OrganizerField:
		return a.Organizer.Email == b.Organizer.Email
	case GuestsField:
		return slices.Equal(a.Guests, b.Guests)
	case AnswerField:
		return a.Answer == b.Answer
	case MeetingURL:
		return a.MeetingURL == b.MeetingURL
	}
	return sameFacet(f, a.Facets, b.Facets)
}

// Copy sets a field of dst to src's value. Recurrence is no part of Values and is copied by [CopyRecurrence].
func Copy(f Field, dst, src *Values) {
	switch f {
	case Subject:
		dst.Subject = src.Subject
	case When:
		dst.Start, dst.End = src.Start, src.End
	case Location:
		dst.Location = src.Location
	case Description:
		dst.Description = src.Description
	case Busy:
		dst.Busy = src.Busy
	case Private:
		dst.Private = src.Private
	case StatusField:
		dst.Status = src.Status
	case OrganizerField:
		dst.Organizer = src.Organizer
	case GuestsField:
		dst.Guests = slices.Clone(src.Guests)
	case AnswerField:
		dst.Answer = src.Answer
	case MeetingURL:
		dst.MeetingURL = src.MeetingURL
	default:
		copyFacet(f, dst, src)
	}
}

// SameRecurrence reports whether two events recur by the same rule and further dates.
func SameRecurrence(a, b *Event) bool { return a.Rule == b.Rule && slices.Equal(a.Extra, b.Extra) }

// CopyRecurrence gives dst the rule and further dates of src. Overrides and cancelled starts are the caller's.
func CopyRecurrence(dst, src *Event) { dst.Rule, dst.Extra = src.Rule, slices.Clone(src.Extra) }

func compareWall(a, b Wall) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareGuest(a, b Guest) int { return strings.Compare(a.Email, b.Email) }

func compactOrNil[T comparable](s []T) []T {
	if s = slices.Compact(s); len(s) == 0 {
		return nil
	}
	return s
}
