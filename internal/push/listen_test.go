package push

import (
	"errors"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// earshot is a lab whose provider tells whoever listens. Several processes may.
type earshot struct{ *lab }

func newEarshot(t *testing.T) earshot { return earshot{newLab(t, EWS)} }

// claim lets a run of a connection end in a process.
func (e earshot) claim(process string, connection store.ID) store.Claim {
	e.t.Helper()
	e.Tx(func(tx engine.Tx) error { return tx.Wake(e.t.Context(), connection, e.Now(), 0) })
	claims, err := e.DB.ClaimWakes(e.t.Context(), process, e.Now(), time.Minute, 1, 10)
	if err != nil || len(claims) != 1 || claims[0].Connection != connection {
		e.t.Fatalf("claimed %+v, %v", claims, err)
	}
	return claims[0]
}

// hold lets a run end after which a process may listen; nil: it may not.
func (e earshot) hold(process string, connection store.ID) *store.Watch {
	e.t.Helper()
	c := e.claim(process, connection)
	row, err := e.push.Hold(e.t.Context(), c)
	if err == nil {
		err = e.DB.FinishWake(e.t.Context(), c, time.Time{})
	}
	if err != nil {
		e.t.Fatal(err)
	}
	return row
}

func (e earshot) keeps(row *store.Watch) bool {
	e.t.Helper()
	kept, err := e.push.Keep(e.t.Context(), e.Company, row)
	if err != nil {
		e.t.Fatal(err)
	}
	return kept
}

func (e earshot) health() Health {
	e.t.Helper()
	var all map[store.ID]Health
	e.Tx(func(tx engine.Tx) (err error) {
		all, err = Healths(e.t.Context(), tx, e.connection, e.Now())
		return err
	})
	return all[e.connection]
}

func (e earshot) account(change func(a *store.Account)) (a store.Account) {
	e.t.Helper()
	e.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(e.t.Context(), e.connection)
		if err != nil {
			return err
		}
		if a, err = tx.Account(e.t.Context(), c.Account); err != nil {
			return err
		}
		change(&a)
		return tx.PutAccount(e.t.Context(), &a)
	})
	return a
}

func TestOneProcessListensAndAllKnow(t *testing.T) {
	e := newEarshot(t)
	row := e.hold("one", e.connection)
	if row == nil || !e.health().Live {
		t.Fatalf("%+v, health %+v", row, e.health())
	}
	for range 10 { // it says so again in time, and nobody else begins
		e.Pass(time.Minute)
		if !e.keeps(row) || !e.health().Live || e.hold("two", e.connection) != nil {
			t.Fatalf("health %+v", e.health())
		}
	}
	told := e.wanted()
	if err := errors.Join(e.push.Heard(t.Context(), e.Company, row), e.push.Heard(t.Context(), e.Company, row)); err != nil {
		t.Fatal(err)
	}
	if n := e.wanted() - told; n != 1 {
		t.Errorf("two words asked for %d runs", n)
	}
	if err := e.push.LetGo(t.Context(), e.Company, row, nil); err != nil || len(e.rows()) != 0 || e.health().Live {
		t.Errorf("ended: %v, %+v", err, e.rows())
	}
	if got := e.observed(); got != "ews made, ews woken, ews awaited, ews ended" {
		t.Error(got)
	}
}

// A process that is killed keeps others away for a while only. If it was not dead, it finds that another listens.
func TestAnotherProcessListensOnceTheFirstSaysNothing(t *testing.T) {
	e := newEarshot(t)
	first := e.hold("one", e.connection)
	e.Pass(heldFor - time.Second)
	if e.hold("two", e.connection) != nil {
		t.Error("both listen")
	}
	e.Pass(time.Second)
	if e.health().Live {
		t.Error("nobody is known to listen, and changes arrive at once")
	}
	second := e.hold("two", e.connection)
	if second == nil || e.keeps(first) || !e.keeps(second) || len(e.rows()) != 1 {
		t.Errorf("%+v", e.rows())
	}
	if err := e.push.LetGo(t.Context(), e.Company, first, nil); err != nil || !e.keeps(second) {
		t.Errorf("the end of the first ended the second: %v", err)
	}
}

func TestNobodyListensToWhatDoesNotSync(t *testing.T) {
	for name, c := range map[string]struct{ set, unset func(e earshot) }{
		"paused":        {func(e earshot) { e.state(store.Paused) }, func(e earshot) { e.state(store.Active) }},
		"stopped":       {func(e earshot) { e.state(store.Stopped) }, func(e earshot) { e.state(store.Active) }},
		"held":          {func(e earshot) { e.state(store.Held) }, func(e earshot) { e.state(store.Active) }},
		"resting":       {func(e earshot) { e.state(store.Retrying) }, func(e earshot) { e.state(store.Active) }},
		"to sign in to": {func(e earshot) { e.state(store.NeedsSignIn) }, func(e earshot) { e.state(store.Active) }},
		"whose account is to rest": {
			func(e earshot) {
				e.account(func(a *store.Account) { a.BlockedUntil = e.Now().Add(time.Minute) })
			}, func(e earshot) { e.Pass(time.Minute) },
		},
		"whose password was refused": {
			func(e earshot) { e.account(func(a *store.Account) { a.State = store.NeedsSignIn }) },
			func(e earshot) { e.account(func(a *store.Account) { a.State = store.AccountWorks }) },
		},
		"of a company that stopped everything": {func(e earshot) { e.stopAll(e.Now()) }, func(e earshot) { e.stopAll(time.Time{}) }},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEarshot(t)
			row := e.hold("one", e.connection)
			c.set(e)
			if e.keeps(row) {
				t.Error("it is listened to")
			}
			if e.hold("two", e.connection) != nil || len(e.rows()) != 0 {
				t.Errorf("%+v", e.rows())
			}
			c.unset(e)
			if e.hold("one", e.connection) == nil {
				t.Error("it is not listened to any more")
			}
		})
	}
}

