package hub_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// What an activity points to has to be there and in use, at the time at which it is pointed to.
func TestWhatAnActivityPointsTo(t *testing.T) {
	r := newRoom(t)
	by, c := hub.By(r.alice), r.connect(r.alice, nil)
	org, _ := r.saveOrganization(by, crm.Organization{Name: "Example"})
	person, _ := r.savePerson(by, crm.Person{Name: "Xenia"})
	deal, err := r.saveDeal(by, crm.Deal{Title: "Ships"})
	if err != nil {
		t.Fatal(err)
	}
	r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, by, r.carol.ID, false) })
	unused := crm.ActivityType{}
	r.do(func(tx *store.Tx) (err error) {
		if unused, err = r.hub.SaveType(r.ctx, tx, by, crm.ActivityType{Name: "Unused"}); err != nil {
			return err
		}
		unused.Active = false
		unused, err = r.hub.SaveType(r.ctx, tx, by, unused)
		return err
	})
	book := strings.Repeat("x", hub.MaxText+1)
	days := func(n int) (list []crm.Occurrence) {
		for i := range n {
			list = append(list, crm.Occurrence{Original: monday(0) + calendar.Wall(i)*calendar.Day, Done: true})
		}
		return list
	}
	check := func(when string, gone bool) {
		t.Helper()
		missing := ""
		if gone {
			missing = hub.CodeUnknown
		}
		for name, x := range map[string]struct {
			by     hub.Actor
			change func(*crm.Activity)
			field  string
			code   string
		}{
			"a deal":                        {by, func(a *crm.Activity) { a.DealID = deal.ID }, "deal", missing},
			"a person":                      {by, func(a *crm.Activity) { a.PersonID = person.ID }, "person", missing},
			"an organisation":               {by, func(a *crm.Activity) { a.OrgID = org.ID }, "org", missing},
			"no person that there is":       {by, func(a *crm.Activity) { a.PersonID = 4711 }, "person", hub.CodeUnknown},
			"no organisation that there is": {by, func(a *crm.Activity) { a.OrgID = 4711 }, "org", hub.CodeUnknown},
			"an owner":                      {by, func(a *crm.Activity) { a.OwnerID = r.bob.ID }, "", ""},
			"an owner who is kept out":      {by, func(a *crm.Activity) { a.OwnerID = r.carol.ID }, "owner", hub.CodeInactive},
			"a calendar's owner, kept out":  {hub.BySync(c, 0), func(a *crm.Activity) { a.OwnerID = r.carol.ID }, "", ""},
			"the highest priority":          {by, func(a *crm.Activity) { a.Priority = hub.MaxPriority }, "", ""},
			"a higher one":                  {by, func(a *crm.Activity) { a.Priority = hub.MaxPriority + 1 }, "priority", hub.CodeOutOfRange},
			"a note":                        {by, func(a *crm.Activity) { a.Note = book[1:] }, "", ""},
			"a long note":                   {by, func(a *crm.Activity) { a.Note = book }, "note", hub.CodeTooLong},
			"a note of a date":              {by, func(a *crm.Activity) { a.Occurrences = []crm.Occurrence{{Original: monday(0), Note: book[1:]}} }, "", ""},
			"a long note of a date":         {by, func(a *crm.Activity) { a.Occurrences = []crm.Occurrence{{Original: monday(0), Note: book}} }, "note@20260302T100000", hub.CodeTooLong},
			"a type that is not used":       {by, func(a *crm.Activity) { a.Type = unused.Key }, "type", hub.CodeInactive},
			"a calendar's type, not used":   {hub.BySync(c, 0), func(a *crm.Activity) { a.Type = unused.Key }, "", ""},
			"a calendar's type, unknown":    {hub.BySync(c, 0), func(a *crm.Activity) { a.Type = "party" }, "type", hub.CodeUnknown},
			"as many dates as may be done":  {by, func(a *crm.Activity) { a.Plan.Rule, a.Occurrences = "FREQ=DAILY", days(hub.MaxOccurrences) }, "", ""},
			"more dates than may be done":   {by, func(a *crm.Activity) { a.Plan.Rule, a.Occurrences = "FREQ=DAILY", days(hub.MaxOccurrences+1) }, "occurrences", hub.CodeTooMany},
		} {
			a := withOwner(weekly("Team"), r.alice)
			x.change(&a)
			err := r.try(func(tx *store.Tx) error {
				_, err := r.hub.Create(r.ctx, tx, x.by, a)
				if err == nil {
					err = errKeep
				}
				return err
			})
			if errors.Is(err, errKeep) {
				err = nil
			}
			checkInvalid(t, when+": "+name, err, x.field, x.code)
		}
	}
	check("while they are there", false)
	tied := meeting("Tied")
	tied.DealID, tied.PersonID, tied.OrgID = deal.ID, person.ID, org.ID
	tied = r.create(by, tied)
	r.do(func(tx *store.Tx) error {
		return errors.Join(r.hub.DeleteDeal(r.ctx, tx, by, deal.ID), r.hub.DeletePerson(r.ctx, tx, by, person.ID), r.hub.DeleteOrganization(r.ctx, tx, by, org.ID))
	})
	check("when they are gone", true)
	if _, err := r.update(by, tied.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})}); err != nil {
		t.Errorf("what points to what is gone is changed otherwise: %v", err)
	}
}

