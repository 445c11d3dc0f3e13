// Package oauthtest is an authorization server for tests, and something that it guards.
package oauthtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"
)

// What the program that signs people in is registered under.
const (
	ClientID = "tahti-client"
	Secret   = "tahti-secret"
)

// Server is an authorization server and what it guards, as strict as RFC 6749, RFC 7636 and RFC 9700 allow: a code is good
// once, for one redirect address and one verifier; each refresh gives another token, and an old one ends the whole family.
type Server struct {
	// Grants is what the person ticks at the page; nil: everything that is asked for.
	Grants []string
	// Says is what the page sends back instead of a code: error, error_description.
	Says url.Values
	// Fault answers a request, and true, instead of what would be.
	Fault func(w http.ResponseWriter, r *http.Request) bool
	// Keep: a refresh token stays good, as at Google; else each is good once.
	Keep bool
	// Life of an access token.
	Life time.Duration
	// Extra stands in token answers; nil as a value takes one out.
	Extra map[string]any
	// Subject and Email of who signs in.
	Subject, Email string
	// Guarded answers what comes with a good token; nil: a word.
	Guarded http.Handler

	// What came: forms to the token endpoint, requests with their bodies to what is guarded, how often was a token refreshed, and
	// which refresh tokens were withdrawn.
	Asked     []url.Values
	Calls     []string
	Refreshes int
	Withdrawn []string

	now     func() time.Time
	mu      sync.Mutex
	codes   map[string]issued
	refresh map[string]string // token to family
	scopes  map[string]string // by family
	spent   map[string]string
	dead    map[string]bool // families
	access  map[string]string
	n       int
	agreed  []string // scopes that were ever agreed to, which count again where include_granted_scopes says so
}

// issued is what a code is good for.
type issued struct{ challenge, redirect, scope string }

// New makes a server whose clock is now.
func New(now func() time.Time) *Server {
	return &Server{
		now: now, codes: map[string]issued{}, refresh: map[string]string{}, scopes: map[string]string{}, spent: map[string]string{}, dead: map[string]bool{},
		access: map[string]string{}, Life: time.Hour, Subject: "sub-1", Email: "alice@example.com",
	}
}

// RoundTrip answers without a network, so that tests can hold the clock.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if r.Body != nil {
		_ = r.Body.Close()
	}
	res := w.Result()
	res.Request = r
	return res, nil
}

// ServeHTTP answers the token endpoint, the one for withdrawing, and everything else as what is guarded.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/token"):
		s.token(w, r)
	case strings.HasSuffix(r.URL.Path, "/revoke"):
		s.revoke(w, r)
	default:
		s.guarded(w, r)
	}
}

// Consent is the person at the provider's page: they sign in and answer it. It gives the address to which the browser is sent back.
func (s *Server) Consent(page string) (back *url.URL, err error) {
	u, err := url.Parse(page)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	for _, name := range []string{"redirect_uri", "scope", "state", "code_challenge"} {
		if q.Get(name) == "" {
			return nil, fmt.Errorf("the page was asked for without %s: %s", name, page)
		}
	}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("client_id") != ClientID {
		return nil, fmt.Errorf("the page was asked for with %v", q)
	}
	if back, err = url.Parse(q.Get("redirect_uri")); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := url.Values{"state": {q.Get("state")}}
	for k, v := range s.Says {
		answer[k] = v
	}
	if s.Says == nil {
		s.n++
		code, scope := fmt.Sprintf("code-%d", s.n), q.Get("scope")
		if s.Grants != nil {
			scope = strings.Join(s.Grants, " ")
		} else if q.Get("include_granted_scopes") == "true" {
			scope = strings.Join(append(strings.Fields(scope), s.agreed...), " ")
		}
		s.agreed = strings.Fields(scope)
		s.codes[code] = issued{challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), scope: scope}
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	return back, nil
}

// Withdraw ends everything that was agreed to, as a person does on the provider's own page.
func (s *Server) Withdraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, family := range s.refresh {
		s.dead[family] = true
	}
}

// Forget ends the access tokens, and no refresh token.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

