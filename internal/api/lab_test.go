package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/accounttest"
	"tahti/internal/account/oauth"
	"tahti/internal/api"
	"tahti/internal/api/apitest"
	"tahti/internal/auth"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/hub"
	"tahti/internal/jobs"
	"tahti/internal/netguard"
	"tahti/internal/secret"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// lab is the real handler over the real rooms, with two users and a stand-in calendar server.
type lab struct {
	*testing.T
	house    *house.House
	company  store.ID
	alice    crm.User // administrator
	bob      crm.User
	tokens   map[string]string // by name
	server   *httptest.Server
	calendar *caldav.Server
	calURL   string
	client   *http.Client
	far      *accounttest.Server // a provider that signs people in on its own page
}

func init() { account.Kinds = append(account.Kinds, accounttest.Kind()) }

const redirect = "https://tahti.example/oauth/callback"

func newLab(t *testing.T) *lab {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "tahti.db")})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	box, err := secret.Create(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	policy, err := netguard.Parse("127.0.0.0/8")
	must(t, err)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	far := accounttest.New(t, time.Now)
	h, err := house.Build(ctx, house.Config{
		DB: db, Box: box, Policy: policy, Log: log, Jobs: jobs.Options{Owner: "test", Poll: time.Hour},
		Clients: map[string]oauth.Client{accounttest.Name: *far.Client}, APIs: map[string]string{accounttest.Name: far.URL},
	})
	must(t, err)
	h.Connections.Redirect = redirect
	l := &lab{T: t, house: h, far: far, tokens: map[string]string{}}
	l.company, l.alice, err = h.Found(ctx, house.Founding{
		Company: "Acme", Name: "Alice", Email: "alice@example.com", PasswordHash: "x", TimeZone: "Europe/Helsinki", Locale: "en",
	})
	must(t, err)
	login := store.Login{Email: "bob@example.com", Password: "x", Created: time.Now()}
	must(t, db.PutLogin(ctx, &login))
	must(t, h.Store.Tx(ctx, l.company, func(tx engine.Tx) error {
		l.bob, err = h.Hub.AddUser(ctx, tx, hub.By(l.alice), crm.User{
			Login: login.ID, Name: "Bob", Email: "bob@example.com", Role: crm.Regular, TimeZone: "Europe/Helsinki", Locale: "fi", Active: true,
		})
		return err
	}))
	l.tokens["alice"], l.tokens["bob"] = l.token(l.alice), l.token(l.bob)
	l.calendar = caldav.New(caldav.Options{Profile: caldav.Profiles()[0]})
	cal := httptest.NewServer(l.calendar)
	t.Cleanup(cal.Close)
	l.calURL = cal.URL
	l.server = httptest.NewServer(api.New(api.Config{House: h, Version: "test", Log: log}))
	t.Cleanup(l.server.Close)
	l.client = &http.Client{Transport: apitest.Validating(t, l.server.Client().Transport)}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Runner.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *lab) token(u crm.User) string {
	token, hash := auth.NewToken()
	must(l.T, l.house.Store.Tx(l.Context(), l.company, func(tx engine.Tx) error {
		return tx.PutToken(l.Context(), &store.APIToken{Member: u.ID, Name: "test", Hash: hash, Created: time.Now()})
	}))
	return token
}

type object = map[string]any

// call sends a request as somebody ("" is nobody) and answers status and body. A body that is a string goes as it is.
func (l *lab) call(who, method, path string, body any) (int, object) {
	l.Helper()
	status, raw, _ := l.raw(who, method, path, "application/json", body)
	out := object{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			l.Fatalf("%s %s answers no JSON: %v: %s", method, path, err, raw)
		}
	}
	return status, out
}

func (l *lab) raw(who, method, path, contentType string, body any) (int, []byte, http.Header) {
	l.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		must(l.T, err)
		in = bytes.NewReader(j)
	}
	r, err := http.NewRequestWithContext(l.Context(), method, l.server.URL+path, in)
	must(l.T, err)
	if in != nil {
		r.Header.Set("Content-Type", contentType)
	}
	if who != "" {
		r.Header.Set("X-Api-Token", l.tokens[who])
	}
	resp, err := l.client.Do(r)
	must(l.T, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	must(l.T, err)
	return resp.StatusCode, raw, resp.Header
}

// ok is call for what has to work; it answers the data of Pipedrive's envelope, or the whole body of our own part.
func (l *lab) ok(who, method, path string, body any) object {
	l.Helper()
	status, out := l.call(who, method, path, body)
	if status/100 != 2 {
		l.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	if data, enveloped := out["data"].(object); enveloped {
		return data
	}
	return out
}

func decode(t *testing.T, raw []byte) object {
	t.Helper()
	out := object{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("no JSON: %v: %s", err, raw)
	}
	return out
}
