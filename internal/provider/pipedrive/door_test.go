package pipedrive

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/pipedrive"
	standin "tahti/internal/standin/pipedrive"
)

const (
	alice = "alice@example.com"
	bob   = "bob@example.com"
	home  = "https://example.pipedrive.com"
)

// door is one user's activities in another program, past the adapter's wire, and what only a stand-in can do to them.
type door struct {
	*wire
	*other.Company
	server *standin.Server
	feeds  *provider.Feeds
	users  map[string]int64
}

// wire is the transport between the adapter and the stand-in, which remembers what was sent.
type wire struct {
	*backdoor.Wire
	mu  sync.Mutex
	log []string // method and path with query
}

// inProcess hands requests to a server without a network in between.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	resp := w.Result()
	resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	return resp, nil
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.log = append(w.log, r.Method+" "+r.URL.RequestURI())
	w.mu.Unlock()
	return w.Wire.RoundTrip(r)
}

// sent takes the requests since it was asked last.
func (w *wire) sent() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	log := w.log
	w.log = nil
	return log
}

// stand starts a stand-in with two users and opens alice's activities, who is an administrator.
func stand(t testing.TB, o standin.Options) (*User, *door) {
	t.Helper()
	o.Token, o.Unlimited = "alice's", true
	o.Users = []standin.User{
		{Email: alice, Name: "Alice", TimeZone: "Europe/Helsinki"}, {Email: bob, Name: "Bob", APIToken: "bob's", TimeZone: "Europe/London"},
		{Email: "carol@example.com", Name: "Carol"},
	}
	server := standin.New(o)
	b := &door{
		server: server, feeds: &provider.Feeds{Keep: 16 << 20, Now: time.Now},
		users: map[string]int64{alice: server.UserID(alice), bob: server.UserID(bob)},
		wire:  &wire{Wire: &backdoor.Wire{Base: inProcess{server}, Refusal: other.Refusal}},
		Company: &other.Company{
			Server: backdoor.Server{Base: home, Transport: inProcess{server}, Sign: other.Token("alice's")}, Owner: server.UserID(alice),
		},
	}
	return b.open(t, alice, "alice's"), b
}

func (b *door) config(user, token string) Config {
	return Config{
		Base: home, User: strconv.FormatInt(b.users[user], 10), Token: token, Transport: b.wire, Now: time.Now, Feed: b.feeds.Of(token),
	}
}

// open connects as the product does: probe, store, open with what was stored.
func (b *door) open(t testing.TB, user, token string) *User {
	t.Helper()
	config := b.config(user, token)
	u, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	if config.Profile, err = u.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u, err = Open(config); err != nil {
		t.Fatal(err)
	}
	b.sent()
	return u
}

// CreateUnreadable makes an activity on a date that nobody can read.
func (b *door) CreateUnreadable() (provider.RemoteID, error) {
	id, err := b.Create(event("Some day"))
	if err != nil {
		return "", err
	}
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil {
		return "", err
	}
	return id, b.server.Spoil(n, object{"due_date": "soon"})
}
