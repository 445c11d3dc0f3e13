package graph

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// mailbox is a user with everything that is theirs.
type mailbox struct {
	User
	number  uint32
	guid    string // the object id of the user
	folders []*folder
	items   map[uint64]*item
	serials uint64
	seq     uint64 // counts changes
	log     []change
	// floor is the oldest count that a delta token may hold; what was before is forgotten.
	floor        uint64
	gone         int // deleted items among them
	transactions map[string]*item
	half         int // creations that are yet to happen by half
	throttle
}

// folder is one calendar.
type folder struct {
	box         *mailbox
	serial      uint32
	name        string
	owner       person
	readOnly    bool
	hidePrivate bool
	isDefault   bool
	seq         uint64
}

// change is one entry of a mailbox's log. It is stale once the item has changed again.
type change struct {
	seq    uint64
	serial uint64
}

// item is an event through its life; the last version is what it is now.
type item struct {
	serial   uint64
	box      *mailbox
	uid      string
	made     time.Time
	versions []*version
	seen     bool // was asked for by its id
}

// version is what an item was for a while. It is never changed once it is stored.
type version struct {
	seq    uint64
	at     time.Time // of the last change by somebody
	folder *folder
	gone   bool
	state
}

// state is the content of an item.
type state struct {
	props
	transaction string
	organizer   person
	invited     bool // somebody else organises
	cancelled   bool // by the organiser
	recurrence  *recurrence
	exceptions  []exception     // by original start
	deleted     []calendar.Wall // original starts that were taken out, sorted
}

// exception is one occurrence that differs in the fields that are set.
type exception struct {
	original calendar.Wall
	seq      uint64 // of its last change
	set      map[string]bool
	props    props
}

// maxVersions is how many versions of an item are kept; a token from before is too old.
const maxVersions = 64

func (it *item) now() *version { return it.versions[len(it.versions)-1] }

// at is the version that a token of a count saw; nil before the item was made.
func (it *item) at(seq uint64) *version {
	i := sort.Search(len(it.versions), func(i int) bool { return it.versions[i].seq > seq })
	if i == 0 {
		return nil
	}
	return it.versions[i-1]
}

// edit is a copy of the content that may be changed and stored.
func (v *version) edit() state {
	st := v.state
	st.exceptions = slices.Clone(st.exceptions)
	st.deleted = slices.Clone(st.deleted)
	return st
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

// store makes a state the item's new version.
func (s *Server) store(it *item, f *folder, st state, gone bool) {
	b := it.box
	b.seq++
	it.versions = append(it.versions, &version{seq: b.seq, at: s.now(), folder: f, gone: gone, state: st})
	if len(it.versions) > maxVersions {
		it.versions = slices.Delete(it.versions, 0, 1)
		b.floor = max(b.floor, it.versions[0].seq)
	}
	b.record(it.serial)
	s.changed(it)
	if gone {
		b.gone++
		s.prune(b)
	}
}

// maxGone is how many deleted items a mailbox remembers.
const maxGone = 10_000

// prune forgets the older half of the deleted items where there are too many; tokens from before their deletion are lost.
func (s *Server) prune(b *mailbox) {
	if b.gone <= s.maxGone {
		return
	}
	var list []*item
	for _, it := range b.items { // any order: they are sorted
		if it.now().gone {
			list = append(list, it)
		}
	}
	slices.SortFunc(list, func(a, b *item) int { return cmp.Compare(a.now().seq, b.now().seq) })
	list = list[:len(list)/2]
	for _, it := range list {
		delete(b.items, it.serial)
		delete(b.transactions, it.now().transaction)
		b.floor = max(b.floor, it.now().seq)
	}
	b.gone -= len(list)
	b.log = slices.DeleteFunc(b.log, func(c change) bool { return b.items[c.serial] == nil })
}

// record writes a change into the log, and shortens the log when most of it is stale.
func (b *mailbox) record(serial uint64) {
	b.log = append(b.log, change{b.seq, serial})
	if len(b.log) > 1000 && len(b.log) > 4*len(b.items) {
		last := map[uint64]uint64{}
		for _, c := range b.log {
			last[c.serial] = c.seq
		}
		b.log = slices.DeleteFunc(b.log, func(c change) bool { return last[c.serial] != c.seq })
	}
}

// since lists the items that have changed after a count, by serial.
func (b *mailbox) since(seq uint64) []*item {
	from := sort.Search(len(b.log), func(i int) bool { return b.log[i].seq > seq })
	var serials []uint64
	for _, c := range b.log[from:] {
		serials = append(serials, c.serial)
	}
	slices.Sort(serials)
	var list []*item
	for _, serial := range slices.Compact(serials) {
		list = append(list, b.items[serial])
	}
	return list
}

// newItem makes an item without a version.
func (s *Server) newItem(b *mailbox, uid string) *item {
	b.serials++
	it := &item{serial: b.serials, box: b, uid: uid, made: s.now()}
	if uid == "" {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d", b.number, b.serials, s.births))
		stamp := uint64(s.now().Unix()+11644473600) * 10_000_000 // 100 ns since 1601
		it.uid = strings.ToUpper(fmt.Sprintf("%016x", stamp) + "0000000000000000" + "10000000" + hex.EncodeToString(sum[:16]))
	}
	b.items[it.serial] = it
	return it
}

// sorted lists what is there, oldest first.
func (b *mailbox) sorted() []*item {
	var list []*item
	for _, it := range b.items {
		if !it.now().gone {
			list = append(list, it)
		}
	}
	slices.SortFunc(list, func(a, b *item) int { return int(a.serial) - int(b.serial) })
	return list
}

// fill makes the store of the first day. The lock is held, or nobody knows the server yet.
func (s *Server) fill() {
	s.births++
	s.boxes = nil
	s.identity = newIdentity()
	s.subscriptions = map[string]*subscription{}
	for i, u := range s.opt.Users {
		sum := sha256.Sum256([]byte(u.Name))
		h := hex.EncodeToString(sum[:16])
		b := &mailbox{
			User: u, number: uint32(i + 1), items: map[uint64]*item{}, transactions: map[string]*item{}, floor: 1, seq: 1,
			guid: h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32],
		}
		for _, c := range u.Calendars {
			s.newFolder(b, c)
		}
		b.folders[0].isDefault = true
		s.boxes = append(s.boxes, b)
	}
}

func (s *Server) newFolder(b *mailbox, c Calendar) *folder {
	b.seq++
	s.folders++
	f := &folder{
		box: b, serial: s.folders, name: c.Name, readOnly: c.ReadOnly, hidePrivate: c.HidePrivate, seq: b.seq,
		owner: person{b.Display, b.Name},
	}
	if c.Owner != "" {
		f.owner = person{displayOf(c.Owner), c.Owner}
	}
	b.folders = append(b.folders, f)
	return f
}

func displayOf(address string) string {
	name, _, _ := strings.Cut(address, "@")
	return name
}

// folder finds a calendar by its serial.
func (b *mailbox) folder(serial uint32) *folder {
	for _, f := range b.folders {
		if f.serial == serial {
			return f
		}
	}
	return nil
}
