package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// choose answers the question that work waits with for a reason: an item's, or the activity's.
func (r *room) choose(t testing.TB, subject string) {
	t.Helper()
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		w, err := tx.WorkBySubject(t.Context(), r.id, subject)
		if err != nil {
			return err
		}
		return r.Engine.Choose(t.Context(), tx, c, w)
	})
}

// settleAll runs until nothing is due, letting time go by, and leaves alone what waits for a person.
func (r *room) settleAll(t testing.TB) {
	t.Helper()
	for range 20 {
		if rep := r.Sync(r.id); !rep.Again && rep.Next.IsZero() {
			return
		}
		r.Pass(10 * time.Minute)
	}
	t.Fatalf("still not settled: %+v", r.Works(r.id))
}

func TestALostReplyWithoutKeysMakesNoTwin(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	lost := r.loseFirstReply()
	a := r.Create(r.Alice, event("Call", 3, 12))
	r.settleAll(t)
	if !*lost || len(r.cal.Held()) != 1 {
		t.Fatalf("%d are there", len(r.cal.Held()))
	}
	if l := r.Links(r.id); len(l) != 1 || l[0].Activity != a.ID || l[0].Remote != string(r.onlyEvent(t)) || l[0].State != store.LinkLinked {
		t.Errorf("tied: %+v", l)
	}
	r.Quiet(r.id)
}

func TestALostRequestWithoutKeysIsMadeOnceNothingCanArriveAnyMore(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	tries := 0
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op != "put" {
			return nil
		}
		if tries++; tries == 1 {
			return &provider.Error{Op: "put", Class: provider.Unknown}
		}
		return nil
	}
	r.Create(r.Alice, event("Call", 3, 12))
	r.Sync(r.id)
	r.Pass(time.Minute)
	r.Sync(r.id)
	if tries != 1 {
		t.Fatal("it was made anew while the first request may still arrive")
	}
	r.settleAll(t)
	if tries != 2 || len(r.cal.Held()) != 1 {
		t.Errorf("%d tries, %d are there", tries, len(r.cal.Held()))
	}
	r.Quiet(r.id)
}

// asked is a room in which the reply to a creation was lost, and somebody has renamed what it made, or made something like it.
func asked(t *testing.T) (r *room, activity store.ID, item provider.RemoteID) {
	r = newRoom(t, enginetest.CRM(), everything)
	r.loseFirstReply()
	a := r.Create(r.Alice, event("Call", 3, 12))
	r.Sync(r.id)
	item = r.onlyEvent(t)
	r.cal.Edit(item, func(e *calendar.Event) { e.Subject = "Call Ann" })
	r.settleAll(t)
	reasons := map[string]string{}
	for _, w := range r.Works(r.id) {
		reasons[w.Subject[:1]] = w.Reason
	}
	if len(r.cal.Held()) != 1 || len(r.Activities()) != 1 || reasons["a"] != "unsure" || reasons["r"] != "unsure_item" {
		t.Fatalf("%d there, %d here, waiting: %+v", len(r.cal.Held()), len(r.Activities()), r.Works(r.id))
	}
	rows, calls := r.Rows, r.cal.Calls["made"]
	r.Sync(r.id)
	if r.Rows != rows || r.cal.Calls["made"] != calls {
		t.Error("waiting for an answer is not quiet")
	}
	return r, a.ID, item
}

// TestOfWhatWasMadeOneWordIsEnoughToAsk: people have edited all but its title, when it begins, or its text, before anybody asked what was made
// (I1).
func TestOfWhatWasMadeOneWordIsEnoughToAsk(t *testing.T) {
	rename := func(e *calendar.Event) { e.Subject = "Ring Ann" }
	later := func(e *calendar.Event) { e.Start.Wall, e.End.Wall = e.Start.Wall+7200, e.End.Wall+7200 }
	longer := func(e *calendar.Event) { e.End.Wall += 3600 }
	rewrite := func(e *calendar.Event) { e.Description = "about the contract" }
	for what, c := range map[string]struct {
		edits []func(*calendar.Event)
		asked int
	}{
		"its title":           {[]func(*calendar.Event){later, longer, rewrite}, 2},
		"when it begins":      {[]func(*calendar.Event){rename, longer, rewrite}, 2},
		"its text":            {[]func(*calendar.Event){rename, later, longer}, 2},
		"nothing of all that": {[]func(*calendar.Event){rename, later, rewrite}, 0},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRoom(t, enginetest.CRM(), everything)
			r.loseFirstReply()
			e := event("Call", 3, 12)
			e.Description = "bring the plan"
			r.Create(r.Alice, e)
			r.Sync(r.id)
			for _, edit := range c.edits {
				r.cal.Edit(r.onlyEvent(t), edit)
			}
			r.settleAll(t)
			if n := len(r.Works(r.id)); n != c.asked || (len(r.cal.Held()) == 1) != (n > 0) {
				t.Errorf("%d are there, and %d wait, want %d: %+v", len(r.cal.Held()), n, c.asked, r.Works(r.id))
			}
		})
	}
}

