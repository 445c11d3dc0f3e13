package engine_test

import (
	"fmt"
	"strings"
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

// forgotten is a room whose database is older than the event that sync made for its activity: the activity waits to be carried out,
// and no row knows what was sent.
func forgotten(t *testing.T, change func(*lens.Settings)) (*room, crm.Activity, provider.RemoteID) {
	t.Helper()
	e := event("call", 3, 10)
	e.Location, e.Description = "Room 1", "bring the plan"
	r, a, id := linked(t, enginetest.Options{}, true, e, func(s *lens.Settings) {
		s.CRMContext = true
		if change != nil {
			change(s)
		}
	})
	r.forget(t, a.ID)
	r.Pass(time.Hour)
	return r, a, id
}

// forget lets the rows know nothing of what was made for an activity, which waits to be carried out.
func (r *room) forget(t *testing.T, activity store.ID) {
	r.Tx(func(tx engine.Tx) error {
		l, err := tx.LinkByActivity(t.Context(), r.id, activity)
		if err != nil {
			return err
		}
		l.State, l.Incarnation = store.LinkGone, 0
		if err := tx.PutLink(t.Context(), &l); err != nil {
			return err
		}
		return tx.PutWork(t.Context(), r.id, fmt.Sprint("a:", activity), nil, r.Now(), false)
	})
}

// TestWhatWasEditedInAForgottenEventStands, whether the event comes in first or the creation runs into it. What the activity said
// can be restored (I2), and the context that stands in the event is nobody's text.
func TestWhatWasEditedInAForgottenEventStands(t *testing.T) {
	for name, edit := range map[string]func(*enginetest.Calendar, provider.RemoteID, func(*calendar.Event)){
		"listed": (*enginetest.Calendar).Edit, "run into": (*enginetest.Calendar).Slip,
	} {
		t.Run(name, func(t *testing.T) {
			r, _, id := forgotten(t, nil)
			edit(r.cal, id, func(e *calendar.Event) { e.Location = "Room 4" })
			if name == "run into" {
				r.cal.Bend = nothingNew
			}
			linked := r.Sync(r.id).Counts[engine.LinkedCount]
			r.cal.Bend = nil
			r.Settle(r.id)
			if r.tiedTo(t, id, "Room 4"); linked != 1 {
				t.Errorf("%d are linked", linked)
			}
			if list := r.Conflicts(); len(list) != 1 || list[0].Field != "location" || string(list[0].Lost) != `"Room 1"` || list[0].Winner != "calendar" {
				t.Errorf("conflicts: %+v", list)
			}
		})
	}
}

// TestAForgottenEventThatSaysTheSameIsTiedQuietly: there is nothing to keep, and nothing to write.
func TestAForgottenEventThatSaysTheSameIsTiedQuietly(t *testing.T) {
	r, _, id := forgotten(t, nil)
	writes := r.cal.Writes
	r.Settle(r.id)
	r.tiedTo(t, id, "Room 1")
	if list := r.Conflicts(); len(list) != 0 || r.cal.Writes != writes {
		t.Errorf("%d writes, conflicts: %+v", r.cal.Writes-writes, list)
	}
}

// TestAForgottenEventIsWrittenOverWhereNothingComesIn: there the activity has the only say.
func TestAForgottenEventIsWrittenOverWhereNothingComesIn(t *testing.T) {
	r, _, id := forgotten(t, func(s *lens.Settings) { s.Direction = lens.ToCalendr })
	r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
	r.Settle(r.id)
	r.tiedTo(t, id, "Room 1")
}

// TestAForgottenEventOfALaterIncarnationIsKnown: the backup does not know how often the event was made again.
func TestAForgottenEventOfALaterIncarnationIsKnown(t *testing.T) {
	r, a, first := forgotten(t, nil)
	r.cal.Delete(first)
	put := provider.Put{Key: r.Key(r.id, a.ID, 3), Event: a.Plan, Fields: calendar.BothWaysFields}
	if _, err := r.cal.Put(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	r.Settle(r.id)
	r.tiedTo(t, provider.RemoteID(put.Key), "Room 1")
}

// TestAForgottenEventThatWasEditedOutlivesADeletion, as any event does (I5).
func TestAForgottenEventThatWasEditedOutlivesADeletion(t *testing.T) {
	r, a, id := forgotten(t, nil)
	r.Delete(r.Alice, a.ID)
	r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
	r.Settle(r.id)
	r.tiedTo(t, id, "Room 4")
}

// TestAForgottenEventThatNoListingShowsIsAskedFor, where it lies outside of what the calendar lists, and took the place of one before: no
// second one is made (I1), and it goes with its activity (I4). Nothing is asked about what was made behind the restore,
// and nothing is new by a clock that is behind.
func TestAForgottenEventThatNoListingShowsIsAskedFor(t *testing.T) {
	march := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }
	for _, anew := range []bool{false, true} {
		for _, deleted := range []bool{false, true} {
			t.Run(fmt.Sprintf("made anew %t, deleted %t", anew, deleted), func(t *testing.T) {
				e := event("call", 20, 10)
				e.Location, e.Description = "Room 1", "bring the plan"
				o := enginetest.Options{Window: provider.Range{From: march(1), To: march(10)}, Unproven: true}
				r, a, id := linked(t, o, true, e, func(s *lens.Settings) { s.CRMContext = true })
				if anew {
					r.cal.Delete(id)
					put := provider.Put{Key: r.Key(r.id, a.ID, 2), Event: a.Plan, Fields: calendar.BothWaysFields}
					if _, err := r.cal.Put(t.Context(), put); err != nil {
						t.Fatal(err)
					}
					id = provider.RemoteID(put.Key)
				}
				r.forget(t, a.ID)
				r.Tx(func(tx engine.Tx) error { return tx.SaveCursor(t.Context(), r.id, "") })
				if anew {
					r.restoreBehind(t)
				} else {
					r.restore(t)
				}
				r.Create(r.Alice, event("new", 4, 10))
				if deleted {
					r.Delete(r.Alice, a.ID)
				}
				finds := r.cal.Calls["find"]
				r.foresee(t, 0)
				r.Settle(r.id)
				held, want := r.cal.Held(), map[bool]int{true: 1, false: 2}[deleted]
				if _, there := held[id]; there == deleted || len(held) != want {
					t.Errorf("events: %+v", held)
				}
				if n := r.cal.Calls["find"] - finds; n == 0 || n > 8 {
					t.Errorf("asked %d times", n)
				}
				if links := r.Links(r.id); len(links) != len(held) {
					t.Errorf("links: %+v", links)
				}
				r.Quiet(r.id)
			})
		}
	}
}

// tiedTo checks that the one activity and the one event say the same, at a place, with one context block in the event.
func (r *room) tiedTo(t *testing.T, id provider.RemoteID, place string) {
	t.Helper()
	a, held := r.only(t), r.cal.Held()
	links := r.Links(r.id)
	if len(held) != 1 || len(links) != 1 || remoteOf(links[0]) != id || links[0].Activity != a.ID || !links[0].Ours {
		t.Fatalf("events %+v, links %+v", held, links)
	}
	e := held[id]
	if a.Plan.Location != place || e.Location != place || strings.Count(e.Description, "--- CRM ---") != 1 || a.Plan.Description != "bring the plan" {
		t.Errorf("here %+v, there %+v", a.Plan.Values, e.Values)
	}
	if works := r.Works(r.id); len(works) != 0 {
		t.Errorf("waiting: %+v", works)
	}
	r.Quiet(r.id)
}

// TestAForgottenEventGoesWithItsActivity, which is deleted as the database is an older one: also where the database does not know the
// calendar's starting point, and where nothing comes in from there. Nobody has edited the event (I4).
func TestAForgottenEventGoesWithItsActivity(t *testing.T) {
	for name, direction := range map[string]lens.Direction{"both ways": lens.TwoWay, "out": lens.ToCalendr, "own items": lens.OwnItems} {
		for _, begins := range []bool{false, true} {
			for _, unread := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, begins %t, unread %t", name, begins, unread), func(t *testing.T) {
					r, a, _ := forgotten(t, nil)
					r.cal.Unread = unread
					r.Tx(func(tx engine.Tx) error {
						c, err := tx.Connection(t.Context(), r.id)
						with := lens.Defaults()
						with.Direction, with.CRMContext = direction, true
						c.Cursor, c.Baselined, c.Settings = "", !begins, with.JSON()
						if err != nil {
							return err
						}
						return tx.PutConnection(t.Context(), &c)
					})
					r.Delete(r.Alice, a.ID)
					r.foresee(t, 0)
					r.Settle(r.id)
					if held, works := r.cal.Held(), r.Works(r.id); len(held) != 0 || len(works) != 0 {
						t.Errorf("events %+v, waiting %+v", held, works)
					}
					r.Quiet(r.id)
				})
			}
		}
	}
}
