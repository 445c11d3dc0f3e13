package ews

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin/exchange"
)

// mailbox is a user with everything that is theirs.
type mailbox struct {
	User
	number  uint32
	folders []*folder
	items   map[uint64]*item
	serials uint64 // of items
	seq     uint64 // counts changes
	log     []change
	// floor is the count of the last deletion that is forgotten; a SyncState has to have seen it.
	floor uint64
	gone  int // deleted items among them, of which so many are remembered
	most  int
	birth uint32

	account  Account
	failures int // wrong passwords in a row
	failed   time.Time
	throttle

	events        uint64 // counts those that were told
	subscriptions []*subscription
	subscribed    int
}

// folder is one folder of a mailbox.
type folder struct {
	box           *mailbox
	serial        uint64
	parent        *folder // nil for the root
	name          string
	class         string // IPF.Appointment for calendars
	distinguished string // its name in requests; empty for one that was made
	seq           uint64
	changed       time.Time // when an event in it was last; zero if none ever was
	gone          bool
}

func (f *folder) calendar() bool { return strings.HasPrefix(f.class, "IPF.Appointment") }

// change is one entry of a mailbox's log. It is stale once the item has changed again.
type change struct {
	seq    uint64
	serial uint64
}

// item is an event. It lies in one folder for all its life: what is moved is another item there.
type item struct {
	serial   uint64
	box      *mailbox
	folder   *folder
	made     time.Time
	at       time.Time // of the last change
	seq      uint64    // of the last change
	gone     bool
	unfound  bool // is yet to be hidden from a search
	modified string
	ownKeys  bool // of occurrences, see [Variants]
	history  []touch
	state
}

// state is the content of an item.
type state struct {
	props
	uid        string
	organizer  person
	invited    bool // somebody else organises
	cancelled  bool // by the organiser
	sent       bool // invitations were
	sequence   int
	recurrence *exchange.Pattern
	exceptions []exception     // by original start
	deleted    []calendar.Wall // original starts that were taken out, sorted
}

// exception is one occurrence that differs in the fields that are set.
type exception struct {
	original calendar.Wall
	seq      uint64 // of its last change
	set      map[string]bool
	props    props
}

// edit is a copy of the content that may be changed and stored.
func (st *state) edit() state {
	out := *st
	out.exceptions = slices.Clone(st.exceptions)
	out.deleted = slices.Clone(st.deleted)
	return out
}

// exception finds an exception by its original start.
func (st *state) exception(original calendar.Wall) *exception {
	for i := range st.exceptions {
		if st.exceptions[i].original == original {
			return &st.exceptions[i]
		}
	}
	return nil
}

// except puts an exception in place of another of the same original start.
func (st *state) except(e exception) {
	st.exceptions = slices.DeleteFunc(st.exceptions, func(o exception) bool { return o.original == e.original })
	st.exceptions = append(st.exceptions, e)
	slices.SortFunc(st.exceptions, func(a, b exception) int { return int(a.original - b.original) })
}

// store makes a state what the item is now.
func (s *Server) store(it *item, st state) {
	kind := "ModifiedEvent"
	if it.seq == 0 {
		kind = "CreatedEvent"
	}
	s.put(it, st)
	s.emit(kind, it)
}

// put is the same without a word.
func (s *Server) put(it *item, st state) {
	b := it.box
	b.seq++
	it.state, it.seq, it.at = st, b.seq, s.now()
	it.folder.changed = it.at
	b.record(it.serial)
}

// remove takes an item away.
func (s *Server) remove(it *item) {
	s.drop(it)
	s.emit("DeletedEvent", it)
}

// drop is the same without a word.
func (s *Server) drop(it *item) {
	b := it.box
	b.seq++
	it.seq, it.at, it.gone = b.seq, s.now(), true
	it.folder.changed = it.at
	b.record(it.serial)
	b.gone++
	b.prune()
}

// maxGone is how many deleted items a mailbox remembers.
const maxGone = 10_000

// prune forgets the older half of the deleted items where there are too many; states from before their deletion are lost.
func (b *mailbox) prune() {
	if b.gone <= b.most {
		return
	}
	var list []*item
	for _, it := range b.items { // any order: they are sorted
		if it.gone {
			list = append(list, it)
		}
	}
	slices.SortFunc(list, func(x, y *item) int { return int(int64(x.seq - y.seq)) })
	for _, it := range list[:len(list)/2] {
		delete(b.items, it.serial)
		b.floor = max(b.floor, it.seq)
		b.gone--
	}
	b.log = slices.DeleteFunc(b.log, func(c change) bool { return b.items[c.serial] == nil })
}

