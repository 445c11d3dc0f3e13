package store

import (
	"context"
	"errors"
	"time"

	"tahti/internal/crm"
)

// The errors that callers switch on.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("changed meanwhile")
	ErrExists   = errors.New("exists already")
	ErrFenced   = errors.New("the lease has passed to another worker")
	// ErrReference: a row refers to one that does not exist in its company.
	ErrReference = errors.New("refers to something that does not exist")
	// ErrCursor: a page cursor that no list has given out, or another list.
	ErrCursor = errors.New("the page cursor does not belong to this list")
	// ErrText: a text that cannot be stored, or looked for.
	ErrText = errors.New("text is not valid UTF-8 or has a NUL in it")
)

// Rows is everything that a transaction of one company can do; [Tx] has it. It is written out so that consumers can pick their
// own small interfaces from it, and so that both engines are held to one text. "Put" inserts when ID is 0 (and sets it) and
// updates otherwise. All lists are ordered and bounded.
type Rows interface {
	Company() ID
	// ReadAhead reads rows for many of the calls below in a few statements; it changes no answer.
	ReadAhead(ctx context.Context, w Ahead) error

	// People and the installation.
	// Restored is when the rows were last taken from a backup; zero if they never were.
	Restored(ctx context.Context) (time.Time, error)
	GetCompany(ctx context.Context) (Company, error)
	PutCompany(ctx context.Context, c Company) error
	StateAppPasswords(ctx context.Context, where string) error
	User(ctx context.Context, id ID) (crm.User, error)
	UserByLogin(ctx context.Context, login ID) (crm.User, error)
	Users(ctx context.Context) ([]crm.User, error)
	PutUser(ctx context.Context, u *crm.User) error
	PutToken(ctx context.Context, t *APIToken) error
	Tokens(ctx context.Context, member ID) ([]APIToken, error)
	DeleteToken(ctx context.Context, id ID) error
	AddAudit(ctx context.Context, a Audit) error

	// The CRM.
	Activity(ctx context.Context, id ID) (crm.Activity, error)                        // also deleted ones
	ActivitiesAt(ctx context.Context, owner ID, at time.Time) ([]crm.Activity, error) // live, starting then
	Activities(ctx context.Context, f ActivityFilter) (list []crm.Activity, next string, err error)
	CountActivities(ctx context.Context, f ActivityFilter) (int, error)
	// PutActivity inserts (ID 0) or updates where the stored revision is a.Revision-1, else ErrConflict.
	PutActivity(ctx context.Context, a *crm.Activity) error
	// ActivitiesByUID are the live ones with an iCalendar UID, for meetings that several users carry (I10).
	ActivitiesByUID(ctx context.Context, uid string) ([]crm.Activity, error)
	// ActivitiesByBirth are an owner's live ones that were born as one of some things (crm.Activity.Born).
	ActivitiesByBirth(ctx context.Context, owner ID, births []string) ([]crm.Activity, error)
	// BornHere are an owner's live ones that people made here: all of them, in no order.
	BornHere(ctx context.Context, owner ID) ([]ID, error)
	Participants(ctx context.Context, activity ID) ([]crm.Participant, error)
	PutParticipant(ctx context.Context, activity ID, p crm.Participant) error
	DeleteParticipant(ctx context.Context, activity, member ID) error
	Types(ctx context.Context) ([]crm.ActivityType, error)
	PutType(ctx context.Context, t *crm.ActivityType) error
	Person(ctx context.Context, id ID) (crm.Person, error)
	Persons(ctx context.Context, after ID, limit int) ([]crm.Person, error)
	PersonByEmail(ctx context.Context, email string) (crm.Person, error)
	PutPerson(ctx context.Context, p *crm.Person) error
	Organization(ctx context.Context, id ID) (crm.Organization, error)
	Organizations(ctx context.Context, after ID, limit int) ([]crm.Organization, error)
	PutOrganization(ctx context.Context, o *crm.Organization) error
	Deal(ctx context.Context, id ID) (crm.Deal, error)
	Deals(ctx context.Context, after ID, limit int) ([]crm.Deal, error)
	PutDeal(ctx context.Context, d *crm.Deal) error
	// What of these they are at other CRMs, and which have a name.
	ExternalRow(ctx context.Context, server, kind, remote string) (ID, error)
	ExternalID(ctx context.Context, server, kind string, ours ID) (string, error)
	PutExternal(ctx context.Context, e External) error // ErrExists where either is tied already
	Named(ctx context.Context, kind, name string, limit int) ([]ID, error)

	// Accounts and connections.
	Account(ctx context.Context, id ID) (Account, error)
	Accounts(ctx context.Context, member ID) ([]Account, error) // member 0: all
	PutAccount(ctx context.Context, a *Account) error
	HoldAccounts(ctx context.Context, member ID) error
	DeleteAccount(ctx context.Context, id ID) error // ErrReference while something refers to it
	// What people agreed to at providers. It changes where the version is still the one that was read, else ErrConflict.
	Consent(ctx context.Context, account ID) (Consent, error)
	PutConsent(ctx context.Context, account ID, sealed []byte) error
	LockConsent(ctx context.Context, account ID, version int64, now, until time.Time) error
	RotateConsent(ctx context.Context, account ID, version int64, sealed []byte) error
	EndConsent(ctx context.Context, account ID, version int64, refused string) error
	ForgetConsent(ctx context.Context, account ID) error
	DeleteConsent(ctx context.Context, account ID) error
	PutSignIn(ctx context.Context, s SignIn, now time.Time) error
	TakeSignIn(ctx context.Context, state []byte) (SignIn, error) // once
	Connection(ctx context.Context, id ID) (Connection, error)
	Connections(ctx context.Context, member ID) ([]Connection, error) // member 0: all; without stopped ones for PutConnection's caller to filter
	PutConnection(ctx context.Context, c *Connection) error
	// SaveCursor moves the cursor and nothing else; only a run calls it.
	SaveCursor(ctx context.Context, connection ID, cursor string) error
	SaveHealth(ctx context.Context, connection ID, state, reason string, h Health) error

	// What providers were asked to tell of. PutWatch leaves alone what NoteNotification writes.
	Watches(ctx context.Context, connection ID) ([]Watch, error) // connection 0: all
	AccountWatches(ctx context.Context, account ID) ([]Watch, error)
	PutWatch(ctx context.Context, w *Watch) error
	NoteNotification(ctx context.Context, watch ID, told, urged time.Time) error
	DeleteWatch(ctx context.Context, id ID) error
	DeleteWatches(ctx context.Context, connection ID) error

	// Links.
	Link(ctx context.Context, id ID) (Link, error)
	LinkByRemote(ctx context.Context, connection ID, remote string) (Link, error)  // live only
	LinkByActivity(ctx context.Context, connection, activity ID) (Link, error)     // live only
	LinksOfActivity(ctx context.Context, activity ID) ([]Link, error)              // live, over all connections
	Links(ctx context.Context, connection ID, after ID, limit int) ([]Link, error) // live, by id, without raw bytes
	LinkVersions(ctx context.Context, connection ID) (map[string]string, error)    // remote -> master's tag, live links
	CountLinks(ctx context.Context, connection ID) (map[LinkState]int, error)
	EndedLinks(ctx context.Context, connection ID, since time.Time) ([]string, error) // their remote items
	PutLink(ctx context.Context, l *Link) error                                       // ErrExists where a live link holds the remote id or activity already
	LastIncarnation(ctx context.Context, connection, activity ID) (int, error)
	// PendingLinks are those on which a write was begun and not settled, also a creation whose tie rests meanwhile.
	PendingLinks(ctx context.Context, connection ID, limit int) ([]Link, error)
	// UnfoundLinks are the gone ones of an activity that keep the note of a creation, newest first.
	UnfoundLinks(ctx context.Context, connection, activity ID) ([]Link, error)
	DetachLinks(ctx context.Context, connection ID) error
	AttachLinks(ctx context.Context, connection ID) error // detached -> linked, on reconnecting

	// The baseline.
	Baseline(ctx context.Context, connection ID, remote string) (Baseline, error)
	BaselineByUID(ctx context.Context, connection ID, uid string) ([]Baseline, error)
	BaselineVersions(ctx context.Context, connection ID) (map[string]string, error)
	PutBaseline(ctx context.Context, b []Baseline) error
	ForgetVersions(ctx context.Context, connection ID) error
	DeleteBaseline(ctx context.Context, connection ID) error

	// Twins: what another sync has made on both sides.
	PutTwin(ctx context.Context, t Twin) error
	TwinsOf(ctx context.Context, connection ID, remote string, activity ID) ([]Twin, error) // of the one or the other
	Twins(ctx context.Context, connection ID) ([]Twin, error)
	CountTwins(ctx context.Context, connection ID) (int, error) // open ones of which neither side is tied
	DeleteTwins(ctx context.Context, connection ID, remote string) error

	// Work. PutWork is an arrival: it replaces payload, clears attempts, back-off and parking (never a brake's hold or
	// "needs sending" unless release is set), raises the revision, and answers nothing else.
	PutWork(ctx context.Context, connection ID, subject string, payload []byte, due time.Time, release bool) error
	DueWork(ctx context.Context, connection ID, now time.Time, limit int) ([]Work, error)     // not held, due, oldest first
	DueArrivals(ctx context.Context, connection ID, now time.Time, limit int) ([]Work, error) // of these, what the calendar says
	Work(ctx context.Context, id ID) (Work, error)
	WorkBySubject(ctx context.Context, connection ID, subject string) (Work, error)
	ListWork(ctx context.Context, connection ID, after ID, limit int) ([]Work, error)
	CountWork(ctx context.Context, connection ID) (map[string]int, error) // by HeldBy, a brake's under "brake"
	CountArrivals(ctx context.Context, connection ID) (int, error)        // remote items among it
	// UpdateWork saves attempts, class, reason, due, held-by and people of the revision that was handled.
	UpdateWork(ctx context.Context, w Work) error
	// DeleteWork removes the item if it still is at the revision that was handled; else it stays, and that is no error.
	DeleteWork(ctx context.Context, w Work) error
	ReleaseWork(ctx context.Context, connection ID, heldBy string) (int, error)
	NextDue(ctx context.Context, connection ID) (time.Time, error) // earliest due of what is not held by people; zero if none

	// Wakes. Wake asks for a run at once (at the latest at notBefore), in the lane if that is more urgent.
	Wake(ctx context.Context, connection ID, at time.Time, lane int) error
	Awaited(ctx context.Context, connection ID, at time.Time, lane int) (bool, error) // one is asked for already, and has not begun
	GetWake(ctx context.Context, connection ID) (Wake, error)
	// Fenced fails with ErrFenced unless the claim still holds; every commit of a run calls it first.
	Fenced(ctx context.Context, c Claim, now time.Time) error

	// Runs, history, conflicts, holds, brakes, previews.
	PutRun(ctx context.Context, r *Run) error
	Run(ctx context.Context, id ID) (Run, error)
	Runs(ctx context.Context, connection ID, limit int) ([]Run, error)    // newest first, without dry runs
	DryRuns(ctx context.Context, connection ID, limit int) ([]Run, error) // newest first
	AddHistory(ctx context.Context, h *History) error
	History(ctx context.Context, id ID) (History, error)
	ListHistory(ctx context.Context, connection, activity ID, before ID, limit int) ([]History, error) // 0 does not filter; newest first
	MarkUndone(ctx context.Context, id ID, at time.Time) error
	PutConflict(ctx context.Context, c *Conflict) error
	Conflict(ctx context.Context, id ID) (Conflict, error)
	Conflicts(ctx context.Context, member ID, before ID, limit int) ([]Conflict, error) // that concern the member; 0 all
	PutHold(ctx context.Context, h *Hold) error
	Hold(ctx context.Context, id ID) (Hold, error)
	OpenHold(ctx context.Context, connection ID, direction, kind string) (Hold, error)
	Holds(ctx context.Context, connection ID) ([]Hold, error) // open; connection 0: all
	// Tally counts what a connection did, by hour, for the brakes' rolling day; n may be 0 to read.
	Tally(ctx context.Context, connection ID, direction, kind string, now time.Time, n int) error
	TallySince(ctx context.Context, connection ID, direction, kind string, since time.Time) (int, error)
	PutPreview(ctx context.Context, p *Preview) error
	Preview(ctx context.Context, id ID) (Preview, error)
}

