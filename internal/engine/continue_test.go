package engine_test

import (
	"slices"
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

// standup is a daily series with much that is the CRM's own: of the series, and of its 3rd, 7th and 8th March.
func standup(t *testing.T, ours bool) (*room, crm.Activity, provider.RemoteID, crm.Deal) {
	t.Helper()
	e := series("Standup", "FREQ=DAILY;COUNT=8", 3, 9)
	e.Overrides = []calendar.Override{{Original: hour(8, 9), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Room 8"}}}
	r, a, id := linked(t, enginetest.Options{}, ours, e, nil)
	deal := crm.Deal{OwnerID: r.Alice.ID, Title: "Big one", Status: "open", CreatedAt: r.Now(), UpdatedAt: r.Now()}
	r.Tx(func(tx engine.Tx) error { return tx.PutDeal(t.Context(), &deal) })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
		a.Type, a.Note, a.DealID, a.Visibility = "call", "bring cake", deal.ID, crm.Everyone
		a.Occurrences = []crm.Occurrence{{Original: hour(3, 9), Done: true}, {Original: hour(7, 9), Note: "dial in"}, {Original: hour(8, 9), Done: true}}
	}, "type", "note", "deal", "visibility", "occurrences")
	r.Settle(r.id)
	return r, r.Activity(a.ID), id, deal
}

func end(r *room, id provider.RemoteID) {
	r.cal.Edit(id, func(e *calendar.Event) { e.Rule, e.Overrides = "FREQ=DAILY;COUNT=3", nil })
}

// rest is the second half of a split on the 6th, an hour later, in which the 8th is still in its room.
func rest(change func(*calendar.Event)) calendar.Event {
	e := series("Standup", "FREQ=DAILY;COUNT=5", 6, 10)
	e.Overrides = []calendar.Override{{Original: hour(8, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Room 8"}}}
	if change != nil {
		change(&e)
	}
	return e
}

// TestASplitFromOutsideGoesOnAsTheSameMatter, whichever half comes first, together or apart, and whatever says so.
func TestASplitFromOutsideGoesOnAsTheSameMatter(t *testing.T) {
	for _, ours := range []bool{false, true} {
		for _, order := range []string{"ended first", "new one first", "ended, then new", "new, then ended"} {
			r, old, id, deal := standup(t, ours)
			add := func() { r.cal.Add(rest(nil)) }
			steps := []func(){func() { end(r, id) }, add}
			if order == "new one first" || order == "new, then ended" {
				slices.Reverse(steps)
			}
			for _, step := range steps {
				step()
				if order == "ended, then new" || order == "new, then ended" {
					r.Settle(r.id)
					r.Pass(time.Hour)
				}
			}
			r.Settle(r.id)
			r.inStep(t, 2)
			fresh := r.other(t, old.ID)
			if fresh.Type != "call" || fresh.Note != "bring cake" || fresh.DealID != deal.ID || fresh.Visibility != crm.Everyone {
				t.Errorf("ours %t, %s: it goes on as %+v", ours, order, fresh)
			}
			want := []crm.Occurrence{{Original: hour(7, 10), Note: "dial in"}, {Original: hour(8, 10), Done: true}}
			if !slices.Equal(fresh.Occurrences, want) {
				t.Errorf("ours %t, %s: of its dates the CRM says %+v", ours, order, fresh.Occurrences)
			}
			if was := r.Activity(old.ID); !slices.Equal(was.Occurrences, []crm.Occurrence{{Original: hour(3, 9), Done: true}}) || was.Note != "bring cake" {
				t.Errorf("ours %t, %s: the old one says %+v", ours, order, was)
			}
			for _, c := range r.Conflicts() {
				if c.Resolved.IsZero() {
					t.Errorf("ours %t, %s: counts as lost: %+v", ours, order, c)
				}
			}
		}
	}
}

// other is the activity that is not this one.
func (r *room) other(t *testing.T, id int64) crm.Activity {
	t.Helper()
	list := slices.DeleteFunc(r.Activities(), func(a crm.Activity) bool { return a.ID == id })
	if len(list) != 1 {
		t.Fatalf("%d other activities", len(list))
	}
	return list[0]
}

// TestASplitIsSeenBesideWhatElseIsNew: something else comes in first, then both halves, all in one run.
func TestASplitIsSeenBesideWhatElseIsNew(t *testing.T) {
	r, old, id, _ := standup(t, false)
	other := r.cal.Add(event("something else", 20, 10))
	end(r, id)
	r.cal.Add(rest(nil))
	r.Sync(r.id)
	a, found := r.find("something else")
	if !found {
		t.Fatalf("%s did not come in", other)
	}
	r.Delete(r.Alice, a.ID)
	if fresh := r.other(t, old.ID); fresh.Type != "call" || fresh.Note != "bring cake" {
		t.Errorf("it goes on as %+v", fresh)
	}
}

func TestWhatSaysThatASeriesGoesOn(t *testing.T) {
	retitle := func(e *calendar.Event) { e.Subject = "Daily" }
	for _, c := range []struct {
		name  string
		ours  bool
		new   func(r *room, old provider.RemoteID)
		pause time.Duration
		want  string
	}{
		{"nothing, and another title", false, func(r *room, _ provider.RemoteID) { r.cal.Add(rest(retitle)) }, 0, "meeting"},
		{"a UID as Google gives it", false, func(r *room, old provider.RemoteID) {
			r.cal.Add(rest(func(e *calendar.Event) { retitle(e); e.UID = string(old) + "_R20260306T070000" }))
		}, 0, "call"},
		{"a related UID", false, func(r *room, old provider.RemoteID) {
			r.cal.AddRelated(rest(retitle), "", string(old))
		}, 0, "call"},
		{"our key, copied", true, func(r *room, old provider.RemoteID) {
			r.cal.AddRelated(rest(retitle), provider.Key(old), "")
		}, 0, "call"},
		{"a key that is not that one's", true, func(r *room, _ provider.RemoteID) {
			r.cal.AddRelated(rest(retitle), "key-4711", "")
		}, 0, "meeting"},
		{"the day and the title, two days late", false, func(r *room, _ provider.RemoteID) { r.cal.Add(rest(nil)) }, 48 * time.Hour, "meeting"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, old, id, _ := standup(t, c.ours)
			end(r, id)
			r.Settle(r.id)
			r.Pass(c.pause)
			c.new(r, id)
			r.Settle(r.id)
			r.inStep(t, 2)
			if fresh := r.other(t, old.ID); fresh.Type != c.want {
				t.Errorf("it became a %s, want a %s", fresh.Type, c.want)
			}
		})
	}
}

// TestWhatSomebodySaidOfTheNewHalfStands: the other half came in only then.
func TestWhatSomebodySaidOfTheNewHalfStands(t *testing.T) {
	r, old, id, _ := standup(t, false)
	r.cal.Add(rest(nil))
	r.Settle(r.id)
	fresh := r.other(t, old.ID)
	r.Edit(r.Alice, fresh.ID, func(a *crm.Activity) { a.Note = "typed meanwhile" }, "note")
	end(r, id)
	r.Settle(r.id)
	if fresh = r.Activity(fresh.ID); fresh.Note != "typed meanwhile" || fresh.Type != "call" {
		t.Errorf("it goes on as %+v", fresh)
	}
	r.Quiet(r.id)
}

// TestASplitOpensNothingThatIsPrivateHere: under these settings the calendar's events do not say that they are private (I23).
func TestASplitOpensNothingThatIsPrivateHere(t *testing.T) {
	for _, newFirst := range []bool{false, true} {
		r, old, id := linked(t, enginetest.Options{}, true, series("Standup", "FREQ=DAILY;COUNT=8", 3, 9), func(s *lens.Settings) {
			s.Private, s.Visibility = "ordinary", "everyone"
		})
		r.Edit(r.Alice, old.ID, func(a *crm.Activity) { a.Plan.Private, a.Visibility = true, crm.Everyone }, "private", "visibility")
		r.Settle(r.id)
		if newFirst {
			r.cal.Add(rest(nil))
			end(r, id)
		} else {
			end(r, id)
			r.cal.Add(rest(nil))
		}
		r.Settle(r.id)
		if fresh := r.other(t, old.ID); !fresh.Plan.Private {
			t.Errorf("new one first %t: it goes on, open to everyone", newFirst)
		}
		r.Quiet(r.id)
	}
}

// TestAMereCopyOfASeriesIsNoContinuation: nothing was ended.
func TestAMereCopyOfASeriesIsNoContinuation(t *testing.T) {
	r, old, _, _ := standup(t, true)
	r.cal.Add(rest(nil))
	r.Settle(r.id)
	if fresh := r.other(t, old.ID); fresh.Type != "meeting" || fresh.Note != "" || len(fresh.Occurrences) != 0 {
		t.Errorf("the copy is %+v", fresh)
	}
}

// TestWhatSomebodySaidOfALaterDateWhileItsSeriesWasSplit is filed with the old half, whose date is gone, and settled by itself
// where the new half says the same.
func TestWhatSomebodySaidOfALaterDateWhileItsSeriesWasSplit(t *testing.T) {
	for _, c := range []struct {
		name, typed, inNewHalf string
		settled                bool
	}{
		{"the new half says the same of it", "Room 7", "Room 7", true},
		{"the new half says something else of it", "Room 7", "Room 9", false},
		{"the new half says nothing of it", "Room 7", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, old, id, _ := standup(t, false)
			r.Edit(r.Alice, old.ID, func(a *crm.Activity) {
				a.Plan.EnsureOverride(hour(7, 9)).Set |= calendar.Fields(calendar.Location)
				a.Plan.Override(hour(7, 9)).Location = c.typed
			}, hub.FieldOverrides)
			end(r, id)
			r.cal.Add(rest(func(e *calendar.Event) {
				if c.inNewHalf != "" {
					o := e.EnsureOverride(hour(7, 10))
					o.Set, o.Location = calendar.Fields(calendar.Location), c.inNewHalf
				}
			}))
			r.Settle(r.id)
			r.inStep(t, 2)
			found := false
			for _, x := range r.Conflicts() {
				if x.Field == calendar.Location.String() && string(x.Lost) == `"Room 7"` {
					found = true
					if x.Activity != old.ID || !x.Resolved.IsZero() != c.settled {
						t.Errorf("filed %+v", x)
					}
				}
			}
			if !found {
				t.Errorf("what was typed is filed nowhere: %+v", r.Conflicts())
			}
			if fresh := r.other(t, old.ID); len(fresh.Occurrences) != 2 {
				t.Errorf("of its dates the CRM says %+v", fresh.Occurrences)
			}
		})
	}
}

// TestADeletedSeriesIsNotGoneOnWith, nor one of somebody else.
func TestADeletedSeriesIsNotGoneOnWith(t *testing.T) {
	for name, leave := range map[string]func(*room, crm.Activity){
		"deleted": func(r *room, a crm.Activity) { r.Delete(r.Alice, a.ID) },
		"deleted, and its event gone": func(r *room, a crm.Activity) {
			r.Delete(r.Alice, a.ID)
			r.Settle(r.id)
		},
		"given away": func(r *room, a crm.Activity) {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
		},
		"let go": func(r *room, a crm.Activity) { r.tieIs(remoteOf(r.Links(r.id)[0]), store.LinkSevered) },
	} {
		t.Run(name, func(t *testing.T) {
			r, old, id, _ := standup(t, false)
			end(r, id)
			r.Settle(r.id)
			leave(r, old)
			r.cal.Add(rest(nil))
			r.Settle(r.id)
			fresh, ok := r.find("Standup")
			if list := r.Activities(); len(list) == 2 {
				fresh, ok = r.other(t, old.ID), true
			}
			if !ok || fresh.ID == old.ID || fresh.Type != "meeting" || fresh.Note != "" || len(fresh.Occurrences) != 0 {
				t.Errorf("it goes on as %+v", fresh)
			}
			r.Quiet(r.id)
		})
	}
}

// TestAllThatWasSaidOfLaterDatesGoesAlong, in whatever order it was filed, and one date's note with its mark.
func TestAllThatWasSaidOfLaterDatesGoesAlong(t *testing.T) {
	r, id := standupWith(t, []crm.Occurrence{
		{Original: hour(6, 9), Done: true, Note: "the 6th"}, {Original: hour(7, 9), Done: true}, {Original: hour(8, 9), Done: true, Note: "the 8th"},
		{Original: hour(9, 9), Note: "the 9th"},
	})
	old := r.only(t)
	end(r, id)
	r.cal.Add(rest(nil))
	r.Settle(r.id)
	want := []crm.Occurrence{
		{Original: hour(6, 10), Done: true, Note: "the 6th"}, {Original: hour(7, 10), Done: true}, {Original: hour(8, 10), Done: true, Note: "the 8th"},
		{Original: hour(9, 10), Note: "the 9th"},
	}
	if fresh := r.other(t, old.ID); !slices.Equal(fresh.Occurrences, want) {
		t.Errorf("it says %+v", fresh.Occurrences)
	}
	r.Quiet(r.id)
}

// TestWhatWasSaidOfADateThatTheNewHalfLacksStaysFiled.
func TestWhatWasSaidOfADateThatTheNewHalfLacksStaysFiled(t *testing.T) {
	r, id := standupWith(t, []crm.Occurrence{{Original: hour(7, 9), Note: "the 7th"}, {Original: hour(8, 9), Done: true}})
	old := r.only(t)
	end(r, id)
	r.cal.Add(rest(func(e *calendar.Event) { e.Cancelled = []calendar.Wall{hour(7, 10)} }))
	r.Settle(r.id)
	if fresh := r.other(t, old.ID); !slices.Equal(fresh.Occurrences, []crm.Occurrence{{Original: hour(8, 10), Done: true}}) {
		t.Errorf("of its dates the CRM says %+v", fresh.Occurrences)
	}
	for _, c := range r.Conflicts() {
		if open := c.Resolved.IsZero(); open != (c.Original == "20260307T090000") {
			t.Errorf("filed: %+v", c)
		}
	}
	r.Quiet(r.id)
}

// TestASeriesDoesNotGoOnWithItself, though it is the rest of one that was split before, and its UID says so: what the CRM says of its later
// dates does not come to earlier ones.
func TestASeriesDoesNotGoOnWithItself(t *testing.T) {
	e := series("Standup", "FREQ=DAILY;COUNT=8", 3, 9)
	e.UID = "standup_R20260303T070000@google.com"
	r, a, id := linked(t, enginetest.Options{}, false, e, nil)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
		a.Occurrences = []crm.Occurrence{{Original: hour(3, 9), Done: true}, {Original: hour(7, 9), Note: "dial in"}}
	}, "occurrences")
	r.Settle(r.id)
	end(r, id)
	r.Settle(r.id)
	if got := r.only(t).Occurrences; !slices.Equal(got, []crm.Occurrence{{Original: hour(3, 9), Done: true}}) {
		t.Errorf("of its dates the CRM says %+v", got)
	}
	if list := r.Conflicts(); len(list) != 1 || !list[0].Resolved.IsZero() {
		t.Errorf("filed: %+v", list)
	}
}

