package hub_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// Who makes an activity decides what of a draft is taken, and what stands in for what it does not say.
func TestWhatIsTakenOfADraft(t *testing.T) {
	r := newRoom(t)
	draft := func() crm.Activity {
		a := meeting("Draft")
		a.ID, a.Revision, a.CreatorID, a.Origin, a.Done, a.Visibility = 0, 9, 9, 9, true, ""
		a.OwnerID, a.Plan.UID, a.Plan.Organizer.Email, a.Plan.Status = r.carol.ID, "uid", "x@example.com", calendar.Tentative
		a.Changed, a.DeletedAt = map[string]crm.Change{"subject": {Revision: 7}}, time.Unix(1, 0)
		a.CreatedAt, a.UpdatedAt, a.DoneAt = time.Unix(2, 0), time.Unix(3, 0), time.Unix(4, 0)
		return a
	}
	c := r.connect(r.carol, nil)
	for name, x := range map[string]struct {
		by              hub.Actor
		visibility      crm.Visibility
		creator, origin store.ID
		calendars       bool // what is the calendar's to say is taken
	}{
		"a person": {hub.By(r.bob), crm.Everyone, r.bob.ID, 0, false},
		"a run":    {hub.BySync(c, 4), crm.OwnerOnly, 0, c, true},
	} {
		a := r.create(x.by, draft())
		if a.Visibility != x.visibility || a.CreatorID != x.creator || a.Origin != x.origin || a.OwnerID != r.carol.ID || a.Revision != 1 {
			t.Errorf("%s: %+v", name, a)
		}
		if a.Changed != nil || a.Deleted() || a.CreatedAt.Before(time.Unix(9, 0)) || !a.UpdatedAt.Equal(a.CreatedAt) || !a.DoneAt.Equal(a.CreatedAt) {
			t.Errorf("%s: %+v", name, a)
		}
		if theirs := a.Plan.UID == "uid" && a.Plan.Organizer.Email != "" && a.Plan.Status == calendar.Tentative; theirs != x.calendars {
			t.Errorf("%s: %+v", name, a.Plan)
		}
		rows := r.history(a.ID)
		if (len(rows) == 1) != x.calendars {
			t.Errorf("%s: history %+v", name, rows)
		}
		open := draft()
		open.Done, open.Visibility, open.Plan.Subject = false, crm.OwnerOnly, ""
		open = r.create(x.by, open)
		if open.Visibility != crm.OwnerOnly || !open.DoneAt.IsZero() || (open.Plan.Subject == "") != x.calendars {
			t.Errorf("%s: %+v", name, open)
		}
	}
	wide := draft()
	wide.Visibility = crm.Everyone
	if a := r.create(hub.BySync(c, 0), wide); a.Visibility != crm.Everyone {
		t.Errorf("a run may say who sees it: %+v", a)
	}
	// What fits no date is filed, whoever says it.
	stray := weekly("Team")
	stray.Occurrences = []crm.Occurrence{{Original: monday(1) + 60, Note: "x"}, {Original: monday(1), Note: "y"}}
	if a := r.create(hub.By(r.bob), stray); len(a.Occurrences) != 1 || len(r.conflicts()) != 1 || r.conflicts()[0].Winner != "crm" {
		t.Errorf("%+v, filed %+v", a.Occurrences, r.conflicts())
	}
}

