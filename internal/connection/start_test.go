package connection_test

import (
	"errors"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func TestACalendarIsConnectedOnce(t *testing.T) {
	r := newRig(t)
	first := r.connect(r.alice, "work", "")
	for name, who := range map[string]connection.Who{"by the same user": r.alice, "by another user": r.bob} {
		_, err := r.s.Connect(r.ctx(), who, request(r.Alice.Email, "work", ""))
		if e, ok := errors.AsType[*connection.ErrAlreadyConnected](err); !ok || e.ID != first.ID {
			t.Errorf("%s again: %v", name, err)
		}
	}
	if r.connect(r.alice, "home", "").Account != first.Account {
		t.Error("a second calendar of the same sign-in made a second account")
	}
	if _, err := r.s.Connect(r.ctx(), r.alice, request(r.Alice.Email, "none", "")); !errors.Is(err, connection.ErrNoCalendar) {
		t.Errorf("a calendar that is not there: %v", err)
	}
	if _, err := r.s.Connect(r.ctx(), r.bob, connection.Request{Account: first.Account, Calendar: "home"}); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("with somebody else's account: %v", err)
	}
}

func TestChoosingACalendar(t *testing.T) {
	r := newRig(t)
	taken := r.connect(r.alice, "work", "")
	c := r.connect(r.alice, "", "")
	if c.State != store.ChooseCalendar {
		t.Fatalf("a connection without calendar is %s", c.State)
	}
	if _, err := r.s.ChooseCalendar(r.ctx(), r.bob, c.ID, "home"); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("by somebody else: %v", err)
	}
	if _, err := r.s.ChooseCalendar(r.ctx(), r.alice, c.ID, "none"); !errors.Is(err, connection.ErrNoCalendar) {
		t.Errorf("one that is not there: %v", err)
	}
	_, err := r.s.ChooseCalendar(r.ctx(), r.alice, c.ID, "work")
	if e, ok := errors.AsType[*connection.ErrAlreadyConnected](err); !ok || e.ID != taken.ID {
		t.Errorf("one that is connected: %v", err)
	}
	got, err := r.s.ChooseCalendar(r.ctx(), r.alice, c.ID, "home")
	if err != nil || got.ID != c.ID || got.State != store.Active || got.CalendarName != "Home" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = r.s.ChooseCalendar(r.ctx(), r.alice, c.ID, "home")
	if _, ok := errors.AsType[*connection.ErrState](err); !ok {
		t.Errorf("twice: %v", err)
	}
}

func TestAStoppedConnectionIsTakenUpWithItsLinks(t *testing.T) {
	for name, again := range map[string]func(r *rig) (store.Connection, error){
		"by connecting": func(r *rig) (store.Connection, error) {
			return r.s.Connect(r.ctx(), r.alice, request(r.Alice.Email, "work", everything))
		},
		"by choosing the calendar later": func(r *rig) (store.Connection, error) {
			c := r.connect(r.alice, "", everything)
			return r.s.ChooseCalendar(r.ctx(), r.alice, c.ID, "work")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.add(r.Alice, "meeting", 3)
			c := r.connect(r.alice, "work", everything)
			cal := r.cal(r.Alice.Email, "work")
			theirs := cal.Add(event("theirs", 15))
			r.run(c.ID)
			if len(cal.Held()) != 4 || len(r.Activities()) != 4 {
				t.Fatalf("%d events, %d activities", len(cal.Held()), len(r.Activities()))
			}
			_, err := r.s.Stop(r.ctx(), r.alice, c.ID, true)
			r.ok(err)
			r.Pass(time.Hour)
			// Meanwhile both sides go on.
			cal.Edit(theirs, func(e *calendar.Event) { e.Subject = "moved there" })
			ours := r.Activities()[0]
			r.Edit(r.Alice, ours.ID, func(a *crm.Activity) { a.Plan.Subject = "moved here" }, "subject")
			r.CreateActivity(r.Alice, crm.Activity{Type: "meeting", Plan: event("new", 18)})
			got, err := again(r)
			r.ok(err)
			if got.ID != c.ID || got.State != store.Active {
				t.Fatalf("connection %d is %s, was %d", got.ID, got.State, c.ID)
			}
			r.Pass(time.Second)
			r.run(got.ID)
			held := map[string]int{}
			for _, e := range cal.Held() {
				held[e.Subject]++
			}
			here := map[string]int{}
			for _, a := range r.Activities() {
				here[a.Plan.Subject]++
			}
			for _, want := range []string{"moved there", "moved here", "new", "meeting1", "meeting2"} {
				if held[want] != 1 || here[want] != 1 {
					t.Errorf("%q: %d there, %d here", want, held[want], here[want])
				}
			}
			if len(held) != 5 || len(here) != 5 {
				t.Errorf("there %v, here %v", held, here)
			}
			if list, err := r.s.List(r.ctx(), r.alice, false); err != nil || len(list) != 1 {
				t.Errorf("%d connections are left: %v", len(list), err)
			}
		})
	}
}

