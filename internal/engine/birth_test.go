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
	"tahti/internal/hub"
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

// TestACopyFromAnotherCalendarMovesNoTieBehindABackup: its key names an activity that was made here, but for the other calendar.
func TestACopyFromAnotherCalendarMovesNoTieBehindABackup(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	other := r.and()
	r.Create(r.Alice, event("call", 3, 10))
	r.Settle(r.id, other.id)
	ours := other.onlyEvent(t)
	r.restore(t)
	e := event("call", 4, 10)
	e.UID = "a copy"
	other.cal.AddRelated(e, provider.Key(r.onlyEvent(t)), "")
	r.Settle(other.id, r.id)
	for _, l := range r.Links(other.id) {
		if a := r.Activity(l.Activity); a.Origin == 0 && l.Remote != string(ours) {
			t.Errorf("the activity is tied to %s", l.Remote)
		}
	}
	if n := len(other.cal.Held()); n != 2 {
		t.Errorf("%d events", n)
	}
}

// TestTheDryRunKnowsWhatWasPutThroughBehindABackup, whichever calendar it has come in from anew, and what the other one says differently.
func TestTheDryRunKnowsWhatWasPutThroughBehindABackup(t *testing.T) {
	for _, edited := range []bool{false, true} {
		for _, first := range []bool{false, true} {
			r, other, before := putThrough(t, event("call", 3, 10), nothing)
			r.Restore(before)
			if !first {
				r, other = other, r
			}
			r.Settle(r.id)
			if edited {
				other.cal.Edit(other.onlyEvent(t), setPlace("Room 4"))
			}
			other.foresee(t, 0)
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

// TestWhatWasPutThroughWhereNoListingShowsItIsMadeOnceMore: nothing asks for it, as its number went with the rows. Once its calendar shows it,
// it is set aside as a copy, and comes in as nothing else (I1).
func TestWhatWasPutThroughWhereNoListingShowsItIsMadeOnceMore(t *testing.T) {
	r, other, before := putThrough(t, event("call", 20, 10), func(*lens.Settings) {})
	r.Restore(before)
	march := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }
	anew := func(from, to int) {
		other.cal.Window, other.cal.Unproven = provider.Range{From: march(from), To: march(to)}, true
		r.Tx(func(tx engine.Tx) error { return tx.SaveCursor(t.Context(), other.id, "") })
		r.Pass(time.Hour)
		r.Settle(r.id, other.id)
		r.only(t)
	}
	anew(1, 10)
	if n := len(other.cal.Held()); n != 2 {
		t.Fatalf("%d events, want it once more", n)
	}
	anew(10, 30)
	if works := r.Works(other.id); len(works) != 1 || works[0].Reason != "copy" {
		t.Errorf("waiting: %+v", works)
	}
	r.Quiet(r.id, other.id)
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

// TestWhatWasMadeHereAndAskedForBehindABackupIsItsOwn: it does not go into the calendar by itself, so that it waits for nothing, and its
// number is named by the key alone (I1).
func TestWhatWasMadeHereAndAskedForBehindABackupIsItsOwn(t *testing.T) {
	for _, edited := range []bool{false, true} {
		r := newRoom(t, enginetest.Options{}, to(lens.ToCalendr))
		r.Create(r.Alice, event("other", 4, 10))
		a := r.Create(r.Alice, event("call", 3, 10))
		r.Pass(time.Hour)
		r.cal = enginetest.New(enginetest.Options{})
		r.id = r.Connect(r.Alice, r.cal, nil)
		r.Settle(r.id)
		before := r.Backup()
		r.Pass(time.Hour)
		r.Tx(func(tx engine.Tx) error {
			return tx.PutWork(t.Context(), r.id, fmt.Sprint("a:", a.ID), []byte(engine.AnyStart), r.Now(), true)
		})
		r.Settle(r.id)
		id := r.onlyEvent(t)
		r.Pass(time.Hour)
		r.Restore(before)
		if edited {
			r.cal.Edit(id, setPlace("Room 4"))
		}
		r.foresee(t, 0)
		r.Settle(r.id)
		links := r.Links(r.id)
		if len(links) != 1 || remoteOf(links[0]) != id || links[0].Activity != a.ID || !links[0].Ours || r.onlyEvent(t) != id {
			t.Errorf("edited %t, links %+v", edited, links)
		}
		if list, now := r.Activities(), r.Activity(a.ID); len(list) != 2 || edited != (now.Plan.Location == "Room 4") {
			t.Errorf("edited %t, %d activities, this one says %+v", edited, len(list), now.Plan.Values)
		}
		r.Quiet(r.id)
	}
}

// TestWhatWentOutBehindABackupIsTakenOutWhereTheActivityStaysIn, as its type is another again, and comes in as nothing else (I1), also where
// it was there before and had been taken out.
func TestWhatWentOutBehindABackupIsTakenOutWhereTheActivityStaysIn(t *testing.T) {
	for _, before := range []bool{false, true} {
		r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Start, s.TypesOut = lens.Everything, []string{"call"} })
		a := r.CreateActivity(r.Alice, crm.Activity{Type: "task", Plan: event("x", 3, 10), Visibility: crm.Everyone})
		is := func(kind string, events int) {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Type = kind }, hub.FieldType)
			r.Settle(r.id)
			if n := len(r.cal.Held()); n != events {
				t.Fatalf("there before %t: %d events of a %s", before, n, kind)
			}
			r.Pass(time.Hour)
		}
		if before {
			is("call", 1)
			is("task", 0)
		}
		older := r.Backup()
		is("call", 1)
		r.Restore(older)
		r.foresee(t, 0)
		r.Settle(r.id)
		if now := r.only(t); now.ID != a.ID || len(r.cal.Held()) != 0 {
			t.Errorf("there before %t: activity %d, want %d, events %+v", before, now.ID, a.ID, r.cal.Held())
		}
		r.Quiet(r.id)
	}
}

