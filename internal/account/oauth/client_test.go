package oauth_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/account/oauth"
	"tahti/internal/account/oauth/oauthtest"
	"tahti/internal/provider"
)

const redirect = "https://tahti.example/oauth/callback"

// kinds are the clients under test, all at one server.
func kinds(s *oauthtest.Server, now func() time.Time) map[string]*oauth.Client {
	google := oauth.Google("https://login.example", oauthtest.ClientID, oauthtest.Secret)
	microsoft := oauth.Microsoft("https://login.example", oauthtest.ClientID, oauthtest.Secret)
	for _, c := range []*oauth.Client{&google, &microsoft} {
		c.Transport, c.Now = s, now
	}
	return map[string]*oauth.Client{"google": &google, "microsoft": &microsoft}
}

// agree is a person at a page.
func agree(t *testing.T, s *oauthtest.Server, page string) url.Values {
	t.Helper()
	back, err := s.Consent(page)
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}

var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func at() time.Time { return start }

func signIn(t *testing.T, s *oauthtest.Server, c *oauth.Client) (oauth.Grant, oauth.Identity, error) {
	t.Helper()
	a := oauth.NewAttempt()
	back := oauth.ParseCallback(agree(t, s, c.Page(a, oauth.Options{Redirect: redirect})))
	if back.State != a.State {
		t.Fatalf("state %q came back as %q", a.State, back.State)
	}
	if err := back.Err(); err != nil {
		t.Fatal(err)
	}
	return c.Exchange(t.Context(), a, back.Code, redirect)
}

func TestSignInGivesAWholeGrant(t *testing.T) {
	s := oauthtest.New(at)
	subjects := map[string]string{"google": "sub-1", "microsoft": "tenant/sub-1"}
	for name, c := range kinds(s, at) {
		g, who, err := signIn(t, s, c)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if who.Subject != subjects[name] || who.Email != "alice@example.com" {
			t.Errorf("%s: signed in as %+v", name, who)
		}
		if g.Access == "" || g.Refresh == "" || !g.Expires.Equal(start.Add(time.Hour)) || !g.Since.Equal(start) || len(c.Missing(g.Scopes)) != 0 {
			t.Errorf("%s: %+v, missing %v", name, g, c.Missing(g.Scopes))
		}
	}
}

func TestThePageIsAskedForWhatEachProviderWants(t *testing.T) {
	s := oauthtest.New(at)
	for _, x := range []struct {
		kind string
		o    oauth.Options
		want url.Values
	}{
		{"google", oauth.Options{}, url.Values{"access_type": {"offline"}, "include_granted_scopes": {"true"}, "prompt": {"select_account consent"}, "login_hint": nil}},
		{"google", oauth.Options{Hint: "a@b.example"}, url.Values{"access_type": {"offline"}, "prompt": {"consent"}, "login_hint": {"a@b.example"}}},
		{"microsoft", oauth.Options{}, url.Values{"prompt": {"select_account"}, "access_type": nil}},
		{"microsoft", oauth.Options{Hint: "a@b.example"}, url.Values{"prompt": nil, "login_hint": {"a@b.example"}}},
		{"microsoft", oauth.Options{Hint: "a@b.example", Afresh: true}, url.Values{"prompt": {"consent"}}},
	} {
		x.o.Redirect = redirect
		u, err := url.Parse(kinds(s, at)[x.kind].Page(oauth.NewAttempt(), x.o))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range x.want {
			if !slices.Equal(u.Query()[k], v) {
				t.Errorf("%s %+v: %s is %q, want %q", x.kind, x.o, k, u.Query()[k], v)
			}
		}
		if u.Query().Get("redirect_uri") != redirect || strings.Contains(u.String(), oauthtest.Secret) {
			t.Errorf("%s: %s", x.kind, u)
		}
	}
	microsoft := url.Values{}
	if u, err := url.Parse(kinds(s, at)["microsoft"].Page(oauth.NewAttempt(), oauth.Options{})); err == nil {
		microsoft = u.Query()
	}
	if !slices.Contains(strings.Fields(microsoft.Get("scope")), "offline_access") {
		t.Errorf("scope %q gives no refresh token", microsoft.Get("scope"))
	}
}