// TestWhatWasMadeByAClockThatIsBehindGoesOutAfterAStop: the clock was set back behind the stop, and what was made then seems older.
func TestWhatWasMadeByAClockThatIsBehindGoesOutAfterAStop(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", everything)
	r.run(c.ID)
	r.Pass(time.Hour)
	_, err := r.s.Stop(r.ctx(), r.alice, c.ID, true)
	r.ok(err)
	r.Pass(-10 * time.Minute)
	r.CreateActivity(r.Alice, crm.Activity{Type: "meeting", Plan: event("new", 18)})
	r.Pass(time.Hour)
	c, err = r.s.Connect(r.ctx(), r.alice, request(r.Alice.Email, "work", everything))
	r.ok(err)
	r.run(c.ID)
	if held := r.cal(r.Alice.Email, "work").Held(); len(held) != 1 {
		t.Errorf("%d events, want the one that was made meanwhile", len(held))
	}
}

// TestWhatACalendarMissedOfAMeetingOfOthersGoesOutAfterAStop: of what somebody only takes part in as well as of what they own.
func TestWhatACalendarMissedOfAMeetingOfOthersGoesOutAfterAStop(t *testing.T) {
	const relayed = `{"start":"everything","relay":true}`
	r := newRig(t)
	invited := event("Review", 12)
	invited.UID, invited.Organizer = "meeting-1@example.com", calendar.Person{Email: "dave@example.com"}
	invited.Guests = []calendar.Guest{{Person: calendar.Person{Email: r.Alice.Email}}, {Person: calendar.Person{Email: r.Bob.Email}}}
	var copies []store.Connection
	for _, who := range []connection.Who{r.alice, r.bob} {
		copies = append(copies, r.connect(who, "work", everything))
	}
	second := r.connect(r.bob, "home", relayed)
	r.run(second.ID)
	_, err := r.s.Stop(r.ctx(), r.bob, second.ID, true)
	r.ok(err)
	r.Pass(time.Hour)
	for i, u := range []crm.User{r.Alice, r.Bob} {
		r.cal(u.Email, "work").Add(invited)
		r.run(copies[i].ID)
	}
	if list := r.Activities(); len(list) != 1 || list[0].OwnerID != r.Alice.ID {
		t.Fatalf("%+v", list)
	}
	r.connect(r.bob, "home", relayed)
	r.run(second.ID)
	if held := r.cal(r.Bob.Email, "home").Held(); len(held) != 1 {
		t.Errorf("there: %+v", held)
	}
}

// TestWhatACRMBroughtInGoesOutAlsoBehindAnotherStart: it is no calendar's event, which is known of the CRM also between its being
// connected again and its first run (I2).
func TestWhatACRMBroughtInGoesOutAlsoBehindAnotherStart(t *testing.T) {
	r := newRig(t)
	side := enginetest.New(enginetest.CRM())
	side.Now, r.cals[r.Alice.Email+"/work"] = r.Now, side
	c := r.connect(r.alice, "work", everything)
	home := r.connect(r.alice, "home", everything)
	r.run(home.ID)
	visit := event("Visit", 12)
	visit.Start, visit.End = calendar.AtUTC(visit.Start.Instant(time.UTC)), calendar.AtUTC(visit.End.Instant(time.UTC))
	side.Add(visit)
	r.run(c.ID)
	_, err := r.s.Stop(r.ctx(), r.alice, c.ID, true)
	r.ok(err)
	r.connect(r.alice, "work", everything)
	r.run(home.ID)
	if held := r.cal(r.Alice.Email, "home").Held(); len(held) != 1 {
		t.Errorf("in the calendar: %+v", held)
	}
}

