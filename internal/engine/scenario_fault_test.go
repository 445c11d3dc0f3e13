package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
)

// TestScenariosOfPartialFailure: a run gets through in part, and what did not come over is neither remembered as if it had, nor in
// the way of the rest (vdirsyncer: partial sync, rollback).
func TestScenariosOfPartialFailure(t *testing.T) {
	var list []scenario
	for _, class := range []provider.Class{provider.Transient, provider.Unknown, provider.Conflict} {
		for _, behind := range []bool{false, true} {
			if behind && class != provider.Unknown {
				continue // the others say that nothing has happened
			}
			name := fmt.Sprintf("the first write fails, %s, once it was done: %t", class, behind)
			list = append(list,
				scenario{
					name:    "two creations: " + name,
					here:    only(event("Call", 3, 10), event("Lunch", 3, 12)),
					happens: func(r *room) { r.once("put", behind, class) },
					left:    []string{"Call 3/10", "Lunch 3/12"}, writes: 2,
				},
				scenario{
					name:   "two updates: " + name,
					theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
					happens: func(r *room) {
						r.placeHere("Call", "Room 4")
						r.placeHere("Lunch", "Room 5")
						r.once("put", behind, class)
					},
					left: []string{"Call 3/10 @Room 4", "Lunch 3/12 @Room 5"}, writes: 2,
				},
				scenario{
					name:   "two deletions: " + name,
					theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
					happens: func(r *room) {
						r.deleteHere("Call")
						r.deleteHere("Lunch")
						r.once("remove", behind, class)
					},
					writes: 2,
				})
		}
	}
	list = append(list,
		scenario{
			name:   "two deletions: the machine dies before they leave it; begun twice is not deleted twice (I7)",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.deleteHere("Call")
				r.deleteHere("Lunch")
				r.cal.Before = func(c enginetest.Call) error {
					if c.Op == "remove" {
						r.CrashAt = r.Steps + 1
						return &provider.Error{Op: "remove", Class: provider.Unknown}
					}
					return nil
				}
				r.Run(r.id, false)
				r.cal.Before = nil
				r.Revive()
			},
			writes: 2,
		},
		scenario{
			name:  "poison: one cannot be read, waits with its reason, and the other comes over",
			there: only(event("Call", 3, 10), event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.cal.Spoil(r.eventOf("Call"), provider.StateUnreadable, provider.BadSyntax)
			},
			left: []string{"Lunch 3/12"}, leftThere: []string{"Call 3/10"}, waits: []string{string(provider.BadSyntax)},
		})
	list = append(list,
		scenario{
			name:  "rollback: the run ends early while it reads, and nothing is remembered of what was not taken in",
			there: only(event("Call", 3, 10), event("Lunch", 3, 12)), calendar: enginetest.Options{Unread: true},
			happens: func(r *room) {
				r.once("read", false, provider.Transient)
				if rep, err := r.Run(r.id, false); err != nil || rep.Err == nil {
					r.T.Errorf("the run did not fail: %v", err)
				}
			},
			left: []string{"Call 3/10", "Lunch 3/12"},
		},
		scenario{
			name: "one of two is refused: the other comes over, and the refused one waits with its reason",
			here: only(event("Call", 3, 10), event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.once("put", false, provider.Rejected)
			},
			left: []string{"Lunch 3/12"}, leftHere: []string{"Call 3/10"}, writes: 1, waits: []string{string(provider.Refused)},
		})
	play(t, list)
}

// TestScenariosOfRaces: somebody is faster, between our look and our write.
func TestScenariosOfRaces(t *testing.T) {
	play(t, []scenario{
		{
			name:   "another field is edited while we write: both edits are there",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.placeHere("Call", "Room 4")
				r.meanwhile("put", func() { r.editThere("Call", func(e *calendar.Event) { e.Start.Wall += 3600; e.End.Wall += 3600 }) })
			},
			left: []string{"Call 3/11 @Room 4"}, writes: 1,
		},
		{
			name:   "the same field is edited while we write: one wins, and the other can be restored",
			theirs: only(event("Call", 3, 10)), settings: policy("calendar"),
			happens: func(r *room) {
				r.placeHere("Call", "Room 4")
				r.meanwhile("put", func() { r.editThere("Call", setPlace("Room 5")) })
			},
			left: []string{"Call 3/10 @Room 5"}, lost: []string{"location"},
		},
		{
			name:   "it is deleted while we write: the edit outlives it, visibly",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.placeHere("Call", "Room 4")
				r.meanwhile("put", func() { r.deleteThere("Call") })
			},
			left: []string{"Call 3/10 @Room 4", "Lunch 3/12"}, writes: 1, lost: []string{"deleted"},
		},
		{
			name:   "it is edited while we delete it: the edit outlives the deletion, visibly",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.deleteHere("Call")
				r.meanwhile("remove", func() { r.editThere("Call", setPlace("Room 4")) })
			},
			left: []string{"Call 3/10 @Room 4"}, lost: []string{"deleted"},
		},
		{
			name:   "it is deleted while we delete it: it is gone, and nobody has to do anything",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.deleteHere("Call")
				r.meanwhile("remove", func() { r.deleteThere("Call") })
			},
		},
	})
}
