package engine_test

import (
	"context"
	"errors"
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

// rareTrials are those of what is on both sides already, of copies, of backups, and of what people ask about.
var rareTrials = []trial{
	{name: "another sync was here", set: func(t *testing.T) []*room {
		r, _, _ := mirrored(t, enginetest.Options{Unread: true}, 6, everything)
		return one(r)
	}},
	{name: "the other side holds each date", set: func(t *testing.T) []*room { return one(dated(t, true, enginetest.Options{}, everything)) }},
	{name: "the other side holds the series", set: func(t *testing.T) []*room { return one(dated(t, false, enginetest.Options{}, everything)) }},
	{name: "a series stays beside its dates", set: func(t *testing.T) []*room {
		r := dated(t, true, enginetest.Options{}, everything)
		r.Settle(r.id)
		r.answer(t, true)
		r.keepDates(t)
		return one(r)
	}},
	{name: "what is on both sides is looked at", set: func(t *testing.T) []*room {
		r, _, _ := mirrored(t, enginetest.Options{Unread: true}, 6, nothing)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		_, err := r.Engine.Overlap(t.Context(), r.target())
		return err
	}},
	{name: "what is on both sides is taken over", set: func(t *testing.T) []*room {
		r, _, _ := mirrored(t, enginetest.Options{}, 6, everything)
		r.Settle(r.id)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		o, err := r.Engine.Overlap(t.Context(), r.target())
		if err != nil {
			return err
		}
		return saving(func(ctx context.Context, tx engine.Tx, r *room, c store.Connection) error {
			var ties []engine.Tie
			for i, p := range o.Matched {
				counts := []engine.Counts{engine.BothStand, engine.CRMCounts}[i%2]
				ties = append(ties, engine.Tie{There: p.There, Here: p.Here, Frame: p.Frame, Counts: counts})
			}
			for i, q := range o.Unsure {
				counts := []engine.Counts{engine.CalendarCounts, engine.CRMCounts}[i%2]
				ties = append(ties, engine.Tie{There: q.There[0], Here: q.Here[0], Frame: o.FrameOf(q.There[0], q.Here[0]), Counts: counts})
			}
			_, err := r.Engine.TakeOver(ctx, tx, c, o, ties)
			return err
		})(t, r)
	}},
	{name: "a twin is kept out", set: func(t *testing.T) []*room {
		r := passesOver(t)
		r.Create(r.Alice, event("Doctor", 3, 9))
		id := r.cal.Add(event("Doctor", 3, 9))
		r.Pass(time.Minute)
		r.begun()
		r.Settle(r.id)
		said := r.Create(r.Alice, event("Another", 4, 9))
		r.Tx(func(tx engine.Tx) error {
			return tx.PutTwin(t.Context(), store.Twin{Connection: r.id, Remote: string(id), Activity: said.ID, State: store.TwinApart})
		})
		r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
		return one(r)
	}},
	{name: "somebody else's mirror was quicker", told: true, set: func(t *testing.T) []*room {
		r, o := relayed(t)
		r.Settle(r.id, o.id)
		r.Pass(time.Hour)
		e := event("Call", 3, 10)
		r.cal.Add(e)
		e.UID = "copy"
		o.cal.Add(e)
		r.Sync(r.id)
		return []*room{o, r}
	}},
	{name: "a mirror is let in", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		o := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
		o.id = r.Connect(r.Alice, o.cal, everything)
		r.Create(r.Alice, event("Call", 3, 10))
		r.Settle(r.id, o.id)
		e := event("Call", 3, 10)
		e.UID = "copy"
		o.cal.Add(e)
		o.Sync(o.id)
		return []*room{o}
	}, do: func(t *testing.T, r *room) error {
		works := r.Works(r.id)
		return saving(func(ctx context.Context, tx engine.Tx, r *room, c store.Connection) error {
			return r.Engine.GoOn(ctx, tx, c, works[0])
		})(t, r)
	}},
	{name: "a copy of a meeting is there", set: func(t *testing.T) []*room {
		x, _ := beforeY(t, enginetest.Options{}, nothing, meeting("Review", "dave"))
		y := x.and(meeting("Review", "dave"))
		x.Settle(y.id)
		return []*room{x, y}
	}},
	{name: "what settings would let in again", set: func(t *testing.T) []*room {
		x, _ := beforeY(t, enginetest.Options{}, onlyCalls, meeting("Review", "dave"))
		y := x.and(meeting("Review", "dave"))
		x.Settle(y.id, x.id)
		return []*room{x, y}
	}, do: func(t *testing.T, r *room) error {
		_, after := r.change(t, nothing)
		after.TypesOut = nil
		plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
		if err != nil {
			return err
		}
		_, err = r.Engine.Returns(t.Context(), r.target(), &after, plan.Copied)
		return err
	}},
	{name: "nothing comes in any more", set: func(t *testing.T) []*room {
		r, _, _ := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		row, after := r.change(t, to(lens.ToCalendr))
		return saving(func(ctx context.Context, tx engine.Tx, r *room, _ store.Connection) error {
			row.Settings = after.JSON()
			if err := r.Engine.ApplyResettle(ctx, tx, row, engine.Resettling{}, false, false); err != nil {
				return err
			}
			return tx.PutConnection(ctx, &row)
		})(t, r)
	}},
	{name: "a backup does not know an event that no list shows", set: func(t *testing.T) []*room {
		o := enginetest.Options{Window: march, Unproven: true}
		r, a, _ := linked(t, o, true, event("call", 20, 10), nil)
		r.forget(t, a.ID)
		r.Tx(func(tx engine.Tx) error { return tx.SaveCursor(t.Context(), r.id, "") })
		r.restore(t)
		return one(r)
	}},
	{name: "a backup does not know an event that its creation runs into", told: true, set: func(t *testing.T) []*room {
		r, _, id := forgotten(t, nil)
		r.cal.Slip(id, setPlace("Room 4"))
		r.cal.Bend = nothingNew
		return one(r)
	}},
	{name: "a backup does not know what was put through", set: func(t *testing.T) []*room {
		r, o, before := putThrough(t, event("call", 3, 10), func(s *lens.Settings) { s.TitleTemplate = "Mine > {subject}" })
		r.Restore(before)
		return []*room{o, r}
	}},
	{name: "a backup does not know what came in", set: func(t *testing.T) []*room {
		r, o, before := putThrough(t, event("call", 3, 10), nothing)
		r.Restore(before)
		r.cal.Edit(r.onlyEvent(t), setPlace("Room 4"))
		o.Settle(o.id)
		return []*room{r, o}
	}},
	{name: "people ask why", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		r.cal.Add(event("in", 3, 10))
		r.Create(r.Alice, event("out", 4, 10))
		r.Settle(r.id)
		r.Settings(r.id, onlyCalls)
		r.cal.Spoil(r.cal.Add(event("bad", 5, 10)), provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		r.Create(r.Alice, event("waits", 6, 10))
		r.cal.Add(event("new", 7, 10))
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		here := r.Activities()
		return r.Engine.Store.View(t.Context(), r.Company, func(tx engine.Tx) error {
			for _, a := range here {
				if _, err := r.Engine.Explain(t.Context(), tx, r.id, a.ID); err != nil {
					return err
				}
			}
			for id := range r.cal.Held() {
				_, known, err := r.Engine.ExplainEvent(t.Context(), tx, r.id, id)
				if err != nil {
					return err
				}
				if known {
					continue
				}
				read, err := r.cal.Read(t.Context(), []provider.RemoteID{id})
				if err != nil {
					return err
				}
				if _, err := r.Engine.ExplainUntied(t.Context(), tx, r.target(), &read[0]); err != nil {
					return err
				}
			}
			return nil
		})
	}},
	{name: "something hints that an item is gone", set: func(t *testing.T) []*room {
		r, _, id := linked(t, enginetest.Options{Unseen: true}, false, event("Call", 3, 10), nil)
		r.cal.Delete(id)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		id := provider.RemoteID(r.Links(r.id)[0].Remote)
		return saving(func(ctx context.Context, tx engine.Tx, r *room, c store.Connection) error {
			return engine.Doubt(ctx, tx, c.ID, id, r.Now())
		})(t, r)
	}},
	{name: "what was made anew has an event there", told: true, set: func(t *testing.T) []*room {
		r, o, _ := remade(t, setPlace("Room 4"))
		r.Settle(r.id)
		o.cal.Add(event("Call", 3, 10))
		return []*room{o}
	}},
	{name: "what was made anew is a colleague's", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		id := a.cal.Add(meeting("Review", "alice"))
		a.Settle(a.id)
		a.Delete(a.Alice, a.only(t).ID)
		b.cal.Add(meeting("Review", "alice"))
		a.Settle(b.id)
		a.cal.Edit(id, setPlace("Room 4"))
		return []*room{a}
	}},
	{name: "a guest has become the organiser", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		for r, id := range map[*room]provider.RemoteID{a: inA, b: inB} {
			r.cal.Edit(id, func(e *calendar.Event) { e.Organizer = person("bob") })
		}
		a.Settle(a.id)
		return []*room{b}
	}},
	{name: "a backup does not know an event with its context", set: func(t *testing.T) []*room {
		r, a, id := forgotten(t, nil)
		d := deal(r, "Big deal")
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.DealID = d }, "deal")
		r.cal.Edit(id, setPlace("Room 4"))
		return one(r)
	}},
	{name: "what was put through has its context", set: func(t *testing.T) []*room {
		r, o, before := putThrough(t, event("call", 3, 10), func(s *lens.Settings) { s.TitleTemplate, s.CRMContext = "Mine > {subject}", true })
		r.Restore(before)
		return []*room{o, r}
	}},
	{name: "each date has a deal", set: func(t *testing.T) []*room {
		r := dated(t, false, enginetest.Options{}, everything)
		d := deal(r, "Big deal")
		for _, a := range r.Activities() {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.DealID = d }, "deal")
		}
		return one(r)
	}},
	{name: "what stood apart is deleted here", set: func(t *testing.T) []*room {
		r, a, _ := stand(t, engine.BothStand, inPlace("here"), inPlace("there"))
		r.Delete(r.Alice, a.ID)
		return one(r)
	}},
	{name: "what comes in equals what is here", set: func(t *testing.T) []*room {
		r, _, _ := linked(t, enginetest.Options{}, false, event("Call", 3, 10), nil)
		e := event("Call", 3, 10)
		e.UID = "another"
		r.cal.Add(e)
		return one(r)
	}},
	{name: "an edit outlives its event, and has a deal", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), func(s *lens.Settings) { s.TitleTemplate = "{deal} > {subject}" })
		d := deal(r, "Big deal")
		r.cal.Delete(id)
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject, a.DealID = "Call Bob", d }, "subject", "deal")
		return one(r)
	}},
	{name: "a reply was lost of a title that was cut", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Title: 8}, everything)
		r.loseFirstReply()
		r.Create(r.Alice, event("A long title", 3, 10))
		r.Sync(r.id)
		r.Pass(time.Minute)
		return one(r)
	}},
	{name: "what was asked about goes to another calendar", told: true, set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		r.Create(r.Alice, event("Call", 3, 10))
		o := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
		o.id = r.Connect(r.Alice, o.cal, everything)
		id := o.cal.Add(event("Call", 3, 10))
		o.Sync(o.id)
		r.Settle(r.id)
		o.answer(t, true)
		o.cal.Edit(id, setPlace("Room 4"))
		return []*room{o}
	}},
	{name: "another sync goes on writing", set: func(t *testing.T) []*room {
		r, _, id := linked(t, enginetest.Options{}, false, event("Call", 3, 10), nil)
		r.Tx(func(tx engine.Tx) error {
			row, err := tx.Connection(t.Context(), r.id)
			if err != nil {
				return err
			}
			row.Health.TakenOver = r.Now()
			return tx.SaveHealth(t.Context(), r.id, row.State, row.Reason, row.Health)
		})
		r.cal.Retext(id, ogcs("1"))
		return one(r)
	}},
	{name: "what waits is gone", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		bad := r.cal.Add(event("bad", 4, 10))
		r.cal.Spoil(bad, provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		r.cal.Spoil(bad, provider.StateLive, "")
		r.cal.Delete(bad)
		return one(r)
	}},
	{name: "a run broke off", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{Unread: true}, true, event("call", 3, 10), nil)
		r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
		r.cal.Edit(id, setPlace("Room 4"))
		r.once("read", false, provider.Transient)
		if rep, err := r.Run(r.id, false); err != nil || rep.Err == nil {
			t.Fatal(rep.Err, err)
		}
		r.Pass(time.Minute)
		return one(r)
	}},
	{name: "the calendar asks for a rest", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		r.cal.Before = func(c enginetest.Call) error {
			r.cal.Before = nil
			return &provider.Error{Op: c.Op, Class: provider.RateLimited, RetryAfter: r.Now().Add(time.Minute)}
		}
		return one(r)
	}, do: func(t *testing.T, r *room) error { return runs(t, one(r)) }},
	{name: "the daily sweep", set: func(t *testing.T) []*room { return one(many(t, 2, enginetest.Options{})) }, do: func(_ *testing.T, r *room) error {
		rep, err := r.Run(r.id, true)
		return errors.Join(err, rep.Err)
	}},
	{name: "what our own write brings to light", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Guard: provider.GuardFull}, everything)
		hides(r)
		e := event("secret", 3, 10)
		e.Private = true
		r.cal.Add(e)
		r.Settle(r.id)
		r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Plan.Private = false }, calendar.Private.String())
		return one(r)
	}},
	{name: "what was cleaned away is edited meanwhile", told: true, set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		for _, title := range []string{"lost", "edited"} {
			r.Create(r.Alice, event(title, 3, 10))
		}
		r.Settle(r.id)
		r.loseAnswers("put")
		r.Edit(r.Alice, r.activityOf("lost"), setSubject("not answered"), "subject")
		r.Sync(r.id)
		r.cal.After = nil
		r.cal.Edit(r.eventOf("not answered"), setPlace("Room 4"))
		r.cal.Edit(r.eventOf("edited"), setPlace("Room 4"))
		r.set(t, func(c *store.Connection) { c.State = store.Paused })
		return one(r)
	}, do: func(t *testing.T, r *room) error { return r.Engine.Clean(t.Context(), r.target()) }},
}
