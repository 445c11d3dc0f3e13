package engine

import (
	"context"
	"time"

	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Store opens transactions. A function that is passed in may run more than once.
type Store interface {
	Tx(ctx context.Context, company store.ID, f func(Tx) error) error
	View(ctx context.Context, company store.ID, f func(Tx) error) error
}

// Tx is a transaction of one company. Savepoint undoes what f did if f fails, and leaves the transaction usable.
type Tx interface {
	store.Rows
	Savepoint(ctx context.Context, f func() error) error
}

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Keys makes the deterministic lookup key of an activity in a calendar. A key may name the activity's birth as well, what it was before it
// was one: the same parts give the same name, whatever id the activity has. BirthIn is empty where a key names none.
type Keys interface {
	Key(company, account store.ID, calendar string, activity store.ID, incarnation int, birth string) provider.Key
	Birth(company store.ID, parts ...string) string
	BirthIn(provider.Key) string
}

// Remote is the connection's calendar. WriteAll performs writes that do not depend on each other, several at a time if
// the account bears it, and answers each in its place.
type Remote interface {
	provider.Provider
	WriteAll(ctx context.Context, writes []Write) []Answer
}

// Write is one guarded write: exactly one of the two is set.
type Write struct {
	Put    *provider.Put
	Remove *provider.Remove
}

// Answer is what became of a write.
type Answer struct {
	Item provider.Item
	Err  error
	// Unsent: the write never left, so that it surely did not happen. Err says why.
	Unsent bool
}

// Engine runs connections. It holds no state of its own.
type Engine struct {
	Store Store
	Hub   *hub.Hub
	Clock Clock
	Keys  Keys
	// BaseURL is the address of the pages, for the link back in events; may be empty.
	BaseURL string
}

// Target is the connection that a run is for.
type Target struct {
	Company, Connection store.ID
	Claim               store.Claim
	Remote              Remote
	// Audit asks for a full sweep beside the changes since the cursor.
	Audit bool
	// Requests answers how many requests were sent to the provider for this run; may be nil.
	Requests func() int
	// Progress is told how far the run is; may be nil.
	Progress func(done, total int)
}

// Report is what a run did. Err is the error that ended it early; nothing that was committed is lost by it.
type Report struct {
	Run    store.Run
	Err    error
	Counts map[string]int
	// Seen is how many items the calendar told of, those included that say nothing new, such as what sync itself wrote.
	Seen int
	// Again: something is due at once (a wake came in, or the batch limit was reached).
	Again bool
	// Next is when something is due by itself: a back-off that ends, or after a failure the next try. Zero if nothing is.
	Next time.Time
}

// The counts of a run, as interface.md names them.
const (
	Pulled            = "pulled"
	CreatedInCRM      = "created_in_crm"
	UpdatedInCRM      = "updated_in_crm"
	DeletedInCRM      = "deleted_in_crm"
	CreatedInCalendar = "created_in_calendar"
	UpdatedInCalendar = "updated_in_calendar"
	DeletedInCalendar = "deleted_in_calendar"
	LinkedCount       = "linked"
	ConflictCount     = "conflicts"
	ParkedCount       = "parked"
	HeldCount         = "held"
	NeedsSending      = "needs_sending"
	Unchanged         = "unchanged"
	WouldMail         = "would_mail"
)

// CountNames are all counts of a run, in order.
var CountNames = []string{
	Pulled, CreatedInCRM, UpdatedInCRM, DeletedInCRM, CreatedInCalendar, UpdatedInCalendar, DeletedInCalendar,
	LinkedCount, ConflictCount, ParkedCount, HeldCount, NeedsSending, Unchanged,
}

// batchSize bounds what one transaction handles (design.md, Storage).
const batchSize = 100

// bench is what a run has loaded about its connection.
type bench struct {
	company    store.Company
	connection store.Connection
	account    store.Account
	user       crm.User
	settings   lens.Settings
	zone       *time.Location
	capable    provider.Capabilities
}

func (b *bench) view(now time.Time, linked bool) lens.View {
	return lens.View{
		Connection: b.connection.ID, Member: b.connection.Member, Settings: &b.settings, Writable: b.connection.Writable,
		HubAt: b.connection.HubAt, Today: today(now, b.zone), Zone: b.zone, Linked: linked, Limits: b.limits(),
	}
}
