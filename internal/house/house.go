package house

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/jobs"
	"tahti/internal/netguard"
	"tahti/internal/provider"
	"tahti/internal/push"
	"tahti/internal/secret"
	"tahti/internal/store"
)

// Config is what a house is built from. Policy decides which networks may be reached; Roots may be nil for the system's.
type Config struct {
	DB      *store.DB
	Box     *secret.Box
	Policy  *netguard.Policy
	Roots   *x509.CertPool
	BaseURL string
	Jobs    jobs.Options
	Log     *slog.Logger
	Now     func() time.Time // nil: the computer's clock
	Answer  time.Duration    // how long a calendar's server may think before it answers; 0: netguard's default
	// Clients are our registrations at providers that sign people in on their own pages, by kind of account; APIs are other base
	// addresses than the providers' own, likewise.
	Clients map[string]oauth.Client
	APIs    map[string]string
	// ObservePush is told what becomes of watches and notifications, and for which provider; may be nil. See [push.Service.Observe].
	ObservePush func(provider, what string)
	// Watch goes around all that is sent to calendars' servers; nil for nothing.
	Watch func(http.RoundTripper) http.RoundTripper
}

// House is everything below the surfaces.
type House struct {
	DB          *store.DB
	Store       *jobs.Store
	Hub         *hub.Hub
	Accounts    *account.Service
	Engine      *engine.Engine
	Runner      *jobs.Runner
	Connections *connection.Service
	Gate        *jobs.Gate
	Push        *push.Service
	Now         func() time.Time
}

type clock func() time.Time

func (c clock) Now() time.Time { return c().UTC() }

// Build wires a house. It starts nothing; [jobs.Runner.Run] does.
func Build(ctx context.Context, c Config) (*House, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	instance, err := c.DB.Instance(ctx)
	if err != nil {
		return nil, fmt.Errorf("read instance: %w", err)
	}
	h := &House{DB: c.DB, Store: jobs.NewStore(c.DB), Gate: &jobs.Gate{}, Now: c.Now}
	h.Hub = &hub.Hub{Clock: clock(c.Now)}
	h.Accounts = &account.Service{Box: c.Box, Installation: instance.Secret, Vault: c.DB, Env: account.Env{
		Transport: outgoing(c, c.Policy, false), Now: c.Now, AllowPlain: c.Policy.PlainAllowed,
		Private: func() http.RoundTripper { return outgoing(c, c.Policy, true) },
	}}
	h.Accounts.Feeds = &provider.Feeds{Age: cmp.Or(c.Jobs.Poll, jobs.DefaultPoll), Keep: feedMemory, Now: c.Now}
	if err := consents(c, &h.Accounts.Env); err != nil {
		return nil, err
	}
	h.Engine = &engine.Engine{Store: h.Store, Hub: h.Hub, Clock: clock(c.Now), Keys: h.Accounts, BaseURL: c.BaseURL}
	h.Push = &push.Service{
		Store: h.Store, Watches: c.DB, Clock: clock(c.Now), Base: strings.TrimSuffix(c.BaseURL, "/"), APIs: c.APIs, Log: c.Log, Observe: c.ObservePush,
	}
	c.Jobs.Watches, c.Jobs.Hearing = h.Push, h.Push
	h.Runner = jobs.New(h.Store, h.Engine, h.Accounts, h.Gate, c.Log, c.Jobs)
	h.Connections = &connection.Service{
		Store: h.Store, Engine: h.Engine, Accounts: h.Accounts, Remotes: h.Runner, Gate: h.Gate, Ends: h.Runner,
		Count: jobs.Count, Watches: h.Push,
	}
	return h, h.shutStopped(ctx)
}

// feedMemory bounds what is kept in memory of what accounts' calendars are told together: some twenty thousand changes.
const feedMemory = 32 << 20

// everywhere are the networks that addresses of the operator's own may lie in, such as a stand-in beside the server.
const everywhere = "0.0.0.0/0,::/0"

// consents fills in what kinds of account need that sign in by consent.
func consents(c Config, env *account.Env) error {
	policy, err := netguard.Parse(everywhere)
	if err != nil {
		return err
	}
	env.Trusted, env.APIs, env.Clients = outgoing(c, policy, false), c.APIs, map[string]*oauth.Client{}
	for kind, client := range c.Clients {
		client.Transport, client.Now = env.Trusted, c.Now
		env.Clients[kind] = &client
	}
	if microsoft := env.Clients[account.Graph]; microsoft != nil {
		hybrid := microsoft.Hybrid()
		env.Clients[account.Hybrid] = &hybrid
	}
	return nil
}

func outgoing(c Config, policy *netguard.Policy, private bool) http.RoundTripper {
	t := jobs.Outgoing(policy.Transport(netguard.Options{Roots: c.Roots, HeaderTimeout: c.Answer, Private: private}), c.Now)
	if c.Watch != nil {
		t = c.Watch(t)
	}
	return t
}

// shutStopped closes the gate of every company that was stopped when the process ended.
func (h *House) shutStopped(ctx context.Context) error {
	ids, err := h.DB.CompanyIDs(ctx)
	if err != nil {
		return fmt.Errorf("list companies: %w", err)
	}
	for _, id := range ids {
		err := h.Store.View(ctx, id, func(tx engine.Tx) error {
			c, err := tx.GetCompany(ctx)
			if err == nil && !c.Stopped.IsZero() {
				h.Gate.Shut(id)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("read company %d: %w", id, err)
		}
	}
	return nil
}

// Founding is a company with its first administrator.
type Founding struct {
	Company, Name, Email string
	PasswordHash         string
	TimeZone, Locale     string
}

// Found makes a company, the sign-in of its first administrator, and the default types.
func (h *House) Found(ctx context.Context, f Founding) (store.ID, crm.User, error) {
	var user crm.User
	c, err := h.Hub.NewCompany(ctx, h.DB, f.Company)
	if err != nil {
		return 0, user, err
	}
	login, err := h.DB.LoginByEmail(ctx, f.Email)
	if err != nil {
		login = store.Login{Email: f.Email, Password: f.PasswordHash, Created: h.Now()}
		if err := h.DB.PutLogin(ctx, &login); err != nil {
			return 0, user, fmt.Errorf("save sign-in: %w", err)
		}
	}
	err = h.Store.Tx(ctx, c.ID, func(tx engine.Tx) error {
		user, err = h.Hub.SetUp(ctx, tx, crm.User{
			Login: login.ID, Name: f.Name, Email: f.Email, Role: crm.Administrator, TimeZone: f.TimeZone, Locale: f.Locale, Active: true,
		})
		return err
	})
	return c.ID, user, err
}
