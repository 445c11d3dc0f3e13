package google

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// Base is where Google's own API is.
const Base = "https://www.googleapis.com/calendar/v3"

// Config opens a calendar, or an account.
type Config struct {
	// Base is the API's address without a slash at its end; Base if empty.
	Base string
	// Calendar is the calendar's id as [Account.Calendars] lists it; of no meaning for an account.
	Calendar string
	Profile  Profile // from [Calendar.Probe]

	// Transport sends the requests, with the access token and to networks that may be reached; it has to be given. What it cannot
	// send because the sign-in is over it answers with a *[provider.Error].
	Transport http.RoundTripper
	// Now is for Retry-After and for the skew of Google's clock; it has to be given.
	Now func() time.Time
	// Timeout bounds one request with its answer; 0 is two minutes.
	Timeout time.Duration
}

// Profile is what [Calendar.Probe] found out. The zero Profile is careful: it takes the calendar for one whose private
// events may be hidden.
type Profile struct {
	// Role is the account's at the calendar: owner, writer, writerWithoutPrivateAccess, reader or freeBusyReader.
	Role string `json:"role,omitempty"`
	// TimeZone is the calendar's IANA zone, for what has none.
	TimeZone string `json:"time_zone,omitempty"`
}

// ParseProfile reads what [Profile.String] wrote; the empty text is the zero Profile.
func ParseProfile(s string) (Profile, error) {
	var p Profile
	if s == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(s), &p); err != nil {
		return p, fmt.Errorf("parse profile: %w", err)
	}
	return p, nil
}

// String is the stored form.
func (p Profile) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("marshal profile %#v: %v", p, err)) // plain values: cannot be
	}
	return string(b)
}

// readOnly reports whether the role may write nothing.
func (p Profile) readOnly() bool { return p.Role != "" && !writes(p.Role) }

func writes(role string) bool {
	return role == roleOwner || role == roleWriter || role == roleWriterNoPriv
}

// Calendar is one calendar of an account. It is safe for concurrent use.
type Calendar struct {
	client  *client
	id      string
	profile Profile
	role    atomic.Pointer[string] // as the last list told it
	writing chan struct{}          // Google asks for one write at a time in a calendar (providers.md 1.9)
}

var _ provider.Provider = (*Calendar)(nil)

// Open prepares a calendar; it sends nothing.
func Open(c Config) (*Calendar, error) {
	client, err := newClient(c)
	if err != nil {
		return nil, err
	}
	if c.Calendar == "" {
		return nil, errors.New("open calendar: no calendar is named")
	}
	return &Calendar{client: client, id: c.Calendar, profile: c.Profile, writing: make(chan struct{}, 1)}, nil
}

// Capabilities of Google, and of the role that the account has at the calendar.
//
// SilentUpdate is not claimed: with sendUpdates=none "some emails might still be sent" (discovery document), to guests who
// have no Google calendar. [provider.Item.WouldMail] counts these and leaves the others out.
func (c *Calendar) Capabilities() provider.Capabilities {
	return provider.Capabilities{
		Guard: provider.GuardFull, Tombstones: true, Piecemeal: true, Fields: calendar.AllFields, BatchRead: maxBatch, Concurrency: 4,
		PerAccount: perAccount, PerApplication: perProject,
		ReadOnly: c.profile.readOnly(), Modified: true,
	}
}

// hasPrivateAccess reports whether a role sees the details of private events. What is not known counts as hidden: a blank
// that nobody wrote must never flow back.
func hasPrivateAccess(role string) bool { return role == roleOwner || role == roleWriter }

// roleNow is the account's role at the calendar as the last list told it, which may be another than when it was connected.
func (c *Calendar) roleNow() string {
	if told := c.role.Load(); told != nil {
		return *told
	}
	return c.profile.Role
}

func (c *Calendar) tell(role string) {
	if role != "" {
		c.role.Store(&role)
	}
}

// path is below the calendar: path("events", id).
func (c *Calendar) path(parts ...string) string {
	var b strings.Builder
	b.WriteString("/calendars/" + url.PathEscape(c.id))
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
