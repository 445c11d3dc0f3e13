package engine_test

import (
	"errors"
	"fmt"
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

// explained is why an activity is in sync, or not, and the same of its event, which has to agree.
func (r *room) explained(a store.ID, id provider.RemoteID) (x engine.Explanation) {
	r.T.Helper()
	r.Tx(func(tx engine.Tx) (err error) {
		if x, err = r.Engine.Explain(r.T.Context(), tx, r.id, a); err != nil || id == "" {
			return err
		}
		event, ok, err := r.Engine.ExplainEvent(r.T.Context(), tx, r.id, id)
		if !ok || event.Activity != a || event.InSync != x.InSync || fmt.Sprint(remedies(event)) != fmt.Sprint(remedies(x)) {
			r.T.Errorf("the event is explained by %+v, the activity by %+v", event, x)
		}
		return err
	})
	return x
}

func remedies(x engine.Explanation) (list []string) {
	for _, o := range x.Obstacles {
		list = append(list, string(o.Reason)+">"+string(o.Remedy))
	}
	return list
}

func (r *room) wantRemedies(x engine.Explanation, want ...string) {
	r.T.Helper()
	if got := remedies(x); x.InSync != (len(want) == 0) || !slices.Equal(got, want) {
		r.T.Errorf("in sync: %t, in the way is %v, want %v", x.InSync, got, want)
	}
}

// TestWhatWasDeletedOnOneSideAloneIsNotInSync: the pair is tied no more, whatever scope says of the activity.
func TestWhatWasDeletedOnOneSideAloneIsNotInSync(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), func(s *lens.Settings) { s.DeleteInCRM = false })
	r.wantRemedies(r.explained(a.ID, id))
	r.cal.Delete(id)
	r.Settle(r.id)
	r.wantRemedies(r.explained(a.ID, ""), "own_way>none")
}

// TestAMeetingThatIsCalledOffAndStaysHereIsExplained, until it takes place after all.
func TestAMeetingThatIsCalledOffAndStaysHereIsExplained(t *testing.T) {
	for name, keep := range map[string]func(*lens.Settings){
		"deletions stay there": func(s *lens.Settings) { s.DeleteInCRM = false }, "nothing comes in": to(lens.ToCalendr),
	} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
			r.saves(t, keep)
			r.Settle(r.id)
			callOff(r, id)
			r.Settle(r.id)
			r.wantRemedies(r.explained(a.ID, id), "cancelled>none")
			r.saves(t, func(s *lens.Settings) { s.Conflicts = "crm" })
			r.Settle(r.id)
			r.wantRemedies(r.explained(a.ID, id), "cancelled>none")
			reinstate(r, id)
			r.Settle(r.id)
			r.wantRemedies(r.explained(a.ID, id))
			r.Quiet(r.id)
		})
	}
}

// TestWhatGoesWhileItsTieRestsGoesItsOwnWay: an event that is not ours is deleted while settings keep its activity out. Once they do so no
// more, nothing brings the event back, and that is said; one of ours is made anew.
func TestWhatGoesWhileItsTieRestsGoesItsOwnWay(t *testing.T) {
	types := func(to ...string) func(*lens.Settings) { return func(s *lens.Settings) { s.TypesOut = to } }
	t.Run("theirs", func(t *testing.T) {
		r, here, there := mirrored(t, enginetest.Options{}, 1, func(s *lens.Settings) { s.Start = lens.Everything })
		r.cal.Edit(there[0], func(e *calendar.Event) { e.Subject = "item 0" })
		r.takeOver(t, engine.BothStand)
		r.Settle(r.id)
		r.saves(t, types("lunch"))
		r.Settle(r.id)
		r.cal.Delete(there[0])
		r.Settle(r.id)
		x := r.explained(here[0].ID, there[0])
		r.wantRemedies(x, "type_not_selected>change_setting", "own_way>none")
		if x.Unread != "" {
			t.Errorf("%s is to be read, and is known to be gone", x.Unread)
		}
		r.saves(t, types())
		r.Settle(r.id)
		r.wantRemedies(r.explained(here[0].ID, there[0]), "own_way>none")
	})
	t.Run("theirs, and nobody has told", func(t *testing.T) {
		r, here, there := mirrored(t, enginetest.Options{}, 1, func(s *lens.Settings) { s.Start = lens.Everything })
		r.cal.Edit(there[0], func(e *calendar.Event) { e.Subject = "item 0" })
		r.takeOver(t, engine.BothStand)
		r.Settle(r.id)
		r.saves(t, types("lunch"))
		for state, want := range map[provider.State][]string{
			provider.StateLive: {"type_not_selected>change_setting"}, provider.StateGone: {"type_not_selected>change_setting", "own_way>none"},
		} {
			x := r.explained(here[0].ID, there[0])
			if x.Unread != there[0] {
				t.Errorf("%q is to be read, want %q", x.Unread, there[0])
			}
			if x.Read(provider.Item{ID: there[0], State: state}); x.Unread != "" {
				t.Errorf("%q is to be read once more", x.Unread)
			}
			r.wantRemedies(x, want...)
		}
	})
	t.Run("ours", func(t *testing.T) {
		r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), nil)
		r.saves(t, types("lunch"))
		r.Settle(r.id)
		r.cal.Delete(id)
		r.Settle(r.id)
		r.wantRemedies(r.explained(a.ID, ""), "type_not_selected>change_setting")
		r.saves(t, types())
		r.Settle(r.id)
		r.inStep(t, 1)
	})
}

