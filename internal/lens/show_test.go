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
	b.Location = "Room 4"
	if lens.Fingerprint(&a) == lens.Fingerprint(&b) {
		t.Error("two contents have one name")
	}
}