// errKeep ends a transaction that went well and shall leave nothing.
var errKeep = errors.New("roll back")

// Who changes what in a series that is everybody's, of which one date is private.
func TestWhoChangesWhatOfAnOpenSeries(t *testing.T) {
	for name, x := range map[string]struct {
		change     hub.Change
		scope      hub.Scope // empty: of the series
		week       int
		bob, carol string // the owner and a colleague
		fields     []string
	}{
		"its title":            {change: hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})}},
		"who it is of":         {change: hub.Change{Fields: []string{"owner", "subject"}, To: crm.Activity{OwnerID: 1}}, carol: hub.DeniedOwnerField, fields: []string{"owner"}},
		"who sees it":          {change: hub.Change{Fields: []string{"visibility"}, To: crm.Activity{Visibility: crm.OwnerOnly}}, carol: hub.DeniedOwnerField, fields: []string{"visibility"}},
		"its status":           {change: hub.Change{Fields: []string{"status"}, To: values(calendar.Values{Status: calendar.Tentative})}, bob: hub.DeniedCalendarOnly, carol: hub.DeniedCalendarOnly, fields: []string{"status"}},
		"an open date":         {change: hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})}, scope: hub.This, week: 2},
		"an open date, hidden": {change: hub.Change{Fields: []string{"private"}, To: values(calendar.Values{Private: true})}, scope: hub.This, week: 2, carol: hub.DeniedOwnerField, fields: []string{"private@20260316T100000"}},
		"the private date":     {change: hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})}, scope: hub.This, week: 1, carol: hub.DeniedMasked},
		"the note of it":       {change: hub.Change{Fields: []string{"note"}, To: crm.Activity{Note: "x"}}, scope: hub.This, week: 1, carol: hub.DeniedMasked},
		"the status of a date": {change: hub.Change{Fields: []string{"status"}, To: values(calendar.Values{Status: calendar.Tentative})}, scope: hub.This, week: 2, bob: hub.DeniedCalendarOnly, carol: hub.DeniedCalendarOnly, fields: []string{"status@20260316T100000"}},
	} {
		for who, want := range map[string]string{"bob": x.bob, "carol": x.carol} {
			r := newRoom(t)
			a := r.create(hub.By(r.bob), weekly("Weekly"))
			secret := hub.Change{Fields: []string{"subject", "private"}, To: values(calendar.Values{Subject: "Doctor", Private: true})}
			if _, err := r.patch(hub.By(r.bob), a.ID, monday(1), hub.This, secret); err != nil {
				t.Fatal(err)
			}
			if x.change.To.OwnerID != 0 {
				x.change.To.OwnerID = r.alice.ID
			}
			u := map[string]crm.User{"bob": r.bob, "carol": r.carol}[who]
			var err error
			if x.scope == "" {
				_, err = r.update(hub.By(u), a.ID, x.change)
			} else {
				_, err = r.patch(hub.By(u), a.ID, monday(x.week), x.scope, x.change)
			}
			if code := codeOf(t, err); code != want {
				t.Errorf("%s: %s gets %q, want %q", name, who, code, want)
			}
			var denied *hub.Denied
			if errors.As(err, &denied) && x.fields != nil && !slices.Equal(denied.Fields, x.fields) {
				t.Errorf("%s: %s is refused %v, want %v", name, who, denied.Fields, x.fields)
			}
		}
	}
}

