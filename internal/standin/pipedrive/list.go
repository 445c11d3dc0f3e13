package pipedrive

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultLimit = 100
	maxLimit     = 500
	maxIDs       = 100
	// lateness is how long a list lags behind, where the variant says so.
	lateness = 5 * time.Second
)

// cursor is where a page begins: by its first item's value of what is sorted by, as the original's are seen to be.
type cursor struct {
	Field     string `json:"field"`
	Value     any    `json:"fieldValue"`
	Direction string `json:"sortDirection"`
	ID        int64  `json:"id"`
}

func (c cursor) text() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain values only
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// order is how a list is sorted, and the cursor that it begins at.
func (c *call) order() (field, direction string, at *cursor, f *failure) {
	field, direction = cmp.Or(c.query.Get("sort_by"), "id"), cmp.Or(c.query.Get("sort_direction"), "asc")
	if c.query.Get("cursor") == "" {
		return field, direction, nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(c.query.Get("cursor"))
	at = &cursor{}
	if err != nil || json.Unmarshal(b, at) != nil || at.Field != field || at.Direction != direction || at.ID <= 0 {
		return "", "", nil, refCursor.because("Validation failed: cursor: This value is not a valid cursor.")
	}
	return field, direction, at, nil
}

// sortKey is an item's value of what is sorted by. Times and days sort as their texts do.
func sortKey(r *record, field string) string {
	switch field {
	case "update_time":
		return stamp(r.updated)
	case "add_time":
		return stamp(r.added)
	case "due_date":
		return r.text("due_date")
	}
	return ""
}

// listItems is GET of a list.
func (c *call) listItems(e *entity) *failure {
	extra, f := c.extras(e)
	if f != nil {
		return f
	}
	limit, f := c.pageSize()
	if f != nil {
		return f
	}
	field, direction, at, f := c.order()
	if f != nil {
		return f
	}
	chosen, f := c.choose(e)
	if f != nil {
		return f
	}
	compare := func(a, b *record) int {
		n := cmp.Or(strings.Compare(sortKey(a, field), sortKey(b, field)), cmp.Compare(a.id, b.id))
		if direction == "desc" {
			return -n
		}
		return n
	}
	slices.SortFunc(chosen, compare)
	if at != nil {
		chosen = from(chosen, field, direction, at)
	}
	var next any
	if len(chosen) > limit {
		first := chosen[limit]
		k := cursor{Field: field, Value: sortKey(first, field), Direction: direction, ID: first.id}
		if field == "id" {
			k.Value = first.id
		}
		next, chosen = k.text(), chosen[:limit]
	}
	data := make([]object, 0, len(chosen))
	for _, r := range chosen {
		data = append(data, c.show(r, extra))
	}
	writeJSON(c.w, http.StatusOK, object{"success": true, "data": data, "additional_data": object{"next_cursor": next}})
	return nil
}

// from is what a list still holds at a cursor and behind it. An item that has moved since is not missed where it moved behind.
func from(list []*record, field, direction string, at *cursor) []*record {
	value, _ := at.Value.(string)
	i, _ := slices.BinarySearchFunc(list, at, func(r *record, at *cursor) int {
		n := cmp.Or(strings.Compare(sortKey(r, field), value), cmp.Compare(r.id, at.ID))
		if direction == "desc" {
			return -n
		}
		return n
	})
	return list[i:]
}

func (c *call) pageSize() (int, *failure) {
	n, ok := c.number("limit")
	switch {
	case !ok:
		return defaultLimit, nil
	case n > maxLimit && c.variant.ClampLimit:
		return maxLimit, nil
	case n < 1 || n > maxLimit:
		return 0, refLimit.because("Validation failed: limit: This value should be between 1 and 500.")
	}
	return int(n), nil
}

// choose filters a shelf. With filter_id, the filter stands in place of ids, owner and links (client).
func (c *call) choose(e *entity) ([]*record, *failure) {
	c.sweep(e)
	wanted, f := c.ids()
	if f != nil {
		return nil, f
	}
	for _, word := range strings.FieldsFunc(c.query.Get("status"), func(r rune) bool { return r == ',' }) {
		if !slices.Contains([]string{"open", "won", "lost", "deleted"}, word) {
			return nil, invalid("status", "The value you selected is not a valid choice.")
		}
	}
	filter, f := c.filterOf(e)
	if f != nil {
		return nil, f
	}
	owner, byOwner := c.number("owner_id")
	since, fromSince := c.instant("updated_since")
	until, toUntil := c.instant("updated_until")
	showDeleted := strings.Contains(c.query.Get("status"), "deleted") || c.variant.ListsDeleted && fromSince
	var list []*record
	for _, r := range c.items[e].order {
		switch {
		case r.deleted && !showDeleted,
			c.variant.LateLists && c.now().Sub(r.changed) < lateness,
			fromSince && r.updated.Before(since), toUntil && !r.updated.Before(until),
			filter == nil && (wanted != nil && !wanted[r.id] || byOwner && r.number("owner_id") != owner),
			filter != nil && !filter.holds(r),
			!c.match(r), !c.sees(c.who, r):
			continue
		}
		list = append(list, r)
	}
	return list, nil
}

// ids are those that were asked for; nil for all.
func (c *call) ids() (map[int64]bool, *failure) {
	if c.query.Get("ids") == "" {
		return nil, nil
	}
	wanted := map[int64]bool{}
	for i, s := range strings.Split(c.query.Get("ids"), ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil || i >= maxIDs {
			return nil, refIDs.because("Validation failed: ids: This value should be a comma separated list of up to 100 ids.")
		}
		wanted[n] = true
	}
	return wanted, nil
}

// is reports whether a link of the query, if it is there, is an item's own.
func (c *call) is(r *record, name string) bool {
	n, ok := c.number(name)
	return !ok || r.number(name) == n || c.query.Has("filter_id")
}
