package status

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/push"
	"tahti/internal/store"
)

// States of a part.
const (
	OK       = "ok"
	Degraded = "degraded"
	Down     = "down"
	Unknown  = "unknown" // nothing has been measured
)

// Report is how everything is.
type Report struct {
	Status     string      `json:"status"` // the worst of the parts
	At         time.Time   `json:"at"`
	Components []Component `json:"components"`
	Providers  []Provider  `json:"providers"`
}

// Component is a part of the installation: server, database, sync.
type Component struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// Provider is how sync with one kind of calendar fared in the last day.
type Provider struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	// Success is the share of runs that did not fail, 0 to 1; nil if there were none. Of each connection the newest
	// runs count, at most runsLooked.
	Success *float64 `json:"success"`
	// LagMS is the median age of the last good run of the connections that should run, in milliseconds; nil if there was none.
	LagMS *int64 `json:"lag_ms"`
	// Push is the share of the connections that should run whose provider tells of changes by itself, 0 to 1; nil where it is not
	// asked to. Without it changes are found by the poll: it is no part of the status.
	Push *float64 `json:"push"`
}

const (
	day        = 24 * time.Hour
	runsLooked = 300
	// overdue is how late the scheduler may be before sync counts as degraded. A worker's lost lease takes 90 s.
	overdue = 3 * time.Minute
	// good is the share of runs above which a provider counts as working.
	good = 0.95
)

// measure looks at everything. An error means that the database does not answer.
func measure(ctx context.Context, h *house.House, now time.Time) (Report, error) {
	r := Report{At: now.UTC(), Components: []Component{{"server", OK}, {"database", OK}, {"sync", OK}}, Providers: []Provider{}}
	next, err := h.DB.NextWake(ctx)
	if err != nil {
		return r, err
	}
	if !next.IsZero() && now.Sub(next) > overdue {
		r.Components[2].Status = Degraded
	}
	seen, err := lookAtAll(ctx, h, now)
	if err != nil {
		return r, err
	}
	for id, s := range seen {
		p := s.provider(id)
		if share := float64(s.told) / float64(max(s.should, 1)); s.should > 0 && h.Push.Tells(id) {
			p.Push = &share
		}
		r.Providers = append(r.Providers, p)
	}
	slices.SortFunc(r.Providers, func(a, b Provider) int { return cmp.Compare(a.ID, b.ID) })
	r.Status = OK
	for _, c := range r.Components {
		r.Status = worse(r.Status, c.Status)
	}
	for _, p := range r.Providers {
		r.Status = worse(r.Status, p.Status)
	}
	return r, nil
}

func worse(a, b string) string {
	rank := map[string]int{Degraded: 1, Down: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// sight is what was seen of a provider's connections.
type sight struct {
	ended, failed int
	ages          []time.Duration
	should, told  int // connections that should run, and those of them that are told of changes
}

func (s *sight) provider(id string) Provider {
	p := Provider{ID: id, Status: Unknown}
	if s.ended > 0 {
		share := 1 - float64(s.failed)/float64(s.ended)
		p.Success, p.Status = &share, OK
		if share < good {
			p.Status = Degraded
		}
	}
	if len(s.ages) > 0 {
		slices.Sort(s.ages)
		ms := s.ages[len(s.ages)/2].Milliseconds()
		p.LagMS = &ms
	}
	return p
}

func lookAtAll(ctx context.Context, h *house.House, now time.Time) (map[string]*sight, error) {
	seen := map[string]*sight{}
	ids, err := h.DB.CompanyIDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		// The view may be tried again, so that what it has seen is added up only afterwards.
		var connections []store.Connection
		var runs [][]store.Run
		var told map[store.ID]push.Health
		err := h.Store.View(ctx, id, func(tx engine.Tx) (err error) {
			if connections, err = tx.Connections(ctx, 0); err != nil {
				return err
			}
			runs = make([][]store.Run, len(connections))
			for i, c := range connections {
				if runs[i], err = tx.Runs(ctx, c.ID, runsLooked); err != nil {
					return err
				}
			}
			told, err = push.Healths(ctx, tx, 0, now)
			return err
		})
		if err != nil {
			return nil, err
		}
		for i, c := range connections {
			if seen[c.Provider] == nil {
				seen[c.Provider] = &sight{}
			}
			seen[c.Provider].add(c, runs[i], told[c.ID].Live, now)
		}
	}
	return seen, nil
}

// add counts one connection's runs, newest first.
func (s *sight) add(c store.Connection, runs []store.Run, told bool, now time.Time) {
	runs = slices.DeleteFunc(slices.Clone(runs), func(r store.Run) bool {
		return r.Finished.IsZero() || now.Sub(r.Finished) > day
	})
	s.ended += len(runs)
	fresh := time.Time{}
	for _, r := range runs {
		if r.State == "failed" {
			s.failed++
		} else if fresh.IsZero() {
			fresh = r.Finished
		}
	}
	if c.State != store.Active && c.State != store.Retrying {
		return
	}
	s.should++
	if told {
		s.told++
	}
	if !fresh.IsZero() {
		s.ages = append(s.ages, now.Sub(fresh))
	}
}
