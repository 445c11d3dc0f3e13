package engine_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
)

// TestWhatCRMsSayBesideFollowsTheSideThatCounts: type, note and done that two CRMs say differently are shown, go by the side that is to
// count, and what they take the place of is kept. Where both stand they stay, until somebody edits one.
func TestWhatCRMsSayBesideFollowsTheSideThatCounts(t *testing.T) {
	for _, title := range []string{"Visit", "Another title"} {
		for counts, want := range map[engine.Counts]string{
			engine.CalendarCounts: "here meeting there true, there meeting there true, kept calendar note \"here\"; calendar type \"call\"; calendar done false",
			engine.CRMCounts:      "here call here false, there call here false, kept crm note \"there\"; crm type \"meeting\"; crm done true",
			engine.BothStand:      "here call here false, there meeting there true, kept ",
		} {
			t.Run(fmt.Sprint(title, " ", counts), func(t *testing.T) {
				r := newRoom(t, enginetest.CRM(), func(s *lens.Settings) { s.Start = lens.NewAndChanged })
				a := r.CreateActivity(r.Alice, crm.Activity{Type: "call", Note: "here", Plan: event("Visit", 3, 12)})
				id := r.cal.Add(atUTC(title, 3, 12, calendar.Facets{Type: calendar.Ref{ID: "meeting"}, Note: "there", Done: true}))
				r.Pass(time.Minute)
				r.begun()
				if title == "Visit" {
					o := r.overlap(t)
					if got := fmt.Sprint(o.Differs(o.Matched[0])); got != "[type done note]" {
						t.Errorf("what differs: %s", got)
					}
				}
				r.takeOverAs(t, counts)
				r.Settle(r.id)
				r.Quiet(r.id)
				here, held := r.Activity(a.ID), r.cal.Held()[id]
				there := held.Facet()
				got := fmt.Sprintf("here %s %s %t, there %s %s %t, kept %s", here.Type, here.Note, here.Done, there.Type.ID, there.Note, there.Done, r.lostBeside())
				if got != want {
					t.Errorf("%s,\nwant %s", got, want)
				}
			})
		}
	}
}

// TestAnEmptyNoteIsNothingToKeep: what says nothing is not lost where the other side counts.
func TestAnEmptyNoteIsNothingToKeep(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), func(s *lens.Settings) { s.Start = lens.NewAndChanged })
	a := r.CreateActivity(r.Alice, crm.Activity{Type: "call", Plan: event("Visit", 3, 12)})
	r.cal.Add(atUTC("Visit", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Note: "there"}))
	r.Pass(time.Minute)
	r.begun()
	r.takeOverAs(t, engine.CalendarCounts)
	r.Settle(r.id)
	if got := r.Activity(a.ID).Note; got != "there" {
		t.Errorf("here it is noted %q", got)
	}
	if lost := r.lost(); lost != "" {
		t.Errorf("kept: %s", lost)
	}
	r.Quiet(r.id)
}

// lostBeside is what is kept beside the title, by field as it was lost.
func (r *room) lostBeside() (list string) {
	for _, field := range []string{"note", "type", "done"} {
		for _, c := range r.Conflicts() {
			if c.Field == field {
				if list != "" {
					list += "; "
				}
				list += c.Winner + " " + c.Field + " " + string(c.Lost)
			}
		}
	}
	return list
}

// takeOverAs ties the one pair that there is, for which one side counts.
func (r *room) takeOverAs(t *testing.T, counts engine.Counts) {
	t.Helper()
	o := r.overlap(t)
	tie := engine.Tie{Frame: o.FrameOf(0, 0), Counts: counts}
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		made, err := r.Engine.TakeOver(t.Context(), tx, c, o, []engine.Tie{tie})
		if err == nil && !made[0] {
			t.Error("it was not tied")
		}
		return err
	})
}
