package engine_test

import (
	"slices"
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

// loseAnswers lets writes of a kind arrive, and their answers not.
func (r *room) loseAnswers(op string) {
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == op {
			return &provider.Error{Op: op, Class: provider.Unknown}
		}
		return nil
	}
}

func (r *room) clean() error {
	target := r.Target(r.id)
	err := r.Engine.Clean(r.T.Context(), target)
	if done := r.DB.FinishWake(r.T.Context(), target.Claim, r.Now()); done != nil {
		r.T.Fatal(done)
	}
	return err
}

// TestCleaningTakesAwayWhatWasMadeWithoutAnAnswer: such an event has no tie yet that names it, but it is there.
func TestCleaningTakesAwayWhatWasMadeWithoutAnAnswer(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	foreign := r.cal.Add(event("theirs", 3, 8))
	r.loseAnswers("put")
	for i := range 3 {
		r.Create(r.Alice, event("out", 3+i, 10))
	}
	r.Sync(r.id)
	r.cal.After = nil
	if n := len(r.cal.Held()); n != 4 {
		t.Fatalf("%d events, want 3 made and 1 of theirs", n)
	}
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "find" {
			return &provider.Error{Op: "find", Class: provider.Transient}
		}
		return nil
	}
	if err := r.clean(); err == nil {
		t.Error("cleaning says that it is through, and could not look")
	}
	r.cal.Before = nil
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if held := r.cal.Held(); len(held) != 1 || held[foreign].Subject != "theirs" {
		t.Errorf("still there: %v", held)
	}
	if here, _ := subjects(r); len(here) != 3 {
		t.Errorf("here %q: what was born here stays, what came in goes", here)
	}
	for _, l := range r.Links(r.id) {
		if l.Ours {
			t.Errorf("still tied: %+v", l)
		}
	}
}

func TestCleaningSettlesWritesWhoseAnswersWereLost(t *testing.T) {
	for _, edited := range []bool{false, true} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.loseAnswers("put")
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.Sync(r.id)
		r.cal.After = nil
		if edited {
			r.cal.Edit(id, setPlace("Room 4"))
		}
		if err := r.clean(); err != nil {
			t.Fatal(err)
		}
		if n := len(r.cal.Held()); n != map[bool]int{false: 0, true: 1}[edited] {
			t.Errorf("edited there %t: %d events are left", edited, n)
		}
	}
}

func TestCleaningGoesThroughADeletionWhoseAnswerWasLost(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.Create(r.Alice, event("Other", 4, 10))
	r.Settle(r.id)
	r.loseAnswers("remove")
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "here" }, "location")
	r.Delete(r.Alice, a.ID)
	r.Sync(r.id)
	r.cal.After = nil
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.cal.Held()); n != 0 {
		t.Errorf("%d events are left", n)
	}
	for _, l := range r.Links(r.id) {
		if l.State != store.LinkGone {
			t.Errorf("still tied: %+v", l)
		}
	}
}

// TestCleaningLeavesWhatIsNotOursToTake: an event that somebody has edited since is theirs now, and one whose removal would
// mail people stays, both with their ties. Everything else goes.
func TestCleaningLeavesWhatIsNotOursToTake(t *testing.T) {
	r := newRoom(t, enginetest.Options{Mails: true}, everything)
	for _, name := range []string{"edited", "invites", "ours"} {
		r.Create(r.Alice, event(name, 3, 10))
	}
	r.cal.Add(event("theirs", 5, 10))
	r.Settle(r.id)
	invites, _ := r.findEvent("invites")
	r.cal.Edit(invites, func(e *calendar.Event) { e.Guests = []calendar.Guest{{Person: person("guest")}} })
	r.Settle(r.id)
	edited, _ := r.findEvent("edited")
	r.cal.Edit(edited, setPlace("Room 4"))
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	here, there := subjects(r)
	if want := []string{"edited", "invites", "ours"}; !slices.Equal(here, want) {
		t.Errorf("here %q, want %q: what came in goes, what was born here stays", here, want)
	}
	if want := []string{"edited", "invites", "theirs"}; !slices.Equal(there, want) {
		t.Errorf("there %q, want %q", there, want)
	}
	var tied []string
	for _, l := range r.Links(r.id) {
		if tied = append(tied, l.Remote); l.State != store.LinkLinked || l.Pending != nil {
			t.Errorf("%s is %s, with a note %+v", l.Remote, l.State, l.Pending)
		}
	}
	if want := []string{string(edited), string(invites)}; !slices.Equal(tied, want) {
		t.Errorf("tied are %q, want %q", tied, want)
	}
	if r.cal.Mailed != 0 || len(r.cal.Wrongs) != 0 {
		t.Errorf("%d people were mailed; %q", r.cal.Mailed, r.cal.Wrongs)
	}
}