// Global is what has no company.
type Global interface {
	Instance(ctx context.Context) (Instance, error)
	PutInstance(ctx context.Context, i Instance) error
	CreateCompany(ctx context.Context, c *Company) error
	CompanyIDs(ctx context.Context) ([]ID, error)
	LoginByEmail(ctx context.Context, email string) (Login, error)
	Login(ctx context.Context, id ID) (Login, error)
	PutLogin(ctx context.Context, l *Login) error
	Memberships(ctx context.Context, login ID) ([]Membership, error)
	TokenByHash(ctx context.Context, hash []byte) (company ID, t APIToken, err error)
	WatchByAddress(ctx context.Context, address []byte) (company ID, w Watch, err error)
	TouchToken(ctx context.Context, company, id ID, at time.Time) error
	// ClaimWakes leases up to n connections whose wake is due, by lane, with at most perCompany running for a company.
	ClaimWakes(ctx context.Context, owner string, now time.Time, lease time.Duration, n, perCompany int) ([]Claim, error)
	RenewLease(ctx context.Context, c Claim, until time.Time) error // ErrFenced
	// FinishWake frees the lease and notes the wake as done up to c.Wanted; a later wish stays due. next is the next poll.
	FinishWake(ctx context.Context, c Claim, next time.Time) error
	NextWake(ctx context.Context) (time.Time, error) // earliest next_run over all; zero if none
	HaveSecrets(ctx context.Context) (bool, error)
	// Rests of more than one account, which are of no company.
	Rest(ctx context.Context, circle string, until time.Time) error
	Resting(ctx context.Context, circles []string) (time.Time, error)
	// Prune deletes what is past its retention.
	Prune(ctx context.Context, before time.Time) (int, error)
}

// Membership is a company in which a login is a user.
type Membership struct {
	Company     ID
	CompanyName string
	Member      ID
}