// TestSomebodyMayAskForWhatWasLetGo: an event was kept when settings let its activity go, which is older than the starting point that was
// chosen afterwards. Who asks for it gets it, as the explanation says.
func TestSomebodyMayAskForWhatWasLetGo(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), nil)
	r.Tx(func(tx engine.Tx) error {
		l, err := tx.LinkByActivity(t.Context(), r.id, a.ID)
		if err != nil {
			return err
		}
		l.State = store.LinkDormant
		return tx.PutLink(t.Context(), &l)
	})
	r.Settings(r.id, func(s *lens.Settings) { s.Start = "2026-03-20" })
	r.Settle(r.id)
	r.wantRemedies(r.explained(a.ID, id), "before_start>sync_one")
	r.Tx(func(tx engine.Tx) error {
		return tx.PutWork(t.Context(), r.id, fmt.Sprintf("a:%d", a.ID), []byte(engine.AnyStart), r.Now(), true)
	})
	r.Settle(r.id)
	r.wantRemedies(r.explained(a.ID, id))
}

// TestWhatWaitsIsExplainedByWhatLetsItGoOn, whichever of the two sides it is about.
func TestWhatWaitsIsExplainedByWhatLetsItGoOn(t *testing.T) {
	t.Run("an event that cannot be read any more", func(t *testing.T) {
		r, a, id := linked(t, enginetest.Options{Unread: true}, false, event("call", 3, 10), nil)
		r.cal.Spoil(id, provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		r.wantRemedies(r.explained(a.ID, id), ">retry")
	})
	t.Run("what would mail people", func(t *testing.T) {
		r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
		r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
		r.Settle(r.id)
		x := r.explained(a.ID, id)
		r.wantRemedies(x, ">change_setting", ">send")
		if o := x.Obstacles[0]; o.Setting != "guests" || o.To != "on_send" {
			t.Errorf("first comes %+v", o)
		}
		r.send(r.waitingToSend(t, 3))
		r.Settle(r.id)
		r.wantRemedies(r.explained(a.ID, id))
	})
	t.Run("an event that never was tied", func(t *testing.T) {
		r := newRoom(t, enginetest.Options{Unread: true}, everything)
		id := r.cal.Add(event("call", 3, 10))
		r.cal.Spoil(id, provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		r.set(t, func(c *store.Connection) { c.State = store.Paused })
		r.Tx(func(tx engine.Tx) error {
			x, ok, err := r.Engine.ExplainEvent(t.Context(), tx, r.id, id)
			if !ok || x.Activity != 0 {
				t.Errorf("explained %t: %+v", ok, x)
			}
			r.wantRemedies(x, ">resume", ">retry")
			return err
		})
	})
	t.Run("what a brake holds", func(t *testing.T) {
		r := many(t, 4, enginetest.Options{})
		list := r.Activities()
		r.deleteSome(true, 0, 4)
		r.Settle(r.id)
		r.wantRemedies(r.explained(list[0].ID, ""), ">confirm")
	})
	t.Run("what a CRM may have made", func(t *testing.T) {
		r, a, item := asked(t)
		r.wantRemedies(r.explained(a, ""), ">answer")
		r.Tx(func(tx engine.Tx) error {
			x, _, err := r.Engine.ExplainEvent(t.Context(), tx, r.id, item)
			r.wantRemedies(x, ">answer")
			return err
		})
	})
	t.Run("a meeting that was called off for who takes part", func(t *testing.T) {
		a, b := pair(t, nothing)
		a.cal.Add(meeting("Review", "dave"))
		inB := b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		callOff(b, inB)
		b.Settle(b.id)
		x := b.explained(a.only(t).ID, inB)
		if list := remedies(x); x.InSync || len(list) == 0 || list[len(list)-1] != "cancelled>none" {
			t.Errorf("in the way is %v", list)
		}
	})
	t.Run("what has not had its turn", func(t *testing.T) {
		r, a, id := linked(t, enginetest.Options{}, false, event("call", 3, 10), nil)
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.wantRemedies(r.explained(a.ID, id), ">sync_now")
	})
}

// TestTheStopOfTheWholeCompanyIsTheFirstThingInTheWay of whatever is not in sync, before what its connection rests for itself.
func TestTheStopOfTheWholeCompanyIsTheFirstThingInTheWay(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), nil)
	r.Settings(r.id, func(s *lens.Settings) { s.TypesOut = []string{"task"} })
	other := r.Create(r.Alice, event("task", 4, 10))
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	fresh := r.cal.Add(event("new", 5, 10))
	stop := func(at time.Time) {
		r.Tx(func(tx engine.Tx) error {
			c, err := tx.GetCompany(t.Context())
			if err != nil {
				return err
			}
			c.Stopped = at
			return tx.PutCompany(t.Context(), c)
		})
	}
	stop(r.Now())
	r.wantStates(r.explained(a.ID, id), engine.CompanyStopped, "")
	r.wantStates(r.explained(other.ID, ""), engine.CompanyStopped, "")
	r.Tx(func(tx engine.Tx) error {
		read, err := r.cal.Read(t.Context(), []provider.RemoteID{fresh})
		if err != nil {
			return err
		}
		x, err := r.Engine.ExplainUntied(t.Context(), tx, r.target(), &read[0])
		r.wantStates(x, engine.CompanyStopped)
		return err
	})
	r.set(t, func(c *store.Connection) { c.State = store.Paused })
	x := r.explained(a.ID, id)
	r.wantStates(x, engine.CompanyStopped, store.Paused, "")
	r.wantRemedies(x, ">resume_all", ">resume", "type_not_selected>change_setting")
	stop(time.Time{})
	r.wantStates(r.explained(a.ID, id), store.Paused, "")
}