// TestCleaningThatTheServerRefusesIsNotThrough, and goes on where it was.
func TestCleaningThatTheServerRefusesIsNotThrough(t *testing.T) {
	r, _, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "remove" {
			return &provider.Error{Op: "remove", Class: provider.Transient}
		}
		return nil
	}
	if err := r.clean(); provider.ClassOf(err) != provider.Transient || err == nil || len(r.Links(r.id)) != 1 {
		t.Errorf("%v; tied are %+v", err, r.Links(r.id))
	}
	r.cal.Before = nil
	if err := r.clean(); err != nil || len(r.cal.Held()) != 0 || len(r.Links(r.id)) != 0 {
		t.Errorf("%v; there %v", err, r.cal.Held())
	}
}

// TestACreationThatNeverArrivedLeavesNoTieBehindWhenAllIsCleaned.
func TestACreationThatNeverArrivedLeavesNoTieBehindWhenAllIsCleaned(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			return &provider.Error{Op: "put", Class: provider.Unknown}
		}
		return nil
	}
	r.Create(r.Alice, event("out", 3, 10))
	r.Sync(r.id)
	r.cal.Before = nil
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if links := r.Links(r.id); len(links) != 0 {
		t.Errorf("still tied: %+v", links)
	}
	// Were the connection taken up again, the activity would be made under the key that it had.
	r.Settle(r.id)
	r.inStep(t, 1)
	if links := r.Links(r.id); links[0].Incarnation != 1 {
		t.Errorf("it is incarnation %d", links[0].Incarnation)
	}
}

// TestCleaningTakesOnlyOneselfOutOfAMeeting that somebody else brought in: theirs stays as it is, on both sides.
func TestCleaningTakesOnlyOneselfOutOfAMeeting(t *testing.T) {
	for _, gone := range []bool{false, true} {
		a, b := pair(t, nothing)
		a.cal.Add(meeting("Review", "dave"))
		b.cal.Add(meeting("Review", "dave"))
		b.cal.Add(event("his own", 5, 10))
		a.Settle(a.id)
		a.Settle(b.id)
		if gone {
			m, _ := a.find("Review")
			a.Delete(a.Alice, m.ID)
		}
		if err := b.clean(); err != nil {
			t.Fatal(err)
		}
		here, there := subjects(b)
		if want := []string{"Review", "his own"}; !slices.Equal(there, want) {
			t.Errorf("Bob's calendar has %q, want %q", there, want)
		}
		if gone {
			if len(here) != 0 {
				t.Errorf("here %q", here)
			}
			continue
		}
		if m := a.only(t); m.Plan.Subject != "Review" || !slices.Equal(a.people(m), []store.ID{a.Alice.ID}) {
			t.Errorf("%q is of %v", m.Plan.Subject, a.people(m))
		}
		if links := b.Links(b.id); len(links) != 0 {
			t.Errorf("still tied: %+v", links)
		}
		a.Quiet(a.id)
	}
}

// TestCleaningLeavesWhatWasGivenAwayTied: it is a colleague's, and stays theirs alone when the connection begins anew (I10).
func TestCleaningLeavesWhatWasGivenAwayTied(t *testing.T) {
	for name, heard := range map[string]bool{"heard of": true, "not heard of yet": false} {
		t.Run(name, func(t *testing.T) {
			e := event("call", 3, 10)
			e.Organizer = person("alice")
			r, a, id := linked(t, enginetest.Options{}, false, e, nil)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
			if heard {
				r.Settle(r.id)
			}
			if err := r.clean(); err != nil {
				t.Fatal(err)
			}
			r.audit()
			r.Settle(r.id)
			r.Quiet(r.id)
			if got := r.only(t); got.ID != a.ID || got.OwnerID != r.Bob.ID || r.cal.Held()[id].Subject != "call" {
				t.Errorf("activity %d of user %d, there %v", got.ID, got.OwnerID, r.cal.Held())
			}
		})
	}
}

