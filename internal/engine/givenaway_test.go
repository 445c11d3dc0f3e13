package engine_test

import (
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
)

// TestWhatSomebodyKeepsPrivateOfWhatTheyGaveAwayIsTheirs: an activity goes to a colleague, and before sync has taken its mirror away its
// old owner makes that private and types into it. It reaches neither the activity nor its history (I23), and is kept for them (I2).
func TestWhatSomebodyKeepsPrivateOfWhatTheyGaveAwayIsTheirs(t *testing.T) {
	day := hour(4, 10)
	for name, edit := range map[string]func(*calendar.Event){
		"all of it": func(e *calendar.Event) { e.Private, e.Description = true, "the secret" },
		"a date of it": func(e *calendar.Event) {
			e.Overrides = append(e.Overrides, calendar.Override{
				Original: day, Set: calendar.Fields(calendar.Description, calendar.Private),
				Values: calendar.Values{Description: "the secret", Private: true},
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{}, true, series("call", "FREQ=DAILY;COUNT=4", 3, 10), nil)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
			r.cal.Edit(id, edit)
			r.Settle(r.id)
			r.Quiet(r.id)
			given := r.only(t)
			if len(r.people(given)) != 1 {
				t.Errorf("%v take part in what was given away", r.people(given))
			}
			r.Tx(func(tx engine.Tx) error {
				rows, err := r.Hub.HistoryOf(t.Context(), tx, r.Bob, 0, given.ID, 0, 100)
				shown, err2 := r.Hub.Get(t.Context(), tx, r.Bob, given.ID)
				if err2 != nil {
					return err2
				}
				for _, row := range rows {
					if text := string(row.Before) + string(row.After); strings.Contains(text, "secret") {
						t.Errorf("Bob's history says %s", text)
					}
				}
				conflicts, err3 := r.Hub.ConflictsOf(t.Context(), tx, r.Bob, 0, 0, 100)
				theirs, err4 := r.Hub.ConflictsOf(t.Context(), tx, r.Alice, r.Alice.ID, 0, 100)
				if err3 != nil || err4 != nil || len(conflicts) != 1 || conflicts[0].Lost != nil || len(theirs) != 1 || theirs[0].Lost == nil {
					t.Errorf("of what was kept Bob sees %+v, Alice %+v, errors %v, %v", conflicts, theirs, err3, err4)
				}
				if p := shown.Activity.Plan; p.Description != "" || p.Private || len(p.Overrides) != 0 {
					t.Errorf("Bob's activity says %+v", p)
				}
				return err
			})
			if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"the secret"` || list[0].Connection != r.id {
				t.Errorf("kept: %+v", list)
			}
		})
	}
}

// TestWhatSomebodyKeepsPrivateOfWhatTheyShareIsTheirs: whoever takes part in a colleague's meeting makes the mirror of it in another
// calendar of theirs private, and types into it. That is their own matter: it reaches neither the meeting nor its owner (I23), is kept
// for them (I2), and what they share stands in the mirror again, with all that changes of it from then on.
func TestWhatSomebodyKeepsPrivateOfWhatTheyShareIsTheirs(t *testing.T) {
	for name, edit := range map[string]func(*calendar.Event){
		"all of it": func(e *calendar.Event) { e.Private, e.Subject, e.Location = true, "the secret", "the secret" },
		"a date of it": func(e *calendar.Event) {
			e.Overrides = []calendar.Override{{
				Original: hour(4, 10), Set: calendar.Fields(calendar.Subject, calendar.Location, calendar.Private),
				Values: calendar.Values{Subject: "the secret", Location: "the secret", Private: true},
			}}
		},
	} {
		for _, change := range []func(*lens.Settings){nothing, func(s *lens.Settings) { s.TitleTemplate = "CRM > {subject}" }} {
			t.Run(name, func(t *testing.T) {
				a, b := pair(t, nothing)
				o := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
				o.id = a.Connect(a.Alice, o.cal, func(s *lens.Settings) { everything(s); s.Relay = true; change(s) })
				m := meeting("Review", "dave")
				m.Rule, m.Location = "FREQ=DAILY;COUNT=4", "Room 4"
				inB := b.cal.Add(m)
				a.Settle(b.id)
				a.cal.Add(m)
				a.Settle(a.id, o.id)
				mirror := o.onlyEvent(t)
				o.cal.Edit(mirror, edit)
				o.atOnce(t)
				o.Pass(2 * time.Hour) // its lease
				a.Settle(a.id, b.id, o.id)
				a.Quiet(a.id, b.id, o.id)
				shared := a.only(t)
				if p := shared.Plan; p.Location != "Room 4" || p.Subject != "Review" || len(p.Overrides) != 0 {
					t.Errorf("the meeting says %+v", p)
				}
				a.Tx(func(tx engine.Tx) error {
					for _, u := range []crm.User{a.Alice, a.Bob} {
						conflicts, err := a.Hub.ConflictsOf(t.Context(), tx, u, 0, 0, 100)
						rows, err2 := a.Hub.HistoryOf(t.Context(), tx, u, 0, shared.ID, 0, 100)
						if err != nil || err2 != nil || len(conflicts) != 2 {
							t.Fatalf("%+v, %v, %v", conflicts, err, err2)
						}
						for _, c := range conflicts {
							if told := string(c.Lost) == `"the secret"`; told != (u.ID == a.Alice.ID) || !told && (c.Lost != nil || c.Kept != nil) {
								t.Errorf("%s sees %s lost to %s", u.Name, c.Lost, c.Kept)
							}
						}
						for _, row := range rows {
							if text := string(row.Before) + string(row.After); strings.Contains(text, "secret") {
								t.Errorf("%s's history says %s", u.Name, text)
							}
						}
					}
					return nil
				})
				b.cal.Edit(inB, setPlace("Room 5"))
				a.Settle(a.id, b.id, o.id)
				if got := o.cal.Held()[mirror]; got.Location != "Room 5" || strings.Contains(got.Subject, "secret") || got.Private != (name == "all of it") {
					t.Errorf("the mirror says %+v", got)
				}
			})
		}
	}
}

// TestWhatTheyKeptPrivateIsInStepOnceItIsTheirsAgain: what an activity and its event then say differently was settled and kept when the
// activity was a colleague's, and has yet to go out (I2).
func TestWhatTheyKeptPrivateIsInStepOnceItIsTheirsAgain(t *testing.T) {
	dated := calendar.Override{
		Original: hour(4, 10), Set: calendar.Fields(calendar.Location, calendar.Private), Values: calendar.Values{Location: "At home", Private: true},
	}
	for name, edit := range map[string]func(*calendar.Event){
		"all of it":    func(e *calendar.Event) { e.Private, e.Location = true, "At home" },
		"a date of it": func(e *calendar.Event) { e.Overrides = []calendar.Override{dated} },
		"as it is moved": func(e *calendar.Event) {
			e.Overrides = []calendar.Override{dated}
			e.Start.Wall, e.End.Wall, e.Overrides[0].Original = e.Start.Wall+3600, e.End.Wall+3600, dated.Original+3600
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := series("call", "FREQ=DAILY;COUNT=4", 3, 10)
			e.Location = "Room 4"
			r, a, id := linked(t, enginetest.Options{}, false, e, nil)
			r.cal.Edit(id, edit)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
			r.Settle(r.id)
			r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, "owner")
			r.Settle(r.id)
			r.inStep(t, 1)
			if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"At home"` || string(list[0].Kept) != `"Room 4"` {
				t.Errorf("kept: %+v", list)
			}
			r.Quiet(r.id)
		})
	}
}

