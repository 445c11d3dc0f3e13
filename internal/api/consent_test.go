package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/account/accounttest"
	"tahti/internal/account/oauth"
	"tahti/internal/connection"
	"tahti/internal/provider"
)

// signIn is the person at the provider's page, and back.
func (l *lab) signIn(page string) error {
	l.Helper()
	back, err := l.far.Consent(page)
	must(l.T, err)
	if !strings.HasPrefix(back.String(), redirect) {
		l.Fatalf("sent back to %s", back)
	}
	who := connection.Who{Company: l.company, User: l.alice}
	_, err = l.house.Connections.Arrive(l.Context(), who, oauth.ParseCallback(back.Query()), "")
	return err
}

func (l *lab) begin(settings object) object {
	l.Helper()
	status, x := l.call("alice", "POST", "/api/tahti/v1/connections", object{"provider": accounttest.Name, "settings": settings})
	if status != 202 || x["state"] != "pending_sign_in" || x["id"] == nil || x["authorize_url"] == nil {
		l.Fatalf("%d %v", status, x)
	}
	return x
}

func TestAConnectionByConsent(t *testing.T) {
	l := newLab(t)
	x := l.begin(object{"start": "everything"})
	path := fmt.Sprintf("/connections/%v", x["id"])
	page, err := url.Parse(x["authorize_url"].(string))
	must(t, err)
	if q := page.Query(); q.Get("redirect_uri") != redirect || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" {
		t.Fatalf("page %s", page)
	}
	if got := l.own("alice", "GET", path, nil); got["state"] != "pending_sign_in" || got["authorize_url"] != nil {
		t.Errorf("while it waits: %v", got)
	}
	if got := l.own("alice", "GET", "/accounts", nil)["accounts"].([]any); len(got) != 0 {
		t.Errorf("accounts that nobody has signed in to are listed: %v", got)
	}
	must(t, l.signIn(page.String()))
	if got := l.own("alice", "GET", path, nil); got["state"] != "choose_calendar" || got["settings"].(object)["start"] != "everything" {
		t.Fatalf("signed in: %v", got)
	}
	account := l.own("alice", "GET", "/accounts", nil)["accounts"].([]any)[0].(object)
	if len(account["calendars"].([]any)) != 2 || account["label"] != "alice@example.com" {
		t.Errorf("account %v", account)
	}
	if got := l.own("alice", "PATCH", path, object{"calendar": "work"}); got["state"] != "active" {
		t.Fatalf("chosen: %v", got)
	}
	l.ok("alice", "POST", "/api/v2/activities", object{"subject": "Call", "due_date": "2026-12-01", "due_time": "08:00", "duration": "01:00"})
	l.sync(x["id"])
	if n := len(l.far.Calendar("work").Held()); n != 1 {
		t.Errorf("%d events in the calendar", n)
	}
	// A second calendar of the same account needs no sign-in.
	second := l.own("alice", "POST", "/connections", object{"provider": accounttest.Name, "account_id": account["id"], "calendar": "home"})
	if second["state"] != "active" {
		t.Errorf("second %v", second)
	}

	status, again := l.call("alice", "POST", fmt.Sprintf("/api/tahti/v1/accounts/%v/reconnect", account["id"]), nil)
	if status != 202 || again["authorize_url"] == nil {
		t.Fatalf("%d %v", status, again)
	}
	must(t, l.signIn(again["authorize_url"].(string)))

	revoke := fmt.Sprintf("/accounts/%v/revoke", account["id"])
	asked := l.own("alice", "POST", revoke, object{})
	if asked["done"] != false || len(asked["connections"].([]any)) != 2 || asked["permissions_url"] == nil || len(l.far.Withdrawn) != 0 {
		t.Fatalf("asked: %v", asked)
	}
	if done := l.own("alice", "POST", revoke, object{"confirm": true}); done["done"] != true || done["withdrawn"] != true || len(done["connections"].([]any)) != 2 {
		t.Errorf("done: %v", done)
	}
	if got := l.own("alice", "GET", "/connections", nil)["connections"].([]any); len(got) != 0 || len(l.far.Withdrawn) != 1 {
		t.Errorf("still there: %v; withdrawn %v", got, l.far.Withdrawn)
	}
}

func TestWhatASignInSaysIsReadable(t *testing.T) {
	l := newLab(t)
	x := l.begin(object{})
	path := fmt.Sprintf("/connections/%v", x["id"])
	l.far.Says = url.Values{"error": {"access_denied"}, "error_description": {"AADSTS90094: secret words"}}
	if err := l.signIn(x["authorize_url"].(string)); err == nil {
		t.Fatal("signed in")
	}
	got := l.own("alice", "GET", path, nil)
	if got["state"] != "pending_sign_in" || got["reason"] != provider.CodeAdminConsent || !strings.Contains(got["title"].(string), "administrator") {
		t.Errorf("%v", got)
	}
	for _, c := range []struct {
		name, method, path string
		body               object
		status             int
		code               string
	}{
		{"discovering", "POST", "/accounts/discover", object{"provider": accounttest.Name, "username": "a", "password": "b"}, 422, "by_consent"},
		{"a calendar before the sign-in", "POST", "/connections", object{"provider": accounttest.Name, "calendar": "work"}, 422, "unknown"},
		{"pausing what waits", "POST", path + "/pause", nil, 409, "wrong_state"},
		{"somebody else's account", "POST", fmt.Sprintf("/accounts/%v/reconnect", x["account_id"]), object{}, 403, "not_yours"},
	} {
		who := "alice"
		if c.status == 403 {
			who = "bob"
		}
		status, got := l.call(who, c.method, "/api/tahti/v1"+c.path, c.body)
		if status != c.status || got["code"] != c.code {
			t.Errorf("%s: %d %v", c.name, status, got)
		}
	}
	l.house.Accounts.Env.Clients[accounttest.Name].ID = ""
	status, got := l.call("alice", "POST", "/api/tahti/v1/connections", object{"provider": accounttest.Name})
	if status != 422 || got["code"] != provider.CodeNotSetUp || got["findings"].([]any)[0].(object)["remedy"].(object)["action"] != "ask_administrator" {
		t.Errorf("not set up: %d %v", status, got)
	}
}