// An administrator may hand over what somebody who is kept out left, if it is not private; nothing else, and nobody else may.
func TestWhatMayBeHandedOver(t *testing.T) {
	type with struct {
		private, date, active bool
		by                    string
		fields                []string
	}
	owner := []string{"owner"}
	for name, x := range map[string]struct {
		with
		code string
	}{
		"by an administrator":          {with{by: "alice", fields: owner}, ""},
		"by somebody else":             {with{by: "carol", fields: owner}, hub.DeniedMasked},
		"by who takes part":            {with{by: "dave", fields: owner}, hub.DeniedShare},
		"of who is there":              {with{by: "alice", active: true, fields: owner}, hub.DeniedMasked},
		"with something else":          {with{by: "alice", fields: []string{"owner", "subject"}}, hub.DeniedMasked},
		"something else":               {with{by: "alice", fields: []string{"subject"}}, hub.DeniedMasked},
		"what is private":              {with{by: "alice", private: true, fields: owner}, hub.DeniedMasked},
		"what has a private date":      {with{by: "alice", date: true, fields: owner}, hub.DeniedMasked},
		"what is private, by a sharer": {with{by: "dave", private: true, fields: owner}, hub.DeniedMasked},
	} {
		r := newRoom(t)
		dave := r.dave()
		a := withOwner(weekly("Weekly"), r.bob)
		a.Visibility, a.Plan.Private = crm.OwnerOnly, x.private
		if x.date {
			o := a.Plan.EnsureOverride(monday(1))
			o.Set, o.Private = calendar.Fields(calendar.Private), true
		}
		a = r.create(hub.BySync(0, 0), a)
		r.join(a.ID, dave)
		r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.bob.ID, x.active) })
		u := map[string]crm.User{"alice": r.alice, "carol": r.carol, "dave": dave}[x.by]
		to := crm.Activity{OwnerID: r.alice.ID, Plan: calendar.Event{Values: calendar.Values{Subject: "y"}}}
		_, err := r.update(hub.By(u), a.ID, hub.Change{Fields: x.fields, To: to})
		if code := codeOf(t, err); code != x.code {
			t.Errorf("%s: %q, want %q", name, code, x.code)
		}
	}
}

