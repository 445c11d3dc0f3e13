package push

import (
	"bytes"
	"context"
	"errors"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// EWS is Exchange on premises, which tells of changes to whoever keeps a connection open, and has no address of ours to send to. Hybrid is
// the same where people sign in at Microsoft.
const (
	EWS    = "ews"
	Hybrid = "ews_hybrid"
)

const (
	// heldFor is how long a connection counts as listened to after its process has last said so. Whoever is killed keeps others from
	// it for so long at the most; the poll goes on.
	heldFor = 5 * time.Minute
	// perAccount is how many connections of one account are listened to at a time, by all processes: Exchange on premises bears three
	// of a mailbox (HangingConnectionLimit), and the person's own programs want one.
	perAccount = 2
)

// Tells reports whether a provider is to tell of changes by itself: because it is asked to, or because somebody listens.
func (s *Service) Tells(provider string) bool {
	return provider == EWS || provider == Hybrid || s.Asks(provider)
}

// listened is what decides whether a connection may be listened to.
type listened struct {
	wanted   bool
	provider string
	sign     []byte        // the hash of the secret that would be shown
	rows     []store.Watch // of the connection
	beside   int           // others of its account that are listened to
}

// listenable looks at a connection. One that rests, waits for people or for a sign-in, or whose company has stopped everything, is not
// listened to.
func (s *Service) listenable(ctx context.Context, tx engine.Tx, id store.ID) (l listened, err error) {
	conn, err := tx.Connection(ctx, id)
	if err != nil {
		return l, err
	}
	acc, err := tx.Account(ctx, conn.Account)
	if err != nil {
		return l, err
	}
	company, err := tx.GetCompany(ctx)
	if err != nil {
		return l, err
	}
	l.provider, l.sign = conn.Provider, hashed(string(acc.Secret))
	l.wanted = conn.State == store.Active && company.Stopped.IsZero() && acc.State == store.AccountWorks && !acc.BlockedUntil.After(s.now())
	l.rows, err = tx.Watches(ctx, id)
	return l, err
}

// beside counts the connections of the same account that are listened to.
func (s *Service) beside(ctx context.Context, tx engine.Tx, id store.ID) (n int, err error) {
	conn, err := tx.Connection(ctx, id)
	if err != nil {
		return 0, err
	}
	all, err := tx.Connections(ctx, conn.Member)
	for _, c := range all {
		if c.Account != conn.Account || c.ID == id || err != nil {
			continue
		}
		var rows []store.Watch
		rows, err = tx.Watches(ctx, c.ID)
		for i := range rows {
			if s.held(&rows[i]) {
				n++
			}
		}
	}
	return n, err
}

// held reports whether some process listens, or did a moment ago.
func (s *Service) held(row *store.Watch) bool {
	return row.State == store.WatchLive && row.Expires.After(s.now())
}

// Hold takes a connection for the calling process to listen to, under the claim of a run that has just ended; nil: it is not to be
// listened to now, because of its state, because another process does, because its account has as many open connections as it bears, or
// because it failed a short while ago. The row says to all processes and on all pages that changes arrive at once.
func (s *Service) Hold(ctx context.Context, c store.Claim) (*store.Watch, error) {
	var l listened
	err := s.Store.View(ctx, c.Company, func(tx engine.Tx) (err error) {
		if l, err = s.listenable(ctx, tx, c.Connection); err == nil && l.wanted {
			l.beside, err = s.beside(ctx, tx, c.Connection)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !l.wanted && len(l.rows) > 0: // whoever listens sees that it is gone
		return nil, s.underClaim(ctx, c, func(ctx context.Context, tx engine.Tx) error { return tx.DeleteWatches(ctx, c.Connection) })
	case !l.wanted, l.beside >= perAccount:
		return nil, nil
	}
	// Nobody sends to the address: it is there because no two are alike.
	row := store.Watch{Connection: c.Connection, Provider: l.provider, Address: hashed(secretText()), Secret: l.sign, State: store.WatchLive}
	for i := range l.rows {
		old := &l.rows[i]
		if s.held(old) || old.State == store.WatchFailed && old.Due.After(s.now()) {
			return nil, nil
		}
		row.Failures, row.Told = max(row.Failures, old.Failures), old.Told
	}
	s.prolong(&row)
	err = s.underClaim(ctx, c, func(ctx context.Context, tx engine.Tx) error {
		if err := tx.DeleteWatches(ctx, c.Connection); err != nil { // of a process that was killed, or of a failure
			return err
		}
		fresh := row // a transaction may be run again, and an id that an earlier try has given is none
		err := tx.PutWatch(ctx, &fresh)
		if err == nil {
			row.ID = fresh.ID
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.observe(row.Provider, Made)
	return &row, nil
}

// prolong says that somebody listens from now on.
func (s *Service) prolong(row *store.Watch) {
	row.Tended = s.now()
	row.Expires = row.Tended.Add(heldFor)
	row.Due = row.Expires
}

// Keep answers whether a connection that was taken is to be listened to still: with the sign-in that it was taken with, and by whoever
// took it. It writes only now and then.
func (s *Service) Keep(ctx context.Context, company store.ID, row *store.Watch) (bool, error) {
	wanted := false
	err := s.Store.View(ctx, company, func(tx engine.Tx) error {
		l, err := s.listenable(ctx, tx, row.Connection)
		if err != nil || !l.wanted || !bytes.Equal(l.sign, row.Secret) {
			return err
		}
		for i := range l.rows {
			wanted = wanted || l.rows[i].ID == row.ID && l.rows[i].State == store.WatchLive
		}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil || !wanted || s.now().Sub(row.Tended) < heldFor/2:
		return wanted, err
	}
	fresh := *row
	s.prolong(&fresh)
	fresh.Failures = 0 // it has lasted
	err = s.Store.Tx(ctx, company, func(tx engine.Tx) error { return tx.PutWatch(ctx, &fresh) })
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // it was taken away just now
	}
	if err == nil {
		*row = fresh
	}
	return true, err
}

// Heard asks for a run of a connection that was listened to, as a notification does.
func (s *Service) Heard(ctx context.Context, company store.ID, row *store.Watch) error {
	return s.wake(ctx, company, row, false)
}

// LetGo ends what [Service.Hold] began. why is nil where we have ended it. Else the connection is left alone for a while, longer each time
// that it fails; a sign-in that was refused, and a rest that was asked for, hold for the whole account at once.
func (s *Service) LetGo(ctx context.Context, company store.ID, row *store.Watch, why error) error {
	if why == nil {
		s.observe(row.Provider, Ended)
		return s.Store.Tx(ctx, company, func(tx engine.Tx) error { return tx.DeleteWatch(ctx, row.ID) })
	}
	s.observe(row.Provider, Failed)
	s.putOff(row, why)
	row.State = store.WatchFailed
	return s.Store.Tx(ctx, company, func(tx engine.Tx) error {
		if err := tx.PutWatch(ctx, row); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		conn, err := tx.Connection(ctx, row.Connection)
		if err != nil {
			return err
		}
		acc, err := tx.Account(ctx, conn.Account)
		if err != nil {
			return err
		}
		current := bytes.Equal(hashed(string(acc.Secret)), row.Secret)
		if err := engine.TellAccount(ctx, tx, acc, current, why); err != nil {
			return err
		}
		if provider.ClassOf(why) != provider.SignIn || !current {
			return nil
		}
		return tx.Wake(ctx, row.Connection, s.now(), lane) // which shows it, and sends nothing
	})
}

// underClaim changes rows while a claim holds (I18), also where the process was told to stop meanwhile.
func (s *Service) underClaim(ctx context.Context, c store.Claim, f func(context.Context, engine.Tx) error) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer stop()
	return s.Store.Tx(ctx, c.Company, func(tx engine.Tx) error {
		if err := tx.Fenced(ctx, c, s.now()); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}
