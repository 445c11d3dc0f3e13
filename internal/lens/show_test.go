package lens_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

func TestAPrivateActivityIsBusyTimeOnOthersCalendars(t *testing.T) {
	a := activity(func(a *crm.Activity) {
		a.Plan.Private, a.Plan.Description, a.Plan.Location = true, "secret", "home"
		a.Plan.Rule = "FREQ=DAILY;COUNT=3"
		a.Plan.Overrides = []calendar.Override{{Original: at(4, 10).Wall, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "secret too"}}}
	})
	s := lens.Defaults()
	parts := []crm.Participant{{UserID: bob, Busy: true}}
	e := lens.Bare(&a, parts, bob, &s, calendar.AllFields)
	for _, f := range []calendar.Field{calendar.Subject, calendar.Location, calendar.Description, calendar.GuestsField} {
		if e.Known.Has(f) {
			t.Errorf("%s is known", f)
		}
	}
	if e.Subject+e.Description+e.Location != "" || len(e.Overrides) != 0 || !e.Known.Has(calendar.When) || e.Start != a.Plan.Start {
		t.Errorf("%+v", e)
	}
	if mine := lens.Bare(&a, parts, alice, &s, calendar.AllFields); mine.Description != "secret" || len(mine.Overrides) != 1 {
		t.Errorf("the owner sees %+v", mine)
	}
}

// TestASinglePrivateDateIsUnknownToOthers: neither blanks nor what was inherited may look like something that was said.
func TestASinglePrivateDateIsUnknownToOthers(t *testing.T) {
	day := at(4, 10).Wall
	secret := activity(func(a *crm.Activity) { a.Plan.Subject, a.Plan.Rule = "Daily", "FREQ=DAILY;COUNT=3" })
	secret.Plan.Overrides = []calendar.Override{{
		Original: day, Set: calendar.Fields(calendar.Subject, calendar.Private, calendar.When),
		Values: calendar.Values{Subject: "secret", Private: true, Start: at(4, 12), End: at(4, 13)},
	}}
	s := lens.Defaults()
	parts := []crm.Participant{{UserID: bob, Busy: true}}
	is := lens.Bare(&secret, parts, bob, &s, calendar.AllFields)
	o := is.Override(day)
	if o == nil || o.Subject != "" || o.Set.Has(calendar.Subject) || o.Start != at(4, 12) {
		t.Fatalf("Bob's view of the date: %+v", o)
	}
	for _, f := range []calendar.Field{calendar.Subject, calendar.Location, calendar.Description, calendar.Private} {
		if !o.Unknown.Has(f) || !is.Known.Has(f) {
			t.Errorf("%s is known of the date, or not known of the series", f)
		}
	}
	if e := lens.Dress(&is, lens.Frame{}); e.Override(day).Unknown != 0 {
		t.Errorf("an event that is written holds marks of ours: %+v", e.Overrides)
	}
	again := is.Clone()
	if again.Normalize(); again.Override(day).Unknown != o.Unknown {
		t.Error("what is unknown is forgotten")
	}
}

func TestEverybodySaysForThemselvesWhetherTheyAreBusy(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Plan.Answer = calendar.Accepted })
	s := lens.Defaults()
	parts := []crm.Participant{{UserID: bob, Answer: calendar.Declined}}
	theirs := lens.Bare(&a, parts, bob, &s, calendar.AllFields)
	mine := lens.Bare(&a, parts, alice, &s, calendar.AllFields)
	if theirs.Busy || theirs.Answer != calendar.Declined || !mine.Busy || mine.Answer != calendar.Accepted {
		t.Errorf("Bob %+v, Alice %+v", theirs.Values, mine.Values)
	}
}

// What the owner keeps to themselves is not what a guest has answered: their own answer is known to their calendar.
func TestAGuestKnowsTheirOwnAnswerToAPrivateMeeting(t *testing.T) {
	a := activity(func(a *crm.Activity) {
		a.Plan.Private, a.Plan.Answer, a.Plan.Rule = true, calendar.Accepted, "FREQ=DAILY;COUNT=3"
	})
	a.Plan.Overrides = []calendar.Override{{
		Original: at(4, 10).Wall, Set: calendar.Fields(calendar.AnswerField), Values: calendar.Values{Answer: calendar.Declined},
	}}
	s := lens.Defaults()
	parts := []crm.Participant{{UserID: bob, Busy: true, Answer: calendar.Maybe}}
	theirs := lens.Bare(&a, parts, bob, &s, calendar.AllFields)
	if !theirs.Known.Has(calendar.AnswerField) || theirs.Answer != calendar.Maybe || theirs.Known.Has(calendar.Subject) {
		t.Errorf("Bob is shown %+v, and knows %s", theirs.Values, theirs.Known)
	}
	if o := theirs.Override(at(4, 10).Wall); o == nil || o.Set != 0 || o.Answer != calendar.NoAnswer || !o.Unknown.Has(calendar.AnswerField) {
		t.Errorf("Bob is shown of the owner's date %+v", o)
	}
	if e := lens.Bare(&a, parts, carol, &s, calendar.AllFields); e.Known.Has(calendar.AnswerField) || e.Answer != calendar.NoAnswer {
		t.Errorf("Carol, who takes no part, is shown %+v", e.Values)
	}
	if e := lens.Bare(&a, parts, bob, &s, calendar.BothWaysFields); e.Known.Has(calendar.AnswerField) {
		t.Error("a calendar that has no answers knows one")
	}
}

