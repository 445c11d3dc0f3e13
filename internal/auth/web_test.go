package auth

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

func TestCrossOrigin(t *testing.T) {
	guard, err := CrossOrigin("https://crm.example.com/base", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "elsewhere", http.StatusForbidden)
	}))
	if err != nil {
		t.Fatal(err)
	}
	h := guard(http.HandlerFunc(ok))
	for _, c := range []struct {
		name, method string
		header       map[string]string
		want         int
	}{
		{"our own form", "POST", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"our own form over plain HTTP", "POST", map[string]string{"Origin": "http://internal:8080"}, 200},
		{"our own form through a proxy that changes Host", "POST", map[string]string{"Origin": "https://crm.example.com"}, 200},
		{"another site's form", "POST", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		{"a neighbour's form", "POST", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://blog.example.com"}, 403},
		{"another site's form from an old browser", "POST", map[string]string{"Origin": "https://evil.example"}, 403},
		{"a sandboxed page", "DELETE", map[string]string{"Origin": "null"}, 403},
		{"a link from another site", "GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
		{"a program with a token", "POST", nil, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://internal:8080/activities", nil)
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("%d", w.Code)
			}
		})
	}
	if _, err := CrossOrigin("crm.example.com", nil); err == nil {
		t.Error("a base address without a scheme was taken")
	}
}

func TestHeaders(t *testing.T) {
	var nonces []string
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { nonces = append(nonces, Nonce(r.Context())) })
	get := func(o HeaderOptions, next http.Handler) http.Header {
		w := httptest.NewRecorder()
		Headers(o)(next).ServeHTTP(w, httptest.NewRequest("GET", "http://crm.example.com/", nil))
		return w.Header()
	}
	h := get(HeaderOptions{FormTargets: []string{"https://accounts.example"}}, page)
	csp := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "'nonce-" + nonces[0] + "'", "frame-ancestors 'none'", "base-uri 'none'",
		"form-action 'self' https://accounts.example;"} {
		if !strings.Contains(csp, part) {
			t.Errorf("CSP %q lacks %q", csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("CSP %q", csp)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"Strict-Transport-Security": ""} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if get(HeaderOptions{HTTPS: true}, page).Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS under https")
	}
	if !regexp.MustCompile(`^[\w-]{22}$`).MatchString(nonces[0]) || nonces[0] == nonces[1] {
		t.Errorf("nonces %q", nonces)
	}
	asset := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	})
	if got := get(HeaderOptions{}, asset).Values("Cache-Control"); len(got) != 1 || got[0] != "max-age=31536000, immutable" {
		t.Errorf("an asset's Cache-Control: %q", got)
	}
}

// sessions is a store that shows what it is given.
type sessions struct {
	mu   sync.Mutex
	rows map[string][]byte
}

func (s *sessions) Find(token string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, found := s.rows[token]
	return b, found, nil
}

func (s *sessions) Commit(token string, b []byte, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[token] = b
	return nil
}

func (s *sessions) Delete(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, token)
	return nil
}

func fail(t *testing.T) func(http.ResponseWriter, *http.Request, error) {
	return func(_ http.ResponseWriter, _ *http.Request, err error) { t.Error(err) }
}

// site is a server whose pages begin, show and end a session.
func site(t *testing.T, m *scs.SessionManager) func(path string) (string, []*http.Cookie) {
	t.Helper()
	mux := http.NewServeMux()
	must := func(f func(context.Context, *scs.SessionManager) error) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			if err := f(r.Context(), m); err != nil {
				t.Error(err)
			}
		}
	}
	mux.HandleFunc("/in", must(func(ctx context.Context, m *scs.SessionManager) error {
		return Begin(ctx, m, Who{1, 2, 3, Stamp("hash")})
	}))
	mux.HandleFunc("/out", must(End))
	mux.HandleFunc("/put", func(_ http.ResponseWriter, r *http.Request) { m.Put(r.Context(), "return", "/activities") })
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		if who, in := Current(r.Context(), m); in && who == (Who{1, 2, 3, Stamp("hash")}) {
			w.Write([]byte("alice"))
		}
	})
	server := httptest.NewServer(m.LoadAndSave(mux))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	return func(path string) (string, []*http.Cookie) {
		res, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body := make([]byte, 5)
		n, _ := res.Body.Read(body)
		return string(body[:n]), res.Cookies()
	}
}

func TestASessionFromSignInToSignOut(t *testing.T) {
	store := &sessions{rows: map[string][]byte{}}
	get := site(t, NewSessions(store, SessionOptions{OnError: fail(t)}))
	_, planted := get("/put")
	_, cookies := get("/in")
	if len(cookies) != 1 || len(planted) != 1 || cookies[0].Value == planted[0].Value {
		t.Fatalf("the token of before sign-in stays: %v, %v", planted, cookies)
	}
	c := cookies[0]
	if c.Name != "tahti" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.MaxAge < 13*24*3600 {
		t.Errorf("cookie %v", c)
	}
	if who, _ := get("/who"); who != "alice" {
		t.Errorf("signed in as %q", who)
	}
	if _, inStore := store.rows[c.Value]; inStore || len(store.rows) != 1 {
		t.Error("the store holds tokens in clear, or more than one session")
	}
	get("/out")
	if who, _ := get("/who"); who != "" || len(store.rows) != 0 {
		t.Errorf("after signing out: %q, %d sessions", who, len(store.rows))
	}
}

func TestAnUnreadableSessionHealsItself(t *testing.T) {
	store := &sessions{rows: map[string][]byte{}}
	get := site(t, NewSessions(store, SessionOptions{OnError: fail(t)}))
	get("/in")
	for token := range store.rows {
		store.rows[token] = []byte("from another version")
	}
	if who, _ := get("/who"); who != "" {
		t.Errorf("signed in as %q", who)
	}
	get("/in")
	if who, _ := get("/who"); who != "alice" {
		t.Error("cannot sign in again without clearing cookies")
	}
}

func TestUnderHTTPSTheCookieIsForTLSAndThisHostOnly(t *testing.T) {
	m := NewSessions(&sessions{rows: map[string][]byte{}}, SessionOptions{HTTPS: true, Lifetime: time.Hour})
	if m.Cookie.Name != "__Host-tahti" || !m.Cookie.Secure || m.Cookie.Path != "/" || m.Cookie.Domain != "" || m.Lifetime != time.Hour {
		t.Errorf("cookie %+v", m.Cookie)
	}
}
