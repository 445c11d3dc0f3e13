package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Request is the wish for a new connection: with credentials, or with an account that is there.
type Request struct {
	Provider string
	Account  store.ID
	Sign     account.Credentials
	Calendar string // empty: chosen later
	Settings json.RawMessage
	// User is whose connection it will be; 0: that of who asks. An administrator may make one for a colleague, on an account of their own
	// that reaches the colleague's calendar.
	User store.ID
}

// ErrNoCalendar is a calendar that the account does not have.
var ErrNoCalendar = errors.New("the account has no such calendar")

// Connect signs in, stores the account, and starts a connection. A calendar that was connected before and stopped is
// taken up again, with its links, so that nothing is made twice (I21). Errors: [ErrNotYours]; [ErrNoCalendar] also where the calendar that a
// colleague is to be connected to is not known to be theirs.
func (s *Service) Connect(ctx context.Context, who Who, r Request) (store.Connection, error) {
	owner, err := s.ownerOf(ctx, who, r)
	if err != nil {
		return store.Connection{}, err
	}
	settings, err := s.startSettings(ctx, who, r.Settings)
	if err != nil {
		return store.Connection{}, err
	}
	acc, err := s.signIn(ctx, who, r)
	if err != nil {
		return store.Connection{}, err
	}
	if r.Calendar == "" {
		return s.create(ctx, who, owner, place{account: acc}, settings, store.ChooseCalendar)
	}
	at, err := s.suitable(ctx, owner, acc, r.Calendar, settings)
	if err != nil {
		return store.Connection{}, err
	}
	if !fits(&at.calendar, &owner.User, owner.User.ID == who.User.ID) {
		return store.Connection{}, fmt.Errorf("%w: %s is not known to be that of user %d", ErrNoCalendar, at.calendar.ID, owner.User.ID)
	}
	return s.create(ctx, who, owner, at, settings, store.Active)
}

// place is a calendar of an account, the zero one where it is to be chosen, and what it may be given.
type place struct {
	account  store.Account
	calendar provider.Calendar
	limits   store.Limits
}

// suitable looks up a calendar that settings can be carried out in, and what its server can do; that is kept in the account. What it may
// be given is known from then on: people ask about it, and want something there, before its first run has looked.
func (s *Service) suitable(ctx context.Context, who Who, acc store.Account, id string, settings lens.Settings) (at place, err error) {
	if at.calendar, err = calendarOf(&acc, id); err != nil {
		return at, err
	}
	if err := carries(at.calendar.Writable, settings); err != nil {
		return at, err
	}
	if at.account, err = s.probe(ctx, who, acc, id); err != nil {
		return at, err
	}
	remote, err := s.Remotes.Remote(who.Company, store.Connection{Account: acc.ID, Member: who.User.ID, Provider: acc.Provider, Calendar: id}, at.account)
	if err != nil {
		return at, fmt.Errorf("open the calendar: %w", err)
	}
	can := remote.Capabilities()
	at.limits = store.Limits(engine.LimitsOf(&can))
	return at, nil
}

// probe finds out what the calendar's server can do, unless the account has to rest.
func (s *Service) probe(ctx context.Context, who Who, acc store.Account, calendar string) (store.Account, error) {
	if err := s.Accounts.Rest(ctx, &acc, s.now()); err != nil {
		return acc, err
	}
	acc, err := s.Accounts.Probe(ctx, who.Company, acc, calendar, who.User.TimeZone)
	if err != nil {
		return acc, fmt.Errorf("look at the calendar: %w", err)
	}
	return acc, nil
}

// remember stores what was found out about a calendar, on the account as it is by now: it may have a new secret or have
// been told to rest meanwhile.
func remember(ctx context.Context, tx engine.Tx, probed *store.Account, calendar string) error {
	acc, err := tx.Account(ctx, probed.ID)
	if err != nil {
		return err
	}
	if err := account.Remember(&acc, probed, calendar); err != nil {
		return err
	}
	return tx.PutAccount(ctx, &acc)
}

