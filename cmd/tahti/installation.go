package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/auth"
	"tahti/internal/house"
	"tahti/internal/jobs"
	"tahti/internal/netguard"
	"tahti/internal/secret"
	"tahti/internal/store"
)

// where is where an installation keeps its rows.
type where struct {
	Data        string `help:"The data folder (./data)." default:"./data" type:"path" placeholder:"DIR"`
	DatabaseURL string `name:"database-url" help:"PostgreSQL instead of SQLite." env:"TAHTI_DATABASE_URL" placeholder:"URL"`
}

func (w where) file() string { return filepath.Join(w.Data, "tahti.db") }

// open opens the database. Only serve and demo may make the data folder.
func (w where) open(ctx context.Context, mayCreate bool) (*store.DB, error) {
	if w.DatabaseURL != "" {
		return store.Open(ctx, store.Config{URL: w.DatabaseURL})
	}
	if _, err := os.Stat(w.file()); errors.Is(err, os.ErrNotExist) && !mayCreate {
		return nil, hinted{fmt.Errorf("%s holds no data", w.Data), "start the server once with: tahti serve --data " + w.Data}
	}
	if mayCreate {
		if err := os.MkdirAll(w.Data, 0o700); err != nil {
			return nil, fmt.Errorf("make data folder: %w", err)
		}
	}
	return store.Open(ctx, store.Config{Path: w.file()})
}

// outside is how the server meets the world.
type outside struct {
	KeyFile       string        `help:"The key for secrets at rest." env:"TAHTI_SECRET_KEY_FILE" placeholder:"FILE"`
	BaseURL       string        `help:"The address that people and push services see." env:"TAHTI_BASE_URL" placeholder:"URL"`
	AllowNetworks string        `help:"Networks and hosts that typed addresses may reach besides public ones." env:"TAHTI_ALLOW_NETWORKS" placeholder:"LIST"`
	CAFile        string        `name:"ca-file" help:"Further certificate authorities." env:"TAHTI_CA_FILE" placeholder:"FILE"`
	PollInterval  time.Duration `help:"How often calendars are asked at the least." env:"TAHTI_POLL_INTERVAL" default:"5m"`
	registrations
}

// registrations are Tahti's own at providers that sign people in on their own pages, and other addresses than the providers' own:
// of sovereign clouds, and of stand-ins.
type registrations struct {
	GoogleID        string `name:"google-client-id" help:"Tahti's registration at Google." env:"TAHTI_GOOGLE_CLIENT_ID" placeholder:"ID"`
	GoogleSecret    string `name:"google-client-secret" help:"Its secret." env:"TAHTI_GOOGLE_CLIENT_SECRET" placeholder:"SECRET"`
	GoogleAPI       string `name:"google-api-url" help:"Another address for Google Calendar." env:"TAHTI_GOOGLE_API_URL" placeholder:"URL"`
	GoogleSignIn    string `name:"google-oauth-url" help:"Another address for Google's sign-in." env:"TAHTI_GOOGLE_OAUTH_URL" placeholder:"URL"`
	MicrosoftID     string `name:"microsoft-client-id" help:"Tahti's registration at Microsoft." env:"TAHTI_MICROSOFT_CLIENT_ID" placeholder:"ID"`
	MicrosoftSecret string `name:"microsoft-client-secret" help:"Its secret." env:"TAHTI_MICROSOFT_CLIENT_SECRET" placeholder:"SECRET"`
	GraphAPI        string `name:"graph-url" help:"Another address for Microsoft Graph." env:"TAHTI_GRAPH_URL" placeholder:"URL"`
	MicrosoftSignIn string `name:"microsoft-login-url" help:"Another address for Microsoft's sign-in." env:"TAHTI_MICROSOFT_LOGIN_URL" placeholder:"URL"`
	PipedriveID     string `name:"pipedrive-client-id" help:"Tahti's registration at Pipedrive." env:"TAHTI_PIPEDRIVE_CLIENT_ID" placeholder:"ID"`
	PipedriveSecret string `name:"pipedrive-client-secret" help:"Its secret." env:"TAHTI_PIPEDRIVE_CLIENT_SECRET" placeholder:"SECRET"`
	PipedriveSignIn string `name:"pipedrive-oauth-url" help:"Another address for Pipedrive's sign-in." env:"TAHTI_PIPEDRIVE_OAUTH_URL" placeholder:"URL"`
}

// check fails for an address that is none.
func (r registrations) check() error {
	for name, address := range map[string]string{
		"TAHTI_GOOGLE_API_URL": r.GoogleAPI, "TAHTI_GOOGLE_OAUTH_URL": r.GoogleSignIn, "TAHTI_GRAPH_URL": r.GraphAPI, "TAHTI_MICROSOFT_LOGIN_URL": r.MicrosoftSignIn,
		"TAHTI_PIPEDRIVE_OAUTH_URL": r.PipedriveSignIn,
	} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return fmt.Errorf("%s: %q is no web address", name, address)
		}
	}
	return nil
}

func (r registrations) clients() map[string]oauth.Client {
	return map[string]oauth.Client{
		account.Google:    oauth.Google(r.GoogleSignIn, r.GoogleID, r.GoogleSecret),
		account.Graph:     oauth.Microsoft(r.MicrosoftSignIn, r.MicrosoftID, r.MicrosoftSecret),
		account.Pipedrive: oauth.Pipedrive(r.PipedriveSignIn, r.PipedriveID, r.PipedriveSecret),
	}
}

func (r registrations) apis() map[string]string {
	// Pipedrive's API is wherever its sign-in says; this only tells whether it is beside us.
	return map[string]string{account.Google: r.GoogleAPI, account.Graph: r.GraphAPI, account.Pipedrive: r.PipedriveSignIn}
}

// key loads the key for secrets: beside the data on SQLite, where the operator says on PostgreSQL.
func (o outside) key(ctx context.Context, w where, db *store.DB) (*secret.Box, error) {
	have, err := db.HaveSecrets(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for secrets: %w", err)
	}
	path := o.KeyFile
	if path == "" && w.DatabaseURL == "" {
		path = filepath.Join(w.Data, "secret.key")
	}
	return secret.Load(secret.Options{Path: path, MayCreate: w.DatabaseURL == "", HaveSecrets: have})
}

// build wires the house over an open database.
func (o outside) build(ctx context.Context, w where, db *store.DB, m *metrics, log *slog.Logger) (*house.House, error) {
	box, err := o.key(ctx, w, db)
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	policy, err := netguard.Parse(o.AllowNetworks)
	if err != nil {
		return nil, fmt.Errorf("TAHTI_ALLOW_NETWORKS: %w", err)
	}
	roots, err := netguard.LoadRoots(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("TAHTI_CA_FILE: %w", err)
	}
	owner, err := os.Hostname()
	if err != nil {
		owner = "tahti"
	}
	return house.Build(ctx, house.Config{
		DB: db, Box: box, Policy: policy, Roots: roots, BaseURL: strings.TrimSuffix(o.BaseURL, "/"), Log: log,
		Clients: o.clients(), APIs: o.apis(),
		Jobs:        jobs.Options{Owner: fmt.Sprintf("%s/%d", owner, os.Getpid()), Poll: o.PollInterval, Observe: m.observe},
		ObservePush: m.pushed,
	})
}

// hasher hashes people's passwords, as many at a time as memory bears.
func hasher() *auth.Hasher { return auth.NewHasher(auth.DefaultParams, 4) }
