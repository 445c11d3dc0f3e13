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
	"tahti/internal/provider"
	"tahti/internal/store"
)

// unanswered is a CRM that keeps no keys, with an item of which the answer to its creation was lost.
func unanswered(t *testing.T) *room {
	r := newRoom(t, enginetest.CRM(), everything)
	r.loseFirstReply()
	r.Create(r.Alice, event("Call", 3, 12))
	r.Sync(r.id)
	r.Pass(time.Minute)
	return r
}

// crmTrials are those at a provider that keeps no keys, and that colleagues share.
var crmTrials = []trial{
	{name: "a reply was lost without keys", set: func(t *testing.T) []*room { return one(unanswered(t)) }},
	{name: "what may have been made is asked about", set: func(t *testing.T) []*room {
		r := unanswered(t)
		r.cal.Edit(r.onlyEvent(t), setTitle("Call Ann"))
		return one(r)
	}},
	{name: "a request was lost without keys", set: func(t *testing.T) []*room {
		r := unanswered(t)
		r.cal.Delete(r.onlyEvent(t))
		r.Pass(time.Hour)
		return one(r)
	}},
	{name: "a question answers itself", set: func(t *testing.T) []*room {
		r, a, item := asked(t)
		r.cal.Edit(item, setTitle("Call"))
		r.Edit(r.Alice, a, func(a *crm.Activity) { a.Note = "and again" }, hub.FieldNote)
		return one(r)
	}},
	{name: "a question is answered", set: func(t *testing.T) []*room {
		r, _, _ := asked(t)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		works := r.Works(r.id)
		return saving(func(ctx context.Context, tx engine.Tx, r *room, c store.Connection) error {
			return r.Engine.Choose(ctx, tx, c, works[0])
		})(t, r)
	}},
	{name: "what was given up comes late", set: func(t *testing.T) []*room {
		r := unanswered(t)
		held := r.cal.Held()[r.onlyEvent(t)]
		r.cal.Delete(r.onlyEvent(t))
		r.settleAll(t)
		r.cal.Add(held)
		return one(r)
	}},
	{name: "what was given up comes before it is made anew", set: func(t *testing.T) []*room {
		r, _, _ := givenUpThere(t)
		return one(r)
	}},
	{name: "all is cleaned without keys", set: func(t *testing.T) []*room {
		r := unanswered(t)
		r.set(t, func(c *store.Connection) { c.State = store.Paused })
		return one(r)
	}, do: func(t *testing.T, r *room) error { return r.Engine.Clean(t.Context(), r.target()) }},
	{name: "a backup does not know what was made", set: func(t *testing.T) []*room {
		r, _, _ := unrecalled(t)
		return one(r)
	}},
	{name: "a backup does not know what was made anew", set: func(t *testing.T) []*room {
		r, _, id := remadeBehind(t)
		r.cal.Edit(id, setPlace("Room 4"))
		return one(r)
	}},
	{name: "an item is handed over", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.CRM(), everything)
		b := &room{Lab: r.Lab, cal: enginetest.New(enginetest.CRM())}
		b.id = r.Connect(r.Bob, b.cal, everything)
		id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
		r.Settle(r.id, b.id)
		r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Note = "typed before" }, hub.FieldNote)
		b.cal.Add(r.cal.Held()[id])
		r.cal.Spoil(id, provider.StateForbidden, "")
		return []*room{b, r}
	}},
	{name: "a colleague has left it there", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.CRM(), everything)
		b := &room{Lab: r.Lab, cal: enginetest.New(enginetest.CRM())}
		b.id = r.Connect(r.Bob, b.cal, everything)
		left := r.Create(r.Alice, atUTC("Left there", 3, 12, calendar.Facets{}))
		r.Settle(r.id, b.id)
		r.Tx(func(tx engine.Tx) error { return tx.DetachLinks(t.Context(), r.id) })
		r.Edit(r.Alice, left.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, hub.FieldOwner)
		return []*room{b}
	}},
}
