package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestWorkThatCannotBeReadBackIsLookedAtAnew, and holds up nobody (I15).
func TestWorkThatCannotBeReadBackIsLookedAtAnew(t *testing.T) {
	for _, o := range []enginetest.Options{{}, {Listing: true}, {Unread: true}} {
		r := newRoom(t, o, everything)
		r.Settle(r.id)
		for i := range 3 {
			id := r.cal.Add(event(fmt.Sprint("call ", i), 3+i, 10))
			r.Tx(func(tx engine.Tx) error {
				return tx.PutWork(t.Context(), r.id, "r:"+string(id), []byte(`{"s": 1, "e": `), r.Now(), false)
			})
		}
		gone := r.Create(r.Alice, event("gone", 8, 10))
		r.Settle(r.id)
		r.inStep(t, 4)
		id, _ := r.findEvent("gone")
		r.cal.Delete(id)
		r.Tx(func(tx engine.Tx) error {
			return tx.PutWork(t.Context(), r.id, "r:"+string(id), []byte("\x00\x01"), r.Now(), false)
		})
		r.Settle(r.id)
		if a := r.Activity(gone.ID); !a.Deleted() || len(r.Works(r.id)) != 0 {
			t.Errorf("%+v: waiting %+v", o, r.Works(r.id))
		}
		r.inStep(t, 3)
	}
}

func TestOnePoisonItemHoldsUpNobody(t *testing.T) {
	for _, state := range []provider.State{provider.StateUnreadable, provider.StateForbidden} {
		r := newRoom(t, enginetest.Options{}, everything)
		for i := range 4 {
			r.cal.Add(event("in", 3+i, 10))
		}
		bad := r.cal.Add(event("bad", 3, 12))
		r.cal.Spoil(bad, state, provider.UnknownZone)
		r.Sync(r.id)
		if here, _ := subjects(r); len(here) != 4 {
			t.Errorf("%v: here %q", state, here)
		}
		works := r.Works(r.id)
		if len(works) != 1 || works[0].HeldBy != store.HeldByParked || works[0].Reason != string(provider.UnknownZone) ||
			works[0].Detail != "as it stands there" {
			t.Errorf("%v: waiting: %+v", state, works)
		}
		r.Quiet(r.id)
		r.cal.Spoil(bad, provider.StateLive, "")
		r.Settle(r.id)
		r.inStep(t, 5)
		// What is tied and becomes unreadable is touched on neither side.
		r.cal.Spoil(bad, state, provider.BadSyntax)
		a, _ := r.find("bad")
		r.Settle(r.id)
		r.Edit(r.Alice, a.ID, setSubject("worse"), "subject")
		r.Sync(r.id)
		if works := r.Works(r.id); len(works) == 0 {
			t.Errorf("%v: nothing says that it is not in step", state)
		}
		r.cal.Spoil(bad, provider.StateLive, "")
		r.Settle(r.id)
		r.inStep(t, 5)
	}
}

func TestRefusedWritesAreSetAsideWithAReason(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" && c.Key == "" {
			return nil
		}
		if c.Op == "put" && len(r.cal.Held()) == 2 {
			return &provider.Error{Op: "put", Class: provider.Rejected, Code: "inexpressible"}
		}
		return nil
	}
	for i := range 4 {
		r.Create(r.Alice, event("out", 3+i, 10))
	}
	r.Sync(r.id)
	works := r.Works(r.id)
	if len(works) != 2 || works[0].HeldBy != store.HeldByParked || works[0].Reason != "inexpressible" {
		t.Errorf("%+v", works)
	}
	r.Quiet(r.id)
}

func TestALostCursorDeletesAndDoublesNothing(t *testing.T) {
	r := newRoom(t, enginetest.Options{Unread: true}, everything)
	for i := range 5 {
		r.cal.Add(event("in", 3+i, 10))
		r.Create(r.Alice, event("out", 3+i, 14))
	}
	r.Settle(r.id)
	gone, _ := r.findEvent("in")
	r.cal.Delete(gone)
	r.cal.Add(event("new", 20, 10))
	r.cal.Forget()
	r.Settle(r.id)
	r.inStep(t, 10)
}

func TestAnErrorIsNotAnEmptyCalendar(t *testing.T) {
	r := newRoom(t, enginetest.Options{Listing: true}, everything)
	for i := range 5 {
		r.cal.Add(event("in", 3+i, 10))
	}
	r.Settle(r.id)
	r.cal.Before = func(c enginetest.Call) error {
		return &provider.Error{Op: c.Op, Class: provider.Transient, Code: provider.CodeServer}
	}
	rep, err := r.Run(r.id, false)
	if err != nil || rep.Err == nil || rep.Run.State != "failed" || rep.Run.Error != provider.CodeServer {
		t.Errorf("%+v, %v", rep, err)
	}
	r.cal.Before = nil
	r.Settle(r.id)
	r.inStep(t, 5)
}

