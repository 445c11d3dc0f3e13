package engine_test

import (
	"encoding/json"
	"slices"
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

func remoteOf(l store.Link) provider.RemoteID { return provider.RemoteID(l.Remote) }

func TestARunTellsHowFarItIs(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	for i := range 250 {
		r.cal.Add(event("in", 1+i%28, 8+i%10))
	}
	target := r.Target(r.id)
	last := [2]int{-1, 0}
	target.Progress = func(done, total int) {
		if done < last[0] || done > total || total < last[1] {
			t.Errorf("%d of %d after %d of %d", done, total, last[0], last[1])
		}
		last = [2]int{done, total}
	}
	if _, err := r.Engine.Run(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if last != [2]int{250, 250} {
		t.Errorf("at the end %d of %d", last[0], last[1])
	}
}

// TestAStartTellsHowFarItIs, where it only notes what is there.
func TestAStartTellsHowFarItIs(t *testing.T) {
	r := newRoom(t, enginetest.Options{Page: 60}, nothing)
	for i := range 130 {
		r.cal.Add(event("in", 1+i%28, 8+i%10))
	}
	target := r.Target(r.id)
	var told [][2]int
	target.Progress = func(done, total int) { told = append(told, [2]int{done, total}) }
	if _, err := r.Engine.Run(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	for _, want := range [][2]int{{50, 60}, {60, 60}, {110, 120}, {130, 130}} {
		if !slices.Contains(told, want) {
			t.Errorf("it never was at %d of %d: %v", want[0], want[1], told)
		}
	}
}

// TestADryRunTellsHowFarItIs, and ends where all is counted.
func TestADryRunTellsHowFarItIs(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	for i := range 130 {
		r.cal.Add(event("in", 1+i%28, 8+i%10))
	}
	target := r.Target(r.id)
	var told [][2]int
	target.Progress = func(done, total int) { told = append(told, [2]int{done, total}) }
	if _, err := r.Engine.DryRun(t.Context(), target, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][2]int{{100, 130}, {130, 130}}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatAPullHasShownIsNotReadAgain: a change costs the request that tells of it (I3), once it cannot be an old one (see lagging.go).
func TestWhatAPullHasShownIsNotReadAgain(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, false, event("Call", 3, 10), nil)
	r.Pass(2 * time.Hour)
	pulls, reads := r.cal.Calls["pull"], r.cal.Calls["read"]
	r.cal.Edit(id, setPlace("Room 4"))
	r.cal.Add(event("Lunch", 3, 12))
	r.Sync(r.id)
	if pulls, reads = r.cal.Calls["pull"]-pulls, r.cal.Calls["read"]-reads; pulls != 1 || reads != 0 {
		t.Errorf("%d pulls and %d reads", pulls, reads)
	}
	r.inStep(t, 2)
}

func TestWhatChangesNothingIsCountedSo(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, false, event("Call", 3, 10), nil)
	r.cal.Edit(id, func(*calendar.Event) {}) // another version, with the same words
	if rep := r.Sync(r.id); rep.Counts[engine.Unchanged] != 1 {
		t.Errorf("%v", rep.Counts)
	}
}

func TestADryRunReadsEveryPage(t *testing.T) {
	r := newRoom(t, enginetest.Options{Page: 2}, everything)
	for i := range 7 {
		r.cal.Add(event("in", 3+i, 10))
	}
	counts, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil)
	if err != nil || counts[engine.CreatedInCRM] != 7 || counts[engine.Pulled] != 7 {
		t.Errorf("%v, %v", counts, err)
	}
}

// TestHistoryTellsWhatWasWrittenThere: by field, and by occurrence, what it was and what it is.
func TestHistoryTellsWhatWasWrittenThere(t *testing.T) {
	e := series("Stand-up", "FREQ=DAILY;COUNT=9", 3, 9)
	e.Cancelled = []calendar.Wall{hour(4, 9)}
	o := calendar.Override{Original: hour(5, 9), Set: calendar.Fields(calendar.Location)}
	o.Location = "Room 1"
	e.Overrides = []calendar.Override{o}
	r, _, id := linked(t, enginetest.Options{}, false, e, nil)
	a := r.only(t)
	to := a.Plan.Clone()
	to.Subject, to.Cancelled, to.Overrides = "Daily", []calendar.Wall{hour(6, 9)}, nil
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan = to }, "subject", hub.FieldOverrides)
	r.Settle(r.id)
	if got := r.cal.Held()[id]; got.Subject != "Daily" || !got.IsCancelled(hour(6, 9)) || got.IsCancelled(hour(4, 9)) || len(got.Overrides) > 0 {
		t.Fatalf("there it is %+v", got)
	}
	var rows []store.History
	r.Tx(func(tx engine.Tx) (err error) { rows, err = tx.ListHistory(t.Context(), r.id, a.ID, 0, 10); return err })
	for _, h := range rows {
		if h.Direction != "out" || h.Kind != "update" {
			continue
		}
		var was, is map[string]any
		if err := json.Unmarshal(h.Before, &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(h.After, &is); err != nil {
			t.Fatal(err)
		}
		delete(is, "was_masked") // the hub's own, of whom it was shown to
		const fourth, fifth, sixth = "cancelled@20260304T090000", "location@20260305T090000", "cancelled@20260306T090000"
		wasWant := map[string]any{"subject": "Stand-up", fourth: true, fifth: "Room 1", sixth: false}
		isWant := map[string]any{"subject": "Daily", fourth: false, sixth: true}
		if diff := cmp.Diff(wasWant, was) + cmp.Diff(isWant, is); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return
	}
	t.Errorf("no row of what went out: %+v", rows)
}

