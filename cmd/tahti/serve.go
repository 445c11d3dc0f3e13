package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"tahti/internal/house"
)

type serveCmd struct {
	where
	outside
	Listen        string `help:"Where to listen (${default})." default:"127.0.0.1:8080" placeholder:"ADDR"`
	AdminEmail    string `help:"Make the first administrator without a browser." env:"TAHTI_ADMIN_EMAIL" placeholder:"EMAIL"`
	AdminPassword string `help:"The first administrator's password." env:"TAHTI_ADMIN_PASSWORD" placeholder:"PW"`
	Support       string `help:"Where \"contact support\" leads." env:"TAHTI_SUPPORT_CONTACT" placeholder:"ADDRESS"`
	PipedriveAPI  string `help:"Switch the Pipedrive-shaped paths on or off." env:"TAHTI_PIPEDRIVE_API" enum:"on,off" default:"on"`
	Verbose       bool   `help:"Log every run." short:"v"`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context, a *app) error {
	log := logger(a.err, c.Verbose)
	release, err := c.alone(ctx)
	if err != nil {
		return err
	}
	defer release()
	db, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	m := newMetrics()
	h, err := c.build(ctx, c.where, db, m, log)
	if err != nil {
		return err
	}
	if err := holdClones(ctx, c.where, h, log); err != nil {
		return err
	}
	if err := firstAdministrator(ctx, h, c.AdminEmail, c.AdminPassword); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return hinted{fmt.Errorf("listen: %w", err), "choose another address with --listen 127.0.0.1:8081"}
	}
	base := c.BaseURL
	if base == "" {
		base = "http://" + ln.Addr().String()
	}
	handler, err := surfaces(h, surfaceConfig{
		BaseURL: base, Metrics: m, Support: c.Support, Pipedrive: c.PipedriveAPI == "on", Log: log, Loopback: onlyHere(ln.Addr(), c.BaseURL),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "tahti serves %s\n", base)
	return serve(ctx, ln, handler, h, log)
}

func logger(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// onlyHere reports whether this machine alone can reach us: we listen on loopback, and no address was given that others
// would come by, through a proxy in front.
func onlyHere(listening net.Addr, base string) bool {
	if t, ok := listening.(*net.TCPAddr); !ok || !t.IP.IsLoopback() {
		return false
	}
	u, err := url.Parse(base)
	return base == "" || err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}

// serve runs HTTP and the runner until ctx ends: first no new requests, then the runs end at their next commit.
func serve(ctx context.Context, ln net.Listener, handler http.Handler, h *house.House, log *slog.Logger) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	runCtx, stopRunner := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := h.Runner.Run(runCtx); err != nil {
			log.Error("runner ended", "error", err)
		}
	})
	wg.Go(func() { prune(runCtx, h.DB, log) })
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		log.Info("stopping")
		done, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		if err = server.Shutdown(done); errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
	}
	stopRunner()
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// firstAdministrator makes the company and its administrator from the environment, once.
func firstAdministrator(ctx context.Context, h *house.House, email, password string) error {
	ids, err := h.DB.CompanyIDs(ctx)
	if err != nil || len(ids) > 0 || email == "" {
		return err
	}
	if password == "" {
		return errors.New("TAHTI_ADMIN_EMAIL is set, but TAHTI_ADMIN_PASSWORD is not")
	}
	login, err := putPassword(ctx, h.DB, email, password)
	if err != nil {
		return fmt.Errorf("make the first administrator: %w", err)
	}
	_, _, err = h.Found(ctx, house.Founding{
		Company: "Company", Name: login.Email, Email: login.Email, PasswordHash: login.Password, TimeZone: localZone(), Locale: "en",
	})
	return err
}

// localZone is the machine's zone by name, or UTC where it has none.
func localZone() string {
	if tz := os.Getenv("TZ"); tz != "" {
		if _, err := time.LoadLocation(tz); err == nil {
			return tz
		}
	}
	return "UTC"
}
