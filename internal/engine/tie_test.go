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

// overlap looks at both sides, and checks that this writes nothing.
func (r *room) overlap(t testing.TB) *engine.Overlap {
	t.Helper()
	rows, writes := r.Rows, r.cal.Writes
	o, err := r.Engine.Overlap(t.Context(), r.Target(r.id))
	r.Revive() // a look is no run: it gives the claim back
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != rows || r.cal.Writes != writes {
		t.Error("a look wrote something")
	}
	return o
}

// takeOver ties all that is matched, and of what is asked the pairs, for which one side counts.
func (r *room) takeOver(t testing.TB, counts engine.Counts) (made int) {
	t.Helper()
	o, writes := r.overlap(t), r.cal.Writes
	var ties []engine.Tie
	for _, p := range o.Matched {
		ties = append(ties, engine.Tie{There: p.There, Here: p.Here, Frame: p.Frame})
	}
	for _, q := range o.Unsure {
		if len(q.There) == 1 && len(q.Here) == 1 && counts != engine.BothStand {
			there, here := q.There[0], q.Here[0]
			ties = append(ties, engine.Tie{There: there, Here: here, Frame: o.FrameOf(there, here), Counts: counts})
		}
	}
	r.Tx(func(tx engine.Tx) error {
		made = 0
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		list, err := r.Engine.TakeOver(t.Context(), tx, c, o, ties)
		for _, ok := range list {
			if ok {
				made++
			}
		}
		for _, q := range o.Unsure {
			if err == nil {
				err = r.Engine.LeaveOpen(t.Context(), tx, c, o, q)
			}
		}
		return err
	})
	if r.cal.Writes != writes {
		t.Error("taking over wrote to the calendar")
	}
	return made
}

// plans are what the activities say, by id.
func (r *room) plans() map[store.ID]string {
	said := map[store.ID]string{}
	for _, a := range r.Activities() {
		said[a.ID] = fmt.Sprintf("%d %s %s", a.Revision, a.Plan.Subject, a.Plan.Start)
	}
	return said
}

// What is matched is tied without a write on either side, before the first run as well as later, and goes on as one item: an edit of the
// middle of a title is one of the subject, and what another sync wrote around it stays.
func TestWhatIsTakenOverIsTiedWithoutAWrite(t *testing.T) {
	const n = 20
	for _, first := range []bool{true, false} {
		for _, start := range []lens.Start{lens.NewAndChanged, lens.Everything} {
			for kind, o := range map[string]enginetest.Options{"deltas": {}, "unread": {Unread: true, Page: 7}, "listings": {Listing: true, Unread: true}} {
				t.Run(fmt.Sprint(first, start, kind), func(t *testing.T) {
					r, here, there := mirrored(t, o, n, func(s *lens.Settings) { s.Start = start })
					if !first {
						r.Settle(r.id)
					}
					before, writes := r.plans(), r.cal.Writes
					// Of twenty, two have other titles and two have moved.
					if made := r.takeOver(t, engine.BothStand); made != n-4 {
						t.Fatalf("%d are tied, want %d", made, n-4)
					}
					r.Settle(r.id)
					r.still(t, n)
					if after := r.plans(); fmt.Sprint(after) != fmt.Sprint(before) || r.cal.Writes != writes {
						t.Errorf("%d writes there, and here %v, before %v", r.cal.Writes-writes, after, before)
					}
					r.Quiet(r.id)
					if again := r.overlap(t); len(again.Matched) != 0 || len(again.Unsure) != 4 || len(again.There)+len(again.Here) != 0 {
						t.Errorf("found again: %+v", again.Result)
					}
					r.Pass(time.Minute)
					r.Edit(r.Alice, here[2].ID, func(a *crm.Activity) { a.Plan.Subject = "from here" }, "subject")
					r.cal.Edit(there[4], func(e *calendar.Event) { e.Subject = "Big deal > from there" })
					r.Settle(r.id)
					if got := r.cal.Held()[there[2]].Subject; got != "Big deal > from here" {
						t.Errorf("there it is called %q", got)
					}
					if got := r.Activity(here[4].ID).Plan.Subject; got != "from there" {
						t.Errorf("here it is called %q", got)
					}
					if r.cal.Writes != writes+1 {
						t.Errorf("%d writes", r.cal.Writes-writes)
					}
					r.still(t, n)
					r.Quiet(r.id)
				})
			}
		}
	}
}

