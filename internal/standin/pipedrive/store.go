package pipedrive

import (
	"slices"
	"time"
)

// entity is a kind of items that v2 lists, adds, changes and deletes in one way.
type entity struct {
	name  string // as webhooks name it
	title string // as refusals do
	path  string
	plain string // the type of its filters
	// writable are the fields that clients may set; needed are those without which there is none.
	writable map[string]shape
	needed   []string
	// extras are the fields of include_fields.
	extras []string
}

// entities of a company.
var entities = []*entity{activities, persons, organizations, deals}

// shelf holds the items of one kind, by id and in order of their ids.
type shelf struct {
	byID  map[int64]*record
	order []*record
	last  int64
}

// record is an item. fields are what clients may set, with numbers as int64; they are replaced as a whole and never changed in place.
type record struct {
	entity         *entity
	id             int64
	fields         object
	creator        int64
	added, updated time.Time
	changed        time.Time // updated, and not in whole seconds
	done           time.Time // when an activity was marked as done
	deleted        bool
	private        bool // of an activity that came in by the company's own calendar sync
	meeting        object
}

func (r *record) text(name string) string {
	v, _ := r.fields[name].(string)
	return v
}

func (r *record) number(name string) int64 {
	v, _ := r.fields[name].(int64)
	return v
}

func (r *record) flag(name string) bool {
	v, _ := r.fields[name].(bool)
	return v
}

// retention is how long a deleted item can still be read.
const retention = 30 * 24 * time.Hour

// find is an item that is there; deleted ones are there for thirty days.
func (s *Server) find(e *entity, id int64) *record {
	r := s.items[e].byID[id]
	if r == nil || r.deleted && s.now().Sub(r.updated) >= retention {
		return nil
	}
	return r
}

// store puts a new item on its shelf.
func (s *Server) store(e *entity, fields object, creator int64) *record {
	sh := s.items[e]
	sh.last++
	now := s.now()
	r := &record{entity: e, id: sh.last, fields: fields, creator: creator, added: now.Truncate(time.Second), changed: now}
	r.updated = r.added
	sh.byID[r.id] = r
	sh.order = append(sh.order, r)
	return r
}

// touch moves an item's time of change.
func (s *Server) touch(r *record) {
	r.changed = s.now()
	r.updated = r.changed.Truncate(time.Second)
}

// sweep forgets what was deleted more than thirty days ago.
func (s *Server) sweep(e *entity) {
	sh := s.items[e]
	gone := func(r *record) bool { return r.deleted && s.now().Sub(r.updated) >= retention }
	if !slices.ContainsFunc(sh.order, gone) {
		return
	}
	for _, r := range sh.order {
		if gone(r) {
			delete(sh.byID, r.id)
		}
	}
	sh.order = slices.DeleteFunc(sh.order, gone)
}
