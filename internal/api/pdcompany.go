package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// pdEntity is one of the three kinds of things that activities are linked to. They are alike, so that one set of handlers
// serves them; T is the row, W what may be written of it.
type pdEntity[T, W any] struct {
	name, path string
	get        func(engine.Tx, context.Context, store.ID) (T, error)
	list       func(engine.Tx, context.Context, store.ID, int) ([]T, error)
	save       func(*hub.Hub, context.Context, hub.Tx, hub.Actor, T) (T, error)
	remove     func(*hub.Hub, context.Context, hub.Tx, hub.Actor, store.ID) error
	row        func(*T) pdRow
	apply      func(*W, *T)
	show       func(pdThing, *T) any
}

// pdRow is what every kind has in its row.
type pdRow struct {
	id, owner                 store.ID
	created, updated, deleted time.Time
}

// pdThing is what every kind has on the wire.
type pdThing struct {
	ID      int64          `json:"id"`
	OwnerID *int64         `json:"owner_id"`
	Added   *string        `json:"add_time"`
	Updated *string        `json:"update_time"`
	Deleted bool           `json:"is_deleted"`
	Visible *int           `json:"visible_to"`
	Labels  []int          `json:"label_ids"`
	Custom  map[string]any `json:"custom_fields"`
}

func (e *pdEntity[T, W]) item(row *T) any {
	r := e.row(row)
	return e.show(pdThing{
		ID: r.id, OwnerID: orNull(r.owner), Added: stamp(r.created), Updated: stamp(r.updated), Deleted: !r.deleted.IsZero(),
		Labels: []int{}, Custom: map[string]any{},
	}, row)
}

func pdCompanyRoutes(handle pdHandle) {
	pdPersons.routes(handle)
	pdOrganizations.routes(handle)
	pdDeals.routes(handle)
}

func (e *pdEntity[T, W]) routes(handle pdHandle) {
	handle("GET "+e.path, http.StatusOK, e.listAll)
	handle("POST "+e.path, http.StatusCreated, e.add)
	handle("GET "+e.path+"/{id}", http.StatusOK, e.getOne)
	handle("PATCH "+e.path+"/{id}", http.StatusOK, e.update)
	handle("DELETE "+e.path+"/{id}", http.StatusOK, e.delete)
}

// maxScanned bounds how many rows one page looks at; a page may then be short, and its cursor leads on.
const maxScanned = 5_000

func (e *pdEntity[T, W]) listAll(c *pdCall) (*pdAnswer, error) {
	q := c.query("ids", "owner_id", "updated_since", "updated_until", "limit", "cursor", "sort_by", "sort_direction")
	ids, owner, since, until := q.ids("ids"), q.id("owner_id"), q.time("updated_since"), q.time("updated_until")
	q.word("sort_by", "id")
	q.word("sort_direction", "asc")
	limit := q.limit()
	after, err := e.parseCursor(q.values.Get("cursor"))
	if q.err != nil || err != nil {
		return nil, firstError(q.err, err)
	}
	start := after
	items, next := []any{}, ""
	err = c.view(func(ctx context.Context, tx engine.Tx) error {
		items, next, after = items[:0], "", start
		for scanned := 0; ; {
			rows, err := e.list(tx, ctx, after, 500)
			if err != nil || len(rows) == 0 {
				return err
			}
			for i := range rows {
				row := e.row(&rows[i])
				if len(items) == limit || scanned == maxScanned {
					next = e.cursor(after)
					return nil
				}
				after = row.id
				scanned++
				if (ids == nil || slices.Contains(ids, row.id)) && (owner == 0 || owner == row.owner) &&
					!row.updated.Before(since) && (until.IsZero() || row.updated.Before(until)) {
					items = append(items, e.item(&rows[i]))
				}
			}
		}
	})
	return pageOf(items, next), err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *pdEntity[T, W]) cursor(after store.ID) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", e.name, after))
}

func (e *pdEntity[T, W]) parseCursor(text string) (after store.ID, err error) {
	if text == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, store.ErrCursor
	}
	if _, err := fmt.Sscanf(strings.TrimPrefix(string(b), e.name+":"), "%d", &after); err != nil || e.cursor(after) != text {
		return 0, store.ErrCursor
	}
	return after, nil
}

func (e *pdEntity[T, W]) getOne(c *pdCall) (*pdAnswer, error) {
	id, err := c.id(e.name)
	if err != nil {
		return nil, err
	}
	var data any
	err = c.view(func(ctx context.Context, tx engine.Tx) error {
		row, err := e.get(tx, ctx, id)
		data = e.item(&row)
		return err
	})
	return &pdAnswer{Data: data}, err
}

func (e *pdEntity[T, W]) add(c *pdCall) (*pdAnswer, error) {
	return e.write(c, func(context.Context, engine.Tx) (row T, err error) { return row, nil })
}

func (e *pdEntity[T, W]) update(c *pdCall) (*pdAnswer, error) {
	id, err := c.id(e.name)
	if err != nil {
		return nil, err
	}
	return e.write(c, func(ctx context.Context, tx engine.Tx) (T, error) {
		row, err := e.get(tx, ctx, id)
		if err == nil && !e.row(&row).deleted.IsZero() {
			err = notFound(e.name)
		}
		return row, err
	})
}

func (e *pdEntity[T, W]) write(c *pdCall, from func(context.Context, engine.Tx) (T, error)) (*pdAnswer, error) {
	var w W
	if err := c.body(&w); err != nil {
		return nil, err
	}
	var data any
	err := c.change(func(ctx context.Context, tx engine.Tx) error {
		row, err := from(ctx, tx)
		if err != nil {
			return err
		}
		e.apply(&w, &row)
		if owner := e.row(&row).owner; owner != 0 {
			if _, err := tx.User(ctx, owner); err != nil {
				return badRequest("Validation failed: owner_id: there is no user %d", owner)
			}
		}
		row, err = e.save(c.s.House.Hub, ctx, tx, c.by(), row)
		data = e.item(&row)
		return err
	})
	return &pdAnswer{Data: data}, err
}

func (e *pdEntity[T, W]) delete(c *pdCall) (*pdAnswer, error) {
	id, err := c.id(e.name)
	if err != nil {
		return nil, err
	}
	err = c.change(func(ctx context.Context, tx engine.Tx) error { return e.remove(c.s.House.Hub, ctx, tx, c.by(), id) })
	return &pdAnswer{Data: deletedID{id}}, err
}

// The rows.
type (
	person       = crm.Person
	organization = crm.Organization
	deal         = crm.Deal
)
