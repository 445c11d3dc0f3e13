package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// atUTC is an event as a side without zones says it: Helsinki is two hours ahead in early March.
func atUTC(subject string, day, h int, f calendar.Facets) calendar.Event {
	e := event(subject, day, h)
	e.Start, e.End = calendar.Time{Kind: calendar.UTC, Wall: hour(day, h-2)}, calendar.Time{Kind: calendar.UTC, Wall: hour(day, h-1)}
	e.Facets = &f
	return e
}

func (r *room) person(t testing.TB, name string) (id store.ID) {
	t.Helper()
	r.Tx(func(tx engine.Tx) error {
		p, err := r.Hub.SavePerson(t.Context(), tx, hub.By(r.Alice), crm.Person{Name: name})
		id = p.ID
		return err
	})
	return id
}

func TestWhatACRMSaysBesideComesInAndGoesOut(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	ann := r.person(t, "Ann")
	id := r.cal.Add(atUTC("Visit", 3, 12, calendar.Facets{
		Type: calendar.Ref{ID: "site_visit", Name: "Site visit"}, Done: true, Note: "<p>bring cake</p>",
		Deal: calendar.Ref{ID: "d1", Name: "Big deal"}, Person: calendar.Ref{ID: "p1", Name: "Ann"}, Org: calendar.Ref{ID: "o1", Name: "Acme"},
	}))
	r.Settle(r.id)
	a := r.only(t)
	if a.Type != "site_visit" || !a.Done || a.Note != "<p>bring cake</p>" || a.PersonID != ann || a.DealID == 0 || a.OrgID == 0 {
		t.Errorf("came in as %+v", a)
	}
	if a.Plan.Start != calendar.InZone(hour(3, 12), zone) || a.Plan.Facets != nil {
		t.Errorf("planned as %+v", a.Plan.Values)
	}
	r.Quiet(r.id)

	r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
		a.Type, a.Done, a.Note, a.DealID, a.OrgID = "call", false, "sold", 0, 0
	}, hub.FieldType, hub.FieldDone, hub.FieldNote, hub.FieldDeal, hub.FieldOrg)
	r.Settle(r.id)
	want := calendar.Facets{Type: calendar.Ref{ID: "call"}, Note: "sold", Person: calendar.Ref{ID: "p1", Name: "Ann"}}
	held := r.cal.Held()[id]
	if diff := cmp.Diff(want, held.Facet()); diff != "" {
		t.Errorf("went out as (-want +got):\n%s", diff)
	}
	r.Quiet(r.id)

	r.cal.Edit(id, func(e *calendar.Event) {
		f := e.Facet()
		f.Note, f.Done, f.Deal = "resold", true, calendar.Ref{ID: "d1", Name: "Big deal, renamed"}
		e.Facets = &f
	})
	r.Settle(r.id)
	if b := r.only(t); b.Note != "resold" || !b.Done || b.DealID != a.DealID || b.PersonID != ann || b.Type != "call" {
		t.Errorf("came in as %+v", b)
	}
	r.Quiet(r.id)
}

func TestWhatBothSidesSayOfANoteIsKept(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Note: "one"}))
	r.Settle(r.id)
	a := r.only(t)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Note, a.Type = "here", "task" }, hub.FieldNote, hub.FieldType)
	r.cal.Edit(id, func(e *calendar.Event) {
		f := e.Facet()
		f.Note, f.Type = "there", calendar.Ref{ID: "demo", Name: "Demo"}
		e.Facets = &f
	})
	r.Settle(r.id)
	held := r.cal.Held()[id]
	if b := r.only(t); b.Note != held.Facet().Note || b.Type != held.Facet().Type.ID {
		t.Errorf("here %q %q, there %+v", b.Note, b.Type, held.Facets)
	}
	conflicts := r.Conflicts()
	if len(conflicts) != 2 {
		t.Fatalf("%d conflicts, want one for the note and one for the type: %+v", len(conflicts), conflicts)
	}
	for _, c := range conflicts {
		r.Tx(func(tx engine.Tx) error {
			_, err := r.Hub.RestoreConflict(t.Context(), tx, hub.By(r.Alice), c.ID)
			return err
		})
	}
	r.Settle(r.id)
	held = r.cal.Held()[id]
	if b := r.only(t); b.Note != "here" || b.Type != "task" || held.Facet().Note != "here" || held.Facet().Type.ID != "task" {
		t.Errorf("restored here %q %q, there %+v", b.Note, b.Type, held.Facets)
	}
	r.Quiet(r.id)
}

