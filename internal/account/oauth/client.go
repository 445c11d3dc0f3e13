package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/provider"
)

// Need is a permission without which nothing works: any one of the scopes in it. The first is the one that is asked for.
type Need []string

// Client is a program that is registered with an authorization server. ID is empty where the administrator has not set one.
type Client struct {
	ID, Secret string // the secret may be empty: a public client

	Issuer                   string // names the server among others; half of an account's identity
	Authorize, Token, Revoke string // addresses; Revoke is empty where a grant cannot be withdrawn by a program

	Needs []Need
	Later []Need   // what some wishes take: asked for when somebody has one, and for nothing else then
	Extra []string // scopes of signing in itself
	Boxes bool     // the page has a box for each permission; without them there is one answer for all

	// answers reports whether what an answer says of its issuer is this server; nil: if it is Issuer, letter for letter.
	answers func(issuer string) bool
	// parameters are what the authorization request has besides those of RFC 6749.
	parameters func(o Options) url.Values
	// permissions is the page on which people see and withdraw what they agreed to.
	permissions func(subject string) string
	// approve is the page on which an administrator lets the program in for an organisation; nil: there is none.
	approve func() string
	// short is a scope's name as it is compared.
	short func(string) string
	// testing is how long a grant lives of a program that was never published; 0: there is no such thing.
	testing time.Duration
	// identify reads who signed in out of an ID token's claims; ask finds it out with the grant, where there are no ID tokens.
	identify func(claims) Identity
	ask      func(ctx context.Context, c *Client, g Grant) (Identity, error)
	// basic shows ID and secret as a user's name and password (RFC 6749 section 2.3.1), and not in the form.
	basic bool
	// serves reports whether an address that the server names as that of its API may be shown a token; nil: it names none.
	serves func(address string) bool

	Transport http.RoundTripper
	Now       func() time.Time
}

// Identity is who signed in. Subject never changes and is never given to another; Email is for people.
type Identity struct{ Subject, Email string }

// Attempt is what one sign-in is recognised by. State goes through the browser; Verifier does not (PKCE, RFC 7636).
type Attempt struct {
	State, Verifier string
	More            []string // see [Options]
}

// NewAttempt draws both: 256 bits each, 43 letters.
func NewAttempt() Attempt { return Attempt{State: draw(), Verifier: draw()} }

func draw() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Options shape an authorization request.
type Options struct {
	Redirect string
	Hint     string   // the address of whom we expect; empty: the person chooses
	Afresh   bool     // ask for consent again, whatever was granted before
	More     []string // of [Client.Later]: ask for these alone, beside what was granted before
	silent   bool     // show no page
}

// Page is the address to which the person's browser is led.
func (c *Client) Page(a Attempt, o Options) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {o.Redirect}, "scope": {strings.Join(c.asked(o), " ")},
		"state": {a.State}, "code_challenge": {challenge(a.Verifier)}, "code_challenge_method": {"S256"},
	}
	if o.Hint != "" {
		q.Set("login_hint", o.Hint)
	}
	for k, v := range c.parameters(o) {
		q[k] = v
	}
	if o.silent {
		q.Set("prompt", "none")
	}
	return c.Authorize + "?" + q.Encode()
}

// Answers reports whether an answer may be this server's by what it says of its issuer (RFC 9207 section 2.4): a code of one server
// must not be taken to another. One that says nothing may be: neither Google nor Microsoft announce the parameter, and Google is
// seen to send it.
func (c *Client) Answers(back Callback) bool {
	switch {
	case back.Issuer == "":
		return true
	case c.answers != nil:
		return c.answers(back.Issuer)
	}
	return back.Issuer == c.Issuer
}

// Permits are the scopes that a person decides on at the page: those that are needed, and those that come later.
func (c *Client) Permits() (needed, later []string) {
	for _, n := range c.Needs {
		needed = append(needed, n[0])
	}
	for _, n := range c.Later {
		later = append(later, n[0])
	}
	return needed, later
}

// Scopes is everything that is ever asked for, as it has to be declared at the registration.
func (c *Client) Scopes() []string {
	needed, later := c.Permits()
	return slices.Concat(c.Extra, needed, later)
}

