package caldav

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// kind tells collections apart.
type kind uint8

const (
	kindCalendar kind = iota
	kindInbox
	kindOutbox
)

// account is a user with everything that is theirs.
type account struct {
	User
	collections map[string]*collection
	order       []string // names of collections as they were made
	failures    int
	failed      time.Time // the last wrong password
}

// collection is a calendar, an inbox or an outbox.
type collection struct {
	owner      *account
	name       string
	kind       kind
	display    string
	readOnly   bool
	components []string
	dead       map[string]string // what PROPPATCH set: name in Clark form to inner XML
	objects    map[string]*object
	uids       map[string]string // UID to the name of an object that has it
	// birth tells this collection, and its tokens, from an earlier one of the same name; seq counts its changes.
	birth, seq uint64
	log        []change
	// tokenSeq and tokenAt are the count of the last token that was given out, and when.
	tokenSeq uint64
	tokenAt  time.Time
}

// change is one entry of a collection's log. It is stale once the object has changed again.
type change struct {
	seq  uint64
	name string
	at   time.Time
	gone bool
}

// object is one calendar object resource.
type object struct {
	name        string
	raw         []byte
	etag        string
	scheduleTag string // empty if the object is not of a meeting
	facts       facts
	seq         uint64 // of its last change
	tagSeq      uint64 // of its last change that was no reply of an attendee
	writes      int
	made, at    time.Time
}

// fill makes the store of the first day. The lock is held, or nobody knows the server yet.
func (s *Server) fill() {
	s.accounts = map[string]*account{}
	s.names = nil
	for _, u := range s.opt.Users {
		a := &account{User: u, collections: map[string]*collection{}}
		s.accounts[u.Name] = a
		s.names = append(s.names, u.Name)
		for _, c := range u.Calendars {
			s.makeCollection(a, c, kindCalendar)
		}
		if s.schedules() {
			s.makeCollection(a, Calendar{Name: "inbox", Display: "Inbox"}, kindInbox)
			s.makeCollection(a, Calendar{Name: "outbox", Display: "Outbox"}, kindOutbox)
		}
	}
}

// makeCollection adds one to an account.
func (s *Server) makeCollection(a *account, c Calendar, k kind) *collection {
	s.births++
	col := &collection{
		owner: a, name: c.Name, kind: k, display: c.Display, readOnly: c.ReadOnly, components: c.Components,
		dead: map[string]string{}, objects: map[string]*object{}, uids: map[string]string{}, birth: s.births,
	}
	if col.display == "" {
		col.display = c.Name
	}
	if len(col.components) == 0 {
		col.components = s.profile.Components
	}
	if len(col.components) == 0 {
		col.components = []string{"VEVENT", "VTODO"}
	}
	if c.Color != "" {
		col.dead[clark(nsApple, "calendar-color")] = c.Color
	}
	a.collections[c.Name] = col
	a.order = append(a.order, c.Name)
	return col
}

// dropCollection removes a calendar.
func (a *account) dropCollection(name string) {
	delete(a.collections, name)
	a.order = slices.DeleteFunc(a.order, func(n string) bool { return n == name })
}

// record writes a change into the collection's log, and shortens the log when most of it is stale.
func (c *collection) record(name string, at time.Time, gone bool) uint64 {
	c.seq++
	c.log = append(c.log, change{c.seq, name, at, gone})
	if len(c.log) > 1000 && len(c.log) > 4*len(c.objects) {
		last := map[string]uint64{}
		for _, x := range c.log {
			last[x.name] = x.seq
		}
		c.log = slices.DeleteFunc(c.log, func(x change) bool { return last[x.name] != x.seq })
	}
	return c.seq
}

// since lists what changed after seq, each name once, in order of its last change.
func (c *collection) since(seq uint64) []change {
	from := sort.Search(len(c.log), func(i int) bool { return c.log[i].seq > seq })
	tail := c.log[from:]
	last := make(map[string]uint64, len(tail))
	for _, x := range tail {
		last[x.name] = x.seq
	}
	list := make([]change, 0, len(last))
	for _, x := range tail {
		if last[x.name] == x.seq {
			list = append(list, x)
		}
	}
	return list
}

// sorted lists the objects by name.
func (c *collection) sorted() []*object {
	list := make([]*object, 0, len(c.objects))
	for _, o := range c.objects {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b *object) int { return strings.Compare(a.name, b.name) })
	return list
}

// store puts a body that was found valid under a name, whatever was there. reply marks an attendee's answer, which
// leaves the Schedule-Tag as it was (RFC 6638 section 3.2.10).
func (s *Server) store(c *collection, name string, raw []byte, f facts, reply bool) *object {
	now := s.now()
	o := c.objects[name]
	if o == nil {
		o = &object{name: name, made: now}
		c.objects[name] = o
	} else if c.uids[o.facts.uid] == name {
		delete(c.uids, o.facts.uid)
	}
	o.raw, o.facts, o.at = bytes.Clone(raw), f, now
	o.seq = c.record(name, now, false)
	o.writes++
	if !reply {
		o.tagSeq = o.seq
	}
	o.etag = s.etag(c, o)
	o.scheduleTag = ""
	if s.schedules() && f.organizer != "" && c.kind == kindCalendar {
		o.scheduleTag = fmt.Sprintf(`"st-%d-%d"`, c.birth, o.tagSeq)
	}
	if f.uid != "" {
		c.uids[f.uid] = name
	}
	return o
}

// remove takes an object away.
func (s *Server) remove(c *collection, o *object) {
	delete(c.objects, o.name)
	if c.uids[o.facts.uid] == o.name {
		delete(c.uids, o.facts.uid)
	}
	c.record(o.name, s.now(), true)
}

// etag makes the tag of an object as the profile has it, quotes included.
func (s *Server) etag(c *collection, o *object) string {
	var tag string
	switch s.profile.ETags {
	case ETagContent:
		sum := sha256.Sum256(o.raw)
		tag = hex.EncodeToString(sum[:16])
	case ETagCounter:
		tag = fmt.Sprintf("gcs%08d", o.writes-1)
	default:
		tag = strconv.FormatUint(c.birth, 36) + "-" + strconv.FormatUint(o.seq, 36)
	}
	if s.profile.WeakETag {
		return `W/"` + tag + `"`
	}
	return `"` + tag + `"`
}