func TestAddressesOfOtherClouds(t *testing.T) {
	for base, want := range map[string]string{
		"":                                  "https://login.microsoftonline.com/common/oauth2/v2.0/token",
		"https://login.microsoftonline.us/": "https://login.microsoftonline.us/common/oauth2/v2.0/token",
		"https://login.chinacloudapi.cn/contoso.example": "https://login.chinacloudapi.cn/contoso.example/oauth2/v2.0/token",
	} {
		if c := oauth.Microsoft(base, "id", ""); c.Token != want || strings.Contains(strings.TrimPrefix(c.Issuer, "https://"), "/") {
			t.Errorf("%q: %s of %s, want %s", base, c.Token, c.Issuer, want)
		}
	}
	if c := oauth.Google("", "id", ""); c.Token != "https://oauth2.googleapis.com/token" || c.Revoke != "https://oauth2.googleapis.com/revoke" {
		t.Errorf("%+v", c)
	}
}

func TestScopesAreComparedAsASet(t *testing.T) {
	const p = "https://www.googleapis.com/auth/"
	s := oauthtest.New(at)
	for _, x := range []struct{ name, kind, granted, missing string }{
		{"all in another order, and more", "google", "openid " + p + "calendar.calendarlist.readonly " + p + "userinfo.email " + p + "calendar.events " + p + "tasks", ""},
		{"no box ticked", "google", "openid " + p + "userinfo.email", p + "calendar.events " + p + "calendar.calendarlist.readonly"},
		{"one box unticked", "google", p + "calendar.calendarlist.readonly openid", p + "calendar.events"},
		{"a wider permission from before", "google", p + "calendar openid", ""},
		{"wider for the list only", "google", p + "calendar.readonly", p + "calendar.events"},
		{"a longer name is another permission", "google", p + "calendar.events.readonly " + p + "calendar.calendarlist.readonly", p + "calendar.events"},
		{"a name inside of another word", "google", "x" + p + "calendar", p + "calendar.events " + p + "calendar.calendarlist.readonly"},
		{"short", "microsoft", "openid Calendars.ReadWrite profile", ""},
		{"with the address of Graph", "microsoft", "https://graph.microsoft.com/Calendars.ReadWrite", ""},
		{"of another cloud and in other letters", "microsoft", "https://microsoftgraph.chinacloudapi.cn/calendars.readwrite", ""},
		{"read only", "microsoft", "Calendars.Read openid", "Calendars.ReadWrite"},
		{"nothing", "microsoft", "", "Calendars.ReadWrite"},
	} {
		if got := strings.Join(kinds(s, at)[x.kind].Missing(strings.Fields(x.granted)), " "); got != x.missing {
			t.Errorf("%s: missing %q, want %q", x.name, got, x.missing)
		}
	}
}

func TestABoxThatWasLeftUntickedIsSeenInTheAnswer(t *testing.T) {
	s := oauthtest.New(at)
	s.Grants = []string{"openid", "email"}
	c := kinds(s, at)["google"]
	g, _, err := signIn(t, s, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Missing(g.Scopes)) != 2 {
		t.Errorf("missing %v of %v", c.Missing(g.Scopes), g.Scopes)
	}
	// An answer without scopes grants all that was asked for.
	s.Extra = map[string]any{"scope": nil}
	if g, _, err = signIn(t, s, c); err != nil || len(c.Missing(g.Scopes)) != 0 {
		t.Errorf("%v, missing %v", err, c.Missing(g.Scopes))
	}
}

// TestACodeIsGoodOnceAndForItsVerifierOnly shows that the strict server refuses what it should, and what we say then.
func TestACodeIsGoodOnceAndForItsVerifierOnly(t *testing.T) {
	s := oauthtest.New(at)
	c := kinds(s, at)["google"]
	for name, f := range map[string]func(a oauth.Attempt, code string) error{
		"another verifier": func(_ oauth.Attempt, code string) error {
			_, _, err := c.Exchange(t.Context(), oauth.NewAttempt(), code, redirect)
			return err
		},
		"another address": func(a oauth.Attempt, code string) error {
			_, _, err := c.Exchange(t.Context(), a, code, "https://elsewhere.example/")
			return err
		},
		"used before": func(a oauth.Attempt, code string) error {
			if _, _, err := c.Exchange(t.Context(), a, code, redirect); err != nil {
				t.Fatal(err)
			}
			_, _, err := c.Exchange(t.Context(), a, code, redirect)
			return err
		},
	} {
		a := oauth.NewAttempt()
		code := agree(t, s, c.Page(a, oauth.Options{Redirect: redirect})).Get("code")
		err := f(a, code)
		if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.SignIn || e.Code != provider.CodeSignInEnded {
			t.Errorf("%s: %v", name, err)
		} else if text := err.Error(); strings.Contains(text, code) || strings.Contains(text, "alice") || strings.Contains(text, a.Verifier) {
			t.Errorf("%s: the error gives away %q", name, text)
		}
	}
}

