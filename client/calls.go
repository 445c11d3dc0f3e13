package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Discover signs in without storing anything, and lists the calendars. Why it failed is in the problem's Findings.
func (c *Client) Discover(ctx context.Context, provider string, sign Credentials) ([]Calendar, error) {
	in := struct {
		Provider string `json:"provider"`
		Credentials
	}{provider, sign}
	var out struct {
		Calendars []Calendar `json:"calendars"`
	}
	err := c.call(ctx, http.MethodPost, "/accounts/discover", in, &out)
	return out.Calendars, err
}

// Connect makes a connection.
func (c *Client) Connect(ctx context.Context, wish Connect) (Connection, error) {
	return c.connection(ctx, http.MethodPost, "/connections", wish)
}

// Connections lists those that are not stopped.
func (c *Client) Connections(ctx context.Context) ([]Connection, error) {
	var out struct {
		Connections []Connection `json:"connections"`
	}
	err := c.call(ctx, http.MethodGet, "/connections", nil, &out)
	return out.Connections, err
}

func (c *Client) connection(ctx context.Context, method, path string, in any) (Connection, error) {
	var out Connection
	err := c.call(ctx, method, path, in, &out)
	return out, err
}

func path(id int64, more string) string { return fmt.Sprintf("/connections/%d%s", id, more) }

// Connection reads one.
func (c *Client) Connection(ctx context.Context, id int64) (Connection, error) {
	return c.connection(ctx, http.MethodGet, path(id, ""), nil)
}

// ChooseCalendar gives a new connection its calendar.
func (c *Client) ChooseCalendar(ctx context.Context, id int64, calendar string) (Connection, error) {
	return c.connection(ctx, http.MethodPatch, path(id, ""), map[string]string{"calendar": calendar})
}

// Preview answers what a change of some settings would do, and changes nothing.
func (c *Client) Preview(ctx context.Context, id int64, settings json.RawMessage) (Preview, error) {
	var out Preview
	err := c.call(ctx, http.MethodPatch, path(id, "/settings?preview=true"), settings, &out)
	return out, err
}

// Settings saves some settings; beside them preview_id, on_narrow (keep, remove) and retype may stand.
func (c *Client) Settings(ctx context.Context, id int64, settings json.RawMessage) (Preview, error) {
	var out Preview
	err := c.call(ctx, http.MethodPatch, path(id, "/settings"), settings, &out)
	return out, err
}

// Run syncs now, and answers when the run has ended if wait is set. dry says what a run would do, and writes nothing.
func (c *Client) Run(ctx context.Context, id int64, dry, wait bool) (Run, error) {
	var out Run
	err := c.call(ctx, http.MethodPost, path(id, "/runs"), map[string]bool{"dry_run": dry, "wait": wait}, &out)
	return out, err
}

// Runs lists the last runs, newest first.
func (c *Client) Runs(ctx context.Context, id int64) ([]Run, error) {
	var out struct {
		Runs []Run `json:"runs"`
	}
	err := c.call(ctx, http.MethodGet, path(id, "/runs"), nil, &out)
	return out.Runs, err
}

// Pause lets a connection rest.
func (c *Client) Pause(ctx context.Context, id int64) (Connection, error) {
	return c.connection(ctx, http.MethodPost, path(id, "/pause"), nil)
}

// Resume lets it go on.
func (c *Client) Resume(ctx context.Context, id int64) (Connection, error) {
	return c.connection(ctx, http.MethodPost, path(id, "/resume"), nil)
}

// Stop ends a connection, and keeps or removes what sync made.
func (c *Client) Stop(ctx context.Context, id int64, keep bool) (Connection, error) {
	return c.connection(ctx, http.MethodPost, path(id, "/stop"), map[string]bool{"keep": keep})
}

// Company tells what is stated for the company.
func (c *Client) Company(ctx context.Context) (Company, error) {
	var out Company
	err := c.call(ctx, http.MethodGet, "/company", nil, &out)
	return out, err
}

// StateAppPasswords states where the gateway before the company's own Exchange server issues app passwords; empty: nowhere.
func (c *Client) StateAppPasswords(ctx context.Context, where string) (Company, error) {
	var out Company
	err := c.call(ctx, http.MethodPatch, "/company", map[string]string{"app_passwords": where}, &out)
	return out, err
}

// StopAll stops all sync of the company: when it has answered, no further write leaves.
func (c *Client) StopAll(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/stop-all", nil, nil)
}

// ResumeAll lets it go on.
func (c *Client) ResumeAll(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/resume-all", nil, nil)
}

// Work lists what a connection still has to deal with.
func (c *Client) Work(ctx context.Context, id int64) ([]Work, error) {
	var all []Work
	for after := int64(0); ; {
		var page struct {
			Work []Work `json:"work"`
			Next int64  `json:"next"`
		}
		if err := c.call(ctx, http.MethodGet, path(id, fmt.Sprintf("/work?limit=500&after=%d", after)), nil, &page); err != nil {
			return all, err
		}
		all = append(all, page.Work...)
		if page.Next <= after {
			return all, nil
		}
		after = page.Next
	}
}

// Act does retry, drop or send with a work item; or answers whether it is there already: this at an item, anew at the activity.
func (c *Client) Act(ctx context.Context, work int64, action string) error {
	return c.call(ctx, http.MethodPost, fmt.Sprintf("/work/%d/%s", work, url.PathEscape(action)), nil, nil)
}

// Holds lists what waits for a person's confirmation.
func (c *Client) Holds(ctx context.Context) ([]Hold, error) {
	var out struct {
		Holds []Hold `json:"holds"`
	}
	err := c.call(ctx, http.MethodGet, "/holds", nil, &out)
	return out.Holds, err
}

// Decide confirms a hold, or rejects it.
func (c *Client) Decide(ctx context.Context, hold int64, confirm bool) error {
	verb := "reject"
	if confirm {
		verb = "confirm"
	}
	return c.call(ctx, http.MethodPost, fmt.Sprintf("/holds/%d/%s", hold, verb), nil, nil)
}

// Status tells at a glance how sync fares.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var out Status
	err := c.call(ctx, http.MethodGet, "/status", nil, &out)
	return out, err
}

// Export answers one's activities as iCalendar.
func (c *Client) Export(ctx context.Context) ([]byte, error) {
	return c.exchange(ctx, http.MethodGet, "/activities.ics", "", nil)
}

// Import takes a calendar in; typ is the key of the type that the activities get, empty for meeting.
func (c *Client) Import(ctx context.Context, calendar io.Reader, typ string) (Imports, error) {
	target := "/activities.ics"
	if typ != "" {
		target += "?type=" + url.QueryEscape(typ)
	}
	var out Imports
	b, err := c.exchange(ctx, http.MethodPost, target, "text/calendar", calendar)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	return out, err
}