// TestWhatTheyShareStandsAgainHoweverOftenItIsWritten: the write that puts it back into their private mirror need not arrive at once, and
// what it writes over is kept once (I2).
func TestWhatTheyShareStandsAgainHoweverOftenItIsWritten(t *testing.T) {
	for _, class := range []provider.Class{provider.Transient, provider.Conflict, provider.Unknown} {
		t.Run(class.String(), func(t *testing.T) {
			a, b := pair(t, nothing)
			o := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
			o.id = a.Connect(a.Alice, o.cal, func(s *lens.Settings) { everything(s); s.Relay = true })
			m := meeting("Review", "dave")
			m.Location = "Room 4"
			b.cal.Add(m)
			a.Settle(b.id)
			a.cal.Add(m)
			a.Settle(a.id, o.id)
			o.cal.Edit(o.onlyEvent(t), func(e *calendar.Event) { e.Private, e.Location = true, "At home" })
			tries := 0
			o.cal.Before = func(c enginetest.Call) error {
				if c.Op != "put" {
					return nil
				}
				if tries++; tries > 3 {
					return nil
				}
				return &provider.Error{Op: "put", Class: class}
			}
			for range 5 {
				a.Sync(o.id)
				a.Pass(2 * time.Hour)
			}
			a.Settle(a.id, b.id, o.id)
			a.Quiet(a.id, b.id, o.id)
			if got := o.cal.Held()[o.onlyEvent(t)].Location; got != "Room 4" || len(a.Conflicts()) != 1 {
				t.Errorf("behind %d tries it is at %q, kept %+v", tries, got, a.Conflicts())
			}
		})
	}
}