// A row of history says who did what, when, and what it was before; of people's own doing only where a calendar carries it.
func TestWhatStandsInHistory(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	sync := hub.BySync(c, 77)
	came := meeting("Came in")
	came.Plan.Location = "Oulu"
	a := r.create(sync, withOwner(came, r.alice))
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Alone"})})
	if n := len(r.history(a.ID)); n != 1 {
		t.Fatalf("what no calendar carries: %d rows", n)
	}
	r.link(c, a.ID, false)
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "By alice"})})
	r.mustUpdate(sync, a.ID, hub.Change{Fields: []string{"location"}})
	r.mustUpdate(sync, a.ID, hub.Change{Fields: []string{"description"}, To: values(calendar.Values{Description: "Agenda"}), Merged: true})
	r.mustUpdate(hub.Actor{Kind: hub.System}, a.ID, hub.Change{Fields: []string{"owner"}, To: crm.Activity{OwnerID: r.bob.ID}})
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.bob), a.ID) })
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.bob), a.ID) }) // changes nothing
	for range 2 {
		r.do(func(tx *store.Tx) error { _, err := r.hub.Revive(r.ctx, tx, hub.By(r.bob), a.ID); return err })
	}
	type line struct{ actor, direction, kind, before, after string }
	want := []line{
		{"sync", "in", "create", `{}`, "*"},
		{"person", "", "update", `{"subject":"Alone"}`, `{"subject":"By alice"}`},
		{"sync", "in", "update", `{"location":"Oulu"}`, `{"location":""}`},
		{"sync", "in", "merge", `{"description":""}`, `{"description":"Agenda"}`},
		{"system", "", "update", `{"owner":` + id(r.alice.ID) + `}`, `{"owner":` + id(r.bob.ID) + `}`},
		{"person", "", "delete", "*", `{}`},
		{"person", "", "revive", `{}`, `{}`},
	}
	rows := r.history(a.ID)
	slices.Reverse(rows)
	if len(rows) != len(want) {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	for i, row := range rows {
		got := line{row.Actor, row.Direction, row.Kind, string(row.Before), string(row.After)}
		if want[i].before == "*" {
			want[i].before = got.before
		}
		if want[i].after == "*" {
			want[i].after = got.after
		}
		if got != want[i] {
			t.Errorf("row %d:\n%+v, want\n%+v", i, got, want[i])
		}
		if i > 0 && !row.At.After(rows[i-1].At) || !row.Undone.IsZero() || row.Activity != a.ID {
			t.Errorf("row %d: %+v", i, row)
		}
		if by := row.Connection == c && row.Run == 77; by != (row.Actor == "sync") {
			t.Errorf("row %d is of connection %d, run %d", i, row.Connection, row.Run)
		}
	}
	var was map[string]json.RawMessage
	if err := json.Unmarshal(rows[5].Before, &was); err != nil || string(was["subject"]) != `"By alice"` || string(was["description"]) != `"Agenda"` || was["location"] != nil {
		t.Errorf("what was deleted: %s", rows[5].Before)
	}
	if !strings.Contains(string(rows[0].After), `"location":"Oulu"`) || strings.Contains(string(rows[0].After), "description") {
		t.Errorf("what was made: %s", rows[0].After)
	}
}

func id(n store.ID) string { b, _ := json.Marshal(n); return string(b) }

// Which rows are marked as masked: where the details were not everybody's before or after, or a date was private.
func TestWhichHistoryIsMarkedAsMasked(t *testing.T) {
	for name, c := range map[string]struct {
		furnish, change func(r *room, c store.ID, a crm.Activity)
		masked          bool
	}{
		"open": {nil, func(r *room, c store.ID, a crm.Activity) {
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"subject"}})
		}, false},
		"open, and deleted": {nil, func(r *room, c store.ID, a crm.Activity) {
			r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.BySync(c, 0), a.ID) })
		}, false},
		"made private": {nil, func(r *room, c store.ID, a crm.Activity) {
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"private", "subject"}, To: values(calendar.Values{Private: true})})
		}, true},
		"opened": {func(r *room, c store.ID, a crm.Activity) {
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"private"}, To: values(calendar.Values{Private: true})})
		}, func(r *room, c store.ID, a crm.Activity) {
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"private"}})
		}, true},
		"narrowed": {nil, func(r *room, c store.ID, a crm.Activity) {
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"visibility"}, To: crm.Activity{Visibility: crm.OwnerOnly}})
		}, true},
		"another who takes part keeps it private": {func(r *room, _ store.ID, a crm.Activity) {
			r.do(func(tx *store.Tx) error {
				return r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, crm.Participant{UserID: r.bob.ID, Private: true})
			})
		}, func(r *room, c store.ID, a crm.Activity) {
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"subject"}})
		}, true},
		"a private date": {private1, func(r *room, c store.ID, a crm.Activity) {
			to := r.activity(a.ID)
			to.Plan.Overrides[0].Subject = "Dentist"
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{hub.FieldOverrides}, To: to})
		}, true},
		"another date than the private one": {private1, func(r *room, c store.ID, a crm.Activity) {
			to := r.activity(a.ID)
			to.Plan.Cancelled = []calendar.Wall{monday(4)}
			r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{hub.FieldOverrides}, To: to})
		}, false},
		"written there": {private1, func(r *room, c store.ID, a crm.Activity) { r.wrote(c, a.ID, `{"subject":"x"}`) }, false}, // theirs by its direction
	} {
		r := newRoom(t)
		conn := r.connect(r.alice, nil)
		a := withOwner(weekly("Weekly"), r.alice)
		a.Visibility = crm.Everyone
		a = r.create(hub.BySync(conn, 0), a)
		r.link(conn, a.ID, false)
		if c.furnish != nil {
			c.furnish(r, conn, a)
		}
		before := len(r.history(a.ID))
		c.change(r, conn, a)
		rows := r.history(a.ID)
		if len(rows) != before+1 {
			t.Fatalf("%s: %d rows more", name, len(rows)-before)
		}
		if masked := strings.Contains(string(rows[0].After), "was_masked"); masked != c.masked {
			t.Errorf("%s: %s", name, rows[0].After)
		}
	}
}