func TestAnswersThatCannotBeTaken(t *testing.T) {
	expired := oauthtest.IDToken(map[string]any{"aud": oauthtest.ClientID, "sub": "s", "exp": start.Add(-time.Hour).Unix()})
	for name, x := range map[string]struct {
		extra map[string]any
		class provider.Class
		code  string
	}{
		"no refresh token":                    {map[string]any{"refresh_token": nil}, provider.SignIn, provider.CodeMissingPermission},
		"another kind of token":               {map[string]any{"token_type": "mac"}, provider.Transient, provider.CodeServer},
		"no access token":                     {map[string]any{"access_token": nil}, provider.Transient, provider.CodeServer},
		"no ID token":                         {map[string]any{"id_token": nil}, provider.Transient, provider.CodeServer},
		"an ID token for another program":     {map[string]any{"id_token": oauthtest.IDToken(map[string]any{"aud": []string{"other"}, "sub": "s", "exp": 9e9})}, provider.Transient, provider.CodeServer},
		"an ID token that has expired":        {map[string]any{"id_token": expired}, provider.Transient, provider.CodeServer},
		"an ID token without a person":        {map[string]any{"id_token": oauthtest.IDToken(map[string]any{"aud": oauthtest.ClientID, "exp": 9e9})}, provider.Transient, provider.CodeServer},
		"an ID token that is none":            {map[string]any{"id_token": "a.b.c"}, provider.Transient, provider.CodeServer},
		"an ID token for us and another":      {map[string]any{"id_token": oauthtest.IDToken(map[string]any{"aud": []string{"other", oauthtest.ClientID}, "sub": "s", "exp": 9e9})}, 0, ""},
		"a token that says nothing of itself": {map[string]any{"expires_in": nil}, 0, ""},
		"a life in quotes":                    {map[string]any{"expires_in": "3600"}, 0, ""},
	} {
		s := oauthtest.New(at)
		s.Extra = x.extra
		_, _, err := signIn(t, s, kinds(s, at)["google"])
		e, _ := errors.AsType[*provider.Error](err)
		switch {
		case x.class == 0 && err != nil, x.class != 0 && e == nil:
			t.Errorf("%s: %v", name, err)
		case e != nil && (e.Class != x.class || e.Code != x.code):
			t.Errorf("%s: %v with the code %s, want %v %s", name, e, e.Code, x.class, x.code)
		}
	}
}

