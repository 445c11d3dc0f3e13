package connection

import (
	"context"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// AddAccount signs in and stores the account without connecting a calendar yet. The account that who has at that server
// under that name gets the new secret, and its connections that waited for a sign-in go on.
func (s *Service) AddAccount(ctx context.Context, who Who, kind string, sign account.Credentials) (store.Account, error) {
	acc, err := s.signIn(ctx, who, Request{Provider: kind, Sign: sign})
	if err != nil {
		return acc, err
	}
	return acc, s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		return tx.AddAudit(ctx, store.Audit{
			At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: "add_account", Subject: acc.Label,
		})
	})
}

// Foresee is the dry run of a connection that does not exist yet: the engine's own, over a store in which it does. Nothing
// is written before the person has seen the figures.
func (s *Service) Foresee(ctx context.Context, who Who, accountID store.ID, calendar string, settings lens.Settings) (map[string]int, error) {
	draft, remote, err := s.draft(ctx, who, accountID, calendar, settings)
	if err != nil {
		return nil, err
	}
	e := *s.Engine
	e.Store = draftStore{Store: e.Store, draft: draft}
	return e.DryRun(ctx, engine.Target{Company: who.Company, Connection: draft.ID, Remote: remote}, &settings)
}

// ForeseeRules says what rules would keep out of a calendar that is not connected yet.
func (s *Service) ForeseeRules(ctx context.Context, who Who, accountID store.ID, calendar string, rules []lens.Rule) (Skipped, error) {
	_, remote, err := s.draft(ctx, who, accountID, calendar, lens.Defaults())
	if err != nil {
		return Skipped{}, err
	}
	return skipped(ctx, remote, rules)
}

// TryRules says what rules would keep out of a connection's calendar if they held for everything in it. The titles are its
// owner's business.
func (s *Service) TryRules(ctx context.Context, who Who, id store.ID, rules []lens.Rule) (Skipped, error) {
	c, err := s.Get(ctx, who, id)
	if err != nil {
		return Skipped{}, err
	}
	if c.Member != who.User.ID {
		return Skipped{}, ErrNotYours
	}
	if unready(&c) {
		return Skipped{}, &ErrState{State: c.State, Action: "show what its rules leave out"}
	}
	remote, err := s.remote(ctx, who.Company, c)
	if err != nil {
		return Skipped{}, err
	}
	return skipped(ctx, remote, rules)
}

// draft is a connection as it would be, with its calendar opened.
func (s *Service) draft(ctx context.Context, who Who, accountID store.ID, calendar string, settings lens.Settings) (store.Connection, engine.Remote, error) {
	acc, err := s.signIn(ctx, who, Request{Account: accountID})
	if err != nil {
		return store.Connection{}, nil, err
	}
	cal, err := calendarOf(&acc, calendar)
	if err != nil {
		return store.Connection{}, nil, err
	}
	c := store.Connection{ID: draftID, Account: acc.ID, Member: who.User.ID, Provider: acc.Provider}
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		// A calendar that was connected before is taken up again: what is tied already is then not new.
		old, err := s.sameCalendar(ctx, tx, who, &acc, calendar)
		switch {
		case err != nil:
			return err
		case old != nil && old.State != store.Stopped:
			return &ErrAlreadyConnected{ID: old.ID}
		case old != nil:
			c = *old
		}
		return nil
	})
	if err != nil {
		return c, nil, err
	}
	setCalendar(&c, cal)
	c.State, c.Settings, c.Cursor, c.Started, c.HubAt = store.Active, settings.JSON(), "", s.now(), s.now()
	if acc, err = s.probe(ctx, who, acc, cal.ID); err != nil {
		return c, nil, err
	}
	remote, err := s.Remotes.Remote(who.Company, c, acc)
	return c, remote, err
}

// draftID is a connection's number that no row has.
const draftID = store.ID(1)<<53 - 1

// draftStore is the store with one connection more.
type draftStore struct {
	engine.Store
	draft store.Connection
}

// View implements [engine.Store].
func (d draftStore) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	return d.Store.View(ctx, company, func(tx engine.Tx) error { return f(draftTx{tx, d.draft}) })
}

type draftTx struct {
	engine.Tx
	draft store.Connection
}

// Connection answers the draft under its number.
func (d draftTx) Connection(ctx context.Context, id store.ID) (store.Connection, error) {
	if id == d.draft.ID {
		return d.draft, nil
	}
	return d.Tx.Connection(ctx, id)
}

// Skipped is what rules keep out of a calendar.
type Skipped struct {
	Read   int  // how many events were looked at
	More   bool // the calendar holds more than were looked at
	Hits   int
	Events []calendar.Event // the first of them
}

const (
	maxTried = 1000 // events: enough to see what a rule does, without reading a large calendar whole
	maxShown = 10
)

// skipped reads the beginning of a calendar and says which of its events rules keep out.
func skipped(ctx context.Context, remote engine.Remote, rules []lens.Rule) (Skipped, error) {
	var found Skipped
	for cursor := provider.Cursor(""); ; {
		p, err := remote.Pull(ctx, cursor, func(provider.RemoteID) provider.Versions { return nil })
		if err != nil {
			return found, err
		}
		items, next, more := contents(p)
		if room := maxTried - found.Read; len(items) > room {
			items, found.More = items[:room], true
		}
		if items, err = readAll(ctx, remote, items); err != nil {
			return found, err
		}
		for _, it := range items {
			found.look(&it, rules)
		}
		if !more || found.Read >= maxTried || next == cursor {
			found.More = found.More || more
			return found, nil
		}
		cursor = next
	}
}

func (s *Skipped) look(it *provider.Item, rules []lens.Rule) {
	if it.State != provider.StateLive {
		return
	}
	s.Read++
	if !lens.Skips(rules, &it.Event) {
		return
	}
	if s.Hits++; len(s.Events) < maxShown {
		s.Events = append(s.Events, it.Event)
	}
}

func contents(p provider.Pull) (items []provider.Item, next provider.Cursor, more bool) {
	switch p := p.(type) {
	case provider.Delta:
		return p.Items, p.Next, p.More
	case provider.Snapshot:
		return p.Items, p.Next, p.More
	}
	return nil, "", false
}

// readAll reads the items that a listing only named.
func readAll(ctx context.Context, remote engine.Remote, items []provider.Item) ([]provider.Item, error) {
	var out []provider.Item
	var named []provider.RemoteID
	for _, it := range items {
		if it.State == provider.StateNotRead {
			named = append(named, it.ID)
		} else {
			out = append(out, it)
		}
	}
	for size := max(remote.Capabilities().BatchRead, 1); len(named) > 0; {
		n := min(size, len(named))
		read, err := remote.Read(ctx, named[:n])
		if err != nil {
			return nil, err
		}
		out, named = append(out, read...), named[n:]
	}
	return out, nil
}
