package oauth_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/account/oauth"
	"tahti/internal/provider"
)

func send(t *testing.T, rt http.RoundTripper, method string, body io.Reader) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "https://api.example/calendar", body)
	if err != nil {
		t.Fatal(err)
	}
	w, err := rt.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer w.Body.Close()
	if r.Header.Get("Authorization") != "" {
		t.Error("the caller's request was changed")
	}
	return w.StatusCode, nil
}

func TestEachRequestShowsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		for range 30 { // five hours
			if status, err := send(t, rt, "GET", nil); err != nil || status != 200 {
				t.Fatalf("%d, %v", status, err)
			}
			time.Sleep(10 * time.Minute)
		}
		if s.refreshes < 4 || s.refreshes > 6 || len(s.calls) != 30 {
			t.Errorf("%d refreshes for %d calls", s.refreshes, len(s.calls))
		}
	})
}

// lost makes the server forget the tokens that it gave out, as after a change of password elsewhere.
func lost(s *server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

func TestARefusedTokenIsReplacedOnceAndTheRequestRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		lost(s)
		if status, err := send(t, rt, "PUT", strings.NewReader("a write")); err != nil || status != 200 {
			t.Errorf("a write: %d, %v", status, err)
		}
		if len(s.calls) != 2 || s.calls[0] != s.calls[1] || !strings.HasSuffix(s.calls[1], "a write") {
			t.Errorf("sent %q", s.calls)
		}
		// A body that can be read once only is not sent again: the caller sees the 401.
		time.Sleep(2 * time.Minute)
		lost(s)
		if status, err := send(t, rt, "PUT", io.MultiReader(strings.NewReader("a stream"))); err != nil || status != 401 {
			t.Errorf("a stream: %d, %v", status, err)
		}
		if len(s.calls) != 3 || s.refreshes != 1 {
			t.Errorf("sent %q with %d refreshes", s.calls, s.refreshes)
		}
	})
}

func TestAServerThatRefusesEveryTokenIsNotAskedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		s.fault = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Host == "api.example" {
				w.WriteHeader(401)
				return true
			}
			return false
		}
		for range 50 {
			if status, err := send(t, rt, "GET", nil); err != nil || status != 401 {
				t.Fatalf("%d, %v", status, err)
			}
		}
		if s.refreshes != 1 {
			t.Errorf("%d refreshes", s.refreshes)
		}
	})
}

func TestManyRequestsAtOnceReplaceATokenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		lost(s)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if status, err := send(t, rt, "GET", nil); err != nil || status != 200 {
					t.Errorf("%d, %v", status, err)
				}
			})
		}
		all.Wait()
		if s.refreshes != 1 {
			t.Errorf("%d refreshes", s.refreshes)
		}
	})
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 1)
		k.kept.Refused = provider.CodeSignInEnded
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		body := &closing{Reader: strings.NewReader("x")}
		if _, err := send(t, rt, "PUT", body); provider.ClassOf(err) != provider.SignIn {
			t.Errorf("%v", err)
		}
		if len(s.calls) != 0 || !body.closed {
			t.Errorf("sent %q; the body is closed: %v", s.calls, body.closed)
		}
		// A token that is refused for good between the request and its repetition.
		k.kept.Refused = ""
		rt = &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		s.dead["code-1"] = true
		if _, err := send(t, rt, "PUT", strings.NewReader("x")); provider.ClassOf(err) != provider.SignIn {
			t.Errorf("%v", err)
		}
	})
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestAFixedTokenIsShownAsItIs(t *testing.T) {
	s := newServer(at)
	g, _, err := signIn(t, s, kinds(s)["google"])
	if err != nil {
		t.Fatal(err)
	}
	if status, err := send(t, oauth.Fixed(s, g), "GET", nil); err != nil || status != 200 {
		t.Errorf("%d, %v", status, err)
	}
}
