package auth

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// memory keeps one login as a store would: every change of attempts in a transaction of its own.
type memory struct {
	mu       sync.Mutex
	login    Login
	attempts Attempts
}

func (m *memory) FindLogin(_ context.Context, email string) (Login, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.login, email == m.login.Email, nil
}

func (m *memory) ChangeAttempts(_ context.Context, _ int64, change func(Attempts) Attempts) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts = change(m.attempts)
	return nil
}

func (m *memory) SavePassword(_ context.Context, _ int64, hash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.login.Password = hash
	return nil
}

const right = "correct horse"

func newSignIn(t *testing.T) (*SignIn, *memory) {
	h := NewHasher(cheap, 4)
	m := &memory{login: Login{ID: 7, Email: "alice@example.com", Password: hash(t, h, right)}}
	return &SignIn{Logins: m, Hasher: h, Throttle: DefaultThrottle}, m
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestSignInByAddressAndPassword(t *testing.T) {
	s, m := newSignIn(t)
	if l, err := s.Check(t.Context(), " Alice@Example.com ", right, noon); err != nil || l.ID != 7 {
		t.Errorf("right: %+v, %v", l, err)
	}
	for _, c := range [][2]string{{"alice@example.com", "wrong"}, {"bob@example.com", right}, {"", ""}} {
		if l, err := s.Check(t.Context(), c[0], c[1], noon); !errors.Is(err, ErrWrong) || l != (Login{}) {
			t.Errorf("%v: %+v, %v", c, l, err)
		}
	}
	if m.attempts.Failed != 1 {
		t.Errorf("%d failures are counted", m.attempts.Failed)
	}
	if _, err := s.Check(t.Context(), "alice@example.com", right, noon); err != nil || m.attempts != (Attempts{}) {
		t.Errorf("success leaves %+v, %v", m.attempts, err)
	}
	m.login.Password = ""
	if _, err := s.Check(t.Context(), "alice@example.com", "", noon); !errors.Is(err, ErrWrong) {
		t.Errorf("a login without a password: %v", err)
	}
}

func TestTheRightPasswordIsRefusedWhileLocked(t *testing.T) {
	s, _ := newSignIn(t)
	for range DefaultThrottle.Free {
		if _, err := s.Check(t.Context(), "alice@example.com", "wrong", noon); !errors.Is(err, ErrWrong) {
			t.Fatal(err)
		}
	}
	_, err := s.Check(t.Context(), "alice@example.com", right, noon.Add(59*time.Second))
	if locked, ok := errors.AsType[*LockedError](err); !ok || !locked.Until.Equal(noon.Add(time.Minute)) {
		t.Errorf("while locked: %v", err)
	}
	if _, err := s.Check(t.Context(), "alice@example.com", right, noon.Add(time.Minute)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestALockDoesNotTellWhoHasALogin(t *testing.T) {
	s, m := newSignIn(t)
	answers := func(email string) (list []string) {
		for i := range 3 * DefaultThrottle.Free {
			_, err := s.Check(t.Context(), email, "wrong", noon.Add(time.Duration(i)*20*time.Second))
			list = append(list, err.Error())
		}
		return list
	}
	known := answers(m.login.Email)
	if stranger := answers(" Nobody@example.com"); !slices.Equal(known, stranger) || !strings.Contains(known[len(known)-1], "locked") {
		t.Errorf("somebody %q\nnobody   %q", known, stranger)
	}
	m.login.Password, m.attempts = "", Attempts{} // one who signs in by other means
	if other := answers(m.login.Email); !slices.Equal(known, other) {
		t.Errorf("somebody %q\nwithout a password %q", known, other)
	}
}

func TestStrangersAreRememberedInBoundedRoom(t *testing.T) {
	s, _ := newSignIn(t)
	for i := range 2*maxStrangers + 5 {
		s.strangers.change(strconv.Itoa(i), func(Attempts) Attempts { return Attempts{Failed: 1} })
	}
	if n := len(s.strangers.attempts); n > maxStrangers {
		t.Errorf("%d are remembered", n)
	}
}

func TestManyGuessesAtOnceGainNothing(t *testing.T) {
	s, _ := newSignIn(t)
	var looked atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := s.Check(t.Context(), "alice@example.com", "wrong", noon); errors.Is(err, ErrWrong) {
				looked.Add(1)
			}
		})
	}
	wg.Wait()
	if int(looked.Load()) != DefaultThrottle.Free {
		t.Errorf("%d guesses were looked at", looked.Load())
	}
}

func TestABusyServerIsNobodysFailure(t *testing.T) {
	s, m := newSignIn(t)
	s.Hasher = NewHasher(cheap, 1)
	s.Hasher.turns <- struct{}{}
	m.attempts = Attempts{Failed: 4}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Check(ctx, "alice@example.com", right, noon); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if m.attempts != (Attempts{Failed: 4}) {
		t.Errorf("attempts %+v", m.attempts)
	}
}

func TestAPasswordIsHashedAgainWhenTheCostsRise(t *testing.T) {
	s, m := newSignIn(t)
	before := m.login.Password
	s.Hasher = NewHasher(Params{MemoryKiB: 128, Passes: 1, Threads: 1}, 1)
	if _, err := s.Check(t.Context(), "alice@example.com", right, noon); err != nil {
		t.Fatal(err)
	}
	if m.login.Password == before {
		t.Error("the old hash stays")
	}
	if v, err := s.Hasher.Verify(t.Context(), m.login.Password, right); err != nil || v != (Verdict{OK: true}) {
		t.Errorf("the new hash: %+v, %v", v, err)
	}
}

func TestLocksGrowAndStayBounded(t *testing.T) {
	var a Attempts
	now := noon
	for i, want := range []time.Duration{0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15} {
		a = DefaultThrottle.Failed(a, now)
		lock := time.Duration(0)
		if until, locked := DefaultThrottle.Locked(a, now); locked {
			lock = until.Sub(now)
		}
		if lock != want*time.Minute {
			t.Errorf("failure %d locks for %v", i+1, lock)
		}
		now = now.Add(lock)
	}
	a = DefaultThrottle.Failed(a, now.Add(25*time.Hour))
	if a.Failed != 1 {
		t.Errorf("a day later the count is %d", a.Failed)
	}
}

func TestThrottleHoldsForAnyCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Attempts{Failed: rapid.IntRange(0, 1<<40).Draw(t, "failed")}
		next := DefaultThrottle.Failed(a, noon)
		lock := next.LockedUntil.Sub(noon)
		if next.Failed >= DefaultThrottle.Free && (lock < DefaultThrottle.First || lock > DefaultThrottle.Longest) {
			t.Fatalf("%d failures lock for %v", next.Failed, lock)
		}
	})
}
