package house_test

import (
	"errors"
	"fmt"
	"testing"

	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// TestStopAndConnectAgain stops a connection, keeping or removing what it made, and connects the same calendar again. No item
// is there twice on any side (I21), under any starting point before and after.
func TestStopAndConnectAgain(t *testing.T) {
	notShort(t)
	t.Parallel()
	for _, keep := range []bool{true, false} {
		for _, before := range []string{"new_and_changed", "everything"} {
			for _, after := range []string{"new_and_changed", "everything"} {
				t.Run(fmt.Sprintf("keeping %t, first %s, then %s", keep, before, after), func(t *testing.T) {
					t.Parallel()
					again(t, keep, before, after)
				})
			}
		}
	}
}

func again(t *testing.T, keep bool, before, after string) {
	l := newHouse(t, setup{idle: true})
	f := newStandFar(t, caldav.ProfilePlain)
	l.sign = f.sign()
	p := newPair(l, f)
	old := []string{"old-here-1", "old-here-2", "old-there-1", "old-there-2"}
	fresh := []string{"here-1", "here-2", "there-1", "there-2"}
	p.addHere(old[0])
	p.addHere(old[1])
	p.addThere(old[2])
	p.addThere(old[3])
	first := l.connect(`{"start":"` + before + `"}`)
	l.once(first.ID)
	p.addHere(fresh[0])
	p.addHere(fresh[1])
	p.addThere(fresh[2])
	p.addThere(fresh[3])
	l.once(first.ID)
	both := fresh
	if before == "everything" {
		both = append(fresh, old...)
	}
	p.inStep(both...)
	if _, err := l.house.Connections.Stop(t.Context(), l.who, first.ID, keep); err != nil {
		t.Fatal(err)
	}
	if !keep {
		p.apart(append(fresh, old...)...) // each is where it was born, and nowhere else
		both = nil
	}
	p.single()
	p.editThere("there-1", "moved while it was stopped")
	p.editHere("here-1", "moved while it was stopped", p.subjects()["here-1"])
	second := l.connect(`{"start":"` + after + `"}`)
	for range 2 {
		l.once(second.ID)
	}
	if after == "everything" {
		both = append(fresh, old...)
	}
	p.inStep(both...)
	p.single()
	l.still(second.ID)
	// What is edited from now on is carried over.
	p.editThere("old-there-1", "moved there")
	p.editHere("old-here-1", "moved here", p.subjects()["old-here-1"])
	l.once(second.ID)
	p.inStep("old-there-1", "old-here-1")
	p.single()
	l.still(second.ID)
}

// sides are how often each subject is on either side, and where it says it is.
func (p *pair) sides() (here, there map[string][]string) {
	p.t.Helper()
	here, there = map[string][]string{}, map[string][]string{}
	for _, a := range p.all() {
		here[a.Plan.Subject] = append(here[a.Plan.Subject], a.Plan.Location)
	}
	for _, body := range p.far.list() {
		s := property(body, "SUMMARY")
		there[s] = append(there[s], property(body, "LOCATION"))
	}
	return here, there
}

// inStep demands that items are once on each side, saying what they are to say.
func (p *pair) inStep(subjects ...string) {
	p.t.Helper()
	here, there := p.sides()
	for _, s := range subjects {
		want := fmt.Sprint([]string{p.want[s]})
		if fmt.Sprint(here[s]) != want || fmt.Sprint(there[s]) != want {
			p.t.Errorf("%s: %v here and %v there, want %s on both sides", s, here[s], there[s], want)
		}
	}
}

// apart demands that items are on the side where they were born alone.
func (p *pair) apart(subjects ...string) {
	p.t.Helper()
	here, there := p.sides()
	for _, s := range subjects {
		born := there
		if s == "here-1" || s == "here-2" || s == "old-here-1" || s == "old-here-2" {
			born = here
		}
		if len(here[s])+len(there[s]) != 1 || len(born[s]) != 1 {
			p.t.Errorf("%s: %v here and %v there, want it where it was born alone", s, here[s], there[s])
		}
	}
}

// single demands that nothing is twice on one side.
func (p *pair) single() {
	p.t.Helper()
	here, there := p.sides()
	for side, items := range map[string]map[string][]string{"CRM": here, "calendar": there} {
		for s, copies := range items {
			if len(copies) != 1 {
				p.t.Errorf("%s is %d times in the %s", s, len(copies), side)
			}
		}
	}
}

// TestConnectTwice connects a calendar that is connected already: by its owner, by its owner under another address, and
// by a colleague who has the password.
func TestConnectTwice(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"new_and_changed", "everything"} {
		t.Run(start, func(t *testing.T) {
			t.Parallel()
			l := newHouse(t, setup{idle: true})
			f := newStandFar(t, caldav.ProfilePlain)
			l.sign = f.sign()
			p := newPair(l, f)
			p.addThere("there")
			settings := `{"start":"` + start + `"}`
			c := l.connect(settings)
			p.addHere("here")
			l.once(c.ID)
			colleague := l.join("bob@example.com")
			direct := l.sign
			direct.URL = f.url + f.s.CalendarPath(f.user, "calendar")
			for name, try := range map[string]func() (store.Connection, error){
				"the same way":          func() (store.Connection, error) { return l.tryConnect(l.who, l.sign, settings) },
				"by the calendar's URL": func() (store.Connection, error) { return l.tryConnect(l.who, direct, settings) },
				"by a colleague":        func() (store.Connection, error) { return l.tryConnect(colleague, l.sign, settings) },
			} {
				second, err := try()
				already, ok := errors.AsType[*connection.ErrAlreadyConnected](err)
				if !ok || already.ID != c.ID {
					t.Errorf("%s: connection %d, %v; want to be told that it is connected", name, second.ID, err)
				}
			}
			l.once(c.ID)
			p.single()
			l.still(c.ID)
		})
	}
}

// join adds a user to the company.
func (l *lab) join(email string) connection.Who {
	l.t.Helper()
	login := store.Login{Email: email, Password: "x", Created: l.clock.Now()}
	if err := l.house.DB.PutLogin(l.t.Context(), &login); err != nil {
		l.t.Fatal(err)
	}
	who := l.who
	l.tx(func(tx engine.Tx) (err error) {
		who.User, err = l.house.Hub.AddUser(l.t.Context(), tx, hub.By(l.who.User), crm.User{
			Login: login.ID, Name: email, Email: email, Role: crm.Regular, TimeZone: "Europe/Helsinki", Locale: "en", Active: true,
		})
		return err
	})
	return who
}
