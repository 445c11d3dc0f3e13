package provider

import (
	"context"
	"time"

	"tahti/internal/calendar"
)

// RemoteID names an item within one calendar, as the provider gives it: opaque, case-sensitive. CalDAV: the decoded
// path of the resource.
type RemoteID string

// Version is what a guarded write has to match. ID is set where a provider gives an exception an id of its own.
type Version struct {
	ID  string `json:"id,omitempty"`
	Tag string `json:"tag,omitempty"` // etag, change key; empty if the server gave none that can guard
}

// Versions of a series by original start ([calendar.Time.Key]); the master under the empty key.
type Versions map[string]Version

// Master returns the version of the series itself.
func (v Versions) Master() Version { return v[""] }

// One makes the versions of an item that has a single tag.
func One(tag string) Versions { return Versions{"": {Tag: tag}} }

// Equal reports whether two sets of versions are the same.
func (v Versions) Equal(w Versions) bool {
	if len(v) != len(w) {
		return false
	}
	for k, x := range v {
		if y, ok := w[k]; !ok || x != y {
			return false
		}
	}
	return true
}

// State is what is known of a remote item.
type State uint8

// The states. Only StateGone may ever delete anything in the hub (invariant I6).
const (
	StateNotRead    State = iota // listed with its version; the content is still to be read
	StateLive                    // read
	StateUnproven                // said to be removed, but perhaps only out of the window: read it by id
	StateGone                    // proven: a tombstone that means deletion, 404 or 410 by id, or absent from a whole snapshot
	StateForbidden               // exists, but we may not read or write it
	StateUnreadable              // exists, but cannot be understood; Problem says why
)

var stateNames = [...]string{"not read", "live", "unproven", "gone", "forbidden", "unreadable"}

// String names the state for traces.
func (s State) String() string { return stateNames[s] }

// Problem says why an item cannot take part. Code is stable and is translated for people; Detail is for operators and
// never holds titles.
type Problem struct {
	Code   ProblemCode `json:"code"`
	Detail string      `json:"detail,omitempty"`
}

// ProblemCode is a reason for setting an item aside.
type ProblemCode string

// The reasons.
const (
	UnknownZone  ProblemCode = "unknown_zone"
	BadSyntax    ProblemCode = "bad_syntax"
	TooLarge     ProblemCode = "too_large"
	EndlessRule  ProblemCode = "endless_rule" // a rule that expands without bound or beyond the cap
	NoMaster     ProblemCode = "no_master"    // an occurrence without its series: an invitation to one date only
	NotAnEvent   ProblemCode = "not_an_event"
	NoDate       ProblemCode = "no_date" // it was an event, and is one again once it has a date
	NotWritable  ProblemCode = "not_writable"
	Refused      ProblemCode = "refused"
	Inexpressive ProblemCode = "inexpressible" // the provider cannot hold this recurrence
	ShortMonths  ProblemCode = "short_months"  // nor this one, whose day some months do not have
)

// Item is one remote item, whole.
type Item struct {
	ID       RemoteID
	State    State
	Versions Versions
	// Event is in the provider's normal form; set when StateLive.
	Event calendar.Event
	// Raw is the server's own answer, kept so that a write can leave alone what we do not model (I13).
	Raw []byte
	// Modified is when the provider says that it was last changed, on the provider's clock; zero if unknown.
	Modified time.Time
	// Editable are the fields that the connected person may change here; without Subject and When for what somebody
	// else organises.
	Editable calendar.FieldSet
	// Invited reports that somebody else organises: removing our copy must not decline.
	Invited bool
	// WouldMail is the number of people that any write of this item by us would mail; 0 where the provider stays silent.
	WouldMail int
	// Key is our lookup key found inside the event: a hint, for copies carry it too.
	Key Key
	// Related is the UID of another item that this one says it belongs to (RELATED-TO); empty if it says none.
	Related string
	// Found reports that a creation made nothing: this was there under its key.
	Found   bool
	Problem *Problem
}

// Key is a deterministic lookup key for one activity in one calendar:
// HMAC(installation secret, company, account, calendar, activity, incarnation), 32 lower-case letters a-v and digits
// (base32hex without padding, cut), which every provider accepts as an id.
type Key string

// Cursor is the provider's "changes since" token with the parameters it was made under; opaque to all but its adapter.
// The empty cursor asks for the start.
type Cursor string

