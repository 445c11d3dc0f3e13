package push

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

const base = "https://tahti.example.com"

// lab is a company with one connection, whose provider keeps watches in memory.
type lab struct {
	*enginetest.Lab
	t          *testing.T
	push       *Service
	connection store.ID
	far        *far
	saw        []string // what the observer was told
}

// newLab makes a connection of a kind of account. Microsoft's watches can be renewed, Google's cannot.
func newLab(t *testing.T, kind string) *lab {
	t.Helper()
	l := &lab{Lab: enginetest.NewLab(t), t: t}
	l.push = &Service{
		Store: l.Engine.Store, Watches: l.DB, Clock: l, Base: base, Log: slog.New(slog.DiscardHandler),
		Observe: func(provider, what string) { l.saw = append(l.saw, provider+" "+what) },
	}
	l.far = &far{l: l, graph: kind == Graph, life: 100 * time.Hour, live: map[string]*kept{}}
	l.connection = l.Connect(l.Alice, enginetest.New(enginetest.Options{}), nil)
	l.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), l.connection)
		if err != nil {
			return err
		}
		a, err := tx.Account(t.Context(), c.Account)
		a.Provider = kind
		return errors.Join(err, tx.PutAccount(t.Context(), &a))
	})
	return l
}

// far is a provider's side. It takes each id once, and tells through the handler.
type far struct {
	l     *lab
	graph bool
	life  time.Duration
	live  map[string]*kept
	used  []string // ids
	calls []string
	fail  error             // of the next calls
	trial func(*kept) error // before a watch is granted, as Microsoft's handshake is
	most  int               // watches at a time
}

type kept struct {
	provider.Watch
	id    string
	until time.Time
}

func (f *far) watcher() provider.Watcher {
	if f.graph {
		return f
	}
	return struct{ provider.Watcher }{f} // which hides Renew
}

func (f *far) call(name string) error {
	f.calls = append(f.calls, name)
	return f.fail
}

func (f *far) Watch(_ context.Context, w provider.Watch) (provider.Watched, error) {
	if err := f.call("watch"); err != nil {
		return provider.Watched{}, err
	}
	if slices.Contains(f.used, w.ID) || len(w.ID) > 64 || len(w.Secret) > 128 || len(w.Secret) < 20 || !strings.HasPrefix(w.Address, f.l.push.Base+"/push/") {
		f.l.t.Errorf("not a wish that could be granted: %+v", w)
	}
	f.used = append(f.used, w.ID)
	k := &kept{Watch: w, id: w.ID, until: f.l.Now().Add(f.life)}
	if f.graph {
		k.id = "sub-" + w.ID[:5]
	}
	if f.trial != nil {
		if err := f.trial(k); err != nil {
			return provider.Watched{}, err
		}
	}
	f.live[k.id] = k
	f.most = max(f.most, len(f.live))
	return f.watched(k), nil
}

func (f *far) watched(k *kept) provider.Watched {
	w := provider.Watched{ID: k.id, Until: k.until}
	if !f.graph {
		w.Resource = "resource"
	}
	return w
}

func (f *far) Unwatch(_ context.Context, w provider.Watched) error {
	if err := f.call("unwatch"); err != nil {
		return err
	}
	if k := f.live[w.ID]; k != nil && f.watched(k).Resource != w.Resource {
		f.l.t.Errorf("%q is watched, not %q", f.watched(k).Resource, w.Resource)
	}
	delete(f.live, w.ID)
	return nil
}

func (f *far) Renew(_ context.Context, w provider.Watched) (provider.Watched, error) {
	if err := f.call("renew"); err != nil {
		return provider.Watched{}, err
	}
	k := f.live[w.ID]
	if k == nil {
		return provider.Watched{}, &provider.Error{Op: "renew", Class: provider.Gone}
	}
	k.until = f.l.Now().Add(f.life)
	return f.watched(k), nil
}