// standupWith is the series with other things that the CRM says of its dates.
func standupWith(t *testing.T, said []crm.Occurrence) (*room, provider.RemoteID) {
	t.Helper()
	r, a, id, _ := standup(t, false)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Occurrences = said }, "occurrences")
	r.Settle(r.id)
	return r, id
}

// TestWhatSomebodySaidOfDatesOfTheNewHalfStands where the old one says nothing of later dates.
func TestWhatSomebodySaidOfDatesOfTheNewHalfStands(t *testing.T) {
	r, id := standupWith(t, nil)
	old := r.only(t)
	r.cal.Add(rest(nil))
	r.Settle(r.id)
	said := []crm.Occurrence{{Original: hour(7, 10), Note: "typed meanwhile"}}
	fresh := r.other(t, old.ID)
	r.Edit(r.Alice, fresh.ID, func(a *crm.Activity) { a.Occurrences = said }, "occurrences")
	end(r, id)
	r.Settle(r.id)
	if fresh = r.Activity(fresh.ID); fresh.Type != "call" || !slices.Equal(fresh.Occurrences, said) {
		t.Errorf("it goes on as %+v", fresh)
	}
}

// TestASeriesThatEndsGoesOnInNothingOlderThanADay, nor in what came from somewhere else.
func TestASeriesThatEndsGoesOnInNothingOlderThanADay(t *testing.T) {
	for _, c := range []struct {
		name  string
		pause time.Duration
		want  string
	}{{"an hour", time.Hour, "call"}, {"two days", 48 * time.Hour, "meeting"}} {
		r, old, id, _ := standup(t, false)
		r.cal.Add(rest(nil))
		r.Settle(r.id)
		r.Pass(c.pause)
		end(r, id)
		r.Settle(r.id)
		if fresh := r.other(t, old.ID); fresh.Type != c.want {
			t.Errorf("after %s it is a %s, want a %s", c.name, fresh.Type, c.want)
		}
	}
}

