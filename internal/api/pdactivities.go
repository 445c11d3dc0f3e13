package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

func pdActivityRoutes(handle pdHandle) {
	handle("GET /api/v2/activities", http.StatusOK, (*pdCall).listActivities)
	handle("POST /api/v2/activities", http.StatusCreated, (*pdCall).addActivity)
	handle("GET /api/v2/activities/{id}", http.StatusOK, (*pdCall).getActivity)
	handle("PATCH /api/v2/activities/{id}", http.StatusOK, (*pdCall).updateActivity)
	handle("DELETE /api/v2/activities/{id}", http.StatusOK, (*pdCall).deleteActivity)
}

var activitySort = map[string]string{"": "id", "id": "id", "update_time": "updated", "add_time": "created", "due_date": "start"}

func (c *pdCall) listActivities() (*pdAnswer, error) {
	q := c.query("filter_id", "ids", "owner_id", "deal_id", "lead_id", "person_id", "org_id", "done", "updated_since", "updated_until",
		"sort_by", "sort_direction", "include_fields", "limit", "cursor")
	f := store.ActivityFilter{
		Owner: q.id("owner_id"), Deal: q.id("deal_id"), Person: q.id("person_id"), Org: q.id("org_id"), IDs: q.ids("ids"),
		Done: q.flag("done"), UpdatedSince: q.time("updated_since"), UpdatedTill: q.time("updated_until"),
		Sort: activitySort[q.word("sort_by", "id", "update_time", "add_time", "due_date")],
		Desc: q.word("sort_direction", "asc", "desc") == "desc", Limit: q.limit(), After: q.values.Get("cursor"),
	}
	attendees := q.includesAttendees()
	filter := q.id("filter_id")
	switch {
	case q.err != nil:
		return nil, q.err
	case filter != 0:
		return nil, notFound("Filter") // filters cannot be saved yet, so that there is none
	case q.values.Get("lead_id") != "":
		return pageOf([]activityItem{}, ""), nil // nothing here belongs to a lead
	}
	items, next := []activityItem{}, ""
	err := c.view(func(ctx context.Context, tx engine.Tx) error {
		page, err := c.s.House.Hub.List(ctx, tx, c.User, f)
		if err != nil {
			return err
		}
		items, next = items[:0], page.Next
		for _, shown := range page.Items {
			i, err := c.item(ctx, tx, shown, attendees)
			if err != nil {
				return err
			}
			items = append(items, i)
		}
		return nil
	})
	return pageOf(items, next), err
}

func (q *query) includesAttendees() bool {
	names := strings.FieldsFunc(q.values.Get("include_fields"), func(r rune) bool { return r == ',' || r == ' ' })
	for _, n := range names {
		if n != "attendees" {
			q.fail("Parameter include_fields: %q is not attendees", n)
		}
	}
	return slices.Contains(names, "attendees")
}

func (c *pdCall) addActivity() (*pdAnswer, error) {
	var w activityWish
	if err := c.body(&w); err != nil {
		return nil, err
	}
	draft := crm.Activity{Type: "task", Plan: calendar.Event{Known: calendar.AllFields}}
	if _, err := w.apply(&draft, c.caller); err != nil {
		return nil, err
	}
	if start := draft.Plan.Start; !w.Busy.Set && !start.IsZero() && start.Kind != calendar.Date {
		draft.Plan.Busy = true // as calendars have it (RFC 5545 section 3.8.2.7)
	}
	return c.saved(func(ctx context.Context, tx engine.Tx) (crm.Activity, error) {
		if !w.Type.Set {
			if err := c.firstType(ctx, tx, &draft); err != nil {
				return draft, err
			}
		}
		return c.s.House.Hub.Create(ctx, tx, c.by(), draft)
	})
}

// firstType gives an activity the company's first active type, as Pipedrive does where none is said.
func (c *pdCall) firstType(ctx context.Context, tx engine.Tx, a *crm.Activity) error {
	types, err := tx.Types(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(types, func(x, y crm.ActivityType) int { return x.Order - y.Order })
	if i := slices.IndexFunc(types, func(t crm.ActivityType) bool { return t.Active }); i >= 0 {
		a.Type = types[i].Key
	}
	return nil
}

// saved runs a write and shows what came of it.
func (c *pdCall) saved(write func(context.Context, engine.Tx) (crm.Activity, error)) (*pdAnswer, error) {
	var item activityItem
	err := c.change(func(ctx context.Context, tx engine.Tx) error {
		a, err := write(ctx, tx)
		if err != nil {
			return err
		}
		shown, err := c.s.House.Hub.Get(ctx, tx, c.User, a.ID)
		if err != nil {
			return err
		}
		item, err = c.item(ctx, tx, shown, true)
		return err
	})
	return &pdAnswer{Data: item}, err
}

func (c *pdCall) getActivity() (*pdAnswer, error) {
	id, err := c.id("Activity")
	if err != nil {
		return nil, err
	}
	q := c.query("include_fields")
	attendees := q.includesAttendees()
	if q.err != nil {
		return nil, q.err
	}
	var item activityItem
	err = c.view(func(ctx context.Context, tx engine.Tx) error {
		shown, err := c.s.House.Hub.Get(ctx, tx, c.User, id)
		if err != nil {
			return err
		}
		item, err = c.item(ctx, tx, shown, attendees)
		return err
	})
	return &pdAnswer{Data: item}, err
}

func (c *pdCall) updateActivity() (*pdAnswer, error) {
	id, err := c.id("Activity")
	if err != nil {
		return nil, err
	}
	var w activityWish
	if err := c.body(&w); err != nil {
		return nil, err
	}
	return c.saved(func(ctx context.Context, tx engine.Tx) (crm.Activity, error) {
		a, err := tx.Activity(ctx, id)
		if err != nil {
			return a, err
		}
		next := a.Clone()
		fields, err := w.apply(&next, c.caller)
		if err != nil {
			return a, err
		}
		return c.s.House.Hub.Update(ctx, tx, c.by(), id, hub.Change{Fields: fields, To: next})
	})
}

func (c *pdCall) deleteActivity() (*pdAnswer, error) {
	id, err := c.id("Activity")
	if err != nil {
		return nil, err
	}
	err = c.change(func(ctx context.Context, tx engine.Tx) error {
		return c.s.House.Hub.Delete(ctx, tx, c.by(), id)
	})
	return &pdAnswer{Data: deletedID{id}}, err
}

type deletedID struct {
	ID int64 `json:"id"`
}
