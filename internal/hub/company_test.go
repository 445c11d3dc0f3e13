package hub_test

import (
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

func helsinki(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestUsers(t *testing.T) {
	r := newRoom(t)
	add := func(by crm.User, u crm.User) string {
		return codeOf(t, r.try(func(tx *store.Tx) error { _, err := r.hub.AddUser(r.ctx, tx, hub.By(by), u); return err }))
	}
	dave := crm.User{Login: 99, Name: "dave", Email: "Dave@Example.com "}
	r.do(func(tx *store.Tx) error {
		_, err := r.hub.SetUp(r.ctx, tx, dave)
		if code := codeOf(t, err); code != hub.DeniedSetUp {
			t.Errorf("the company is given away: %q", code)
		}
		return nil
	})
	bad := func(change func(*crm.User)) crm.User {
		u := dave
		change(&u)
		return u
	}
	for name, got := range map[string][2]string{
		"by a regular user":   {add(r.bob, dave), hub.DeniedAdmin},
		"a login twice":       {add(r.alice, bad(func(u *crm.User) { u.Login = r.bob.Login })), hub.CodeExists},
		"without a name":      {add(r.alice, bad(func(u *crm.User) { u.Name = " " })), hub.CodeRequired},
		"no address":          {add(r.alice, bad(func(u *crm.User) { u.Email = "dave" })), hub.CodeBadEmail},
		"an address in words": {add(r.alice, bad(func(u *crm.User) { u.Email = "Dave <dave@example.com>" })), hub.CodeBadEmail},
		"no zone":             {add(r.alice, bad(func(u *crm.User) { u.TimeZone = "Mars/Base" })), hub.CodeUnknownZone},
		"no role":             {add(r.alice, bad(func(u *crm.User) { u.Role = "king" })), hub.CodeUnknown},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", name, got[0], got[1])
		}
	}
	active := func(by crm.User, id store.ID, yes bool) string {
		return codeOf(t, r.try(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(by), id, yes) }))
	}
	if code := active(r.alice, r.alice.ID, false); code != hub.DeniedLastAdmin {
		t.Errorf("the last administrator goes: %q", code)
	}
	if code := active(r.bob, r.carol.ID, false); code != hub.DeniedAdmin {
		t.Errorf("a regular user keeps another out: %q", code)
	}
	save := func(by, u crm.User) string {
		return codeOf(t, r.try(func(tx *store.Tx) error { _, err := r.hub.SaveUser(r.ctx, tx, hub.By(by), u); return err }))
	}
	king := r.bob
	king.Role = crm.Administrator
	if code := save(r.bob, king); code != hub.DeniedAdmin {
		t.Errorf("bob crowns himself: %q", code)
	}
	renamed := r.bob
	renamed.Name, renamed.Active, renamed.Login = "Robert", false, 4711
	if code := save(r.bob, renamed); code != "" {
		t.Errorf("bob changes his name: %q", code)
	}
	r.do(func(tx *store.Tx) error {
		u, err := tx.User(r.ctx, r.bob.ID)
		if u.Name != "Robert" || !u.Active || u.Login != r.bob.Login {
			t.Errorf("saved as %+v", u)
		}
		return err
	})
	down := r.alice
	down.Role = crm.Regular
	if code := save(r.alice, down); code != hub.DeniedLastAdmin {
		t.Errorf("the last administrator steps down: %q", code)
	}
	if save(r.alice, king) != "" || active(r.bob, r.bob.ID, true) != hub.DeniedAdmin || active(king, r.alice.ID, false) != "" {
		t.Error("a second administrator does not follow the first")
	}
}

func TestTypes(t *testing.T) {
	r := newRoom(t)
	save := func(by crm.User, x crm.ActivityType) (saved crm.ActivityType, code string) {
		err := r.try(func(tx *store.Tx) (err error) { saved, err = r.hub.SaveType(r.ctx, tx, hub.By(by), x); return err })
		return saved, codeOf(t, err)
	}
	types := func() (list []crm.ActivityType) {
		r.do(func(tx *store.Tx) (err error) { list, err = tx.Types(r.ctx); return err })
		return list
	}
	if n := len(types()); n != len(crm.DefaultTypes()) {
		t.Fatalf("a new company has %d types", n)
	}
	if _, code := save(r.bob, crm.ActivityType{Name: "Sauna"}); code != hub.DeniedAdmin {
		t.Errorf("a regular user: %q", code)
	}
	var keys []string
	for _, name := range []string{"Sauna Evening", "sauna evening", "Call", "!!", "Käynti"} {
		saved, code := save(r.alice, crm.ActivityType{Name: name, Key: "wish"})
		if code != "" || !saved.Active || !saved.Custom {
			t.Errorf("%s: %q %+v", name, code, saved)
		}
		keys = append(keys, saved.Key)
	}
	if want := []string{"sauna_evening", "sauna_evening_2", "call_2", "type", "käynti"}; !slices.Equal(keys, want) {
		t.Errorf("keys %v", keys)
	}
	call := types()[0]
	call.Key = "phone"
	if _, code := save(r.alice, call); code != hub.CodeImmutable {
		t.Errorf("a key changes: %q", code)
	}
	for i, x := range types() {
		x.Active = false
		if _, code := save(r.alice, x); (code == hub.CodeLastType) != (i == len(types())-1) {
			t.Errorf("type %d is deactivated: %q", i, code)
		}
	}
	// Nobody plans with a type that is out of use; what calendars bring still comes in.
	err := r.try(func(tx *store.Tx) error { _, err := r.hub.Create(r.ctx, tx, hub.By(r.alice), meeting("x")); return err })
	if code := codeOf(t, err); code != hub.CodeInactive {
		t.Errorf("a person uses an inactive type: %q", code)
	}
	r.create(hub.BySync(0, 0), withOwner(meeting("x"), r.alice))
}