func TestAReferenceGoesOutOnceItIsKnownThere(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	ann := r.person(t, "Ann")
	first := r.CreateActivity(r.Alice, crm.Activity{Type: "call", PersonID: ann, Plan: event("First", 3, 12)})
	r.Settle(r.id)
	id := r.onlyEvent(t)
	held := r.cal.Held()[id]
	if p := held.Facet().Person; !p.IsZero() {
		t.Errorf("nobody knows who that is there, and it says %+v", p)
	}
	r.Quiet(r.id)
	r.cal.Edit(id, func(e *calendar.Event) {
		f := e.Facet()
		f.Note = "spoken"
		e.Facets = &f
	})
	r.Settle(r.id)
	if a := r.Activity(first.ID); a.PersonID != ann || a.Note != "spoken" {
		t.Errorf("an edit of something else took the person away: %+v", a)
	}
	r.cal.Add(atUTC("Second", 4, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Person: calendar.Ref{ID: "p7", Name: "Ann"}}))
	r.Settle(r.id)
	held = r.cal.Held()[id]
	if p := held.Facet().Person; p.ID != "p7" {
		t.Errorf("it is known who that is there by now, and it says %+v", p)
	}
	r.Quiet(r.id)
}

func TestAnotherReferenceThereKeepsTheOneThatNeverWentOut(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	ann := r.person(t, "Ann")
	a := r.CreateActivity(r.Alice, crm.Activity{Type: "call", PersonID: ann, Plan: event("Call", 3, 12)})
	r.Settle(r.id)
	r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) {
		f := e.Facet()
		f.Person = calendar.Ref{ID: "p1", Name: "Bob"}
		e.Facets = &f
	})
	r.Settle(r.id)
	if b := r.Activity(a.ID); b.PersonID == 0 || b.PersonID == ann {
		t.Errorf("belongs to person %d", b.PersonID)
	}
	if c := r.Conflicts(); len(c) != 1 || c[0].Field != hub.FieldPerson || string(c[0].Lost) != "1" && ann == 1 {
		t.Errorf("kept: %+v", c)
	}
	r.Quiet(r.id)
}

func TestAMoveThereKeepsTheZoneAndAnEqualInstantIsNoChange(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	a := r.Create(r.Alice, event("Call", 3, 12))
	r.Settle(r.id)
	id := r.onlyEvent(t)
	r.cal.Edit(id, func(e *calendar.Event) {
		e.Start.Wall, e.End.Wall = hour(28, 22), hour(28, 23) // 2026-03-29T00:00 in Helsinki
	})
	r.Settle(r.id)
	if b := r.Activity(a.ID); b.Plan.Start != calendar.InZone(hour(29, 0), zone) || b.Plan.End != calendar.InZone(hour(29, 1), zone) {
		t.Errorf("moved to %s–%s", b.Plan.Start, b.Plan.End)
	}
	r.Quiet(r.id)
	writes := r.cal.Writes
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
		a.Plan.Start, a.Plan.End = calendar.InZone(hour(28, 23), "Europe/Stockholm"), calendar.InZone(hour(29, 0), "Europe/Stockholm")
	}, "when")
	r.Settle(r.id)
	if r.cal.Writes != writes {
		t.Error("another zone of the same instant was written")
	}
	r.cal.Edit(id, func(e *calendar.Event) { e.Start.Wall, e.End.Wall = hour(27, 8), hour(27, 9) })
	r.Settle(r.id)
	if b := r.Activity(a.ID); b.Plan.Start != calendar.InZone(hour(27, 9), "Europe/Stockholm") {
		t.Errorf("moved to %s", b.Plan.Start)
	}
	r.Quiet(r.id)
}