// Only one's own share counts, and the owner's is in the activity itself.
func TestTheShareOfSomebodyElseIsNotShown(t *testing.T) {
	a := activity(nil)
	s := lens.Defaults()
	parts := []crm.Participant{{UserID: alice, Answer: calendar.Declined}, {UserID: carol, Private: true, Answer: calendar.Maybe}}
	for _, member := range []crm.ID{alice, bob} {
		if e := lens.Bare(&a, parts, member, &s, calendar.AllFields); !e.Busy || e.Private || e.Answer != calendar.NoAnswer {
			t.Errorf("%d is shown %+v", member, e.Values)
		}
	}
	if e := lens.Bare(&a, parts, carol, &s, calendar.AllFields); e.Busy || !e.Private || e.Answer != calendar.Maybe {
		t.Errorf("Carol is shown %+v", e.Values)
	}
}

// What the owner said of one date for themselves is not the others': neither whether it makes them busy, nor their answer.
func TestTheOwnersShareInADateIsUnknownToOthers(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY;COUNT=3" })
	a.Plan.Overrides = []calendar.Override{{
		Original: at(4, 10).Wall, Set: calendar.Fields(calendar.Subject, calendar.Busy, calendar.AnswerField),
		Values: calendar.Values{Subject: "Retro", Busy: false, Answer: calendar.Declined},
	}}
	s := lens.Defaults()
	theirs := lens.Bare(&a, []crm.Participant{{UserID: bob, Busy: true}}, bob, &s, calendar.AllFields)
	o := theirs.Override(at(4, 10).Wall)
	if o == nil || o.Set != calendar.Fields(calendar.Subject) || o.Subject != "Retro" || o.Answer != calendar.NoAnswer ||
		o.Unknown != calendar.Fields(calendar.Busy, calendar.AnswerField) {
		t.Errorf("Bob is shown %+v", o)
	}
	mine := lens.Bare(&a, nil, alice, &s, calendar.AllFields)
	if o := mine.Override(at(4, 10).Wall); o == nil || o.Unknown != 0 || o.Answer != calendar.Declined || !o.Set.Has(calendar.Busy) {
		t.Errorf("Alice is shown %+v", o)
	}
}

// A calendar that cannot hold a field says nothing of it, whichever way the item goes.
func TestWhatACalendarCannotHoldIsNotKnown(t *testing.T) {
	capable := calendar.AllFields &^ calendar.Fields(calendar.Location)
	a := activity(nil)
	s := lens.Defaults()
	if e := lens.Bare(&a, nil, alice, &s, capable); e.Known != capable {
		t.Errorf("goes out with %s", e.Known)
	}
	e := event(3)
	e.Known &^= calendar.Fields(calendar.Description)
	if in := lens.Incoming(&e, &s, capable); in.Known != capable&^calendar.Fields(calendar.Description) {
		t.Errorf("comes in with %s", in.Known)
	}
}

func TestWhoSeesWhatComesIn(t *testing.T) {
	for setting, want := range map[string]crm.Visibility{"owner": crm.OwnerOnly, "everyone": crm.Everyone} {
		s := lens.Defaults()
		s.Visibility, s.TypeIn = setting, "lunch"
		e := event(3)
		if a := lens.NewActivity(&e, bob, &s); a.Visibility != want || a.Type != "lunch" || a.OwnerID != bob || a.Plan.Subject != "Call" {
			t.Errorf("%s: %+v", setting, a)
		}
	}
}

func TestAsOrdinaryNobodySpeaksOfPrivacy(t *testing.T) {
	s := lens.Defaults()
	s.Private = "ordinary"
	e := event(3)
	e.Private = true
	in := lens.Incoming(&e, &s, calendar.AllFields)
	if made := lens.NewActivity(&in, alice, &s); made.Plan.Private || in.Known.Has(calendar.Private) {
		t.Errorf("%+v", made)
	}
	s.Private = "masked"
	in = lens.Incoming(&e, &s, calendar.AllFields)
	made := lens.NewActivity(&in, alice, &s)
	if !made.Plan.Private || made.Visibility != crm.OwnerOnly || made.Type != "meeting" || made.OwnerID != alice {
		t.Errorf("%+v", made)
	}
}

func TestAFingerprintNamesTheContent(t *testing.T) {
	a, b := event(3), event(3)
	if lens.Fingerprint(&a) != lens.Fingerprint(&b) {
		t.Error("the same content has two names")
	}
	if n := len(lens.Fingerprint(&a)); n != 32 { // as baselines that are stored have it
		t.Errorf("it is %d digits long", n)
	}
	b.Location = "Room 4"
	if lens.Fingerprint(&a) == lens.Fingerprint(&b) {
		t.Error("two contents have one name")
	}
}
