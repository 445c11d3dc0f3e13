package house_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/house"
	"tahti/internal/netguard"
	"tahti/internal/provider"
	"tahti/internal/standin/ews"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/pipedrive"
	"tahti/internal/store"
)

// hybrid is a house beside an Exchange server of an organisation that signs people in at Microsoft.
type hybrid struct {
	*office
	exchange *ews.Server
	url      string

	mu    sync.Mutex
	shown map[string]bool // what requests to the server showed
}

// newHybrid has a directory that knows the server, or does not.
func newHybrid(t *testing.T, known bool, schemes ...string) *hybrid {
	t.Helper()
	x := &hybrid{shown: map[string]bool{}}
	by := &clock{}
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x.mu.Lock()
		x.shown[strings.SplitN(r.Header.Get("Authorization"), " ", 2)[0]] = true
		server := x.exchange
		x.mu.Unlock()
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(ts.Close)
	x.url = ts.URL
	atMicrosoft := graph.Options{}
	if known {
		atMicrosoft.Servers = []string{ts.URL}
	}
	policy, err := netguard.Parse("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	x.office = openBeside(t, by, func(c *house.Config) { c.Policy = policy }, google.Options{}, atMicrosoft, pipedrive.Options{})
	// The server's address has to be known before the directory is made, and the directory before the server.
	x.replace(ews.New(ews.Options{Now: by.Now, Schemes: append([]string{"Negotiate"}, schemes...), Hybrid: &ews.Hybrid{
		Page: "https://login.microsoftonline.com/common/oauth2/authorize", Read: x.graph.Bearer,
	}}))
	return x
}

// replace puts another server at the address.
func (x *hybrid) replace(s *ews.Server) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.exchange = s
}

func (x *hybrid) sign() account.Credentials {
	return account.Credentials{URL: x.url, Email: alices}
}

func (x *hybrid) beginThere() (store.Connection, string, error) {
	return x.house.Connections.Begin(x.t.Context(), x.who, connection.Request{Provider: account.Hybrid, Sign: x.sign(), Settings: []byte(`{"start":"everything"}`)}, "browser")
}

// joins signs in and connects the calendar.
func (x *hybrid) joins() (store.Account, store.Connection) {
	x.t.Helper()
	c, page, err := x.beginThere()
	if err != nil {
		x.t.Fatal(err)
	}
	acc, stays, err := x.arrive(page)
	if err != nil || stays {
		x.t.Fatalf("stays %t, %v: %s", stays, err, x.person.last)
	}
	list, err := account.CalendarsOf(&acc)
	if err != nil || len(list) != 1 {
		x.t.Fatalf("%+v, %v", list, err)
	}
	if c, err = x.house.Connections.ChooseCalendar(x.t.Context(), x.who, c.ID, list[0].ID); err != nil {
		x.t.Fatal(err)
	}
	return acc, c
}

