package world

import (
	"fmt"
	"slices"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// firm is a company with its people and calendars, and what was typed and committed in it. The companies of a world share its
// database, nodes and workers, and nothing else. Whatever happens, happens in one of them: the one that the world embeds.
type firm struct {
	name    string
	company store.ID
	users   []crm.User
	sides   []*side
	stopped bool // by the company-wide stop
	deals   []store.ID
	book    ledger
	rows    rows

	saving   bool  // somebody saves something in the CRM, just now
	tool     *tool // that syncs some of the calendars, too
	cleaning *side // of which somebody has what sync made removed, just now
	// meetings are those that somebody of it was ever invited to.
	meetings []*meeting
}

// rows are what was committed, as the world saw it.
type rows struct {
	activities map[store.ID]*crm.Activity
	limited    map[store.ID]int // move in which it was last changed while a CRM could not hold it
	retyped    map[store.ID]int // move in which it got another type last
	revived    map[store.ID]int // move in which it came back last, or to another owner
	conflicts  map[store.ID]*store.Conflict
	belated    map[store.ID]bool              // conflicts that sync has kept of an activity which was deleted already
	remotes    map[[2]store.ID]string         // by connection and link, the remote item
	linked     map[linkKey]store.ID           // by connection and remote item, the activity
	parted     map[linkKey]bool               // a tie to that item has ended
	noted      map[linkKey]string             // by the same, the kind of a write of it that is not settled
	keys       map[string]bool                // of creations that were noted
	edited     map[store.ID]bool              // activities that were changed elsewhere than in the calendar that they came from
	shares     map[store.ID][]crm.Participant // by activity, in the order in which they joined
	opened     map[store.ID]bool              // activities that a person kept private and then did not
	turns      map[store.ID]turn              // by row of history, what it is about
	written    int
	bred       map[string][]time.Time // by the mark in a title, what sync has made lately
	outside    map[string]int         // by the same, how often another program has copied a copy of its own
	asked      map[string][]time.Time // by request and item, when it was asked for lately
	sent       map[string][]time.Time // by item, when sync has written it lately
}

type linkKey struct {
	connection store.ID
	remote     string
}

// foundFirm makes a company with its people and calendars.
func (w *World) foundFirm(p firmPlan) error {
	w.firm = &firm{
		name: p.name, book: ledger{marks: map[string]*mark{}, secrets: map[string]*confidence{}, numbers: &w.numbers},
		rows: rows{
			activities: map[store.ID]*crm.Activity{}, retyped: map[store.ID]int{}, limited: map[store.ID]int{}, revived: map[store.ID]int{}, conflicts: map[store.ID]*store.Conflict{}, belated: map[store.ID]bool{},
			remotes: map[[2]store.ID]string{}, linked: map[linkKey]store.ID{}, parted: map[linkKey]bool{}, noted: map[linkKey]string{}, keys: map[string]bool{}, edited: map[store.ID]bool{},
			bred: map[string][]time.Time{}, outside: map[string]int{}, sent: map[string][]time.Time{}, asked: map[string][]time.Time{},
			shares: map[store.ID][]crm.Participant{}, opened: map[store.ID]bool{}, turns: map[store.ID]turn{},
		},
	}
	w.firms = append(w.firms, w.firm)
	h := w.nodes[0].hub
	company, err := h.NewCompany(w.ctx, w.db, p.name)
	if err != nil {
		return err
	}
	w.company = company.ID
	for i, name := range p.users {
		login := store.Login{Email: name + "@example.com", Created: w.now}
		if err := w.db.PutLogin(w.ctx, &login); err != nil {
			return err
		}
		u := crm.User{Login: login.ID, Name: name, Email: login.Email, TimeZone: "Europe/Helsinki", Locale: "en", Active: true}
		err := w.tx(func(tx engine.Tx) (err error) {
			if i == 0 {
				u, err = h.SetUp(w.ctx, tx, u)
			} else {
				u, err = h.AddUser(w.ctx, tx, hub.By(w.users[0]), u)
			}
			return err
		})
		if err != nil {
			return err
		}
		w.users = append(w.users, u)
	}
	for i, s := range p.sides {
		if err := w.connect(i, s); err != nil {
			return fmt.Errorf("connect %d: %w", i, err)
		}
	}
	w.now = w.now.Add(time.Second) // what is made now is made later than the starting points
	return nil
}

// in does something in a company.
func (w *World) in(f *firm, do func()) {
	before := w.firm
	w.firm = f
	defer func() { w.firm = before }()
	do()
}

// inEach does something in each company.
func (w *World) inEach(do func()) {
	for _, f := range w.firms {
		w.in(f, do)
	}
}

// everySide are the connections of all companies.
func (w *World) everySide() []*side {
	var list []*side
	for _, f := range w.firms {
		list = append(list, f.sides...)
	}
	return list
}

func (w *World) firmOf(company store.ID) *firm {
	i := slices.IndexFunc(w.firms, func(f *firm) bool { return f.company == company })
	return w.firms[i]
}

// rowsWritten is how many rows were written of those that a quiet run does not write.
func (w *World) rowsWritten() int {
	n := 0
	for _, f := range w.firms {
		n += f.rows.written
	}
	return n
}