// wantStates checks which states are named as in the way, and how many other things behind them.
func (r *room) wantStates(x engine.Explanation, want ...string) {
	r.T.Helper()
	var got []string
	for _, o := range x.Obstacles {
		got = append(got, o.State)
	}
	if !slices.Equal(got, want) {
		r.T.Errorf("in the way are the states %q, want %q", got, want)
	}
}

// TestAnEventThatIsNotTiedIsExplainedAsItStandsThere: all that keeps it out is named, in order.
func TestAnEventThatIsNotTiedIsExplainedAsItStandsThere(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) {
		s.Start, s.Direction, s.Private = lens.Everything, lens.ToCalendr, "skip"
	})
	id := r.cal.Add(event("call", 3, 10))
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
	r.Settle(r.id)
	r.Tx(func(tx engine.Tx) error {
		_, ok, err := r.Engine.ExplainEvent(t.Context(), tx, r.id, id)
		if ok || err != nil {
			t.Errorf("explained without a look: %t, %v", ok, err)
		}
		return err
	})
	r.wantRemedies(r.untied(t, id), "private_skipped>change_setting", "direction>change_setting")
}

// target is the room's connection and its calendar, as those look at it who ask.
func (r *room) target() engine.Target {
	return engine.Target{Company: r.Company, Connection: r.id, Remote: r.cal}
}

