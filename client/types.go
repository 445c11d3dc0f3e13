package client

import (
	"encoding/json"
	"time"
)

// Credentials are what signs in at a calendar provider. Without URL the server is found by the e-mail address.
type Credentials struct {
	URL      string `json:"url,omitempty"`
	Email    string `json:"email,omitempty"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	// ConfirmHosts are hosts that the server points to and that may have the password, too: what [Finding] has named.
	ConfirmHosts []string `json:"confirm_hosts,omitempty"`
}

// Calendar is one that an account has.
type Calendar struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Writable bool   `json:"writable"`
	Primary  bool   `json:"primary"`
	TimeZone string `json:"time_zone"` // IANA; may be empty
	// Owner is the e-mail address of whose it is, where an account reaches those of colleagues.
	Owner string `json:"owner,omitempty"`
}

// Finding is what was found out about a failure, with what to press.
type Finding struct {
	ID       string   `json:"id"`
	Check    string   `json:"check"`
	Symptom  string   `json:"symptom"`
	Severity string   `json:"severity"` // info, warning, error
	Title    string   `json:"title"`
	Evidence []string `json:"evidence"`
	Remedy   Remedy   `json:"remedy"`
	Help     string   `json:"help"`
}

// Remedy is what helps.
type Remedy struct {
	Action string `json:"action"`
	Label  string `json:"label"`
	Host   string `json:"host,omitempty"`  // of confirm_host: repeat the call with it among Credentials.ConfirmHosts
	Where  string `json:"where,omitempty"` // of enter_app_password: where to make one
	Text   string `json:"text,omitempty"`  // to be sent to the administrator who can mend the cause
}

// Company is what an administrator states for everybody in the company.
type Company struct {
	Name         string `json:"name"`
	AppPasswords string `json:"app_passwords"` // where the gateway before the company's own Exchange server issues app passwords; empty: nowhere
}

// Connect is the wish for a connection: with credentials, or an account that is there. Settings may be nil, and hold some only.
type Connect struct {
	Provider  string          `json:"provider"`
	Account   *Credentials    `json:"account,omitempty"`
	AccountID int64           `json:"account_id,omitempty"`
	Calendar  string          `json:"calendar,omitempty"` // empty: chosen later
	UserID    int64           `json:"user_id,omitempty"`  // whose it will be; an administrator may name a colleague
	Settings  json.RawMessage `json:"settings,omitempty"`
}

// Connection is one calendar tied to one user.
type Connection struct {
	ID           int64           `json:"id"`
	UserID       int64           `json:"user_id"`
	Provider     string          `json:"provider"`
	AccountID    int64           `json:"account_id"`
	Calendar     string          `json:"calendar"`
	CalendarName string          `json:"calendar_name"`
	TimeZone     string          `json:"time_zone"`
	Writable     bool            `json:"writable"`
	State        string          `json:"state"` // active, retrying, needs_sign_in…
	Reason       string          `json:"reason"`
	Title        string          `json:"title"` // the state, in the user's language
	Next         string          `json:"next"`
	Settings     json.RawMessage `json:"settings"`
	Health       Health          `json:"health"`
	// Counts are those of the last run; linked, parked, held and needs_sending as they stand now.
	Counts    map[string]int `json:"counts"`
	Progress  *Progress      `json:"progress,omitempty"` // nil when no run is under way
	CreatedAt time.Time      `json:"created_at"`
	// AuthorizeURL is where the person's browser has to go to sign in; only in the answer that began it.
	AuthorizeURL string `json:"authorize_url,omitempty"`
}

// Health is how a connection fares; times are nil if it never happened.
type Health struct {
	LastRun     *time.Time `json:"last_run"`
	LastIn      *time.Time `json:"last_in"`  // last success from the calendar
	LastOut     *time.Time `json:"last_out"` // last success to the calendar
	NextRun     *time.Time `json:"next_run"`
	Failures    int        `json:"failures"`
	FailedSince *time.Time `json:"failed_since"`
	ErrorClass  string     `json:"error_class"`
	ErrorCode   string     `json:"error_code"`
	Push        *Push      `json:"push,omitempty"` // nil where the provider is not asked to tell of changes
	LagMS       int64      `json:"lag_ms"`         // from the last change in Tahti that went out to its being in the calendar
}

// Push is how a connection is told of changes.
type Push struct {
	Live      bool       `json:"live"`
	Until     *time.Time `json:"until"`
	Told      *time.Time `json:"told"` // nil if it never was
	ErrorCode string     `json:"error_code"`
}

// Progress is how far a run is, in items.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// Preview is what a change of settings would do, or did.
type Preview struct {
	ID       int64           `json:"id"`
	Saved    bool            `json:"saved"`
	Settings json.RawMessage `json:"settings"`
	Effects  map[string]int  `json:"effects"`
	Narrowed int             `json:"narrowed"`
	Entering int             `json:"entering"`
}

// Run is one pass over one connection, or a look at what one would do. ID and Requests are nil until it has begun.
type Run struct {
	ID         *int64         `json:"id"`
	State      string         `json:"state"` // queued, running, done, failed, held
	Kind       string         `json:"kind"`
	Counts     map[string]int `json:"counts"`
	Requests   *int           `json:"requests"`
	StartedAt  *time.Time     `json:"started_at"`
	FinishedAt *time.Time     `json:"finished_at"`
	Error      string         `json:"error"` // a code
	Title      string         `json:"title"`
	Next       string         `json:"next"`
}

// Work is something that a connection still has to deal with.
type Work struct {
	ID           int64      `json:"id"`
	ConnectionID int64      `json:"connection_id"`
	ActivityID   *int64     `json:"activity_id"`
	Event        string     `json:"event"`
	State        string     `json:"state"` // todo, back_off, parked, held, sending
	HoldID       *int64     `json:"hold_id"`
	Reason       string     `json:"reason"`
	Title        string     `json:"title"`
	Cause        string     `json:"cause"`
	Next         string     `json:"next"`
	People       int        `json:"people"`
	Attempts     int        `json:"attempts"`
	DueAt        *time.Time `json:"due_at"`
	CreatedAt    time.Time  `json:"created_at"`
}

// Hold is a brake that closed: sync asks first.
type Hold struct {
	ID           int64     `json:"id"`
	ConnectionID int64     `json:"connection_id"`
	Direction    string    `json:"direction"` // in, out
	Kind         string    `json:"kind"`      // delete, create, restore
	Size         int       `json:"size"`
	State        string    `json:"state"`
	Title        string    `json:"title"`
	Why          string    `json:"why"`
	CreatedAt    time.Time `json:"created_at"`
}

// Status is how sync fares, at a glance.
type Status struct {
	Version     string       `json:"version"`
	Company     string       `json:"company"`
	UserID      int64        `json:"user_id"`
	Stopped     bool         `json:"stopped"`
	Connections []Connection `json:"connections"`
	Holds       []Hold       `json:"holds"`
}

// Imports is what became of an imported calendar.
type Imports struct {
	Created int        `json:"created"`
	Exists  int        `json:"exists"`
	Failed  int        `json:"failed"`
	Items   []Imported `json:"items"`
}

// Imported is what became of one event.
type Imported struct {
	UID        string `json:"uid"`
	State      string `json:"state"` // created, exists, failed
	ActivityID *int64 `json:"activity_id"`
	Code       string `json:"code"`
	Title      string `json:"title"`
}
