package engine_test

import (
	"context"
	"fmt"
	"slices"
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

// TestAnEventWhoseCreationWasNotAnsweredHasOneContextBlock: what is found under the key was made with the frame that the note
// tells, so the frame is taken off again before the event is compared and written.
func TestAnEventWhoseCreationWasNotAnsweredHasOneContextBlock(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Start, s.CRMContext = lens.Everything, true })
	lost := r.loseFirstReply()
	r.Create(r.Alice, event("call", 3, 10))
	r.Settle(r.id)
	if !*lost {
		t.Fatal("no reply was lost")
	}
	if a := r.only(t); a.Plan.Description != "" {
		t.Errorf("our own words came in: %q", a.Plan.Description)
	}
	for _, e := range r.cal.Held() {
		if n := strings.Count(e.Description, "--- CRM ---"); n != 1 {
			t.Errorf("%d context blocks: %q", n, e.Description)
		}
	}
	r.Quiet(r.id)
}

// TestGuestsThatNoCreationWritesAreNoEdit: an event of ours invites nobody, whoever takes part in its activity. Found after a
// lost reply it says so, and that must neither outlive a deletion of the activity (I4) nor empty its list of guests.
func TestGuestsThatNoCreationWritesAreNoEdit(t *testing.T) {
	for _, deleted := range []bool{true, false} {
		t.Run(fmt.Sprintf("deleted: %v", deleted), func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			lost := r.loseFirstReply()
			e := event("call", 3, 10)
			e.Guests = []calendar.Guest{{Person: calendar.Person{Email: "guest@example.com"}, Answer: calendar.NeedsReply}}
			r.Create(r.Alice, e)
			r.Sync(r.id)
			if !*lost {
				t.Fatal("no reply was lost")
			}
			if deleted {
				r.Delete(r.Alice, r.only(t).ID)
				r.Settle(r.id)
				r.inStep(t, 0)
				return
			}
			r.Settle(r.id)
			if a := r.only(t); len(a.Plan.Guests) != 1 {
				t.Errorf("guests: %+v", a.Plan.Guests)
			}
			r.inStep(t, 1)
		})
	}
}

// TestWhatAnEarlierTrySaidIsNoEdit: the request of a first worker makes the event after a second one has looked for it. In
// between the activity was edited, so what the second one sends is answered with what the first one said, or found to say
// it. The edit goes out, and nothing of what was before it comes back (I2).
func TestWhatAnEarlierTrySaidIsNoEdit(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for _, there := range []bool{false, true} {
			t.Run(fmt.Sprintf("the second reply is lost: %v, somebody edits the event: %v", lost, there), func(t *testing.T) {
				r, arrive := slow(t)
				r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
				r.cal.Before = func(c enginetest.Call) error {
					if c.Op != "put" || c.ID != "" {
						return nil
					}
					r.cal.Before = nil
					arrive()
					if there {
						r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) { e.Description = "Bring cake" })
					}
					if lost {
						return &provider.Error{Op: "put", Class: provider.Unknown}
					}
					return nil
				}
				r.Settle(r.id)
				if r.cal.Before != nil {
					t.Fatal("nobody tried again")
				}
				a := r.only(t)
				if a.Plan.Location != "Room 4" {
					t.Errorf("at %q", a.Plan.Location)
				}
				if there && a.Plan.Description != "Bring cake" {
					t.Errorf("says %q", a.Plan.Description)
				}
				r.inStep(t, 1)
			})
		}
	}
}

// TestWhatAServerMadeOfAnEarlierTryIsNoEdit: the same at a server that keeps a place in words of its own, so that the item is
// no more like the one try than like the other.
func TestWhatAServerMadeOfAnEarlierTryIsNoEdit(t *testing.T) {
	for _, lost := range []bool{false, true} {
		r, arrive := slow(t)
		r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op != "put" || c.ID != "" {
				return nil
			}
			r.cal.Before = nil
			arrive()
			r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) { e.Location = "(none)" })
			if lost {
				return &provider.Error{Op: "put", Class: provider.Unknown}
			}
			return nil
		}
		r.Settle(r.id)
		r.inStep(t, 1)
		kept := slices.ContainsFunc(r.Conflicts(), func(c store.Conflict) bool { return string(c.Lost) == `"Room 4"` })
		if a := r.only(t); a.Plan.Location != "Room 4" && !kept {
			t.Errorf("at %q, conflicts: %+v", a.Plan.Location, r.Conflicts())
		}
	}
}

