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
		id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Person: calendar.Ref{ID: "p1", Name: "Ann"}}))
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
	{name: "both sides say what it belongs to", set: func(t *testing.T) []*room {
		r, a, id := known(t)
		d := deal(r, "Another deal")
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.DealID, a.Note = d, "here" }, "deal", hub.FieldNote)
		r.cal.Edit(id, func(e *calendar.Event) {
			e.Facets = &calendar.Facets{Type: calendar.Ref{ID: "call"}, Note: "there", Person: calendar.Ref{ID: "p2", Name: "Bob"}, Deal: calendar.Ref{ID: "d2", Name: "Third"}}
		})
		return one(r)
	}},
	{name: "something of ours is given a deal there", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.CRM(), func(s *lens.Settings) { everything(s); s.TitleTemplate = "{deal} > {subject}" })
		a := r.Create(r.Alice, event("Visit", 3, 12))
		r.Settle(r.id)
		d := deal(r, "Big deal")
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.DealID = d }, "deal")
		r.Settle(r.id)
		r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) {
			f := e.Facet()
			f.Person, f.Done = calendar.Ref{ID: "p2", Name: "Bob"}, true
			e.Facets = &f
		})
		return one(r)
	}},
	{name: "what belongs to somebody is brought back", set: func(t *testing.T) []*room {
		r, a, id := known(t)
		r.Delete(r.Alice, a.ID)
		r.cal.Edit(id, setPlace("Room 4"))
		return one(r)
	}},
	{name: "people ask about what belongs to somebody", set: func(t *testing.T) []*room {
		r, _, _ := known(t)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		a := r.only(t)
		return r.Engine.Store.View(t.Context(), r.Company, func(tx engine.Tx) error {
			_, err := r.Engine.Explain(t.Context(), tx, r.id, a.ID)
			return err
		})
	}},
	{name: "what a backup does not know is chosen", set: func(t *testing.T) []*room {
		r, _, id := unrecalled(t)
		r.cal.Edit(id, setPlace("Room 4"))
		r.Sync(r.id)
		r.choose(t, "r:"+string(id))
		return one(r)
	}},
}

// known is a CRM with an item that came in, and belongs to somebody and to a deal.
func known(t *testing.T) (*room, crm.Activity, provider.RemoteID) {
	return linked(t, enginetest.CRM(), false, atUTC("Visit", 3, 12, calendar.Facets{
		Type: calendar.Ref{ID: "call"}, Person: calendar.Ref{ID: "p1", Name: "Ann"}, Deal: calendar.Ref{ID: "d1", Name: "Big deal"},
	}), nil)
}