// TestATitleOfTheirOwnIsFramedLikeNoneThatWasTakenOver, also where the first write behind it comes to nothing, or its answer is lost: what
// another sync had put around the title before is gone, and not ours to put there (C8).
func TestATitleOfTheirOwnIsFramedLikeNoneThatWasTakenOver(t *testing.T) {
	for what, fail := range map[string]func(*room){
		"written":      func(*room) {},
		"refused once": func(r *room) { r.failFirst(provider.Transient) },
		"not answered": func(r *room) { r.loseFirstReply() },
	} {
		t.Run(what, func(t *testing.T) {
			r, here, there := mirrored(t, enginetest.Options{}, 6, everything)
			r.takeOver(t, engine.BothStand)
			r.Settle(r.id)
			r.Pass(time.Minute)
			r.cal.Edit(there[2], func(e *calendar.Event) { e.Subject = "Ring Ann" })
			r.Edit(r.Alice, here[2].ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
			fail(r)
			r.Sync(r.id)
			r.Pass(time.Hour)
			r.Settle(r.id)
			a, e := r.Activity(here[2].ID), r.cal.Held()[there[2]]
			if a.Plan.Subject != "Ring Ann" || e.Subject != "Ring Ann" || e.Location != "Room 4" {
				t.Errorf("here it is called %q, there %q at %q", a.Plan.Subject, e.Subject, e.Location)
			}
			r.Quiet(r.id)
		})
	}
}

// Of a pair that a person has said to be one the side that counts has the say, and what the other said is kept.
func TestOfWhatIsSaidToBeOneTheChosenSideCounts(t *testing.T) {
	const n = 10 // the first has another title, the sixth another start
	for _, c := range []struct {
		counts    engine.Counts
		conflicts string
		direction lens.Direction
		edited    bool // here, behind all else
		calendar  bool // has the say
	}{
		{engine.CalendarCounts, "newest", lens.TwoWay, false, true},
		{engine.CRMCounts, "newest", lens.TwoWay, false, false},
		{engine.ByTheSettings, "calendar", lens.TwoWay, false, true},
		{engine.ByTheSettings, "calendar", lens.TwoWay, true, true},
		{engine.ByTheSettings, "crm", lens.TwoWay, false, false},
		{engine.ByTheSettings, "newest", lens.TwoWay, false, true}, // the events were made a moment behind their activities
		{engine.ByTheSettings, "newest", lens.TwoWay, true, false},
		{engine.CRMCounts, "newest", lens.ToCRM, false, true}, // nothing goes out
		{engine.CRMCounts, "newest", lens.OwnItems, false, false},
		{engine.CRMCounts, "newest", lens.ToCalendr, false, false},
	} {
		t.Run(fmt.Sprint(c.counts, c.conflicts, c.direction, c.edited), func(t *testing.T) {
			r, here, there := mirrored(t, enginetest.Options{}, n, func(s *lens.Settings) { s.Conflicts, s.Direction = c.conflicts, c.direction })
			for i := range 2 {
				if c.edited {
					r.Edit(r.Alice, here[0].ID, setSubject([]string{"another", "item 0"}[i]), "subject")
					r.Edit(r.Alice, here[5].ID, func(a *crm.Activity) {
						a.Plan.Start.Wall, a.Plan.End.Wall = here[5].Plan.Start.Wall+calendar.Wall(1-i)*60, here[5].Plan.End.Wall
					}, "when")
				}
			}
			if made := r.takeOver(t, c.counts); made != n {
				t.Fatalf("%d are tied", made)
			}
			r.Settle(r.id)
			r.still(t, n)
			title, at := "item 0", here[5].Plan.Start
			if c.calendar {
				title, at.Wall = "item 0, postponed", at.Wall+30*60
			}
			held := r.cal.Held()
			if a, e := r.Activity(here[0].ID), held[there[0]]; a.Plan.Subject != title || e.Subject != "Big deal > "+title {
				t.Errorf("here %q, there %q", a.Plan.Subject, e.Subject)
			}
			if a, e := r.Activity(here[5].ID), held[there[5]]; a.Plan.Start != at || e.Start != at {
				t.Errorf("here %v, there %v, want %v", a.Plan.Start, e.Start, at)
			}
			if kept := r.Conflicts(); len(kept) != 2 || kept[0].Winner != map[bool]string{true: "calendar", false: "crm"}[c.calendar] {
				t.Errorf("conflicts: %+v", kept)
			}
			r.Quiet(r.id)
		})
	}
}

// Nothing may travel into the CRM, and the calendar counts: both stand as they are, and what is edited later goes out.
func TestWhereNothingComesInACalendarThatCountsChangesNothing(t *testing.T) {
	r, here, there := mirrored(t, enginetest.Options{}, 1, func(s *lens.Settings) { s.Direction = lens.ToCalendr })
	if made := r.takeOver(t, engine.CalendarCounts); made != 1 {
		t.Fatal("it is not tied")
	}
	r.Settle(r.id)
	if a := r.Activity(here[0].ID); a.Plan.Subject != "item 0" || r.cal.Held()[there[0]].Subject != "Big deal > item 0, postponed" {
		t.Errorf("here %q", a.Plan.Subject)
	}
	r.Edit(r.Alice, here[0].ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Settle(r.id)
	if e := r.cal.Held()[there[0]]; e.Location != "Room 4" || e.Subject != "Big deal > item 0, postponed" {
		t.Errorf("there %+v", e.Values)
	}
}

// What is held because it seems to be there already is done with once it is tied.
func TestWhatWasHeldAsATwinIsDoneWithOnceItIsTied(t *testing.T) {
	r, _, _ := mirrored(t, enginetest.Options{Listing: true}, 10, everything)
	r.Settle(r.id)
	if held := r.held(t); held != 20 {
		t.Errorf("%d are held, want all of both sides", held)
	}
	r.takeOver(t, engine.CRMCounts)
	r.Settle(r.id)
	if works := r.Works(r.id); len(works) != 0 {
		t.Errorf("waiting: %+v", works)
	}
	r.inStepButFor(t, 10)
}

// inStepButFor checks that all is tied and quiet.
func (r *room) inStepButFor(t testing.TB, n int) {
	t.Helper()
	r.still(t, n)
	if links := r.Links(r.id); len(links) != n {
		t.Errorf("%d ties", len(links))
	}
	r.Quiet(r.id)
}

// What a person says to be two is asked no more, and goes the ways of its starting point.
func TestWhatIsSaidToBeTwoIsNoTwin(t *testing.T) {
	r, here, there := mirrored(t, enginetest.Options{}, 2, everything)
	r.cal.Edit(there[0], func(e *calendar.Event) { e.Subject = "item 0" })
	r.begun()
	r.Settle(r.id)
	r.still(t, 2)
	r.Tx(func(tx engine.Tx) error {
		for i := range here {
			w := store.Twin{Connection: r.id, Remote: string(there[i]), Activity: here[i].ID, State: store.TwinApart}
			if err := tx.PutTwin(t.Context(), w); err != nil {
				return err
			}
		}
		return nil
	})
	if o := r.overlap(t); len(o.Matched)+len(o.Unsure) != 0 || len(o.There) != 2 || len(o.Here) != 2 {
		t.Errorf("%+v", o.Result)
	}
	r.answer(t, true)
	r.Settle(r.id)
	r.still(t, 4)
}

// A pair of which a side has changed since it was looked at is not tied.
func TestWhatChangedSinceTheLookIsNotTied(t *testing.T) {
	r, here, there := mirrored(t, enginetest.Options{}, 4, nil)
	o := r.overlap(t)
	r.Edit(r.Alice, here[1].ID, func(a *crm.Activity) { a.Plan.Subject += "!" }, "subject")
	r.Delete(r.Alice, here[2].ID)
	r.Tx(func(tx engine.Tx) error {
		return tx.PutLink(t.Context(), &store.Link{Connection: r.id, Remote: string(there[3]), State: store.LinkLinked, Origin: "calendar"})
	})
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		var ties []engine.Tie
		for i := range o.Matched {
			ties = append(ties, engine.Tie{There: o.Matched[i].There, Here: o.Matched[i].Here})
		}
		made, err := r.Engine.TakeOver(t.Context(), tx, c, o, ties)
		if len(made) != 3 || made[0] || made[1] || made[2] {
			t.Errorf("tied: %v", made)
		}
		return err
	})
}

