package ews

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	standin "tahti/internal/standin/ews"
)

// mails is how many the server has sent.
func (r *rig) mails() int { return len(r.server.Mails()) }

// What concerns guests waits until somebody sends it, and mails nobody before; what they do not see is written without a word.
func TestMeetings(t *testing.T) {
	r := newRig(t, standin.Options{})
	e := plan("With guests", "20260316T100000")
	e.Rule = "FREQ=WEEKLY;COUNT=4"
	e.Guests = []calendar.Guest{{Person: calendar.Person{Email: "bob@elsewhere.example", Name: "Bob"}}, {Person: calendar.Person{Email: "carol@elsewhere.example"}}}
	for _, rule := range []string{"", e.Rule} {
		before := r.mails()
		e.Rule = rule
		id, err := r.Create(e)
		must(t, err)
		base := r.read(t, id)
		if base.WouldMail != 2 || base.Invited || base.Editable != calendar.BothWaysFields || base.Event.Organizer.Email != alice {
			t.Errorf("%q: would mail %d, invited %v, editable %v, organiser %v", rule, base.WouldMail, base.Invited, base.Editable, base.Event.Organizer)
		}
		change := func(base provider.Item, notify bool, fields calendar.FieldSet, f func(*calendar.Event)) (provider.Item, error) {
			next := base.Event.Clone()
			f(&next)
			return r.Put(t.Context(), provider.Put{ID: id, Base: &base, Event: next, Fields: fields, Notify: notify})
		}
		_, err = change(base, false, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Another" })
		expect(t, "a new title", err, provider.Rejected, "")
		_, err = change(base, false, calendar.Fields(calendar.When), func(e *calendar.Event) { e.Start.Wall += 3600; e.End.Wall += 3600 })
		expect(t, "another time", err, provider.Rejected, "")
		expect(t, "a deletion", r.Remove(t.Context(), provider.Remove{ID: id, Base: &base}), provider.Rejected, "")
		base, err = change(base, false, calendar.Fields(calendar.Busy, calendar.Private), func(e *calendar.Event) { e.Busy, e.Private = false, true })
		must(t, err)
		if r.mails() != before {
			t.Fatalf("%q: %d mails that nobody asked for", rule, r.mails()-before)
		}
		base, err = change(base, true, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Another" })
		must(t, err)
		if n := r.mails() - before; n != 2 || base.Event.Subject != "Another" || len(base.Event.Guests) != 2 {
			t.Errorf("%q: %d mails of what was sent: %v", rule, n, base.Event)
		}
		must(t, r.Remove(t.Context(), provider.Remove{ID: id, Base: &base, Notify: true}))
		if n := r.mails() - before; n != 4 {
			t.Errorf("%q: %d mails with the end of the meeting", rule, n)
		}
	}
}
