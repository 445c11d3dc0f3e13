package engine_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// foresee makes a dry run and then a run, and checks that they say the same, and how many people the first would mail.
func (r *room) foresee(t *testing.T, mailed int) {
	t.Helper()
	kinds := []string{
		engine.CreatedInCRM, engine.UpdatedInCRM, engine.DeletedInCRM, engine.CreatedInCalendar, engine.UpdatedInCalendar,
		engine.DeletedInCalendar, engine.NeedsSending, engine.ParkedCount, engine.ConflictCount, engine.LinkedCount, engine.HeldCount,
	}
	if !r.cal.Listing { // else a run that begins pulls twice
		kinds = append(kinds, engine.Pulled)
	}
	rows, writes := r.Rows, r.cal.Writes
	foreseen, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != rows || r.cal.Writes != writes {
		t.Error("the dry run wrote something")
	}
	if foreseen[engine.WouldMail] != mailed {
		t.Errorf("would mail %d, want %d", foreseen[engine.WouldMail], mailed)
	}
	r.Pass(2 * time.Hour)
	did := r.Sync(r.id).Counts
	want, got := map[string]int{}, map[string]int{}
	for _, k := range kinds {
		want[k], got[k] = foreseen[k], did[k]
	}
	if !maps.Equal(want, got) {
		t.Errorf("foreseen %v\n     did %v", want, got)
	}
}

// TestTheDryRunSaysWhatTheRunThenDoes for a first run and for a later one, and writes nothing.
func TestTheDryRunSaysWhatTheRunThenDoes(t *testing.T) {
	for _, s := range []lens.Start{lens.Everything, lens.NewAndChanged, lens.FromToday} {
		r := newRoom(t, enginetest.Options{Mails: true}, start(s))
		fill(r)
		r.cal.Add(event("long past", 1, 10))
		bad := r.cal.Add(event("bad", 4, 10))
		if s == lens.Everything {
			r.cal.Spoil(bad, provider.StateUnreadable, provider.BadSyntax)
		}
		noUID := event("out a", 3, 10) // the same start and subject as an activity, but another appointment
		r.cal.Add(noUID)
		r.cal.Add(meeting("Review", "alice"))
		r.Pass(time.Minute)
		r.foresee(t, 0)
		r.Settle(r.id)
		r.Quiet(r.id)
		changeAll(r)
		if a, ok := r.find("Review"); ok {
			r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
			r.foresee(t, 3)
		} else {
			r.foresee(t, 0)
		}
	}
}

