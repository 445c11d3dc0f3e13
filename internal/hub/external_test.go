package hub_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

const place = "https://acme.example.com"

func (r *room) adopt(server string, f calendar.Field, ref calendar.Ref) (id store.ID) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) {
		id, err = r.hub.Adopt(r.ctx, tx, hub.BySync(1, 1), r.bob.ID, server, f, ref)
		return err
	})
	return id
}

func (r *room) newPerson(name string) (p crm.Person) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) {
		p, err = r.hub.SavePerson(r.ctx, tx, hub.By(r.alice), crm.Person{Name: name})
		return err
	})
	return p
}

func TestAReferenceIsTiedByTieElseByNameElseMade(t *testing.T) {
	r := newRoom(t)
	ann := r.newPerson("Ann")
	r.newPerson("Twin")
	r.newPerson("Twin")
	byName := r.adopt(place, calendar.PersonFacet, calendar.Ref{ID: "1", Name: "Ann"})
	if byName != ann.ID {
		t.Errorf("Ann is %d, want %d", byName, ann.ID)
	}
	if got := r.adopt(place, calendar.PersonFacet, calendar.Ref{ID: "1", Name: "Anna"}); got != ann.ID {
		t.Errorf("renamed there, she is %d", got)
	}
	second := r.adopt(place, calendar.PersonFacet, calendar.Ref{ID: "2", Name: "Ann"})
	if second == ann.ID || second == 0 {
		t.Errorf("another Ann there is %d", second)
	}
	if got := r.adopt("https://other.example.com", calendar.PersonFacet, calendar.Ref{ID: "9", Name: "Ann"}); got == ann.ID || got == second {
		t.Errorf("of two of that name one was guessed: %d", got)
	}
	twin := r.adopt(place, calendar.PersonFacet, calendar.Ref{ID: "3", Name: "Twin"})
	r.do(func(tx *store.Tx) error {
		p, err := tx.Person(r.ctx, twin)
		if p.Name != "Twin" || p.OwnerID != r.bob.ID || p.ID == ann.ID {
			t.Errorf("made: %+v", p)
		}
		return err
	})
	for f, want := range map[calendar.Field]string{calendar.DealFacet: "Big", calendar.OrgFacet: "Acme"} {
		id := r.adopt(place, f, calendar.Ref{ID: "1", Name: want})
		if again := r.adopt(place, f, calendar.Ref{ID: "1"}); id == 0 || again != id {
			t.Errorf("%s: %d, then %d", f, id, again)
		}
	}
	if got := r.adopt(place, calendar.DealFacet, calendar.Ref{}); got != 0 {
		t.Errorf("none is deal %d", got)
	}
	nameless := r.adopt(place, calendar.DealFacet, calendar.Ref{ID: "77", Name: " \x00 "})
	r.do(func(tx *store.Tx) error {
		d, err := tx.Deal(r.ctx, nameless)
		if d.Title != "#77" {
			t.Errorf("without a name it is called %q", d.Title)
		}
		return err
	})
}

func TestReferencesDoNotCrossCompanies(t *testing.T) {
	r := newRoom(t)
	id := r.adopt(place, calendar.DealFacet, calendar.Ref{ID: "1", Name: "Big"})
	company, err := r.hub.NewCompany(r.ctx, r.db, "Other")
	if err != nil {
		t.Fatal(err)
	}
	err = r.db.Tx(r.ctx, company.ID, func(tx *store.Tx) error {
		got, err := r.hub.RowOf(r.ctx, tx, place, calendar.DealFacet, calendar.Ref{ID: "1"})
		if got != 0 {
			t.Errorf("another company knows the deal as %d", got)
		}
		return err
	})
	if err != nil || id == 0 {
		t.Fatal(err)
	}
}

func TestAnActivitySpeaksOfItsRowsAsTheOtherSideDoes(t *testing.T) {
	r := newRoom(t)
	ann := r.newPerson("Ann")
	deal := r.adopt(place, calendar.DealFacet, calendar.Ref{ID: "d", Name: "Big"})
	r.do(func(tx *store.Tx) error {
		got, err := r.hub.Refs(r.ctx, tx, place, &crm.Activity{DealID: deal, PersonID: ann.ID})
		if want := (calendar.Facets{Deal: calendar.Ref{ID: "d"}, Person: calendar.Ref{Here: ann.ID}}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		return err
	})
}

func TestWhatSyncBringsMayBelongToWhatWasDeletedHere(t *testing.T) {
	r := newRoom(t)
	deal := r.adopt(place, calendar.DealFacet, calendar.Ref{ID: "d", Name: "Big"})
	plan := calendar.Event{Values: calendar.Values{Subject: "Call", Start: at(2026, 3, 2, 10, 0), End: at(2026, 3, 2, 11, 0)}}
	r.do(func(tx *store.Tx) error {
		if err := r.hub.DeleteDeal(r.ctx, tx, hub.By(r.alice), deal); err != nil {
			return err
		}
		_, err := r.hub.Create(r.ctx, tx, hub.BySync(0, 0), crm.Activity{OwnerID: r.alice.ID, Type: "call", DealID: deal, Plan: plan})
		return err
	})
	err := r.try(func(tx *store.Tx) error {
		_, err := r.hub.Create(r.ctx, tx, hub.By(r.alice), crm.Activity{Type: "call", DealID: deal, Plan: plan})
		return err
	})
	if err == nil {
		t.Error("a person gave an activity to a deal that is deleted")
	}
}

func TestATypeOfAnotherCRMIsAddedUnderItsKey(t *testing.T) {
	r := newRoom(t)
	adopt := func(ref calendar.Ref) (key string) {
		r.do(func(tx *store.Tx) (err error) { key, err = r.hub.AdoptType(r.ctx, tx, ref, "meeting"); return err })
		return key
	}
	long := strings.Repeat("x", 101)
	for _, c := range []struct{ ref, want string }{{"call", "call"}, {"site_visit", "site_visit"}, {"site_visit", "site_visit"}, {"", "meeting"}, {long, "meeting"}} {
		if got := adopt(calendar.Ref{ID: c.ref, Name: "Site visit"}); got != c.want {
			t.Errorf("%q is %q, want %q", c.ref, got, c.want)
		}
	}
	for n := range 200 {
		adopt(calendar.Ref{ID: fmt.Sprint("kind_", n)})
	}
	r.do(func(tx *store.Tx) error {
		types, err := tx.Types(r.ctx)
		var found crm.ActivityType
		for _, x := range types {
			if x.Key == "site_visit" {
				found = x
			}
		}
		if !found.Custom || !found.Active || found.Name != "Site visit" || len(types) != 100 {
			t.Errorf("%d types, one of them %+v", len(types), found)
		}
		return err
	})
}