func TestRefusalsHaveAClassAndACode(t *testing.T) {
	for _, x := range []struct {
		name, body, after string
		status            int
		class             provider.Class
		code, says        string
	}{
		{"withdrawn", `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`, "", 400, provider.SignIn, provider.CodeSignInEnded, "invalid_grant"},
		{"session control of an organisation", `{"error":"invalid_grant","error_subtype":"invalid_rapt"}`, "", 400, provider.SignIn, provider.CodeSignInEnded, "invalid_rapt"},
		{"password changed", `{"error":"invalid_grant","error_codes":[50173],"error_description":"AADSTS50173: x"}`, "", 400, provider.SignIn, provider.CodeSignInEnded, "AADSTS50173"},
		{"conditional access at a refresh", `{"error":"invalid_grant","suberror":"basic_action","error_codes":[53003]}`, "", 400, provider.SignIn, provider.CodeConditionalAccess, "AADSTS53003"},
		{"second factor", `{"error":"interaction_required","error_description":"AADSTS50076: Due to a change"}`, "", 400, provider.SignIn, provider.CodeSignInEnded, "AADSTS50076"},
		{"consent taken back", `{"error":"invalid_grant","error_codes":[65001],"suberror":"consent_required"}`, "", 400, provider.SignIn, provider.CodeSignInEnded, "consent_required"},
		{"not assigned", `{"error":"invalid_grant","error_codes":[50105]}`, "", 400, provider.SignIn, provider.CodeNotAssigned, "AADSTS50105"},
		{"blocked in Workspace", `{"error":"admin_policy_enforced"}`, "", 400, provider.SignIn, provider.CodeAdminBlocked, "admin_policy_enforced"},
		{"our secret is wrong", `{"error":"invalid_client","error_codes":[7000215]}`, "", 401, provider.Transient, provider.CodeClientRefused, "AADSTS7000215"},
		{"a number alone", `{"error":"teapot","error_codes":[50076]}`, "", 400, provider.Transient, provider.CodeServer, "AADSTS50076"},
		{"our registration, and a person's number", `{"error":"invalid_client","error_codes":[53003]}`, "", 401, provider.Transient, provider.CodeClientRefused, "AADSTS53003"},
		{"our secret has expired", `{"error":"unauthorized_client","error_description":"AADSTS7000222: expired"}`, "", 401, provider.Transient, provider.CodeClientRefused, "AADSTS7000222"},
		{"the client was deleted", `{"error":"deleted_client"}`, "", 401, provider.Transient, provider.CodeClientRefused, "deleted_client"},
		{"down", `<html>secret words</html>`, "", 502, provider.Transient, provider.CodeServer, "HTTP 502"},
		{"busy", `{"error":"temporarily_unavailable"}`, "30", 503, provider.Transient, provider.CodeServer, "temporarily_unavailable"},
		{"too many", `{}`, "60", 429, provider.RateLimited, "", "HTTP 429"},
		{"a name that we do not know", `{"error":"teapot","error_description":"secret words"}`, "", 400, provider.Transient, provider.CodeServer, "teapot"},
		{"a name that is no name", `{"error":"secret words with blanks"}`, "", 400, provider.Transient, provider.CodeServer, "HTTP 400"},
	} {
		s := oauthtest.New(at)
		s.Fault = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", x.after)
			w.WriteHeader(x.status)
			_, _ = w.Write([]byte(x.body))
			return true
		}
		_, err := kinds(s, at)["microsoft"].Refresh(t.Context(), oauth.Grant{Refresh: "kept-secret"})
		e, ok := errors.AsType[*provider.Error](err)
		if !ok || e.Class != x.class || e.Code != x.code || !strings.Contains(e.Status, x.says) {
			t.Errorf("%s: %v with the code %q, want %v %s %q", x.name, err, e.Code, x.class, x.code, x.says)
			continue
		}
		if x.after != "" == e.RetryAfter.IsZero() {
			t.Errorf("%s: again at %v", x.name, e.RetryAfter)
		}
		if text := err.Error(); strings.Contains(text, "secret") {
			t.Errorf("%s: the error gives away %q", x.name, text)
		}
	}
}

func TestCallbacks(t *testing.T) {
	for _, x := range []struct {
		name, query string
		class       provider.Class
		code        string
	}{
		{"a code", "code=abc&state=s", 0, ""},
		{"cancelled at Google", "error=access_denied", provider.SignIn, provider.CodeCancelled},
		{"cancelled at Microsoft", "error=access_denied&error_subcode=cancel&error_description=AADSTS65004%3A+User+declined", provider.SignIn, provider.CodeCancelled},
		{"an error beside a code counts", "code=abc&error=access_denied", provider.SignIn, provider.CodeCancelled},
		{"only an administrator may agree", "error=access_denied&error_description=AADSTS90094%3A+admin", provider.SignIn, provider.CodeAdminConsent},
		{"consent is needed", "error=consent_required&error_description=AADSTS900941", provider.SignIn, provider.CodeAdminConsent},
		{"not assigned", "error=invalid_grant&error_description=AADSTS50105%3A+The+signed+in+user", provider.SignIn, provider.CodeNotAssigned},
		{"blocked at Google", "error=admin_policy_enforced", provider.SignIn, provider.CodeAdminBlocked},
		{"for one organisation only", "error=org_internal", provider.SignIn, provider.CodeAdminBlocked},
		{"not from this device", "error=interaction_required&error_description=AADSTS53003", provider.SignIn, provider.CodeConditionalAccess},
		{"our registration", "error=invalid_request&error_description=AADSTS50011", provider.SignIn, provider.CodeClientRefused},
		{"a fault there", "error=server_error", provider.Transient, provider.CodeServer},
		{"nothing", "state=s", provider.SignIn, provider.CodeNoAnswer},
		{"a new word", "error=brand_new", provider.SignIn, provider.CodeSignInRefused},
	} {
		q, err := url.ParseQuery(x.query)
		if err != nil {
			t.Fatal(err)
		}
		err = oauth.ParseCallback(q).Err()
		e, _ := errors.AsType[*provider.Error](err)
		if (err != nil) != (x.class != 0) || e != nil && (e.Class != x.class || e.Code != x.code) {
			t.Errorf("%s: %v, want %v %s", x.name, err, x.class, x.code)
		}
		if err != nil && strings.Contains(err.Error(), "declined") {
			t.Errorf("%s: the provider's own words are in %q", x.name, err)
		}
	}
}