func TestADayAndAFoldComeBackAsTheyWere(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	e := event("Day", 3, 12)
	e.Start, e.End = calendar.OnDate(2026, time.March, 3), calendar.OnDate(2026, time.March, 4)
	day := r.Create(r.Alice, e)
	fold := atUTC("Second time round", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}})
	fold.Start.Wall, fold.End.Wall = calendar.WallOf(2026, 10, 25, 1, 30, 0), calendar.WallOf(2026, 10, 25, 2, 30, 0) // 03:30 again in Helsinki
	folded := r.cal.Add(fold)
	r.Settle(r.id)
	if b := r.Activity(day.ID); b.Plan.Start != e.Start {
		t.Errorf("the day is %s", b.Plan.Start)
	}
	for _, a := range r.Activities() {
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	}
	r.Settle(r.id)
	for id, held := range r.cal.Held() {
		switch {
		case held.Location != "Room 4":
			t.Errorf("%s is at %q", id, held.Location)
		case id == folded && held.Start != fold.Start:
			t.Errorf("an edit of the place moved it to %s", held.Start)
		case id != folded && held.Start != e.Start:
			t.Errorf("the day is %s there", held.Start)
		}
	}
	r.Quiet(r.id)
}

func TestWhatACRMCannotHoldStaysHere(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.Create(r.Alice, series("Weekly", "FREQ=WEEKLY;COUNT=5", 3, 9))
	private := event("Doctor", 3, 10)
	private.Private = true
	r.Create(r.Alice, private)
	r.CreateActivity(r.Alice, crm.Activity{Type: "call", Visibility: crm.OwnerOnly, Plan: event("Mine alone", 3, 11)})
	mirror := r.Create(r.Alice, event("Call", 3, 12))
	r.Settle(r.id)
	if held := r.cal.Held(); len(held) != 1 {
		t.Errorf("%d are there: %+v", len(held), held)
	}
	born := r.cal.Add(atUTC("Born there", 4, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
	r.Settle(r.id)
	for _, a := range r.Activities() {
		if a.ID == mirror.ID || a.Origin != 0 {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private, a.Plan.Subject = true, "Doctor" }, "private", "subject")
		}
	}
	r.Settle(r.id)
	held := r.cal.Held()
	if e, there := held[born]; len(held) != 1 || !there || e.Subject != "Born there" {
		t.Errorf("what was made private shows as %+v", held)
	}
	r.Quiet(r.id)
}

func TestATypeThatIsNotThereWaitsWithAReason(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.cal.Types = []string{"call"}
	a := r.CreateActivity(r.Alice, crm.Activity{Type: "lunch", Plan: event("Lunch", 3, 12)})
	r.Sync(r.id)
	if w := r.Works(r.id); len(w) != 1 || w[0].HeldBy != store.HeldByParked || w[0].Reason != provider.CodeTypeNotHeld {
		t.Fatalf("waits: %+v", w)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Type = "call" }, hub.FieldType)
	r.Settle(r.id)
	if held := r.cal.Held(); len(held) != 1 {
		t.Errorf("%d are there", len(held))
	}
	r.Quiet(r.id)
}

func TestWhatWasDeletedThereIsFoundByAnAudit(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
	r.Settle(r.id)
	r.cal.Delete(id)
	r.Settle(r.id)
	if len(r.Activities()) != 1 {
		t.Fatal("an absence that no list shows was taken for a deletion")
	}
	if rep, err := r.Run(r.id, true); err != nil || rep.Err != nil {
		t.Fatal(err, rep.Err)
	}
	r.Settle(r.id)
	if len(r.Activities()) != 0 {
		t.Error("what was deleted there is still here")
	}
	r.Quiet(r.id)
}

// Two users' connections to one company there share what is tied, and each brings in what is theirs.
func TestColleaguesShareWhatIsTied(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	bobs := enginetest.New(enginetest.CRM())
	id := r.Connect(r.Bob, bobs, everything)
	ann := calendar.Ref{ID: "p1", Name: "Ann"}
	r.cal.Add(atUTC("Alice's", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Person: ann}))
	bobs.Delete(bobs.Add(atUTC("Its id is Alice's there", 3, 9, calendar.Facets{}))) // ids are of the place, not of the user
	bobs.Add(atUTC("Bob's", 3, 13, calendar.Facets{Type: calendar.Ref{ID: "call"}, Person: ann}))
	r.Settle(r.id, id)
	list := r.Activities()
	if len(list) != 2 || list[0].PersonID == 0 || list[0].PersonID != list[1].PersonID {
		t.Errorf("%+v", list)
	}
	r.Quiet(r.id, id)
}

