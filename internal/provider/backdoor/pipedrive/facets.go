package pipedrive

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// facets writes what a CRM says of an activity. A person is the primary participant.
func facets(o Object, f *calendar.Facets) error {
	if f == nil {
		return nil
	}
	o["done"], o["note"], o["participants"] = f.Done, nil, []Object{}
	if f.Note != "" {
		o["note"] = f.Note
	}
	if f.Type.ID != "" {
		o["type"] = f.Type.ID
	}
	for name, ref := range map[string]calendar.Ref{"deal_id": f.Deal, "org_id": f.Org, "person_id": f.Person} {
		var id any
		if ref.ID != "" {
			n, err := strconv.ParseInt(ref.ID, 10, 64)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			id = n
		}
		switch {
		case name != "person_id":
			o[name] = id
		case id != nil:
			o["participants"] = []Object{{"person_id": id, "primary": true}}
		}
	}
	return nil
}

// Belongings makes a deal, a person and an organisation, and finds a type that is in use and none that a program would take by itself.
func (c *Company) Belongings() (calendar.Facets, error) {
	var f calendar.Facets
	for _, x := range []struct {
		path, field, name string
		to                *calendar.Ref
	}{
		{"deals", "title", "Big", &f.Deal}, {"organizations", "name", "Acme", &f.Org}, {"persons", "name", "Pat Smith", &f.Person},
	} {
		id, err := c.make("/api/v2/"+x.path, Object{x.field: x.name})
		if err != nil {
			return f, err
		}
		*x.to = calendar.Ref{ID: strconv.FormatInt(id, 10), Name: x.name}
	}
	var types struct {
		Data []struct {
			Key    string `json:"key_string"`
			Name   string `json:"name"`
			Active bool   `json:"active_flag"`
		} `json:"data"`
	}
	if err := c.JSON(http.MethodGet, "/api/v1/activityTypes", nil, &types, nil); err != nil {
		return f, err
	}
	for _, t := range types.Data {
		if t.Active && t.Key != "call" && t.Key != "meeting" {
			f.Type = calendar.Ref{ID: t.Key, Name: t.Name}
			return f, nil
		}
	}
	return f, errors.New("the company has no further type that is in use")
}

// CreateRich makes an activity with all that a CRM knows of one: links, a second participant, a note, a guest, and that it is done.
func (c *Company) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	linked, err := c.Belongings()
	if err != nil {
		return "", err
	}
	other, err := c.make("/api/v2/persons", Object{"name": "Kim Jones"})
	if err != nil {
		return "", err
	}
	linked.Done, linked.Note = true, "<p>What <b>we</b> know</p>"
	o := Object{}
	if err := facets(o, &linked); err != nil {
		return "", err
	}
	o["participants"] = append(o["participants"].([]Object), Object{"person_id": other, "primary": false})
	o["attendees"] = []Object{{"email": "guest@example.com", "name": "Guest", "status": "accepted"}}
	return c.Insert(e, o)
}