// Range is the part of a calendar that a pull covers; zero times are without bound.
type Range struct{ From, To time.Time }

// Calendar is one calendar of an account.
type Calendar struct {
	ID       string
	Name     string
	Writable bool
	Primary  bool
	TimeZone string
	Color    string
	// Owner is the e-mail address of whose calendar it is, where an account reaches those of colleagues.
	Owner string `json:",omitempty"`
}

// Pull is the answer to "what has changed": a [Delta] or a [Snapshot].
type Pull interface{ pull() }

// Delta is a page of changes since a cursor. Items are in any state.
type Delta struct {
	Items []Item
	Next  Cursor // valid once the items are saved; also between pages
	More  bool   // call again with Next at once
}

// Snapshot is a page of everything in a range. It implies absence only through Whole, which an adapter sets on the
// last page of a listing that was complete, and which nothing else can make.
type Snapshot struct {
	Items []Item // only those whose version differs from what the caller knows
	Next  Cursor
	More  bool
	Whole *Whole
}

func (Delta) pull()    {}
func (Snapshot) pull() {}

// Whole is the proof that a listing was complete within its range.
type Whole struct {
	span    Range
	present map[RemoteID]struct{}
}

// NewWhole states that ids are all the items that the calendar holds in span.
func NewWhole(span Range, ids []RemoteID) *Whole {
	w := &Whole{span: span, present: make(map[RemoteID]struct{}, len(ids))}
	for _, id := range ids {
		w.present[id] = struct{}{}
	}
	return w
}

// Absent reports whether an item that we knew, which takes place within span, is proven to be gone. An item that is not
// surely inside the range is never absent.
func (w *Whole) Absent(id RemoteID, span Range) bool {
	if w == nil {
		return false
	}
	if _, there := w.present[id]; there {
		return false
	}
	if !w.span.From.IsZero() && (span.From.IsZero() || span.From.Before(w.span.From)) {
		return false
	}
	if !w.span.To.IsZero() && (span.To.IsZero() || span.To.After(w.span.To)) {
		return false
	}
	return true
}

// Misses reports whether a listing ought to have shown an item that takes place within span, at least in part, and did not. That
// is a reason to ask for it by id, and proves nothing: a series may pause while the range lasts. when is asked only where the
// range has bounds.
func (w *Whole) Misses(id RemoteID, when func() Range) bool {
	if w == nil {
		return false
	}
	if _, there := w.present[id]; there {
		return false
	}
	if w.span.From.IsZero() && w.span.To.IsZero() {
		return true
	}
	span := when()
	before := !span.To.IsZero() && !w.span.From.IsZero() && span.To.Before(w.span.From)
	behind := !span.From.IsZero() && !w.span.To.IsZero() && !span.From.Before(w.span.To)
	return !before && !behind
}

// Len is the number of items listed.
func (w *Whole) Len() int { return len(w.present) }

// Guard is how well a provider protects a write against an edit that came in between.
type Guard uint8

// The guards.
const (
	GuardNone   Guard = iota // read before each write and after it; the interval in between is the stated exemption
	GuardUpdate              // updates are guarded; create or delete are not: those are read back
	GuardFull                // every write is
)

// Capabilities are facts about a provider, or about one server, that the planner and the engine read instead of its name.
type Capabilities struct {
	Guard Guard
	// SilentUpdate: a write of an item with guests mails nobody.
	SilentUpdate bool
	// Tombstones: a delta names what was deleted. Without it deletions are found by snapshots alone.
	Tombstones bool
	// Unseen: changes since a cursor say nothing of deletions, and only a listing from the beginning shows them. It is asked for at the
	// audit, and where a person asks for a run.
	Unseen bool
	// Untold: a delta says nothing of the deletion of an item that none has told of before, such as one that we have made since the last.
	Untold bool
	// Fields that the provider can hold. A CRM names the facets that its items have among them; one without [calendar.Recurrence] holds
	// no series, and is given none. See crm.go for what that means.
	Fields calendar.FieldSet
	// Piecemeal: a series is written in several requests, itself first and then each date that differs from it. Where that breaks
	// off, the later dates are not written yet; and a series that got other starts may have lost what was said of its dates.
	Piecemeal bool
	// BatchRead is how many items one Read asks for at the most; at least 1.
	BatchRead int
	// Concurrency is how many requests at a time the account bears.
	Concurrency int
	// PerAccount is what an account bears in time, PerOrganisation all accounts of its organisation, and PerApplication all accounts
	// together that are connected through our registration; zero where no bound is known.
	PerAccount, PerOrganisation, PerApplication Budget
	// ReadOnly: nothing can be written (a feed).
	ReadOnly bool
	// Modified: the provider says when an item was last changed, on a clock whose skew is known.
	Modified bool
	// Shared: what is written is seen by the colleagues of whoever is connected, and what all of them are connected to lies in one
	// place: a CRM. Only an activity's owner writes it there, and nothing that is for their eyes alone.
	Shared bool
	// Instants: times are held as instants to the minute, without a zone. Adapters answer them in [calendar.UTC] and are given them so.
	Instants bool
	// OneDay: of several whole days the first is all that is held. The others stay on our side, and move with it.
	OneDay bool
	// Keyless: nothing in an item can hold a [Key]. A creation is not idempotent, Find is never called, and the provider is a [Seeker].
	Keyless bool
}

