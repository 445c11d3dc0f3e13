package graph_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/graph"
)

const (
	callback = "http://localhost/callback"
	verifier = "a-verifier-of-at-least-forty-three-characters-x"
	scopes   = "Calendars.ReadWrite User.Read offline_access"
)

func challenge(v string) string {
	sum := sha256.Sum256([]byte(v))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ask is the query of a request for a code, with parameters replaced; an empty value leaves one out.
func ask(changes ...string) url.Values {
	q := url.Values{
		"client_id": {"tahti"}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {scopes}, "state": {"s"},
		"code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

func (r *rig) authorize(q url.Values) answer {
	r.Helper()
	return r.do("GET", r.http.URL+"/common/oauth2/v2.0/authorize?"+q.Encode(), "", "Authorization: ")
}

var (
	hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)
	action = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
)

// press fills in the form of a page and presses a button.
func (r *rig) press(page answer, fields ...string) answer {
	r.Helper()
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page.body, -1) {
		form.Set(m[1], unescape(m[2]))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	to := action.FindStringSubmatch(page.body)
	if to == nil {
		r.Fatalf("no form in %s", page.body)
	}
	return r.do("POST", r.http.URL+to[1], form.Encode(), "Authorization: ", "Content-Type: ", "Content-Type: application/x-www-form-urlencoded")
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#39;", "'", "&#34;", `"`).Replace(s)
}

// logIn gives name and password on the sign-in page.
func (r *rig) logIn(q url.Values) answer {
	r.Helper()
	return r.press(r.want(200, r.authorize(q)), "user", "alice@example.com", "password", "secret", "answer", "signin")
}

// consent goes through sign-in and consent and answers the redirect.
func (r *rig) consent(q url.Values) answer {
	r.Helper()
	a := r.logIn(q)
	if a.status == 200 {
		a = r.press(a, "answer", "accept")
	}
	return r.want(302, a)
}

// query is what a redirect carries.
func (r *rig) query(a answer) url.Values {
	r.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || !strings.HasPrefix(u.String(), callback) {
		r.Fatalf("back to %q: %v", a.header.Get("Location"), err)
	}
	return u.Query()
}

// tokens asks the token endpoint; parameters are replaced as in ask.
func (r *rig) tokens(changes ...string) answer {
	r.Helper()
	form := url.Values{
		"client_id": {"tahti"}, "client_secret": {"secret"}, "grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			form.Del(changes[i])
		}
	}
	return r.do("POST", r.http.URL+"/common/oauth2/v2.0/token", form.Encode(), "Authorization: ", "Content-Type: ", "Content-Type: application/x-www-form-urlencoded")
}

// signIn goes the whole way for some scopes and takes the token that comes of it.
func (r *rig) signIn(scope string) tree {
	r.Helper()
	code := r.query(r.consent(ask("scope", scope))).Get("code")
	t := r.tree(r.want(200, r.tokens("code", code)))
	r.token = t.text("access_token")
	return t
}

func (r *rig) refresh(token string, changes ...string) answer {
	r.Helper()
	return r.tokens(append([]string{"grant_type", "refresh_token", "refresh_token", token, "redirect_uri", "", "code_verifier", ""}, changes...)...)
}

func TestAPersonSignsInAndAgrees(t *testing.T) {
	r := newRig(t, graph.Options{App: graph.App{ID: "tahti", Secret: "secret", Name: "Tahti"}})
	page := r.logIn(ask())
	for _, want := range []string{"Permissions requested", "Have full access to your calendars", "Tahti", "alice@example.com"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("no %q on the page of consent", want)
		}
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("CSP %q", csp)
	}
	q := r.query(r.want(302, r.press(page, "answer", "accept")))
	if q.Get("state") != "s" || q.Get("code") == "" {
		t.Fatalf("back with %v", q)
	}
	got := r.tree(r.want(200, r.tokens("code", q.Get("code"))))
	if got.text("scope") != "Calendars.ReadWrite User.Read" || got.at("expires_in") != 3599.0 || got.text("token_type") != "Bearer" || got["id_token"] != nil {
		t.Errorf("tokens: %v", got)
	}
	r.token = got.text("access_token")
	if me := r.tree(r.want(200, r.do("GET", "/me", ""))); me.text("mail") != "alice@example.com" {
		t.Errorf("me: %v", me)
	}
	r.make()

	// The ticket of the page was good once, and consent is not asked for again.
	if again := r.press(page, "answer", "accept"); again.status != 200 || !strings.Contains(again.body, "Password") {
		t.Errorf("a used page: %d", again.status)
	}
	if again := r.logIn(ask()); again.status != 302 {
		t.Errorf("consent was asked for twice: %d", again.status)
	}
	if again := r.logIn(ask("prompt", "consent")); again.status != 200 {
		t.Errorf("prompt=consent: %d", again.status)
	}

	// A refresh gives another refresh token; the old one stays good, as the original's does.
	second := r.tree(r.want(200, r.refresh(got.text("refresh_token"))))
	if second.text("refresh_token") == got.text("refresh_token") || second.text("access_token") == r.token {
		t.Error("a refresh gave the same tokens")
	}
	r.want(200, r.refresh(got.text("refresh_token")))
	r.graph.SetVariants(graph.Variants{OldRefreshDies: true})
	r.want(200, r.refresh(got.text("refresh_token")))
	r.want(400, r.refresh(got.text("refresh_token")))
	r.now = r.now.Add(time.Hour)
	r.want(401, r.do("GET", "/me", ""))
}