// TestAnEventOutsideOfTheWindowIsToldWhenItComes: a calendar that shows a span of time tells of nothing outside of it, so that an event there
// does not come in with the next sync, whatever the settings say.
func TestAnEventOutsideOfTheWindowIsToldWhenItComes(t *testing.T) {
	r := newRoom(t, enginetest.Options{Unproven: true, Window: march}, func(s *lens.Settings) {
		s.Start, s.Private = lens.Everything, "skip"
	})
	secret := event("secret", 20, 10)
	secret.Private = true
	weekly := event("weekly", 12, 10)
	weekly.Rule = "FREQ=WEEKLY;COUNT=3"
	for _, c := range []struct {
		name string
		e    calendar.Event
		want []string
	}{
		{"inside", event("inside", 3, 10), nil},
		{"ahead", event("ahead", 20, 10), []string{"too_far_ahead>none"}},
		{"ago", event("ago", -5, 10), []string{"too_long_ago>none"}},
		{"a series ahead", weekly, []string{"too_far_ahead>none"}},
		{"what settings keep out besides", secret, []string{"private_skipped>change_setting", "too_far_ahead>none"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := r.cal.Add(c.e)
			r.Tx(func(tx engine.Tx) error {
				read, err := r.cal.Read(t.Context(), []provider.RemoteID{id})
				if err != nil {
					return err
				}
				x, err := r.Engine.ExplainUntied(t.Context(), tx, r.target(), &read[0])
				if got := remedies(x); !slices.Equal(got, c.want) {
					t.Errorf("in the way is %v, want %v", got, c.want)
				}
				if n := len(x.Obstacles); n > 0 && x.Obstacles[n-1].Shown != march {
					t.Errorf("said to be shown is %v", x.Obstacles[n-1].Shown)
				}
				return err
			})
		})
	}
}

// TestAnInvitationStaysTiedWhateverTypesGoOut: types say what goes to a calendar. What a colleague's meeting has brought into mine is there
// already, and what I answer in it goes on coming in.
func TestAnInvitationStaysTiedWhateverTypesGoOut(t *testing.T) {
	a, b := pair(t, nothing)
	inA := a.cal.Add(organised())
	b.cal.Add(organised())
	a.Settle(b.id, a.id)
	a.Lab.Settings(a.id, func(s *lens.Settings) { s.TypesOut = []string{"task"} })
	shared := a.only(t)
	for _, answer := range []calendar.Answer{calendar.Declined, calendar.Accepted} {
		a.cal.Edit(inA, func(e *calendar.Event) { e.Answer = answer })
		a.Settle(a.id)
		a.wantRemedies(a.explained(shared.ID, inA))
		if parts := a.parts(shared.ID); len(parts) != 1 || parts[0].Answer != answer {
			t.Errorf("Alice has answered %q, and here it says %+v", answer, parts)
		}
	}
}

// TestWhatWasDroppedIsExplained: many items seem to be on both sides already, and somebody rejects that they are added. Nothing carries them
// over any more by itself, and that is said; who edits one, or asks for it, is asked about it anew.
func TestWhatWasDroppedIsExplained(t *testing.T) {
	r, here, there := mirrored(t, enginetest.Options{}, 3, func(s *lens.Settings) { s.Start = lens.Everything })
	r.Settle(r.id)
	r.wantRemedies(r.explained(here[1].ID, ""), ">confirm")
	r.answer(t, false)
	r.Settle(r.id)
	r.wantRemedies(r.explained(here[1].ID, ""), "dropped>sync_one")
	r.wantRemedies(r.untied(t, there[1]), "dropped>none")
	r.set(t, func(c *store.Connection) { c.State = store.Stopped })
	r.wantRemedies(r.explained(here[1].ID, ""), ">connect") // which looks at everything
	r.wantRemedies(r.untied(t, there[1]), ">connect")
	r.set(t, func(c *store.Connection) { c.State = store.Active })
	r.cal.Edit(there[1], setPlace("Room 4"))
	if x := r.untied(t, there[1]); x.Reason != lens.InScope || len(x.Obstacles) > 0 {
		t.Errorf("of what was edited since: %+v", x)
	}
	r.Edit(r.Alice, here[2].ID, setSubject("Call Bob"), "subject")
	r.Settle(r.id)
	r.wantRemedies(r.explained(here[2].ID, ""), ">confirm")
}

