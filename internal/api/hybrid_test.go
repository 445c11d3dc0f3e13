package api_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/standin/ews"
)

// TestASignInAtMicrosoftForAnExchangeServer is begun by a program, which says to the person where to sign in; what is in the way comes with
// what helps.
func TestASignInAtMicrosoftForAnExchangeServer(t *testing.T) {
	l := newLab(t)
	server := func(o ews.Options) string {
		s := httptest.NewServer(ews.New(o))
		t.Cleanup(s.Close)
		return s.URL
	}
	joined := server(ews.Options{Schemes: []string{"Negotiate"}, Hybrid: &ews.Hybrid{
		Page: "https://login.microsoftonline.com/common/oauth2/authorize", Read: func(string) (string, string, string, bool) { return "", "", "", false },
	}})
	tries := func(at, path string, more object) (int, object) {
		body := object{"provider": "ews", "url": at, "email": "alice@example.com", "password": "secret"}
		if path == "/connections" {
			body = object{"provider": "ews_hybrid", "account": object{"url": at, "email": "alice@example.com"}}
		}
		for k, v := range more {
			body[k] = v
		}
		return l.call("alice", "POST", "/api/tahti/v1"+path, body)
	}
	refused := func(what string, status int, p object, code, remedy, text string) {
		t.Helper()
		if status != 422 {
			t.Fatalf("%s: %d %v", what, status, p)
		}
		r := p["findings"].([]any)[0].(object)["remedy"].(object)
		if letter, _ := r["text"].(string); p["code"] != code || r["action"] != remedy || !strings.Contains(letter, text) {
			t.Errorf("%s: %v", what, p)
		}
	}
	client := l.house.Accounts.Env.Clients
	delete(client, account.Hybrid)
	status, p := tries(joined, "/accounts/discover", nil)
	refused("no registration", status, p, "hybrid_not_set_up", "ask_administrator", "EWS.AccessAsUser.All")
	hybrid := oauth.Microsoft("", "tahti", "secret").Hybrid()
	client[account.Hybrid] = &hybrid
	status, p = tries(joined, "/accounts/discover", nil)
	refused("a password", status, p, "hybrid_sign_in", "sign_in_at_microsoft", "")
	status, p = tries(server(ews.Options{}), "/connections", nil)
	refused("a server that takes passwords", status, p, "hybrid_not_offered", "enter_password", "EWS.AccessAsUser.All")
	status, p = tries("", "/connections", nil)
	refused("no server", status, p, "not_discovered", "enter_address", "")

	status, p = tries(joined, "/connections", object{"settings": object{"start": "everything"}})
	page, err := url.Parse(p["authorize_url"].(string))
	if err != nil || status != 202 || p["state"] != "pending_sign_in" || page.Hostname() != "login.microsoftonline.com" || page.Query().Get("code_challenge_method") != "S256" ||
		!strings.Contains(page.Query().Get("scope"), joined+"/EWS.AccessAsUser.All") {
		t.Errorf("%d %v", status, p)
	}
}
