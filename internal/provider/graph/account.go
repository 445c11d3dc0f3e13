package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"tahti/internal/provider"
)

// Account is one mailbox.
type Account struct{ client *client }

var (
	_ provider.Lister = (*Account)(nil)
	_ provider.Maker  = (*Account)(nil)
)

// OpenAccount prepares an account; it sends nothing.
func OpenAccount(c Config) (*Account, error) {
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &Account{client: cl}, nil
}

const (
	opCalendars = "list calendars"
	opMake      = "make a calendar"
	// maxCalendarPages bounds a list of calendars; Graph gives ten a page unless it is asked for more.
	maxCalendarPages = 100
)

// Calendars lists the calendars of the mailbox, shared ones that were added to it included.
func (a *Account) Calendars(ctx context.Context) ([]provider.Calendar, error) {
	out := []provider.Calendar{}
	at := "/me/calendars?$top=100"
	for range maxCalendarPages {
		q := call{op: opCalendars, method: http.MethodGet, at: at}
		ans, err := a.client.send(ctx, q)
		if err != nil {
			return nil, err
		}
		var page struct {
			Value []calendarResource `json:"value"`
			Next  string             `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(ans.body, &page); err != nil || page.Value == nil {
			return nil, broken(q, ans, errors.Join(errNoList, err))
		}
		for i := range page.Value {
			out = append(out, page.Value[i].calendar())
		}
		if at = page.Next; at == "" {
			return out, nil
		}
	}
	return nil, &provider.Error{Op: opCalendars, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without an end"}
}

func (v *calendarResource) calendar() provider.Calendar {
	return provider.Calendar{
		ID: v.ID, Name: v.Name, Writable: !v.profile().ReadOnly, Primary: v.IsDefaultCalendar, Color: v.HexColor,
	}
}

// MakeCalendar makes a calendar. Graph keeps no time zone with one. A name that is taken is Rejected.
func (a *Account) MakeCalendar(ctx context.Context, name, _ string) (provider.Calendar, error) {
	q := call{op: opMake, method: http.MethodPost, at: "/me/calendars", body: map[string]any{"name": name}, write: true}
	ans, err := a.client.send(ctx, q)
	if err != nil {
		return provider.Calendar{}, err
	}
	var v calendarResource
	if err := json.Unmarshal(ans.body, &v); err != nil || v.ID == "" {
		return provider.Calendar{}, broken(q, ans, err)
	}
	return v.calendar(), nil
}