// Put is a guarded write of a whole series.
type Put struct {
	// ID is empty for a creation, which is idempotent by Key: what an earlier try left is answered as Found. A Keyless provider just
	// makes it; it is not asked to twice before somebody has looked what became of the first time.
	ID  RemoteID
	Key Key
	// Tried is when Key was first sent, if it was sent before: what it made, and cannot be found long after that, was deleted.
	Tried time.Time
	// Base is the item that the write was planned on: its versions guard the write, its raw text is patched.
	// Nil for a creation.
	Base *Item
	// Event is what the item shall say. Only Fields are written, and of overrides and cancelled starts what differs from
	// Base.Event; everything else stays as it is at the provider.
	Event  calendar.Event
	Fields calendar.FieldSet
	// Notify allows the provider to mail guests: a person pressed "Save and send".
	Notify bool
}

// Remove is a guarded deletion.
type Remove struct {
	ID     RemoteID
	Base   *Item
	Notify bool
}

// Provider is one calendar (or CRM) of one account, ready to use. Implementations translate and decide nothing. Every
// error is an *[Error]. No method retries by itself, or sends anything before an earlier Retry-After has passed.
type Provider interface {
	// Capabilities are facts that do not change while the connection lives, discovered when it was made.
	Capabilities() Capabilities
	// Pull answers changes since a cursor, one page a call. known tells which version the caller holds of an item, so
	// that a listing can leave out what has not changed. Errors: CursorLost (start again with the empty cursor), SignIn,
	// Forbidden, Gone (the calendar itself), RateLimited, Transient.
	Pull(ctx context.Context, since Cursor, known Known) (Pull, error)
	// Read answers the items in the order asked, each with its state: a missing one is StateGone, never an error. At most
	// Capabilities.BatchRead ids.
	Read(ctx context.Context, ids []RemoteID) ([]Item, error)
	// Find looks an item up by the key under which it was created, for settling a creation whose reply was lost.
	// The answer is StateGone if there is none, else StateLive.
	Find(ctx context.Context, key Key) (Item, error)
	// Put writes and answers what the server now holds. Errors: Conflict (the guard did not hold, and nothing was written: plan again),
	// Gone (of a creation: its key is used up, for what was made under it was deleted), Forbidden, Rejected (this content
	// will never be taken), Unknown (it may have happened), and those of Pull.
	Put(ctx context.Context, w Put) (Item, error)
	// Remove deletes. An item that is gone already is success. Errors as for Put.
	Remove(ctx context.Context, r Remove) error
}

// Known answers the versions that the caller holds of an item; nil if it holds none.
type Known func(RemoteID) Versions

// Windowed is a provider whose listings show only what takes place in a span of time, which moves on with the clock.
type Windowed interface {
	// Shows is the span that the next pull shows behind a cursor, without a request. What takes place outside of it, and is tied to
	// nothing, is not told of. Without bounds: everything is.
	Shows(since Cursor) Range
}

// Lister is an account whose calendars can be listed.
type Lister interface {
	Calendars(ctx context.Context) ([]Calendar, error)
}

// Maker is an account in which a new calendar can be made.
type Maker interface {
	MakeCalendar(ctx context.Context, name, timeZone string) (Calendar, error)
}