// TestCleaningThatBreaksOffTakesNothingAwayHere: half of the events are gone when the calendar fails, and somebody lets the connection
// go on instead of trying again. What cleaning took away there was no deletion by anybody (I2).
func TestCleaningThatBreaksOffTakesNothingAwayHere(t *testing.T) {
	for name, fail := range map[string]func(r *room){
		"before the second removal": func(r *room) {
			removed := 0
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op != "remove" {
					return nil
				}
				if removed++; removed > 1 {
					return &provider.Error{Op: "remove", Class: provider.Transient}
				}
				return nil
			}
		},
		"behind the first removal": func(r *room) { r.loseAnswers("remove") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			for i := range 3 {
				r.Create(r.Alice, event("out", 3+i, 10))
			}
			r.Settle(r.id)
			fail(r)
			if err := r.clean(); err == nil {
				t.Fatal("nothing broke off")
			}
			r.cal.Before, r.cal.After = nil, nil
			r.Settle(r.id)
			r.inStep(t, 3)
			r.Quiet(r.id)
			if err := r.clean(); err != nil {
				t.Fatal(err)
			}
			if n := len(r.cal.Held()); n != 0 || len(r.Activities()) != 3 {
				t.Errorf("after cleaning in full: %d events and %d activities", n, len(r.Activities()))
			}
		})
	}
}

// TestWhatCameInIsTakenOutWhenAllThatIsOursIsGone: where the calendar fails before, and somebody lets the connection go on, an activity is
// still what it was made here, also private where its calendar knows nothing of that (I23).
func TestWhatCameInIsTakenOutWhenAllThatIsOursIsGone(t *testing.T) {
	r := newRoom(t, enginetest.Options{Holds: calendar.BothWaysFields &^ calendar.Fields(calendar.Private)}, everything)
	for i := range 100 { // more than one look at what is tied, with the one that is ours in the second
		r.cal.Add(event("theirs", 3+i%20, i/20))
	}
	r.Settle(r.id)
	in := r.Activities()[0]
	r.Create(r.Alice, event("ours", 25, 10))
	r.Edit(r.Alice, in.ID, func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = true, "Clinic" }, "private", "location")
	r.Settle(r.id)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "remove" {
			return &provider.Error{Op: "remove", Class: provider.Transient}
		}
		return nil
	}
	if err := r.clean(); err == nil {
		t.Fatal("nothing broke off")
	}
	r.cal.Before = nil
	r.Settle(r.id)
	if here, there := len(r.Activities()), len(r.cal.Held()); here != 101 || there != 101 {
		t.Errorf("%d activities and %d events, want all of them", here, there)
	}
	for _, a := range r.Activities() {
		if mine := a.Plan.Location == "Clinic"; mine != (a.ID == in.ID) || mine != a.Plan.Private {
			t.Errorf("activity %d is private %t, at %q", a.ID, a.Plan.Private, a.Plan.Location)
		}
	}
	r.Quiet(r.id)
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if here, there := len(r.Activities()), len(r.cal.Held()); here != 1 || there != 100 {
		t.Errorf("after cleaning in full: %d activities and %d events", here, there)
	}
}

// TestCleaningLeavesWhatWasEditedBesideALostReply: also when it is asked for twice, and in sight of the next run.
func TestCleaningLeavesWhatWasEditedBesideALostReply(t *testing.T) {
	for _, again := range []bool{true, false} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.loseAnswers("put")
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.Sync(r.id)
		r.cal.After = nil
		r.cal.Edit(id, setPlace("Room 4"))
		if err := r.clean(); err != nil {
			t.Fatal(err)
		}
		if again {
			if err := r.clean(); err != nil {
				t.Fatal(err)
			}
			if len(r.cal.Held()) != 1 {
				t.Error("cleaned once more it took what somebody had edited")
			}
			continue
		}
		r.Settle(r.id)
		r.inStep(t, 1)
		if got := r.only(t).Plan; got.Location != "Room 4" || got.Subject != "Call Bob" {
			t.Errorf("let go on, it says %q at %q", got.Subject, got.Location)
		}
	}
}

// TestCleaningPassesWhatIsDeletedHereAlready: its deletion has not been carried yet.
func TestCleaningPassesWhatIsDeletedHereAlready(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, false, event("theirs", 3, 10), nil)
	r.Delete(r.Alice, a.ID)
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.cal.Held()); n != 1 {
		t.Errorf("%d events, want theirs", n)
	}
	r.Settle(r.id) // let go on instead
	r.inStep(t, 0)
}

