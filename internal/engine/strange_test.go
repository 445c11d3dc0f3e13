package engine_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
)

// restore lets the rows come from a backup of some time ago.
func (r *room) restore(t *testing.T) {
	r.Pass(time.Hour)
	r.Restore(r.Backup())
	r.Pass(time.Hour)
}

// restoreBehind does so at once, on a machine whose clock is behind the one by which all was made.
func (r *room) restoreBehind(*testing.T) {
	r.Pass(-5 * time.Minute)
	r.Restore(r.Backup())
	r.Pass(time.Hour)
}

// kept checks that the subjects among the conflicts are those that the calendar had.
func (r *room) kept(t *testing.T, titles ...string) {
	t.Helper()
	list := r.Conflicts()
	if len(list) != len(titles) {
		t.Fatalf("kept %+v, want %v", list, titles)
	}
	for i, c := range list {
		if c.Field != "subject" || c.Winner != "crm" || string(c.Lost) != fmt.Sprintf("%q", titles[i]) {
			t.Errorf("kept %+v, want %q", c, titles[i])
		}
	}
}

// TestAFrameThatARestoredDatabaseKnowsNothingOfIsNoTitle: behind the backup another template was chosen, a deal was renamed, or something
// was ticked. Titles go back to what the rows say, activities keep theirs, and what stood there is kept (I2). Once something has been done
// about an event, what somebody writes around its title is theirs as ever.
func TestAFrameThatARestoredDatabaseKnowsNothingOfIsNoTitle(t *testing.T) {
	for _, known := range []string{"", "CRM > {subject}", "{subject} > ours"} {
		for _, found := range [][2]string{{"Deal 7 > ", ""}, {"✓ ", ""}, {"✓ CRM > ", " > theirs"}} {
			for _, piecemeal := range []bool{false, true} {
				t.Run(fmt.Sprintf("%q, %q, piecemeal %t", known, found, piecemeal), func(t *testing.T) {
					day := hour(4, 10)
					e := series("call", "FREQ=DAILY;COUNT=3", 3, 10)
					o := e.EnsureOverride(day)
					o.Set, o.Subject = calendar.Fields(calendar.Subject), "long call"
					r, a, id := linked(t, enginetest.Options{Piecemeal: piecemeal}, true, e, func(s *lens.Settings) { s.TitleTemplate = known })
					was := r.cal.Held()[id]
					r.cal.Edit(id, func(e *calendar.Event) {
						e.Subject = found[0] + "call" + found[1]
						e.Override(day).Subject = found[0] + "long call" + found[1]
					})
					title := r.cal.Held()[id].Subject
					r.restore(t)
					r.foresee(t, 0)
					r.Settle(r.id)
					is, here := r.cal.Held()[id], r.Activity(a.ID).Plan
					if is.Subject != was.Subject || is.Override(day).Subject != was.Override(day).Subject {
						t.Errorf("there it is called %q, and on one day %q", is.Subject, is.Override(day).Subject)
					}
					if here.Subject != "call" || here.Override(day).Subject != "long call" {
						t.Errorf("here it is called %q, and on one day %q", here.Subject, here.Override(day).Subject)
					}
					r.kept(t, title)
					r.Quiet(r.id)
					r.cal.Edit(id, func(e *calendar.Event) { e.Subject = "urgent > call" })
					r.Settle(r.id)
					if is := r.Activity(a.ID).Plan.Subject; is != "urgent > call" {
						t.Errorf("called %q", is)
					}
				})
			}
		}
	}
}

// TestATitleThatNoFrameStandsAroundIsSomebodys, also behind a restore: whether it was typed here or there, nobody can say.
func TestATitleThatNoFrameStandsAroundIsSomebodys(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), func(s *lens.Settings) { s.TitleTemplate = "CRM > {subject}" })
	r.cal.Edit(id, func(e *calendar.Event) { e.Subject = "Deal 7 > lunch" })
	r.restore(t)
	r.Settle(r.id)
	if here, there := r.Activity(a.ID).Plan.Subject, r.cal.Held()[id].Subject; here != "Deal 7 > lunch" || there != here {
		t.Errorf("here it is called %q, there %q", here, there)
	}
	r.Quiet(r.id)
}

// TestAForgottenEventKeepsItsActivitysTitle: its own was made by settings, or with a name of a deal, of which no row knows.
func TestAForgottenEventKeepsItsActivitysTitle(t *testing.T) {
	for _, run := range []bool{false, true} {
		for _, known := range []string{"", "CRM > {subject}"} {
			r, a, id := forgotten(t, func(s *lens.Settings) { s.TitleTemplate = known })
			was, write := r.cal.Held()[id].Subject, r.cal.Edit
			if run {
				write = r.cal.Slip // so that the creation runs into it
			}
			write(id, func(e *calendar.Event) { e.Subject = "Deal 7 > call" })
			r.foresee(t, 0)
			r.Settle(r.id)
			if here, there := r.Activity(a.ID).Plan.Subject, r.cal.Held()[id].Subject; here != "call" || there != was {
				t.Errorf("here it is called %q, there %q and not %q", here, there, was)
			}
			r.kept(t, "Deal 7 > call")
			r.Quiet(r.id)
		}
	}
}

// TestAFrameIsKnownAlsoWhereTheBackupHasTheNoteOfAWrite that has arrived since: what it says of the frame is from before, too.
func TestAFrameIsKnownAlsoWhereTheBackupHasTheNoteOfAWrite(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), func(s *lens.Settings) { s.TitleTemplate = "CRM > {subject}" })
	lost := r.loseFirstReply()
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Sync(r.id)
	if !*lost {
		t.Fatal("nothing was written")
	}
	r.cal.Edit(id, func(e *calendar.Event) { e.Subject = "Deal 7 > call" })
	r.restore(t)
	r.Settle(r.id)
	here, there := r.Activity(a.ID).Plan, r.cal.Held()[id]
	if here.Subject != "call" || there.Subject != "CRM > call" || here.Location != "Room 4" || there.Location != "Room 4" {
		t.Errorf("here it is called %q at %q, there %q at %q", here.Subject, here.Location, there.Subject, there.Location)
	}
	r.kept(t, "Deal 7 > call")
	r.Quiet(r.id)
}