// TestWhatWasWrittenThereIsTakenBackWhateverItsLetters: JSON has two ways to write "&", "<" and ">". History has what was written there
// in the one in which the hub writes what an activity says: what still stands does not count as changed since.
func TestWhatWasWrittenThereIsTakenBackWhateverItsLetters(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, false, event("Plan <1> & 2", 3, 9), nil)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "R&D > theirs" }, "subject")
	r.Settle(r.id)
	row := r.wroteThere(t, r.id, a.ID)
	r.Tx(func(tx engine.Tx) error {
		done, err := r.Engine.Hub.Undo(t.Context(), tx, hub.By(r.Alice), row.ID)
		if len(done.Kept) != 0 || done.Activity.Plan.Subject != "Plan <1> & 2" {
			t.Errorf("%v is left alone, and it is called %q", done.Kept, done.Activity.Plan.Subject)
		}
		return err
	})
	r.Settle(r.id)
	if got := r.cal.Held()[id].Subject; got != "Plan <1> & 2" {
		t.Errorf("there it is called %q", got)
	}
}

// wroteThere is the newest row of an update that went out at a connection.
func (r *room) wroteThere(t testing.TB, connection, activity store.ID) (row store.History) {
	t.Helper()
	r.Tx(func(tx engine.Tx) error {
		rows, err := tx.ListHistory(t.Context(), connection, activity, 0, 10)
		at := slices.IndexFunc(rows, func(h store.History) bool { return h.Direction == "out" && h.Kind == "update" })
		if at < 0 {
			t.Fatalf("nothing went out: %+v, %v", rows, err)
		}
		row = rows[at]
		return err
	})
	return row
}

