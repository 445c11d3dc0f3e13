package engine_test

import (
	"context"
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

// slow is a room in which the request to create an activity's item has not arrived yet: its worker stands still, another one
// has looked for the item, found none, and rests before it tries again. arrive lets the request arrive.
func slow(t *testing.T) (r *room, arrive func()) {
	t.Helper()
	r = newRoom(t, enginetest.Options{}, everything)
	r.Settle(r.id)
	var key provider.Key
	class := provider.Unknown
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" && c.ID == "" {
			key = c.Key
			return &provider.Error{Op: "put", Class: class}
		}
		return nil
	}
	r.Create(r.Alice, event("call", 3, 10))
	r.Sync(r.id)
	r.Pass(time.Minute)
	class = provider.Rejected // whatever keeps the second worker from creating it by itself
	r.Sync(r.id)
	r.cal.Before = nil
	if key == "" {
		t.Fatal("nothing was sent")
	}
	return r, func() {
		put := provider.Put{Key: key, Event: event("call", 3, 10), Fields: calendar.BothWaysFields}
		if _, err := r.cal.Put(t.Context(), put); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACreationThatArrivesLateIsTheActivitysOwn(t *testing.T) {
	r, arrive := slow(t)
	arrive()
	r.Settle(r.id)
	r.inStep(t, 1)
}

func TestACreationThatArrivesLateGetsWhatWasEditedSince(t *testing.T) {
	r, arrive := slow(t)
	arrive()
	r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Settle(r.id)
	r.inStep(t, 1)
	if a := r.only(t); a.Plan.Location != "Room 4" {
		t.Errorf("at %q", a.Plan.Location)
	}
}

// TestTheDryRunKnowsACreationThatArrivesLate, whatever became of either side since.
func TestTheDryRunKnowsACreationThatArrivesLate(t *testing.T) {
	for name, change := range map[string]func(*room){
		"as it was sent": func(*room) {},
		"edited here": func(r *room) {
			r.Edit(r.Alice, r.only(r.T).ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
		},
		"edited there": func(r *room) { r.cal.Edit(r.onlyEvent(r.T), setPlace("Room 4")) },
		"deleted here": func(r *room) { r.Delete(r.Alice, r.only(r.T).ID) },
	} {
		t.Run(name, func(t *testing.T) {
			r, arrive := slow(t)
			arrive()
			change(r)
			if says := r.atOnce(t); says[engine.LinkedCount] != 1 || says[engine.CreatedInCRM] != 0 || says[engine.CreatedInCalendar] != 0 {
				t.Errorf("%v", says)
			}
		})
	}
}

// TestAnEditOfACreationThatArrivedLateComesIn: what somebody typed into the event is no older than the activity (I2).
func TestAnEditOfACreationThatArrivedLateComesIn(t *testing.T) {
	r, arrive := slow(t)
	arrive()
	r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) { e.Location = "Room 4" })
	r.Settle(r.id)
	if a := r.only(t); a.Plan.Location != "Room 4" {
		t.Errorf("at %q", a.Plan.Location)
	}
	r.inStep(t, 1)
}

// TestWhatAServerCutsOfWhatItHasJustMadeIsNoEdit, also where an earlier try was never found: nobody has typed there yet (I2).
func TestWhatAServerCutsOfWhatItHasJustMadeIsNoEdit(t *testing.T) {
	r, _ := slow(t)
	cut := 0
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" && c.ID == "" {
			cut++
			r.cal.Edit(provider.RemoteID(c.Key), func(e *calendar.Event) { e.Subject = e.Subject[:2] })
		}
		return nil
	}
	for _, w := range r.Works(r.id) { // it was set aside, and somebody tries it again
		r.Tx(func(tx engine.Tx) error {
			w.HeldBy, w.Due = store.HeldByNothing, r.Now()
			return tx.UpdateWork(t.Context(), w)
		})
	}
	r.Settle(r.id)
	if a := r.only(t); cut != 1 || a.Plan.Subject != "call" {
		t.Errorf("cut %d times; here it is %q", cut, a.Plan.Subject)
	}
}

func TestACreationThatArrivesAfterTheDeletionIsDeleted(t *testing.T) {
	r, arrive := slow(t)
	arrive()
	r.Delete(r.Alice, r.only(t).ID)
	r.Settle(r.id)
	r.inStep(t, 0)
}

// confused answers every creation with one item.
type confused struct {
	engine.Remote
	item provider.Item
}

func (c confused) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	for i := range answers {
		answers[i].Item = c.item
	}
	return answers
}

