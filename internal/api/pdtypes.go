package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/store"
)

func pdTypeRoutes(handle pdHandle) {
	handle("GET /api/v1/activityTypes", http.StatusOK, (*pdCall).listTypes)
	handle("POST /api/v1/activityTypes", http.StatusCreated, (*pdCall).addType)
	handle("PUT /api/v1/activityTypes/{id}", http.StatusOK, (*pdCall).updateType)
	handle("DELETE /api/v1/activityTypes/{id}", http.StatusOK, (*pdCall).deleteType)
}

// typeItem is Pipedrive's ActivityType.
type typeItem struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Icon    string `json:"icon_key"`
	Color   string `json:"color"`
	Order   int    `json:"order_nr"`
	Key     string `json:"key_string"`
	Active  bool   `json:"active_flag"`
	Custom  bool   `json:"is_custom_flag"`
	Added   string `json:"add_time"`
	Updated string `json:"update_time"`
}

// stampV1 writes an instant as version 1 does.
func stampV1(t time.Time) string { return t.UTC().Format(time.DateTime) }

func typeOf(t crm.ActivityType) typeItem {
	return typeItem{t.ID, t.Name, t.Icon, t.Color, t.Order, t.Key, t.Active, t.Custom, stampV1(t.Created), stampV1(t.Updated)}
}

func (c *pdCall) listTypes() (*pdAnswer, error) {
	if q := c.query(); q.err != nil {
		return nil, q.err
	}
	items := []typeItem{}
	err := c.view(func(ctx context.Context, tx engine.Tx) error {
		types, err := tx.Types(ctx)
		items = items[:0]
		for _, t := range types {
			items = append(items, typeOf(t))
		}
		return err
	})
	return &pdAnswer{Data: items}, err
}

// typeWish is AddActivityTypeRequest and UpdateActivityTypeRequest.
type typeWish struct {
	Name  maybe[string] `json:"name"`
	Icon  maybe[string] `json:"icon_key"`
	Color maybe[string] `json:"color"`
	Order maybe[int]    `json:"order_nr"`
}

// typeIcons are the icons that Pipedrive has.
var typeIcons = []string{
	"task", "email", "meeting", "deadline", "call", "lunch", "calendar", "downarrow", "document", "smartphone", "camera", "scissors",
	"cogs", "bubble", "uparrow", "checkbox", "signpost", "shuffle", "addressbook", "linegraph", "picture", "car", "world", "search", "clip",
	"sound", "brush", "key", "padlock", "pricetag", "suitcase", "finish", "plane", "loop", "wifi", "truck", "cart", "bulb", "bell", "presentation",
}

func (w *typeWish) apply(t *crm.ActivityType) error {
	if w.Icon.Set && !slices.Contains(typeIcons, w.Icon.Value) {
		return badRequest("Validation failed: icon_key: there is no icon %q", w.Icon.Value)
	}
	if w.Name.Set {
		t.Name = w.Name.Value
	}
	if w.Icon.Set {
		t.Icon = w.Icon.Value
	}
	if w.Color.Set {
		t.Color = w.Color.Value
	}
	if w.Order.Set {
		t.Order = w.Order.Value
	}
	return nil
}

func (c *pdCall) addType() (*pdAnswer, error) {
	var w typeWish
	if err := c.body(&w); err != nil {
		return nil, err
	}
	if !w.Icon.Set {
		return nil, badRequest("Validation failed: icon_key is required")
	}
	return c.saveType(func(context.Context, engine.Tx) (crm.ActivityType, error) {
		var t crm.ActivityType
		return t, w.apply(&t)
	})
}

func (c *pdCall) updateType() (*pdAnswer, error) {
	id, err := c.id("Activity type")
	if err != nil {
		return nil, err
	}
	var w typeWish
	if err := c.body(&w); err != nil {
		return nil, err
	}
	return c.saveType(func(ctx context.Context, tx engine.Tx) (crm.ActivityType, error) {
		t, err := typeByID(ctx, tx, id)
		if err != nil {
			return t, err
		}
		return t, w.apply(&t)
	})
}

// deleteType deactivates: what has a type keeps it.
func (c *pdCall) deleteType() (*pdAnswer, error) {
	id, err := c.id("Activity type")
	if err != nil {
		return nil, err
	}
	return c.saveType(func(ctx context.Context, tx engine.Tx) (crm.ActivityType, error) {
		t, err := typeByID(ctx, tx, id)
		t.Active = false
		return t, err
	})
}

func typeByID(ctx context.Context, tx engine.Tx, id store.ID) (crm.ActivityType, error) {
	types, err := tx.Types(ctx)
	if err != nil {
		return crm.ActivityType{}, err
	}
	i := slices.IndexFunc(types, func(t crm.ActivityType) bool { return t.ID == id })
	if i < 0 {
		return crm.ActivityType{}, notFound("Activity type")
	}
	return types[i], nil
}

func (c *pdCall) saveType(make func(context.Context, engine.Tx) (crm.ActivityType, error)) (*pdAnswer, error) {
	var item typeItem
	err := c.change(func(ctx context.Context, tx engine.Tx) error {
		t, err := make(ctx, tx)
		if err != nil {
			return err
		}
		t, err = c.s.House.Hub.SaveType(ctx, tx, c.by(), t)
		item = typeOf(t)
		return err
	})
	return &pdAnswer{Data: item}, err
}