func TestWhatPeopleReadOffAPage(t *testing.T) {
	for said, want := range map[string]string{
		"Sorry, but we're having trouble. AADSTS50105: Your administrator has configured": provider.CodeNotAssigned,
		"aadsts53003":                      provider.CodeConditionalAccess,
		"90094":                            provider.CodeAdminConsent,
		"Error 400: redirect_uri_mismatch": provider.CodeClientRefused,
		"Error 400: admin_policy_enforced": provider.CodeAdminBlocked,
		"Error 403: org_internal":          provider.CodeAdminBlocked,
		"Error 403: access_denied":         "", // on Google's own page it is not the person who refused
		"it was blue":                      "",
		"":                                 "",
	} {
		if got := oauth.Meaning(said); got != want {
			t.Errorf("%q means %q, want %q", said, got, want)
		}
	}
	for said, want := range map[string]string{
		"Sorry, alice@example.com. aadsts50105: Your administrator": "AADSTS50105", " org_internal ": "org_internal", "it was blue": "", "": "",
	} {
		if got := oauth.Codes(said); got != want {
			t.Errorf("the codes in %q are %q, want %q", said, got, want)
		}
	}
}

func TestWithdrawing(t *testing.T) {
	s := oauthtest.New(at)
	c := kinds(s, at)["google"]
	g, _, err := signIn(t, s, c)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what was withdrawn already stays so
		if err := c.Withdraw(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Withdrawn) != 1 || s.Withdrawn[0] != g.Refresh {
		t.Errorf("withdrawn: %q", s.Withdrawn)
	}
	if _, err := c.Refresh(t.Context(), g); provider.ClassOf(err) != provider.SignIn {
		t.Errorf("a withdrawn grant refreshes: %v", err)
	}
	if err := kinds(s, at)["microsoft"].Withdraw(t.Context(), g); !errors.Is(err, oauth.ErrNoRevocation) {
		t.Errorf("microsoft: %v", err)
	}
	s.Fault = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
	if err := c.Withdraw(t.Context(), g); provider.ClassOf(err) != provider.Transient {
		t.Errorf("down: %v", err)
	}
}

// TestNothingOfAFormFollowsARedirect: secrets are for the configured address alone.
func TestNothingOfAFormFollowsARedirect(t *testing.T) {
	s := oauthtest.New(at)
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Host != "login.example" {
			t.Errorf("%s got %s", r.URL.Host, r.Method)
		}
		http.Redirect(w, r, "https://elsewhere.example/token", http.StatusTemporaryRedirect)
		return true
	}
	if _, err := kinds(s, at)["google"].Refresh(t.Context(), oauth.Grant{Refresh: "r"}); provider.ClassOf(err) != provider.Transient {
		t.Errorf("%v", err)
	}
}

func TestAGrantOfAnUnpublishedClient(t *testing.T) {
	now := start
	clock := func() time.Time { return now }
	s := oauthtest.New(clock)
	s.Extra = map[string]any{"refresh_token_expires_in": 604799}
	for name, want := range map[string]bool{"google": true, "microsoft": false} {
		c := kinds(s, clock)[name]
		g, _, err := signIn(t, s, c)
		if err != nil || c.InTesting(g, false) != want {
			t.Errorf("%s: %v, %v with an end at %v", name, err, c.InTesting(g, false), g.Ends)
		}
		g.Ends = time.Time{}
		for age, dead := range map[time.Duration]bool{time.Hour: false, 6 * 24 * time.Hour: false, 7 * 24 * time.Hour: true, 30 * 24 * time.Hour: false} {
			now = start.Add(age)
			if got := c.InTesting(g, true); got != (dead && want) {
				t.Errorf("%s: refused after %v: %v", name, age, got)
			}
		}
		now = start
	}
}
