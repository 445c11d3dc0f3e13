// Package accounttest is a kind of account for tests of what stands above: people sign in on a page of its own, and its calendars
// are in memory. What it does with them goes through the authorised transport first, so that a token that is not good shows.
package accounttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/account/oauth/oauthtest"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
)

// Name is the kind's.
const Name = "consent"

// Kind is the kind itself. A test binary puts it into [account.Kinds] before anything runs.
func Kind() account.Kind {
	return account.Kind{Name: Name, Consents: true, List: list, Make: makes, Open: open}
}

// Server is the provider: its sign-in page, its calendars, and our registration there.
type Server struct {
	*oauthtest.Server
	URL    string
	Client *oauth.Client

	mu        sync.Mutex
	calendars []provider.Calendar
	memory    map[string]*enginetest.Calendar
}

var (
	all     sync.Mutex
	servers = map[string]*Server{}
)

// New starts a server with two calendars, "work" and "home", in which a program is registered.
func New(tb testing.TB, now func() time.Time) *Server {
	s := &Server{
		Server: oauthtest.New(now), memory: map[string]*enginetest.Calendar{},
		calendars: []provider.Calendar{{ID: "work", Name: "Work", Writable: true, Primary: true}, {ID: "home", Name: "Home", Writable: true}},
	}
	s.Guarded = http.HandlerFunc(s.api)
	ts := httptest.NewServer(s.Server)
	tb.Cleanup(ts.Close)
	s.URL = ts.URL
	c := oauth.Google(ts.URL, oauthtest.ClientID, oauthtest.Secret)
	s.Client = &c
	for _, id := range []string{"work", "home", "made"} {
		s.memory[id] = enginetest.New(enginetest.Options{Guard: provider.GuardFull, Me: s.Email})
		s.memory[id].Now = now
	}
	all.Lock()
	defer all.Unlock()
	servers[s.URL] = s
	return s
}

// Calendar is one of the account's, for looking at what became of it.
func (s *Server) Calendar(id string) *enginetest.Calendar { return s.memory[id] }

// makesCalendars is the permission to make some; it may be left out.
const makesCalendars = "https://www.googleapis.com/auth/calendar.app.created"

// api lists and makes calendars; everything else only shows that the token is good.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodPost && r.URL.Path == "/calendars" {
		if !slices.Contains(s.Server.Scopes(r), makesCalendars) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		var c provider.Calendar
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.ID, c.Writable = "made", true
		s.calendars = append(s.calendars, c)
	}
	_ = json.NewEncoder(w).Encode(s.calendars)
}

func list(ctx context.Context, _ account.Env, o account.Opening) ([]provider.Calendar, json.RawMessage, error) {
	var found []provider.Calendar
	err := call(ctx, o, http.MethodGet, "/calendars", nil, &found)
	return found, json.RawMessage(`{"consent":true}`), err
}

func makes(ctx context.Context, _ account.Env, o account.Opening, name string) (provider.Calendar, error) {
	var found []provider.Calendar
	if err := call(ctx, o, http.MethodPost, "/calendars", provider.Calendar{Name: name}, &found); err != nil {
		return provider.Calendar{}, err
	}
	return found[len(found)-1], nil
}

// open answers a calendar that asks the server before each call.
func open(_ account.Env, o account.Opening) (provider.Provider, error) {
	all.Lock()
	defer all.Unlock()
	s := servers[o.API]
	if s == nil || s.memory[o.Calendar] == nil {
		return nil, fmt.Errorf("no calendar %q at %q", o.Calendar, o.API)
	}
	return &guarded{s.memory[o.Calendar], &s.mu, o}, nil
}

type guarded struct {
	*enginetest.Calendar
	mu *sync.Mutex
	o  account.Opening
}

// asked shows the token, and then has the calendar to itself.
func asked[T any](ctx context.Context, g *guarded, op string, f func() (T, error)) (T, error) {
	if err := call(ctx, g.o, http.MethodGet, "/"+op, nil, nil); err != nil {
		return *new(T), err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return f()
}

func (g *guarded) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	return asked(ctx, g, "pull", func() (provider.Pull, error) { return g.Calendar.Pull(ctx, since, known) })
}

func (g *guarded) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	return asked(ctx, g, "read", func() ([]provider.Item, error) { return g.Calendar.Read(ctx, ids) })
}

func (g *guarded) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	return asked(ctx, g, "find", func() (provider.Item, error) { return g.Calendar.Find(ctx, key) })
}

func (g *guarded) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	return asked(ctx, g, "put", func() (provider.Item, error) { return g.Calendar.Put(ctx, w) })
}

func (g *guarded) Remove(ctx context.Context, w provider.Remove) error {
	_, err := asked(ctx, g, "remove", func() (struct{}, error) { return struct{}{}, g.Calendar.Remove(ctx, w) })
	return err
}

// call is a request of an adapter.
func call(ctx context.Context, o account.Opening, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, o.API+path, body)
	if err != nil {
		return err
	}
	w, err := o.Transport.RoundTrip(r)
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e
	}
	if err != nil {
		return &provider.Error{Op: path, Class: provider.Transient, Code: provider.CodeUnreachable, Err: err}
	}
	defer w.Body.Close()
	switch {
	case w.StatusCode == http.StatusUnauthorized:
		return &provider.Error{Op: path, Class: provider.SignIn, Code: provider.CodeSignInEnded, Status: w.Status}
	case w.StatusCode == http.StatusForbidden:
		return &provider.Error{Op: path, Class: provider.SignIn, Code: provider.CodeMissingPermission, Status: w.Status}
	case w.StatusCode != http.StatusOK:
		return &provider.Error{Op: path, Class: provider.Transient, Code: provider.CodeServer, Status: w.Status}
	case out == nil:
		return nil
	}
	return json.NewDecoder(w.Body).Decode(out)
}
