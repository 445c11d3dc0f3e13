package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
}

// ErrNoCalendar is a calendar that the account does not have.
var ErrNoCalendar = errors.New("the account has no such calendar")

// Connect signs in, stores the account, and starts a connection. A calendar that was connected before and stopped is
// taken up again, with its links, so that nothing is made twice (I21).
func (s *Service) Connect(ctx context.Context, who Who, r Request) (store.Connection, error) {
	settings, err := s.startSettings(ctx, who, r.Settings)
	if err != nil {
		return store.Connection{}, err
	}
	acc, err := s.signIn(ctx, who, r)
	if err != nil {
		return store.Connection{}, err
	}
	if r.Calendar == "" {
		return s.create(ctx, who, acc, provider.Calendar{}, settings, store.ChooseCalendar)
	}
	cal, err := calendarOf(&acc, r.Calendar)
	if err != nil {
		return store.Connection{}, err
	}
	if err := carries(cal.Writable, settings); err != nil {
		return store.Connection{}, err
	}
	if acc, err = s.probe(ctx, who, acc, cal.ID); err != nil {
		return store.Connection{}, err
	}
	return s.create(ctx, who, acc, cal, settings, store.Active)
}

// probe finds out what the calendar's server can do, unless the account has to rest.
func (s *Service) probe(ctx context.Context, who Who, acc store.Account, calendar string) (store.Account, error) {
	if err := account.Rest(&acc, s.now()); err != nil {
		return acc, err
	}
	acc, err := s.Accounts.Probe(ctx, who.Company, acc, calendar)
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
	return lens.ParseSettings(settings, asked)
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
	found, err := s.Accounts.Discover(ctx, r.Provider, r.Sign)
	if err != nil {
		return acc, err
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if acc, err = s.Accounts.Save(ctx, tx, who.User.ID, r.Provider, r.Sign, found, s.now()); err != nil {
			return err
		}
		return s.heal(ctx, tx, &acc)
	})
	return acc, err
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
func (s *Service) create(ctx context.Context, who Who, acc store.Account, cal provider.Calendar, settings lens.Settings, state string) (c store.Connection, err error) {
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if cal.ID != "" {
			if err := remember(ctx, tx, &acc, cal.ID); err != nil {
				return err
			}
		}
		old, err := s.sameCalendar(ctx, tx, who, &acc, cal.ID)
		if err != nil {
			return err
		}
		now := s.now()
		c = store.Connection{
			Account: acc.ID, Member: who.User.ID, Provider: acc.Provider, State: state, Settings: settings.JSON(),
			Started: now, HubAt: now, Created: now,
		}
		setCalendar(&c, cal)
		switch {
		case old != nil && old.State != store.Stopped:
			return &ErrAlreadyConnected{ID: old.ID}
		case old != nil:
			if c, err = s.takeUp(ctx, tx, *old, acc, cal, settings); err != nil {
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
		return tx.Wake(ctx, c.ID, now, 0)
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

// sameCalendar finds a connection of the same calendar of the same account: one that goes on, whoever's it is, since two
// of them would write everything twice; else the last that who has stopped.
func (s *Service) sameCalendar(ctx context.Context, tx engine.Tx, who Who, acc *store.Account, calendar string) (*store.Connection, error) {
	if calendar == "" {
		return nil, nil
	}
	all, err := tx.Connections(ctx, 0)
	if err != nil {
		return nil, err
	}
	accounts, err := tx.Accounts(ctx, 0)
	if err != nil {
		return nil, err
	}
	same := map[store.ID]bool{}
	for _, a := range accounts {
		same[a.ID] = a.Provider == acc.Provider && a.Server == acc.Server && a.Username == acc.Username
	}
	var stopped *store.Connection
	for _, c := range all {
		if c.Calendar != calendar || !same[c.Account] {
			continue
		}
		if c.State != store.Stopped {
			return &c, nil
		}
		if c.Member == who.User.ID && (stopped == nil || c.Stopped.After(stopped.Stopped)) {
			stopped = &c
		}
	}
	return stopped, nil
}

// keep is for how long a stopped connection's links and baseline stay good (design.md, Starting point).
const keep = 90 * 24 * time.Hour

// takeUp revives a stopped connection: its links are tied again, and a sweep shows what happened meanwhile.
func (s *Service) takeUp(ctx context.Context, tx engine.Tx, c store.Connection, acc store.Account, cal provider.Calendar, settings lens.Settings) (store.Connection, error) {
	stopped := c.Stopped
	before, err := Settings(&c)
	if err != nil {
		return c, err
	}
	if before.Start != settings.Start || !c.Baselined || s.now().Sub(c.Stopped) > keep {
		if err := s.startAnew(ctx, tx, &c); err != nil {
			return c, err
		}
	}
	setCalendar(&c, cal)
	c.Account, c.Settings = acc.ID, settings.JSON()
	if !unseen(&c) {
		if c.Reason, err = waitsBeside(ctx, tx, cal.ID); err != nil {
			return c, err
		}
	}
	if err := s.begin(ctx, tx, &c); err != nil {
		return c, err
	}
	c.Cursor, c.Stopped = "", time.Time{}
	c.Health = store.Health{ExpectedIn: c.Health.ExpectedIn, ExpectedOut: c.Health.ExpectedOut}
	c.Revision++
	if err := tx.PutConnection(ctx, &c); err != nil {
		return c, fmt.Errorf("save connection: %w", err)
	}
	if err := tx.AttachLinks(ctx, c.ID); err != nil {
		return c, fmt.Errorf("tie links again: %w", err)
	}
	if err := s.markLinked(ctx, tx, c.ID); err != nil {
		return c, fmt.Errorf("mark what is tied: %w", err)
	}
	return c, s.markSince(ctx, tx, c, stopped)
}

// startAnew gives a connection another starting point, now: what is there already is looked at again under it.
func (s *Service) startAnew(ctx context.Context, tx engine.Tx, c *store.Connection) error {
	c.Cursor, c.Baselined, c.HubAt, c.Started = "", false, s.now(), s.now()
	return tx.DeleteBaseline(ctx, c.ID)
}

// markLinked lets the next run look at everything that is tied: what was edited here while the connection was stopped
// shows as a difference from its shadow.
func (s *Service) markLinked(ctx context.Context, tx engine.Tx, connection store.ID) error {
	for after := store.ID(0); ; {
		links, err := tx.Links(ctx, connection, after, 500)
		if err != nil || len(links) == 0 {
			return err
		}
		for _, l := range links {
			after = l.ID
			if l.Activity == 0 {
				continue
			}
			if err := tx.PutWork(ctx, connection, fmt.Sprintf("a:%d", l.Activity), nil, s.now(), false); err != nil {
				return err
			}
		}
	}
}

// markSince lets the next run look at the activities that were made or edited while nobody marked them for the connection.
func (s *Service) markSince(ctx context.Context, tx engine.Tx, c store.Connection, since time.Time) error {
	f := store.ActivityFilter{Owner: c.Member, UpdatedSince: since, Limit: 500, Sort: "id"}
	for {
		list, next, err := tx.Activities(ctx, f)
		if err != nil {
			return fmt.Errorf("list what changed since: %w", err)
		}
		for _, a := range list {
			if err := tx.PutWork(ctx, c.ID, fmt.Sprintf("a:%d", a.ID), nil, s.now(), false); err != nil {
				return err
			}
		}
		if f.After = next; next == "" {
			return nil
		}
	}
}

// ChooseCalendar gives a connection its calendar, once. Where who had that calendar connected before and stopped, the old
// connection is taken up with its links and answered, under the new one's settings, and the new one ends.
func (s *Service) ChooseCalendar(ctx context.Context, who Who, id store.ID, calendar string) (store.Connection, error) {
	var acc store.Account
	var settings lens.Settings
	err := s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		c, err := s.load(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if c.State != store.ChooseCalendar {
			return &ErrState{State: c.State, Action: "choose a calendar"}
		}
		if settings, err = Settings(&c); err != nil {
			return err
		}
		acc, err = tx.Account(ctx, c.Account)
		return err
	})
	if err != nil {
		return store.Connection{}, err
	}
	cal, err := calendarOf(&acc, calendar)
	if err != nil {
		return store.Connection{}, err
	}
	if err := carries(cal.Writable, settings); err != nil {
		return store.Connection{}, err
	}
	if acc, err = s.probe(ctx, who, acc, cal.ID); err != nil {
		return store.Connection{}, err
	}
	var chosen store.Connection
	fresh, err := s.change(ctx, who, id, "choose_calendar", func(tx engine.Tx, c *store.Connection) error {
		if c.State != store.ChooseCalendar {
			return &ErrState{State: c.State, Action: "choose a calendar"}
		}
		if err := remember(ctx, tx, &acc, cal.ID); err != nil {
			return err
		}
		owner := who
		owner.User.ID = c.Member // an administrator may choose for somebody
		old, err := s.sameCalendar(ctx, tx, owner, &acc, cal.ID)
		switch {
		case err != nil:
			return err
		case old != nil && old.State != store.Stopped:
			return &ErrAlreadyConnected{ID: old.ID}
		case old == nil:
			setCalendar(c, cal)
			c.Started, c.HubAt = s.now(), s.now()
			if !unseen(c) {
				if c.Reason, err = waitsBeside(ctx, tx, cal.ID); err != nil {
					return err
				}
			}
			if err := s.begin(ctx, tx, c); err != nil {
				return err
			}
			chosen = *c
			return nil
		}
		settings, err := Settings(c)
		if err != nil {
			return err
		}
		if chosen, err = s.takeUp(ctx, tx, *old, acc, cal, settings); err != nil {
			return err
		}
		c.State, c.Stopped = store.Stopped, s.now()
		return tx.Wake(ctx, chosen.ID, s.now(), 0)
	})
	if err != nil || chosen.ID == fresh.ID {
		return fresh, err
	}
	return chosen, nil
}

// Reconnect gives the account a new password. It heals all its connections, which keep settings and links (B2).
func (s *Service) Reconnect(ctx context.Context, who Who, accountID store.ID, sign account.Credentials) error {
	var acc store.Account
	err := s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		acc, err = tx.Account(ctx, accountID)
		return err
	})
	if err != nil {
		return err
	}
	if acc.Member != who.User.ID && !who.admin() {
		return ErrNotYours
	}
	if err := account.Rest(&acc, s.now()); err != nil {
		return err
	}
	if sign.URL == "" {
		sign.URL = acc.Server
	}
	if sign.Username == "" {
		sign.Username = acc.Username
	}
	confirmed, err := account.ConfirmedHosts(&acc)
	if err != nil {
		return err
	}
	sign.ConfirmHosts = append(confirmed, sign.ConfirmHosts...)
	found, err := s.Accounts.Discover(ctx, acc.Provider, sign)
	if err != nil {
		return err
	}
	if found.Username != acc.Username || found.Server != acc.Server {
		return &ErrOtherAccount{Was: acc.Username, Is: found.Username}
	}
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if acc, err = tx.Account(ctx, accountID); err != nil {
			return err
		}
		if err := s.Accounts.Renew(ctx, tx, &acc, sign, found); err != nil {
			return err
		}
		if err := s.heal(ctx, tx, &acc); err != nil {
			return err
		}
		return tx.AddAudit(ctx, store.Audit{At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: "reconnect", Subject: fmt.Sprintf("account/%d", accountID)})
	})
}

// heal lets the connections of an account go on that waited for a sign-in, with what the account may do now.
func (s *Service) heal(ctx context.Context, tx engine.Tx, acc *store.Account) error {
	all, err := tx.Connections(ctx, acc.Member)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Account != acc.ID || c.State != store.NeedsSignIn && c.State != store.NeedsPermission && c.State != store.Retrying {
			continue
		}
		if cal, err := calendarOf(acc, c.Calendar); err == nil {
			setCalendar(&c, cal)
		} else if !errors.Is(err, ErrNoCalendar) {
			return err
		}
		c.State, c.Reason = store.Active, ""
		c.Revision++
		if err := tx.PutConnection(ctx, &c); err != nil {
			return err
		}
		if err := tx.Wake(ctx, c.ID, s.now(), 0); err != nil {
			return err
		}
	}
	return nil
}

// ErrOtherAccount is a reconnection with somebody else's sign-in: that is "Add new account".
type ErrOtherAccount struct{ Was, Is string }

func (e *ErrOtherAccount) Error() string {
	return fmt.Sprintf("this is the account of %s, not of %s", e.Is, e.Was)
}
