package claim

import (
	"sync"

	"tahti/internal/store"
)

// Gate lets writes to providers pass, company by company.
type Gate struct {
	mu    sync.Mutex
	doors map[store.ID]*door
}

type door struct {
	shut  bool
	under int             // writes that are under way
	quiet []chan struct{} // closed when none is
}

// door is called with the lock held.
func (g *Gate) door(company store.ID) *door {
	if g.doors == nil {
		g.doors = map[store.ID]*door{}
	}
	d := g.doors[company]
	if d == nil {
		d = &door{}
		g.doors[company] = d
	}
	return d
}

// Close lets no further write of the company start. The channel that it answers is closed once none is under way.
func (g *Gate) Close(company store.ID) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	d, quiet := g.door(company), make(chan struct{})
	d.shut = true
	if d.under == 0 {
		close(quiet)
	} else {
		d.quiet = append(d.quiet, quiet)
	}
	return quiet
}

// Shut returns when no write of the company is under way and none will start.
func (g *Gate) Shut(company store.ID) { <-g.Close(company) }

// Open lets writes pass again.
func (g *Gate) Open(company store.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.door(company).shut = false
}

// Under answers how many writes of a company are under way.
func (g *Gate) Under(company store.ID) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.door(company).under
}

// pass calls write unless the gate is shut, and counts it as under way meanwhile.
func (g *Gate) pass(company store.ID, write func()) bool {
	if !g.enter(company) {
		return false
	}
	defer g.leave(company)
	write()
	return true
}

func (g *Gate) enter(company store.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.door(company)
	if !d.shut {
		d.under++
	}
	return !d.shut
}

func (g *Gate) leave(company store.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.door(company)
	if d.under--; d.under > 0 {
		return
	}
	for _, quiet := range d.quiet {
		close(quiet)
	}
	d.quiet = nil
}