// asked are the scopes of one authorization request. A look at the registration asks for all.
func (c *Client) asked(o Options) []string {
	needed, _ := c.Permits()
	switch {
	case o.silent:
		return c.Scopes()
	case len(o.More) > 0:
		return slices.Concat(c.Extra, o.More)
	}
	return slices.Concat(c.Extra, needed)
}

// Missing are the needs that a grant does not meet, each by the scope that was asked for. Scopes are a set: their order says
// nothing, and there may be more of them than were asked for.
func (c *Client) Missing(granted []string) []string { return c.unmet(c.Needs, granted) }

// Lacking are those of [Client.Later] that a grant does not meet, likewise.
func (c *Client) Lacking(granted []string) []string { return c.unmet(c.Later, granted) }

func (c *Client) unmet(needs []Need, granted []string) (missing []string) {
	have := map[string]bool{}
	for _, s := range granted {
		have[c.short(s)] = true
	}
	for _, n := range needs {
		met := false
		for _, s := range n {
			met = met || have[c.short(s)]
		}
		if !met {
			missing = append(missing, n[0])
		}
	}
	return missing
}

// Grant is what a person's consent gave.
type Grant struct {
	Refresh string    `json:"refresh"`
	Access  string    `json:"access"`
	Expires time.Time `json:"expires"` // of Access
	Scopes  []string  `json:"scopes"`
	API     string    `json:"api,omitempty"` // where it is good, of servers that say so with each grant
	Since   time.Time `json:"since"`         // when the person agreed
	Ends    time.Time `json:"ends,omitzero"` // of Refresh, where the server says so
}

// answer is a token endpoint's (RFC 6749 section 5, OpenID Connect Core section 3.1.3.3).
type answer struct {
	Access    string      `json:"access_token"`
	Type      string      `json:"token_type"`
	ExpiresIn json.Number `json:"expires_in"`
	Refresh   string      `json:"refresh_token"`
	RefreshIn json.Number `json:"refresh_token_expires_in"`
	Scope     *string     `json:"scope"`
	API       string      `json:"api_domain"`
	ID        string      `json:"id_token"`
}

// Exchange turns the code of a callback into a grant. It does not judge what was granted; see [Client.Missing].
func (c *Client) Exchange(ctx context.Context, a Attempt, code, redirect string) (Grant, Identity, error) {
	const op = "exchange code"
	got, err := c.request(ctx, op, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {a.Verifier},
	})
	if err != nil {
		return Grant{}, Identity{}, err
	}
	g, err := c.grant(op, got, c.asked(Options{More: a.More}))
	if err != nil {
		return g, Identity{}, err
	}
	g.Since = c.Now()
	if g.Refresh == "" {
		// Without one the grant would end within the hour. It is kept back where offline access was not agreed to.
		return g, Identity{}, &provider.Error{Op: op, Class: provider.SignIn, Code: provider.CodeMissingPermission, Status: "no refresh token"}
	}
	if c.ask != nil {
		who, err := c.ask(ctx, c, g)
		return g, who, err
	}
	who, err := c.who(op, got.ID)
	return g, who, err
}

// Refresh asks for a new access token. What it answers is whole: where the server did not send a new refresh token, the old
// one stands (RFC 6749 section 6).
func (c *Client) Refresh(ctx context.Context, old Grant) (Grant, error) {
	const op = "refresh token"
	got, err := c.request(ctx, op, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.Refresh}})
	if err != nil {
		return Grant{}, err
	}
	g, err := c.grant(op, got, old.Scopes)
	g.Since = old.Since
	if g.Refresh == "" {
		g.Refresh = old.Refresh
	}
	if g.Ends.IsZero() {
		g.Ends = old.Ends
	}
	if g.API == "" {
		g.API = old.API
	}
	return g, err
}

