package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/account/oauth"
)

const (
	redirect = "https://tahti.example/oauth/callback"
	clientID = "tahti-client"
	secret   = "tahti-secret"
)

// server is an authorization server and what it guards, as strict as RFC 6749, RFC 7636 and RFC 9700 allow: a code is good
// once, for one redirect address and one verifier; each refresh gives another token, and an old one ends the whole family.
type server struct {
	now func() time.Time

	mu        sync.Mutex
	codes     map[string]issued
	refresh   map[string]string // token to family
	spent     map[string]string
	dead      map[string]bool // families
	access    map[string]string
	n         int
	refreshes int
	asked     []url.Values // what came to the token endpoint
	calls     []string     // what came to the guarded part, with the body
	grants    []string     // what the person ticks; nil: everything
	fault     func(w http.ResponseWriter, r *http.Request) bool
	keep      bool // no rotation
	life      time.Duration
	extra     map[string]any // in token answers
	withdrawn []string
}

type issued struct{ challenge, redirect, scope string }

func newServer(now func() time.Time) *server {
	return &server{
		now: now, codes: map[string]issued{}, refresh: map[string]string{}, spent: map[string]string{}, dead: map[string]bool{},
		access: map[string]string{}, life: time.Hour,
	}
}

// RoundTrip answers without a network, so that tests can hold the clock.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
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

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil && s.fault(w, r) {
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

// consent is the person at the provider's page, who agrees; it answers where the browser is sent.
func (s *server) consent(t *testing.T, page string) url.Values {
	t.Helper()
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for _, name := range []string{"client_id", "redirect_uri", "scope", "state", "code_challenge"} {
		if q.Get(name) == "" {
			t.Fatalf("the page was asked for without %s: %s", name, page)
		}
	}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("client_id") != clientID {
		t.Fatalf("the page was asked for with %v", q)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	code, scope := fmt.Sprintf("code-%d", s.n), q.Get("scope")
	if s.grants != nil {
		scope = strings.Join(s.grants, " ")
	}
	s.codes[code] = issued{challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), scope: scope}
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func refuse(w http.ResponseWriter, status int, name, words string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": name, "error_description": words})
}

func (s *server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.URL.RawQuery != "" {
		refuse(w, 400, "invalid_request", "")
		return
	}
	s.asked = append(s.asked, r.PostForm)
	if r.PostForm.Get("client_id") != clientID || r.PostForm.Get("client_secret") != secret {
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

func (s *server) exchange(w http.ResponseWriter, f url.Values) {
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

func (s *server) renew(w http.ResponseWriter, f url.Values) {
	old := f.Get("refresh_token")
	family, ok := s.refresh[old]
	if was, reused := s.spent[old]; reused {
		s.dead[was] = true
	}
	if !ok || s.dead[family] {
		refuse(w, 400, "invalid_grant", "AADSTS70043: The refresh token has expired, alice@example.com. Trace ID: 1")
		return
	}
	s.refreshes++
	if !s.keep {
		delete(s.refresh, old)
		s.spent[old] = family
	}
	s.issue(w, family, "", !s.keep)
}

// issue answers with tokens; a scope that is empty is left out, as it has not changed.
func (s *server) issue(w http.ResponseWriter, family, scope string, refresh bool) {
	s.n++
	a := map[string]any{"access_token": fmt.Sprintf("access-%d", s.n), "token_type": "Bearer", "expires_in": int(s.life.Seconds())}
	s.access[fmt.Sprintf("access-%d", s.n)] = family
	if refresh {
		a["refresh_token"] = fmt.Sprintf("refresh-%d", s.n)
		s.refresh[fmt.Sprintf("refresh-%d", s.n)] = family
	}
	if scope != "" {
		a["scope"] = scope
		a["id_token"] = idToken(map[string]any{
			"aud": clientID, "sub": "sub-1", "oid": "object", "tid": "tenant", "email": "alice@example.com", "exp": s.now().Add(time.Hour).Unix(),
		})
	}
	for k, v := range s.extra {
		a[k] = v
		if v == nil {
			delete(a, k)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a)
}

func idToken(claims map[string]any) string {
	b, _ := json.Marshal(claims)
	return "e30." + base64.RawURLEncoding.EncodeToString(b) + ".c2ln"
}

func (s *server) revoke(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	token := r.PostForm.Get("token")
	family, ok := s.refresh[token]
	if !ok || s.dead[family] {
		refuse(w, 400, "invalid_token", "Token expired or revoked")
		return
	}
	s.dead[family] = true
	s.withdrawn = append(s.withdrawn, token)
	w.WriteHeader(200)
}

// guarded is what tokens are for.
func (s *server) guarded(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil {
		body = make([]byte, 1<<10)
		n, _ := r.Body.Read(body)
		body = body[:n]
	}
	s.calls = append(s.calls, r.Method+" "+r.URL.Path+" "+string(body))
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	family, known := s.access[token]
	if !ok || !known || s.dead[family] {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(401)
		return
	}
	fmt.Fprint(w, "guarded")
}

// kinds are the clients under test, all at one server.
func kinds(s *server) map[string]*oauth.Client {
	google := oauth.Google("https://login.example", clientID, secret)
	microsoft := oauth.Microsoft("https://login.example", clientID, secret)
	for _, c := range []*oauth.Client{&google, &microsoft} {
		c.Transport, c.Now = s, s.now
	}
	return map[string]*oauth.Client{"google": &google, "microsoft": &microsoft}
}