// TestAConflictOverWhatWasGivenAwayIsTheirsWhoTypedIt: both sides are edited, the event is kept private, and the activity goes to a
// colleague before sync has seen it. Whoever wins, the colleague finds nothing of the event in the conflict (I23), and the one who typed
// it does (I2).
func TestAConflictOverWhatWasGivenAwayIsTheirsWhoTypedIt(t *testing.T) {
	for _, rule := range []string{"crm", "calendar"} {
		t.Run(rule, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), func(s *lens.Settings) { s.Conflicts = rule })
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Description = "typed here" }, "description")
			r.cal.Edit(id, func(e *calendar.Event) { e.Private, e.Description = true, "the secret" })
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
			r.Settle(r.id)
			r.Quiet(r.id)
			if got := r.only(t).Plan.Description; got != "typed here" {
				t.Errorf("the activity says %q", got)
			}
			r.Tx(func(tx engine.Tx) error {
				for _, u := range []crm.User{r.Alice, r.Bob} {
					list, err := r.Hub.ConflictsOf(t.Context(), tx, u, 0, 0, 100)
					if err != nil {
						return err
					}
					told := len(list) == 1 && string(list[0].Lost) == `"the secret"` && string(list[0].Kept) == `"typed here"`
					if told != (u.ID == r.Alice.ID) || len(list) != 1 || !told && (list[0].Lost != nil || list[0].Kept != nil) {
						t.Errorf("%s sees %+v", u.Name, list)
					}
				}
				return nil
			})
		})
	}
}

// TestWhatANewOwnerTypedIsNotShownToTheFormerOne, whose calendar wins over it once more, also when they get the activity back: it was
// nobody else's to see when it was typed (I23). The new owner finds it among what was lost (I2).
func TestWhatANewOwnerTypedIsNotShownToTheFormerOne(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, false, event("call", 3, 10), func(s *lens.Settings) { s.Conflicts = "calendar" })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
	r.cal.Edit(id, setPlace("Room 4"))
	r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.Plan.Location = "At Bob's" }, "location")
	r.Settle(r.id)
	lost := func(u crm.User) (text string) {
		r.Tx(func(tx engine.Tx) error {
			list, err := r.Hub.ConflictsOf(t.Context(), tx, u, 0, 0, 100)
			if len(list) == 1 {
				text = string(list[0].Lost)
			}
			return err
		})
		return text
	}
	if got := r.only(t).Plan.Location; got != "Room 4" || lost(r.Bob) != `"At Bob's"` || lost(r.Alice) != "" {
		t.Errorf("it is at %q, Bob is shown %s, Alice %s", got, lost(r.Bob), lost(r.Alice))
	}
	r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, "owner")
	if got := lost(r.Alice); got != "" {
		t.Errorf("Alice is shown %s", got)
	}
}

