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

// putThrough is two calendars of one person, of which the second gets what is born in the first, and their database as it was before that
// was there.
func putThrough(t *testing.T, born calendar.Event, change func(*lens.Settings)) (r, other *room, before []byte) {
	t.Helper()
	r = newRoom(t, enginetest.Options{}, everything)
	other = &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.cal.Now = r.Now
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) {
		everything(s)
		s.Relay = true
		change(s)
	})
	r.Settle(r.id, other.id)
	before = r.Backup()
	r.Pass(time.Hour)
	r.cal.Add(born)
	r.Settle(r.id, other.id)
	r.onlyEvent(t)
	other.onlyEvent(t)
	r.Pass(time.Hour)
	return r, other, before
}

// oneInBoth checks that there is one activity with one event in both calendars, and that they say the same.
func (r *room) oneInBoth(t *testing.T, other *room, around string) crm.Activity {
	t.Helper()
	a := r.only(t)
	same(t, &a, r.cal.Held()[r.onlyEvent(t)])
	there := other.cal.Held()[other.onlyEvent(t)]
	want := shown(a.Plan)
	want.Subject = around + want.Subject
	if got := shown(there); got.Subject != want.Subject || got.Location != want.Location || got.Start != want.Start || got.Rule != want.Rule {
		t.Errorf("there %+v, here %+v", got.Values, want.Values)
	}
	r.Quiet(r.id, other.id)
	return a
}

// TestWhatWasPutThroughBehindABackupComesInOnce, whichever calendar is listed first, and also where one of the two was edited: nothing is
// made in either, what was typed stands or is kept, and what goes around a title goes around it once (I1, I2, C8). From then on the event
// that was there first is the one that counts.
func TestWhatWasPutThroughBehindABackupComesInOnce(t *testing.T) {
	bare, framed := func(*lens.Settings) {}, func(s *lens.Settings) { s.TitleTemplate = "Mine > {subject}" }
	for around, change := range map[string]func(*lens.Settings){"": bare, "Mine > ": framed} {
		for _, first := range []bool{true, false} {
			for _, edited := range []string{"", "first", "second"} {
				for _, e := range []calendar.Event{
					event("call", 3, 10), series("weekly", "FREQ=WEEKLY;COUNT=5", 3, 9), meeting("Review", "alice"), meeting("Review", "dave"),
				} {
					t.Run(fmt.Sprint(around, first, edited, e.Subject, e.Organizer.Email), func(t *testing.T) {
						r, other, before := putThrough(t, e, change)
						r.Restore(before)
						switch edited {
						case "first":
							r.cal.Edit(r.onlyEvent(t), setPlace("Room 4"))
						case "second":
							other.cal.Edit(other.onlyEvent(t), setPlace("Room 4"))
						}
						ids := []store.ID{r.id, other.id}
						if !first {
							ids = []store.ID{other.id, r.id}
						}
						r.Settle(ids...)
						r.Settle(ids...) // what the second said goes back to the first
						a := r.oneInBoth(t, other, around)
						kept := len(r.Conflicts()) > 0
						if edited == "" && (kept && around == "" || a.Plan.Subject != e.Subject || a.Plan.Location != e.Location) {
							t.Errorf("here it is %+v, kept %+v", a.Plan.Values, r.Conflicts())
						}
						if edited != "" && a.Plan.Location != "Room 4" && !kept {
							t.Error("the edit is lost")
						}
						r.cal.Edit(r.onlyEvent(t), setPlace("Room 5"))
						r.Settle(r.id, other.id)
						if a := r.oneInBoth(t, other, around); a.Plan.Location != "Room 5" {
							t.Errorf("an edit has not come in: %+v", a.Plan.Values)
						}
					})
				}
			}
		}
	}
}

// TestWhatWasMadeInTwoCalendarsBehindABackupComesInOnce: no row knows of its activity any more, and what is in one calendar is not made in
// the other, nor a second activity of it (I1), also where the clock of the machine on which the rows were restored is ahead.
func TestWhatWasMadeInTwoCalendarsBehindABackupComesInOnce(t *testing.T) {
	for _, ahead := range []time.Duration{0, 5 * time.Minute} {
		r := newRoom(t, enginetest.Options{}, everything)
		other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
		other.cal.Now = r.Now
		other.id = r.Connect(r.Alice, other.cal, everything)
		r.Settle(r.id, other.id)
		before := r.Backup()
		r.Pass(time.Hour)
		r.Create(r.Alice, event("call", 3, 10))
		r.Settle(r.id, other.id)
		r.Pass(time.Hour + ahead)
		r.Restore(before)
		r.Pass(-ahead)
		r.Settle(r.id, other.id)
		r.oneInBoth(t, other, "")
	}
}