func TestWhatIsOnlyLikeItIsAskedAboutAndTiedOnTheAnswer(t *testing.T) {
	r, activity, item := asked(t)
	r.choose(t, "r:"+string(item))
	r.settleAll(t)
	if a := r.only(t); a.ID != activity || a.Plan.Subject != "Call Ann" || len(r.cal.Held()) != 1 {
		t.Errorf("%d there; here %+v", len(r.cal.Held()), a)
	}
	r.Quiet(r.id)
}

func TestNoneOfThemMakesItAnewAndLetsTheOthersIn(t *testing.T) {
	r, activity, _ := asked(t)
	r.choose(t, hub.Subject(activity))
	r.settleAll(t)
	if len(r.cal.Held()) != 2 || len(r.Activities()) != 2 || len(r.Works(r.id)) != 0 {
		t.Errorf("%d there, %d here, waiting: %+v", len(r.cal.Held()), len(r.Activities()), r.Works(r.id))
	}
	r.Quiet(r.id)
}

func TestTwoThatSayExactlyThatAreAskedAbout(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.loseFirstReply()
	r.Create(r.Alice, event("Call", 3, 12))
	r.Sync(r.id)
	held := r.cal.Held()[r.onlyEvent(t)]
	twin := r.cal.Add(held)
	r.settleAll(t)
	if len(r.Activities()) != 1 || len(r.Works(r.id)) != 3 {
		t.Fatalf("%d here, waiting: %+v", len(r.Activities()), r.Works(r.id))
	}
	r.choose(t, "r:"+string(twin))
	r.settleAll(t)
	if len(r.cal.Held()) != 2 || len(r.Activities()) != 2 {
		t.Errorf("%d there, %d here, waiting: %+v", len(r.cal.Held()), len(r.Activities()), r.Works(r.id))
	}
	r.Quiet(r.id)
}

func TestAnAnswerThatNobodyAskedForIsRefused(t *testing.T) {
	r, _, _ := asked(t)
	other := r.Create(r.Alice, event("Lunch", 5, 12))
	r.loseFirstReply()
	r.Sync(r.id)
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		for _, subject := range []string{"a:4711", "r:elsewhere", hub.Subject(other.ID)} {
			if got := r.Engine.Choose(t.Context(), tx, c, store.Work{Subject: subject}); !errors.Is(got, engine.ErrNotAsked) {
				t.Errorf("%s: %v", subject, got)
			}
		}
		return err
	})
}

// A question goes away by itself where what it was about does.
func TestAQuestionIsLookedAtAgainWhenItIsTriedAgain(t *testing.T) {
	r, activity, item := asked(t)
	r.cal.Delete(item)
	r.Pass(time.Hour)
	r.Tx(func(tx engine.Tx) error {
		list, err := tx.ListWork(t.Context(), r.id, 0, 100)
		if err != nil {
			return err
		}
		for _, w := range list {
			w.HeldBy, w.Class, w.Attempts, w.Due = store.HeldByNothing, "", 0, r.Now()
			if err := tx.UpdateWork(t.Context(), w); err != nil {
				return err
			}
		}
		return nil
	})
	r.settleAll(t)
	if a := r.only(t); a.ID != activity || len(r.cal.Held()) != 1 {
		t.Errorf("%d there; here %+v, waiting: %+v", len(r.cal.Held()), a, r.Works(r.id))
	}
	r.Quiet(r.id)
}