func private1(r *room, c store.ID, a crm.Activity) {
	to := a.Clone()
	o := to.Plan.EnsureOverride(monday(1))
	o.Set, o.Subject, o.Private = calendar.Fields(calendar.Subject, calendar.Private), "Doctor", true
	r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{hub.FieldOverrides}, To: to})
}

// wrote adds the row of a write at the provider.
func (r *room) wrote(c, a store.ID, after string) {
	r.t.Helper()
	r.do(func(tx *store.Tx) error {
		return r.hub.AddHistory(r.ctx, tx, store.History{
			ID: 4711, Activity: a, Connection: c, Actor: "sync", Direction: "out", Kind: "update", Before: []byte(`{}`), After: []byte(after),
		})
	})
}

func TestWhichRowsCanBeUndone(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := withOwner(withWords(), r.alice)
	a.Visibility = crm.OwnerOnly
	a = r.create(hub.BySync(c, 0), a)
	r.link(c, a.ID, false)
	add := func(row store.History) store.ID {
		row.Connection, row.Actor = c, "sync"
		var id store.ID
		r.do(func(tx *store.Tx) error {
			if err := r.hub.AddHistory(r.ctx, tx, row); err != nil {
				return err
			}
			rows, err := tx.ListHistory(r.ctx, 0, 0, 0, 1)
			id = rows[0].ID
			return err
		})
		return id
	}
	for name, row := range map[string]store.History{
		"of no activity":        {Kind: "update", Direction: "in"},
		"a mirror that is made": {Activity: a.ID, Kind: "create", Direction: "out", After: []byte(`{}`)},
		"one that is withdrawn": {Activity: a.ID, Kind: "delete", Direction: "out", Before: []byte(`{}`), After: []byte(`{}`)},
		"of a kind of its own":  {Activity: a.ID, Kind: "sweep", Direction: "in"},
	} {
		if _, err := r.undo(hub.By(r.alice), add(row)); codeOf(t, err) != hub.DeniedNotUndoable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.undo(hub.By(r.alice), 4711); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that there is not: %v", err)
	}
	changed := store.History{Activity: a.ID, Kind: "update", Direction: "in", Before: []byte(`{"subject":"Old"}`), After: []byte(`{"subject":"Team"}`)}
	if _, err := r.undo(hub.Actor{}, add(changed)); codeOf(t, err) != hub.DeniedNobody {
		t.Errorf("nobody: %v", err)
	}
	if _, err := r.undo(hub.By(r.bob), add(changed)); codeOf(t, err) != hub.DeniedMasked {
		t.Errorf("somebody who did not see it: %v", err)
	}
	broken := changed
	broken.Before, broken.After = []byte(`{"subject":7}`), []byte(`{"subject":"Team"}`)
	if _, err := r.undo(hub.By(r.alice), add(broken)); codeOf(t, err) != hub.CodeBadSpelling {
		t.Errorf("what cannot be put back: %v", err)
	}
	unreadable := broken
	unreadable.Before = []byte(`[]`)
	if _, err := r.undo(hub.By(r.alice), add(unreadable)); err == nil || !strings.Contains(err.Error(), "read history") {
		t.Errorf("what cannot be read: %v", err)
	}
	// Where all of it was edited since, nothing is taken back, and it may be asked for again.
	stale := changed
	stale.After = []byte(`{"subject":"Something else"}`)
	row := add(stale)
	for range 2 {
		if u, err := r.undo(hub.By(r.alice), row); err != nil || !slices.Equal(u.Kept, []string{"subject"}) || u.Activity.Revision != a.Revision {
			t.Errorf("edited since: %v, %+v", err, u)
		}
	}
	if list := r.conflicts(); len(list) == 0 || list[0].Winner != "crm" || string(list[0].Lost) != `"Old"` || string(list[0].Kept) != `"Team"` || list[0].Activity != a.ID {
		t.Errorf("filed %+v", list)
	}
	good := add(changed)
	before := r.clock.now
	u, err := r.undo(hub.By(r.alice), good)
	if err != nil || u.Activity.Plan.Subject != "Old" {
		t.Fatalf("%v: %+v", err, u)
	}
	r.do(func(tx *store.Tx) error {
		h, err := tx.History(r.ctx, good)
		if !h.Undone.After(before) {
			t.Errorf("undone at %s", h.Undone)
		}
		return err
	})
	if rows := r.history(a.ID); rows[0].Kind != "undo" || rows[0].Actor != "person" {
		t.Errorf("history: %+v", rows[0])
	}
	again := add(changed)
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.alice), a.ID) })
	if _, err := r.undo(hub.By(r.alice), again); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of what is deleted: %v", err)
	}
}