// TestTheHistoryOfWhatWasGivenAwayTellsNothingFromBefore: somebody types over a text and gives the activity away before sync has seen
// either. The row of the mirror that is taken away holds the old text, which the new owner was never given (I23).
func TestTheHistoryOfWhatWasGivenAwayTellsNothingFromBefore(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, series("the old word", "FREQ=DAILY;COUNT=4", 3, 10), nil)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Visibility, a.Plan.Subject = crm.OwnerOnly, "call" }, "subject", hub.FieldVisibility)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
	r.Settle(r.id)
	r.Quiet(r.id)
	r.Tx(func(tx engine.Tx) error {
		rows, err := r.Hub.HistoryOf(t.Context(), tx, r.Bob, r.id, a.ID, 0, 100)
		if len(rows) < 2 || rows[0].Kind != "delete" {
			t.Errorf("history: %+v", rows)
		}
		for _, row := range rows {
			if text := string(row.Before) + string(row.After); strings.Contains(text, "old word") {
				t.Errorf("Bob's history says %s", text)
			}
		}
		return err
	})
}

// TestWhatWasPrivateStaysOutOfTheHistoryOfItsOpening: an owner opens an activity and changes what it says at once. The row of the write
// that follows holds what stood in the calendar while nobody else could see it, which is theirs (I23).
func TestWhatWasPrivateStaysOutOfTheHistoryOfItsOpening(t *testing.T) {
	for name, c := range map[string]struct {
		keep, open func(*crm.Activity)
		fields     []string
		date       bool
	}{
		"private": {
			keep:   func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = true, "the secret" },
			open:   func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = false, "the lobby" },
			fields: []string{"private", "location"},
		},
		"kept to who takes part": {
			keep:   func(a *crm.Activity) { a.Visibility, a.Plan.Location = crm.OwnerOnly, "the secret" },
			open:   func(a *crm.Activity) { a.Visibility, a.Plan.Location = crm.Everyone, "the lobby" },
			fields: []string{hub.FieldVisibility, "location"},
		},
		"a private date": {
			keep:   func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = true, "the secret" },
			open:   func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = false, "the lobby" },
			fields: []string{"private", "location"}, date: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, _ := linked(t, enginetest.Options{}, true, series("call", "FREQ=DAILY;COUNT=4", 3, 10), nil)
			for _, f := range []func(*crm.Activity){c.keep, c.open} {
				if !c.date {
					r.Edit(r.Alice, a.ID, f, c.fields...)
				} else {
					to := a.Clone()
					f(&to)
					r.Tx(func(tx engine.Tx) error {
						_, err := r.Hub.PatchOccurrence(t.Context(), tx, hub.By(r.Alice), a.ID, hour(4, 10), hub.This, hub.Change{Fields: c.fields, To: to})
						return err
					})
				}
				r.Settle(r.id)
			}
			found := map[string]int{}
			r.Tx(func(tx engine.Tx) error {
				for _, u := range []crm.User{r.Alice, r.Bob} {
					rows, err := r.Hub.HistoryOf(t.Context(), tx, u, 0, a.ID, 0, 100)
					if err != nil {
						return err
					}
					for _, row := range rows {
						if strings.Contains(string(row.Before)+string(row.After), "secret") {
							found[u.Name]++
						}
					}
				}
				return nil
			})
			if found[r.Alice.Name] != 4 || found[r.Bob.Name] != 0 {
				t.Errorf("the secret stands in so many rows of history: %v", found)
			}
		})
	}
}

// TestWhatWasGivenAwayIsNotDeletedHere for its event's being deleted in the former owner's calendar, whichever of the two is heard first:
// it is not theirs any more, and no brake counts it. Given back it stays out of the calendar that it was deleted in (I4).
func TestWhatWasGivenAwayIsNotDeletedHere(t *testing.T) {
	for name, o := range map[string]enginetest.Options{"told": {}, "asked for": {Unproven: true}} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, o, false, event("call", 3, 10), nil)
			r.cal.Delete(id)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
			if says := r.atOnce(t); says[engine.DeletedInCRM] != 0 {
				t.Errorf("a deletion is counted: %v", says)
			}
			r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, "owner")
			r.Settle(r.id)
			r.Quiet(r.id)
			if held := r.cal.Held(); len(held) != 0 || r.only(t).ID != a.ID {
				t.Errorf("the calendar holds %v", held)
			}
		})
	}
}