// TestAFrameThatChangedBetweenTwoTriesIsNoEdit: the first try sent nothing around the activity's own words, the second one made the
// event with title or context as they are wanted since, at a server that keeps a place in words of its own (I2, I13).
func TestAFrameThatChangedBetweenTwoTriesIsNoEdit(t *testing.T) {
	for name, reframe := range map[string]func(*room){
		"the context is switched on": func(r *room) {
			r.Lab.Settings(r.id, func(s *lens.Settings) { s.CRMContext = true })
		},
		"the activity is done": func(r *room) {
			r.Lab.Settings(r.id, func(s *lens.Settings) { s.Done = "tick" })
			r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Done = true }, "done")
		},
	} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, the second reply is lost: %v", name, lost), func(t *testing.T) {
				r, _ := slow(t)
				r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Plan.Location = "Room  4" }, "location")
				reframe(r)
				r.cal.After = func(c enginetest.Call) error {
					if c.Op != "put" || c.ID != "" {
						return nil
					}
					r.cal.After = nil
					r.cal.Edit(r.onlyEvent(t), setPlace("Room 4"))
					if lost {
						return &provider.Error{Op: "put", Class: provider.Unknown}
					}
					return nil
				}
				r.Settle(r.id)
				if r.cal.After != nil {
					t.Fatal("nobody tried again")
				}
				if a := r.only(t); a.Plan.Description != "" || a.Plan.Subject != "call" {
					t.Errorf("our own words came in: %q, %q", a.Plan.Subject, a.Plan.Description)
				}
				if n := strings.Count(r.cal.Held()[r.onlyEvent(t)].Description, "--- CRM ---"); n > 1 {
					t.Errorf("%d context blocks", n)
				}
				r.Quiet(r.id)
			})
		}
	}
}

// lagging lists nothing new: its lists are behind.
type lagging struct{ engine.Remote }

func (lagging) Pull(_ context.Context, since provider.Cursor, _ provider.Known) (provider.Pull, error) {
	return provider.Delta{Next: since}, nil
}

// TestAnEditOfAnEventWhoseCreationWasNotAnsweredComesIn: the event is found under its key with somebody's edit in it, before
// any list shows it. Its version is known from then on, so the edit has to be taken up there and then (I2).
func TestAnEditOfAnEventWhoseCreationWasNotAnsweredComesIn(t *testing.T) {
	for name, o := range map[string]enginetest.Options{"deltas": {}, "unread deltas": {Unread: true}} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, o, everything)
			lost := r.loseFirstReply()
			r.Create(r.Alice, event("call", 3, 10))
			r.Sync(r.id)
			r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) { e.Location = "Room 4" })
			r.Pass(time.Minute)
			target := r.Target(r.id)
			target.Remote = lagging{target.Remote}
			if rep, err := r.Engine.Run(t.Context(), target); err != nil || rep.Err != nil {
				t.Fatal(err, rep.Err)
			}
			r.Pass(2 * time.Hour) // the lease runs out
			r.Settle(r.id)
			if a := r.only(t); !*lost || a.Plan.Location != "Room 4" {
				t.Errorf("lost a reply: %t; at %q", *lost, a.Plan.Location)
			}
			r.inStep(t, 1)
		})
	}
}

// TestNothingIsWrittenOverAnEditThatWasFoundWithTheEvent: an event is made anew, because its activity was edited when it was
// deleted. The reply is lost, and the same run looks for it at once: by then both sides have been edited. The write that follows
// is planned on what was found, not on what was sent at first (I2).
func TestNothingIsWrittenOverAnEditThatWasFoundWithTheEvent(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, series("call", "FREQ=DAILY;COUNT=4", 3, 10), nil)
	r.cal.Delete(id)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	lost := r.loseFirstReply()
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "find" {
			r.cal.Before = nil
			r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) {
				e.Overrides = []calendar.Override{{Original: hour(4, 10), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "late"}}}
			})
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
				a.Plan.Start.Wall += 3600
				a.Plan.End.Wall += 3600
			}, "when")
		}
		return nil
	}
	r.Settle(r.id)
	if !*lost || r.cal.Before != nil {
		t.Fatal("no reply was lost, or nobody looked")
	}
	got := r.only(t)
	if o := got.Plan.Override(hour(4, 11)); o == nil || o.Subject != "late" {
		t.Errorf("the edit is lost: %+v", got.Plan)
	}
	r.inStep(t, 1)
}
