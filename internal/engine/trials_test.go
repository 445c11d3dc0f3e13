package engine_test

import (
	"context"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func one(r *room) []*room { return []*room{r} }

// change is settings that differ from those that a room has.
func (r *room) change(t *testing.T, change func(*lens.Settings)) (store.Connection, lens.Settings) {
	t.Helper()
	var row store.Connection
	r.Tx(func(tx engine.Tx) (err error) { row, err = tx.Connection(t.Context(), r.id); return err })
	s, err := lens.ParseSettings(lens.Defaults(), row.Settings)
	if err != nil {
		t.Fatal(err)
	}
	change(&s)
	return row, s
}

// moved is a room in which items stand under other ids, one of which was edited as well.
func moved(t *testing.T) []*room {
	r, _, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	lunch := r.cal.Add(event("Lunch", 4, 12))
	r.Settle(r.id)
	r.cal.Edit(r.cal.Move(id), setPlace("Room 4"))
	r.cal.Move(lunch)
	return one(r)
}

// other is a room of which other settings, as [resettle] saves them, let go one activity, let in another, and tick a third.
func other(t *testing.T) []*room {
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { everything(s); s.TypesOut = []string{"meeting", "lunch"} })
	r.cal.Add(event("in", 6, 9))
	r.Create(r.Alice, event("leaves", 6, 11))
	done := r.Create(r.Alice, event("done", 6, 12))
	enters := r.Create(r.Alice, event("enters", 6, 13))
	r.Tx(func(tx engine.Tx) error {
		deal := crm.Deal{OwnerID: r.Alice.ID, Title: "Big one", Status: "open", CreatedAt: r.Now(), UpdatedAt: r.Now()}
		err := tx.PutDeal(t.Context(), &deal)
		done.DealID = deal.ID
		return err
	})
	r.Edit(r.Alice, done.ID, func(a *crm.Activity) { a.DealID = done.DealID }, "deal")
	r.Edit(r.Alice, enters.ID, setType("call"), "type")
	r.Settle(r.id)
	r.Edit(r.Alice, done.ID, func(a *crm.Activity) { a.Done = true }, "done")
	leaves, _ := r.find("leaves")
	r.Edit(r.Alice, leaves.ID, setType("lunch"), "type")
	return one(r)
}

// resettle previews other settings and saves them.
func resettle(remove bool) func(t *testing.T, r *room) error {
	return func(t *testing.T, r *room) error {
		row, after := r.change(t, func(s *lens.Settings) {
			s.TypesOut, s.TypeIn, s.Done = []string{"meeting", "call"}, "call", "tick"
		})
		plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
		if err != nil {
			return err
		}
		return r.Engine.Store.Tx(t.Context(), r.Company, func(tx engine.Tx) error {
			row.Settings = after.JSON()
			if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, remove, true); err != nil {
				return err
			}
			return tx.PutConnection(t.Context(), &row)
		})
	}
}

// dryRun says what a run would do.
func dryRun(t *testing.T, r *room) error {
	_, err := r.Engine.DryRun(t.Context(), r.target(), nil)
	return err
}

// saving does something that people ask of the engine, in the transaction that saves it.
func saving(do func(ctx context.Context, tx engine.Tx, r *room, c store.Connection) error) func(t *testing.T, r *room) error {
	return func(t *testing.T, r *room) error {
		return r.Engine.Store.Tx(t.Context(), r.Company, func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), r.id)
			if err != nil {
				return err
			}
			return do(t.Context(), tx, r, c)
		})
	}
}

