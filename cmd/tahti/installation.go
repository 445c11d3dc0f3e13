package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

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
		Jobs:        jobs.Options{Owner: fmt.Sprintf("%s/%d", owner, os.Getpid()), Poll: o.PollInterval, Observe: m.observe},
		ObservePush: m.pushed,
	})
}

// hasher hashes people's passwords, as many at a time as memory bears.
func hasher() *auth.Hasher { return auth.NewHasher(auth.DefaultParams, 4) }
