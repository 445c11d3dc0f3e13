package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// TestWhatIsInTheWayOfExchange: each thing that keeps somebody out of an Exchange server comes with what helps, in their language: a text
// for the administrator, or where to make an app password once that was stated, which only an administrator can.
func TestWhatIsInTheWayOfExchange(t *testing.T) {
	l := newLab(t)
	s := ews.New(ews.Options{Users: []ews.User{{Name: "alice@example.com", Password: "secret", AppPasswords: []string{"from-the-gateway"}}}})
	at := httptest.NewServer(s)
	t.Cleanup(at.Close)
	account := func(a ews.Account) func() {
		return func() { must(t, s.SetAccount("alice@example.com", a)) }
	}
	sign := object{"url": at.URL, "email": "alice@example.com", "password": "secret"}
	find := func(who string) (object, object) {
		t.Helper()
		body := object{"provider": "ews"}
		for k, v := range sign {
			body[k] = v
		}
		status, p := l.call(who, "POST", "/api/tahti/v1/accounts/discover", body)
		if status != 422 {
			t.Fatalf("%d %v", status, p)
		}
		return p, p["findings"].([]any)[0].(object)["remedy"].(object)
	}
	for _, x := range []struct {
		name         string
		set          func()
		code, remedy string
		text         string // of the letter
	}{
		{"a login page", func() { s.SetFront(ews.FrontLoginPage) }, "login_page", "ask_administrator", "An exemption"},
		{"a second factor", func() { s.SetFront(ews.FrontSecondFactor) }, "second_factor", "ask_administrator", "An exemption"},
		{"440", func() { s.SetFront(ews.FrontTimeout) }, "login_page", "ask_administrator", "An exemption"},
		{"a gateway", func() { s.SetFront(ews.FrontAppPasswords) }, "wrong_password", "enter_password", "An exemption"},
		{"an expired password", account(ews.AccountExpired), "password_expired", "change_password", ""},
		{"403", account(ews.AccountForbidden), "service_blocked", "ask_administrator", "EwsApplicationAccessPolicy"},
		{"a mailbox in the cloud", account(ews.AccountCloud), "mailbox_in_the_cloud", "connect_microsoft_365", ""},
	} {
		s.Reset()
		x.set()
		p, remedy := find("alice")
		letter, _ := remedy["text"].(string)
		if p["code"] != x.code || remedy["action"] != x.remedy || (x.text == "") != (letter == "") || !strings.Contains(letter, x.text) {
			t.Errorf("%s: %v", x.name, p)
		}
	}

	home := sign["url"]
	for _, x := range []struct {
		o                  ews.Options
		code, remedy, text string
	}{
		{ews.Options{Schemes: []string{"Negotiate"}}, "sign_in_kind", "ask_administrator", "Set-WebServicesVirtualDirectory"},
		{ews.Options{Version: "Exchange2010"}, "old_server", "ask_administrator", ""},
	} {
		other := httptest.NewServer(ews.New(x.o))
		t.Cleanup(other.Close)
		sign["url"] = other.URL
		p, remedy := find("alice")
		if letter, _ := remedy["text"].(string); p["code"] != x.code || remedy["action"] != x.remedy || !strings.Contains(letter, x.text) {
			t.Errorf("%s: %v", x.code, p)
		}
	}
	sign["url"] = home

	// By what is no address nothing can be looked for, and nobody is asked.
	status, p := l.call("alice", "POST", "/api/tahti/v1/accounts/discover", object{"provider": "ews", "email": "alice", "password": "secret"})
	if status != 422 || !strings.Contains(fmt.Sprint(p), "bad_email") {
		t.Errorf("an address that is none: %d %v", status, p)
	}

	const company, where = "/api/tahti/v1/company", "https://gateway.example.com/"
	for _, x := range []struct {
		who, where string
		status     int
	}{{"bob", where, 403}, {"alice", "one\nline", 422}, {"alice", where, 200}} {
		if status, p := l.call(x.who, "PATCH", company, object{"app_passwords": x.where}); status != x.status {
			t.Errorf("%s states %q: %d %v", x.who, x.where, status, p)
		}
	}
	if status, c := l.call("bob", "GET", company, nil); status != 200 || c["app_passwords"] != where || c["name"] != "Acme" {
		t.Errorf("%d %v", status, c)
	}
	s.Reset()
	s.SetFront(ews.FrontAppPasswords)
	if p, remedy := find("bob"); p["code"] != "gateway_app_password" || remedy["action"] != "enter_app_password" || remedy["where"] != where ||
		!strings.Contains(fmt.Sprint(remedy["text"]), "alice@example.com") || p["title"] != "Tarvitaan yrityksesi yhdyskäytävän sovellussalasana" {
		t.Errorf("%v", p)
	}
	sign["password"] = "from-the-gateway"
	c := l.own("alice", "POST", "/connections", object{"provider": "ews", "account": sign})
	if c["state"] != "choose_calendar" {
		t.Errorf("%v", c)
	}
}