// TestTheDryRunSaysWhatTheRunThenDoesWith each of the rarer things that it may find.
func TestTheDryRunSaysWhatTheRunThenDoesWith(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(t *testing.T) *room
		mailed int
	}{
		"a meeting that takes place after all": {func(t *testing.T) *room {
			r, _, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
			callOff(r, id)
			r.Settle(r.id)
			r.cal.Edit(id, func(e *calendar.Event) { e.Status = calendar.Confirmed })
			return r
		}, 0},
		"changes on both sides, of which one would mail": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
			r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
			r.cal.Edit(id, setPlace("Room 4"))
			return r
		}, 3},
		"an edit of what was made anew, and had waited to be sent before": {func(t *testing.T) *room {
			r := madeAnewUnheard(t)
			r.cal.Edit(r.onlyEvent(t), setPlace("Room 4"))
			return r
		}, 0},
		"a deletion that would mail": {func(t *testing.T) *room {
			r, a, _ := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
			r.Delete(r.Alice, a.ID)
			return r
		}, 3},
		"an activity that is given back": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{}, false, event("call", 3, 10), nil)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
			r.Settle(r.id)
			r.cal.Edit(id, setPlace("Room 4"))
			r.Settle(r.id)
			r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, "owner")
			return r
		}, 0},
		"what was edited on one side and deleted on the other": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{}, true, event("one", 3, 10), nil)
			two := r.Create(r.Alice, event("two", 4, 10))
			r.Settle(r.id)
			inTwo, _ := r.findEvent("two")
			r.Edit(r.Alice, a.ID, setSubject("one more"), "subject")
			r.cal.Delete(id)
			r.Delete(r.Alice, two.ID)
			r.cal.Edit(inTwo, setPlace("Room 4"))
			return r
		}, 0},
		"what a setting accepts": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), to(lens.ToCalendr))
			r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
			r.cal.Edit(id, setPlace("theirs"))
			return r
		}, 0},
		"a mirror of what is no longer covered": {func(t *testing.T) *room {
			r, a, _ := linked(t, enginetest.Options{}, true, event("call", 3, 10), types)
			r.Edit(r.Alice, a.ID, setType("task"), "type")
			return r
		}, 0},
		"an edit of what is no longer covered, and a brake keeps there": {func(t *testing.T) *room {
			r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { everything(s); types(s) })
			for i := range 3 {
				r.Create(r.Alice, event(fmt.Sprint("call ", i), 3+i, 10))
			}
			r.Settle(r.id)
			for _, a := range r.Activities() {
				r.Edit(r.Alice, a.ID, setType("task"), "type")
			}
			r.Settle(r.id)
			if held := r.held(t); held != 3 {
				t.Fatalf("%d are held, want 3", held)
			}
			r.editThere("call 1", setPlace("Room 4"))
			return r
		}, 0},
		"an edit of what is no longer covered, and waits to be sent": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{Mails: true}, true, event("call", 3, 10), types)
			r.cal.Edit(id, func(e *calendar.Event) { e.Guests = meeting("Review", "alice").Guests })
			r.Settle(r.id)
			r.Edit(r.Alice, a.ID, setType("task"), "type")
			r.Settle(r.id)
			r.cal.Edit(id, setPlace("Room 4"))
			return r
		}, 0},
		"a cursor that is lost": {func(t *testing.T) *room {
			r, _, id := linked(t, enginetest.Options{Unread: true}, false, event("call", 3, 10), nil)
			r.cal.Edit(id, setPlace("Room 4"))
			r.cal.Add(event("new", 4, 10))
			r.cal.Forget()
			return r
		}, 0},
		"a start after which something was edited": {func(t *testing.T) *room {
			r := newRoom(t, enginetest.Options{Unread: true}, start(lens.NewAndChanged))
			r.cal.Add(event("old", 3, 10))
			id := r.cal.Add(event("edited", 4, 10))
			r.Pass(time.Minute)
			r.cal.Edit(id, setPlace("Room 4"))
			return r
		}, 0},
		"a start a moment ago": {func(t *testing.T) *room {
			r := newRoom(t, enginetest.Options{}, start(lens.NewAndChanged))
			r.Pass(time.Second)
			r.cal.Add(event("just now", 3, 10))
			return r
		}, 0},
		"what is gone from a calendar that only lists": {func(t *testing.T) *room {
			r, _, id := linked(t, enginetest.Options{Listing: true}, false, event("call", 3, 10), nil)
			r.cal.Delete(id)
			return r
		}, 0},
		"what both sides brought up before a run broke off": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{Unread: true}, true, event("call", 3, 10), nil)
			r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
			r.cal.Edit(id, setPlace("Room 4"))
			r.once("read", false, provider.Transient)
			if rep, err := r.Run(r.id, false); err != nil || rep.Err == nil {
				t.Fatal(rep.Err, err)
			}
			return r
		}, 0},
		"a creation that was not answered and arrived": {func(t *testing.T) *room {
			r := newRoom(t, enginetest.Options{}, everything)
			r.loseFirstReply()
			a := r.Create(r.Alice, event("call", 3, 10))
			r.Sync(r.id)
			r.Edit(r.Alice, a.ID, setSubject("another"), "subject")
			return r
		}, 0},
		"a creation that was not answered and did not arrive": {func(t *testing.T) *room {
			r := newRoom(t, enginetest.Options{}, everything)
			r.once("put", false, provider.Unknown)
			r.Create(r.Alice, event("call", 3, 10))
			r.Sync(r.id)
			return r
		}, 0},
		"an update that was not answered and did not arrive": {func(t *testing.T) *room {
			r, a, _ := linked(t, enginetest.Options{}, true, event("call", 3, 10), nil)
			r.once("put", false, provider.Unknown)
			r.Edit(r.Alice, a.ID, setSubject("another"), "subject")
			r.Sync(r.id)
			return r
		}, 0},
		"what waits for a person and is told once more": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
			r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
			r.Sync(r.id)
			r.cal.Edit(id, setPlace("Room 4"))
			return r
		}, 3},
		"an item that waits since before the start": {func(t *testing.T) *room {
			r := newRoom(t, enginetest.Options{}, start(lens.NewAndChanged))
			id := r.cal.Add(event("old", 3, 10))
			r.Tx(func(tx engine.Tx) error {
				return tx.PutWork(t.Context(), r.id, "r:"+string(id), nil, r.Now(), false) // by a run under another start, broken off
			})
			return r
		}, 0},
		"what is deleted there, and was edited here where nothing goes out": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{}, false, event("call", 3, 10), to(lens.ToCRM))
			r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
			r.cal.Delete(id)
			return r
		}, 0},
		"what a listing misses, and was edited here where nothing goes out": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{Listing: true}, false, event("call", 3, 10), to(lens.ToCRM))
			r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
			r.cal.Delete(id)
			return r
		}, 0},
		"a meeting whose guest has become its organiser": {func(t *testing.T) *room {
			a, b := pair(t, nothing)
			inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
			a.Settle(a.id, b.id)
			a.Pass(time.Minute)
			for r, id := range map[*room]provider.RemoteID{a: inA, b: inB} {
				r.cal.Edit(id, func(e *calendar.Event) { e.Organizer = person("bob") })
			}
			a.Settle(a.id)
			return b
		}, 0},
		"what is deleted there, and is no longer covered": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), types)
			r.Edit(r.Alice, a.ID, setType("task"), "type")
			r.cal.Delete(id)
			return r
		}, 0},
		"what was taken over, is deleted there, and is no longer covered": {func(t *testing.T) *room {
			r, here, there := mirrored(t, enginetest.Options{}, 1, func(s *lens.Settings) { everything(s); s.TypesOut = []string{"call"} })
			r.cal.Edit(there[0], setTitle("item 0"))
			r.takeOver(t, engine.BothStand)
			r.Settle(r.id)
			r.Edit(r.Alice, here[0].ID, setType("task"), "type")
			r.cal.Delete(there[0])
			return r
		}, 0},
		"what other settings cover no longer, and is deleted there": {func(t *testing.T) *room {
			r, _, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), types)
			r.Settings(r.id, func(s *lens.Settings) { s.TypesOut = []string{"task"} })
			r.cal.Delete(id)
			return r
		}, 0},
		"a creation without keys that did not arrive": {func(t *testing.T) *room {
			r := unanswered(t)
			r.cal.Delete(r.onlyEvent(t))
			r.Pass(10 * time.Minute)
			return r
		}, 0},
		"a creation without keys that arrived": {func(t *testing.T) *room { return unanswered(t) }, 0},
		"a creation without keys that may have arrived": {func(t *testing.T) *room {
			r := unanswered(t)
			r.cal.Edit(r.onlyEvent(t), setTitle("Call Ann"))
			return r
		}, 0},
		"a creation without keys that comes late": {func(t *testing.T) *room {
			r := unanswered(t)
			held := r.cal.Held()[r.onlyEvent(t)]
			r.cal.Delete(r.onlyEvent(t))
			r.settleAll(t)
			r.cal.Add(held)
			return r
		}, 0},
		"what was made anew, and has another event there": {func(t *testing.T) *room {
			r, o, _ := remade(t, setPlace("Room 4"))
			r.Settle(r.id)
			o.cal.Add(event("Call", 3, 10))
			return o
		}, 0},
		"what a backup does not know, and somebody has chosen": {func(t *testing.T) *room {
			r, _, id := unrecalled(t)
			r.cal.Edit(id, setPlace("Room 4"))
			r.Sync(r.id)
			r.choose(t, "r:"+string(id))
			return r
		}, 0},
		"a question that nobody has answered": {func(t *testing.T) *room {
			r, _, _ := asked(t)
			r.cal.Add(atUTC("Lunch", 5, 12, calendar.Facets{}))
			return r
		}, 0},
		"items that are moved": {func(t *testing.T) *room { return moved(t)[0] }, 0},
		"an organiser whose meeting was edited before they came": {func(t *testing.T) *room {
			a, b := pair(t, nothing)
			a.cal.Add(organised())
			a.Settle(a.id)
			a.Edit(a.Alice, a.only(t).ID, setSubject("Typed here"), "subject")
			a.Settle(a.id)
			b.cal.Add(organised())
			return b
		}, 0},
		"a deletion that was let go, and an answer besides": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
			r.Delete(r.Alice, a.ID)
			r.Sync(r.id)
			r.send(r.waitingToSend(t, 3))
			r.cal.Edit(id, func(e *calendar.Event) { e.Guests[0].Answer = calendar.Declined })
			return r
		}, 3},
		"one turn too many of two machines that disagree": {func(t *testing.T) *room {
			r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), nil)
			for range 5 {
				r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
				r.Sync(r.id)
				r.cal.Edit(id, setTitle("theirs"))
				r.Sync(r.id)
			}
			r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
			r.Sync(r.id)
			r.cal.Edit(id, setTitle("theirs"))
			r.Pass(-2 * time.Hour) // so that it is within the hour still
			return r
		}, 0},
		"an activity that goes where a copy of its meeting is, before the start": {func(t *testing.T) *room {
			x := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Relay = true })
			x.cal.Add(meeting("Review", "dave"))
			x.Pass(time.Minute)
			y := x.and(meeting("Review", "dave"))
			x.Settle(y.id)
			return x
		}, 0},
		"a meeting that its organiser called off in their own calendar alone": {func(t *testing.T) *room {
			a, b := pair(t, nothing)
			inA, _ := a.cal.Add(organised()), b.cal.Add(organised())
			a.Settle(b.id, a.id)
			callOff(a, inA)
			return a
		}, 0},
		"a meeting that takes place after all, and has changed": {func(t *testing.T) *room {
			r, _, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
			callOff(r, id)
			r.Settle(r.id)
			reinstate(r, id)
			r.cal.Edit(id, setPlace("Room 4"))
			return r
		}, 0},
		"a second copy of what came in": {func(t *testing.T) *room {
			r, _, _ := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
			r.cal.Add(meeting("Review", "dave"))
			return r
		}, 0},
		"a meeting that waits to go where its copy comes in": {func(t *testing.T) *room {
			r, other := relayed(t)
			r.Settle(r.id, other.id)
			r.cal.Add(meeting("Review", "dave"))
			r.Sync(r.id)
			other.cal.Add(meeting("Review", "dave"))
			other.cal.Add(meeting("Review", "dave"))
			return other
		}, 0},
	} {
		t.Run(name, func(t *testing.T) { c.set(t).foresee(t, c.mailed) })
	}
}

