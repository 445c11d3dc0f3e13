package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

// Worldwide is Graph's address but for the sovereign clouds (providers.md 2.6).
const Worldwide = "https://graph.microsoft.com/v1.0"

// Config opens an account, or one calendar of it.
type Config struct {
	// Base is the address of the API with its version; [Worldwide] if empty. Sovereign clouds have others.
	Base string
	// Calendar is the id of the calendar, as [Account.Calendars] lists it. An account needs none.
	Calendar string
	Profile  Profile // from [Calendar.Probe]
	// TimeZone is the person's IANA zone, in which whole days and floating times are written: midnight has to be somewhere. If
	// it is empty, days are in UTC, and floating times refused.
	TimeZone string

	// Transport sends the requests, with a token that it adds and renews; it has to be given.
	Transport http.RoundTripper
	// Now has to be given.
	Now func() time.Time
	// AllowPlain permits a base that is not https, for stand-ins.
	AllowPlain bool
	// Timeout bounds one request with its answer; 0 is a minute.
	Timeout time.Duration

	// Back and Ahead are how far the window of changes reaches from now, Step how old it grows before it is moved. Zero
	// is half a year back, a year and a half ahead, and a week. Graph takes no view of more than five years.
	Back, Ahead, Step time.Duration
	// PageSize is how many items a page of changes has at most; 0 is 200.
	PageSize int
}

// Profile is what [Calendar.Probe] found out about a calendar, once, when the connection was made. The caller stores
// its JSON. The zero Profile is the person's own calendar.
type Profile struct {
	ReadOnly bool `json:"read_only,omitempty"`
	// HidesPrivate: the calendar is somebody else's, and the details of their private events are kept from us.
	HidesPrivate bool `json:"hides_private,omitempty"`
	// TimeZone is the person's at the time; see Config.
	TimeZone string `json:"time_zone,omitempty"`
}

const (
	day          = 24 * time.Hour
	defaultBack  = 183 * day
	defaultAhead = 550 * day
	defaultStep  = 7 * day
	longestView  = 1825 * day // seen in public: a longer one is refused
	defaultPage  = 200
	batchSize    = 20 // parts that one $batch may have (providers.md 2.5)
)

// Calendar is one calendar. It is safe for concurrent use.
type Calendar struct {
	client            *client
	path              string // of the calendar, below the base
	made              string // which calendar this is, for cursors
	profile           Profile
	days              string // the zone in which whole days are written
	back, ahead, step time.Duration
}

var (
	_ provider.Provider = (*Calendar)(nil)
	_ provider.Windowed = (*Calendar)(nil)
)

// Open prepares a calendar; it sends nothing.
func Open(c Config) (*Calendar, error) {
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	if c.Calendar == "" {
		return nil, errors.New("open calendar: its id has to be given")
	}
	back, ahead := orDefault(c.Back, defaultBack), orDefault(c.Ahead, defaultAhead)
	if back+ahead > longestView {
		return nil, fmt.Errorf("open calendar: a window of %d days, of which Graph shows %d", (back+ahead)/day, longestView/day)
	}
	days := "UTC"
	if c.TimeZone = cmp.Or(c.TimeZone, c.Profile.TimeZone); c.TimeZone != "" {
		if days, err = outlook.ZoneName(c.TimeZone); err != nil {
			return nil, fmt.Errorf("open calendar: %w", err)
		}
	}
	return &Calendar{
		client: cl, path: "/me/calendars/" + url.PathEscape(c.Calendar), made: cl.base.Host + " " + c.Calendar, profile: c.Profile, days: days,
		back: back, ahead: ahead, step: orDefault(c.Step, defaultStep),
	}, nil
}

func orDefault(d, standard time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return standard
}

// Capabilities are the facts that planner and engine read.
func (c *Calendar) Capabilities() provider.Capabilities {
	return provider.Capabilities{
		Guard:       provider.GuardFull, // creations by transactionId, the rest by If-Match
		Tombstones:  true,
		Untold:      true,
		Piecemeal:   true,
		Fields:      calendar.AllFields,
		BatchRead:   batchSize,
		Concurrency: concurrency,
		PerAccount:  perMailbox,
		ReadOnly:    c.profile.ReadOnly,
		Modified:    true,
	}
}

const opProbe = "look at the calendar"

// Probe finds out what we may do in the calendar, and that it is there.
func (c *Calendar) Probe(ctx context.Context) (Profile, error) {
	var v calendarResource
	if err := c.client.get(ctx, opProbe, c.path, &v); err != nil {
		return Profile{}, err
	}
	if v.ID == "" { // what it may do would be made up
		return Profile{}, &provider.Error{Op: opProbe, Class: provider.Transient, Code: provider.CodeServer, Status: "an answer that is no calendar"}
	}
	return v.profile(), nil
}

// calendarResource is a calendar as Graph describes it. The two permissions are absent where they need not be said.
type calendarResource struct {
	ID                  string `json:"id"`
	Name                string `json:"name"`
	HexColor            string `json:"hexColor"`
	IsDefaultCalendar   bool   `json:"isDefaultCalendar"`
	CanEdit             *bool  `json:"canEdit"`
	CanViewPrivateItems *bool  `json:"canViewPrivateItems"`
}

func (v *calendarResource) profile() Profile {
	return Profile{
		ReadOnly:     v.CanEdit != nil && !*v.CanEdit,
		HidesPrivate: v.CanViewPrivateItems != nil && !*v.CanViewPrivateItems,
	}
}

// ParseProfile reads the stored form of a profile; nothing is the zero Profile.
func ParseProfile(b []byte) (Profile, error) {
	var p Profile
	if len(b) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("parse profile: %w", err)
	}
	return p, nil
}
