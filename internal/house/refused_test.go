package house_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/provider"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// doorman refuses passwords once it is told to, and counts those that it refused.
type doorman struct {
	next    http.RoundTripper
	shut    atomic.Bool
	refused atomic.Int64
}

func (d *doorman) RoundTrip(r *http.Request) (*http.Response, error) {
	if !d.shut.Load() || r.Header.Get("Authorization") == "" {
		return d.next.RoundTrip(r)
	}
	d.refused.Add(1)
	w := httptest.NewRecorder()
	w.Header().Set("WWW-Authenticate", `Basic realm="calendars"`)
	w.WriteHeader(http.StatusUnauthorized)
	return w.Result(), nil
}

// TestAPasswordIsRefusedOnce: organisations lock accounts after a few wrong passwords, so one that was refused is not shown again, by no
// connection of the account and for nothing that a person presses, until they give another.
func TestAPasswordIsRefusedOnce(t *testing.T) {
	t.Parallel()
	const name = "alice@example.com"
	server := caldav.New(caldav.Options{Users: []caldav.User{{Name: name, Password: "secret", Calendars: []caldav.Calendar{{Name: "work"}, {Name: "home"}}}}})
	at := serveAt(t, server)
	door := &doorman{}
	l := newHouse(t, setup{watch: func(next http.RoundTripper) http.RoundTripper { door.next = next; return door }})
	l.sign = account.Credentials{URL: at, Username: name, Password: "secret"}
	acc, err := l.house.Connections.AddAccount(t.Context(), l.who, "caldav", l.sign)
	if err != nil {
		t.Fatal(err)
	}
	list, err := account.CalendarsOf(&acc)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	var ids []store.ID
	for _, cal := range list {
		c, err := l.house.Connections.Connect(t.Context(), l.who, connection.Request{Account: acc.ID, Calendar: cal.ID})
		if err != nil {
			t.Fatal(err)
		}
		l.sync(c.ID)
		ids = append(ids, c.ID)
	}

	door.shut.Store(true)
	for _, id := range ids {
		if run := l.sync(id); run.State != "failed" || run.Error != provider.CodeWrongPassword {
			t.Errorf("%+v", run)
		}
		_, err := l.house.Connections.DryRun(t.Context(), l.who, id)
		if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.SignIn {
			t.Errorf("a dry run: %v", err)
		}
		if _, err := l.house.Connections.MakeCalendar(t.Context(), l.who, acc.ID, "Club"); provider.ClassOf(err) != provider.SignIn {
			t.Errorf("a new calendar: %v", err)
		}
		if c, err := l.house.Connections.Get(t.Context(), l.who, id); err != nil || c.State != store.NeedsSignIn || c.Reason != provider.CodeWrongPassword {
			t.Errorf("%s, %s, %v", c.State, c.Reason, err)
		}
	}
	if n := door.refused.Load(); n != 1 {
		t.Errorf("the refused password was sent %d times", n)
	}

	door.shut.Store(false)
	if err := l.house.Connections.Reconnect(t.Context(), l.who, acc.ID, account.Credentials{Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if run := l.sync(id); run.State != "done" {
			t.Errorf("%+v", run)
		}
	}
}