// TestTakingBackWhatWasWrittenThereLeavesAMeetingItsGuests: an event of ours in another calendar of theirs has no guests and no organiser,
// which only come in. None of that was written there, and an undo of what was takes none of it from the activity: it is a colleague's
// meeting still, when their copy comes in (I10).
func TestTakingBackWhatWasWrittenThereLeavesAMeetingItsGuests(t *testing.T) {
	a, b := pair(t, nothing)
	second := a.Connect(a.Alice, enginetest.New(enginetest.Options{}), func(s *lens.Settings) { everything(s); s.Relay = true })
	review := meeting("Review", "alice")
	id := a.cal.Add(review)
	a.Settle(a.id, second)
	was := a.only(t)
	a.cal.Edit(id, func(e *calendar.Event) { e.Subject = "Big review" })
	a.Settle(a.id, second)
	row := a.wroteThere(t, second, was.ID)
	a.Tx(func(tx engine.Tx) error {
		_, err := a.Hub.Undo(t.Context(), tx, hub.By(a.Alice), row.ID)
		return err
	})
	if got := a.only(t).Plan; got.Subject != "Review" || got.Organizer != was.Plan.Organizer || len(got.Guests) != len(was.Plan.Guests) {
		t.Errorf("undone, it is %+v", got.Values)
	}
	b.cal.Add(review)
	a.Settle(a.id, second, b.id)
	a.only(t)
}

// TestHistoryOfAWriteKeepsSilentOfWhatStandsApart: what was taken over may say something else on either side. A write of another field
// leaves that as it is, and so does an undo of the write (I2).
func TestHistoryOfAWriteKeepsSilentOfWhatStandsApart(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	e := event("Plan", 3, 10)
	e.Location = "Room 1"
	a := r.Create(r.Alice, e)
	e.Location = "Room 2"
	id := r.cal.Add(e)
	if n := r.takeOver(t, engine.BothStand); n != 1 {
		t.Fatalf("%d are tied", n)
	}
	r.Settle(r.id)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "Big plan" }, "subject")
	r.Settle(r.id)
	row := r.wroteThere(t, r.id, a.ID)
	r.Tx(func(tx engine.Tx) error {
		_, err := r.Hub.Undo(t.Context(), tx, hub.By(r.Alice), row.ID)
		return err
	})
	r.Settle(r.id)
	here, there := r.only(t).Plan, r.cal.Held()[id]
	if here.Subject != "Plan" || here.Location != "Room 1" || there.Subject != "Plan" || there.Location != "Room 2" {
		t.Errorf("here %q at %q, there %q at %q", here.Subject, here.Location, there.Subject, there.Location)
	}
}

// TestOneUsersTwoCalendarsSayTheSameOfAMeetingOfTheirs: nothing tells which of the two is newer. The one that comes in second counts,
// goes to the first, and what the first said is kept (I2).
func TestOneUsersTwoCalendarsSayTheSameOfAMeetingOfTheirs(t *testing.T) {
	for _, organiser := range []string{"alice", ""} {
		r := newRoom(t, enginetest.Options{}, everything)
		other := enginetest.New(enginetest.Options{})
		other.Now = r.Now
		second := r.Connect(r.Alice, other, everything)
		e := event("Dentist", 3, 10)
		e.UID = "dentist@example.com"
		if organiser != "" {
			e.Organizer = person(organiser)
		}
		was := r.cal.Add(e)
		e.Subject = "The other dentist"
		other.Add(e)
		r.Settle(r.id, second)
		r.Settle(r.id, second) // what was written comes back
		r.Quiet(r.id, second)
		if got, there := r.only(t).Plan.Subject, r.cal.Held()[was].Subject; got != e.Subject || there != e.Subject {
			t.Errorf("by %q: here %q, there %q", organiser, got, there)
		}
		if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"Dentist"` {
			t.Errorf("by %q: kept %+v", organiser, list)
		}
	}
}

// TestOneUsersTwoCalendarsShareAnItem that nobody organises: it is copied into two calendars of one person.
func TestOneUsersTwoCalendarsShareAnItem(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	other := enginetest.New(enginetest.Options{})
	other.Now = r.Now
	second := r.Connect(r.Alice, other, everything)
	e := event("Dentist", 3, 10)
	e.UID = "dentist@example.com"
	r.cal.Add(e)
	other.Add(e)
	r.Settle(r.id, second)
	a := r.only(t) // one meeting, one activity (I10)
	links := append(r.Links(r.id), r.Links(second)...)
	if len(links) != 2 || links[0].Activity != a.ID || links[1].Activity != a.ID {
		t.Errorf("%+v", links)
	}
}
