package hub_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
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

func (r *room) audit() (lines []store.Audit) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) { lines, err = tx.Audits(r.ctx, 0, 100); return err })
	return lines
}

func TestANewCompanyIsFurnished(t *testing.T) {
	r := newRoom(t)
	before := r.clock.now
	if _, err := r.hub.NewCompany(r.ctx, r.db, " "); codeOf(t, err) != hub.CodeRequired {
		t.Errorf("a company without a name: %v", err)
	}
	c, err := r.hub.NewCompany(r.ctx, r.db, "Other")
	if err != nil || !c.Created.After(before) {
		t.Fatalf("%v: %+v", err, c)
	}
	if err := r.db.Tx(r.ctx, c.ID, func(tx *store.Tx) error {
		u, err := r.hub.SetUp(r.ctx, tx, crm.User{Login: r.alice.Login, Name: "Dave", Email: " Dave@Example.com", Role: crm.Regular})
		if err != nil {
			return err
		}
		want := crm.User{
			ID: u.ID, Login: r.alice.Login, Name: "Dave", Email: "dave@example.com", Role: crm.Administrator, TimeZone: "UTC", Locale: "en",
			Active: true, Created: u.Created,
		}
		if u != want || !u.Created.After(c.Created) {
			t.Errorf("the first user is %+v", u)
		}
		types, err := tx.Types(r.ctx)
		for i, x := range crm.DefaultTypes() {
			if i >= len(types) || types[i].Key != x.Key || types[i].Custom || !types[i].Active || !types[i].Created.After(c.Created) ||
				types[i].Updated.Before(types[i].Created) {
				t.Errorf("type %d is %+v", i, types)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsDoneToUsersIsWrittenDown(t *testing.T) {
	r := newRoom(t)
	as := func(by crm.User) func(u crm.User) crm.User {
		return func(u crm.User) crm.User {
			r.do(func(tx *store.Tx) (err error) { u, err = r.hub.SaveUser(r.ctx, tx, hub.By(by), u); return err })
			return u
		}
	}
	active := func(id store.ID, yes bool) {
		r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), id, yes) })
	}
	begun := len(r.audit())
	renamed := r.carol
	renamed.Name = "Cora"
	renamed = as(r.carol)(renamed)
	as(r.carol)(renamed) // changes nothing
	crowned := r.bob
	crowned.Role = crm.Administrator
	as(r.alice)(crowned)
	active(r.carol.ID, false)
	active(r.carol.ID, false) // changes nothing
	active(r.carol.ID, true)
	lines := r.audit()
	lines = lines[:len(lines)-begun]
	slices.Reverse(lines)
	carol := strconv.FormatInt(r.carol.ID, 10)
	want := []store.Audit{
		{Login: r.carol.Login, Member: r.carol.ID, Action: "user.change", Subject: carol, Detail: "regular"},
		{Login: r.alice.Login, Member: r.alice.ID, Action: "user.change", Subject: strconv.FormatInt(r.bob.ID, 10), Detail: "admin"},
		{Login: r.alice.Login, Member: r.alice.ID, Action: "user.deactivate", Subject: carol, Detail: "regular"},
		{Login: r.alice.Login, Member: r.alice.ID, Action: "user.activate", Subject: carol, Detail: "regular"},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %+v", len(lines), lines)
	}
	for i, line := range lines {
		if line.At.IsZero() {
			t.Errorf("line %d has no time", i)
		}
		want[i].ID, want[i].At = line.ID, line.At
		if line != want[i] {
			t.Errorf("line %d is %+v, want %+v", i, line, want[i])
		}
	}
}

func TestUsersAreBoundedAndAnAdministratorStays(t *testing.T) {
	r := newRoom(t)
	save := func(by hub.Actor, u crm.User, change func(*crm.User)) string {
		change(&u)
		return codeOf(t, r.try(func(tx *store.Tx) error { _, err := r.hub.SaveUser(r.ctx, tx, by, u); return err }))
	}
	locale := func(n int) func(*crm.User) { return func(u *crm.User) { u.Locale = strings.Repeat("x", n) } }
	role := func(role crm.Role) func(*crm.User) { return func(u *crm.User) { u.Role = role } }
	alice, bob := hub.By(r.alice), hub.By(r.bob)
	gone := r.bob
	gone.Active = false
	for _, c := range []struct {
		name   string
		by     hub.Actor
		user   crm.User
		change func(*crm.User)
		code   string
	}{
		{"a language", bob, r.bob, locale(35), ""},
		{"a long language", bob, r.bob, locale(36), hub.CodeTooLong},
		{"a name that is none", bob, r.bob, func(u *crm.User) { u.Name = "" }, hub.CodeRequired},
		{"somebody else's name", bob, r.carol, func(u *crm.User) { u.Name = "Cora" }, hub.DeniedAdmin},
		{"one's own, when one is kept out", hub.By(gone), r.bob, func(u *crm.User) { u.Name = "Bert" }, hub.DeniedInactive},
		{"nobody", hub.Actor{}, r.bob, func(u *crm.User) { u.Name = "Bert" }, hub.DeniedNobody},
		{"the installation", hub.Actor{Kind: hub.System}, r.bob, func(u *crm.User) { u.Name = "Bert" }, ""},
		{"the only administrator steps down", alice, r.alice, role(crm.Regular), hub.DeniedLastAdmin},
		{"another is made", alice, r.bob, role(crm.Administrator), ""},
		{"and steps down", alice, r.bob, role(crm.Regular), ""},
		{"again", alice, r.bob, role(crm.Administrator), ""},
		{"and the first follows", alice, r.alice, role(crm.Regular), ""},
	} {
		if got := save(c.by, c.user, c.change); got != c.code {
			t.Errorf("%s: %q, want %q", c.name, got, c.code)
		}
	}
}

// An administrator who is kept out is none: they do not let the last one go.
func TestAnAdministratorWhoIsKeptOutDoesNotCount(t *testing.T) {
	r := newRoom(t)
	king := r.bob
	king.Role = crm.Administrator
	active := func(id store.ID, yes bool) string {
		return codeOf(t, r.try(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), id, yes) }))
	}
	r.do(func(tx *store.Tx) error { _, err := r.hub.SaveUser(r.ctx, tx, hub.By(r.alice), king); return err })
	if code := active(r.bob.ID, false); code != "" {
		t.Errorf("one of two administrators: %q", code)
	}
	if code := active(r.alice.ID, false); code != hub.DeniedLastAdmin {
		t.Errorf("the other one: %q", code)
	}
	if code := active(r.bob.ID, true); code != "" {
		t.Errorf("let in again: %q", code)
	}
	if code := active(r.carol.ID, false); code != "" {
		t.Errorf("a regular user: %q", code)
	}
}