// TestWhatCannotBeSeenHasAReasonAlsoWhereTheServerGivesNone (I20).
func TestWhatCannotBeSeenHasAReasonAlsoWhereTheServerGivesNone(t *testing.T) {
	for state, want := range map[provider.State]string{
		provider.StateForbidden: provider.CodeNoPermission, provider.StateUnreadable: string(provider.BadSyntax),
	} {
		r := newRoom(t, enginetest.Options{}, everything)
		r.cal.Spoil(r.cal.Add(event("bad", 3, 12)), state, "")
		r.Sync(r.id)
		if works := r.Works(r.id); len(works) != 1 || works[0].HeldBy != store.HeldByParked || works[0].Reason != want || works[0].Detail != "" {
			t.Errorf("%v: waiting: %+v", state, works)
		}
	}
}

// TestWhatTheHubRefusesIsSetAsideWithTheFieldThatIsWrong, and the others come in.
func TestWhatTheHubRefusesIsSetAsideWithTheFieldThatIsWrong(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { everything(s); s.TypeIn = "nosuch" })
	r.cal.Add(event("in", 3, 10))
	rep := r.Sync(r.id)
	works := r.Works(r.id)
	if len(works) != 1 || works[0].HeldBy != store.HeldByParked || works[0].Reason != string(provider.Refused) || works[0].Detail != "type: unknown" {
		t.Errorf("waiting: %+v", works)
	}
	if rep.Counts[engine.ParkedCount] != 1 {
		t.Errorf("%v", rep.Counts)
	}
	r.Quiet(r.id)
}

// TestWhatFailsAgainAndAgainRestsLongerAndIsSetAsideInTheEnd: retries are bounded (I15).
func TestWhatFailsAgainAndAgainRestsLongerAndIsSetAsideInTheEnd(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			return &provider.Error{Op: "put", Class: provider.Transient, Code: provider.CodeServer}
		}
		return nil
	}
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	tries := 0
	for _, want := range []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, time.Hour, time.Hour, time.Hour, time.Hour, time.Hour} {
		at := r.Now()
		rep := r.Sync(r.id)
		tries++
		w := r.Works(r.id)[0]
		if !w.Due.Equal(at.Add(want)) || w.HeldBy != store.HeldByNothing && w.HeldBy != store.HeldByBackOff || w.Attempts != tries || w.Reason != provider.CodeServer {
			t.Fatalf("try %d: rests %v, want %v: %+v", tries, w.Due.Sub(at), want, w)
		}
		if !rep.Next.Equal(w.Due) || rep.Again {
			t.Errorf("try %d: the run says %v, again %t", tries, rep.Next, rep.Again)
		}
		if r.Sync(r.id); r.cal.Calls["put"] != tries+1 {
			t.Errorf("try %d: %d writes in all, want one before and one for each", tries, r.cal.Calls["put"])
		}
		r.Pass(w.Due.Sub(r.Now()))
	}
	r.Sync(r.id)
	if w := r.Works(r.id)[0]; w.HeldBy != store.HeldByParked || w.Reason != provider.CodeServer || w.Attempts != 12 || !strings.Contains(w.Detail, "transient") {
		t.Errorf("after the twelfth try: %+v", w)
	}
	r.Quiet(r.id)
}

// TestAFullMailboxIsTriedUntilThereIsRoom: it is mended there, so it is not set aside here, and says all the time what it waits for.
func TestAFullMailboxIsTriedUntilThereIsRoom(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	full := true
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" && full {
			return &provider.Error{Op: "put", Class: provider.Transient, Code: provider.CodeMailboxFull}
		}
		return nil
	}
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	for try := range 20 {
		r.Sync(r.id)
		w := r.Works(r.id)[0]
		if w.HeldBy == store.HeldByParked || w.Reason != provider.CodeMailboxFull || w.Due.Sub(r.Now()) > time.Hour {
			t.Fatalf("try %d: %+v", try, w)
		}
		r.Pass(w.Due.Sub(r.Now()))
	}
	full = false
	r.Sync(r.id)
	r.Quiet(r.id)
	if works := r.Works(r.id); len(works) != 0 {
		t.Errorf("with room again: %+v", works)
	}
}

// TestAnItemRestsAsLongAsTheServerAsks, and longer if it would anyway (I19).
func TestAnItemRestsAsLongAsTheServerAsks(t *testing.T) {
	for rest, want := range map[time.Duration]time.Duration{2 * time.Hour: 2 * time.Hour, time.Second: 15 * time.Second} {
		r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		at := r.Now().Add(time.Second) // the edit takes one
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op == "put" {
				return &provider.Error{Op: "put", Class: provider.Transient, RetryAfter: at.Add(rest)}
			}
			return nil
		}
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.Sync(r.id)
		if w := r.Works(r.id)[0]; !w.Due.Equal(at.Add(want)) {
			t.Errorf("asked for %v: rests %v", rest, w.Due.Sub(at))
		}
	}
}

