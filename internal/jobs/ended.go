package jobs

import (
	"sync"

	"tahti/internal/store"
)

// bells tell whoever waits for the end of a connection's run in this process. There is one for each connection that
// somebody waits for.
type bells struct {
	mu   sync.Mutex
	hung map[[2]store.ID]chan struct{}
}

func (b *bells) hang(company, connection store.ID) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := [2]store.ID{company, connection}
	if b.hung == nil {
		b.hung = map[[2]store.ID]chan struct{}{}
	}
	if b.hung[key] == nil {
		b.hung[key] = make(chan struct{})
	}
	return b.hung[key]
}

func (b *bells) ring(company, connection store.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := [2]store.ID{company, connection}
	if c := b.hung[key]; c != nil {
		close(c)
		delete(b.hung, key)
	}
}

// Ended answers a channel that is closed when the next run of a connection has ended in this process. Ask for it before
// looking at the runs: what ends after that is told.
func (r *Runner) Ended(company, connection store.ID) <-chan struct{} {
	return r.ended.hang(company, connection)
}
