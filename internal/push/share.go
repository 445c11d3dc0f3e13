package push

import (
	"context"
	"slices"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// Where a watch tells of a whole account, the account's connections share it. Of those that sync, the one that was made first looks after
// it; where that is paused or stopped, the next one goes on with it, and where none is left, whichever rests ends it. What it tells wakes
// those connections that it may concern, and makes what they ask for new (see [Service.Told]).

// sharedGap is the shortest time between two questions that a shared watch asks for: each answers for the whole account, and costs it more
// than others do. The first is not kept waiting.
const sharedGap = 5 * time.Second

// loadShared reads the watches of the account, if it is this connection's turn to look after them.
func (t *tender) loadShared(ctx context.Context, tx engine.Tx, conn *store.Connection, company *store.Company) error {
	siblings, err := siblings(ctx, tx, conn.Account)
	if err != nil {
		return err
	}
	first := slices.IndexFunc(siblings, func(c store.Connection) bool { return c.State == store.Active })
	rests := conn.State == store.Paused || conn.State == store.Stopped
	switch {
	case first >= 0 && siblings[first].ID == conn.ID && company.Stopped.IsZero():
		t.wanted = t.Asks(conn.Provider)
	case first >= 0 || !rests:
		return nil
	case slices.ContainsFunc(siblings, func(c store.Connection) bool { return c.State != store.Paused && c.State != store.Stopped }):
		return nil // one that waits for a sign-in, or the like: it goes on with the watch
	}
	t.account = conn.Account
	t.rows, err = tx.AccountWatches(ctx, conn.Account)
	return err
}

// siblings are the connections of an account, the first that was made first.
func siblings(ctx context.Context, tx Rows, account store.ID) (list []store.Connection, err error) {
	all, err := tx.Connections(ctx, 0)
	for _, c := range all {
		if c.Account == account {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b store.Connection) int { return int(a.ID - b.ID) })
	return list, err
}

// take makes a watch this connection's to look after, whose last is paused or stopped.
func (t *tender) take(ctx context.Context, row *store.Watch) error {
	if row == nil || !t.wanted || row.Connection == t.claim.Connection {
		return nil
	}
	row.Connection = t.claim.Connection
	return t.save(ctx, row)
}

// announce makes the connection's next run ask anew, where several share what was asked: what changed before the watch was made is told
// by nobody.
func (t *tender) announce(ctx context.Context, row *store.Watch) error {
	if t.account == 0 {
		return nil
	}
	return t.commit(ctx, func(ctx context.Context, tx engine.Tx) error {
		return tx.NoteNotification(ctx, row.ID, t.now(), time.Time{})
	})
}

// Told is when the provider last told of something in an account whose connections share a watch.
func (s *Service) Told(ctx context.Context, company, account store.ID) (at time.Time) {
	now := s.now()
	err := s.Store.View(ctx, company, func(tx engine.Tx) error {
		rows, err := tx.AccountWatches(ctx, account)
		at = time.Time{}
		for _, w := range rows {
			if w.Told.After(at) {
				at = w.Told
			}
		}
		return err
	})
	if err != nil {
		s.Log.Error("read what was told", "company", company, "account", account, "error", err)
		return now // not known: the run asks
	}
	if at.After(now) {
		return now // what is told of now is to be seen by a run that is still to come
	}
	return at
}

// wakeShared asks for runs of those connections of an account that something may concern, unless they are asked for. It notes for which
// instant: what was asked of the provider before that does not count for them.
func (s *Service) wakeShared(ctx context.Context, company store.ID, k store.Watch, h heard) error {
	now := s.now()
	at := now
	switch next := k.Told.Add(sharedGap); {
	case k.Told.Sub(now) > sharedGap: // by a clock that was wrong
	case k.Told.After(now):
		at = k.Told // which is asked for already
	case !k.Told.IsZero() && next.After(now):
		at = next
	}
	var all, sleeping []store.ID
	err := s.Store.View(ctx, company, func(tx engine.Tx) (err error) {
		all, sleeping, err = s.concerned(ctx, tx, k.Account, h.calendars, at)
		return err
	})
	woken := err == nil && len(all) > 0 && (len(sleeping) > 0 || k.Told.Before(at) || h.gone != "")
	if woken {
		err = s.Store.Tx(ctx, company, func(tx engine.Tx) error {
			if err := tx.NoteNotification(ctx, k.ID, at, time.Time{}); err != nil {
				return err
			}
			for _, id := range all {
				if h.gone == "" {
					break
				}
				if err := engine.Doubt(ctx, tx, id, h.gone, now); err != nil {
					return err
				}
			}
			for _, id := range sleeping {
				if err := tx.Wake(ctx, id, at, lane); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		s.Log.Error("wake connections", "company", company, "account", k.Account, "error", err)
		return err
	}
	if woken {
		s.observe(k.Provider, Woken)
	} else {
		s.observe(k.Provider, Awaited)
	}
	return nil
}

// concerned are the connections of an account that something in some of its calendars may concern, and those of them for which no run is
// asked for.
func (s *Service) concerned(
	ctx context.Context, tx engine.Tx, account store.ID, calendars []string, at time.Time,
) (all, sleeping []store.ID, err error) {
	conns, err := siblings(ctx, tx, account)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range conns {
		if c.State != store.Active && c.State != store.Retrying || len(calendars) > 0 && !slices.Contains(calendars, c.Calendar) {
			continue
		}
		all = append(all, c.ID)
		awaited, err := tx.Awaited(ctx, c.ID, at, lane)
		if err != nil {
			return nil, nil, err
		}
		if !awaited {
			sleeping = append(sleeping, c.ID)
		}
	}
	return all, sleeping, nil
}

// ending are the watches that end with a connection: its own, and its account's once nobody shares it any more.
func (s *Service) ending(ctx context.Context, tx engine.Tx, connection store.ID) (list []store.Watch, err error) {
	conn, err := tx.Connection(ctx, connection)
	if err != nil {
		return nil, err
	}
	all, err := siblings(ctx, tx, conn.Account)
	if err != nil {
		return nil, err
	}
	goesOn := slices.ContainsFunc(all, func(c store.Connection) bool { return c.ID != connection && c.State != store.Stopped })
	if !goesOn {
		if list, err = tx.AccountWatches(ctx, conn.Account); err != nil {
			return nil, err
		}
	}
	own, err := tx.Watches(ctx, connection)
	for _, w := range own {
		if w.Account == 0 {
			list = append(list, w)
		}
	}
	return list, err
}

// Rows is what is read of connections and their watches.
type Rows interface {
	Connection(ctx context.Context, id store.ID) (store.Connection, error)
	Connections(ctx context.Context, member store.ID) ([]store.Connection, error)
	Watches(ctx context.Context, connection store.ID) ([]store.Watch, error)
	AccountWatches(ctx context.Context, account store.ID) ([]store.Watch, error)
}

// watchesOf are the watches of a connection, or of all (0): one that is shared stands there for each that shares it.
func watchesOf(ctx context.Context, tx Rows, connection store.ID) (list []store.Watch, err error) {
	rows, err := tx.Watches(ctx, connection)
	if err != nil {
		return nil, err
	}
	var conns []store.Connection
	if connection != 0 {
		conn, err := tx.Connection(ctx, connection)
		if err != nil {
			return nil, err
		}
		shared, err := tx.AccountWatches(ctx, conn.Account)
		if err != nil {
			return nil, err
		}
		rows = append(slices.DeleteFunc(rows, func(w store.Watch) bool { return w.Account != 0 }), shared...)
		conns = append(conns, conn)
	} else if slices.ContainsFunc(rows, func(w store.Watch) bool { return w.Account != 0 }) {
		if conns, err = tx.Connections(ctx, 0); err != nil {
			return nil, err
		}
	}
	for _, w := range rows {
		if w.Account == 0 {
			list = append(list, w)
			continue
		}
		for _, c := range conns {
			if c.Account == w.Account {
				w.Connection = c.ID
				list = append(list, w)
			}
		}
	}
	return list, nil
}
