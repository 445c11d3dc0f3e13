package caldav

import (
	"encoding/json"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// Profile is what [Calendar.Probe] found out about a calendar's server, once, when the connection was made. The caller
// stores its JSON and hands it to [Open]. The zero Profile is careful: it lists, reads singly, and checks every write.
type Profile struct {
	// Product is the server software, for operators; empty if not recognised. Nothing is decided by it after Probe.
	Product string `json:"product,omitempty"`
	// Sync: sync-collection is there and gave a sensible answer.
	Sync bool `json:"sync,omitempty"`
	// CTag: the collection has a ctag, which says in one request that nothing changed.
	CTag     bool `json:"ctag,omitempty"`
	Multiget bool `json:"multiget,omitempty"`
	// Schedules: a write of an item with guests mails them (RFC 6638).
	Schedules bool           `json:"schedules,omitempty"`
	Guard     provider.Guard `json:"guard"`
	// Counted: ETags are counters that start again when an item is deleted and made anew (SOGo), so that an equal ETag
	// proves nothing while it is at its start.
	Counted bool `json:"counted,omitempty"`
	// Gateway: the server is DavMail, which has a way of its own with all that it is sent; see davmail.go.
	Gateway bool `json:"gateway,omitempty"`
	// Concurrency is how many requests at a time the account bears.
	Concurrency int  `json:"concurrency,omitempty"`
	ReadOnly    bool `json:"read_only,omitempty"`
	// MaxSize is the largest item that the server takes, in bytes; 0 if it does not say.
	MaxSize int `json:"max_size,omitempty"`
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

// batch is how many items one multiget asks for: what a pull of n changes costs is 1 + ⌈n/100⌉ requests.
const batch = 100

// Capabilities are the facts that planner and engine read.
func (p Profile) Capabilities() provider.Capabilities {
	return provider.Capabilities{
		Guard:        p.Guard,
		SilentUpdate: !p.Schedules,
		Tombstones:   p.Sync,
		Fields:       calendar.AllFields,
		BatchRead:    batch,
		Concurrency:  max(1, p.Concurrency),
		ReadOnly:     p.ReadOnly,
		Modified:     true,
	}
}
