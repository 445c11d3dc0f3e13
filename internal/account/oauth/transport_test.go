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
	"tahti/internal/account/oauth/oauthtest"
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
		if s.Refreshes < 4 || s.Refreshes > 6 || len(s.Calls) != 30 {
			t.Errorf("%d refreshes for %d calls", s.Refreshes, len(s.Calls))
		}
	})
}

func TestARefusedTokenIsReplacedOnceAndTheRequestRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		s.Forget()
		if status, err := send(t, rt, "PUT", strings.NewReader("a write")); err != nil || status != 200 {
			t.Errorf("a write: %d, %v", status, err)
		}
		if len(s.Calls) != 2 || s.Calls[0] != s.Calls[1] || !strings.HasSuffix(s.Calls[1], "a write") {
			t.Errorf("sent %q", s.Calls)
		}
		// A body that can be read once only is not sent again: the caller sees the 401.
		time.Sleep(2 * time.Minute)
		s.Forget()
		if status, err := send(t, rt, "PUT", io.MultiReader(strings.NewReader("a stream"))); err != nil || status != 401 {
			t.Errorf("a stream: %d, %v", status, err)
		}
		if len(s.Calls) != 3 || s.Refreshes != 1 {
			t.Errorf("sent %q with %d refreshes", s.Calls, s.Refreshes)
		}
	})
}

func TestAServerThatRefusesEveryTokenIsNotAskedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
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
		if s.Refreshes != 1 {
			t.Errorf("%d refreshes", s.Refreshes)
		}
	})
}

func TestManyRequestsAtOnceReplaceATokenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		rt := &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		s.Forget()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if status, err := send(t, rt, "GET", nil); err != nil || status != 200 {
					t.Errorf("%d, %v", status, err)
				}
			})
		}
		all.Wait()
		if s.Refreshes != 1 {
			t.Errorf("%d refreshes", s.Refreshes)
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
		if len(s.Calls) != 0 || !body.closed {
			t.Errorf("sent %q; the body is closed: %v", s.Calls, body.closed)
		}
		// A token that is refused for good between the request and its repetition.
		k.kept.Refused = ""
		rt = &oauth.Transport{Next: s, Tokens: sources[0], Now: time.Now}
		s.Withdraw()
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
	s := oauthtest.New(at)
	g, _, err := signIn(t, s, kinds(s, at)["google"])
	if err != nil {
		t.Fatal(err)
	}
	if status, err := send(t, oauth.Fixed(s, g), "GET", nil); err != nil || status != 200 {
		t.Errorf("%d, %v", status, err)
	}
}