// untied explains an event that is tied to nothing.
func (r *room) untied(t *testing.T, id provider.RemoteID) (x engine.Explanation) {
	r.Tx(func(tx engine.Tx) error {
		read, err := r.cal.Read(t.Context(), []provider.RemoteID{id})
		if err != nil {
			return err
		}
		x, err = r.Engine.ExplainUntied(t.Context(), tx, r.target(), &read[0])
		return err
	})
	return x
}

// TestATypeThatCameWhileATieRestedIsNamedOnceItIsHere: rows say what an activity is, and not what somebody has made of its item since. That
// comes in with the tie, and if settings leave it out as well, the explanation says so then.
func TestATypeThatCameWhileATieRestedIsNamedOnceItIsHere(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	a := r.CreateActivity(r.Alice, crm.Activity{Type: "call", Plan: event("Call", 3, 12)})
	r.Settle(r.id)
	id := r.onlyEvent(t)
	r.saves(t, func(s *lens.Settings) { s.TypesOut = []string{"task"} })
	r.Settle(r.id)
	r.cal.Edit(id, func(e *calendar.Event) {
		f := e.Facet()
		f.Type = calendar.Ref{ID: "demo", Name: "Demo"}
		e.Facets = &f
	})
	r.Settle(r.id)
	for _, left := range []string{"call", "demo"} {
		x := r.explained(a.ID, id)
		r.wantRemedies(x, "type_not_selected>change_setting")
		to, _ := x.Obstacles[0].To.([]string)
		if !slices.Contains(to, left) {
			t.Errorf("to be added is %v, want %s", to, left)
		}
		r.saves(t, func(s *lens.Settings) { s.TypesOut = to })
		r.Settle(r.id)
	}
	r.wantRemedies(r.explained(a.ID, id))
	if b := r.Activity(a.ID); b.Type != "demo" {
		t.Errorf("it is a %s", b.Type)
	}
	r.Quiet(r.id)
}

// TestWhatCannotBeTakenInSaysWhy, and what nobody knows is an error.
func TestWhatCannotBeTakenInSaysWhy(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	id := r.cal.Add(event("call", 3, 10))
	r.Tx(func(tx engine.Tx) error {
		for _, c := range []struct {
			it   provider.Item
			want string
		}{
			{provider.Item{ID: id, State: provider.StateUnreadable, Problem: &provider.Problem{Code: provider.UnknownZone}}, string(provider.UnknownZone)},
			{provider.Item{ID: id, State: provider.StateLive, Problem: &provider.Problem{Code: provider.UnknownZone}}, string(provider.UnknownZone)},
			{provider.Item{ID: id, State: provider.StateForbidden}, provider.CodeNoPermission},
			{provider.Item{ID: id, State: provider.StateLive, Event: event("call", 3, 10)}, ""},
		} {
			target := r.target()
			target.Remote = struct{ engine.Remote }{r.cal} // shows no window
			x, err := r.Engine.ExplainUntied(t.Context(), tx, target, &c.it)
			if err != nil || x.Problem != c.want || (x.Reason == lens.InScope) != (c.want == "") || len(x.Obstacles) != 0 {
				t.Errorf("%v: %+v, %v", c.it.State, x, err)
			}
		}
		if _, err := r.Engine.Explain(t.Context(), tx, r.id, 4711); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of nothing: %v", err)
		}
		return nil
	})
}

// TestWhatACRMDoesNotKnowIsSaid: an activity has a deal that is not there, and a person who is.
func TestWhatACRMDoesNotKnowIsSaid(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.cal.Add(atUTC("Visit", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Person: calendar.Ref{ID: "p1", Name: "Ann"}}))
	r.Settle(r.id)
	a := r.only(t)
	if x := r.explained(a.ID, ""); !x.InSync || x.Untold != 0 {
		t.Errorf("%+v", x)
	}
	made := deal(r, "Big deal")
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.DealID = made }, "deal")
	r.Settle(r.id)
	if x := r.explained(a.ID, ""); !x.InSync || x.Untold != calendar.Fields(calendar.DealFacet) {
		t.Errorf("%+v", x)
	}
}
