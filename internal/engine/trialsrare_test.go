package engine_test

import (
	"context"
	"testing"
	"time"

	"tahti/internal/calendar"
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
			return r.Engine.NoMirror(ctx, tx, c, works[0])
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
		row, after := r.change(t, to("to_calendar"))
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
	{name: "a backup does not know an event that its creation runs into", set: func(t *testing.T) []*room {
		r, _, id := forgotten(t, nil)
		r.cal.Slip(id, setPlace("Room 4"))
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
}
