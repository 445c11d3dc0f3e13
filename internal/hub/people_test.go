package hub_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

func (r *room) savePerson(by hub.Actor, p crm.Person) (crm.Person, error) {
	err := r.try(func(tx *store.Tx) (err error) { p, err = r.hub.SavePerson(r.ctx, tx, by, p); return err })
	return p, err
}

func (r *room) saveOrganization(by hub.Actor, o crm.Organization) (crm.Organization, error) {
	err := r.try(func(tx *store.Tx) (err error) { o, err = r.hub.SaveOrganization(r.ctx, tx, by, o); return err })
	return o, err
}

func (r *room) saveDeal(by hub.Actor, d crm.Deal) (crm.Deal, error) {
	err := r.try(func(tx *store.Tx) (err error) { d, err = r.hub.SaveDeal(r.ctx, tx, by, d); return err })
	return d, err
}

func emails(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("p%d@example.org", i))
	}
	return list
}

// address is one of so many letters in all.
func address(n int) string { return strings.Repeat("a", n-len("@example.org")) + "@example.org" }

func TestWhatIsKnownOfPeopleIsBounded(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	gone, err := r.saveOrganization(by, crm.Organization{Name: "Gone"})
	if err != nil {
		t.Fatal(err)
	}
	r.do(func(tx *store.Tx) error { return r.hub.DeleteOrganization(r.ctx, tx, by, gone.ID) })
	name := func(n int) string { return strings.Repeat("ä", n) }
	for what, c := range map[string]struct {
		p           crm.Person
		field, code string
	}{
		"a name":                    {crm.Person{Name: name(500)}, "", ""},
		"no name":                   {crm.Person{}, "name", hub.CodeRequired},
		"a blank name":              {crm.Person{Name: " \t"}, "name", hub.CodeRequired},
		"a long name":               {crm.Person{Name: name(501)}, "name", hub.CodeTooLong},
		"many addresses":            {crm.Person{Name: "x", Emails: emails(50)}, "", ""},
		"more addresses":            {crm.Person{Name: "x", Emails: emails(51)}, "emails", hub.CodeTooMany},
		"no address":                {crm.Person{Name: "x", Emails: []string{"x@example.org", "x"}}, "emails", hub.CodeBadEmail},
		"a name with an address":    {crm.Person{Name: "x", Emails: []string{"x <x@example.org>"}}, "emails", hub.CodeBadEmail},
		"a long address":            {crm.Person{Name: "x", Emails: []string{address(500)}}, "", ""},
		"a longer address":          {crm.Person{Name: "x", Emails: []string{address(501)}}, "emails", hub.CodeBadEmail},
		"many numbers":              {crm.Person{Name: "x", Phones: make([]string, 50)}, "", ""},
		"more numbers":              {crm.Person{Name: "x", Phones: make([]string, 51)}, "phones", hub.CodeTooMany},
		"a long number":             {crm.Person{Name: "x", Phones: []string{"1", name(501)}}, "phones", hub.CodeTooLong},
		"of an unknown company":     {crm.Person{Name: "x", OrgID: 4711}, "org", hub.CodeUnknown},
		"of a company that is gone": {crm.Person{Name: "x", OrgID: gone.ID}, "org", hub.CodeUnknown},
	} {
		_, err := r.savePerson(by, c.p)
		checkInvalid(t, "a person, "+what, err, c.field, c.code)
	}
	for what, c := range map[string]struct {
		o           crm.Organization
		field, code string
	}{
		"an address":     {crm.Organization{Name: "x", Address: name(hub.MaxLine)}, "", ""},
		"a long address": {crm.Organization{Name: "x", Address: name(hub.MaxLine + 1)}, "address", hub.CodeTooLong},
		"no name":        {crm.Organization{Address: "x"}, "name", hub.CodeRequired},
	} {
		_, err := r.saveOrganization(by, c.o)
		checkInvalid(t, "an organisation, "+what, err, c.field, c.code)
	}
	for what, c := range map[string]struct {
		d           crm.Deal
		field, code string
	}{
		"no title":                 {crm.Deal{}, "title", hub.CodeRequired},
		"won":                      {crm.Deal{Title: "x", Status: "won", Value: -2.5}, "", ""},
		"lost":                     {crm.Deal{Title: "x", Status: "lost"}, "", ""},
		"no status that there is":  {crm.Deal{Title: "x", Status: "Won"}, "status", hub.CodeUnknown},
		"no number":                {crm.Deal{Title: "x", Value: math.NaN()}, "value", hub.CodeOutOfRange},
		"all the money":            {crm.Deal{Title: "x", Value: math.Inf(1)}, "value", hub.CodeOutOfRange},
		"all the debts":            {crm.Deal{Title: "x", Value: math.Inf(-1)}, "value", hub.CodeOutOfRange},
		"with nobody that is":      {crm.Deal{Title: "x", PersonID: 4711}, "person", hub.CodeUnknown},
		"with no company that is":  {crm.Deal{Title: "x", OrgID: 4711}, "org", hub.CodeUnknown},
		"with a company that went": {crm.Deal{Title: "x", OrgID: gone.ID}, "org", hub.CodeUnknown},
	} {
		_, err := r.saveDeal(by, c.d)
		checkInvalid(t, "a deal, "+what, err, c.field, c.code)
	}
}