func refuse(w http.ResponseWriter, status int, name, words string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": name, "error_description": words})
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.URL.RawQuery != "" {
		refuse(w, 400, "invalid_request", "")
		return
	}
	s.Asked = append(s.Asked, r.PostForm)
	if r.PostForm.Get("client_id") != ClientID || r.PostForm.Get("client_secret") != Secret {
		refuse(w, 401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.exchange(w, r.PostForm)
	case "refresh_token":
		s.renew(w, r.PostForm)
	default:
		refuse(w, 400, "unsupported_grant_type", "")
	}
}

func (s *Server) exchange(w http.ResponseWriter, f url.Values) {
	c, ok := s.codes[f.Get("code")]
	delete(s.codes, f.Get("code")) // good once, whatever comes of it
	sum := sha256.Sum256([]byte(f.Get("code_verifier")))
	switch {
	case !ok:
		refuse(w, 400, "invalid_grant", "the code of alice@example.com was used before")
	case c.redirect != f.Get("redirect_uri"), base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge, len(f.Get("code_verifier")) < 43:
		refuse(w, 400, "invalid_grant", "")
	default:
		s.issue(w, f.Get("code"), c.scope, true)
	}
}

func (s *Server) renew(w http.ResponseWriter, f url.Values) {
	old := f.Get("refresh_token")
	family, ok := s.refresh[old]
	if was, reused := s.spent[old]; reused {
		s.dead[was] = true
	}
	if !ok || s.dead[family] {
		refuse(w, 400, "invalid_grant", "AADSTS70043: The refresh token has expired, alice@example.com. Trace ID: 1")
		return
	}
	s.Refreshes++
	if !s.Keep {
		delete(s.refresh, old)
		s.spent[old] = family
	}
	s.issue(w, family, "", !s.Keep)
}

// issue answers with tokens; a scope that is empty is left out, as it has not changed.
func (s *Server) issue(w http.ResponseWriter, family, scope string, refresh bool) {
	s.n++
	a := map[string]any{"access_token": fmt.Sprintf("access-%d", s.n), "token_type": "Bearer", "expires_in": int(s.Life.Seconds())}
	s.access[fmt.Sprintf("access-%d", s.n)] = family
	if refresh {
		a["refresh_token"] = fmt.Sprintf("refresh-%d", s.n)
		s.refresh[fmt.Sprintf("refresh-%d", s.n)] = family
	}
	if scope != "" {
		a["scope"], s.scopes[family] = scope, scope
		a["id_token"] = IDToken(map[string]any{
			"aud": ClientID, "sub": s.Subject, "oid": s.Subject, "tid": "tenant", "email": s.Email, "exp": s.now().Add(time.Hour).Unix(),
		})
	}
	for k, v := range s.Extra {
		a[k] = v
		if v == nil {
			delete(a, k)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a)
}

// IDToken is an ID token with claims. Nobody has signed it.
func IDToken(claims map[string]any) string {
	b, _ := json.Marshal(claims)
	return "e30." + base64.RawURLEncoding.EncodeToString(b) + ".c2ln"
}

func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	token := r.PostForm.Get("token")
	family, ok := s.refresh[token]
	if !ok || s.dead[family] {
		refuse(w, 400, "invalid_token", "Token expired or revoked")
		return
	}
	s.dead[family] = true
	s.Withdrawn = append(s.Withdrawn, token)
	w.WriteHeader(200)
}

// Scopes are what the token of a request to what is guarded was granted. It is for [Server.Guarded], which the server waits for.
func (s *Server) Scopes(r *http.Request) []string {
	return strings.Fields(s.scopes[s.access[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]])
}

// guarded is what tokens are for.
func (s *Server) guarded(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(io.LimitReader(r.Body, 1<<20))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.Calls = append(s.Calls, r.Method+" "+r.URL.Path+" "+string(body))
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	family, known := s.access[token]
	if !ok || !known || s.dead[family] {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(401)
		return
	}
	if s.Guarded != nil {
		s.Guarded.ServeHTTP(w, r)
		return
	}
	fmt.Fprint(w, "guarded")
}
