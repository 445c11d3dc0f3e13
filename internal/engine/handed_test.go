package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/lens"
)

// TestAMeetingThatIsGivenAwayIsAsItsNewOwnersCopySays: each says for themselves what they said before, and what the former owner's copy
// was alone to know counts no more (I10).
func TestAMeetingThatIsGivenAwayIsAsItsNewOwnersCopySays(t *testing.T) {
	a, b := pair(t, func(s *lens.Settings) { s.Visibility = "everyone" })
	mine, his := meeting("Review", "dave"), meeting("Review", "dave")
	mine.Answer, his.Answer, his.Busy = calendar.Declined, calendar.Accepted, false
	inA, inB := a.cal.Add(mine), b.cal.Add(his)
	a.Settle(a.id, b.id)
	b.cal.Edit(inB, setPlace("Room 4"))
	a.Settle(a.id, b.id)
	if got := a.only(t).Plan.Location; got != "" {
		t.Fatalf("a guest's copy counted: %q", got)
	}
	a.Edit(a.Alice, a.only(t).ID, func(x *crm.Activity) { x.OwnerID = a.Bob.ID }, "owner")
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	got := a.only(t)
	if got.OwnerID != a.Bob.ID || got.Plan.Answer != calendar.Accepted || got.Plan.Busy || got.Plan.Location != "Room 4" {
		t.Errorf("Bob owns %+v", got.Plan.Values)
	}
	a.cal.Edit(inA, func(e *calendar.Event) { e.Busy = false })
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	a.Tx(func(tx engine.Tx) error {
		parts, err := tx.Participants(t.Context(), got.ID)
		if want := (crm.Participant{UserID: a.Alice.ID, Answer: calendar.Declined}); len(parts) != 1 || parts[0] != want {
			t.Errorf("what is Alice's own: %+v", parts)
		}
		return err
	})
}

// TestWhoIsGivenAMeetingBeforeTheirCopyComesIsHeard: what a guest's calendar brought in says nothing of them (I2, I10).
func TestWhoIsGivenAMeetingBeforeTheirCopyComesIsHeard(t *testing.T) {
	for _, organiser := range []string{"bob", "dave"} {
		a, b := pair(t, func(s *lens.Settings) { s.Visibility = "everyone" })
		mine, his := meeting("Review", organiser), meeting("Big review", organiser)
		mine.Answer, his.Answer, his.Busy = calendar.Declined, calendar.Accepted, false
		a.cal.Add(mine)
		a.Settle(a.id)
		a.Edit(a.Alice, a.only(t).ID, func(x *crm.Activity) { x.OwnerID = a.Bob.ID }, "owner")
		b.cal.Add(his)
		a.Settle(a.id, b.id)
		a.Quiet(a.id, b.id)
		if got := a.only(t); got.OwnerID != a.Bob.ID || got.Plan.Subject != "Big review" || got.Plan.Answer != calendar.Accepted || got.Plan.Busy {
			t.Errorf("by %s: Bob owns %+v", organiser, got.Plan.Values)
		}
		for _, c := range a.Conflicts() {
			if f, _ := calendar.ParseField(c.Field); f.Class() == calendar.InOnly {
				t.Errorf("by %s: kept, and nobody has typed it here: %+v", organiser, c)
			}
		}
	}
}
