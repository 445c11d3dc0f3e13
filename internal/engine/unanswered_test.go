package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestAStrangerWaitsWhileACreationCannotBeLookedUp: an item comes in that may be the one whose creation was not answered. It is ours,
// and not somebody else's (I1); what is somebody else's comes in once that is known.
func TestAStrangerWaitsWhileACreationCannotBeLookedUp(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.Settle(r.id)
	r.loseFirstReply()
	r.Create(r.Alice, event("ours", 3, 10))
	r.Sync(r.id)
	r.cal.After = nil
	r.cal.Add(event("theirs", 4, 10))
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "find" {
			return &provider.Error{Op: "find", Class: provider.Transient}
		}
		return nil
	}
	r.Pass(time.Minute)
	r.Sync(r.id)
	if list := r.Activities(); len(list) != 1 || len(r.Works(r.id)) == 0 {
		t.Errorf("%d activities, waiting %+v", len(list), r.Works(r.id))
	}
	r.cal.Before = nil
	r.Settle(r.id)
	r.inStep(t, 2)
}

// TestARunEndsWhereALookUpSpeaksForTheAccount, and says why.
func TestARunEndsWhereALookUpSpeaksForTheAccount(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.loseFirstReply()
	r.Create(r.Alice, event("ours", 3, 10))
	r.Sync(r.id)
	r.cal.After = nil
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "find" {
			return &provider.Error{Op: "find", Class: provider.SignIn}
		}
		return nil
	}
	rep, err := r.Run(r.id, false)
	if c, _ := r.connection(t); err != nil || provider.ClassOf(rep.Err) != provider.SignIn || c.State != store.NeedsSignIn {
		t.Errorf("%v, %v; the connection is %s", err, rep.Err, c.State)
	}
}

// TestAWriteThatTheAccountMayNotMakeNowIsMadeLater: the run rests, and the work stays as it is (I19).
func TestAWriteThatTheAccountMayNotMakeNowIsMadeLater(t *testing.T) {
	for _, class := range []provider.Class{provider.RateLimited, provider.SignIn} {
		for op, change := range map[string]func(*room, crm.Activity){
			"put":    func(r *room, a crm.Activity) { r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject") },
			"remove": func(r *room, a crm.Activity) { r.Delete(r.Alice, a.ID) },
		} {
			r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op == op {
					return &provider.Error{Op: op, Class: class}
				}
				return nil
			}
			change(r, a)
			rep, err := r.Run(r.id, false)
			works, links := r.Works(r.id), r.Links(r.id)
			if err != nil || provider.ClassOf(rep.Err) != class || len(works) != 1 || works[0].Attempts != 0 || links[0].Pending != nil || links[0].State != store.LinkLinked {
				t.Errorf("%s, %v: %v, %v; waiting %+v, tied %+v", op, class, err, rep.Err, works, links)
			}
			r.cal.Before = nil
			r.set(t, func(c *store.Connection) { c.State = store.Active })
			r.Pass(time.Hour)
			r.Settle(r.id)
			r.inStep(t, map[string]int{"put": 1, "remove": 0}[op])
		}
	}
}

// TestWhatIsBeingWrittenSaysSo until its answer is there.
func TestWhatIsBeingWrittenSaysSo(t *testing.T) {
	for op, change := range map[string]func(*room, crm.Activity){
		"put":    func(r *room, a crm.Activity) { r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject") },
		"remove": func(r *room, a crm.Activity) { r.Delete(r.Alice, a.ID) },
	} {
		r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.loseAnswers(op)
		change(r, a)
		r.Sync(r.id)
		if links := r.Links(r.id); len(links) != 1 || links[0].State != store.LinkWriting || links[0].Pending == nil {
			t.Errorf("%s: tied %+v", op, links)
		}
	}
}

// TestAnErrorWithoutAClassIsTheItemsOwn, and is tried again.
func TestAnErrorWithoutAClassIsTheItemsOwn(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			r.cal.Before = nil
			return errors.New("what is that")
		}
		return nil
	}
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.Sync(r.id)
	if works := r.Works(r.id); len(works) != 1 || works[0].Attempts != 1 || works[0].Reason == "" {
		t.Errorf("waiting: %+v", works)
	}
	r.Settle(r.id)
	r.inStep(t, 1)
}

// TestWhatWasSetAsideAndIsGoneWaitsForNobody: it never became an activity.
func TestWhatWasSetAsideAndIsGoneWaitsForNobody(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	bad := r.cal.Add(event("bad", 3, 12))
	r.cal.Spoil(bad, provider.StateUnreadable, provider.BadSyntax)
	r.Settle(r.id)
	r.cal.Delete(bad)
	r.Settle(r.id)
	if works := r.Works(r.id); len(works) != 0 {
		t.Errorf("waiting: %+v", works)
	}
	r.Quiet(r.id)
}

// silent lists items and never shows them.
type silent struct{ engine.Remote }

func (s silent) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	items := make([]provider.Item, len(ids))
	for i, id := range ids {
		items[i] = provider.Item{ID: id, State: provider.StateUnproven}
	}
	return items, nil
}

// TestWhatIsNeverShownRestsAndIsNotAskedForWithoutEnd (I15).
func TestWhatIsNeverShownRestsAndIsNotAskedForWithoutEnd(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{Unproven: true}, false, event("Call", 3, 10), nil)
	r.cal.Delete(id)
	target := r.Target(r.id)
	target.Remote = silent{target.Remote}
	at := r.Now()
	rep, err := r.Engine.Run(t.Context(), target)
	if err != nil || rep.Err != nil {
		t.Fatal(err, rep.Err)
	}
	if works := r.Works(r.id); len(works) != 1 || works[0].Attempts != 1 || works[0].Reason != "transient" || !rep.Next.Equal(at.Add(15*time.Second)) {
		t.Errorf("waiting %+v, next %v", works, rep.Next)
	}
	r.only(t)
}

// TestARunWhoseLeaseHasPassedToAnotherEndsAndWritesNothing (I18).
func TestARunWhoseLeaseHasPassedToAnotherEndsAndWritesNothing(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.cal.Edit(id, setPlace("Room 4"))
	target := r.Target(r.id)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "pull" {
			r.cal.Before = nil
			r.Pass(2 * time.Hour) // its lease runs out
			r.Target(r.id)
		}
		return nil
	}
	rep, err := r.Engine.Run(t.Context(), target)
	if !errors.Is(err, store.ErrFenced) || rep.Counts != nil || r.only(t).Plan.Location != "" || r.cal.Held()[id].Subject != "Call" {
		t.Errorf("%v, %+v; here %+v", err, rep, r.only(t).Plan.Values)
	}
	if c, _ := r.connection(t); c.State != store.Active || c.Health.Failures != 0 {
		t.Errorf("the connection is %s after %d failures", c.State, c.Health.Failures)
	}
}