// TestSeveralWholeDaysMoveTogether: a side that holds the first of several whole days shows that one, moves all of them where somebody
// moves it there, and takes none away (I2).
func TestSeveralWholeDaysMoveTogether(t *testing.T) {
	day := func(d int) calendar.Time { return calendar.Time{Kind: calendar.Date, Wall: hour(d, 0)} }
	fair := event("Fair", 3, 0)
	fair.Start, fair.End = day(3), day(6)
	r := newRoom(t, enginetest.CRM(), everything)
	a := r.Create(r.Alice, fair)
	r.Settle(r.id)
	id := r.onlyEvent(t)
	holds := func(what string, here, there [2]int) {
		t.Helper()
		if p := r.Activity(a.ID).Plan; p.Start != day(here[0]) || p.End != day(here[1]) {
			t.Errorf("%s: here from %s to %s", what, p.Start, p.End)
		}
		if e := r.cal.Held()[id]; e.Start != day(there[0]) || e.End != day(there[1]) {
			t.Errorf("%s: there from %s to %s", what, e.Start, e.End)
		}
		r.Quiet(r.id)
	}
	move := func(to int) { r.cal.Edit(id, func(e *calendar.Event) { e.Start, e.End = day(to), day(to+1) }) }
	holds("made", [2]int{3, 6}, [2]int{3, 4})
	shortened := func() (yes bool) {
		r.Tx(func(tx engine.Tx) error {
			x, err := r.Engine.Explain(t.Context(), tx, r.id, a.ID)
			yes = x.Shortened && x.InSync
			return err
		})
		return yes
	}
	if !shortened() {
		t.Error("nobody says that the other days are not there")
	}
	r.cal.Edit(id, func(e *calendar.Event) { e.Subject = "Big fair" })
	r.Settle(r.id)
	holds("renamed there", [2]int{3, 6}, [2]int{3, 4})
	move(10)
	r.Settle(r.id)
	holds("moved there", [2]int{10, 13}, [2]int{10, 11})
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.End = day(15) }, "when")
	r.Settle(r.id)
	holds("made longer here", [2]int{10, 15}, [2]int{10, 11})
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.End = day(14) }, "when")
	move(20)
	r.Settle(r.id)
	if p := r.Activity(a.ID).Plan; p.End.Wall-p.Start.Wall < 4*calendar.Day {
		t.Errorf("both: here from %s to %s; conflicts %+v", p.Start, p.End, r.Conflicts())
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Start, a.Plan.End = day(21), day(22) }, "when")
	r.Settle(r.id)
	holds("one day", [2]int{21, 22}, [2]int{21, 22})
	if shortened() {
		t.Error("one day is said to be shortened")
	}
	if len(r.Activities()) != 1 || len(r.cal.Held()) != 1 {
		t.Errorf("%d here, %d there", len(r.Activities()), len(r.cal.Held()))
	}
	r.loseFirstReply()
	r.Create(r.Alice, fair)
	r.settleAll(t)
	for _, w := range r.Works(r.id) {
		t.Errorf("a lost reply leaves %+v", w)
	}
}

// TestWhatComesInFromACRMShowsInTheTitleThere: something of ours is done there, or is given a deal, and settings put that into titles.
func TestWhatComesInFromACRMShowsInTheTitleThere(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), func(s *lens.Settings) {
		everything(s)
		s.Done, s.TitleTemplate = "tick", "{deal} > {subject}"
	})
	a := r.Create(r.Alice, event("Visit", 3, 12))
	r.Settle(r.id)
	id := r.onlyEvent(t)
	for _, c := range []struct {
		edit func(*calendar.Facets)
		want string
	}{
		{func(f *calendar.Facets) { f.Done = true }, "✓ Visit"},
		{func(f *calendar.Facets) { f.Deal = calendar.Ref{ID: "d1", Name: "Big deal"} }, "✓ Big deal > Visit"},
		{func(f *calendar.Facets) { f.Done = false }, "Big deal > Visit"},
	} {
		r.cal.Edit(id, func(e *calendar.Event) {
			f := e.Facet()
			c.edit(&f)
			e.Facets = &f
		})
		r.foresee(t, 0)
		r.Settle(r.id)
		if e := r.cal.Held()[id]; e.Subject != c.want || r.Activity(a.ID).Plan.Subject != "Visit" {
			t.Errorf("there %q, here %q, want %q", e.Subject, r.Activity(a.ID).Plan.Subject, c.want)
		}
		r.Quiet(r.id)
	}
}
