package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/demo"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// The demo's second person works in Pipedrive and has a calendar at Google, and both are connected: what changes in one is seen in the other.
const (
	chainUser  = "bob@example.com"
	chainToken = "demo-token-of-bob"
)

// chainSubject is what stands in Pipedrive already.
const chainSubject = "Price talk with Harbour"

// chain adds the second person and connects both sides.
func (s *standins) chain(ctx context.Context, h *house.House, by connection.Who, login store.Login) error {
	day := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for subject, at := range map[string]string{chainSubject: "08:05", "Site visit": "12:30"} {
		if _, err := s.pipedrive.Add(chainUser, map[string]any{"subject": subject, "type": "meeting", "due_date": day, "due_time": at, "duration": "00:45", "busy": true}, false); err != nil {
			return fmt.Errorf("add an activity in Pipedrive: %w", err)
		}
	}
	who := connection.Who{Company: by.Company}
	err := h.Store.Tx(ctx, by.Company, func(tx engine.Tx) (err error) {
		who.User, err = h.Hub.AddUser(ctx, tx, hub.By(by.User), crm.User{
			Login: login.ID, Name: "Bob", Email: chainUser, Role: crm.Regular, TimeZone: demo.Zone, Locale: "en", Active: true,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("add %s: %w", chainUser, err)
	}
	if err := s.chainPipedrive(ctx, h, who); err != nil {
		return fmt.Errorf("connect Pipedrive: %w", err)
	}
	if err := s.chainGoogle(ctx, h, who); err != nil {
		return fmt.Errorf("connect Google: %w", err)
	}
	return nil
}

// everything goes both ways from the beginning.
var everything = json.RawMessage(`{"start":"everything"}`)

// chainPipedrive connects with an API token, for which nobody has to go through pages.
func (s *standins) chainPipedrive(ctx context.Context, h *house.House, who connection.Who) error {
	sign := account.Credentials{URL: s.url("pipedrive"), Password: chainToken}
	found, err := h.Accounts.Discover(ctx, account.PipedriveToken, sign)
	if err != nil {
		return err
	}
	_, err = h.Connections.Connect(ctx, who, connection.Request{
		Provider: account.PipedriveToken, Sign: sign, Calendar: found.Calendars[0].ID, Settings: everything,
	})
	return err
}

// chainGoogle connects as a person does who agrees to all that the pages ask.
func (s *standins) chainGoogle(ctx context.Context, h *house.House, who connection.Who) error {
	c, page, err := h.Connections.Begin(ctx, who, connection.Request{Provider: account.Google, Settings: everything}, "")
	if err != nil {
		return err
	}
	back, err := agree(ctx, page, h.Connections.Redirect)
	if err != nil {
		return err
	}
	acc, err := h.Connections.Arrive(ctx, who, oauth.ParseCallback(back), "")
	if err != nil {
		return err
	}
	list, err := account.CalendarsOf(&acc)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("there is no calendar")
	}
	_, err = h.Connections.ChooseCalendar(ctx, who, c.ID, list[0].ID)
	return err
}

// The form of each of its sign-in pages: where it goes, and the hidden field that tells which sign-in it is about.
var (
	formAction  = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	formAttempt = regexp.MustCompile(`name="attempt" value="([^"]+)"`)
)

// agree goes through the sign-in pages of the stand-in of Google, with every box ticked, and answers what they lead back with.
func agree(ctx context.Context, page, redirect string) (url.Values, error) {
	asked, err := url.Parse(page)
	if err != nil {
		return nil, fmt.Errorf("read the address of the sign-in page: %w", err)
	}
	form := url.Values{"email": {chainUser}, "password": {""}, "scope": strings.Fields(asked.Query().Get("scope"))}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return nil, err
	}
	for range 5 { // the account, what the program is told of its person, and the boxes
		body, to, err := visit(r)
		if err != nil {
			return nil, err
		}
		if q, back := strings.CutPrefix(to, redirect+"?"); back {
			return url.ParseQuery(q)
		}
		action, attempt := formAction.FindSubmatch(body), formAttempt.FindSubmatch(body)
		if action == nil || attempt == nil {
			return nil, errors.New("its sign-in page asks nothing")
		}
		form.Set("attempt", string(attempt[1]))
		next, err := r.URL.Parse(string(action[1]))
		if err != nil {
			return nil, fmt.Errorf("read where the sign-in page goes: %w", err)
		}
		r, err = http.NewRequestWithContext(ctx, http.MethodPost, next.String(), strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return nil, errors.New("its sign-in pages do not lead back")
}

// visit answers a page, or where it leads.
func visit(r *http.Request) (body []byte, to string, err error) {
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return body, resp.Header.Get("Location"), err
}