// Enter in a field presses a form's first button: it must not be the one that cancels.
func TestEnterDoesNotCancel(t *testing.T) {
	r := newRig(t, graph.Options{})
	admin := r.do("GET", r.http.URL+"/common/v2.0/adminconsent?"+ask().Encode(), "", "Authorization: ")
	for name, page := range map[string]answer{"sign-in": r.authorize(ask()), "consent": r.logIn(ask()), "admin": admin} {
		main, cancel := strings.Index(page.body, `<button class="main"`), strings.Index(page.body, `value="cancel"`)
		if main < 0 || cancel < main {
			t.Errorf("%s: the main button is at %d, cancel at %d", name, main, cancel)
		}
	}
	if !strings.Contains(r.authorize(ask()).body, `<option value="bob@example.com">`) {
		t.Error("accounts are not offered")
	}
}

// An administrator is sent an address that names the program and nothing else.
func TestAnAdministratorApprovesWithoutAWayBack(t *testing.T) {
	for _, redirects := range [][]string{nil, {callback}} {
		users := []graph.User{{Name: "alice@example.com", Password: "secret"}, {Name: "root@example.com", Password: "secret", Admin: true}}
		r := newRig(t, graph.Options{Users: users, App: graph.App{ID: "tahti", Secret: "secret", Redirects: redirects}})
		r.block("90094")
		page := r.want(200, r.do("GET", r.http.URL+"/organizations/adminconsent?client_id=tahti", "", "Authorization: "))
		declined := r.press(page, "answer", "cancel")
		approved := r.press(page, "user", "root@example.com", "password", "secret", "answer", "accept")
		if redirects == nil {
			if !strings.Contains(declined.body, "Nothing was approved") || !strings.Contains(approved.body, "was approved for your organization") {
				t.Errorf("declined %s, approved %s", declined.body, approved.body)
			}
		} else if r.query(r.want(302, declined)).Get("error") != "access_denied" || r.query(r.want(302, approved)).Get("admin_consent") != "True" {
			t.Errorf("back with %v and %v", declined.header, approved.header)
		}
		r.want(302, r.consent(ask()))
	}
}

func TestThePagesSpeakFinnish(t *testing.T) {
	r := newRig(t, graph.Options{})
	page := r.do("GET", r.http.URL+"/common/oauth2/v2.0/authorize?"+ask().Encode(), "", "Authorization: ", "Accept-Language: fi-FI,fi;q=0.9,en;q=0.8")
	if !strings.Contains(page.body, `<html lang="fi">`) || !strings.Contains(page.body, "ja jatka sovellukseen") || strings.Contains(page.body, "Sign in") {
		t.Errorf("%s", page.body)
	}
}

func TestCancelIsSaidInTwoWays(t *testing.T) {
	for _, bare := range []bool{false, true} {
		r := newRig(t, graph.Options{Variants: graph.Variants{BareCancel: bare}})
		q := r.query(r.want(302, r.press(r.authorize(ask()), "answer", "cancel")))
		if q.Get("error") != "access_denied" || (q.Get("error_subcode") == "cancel") == bare {
			t.Errorf("bare %t: back with %v", bare, q)
		}
	}
}

func TestWhoSignedInIsInTheIDToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, graph.Options{Variants: graph.Variants{ScopeNamesOffline: true}})
	got := r.signIn("openid profile email offline_access Calendars.Read")
	if got.text("scope") != "openid profile email offline_access https://graph.microsoft.com/Calendars.Read" {
		t.Errorf("scope %q", got.text("scope"))
	}
	parts := strings.Split(got.text("id_token"), ".")
	if len(parts) != 3 {
		t.Fatalf("ID token %q", got.text("id_token"))
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := r.tree(answer{body: string(b)})
	if claims["aud"] != "tahti" || claims["preferred_username"] != "alice@example.com" || claims["email"] != "alice@example.com" || claims["oid"] == nil || claims["tid"] == nil {
		t.Errorf("claims %v", claims)
	}
	config := r.tree(r.want(200, r.do("GET", r.http.URL+"/common/v2.0/.well-known/openid-configuration", "", "Authorization: ")))
	if claims["iss"] != config["issuer"] {
		t.Errorf("issuer %v, and %v of the configuration", claims["iss"], config["issuer"])
	}
	keys := r.tree(r.want(200, r.do("GET", config.text("jwks_uri"), "", "Authorization: ")))
	if list, _ := keys["keys"].([]any); len(list) != 1 {
		t.Errorf("keys %v", keys)
	}
}

func TestAnAdministratorAgreesForEverybody(t *testing.T) {
	users := []graph.User{{Name: "alice@example.com", Password: "secret"}, {Name: "root@example.com", Password: "secret", Admin: true}}
	for _, redirect := range []bool{false, true} {
		r := newRig(t, graph.Options{Users: users, Variants: graph.Variants{AdminRedirect: redirect}})
		if err := r.graph.Block("*", "90094"); err != nil {
			t.Fatal(err)
		}
		a := r.logIn(ask())
		if !redirect {
			if a.status != 200 || !strings.Contains(a.body, "Need admin approval") || !strings.Contains(a.body, "AADSTS90094") {
				t.Fatalf("blocked: %d %s", a.status, a.body)
			}
			a = r.press(a, "answer", "cancel")
		}
		if q := r.query(r.want(302, a)); redirect && !strings.Contains(q.Get("error_description"), "AADSTS90094") || !redirect && q.Get("error_subcode") != "cancel" {
			t.Errorf("back with %v", q)
		}
		page := r.want(200, r.do("GET", r.http.URL+"/organizations/v2.0/adminconsent?"+ask().Encode(), "", "Authorization: "))
		r.want(200, r.press(page, "user", "alice@example.com", "password", "secret", "answer", "accept"))
		q := r.query(r.want(302, r.press(page, "user", "root@example.com", "password", "secret", "answer", "accept")))
		if q.Get("admin_consent") != "True" || q.Get("state") != "s" || q.Get("tenant") == "" {
			t.Errorf("back with %v", q)
		}
		r.want(302, r.logIn(ask()))
	}
}

func TestASignInMendsWhatARefreshMeets(t *testing.T) {
	for _, code := range []string{"65001", "50076", "50079", "700082", "70043", "50173"} {
		r := newRig(t, graph.Options{})
		old := r.signIn(scopes).text("refresh_token")
		if err := r.graph.Block("alice@example.com", code); err != nil {
			t.Fatal(err)
		}
		if got := r.tree(r.want(400, r.refresh(old))); got.text("error") != "invalid_grant" || !strings.Contains(got.text("error_description"), "AADSTS"+code+":") {
			t.Errorf("%s: %v", code, got)
		}
		r.want(200, r.refresh(r.signIn(scopes).text("refresh_token")))
	}
}

func TestTheAnswerComesBackInTheWayThatWasAskedFor(t *testing.T) {
	r := newRig(t, graph.Options{})
	if to := r.consent(ask("response_mode", "fragment")).header.Get("Location"); !strings.HasPrefix(to, callback+"#") || !strings.Contains(to, "code=") {
		t.Errorf("fragment: %s", to)
	}
	page := r.want(200, r.logIn(ask("response_mode", "form_post")))
	if to := action.FindStringSubmatch(page.body); to == nil || to[1] != callback || !strings.Contains(page.body, `name="code"`) {
		t.Errorf("form_post: %s", page.body)
	}
	if to := r.authorize(ask("redirect_uri", "https://evil.example/")); to.status != 400 || to.header.Get("Location") != "" {
		t.Errorf("a redirect to anywhere: %d", to.status)
	}
}
