package world

import (
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/provider"
)

// A calendar may keep the details of private events from the account that is connected (Google's writerWithoutPrivateAccess): it says
// when they are, and nothing of what they are. They are unknown, not blank (I23, I2).

var details = calendar.Fields(calendar.Subject, calendar.Location, calendar.Description, calendar.MeetingURL)

// shows are the fields of an event that the connected account gets to see.
func (s *server) shows(e *entry) calendar.FieldSet {
	if s.hides && e.event.Private {
		return s.fields &^ details
	}
	return s.fields
}

// keepHidden gives an event that was written by somebody who did not see all of it what they did not see.
func (s *server) keepHidden(e *entry, now *calendar.Event) {
	hidden := calendar.AllFields &^ s.shows(e)
	for _, f := range hidden.List() {
		calendar.Copy(f, &now.Values, &e.event.Values)
	}
	if hidden&details == 0 {
		return
	}
	detailDates(now, &e.event)
}

// detailDates lets the dates of an event say in their details what another has of them, which may begin at another time.
func detailDates(now, was *calendar.Event) {
	shift := now.Start.Wall - was.Start.Wall
	for _, old := range was.Overrides {
		if set := old.Set & details; set != 0 && !now.IsCancelled(old.Original+shift) {
			o := now.EnsureOverride(old.Original + shift)
			o.Set |= set
			for _, f := range set.List() {
				calendar.Copy(f, &o.Values, &old.Values)
			}
		}
	}
}

// checkHidden: what was not seen is not written (I2).
func (w *World) checkHidden(s *server, e *entry, p provider.Put) {
	if hidden := p.Fields & details &^ s.shows(e); hidden != 0 {
		w.broke("I2", "%s was to write %s of %s, which it does not show", s.name, hidden, e.id)
	}
}

// unseen: whoever deletes in the CRM what a calendar hides the details of, deletes them too.
func (s *server) unseen(e *entry) {
	if s.shows(e) != s.fields {
		for _, m := range marksOf(&e.event) {
			if k := s.w.book.marks[m]; k != nil {
				k.excused = "deleted by somebody who saw no details of it"
			}
		}
	}
}

// hidesFrom reports that the details of an activity's item are hidden.
func (s *server) hidesFrom(activity crm.ID) bool {
	if !s.hides {
		return false
	}
	for _, e := range s.live() {
		if s.shows(e) != s.fields && s.w.rows.linked[linkKey{s.side.id, string(e.id)}] == activity {
			return true
		}
	}
	return false
}