// TestAnExchangeServerThatSignsPeopleInAtMicrosoft goes from a password that is of no use there to a calendar in step, over the token's
// end, a sign-in that is taken back, and signing in again. No password is ever sent to the server.
func TestAnExchangeServerThatSignsPeopleInAtMicrosoft(t *testing.T) {
	t.Parallel()
	x := newHybrid(t, true)
	sign := x.sign()
	sign.Password = "secret"
	_, err := x.house.Connections.Discover(t.Context(), x.who, account.EWS, sign)
	why, ok := errors.AsType[*connection.Refused](err)
	if !ok {
		t.Fatal(err)
	}
	if remedy, _ := account.Remedy(why.Kind, why.Code); why.Code != "hybrid_sign_in" || remedy != account.RemedyMicrosoft {
		t.Fatalf("refused as %s, and %q helps", why.Code, remedy)
	}
	acc, c := x.joins()
	if acc.Server != x.url+"/EWS/Exchange.asmx" || acc.Label != alices || acc.Provider != account.Hybrid {
		t.Errorf("%+v", acc)
	}
	a := x.add("Call Bob", calendar.WallOf(2026, 12, 1, 8, 0, 0))
	x.sync(c.ID)
	x.linked(c.ID, a.ID)
	if events, err := x.exchange.Events(alices, "Calendar"); err != nil || len(events) != 1 {
		t.Errorf("%v, %v", events, err)
	}
	x.pass(2 * time.Hour) // the token has run out
	x.add("Call Carol", calendar.WallOf(2026, 12, 2, 8, 0, 0))
	x.sync(c.ID)
	if events, err := x.exchange.Events(alices, "Calendar"); err != nil || len(events) != 2 {
		t.Errorf("with a fresh token: %d events, %v", len(events), err)
	}
	x.quiet(c.ID)

	if _, _, err := x.house.Connections.Revoke(t.Context(), x.who, acc.ID, true); err != nil {
		t.Fatal(err)
	}
	if state, _ := x.state(c.ID); state != store.Stopped {
		t.Errorf("revoked, and the connection is %s", state)
	}
	again, _ := x.joins()
	if again.ID != acc.ID {
		t.Errorf("signed in again as account %d, not %d", again.ID, acc.ID)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for how := range x.shown {
		if how != "" && how != "Bearer" {
			t.Errorf("the server was shown %s", how)
		}
	}
}

// TestWhatIsInTheWayOfASignInAtMicrosoft has a cause of its own each, with what helps.
func TestWhatIsInTheWayOfASignInAtMicrosoft(t *testing.T) {
	t.Parallel()
	helps := func(t *testing.T, err error, code, remedy string) {
		t.Helper()
		got := codeOf(err)
		if why, ok := errors.AsType[*connection.Refused](err); ok {
			got = why.Code
		}
		r, letter := account.Remedy(account.Hybrid, got)
		if got != code || r != remedy || r == account.RemedyAdministrator && letter != "hybrid" {
			t.Errorf("%q (%v), %q helps, text %q; want %q and %q", got, err, r, letter, code, remedy)
		}
	}
	t.Run("a server that takes passwords alone", func(t *testing.T) {
		t.Parallel()
		f := newExchangeFar(t)
		x := newHybrid(t, true)
		x.url = f.url
		_, _, err := x.beginThere()
		helps(t, err, "hybrid_not_offered", account.RemedyPassword)
	})
	t.Run("no address", func(t *testing.T) {
		t.Parallel()
		x := newHybrid(t, true)
		x.url = ""
		_, _, err := x.beginThere()
		helps(t, err, "not_discovered", account.RemedyAddress)
	})
	t.Run("a directory that does not know the server", func(t *testing.T) {
		t.Parallel()
		x := newHybrid(t, false)
		c, page, err := x.beginThere()
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = x.arrive(page)
		helps(t, err, provider.CodeServerUnknown, account.RemedyAdministrator)
		if _, reason := x.state(c.ID); reason != provider.CodeServerUnknown {
			t.Errorf("the connection says %q", reason)
		}
	})
	t.Run("a server that does not know who signed in", func(t *testing.T) {
		t.Parallel()
		x := newHybrid(t, true)
		x.replace(ews.New(ews.Options{Users: []ews.User{{Name: "bob@example.com", Password: "secret"}}, Hybrid: &ews.Hybrid{Page: "https://login.example.com/", Read: x.graph.Bearer}}))
		_, page, err := x.beginThere()
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = x.arrive(page)
		helps(t, err, provider.CodeTokenRefused, account.RemedyAdministrator)
	})
	t.Run("no registration of ours", func(t *testing.T) {
		t.Parallel()
		x := newHybrid(t, true)
		x.house.Accounts.Env.Clients[account.Hybrid] = &oauth.Client{}
		sign := x.sign()
		sign.Password = "secret"
		_, err := x.house.Connections.Discover(t.Context(), x.who, account.EWS, sign)
		helps(t, err, account.CodeHybridNotSetUp, account.RemedyAdministrator)
		if _, _, err = x.beginThere(); codeOf(err) != provider.CodeNotSetUp {
			t.Error(err)
		}
	})
}
