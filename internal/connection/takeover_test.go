package connection_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/match"
)

// TestCopiesOfOneMeetingAreNotAskedAbout: two calendars of one user hold a meeting, and one of them has heard that its organiser moved it and
// called it otherwise. They are one activity (I10), whatever somebody says of them; who chose its UID for something of their own is asked.
func TestCopiesOfOneMeetingAreNotAskedAbout(t *testing.T) {
	meeting := event("Review", 12)
	meeting.UID, meeting.Organizer.Email = "meeting-1@example.com", "dave@example.com"
	moved := meeting.Clone()
	moved.Subject = "Big review"
	moved.Start.Wall += 7200
	moved.End.Wall += 7200
	forged := moved.Clone()
	forged.Organizer.Email = "mallory@example.com"
	for name, c := range map[string]struct {
		copy                  calendar.Event
		matched, unsure, ties int
		here                  string
	}{
		"a copy":      {moved, 1, 0, 1, "Big review"},
		"not by them": {forged, 0, 1, 0, "Review"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			work := r.connect(r.alice, "work", everything)
			r.cal(r.Alice.Email, "work").Add(meeting)
			r.run(work.ID)
			id := r.cal(r.Alice.Email, "home").Add(c.copy)
			home := r.connect(r.alice, "home", everything)
			p, err := r.s.PreviewTakeOver(r.ctx(), r.alice, home.ID)
			r.ok(err)
			if len(p.Matched) != c.matched || len(p.Unsure) != c.unsure {
				t.Fatalf("shown: %+v", p.Result)
			}
			done, err := r.s.TakeOver(r.ctx(), r.alice, home.ID, connection.TakeOverWish{
				Preview: p.ID, Answers: []connection.Answer{{Event: string(id)}}, ForAll: map[match.Reason]connection.Choice{match.SameUID: {}},
			})
			r.ok(err)
			if done.Linked != c.ties || done.Apart != 1-c.ties || len(done.Stale) != 0 {
				t.Errorf("took over: %+v", done)
			}
			r.run(home.ID)
			if list := r.Activities(); len(list) != 2-c.ties || list[0].Plan.Subject != c.here {
				t.Errorf("activities: %+v", list)
			}
			if links := r.Links(home.ID); len(links) != 1 || (links[0].Activity == r.Activities()[0].ID) != (c.ties == 1) {
				t.Errorf("tied: %+v", links)
			}
		})
	}
}