// Undoing that something was brought back deletes it, and undoing a creation twice over changes nothing more.
func TestUndoOfARevivalAndOfACreation(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.BySync(c, 0), withOwner(meeting("Meeting"), r.alice))
	ours := r.link(c, a.ID, true)
	created := r.history(a.ID)[0].ID
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.BySync(c, 0), a.ID) })
	if _, err := r.undo(hub.Actor{}, created); codeOf(t, err) != hub.DeniedNobody {
		t.Errorf("nobody, where nothing is left to do: %v", err)
	}
	if u, err := r.undo(hub.By(r.alice), created); err != nil || !u.Activity.Deleted() || u.Kept != nil {
		t.Errorf("a creation of what is deleted: %v, %+v", err, u)
	}
	r.do(func(tx *store.Tx) error { _, err := r.hub.Revive(r.ctx, tx, hub.BySync(c, 0), a.ID); return err })
	revived := r.history(a.ID)[0]
	if revived.Kind != "revive" {
		t.Fatalf("history: %+v", revived)
	}
	if _, err := r.undo(hub.By(r.alice), revived.ID); err != nil || !activityOf(r, a.ID).Deleted() {
		t.Errorf("a revival: %v", err)
	}
	// What we wrote ourselves is not left behind in the calendar: its deletion travels.
	b := r.create(hub.BySync(c, 0), withOwner(meeting("Other"), r.alice))
	link := r.link(c, b.ID, true)
	if _, err := r.undo(hub.By(r.alice), r.history(b.ID)[0].ID); err != nil || !activityOf(r, b.ID).Deleted() {
		t.Errorf("a creation: %v", err)
	}
	r.do(func(tx *store.Tx) error {
		for _, id := range []store.ID{ours, link} {
			if l, err := tx.Link(r.ctx, id); err != nil || l.State != store.LinkLinked {
				t.Errorf("%v: the link is %s", err, l.State)
			}
		}
		return nil
	})
}

// What sync deleted comes back as the same appointment where a link still holds it, also one that is being written.
func TestWhichLinksHoldAnAppointment(t *testing.T) {
	for state, held := range map[store.LinkState]bool{
		store.LinkLinked: true, store.LinkWriting: true, store.LinkCreating: false, store.LinkDormant: false, store.LinkSevered: false,
	} {
		r := newRoom(t)
		c := r.connect(r.alice, nil)
		a := withOwner(weekly("Meeting"), r.alice)
		a.Plan.UID, a.Plan.Answer = "uid", calendar.Accepted
		a.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: "x@example.org"}}}
		a.Plan.Overrides = []calendar.Override{{
			Original: monday(1), Set: calendar.Fields(calendar.Subject, calendar.GuestsField), Values: calendar.Values{Subject: "Retro"},
		}, {Original: monday(2), Set: calendar.Fields(calendar.GuestsField)}}
		a = r.create(hub.BySync(c, 0), a)
		link := r.link(c, a.ID, false)
		r.do(func(tx *store.Tx) error {
			l, err := tx.Link(r.ctx, link)
			if err != nil {
				return err
			}
			l.State = state
			if err := tx.PutLink(r.ctx, &l); err != nil {
				return err
			}
			return r.hub.Delete(r.ctx, tx, hub.BySync(c, 0), a.ID)
		})
		u, err := r.undo(hub.By(r.alice), r.history(a.ID)[0].ID)
		if err != nil || u.Activity.Deleted() {
			t.Fatalf("%s: %v", state, err)
		}
		want := a.Plan.Clone()
		if !held {
			want.UID, want.Answer, want.Guests = "", calendar.NoAnswer, nil
			want.Overrides = want.Overrides[:1]
			want.Overrides[0].Set = calendar.Fields(calendar.Subject)
		}
		if d := cmp.Diff(want, u.Activity.Plan); d != "" {
			t.Errorf("%s: (-want +got):\n%s", state, d)
		}
	}
}

