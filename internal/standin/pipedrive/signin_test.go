package pipedrive_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/pipedrive"
)

const callback = "http://127.0.0.1:9/callback"

// visit opens the sign-in page, for the standard program.
func (r *rig) visit(query ...string) answer {
	r.Helper()
	q := url.Values{"client_id": {pipedrive.StandardClient}, "redirect_uri": {callback}, "state": {"s t"}}
	for i := 0; i+1 < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	return r.do("GET", "/oauth/authorize?"+q.Encode(), "", "X-Api-Token:")
}

var attemptForm = regexp.MustCompile(`name="attempt" value="([^"]+)"`)

// press sends a form of the sign-in pages.
func (r *rig) press(page answer, fields ...string) answer {
	r.Helper()
	form := url.Values{}
	if m := attemptForm.FindStringSubmatch(page.text); m != nil {
		form.Set("attempt", m[1])
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return r.post("/oauth/authorize", form)
}

func (r *rig) post(path string, form url.Values, headers ...string) answer {
	r.Helper()
	return r.do("POST", path, form.Encode(), append([]string{"Content-Type: application/x-www-form-urlencoded", "X-Api-Token:"}, headers...)...)
}

// code goes the whole way through the pages as a user without a password.
func (r *rig) code(email string) string {
	r.Helper()
	done := r.press(r.press(r.visit(), "email", email, "password", ""))
	to, err := url.Parse(done.header.Get("Location"))
	if done.status != http.StatusFound || err != nil || !strings.HasPrefix(to.String(), callback) || to.Query().Get("state") != "s t" {
		r.Fatalf("%d to %q: %s", done.status, done.header.Get("Location"), done.text)
	}
	return to.Query().Get("code")
}

func basic(id, secret string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

var program = basic(pipedrive.StandardClient, pipedrive.StandardSecret)

// exchange turns a code into tokens.
func (r *rig) exchange(code string) answer {
	r.Helper()
	return r.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}, program)
}

func (r *rig) refresh(token any) answer {
	r.Helper()
	text, _ := token.(string)
	return r.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {text}}, program)
}

func (r *rig) with(token any) answer {
	r.Helper()
	text, _ := token.(string)
	return r.do("GET", "activities", "", "X-Api-Token:", "Authorization: Bearer "+text)
}

