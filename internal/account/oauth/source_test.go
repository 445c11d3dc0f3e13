package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/account/oauth"
	"tahti/internal/account/oauth/oauthtest"
	"tahti/internal/provider"
)

// shelf keeps one grant, as the store does.
type shelf struct {
	mu     sync.Mutex
	kept   oauth.Kept
	until  time.Time // of the lock
	now    func() time.Time
	fail   error // of saving
	before func()
}

func (s *shelf) Read(context.Context) (oauth.Kept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept, nil
}

func (s *shelf) Lock(_ context.Context, version int64, until time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept.Version != version || s.until.After(s.now()) {
		return false, nil
	}
	s.until = until
	return true, nil
}

func (s *shelf) Save(_ context.Context, version int64, g oauth.Grant) error {
	if s.before != nil {
		s.before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if s.kept.Version != version {
		return oauth.ErrMoved
	}
	s.kept, s.until = oauth.Kept{Grant: g, Version: version + 1}, time.Time{}
	return nil
}

func (s *shelf) Refuse(_ context.Context, version int64, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept.Version == version {
		s.kept.Refused, s.until = code, time.Time{}
	}
	return nil
}

func (s *shelf) Free(_ context.Context, version int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept.Version == version {
		s.until = time.Time{}
	}
	return nil
}

// signedIn is an account that was signed in just now, with as many sources as there are processes.
func signedIn(t *testing.T, processes int) (*oauthtest.Server, *shelf, []*oauth.Source) {
	t.Helper()
	s := oauthtest.New(time.Now)
	c := kinds(s, time.Now)["google"]
	g, _, err := signIn(t, s, c)
	if err != nil {
		t.Fatal(err)
	}
	k := &shelf{kept: oauth.Kept{Grant: g, Version: 1}, now: time.Now}
	var list []*oauth.Source
	for range processes {
		list = append(list, &oauth.Source{Client: c, Keeper: k, Now: time.Now})
	}
	return s, k, list
}

func TestATokenIsRefreshedAheadOfItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 1)
		first, err := sources[0].Token(t.Context())
		if err != nil || first.Version != 1 {
			t.Fatalf("%+v, %v", first, err)
		}
		time.Sleep(54 * time.Minute)
		if again, err := sources[0].Token(t.Context()); err != nil || again.Access != first.Access {
			t.Errorf("six minutes before its end: %+v, %v", again, err)
		}
		time.Sleep(2 * time.Minute)
		fresh, err := sources[0].Token(t.Context())
		if err != nil || fresh.Access == first.Access || fresh.Refresh == first.Refresh || fresh.Version != 2 {
			t.Errorf("four minutes before its end: %+v, %v", fresh, err)
		}
		if k.kept.Refresh != fresh.Refresh || !k.kept.Since.Equal(first.Since) || s.Refreshes != 1 {
			t.Errorf("kept %+v after %d refreshes", k.kept, s.Refreshes)
		}
	})
}

// TestOneRefreshesAtATime: the strict server ends the whole family if a token that was rotated away comes again, so one
// process too many would show at once.
func TestOneRefreshesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 8)
		for round := range 5 {
			time.Sleep(2 * time.Hour)
			got := make([]oauth.Kept, len(sources))
			var all sync.WaitGroup
			for i, src := range sources {
				all.Go(func() {
					var err error
					if got[i], err = src.Token(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			for _, k := range got {
				if k.Access != got[0].Access {
					t.Errorf("round %d: %s and %s", round, k.Access, got[0].Access)
				}
			}
			if s.Refreshes != round+1 {
				t.Errorf("%d refreshes in %d rounds", s.Refreshes, round+1)
			}
		}
	})
}

func TestARefreshByAnotherProcessIsNotWaitedForWhileTheOldTokenIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, k, sources := signedIn(t, 1)
		time.Sleep(56 * time.Minute)
		if ok, err := k.Lock(t.Context(), 1, time.Now().Add(30*time.Second)); !ok || err != nil {
			t.Fatal(ok, err)
		}
		began := time.Now()
		if got, err := sources[0].Token(t.Context()); err != nil || got.Version != 1 || time.Since(began) != 0 {
			t.Errorf("%+v, %v after %v", got, err, time.Since(began))
		}
		// Past its end it has to be waited for; a process that died with the lock holds it for half a minute.
		time.Sleep(4*time.Minute - 5*time.Second)
		if ok, err := k.Lock(t.Context(), 1, time.Now().Add(30*time.Second)); !ok || err != nil {
			t.Fatal(ok, err)
		}
		began = time.Now()
		if got, err := sources[0].Token(t.Context()); err != nil || got.Version != 2 || time.Since(began) < 29*time.Second {
			t.Errorf("%+v, %v after %v", got, err, time.Since(began))
		}
	})
}

func TestWaitingForAnotherProcessEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, k, sources := signedIn(t, 1)
		time.Sleep(2 * time.Hour)
		if ok, _ := k.Lock(t.Context(), 1, time.Now().Add(time.Hour)); !ok {
			t.Fatal("no lock")
		}
		began := time.Now()
		if _, err := sources[0].Token(t.Context()); provider.ClassOf(err) != provider.Transient || time.Since(began) > time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := sources[0].Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("called off: %v", err)
		}
	})
}

func TestARefusedGrantIsNotAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 2)
		s.Withdraw() // the person has withdrawn it
		time.Sleep(2 * time.Hour)
		for range 3 {
			for _, src := range sources {
				_, err := src.Token(t.Context())
				e, ok := errors.AsType[*provider.Error](err)
				if !ok || e.Class != provider.SignIn || e.Code != provider.CodeSignInEnded {
					t.Fatalf("%v", err)
				}
			}
		}
		if n := len(s.Asked); n != 2 { // the exchange, and one refresh
			t.Errorf("%d requests to the token endpoint", n)
		}
		// Signing in again replaces it.
		g, _, err := signIn(t, s, kinds(s, time.Now)["google"])
		if err != nil {
			t.Fatal(err)
		}
		k.kept = oauth.Kept{Grant: g, Version: k.kept.Version + 1}
		if got, err := sources[0].Token(t.Context()); err != nil || got.Access != g.Access {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestAGrantThatEndsAfterSevenDaysNamesTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, sources := signedIn(t, 1)
		for range 7*24 + 1 {
			time.Sleep(time.Hour)
			if time.Since(startOf(s)) >= 7*24*time.Hour {
				s.Withdraw()
			}
			if _, err := sources[0].Token(t.Context()); err != nil {
				if e, _ := errors.AsType[*provider.Error](err); e.Code != provider.CodeClientInTesting {
					t.Errorf("%v with the code %s", err, e.Code)
				}
				return
			}
		}
		t.Error("it never ended")
	})
}

// startOf is when a bubble's clock began.
func startOf(*oauthtest.Server) time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

func TestPassingFaultsKeepTheOldToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 1)
		before := k.kept
		s.Fault = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(502); return true }
		time.Sleep(56 * time.Minute)
		if got, err := sources[0].Token(t.Context()); err != nil || got.Access != before.Access {
			t.Errorf("while the old one is good: %+v, %v", got, err)
		}
		time.Sleep(time.Hour)
		if _, err := sources[0].Token(t.Context()); provider.ClassOf(err) != provider.Transient {
			t.Errorf("past its end: %v", err)
		}
		if k.kept.Refresh != before.Refresh || k.kept.Refused != "" || k.until.After(time.Now()) {
			t.Errorf("kept %+v, locked until %v", k.kept, k.until)
		}
		s.Fault = nil
		if got, err := sources[0].Token(t.Context()); err != nil || got.Version != 2 {
			t.Errorf("afterwards: %+v, %v", got, err)
		}
	})
}

// TestATokenIsSavedBeforeItIsUsed: what could not be saved is not answered, or another process would go on with a token that was
// rotated away.
func TestATokenIsSavedBeforeItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 1)
		s.Keep = true // the token stays good, as at Google
		time.Sleep(2 * time.Hour)
		k.fail = errors.New("disk full")
		if got, err := sources[0].Token(t.Context()); err == nil {
			t.Fatalf("answered %+v, which nobody else knows", got)
		}
		k.fail = nil
		time.Sleep(31 * time.Second) // the lock runs out
		if got, err := sources[0].Token(t.Context()); err != nil || k.kept.Access != got.Access {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestARefreshIsSeenThroughWhenItsCallerHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 1)
		time.Sleep(2 * time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		s.Fault = func(http.ResponseWriter, *http.Request) bool { cancel(); return false }
		_, _ = sources[0].Token(ctx)
		if k.kept.Version != 2 {
			t.Errorf("the rotated token is lost: %+v", k.kept)
		}
	})
}

func TestSomebodySignsInWhileATokenIsRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 1)
		time.Sleep(2 * time.Hour)
		theirs, _, err := signIn(t, s, kinds(s, time.Now)["google"])
		if err != nil {
			t.Fatal(err)
		}
		k.before = func() {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.kept, k.until, k.before = oauth.Kept{Grant: theirs, Version: 7}, time.Time{}, nil
		}
		if got, err := sources[0].Token(t.Context()); err != nil || got.Access != theirs.Access || k.kept.Version != 7 {
			t.Errorf("%+v, %v; kept %+v", got, err, k.kept)
		}
	})
}

func TestPermissionsThatShrinkAtARefreshAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, sources := signedIn(t, 1)
		s.Extra = map[string]any{"scope": "openid https://www.googleapis.com/auth/calendar.events"}
		time.Sleep(2 * time.Hour)
		for range 2 {
			_, err := sources[0].Token(t.Context())
			if e, ok := errors.AsType[*provider.Error](err); !ok || e.Code != provider.CodeMissingPermission || e.Class != provider.SignIn {
				t.Fatalf("%v", err)
			}
		}
		if s.Refreshes != 1 || k.kept.Version != 2 {
			t.Errorf("%d refreshes, version %d: what came has to be kept", s.Refreshes, k.kept.Version)
		}
	})
}