// Restoring is an ordinary edit of whoever may see what was lost; what was lost for good cannot be restored.
func TestWhatARestoreDoes(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.BySync(c, 0), withOwner(withWords(), r.alice))
	r.link(c, a.ID, false)
	file := func(x store.Conflict) store.ID {
		x.ID, x.Activity, x.Connection, x.Winner, x.At = 4711, a.ID, c, "calendar", time.Unix(1, 0)
		r.do(func(tx *store.Tx) error { return r.hub.AddConflict(r.ctx, tx, x) })
		return r.conflicts()[0].ID
	}
	restore := func(by hub.Actor, id store.ID) (a crm.Activity, err error) {
		err = r.try(func(tx *store.Tx) (err error) { a, err = r.hub.RestoreConflict(r.ctx, tx, by, id); return err })
		return a, err
	}
	location := file(store.Conflict{Field: "location", Lost: []byte(`"Oulu"`)})
	if at := r.conflicts()[0].At; !at.After(a.CreatedAt) {
		t.Errorf("filed at %s", at)
	}
	if _, err := restore(hub.Actor{}, location); codeOf(t, err) != hub.DeniedNobody {
		t.Errorf("nobody: %v", err)
	}
	if got, err := restore(hub.Actor{Kind: hub.System}, location); err != nil || got.Plan.Location != "Oulu" {
		t.Errorf("the installation: %v, %+v", err, got)
	}
	if rows := r.history(a.ID); rows[0].Kind != "restore" || string(rows[0].Before) != `{"location":""}` {
		t.Errorf("history: %+v", rows[0])
	}
	if x := r.conflicts()[0]; !x.Resolved.After(x.At) {
		t.Errorf("resolved at %s", x.Resolved)
	}
	if got, err := restore(hub.By(r.alice), file(store.Conflict{Field: "location", Kept: []byte(`"Oulu"`), Lost: []byte(`null`)})); err != nil || got.Plan.Location != "" {
		t.Errorf("that nothing was said: %v, %+v", err, got)
	}
	day := monday(4).String()
	if got, err := restore(hub.By(r.alice), file(store.Conflict{Field: "cancelled", Original: day, Lost: []byte(`true`)})); err != nil || !got.Plan.IsCancelled(monday(4)) {
		t.Errorf("that a date was taken out: %v, %+v", err, got)
	}
	if got, err := restore(hub.By(r.alice), file(store.Conflict{Field: "note", Original: day, Lost: []byte(`"n"`)})); err != nil || got.Plan.IsCancelled(monday(4)) ||
		!slices.Contains(got.Occurrences, crm.Occurrence{Original: monday(4), Note: "n"}) {
		t.Errorf("the note of one that was taken out: %v, %+v", err, got)
	}
	if _, err := restore(hub.By(r.alice), file(store.Conflict{Field: "subject", Original: "soon", Lost: []byte(`"n"`)})); codeOf(t, err) != hub.CodeNoOccurrence {
		t.Errorf("of no date: %v", err)
	}
	status := file(store.Conflict{Field: "status", Lost: []byte(`"tentative"`)})
	if got, err := restore(hub.By(r.alice), status); err != nil || got.Plan.Status != calendar.Tentative {
		t.Errorf("what the calendar says: %v, %+v", err, got)
	}
	last := file(store.Conflict{Field: "location", Lost: []byte(`"Espoo"`)})
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.alice), a.ID) })
	if _, err := restore(hub.By(r.alice), last); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of what is deleted: %v", err)
	}
}

