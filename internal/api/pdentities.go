package api

import (
	"tahti/internal/engine"
	"tahti/internal/hub"
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
	pdThing
	Name    string     `json:"name"`
	First   *string    `json:"first_name"`
	Last    *string    `json:"last_name"`
	OrgID   *int64     `json:"org_id"`
	Emails  []contact  `json:"emails"`
	Phones  []contact  `json:"phones"`
	Picture *int64     `json:"picture_id"`
	Postal  *struct{}  `json:"postal_address"`
	Notes   *string    `json:"notes"`
	IM      []struct{} `json:"im"`
	Birth   *string    `json:"birthday"`
	Job     *string    `json:"job_title"`
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
	save: (*hub.Hub).SavePerson, remove: (*hub.Hub).DeletePerson,
	row: func(p *person) pdRow { return pdRow{p.ID, p.OwnerID, p.CreatedAt, p.UpdatedAt, p.DeletedAt} },
	apply: func(w *personWish, p *person) {
		put(&p.Name, w.Name)
		put(&p.OwnerID, w.OwnerID)
		put(&p.OrgID, w.OrgID)
		if w.Emails.Set {
			p.Emails = valuesOf(w.Emails.Value)
		}
		if w.Phones.Set {
			p.Phones = valuesOf(w.Phones.Value)
		}
	},
	show: func(thing pdThing, p *person) any {
		return personItem{
			pdThing: thing, Name: p.Name, OrgID: orNull(p.OrgID), Emails: contacts(p.Emails), Phones: contacts(p.Phones), IM: []struct{}{},
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
	pdThing
	Name     string      `json:"name"`
	Address  *pdLocation `json:"address"`
	Website  *string     `json:"website"`
	LinkedIn *string     `json:"linkedin"`
	Industry *int        `json:"industry"`
	Revenue  *float64    `json:"annual_revenue"`
	Staff    *int        `json:"employee_count"`
}

type organizationWish struct {
	Name    maybe[string]       `json:"name"`
	OwnerID maybe[int64]        `json:"owner_id"`
	Address maybe[locationWish] `json:"address"`
}

var pdOrganizations = pdEntity[organization, organizationWish]{
	name: "Organization", path: "/api/v2/organizations", get: engine.Tx.Organization, list: engine.Tx.Organizations,
	save: (*hub.Hub).SaveOrganization, remove: (*hub.Hub).DeleteOrganization,
	row: func(o *organization) pdRow { return pdRow{o.ID, o.OwnerID, o.CreatedAt, o.UpdatedAt, o.DeletedAt} },
	apply: func(w *organizationWish, o *organization) {
		put(&o.Name, w.Name)
		put(&o.OwnerID, w.OwnerID)
		if w.Address.Set {
			o.Address = w.Address.Value.line()
		}
	},
	show: func(thing pdThing, o *organization) any {
		i := organizationItem{pdThing: thing, Name: o.Name}
		if o.Address != "" {
			i.Address = &pdLocation{Value: o.Address}
		}
		return i
	},
}

type dealItem struct {
	pdThing
	Title    string   `json:"title"`
	PersonID *int64   `json:"person_id"`
	OrgID    *int64   `json:"org_id"`
	Pipeline *int64   `json:"pipeline_id"`
	Stage    *int64   `json:"stage_id"`
	Value    float64  `json:"value"`
	Currency *string  `json:"currency"`
	Staged   *string  `json:"stage_change_time"`
	Archived bool     `json:"is_archived"`
	Status   string   `json:"status"`
	Chance   *int     `json:"probability"`
	Lost     *string  `json:"lost_reason"`
	Closed   *string  `json:"close_time"`
	WonAt    *string  `json:"won_time"`
	LostAt   *string  `json:"lost_time"`
	Expected *string  `json:"expected_close_date"`
	Origin   *string  `json:"origin"`
	OriginID *string  `json:"origin_id"`
	Channel  *int     `json:"channel"`
	ChanID   *string  `json:"channel_id"`
	LeadID   *string  `json:"source_lead_id"`
	ARR      *float64 `json:"arr"`
	MRR      *float64 `json:"mrr"`
	ACV      *float64 `json:"acv"`
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
	save: (*hub.Hub).SaveDeal, remove: (*hub.Hub).DeleteDeal,
	row: func(d *deal) pdRow { return pdRow{d.ID, d.OwnerID, d.CreatedAt, d.UpdatedAt, d.DeletedAt} },
	apply: func(w *dealWish, d *deal) {
		put(&d.Title, w.Title)
		put(&d.OwnerID, w.OwnerID)
		put(&d.PersonID, w.PersonID)
		put(&d.OrgID, w.OrgID)
		put(&d.Value, w.Value)
		put(&d.Currency, w.Currency)
		put(&d.Status, w.Status)
	},
	show: func(thing pdThing, d *deal) any {
		return dealItem{
			pdThing: thing, Title: d.Title, PersonID: orNull(d.PersonID), OrgID: orNull(d.OrgID), Value: d.Value,
			Currency: orNull(d.Currency), Status: d.Status,
		}
	},
}
