package hub

import (
	"context"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// Clock says what time it is.
type Clock interface{ Now() time.Time }

// Hub acts on activities. It holds no state and may be shared.
type Hub struct {
	Clock Clock
}

// now is the hub's clock as rows hold it: UTC, to the microsecond.
func (h *Hub) now() time.Time { return h.Clock.Now().UTC().Truncate(time.Microsecond) }

// ActorKind says what kind of actor it is.
type ActorKind uint8

// The kinds. A zero Actor is nobody, and may do nothing.
const (
	Nobody ActorKind = iota
	Person           // a user, through a page or the API
	Sync             // a run of a connection; what it may do was decided by the planner
	System           // the installation itself: set-up, import, clean-up
)

// String names the kind as history stores it.
func (k ActorKind) String() string { return [...]string{"nobody", "person", "sync", "system"}[k] }

// Actor is who acts.
type Actor struct {
	Kind ActorKind
	User crm.User // of a Person
	// Connection and Run of a Sync. The connection is left out when work is marked: it carries its own change.
	Connection, Run store.ID
}

// By is a person as an actor.
func By(u crm.User) Actor { return Actor{Kind: Person, User: u} }

// BySync is a run as an actor.
func BySync(connection, run store.ID) Actor {
	return Actor{Kind: Sync, Connection: connection, Run: run}
}

// Tx is what the hub uses of a transaction of one company; *store.Tx has it.
type Tx interface {
	User(ctx context.Context, id store.ID) (crm.User, error)
	Users(ctx context.Context) ([]crm.User, error)
	PutUser(ctx context.Context, u *crm.User) error
	AddAudit(ctx context.Context, a store.Audit) error

	Activity(ctx context.Context, id store.ID) (crm.Activity, error)
	Activities(ctx context.Context, f store.ActivityFilter) (list []crm.Activity, next string, err error)
	CountActivities(ctx context.Context, f store.ActivityFilter) (int, error)
	PutActivity(ctx context.Context, a *crm.Activity) error
	ActivitiesByUID(ctx context.Context, uid string) ([]crm.Activity, error)
	Participants(ctx context.Context, activity store.ID) ([]crm.Participant, error)
	PutParticipant(ctx context.Context, activity store.ID, p crm.Participant) error
	DeleteParticipant(ctx context.Context, activity, member store.ID) error
	Types(ctx context.Context) ([]crm.ActivityType, error)
	PutType(ctx context.Context, t *crm.ActivityType) error
	Person(ctx context.Context, id store.ID) (crm.Person, error)
	PersonByEmail(ctx context.Context, email string) (crm.Person, error)
	PutPerson(ctx context.Context, p *crm.Person) error
	Organization(ctx context.Context, id store.ID) (crm.Organization, error)
	PutOrganization(ctx context.Context, o *crm.Organization) error
	Deal(ctx context.Context, id store.ID) (crm.Deal, error)
	PutDeal(ctx context.Context, d *crm.Deal) error
	ExternalRow(ctx context.Context, server, kind, remote string) (store.ID, error)
	ExternalID(ctx context.Context, server, kind string, ours store.ID) (string, error)
	PutExternal(ctx context.Context, e store.External) error
	Named(ctx context.Context, kind, name string, limit int) ([]store.ID, error)

	Accounts(ctx context.Context, member store.ID) ([]store.Account, error)
	Connection(ctx context.Context, id store.ID) (store.Connection, error)
	Connections(ctx context.Context, member store.ID) ([]store.Connection, error)
	LinkByActivity(ctx context.Context, connection, activity store.ID) (store.Link, error)
	LinksOfActivity(ctx context.Context, activity store.ID) ([]store.Link, error)
	PutLink(ctx context.Context, l *store.Link) error

	PutWork(ctx context.Context, connection store.ID, subject string, payload []byte, due time.Time, release bool) error
	Wake(ctx context.Context, connection store.ID, at time.Time, lane int) error

	AddHistory(ctx context.Context, h *store.History) error
	History(ctx context.Context, id store.ID) (store.History, error)
	ListHistory(ctx context.Context, connection, activity store.ID, before store.ID, limit int) ([]store.History, error)
	MarkUndone(ctx context.Context, id store.ID, at time.Time) error
	PutConflict(ctx context.Context, c *store.Conflict) error
	Conflict(ctx context.Context, id store.ID) (store.Conflict, error)
	Conflicts(ctx context.Context, member store.ID, before store.ID, limit int) ([]store.Conflict, error)
}

// Every transaction of the store can be used.
var _ Tx = store.Rows(nil)