// TestWhatWasMadeAnewBehindABackupIsItsOwn: the rows know an event that somebody deleted since, and whose deletion an edit here outlived
// (I1). That was being written when the backup was made, or not yet.
func TestWhatWasMadeAnewBehindABackupIsItsOwn(t *testing.T) {
	for _, ours := range []bool{true, false} {
		for _, begun := range []bool{true, false} {
			t.Run(fmt.Sprintf("ours %t, begun %t", ours, begun), func(t *testing.T) { madeAnewBehind(t, ours, begun) })
		}
	}
}

func madeAnewBehind(t *testing.T, ours, begun bool) {
	r, a, id := linked(t, enginetest.Options{}, ours, event("call", 3, 10), nil)
	edit := func() {
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, calendar.Location.String())
	}
	if begun {
		edit()
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op == "put" {
				return &provider.Error{Op: "put", Class: provider.Unknown}
			}
			return nil
		}
		_, err := r.Run(r.id, false)
		if err != nil || r.Links(r.id)[0].Pending == nil {
			t.Fatal("nothing was begun", err)
		}
		r.cal.Before = nil
	}
	before := r.Backup()
	r.Pass(time.Hour)
	r.cal.Delete(id)
	if !begun {
		edit()
	}
	r.Settle(r.id)
	anew := r.onlyEvent(t)
	r.Pass(time.Hour)
	r.Restore(before)
	r.foresee(t, 0)
	r.Settle(r.id)
	links, now := r.Links(r.id), r.only(t)
	if now.ID != a.ID || now.Plan.Location != "Room 4" || r.onlyEvent(t) != anew || len(links) != 1 || remoteOf(links[0]) != anew {
		t.Errorf("activity %d at %q, links %+v", now.ID, now.Plan.Location, links)
	}
	r.Quiet(r.id)
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
