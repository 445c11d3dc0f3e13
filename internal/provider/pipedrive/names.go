package pipedrive

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// An activity says by number to what it belongs. What that is called is asked for a hundred at a time, and kept for a while by all that is opened
// on the account: it is for people to read, and finds the like here once.

const (
	opNames  = "read names"
	opTypes  = "list activity types"
	nameLife = 10 * time.Minute
	maxNames = 20_000
)

// memo is what the connections of an account share in memory.
type memo struct {
	mu    sync.Mutex
	names map[string]string // by path and number
	since time.Time         // when the first of them was asked
	types []kind
	asked time.Time // when the types were
}

// kind is a type of activities.
type kind struct {
	Key    string `json:"key_string"`
	Name   string `json:"name"`
	Active bool   `json:"active_flag"`
}

// rows are where the names of references are.
var rows = []struct {
	field calendar.Field
	path  string
	name  string
}{{calendar.DealFacet, "/v2/deals", "title"}, {calendar.PersonFacet, "/v2/persons", "name"}, {calendar.OrgFacet, "/v2/organizations", "name"}}

// name gives the references of items their names. What cannot be seen has none.
func (u *User) name(ctx context.Context, items []provider.Item) error {
	names := map[string]string{} // by path and number
	for _, r := range rows {
		var missing []string
		for i := range items {
			f := items[i].Event.Facet()
			id := f.Ref(r.field).ID
			if _, seen := names[r.path+id]; seen || id == "" {
				continue
			}
			name, there := u.memo.nameOf(u.client.now(), r.path+id)
			if names[r.path+id] = name; !there {
				missing = append(missing, id)
			}
		}
		for part := range slices.Chunk(missing, maxIDs) {
			if err := u.askNames(ctx, r.path, r.name, part, names); err != nil {
				return err
			}
		}
	}
	for i := range items {
		if items[i].Event.Facets == nil {
			continue
		}
		f := *items[i].Event.Facets
		for _, r := range rows {
			if ref := f.Ref(r.field); ref.ID != "" {
				ref.Name = names[r.path+ref.ID]
			}
		}
		name, _, err := u.memo.kind(ctx, u.client, f.Type.ID)
		if err != nil {
			return err
		}
		f.Type.Name = name
		items[i].Event.Facets = &f
	}
	return nil
}

func (m *memo) nameOf(now time.Time, key string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.since) > nameLife || len(m.names) > maxNames {
		m.names, m.since = map[string]string{}, now
	}
	name, there := m.names[key]
	return name, there
}

// keep takes an answer in at once: nobody may take a name that is still on its way for none.
func (m *memo) keep(answer map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.Copy(m.names, answer)
}

func (u *User) askNames(ctx context.Context, path, field string, ids []string, names map[string]string) error {
	list, err := u.client.rows(ctx, path, ids)
	if err != nil {
		return err
	}
	answer := make(map[string]string, len(ids))
	for _, id := range ids {
		answer[path+id] = "" // those that are not shown are not asked for again
	}
	for _, row := range list {
		var id int64
		var name string
		if json.Unmarshal(row["id"], &id) == nil && json.Unmarshal(row[field], &name) == nil {
			answer[path+strconv.FormatInt(id, 10)] = name
		}
	}
	maps.Copy(names, answer)
	u.memo.keep(answer)
	return nil
}

// rows reads what there is of deals, persons or organisations: few of them one by one, as with activities.
func (c *client) rows(ctx context.Context, path string, ids []string) (list []map[string]json.RawMessage, err error) {
	if len(ids) > singly {
		query := url.Values{"ids": {strings.Join(ids, ",")}, "limit": {strconv.Itoa(pageSize)}}
		_, err = c.send(ctx, call{op: opNames, method: http.MethodGet, path: path, query: query, cost: costList}, &list)
		return list, err
	}
	for _, id := range ids {
		var row map[string]json.RawMessage
		_, err := c.send(ctx, call{op: opNames, method: http.MethodGet, path: path + "/" + url.PathEscape(id), cost: costGet, single: true}, &row)
		switch {
		case err == nil:
			list = append(list, row)
		case provider.ClassOf(err) == provider.Gone, codeOf(err) == string(provider.NotWritable): // it is not shown, as in a list
		default:
			return nil, err
		}
	}
	return list, nil
}

func (m *memo) fresh(c *client) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked.Add(nameLife).After(c.now())
}

// askTypes lists the company's types, unless that was done of late.
func (m *memo) askTypes(ctx context.Context, c *client) error {
	if m.fresh(c) {
		return nil
	}
	var list []kind
	if _, err := c.send(ctx, call{op: opTypes, method: http.MethodGet, path: "/v1/activityTypes", cost: costTypeList}, &list); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.types, m.asked = list, c.now()
	return nil
}

// standard are the types that every company begins with, and what they are called then.
var standard = map[string]string{"call": "Call", "meeting": "Meeting", "task": "Task", "deadline": "Deadline", "email": "Email", "lunch": "Lunch"}

// kind answers what a type is called, and whether it is in use. For those that every company begins with nobody is asked, as little hangs
// on their names; that they are in use is known only where somebody was.
func (m *memo) kind(ctx context.Context, c *client, key string) (name string, active bool, err error) {
	if name, known := standard[key]; !m.fresh(c) && (key == "" || known) {
		return name, true, nil
	}
	if err := m.askTypes(ctx, c); err != nil {
		return "", false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := slices.IndexFunc(m.types, func(k kind) bool { return k.Key == key }); i >= 0 {
		return m.types[i].Name, m.types[i].Active, nil
	}
	return "", false, nil
}
