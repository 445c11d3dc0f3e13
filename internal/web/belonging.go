package web

import (
	"errors"
	"fmt"
	"strings"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// maxNames bounds how many names a form offers and looks through.
const maxNames = 2000

// known are the names that a form offers as deal, person and organisation.
type known struct{ Deals, Persons, Orgs []string }

func (v *visit) known(tx engine.Tx) (known, error) {
	var k known
	deals, err := tx.Deals(v.ctx(), 0, maxNames)
	persons, err2 := tx.Persons(v.ctx(), 0, maxNames)
	orgs, err3 := tx.Organizations(v.ctx(), 0, maxNames)
	for _, d := range deals {
		if d.DeletedAt.IsZero() {
			k.Deals = append(k.Deals, d.Title)
		}
	}
	for _, p := range persons {
		if p.DeletedAt.IsZero() {
			k.Persons = append(k.Persons, p.Name)
		}
	}
	for _, o := range orgs {
		if o.DeletedAt.IsZero() {
			k.Orgs = append(k.Orgs, o.Name)
		}
	}
	return k, errors.Join(err, err2, err3)
}

// dealNamed finds a deal by its title, or adds it; an empty name is none.
func (v *visit) dealNamed(tx engine.Tx, name string) (store.ID, error) {
	if name == "" {
		return 0, nil
	}
	list, err := tx.Deals(v.ctx(), 0, maxNames)
	if err != nil {
		return 0, fmt.Errorf("list deals: %w", err)
	}
	for _, d := range list {
		if d.DeletedAt.IsZero() && strings.EqualFold(d.Title, name) {
			return d.ID, nil
		}
	}
	d, err := v.hub().SaveDeal(v.ctx(), tx, v.by(), crm.Deal{Title: name})
	return d.ID, err
}

// personNamed does the same for people.
func (v *visit) personNamed(tx engine.Tx, name string) (store.ID, error) {
	if name == "" {
		return 0, nil
	}
	list, err := tx.Persons(v.ctx(), 0, maxNames)
	if err != nil {
		return 0, fmt.Errorf("list people: %w", err)
	}
	for _, p := range list {
		if p.DeletedAt.IsZero() && strings.EqualFold(p.Name, name) {
			return p.ID, nil
		}
	}
	p, err := v.hub().SavePerson(v.ctx(), tx, v.by(), crm.Person{Name: name})
	return p.ID, err
}

// orgNamed does the same for organisations.
func (v *visit) orgNamed(tx engine.Tx, name string) (store.ID, error) {
	if name == "" {
		return 0, nil
	}
	list, err := tx.Organizations(v.ctx(), 0, maxNames)
	if err != nil {
		return 0, fmt.Errorf("list organizations: %w", err)
	}
	for _, o := range list {
		if o.DeletedAt.IsZero() && strings.EqualFold(o.Name, name) {
			return o.ID, nil
		}
	}
	o, err := v.hub().SaveOrganization(v.ctx(), tx, v.by(), crm.Organization{Name: name})
	return o.ID, err
}
