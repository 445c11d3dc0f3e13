package house_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/standin/caldav"
)

// TestWhatCannotBeConnected: each thing that can be wrong when somebody connects a calendar has a code of its own, on which
// the surfaces hang its sentence and its next step.
func TestWhatCannotBeConnected(t *testing.T) {
	t.Parallel()
	var password, empty, web, untrusted, expired, plain, inside string
	calendars := httptest.NewServer(caldav.New(caldav.Options{}))
	t.Cleanup(calendars.Close)
	password, inside = calendars.URL, calendars.URL
	empty = serveAt(t, http.NotFoundHandler())
	web = serveAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "PROPFIND" {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	plain = "http://calendar.example.com/"
	stranger := httptest.NewTLSServer(caldav.New(caldav.Options{}))
	t.Cleanup(stranger.Close)
	untrusted = stranger.URL
	expired, roots := outdated(t)

	good := newHouse(t, setup{idle: true, roots: roots})
	shut := newHouse(t, setup{idle: true, networks: "10.99.0.0/16"})
	for name, c := range map[string]struct {
		l    *lab
		sign account.Credentials
		code string
	}{
		"wrong password":      {good, account.Credentials{URL: password, Username: "alice@example.com", Password: "wrong"}, provider.CodeWrongPassword},
		"wrong address":       {good, account.Credentials{URL: empty, Username: "alice@example.com", Password: "secret"}, provider.CodeWrongAddress},
		"not a calendar":      {good, account.Credentials{URL: web, Username: "alice@example.com", Password: "secret"}, provider.CodeNotACalendar},
		"expired certificate": {good, account.Credentials{URL: expired, Username: "alice@example.com", Password: "secret"}, provider.CodeExpiredCert},
		"unknown issuer":      {good, account.Credentials{URL: untrusted, Username: "alice@example.com", Password: "secret"}, provider.CodeUnknownIssuer},
		"plain HTTP":          {shut, account.Credentials{URL: plain, Username: "alice@example.com", Password: "secret"}, provider.CodePlainHTTP},
		"forbidden network":   {shut, account.Credentials{URL: strings.Replace(inside, "http:", "https:", 1), Username: "alice@example.com", Password: "secret"}, provider.CodeForbiddenNetwork},
	} {
		t.Run(name, func(t *testing.T) {
			_, discovering := c.l.house.Accounts.Discover(t.Context(), "caldav", c.sign)
			_, connecting := c.l.house.Connections.Connect(t.Context(), c.l.who, connection.Request{
				Provider: "caldav", Sign: c.sign, Calendar: c.sign.URL, Settings: json.RawMessage(`{}`),
			})
			for what, err := range map[string]error{"discovering": discovering, "connecting": connecting} {
				e, ok := errors.AsType[*provider.Error](err)
				if !ok || e.Code != c.code {
					t.Errorf("%s: %v, want the code %s", what, err, c.code)
				} else if strings.Contains(err.Error(), c.sign.Password+"\"") {
					t.Errorf("%s: the password is in %q", what, err)
				}
			}
			c.l.tx(func(tx engine.Tx) error {
				all, err := tx.Connections(t.Context(), 0)
				if len(all) != 0 {
					t.Errorf("a connection was left behind: %+v", all)
				}
				return err
			})
		})
	}
}

func serveAt(t *testing.T, h http.Handler) string {
	ts := httptest.NewServer(h)
	t.Cleanup(ts.Close)
	return ts.URL
}

// outdated is a server whose certificate has expired, and the roots that it would have been good under.
func outdated(t *testing.T) (url string, roots *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "calendar"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(cert)
	ts := httptest.NewUnstartedServer(caldav.New(caldav.Options{}))
	ts.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	ts.StartTLS()
	t.Cleanup(ts.Close)
	return ts.URL, roots
}

// TestReadOnlyCalendar connects a calendar that may only be read: what is there comes in, nothing goes out, and the reason
// can be asked for.
func TestReadOnlyCalendar(t *testing.T) {
	t.Parallel()
	l := newHouse(t, setup{idle: true})
	f := newStandFar(t, caldav.ProfilePlain)
	if err := f.s.SetReadOnly(f.user, "calendar", true); err != nil {
		t.Fatal(err)
	}
	l.sign = f.sign()
	p := newPair(l, f)
	p.addThere("there")
	p.addHere("here")
	c := l.connect(`{"start":"everything"}`)
	if c.Writable {
		t.Error("the connection says that the calendar can be written")
	}
	l.once(c.ID)
	here, there := p.sides()
	if len(here) != 2 || len(there) != 1 {
		t.Errorf("%v here and %v there, want what is there on both sides and nothing sent", here, there)
	}
	if work := l.waiting(c.ID); len(work) != 0 {
		t.Errorf("something waits: %+v", work)
	}

	// A right that is taken away while the connection is at work sets the item aside, with the reason.
	g := newStandFar(t, caldav.ProfilePlain)
	m := newHouse(t, setup{idle: true})
	m.sign = g.sign()
	q := newPair(m, g)
	d := m.connect(`{"start":"everything"}`)
	if err := g.s.SetReadOnly(g.user, "calendar", true); err != nil {
		t.Fatal(err)
	}
	q.addHere("late")
	m.once(d.ID)
	for _, w := range m.waiting(d.ID) {
		if w.Reason == "" {
			t.Errorf("set aside without a reason: %+v", w)
		}
	}
	if len(m.waiting(d.ID)) != 1 {
		t.Errorf("waiting: %+v, want the refused item", m.waiting(d.ID))
	}
}