// grant reads an answer. Where it names no scopes, all that were asked for are granted (RFC 6749 section 5.1).
func (c *Client) grant(op string, a answer, asked []string) (Grant, error) {
	if a.Access == "" || !strings.EqualFold(a.Type, "bearer") {
		return Grant{}, malformed(op, "no bearer token")
	}
	seconds, err := strconv.ParseInt(a.ExpiresIn.String(), 10, 64)
	if err != nil || seconds <= 0 {
		seconds = 300 // it says nothing of it, which it may: ask again soon
	}
	g := Grant{Refresh: a.Refresh, Access: a.Access, Expires: c.Now().Add(time.Duration(min(seconds, maxLife)) * time.Second), Scopes: asked}
	if a.Scope != nil { // some put commas between them
		g.Scopes = strings.FieldsFunc(*a.Scope, func(r rune) bool { return r == ' ' || r == ',' })
	}
	if c.serves != nil {
		if g.API = strings.TrimSuffix(a.API, "/"); !c.serves(g.API) {
			return Grant{}, malformed(op, "an address of the API that is none of its own")
		}
	}
	if n, err := strconv.ParseInt(a.RefreshIn.String(), 10, 64); err == nil && n > 0 && n < maxEnds {
		g.Ends = c.Now().Add(time.Duration(n) * time.Second)
	}
	return g, nil
}

// InTesting reports whether a grant has the short life of a program that was never published (providers.md 1.2): by what the
// server said when it was given, or, once it was refused, by its age.
func (c *Client) InTesting(g Grant, refused bool) bool {
	switch {
	case c.testing == 0:
		return false
	case !g.Ends.IsZero() && !refused:
		return g.Ends.Before(g.Since.Add(c.testing + time.Hour))
	case !refused:
		return false
	}
	age := c.Now().Sub(g.Since)
	return age > c.testing-2*time.Hour && age < c.testing+24*time.Hour
}

const (
	maxLife   = 24 * 60 * 60 // seconds that a token is believed to live at the most
	maxEnds   = 10 * 365 * 24 * 60 * 60
	maxAnswer = 1 << 20
	patience  = 20 * time.Second // for one answer of the token endpoint
)

func malformed(op, what string) error {
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: what}
}

// request posts to the token endpoint.
func (c *Client) request(ctx context.Context, op string, form url.Values) (answer, error) {
	if !c.basic {
		form.Set("client_id", c.ID)
		if c.Secret != "" {
			form.Set("client_secret", c.Secret)
		}
	}
	var a answer
	status, header, body, err := c.post(ctx, c.Token, form)
	if err != nil {
		return a, unanswered(op, err)
	}
	if status != http.StatusOK {
		return a, c.refused(op, status, header, body)
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, malformed(op, "HTTP 200 without a token answer")
	}
	return a, nil
}

// post sends a form. It follows no redirect: what is in the form is for this address alone.
func (c *Client) post(ctx context.Context, to string, form url.Values) (int, http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, nil, errors.New("the address cannot be read")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if c.basic {
		r.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	w, err := c.Transport.RoundTrip(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer w.Body.Close()
	body, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is too large")
	}
	return w.StatusCode, w.Header, body, err
}

// Permissions is the provider's page on which a person sees and withdraws what they agreed to.
func (c *Client) Permissions(subject string) string { return c.permissions(subject) }

// Approve is the page on which an administrator lets the program in for an organisation; empty where there is none.
func (c *Client) Approve() string {
	if c.approve == nil {
		return ""
	}
	return c.approve()
}

// ErrNoRevocation is a server at which a program cannot withdraw a grant: the person does it on the provider's own page.
var ErrNoRevocation = errors.New("grants cannot be withdrawn here by a program")

// Withdraw revokes a grant at the provider (RFC 7009). One that is not valid any more is withdrawn already.
func (c *Client) Withdraw(ctx context.Context, g Grant) error {
	const op = "withdraw consent"
	if c.Revoke == "" {
		return ErrNoRevocation
	}
	status, header, body, err := c.post(ctx, c.Revoke, url.Values{"token": {g.Refresh}})
	switch {
	case err != nil:
		return unanswered(op, err)
	case status == http.StatusOK:
		return nil
	}
	e := c.refused(op, status, header, body)
	if said := parseRefusal(body); said.Error == "invalid_token" || said.Error == "invalid_grant" {
		return nil
	}
	return e
}
