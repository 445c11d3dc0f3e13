package hub

import (
	"context"
	"fmt"
	"math"
	"net/mail"
	"slices"
	"strings"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// Bounds of what is known of people, organisations and deals.
const (
	maxName   = 500
	maxEmails = 50
)

// SavePerson adds a person (ID 0) or changes one. Deleting is [Hub.DeletePerson]'s.
func (h *Hub) SavePerson(ctx context.Context, tx Tx, by Actor, p crm.Person) (crm.Person, error) {
	var old crm.Person
	err := h.begin(by, p.ID, func() (err error) { old, err = tx.Person(ctx, p.ID); return err })
	if err != nil {
		return crm.Person{}, err
	}
	if err := checkName("name", p.Name); err != nil {
		return crm.Person{}, err
	}
	if p.Emails, err = tidyEmails(p.Emails); err != nil {
		return crm.Person{}, err
	}
	if len(p.Phones) > maxEmails {
		return crm.Person{}, &Invalid{Field: "phones", Code: CodeTooMany}
	}
	for _, phone := range p.Phones {
		if err := checkText("phones", phone, maxName); err != nil {
			return crm.Person{}, err
		}
	}
	if p.OrgID != 0 && p.OrgID != old.OrgID {
		o, err := tx.Organization(ctx, p.OrgID)
		if err := usable("org", err, o.DeletedAt); err != nil {
			return crm.Person{}, err
		}
	}
	p.OwnerID = ownerOf(by, p.OwnerID, old.OwnerID)
	p.CreatedAt, p.UpdatedAt, p.DeletedAt = h.times(old.CreatedAt, old.DeletedAt)
	if err := tx.PutPerson(ctx, &p); err != nil {
		return crm.Person{}, fmt.Errorf("save person: %w", err)
	}
	if old.ID != 0 && old.Name != p.Name {
		err = h.relabel(ctx, tx, store.ActivityFilter{Person: p.ID})
	}
	return p, err
}

// SaveOrganization adds an organisation (ID 0) or changes one.
func (h *Hub) SaveOrganization(ctx context.Context, tx Tx, by Actor, o crm.Organization) (crm.Organization, error) {
	var old crm.Organization
	err := h.begin(by, o.ID, func() (err error) { old, err = tx.Organization(ctx, o.ID); return err })
	if err != nil {
		return crm.Organization{}, err
	}
	if err := checkName("name", o.Name); err != nil {
		return crm.Organization{}, err
	}
	if err := checkText("address", o.Address, MaxLine); err != nil {
		return crm.Organization{}, err
	}
	o.OwnerID = ownerOf(by, o.OwnerID, old.OwnerID)
	o.CreatedAt, o.UpdatedAt, o.DeletedAt = h.times(old.CreatedAt, old.DeletedAt)
	if err := tx.PutOrganization(ctx, &o); err != nil {
		return crm.Organization{}, fmt.Errorf("save organization: %w", err)
	}
	if old.ID != 0 && old.Name != o.Name {
		err = h.relabel(ctx, tx, store.ActivityFilter{Org: o.ID})
	}
	return o, err
}

// SaveDeal adds a deal (ID 0) or changes one.
func (h *Hub) SaveDeal(ctx context.Context, tx Tx, by Actor, d crm.Deal) (crm.Deal, error) {
	var old crm.Deal
	err := h.begin(by, d.ID, func() (err error) { old, err = tx.Deal(ctx, d.ID); return err })
	if err != nil {
		return crm.Deal{}, err
	}
	if d.Status == "" {
		d.Status = "open"
	}
	switch {
	case !slices.Contains([]string{"open", "won", "lost"}, d.Status):
		return crm.Deal{}, &Invalid{Field: "status", Code: CodeUnknown, Detail: d.Status}
	case math.IsNaN(d.Value) || math.IsInf(d.Value, 0):
		return crm.Deal{}, &Invalid{Field: "value", Code: CodeOutOfRange}
	case len(d.Currency) > 10:
		return crm.Deal{}, &Invalid{Field: "currency", Code: CodeTooLong}
	}
	if err := checkName("title", d.Title); err != nil {
		return crm.Deal{}, err
	}
	if d.PersonID != 0 && d.PersonID != old.PersonID {
		p, err := tx.Person(ctx, d.PersonID)
		if err := usable("person", err, p.DeletedAt); err != nil {
			return crm.Deal{}, err
		}
	}
	if d.OrgID != 0 && d.OrgID != old.OrgID {
		o, err := tx.Organization(ctx, d.OrgID)
		if err := usable("org", err, o.DeletedAt); err != nil {
			return crm.Deal{}, err
		}
	}
	d.OwnerID = ownerOf(by, d.OwnerID, old.OwnerID)
	d.CreatedAt, d.UpdatedAt, d.DeletedAt = h.times(old.CreatedAt, old.DeletedAt)
	if err := tx.PutDeal(ctx, &d); err != nil {
		return crm.Deal{}, fmt.Errorf("save deal: %w", err)
	}
	if old.ID != 0 && old.Title != d.Title {
		err = h.relabel(ctx, tx, store.ActivityFilter{Deal: d.ID})
	}
	return d, err
}

// DeletePerson deletes a person softly; activities keep pointing to them, and no longer name them.
func (h *Hub) DeletePerson(ctx context.Context, tx Tx, by Actor, id store.ID) error {
	var p crm.Person
	err := h.begin(by, id, func() (err error) { p, err = tx.Person(ctx, id); return err })
	if err != nil || !p.DeletedAt.IsZero() {
		return err
	}
	p.DeletedAt, p.UpdatedAt = h.now(), h.now()
	if err := tx.PutPerson(ctx, &p); err != nil {
		return fmt.Errorf("delete person: %w", err)
	}
	return h.relabel(ctx, tx, store.ActivityFilter{Person: id})
}

// DeleteOrganization deletes an organisation softly.
func (h *Hub) DeleteOrganization(ctx context.Context, tx Tx, by Actor, id store.ID) error {
	var o crm.Organization
	err := h.begin(by, id, func() (err error) { o, err = tx.Organization(ctx, id); return err })
	if err != nil || !o.DeletedAt.IsZero() {
		return err
	}
	o.DeletedAt, o.UpdatedAt = h.now(), h.now()
	if err := tx.PutOrganization(ctx, &o); err != nil {
		return fmt.Errorf("delete organization: %w", err)
	}
	return h.relabel(ctx, tx, store.ActivityFilter{Org: id})
}

// DeleteDeal deletes a deal softly.
func (h *Hub) DeleteDeal(ctx context.Context, tx Tx, by Actor, id store.ID) error {
	var d crm.Deal
	err := h.begin(by, id, func() (err error) { d, err = tx.Deal(ctx, id); return err })
	if err != nil || !d.DeletedAt.IsZero() {
		return err
	}
	d.DeletedAt, d.UpdatedAt = h.now(), h.now()
	if err := tx.PutDeal(ctx, &d); err != nil {
		return fmt.Errorf("delete deal: %w", err)
	}
	return h.relabel(ctx, tx, store.ActivityFilter{Deal: id})
}

// begin refuses nobodies and reads the stored row of an id that is given.
func (h *Hub) begin(by Actor, id store.ID, read func() error) error {
	if err := mayBegin(by); err != nil || id == 0 {
		return err
	}
	return read()
}

func (h *Hub) times(created, deleted time.Time) (time.Time, time.Time, time.Time) {
	now := h.now()
	if created.IsZero() {
		created = now
	}
	return created, now, deleted
}

func ownerOf(by Actor, asked, old store.ID) store.ID {
	switch {
	case asked != 0:
		return asked
	case old != 0:
		return old
	}
	return by.User.ID
}

func checkName(field, name string) error {
	if strings.TrimSpace(name) == "" {
		return &Invalid{Field: field, Code: CodeRequired}
	}
	return checkText(field, name, maxName)
}

// tidyEmails lowers, checks and keeps each address once, the first staying the main one.
func tidyEmails(list []string) ([]string, error) {
	if len(list) > maxEmails {
		return nil, &Invalid{Field: "emails", Code: CodeTooMany}
	}
	var out []string
	for _, s := range list {
		email, err := tidyEmail(s)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, email) {
			out = append(out, email)
		}
	}
	return out, nil
}

func tidyEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxName {
		return "", &Invalid{Field: "emails", Code: CodeBadEmail, Detail: s}
	}
	return s, nil
}
