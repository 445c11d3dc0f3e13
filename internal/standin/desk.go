package standin

import "tahti/internal/calendar"

// Desk is what the page needs of a stand-in: the calendars of its users, as a person sees and edits them. An edit
// changes what the person changed and nothing else, and moves versions and cursors as an edit by a client would.
type Desk interface {
	// Calendars of all users, in a stable order.
	Calendars() []Shelf
	// Entries whose days touch from ≤ day < to, recurring ones once per occurrence, in order of their start.
	Entries(shelf string, from, to calendar.Wall) ([]Entry, error)
	// Entry is the item as a whole: for a series its first occurrence.
	Entry(shelf, id string) (Entry, error)
	Add(shelf string, d Draft) error
	Edit(shelf, id string, d Draft) error
	// Move shifts the item, a series whole, on the wall clock.
	Move(shelf, id string, by calendar.Wall) error
	Delete(shelf, id string) error
}

// Shelf is one calendar on the desk.
type Shelf struct {
	ID       string // unique on the desk
	User     string
	Name     string
	ReadOnly bool // for clients; the page may edit it all the same
}

// Draft is what a person types. End is exclusive, also for whole days.
type Draft struct {
	Title       string
	Place       string
	Description string
	Start, End  calendar.Time
	// Kind and Done are of desks that have kinds; see [Sorter].
	Kind string
	Done bool
}

// Entry is an item, or one occurrence of it.
type Entry struct {
	Draft
	ID string
	// Recurs is the rule in the provider's words; empty for a single event.
	Recurs string
	// Note says what else is to be known: cancelled, guests, unreadable. Parts with commas between are translated where the page
	// has words for them.
	Note string
}

// Sorter is a desk whose items are of one kind or another and can be ticked off as done, as those of a CRM.
type Sorter interface {
	// Kinds of items in the order in which they are offered.
	Kinds() []Kind
}

// Kind is one kind of items.
type Kind struct{ Key, Name string }

// Teller is a desk that tells more of its service than calendars: one fact a line.
type Teller interface{ Facts() []Fact }

// Fact is a sentence, with what belongs into it where %s stands.
type Fact struct {
	Sentence string
	Args     []any
}

// Switcher is a desk with switches of its own besides the faults that all stand-ins share.
type Switcher interface {
	Switches() []Switch
	Flip(id string, on bool) error
}

// Switch is one behaviour that a person can switch on and off, or something that happens once.
type Switch struct {
	ID    string
	Label string
	On    bool
	Once  bool // flipping it does it; it is never on
}
