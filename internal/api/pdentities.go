package api

import (
	"context"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// contact is an address or a number of a person; the first is the main one.
type contact struct {
	Value   string `json:"value"`
	Primary bool   `json:"primary"`
	Label   string `json:"label"`
}

func contacts(values []string) []contact {
	list := make([]contact, len(values))
	for i, v := range values {
		list[i] = contact{Value: v, Primary: i == 0, Label: "work"}
	}
	return list
}

// valuesOf puts the primary one first.
func valuesOf(list []contact) []string {
	var out []string
	for _, primary := range []bool{true, false} {
		for _, c := range list {
			if c.Primary == primary && c.Value != "" {
				out = append(out, c.Value)
			}
		}
	}
	return out
}

type personItem struct {
	ID      int64          `json:"id"`
	Name    string         `json:"name"`
	First   *string        `json:"first_name"`
	Last    *string        `json:"last_name"`
	OwnerID *int64         `json:"owner_id"`
	OrgID   *int64         `json:"org_id"`
	Added   *string        `json:"add_time"`
	Updated *string        `json:"update_time"`
	Emails  []contact      `json:"emails"`
	Phones  []contact      `json:"phones"`
	Deleted bool           `json:"is_deleted"`
	Visible *int           `json:"visible_to"`
	Labels  []int          `json:"label_ids"`
	Picture *int64         `json:"picture_id"`
	Postal  *struct{}      `json:"postal_address"`
	Notes   *string        `json:"notes"`
	IM      []struct{}     `json:"im"`
	Birth   *string        `json:"birthday"`
	Job     *string        `json:"job_title"`
	Custom  map[string]any `json:"custom_fields"`
}

type personWish struct {
	Name    maybe[string]    `json:"name"`
	OwnerID maybe[int64]     `json:"owner_id"`
	OrgID   maybe[int64]     `json:"org_id"`
	Emails  maybe[[]contact] `json:"emails"`
	Phones  maybe[[]contact] `json:"phones"`
}

var pdPersons = pdEntity[person, personWish]{
	name: "Person", path: "/api/v2/persons", get: engine.Tx.Person, list: engine.Tx.Persons,
	key: func(p *person) (store.ID, store.ID, time.Time, time.Time) {
		return p.ID, p.OwnerID, p.UpdatedAt, p.DeletedAt
	},
	apply: func(w *personWish, p *person) error {
		put(&p.Name, w.Name)
		put(&p.OwnerID, w.OwnerID)
		put(&p.OrgID, w.OrgID)
		if w.Emails.Set {
			p.Emails = valuesOf(w.Emails.Value)
		}
		if w.Phones.Set {
			p.Phones = valuesOf(w.Phones.Value)
		}
		return nil
	},
	save: func(c *pdCall, ctx context.Context, tx engine.Tx, p person) (person, error) {
		return c.s.House.Hub.SavePerson(ctx, tx, c.by(), p)
	},
	remove: func(c *pdCall, ctx context.Context, tx engine.Tx, id store.ID) error {
		return c.s.House.Hub.DeletePerson(ctx, tx, c.by(), id)
	},
	show: func(p *person) any {
		return personItem{
			ID: p.ID, Name: p.Name, OwnerID: orNull(p.OwnerID), OrgID: orNull(p.OrgID), Added: stamp(p.CreatedAt), Updated: stamp(p.UpdatedAt),
			Emails: contacts(p.Emails), Phones: contacts(p.Phones), Deleted: !p.DeletedAt.IsZero(),
			Labels: []int{}, IM: []struct{}{}, Custom: map[string]any{},
		}
	},
}

// put sets what a request says; null is the zero value.
func put[T any](dst *T, m maybe[T]) {
	if m.Set {
		*dst = m.Value
	}
}

type organizationItem struct {
	ID       int64          `json:"id"`
	Name     string         `json:"name"`
	OwnerID  *int64         `json:"owner_id"`
	Added    *string        `json:"add_time"`
	Updated  *string        `json:"update_time"`
	Deleted  bool           `json:"is_deleted"`
	Visible  *int           `json:"visible_to"`
	Address  *pdLocation    `json:"address"`
	Labels   []int          `json:"label_ids"`
	Website  *string        `json:"website"`
	LinkedIn *string        `json:"linkedin"`
	Industry *int           `json:"industry"`
	Revenue  *float64       `json:"annual_revenue"`
	Staff    *int           `json:"employee_count"`
	Custom   map[string]any `json:"custom_fields"`
}

type organizationWish struct {
	Name    maybe[string]       `json:"name"`
	OwnerID maybe[int64]        `json:"owner_id"`
	Address maybe[locationWish] `json:"address"`
}

var pdOrganizations = pdEntity[organization, organizationWish]{
	name: "Organization", path: "/api/v2/organizations", get: engine.Tx.Organization, list: engine.Tx.Organizations,
	key: func(o *organization) (store.ID, store.ID, time.Time, time.Time) {
		return o.ID, o.OwnerID, o.UpdatedAt, o.DeletedAt
	},
	apply: func(w *organizationWish, o *organization) error {
		put(&o.Name, w.Name)
		put(&o.OwnerID, w.OwnerID)
		if w.Address.Set {
			o.Address = w.Address.Value.line()
		}
		return nil
	},
	save: func(c *pdCall, ctx context.Context, tx engine.Tx, o organization) (organization, error) {
		return c.s.House.Hub.SaveOrganization(ctx, tx, c.by(), o)
	},
	remove: func(c *pdCall, ctx context.Context, tx engine.Tx, id store.ID) error {
		return c.s.House.Hub.DeleteOrganization(ctx, tx, c.by(), id)
	},
	show: func(o *organization) any {
		i := organizationItem{
			ID: o.ID, Name: o.Name, OwnerID: orNull(o.OwnerID), Added: stamp(o.CreatedAt), Updated: stamp(o.UpdatedAt),
			Deleted: !o.DeletedAt.IsZero(), Labels: []int{}, Custom: map[string]any{},
		}
		if o.Address != "" {
			i.Address = &pdLocation{Value: o.Address}
		}
		return i
	},
}

type dealItem struct {
	ID       int64          `json:"id"`
	Title    string         `json:"title"`
	OwnerID  *int64         `json:"owner_id"`
	PersonID *int64         `json:"person_id"`
	OrgID    *int64         `json:"org_id"`
	Pipeline *int64         `json:"pipeline_id"`
	Stage    *int64         `json:"stage_id"`
	Value    float64        `json:"value"`
	Currency *string        `json:"currency"`
	Added    *string        `json:"add_time"`
	Updated  *string        `json:"update_time"`
	Staged   *string        `json:"stage_change_time"`
	Deleted  bool           `json:"is_deleted"`
	Archived bool           `json:"is_archived"`
	Status   string         `json:"status"`
	Chance   *int           `json:"probability"`
	Lost     *string        `json:"lost_reason"`
	Visible  *int           `json:"visible_to"`
	Closed   *string        `json:"close_time"`
	WonAt    *string        `json:"won_time"`
	LostAt   *string        `json:"lost_time"`
	Expected *string        `json:"expected_close_date"`
	Labels   []int          `json:"label_ids"`
	Origin   *string        `json:"origin"`
	OriginID *string        `json:"origin_id"`
	Channel  *int           `json:"channel"`
	ChanID   *string        `json:"channel_id"`
	LeadID   *string        `json:"source_lead_id"`
	ARR      *float64       `json:"arr"`
	MRR      *float64       `json:"mrr"`
	ACV      *float64       `json:"acv"`
	Custom   map[string]any `json:"custom_fields"`
}

type dealWish struct {
	Title    maybe[string]  `json:"title"`
	OwnerID  maybe[int64]   `json:"owner_id"`
	PersonID maybe[int64]   `json:"person_id"`
	OrgID    maybe[int64]   `json:"org_id"`
	Value    maybe[float64] `json:"value"`
	Currency maybe[string]  `json:"currency"`
	Status   maybe[string]  `json:"status"`
}

var pdDeals = pdEntity[deal, dealWish]{
	name: "Deal", path: "/api/v2/deals", get: engine.Tx.Deal, list: engine.Tx.Deals,
	key: func(d *deal) (store.ID, store.ID, time.Time, time.Time) {
		return d.ID, d.OwnerID, d.UpdatedAt, d.DeletedAt
	},
	apply: func(w *dealWish, d *deal) error {
		put(&d.Title, w.Title)
		put(&d.OwnerID, w.OwnerID)
		put(&d.PersonID, w.PersonID)
		put(&d.OrgID, w.OrgID)
		put(&d.Value, w.Value)
		put(&d.Currency, w.Currency)
		put(&d.Status, w.Status)
		return nil
	},
	save: func(c *pdCall, ctx context.Context, tx engine.Tx, d deal) (deal, error) {
		return c.s.House.Hub.SaveDeal(ctx, tx, c.by(), d)
	},
	remove: func(c *pdCall, ctx context.Context, tx engine.Tx, id store.ID) error {
		return c.s.House.Hub.DeleteDeal(ctx, tx, c.by(), id)
	},
	show: func(d *deal) any {
		return dealItem{
			ID: d.ID, Title: d.Title, OwnerID: orNull(d.OwnerID), PersonID: orNull(d.PersonID), OrgID: orNull(d.OrgID), Value: d.Value,
			Currency: orNull(d.Currency), Added: stamp(d.CreatedAt), Updated: stamp(d.UpdatedAt), Deleted: !d.DeletedAt.IsZero(),
			Status: d.Status, Labels: []int{}, Custom: map[string]any{},
		}
	},
}
