package google_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

const (
	prefix   = "https://www.googleapis.com/auth/"
	callback = "http://127.0.0.1:9/callback"
	verifier = "a-verifier-that-is-long-enough-for-everybody-here"
)

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// asking is the query that leads to the sign-in pages; pairs replace parts of it, empty ones take them away.
func asking(pairs ...string) url.Values {
	q := url.Values{
		"client_id": {google.StandardClient}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"s-1"}, "access_type": {"offline"},
		"prompt": {"consent"}, "scope": {"openid email " + prefix + "calendar.events " + prefix + "calendar.calendarlist.readonly"},
		"code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return q
}

var attemptOf = regexp.MustCompile(`name="attempt" value="([^"]+)"`)

// browser is on its way through the pages.
type browser struct {
	*rig
	page answer
	id   string
}

// visit opens the first page.
func (r *rig) visit(pairs ...string) *browser {
	r.Helper()
	b := &browser{rig: r, page: r.do("GET", "/o/oauth2/v2/auth?"+asking(pairs...).Encode(), "", "Authorization: ")}
	if m := attemptOf.FindStringSubmatch(b.page.text); m != nil {
		b.id = m[1]
	}
	return b
}

// press sends one form of the page.
func (b *browser) press(fields ...string) *browser {
	b.Helper()
	form := url.Values{"attempt": {b.id}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	b.page = b.do("POST", "/signin/oauth", form.Encode(), "Authorization: ", "Content-Type: application/x-www-form-urlencoded")
	return b
}

// landed is the query that the program gets.
func (b *browser) landed() url.Values {
	b.Helper()
	b.want(302, b.page)
	to, err := url.Parse(b.page.header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), callback+"?") {
		b.Fatalf("sent to %q", b.page.header.Get("Location"))
	}
	return to.Query()
}

// agree goes through all pages as alice and ticks these; the answer is what the program gets.
func (r *rig) agree(scopes []string, pairs ...string) url.Values {
	r.Helper()
	b := r.visit(pairs...).press("email", "alice@example.com", "password", "secret")
	if strings.Contains(b.page.text, "Sign in to") {
		b.press()
	}
	if b.page.status == 302 {
		return b.landed()
	}
	var fields []string
	for _, s := range scopes {
		fields = append(fields, "scope", prefix+s)
	}
	return b.press(fields...).landed()
}

