package pipedrive

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// Config opens a user's activities, or an account.
type Config struct {
	// Base is the company's own address, such as https://example.pipedrive.com.
	Base string
	// User is the number of the user whose activities these are; of no meaning for an account.
	User    string
	Profile Profile // from [User.Probe]
	// Token is an API token, shown with each request; empty where Transport shows an access token.
	Token string
	// Feed is shared by all that is opened on the same account; nil: it is this one's alone.
	Feed *provider.Feed

	// Transport sends the requests; it has to be given. What it cannot send because the sign-in is over it answers with a
	// *[provider.Error].
	Transport http.RoundTripper
	Now       func() time.Time // has to be given
	// Timeout bounds one request with its answer; 0 is one minute.
	Timeout time.Duration
}

// Profile is what [User.Probe] found out. The zero Profile is careful.
type Profile struct {
	// Me is the number of the user who has signed in. Of what others keep private no more is seen than when it is.
	Me int64 `json:"me,omitempty"`
	// Admin: everything in the company is seen, so that what is not found is not there.
	Admin bool `json:"admin,omitempty"`
	// Daily is the company's budget of tokens a day; 0 where it is not told.
	Daily int `json:"daily,omitempty"`
}

// ParseProfile reads the stored form; the empty text is the zero Profile.
func ParseProfile(b []byte) (p Profile, err error) {
	if len(b) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("parse profile: %w", err)
	}
	return p, nil
}

// User is one user's activities. It is safe for concurrent use.
type User struct {
	client  *client
	id      int64
	profile Profile
	feed    *provider.Feed
	memo    *memo

	mu    sync.Mutex
	fresh time.Time
	admin *bool // whether whoever has signed in still sees everything; nil: nobody has asked
}

var (
	_ provider.Provider = (*User)(nil)
	_ provider.Seeker   = (*User)(nil)
	_ provider.Fed      = (*User)(nil)
	_ provider.Renewer  = (*User)(nil)
	_ provider.Sharer   = (*User)(nil)
)

// Open prepares a user's activities; it sends nothing.
func Open(c Config) (*User, error) {
	client, err := newClient(c)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(c.User, 10, 64)
	if err != nil || id <= 0 {
		return nil, errors.New("open activities: a user has to be named by number")
	}
	feed := c.Feed
	if feed == nil {
		feed = (&provider.Feeds{Keep: 1 << 20, Now: c.Now}).Of("")
	}
	m := feed.Beside(func() any { return &memo{} })
	return &User{client: client, id: id, profile: c.Profile, feed: feed, memo: m.(*memo)}, nil
}

// What a company with one seat on the smallest plan has a day (providers.md 5), of which we leave half to its other programs.
const leastDaily = 30_000

// Fields that an activity holds.
const fields = calendar.FieldSet(1<<calendar.Subject|1<<calendar.When|1<<calendar.Location|1<<calendar.Description|1<<calendar.Busy|
	1<<calendar.OrganizerField|1<<calendar.GuestsField|1<<calendar.AnswerField|1<<calendar.MeetingURL) | calendar.FacetFields

// Capabilities of Pipedrive.
//
// SilentUpdate is not claimed: guests are mailed where the owner has Pipedrive's own calendar sync on, of which the API says nothing.
func (u *User) Capabilities() provider.Capabilities {
	daily := u.profile.Daily
	if daily <= 0 {
		daily = leastDaily
	}
	return provider.Capabilities{
		Guard: provider.GuardNone, Fields: fields, BatchRead: maxIDs, Concurrency: 2, Modified: true, Shared: true, Instants: true, OneDay: true, Keyless: true,
		Unseen:     true,
		PerAccount: burst, PerOrganisation: provider.Budget{Requests: daily / 2, Per: 24 * time.Hour, Costs: true},
	}
}

// Since makes the next pulls see at least what had happened at an instant of our clock.
func (u *User) Since(at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at.After(u.fresh) {
		u.fresh = at
	}
}

func (u *User) since() time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.fresh
}
