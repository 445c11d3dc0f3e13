package store

import (
	"encoding/json"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// ID is a row's number within its company.
type ID = crm.ID

// Company is one customer of an installation; everything else belongs to exactly one.
type Company struct {
	ID       ID
	Name     string
	Defaults json.RawMessage // company-wide sync settings that new connections start from
	Stopped  time.Time       // the company-wide stop: no write leaves while it is set
	Created  time.Time
	// AppPasswords is where people make app passwords of the gateway before the company's own servers, in an administrator's words;
	// empty where nobody has stated that it issues any. [Tx.StateAppPasswords] writes it, and nothing else does.
	AppPasswords string
}

// Instance is the installation itself: one row.
type Instance struct {
	Mark     string // must fit the data folder or host (I25)
	Secret   []byte // for lookup keys; never changes
	Created  time.Time
	Restored time.Time // set by restore; what was made and changed before it may be missing in the rows
	Held     time.Time // the restore for which every connection was held until an administrator has looked
}

// Login is a person's sign-in, apart from the users they are in companies.
type Login struct {
	ID          ID
	Email       string
	Password    string // PHC string; empty: no password sign-in
	Failed      int
	LockedUntil time.Time
	Created     time.Time
}

// APIToken is a member's token; only its hash is kept.
type APIToken struct {
	ID, Member    ID
	Name          string
	Hash          []byte
	Created, Used time.Time
}

// Account is one sign-in at a provider.
type Account struct {
	ID, Member   ID
	Provider     string
	Label        string // what people see: user name at host
	Server       string
	Username     string
	Secret       []byte          // sealed, with the row's key as associated data
	Capabilities json.RawMessage // what the adapter found out when it was connected
	State        string          // ok, needs_sign_in, needs_permission; pending_sign_in: nobody has signed in yet
	Reason       string          // a provider.Code… or empty
	BlockedUntil time.Time       // Retry-After: no request before
	Created      time.Time
}

// AccountWorks is the state of an account whose sign-in works, as far as anybody knows.
const AccountWorks = "ok"

// Connection states, as interface.md names them.
const (
	PendingSignIn   = "pending_sign_in"
	ChooseCalendar  = "choose_calendar"
	Active          = "active"
	Retrying        = "retrying"
	NeedsSignIn     = "needs_sign_in"
	NeedsPermission = "needs_permission"
	Held            = "held"
	Paused          = "paused"
	Stopped         = "stopped"
)

// Connection is one calendar of an account, tied to one user.
type Connection struct {
	ID, Account, Member ID
	Provider            string // the account's, joined
	Calendar            string
	CalendarName        string
	Zone                string // the calendar's, for people; may be empty
	Writable            bool
	Settings            json.RawMessage // lens.Settings
	State, Reason       string
	Cursor              string
	Audited             time.Time // last complete sweep
	Baselined           bool      // the baseline is complete: items may enter
	Started             time.Time // the starting point's own instant
	HubAt               time.Time // the hub's clock when the baseline was taken
	Stopped             time.Time
	Health              Health
	Created             time.Time
	Revision            int64 // rises with every change that people make
}

// Health is what a page shows of a connection without asking anybody.
type Health struct {
	LastRun     time.Time `json:"last_run,omitzero"`
	LastIn      time.Time `json:"last_in,omitzero"`  // last success, calendar to CRM
	LastOut     time.Time `json:"last_out,omitzero"` // last success, CRM to calendar
	Failures    int       `json:"failures,omitempty"`
	FailedSince time.Time `json:"failed_since,omitzero"`
	ErrorClass  string    `json:"error_class,omitempty"`
	ErrorCode   string    `json:"error_code,omitempty"`
	ErrorStatus string    `json:"error_status,omitempty"` // of a sign-in that did not end well: the provider's codes, for operators
	NextRun     time.Time `json:"next_run,omitzero"`
	Lag         int64     `json:"lag_ms,omitempty"` // of the last change that went out, since it was made here
	// ExpectedIn and ExpectedOut are how many creations were foreseen when the connection was started, or by the last dry
	// run: the create brake's measure (I24).
	ExpectedIn  int `json:"expected_in,omitempty"`
	ExpectedOut int `json:"expected_out,omitempty"`
	// TakenOver is when items that another sync had made were tied last, and OtherSync which sync that was, if it left a trace.
	TakenOver time.Time `json:"taken_over,omitzero"`
	OtherSync string    `json:"other_sync,omitempty"`
	// Limits are what the side may be given, as its last run found it: for whoever looks at it without asking anybody.
	Limits Limits `json:"limits,omitzero"`
}

// Limits mirror lens.Limits, which this floor does not know. The zero value is a calendar of one's own.
type Limits struct {
	Facets  calendar.FieldSet `json:"facets,omitempty"`
	Singles bool              `json:"singles,omitempty"`
	Shared  bool              `json:"shared,omitempty"`
	OneDay  bool              `json:"one_day,omitempty"`
}

// LinkState is where a link stands; see docs/adr/0001.
type LinkState string

// The states; all but LinkGone are live.
const (
	LinkCreating LinkState = "creating"
	LinkLinked   LinkState = "linked"
	LinkWriting  LinkState = "writing"
	LinkSevered  LinkState = "severed"
	LinkDormant  LinkState = "dormant"
	LinkDetached LinkState = "detached"
	LinkGone     LinkState = "gone"
)

// Link ties one activity to one remote event of one connection. Activity or Remote may be zero while one side is not yet
// made, or kept out.
type Link struct {
	ID, Connection, Activity ID
	Remote                   string
	State                    LinkState
	Incarnation              int
	// Ours: the remote event was made by us, for an activity of the hub.
	Ours   bool
	Origin string // hub, calendar
	// The remote shadow: the server's own answer.
	RemoteRaw   []byte
	RemoteEvent *calendar.Event
	RemoteMeta  RemoteMeta
	// The local shadow: the activity as this connection showed it, at a revision.
	LocalEvent    *calendar.Event
	LocalRevision int64
	// Frame is what was put around subject and description when it was last written (lens.Frame).
	Frame json.RawMessage
	// Pending is the note of a write that was begun; nil when none is.
	Pending *Pending
	Changed time.Time
}

// RemoteMeta is what besides the event is known of the remote item.
type RemoteMeta struct {
	Versions map[string]RemoteVersion `json:"versions,omitempty"`
	Modified time.Time                `json:"modified,omitzero"`
	Editable calendar.FieldSet        `json:"editable,omitempty"`
	Invited  bool                     `json:"invited,omitempty"`
	Mails    int                      `json:"mails,omitempty"`
	// Turns are the recent times at which we wrote what the other side had just changed: the loop breaker's measure.
	Turns []time.Time `json:"turns,omitempty"`
	// Arrivals are the recent times at which a change came in, at most a few more than the loop breaker lets pass.
	Arrivals []time.Time `json:"arrivals,omitempty"`
	// Outward: the last change that was carried over went out to the calendar.
	Outward bool `json:"outward,omitempty"`
	// Key and Related are what an item that is not ours carries of another one: a copy of our key, and the UID that it says it
	// belongs to.
	Key     string `json:"key,omitempty"`
	Related string `json:"related,omitempty"`
	// CalledOff: the activity went because the meeting was called off; it comes back if that is taken back.
	CalledOff bool `json:"called_off,omitempty"`
	// NotThere is why the item of a tie that rests is nothing to go on with, as it was last seen: a reason of scope; empty: it is.
	NotThere string `json:"not_there,omitempty"`
	// Revived is the revision with which an edit of the item brought its deleted activity back; 0 if none did.
	Revived int64 `json:"revived,omitempty"`
	// Apart are the fields in which both sides said different things when they were taken over, and still do.
	Apart calendar.FieldSet `json:"apart,omitempty"`
	// ApartKept are those of them in which what the item says is kept already, as it was to be deleted with its activity.
	ApartKept calendar.FieldSet `json:"apart_kept,omitempty"`
	// LastShown is the item as it was before it hid what it says in some of them; nil if it never did.
	LastShown *calendar.Event `json:"last_shown,omitempty"`
}

// RemoteVersion mirrors provider.Version, which this floor does not know.
type RemoteVersion struct {
	ID  string `json:"id,omitempty"`
	Tag string `json:"tag,omitempty"`
}

// Pending is the note that is committed before a provider is called.
type Pending struct {
	Kind     string          `json:"kind"` // create, update, delete
	Key      string          `json:"key,omitempty"`
	Target   *calendar.Event `json:"target,omitempty"` // what is being written; nil for delete
	Local    *calendar.Event `json:"local,omitempty"`  // becomes the local shadow when it is settled
	Frame    json.RawMessage `json:"frame,omitempty"`  // becomes the link's frame
	Revision int64           `json:"revision"`         // of the activity that was sent
	At       time.Time       `json:"at"`
	Fence    int64           `json:"fence"`
	Notify   bool            `json:"notify,omitempty"`
	Recalled bool            `json:"recalled,omitempty"` // of a creation that may have been made behind a backup; nobody knows what it sent
	// Asked are the items of which a person has to say whether one is what a creation made, at a provider that keeps no keys; Chosen is
	// the one that they said it is.
	Asked  []string `json:"asked,omitempty"`
	Chosen string   `json:"chosen,omitempty"`
}

// Baseline is one remote item that was there when its connection was started.
type Baseline struct {
	Connection  ID
	Remote      string
	Version     string
	Fingerprint string // of the normal event; empty until it was read
	UID         string // of a meeting that somebody has called; else empty
}

// What is known of a twin.
const (
	TwinOpen  = "open"  // it seems so
	TwinApart = "apart" // a person has said that they are two
	TwinDates = "dates" // a person has said that one is a date of the other, so that both stay as they are
	// TwinMirror: the item was set aside as somebody's copy of what the activity has in another calendar.
	TwinMirror = "mirror"
)

// Twin is an item and an activity that seem to be one and the same, made by another sync before the connection was.
type Twin struct {
	Connection ID
	Remote     string
	Activity   ID
	State      string
}

// Held-by values of a work item; HeldByBrake is followed by the hold's number.
const (
	HeldByNothing = ""
	HeldByBackOff = "back-off"
	HeldByParked  = "parked"
	HeldBySending = "sending"
	HeldByBrake   = "brake:"
)

// Work is something that a connection still has to deal with. Subject is "r:<remote id>" or "a:<activity id>".
type Work struct {
	ID, Connection ID
	Subject        string
	Payload        []byte // the remote item as it came (JSON), or empty
	Revision       int64  // rises with every arrival; a worker deletes only what it handled
	Attempts       int
	Class          string // of the last error
	Reason         string // a code with a sentence for people
	Detail         string // for operators
	Due            time.Time
	HeldBy         string
	People         int // how many a "needs sending" would mail
	Created        time.Time
}

// The states of work, as people are told them.
const (
	WaitsTurn    = "todo"
	WaitsBackOff = "back_off"
	WaitsParked  = "parked"
	WaitsHeld    = "held" // by a brake
	WaitsSending = "sending"
)

// State is what work waits for.
func (w *Work) State() string {
	switch {
	case strings.HasPrefix(w.HeldBy, HeldByBrake):
		return WaitsHeld
	case w.HeldBy == HeldByParked:
		return WaitsParked
	case w.HeldBy == HeldBySending:
		return WaitsSending
	case w.HeldBy == HeldByBackOff, w.Attempts > 0:
		return WaitsBackOff
	}
	return WaitsTurn
}

// Wake is the wish for a run of a connection.
type Wake struct {
	Company, Connection ID
	Wanted, Done        int64
	NextRun             time.Time
	Running             bool
	Lane                int // 0 people are waiting, 1 push and local changes, 2 poll and audits
}

// Claim is a lease on a connection.
type Claim struct {
	Company, Connection ID
	Wanted              int64 // the wake that it answers
	Lane                int   // of the wake: 0 if a person waits for it
	Owner               string
	Until               time.Time
	Fence               int64
}

// RunDry is the kind of a run that only said what a run would do.
const RunDry = "dry_run"

// Run is one pass over one connection.
type Run struct {
	ID, Connection ID
	Kind           string // sync, dry_run, baseline, audit, restore
	State          string // running, done, failed, held
	Wake           int64  // the last wish that it took: [Claim.Wanted]
	Counts         map[string]int
	Requests       int
	Error          string // code
	Total          int    // items to deal with, when known: for progress
	Position       int
	Started        time.Time
	Finished       time.Time
}

// History is one change, field by field.
type History struct {
	ID, Connection, Run, Activity, Member ID
	At                                    time.Time
	Actor                                 string // person, sync, system
	Direction                             string // in, out, ""
	Kind                                  string // create, update, delete, revive, link, unlink, settings…
	Before, After                         json.RawMessage
	Undone                                time.Time
}

// Conflict keeps a losing value.
type Conflict struct {
	ID, Connection, Activity ID
	At                       time.Time
	Original                 string // of the occurrence; empty for the series
	Field                    string
	Winner                   string // crm, calendar
	Kept, Lost               json.RawMessage
	Resolved                 time.Time
	// Own: it is theirs alone whose connection it came through, whoever owns the activity.
	Own bool
}

// The kinds of a hold that is no brake, and the states.
const (
	HoldRestore   = "restore" // after a restore or a copy, until an administrator has looked
	HoldOpen      = "open"
	HoldConfirmed = "confirmed"
	HoldRejected  = "rejected"
)

// Hold is a brake that closed.
type Hold struct {
	ID, Connection ID
	Direction      string // in (deletes or creates here), out
	Kind           string // delete, create, restore
	Size           int
	State          string // open, confirmed, rejected
	Reason         string
	Created        time.Time
	Decided        time.Time
	Member         ID
}

// Preview is what a change of settings would do, as it was shown.
type Preview struct {
	ID, Connection, Member ID
	Settings               json.RawMessage
	HubState               string
	Effects                json.RawMessage
	Created                time.Time
}

// Audit is one line of the audit log.
type Audit struct {
	ID      ID
	At      time.Time
	Login   ID
	Member  ID
	Action  string
	Subject string
	Detail  string
}

// ActivityFilter selects activities for lists. Zero values do not filter.
type ActivityFilter struct {
	Owner, Deal, Person, Org  ID
	Concerns                  ID // who owns it or takes part in it
	Types                     []string
	Done                      *bool
	Recurring                 *bool
	IDs                       []ID
	From, To                  time.Time // From <= start instant < To; activities without a date fit only when both are zero
	UpdatedSince, UpdatedTill time.Time // since <= updated < till
	Deleted                   bool      // include deleted ones
	Sort                      string    // id, start, updated, created
	Desc                      bool
	After                     string // page cursor from an earlier answer
	Limit                     int
}
