package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"

	"tahti/internal/auth"
	"tahti/internal/house"
	"tahti/internal/store"
)

// Preset is a calendar service that people pick by name when they connect an account.
type Preset struct {
	ID   string // also the key of its texts
	Name string // for one without texts of its own
	// NeedsHost: the person has to say where the server is.
	NeedsHost bool
	// Start is the address at which discovery begins, for a user name and, where it is needed, a host.
	Start func(user, host string) string
}

// Config is what the pages are built from.
type Config struct {
	House   *house.House
	Presets []Preset // in the order of the page; "any other" is added
	BaseURL string   // TAHTI_BASE_URL, or where we listen
	// Loopback: only this machine can reach us, so that whoever comes first may set Tahti up. Else the log has a code.
	Loopback bool
	Support  string       // where "contact support" leads; may be empty
	Log      *slog.Logger // nil: slog's default
}

// Site is the handler of all pages.
type Site struct {
	Config
	sessions  *scs.SessionManager
	signIn    *auth.SignIn
	hasher    *auth.Hasher
	templates map[string]*template.Template
	assets    assets
	handler   http.Handler

	founding  sync.Mutex  // held while a company is made, so that there is one first
	founded   atomic.Bool // there is a company; never becomes false again
	setupCode string      // empty: not asked for
}

// maxForm bounds what is read of a form: a description may be long.
const maxForm = 2 << 20

// New builds the pages.
func New(c Config) (*Site, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &Site{Config: c, assets: loadAssets(), hasher: auth.NewHasher(auth.DefaultParams, 4)}
	var err error
	if s.templates, err = loadTemplates(s.assets); err != nil {
		return nil, err
	}
	https := strings.HasPrefix(c.BaseURL, "https://")
	s.sessions = auth.NewSessions(c.House.DB.Sessions(), auth.SessionOptions{HTTPS: https, OnError: s.sessionFailed})
	s.signIn = &auth.SignIn{Logins: &logins{db: c.House.DB}, Hasher: s.hasher, Throttle: auth.DefaultThrottle}
	if err := s.announceSetup(context.Background()); err != nil {
		return nil, err
	}
	guard, err := auth.CrossOrigin(c.BaseURL, http.HandlerFunc(s.fromElsewhere))
	if err != nil {
		return nil, fmt.Errorf("guard pages: %w", err)
	}
	mux := http.NewServeMux()
	s.routes(mux)
	s.handler = auth.Headers(auth.HeaderOptions{HTTPS: https})(guard(s.sessions.LoadAndSave(bounded(mux))))
	return s, nil
}

// ServeHTTP implements [http.Handler].
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Who answers the signed-in person of a request that does not come through the pages, such as one to the API.
func (s *Site) Who(r *http.Request) (auth.Who, bool) {
	cookie, err := r.Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return auth.Who{}, false
	}
	ctx, err := s.sessions.Load(r.Context(), cookie.Value)
	if err != nil {
		s.Log.Error("load session", "error", err)
		return auth.Who{}, false
	}
	who, ok, err := s.session(ctx)
	if err != nil {
		s.Log.Error("read session", "error", err)
	}
	return who, ok
}

// session answers who is signed in, under the password that the login has today.
func (s *Site) session(ctx context.Context) (who auth.Who, ok bool, err error) {
	who, ok = auth.Current(ctx, s.sessions)
	if !ok {
		return who, false, nil
	}
	login, err := s.House.DB.Login(ctx, who.Login)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return who, false, err
	}
	return who, err == nil && who.Stamp == auth.Stamp(login.Password), nil
}

func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// announceSetup prints the code that set-up asks for, where strangers may come first.
func (s *Site) announceSetup(ctx context.Context) error {
	have, err := s.hasCompany(ctx)
	if err != nil || have || s.Loopback {
		return err
	}
	s.setupCode = newCode()
	s.Log.Warn("Tahti is not set up yet: open it in a browser and enter this set-up code", "code", s.setupCode, "address", s.BaseURL)
	return nil
}

func (s *Site) hasCompany(ctx context.Context) (bool, error) {
	if s.founded.Load() {
		return true, nil
	}
	ids, err := s.House.DB.CompanyIDs(ctx)
	if err != nil {
		return false, fmt.Errorf("list companies: %w", err)
	}
	if len(ids) > 0 {
		s.founded.Store(true)
	}
	return len(ids) > 0, nil
}

// action answers a request.
type action func(v *visit) error

// open routes to an action that anybody may call.
func (s *Site) open(mux *http.ServeMux, pattern string, f action) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visit(w, r)
		if err == nil {
			err = readForm(r)
		}
		if err == nil {
			err = f(v)
		}
		if err != nil {
			s.fail(v, err)
		}
	})
}

// readForm reads a form whole, or not at all: what was cut off must never pass for fields that somebody emptied.
func readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errBadForm, err)
	}
	return nil
}

// page routes to an action for people who are signed in; others sign in first and then come back.
func (s *Site) page(mux *http.ServeMux, pattern string, f action) {
	s.open(mux, pattern, s.signedIn(f))
}

func (s *Site) signedIn(f action) action {
	return func(v *visit) error {
		if v.signedIn {
			return f(v)
		}
		if have, err := s.hasCompany(v.ctx()); err != nil || !have {
			return errors.Join(err, v.redirect("/setup"))
		}
		v.keepAnswer()
		return v.redirect("/sign-in?next=" + queryEscape(v.cameFor()))
	}
}

func (s *Site) now() time.Time { return s.House.Now().UTC() }