// TestWhatAColleagueLeftInACRMGoesOutOnceTheyAreBack: what was passed on while its old owner's connection was stopped stands there as
// theirs. Once they connect again it rests, and the new owner's connection makes its own (I2).
func TestWhatAColleagueLeftInACRMGoesOutOnceTheyAreBack(t *testing.T) {
	r := newRig(t)
	for _, u := range []crm.User{r.Alice, r.Bob} {
		side := enginetest.New(enginetest.CRM())
		side.Now, r.cals[u.Email+"/work"] = r.Now, side
	}
	c := r.connect(r.alice, "work", everything)
	bobs := r.connect(r.bob, "work", everything)
	r.run(bobs.ID)
	r.add(r.Alice, "meeting", 1)
	r.run(c.ID)
	_, err := r.s.Stop(r.ctx(), r.alice, c.ID, true)
	r.ok(err)
	r.Edit(r.Alice, r.Activities()[0].ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
	r.run(bobs.ID)
	if held := r.cal(r.Bob.Email, "work").Held(); len(held) != 0 {
		t.Fatalf("beside what Alice left: %+v", held)
	}
	r.connect(r.alice, "work", everything)
	r.run(c.ID)
	r.run(bobs.ID)
	if held := r.cal(r.Bob.Email, "work").Held(); len(held) != 1 {
		t.Errorf("Bob has %d there", len(held))
	}
}

func TestOnesOwnStoppedConnectionIsTakenUpAndNotSomebodyElses(t *testing.T) {
	r := newRig(t)
	mine := r.connect(r.alice, "work", "")
	_, err := r.s.Stop(r.ctx(), r.alice, mine.ID, true)
	r.ok(err)
	theirs, err := r.s.Connect(r.ctx(), r.bob, request(r.Alice.Email, "work", ""))
	r.ok(err)
	_, err = r.s.Stop(r.ctx(), r.bob, theirs.ID, true)
	r.ok(err)
	if got := r.connect(r.alice, "work", ""); got.ID != mine.ID {
		t.Errorf("connection %d, want %d", got.ID, mine.ID)
	}
}

func TestReconnectingHealsAllConnectionsOfTheAccount(t *testing.T) {
	r := newRig(t)
	work, home := r.connect(r.bob, "work", ""), r.connect(r.bob, "home", "")
	for _, id := range []store.ID{work.ID, home.ID} {
		r.set(id, func(c *store.Connection) { c.State, c.Reason = store.NeedsSignIn, provider.CodeWrongPassword })
	}
	sign := account.Credentials{Username: r.Bob.Email, Password: password}
	if err := r.s.Reconnect(r.ctx(), r.bob, work.Account, account.Credentials{Password: "wrong"}); provider.ClassOf(err) != provider.SignIn {
		t.Errorf("with a wrong password: %v", err)
	}
	other := r.s.Reconnect(r.ctx(), r.bob, work.Account, account.Credentials{Username: "carol", Password: password})
	if _, ok := errors.AsType[*connection.ErrOtherAccount](other); !ok {
		t.Errorf("with another account: %v", other)
	}
	until := r.Now().Add(time.Minute)
	r.Tx(func(tx engine.Tx) error {
		a, err := tx.Account(r.ctx(), work.Account)
		if err != nil {
			return err
		}
		a.BlockedUntil = until
		return tx.PutAccount(r.ctx(), &a)
	})
	if err := r.s.Reconnect(r.ctx(), r.bob, work.Account, sign); provider.ClassOf(err) != provider.RateLimited {
		t.Errorf("while the account rests: %v", err)
	}
	if _, err := r.s.Connect(r.ctx(), r.bob, connection.Request{Account: work.Account, Calendar: "home"}); provider.ClassOf(err) != provider.RateLimited {
		t.Errorf("a calendar looked at while the account rests: %v", err)
	}
	r.Pass(2 * time.Minute)
	r.ok(r.s.Reconnect(r.ctx(), r.bob, work.Account, sign))
	for _, id := range []store.ID{work.ID, home.ID} {
		if c := r.get(id); c.State != store.Active || c.Reason != "" {
			t.Errorf("connection %d is %s (%s)", id, c.State, c.Reason)
		}
	}
	if r.audits()["reconnect"] != 1 {
		t.Errorf("audit: %v", r.audits())
	}
}