// Those whose calendars carry an activity, or might, are told of it; whoever brought it, and whoever is stopped, is not.
func TestWhoIsToldOfWhoTakesPart(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), meeting("Meeting"))
	alices, bobs := r.connect(r.alice, nil), r.connect(r.bob, nil)
	second := r.connect(r.bob, func(s *lens.Settings) { s.Direction = lens.ToCRM })
	told := func(name string, want ...bool) {
		t.Helper()
		if got := r.marked(a.ID, alices, bobs, second); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	told("before", false, false, false)
	r.do(func(tx *store.Tx) error {
		return r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, crm.Participant{UserID: r.bob.ID})
	})
	told("bob joins", false, true, false)
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})})
	told("alice changes it", true, true, false)
	r.mustUpdate(hub.BySync(alices, 0), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "y"})})
	told("alice's calendar changes it", false, true, false)
	r.link(second, a.ID, false)
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "z"})})
	told("it is tied to a calendar that takes nothing", true, true, true)
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"note", "priority"}, To: crm.Activity{Note: "n", Priority: 1}})
	told("what no calendar shows", false, false, false)
	r.connection(second, func(c *store.Connection) { c.Settings = []byte(`[]`) })
	r.connection(bobs, func(c *store.Connection) { c.State = store.Stopped })
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"done"}, To: crm.Activity{Done: true}})
	told("done, and settings that cannot be read", false, false, true)
	r.connection(second, func(c *store.Connection) { c.State = store.Stopped })
	r.connection(bobs, func(c *store.Connection) { c.State, c.Settings = store.Active, nil })
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"done"}})
	told("not done, and settings that say nothing", false, false, false)
	r.do(func(tx *store.Tx) error {
		_, err := r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, r.bob.ID)
		return err
	})
	told("bob leaves", false, true, false)
	r.do(func(tx *store.Tx) error {
		_, err := r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, r.carol.ID)
		return err
	})
	told("somebody leaves who took no part", false, false, false)
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "last"})})
	told("alice is alone again, and a stopped one is tied", true, false, false)
	for _, by := range []hub.Actor{{}, hub.By(r.carol)} {
		err := r.try(func(tx *store.Tx) error { _, err := r.hub.Leave(r.ctx, tx, by, a.ID, r.alice.ID); return err })
		if codeOf(t, err) == "" {
			t.Errorf("%v takes alice out", by)
		}
	}
}

// TestARestoreLeavesASeriesItsDates: a start that lies behind the end of its series takes that along, and an end that lies before the start
// is not restored.
func TestARestoreLeavesASeriesItsDates(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	series := weekly("call")
	series.Plan.Rule = "FREQ=WEEKLY;UNTIL=20260324T220000Z"
	a := r.create(hub.BySync(c, 0), withOwner(series, r.alice))
	r.link(c, a.ID, false)
	restore := func(x store.Conflict) (got crm.Activity, err error) {
		x.Activity, x.Connection, x.Winner = a.ID, c, "calendar"
		r.do(func(tx *store.Tx) error { return r.hub.AddConflict(r.ctx, tx, x) })
		id := r.conflicts()[0].ID
		err = r.try(func(tx *store.Tx) (err error) {
			got, err = r.hub.RestoreConflict(r.ctx, tx, hub.By(r.alice), id)
			return err
		})
		return got, err
	}
	when := []byte(`{"start":"20260504T100000[Europe/Helsinki]","end":"20260504T110000[Europe/Helsinki]"}`)
	got, err := restore(store.Conflict{Field: "when", Lost: when})
	if starts := slices.Collect(recur.Starts(&got.Plan, 10)); err != nil || len(starts) != 4 || starts[0] != calendar.WallOf(2026, 5, 4, 10, 0, 0) {
		t.Errorf("the start: %v, %s until %v", err, got.Plan.Rule, starts)
	}
	ended := hub.RecurrenceValue("FREQ=WEEKLY;UNTIL=20260324T220000Z", nil)
	if got, err := restore(store.Conflict{Field: "recurrence", Lost: ended}); codeOf(t, err) != hub.CodeNoDates {
		t.Errorf("the end: %v, %s", err, got.Plan.Rule)
	}
}
