package google

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"tahti/internal/provider"
)

const (
	opCalendars = "list calendars"
	opMake      = "make a calendar"
	opProbe     = "look at the calendar"
	maxPages    = 1000
)

// Account is the signed-in person's list of calendars.
type Account struct{ client *client }

var (
	_ provider.Lister = (*Account)(nil)
	_ provider.Maker  = (*Account)(nil)
)

// OpenAccount prepares an account; it sends nothing.
func OpenAccount(c Config) (*Account, error) {
	client, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &Account{client: client}, nil
}

// Calendars lists the calendars that the person shows, the primary one among them. It needs one of the scopes calendar,
// calendar.readonly and calendar.calendarlist; calendar.events is not enough (providers.md 1.1).
func (a *Account) Calendars(ctx context.Context) ([]provider.Calendar, error) {
	var out []provider.Calendar
	query := url.Values{"maxResults": {"250"}}
	for range maxPages {
		q := call{op: opCalendars, method: http.MethodGet, path: "/users/me/calendarList", query: query}
		got, err := a.client.send(ctx, q)
		if err != nil {
			return nil, err
		}
		var page calendarList
		if err := json.Unmarshal(got.body, &page); err != nil || page.Kind != kindOfCalendars {
			return nil, broken(q, http.StatusOK, fmt.Errorf("read list of calendars of kind %q: %w", page.Kind, err))
		}
		for _, l := range page.Items {
			if !l.Deleted && l.ID != "" {
				out = append(out, l.calendar())
			}
		}
		if page.NextPageToken == "" {
			return out, nil
		}
		query.Set("pageToken", page.NextPageToken)
	}
	return nil, &provider.Error{Op: opCalendars, Class: provider.Transient, Code: provider.CodeServer, Status: "more than " + strconv.Itoa(maxPages) + " pages"}
}

func (l *listed) calendar() provider.Calendar {
	name := l.SummaryOverride
	if name == "" {
		name = l.Summary
	}
	return provider.Calendar{
		ID: l.ID, Name: name, Writable: writes(l.AccessRole), Primary: l.Primary, TimeZone: l.TimeZone, Color: l.BackgroundColor,
	}
}

// MakeCalendar makes a secondary calendar, whose owner the person is. It needs one of the scopes calendar, calendar.calendars and
// calendar.app.created. An answer that is lost may leave a calendar behind: Google takes no id for one.
func (a *Account) MakeCalendar(ctx context.Context, name, timeZone string) (provider.Calendar, error) {
	body := map[string]any{"summary": name}
	if timeZone != "" {
		body["timeZone"] = timeZone
	}
	q := call{op: opMake, method: http.MethodPost, path: "/calendars", body: body, write: true}
	got, err := a.client.send(ctx, q)
	if err != nil {
		return provider.Calendar{}, err
	}
	var made listed
	if err := json.Unmarshal(got.body, &made); err != nil || made.Kind != kindOfOneCalendar || made.ID == "" {
		return provider.Calendar{}, broken(q, http.StatusOK, fmt.Errorf("read the new calendar of kind %q: %w", made.Kind, err))
	}
	made.AccessRole = roleOwner
	return made.calendar(), nil
}

// Probe finds out what the account may do in the calendar, in one request that any scope for events allows.
func (c *Calendar) Probe(ctx context.Context) (Profile, error) {
	page, _, err := c.list(ctx, opProbe, url.Values{"maxResults": {"1"}})
	if err != nil {
		return Profile{}, err
	}
	return Profile{Role: page.AccessRole, TimeZone: page.TimeZone}, nil
}
