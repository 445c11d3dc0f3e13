package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
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

// TestWhoGetsAMeetingBackIsHeardForThemselves: a meeting is a colleague's whose guest left it, and is given back. What the guest's calendar
// says of them and of who comes has not changed meanwhile, and is heard all the same (I10).
func TestWhoGetsAMeetingBackIsHeardForThemselves(t *testing.T) {
	a, b := pair(t, func(s *lens.Settings) { s.Visibility = "everyone" })
	mine := meeting("Review", "dave")
	mine.Rule, mine.Answer = "FREQ=DAILY;COUNT=4", calendar.Declined
	mine.Overrides = []calendar.Override{{Original: mine.Start.Wall + calendar.Day, Set: calendar.Fields(calendar.AnswerField), Values: calendar.Values{Answer: calendar.Accepted}}}
	his := mine.Clone()
	his.Answer, his.Overrides = calendar.Maybe, nil
	a.cal.Add(mine)
	b.cal.Add(his)
	a.Settle(a.id, b.id)
	id := a.only(t).ID
	a.Tx(func(tx engine.Tx) error {
		_, err := a.Hub.Leave(t.Context(), tx, hub.By(a.Alice), id, a.Alice.ID)
		return err
	})
	a.Settle(a.id, b.id)
	if got := a.only(t); got.OwnerID != a.Bob.ID || got.Plan.Answer != calendar.Maybe {
		t.Fatalf("Bob owns %+v", got)
	}
	a.Edit(a.Bob, id, func(x *crm.Activity) { x.OwnerID = a.Alice.ID }, "owner")
	a.Settle(a.id, b.id)
	got := a.only(t)
	if o := got.Plan.Override(mine.Start.Wall + calendar.Day); got.Plan.Answer != calendar.Declined || o == nil || o.Answer != calendar.Accepted {
		t.Errorf("Alice owns %+v", got.Plan)
	}
	if list := a.Conflicts(); len(list) != 0 {
		t.Errorf("conflicts: %+v", list)
	}
	a.Quiet(a.id, b.id)
}
