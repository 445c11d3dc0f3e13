package hub

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// MatchedGuest is a guest and the person of the CRM who has that address; Person.ID is 0 if nobody has.
type MatchedGuest struct {
	calendar.Guest
	Person crm.Person
}

// Guests matches an activity's guests with the CRM's persons by address.
func (h *Hub) Guests(ctx context.Context, tx Tx, a *crm.Activity) ([]MatchedGuest, error) {
	out := make([]MatchedGuest, 0, len(a.Plan.Guests))
	for _, g := range a.Plan.Guests {
		p, err := personOf(ctx, tx, g.Email)
		if err != nil {
			return nil, err
		}
		out = append(out, MatchedGuest{Guest: g, Person: p})
	}
	return out, nil
}

func personOf(ctx context.Context, tx Tx, email string) (crm.Person, error) {
	if email == "" {
		return crm.Person{}, nil
	}
	p, err := tx.PersonByEmail(ctx, email)
	if err != nil && !isNotFound(err) {
		return crm.Person{}, fmt.Errorf("find person: %w", err)
	}
	if err != nil || !p.DeletedAt.IsZero() {
		return crm.Person{}, nil
	}
	return p, nil
}

// Context names what an activity belongs to, for labels in events. Without a person of its own, it is the first guest whom
// the CRM knows; without an organisation, the person's or the deal's. Deleted rows are not named. baseURL is the address
// that users see; empty: no link.
func (h *Hub) Context(ctx context.Context, tx Tx, a *crm.Activity, baseURL string) (crm.Context, error) {
	var c crm.Context
	if baseURL != "" {
		c.Link = strings.TrimSuffix(baseURL, "/") + "/activities/" + strconv.FormatInt(a.ID, 10)
	}
	deal, err := read(ctx, a.DealID, tx.Deal)
	if err != nil {
		return crm.Context{}, err
	}
	person, err := h.personFor(ctx, tx, a)
	if err != nil {
		return crm.Context{}, err
	}
	orgID := a.OrgID
	if deal.DeletedAt.IsZero() {
		c.Deal = deal.Title
	} else {
		deal.OrgID = 0
	}
	c.Person = person.Name
	for _, id := range []store.ID{person.OrgID, deal.OrgID} {
		if orgID == 0 {
			orgID = id
		}
	}
	org, err := read(ctx, orgID, tx.Organization)
	if err != nil {
		return crm.Context{}, err
	}
	if org.DeletedAt.IsZero() {
		c.Organization = org.Name
	}
	return c, nil
}

func (h *Hub) personFor(ctx context.Context, tx Tx, a *crm.Activity) (crm.Person, error) {
	if a.PersonID != 0 {
		p, err := read(ctx, a.PersonID, tx.Person)
		if err != nil || !p.DeletedAt.IsZero() {
			return crm.Person{}, err
		}
		return p, nil
	}
	for _, g := range a.Plan.Guests {
		p, err := personOf(ctx, tx, g.Email)
		if err != nil || p.ID != 0 {
			return p, err
		}
	}
	return crm.Person{}, nil
}

// read reads a row that is pointed to; the zero row if nothing is, or if it is gone.
func read[T any](ctx context.Context, id store.ID, get func(context.Context, store.ID) (T, error)) (T, error) {
	var zero T
	if id == 0 {
		return zero, nil
	}
	row, err := get(ctx, id)
	if isNotFound(err) {
		return zero, nil
	}
	if err != nil {
		return zero, fmt.Errorf("read %T: %w", row, err)
	}
	return row, nil
}
