package engine_test

import (
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func (r *room) connection(t *testing.T) (c store.Connection, a store.Account) {
	t.Helper()
	r.Tx(func(tx engine.Tx) (err error) {
		if c, err = tx.Connection(t.Context(), r.id); err != nil {
			return err
		}
		a, err = tx.Account(t.Context(), c.Account)
		return err
	})
	return c, a
}

// set changes the row of a connection.
func (r *room) set(t *testing.T, change func(*store.Connection)) {
	t.Helper()
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		change(&c)
		return tx.PutConnection(t.Context(), &c)
	})
}

// TestAFailedRunSaysWhatItsConnectionNeeds: a state that people see, the class and code of what went wrong (I20), and when it is
// tried again.
func TestAFailedRunSaysWhatItsConnectionNeeds(t *testing.T) {
	later := enginetest.Start.Add(2 * time.Hour)
	for _, c := range []struct {
		name         string
		failure      provider.Error
		state, code  string
		next         time.Duration // after the run
		blockedUntil time.Time
	}{
		{"the sign-in is lost", provider.Error{Class: provider.SignIn, Code: "invalid_grant"}, store.NeedsSignIn, "invalid_grant", 5 * time.Second, time.Time{}},
		{"a permission is missing", provider.Error{Class: provider.Forbidden}, store.NeedsPermission, "forbidden", 5 * time.Second, time.Time{}},
		{"the server is ill", provider.Error{Class: provider.Transient, Code: provider.CodeServer}, store.Retrying, provider.CodeServer, 5 * time.Second, time.Time{}},
		{"the server asks for a rest", provider.Error{Class: provider.RateLimited, RetryAfter: later}, store.Retrying, "rate_limited", 2 * time.Hour, later},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			c.failure.Op = "pull"
			r.cal.Before = func(enginetest.Call) error { return &c.failure }
			rep, err := r.Run(r.id, false)
			if err != nil {
				t.Fatal(err)
			}
			row, account := r.connection(t)
			h := row.Health
			if row.State != c.state || row.Reason != c.code || h.ErrorCode != c.code || h.ErrorClass != c.failure.Class.String() {
				t.Errorf("it is %s (%s), class %q, code %q", row.State, row.Reason, h.ErrorClass, h.ErrorCode)
			}
			if want := enginetest.Start.Add(c.next); !h.NextRun.Equal(want) || !rep.Next.Equal(want) || rep.Again {
				t.Errorf("tried again at %v, the run says %v and again %t, want %v", h.NextRun, rep.Next, rep.Again, want)
			}
			if h.Failures != 1 || !h.FailedSince.Equal(enginetest.Start) || !h.LastRun.Equal(enginetest.Start) || !h.LastIn.IsZero() {
				t.Errorf("%+v", h)
			}
			if !account.BlockedUntil.Equal(c.blockedUntil) {
				t.Errorf("the account rests until %v, want %v", account.BlockedUntil, c.blockedUntil)
			}
			if rep.Run.State != "failed" || rep.Run.Error != c.code {
				t.Errorf("%+v", rep.Run)
			}
		})
	}
}

// TestFailuresInARowRestLongerEachTime, up to half an hour, and a run that succeeds forgets them.
func TestFailuresInARowRestLongerEachTime(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Before = func(enginetest.Call) error { return &provider.Error{Op: "pull", Class: provider.Transient} }
	for i, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800} {
		at := r.Now()
		if _, err := r.Run(r.id, false); err != nil {
			t.Fatal(err)
		}
		row, _ := r.connection(t)
		if rest := row.Health.NextRun.Sub(at); rest != want*time.Second || row.Health.Failures != i+1 || !row.Health.FailedSince.Equal(enginetest.Start) {
			t.Errorf("failure %d: rests %v, want %v; %+v", i+1, rest, want*time.Second, row.Health)
		}
	}
	r.cal.Before = nil
	at := r.Now()
	r.Sync(r.id)
	row, _ := r.connection(t)
	want := store.Health{LastRun: at, LastIn: at, LastOut: at}
	if row.State != store.Active || row.Reason != "" || row.Health != want {
		t.Errorf("it is %s (%s): %+v", row.State, row.Reason, row.Health)
	}
}

// TestAFailureChangesNothingOfWhatAPersonChose while the run was under way.
func TestAFailureChangesNothingOfWhatAPersonChose(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Before = func(enginetest.Call) error {
		r.set(t, func(c *store.Connection) { c.State, c.Reason = store.Paused, "by hand" })
		return &provider.Error{Op: "pull", Class: provider.SignIn}
	}
	if _, err := r.Run(r.id, false); err != nil {
		t.Fatal(err)
	}
	if row, _ := r.connection(t); row.State != store.Paused || row.Reason != "by hand" || row.Health.ErrorClass != provider.SignIn.String() {
		t.Errorf("it is %s (%s): %+v", row.State, row.Reason, row.Health)
	}
}

// TestAnAccountRestsAsLongAsTheLongestThatItWasAskedTo (I19): a shorter rest, asked for on another way, does not end it.
func TestAnAccountRestsAsLongAsTheLongestThatItWasAskedTo(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	for _, rest := range []time.Duration{time.Hour, time.Minute} {
		until := enginetest.Start.Add(rest)
		r.cal.Before = func(enginetest.Call) error {
			return &provider.Error{Op: "pull", Class: provider.RateLimited, RetryAfter: until}
		}
		if _, err := r.Run(r.id, false); err != nil {
			t.Fatal(err)
		}
		if _, account := r.connection(t); !account.BlockedUntil.Equal(enginetest.Start.Add(time.Hour)) {
			t.Errorf("the account rests until %v", account.BlockedUntil)
		}
	}
}

func TestARunTellsHowManyRequestsItSent(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	target := r.Target(r.id)
	target.Requests = func() int { return 7 }
	rep, err := r.Engine.Run(t.Context(), target)
	if err != nil || rep.Run.Requests != 7 {
		t.Errorf("%+v, %v", rep.Run, err)
	}
}

// TestDatesOfAUserWhoseZoneNobodyKnowsAreReadInUTC: their connection goes on.
func TestDatesOfAUserWhoseZoneNobodyKnowsAreReadInUTC(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.Tx(func(tx engine.Tx) error {
		u := r.Alice
		u.TimeZone = "Nowhere/Land"
		return tx.PutUser(t.Context(), &u)
	})
	r.cal.Add(event("in", 3, 10))
	r.Settle(r.id)
	r.inStep(t, 1)
}