// TestWhatIsKnownOfPeopleStays: who owns it, since when it is there, and what it belongs to, also after that was deleted.
func TestWhatIsKnownOfPeopleStays(t *testing.T) {
	r := newRoom(t)
	alice, bob := hub.By(r.alice), hub.By(r.bob)
	org, err := r.saveOrganization(bob, crm.Organization{Name: "Example"})
	if err != nil || org.OwnerID != r.bob.ID || org.CreatedAt.IsZero() || !org.CreatedAt.Equal(org.UpdatedAt) || !org.DeletedAt.IsZero() {
		t.Fatalf("%v: %+v", err, org)
	}
	person, err := r.savePerson(bob, crm.Person{Name: "Xenia", OrgID: org.ID, Emails: []string{"X@example.org", "y@example.org", "x@example.org"}})
	if err != nil || person.OwnerID != r.bob.ID || !slices.Equal(person.Emails, []string{"x@example.org", "y@example.org"}) {
		t.Fatalf("%v: %+v", err, person)
	}
	deal, err := r.saveDeal(bob, crm.Deal{Title: "Ships", OrgID: org.ID, PersonID: person.ID})
	if err != nil || deal.OwnerID != r.bob.ID || deal.Status != "open" {
		t.Fatalf("%v: %+v", err, deal)
	}
	r.do(func(tx *store.Tx) error {
		if err := r.hub.DeletePerson(r.ctx, tx, alice, person.ID); err != nil {
			return err
		}
		return r.hub.DeleteOrganization(r.ctx, tx, alice, org.ID)
	})
	// Neither saving again brings them back, nor does what they belong to have to be there still.
	deal.OwnerID, deal.Title, deal.Status = 0, "Boats", "won"
	changed, err := r.saveDeal(alice, deal)
	if err != nil || changed.OwnerID != r.bob.ID || !changed.CreatedAt.Equal(deal.CreatedAt) || !changed.UpdatedAt.After(deal.UpdatedAt) ||
		changed.Status != "won" {
		t.Errorf("%v: %+v", err, changed)
	}
	person.Name, person.OwnerID = "Xena", r.carol.ID
	again, err := r.savePerson(alice, person)
	if err != nil || again.DeletedAt.IsZero() || again.OwnerID != r.carol.ID || !again.CreatedAt.Equal(person.CreatedAt) {
		t.Errorf("%v: %+v", err, again)
	}
	stored := r.storedOrganization(org.ID)
	if stored.DeletedAt.IsZero() || !stored.UpdatedAt.After(org.UpdatedAt) || !stored.CreatedAt.Equal(org.CreatedAt) {
		t.Errorf("stored as %+v", stored)
	}
	r.do(func(tx *store.Tx) error { return r.hub.DeleteOrganization(r.ctx, tx, alice, org.ID) })
	if d := cmp.Diff(stored, r.storedOrganization(org.ID)); d != "" {
		t.Errorf("deleted twice: %s", d)
	}
	for name, ask := range map[string]func(tx *store.Tx) error{
		"a person":        func(tx *store.Tx) error { return r.hub.DeletePerson(r.ctx, tx, hub.Actor{}, person.ID) },
		"an organisation": func(tx *store.Tx) error { return r.hub.DeleteOrganization(r.ctx, tx, hub.Actor{}, org.ID) },
		"a deal":          func(tx *store.Tx) error { return r.hub.DeleteDeal(r.ctx, tx, hub.Actor{}, deal.ID) },
	} {
		if code := codeOf(t, r.try(ask)); code != hub.DeniedNobody {
			t.Errorf("nobody deletes %s: %q", name, code)
		}
	}
}

func (r *room) storedOrganization(id store.ID) (o crm.Organization) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) { o, err = tx.Organization(r.ctx, id); return err })
	return o
}