// TestCleaningLeavesADeletionOfTheirsToBeCarriedOut, which was not answered, and did not arrive.
func TestCleaningLeavesADeletionOfTheirsToBeCarriedOut(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, false, event("theirs", 3, 10), nil)
	r.once("remove", false, provider.Unknown)
	r.Delete(r.Alice, a.ID)
	r.Sync(r.id)
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if l := r.Links(r.id); len(l) != 1 || l[0].State != store.LinkLinked || l[0].Pending != nil || len(r.cal.Held()) != 1 {
		t.Errorf("tied: %+v, there %v", l, r.cal.Held())
	}
	r.Pass(time.Hour)
	r.Settle(r.id) // let go on instead
	r.inStep(t, 0)
}

// TestAWithdrawalWhoseAnswerWasLostIsNoDeletion: an activity left the scope, and its event was taken away, which nobody was told.
func TestAWithdrawalWhoseAnswerWasLostIsNoDeletion(t *testing.T) {
	for name, lose := range map[string]func(r *room){
		"arrived": func(r *room) { r.loseAnswers("remove") },
		"did not": func(r *room) {
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op == "remove" {
					return &provider.Error{Op: "remove", Class: provider.Unknown}
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), func(s *lens.Settings) { s.TypesOut = []string{"meeting"} })
			lose(r)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Type = "task" }, "type")
			r.Sync(r.id)
			r.cal.Before, r.cal.After = nil, nil
			r.Settle(r.id)
			if got := r.Activities(); len(got) != 1 || got[0].Deleted() {
				t.Fatalf("here: %+v", got)
			}
			if n := len(r.cal.Held()); n != 0 {
				t.Errorf("%d events are still there", n)
			}
			r.Quiet(r.id)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Type = "meeting" }, "type")
			r.Settle(r.id)
			r.inStep(t, 1)
		})
	}
}

// TestCleaningThatNeverArrivedIsNotTakenOutOfTheCount of deletions, in which it never was (I7).
func TestCleaningThatNeverArrivedIsNotTakenOutOfTheCount(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.Create(r.Alice, event("out", 3, 10))
	r.Settle(r.id)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "remove" {
			return &provider.Error{Op: "remove", Class: provider.Unknown}
		}
		return nil
	}
	if err := r.clean(); err == nil {
		t.Fatal("nothing broke off")
	}
	r.cal.Before = nil
	r.Settle(r.id)
	r.inStep(t, 1)
	r.Tx(func(tx engine.Tx) error {
		n, err := tx.TallySince(t.Context(), r.id, "out", "delete", r.Now().AddDate(0, 0, -1))
		if n != 0 {
			t.Errorf("%d deletions are counted", n)
		}
		return err
	})
}

// TestCleaningTakesAwayWhatWasMadeWithoutAnAnswerAndWithoutKeys: what says exactly what was sent is ours, and goes; what may be somebody's
// stays. In neither case is a tie left behind.
func TestCleaningTakesAwayWhatWasMadeWithoutAnAnswerAndWithoutKeys(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(r *room)
		left    int
	}{
		"as it was made":         {func(*room) {}, 0},
		"edited since":           {func(r *room) { r.cal.Edit(r.onlyEvent(t), setTitle("Call Ann")) }, 1},
		"never made":             {func(r *room) { r.cal.Delete(r.onlyEvent(t)) }, 0},
		"beside what was before": {func(r *room) { r.cal.Add(atUTC("theirs", 3, 8, calendar.Facets{})) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := unanswered(t)
			c.happens(r)
			r.set(t, func(c *store.Connection) { c.State = store.Paused })
			if err := r.clean(); err != nil {
				t.Fatal(err)
			}
			if n := len(r.cal.Held()); n != c.left || len(r.Activities()) != 1 || len(r.Links(r.id)) != 0 {
				t.Errorf("%d are there, tied: %+v", n, r.Links(r.id))
			}
		})
	}
	r := unanswered(t)
	target := r.Target(r.id)
	target.Remote = struct{ engine.Remote }{r.cal} // cannot be asked what was made
	if err := r.Engine.Clean(t.Context(), target); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("where nobody can ask: %v", err)
	}
}