var signInRefusals = []refusalCase{
	{number: "P-50", name: "no grant type", when: func(r *rig) answer { return r.post("/oauth/token", url.Values{}, program) }},
	{number: "P-50", name: "a password", when: func(r *rig) answer {
		return r.post("/oauth/token", url.Values{"grant_type": {"password"}}, program)
	}},
	{number: "P-51", name: "a code that is none", when: func(r *rig) answer { return r.exchange("nonsense") }},
	{number: "P-51", name: "a code that was used", when: func(r *rig) answer {
		code := r.code("alice@example.com")
		r.want(200, r.exchange(code))
		return r.exchange(code)
	}},
	{number: "P-51", name: "a code of five minutes ago", when: func(r *rig) answer {
		code := r.code("alice@example.com")
		r.clock.Advance(5 * time.Minute)
		return r.exchange(code)
	}},
	{number: "P-52", name: "a refresh token that is none", when: func(r *rig) answer { return r.refresh("nonsense") }},
	{number: "P-52", name: "sixty days unused", when: func(r *rig) answer {
		token := r.exchange(r.code("alice@example.com")).at("refresh_token")
		r.clock.Advance(60 * 24 * time.Hour)
		return r.refresh(token)
	}},
	{number: "P-52", name: "a program that was uninstalled", when: func(r *rig) answer {
		token := r.exchange(r.code("alice@example.com")).at("refresh_token")
		if _, err := r.server.Uninstall("alice@example.com"); err != nil {
			r.Fatal(err)
		}
		return r.refresh(token)
	}},
	{number: "P-53", name: "no client", when: func(r *rig) answer {
		return r.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}})
	}},
	{number: "P-54", name: "a wrong secret", when: func(r *rig) answer {
		return r.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}}, basic(pipedrive.StandardClient, "wrong"))
	}},
	{number: "P-54", name: "a client that is none", when: func(r *rig) answer {
		return r.post("/oauth/revoke", url.Values{"token": {"x"}}, basic("nobody", "x"))
	}},
	{number: "P-55", name: "another address", when: func(r *rig) answer {
		code := r.code("alice@example.com")
		return r.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback + "2"}}, program)
	}},
	{number: "P-55", name: "no address", when: func(r *rig) answer {
		return r.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}, program)
	}},
	{number: "P-55", name: "an address that is not registered", when: func(r *rig) answer { return r.visit("redirect_uri", "https://elsewhere.example/") }},
	{number: "P-56", name: "JSON", when: func(r *rig) answer {
		return r.do("POST", "/oauth/token", `{"grant_type":"refresh_token"}`, "X-Api-Token:", program)
	}},
	{number: "P-57", name: "an app that was taken off the market", opt: pipedrive.Options{Apps: []pipedrive.App{{ID: pipedrive.StandardClient, Secret: "x", Unavailable: true}}},
		when: func(r *rig) answer { return r.visit() }},
	{number: "P-57", name: "an administrator who lets no app in", given: func(r *rig) { r.flip("uninstallable") }, when: func(r *rig) answer { return r.visit() }},
	{number: "P-58", name: "Cancel before", when: func(r *rig) answer { return r.press(r.visit(), "cancel", "1") }},
	{number: "P-58", name: "Cancel after", when: func(r *rig) answer {
		return r.press(r.press(r.visit(), "email", "alice@example.com", "password", ""), "cancel", "1")
	}},
	{number: "P-59", name: "a wrong password", opt: pipedrive.Options{Users: []pipedrive.User{{Email: "alice@example.com", Password: "secret"}}},
		when: func(r *rig) answer { return r.press(r.visit(), "email", "alice@example.com", "password", "wrong") }},
	{number: "P-60", name: "a client that is none", when: func(r *rig) answer { return r.visit("client_id", "nobody") }},
	{number: "P-61", name: "a form that is over", when: func(r *rig) answer { return r.press(answer{}, "attempt", "x") }},
}

func TestARefusalOnThePageGoesBackToTheProgram(t *testing.T) {
	for denied, opt := range map[string]pipedrive.Options{"user_denied": {}, "access_denied": {Variant: pipedrive.Variant{AccessDenied: true}}} {
		r := newRig(t, opt)
		if got := r.press(r.visit(), "cancel", "1").header.Get("Location"); got != callback+"?error="+denied+"&state=s+t" {
			t.Error(got)
		}
	}
}

func TestTokensLiveAsLongAsTheyShould(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	a := r.want(200, r.exchange(r.code("bob@example.com")))
	if a.at("token_type") != "Bearer" || a.at("expires_in") != 3599.0 || a.at("api_domain") != r.http.URL ||
		a.at("scope") != "base,activities:full,contacts:read,deals:read,users:read,webhooks:full" || len(a.at("access_token").(string)) < 600 {
		t.Errorf("%s", a.text)
	}
	me := r.do("GET", "/api/v1/users/me", "", "X-Api-Token:", "Authorization: Bearer "+a.at("access_token").(string))
	if me.at("data.email") != "bob@example.com" || me.at("data.company_domain") != "example" || me.at("data.is_you") != true {
		t.Errorf("%s", me.text)
	}
	r.want(200, r.with(a.at("access_token")))
	r.clock.Advance(time.Hour)
	r.refuses("P-02", r.with(a.at("access_token")))
	// The same refresh token comes again, and its sixty days begin anew.
	for range 3 {
		r.clock.Advance(59 * 24 * time.Hour)
		b := r.want(200, r.refresh(a.at("refresh_token")))
		if b.at("refresh_token") != a.at("refresh_token") {
			t.Error("another refresh token")
		}
		r.want(200, r.with(b.at("access_token")))
	}
}

