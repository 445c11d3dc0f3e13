package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// invitation is a meeting to which somebody else invites Alice.
func invitation(subject, rule string, day, h int) calendar.Event {
	e := meeting(subject, "dave")
	e.Start, e.End = calendar.InZone(hour(day, h), zone), calendar.InZone(hour(day, h+1), zone)
	e.Rule = rule
	return e
}

// TestScenariosOfInvitations: what an invited person sees of what the organiser does (Graph, Outlook: invitee sees cancellation).
func TestScenariosOfInvitations(t *testing.T) {
	cancel := func(e *calendar.Event) { e.Status = calendar.Cancelled }
	play(t, []scenario{
		{
			name:      "invitee sees cancellation: the notice stays in the calendar, and the activity goes",
			theirs:    only(invitation("Review", "", 3, 10)),
			happens:   func(r *room) { r.editThere("Review", cancel) },
			leftThere: []string{"Review 3/10"},
		},
		{
			name:   "invitee sees cancellation, and has edited what is theirs: it goes all the same, and nothing is made anew",
			theirs: only(invitation("Review", "", 3, 10)),
			happens: func(r *room) {
				r.Edit(r.Alice, r.activityOf("Review"), func(a *crm.Activity) { a.Note = "ours alone" }, "note")
				r.editThere("Review", cancel)
				r.Settle(r.id)
				r.deleteThere("Review") // whoever has read the notice deletes it
			},
		},
		{
			name:   "invitee sees the cancellation of one date: the others stay",
			theirs: only(invitation("Daily", "FREQ=DAILY;COUNT=3", 3, 9)),
			happens: func(r *room) {
				r.editThere("Daily", func(e *calendar.Event) { e.Cancelled = []calendar.Wall{hour(4, 9)} })
			},
			left: []string{"Daily 3/09 FREQ=DAILY;COUNT=3 (not 4/09)"},
		},
		{
			name:      "an invitation that was cancelled before it was ever seen: it does not come in",
			there:     only(invitation("Review", "", 3, 10)),
			happens:   func(r *room) { r.editThere("Review", cancel) },
			leftThere: []string{"Review 3/10"},
		},
	})
}

// TestScenariosOfSeries: series that end, come in parts, or lose a part.
func TestScenariosOfSeries(t *testing.T) {
	past := series("Daily", "FREQ=DAILY;COUNT=3", 3, 9)
	past.Start.Wall, past.End.Wall = past.Start.Wall-10*calendar.Day, past.End.Wall-10*calendar.Day
	play(t, []scenario{
		{
			name:     "expired series: before the starting point, it stays out, however it is edited",
			settings: func(s *lens.Settings) { s.Start = lens.FromToday },
			there:    only(past),
			happens: func(r *room) {
				r.Settle(r.id)
				r.editThere("Daily", setPlace("Room 4"))
			},
			leftThere: []string{"Daily 21/09 @Room 4 FREQ=DAILY;COUNT=3"},
		},
		{
			name:     "expired series: it ends while it is tied, and stays on both sides, edits and all",
			settings: func(s *lens.Settings) { s.Start = lens.FromToday },
			theirs:   only(series("Daily", "FREQ=DAILY;COUNT=3", 3, 9)),
			happens: func(r *room) {
				r.Pass(30 * 24 * time.Hour)
				r.audit()
				r.editThere("Daily", setPlace("Room 4"))
			},
			left: []string{"Daily 3/09 @Room 4 FREQ=DAILY;COUNT=3"},
		},
		{
			name:   "expired series: it is cut short to before today, and goes from neither side",
			theirs: only(series("Daily", "FREQ=DAILY;COUNT=30", 3, 9)),
			happens: func(r *room) {
				r.Pass(10 * 24 * time.Hour)
				r.editThere("Daily", func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=2" })
			},
			left: []string{"Daily 3/09 FREQ=DAILY;COUNT=2"},
		},
		{
			name:  "an exception arrives before its master: it waits, and comes in with it as one series",
			there: only(series("Daily", "FREQ=DAILY;COUNT=3", 3, 9)),
			happens: func(r *room) {
				id := r.eventOf("Daily")
				r.cal.Spoil(id, provider.StateUnreadable, provider.NoMaster)
				r.Settle(r.id)
				if here, _ := told(r); len(here) != 0 {
					r.T.Errorf("a part came in: %q", here)
				}
				r.cal.Spoil(id, provider.StateLive, "")
				r.cal.Edit(id, moveDate)
			},
			left: []string{"Daily 3/09 FREQ=DAILY;COUNT=3 (4/09: 4/11)"},
		},
		{
			name:   "a master is deleted and its exceptions stay: nothing is deleted for it, and it waits until it is whole",
			theirs: only(series("Daily", "FREQ=DAILY;COUNT=3", 3, 9)),
			happens: func(r *room) {
				r.cal.Edit(r.eventOf("Daily"), moveDate)
				r.Settle(r.id)
				r.cal.Spoil(r.eventOf("Daily"), provider.StateUnreadable, provider.NoMaster)
			},
			left: []string{"Daily 3/09 FREQ=DAILY;COUNT=3 (4/09: 4/11)"}, waits: []string{string(provider.NoMaster)},
		},
		{
			name:   "a master is deleted, its exceptions stay for a while and go then: so does the series",
			theirs: only(series("Daily", "FREQ=DAILY;COUNT=3", 3, 9)),
			happens: func(r *room) {
				r.cal.Spoil(r.eventOf("Daily"), provider.StateUnreadable, provider.NoMaster)
				r.Settle(r.id)
				r.deleteThere("Daily")
			},
		},
	})
}

// moveDate moves one date of a series.
func moveDate(e *calendar.Event) {
	o := calendar.Override{Original: hour(4, 9), Set: calendar.Fields(calendar.When)}
	o.Start, o.End = calendar.InZone(hour(4, 11), zone), calendar.InZone(hour(4, 12), zone)
	e.Overrides = []calendar.Override{o}
}

// TestScenariosOfTimes: a start without a zone stays one (vdirsyncer, khal: floating DTSTART).
func TestScenariosOfTimes(t *testing.T) {
	floating, day := event("Call", 3, 10), event("Fair", 5, 0)
	floating.Start.Kind, floating.Start.Zone = calendar.Floating, ""
	floating.End.Kind, floating.End.Zone = calendar.Floating, ""
	day.Start, day.End = calendar.Time{Kind: calendar.Date, Wall: hour(5, 0)}, calendar.Time{Kind: calendar.Date, Wall: hour(6, 0)}
	play(t, []scenario{
		{
			name:   "floating DTSTART: it is read as no zone's, and goes back so, also where other fields were edited",
			theirs: only(floating), here: only(day),
			happens: func(r *room) { r.placeHere("Call", "Room 4") },
			left:    []string{"Call 3/10floating @Room 4", "Fair 5"}, writes: 2,
		},
		{
			name:   "floating DTSTART: it gets a zone there",
			theirs: only(floating),
			happens: func(r *room) {
				r.editThere("Call", func(e *calendar.Event) {
					e.Start, e.End = calendar.InZone(hour(3, 10), zone), calendar.InZone(hour(3, 11), zone)
				})
			},
			left: []string{"Call 3/10"},
		},
	})
}
