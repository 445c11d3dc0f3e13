package store

import (
	"context"
	"slices"
	"strings"

	"tahti/internal/crm"
)

var personTable = newTable("person", "owner name emails phones org created updated deleted")

func personColumns(p *crm.Person) []any {
	return []any{
		&p.ID, ref(&p.OwnerID), &p.Name, slice(&p.Emails), slice(&p.Phones), ref(&p.OrgID),
		at(&p.CreatedAt), at(&p.UpdatedAt), at(&p.DeletedAt),
	}
}

// Person reads one person, also a deleted one.
func (tx *Tx) Person(ctx context.Context, id ID) (crm.Person, error) {
	return get(ctx, tx, personTable, id, personColumns)
}

// Persons lists the live ones by id, those after an id.
func (tx *Tx) Persons(ctx context.Context, after ID, limit int) ([]crm.Person, error) {
	return all(ctx, tx, personTable, personColumns, "id > $2 AND deleted = 0 ORDER BY id LIMIT $3", after, limited(limit))
}

// PersonByEmail reads the live person with an address; of several the first that was made.
func (tx *Tx) PersonByEmail(ctx context.Context, email string) (crm.Person, error) {
	return find(ctx, tx, personTable, personColumns,
		"id = (SELECT min(person) FROM person_email WHERE company = $1 AND email = $2)", strings.ToLower(email))
}

// PutPerson saves a person and what addresses find them.
func (tx *Tx) PutPerson(ctx context.Context, p *crm.Person) error {
	fresh := p.ID == 0
	if err := tx.put(ctx, personTable, personColumns(p)); err != nil {
		return err
	}
	if !fresh {
		if _, err := tx.exec(ctx, "DELETE FROM person_email WHERE company = $1 AND person = $2", tx.company, p.ID); err != nil {
			return wrap(err, "save addresses of person %d", p.ID)
		}
	}
	if !p.DeletedAt.IsZero() {
		return nil
	}
	for _, email := range p.Emails {
		_, err := tx.exec(ctx, "INSERT INTO person_email (company, email, person) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			tx.company, strings.ToLower(email), p.ID)
		if err != nil {
			return wrap(err, "save addresses of person %d", p.ID)
		}
	}
	return nil
}

var organizationTable = newTable("organization", "owner name address created updated deleted")

func organizationColumns(o *crm.Organization) []any {
	return []any{&o.ID, ref(&o.OwnerID), &o.Name, &o.Address, at(&o.CreatedAt), at(&o.UpdatedAt), at(&o.DeletedAt)}
}

// Organization reads one organisation, also a deleted one.
func (tx *Tx) Organization(ctx context.Context, id ID) (crm.Organization, error) {
	return get(ctx, tx, organizationTable, id, organizationColumns)
}

// Organizations lists the live ones by id, those after an id.
func (tx *Tx) Organizations(ctx context.Context, after ID, limit int) ([]crm.Organization, error) {
	return all(ctx, tx, organizationTable, organizationColumns, "id > $2 AND deleted = 0 ORDER BY id LIMIT $3", after, limited(limit))
}

// PutOrganization saves an organisation.
func (tx *Tx) PutOrganization(ctx context.Context, o *crm.Organization) error {
	return tx.put(ctx, organizationTable, organizationColumns(o))
}

var dealTable = newTable("deal", "owner title person org status value currency created updated deleted")

func dealColumns(d *crm.Deal) []any {
	return []any{
		&d.ID, ref(&d.OwnerID), &d.Title, ref(&d.PersonID), ref(&d.OrgID), &d.Status, &d.Value, &d.Currency,
		at(&d.CreatedAt), at(&d.UpdatedAt), at(&d.DeletedAt),
	}
}

// Deal reads one deal, also a deleted one.
func (tx *Tx) Deal(ctx context.Context, id ID) (crm.Deal, error) {
	return get(ctx, tx, dealTable, id, dealColumns)
}

// Deals lists the live ones by id, those after an id.
func (tx *Tx) Deals(ctx context.Context, after ID, limit int) ([]crm.Deal, error) {
	return all(ctx, tx, dealTable, dealColumns, "id > $2 AND deleted = 0 ORDER BY id LIMIT $3", after, limited(limit))
}

// PutDeal saves a deal.
func (tx *Tx) PutDeal(ctx context.Context, d *crm.Deal) error {
	return tx.put(ctx, dealTable, dealColumns(d))
}

var typeTable = newTable("activity_type", "key name icon color ord active custom updated created")

func typeColumns(t *crm.ActivityType) []any {
	return []any{&t.ID, &t.Key, &t.Name, &t.Icon, &t.Color, &t.Order, &t.Active, &t.Custom, at(&t.Updated), at(&t.Created)}
}

// Types lists the activity types in the order that people gave them.
func (tx *Tx) Types(ctx context.Context) (list []crm.ActivityType, err error) {
	if tx.types == nil { // each activity of a run asks for them
		if tx.types, err = all(ctx, tx, typeTable, typeColumns, "true ORDER BY ord, id"); err != nil {
			return nil, err
		}
	}
	return slices.Clone(tx.types), nil
}

// PutType saves a type; [ErrExists] where another has the key.
func (tx *Tx) PutType(ctx context.Context, t *crm.ActivityType) error {
	tx.types = nil
	return tx.put(ctx, typeTable, typeColumns(t))
}
