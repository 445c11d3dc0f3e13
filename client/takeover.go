package client

import (
	"context"
	"net/http"
	"time"
)

// TakeOverItem is an event or an activity as a take-over shows it.
type TakeOverItem struct {
	Event    string    `json:"event,omitempty"` // the event's name at the provider
	Activity int64     `json:"activity,omitempty"`
	Title    string    `json:"title"`
	Start    time.Time `json:"start"` // of a whole day its midnight in UTC
	End      time.Time `json:"end"`
	AllDay   bool      `json:"all_day"`
	Series   bool      `json:"series"`
}

// TakeOverPair is what is the same on both sides.
type TakeOverPair struct {
	Event    TakeOverItem `json:"event"`
	Activity TakeOverItem `json:"activity"`
	Differs  []string     `json:"differs"`     // fields that stay different until somebody edits them, or the setting for conflicts decides about
	Meeting  bool         `json:"one_meeting"` // both are copies of one meeting: that they are different cannot be said
}

// TakeOverQuestion is what may be the same.
type TakeOverQuestion struct {
	Reason     string         `json:"reason"` // other_title, other_start, other_pattern, dates, same_uid, several
	Why        string         `json:"why"`
	Events     []TakeOverItem `json:"events"`
	Activities []TakeOverItem `json:"activities"`
}

// TakeOver is what another sync has made on both sides, or what became of it.
type TakeOver struct {
	ID            int64              `json:"id"` // of a preview
	Matched       []TakeOverPair     `json:"matched"`
	Unsure        []TakeOverQuestion `json:"unsure"`
	NewInCRM      []TakeOverItem     `json:"new_in_crm"`
	NewInCalendar []TakeOverItem     `json:"new_in_calendar"`
	Counts        map[string]int     `json:"counts"`
	Language      string             `json:"language"` // of its words: the one that the user has chosen
	OtherSync     struct {
		Tool string `json:"tool"`
		Name string `json:"name"`
		Stop string `json:"stop"`
	} `json:"other_sync"`
	Linked int `json:"linked"`
	Left   int `json:"left"`
	Stale  []struct {
		Event    string `json:"event"`
		Activity int64  `json:"activity"`
	} `json:"stale"`
}

// TakeOverAnswer is what is said of an event: that it is an activity, and which side has the say where they differ (calendar, crm,
// settings); or that it is another one than those asked about, or than the one that is named.
type TakeOverAnswer struct {
	Event    string `json:"event"`
	Activity int64  `json:"activity,omitempty"`
	Same     bool   `json:"same"`
	Counts   string `json:"counts,omitempty"`
}

// TakeOverForAll is one answer for all that is unsure for the same reason.
type TakeOverForAll struct {
	Same   bool   `json:"same"`
	Counts string `json:"counts,omitempty"`
}

// mostShown is how many of each list the server answers at the most.
const mostShown = 1000

// PreviewTakeOver says what another sync has made on both sides of a connection, and changes nothing.
func (c *Client) PreviewTakeOver(ctx context.Context, id int64) (TakeOver, error) {
	var out TakeOver
	err := c.call(ctx, http.MethodPost, path(id, "/take-over"), map[string]any{"preview": true, "limit": mostShown}, &out)
	return out, err
}

// TakeOver ties what a preview has shown to be the same, and what the answers say, without writing to either side.
func (c *Client) TakeOver(ctx context.Context, id, preview int64, answers []TakeOverAnswer, all map[string]TakeOverForAll) (TakeOver, error) {
	var out TakeOver
	in := map[string]any{"preview_id": preview}
	if len(answers) > 0 {
		in["answers"] = answers
	}
	if len(all) > 0 {
		in["same_for_all"] = all
	}
	err := c.call(ctx, http.MethodPost, path(id, "/take-over"), in, &out)
	return out, err
}

// Findings are what was found out about a connection.
func (c *Client) Findings(ctx context.Context, id int64) ([]Finding, error) {
	var out struct {
		Findings []Finding `json:"findings"`
	}
	err := c.call(ctx, http.MethodGet, path(id, "/findings"), nil, &out)
	return out.Findings, err
}