// one is the only watch that there is.
func (f *far) one() *kept {
	f.l.t.Helper()
	if len(f.live) != 1 {
		f.l.t.Fatalf("the provider keeps %d watches, want one", len(f.live))
	}
	for _, k := range f.live {
		return k
	}
	return nil
}

// done answers what the provider was asked since the last time.
func (f *far) done() string {
	s := strings.Join(f.calls, " ")
	f.calls = nil
	return s
}

// tend lets a run of the connection end.
func (l *lab) tend() (again bool) {
	l.t.Helper()
	next := l.tendAfter(false)
	return !next.IsZero() && !next.After(l.Now())
}

// tendAfter lets a run end that was quiet, or was not, and answers when another is wanted.
func (l *lab) tendAfter(quiet bool) (next time.Time) {
	l.t.Helper()
	l.wake()
	claims, err := l.DB.ClaimWakes(l.t.Context(), "w", l.Now(), time.Minute, 10, 10)
	if err != nil || len(claims) != 1 {
		l.t.Fatalf("%d claims, %v", len(claims), err)
	}
	next = l.push.Tend(l.t.Context(), claims[0], l.far.watcher(), quiet)
	if err := l.DB.FinishWake(l.t.Context(), claims[0], time.Time{}); err != nil {
		l.t.Fatal(err)
	}
	return next
}

func (l *lab) wake() {
	l.Tx(func(tx engine.Tx) error { return tx.Wake(l.t.Context(), l.connection, l.Now(), 2) })
}

func (l *lab) rows() (rows []store.Watch) {
	l.t.Helper()
	l.Tx(func(tx engine.Tx) (err error) {
		rows, err = tx.Watches(l.t.Context(), l.connection)
		return err
	})
	return rows
}

func (l *lab) row() store.Watch {
	l.t.Helper()
	rows := l.rows()
	if len(rows) != 1 {
		l.t.Fatalf("%d watches are kept, want one: %+v", len(rows), rows)
	}
	return rows[0]
}

func (l *lab) state(state string) {
	l.t.Helper()
	l.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(l.t.Context(), l.connection)
		c.State = state
		return errors.Join(err, tx.PutConnection(l.t.Context(), &c))
	})
}

// wanted is how often a run was asked for.
func (l *lab) wanted() int64 {
	l.t.Helper()
	var w store.Wake
	err := l.DB.View(l.t.Context(), l.Company, func(tx *store.Tx) (err error) {
		w, err = tx.GetWake(l.t.Context(), l.connection)
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return w.Wanted
}

// observed answers what the observer was told since the last time.
func (l *lab) observed() string {
	s := strings.Join(l.saw, ", ")
	l.saw = nil
	return s
}

// send delivers to an address.
func (l *lab) send(address, body string, headers map[string]string) *httptest.ResponseRecorder {
	l.t.Helper()
	r := httptest.NewRequestWithContext(l.t.Context(), http.MethodPost, address, strings.NewReader(body))
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	l.push.Handler().ServeHTTP(w, r)
	return w
}

// changed is what Google sends for a channel.
func (k *kept) changed() map[string]string {
	return map[string]string{
		"X-Goog-Channel-ID": k.id, "X-Goog-Channel-Token": k.Secret, "X-Goog-Resource-ID": "resource", "X-Goog-Resource-State": "exists",
		"X-Goog-Message-Number": "10", "X-Goog-Resource-URI": "https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json",
	}
}

// item is one notification of Microsoft's; more is added to it.
func (k *kept) item(more string) string {
	return fmt.Sprintf(`{"subscriptionId":%q,"clientState":%q,"changeType":"updated","resource":"Users/1/Events/2","tenantId":"t"%s}`, k.id, k.Secret, more)
}

func items(list ...string) string {
	return `{"@odata.context":"x","validationTokens":["a"],"value":[` + strings.Join(list, ",") + `]}`
}

func validation(address, token string) string {
	return address + "?validationToken=" + url.QueryEscape(token)
}