// What was given up and comes after all is no second appointment.
func TestWhatArrivesLateIsSetAsideAsACopy(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	tries := 0
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			if tries++; tries == 1 {
				return &provider.Error{Op: "put", Class: provider.Unknown}
			}
		}
		return nil
	}
	r.Create(r.Alice, event("Call", 3, 12))
	r.settleAll(t)
	held := r.cal.Held()[r.onlyEvent(t)]
	late := r.cal.Add(held)
	r.settleAll(t)
	if w := r.Works(r.id); len(w) != 1 || w[0].Reason != "copy" || w[0].Subject != "r:"+string(late) || len(r.Activities()) != 1 {
		t.Errorf("%d here, waiting: %+v", len(r.Activities()), w)
	}
}

// givenUpThere is a CRM at which a creation was given up, and the one behind it refused; what the first has made shows only now.
func givenUpThere(t *testing.T) (r *room, activity store.ID, item provider.RemoteID) {
	r = unanswered(t)
	made := r.onlyEvent(t)
	held := r.cal.Held()[made]
	r.cal.Delete(made)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			return &provider.Error{Op: "put", Class: provider.Rejected}
		}
		return nil
	}
	r.settleAll(t)
	r.cal.Before = nil
	if w := r.Works(r.id); len(w) != 1 || w[0].HeldBy != store.HeldByParked {
		t.Fatalf("waiting: %+v", w)
	}
	return r, r.only(t).ID, r.cal.Add(held)
}

// What was given up and comes before it could be made anew is what was to be made: nothing is made beside it (I1).
func TestWhatArrivesLateIsWhatWaitsToBeMadeAnew(t *testing.T) {
	r, activity, item := givenUpThere(t)
	r.foresee(t, 0)
	r.settleAll(t)
	l := r.Links(r.id)
	if len(l) != 1 || l[0].Activity != activity || l[0].Remote != string(item) || !l[0].Ours || r.onlyEvent(t) != item || r.only(t).ID != activity {
		t.Errorf("tied: %+v, waiting: %+v", l, r.Works(r.id))
	}
	r.Quiet(r.id)
}

// Wherever the process dies, there is one copy on each side.
func TestACrashAnywhereWithoutKeysLeavesOneCopy(t *testing.T) {
	for at := 1; ; at++ {
		r := newRoom(t, enginetest.CRM(), everything)
		a := r.Create(r.Alice, event("Call", 3, 12))
		r.cal.Add(atUTC("Visit", 4, 12, calendar.Facets{Type: calendar.Ref{ID: "visit", Name: "Visit"}, Person: calendar.Ref{ID: "p1", Name: "Ann"}}))
		r.CrashAt = r.Steps + at
		_, _ = r.Run(r.id, false)
		crashed := r.Steps >= r.CrashAt
		r.Revive()
		r.settleAll(t)
		if len(r.cal.Held()) != 2 || len(r.Activities()) != 2 || len(r.Works(r.id)) != 0 {
			t.Fatalf("crash at %d: %d there, %d here, waiting: %+v", at, len(r.cal.Held()), len(r.Activities()), r.Works(r.id))
		}
		if l := r.Links(r.id); len(l) != 2 || l[0].Activity != a.ID && l[1].Activity != a.ID {
			t.Fatalf("crash at %d: tied: %+v", at, l)
		}
		r.Quiet(r.id)
		if !crashed {
			return
		}
	}
}

