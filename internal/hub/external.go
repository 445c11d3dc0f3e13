package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// What an activity belongs to in another CRM is tied to rows of ours: by a tie that there is, else to the only row of exactly this name,
// else to one that is made. Nothing that is called otherwise later is tied anew, and a row that was deleted here stays tied.

// Refs is what an activity belongs to in the words of another CRM: what has a tie there by its id, what has none as [calendar.Ref.Here].
func (h *Hub) Refs(ctx context.Context, tx Tx, server string, a *crm.Activity) (calendar.Facets, error) {
	var all calendar.Facets
	for _, f := range calendar.References.List() {
		ours := *a.Row(f)
		if ours == 0 {
			continue
		}
		remote, err := tx.ExternalID(ctx, server, f.String(), ours)
		switch {
		case isNotFound(err):
			all.Ref(f).Here = ours
		case err != nil:
			return all, fmt.Errorf("read tie: %w", err)
		default:
			all.Ref(f).ID = remote
		}
	}
	return all, nil
}

// RowOf answers which row of ours a reference of another CRM is; 0 if it is none, or not known here.
func (h *Hub) RowOf(ctx context.Context, tx Tx, server string, f calendar.Field, r calendar.Ref) (store.ID, error) {
	if r.ID == "" {
		return r.Here, nil
	}
	ours, err := tx.ExternalRow(ctx, server, f.String(), r.ID)
	if isNotFound(err) {
		return 0, nil
	}
	return ours, err
}

// Adopt answers which row of ours a reference is that comes in with an activity of owner's; one that is seen for the first time is tied
// to what is called the same here, or made.
func (h *Hub) Adopt(ctx context.Context, tx Tx, by Actor, owner store.ID, server string, f calendar.Field, r calendar.Ref) (store.ID, error) {
	ours, err := h.RowOf(ctx, tx, server, f, r)
	if err != nil || ours != 0 || r.ID == "" {
		return ours, err
	}
	kind, name := f.String(), clip(r.Name)
	if name == "" {
		name = "#" + clip(r.ID)
	}
	if ours, err = h.namesake(ctx, tx, server, kind, name); err != nil {
		return 0, err
	}
	if ours == 0 {
		if ours, err = h.makeRow(ctx, tx, by, owner, f, name); err != nil {
			return 0, fmt.Errorf("make %s: %w", kind, err)
		}
	}
	if err := tx.PutExternal(ctx, store.External{Server: server, Kind: kind, Remote: r.ID, Ours: ours}); err != nil {
		return 0, err
	}
	return ours, h.nowTied(ctx, tx, f, ours)
}

// nowTied lets what belongs to a row of ours be written again where that is held, as it is known there by now.
func (h *Hub) nowTied(ctx context.Context, tx Tx, f calendar.Field, ours store.ID) error {
	filter := store.ActivityFilter{}
	switch f {
	case calendar.DealFacet:
		filter.Deal = ours
	case calendar.PersonFacet:
		filter.Person = ours
	case calendar.OrgFacet:
		filter.Org = ours
	}
	return h.rewrite(ctx, tx, filter, func(c *store.Connection) bool { return c.Health.Limits.Facets.Has(f) })
}

// namesake is the only row of a name, unless it is another one there; 0 if there is none.
func (h *Hub) namesake(ctx context.Context, tx Tx, server, kind, name string) (store.ID, error) {
	same, err := tx.Named(ctx, kind, name, 2)
	if err != nil || len(same) != 1 {
		return 0, err
	}
	_, err = tx.ExternalID(ctx, server, kind, same[0])
	if isNotFound(err) {
		return same[0], nil
	}
	return 0, err
}

func (h *Hub) makeRow(ctx context.Context, tx Tx, by Actor, owner store.ID, f calendar.Field, name string) (store.ID, error) {
	switch f {
	case calendar.DealFacet:
		d, err := h.SaveDeal(ctx, tx, by, crm.Deal{OwnerID: owner, Title: name})
		return d.ID, err
	case calendar.PersonFacet:
		p, err := h.SavePerson(ctx, tx, by, crm.Person{OwnerID: owner, Name: name})
		return p.ID, err
	case calendar.OrgFacet:
		o, err := h.SaveOrganization(ctx, tx, by, crm.Organization{OwnerID: owner, Name: name})
		return o.ID, err
	}
	panic(fmt.Sprintf("hub: %s points to nothing that could be made", f))
}

// clip makes a name of what another program calls something.
func clip(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), ""))
	if utf8.RuneCountInString(s) > maxName {
		s = strings.TrimSpace(string([]rune(s)[:maxName]))
	}
	return s
}

// maxTypes bounds the types that sync adds to a company.
const maxTypes = 100

// AdoptType answers the key of the type that an activity of another CRM has. One that this company does not have is added under its very
// key, so that both sides go on calling it the same; where there are too many already, or the key is none, it is what.
func (h *Hub) AdoptType(ctx context.Context, tx Tx, r calendar.Ref, what string) (string, error) {
	types, err := tx.Types(ctx)
	if err != nil {
		return "", fmt.Errorf("list types: %w", err)
	}
	name := clip(r.Name)
	if name == "" {
		name = clip(r.ID)
	}
	switch {
	case slices.ContainsFunc(types, func(t crm.ActivityType) bool { return t.Key == r.ID }):
		return r.ID, nil
	case r.ID == "", len(r.ID) > maxTypeKey, r.ID != clip(r.ID), len(types) >= maxTypes:
		return what, nil
	}
	t := crm.ActivityType{Key: r.ID, Name: name, Order: len(types) + 1, Active: true, Custom: true, Updated: h.now(), Created: h.now()}
	if err := tx.PutType(ctx, &t); err != nil && !errors.Is(err, store.ErrExists) {
		return "", fmt.Errorf("add type: %w", err)
	}
	return r.ID, nil
}

// maxTypeKey is how long the key of a type may be that comes from elsewhere.
const maxTypeKey = 100
