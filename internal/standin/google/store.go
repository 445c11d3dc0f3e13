package google

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// account is a user with their calendar list.
type account struct {
	User
	list []*listing
	// seq counts the changes of the list; gone are calendars that have left it, with the count of that.
	seq  uint64
	gone []left
}

// left is a calendar that has left a list.
type left struct {
	id  string
	seq uint64
}

// touch counts a change of one entry of the list.
func (a *account) touch(l *listing) {
	a.seq++
	l.seq = a.seq
}

// drop takes a calendar out of the list.
func (a *account) drop(sh *shelf) {
	for i, l := range a.list {
		if l.shelf == sh {
			a.list = slices.Delete(a.list, i, i+1)
			a.seq++
			a.gone = append(a.gone, left{sh.id, a.seq})
			return
		}
	}
}

// listing is a calendar in a user's list.
type listing struct {
	shelf   *shelf
	role    role
	primary bool
	seq     uint64 // of its last change
}

// role is what a user may do with a calendar. They are ordered: each may what the one before may.
type role uint8

const (
	roleNone role = iota
	roleFreeBusy
	roleReader
	roleBlindWriter // writerWithoutPrivateAccess
	roleWriter
	roleOwner
)

var roleNames = [...]string{"none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"}

func (r role) String() string { return roleNames[r] }

// parseRole reads a role's name; ok is false for others.
func parseRole(s string) (role, bool) {
	for i, name := range roleNames {
		if name == s {
			return role(i), true
		}
	}
	return roleNone, false
}

// shelf is one calendar.
type shelf struct {
	id, summary string
	details     object // description and location
	zone        string
	owner       *account
	madeBy      string // the client that made it; empty for those of the first day
	events      map[string]*event
	splits      map[string][]*event // series that were split off, by the id of the first one
	// birth tells this calendar from an earlier one of the same id; seq counts its changes.
	birth, seq uint64
	log        []entry
	// dead is the highest count whose sync tokens are over.
	dead uint64
	// gone are deleted events in order of their deletion; used are the ids of those that were forgotten since.
	gone    []*event
	used    map[string]bool
	updated time.Time
}

// entry is one change in a calendar's log. It is stale once the event has changed again.
type entry struct {
	seq   uint64
	event *event
}

// fill makes the store of the first day. The lock is held, or nobody knows the server yet.
func (s *Server) fill() {
	s.accounts, s.calendars, s.tokens, s.calls = nil, map[string]*shelf{}, map[string]*grant{}, map[string][]time.Time{}
	s.channels, s.deliveries = map[string]*channel{}, nil
	s.consents, s.codes, s.attempts = map[grantKey]*consent{}, map[string]*code{}, nil
	for _, u := range s.opt.Users {
		a := &account{User: u}
		s.accounts = append(s.accounts, a)
		list := u.Calendars
		if len(list) == 0 {
			list = []Calendar{{}}
		}
		for i, c := range list {
			if c.ID == "" && i == 0 {
				c.ID = u.Email
			}
			r, ok := parseRole(c.Role)
			if !ok {
				r = roleOwner
			}
			l := &listing{shelf: s.shelfOf(c, a), role: r, primary: i == 0}
			a.list = append(a.list, l)
			a.touch(l)
		}
	}
	if s.opt.Token != "" {
		s.tokens[s.opt.Token] = &grant{who: s.accounts[0], client: s.opt.Clients[0].ID, scopes: map[string]bool{
			"openid": true, scopePrefix + "calendar": true, scopePrefix + "userinfo.email": true, scopePrefix + "userinfo.profile": true,
		}}
	}
}

// shelfOf is the calendar with that id, made if nobody has named it before.
func (s *Server) shelfOf(c Calendar, a *account) *shelf {
	if old := s.calendars[c.ID]; old != nil {
		return old
	}
	s.births++
	sh := &shelf{id: c.ID, summary: c.Summary, zone: c.TimeZone, owner: a, birth: s.births, events: map[string]*event{}, used: map[string]bool{}, splits: map[string][]*event{}, details: object{}, updated: s.now()}
	if sh.id == "" {
		sh.id = fmt.Sprintf("c_%020x@group.calendar.google.com", s.births)
	}
	if sh.summary == "" {
		sh.summary = sh.id
	}
	if sh.zone == "" {
		sh.zone = "UTC"
	}
	s.calendars[sh.id] = sh
	return sh
}