// What somebody was asked about stays in question, whatever becomes of it.
func TestAQuestionStandsHoweverItsItemIsEdited(t *testing.T) {
	r, activity, item := asked(t)
	r.cal.Edit(item, func(e *calendar.Event) {
		e.Subject, e.Start.Wall, e.End.Wall = "Something else", hour(20, 8), hour(20, 9)
	})
	r.Edit(r.Alice, activity, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.settleAll(t)
	if len(r.cal.Held()) != 1 || len(r.Activities()) != 1 {
		t.Fatalf("%d there, %d here, waiting: %+v", len(r.cal.Held()), len(r.Activities()), r.Works(r.id))
	}
	r.choose(t, "r:"+string(item))
	r.settleAll(t)
	if a := r.only(t); a.Plan.Subject != "Something else" || a.Plan.Location != "Room 4" || r.cal.Held()[item].Location != "Room 4" {
		t.Errorf("here %+v, there %+v", a.Plan.Values, r.cal.Held()[item].Values)
	}
	r.Quiet(r.id)
}

// A question about what is gone is none, and asks again only for what may arrive yet.
func TestAQuestionAboutWhatIsGoneAtOnceEndsTheRun(t *testing.T) {
	r, activity, item := asked(t)
	r.cal.Delete(item)
	r.Edit(r.Alice, activity, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Sync(r.id) // within the time in which it may still arrive
	if len(r.cal.Held()) != 0 {
		t.Error("it was made anew while the first may still arrive")
	}
	r.settleAll(t)
	if a := r.only(t); len(r.cal.Held()) != 1 || a.ID != activity {
		t.Errorf("%d there, waiting: %+v", len(r.cal.Held()), r.Works(r.id))
	}
	r.Quiet(r.id)
}

func TestAQuestionThatAnswersItselfLetsTheOthersGo(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.loseFirstReply()
	activity := r.Create(r.Alice, event("Call", 3, 12)).ID
	r.Sync(r.id)
	item := r.onlyEvent(t)
	held := r.cal.Held()[item]
	r.cal.Edit(item, func(e *calendar.Event) { e.Subject = "Call Ann" })
	held.Subject = "Call Bob"
	other := r.cal.Add(held)
	r.settleAll(t)
	if w := r.Works(r.id); len(w) != 3 {
		t.Fatalf("asked about both, waiting: %+v", w)
	}
	r.cal.Edit(item, func(e *calendar.Event) { e.Subject = "Call" }) // as it was sent
	r.Edit(r.Alice, activity, func(a *crm.Activity) { a.Note = "and again" }, hub.FieldNote)
	r.settleAll(t)
	if len(r.Activities()) != 2 || len(r.cal.Held()) != 2 || len(r.Works(r.id)) != 0 {
		t.Errorf("%d here, %d there, waiting: %+v", len(r.Activities()), len(r.cal.Held()), r.Works(r.id))
	}
	for _, l := range r.Links(r.id) {
		if ours := l.Activity == activity; ours != (l.Remote == string(item)) || !ours && l.Remote != string(other) {
			t.Errorf("tied: activity %d and %s", l.Activity, l.Remote)
		}
	}
	r.Quiet(r.id)
}

// TestACreationThatWasFoundCountsOnce: what was made without an answer, and found by the same run, is in the day's tally and in doubt no
// more, so that the brake lets pass what it would have let pass anyway (I24).
func TestACreationThatWasFoundCountsOnce(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.Settle(r.id)
	const lost, more = 40, 9 // fifty a day
	create := func(from, to int) {
		for i := from; i < to; i++ {
			r.Create(r.Alice, event(fmt.Sprint("call ", i), 3+i/10, 8+i%10))
		}
	}
	create(0, lost)
	puts := 0
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" {
			puts++
		}
		switch {
		case c.Op == "put" && puts == lost:
			create(lost, lost+1)
			fallthrough
		case c.Op == "put" && puts < lost:
			return &provider.Error{Op: "put", Class: provider.Unknown}
		case c.Op == "put" && puts == lost+1:
			r.Pass(10 * time.Minute) // so that all are looked for before the run ends
		case c.Op == "made":
			create(lost+1, lost+more)
		}
		return nil
	}
	r.Sync(r.id)
	if n := len(r.cal.Held()); n != lost+more || r.held(t) != 0 {
		t.Errorf("%d of %d were made, %d are held", n, lost+more, r.held(t))
	}
	r.Settle(r.id)
	r.still(t, lost+more)
}

// TestACreationThatIsAskedAboutCounts: it may well have been made, so that no more pass the brake beside it, in the run that asks or in
// a later one (I24). A day later it counts no more.
func TestACreationThatIsAskedAboutCounts(t *testing.T) {
	for name, later := range map[string]bool{"in the run that asks": false, "in a later run": true} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.CRM(), everything)
			r.Settle(r.id)
			r.loseFirstReply()
			r.Create(r.Alice, event("Call", 3, 12))
			r.Sync(r.id)
			r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) { e.Subject = "Call Ann" })
			if later {
				r.settleAll(t)
			}
			for i := range 60 {
				r.Create(r.Alice, event(fmt.Sprint("more ", i), 4+i/10, 8+i%10))
			}
			r.settleAll(t)
			if n := len(r.cal.Held()); n != 50 {
				t.Errorf("%d were made in a day, and 50 need no leave", n)
			}
			r.Pass(25 * time.Hour)
			for i := range 60 {
				r.Create(r.Alice, event(fmt.Sprint("next day ", i), 14+i/10, 8+i%10))
			}
			held := len(r.cal.Held())
			r.settleAll(t)
			if n := len(r.cal.Held()) - held; n != 50 {
				t.Errorf("%d were made on the next day, and 50 need no leave", n)
			}
		})
	}
}