// TestAnItemThatChangesUnderEveryWriteIsNotTriedForEver: at once a few times, then after some minutes (I22).
func TestAnItemThatChangesUnderEveryWriteIsNotTriedForEver(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	before := r.cal.Calls["put"]
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			r.cal.Edit(id, func(e *calendar.Event) { e.Location += "." })
		}
		return nil
	}
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	at := r.Now()
	rep := r.Sync(r.id)
	if n := r.cal.Calls["put"] - before; n != 4 || !rep.Next.Equal(at.Add(5*time.Minute)) || rep.Again {
		t.Errorf("%d writes in one run, the next at %v", n, rep.Next)
	}
	r.cal.Before = nil
	r.Settle(r.id)
	r.inStep(t, 1)
	if got := r.only(t).Plan; got.Subject != "Call Bob" || got.Location != "...." {
		t.Errorf("%q at %q", got.Subject, got.Location)
	}
}

// TestACreationThatSomethingStandsInTheWayOfIsTriedAgainUnderItsKey.
func TestACreationThatSomethingStandsInTheWayOfIsTriedAgainUnderItsKey(t *testing.T) {
	for _, class := range []provider.Class{provider.Conflict, provider.Transient, provider.SignIn, provider.RateLimited} {
		r := newRoom(t, enginetest.Options{}, everything)
		var keys []provider.Key
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op != "put" {
				return nil
			}
			if keys = append(keys, c.Key); len(keys) == 1 {
				return &provider.Error{Op: "put", Class: class}
			}
			return nil
		}
		r.Create(r.Alice, event("out", 3, 10))
		if _, err := r.Run(r.id, false); err != nil {
			t.Fatal(err)
		}
		if len(keys) != 1 {
			t.Errorf("%v: %d tries in one run", class, len(keys))
		}
		r.set(t, func(c *store.Connection) { c.State = store.Active })
		r.Pass(time.Hour)
		r.Settle(r.id)
		r.inStep(t, 1)
		if len(keys) != 2 || keys[0] != keys[1] {
			t.Errorf("%v: created under %q", class, keys)
		}
	}
}

// TestWhatIsGivenUpWhileItIsWrittenStaysGivenUp: the answer finds no note any more.
func TestWhatIsGivenUpWhileItIsWrittenStaysGivenUp(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op != "put" {
			return nil
		}
		r.cal.Before = nil
		r.Tx(func(tx engine.Tx) error {
			row, err := tx.Connection(t.Context(), r.id)
			if err != nil {
				return err
			}
			w, err := tx.WorkBySubject(t.Context(), r.id, fmt.Sprint("a:", a.ID))
			if err != nil {
				return err
			}
			return r.Engine.Accept(t.Context(), tx, row, w)
		})
		return &provider.Error{Op: "put", Class: provider.Rejected}
	}
	r.Settle(r.id)
	r.Quiet(r.id)
	if got := r.cal.Held()[id].Subject; got != "Call" || len(r.Works(r.id)) != 0 || r.only(t).Plan.Subject != "Call Bob" {
		t.Errorf("%q there, waiting %+v", got, r.Works(r.id))
	}
	if l := r.Links(r.id); len(l) != 1 || l[0].State != store.LinkLinked || l[0].Pending != nil {
		t.Errorf("tied: %+v", l)
	}
}

// TestWhatIsGivenUpAndCoveredNoMoreRests: the event stays where it is, also at a CRM that a series cannot go to.
func TestWhatIsGivenUpAndCoveredNoMoreRests(t *testing.T) {
	for name, c := range map[string]struct {
		o     enginetest.Options
		leave func(*crm.Activity)
		field string
	}{
		"a task":                 {enginetest.Options{}, setType("task"), "type"},
		"a series at a CRM":      {enginetest.CRM(), func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY;COUNT=3" }, "recurrence"},
		"a series in a calendar": {enginetest.Options{}, func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY;COUNT=3" }, "recurrence"},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, _ := linked(t, c.o, true, event("Call", 3, 10), types)
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op == "put" || c.Op == "remove" {
					return &provider.Error{Op: c.Op, Class: provider.Rejected}
				}
				return nil
			}
			r.Edit(r.Alice, a.ID, c.leave, c.field)
			r.settleAll(t)
			works := r.Works(r.id)
			if len(works) != 1 || works[0].HeldBy != store.HeldByParked {
				t.Fatalf("waiting: %+v", works)
			}
			r.Tx(func(tx engine.Tx) error {
				row, err := tx.Connection(t.Context(), r.id)
				if err != nil {
					return err
				}
				return r.Engine.Accept(t.Context(), tx, row, works[0])
			})
			want := store.LinkDormant
			if name == "a series in a calendar" {
				want = store.LinkLinked
			}
			if l := r.Links(r.id); len(l) != 1 || l[0].State != want || len(r.cal.Held()) != 1 || len(r.Works(r.id)) != 0 {
				t.Errorf("tied: %+v, waiting: %+v", l, r.Works(r.id))
			}
			r.Quiet(r.id)
		})
	}
}