// listed is a calendar of a user by its id or "primary"; nil if the user has none of that name.
func (a *account) listed(id string) *listing {
	for _, l := range a.list {
		if l.shelf.id == id || id == "primary" && l.primary {
			return l
		}
	}
	return nil
}

// local is the account with that address, or nil.
func (s *Server) local(email string) *account {
	for _, a := range s.accounts {
		if a.Email == email {
			return a
		}
	}
	return nil
}

// record writes a change of an event into the log, and shortens the log when most of it is stale.
func (sh *shelf) record(e *event, now time.Time) {
	sh.seq++
	e.seq = sh.seq
	sh.updated = now
	sh.log = append(sh.log, entry{sh.seq, e})
	if len(sh.log) > 1000 && len(sh.log) > 4*len(sh.events) {
		kept := sh.log[:0:0]
		for _, x := range sh.log {
			if x.event.seq == x.seq {
				kept = append(kept, x)
			}
		}
		sh.log = kept
	}
}

// since lists the events that changed after a count, each once, in order of its last change.
func (sh *shelf) since(seq uint64) []*event {
	from := sort.Search(len(sh.log), func(i int) bool { return sh.log[i].seq > seq })
	var list []*event
	for _, x := range sh.log[from:] {
		if x.event.seq == x.seq {
			list = append(list, x.event)
		}
	}
	return list
}

// maxGone is how many deleted events a calendar remembers: "such cancelled events will eventually disappear" (reference).
const maxGone = 10_000

// bury remembers that an event was deleted, and forgets the oldest one if there are too many.
func (sh *shelf) bury(e *event) {
	if e.series != nil {
		return // an occurrence lives as long as its series
	}
	sh.gone = append(sh.gone, e)
	if len(sh.gone) > maxGone {
		sh.forgetGone(1)
	}
}

// forgetGone forgets the n oldest deleted events. Their ids stay taken; sync tokens that have not heard of them are over.
func (sh *shelf) forgetGone(n int) {
	for _, e := range sh.gone[:n] {
		if !e.cancelled() || sh.events[e.id] != e {
			continue
		}
		for _, x := range append([]*event{e}, e.exceptions...) {
			delete(sh.events, x.id)
			sh.used[x.id] = true
			sh.dead = max(sh.dead, x.seq)
		}
	}
	sh.gone = append(sh.gone[:0:0], sh.gone[n:]...)
}

// taken reports whether an id cannot be had any more.
func (sh *shelf) taken(id string) bool { return sh.events[id] != nil || sh.used[id] }

// tag makes an ETag that never comes twice.
func (s *Server) tag() string {
	s.versions++
	return fmt.Sprintf("%q", fmt.Sprint(3_300_000_000_000_000+2*s.versions))
}

// opened is the calendar that the call names, if the user may do that much with it, and the grant reaches it.
func (c *call) opened(need role) (*listing, *failure) {
	id := c.segment("calendarId")
	l := c.who.listed(id)
	if l == nil {
		return nil, refNotFound.because("Not Found")
	}
	most := c.grant.reach(l, c.m)
	if most == roleNone {
		return nil, refScope.because(tooFew)
	}
	if most < l.role {
		l = &listing{shelf: l.shelf, role: most, primary: l.primary}
	}
	if l.role < need {
		word := map[bool]string{true: "writer", false: "reader"}[need >= roleBlindWriter]
		return nil, refAccess.because("You need to have " + word + " access to this calendar.")
	}
	return l, nil
}

// reach is the most that the scopes let the user do with a calendar: some are about those only that the user owns, or
// that the client made, and one shows times only.
func (g *grant) reach(l *listing, m *method) role {
	most := roleNone
	for full := range g.scopes {
		if !m.allows(map[string]bool{full: true}) {
			continue
		}
		switch strings.TrimPrefix(full, scopePrefix) {
		case "calendar.app.created":
			if l.shelf.madeBy != "" && l.shelf.madeBy == g.client {
				return roleOwner
			}
		case "calendar.events.owned", "calendar.events.owned.readonly":
			if l.role == roleOwner {
				return roleOwner
			}
		case "calendar.events.freebusy":
			most = max(most, roleFreeBusy)
		case "calendar.events.public.readonly": // no calendar here is public
		default:
			return roleOwner
		}
	}
	return most
}