// A new name is written into the calendars that show it, one after the other, and into no others.
func TestANewNameIsWrittenWhereItIsShown(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	org, _ := r.saveOrganization(by, crm.Organization{Name: "Example"})
	person, _ := r.savePerson(by, crm.Person{Name: "Xenia"})
	deal, err := r.saveDeal(by, crm.Deal{Title: "Ships"})
	if err != nil {
		t.Fatal(err)
	}
	shows := r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true })
	titles := r.connect(r.alice, func(s *lens.Settings) { s.TitleTemplate = "{deal} > {subject}" })
	others := map[string]store.ID{
		"bare":     r.connect(r.alice, nil),
		"one way":  r.connect(r.alice, func(s *lens.Settings) { s.CRMContext, s.Direction = true, lens.ToCRM }),
		"stopped":  r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true }),
		"not tied": r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true }),
	}
	broken := r.connect(r.alice, nil)
	r.connection(others["stopped"], func(c *store.Connection) { c.State = store.Stopped })
	r.connection(broken, func(c *store.Connection) { c.Settings = []byte(`{"colour":1}`) })
	var all []crm.Activity
	for range 2 {
		a := meeting("Visit")
		a.DealID, a.PersonID, a.OrgID = deal.ID, person.ID, org.ID
		a = r.create(by, a)
		all = append(all, a)
		for _, c := range []store.ID{shows, titles, others["bare"], others["one way"], others["stopped"], broken} {
			r.link(c, a.ID, true)
		}
	}
	quiet := func() {
		for _, a := range all {
			r.marked(a.ID, append([]store.ID{shows, titles, broken}, slices.Collect(maps.Values(others))...)...)
		}
	}
	quiet()
	for name, rename := range map[string]func(tx *store.Tx, to string) error{
		"deal": func(tx *store.Tx, to string) (err error) {
			deal.Title = to
			deal, err = r.hub.SaveDeal(r.ctx, tx, by, deal)
			return err
		},
		"person": func(tx *store.Tx, to string) (err error) {
			person.Name = to
			person, err = r.hub.SavePerson(r.ctx, tx, by, person)
			return err
		},
		"organisation": func(tx *store.Tx, to string) (err error) {
			org.Name = to
			org, err = r.hub.SaveOrganization(r.ctx, tx, by, org)
			return err
		},
	} {
		before := r.clock.now
		r.do(func(tx *store.Tx) error { return rename(tx, "New name") })
		var due []int
		for _, c := range []store.ID{shows, titles, broken} {
			for _, w := range r.work(c) {
				due = append(due, int(w.Due.Sub(before).Seconds()))
			}
		}
		slices.Sort(due)
		// Two activities, three calendars, two seconds apart; looking at the clock takes one.
		if len(due) != 6 || due[5]-due[0] != 10 || due[0] < 2 {
			t.Errorf("%s: written after %v seconds", name, due)
		}
		for what, c := range others {
			if list := r.work(c); len(list) > 0 {
				t.Errorf("%s, %s: %d are written", name, what, len(list))
			}
		}
		quiet()
		r.do(func(tx *store.Tx) error { return rename(tx, "New name") })
		if list := r.work(shows); len(list) > 0 {
			t.Errorf("%s: the same name is written %d times", name, len(list))
		}
	}
	for name, remove := range map[string]func(tx *store.Tx) error{
		"deal":         func(tx *store.Tx) error { return r.hub.DeleteDeal(r.ctx, tx, by, deal.ID) },
		"person":       func(tx *store.Tx) error { return r.hub.DeletePerson(r.ctx, tx, by, person.ID) },
		"organisation": func(tx *store.Tx) error { return r.hub.DeleteOrganization(r.ctx, tx, by, org.ID) },
	} {
		for n, want := range []int{2, 0} {
			r.do(remove)
			if list := r.work(shows); len(list) != want {
				t.Errorf("%s, deleted %d times before: %d are written", name, n, len(list))
			}
			quiet()
		}
	}
}

// checkInvalid demands that a value was refused under a field with a code; no code: that it was taken.
func checkInvalid(t *testing.T, name string, err error, field, code string) {
	t.Helper()
	got := codeOf(t, err)
	if got != code {
		t.Errorf("%s: %q, want %q", name, got, code)
		return
	}
	if code != "" && !strings.HasPrefix(err.Error(), field+": ") {
		t.Errorf("%s: %v, want it of %s", name, err, field)
	}
}

// connection changes how a connection is stored.
func (r *room) connection(id store.ID, change func(*store.Connection)) {
	r.t.Helper()
	r.do(func(tx *store.Tx) error {
		c, err := tx.Connection(r.ctx, id)
		if err != nil {
			return err
		}
		change(&c)
		return tx.PutConnection(r.ctx, &c)
	})
}

func (r *room) work(connection store.ID) (list []store.Work) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) { list, err = tx.ListWork(r.ctx, connection, 0, 1000); return err })
	return list
}

// Five hundred are read at a time, and all are written.
func TestANewNameReachesManyActivities(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	deal, err := r.saveDeal(by, crm.Deal{Title: "Ships"})
	if err != nil {
		t.Fatal(err)
	}
	c := r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true })
	const many = hub.MaxPage + 1
	r.do(func(tx *store.Tx) error {
		for i := range many {
			a := meeting("Visit")
			a.DealID = deal.ID
			a, err := r.hub.Create(r.ctx, tx, hub.BySync(c, 1), withOwner(a, r.alice))
			if err != nil {
				return err
			}
			l := store.Link{Connection: c, Activity: a.ID, Remote: fmt.Sprint(i), State: store.LinkLinked, Incarnation: 1, Changed: r.clock.Now()}
			if err := tx.PutLink(r.ctx, &l); err != nil {
				return err
			}
		}
		return nil
	})
	deal.Title = "Boats"
	if _, err := r.saveDeal(by, deal); err != nil {
		t.Fatal(err)
	}
	if n := len(r.work(c)); n != many {
		t.Errorf("%d of %d are written", n, many)
	}
}