// record writes a change into the log, and shortens the log when most of it is stale.
func (b *mailbox) record(serial uint64) {
	b.log = append(b.log, change{b.seq, serial})
	if len(b.log) > 1000 && len(b.log) > 4*len(b.items) {
		b.log = slices.DeleteFunc(b.log, func(c change) bool { return b.items[c.serial] == nil || b.items[c.serial].seq != c.seq })
	}
}

// since are the changes after a count that no later one has made stale, oldest first.
func (b *mailbox) since(seq uint64) []*item {
	from := sort.Search(len(b.log), func(i int) bool { return b.log[i].seq > seq })
	var list []*item
	for _, c := range b.log[from:] {
		if it := b.items[c.serial]; it != nil && it.seq == c.seq {
			list = append(list, it)
		}
	}
	return list
}

// newItem makes an item without content.
func (s *Server) newItem(f *folder) *item {
	b := f.box
	b.serials++
	it := &item{serial: b.serials, box: b, folder: f, made: s.now(), unfound: s.variants.LateFind, ownKeys: s.variants.OccurrenceKeys, modified: f.box.Display}
	b.items[it.serial] = it
	return it
}

// newUID is a UID as Exchange makes it: a global object id ([MS-OXOCAL] 2.2.1.27), in hexadecimal.
func (s *Server) newUID(b *mailbox) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d", b.number, b.serials, s.births))
	stamp := uint64(s.now().Unix()+11644473600) * 10_000_000 // 100 ns since 1601
	return strings.ToUpper(goidHead + "00000000" + fmt.Sprintf("%016x", stamp) + "0000000000000000" + "10000000" + hex.EncodeToString(sum[:16]))
}

// goidHead is how a global object id begins.
const goidHead = "040000008200E00074C5B7101A82E008"

// sorted lists what is there, oldest first.
func (b *mailbox) sorted() []*item {
	var list []*item
	for _, it := range b.items { // any order: they are sorted
		if !it.gone {
			list = append(list, it)
		}
	}
	slices.SortFunc(list, func(x, y *item) int { return int(int64(x.serial - y.serial)) })
	return list
}

// items lists what is in a folder, oldest first.
func (f *folder) items() []*item {
	return slices.DeleteFunc(f.box.sorted(), func(it *item) bool { return it.folder != f })
}

// fill makes the store of the first day. The lock is held, or nobody knows the server yet.
func (s *Server) fill() {
	s.births++
	s.boxes, s.connections = nil, map[string]*connection{}
	for i, u := range s.opt.Users {
		b := &mailbox{User: u, number: uint32(i + 1), items: map[uint64]*item{}, seq: 1, birth: s.births, most: maxGone}
		root := b.folder(nil, "", "", "root")
		top := b.folder(root, "Top of Information Store", "IPF.Note", "msgfolderroot")
		for _, x := range [][3]string{
			{"Inbox", "IPF.Note", "inbox"}, {"Calendar", "IPF.Appointment", "calendar"}, {"Contacts", "IPF.Contact", "contacts"},
			{"Deleted Items", "IPF.Note", "deleteditems"}, {"Drafts", "IPF.Note", "drafts"}, {"Journal", "IPF.Journal", "journal"},
			{"Junk Email", "IPF.Note", "junkemail"}, {"Notes", "IPF.StickyNote", "notes"}, {"Outbox", "IPF.Note", "outbox"},
			{"Sent Items", "IPF.Note", "sentitems"}, {"Tasks", "IPF.Task", "tasks"},
		} {
			b.folder(top, x[0], x[1], x[2])
		}
		b.folder(root, "Finder", "", "searchfolders")
		for _, name := range u.Calendars {
			b.folder(b.named("calendar"), name, "IPF.Appointment", "")
		}
		s.boxes = append(s.boxes, b)
	}
}

// folder makes a folder.
func (b *mailbox) folder(parent *folder, name, class, distinguished string) *folder {
	b.seq++
	f := &folder{box: b, serial: uint64(len(b.folders) + 1), parent: parent, name: name, class: class, distinguished: distinguished, seq: b.seq}
	b.folders = append(b.folders, f)
	return f
}

// named finds a distinguished folder.
func (b *mailbox) named(distinguished string) *folder {
	for _, f := range b.folders {
		if f.distinguished == distinguished {
			return f
		}
	}
	return nil
}

// under lists the folders in a folder, deep ones too if asked for, in the order in which they were made.
func (f *folder) under(deep bool) []*folder {
	var list []*folder
	for _, x := range f.box.folders {
		if x.gone || x == f {
			continue
		}
		for p := x.parent; p != nil; p = p.parent {
			if p == f {
				list = append(list, x)
				break
			}
			if !deep {
				break
			}
		}
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