// An activity of a type that does not go out is tied and rests: neither side is made again.
func TestWhatIsNotCoveredIsTiedAndRests(t *testing.T) {
	r, here, there := mirrored(t, enginetest.Options{}, 2, func(s *lens.Settings) { s.Start, s.TypesOut = lens.Everything, []string{"lunch"} })
	r.cal.Edit(there[0], func(e *calendar.Event) { e.Subject = "item 0" })
	r.takeOver(t, engine.BothStand)
	for _, l := range r.Links(r.id) {
		if l.State != store.LinkDormant {
			t.Errorf("a tie is %s at once", l.State)
		}
	}
	r.Settle(r.id)
	r.Edit(r.Alice, here[0].ID, func(a *crm.Activity) { a.Plan.Subject += "!" }, "subject")
	r.cal.Edit(there[1], func(e *calendar.Event) { e.Location = "Room 4" })
	r.Settle(r.id)
	r.inStepButFor(t, 2)
	for _, l := range r.Links(r.id) {
		if l.State != store.LinkDormant {
			t.Errorf("a tie is %s", l.State)
		}
	}
}

// A series is taken over whole, an invitation stays its organiser's, and what is called off or kept out is not looked at.
func TestWhatAnOverlapShows(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Private = "skip" })
	weekly := series("Weekly", "FREQ=WEEKLY;COUNT=5", 3, 9)
	r.Create(r.Alice, weekly)
	r.cal.Add(weekly)
	invited := event("Review", 4, 9)
	r.Create(r.Alice, invited)
	invited.Organizer = calendar.Person{Email: "boss@example.com"}
	r.cal.Add(invited)
	called := event("Called off", 5, 9)
	r.Create(r.Alice, called)
	called.Status = calendar.Cancelled
	r.cal.Add(called)
	private := event("Doctor", 6, 9)
	r.Create(r.Alice, private)
	private.Private = true
	r.cal.Add(private)
	undated := event("Some day", 6, 9)
	undated.Start, undated.End = calendar.Time{}, calendar.Time{}
	r.Create(r.Alice, undated)
	r.Create(r.Bob, event("Bob's", 7, 9))
	r.cal.Add(event("Bob's", 7, 9))
	r.cal.Spoil(r.cal.Add(event("bad", 8, 9)), provider.StateUnreadable, provider.BadSyntax)
	r.Pass(time.Minute)
	r.begun()
	o := r.overlap(t)
	var titles []string
	for _, p := range o.Matched {
		titles = append(titles, o.Events[p.There].Item.Event.Subject)
	}
	if got := strings.Join(titles, ","); got != "Weekly,Review" || len(o.Unsure) != 0 || len(o.There) != 1 || len(o.Here) != 2 {
		t.Errorf("matched %s, %+v", got, o.Result)
	}
	r.takeOver(t, engine.BothStand)
	r.Settle(r.id)
	r.cal.Edit(provider.RemoteID(r.Links(r.id)[0].Remote), func(e *calendar.Event) { e.Subject = "Weekly!" })
	r.Settle(r.id)
	if _, ok := r.find("Weekly!"); !ok {
		t.Error("an edit of the series does not come in")
	}
	r.Quiet(r.id)
}

// TestWhatAnotherCRMSaysBesideIsKnownAfterTakingOver: the calendar's side had the say of a title, and what is noted here next goes out as well.
func TestWhatAnotherCRMSaysBesideIsKnownAfterTakingOver(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), func(s *lens.Settings) { s.Start = lens.NewAndChanged })
	plan := event("Visit", 3, 12)
	a := r.CreateActivity(r.Alice, crm.Activity{Type: "call", Note: "said", Plan: plan})
	id := r.cal.Add(atUTC("Another title", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Note: "said"}))
	if made := r.takeOver(t, engine.CalendarCounts); made != 1 {
		t.Fatalf("%d are tied", made)
	}
	if got := r.Activity(a.ID); got.Plan.Subject != "Another title" || got.Note != "said" {
		t.Errorf("here %q, %q", got.Plan.Subject, got.Note)
	}
	r.Pass(time.Minute)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Note = "said anew" }, "note")
	r.Settle(r.id)
	held := r.cal.Held()[id]
	if got := held.Facet().Note; got != "said anew" {
		t.Errorf("there it is noted %q", got)
	}
	r.Quiet(r.id)
}
