package oauth

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"tahti/internal/provider"
)

// What is looked at about a registration.
const (
	CheckAddress  = "address"  // the redirect address is one that providers take at all
	CheckSecret   = "secret"   // client ID and secret fit each other
	CheckRedirect = "redirect" // the redirect address is registered
	CheckScopes   = "scopes"   // the permissions may be asked for
	CheckTesting  = "testing"  // the program was published
)

// Verdict is what became of a look.
type Verdict string

// The verdicts. Unsure is where the provider did not let itself be asked, or there is nothing yet to tell by.
const (
	Good   Verdict = "good"
	Bad    Verdict = "bad"
	Unsure Verdict = "unsure"
)

// Checked is one look at a registration.
type Checked struct {
	What    string
	Verdict Verdict
	Status  string // the provider's codes, for operators
}

// Check looks at our registration without anybody signing in: it asks for tokens with a code that is none, and for a sign-in
// without a page (OpenID Connect Core section 3.1.2.1, prompt=none), which a provider refuses in different ways.
func (c *Client) Check(ctx context.Context, redirect string) []Checked {
	secret := c.checkSecret(ctx, redirect)
	back, scopes := c.checkSilently(ctx, redirect)
	return []Checked{checkAddress(redirect), secret, back, scopes}
}

// checkAddress: providers send codes over TLS only, but for this machine itself (RFC 8252 section 7.3).
func checkAddress(redirect string) Checked {
	k := Checked{What: CheckAddress, Verdict: Bad, Status: redirect}
	u, err := url.Parse(redirect)
	if err != nil || u.Host == "" {
		return k
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" && ip == nil || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		k.Verdict = Good
	}
	return k
}

// wrongSecret are the names and numbers by which a token endpoint says that it does not know us.
var wrongSecret = []string{"invalid_client", "unauthorized_client", "deleted_client", "AADSTS7000"}

func (c *Client) checkSecret(ctx context.Context, redirect string) Checked {
	k := Checked{What: CheckSecret, Verdict: Unsure}
	_, err := c.request(ctx, "check registration", url.Values{
		"grant_type": {"authorization_code"}, "code": {"none"}, "redirect_uri": {redirect}, "code_verifier": {draw()},
	})
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return k
	}
	k.Status = e.Status
	switch {
	case e.Class == provider.SignIn:
		k.Verdict = Good // it is the code that it does not take
	case holds(e.Status, wrongSecret):
		k.Verdict = Bad
	}
	return k
}

func holds(text string, any []string) bool {
	for _, s := range any {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// silent are the answers to a sign-in without a page that was asked for rightly (OpenID Connect Core section 3.1.2.6).
var silent = map[string]bool{"login_required": true, "interaction_required": true, "consent_required": true, "account_selection_required": true}

// checkSilently asks for a sign-in without a page: only where the redirect address is registered is it refused there.
func (c *Client) checkSilently(ctx context.Context, redirect string) (back, scopes Checked) {
	back, scopes = Checked{What: CheckRedirect, Verdict: Unsure}, Checked{What: CheckScopes, Verdict: Unsure}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Page(NewAttempt(), Options{Redirect: redirect, silent: true}), nil)
	if err != nil {
		return back, scopes
	}
	w, err := c.Transport.RoundTrip(r)
	if err != nil {
		return back, scopes
	}
	defer w.Body.Close()
	to := w.Header.Get("Location")
	if strings.HasPrefix(to, redirect+"?") {
		u, err := url.Parse(to)
		if err != nil {
			return back, scopes
		}
		said := ParseCallback(u.Query()).said
		back.Verdict, scopes.Status = Good, said.status()
		scopes.Verdict = Bad
		if silent[said.Error] {
			scopes.Verdict = Good
		}
		return back, scopes
	}
	page, _ := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	text := to + " " + string(page)
	switch {
	case holds(text, []string{"redirect_uri_mismatch", "AADSTS50011"}):
		back.Verdict, back.Status = Bad, "redirect_uri_mismatch"
	case holds(text, []string{"invalid_scope", "AADSTS70011"}):
		scopes.Verdict, scopes.Status = Bad, "invalid_scope"
	}
	return back, scopes
}
