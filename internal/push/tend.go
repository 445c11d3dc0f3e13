package push

import (
	"context"
	"errors"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

const (
	// firstRest and lastRest bound how long a provider that did not take a watch is left alone; each failure doubles it.
	firstRest = time.Minute
	lastRest  = 6 * time.Hour
	// settle is how long a commit may take after the process was told to stop: what a provider has granted is not forgotten.
	settle = 5 * time.Second
)

// tender is one look at the watches of a connection, under the claim of its run.
type tender struct {
	*Service
	claim    store.Claim
	watcher  provider.Watcher
	provider string
	rows     []store.Watch
	wanted   bool
	shares   bool     // it tells of the whole account
	account  store.ID // whose connections share the watch; 0: it is this connection's alone
}

// Tend does what is due for the watches of a connection whose run has just ended well, and answers when it should run once more on
// their account; zero if it need not. That is at once where the provider has just begun to tell: what changed before would be told
// by nobody. And it is soon where a change was told of that the run, being quiet, did not see. w is the calendar's side of it. A
// look at which nothing is due sends nothing and writes nothing.
func (s *Service) Tend(ctx context.Context, c store.Claim, w provider.Watcher, quiet bool) (next time.Time) {
	t := &tender{Service: s, claim: c, watcher: w}
	_, t.shares = w.(provider.Sharer)
	err := t.load(ctx)
	if err == nil && len(t.rows) == 0 && !t.wanted || ctx.Err() != nil {
		return next
	}
	if err == nil {
		var again bool
		switch again, err = t.keep(ctx, t.settle(ctx)); {
		case again:
			next = t.now()
		case quiet:
			next = t.lookAgain()
		}
	}
	t.log("keep watches", err)
	return next
}

// behind is how long after a notification a quiet run is repeated: what Microsoft tells of, its deltas may show only later
// (providers.md 2.1, 2.4). After the last of these it is the poll's turn.
var behind = map[string][]time.Duration{Graph: {2 * time.Second, 15 * time.Second}}

// lookAgain is when a change is looked for again that was told of and has not shown; zero if none was, or no more.
func (t *tender) lookAgain() (next time.Time) {
	now := t.now()
	for _, row := range t.rows {
		for _, d := range behind[row.Provider] {
			if at := row.Told.Add(d); !row.Told.IsZero() && at.After(now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}

// keep keeps a watch alive, the current one or, if that is nil, a first one.
func (t *tender) keep(ctx context.Context, current *store.Watch) (again bool, err error) {
	now := t.now()
	if err := t.take(ctx, current); err != nil {
		return false, err
	}
	switch {
	case !t.wanted:
		return false, nil
	case current == nil:
		return t.begin(ctx, &store.Watch{Connection: t.claim.Connection, Account: t.account, Provider: t.provider})
	case current.State == store.WatchFailed && !now.Before(current.Due):
		return t.begin(ctx, current)
	case current.State == store.WatchLive && (!now.Before(current.Due) || current.Urged.After(current.Tended)):
		return t.renew(ctx, *current)
	}
	return false, nil
}

// log writes down what went wrong; a lost lease is for whoever has it now.
func (t *tender) log(what string, err error) {
	if err != nil && !errors.Is(err, store.ErrFenced) {
		t.Log.Warn(what, "company", t.claim.Company, "connection", t.claim.Connection, "error", err)
	}
}

// load reads the watches, and whether there is to be one. A connection that is held, waits for people or is in a company that has
// stopped everything is left as it is.
func (t *tender) load(ctx context.Context) error {
	return t.Store.View(ctx, t.claim.Company, func(tx engine.Tx) error {
		company, err := tx.GetCompany(ctx)
		if err != nil {
			return err
		}
		conn, err := tx.Connection(ctx, t.claim.Connection)
		if err != nil {
			return err
		}
		t.provider, t.rows, t.wanted, t.account = tongue(conn.Provider), nil, false, 0
		if t.shares {
			return t.loadShared(ctx, tx, &conn, &company)
		}
		switch {
		case conn.State == store.Paused, conn.State == store.Stopped:
		case conn.State == store.Active && company.Stopped.IsZero():
			t.wanted = t.Asks(conn.Provider)
		default:
			return nil
		}
		t.rows, err = tx.Watches(ctx, t.claim.Connection)
		return err
	})
}

// settle ends the watches that nobody wants, and answers the one that is to be kept alive; nil if there is none.
func (t *tender) settle(ctx context.Context) (current *store.Watch) {
	now := t.now()
	for i := range t.rows {
		row := &t.rows[i]
		over := !row.Expires.IsZero() && !now.Before(row.Expires)
		if over && row.State == store.WatchLive {
			row.State = store.WatchFailed // and rests as long as it did, if it could not be renewed
		}
		switch {
		case row.State == store.WatchAsked, over && row.State == store.WatchEnding:
			// Nobody heard the answer, without which it cannot be ended; or it has ended by itself. What it still tells finds no
			// watch any more.
			t.forget(ctx, row)
		case row.State == store.WatchEnding && now.Before(row.Due):
		case row.State == store.WatchEnding, !t.wanted, row.Base != t.Base:
			t.end(ctx, row)
		case current == nil:
			current = row
		case row.State == store.WatchLive: // the newest that lives is the one to keep
			t.end(ctx, current)
			current = row
		default:
			t.end(ctx, row)
		}
	}
	return current
}

// ask asks for a watch. Its row is there before: the provider may try the address, or tell of something, before it answers.
func (t *tender) ask(ctx context.Context, row *store.Watch) error {
	address, secret := secretText(), secretText()
	wish := provider.Watch{ID: secretText(), Address: t.Base + "/push/" + t.provider + "/" + address, Secret: secret}
	row.Address, row.Secret, row.Base, row.Channel, row.Resource = hashed(address), hashed(secret), t.Base, wish.ID, ""
	row.State, row.Tended, row.Expires = store.WatchAsked, t.now(), time.Time{}
	if err := t.save(ctx, row); err != nil {
		return err
	}
	granted, err := t.watcher.Watch(ctx, wish)
	if err != nil {
		return err
	}
	t.granted(row, granted)
	t.observe(t.provider, Made)
	return t.save(ctx, row)
}

// begin asks for a watch where there is none.
func (t *tender) begin(ctx context.Context, row *store.Watch) (begun bool, err error) {
	if err = t.ask(ctx, row); err == nil {
		return true, t.announce(ctx, row)
	}
	row.State = store.WatchFailed
	return false, t.failed(ctx, row, err)
}

// renew gives a watch a longer life, or puts another in its place.
func (t *tender) renew(ctx context.Context, row store.Watch) (again bool, err error) {
	r, can := t.watcher.(provider.Renewer)
	if !can {
		return false, t.replace(ctx, &row)
	}
	row.Tended = t.now()
	granted, err := r.Renew(ctx, watched(&row))
	switch {
	case err == nil:
		t.granted(&row, granted)
		t.observe(t.provider, Renewed)
		return false, t.save(ctx, &row)
	case provider.ClassOf(err) == provider.Gone:
		t.observe(t.provider, Forgotten)
		return t.begin(ctx, &row)
	}
	return false, t.failed(ctx, &row, err)
}

// replace puts another watch in the place of one that goes on until the other is there: between them nothing is missed, and what
// both tell of is one run.
func (t *tender) replace(ctx context.Context, old *store.Watch) error {
	fresh := store.Watch{Connection: t.claim.Connection, Account: t.account, Provider: t.provider}
	if err := t.ask(ctx, &fresh); err != nil {
		if fresh.ID != 0 {
			t.forget(ctx, &fresh)
		}
		old.Tended = t.now()
		return t.failed(ctx, old, err)
	}
	t.end(ctx, old)
	return nil
}

// end asks the provider to tell no more, and forgets the watch once it does not. Who cannot be reached is asked again later: as
// long as it tells of something, that does no harm. What is refused for good runs out by itself.
func (t *tender) end(ctx context.Context, row *store.Watch) {
	if row.State != store.WatchFailed {
		row.State, row.Tended = store.WatchEnding, t.now()
		if err := t.watcher.Unwatch(ctx, watched(row)); passing(err) {
			t.log("end a watch", t.failed(ctx, row, err))
			return
		}
		t.observe(t.provider, Ended)
	}
	t.forget(ctx, row)
}

// passing reports an error after which asking again may help.
func passing(err error) bool {
	if err == nil {
		return false
	}
	c := provider.ClassOf(err)
	return c == provider.Transient || c == provider.RateLimited || c == provider.Unknown
}

// watched is a watch as its provider knows it.
func watched(row *store.Watch) provider.Watched {
	return provider.Watched{ID: row.Channel, Resource: row.Resource, Until: row.Expires}
}

// granted notes what the provider has granted. It is renewed in the middle of its life: that leaves as much time again for
// trying.
func (t *tender) granted(row *store.Watch, g provider.Watched) {
	row.State, row.Failures, row.Reason = store.WatchLive, 0, ""
	row.Channel, row.Resource, row.Expires = g.ID, g.Resource, g.Until
	row.Due = row.Tended.Add(g.Until.Sub(row.Tended) / 2)
}

// failed notes a failure, and when to ask again. The answer is the failure, to be logged.
func (t *tender) failed(ctx context.Context, row *store.Watch, err error) error {
	t.putOff(row, err)
	t.observe(t.provider, Failed)
	if row.ID == 0 {
		return err // it could not even be saved
	}
	return errors.Join(err, t.save(ctx, row))
}

// putOff says when to try again after a failure: later and later, and never before the provider said (I19).
func (s *Service) putOff(row *store.Watch, err error) {
	row.Failures++
	row.Due, row.Reason = s.now().Add(min(lastRest, firstRest<<min(row.Failures-1, 16))), reason(err)
	if e, ok := errors.AsType[*provider.Error](err); ok && e.RetryAfter.After(row.Due) {
		row.Due = e.RetryAfter
	}
}

// reason is the code of an error, or its class where it has none.
func reason(err error) string {
	if e, ok := errors.AsType[*provider.Error](err); ok && e.Code != "" {
		return e.Code
	}
	return provider.ClassOf(err).String()
}

func (t *tender) save(ctx context.Context, row *store.Watch) error {
	return t.commit(ctx, func(ctx context.Context, tx engine.Tx) error {
		fresh := *row // a transaction may be run again, and an id that an earlier try has given is none
		if err := tx.PutWatch(ctx, &fresh); err != nil {
			return err
		}
		row.ID = fresh.ID
		return nil
	})
}

func (t *tender) forget(ctx context.Context, row *store.Watch) {
	err := t.commit(ctx, func(ctx context.Context, tx engine.Tx) error { return tx.DeleteWatch(ctx, row.ID) })
	t.log("forget a watch", err)
}

// commit changes rows while the claim holds.
func (t *tender) commit(ctx context.Context, f func(context.Context, engine.Tx) error) error {
	return t.underClaim(ctx, t.claim, f)
}