// TestASeriesWhoseTitleWasCutGoesOn: the calendar keeps so little of a title that it is not what the series is called here, and what
// settings put around it does not show. The other half has the same.
func TestASeriesWhoseTitleWasCutGoesOn(t *testing.T) {
	for _, template := range []string{"", "CRM > {subject}", "CRM > {subject} > ours"} {
		for _, kept := range []int{4, 8} {
			for _, newFirst := range []bool{false, true} {
				r, old, id := linked(t, enginetest.Options{Title: kept}, true, series("Standup of us all", "FREQ=DAILY;COUNT=8", 3, 9), func(s *lens.Settings) { s.TitleTemplate = template })
				r.Edit(r.Alice, old.ID, func(a *crm.Activity) { a.Type = "call" }, "type")
				r.Settle(r.id)
				add := func() { r.cal.Add(rest(func(e *calendar.Event) { e.Subject = r.cal.Held()[id].Subject })) }
				if newFirst {
					add()
				}
				r.Settle(r.id)
				end(r, id)
				if !newFirst {
					add()
				}
				r.Settle(r.id)
				if fresh := r.other(t, old.ID); fresh.Type != "call" {
					t.Errorf("%q in %d, new one first %t: it goes on as a %s", template, kept, newFirst, fresh.Type)
				}
				r.Quiet(r.id)
			}
		}
	}
}