func TestLabels(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	labels := r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true })
	bare := r.connect(r.alice, nil)
	var org crm.Organization
	var person crm.Person
	var deal crm.Deal
	r.do(func(tx *store.Tx) (err error) {
		if org, err = r.hub.SaveOrganization(r.ctx, tx, by, crm.Organization{Name: "Example Oy"}); err != nil {
			return err
		}
		if person, err = r.hub.SavePerson(r.ctx, tx, by, crm.Person{Name: "Xenia", Emails: []string{" X@Example.org", "x@example.org"}, OrgID: org.ID}); err != nil {
			return err
		}
		deal, err = r.hub.SaveDeal(r.ctx, tx, by, crm.Deal{Title: "Big deal"})
		return err
	})
	if !slices.Equal(person.Emails, []string{"x@example.org"}) || person.OwnerID != r.alice.ID {
		t.Errorf("saved as %+v", person)
	}
	a := meeting("Visit")
	a.DealID = deal.ID
	a.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: "nobody@example.org"}}, {Person: calendar.Person{Email: "X@example.org"}}}
	a = r.create(by, a)
	context := func() (c crm.Context) {
		r.do(func(tx *store.Tx) (err error) {
			c, err = r.hub.Context(r.ctx, tx, &a, "https://tahti.example/")
			return err
		})
		return c
	}
	if c := context(); c.Deal != "Big deal" || c.Person != "Xenia" || c.Organization != "Example Oy" || c.Link == "" {
		t.Errorf("labelled %+v", c)
	}
	r.do(func(tx *store.Tx) error {
		list, err := r.hub.Guests(r.ctx, tx, &a)
		if len(list) != 2 || list[0].Person.ID != 0 || list[1].Person.ID != person.ID {
			t.Errorf("guests %+v", list)
		}
		return err
	})
	a = r.mustUpdate(by, a.ID, hub.Change{Fields: []string{"person"}, To: crm.Activity{PersonID: person.ID}})
	for _, c := range []store.ID{labels, bare} {
		r.link(c, a.ID, true)
	}
	r.marked(a.ID, labels, bare)
	rename := func(name string) []bool {
		person.Name = name
		r.do(func(tx *store.Tx) error { _, err := r.hub.SavePerson(r.ctx, tx, by, person); return err })
		return r.marked(a.ID, labels, bare)
	}
	if got := rename("Xenia X"); !slices.Equal(got, []bool{true, false}) {
		t.Errorf("a new name marks %v", got)
	}
	if got := rename("Xenia X"); !slices.Equal(got, []bool{false, false}) {
		t.Errorf("the same name marks %v", got)
	}
	r.do(func(tx *store.Tx) error {
		for _, err := range []error{
			r.hub.DeletePerson(r.ctx, tx, by, person.ID), r.hub.DeleteDeal(r.ctx, tx, by, deal.ID), r.hub.DeleteOrganization(r.ctx, tx, by, org.ID),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if c := context(); c.Deal != "" || c.Person != "" || c.Organization != "" {
		t.Errorf("deleted ones are named: %+v", c)
	}
	_, err := r.update(by, a.ID, hub.Change{Fields: []string{"org"}, To: crm.Activity{OrgID: org.ID}})
	if code := codeOf(t, err); code != hub.CodeUnknown {
		t.Errorf("a deleted organisation is chosen: %q", code)
	}
	for name, x := range map[string]crm.Deal{
		"no title": {}, "a status that is none": {Title: "x", Status: "maybe"}, "an unknown person": {Title: "x", PersonID: 4711},
	} {
		err := r.try(func(tx *store.Tx) error { _, err := r.hub.SaveDeal(r.ctx, tx, by, x); return err })
		if codeOf(t, err) == "" {
			t.Errorf("%s is saved", name)
		}
	}
}