func (e earshot) stopAll(at time.Time) {
	e.t.Helper()
	e.Tx(func(tx engine.Tx) error {
		c, err := tx.GetCompany(e.t.Context())
		c.Stopped = at
		return errors.Join(err, tx.PutCompany(e.t.Context(), c))
	})
}

// Whoever listens with a password that was replaced would show the old one.
func TestAnotherPasswordEndsListeningWithTheOldOne(t *testing.T) {
	e := newEarshot(t)
	row := e.hold("one", e.connection)
	e.account(func(a *store.Account) { a.Secret = []byte("another") })
	if e.keeps(row) {
		t.Error("it listens on")
	}
}

func TestAnAccountHasTwoOpenConnectionsAtTheMost(t *testing.T) {
	e := newEarshot(t)
	connections := []store.ID{e.connection}
	for range 2 {
		id := e.Connect(e.Alice, enginetest.New(enginetest.Options{}), nil)
		e.Tx(func(tx engine.Tx) error {
			mine, err := tx.Connection(t.Context(), e.connection)
			if err != nil {
				return err
			}
			c, err := tx.Connection(t.Context(), id)
			c.Account = mine.Account
			return errors.Join(err, tx.PutConnection(t.Context(), &c))
		})
		connections = append(connections, id)
	}
	first := e.hold("one", connections[0])
	if first == nil || e.hold("two", connections[1]) == nil || e.hold("one", connections[2]) != nil {
		t.Fatal("not two")
	}
	if err := e.push.LetGo(t.Context(), e.Company, first, nil); err != nil {
		t.Fatal(err)
	}
	if e.hold("one", connections[2]) == nil {
		t.Error("there is room, and it is not taken")
	}
}

// What fails is left alone, longer each time, and never shorter than the server wants it; what has lasted begins afresh.
func TestListeningThatFailsRests(t *testing.T) {
	e := newEarshot(t)
	fail := func(err error) {
		t.Helper()
		row := e.hold("one", e.connection)
		if row == nil {
			t.Fatal("it is not listened to")
		}
		if err := e.push.LetGo(t.Context(), e.Company, row, err); err != nil {
			t.Fatal(err)
		}
	}
	full := &provider.Error{Op: "listen", Class: provider.RateLimited, Code: provider.CodeTooManyListeners}
	for _, rest := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		fail(full)
		if h := e.health(); h.Live || h.Reason != provider.CodeTooManyListeners {
			t.Errorf("%+v", h)
		}
		e.Pass(rest - time.Second)
		if e.hold("one", e.connection) != nil {
			t.Errorf("it rested for less than %v", rest)
		}
		e.Pass(time.Second)
	}
	row := e.hold("one", e.connection)
	if h := e.health(); !h.Live || h.Reason != "" {
		t.Errorf("%+v", h)
	}
	e.Pass(heldFor / 2)
	e.keeps(row)
	if err := e.push.LetGo(t.Context(), e.Company, row, full); err != nil {
		t.Fatal(err)
	}
	e.Pass(time.Minute)
	until := e.Now().Add(time.Hour)
	fail(&provider.Error{Op: "listen", Class: provider.RateLimited, RetryAfter: until})
	if a := e.account(func(*store.Account) {}); !a.BlockedUntil.Equal(until) {
		t.Errorf("the account rests until %v", a.BlockedUntil)
	}
	e.Pass(time.Hour - time.Second)
	if e.hold("one", e.connection) != nil {
		t.Error("it rested for less than the server asked")
	}
	e.Pass(time.Second)
	if e.hold("one", e.connection) == nil {
		t.Error("it is not listened to any more")
	}
}

// A password that was refused while listening is not shown again, by nobody, and the run that says so is asked for at once. One that was
// replaced meanwhile is not blamed.
func TestASignInThatIsRefusedWhileListeningHoldsForTheAccount(t *testing.T) {
	for _, replaced := range []bool{false, true} {
		e := newEarshot(t)
		row := e.hold("one", e.connection)
		if replaced {
			e.account(func(a *store.Account) { a.Secret = []byte("another") })
		}
		asked := e.wanted()
		err := e.push.LetGo(t.Context(), e.Company, row, &provider.Error{Op: "listen", Class: provider.SignIn, Code: provider.CodeWrongPassword})
		if err != nil {
			t.Fatal(err)
		}
		a := e.account(func(*store.Account) {})
		if blamed := a.State == store.NeedsSignIn && a.Reason == provider.CodeWrongPassword; blamed == replaced || (e.wanted() > asked) == replaced {
			t.Errorf("replaced %t: %s %s, %d runs asked for", replaced, a.State, a.Reason, e.wanted()-asked)
		}
	}
}

func TestNobodyListensUnderALostClaim(t *testing.T) {
	e := newEarshot(t)
	c := e.claim("one", e.connection)
	e.Pass(2 * time.Minute)
	if row, err := e.push.Hold(t.Context(), c); !errors.Is(err, store.ErrFenced) || row != nil || len(e.rows()) != 0 {
		t.Errorf("%+v, %v, %+v", row, err, e.rows())
	}
}