// exchange asks the token endpoint.
func (r *rig) exchange(pairs ...string) answer {
	r.Helper()
	form := url.Values{"client_id": {google.StandardClient}, "client_secret": {google.StandardSecret}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return r.do("POST", "/token", form.Encode(), "Authorization: ", "Content-Type: application/x-www-form-urlencoded")
}

// redeem turns a code into tokens.
func (r *rig) redeem(code string) answer {
	r.Helper()
	return r.exchange("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
}

func (r *rig) refresh(token string) answer {
	r.Helper()
	return r.exchange("grant_type", "refresh_token", "refresh_token", token)
}

// passwords are users who have to type one.
var passwords = []google.User{{Email: "alice@example.com", Name: "Alice", Password: "secret"}, {Email: "bob@example.com", Password: "secret"}}

var bothScopes = []string{"calendar.events", "calendar.calendarlist.readonly"}

func TestConsentGrantsWhatWasTicked(t *testing.T) {
	for _, c := range []struct {
		ticked []string
		scope  string
	}{
		{bothScopes, prefix + "calendar.calendarlist.readonly " + prefix + "calendar.events " + prefix + "userinfo.email openid"},
		{[]string{"calendar.events"}, prefix + "calendar.events " + prefix + "userinfo.email openid"},
		{nil, prefix + "userinfo.email openid"},
	} {
		r := newRig(t, google.Options{Users: passwords})
		got := r.agree(c.ticked)
		if got.Get("state") != "s-1" || got.Get("scope") != c.scope {
			t.Fatalf("the program gets %v", got)
		}
		a := r.want(200, r.redeem(got.Get("code")))
		if a.at("scope") != c.scope || a.at("refresh_token") == nil || a.at("expires_in") != 3599.0 || a.at("token_type") != "Bearer" {
			t.Errorf("tokens %s", a.text)
		}
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(a.at("id_token").(string), ".")[1])
		var claims map[string]any
		if err != nil || json.Unmarshal(payload, &claims) != nil || claims["email"] != "alice@example.com" || claims["aud"] != google.StandardClient {
			t.Errorf("identity %s: %v", payload, err)
		}
		r.token = a.at("access_token").(string)
		status := map[bool]int{true: 200, false: 403}[len(c.ticked) > 0]
		r.want(status, r.do("GET", events, ""))
		info := r.want(200, r.do("GET", "/tokeninfo?access_token="+r.token, "", "Authorization: "))
		if info.at("scope") != c.scope || info.at("email") != "alice@example.com" || info.at("aud") != google.StandardClient {
			t.Errorf("tokeninfo %s", info.text)
		}
		if who := r.want(200, r.do("GET", "/v1/userinfo", "")); who.at("sub") != claims["sub"] || who.at("name") != nil {
			t.Errorf("userinfo %s", who.text)
		}
		r.now = r.now.Add(time.Hour)
		r.want(401, r.do("GET", events, ""))
		again := r.want(200, r.refresh(a.at("refresh_token").(string)))
		if again.at("refresh_token") != nil || again.at("scope") != c.scope {
			t.Errorf("refreshed %s", again.text)
		}
		r.token = again.at("access_token").(string)
		r.want(status, r.do("GET", events, ""))
	}
}

func TestTheScreensOfConsent(t *testing.T) {
	r := newRig(t, google.Options{Users: passwords})
	b := r.visit()
	if !strings.Contains(b.page.text, "Choose an account") || strings.Contains(b.page.header.Get("Content-Security-Policy"), "form-action") {
		t.Fatalf("%v %s", b.page.header, b.page.text)
	}
	if b.press("email", "alice@example.com", "password", "secret"); !strings.Contains(b.page.text, "Sign in to Tahti") {
		t.Fatalf("first screen %s", b.page.text)
	}
	if b.press(); strings.Count(b.page.text, `type="checkbox"`) != 2 || strings.Contains(b.page.text, " checked") {
		t.Fatalf("second screen %s", b.page.text)
	}
	b.press("scope", prefix+"calendar.events").landed()
	// A second time, what was granted is ticked, and without prompt=consent only what is new is asked.
	b = r.visit().press("email", "alice@example.com", "password", "secret").press()
	if strings.Count(b.page.text, " checked") != 1 {
		t.Errorf("second time %s", b.page.text)
	}
	got := r.agree(nil, "prompt", "", "scope", "openid "+prefix+"calendar.events")
	if a := r.want(200, r.redeem(got.Get("code"))); a.at("refresh_token") != nil {
		t.Errorf("a refresh token without a consent: %s", a.text)
	}
	got = r.agree(nil, "prompt", "", "scope", "openid", "include_granted_scopes", "true")
	if a := r.want(200, r.redeem(got.Get("code"))); !strings.Contains(a.at("scope").(string), "calendar.events") {
		t.Errorf("nothing was merged: %s", a.text)
	}
	// Of one permission alone there is no box.
	b = r.visit("scope", prefix+"calendar.freebusy").press("email", "bob@example.com", "password", "secret")
	if strings.Contains(b.page.text, `type="checkbox"`) || !strings.Contains(b.page.text, "wants access") {
		t.Errorf("one permission: %s", b.page.text)
	}
	if got := r.visit("prompt", "none").landed(); got.Get("error") != "interaction_required" {
		t.Errorf("prompt=none: %v", got)
	}
}

func TestScopesThatAreNotDeclaredAreDropped(t *testing.T) {
	r := newRig(t, google.Options{Users: passwords, Clients: []google.Client{{ID: google.StandardClient, Secret: google.StandardSecret, Scopes: []string{"calendar.events"}}}})
	if got := r.agree(bothScopes); got.Get("scope") != prefix+"calendar.events "+prefix+"userinfo.email openid" {
		t.Errorf("granted %v", got)
	}
}

func TestTheOldestOfManyRefreshTokensIsPushedOut(t *testing.T) {
	r := newRig(t, google.Options{Users: passwords})
	var tokens []string
	for range 101 {
		a := r.want(200, r.redeem(r.agree(bothScopes, "scope", prefix+"calendar.events").Get("code")))
		tokens = append(tokens, a.at("refresh_token").(string))
	}
	r.want(400, r.refresh(tokens[0]))
	r.want(200, r.refresh(tokens[1]))
	r.want(200, r.refresh(tokens[100]))
}

func TestAGrantOfAClientInTestingEndsAfterAWeek(t *testing.T) {
	client := google.Client{ID: google.StandardClient, Secret: google.StandardSecret, Testing: true, TestUsers: []string{"alice@example.com"}}
	r := newRig(t, google.Options{Users: passwords, Clients: []google.Client{client}})
	a := r.redeem(r.agree(bothScopes).Get("code"))
	if a.at("refresh_token_expires_in") != 604799.0 {
		t.Errorf("%s", a.text)
	}
	token := a.at("refresh_token").(string)
	r.now = r.now.Add(7*24*time.Hour - time.Second)
	r.want(200, r.refresh(token))
	r.now = r.now.Add(time.Second)
	r.want(400, r.refresh(token))
}

func TestRevocationEndsEverything(t *testing.T) {
	for name, revoke := range map[string]func(r *rig, access, refresh string){
		"by refresh token": func(r *rig, _, refresh string) {
			r.want(200, r.do("POST", "/revoke?token="+url.QueryEscape(refresh), ""))
		},
		"by access token": func(r *rig, access, _ string) { r.want(200, r.do("POST", "/revoke?token="+access, "")) },
		"by the person": func(r *rig, _, _ string) {
			if err := r.google.Withdraw("alice@example.com"); err != nil {
				r.Fatal(err)
			}
		},
	} {
		r := newRig(t, google.Options{Users: passwords})
		a := r.redeem(r.agree(bothScopes).Get("code"))
		access, refresh := a.at("access_token").(string), a.at("refresh_token").(string)
		revoke(r, access, refresh)
		r.token = access
		r.want(401, r.do("GET", events, ""))
		if x := r.want(400, r.refresh(refresh)); x.at("error") != "invalid_grant" {
			t.Errorf("%s: %s", name, x.text)
		}
	}
}

// signInRefusals are those of the pages and of the token endpoint.
func signInRefusals() []refusalCase {
	users := google.Options{Users: passwords}
	client := func(change func(*google.Client)) google.Options {
		c := google.Client{ID: google.StandardClient, Secret: google.StandardSecret}
		change(&c)
		return google.Options{Users: passwords, Clients: []google.Client{c}}
	}
	page := func(pairs ...string) func(*rig) answer { return func(r *rig) answer { return r.visit(pairs...).page } }
	entered := func(r *rig) answer {
		return r.visit().press("email", "alice@example.com", "password", "secret").page
	}
	token := func(change ...string) func(*rig) answer {
		return func(r *rig) answer {
			form := []string{"grant_type", "authorization_code", "code", r.agree(bothScopes).Get("code"), "redirect_uri", callback, "code_verifier", verifier}
			return r.exchange(append(form, change...)...)
		}
	}
	return []refusalCase{
		{number: "G-50", name: "a code twice", opt: users, when: func(r *rig) answer {
			code := r.agree(bothScopes).Get("code")
			r.want(200, r.redeem(code))
			return r.redeem(code)
		}},
		{number: "G-50", name: "a code that is over", opt: users, when: func(r *rig) answer {
			code := r.agree(bothScopes).Get("code")
			r.now = r.now.Add(10 * time.Minute)
			return r.redeem(code)
		}},
		{number: "G-50", name: "a code that is none", opt: users, when: token("code", "x")},
		{number: "G-50", name: "no verifier", opt: users, when: token("code_verifier", "")},
		{number: "G-50", name: "another verifier", opt: users, when: token("code_verifier", verifier+"x")},
		{number: "G-50", name: "a verifier that nobody has announced", opt: users, when: func(r *rig) answer {
			return r.redeem(r.agree(bothScopes, "code_challenge", "", "code_challenge_method", "").Get("code"))
		}},
		{number: "G-50", name: "a refresh token that is none", opt: users, when: func(r *rig) answer { return r.refresh("x") }},
		{number: "G-50", name: "a refresh token that was idle for half a year", opt: users, when: func(r *rig) answer {
			a := r.redeem(r.agree(bothScopes).Get("code"))
			r.now = r.now.Add(183 * 24 * time.Hour)
			return r.refresh(a.at("refresh_token").(string))
		}},
		{number: "G-51", name: "an unknown client", opt: users, when: page("client_id", "x")},
		{number: "G-51", name: "an unknown client asks for tokens", opt: users, when: token("client_id", "x")},
		{number: "G-51", name: "a wrong secret", opt: users, when: token("client_secret", "x")},
		{number: "G-52", name: "a password grant", opt: users, when: token("grant_type", "password")},
		{number: "G-53", name: "no scope", opt: users, when: page("scope", "")},
		{number: "G-53", name: "no response type", opt: users, when: page("response_type", "")},
		{number: "G-53", name: "a plain challenge", opt: users, when: page("code_challenge_method", "plain")},
		{number: "G-53", name: "a challenge that is too short", opt: users, when: page("code_challenge", "x")},
		{number: "G-53", name: "no code", opt: users, when: token("code", "")},
		{number: "G-53", name: "no grant type", opt: users, when: token("grant_type", "")},
		{number: "G-53", name: "a form that is over", opt: users, when: func(r *rig) answer { return r.visit().press("cancel", "1").press("email", "x").page }},
		{number: "G-54", name: "an address on another machine", opt: users, when: page("redirect_uri", "https://elsewhere.example/")},
		{number: "G-54", name: "an address that is not registered", opt: client(func(c *google.Client) { c.Redirects = []string{callback + "/other"} }), when: page()},
		{number: "G-54", name: "another address than the code's", opt: users, when: token("redirect_uri", callback+"/")},
		{number: "G-55", name: "a scope that is none", opt: users, when: page("scope", prefix+"calendars")},
		{number: "G-55", name: "a refresh for more", opt: users, when: func(r *rig) answer {
			a := r.redeem(r.agree([]string{"calendar.events"}).Get("code"))
			return r.exchange("grant_type", "refresh_token", "refresh_token", a.at("refresh_token").(string), "scope", prefix+"calendar")
		}},
		{number: "G-56", name: "the administrator, on a page", opt: users, given: func(r *rig) { r.google.Block(true) }, when: entered},
		{number: "G-56", name: "the administrator, for one user", opt: google.Options{Users: []google.User{{Email: "alice@example.com", Password: "secret", Blocked: true}}}, when: entered},
		{number: "G-57", name: "cancelled", opt: users, when: func(r *rig) answer {
			b := r.visit().press("email", "alice@example.com", "password", "secret").press("cancel", "1")
			if got := b.landed(); got.Get("error") != "access_denied" || got.Get("state") != "s-1" {
				r.Errorf("the program gets %v", got)
			}
			return b.page
		}},
		{number: "G-57", name: "nothing ticked of nothing else", opt: users, when: func(r *rig) answer {
			return r.visit("scope", prefix+"calendar.events "+prefix+"calendar.freebusy").press("email", "alice@example.com", "password", "secret").press().page
		}},
		{number: "G-58", name: "a user from outside", opt: client(func(c *google.Client) { c.Domain = "elsewhere.example" }), when: entered},
		{number: "G-59", name: "a browser inside of a program", opt: users, when: func(r *rig) answer {
			return r.do("GET", "/o/oauth2/v2/auth?"+asking().Encode(), "", "User-Agent: Mozilla/5.0 (Linux; Android 14; wv) Chrome/120")
		}},
		{number: "G-60", name: "nobody's tester", opt: client(func(c *google.Client) { c.Testing = true }), when: entered},
		{number: "G-61", name: "a revocation of nothing", opt: users, when: func(r *rig) answer { return r.do("POST", "/revoke?token=x", "") }},
		{number: "G-61", name: "tokeninfo of nothing", opt: users, when: func(r *rig) answer { return r.do("GET", "/tokeninfo?access_token=x", "") }},
		{number: "G-62", name: "a wrong password", opt: users, when: func(r *rig) answer { return r.visit().press("email", "alice@example.com", "password", "x").page }},
	}
}

func TestEveryRefusalOfTheSignIn(t *testing.T) {
	table := map[string]google.Refusal{}
	for _, ref := range google.Refusals() {
		table[ref.Number] = ref
	}
	for _, c := range signInRefusals() {
		t.Run(c.number+" "+c.name, func(t *testing.T) {
			r := newRig(t, c.opt)
			if c.given != nil {
				c.given(r)
			}
			a := c.when(r)
			ref := table[c.number]
			if got := a.header.Get("X-Standin-Refusal"); got != c.number || a.status != ref.Status {
				t.Fatalf("refused as %q, status %d, want %d: %s", got, a.status, ref.Status, a.text)
			}
			switch {
			case a.body != nil && (a.at("error") != ref.Reason || a.at("error_description") == ""),
				a.body == nil && a.status != http.StatusFound && c.number != "G-62" && !strings.Contains(a.text, ref.Reason):
				t.Errorf("no %s in %s", ref.Reason, a.text)
			}
		})
	}
	t.Run("the administrator's word goes back where the variant says so", func(t *testing.T) {
		r := newRig(t, google.Options{Users: passwords, Variant: google.Variant{BlockGoesBack: true}})
		r.google.Block(true)
		got := r.visit().press("email", "alice@example.com", "password", "secret").landed()
		if got.Get("iss") == "" {
			t.Error("it does not say who answers")
		}
		got.Del("iss")
		if want := (url.Values{"error": {"admin_policy_enforced"}, "state": {"s-1"}}); !maps.EqualFunc(got, want, func(a, b []string) bool { return a[0] == b[0] }) {
			t.Errorf("the program gets %v", got)
		}
	})
}