func TestATypeKeepsWhatNeverChanges(t *testing.T) {
	r := newRoom(t)
	save := func(x crm.ActivityType) (crm.ActivityType, error) {
		err := r.try(func(tx *store.Tx) (err error) { x, err = r.hub.SaveType(r.ctx, tx, hub.By(r.alice), x); return err })
		return x, err
	}
	n := len(crm.DefaultTypes())
	made, err := save(crm.ActivityType{Name: "Sauna", Icon: strings.Repeat("i", 50), Color: strings.Repeat("c", 50)})
	if err != nil || made.Order != n+1 || made.Created.IsZero() || made.Updated.Before(made.Created) {
		t.Fatalf("%v: %+v", err, made)
	}
	if second, err := save(crm.ActivityType{Name: "Swim", Order: 3}); err != nil || second.Order != 3 {
		t.Errorf("%v: %+v", err, second)
	}
	changed, err := save(crm.ActivityType{ID: made.ID, Name: "Steam", Active: true, Order: 9})
	if err != nil || changed.Key != "sauna" || !changed.Custom || !changed.Created.Equal(made.Created) || !changed.Updated.After(made.Updated) ||
		changed.Name != "Steam" || changed.Order != 9 {
		t.Errorf("%v: %+v", err, changed)
	}
	if _, err := save(crm.ActivityType{ID: made.ID, Key: "sauna", Name: "Sauna", Active: true}); err != nil {
		t.Errorf("its own key: %v", err)
	}
	if _, err := save(crm.ActivityType{ID: 4711, Name: "x"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that there is not: %v", err)
	}
	for field, x := range map[string]crm.ActivityType{
		"icon": {Name: "x", Icon: strings.Repeat("i", 51)}, "color": {Name: "x", Color: strings.Repeat("c", 51)}, "name": {Name: strings.Repeat("n", 501)},
	} {
		_, err := save(x)
		checkInvalid(t, field, err, field, hub.CodeTooLong)
	}
}

// What an event is labelled with: the activity's own, or what its guests, person and deal belong to; never what is deleted.
func TestWhatAnActivityBelongsTo(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	org := func(name string) store.ID {
		o, err := r.saveOrganization(by, crm.Organization{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return o.ID
	}
	own, theirs, deals := org("Own"), org("Theirs"), org("The deal's")
	person, err := r.savePerson(by, crm.Person{Name: "Xenia", Emails: []string{"x@example.org"}, OrgID: theirs})
	if err != nil {
		t.Fatal(err)
	}
	alone, _ := r.savePerson(by, crm.Person{Name: "Yrjö", Emails: []string{"y@example.org"}})
	gone, _ := r.savePerson(by, crm.Person{Name: "Zoe", Emails: []string{"z@example.org"}, OrgID: theirs})
	deal, _ := r.saveDeal(by, crm.Deal{Title: "Ships", OrgID: deals})
	past, _ := r.saveDeal(by, crm.Deal{Title: "Past", OrgID: deals})
	r.do(func(tx *store.Tx) error {
		if err := r.hub.DeletePerson(r.ctx, tx, by, gone.ID); err != nil {
			return err
		}
		return r.hub.DeleteDeal(r.ctx, tx, by, past.ID)
	})
	guest := func(addresses ...string) (list []calendar.Guest) {
		for _, a := range addresses {
			list = append(list, calendar.Guest{Person: calendar.Person{Email: a}})
		}
		return list
	}
	for name, c := range map[string]struct {
		deal, person, org store.ID
		guests            []calendar.Guest
		want              crm.Context
	}{
		"nothing":                        {0, 0, 0, nil, crm.Context{}},
		"its own organisation":           {deal.ID, person.ID, own, nil, crm.Context{Deal: "Ships", Person: "Xenia", Organization: "Own"}},
		"the person's before the deal's": {deal.ID, person.ID, 0, nil, crm.Context{Deal: "Ships", Person: "Xenia", Organization: "Theirs"}},
		"the deal's":                     {deal.ID, alone.ID, 0, nil, crm.Context{Deal: "Ships", Person: "Yrjö", Organization: "The deal's"}},
		"of a deal that is gone":         {past.ID, 0, 0, nil, crm.Context{}},
		"of a person who is gone":        {0, gone.ID, 0, guest("x@example.org"), crm.Context{}},
		"of nobody that there is":        {4711, 4712, 4713, nil, crm.Context{}},
		"the first guest who is known":   {0, 0, 0, guest("", "w@example.org", "z@example.org", "y@example.org", "x@example.org"), crm.Context{Person: "Yrjö"}},
		"its person before guests":       {0, alone.ID, 0, guest("x@example.org"), crm.Context{Person: "Yrjö"}},
	} {
		a := crm.Activity{ID: 7, DealID: c.deal, PersonID: c.person, OrgID: c.org, Plan: calendar.Event{Values: calendar.Values{Guests: c.guests}}}
		for _, base := range []string{"", "https://tahti.example", "https://tahti.example/"} {
			if c.want.Link = ""; base != "" {
				c.want.Link = "https://tahti.example/activities/7"
			}
			r.do(func(tx *store.Tx) error {
				got, err := r.hub.Context(r.ctx, tx, &a, base)
				if got != c.want {
					t.Errorf("%s: %+v, want %+v", name, got, c.want)
				}
				return err
			})
		}
	}
	var matched []hub.MatchedGuest
	a := crm.Activity{Plan: calendar.Event{Values: calendar.Values{Guests: guest("", "z@example.org", "X@example.org")}}}
	r.do(func(tx *store.Tx) (err error) { matched, err = r.hub.Guests(r.ctx, tx, &a); return err })
	if len(matched) != 3 || matched[0].Person.ID != 0 || matched[1].Person.ID != 0 || matched[2].Person.ID != person.ID || matched[2].Email != "X@example.org" {
		t.Errorf("guests %+v", matched)
	}
}