// TestATitleThatOneOfTwoCalendarsFoldsIsWhole behind a restore, whichever is listed first: no calendar adds a space, and so what the other
// one holds was typed here (C8).
func TestATitleThatOneOfTwoCalendarsFoldsIsWhole(t *testing.T) {
	for _, title := range []string{"Call  Bob", "  Call Bob", "Call \t Bob"} {
		for _, template := range []string{"", "Mine > {subject}"} {
			for _, foldsFirst := range []bool{true, false} {
				t.Run(fmt.Sprint(title, template, foldsFirst), func(t *testing.T) {
					framed := func(s *lens.Settings) { everything(s); s.TitleTemplate = template }
					r := newRoom(t, enginetest.Options{Folds: true}, framed)
					other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
					other.cal.Now = r.Now
					other.id = r.Connect(r.Alice, other.cal, framed)
					ids := []store.ID{r.id, other.id}
					r.Settle(ids...)
					before := r.Backup()
					r.Pass(time.Hour)
					r.Create(r.Alice, event(title, 3, 10))
					r.Settle(ids...)
					there := other.cal.Held()[other.onlyEvent(t)].Subject
					r.Pass(time.Hour)
					r.Restore(before)
					if !foldsFirst {
						ids = []store.ID{other.id, r.id}
					}
					r.Settle(ids...)
					r.Settle(ids...) // what the second said goes back to the first
					if a := r.only(t); a.Plan.Subject != title {
						t.Errorf("it is called %q, want %q", a.Plan.Subject, title)
					}
					if list := r.Conflicts(); !foldsFirst && len(list) > 0 {
						t.Errorf("nothing is lost, and kept are %+v", list)
					}
					r.onlyEvent(t)
					if is := other.cal.Held()[other.onlyEvent(t)].Subject; is != there {
						t.Errorf("there it is called %q, want %q", is, there)
					}
					r.Quiet(ids...)
				})
			}
		}
	}
}

// TestASecondCopyOfWhatWasPutThroughIsSetAside behind a restore: somebody has copied the event that we had made, with our mark in it.
// What does not fit twice is shown, and not made anew.
func TestASecondCopyOfWhatWasPutThroughIsSetAside(t *testing.T) {
	r, other, before := putThrough(t, event("call", 3, 10), func(*lens.Settings) {})
	made := other.onlyEvent(t)
	e := other.cal.Held()[made]
	e.UID = "a copy"
	other.cal.AddRelated(e, provider.Key(made), "")
	r.Restore(before)
	r.Settle(r.id, other.id)
	r.only(t)
	r.onlyEvent(t)
	if len(other.cal.Held()) != 2 {
		t.Error("the copy is gone")
	}
	if works := r.Works(other.id); len(works) != 1 || works[0].Reason != "copy" {
		t.Errorf("waiting: %+v", works)
	}
}

// TestWhatWasMadeForAnActivityThatWaitsForNothingIsItsOwn: the backup knows the activity, and not that somebody had it brought to a calendar
// into which it does not go by itself (I1).
func TestWhatWasMadeForAnActivityThatWaitsForNothingIsItsOwn(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Add(event("call", 3, 10))
	r.Settle(r.id)
	r.Pass(time.Hour)
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.cal.Now = r.Now
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { s.Relay = true })
	r.Settle(other.id)
	before := r.Backup()
	r.Pass(time.Hour)
	a := r.only(t)
	r.Tx(func(tx engine.Tx) error {
		return tx.PutWork(t.Context(), other.id, fmt.Sprint("a:", a.ID), []byte(engine.AnyStart), r.Now(), true)
	})
	r.Settle(other.id)
	other.onlyEvent(t)
	r.Restore(before)
	r.Settle(r.id, other.id)
	r.oneInBoth(t, other, "")
}

// TestACopyIsItsOwnWhereNothingWasRestored: a mark in an event is no proof, as copies carry it.
func TestACopyIsItsOwnWhereNothingWasRestored(t *testing.T) {
	r, other, _ := putThrough(t, event("call", 3, 10), func(*lens.Settings) {})
	made := other.onlyEvent(t)
	e := other.cal.Held()[made]
	e.Start.Wall, e.End.Wall = e.Start.Wall+3600, e.End.Wall+3600
	e.UID = "a copy"
	other.cal.AddRelated(e, provider.Key(made), "")
	r.Settle(r.id, other.id)
	if n := len(r.Activities()); n != 2 {
		t.Errorf("%d activities, want the copy as one of its own", n)
	}
}

// TestWhatWasTypedIntoTheBlockOfWhatABackupDoesNotKnowIsKept, whichever of its calendars is listed first, and once; where nothing was, nothing
// is kept, although the activity had another number then (I2).
func TestWhatWasTypedIntoTheBlockOfWhatABackupDoesNotKnowIsKept(t *testing.T) {
	contexts := func(s *lens.Settings) { everything(s); s.CRMContext = true }
	for _, typed := range []string{"", "ask Bob"} {
		for _, cameIn := range []bool{true, false} {
			for _, first := range []bool{true, false} {
				t.Run(fmt.Sprint(typed, cameIn, first), func(t *testing.T) {
					r := newRoom(t, enginetest.Options{}, contexts)
					other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
					other.cal.Now = r.Now
					other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { contexts(s); s.Relay = true })
					ids := []store.ID{r.id, other.id}
					r.Settle(ids...)
					before := r.Backup()
					r.Pass(time.Hour)
					if cameIn {
						r.cal.Add(event("call", 3, 10))
					} else {
						r.Create(r.Alice, event("call", 3, 10))
					}
					r.Settle(ids...)
					if typed != "" {
						other.cal.Edit(other.onlyEvent(t), func(e *calendar.Event) { e.Description = intoBlock(e.Description, typed) })
					}
					r.Pass(time.Hour)
					r.Restore(before)
					if !first {
						ids = []store.ID{other.id, r.id}
					}
					r.Settle(ids...)
					r.Settle(ids...)
					r.Edit(r.Alice, r.only(t).ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
					r.Settle(ids...)
					a, there := r.only(t), other.cal.Held()[other.onlyEvent(t)]
					kept, stands := r.lostIn(), strings.Contains(there.Description, typed)
					if a.Plan.Description != "" || typed == "" && kept != "" || typed != "" && !stands && kept != ` description "ask Bob"` {
						t.Errorf("here it says %q, there %q, kept is %q", a.Plan.Description, there.Description, kept)
					}
					r.Quiet(ids...)
				})
			}
		}
	}
}