var trials = []trial{
	{name: "both sides have changed", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		lunch, walk := r.Create(r.Alice, event("Lunch", 4, 12)), r.Create(r.Alice, event("Walk", 4, 14))
		r.Create(r.Alice, event("Gone", 4, 16))
		r.Settle(r.id)
		inLunch, _ := r.findEvent("Lunch")
		inWalk, _ := r.findEvent("Walk")
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.cal.Edit(id, func(e *calendar.Event) { e.Subject, e.Location = "Call Carol", "Room 4" })
		r.Delete(r.Alice, lunch.ID)
		r.cal.Edit(inLunch, setPlace("Canteen"))
		r.cal.Delete(inWalk)
		r.Edit(r.Alice, walk.ID, setSubject("Walk on"), "subject")
		gone, _ := r.find("Gone")
		r.Delete(r.Alice, gone.ID)
		r.cal.Add(event("in", 5, 9))
		r.Create(r.Alice, event("out", 6, 9))
		return one(r)
	}},
	{name: "the start is taken", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Unread: true, Page: 2}, start(lens.NewAndChanged))
		for i := range 4 {
			r.cal.Add(event("old", 3+i, 10))
		}
		r.Pass(time.Minute)
		r.cal.Add(event("new", 3, 12))
		return one(r)
	}},
	{name: "everything comes in", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Listing: true}, everything)
		for i := range 5 {
			r.cal.Add(event("in", 3+i, 10))
			r.Create(r.Alice, event("out", 3+i, 12))
		}
		return one(r)
	}},
	{name: "all that is deleted is held", set: func(t *testing.T) []*room {
		r := many(t, 4, enginetest.Options{})
		r.deleteSome(false, 0, 4)
		return one(r)
	}},
	{name: "a sweep", set: func(t *testing.T) []*room {
		r := many(t, 6, enginetest.Options{})
		bad := r.cal.Add(event("bad", 7, 10))
		r.cal.Spoil(bad, provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		r.cal.Spoil(bad, provider.StateLive, "")
		r.cal.Delete(bad)
		r.deleteSome(false, 0, 2)
		r.cal.Forget()
		return one(r)
	}},
	{name: "an organiser comes to their meeting", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		a.cal.Add(organised())
		a.Settle(a.id)
		a.Edit(a.Alice, a.only(t).ID, setSubject("Typed here"), "subject")
		a.Settle(a.id)
		b.cal.Add(organised())
		return []*room{b, a}
	}},
	{name: "a meeting is edited and left", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		a.cal.Delete(inA)
		b.cal.Edit(inB, func(e *calendar.Event) { e.Busy, e.Location = false, "Room 4" })
		return []*room{b, a}
	}},
	{name: "a meeting is called off", set: func(t *testing.T) []*room {
		r, _, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
		callOff(r, id)
		return one(r)
	}},
	{name: "a meeting takes place after all", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		callOff(a, inA)
		callOff(b, inB)
		a.Settle(a.id, b.id)
		reinstate(a, inA)
		reinstate(b, inB)
		return []*room{a, b}
	}},
	{name: "a series is split, its end first", set: func(t *testing.T) []*room {
		r, _, id, _ := standup(t, false)
		end(r, id)
		r.Settle(r.id)
		r.cal.Add(rest(nil))
		return one(r)
	}},
	{name: "a series is split, its end last", set: func(t *testing.T) []*room {
		r, _, id, _ := standup(t, true)
		r.cal.Add(rest(nil))
		r.Settle(r.id)
		end(r, id)
		return one(r)
	}},
	{name: "replies were lost", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.loseAnswers("put")
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.Create(r.Alice, event("out", 6, 9))
		r.Sync(r.id)
		r.cal.After = nil
		r.cal.Edit(id, setPlace("Room 4"))
		out, _ := r.findEvent("out")
		r.cal.Edit(out, setPlace("Room 5"))
		r.Pass(time.Minute)
		return one(r)
	}},
	{name: "a creation arrives late", set: func(t *testing.T) []*room {
		r, arrive := slow(t)
		arrive()
		r.cal.Edit(r.onlyEvent(t), setPlace("Room 4"))
		return one(r)
	}},
	{name: "somebody is to send it", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
		r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
		r.cal.Edit(id, setPlace("Room 4"))
		return one(r)
	}},
	{name: "the scope is left", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), types)
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Type, a.Plan.Subject = "task", "Not for the calendar" }, "type", "subject")
		r.cal.Edit(id, setPlace("Room 4"))
		return one(r)
	}},
	{name: "somebody else's mirror is at work", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
		other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
		r.Create(r.Alice, event("Call", 3, 10))
		r.Settle(r.id, other.id)
		other.cal.Add(event("Call", 3, 10))
		return []*room{other, r}
	}},
	{name: "a meeting that was edited here is taken back", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
		r.Tx(func(tx engine.Tx) error {
			a.Plan.Subject = "Mine"
			_, err := r.Hub.Update(t.Context(), tx, hub.Actor{Kind: hub.System}, a.ID, hub.Change{Fields: []string{"subject"}, To: a})
			return err
		})
		r.cal.Delete(id)
		return one(r)
	}},
	{name: "writes fail", told: true, set: func(t *testing.T) []*room {
		r := many(t, 6, enginetest.Options{})
		classes := []provider.Class{provider.Conflict, provider.Rejected, provider.Transient, provider.Unknown}
		failed := map[provider.RemoteID]bool{}
		r.cal.Before = func(c enginetest.Call) error {
			if c.ID == "" || failed[c.ID] || c.Op != "put" && c.Op != "remove" || len(failed) > len(classes) {
				return nil
			}
			failed[c.ID] = true
			return &provider.Error{Op: c.Op, Class: classes[(len(failed)-1)%len(classes)]}
		}
		list := r.Activities()
		for _, a := range list[:4] {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
		}
		r.Delete(r.Alice, list[4].ID)
		return one(r)
	}},
	{name: "deletions fail", set: func(t *testing.T) []*room {
		r := many(t, 6, enginetest.Options{})
		fails := map[int]provider.Class{1: provider.Unknown, 2: provider.Transient}
		r.cal.Before = func(c enginetest.Call) error {
			if class, ok := fails[r.cal.Calls["remove"]]; ok && c.Op == "remove" {
				return &provider.Error{Op: "remove", Class: class}
			}
			return nil
		}
		for _, a := range r.Activities()[:2] {
			r.Delete(r.Alice, a.ID)
		}
		r.Sync(r.id)
		r.Pass(time.Minute)
		return one(r)
	}},
	{name: "an earlier try is answered", set: func(t *testing.T) []*room {
		r, arrive := slow(t)
		r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op == "put" && c.ID == "" {
				r.cal.Before = nil
				arrive()
			}
			return nil
		}
		return one(r)
	}},
	{name: "a creation was refused and is there all the same", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		r.cal.After = func(c enginetest.Call) error {
			if c.Op == "put" {
				return &provider.Error{Op: "put", Class: provider.Rejected}
			}
			return nil
		}
		r.Create(r.Alice, event("call", 3, 10))
		r.Sync(r.id)
		r.cal.After = nil
		return one(r)
	}},
	{name: "items are moved", set: moved},
	{name: "what was given away is private there", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
		r.cal.Edit(id, func(e *calendar.Event) { e.Private, e.Description = true, "the secret" })
		return one(r)
	}},
	{name: "what was made anew is edited at another calendar", told: true, set: func(t *testing.T) []*room {
		r, o, _ := remade(t, setPlace("Room 4"))
		return []*room{o, r}
	}},
	{name: "what other settings would let in", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Unread: true}, nothing)
		r.cal.Add(event("in", 6, 9))
		r.cal.Add(meeting("Review", "dave"))
		r.Settle(r.id)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		_, after := r.change(t, everything)
		_, err := r.Engine.Widened(t.Context(), engine.Target{Company: r.Company, Connection: r.id, Remote: r.cal}, &after)
		return err
	}},
	{name: "other settings are previewed and saved", set: other, do: resettle(true)},
	{name: "other settings are saved, and what leaves is let go", set: other, do: resettle(false)},
	{name: "all is cleaned", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		a.cal.Add(meeting("Review", "dave"))
		b.cal.Add(meeting("Review", "dave"))
		b.cal.Add(event("theirs", 5, 9))
		b.Create(b.Bob, event("ours", 6, 9))
		a.Settle(a.id, b.id)
		b.loseAnswers("put")
		b.Create(b.Bob, event("not answered", 7, 9))
		b.Sync(b.id)
		b.cal.After = nil
		b.set(t, func(c *store.Connection) { c.State = store.Paused })
		return []*room{b}
	}, do: func(t *testing.T, r *room) error {
		return r.Engine.Clean(t.Context(), engine.Target{Company: r.Company, Connection: r.id, Remote: r.cal})
	}},
	{name: "a meeting is handed on", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		a.cal.Add(organised())
		b.cal.Add(organised())
		b.cal.Add(event("alone", 5, 9))
		a.Settle(a.id, b.id)
		b.set(t, func(c *store.Connection) { c.State = store.Paused })
		return []*room{b}
	}, do: saving(func(ctx context.Context, tx engine.Tx, r *room, c store.Connection) error {
		return r.Engine.StepBack(ctx, tx, c)
	})},
	{name: "what waits is given up", set: func(t *testing.T) []*room {
		r := many(t, 3, enginetest.Options{})
		r.deleteSome(false, 0, 3)
		bad := r.cal.Add(event("bad", 4, 10))
		r.cal.Spoil(bad, provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		works := r.Works(r.id)
		return saving(func(ctx context.Context, tx engine.Tx, r *room, c store.Connection) error {
			for _, w := range works {
				if err := r.Engine.Accept(ctx, tx, c, w); err != nil {
					return err
				}
			}
			return r.Engine.LookAgain(ctx, tx, c)
		})(t, r)
	}},
}