// startSettings are the company's defaults with what was asked for.
func (s *Service) startSettings(ctx context.Context, who Who, asked json.RawMessage) (lens.Settings, error) {
	settings := lens.Defaults()
	err := s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		c, err := tx.GetCompany(ctx)
		if err != nil || len(c.Defaults) == 0 {
			return err
		}
		settings, err = lens.ParseSettings(settings, c.Defaults)
		return err
	})
	if err != nil || len(asked) == 0 {
		return settings, err
	}
	return s.parse(ctx, who, settings, asked)
}

func (s *Service) signIn(ctx context.Context, who Who, r Request) (acc store.Account, err error) {
	if r.Account != 0 {
		err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
			acc, err = tx.Account(ctx, r.Account)
			return err
		})
		if err == nil && acc.Member != who.User.ID {
			return acc, ErrNotYours
		}
		return acc, err
	}
	found, err := s.Discover(ctx, who, r.Provider, r.Sign)
	if err != nil {
		return acc, err
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if acc, err = s.Accounts.Save(ctx, tx, who.User.ID, r.Provider, r.Sign, found, s.now()); err != nil {
			return err
		}
		return s.heal(ctx, tx, &acc)
	})
	if err != nil {
		return acc, err
	}
	return acc, s.rights(ctx, who, acc.ID)
}

func calendarOf(a *store.Account, id string) (provider.Calendar, error) {
	list, err := account.CalendarsOf(a)
	if err != nil {
		return provider.Calendar{}, err
	}
	for _, c := range list {
		if c.ID == id {
			return c, nil
		}
	}
	return provider.Calendar{}, fmt.Errorf("%w: %s", ErrNoCalendar, id)
}

// create stores a connection, or takes up the one that was stopped.
func (s *Service) create(ctx context.Context, who, owner Who, at place, settings lens.Settings, state string) (c store.Connection, err error) {
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if at.calendar.ID != "" {
			if err := remember(ctx, tx, &at.account, at.calendar.ID); err != nil {
				return err
			}
		}
		old, err := s.sameCalendar(ctx, tx, owner, &at.account, at.calendar.ID)
		if err != nil {
			return err
		}
		now := s.now()
		c = store.Connection{
			Account: at.account.ID, Member: owner.User.ID, Provider: at.account.Provider, State: state, Settings: settings.JSON(),
			Started: now, HubAt: now, Created: now, Health: store.Health{Limits: at.limits},
		}
		setCalendar(&c, at.calendar)
		switch {
		case old != nil && old.State != store.Stopped:
			return &ErrAlreadyConnected{ID: old.ID}
		case old != nil:
			if c, err = s.takeUp(ctx, tx, *old, at, settings); err != nil {
				return err
			}
		default:
			if err := s.putNew(ctx, tx, &c); err != nil {
				return err
			}
		}
		if err := audit(ctx, tx, now, who, "connect", c.ID); err != nil {
			return err
		}
		return s.wake(ctx, tx, &c)
	})
	return c, err
}

// putNew saves a new connection, which is held from its beginning where others of the company are after a restore.
func (s *Service) putNew(ctx context.Context, tx engine.Tx, c *store.Connection) error {
	var err error
	if c.State == store.Active {
		if c.Reason, err = waitsBeside(ctx, tx, c.Calendar); err != nil {
			return err
		}
	}
	if err := tx.PutConnection(ctx, c); err != nil {
		return fmt.Errorf("save connection: %w", err)
	}
	if !unseen(c) {
		return nil
	}
	if err := s.hold(ctx, tx, c); err != nil {
		return err
	}
	if err := tx.PutConnection(ctx, c); err != nil {
		return fmt.Errorf("save connection: %w", err)
	}
	return nil
}

func setCalendar(c *store.Connection, cal provider.Calendar) {
	c.Calendar, c.CalendarName, c.Zone, c.Writable = cal.ID, cal.Name, cal.TimeZone, cal.Writable
}
