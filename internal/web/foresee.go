package web

import (
	"context"
	"fmt"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// foresee is the dry run of a connection that does not exist yet: the engine's own, over a store in which it does. Nothing
// is written before the person has seen the figures.
func (s *Site) foresee(v *visit, acc store.Account, id string, settings lens.Settings) (map[string]int, error) {
	list, err := account.CalendarsOf(&acc)
	if err != nil {
		return nil, err
	}
	draft := store.Connection{ID: draftID, Account: acc.ID, Member: v.who.User.ID, Provider: acc.Provider, State: store.Active}
	for _, c := range list {
		if c.ID == id {
			draft.Calendar, draft.CalendarName, draft.Zone, draft.Writable = c.ID, c.Name, c.TimeZone, c.Writable
		}
	}
	if draft.Calendar == "" {
		return nil, connection.ErrNoCalendar
	}
	// A calendar that was connected before is taken up again: what is tied already is then not new.
	err = v.view(func(tx engine.Tx) error {
		all, err := tx.Connections(v.ctx(), v.who.User.ID)
		for _, c := range all {
			if c.Account == acc.ID && c.Calendar == id && c.State == store.Stopped {
				draft = c
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	draft.State, draft.Settings, draft.Cursor, draft.Started, draft.HubAt = store.Active, settings.JSON(), "", s.now(), s.now()
	if acc, err = s.House.Accounts.Probe(v.ctx(), v.who.Company, acc, id); err != nil {
		return nil, fmt.Errorf("look at the calendar: %w", err)
	}
	remote, err := s.House.Runner.Remote(v.who.Company, draft, acc)
	if err != nil {
		return nil, err
	}
	e := *s.House.Engine
	e.Store = draftStore{Store: e.Store, draft: draft}
	return e.DryRun(v.ctx(), engine.Target{Company: v.who.Company, Connection: draft.ID, Remote: remote}, &settings)
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
