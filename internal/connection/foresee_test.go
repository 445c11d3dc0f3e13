package connection_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func (r *rig) addAccount(who connection.Who) store.Account {
	r.t.Helper()
	acc, err := r.s.AddAccount(r.ctx(), who, kind, account.Credentials{Username: who.User.Email, Password: password})
	r.ok(err)
	return acc
}

func TestForeseeingWritesNothing(t *testing.T) {
	r := newRig(t)
	r.add(r.Alice, "meeting", 3)
	r.cal(r.Alice.Email, "work").Add(event("theirs", 15))
	acc := r.addAccount(r.alice)
	settings := lens.Defaults()
	settings.Start = lens.Everything
	counts, err := r.s.Foresee(r.ctx(), r.alice, acc.ID, "work", settings)
	if err != nil || counts[engine.CreatedInCalendar] != 3 || counts[engine.CreatedInCRM] != 1 {
		t.Fatalf("%v, %v", counts, err)
	}
	if list, err := r.s.List(r.ctx(), r.alice, false); err != nil || len(list) != 0 || len(r.Activities()) != 3 {
		t.Errorf("%d connections, %d activities, %v", len(list), len(r.Activities()), err)
	}
	if _, err := r.s.Foresee(r.ctx(), r.bob, acc.ID, "work", settings); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("of somebody else's account: %v", err)
	}
	if _, err := r.s.Foresee(r.ctx(), r.alice, acc.ID, "none", settings); !errors.Is(err, connection.ErrNoCalendar) {
		t.Errorf("of no calendar: %v", err)
	}
	r.connect(r.alice, "work", everything)
	var taken *connection.ErrAlreadyConnected
	if _, err := r.s.Foresee(r.ctx(), r.alice, acc.ID, "work", settings); !errors.As(err, &taken) {
		t.Errorf("of one that is connected: %v", err)
	}
	if n := r.audits()["add_account"]; n != 1 {
		t.Errorf("the account was noted %d times", n)
	}
}

func TestForeseeingKeepsTheAccountsRest(t *testing.T) {
	r := newRig(t)
	acc := r.addAccount(r.alice)
	r.Tx(func(tx engine.Tx) error {
		a, err := tx.Account(r.ctx(), acc.ID)
		if err != nil {
			return err
		}
		a.BlockedUntil = r.Now().Add(time.Minute)
		return tx.PutAccount(r.ctx(), &a)
	})
	asked := 0
	r.cal(r.Alice.Email, "work").Before = func(enginetest.Call) error { asked++; return nil }
	if _, err := r.s.Foresee(r.ctx(), r.alice, acc.ID, "work", lens.Defaults()); provider.ClassOf(err) != provider.RateLimited || asked != 0 {
		t.Errorf("%d requests while the account rests: %v", asked, err)
	}
}

func TestAddingAnAccountAgainHealsIt(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", "")
	r.set(c.ID, func(c *store.Connection) { c.State = store.NeedsSignIn })
	if acc := r.addAccount(r.alice); acc.ID != c.Account {
		t.Errorf("account %d was made beside %d", acc.ID, c.Account)
	}
	if got := r.get(c.ID).State; got != store.Active {
		t.Errorf("the connection is %s", got)
	}
}

func TestRulesAreTriedOnWhatIsThere(t *testing.T) {
	r := newRig(t)
	cal := r.cal(r.Alice.Email, "work")
	for i := range 14 {
		cal.Add(event("Lunch", i))
		cal.Add(event("Review", i))
	}
	rules := []lens.Rule{{Match: "title", Value: "lunch"}}
	acc := r.addAccount(r.alice)
	got, err := r.s.ForeseeRules(r.ctx(), r.alice, acc.ID, "work", rules)
	if err != nil || got.Read != 28 || got.Hits != 14 || len(got.Events) != 10 || got.Events[0].Subject != "Lunch" || got.More {
		t.Errorf("before connecting: %+v, %v", got, err)
	}
	c := r.connect(r.alice, "work", everything)
	if got, err = r.s.TryRules(r.ctx(), r.alice, c.ID, rules); err != nil || got.Hits != 14 {
		t.Errorf("afterwards: %d, %v", got.Hits, err)
	}
	theirs := r.connect(r.bob, "work", "")
	if _, err = r.s.TryRules(r.ctx(), r.alice, theirs.ID, rules); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("an administrator sees a colleague's titles: %v", err)
	}
}

func TestACalendarIsMadeAndConnected(t *testing.T) {
	r := newRig(t)
	acc := r.addAccount(r.alice)
	for _, name := range []string{"", "  ", "two\nlines", strings.Repeat("x", 101)} {
		if _, err := r.s.MakeCalendar(r.ctx(), r.alice, acc.ID, name); !errors.Is(err, connection.ErrCalendarName) {
			t.Errorf("%.10q: %v", name, err)
		}
	}
	if _, err := r.s.MakeCalendar(r.ctx(), r.bob, acc.ID, "Sales"); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("in somebody else's account: %v", err)
	}
	made, err := r.s.MakeCalendar(r.ctx(), r.alice, acc.ID, " Sales ")
	if err != nil || made.Name != "Sales" {
		t.Fatalf("%+v, %v", made, err)
	}
	c, err := r.s.Connect(r.ctx(), r.alice, connection.Request{Account: acc.ID, Calendar: made.ID})
	if err != nil || c.CalendarName != "Sales" {
		t.Errorf("connecting it: %+v, %v", c, err)
	}
	if r.audits()["make_calendar"] != 1 {
		t.Error("it is not in the audit log")
	}
}