func TestADryRunUnderOtherSettingsSaysWhatThoseWouldDo(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Add(event("in", 3, 10))
	r.Create(r.Alice, event("out", 4, 10))
	for direction, want := range map[lens.Direction][2]int{lens.TwoWay: {1, 1}, lens.ToCRM: {1, 0}, lens.ToCalendr: {0, 1}} {
		_, other := r.change(t, to(direction))
		counts, err := r.Engine.DryRun(t.Context(), r.Target(r.id), &other)
		if got := [2]int{counts[engine.CreatedInCRM], counts[engine.CreatedInCalendar]}; err != nil || got != want {
			t.Errorf("%s: %v created, %v, want %v", direction, got, err, want)
		}
		r.Pass(2 * time.Hour)
	}
}

// TestADryRunThatCannotLookSaysSo, instead of foreseeing an empty calendar.
func TestADryRunThatCannotLookSaysSo(t *testing.T) {
	for _, op := range []string{"pull", "read"} {
		for _, s := range []lens.Start{lens.Everything, lens.NewAndChanged} {
			r := newRoom(t, enginetest.Options{Unread: true}, start(s))
			r.cal.Add(event("in", 3, 10))
			r.Pass(time.Minute)
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op == op {
					return &provider.Error{Op: op, Class: provider.Forbidden}
				}
				return nil
			}
			if counts, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil); provider.ClassOf(err) != provider.Forbidden {
				t.Errorf("%s of %s: %v, %v", op, s, counts, err)
			}
			if _, after := r.change(t, start("2026-03-01")); s == lens.NewAndChanged {
				r.Pass(2 * time.Hour)
				if coming, err := r.Engine.Widened(t.Context(), r.Target(r.id), &after); provider.ClassOf(err) != provider.Forbidden {
					t.Errorf("%s: other settings would let in %+v, %v", op, coming, err)
				}
			}
		}
	}
}

