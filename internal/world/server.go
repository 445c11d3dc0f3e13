package world

import (
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
)

// form is how a server keeps an event.
type form uint8

const (
	values form = iota // as it is
	text               // iCalendar text, through the real codec
	parts              // a master, and each exception with an id and a version of its own
)

// traits are what a kind of server can do and does.
type traits struct {
	name  string
	form  form
	guard provider.Guard
	// listing: there are no deltas, every pull lists everything.
	listing bool
	// untoldEnds: a delta says nothing of the deletion of what none has told of.
	untoldEnds bool
	// unread: a pull answers ids and versions only.
	unread bool
	// unproven: what was deleted is only said to be removed.
	unproven bool
	// mails: writes of meetings that the connected person organises mail the guests.
	mails    bool
	modified bool
	page     int
	batch    int
	fields   calendar.FieldSet
	normal   []normaliser
	oddities
}

// server is one calendar in memory. It is as strict as a good one, and sees who does what.
type server struct {
	traits
	*host
	w        *World
	name     string
	calendar string // its id at the host
	me       string // address of the connected person
	readOnly bool   // they may not write in it

	seq    int
	lost   int // cursors from before are forgotten
	anew   int // changes from before were not told to who began anew
	made   int
	order  []provider.RemoteID
	stored map[provider.RemoteID]*entry
	hid    bool // its last listing left out something that was there: it was stale, or that was late to be seen

	side     *side
	requests int
	writes   int
}

// entry is one event at a server.
type entry struct {
	id    provider.RemoteID
	key   provider.Key
	event calendar.Event
	raw   []byte
	tags  provider.Versions
	// seq is the number of its last change that is listed; before is the one that it had.
	seq, before int
	states      []past // what lists showed of it, oldest first, the last as of seq
	born        int    // the number of its first
	skipped     int    // the change that a cursor went past without a word
	lateUntil   time.Time
	listed      *entry // as the last listing showed it, where that lagged
	haunted     int    // the move in which a list that lags showed it though it was gone
	gone        bool
	modified    time.Time
	inserted    time.Time        // when it was made
	ours        bool             // sync made it
	made        calendar.Values  // as what sync made it
	strayed     bool             // a worker made it that had been replaced, at a server that keeps no keys
	unknown     bool             // it was there when older rows were restored that know nothing of it
	sent        bool             // what it says now was written by sync
	edited      int              // move of the last person's edit
	arrived     int              // move in which it was made
	said        map[string]int   // what it ever said, and the move in which it first did
	heard       map[string]bool  // the marks that it ever showed, or was sent and has cut
	taken       int              // move in which a person deleted it; 0 if nobody did
	refused     bool             // no more writes are taken
	strange     bool             // its times are in a zone that nobody knows
	dates       []provider.Range // of what it says now; nil: to be worked out
	answered    answered
	splitAt     calendar.Wall // where a person ended the series, and another one goes on; 0 if nobody did, or it was edited since
	related     string        // UID that it says it is related to
	meeting     *meeting
	told        calendar.Event // of a guest's copy: what it said when it last heard of the meeting
	forged      *meeting       // whose UID somebody chose for it
	poison      poison         // it cannot be taken
	named       bool           // a person has chosen another title at the calendar since sync made it
	called      string         // as its activity was in the database that was restored, where its title shows that
	tied        *tied          // by taking it over
	copied      bool           // with its key, from another calendar
	given       bool           // and whose activity was theirs when it was tied to that
	opened      bool           // somebody no longer keeps it to themselves, and it showed no activity then
}

func newServer(w *World, h *host, name, me string, t traits) *server {
	return &server{traits: t, host: h, w: w, name: name, me: me, stored: map[provider.RemoteID]*entry{}}
}

func (s *server) capabilities() provider.Capabilities {
	return provider.Capabilities{
		Guard: s.guard, SilentUpdate: !s.mails, Tombstones: !s.listing && !s.crm, Untold: s.untoldEnds, Fields: s.fields, BatchRead: s.batch,
		Concurrency: 1, Modified: s.modified, ReadOnly: s.feed, Piecemeal: s.form == parts, Shared: s.crm, Instants: s.crm, Keyless: s.crm,
		PerAccount: s.budget,
	}
}

// item is an event as the adapter answers it.
func (s *server) item(e *entry) provider.Item {
	it := provider.Item{ID: e.id, State: provider.StateLive, Versions: clone(e.tags), Key: e.key, Related: e.related}
	if e.gone {
		return provider.Item{ID: e.id, State: provider.StateGone}
	}
	if e.strange {
		return s.unreadable(e)
	}
	it.Event, it.Raw = s.read(e), e.raw
	if s.crm {
		it.Key = ""
	}
	if s.modified {
		it.Modified = e.modified
	}
	organised := e.event.Organizer.Email
	it.Invited = organised != "" && organised != s.me
	it.Editable = calendar.EitherSide & s.shows(e)
	if it.Invited {
		it.Editable &^= calendar.OrganizerOwned
	} else if s.mails {
		it.WouldMail = len(e.event.Guests)
	}
	return it
}

