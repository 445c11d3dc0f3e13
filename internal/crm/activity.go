// Package crm is the vocabulary of the CRM: activities, their types, and as much of people, organisations and deals as
// linking and labelling need. It stands on package calendar, because what an activity plans is said in the words of
// calendars; everything else here is the CRM's own and never leaves it (see the field table in
// docs/adr/0001-schema-fields-planner.md).
package crm

import (
	"maps"
	"slices"
	"time"

	"tahti/internal/calendar"
)

// ID is a row's number within its company, from 1; 0 is "none". It stays below 2^53 so that every client's numbers can
// hold it.
type ID = int64

// Visibility says who sees an activity's details besides its owner and participants.
type Visibility string

// The visibilities. An activity that is Private is the owner's alone, whatever its visibility.
const (
	OwnerOnly Visibility = "owner"
	Everyone  Visibility = "everyone"
)

// BornHere is the birth of what was made here: its id says the rest.
const BornHere = "here"

// Activity is the CRM's item: a call, a meeting, a task.
type Activity struct {
	ID, OwnerID ID
	// CreatorID is who made it; 0 if sync did.
	CreatorID ID
	// Revision rises by one with every change that is saved; it guards every write (people's and sync's).
	Revision int64
	Type     string // key of an ActivityType
	// Plan is everything that a calendar can show: subject, time, place, public description, recurrence, guests.
	// Plan.Start.Kind is NoTime for an activity without a date; such a one never takes part in sync.
	Plan       calendar.Event
	Note       string // internal, HTML, never leaves
	Done       bool
	Visibility Visibility
	Priority   int // 0 none
	DealID     ID
	PersonID   ID
	OrgID      ID
	// Occurrences holds what is CRM-only for single occurrences of a series, sorted by original start. It makes no
	// exception in any calendar.
	Occurrences []Occurrence
	// Origin is the connection that brought it in; 0 for one that was born here.
	Origin ID
	// Born names it beyond its id, which a restored database gives out to something else: by the item that it came in with, or BornHere.
	// Empty for what was made before there were such names.
	Born string
	// Changed says when each field was last changed here, by the field's stored name: those of calendar.Field and
	// the CRM's own (type, note, done, owner, visibility, priority, deal, person, org). A field that was never changed
	// since creation is absent and counts as changed at CreatedAt, revision 1.
	Changed   map[string]Change
	CreatedAt time.Time
	UpdatedAt time.Time
	DoneAt    time.Time
	// DeletedAt is zero for a live one. Deleted rows stay so that nothing is resurrected (I4) and undo can work.
	DeletedAt time.Time
}

// Occurrence is what one occurrence of a series says that is the CRM's alone.
type Occurrence struct {
	Original calendar.Wall `json:"original"`
	Done     bool          `json:"done,omitempty"`
	Note     string        `json:"note,omitempty"`
}

// Row is where an activity keeps the row that a reference names ([calendar.References]); nil for any other field.
func (a *Activity) Row(f calendar.Field) *ID {
	switch f {
	case calendar.DealFacet:
		return &a.DealID
	case calendar.PersonFacet:
		return &a.PersonID
	case calendar.OrgFacet:
		return &a.OrgID
	}
	return nil
}

// Change is when a field got the value it has: by the hub's clock and as which revision.
type Change struct {
	At       time.Time `json:"at"`
	Revision int64     `json:"rev"`
}

// Deleted reports whether the activity is gone for people.
func (a *Activity) Deleted() bool { return !a.DeletedAt.IsZero() }

// Clone returns a copy that shares nothing that can be changed.
func (a *Activity) Clone() Activity {
	c := *a
	c.Plan = a.Plan.Clone()
	c.Occurrences = slices.Clone(a.Occurrences)
	c.Changed = maps.Clone(a.Changed)
	return c
}

// ActivityType is a kind of activity. Its key never changes, so that settings and other systems can hold on to it.
type ActivityType struct {
	ID      ID
	Key     string
	Name    string
	Icon    string
	Color   string
	Order   int
	Active  bool
	Custom  bool
	Updated time.Time
	Created time.Time
}

// Participant is one person's share in an activity that is carried by several users' calendars.
type Participant struct {
	UserID  ID
	Answer  calendar.Answer
	Busy    bool
	Private bool
}

// Context is what an activity belongs to, by name, for labels in events.
type Context struct {
	Deal, Person, Organization string
	Link                       string // address of the activity's page
}

// Person is somebody the company deals with.
type Person struct {
	ID, OwnerID ID
	Name        string
	Emails      []string // lower case, the first is the main one
	Phones      []string
	OrgID       ID
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time
}

// Organization is a company that the company deals with.
type Organization struct {
	ID, OwnerID ID
	Name        string
	Address     string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time
}

// Deal is a sale in the making.
type Deal struct {
	ID, OwnerID ID
	Title       string
	PersonID    ID
	OrgID       ID
	Status      string // open, won, lost
	Value       float64
	Currency    string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time
}

// User is a person as a member of one company.
type User struct {
	ID       ID
	Login    int64 // the sign-in it belongs to, across companies
	Name     string
	Email    string
	Role     Role
	TimeZone string // IANA
	Locale   string // en, fi
	Active   bool
	Created  time.Time
}

// Role is what a user may do.
type Role string

// The roles.
const (
	Regular       Role = "regular"
	Administrator Role = "admin"
)

// DefaultTypes are the types of a new company, in order.
func DefaultTypes() []ActivityType {
	keys := []struct{ key, name, icon string }{
		{"call", "Call", "call"}, {"meeting", "Meeting", "meeting"}, {"task", "Task", "task"},
		{"deadline", "Deadline", "deadline"}, {"email", "Email", "email"}, {"lunch", "Lunch", "lunch"},
	}
	types := make([]ActivityType, len(keys))
	for i, k := range keys {
		types[i] = ActivityType{Key: k.key, Name: k.name, Icon: k.icon, Order: i + 1, Active: true}
	}
	return types
}