func TestRevokingOneTokenAndTheWholeInstallation(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	a := r.exchange(r.code("alice@example.com"))
	hooked := r.want(201, r.do("POST", hooksPath, goodHook, "X-Api-Token:", "Authorization: Bearer "+a.at("access_token").(string)))
	if hooked.at("data.type") != "application" {
		t.Errorf("%s", hooked.text)
	}
	revoke := func(token any) {
		r.want(200, r.post("/oauth/revoke", url.Values{"token": {token.(string)}}, program))
	}
	revoke(a.at("access_token"))
	r.refuses("P-02", r.with(a.at("access_token")))
	b := r.want(200, r.refresh(a.at("refresh_token")))
	if got := r.do("GET", hooksPath, "", "X-Api-Token:", "Authorization: Bearer "+b.at("access_token").(string)); got.at("data.0.id") == nil {
		t.Errorf("the webhook is gone: %s", got.text)
	}
	revoke(b.at("refresh_token"))
	r.refuses("P-02", r.with(b.at("access_token")))
	r.refuses("P-52", r.refresh(b.at("refresh_token")))
	again := r.exchange(r.code("alice@example.com")).at("access_token").(string)
	if got := r.do("GET", hooksPath, "", "X-Api-Token:", "Authorization: Bearer "+again); got.at("data.0") != nil {
		t.Errorf("the webhook outlives its program: %s", got.text)
	}
	revoke("nonsense") // says nothing, as RFC 7009 wants
}

func TestAProgramHearsThatItWasUninstalled(t *testing.T) {
	var heard string
	told := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		id, secret, _ := r.BasicAuth()
		var body map[string]any
		if err := json.Unmarshal(b, &body); err != nil {
			t.Error(err)
		}
		heard = r.Method + " " + id + " " + secret + " " + body["client_id"].(string) + " " + body["timestamp"].(string)
	}))
	defer told.Close()
	r := newRig(t, pipedrive.Options{Apps: []pipedrive.App{{ID: pipedrive.StandardClient, Secret: pipedrive.StandardSecret, Redirect: told.URL + "/cb"}}})
	page := r.press(r.press(r.visit("redirect_uri", told.URL+"/cb"), "email", "alice@example.com", "password", ""))
	to, err := url.Parse(page.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	r.want(200, r.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {told.URL + "/cb"}}, program))
	statuses, err := r.server.Uninstall("alice@example.com")
	if err != nil || len(statuses) != 1 || statuses[0] != 200 || heard != "DELETE standin-client standin-secret standin-client 2026-01-05T09:00:00Z" {
		t.Errorf("%v %v %q", statuses, err, heard)
	}
}

// A program whose registration lacks a scope gets the others, and meets the refusal at the method.
func TestAProgramWithoutActivities(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	r.flip("narrow")
	page := r.press(r.visit(), "email", "alice@example.com", "password", "")
	if strings.Contains(page.text, "delete activities") {
		t.Error("the page offers what the program is not registered with")
	}
	a := r.exchange(r.code("alice@example.com"))
	if a.at("scope") != "base,contacts:read,deals:read,users:read,webhooks:full" {
		t.Errorf("%s", a.text)
	}
	r.refuses("P-04", r.with(a.at("access_token")))
}

func TestTheTokenOfTheCommandLineIsTakenEitherWay(t *testing.T) {
	r := newRig(t, pipedrive.Options{Token: "both"})
	r.want(200, r.do("GET", "activities", "", "X-Api-Token: both"))
	r.want(200, r.with("both"))
}

func TestTheSignInPagesSpeakFinnish(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	q := url.Values{"client_id": {pipedrive.StandardClient}, "redirect_uri": {callback}}
	if a := r.do("GET", "/oauth/authorize?"+q.Encode(), "", "Accept-Language: fi"); !strings.Contains(a.text, "Kirjaudu sisään ja jatka") || !strings.Contains(a.text, `lang="fi"`) {
		t.Errorf("%s", a.text)
	}
}