// read is what the adapter understands of an event.
func (s *server) read(e *entry) calendar.Event {
	ev := e.event.Clone()
	if s.form == text && !e.strange {
		d, problem := icalendar.Decode(e.raw, icalendar.Options{Self: []string{s.me}})
		if problem != nil {
			s.w.broke("I13", "%s holds text that cannot be read: %v\n%s", s.name, problem, e.raw)
			return ev
		}
		ev = d.Event
	}
	ev.Known = s.shows(e)
	for _, f := range (calendar.AllFields &^ ev.Known).List() {
		calendar.Copy(f, &ev.Values, &calendar.Values{})
		for i := range ev.Overrides {
			ev.Overrides[i].Set &^= calendar.Fields(f)
		}
	}
	ev.Normalize()
	if s.crm {
		inItsWords(&ev)
	}
	return ev
}

// keep stores what an event says now, in the server's own form and words.
func (s *server) keep(e *entry, now calendar.Event, by string) {
	e.hears(&now)
	for _, n := range s.normal {
		n.apply(&now)
	}
	if s.crm {
		heldByCRM(&now)
	}
	now.UID, now.Known = e.event.UID, calendar.AllFields
	now.Normalize()
	e.answered, e.sent = answered{}, by == "sync"
	if by != "sync" {
		e.splitAt = 0
		e.mend()
	}
	if s.form == text && by != "sync" {
		e.raw = s.retext(e, &now)
	}
	was := e.event
	e.event = now.Clone()
	s.touch(e, &was)
	if by != "sync" {
		s.w.toldThere(s.side, e)
	}
	if m := e.meeting; m != nil && m.master == e {
		s.w.tell(m)
	}
}

// touch gives an event, and the parts of it that differ from before, new versions.
func (s *server) touch(e *entry, was *calendar.Event) {
	s.changes(e)
	if e.said == nil {
		e.said = map[string]int{}
	}
	if text := spelled(&e.event); e.said[text] == 0 {
		e.said[text] = s.w.move + 1
	}
	e.modified, e.dates = s.w.now, nil
	defer s.remember(e)
	if e.born == 0 {
		e.born = s.seq
	}
	if s.form != parts {
		e.tags = provider.One(fmt.Sprint("t", s.seq))
		return
	}
	old := e.tags
	e.tags = provider.Versions{"": {ID: string(e.id), Tag: fmt.Sprint("t", s.seq)}}
	for i := range e.event.Overrides {
		o := &e.event.Overrides[i]
		key := calendar.Time{Kind: e.event.Start.Kind, Wall: o.Original}.Key()
		e.tags[key] = provider.Version{ID: string(e.id) + "_" + key, Tag: fmt.Sprint("t", s.seq)}
		if before := was.Override(o.Original); before != nil && sameOverride(before, o) && old[key].Tag != "" {
			e.tags[key] = old[key]
		}
	}
}

func sameOverride(a, b *calendar.Override) bool {
	if a.Set != b.Set {
		return false
	}
	for _, f := range a.Set.List() {
		if !calendar.Same(f, &a.Values, &b.Values) {
			return false
		}
	}
	return true
}

func (s *server) insert(e *entry) {
	e.inserted = s.w.now
	e.arrived = s.w.move
	s.order = append(s.order, e.id)
	s.stored[e.id] = e
}

// silent reports that a cursor went past the last change of an event without a word: only a sweep will show it.
func (s *server) silent() bool {
	return slices.ContainsFunc(s.order, func(id provider.RemoteID) bool { e := s.stored[id]; return e.skipped > 0 && e.skipped == e.seq })
}

// late is how many changes no list shows yet.
func (s *server) late() (n int) {
	for _, id := range s.order {
		if s.stored[id].lateUntil.After(s.w.now) {
			n++
		}
	}
	return n
}

// live are the events that are there, in order.
func (s *server) live() []*entry {
	var list []*entry
	for _, id := range s.order {
		if e := s.stored[id]; !e.gone {
			list = append(list, e)
		}
	}
	return list
}

// has reports whether an item is there.
func (s *server) has(remote string) bool {
	e := s.stored[remoteID(remote)]
	return e != nil && !e.gone
}

func clone(v provider.Versions) provider.Versions {
	c := make(provider.Versions, len(v))
	for k, x := range v { // any order: a copy
		c[k] = x
	}
	return c
}