// A change is made from a revision: one that never was is refused, and a run plans again where anything changed.
func TestFromWhichRevisionAChangeIsMade(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.By(r.alice), meeting("First"))
	a = r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"location"}, To: values(calendar.Values{Location: "Oulu"})})
	for _, x := range []struct {
		name  string
		by    hub.Actor
		base  int64
		bad   bool
		stale []string
	}{
		{"a person, from none", hub.By(r.alice), 0, false, nil},
		{"a person, from the present one", hub.By(r.alice), 2, false, nil},
		{"a person, from an older one", hub.By(r.alice), 1, false, []string{"location"}},
		{"a person, from a later one", hub.By(r.alice), 3, true, nil},
		{"a person, from one below all", hub.By(r.alice), -1, true, nil},
		{"a run, from none", hub.BySync(c, 0), 0, false, nil},
		{"a run, from the present one", hub.BySync(c, 0), 2, false, nil},
		{"a run, from an older one", hub.BySync(c, 0), 1, false, []string{}},
		{"a run, from a later one", hub.BySync(c, 0), 3, true, nil},
	} {
		err := r.try(func(tx *store.Tx) error {
			_, err := r.hub.Update(r.ctx, tx, x.by, a.ID, hub.Change{
				Base: x.base, Fields: []string{"subject", "location"}, To: values(calendar.Values{Subject: "x", Location: "Espoo"}),
			})
			if err == nil {
				err = errKeep
			}
			return err
		})
		var stale *hub.Stale
		switch {
		case x.bad:
			checkInvalid(t, x.name, err, "revision", hub.CodeBadRevision)
		case x.stale != nil:
			if !errors.As(err, &stale) || !slices.Equal(stale.Fields, x.stale) || stale.Current.Revision != 2 || stale.Current.Plan.Location != "Oulu" {
				t.Errorf("%s: %v", x.name, err)
			}
		case !errors.Is(err, errKeep):
			t.Errorf("%s: %v", x.name, err)
		}
	}
	// The time at which something was done is that of the change.
	done := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"done"}, To: crm.Activity{Done: true}})
	later := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})})
	if !later.DoneAt.Equal(done.DoneAt) || !later.UpdatedAt.After(done.UpdatedAt) || later.Revision != done.Revision+1 || !later.Changed["done"].At.Equal(done.DoneAt) {
		t.Errorf("done at %s, then at %s", done.DoneAt, later.DoneAt)
	}
}

// Which connections a change is for is asked of their settings: those that show none of its keys are left alone.
func TestWhichKeysAConnectionShows(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), weekly("Weekly"))
	deal, _ := r.saveDeal(hub.By(r.alice), crm.Deal{Title: "Ships"})
	person, _ := r.savePerson(hub.By(r.alice), crm.Person{Name: "Xenia"})
	org, err := r.saveOrganization(hub.By(r.alice), crm.Organization{Name: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	list := []store.ID{
		r.connect(r.alice, nil), r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true }),
		r.connect(r.alice, func(s *lens.Settings) { s.TitleTemplate = "{deal} > {subject}" }),
		r.connect(r.alice, func(s *lens.Settings) { s.Done = "tick" }),
	}
	none, labels, ticks, all := []bool{false, false, false, false}, []bool{false, true, true, false}, []bool{false, false, false, true}, []bool{true, true, true, true}
	for _, x := range []struct {
		name   string
		change hub.Change
		want   []bool
	}{
		{"a deal", hub.Change{Fields: []string{"deal"}, To: crm.Activity{DealID: deal.ID}}, labels},
		{"a person", hub.Change{Fields: []string{"person"}, To: crm.Activity{PersonID: person.ID}}, labels},
		{"an organisation", hub.Change{Fields: []string{"org"}, To: crm.Activity{OrgID: org.ID}}, labels},
		{"done", hub.Change{Fields: []string{"done"}, To: crm.Activity{Done: true}}, ticks},
		{"done and a note", hub.Change{Fields: []string{"done", "note"}, To: crm.Activity{Note: "n"}}, ticks},
		{"a date is done", hub.Change{Fields: []string{hub.FieldOccurrences}, To: crm.Activity{Occurrences: []crm.Occurrence{{Original: monday(1), Done: true}}}}, none},
		{"a priority and a note", hub.Change{Fields: []string{"priority", "note"}, To: crm.Activity{Priority: 1, Note: "m"}}, none},
		{"a place and a note", hub.Change{Fields: []string{"location", "note"}, To: values(calendar.Values{Location: "Oulu"})}, all},
		{"guests", hub.Change{Fields: []string{"guests"}, To: values(calendar.Values{Guests: guests(1)})}, none},
		{"an address to meet at", hub.Change{Fields: []string{"meeting_url"}, To: values(calendar.Values{MeetingURL: "https://meet.example/1"})}, none},
	} {
		r.marked(a.ID, list...)
		before := r.activity(a.ID).Revision
		if got := r.mustUpdate(hub.Actor{Kind: hub.System}, a.ID, x.change); got.Revision == before {
			t.Fatalf("%s: nothing changed", x.name)
		}
		if got := r.marked(a.ID, list...); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}
