package jobs

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
	sync.RWMutex
	shut bool
}

func (g *Gate) door(company store.ID) *door {
	g.mu.Lock()
	defer g.mu.Unlock()
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

// Shut returns when no write of the company is under way and none will start.
func (g *Gate) Shut(company store.ID) {
	d := g.door(company)
	d.Lock()
	d.shut = true
	d.Unlock()
}

// Open lets writes pass again.
func (g *Gate) Open(company store.ID) {
	d := g.door(company)
	d.Lock()
	d.shut = false
	d.Unlock()
}

// pass calls write unless the gate is shut, and keeps it from being shut meanwhile.
func (g *Gate) pass(company store.ID, write func()) bool {
	d := g.door(company)
	d.RLock()
	defer d.RUnlock()
	if d.shut {
		return false
	}
	write()
	return true
}