// TestAnItemThatIsTiedToAnotherActivityStopsNobody: what cannot be ties down its own item, and not the connection (I15).
func TestAnItemThatIsTiedToAnotherActivityStopsNobody(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, true, event("first", 3, 10), nil)
	items, err := r.cal.Read(t.Context(), []provider.RemoteID{id})
	if err != nil {
		t.Fatal(err)
	}
	r.Create(r.Alice, event("second", 3, 12))
	target := r.Target(r.id)
	target.Remote = confused{target.Remote, items[0]}
	rep, err := r.Engine.Run(t.Context(), target)
	if err != nil || rep.Err != nil {
		t.Fatal(err, rep.Err)
	}
	list := r.Works(r.id)
	if len(list) != 1 || list[0].Reason != "copy" {
		t.Fatalf("waiting: %+v", list)
	}
	r.Revive() // the claim is given back
	r.Tx(func(tx engine.Tx) error { return tx.PutWork(t.Context(), r.id, list[0].Subject, nil, r.Now(), true) })
	r.Settle(r.id)
	r.inStep(t, 2)
	for _, l := range r.Links(r.id) {
		if l.Incarnation != 1 {
			t.Errorf("%s is incarnation %d", l.Remote, l.Incarnation)
		}
	}
}

// mistaken is a calendar that finds one and the same item under every key.
type mistaken struct {
	engine.Remote
	item provider.Item
}

func (m mistaken) Find(context.Context, provider.Key) (provider.Item, error) { return m.item, nil }

// TestWhatIsFoundAndTiedToAnotherActivityWasNotMade: it is made as it was to be.
func TestWhatIsFoundAndTiedToAnotherActivityWasNotMade(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, true, event("first", 3, 10), nil)
	items, err := r.cal.Read(t.Context(), []provider.RemoteID{id})
	if err != nil {
		t.Fatal(err)
	}
	r.once("put", false, provider.Unknown)
	r.Create(r.Alice, event("second", 3, 12))
	r.Sync(r.id)
	r.Pass(time.Minute)
	target := r.Target(r.id)
	target.Remote = mistaken{target.Remote, items[0]}
	if says, err := r.Engine.DryRun(t.Context(), target, nil); err != nil || says[engine.CreatedInCalendar] != 1 || says[engine.LinkedCount] != 0 {
		t.Errorf("foreseen: %v, %v", says, err)
	}
	rep, err := r.Engine.Run(t.Context(), target)
	if err != nil || rep.Err != nil || rep.Counts[engine.CreatedInCalendar] != 1 {
		t.Errorf("%v, %v, %v", rep.Counts, rep.Err, err)
	}
	r.Revive() // the claim is given back
	r.Settle(r.id)
	r.inStep(t, 2)
	for _, l := range r.Links(r.id) {
		if l.Incarnation != 1 {
			t.Errorf("%s is incarnation %d", l.Remote, l.Incarnation)
		}
	}
}

// TestACreationThatWasRefusedAndIsThereAllTheSame is the activity's own, and what was edited since goes out.
func TestACreationThatWasRefusedAndIsThereAllTheSame(t *testing.T) {
	for _, edited := range []bool{false, true} {
		r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { everything(s); s.CRMContext = true })
		r.cal.After = func(c enginetest.Call) error {
			if c.Op == "put" {
				return &provider.Error{Op: "put", Class: provider.Rejected}
			}
			return nil
		}
		a := r.Create(r.Alice, event("call", 3, 10))
		r.Sync(r.id)
		r.cal.After = nil
		if edited {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
		}
		rep := r.Sync(r.id)
		r.Settle(r.id)
		links := r.Links(r.id)
		if len(links) != 1 || !links[0].Ours || links[0].Incarnation != 1 || rep.Counts[engine.LinkedCount] != 1 {
			t.Fatalf("%+v; %v", links, rep.Counts)
		}
		held := r.cal.Held()[remoteOf(links[0])]
		if n := strings.Count(held.Description, "--- CRM ---"); len(r.cal.Held()) != 1 || n != 1 {
			t.Errorf("%d events, %d context blocks: %q", len(r.cal.Held()), n, held.Description)
		}
		if here := r.only(t); here.Plan.Location != held.Location || edited != (here.Plan.Location == "Room 4") || here.Plan.Description != "" {
			t.Errorf("here %+v, there %+v", here.Plan.Values, held.Values)
		}
		if works := r.Works(r.id); len(works) != 0 {
			t.Errorf("waiting: %+v", works)
		}
		r.Quiet(r.id)
	}
}