// TestTheDryRunSetsSomebodyElsesMirrorAside as the run does.
func TestTheDryRunSetsSomebodyElsesMirrorAside(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
	r.Create(r.Alice, event("Call", 3, 10))
	r.Settle(r.id, other.id)
	other.cal.Add(event("Call", 3, 10))
	counts, err := r.Engine.DryRun(t.Context(), other.Target(other.id), nil)
	if err != nil || counts[engine.ParkedCount] != 1 || counts[engine.CreatedInCRM] != 0 {
		t.Errorf("%v, %v", counts, err)
	}
}

// TestTheDryRunAsksForWhatWaitsAndAListingMisses, as the run does: it may be gone, and is set aside once more if it is not.
func TestTheDryRunAsksForWhatWaitsAndAListingMisses(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
	r.Create(r.Alice, series("Call", "FREQ=WEEKLY;INTERVAL=2;COUNT=2", 1, 10))
	r.Settle(r.id, other.id)
	other.cal.Add(series("Call", "FREQ=WEEKLY;INTERVAL=2;COUNT=2", 1, 10))
	other.Sync(other.id)
	other.cal.Window = provider.Range{From: at(4), To: at(10)} // between its dates
	other.cal.Forget()
	target := other.Target(other.id)
	says, err := r.Engine.DryRun(t.Context(), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := r.Engine.Run(t.Context(), target)
	if err != nil || rep.Counts[engine.ParkedCount] != 1 || says[engine.ParkedCount] != 1 {
		t.Errorf("said %v, did %v: %v", says, rep.Counts, err)
	}
}

// TestWhatDidNotArriveIsNotThere: a creation that was lost on its way made nothing that somebody could have copied, or that is tied. What
// equals it has come from elsewhere, and is asked about.
func TestWhatDidNotArriveIsNotThere(t *testing.T) {
	for uid, want := range map[string][2]int{"": {1, 0}, "of-its-own": {0, 0}} { // linked, made here
		r, other := relayed(t)
		r.Settle(r.id, other.id)
		e := event("call", 3, 10)
		r.cal.Add(e)
		r.Sync(r.id)
		other.once("put", false, provider.Unknown)
		other.Sync(other.id)
		if uid != "" {
			e.UID = uid
		}
		other.cal.Add(e)
		says := other.atOnce(t)
		if says[engine.LinkedCount] != want[0] || says[engine.CreatedInCRM] != want[1] {
			t.Errorf("%q: %v, want %v", uid, says, want)
		}
	}
}

// atOnce makes a dry run and the run behind it, with no time in between, and checks that they agree on what comes in.
func (r *room) atOnce(t *testing.T) map[string]int {
	t.Helper()
	target := r.Target(r.id)
	says, err := r.Engine.DryRun(t.Context(), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	did, err := r.Engine.Run(t.Context(), target)
	if err != nil || did.Err != nil {
		t.Fatal(did.Err, err)
	}
	if err := r.DB.FinishWake(t.Context(), target.Claim, r.Now()); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{
		engine.LinkedCount, engine.CreatedInCRM, engine.UpdatedInCRM, engine.DeletedInCRM, engine.ParkedCount, engine.ConflictCount,
		engine.UpdatedInCalendar,
	} {
		if says[k] != did.Counts[k] {
			t.Errorf("said %d %s, did %d: said %v, did %v", says[k], k, did.Counts[k], says, did.Counts)
		}
	}
	return says
}

// TestTheDryRunKnowsWhatWasMadeAnew in the place of an activity that is deleted while its event is edited.
func TestTheDryRunKnowsWhatWasMadeAnew(t *testing.T) {
	t.Run("from another calendar of the same user's", func(t *testing.T) {
		r, o, _ := remade(t, setPlace("Room 4"))
		r.Settle(r.id)
		if says := o.atOnce(t); says[engine.UpdatedInCRM] != 1 {
			t.Errorf("%v", says)
		}
	})
	t.Run("and has an event there", func(t *testing.T) {
		r, o, _ := remade(t, setPlace("Room 4"))
		r.Settle(r.id)
		o.cal.Add(event("Call", 3, 10))
		o.atOnce(t)
	})
	t.Run("from a colleague's calendar", func(t *testing.T) {
		a, b := pair(t, nothing)
		id := a.cal.Add(meeting("Review", "alice"))
		a.Settle(a.id)
		a.Delete(a.Alice, a.only(t).ID)
		b.cal.Add(meeting("Review", "alice"))
		a.Settle(b.id)
		a.cal.Edit(id, setPlace("Room 4"))
		if says := a.atOnce(t); says[engine.LinkedCount] != 1 || says[engine.ConflictCount] != 1 {
			t.Errorf("%v", says)
		}
	})
}

// TestTheDryRunPassesNoSecretsOnWithAMeeting: what its first owner made private here does not pass to its organiser, whose copy says
// itself what stands in its place.
func TestTheDryRunPassesNoSecretsOnWithAMeeting(t *testing.T) {
	a, b := pair(t, nothing)
	a.cal.Add(meeting("Review", "bob"))
	a.Settle(a.id)
	a.Edit(a.Alice, a.only(t).ID, func(x *crm.Activity) { x.Plan.Private = true }, "private")
	his := meeting("Review", "bob")
	his.Description = "the agenda"
	b.cal.Add(his)
	if says := b.atOnce(t); says[engine.UpdatedInCRM] != 0 || says[engine.LinkedCount] != 1 {
		t.Errorf("%v", says)
	}
	if got := a.only(t); got.OwnerID != a.Bob.ID || got.Plan.Description != "the agenda" || got.Plan.Private {
		t.Errorf("Bob owns %+v", got.Plan)
	}
}
