package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/standin/caldav"
	"tahti/internal/text"
)

// serve answers the address of a server that ends with the test.
func serve(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// expired is a server whose certificate ran out yesterday, and the roots that it would be good under.
func expired(t *testing.T) (string, *x509.CertPool) {
	t.Helper()
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
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	server := httptest.NewUnstartedServer(caldav.New(caldav.Options{}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, roots
}

// TestWhatCannotBeConnectedSaysCauseAndNextStep goes through everything that can be wrong with an address or a sign-in.
func TestWhatCannotBeConnectedSaysCauseAndNextStep(t *testing.T) {
	outdated, roots := expired(t)
	stranger := httptest.NewTLSServer(caldav.New(caldav.Options{}))
	t.Cleanup(stranger.Close)
	nothing := serve(t, http.NotFoundHandler())
	site := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "PROPFIND" {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	for _, language := range text.Languages() {
		p := text.Match(language.Tag, "")
		open := newLabWith(t, true, "127.0.0.0/8", roots)
		shut := newLabWith(t, true, "10.99.0.0/16", nil)
		for name, c := range map[string]struct {
			lab                        *lab
			url, password, code, field string
		}{
			"wrong password":      {open, open.calURL, "wrong", "wrong_password", "password"},
			"wrong address":       {open, nothing, "secret", "wrong_address", "url"},
			"not a calendar":      {open, site, "secret", "not_a_calendar", "url"},
			"out of reach":        {open, away.URL, "secret", "unreachable", "url"},
			"expired certificate": {open, outdated, "secret", "expired_certificate", "url"},
			"unknown issuer":      {open, stranger.URL, "secret", "unknown_issuer", "url"},
			"plain HTTP":          {shut, "http://calendar.example.com/", "secret", "plain_http", "url"},
			"forbidden network":   {shut, strings.Replace(open.calURL, "http:", "https:", 1), "secret", "forbidden_network", "url"},
		} {
			t.Run(language.Tag+": "+name, func(t *testing.T) {
				b := c.lab.browser(language.Tag)
				b.lab = &lab{t: t, url: c.lab.url}
				if d := b.post("/setup", "company", "Acme", "name", "Alice", "email", "alice@example.com", "password", password, "zone", "UTC", "locale", language.Tag); d.path != "/sync" {
					b.post("/sign-in", "email", "alice@example.com", "password", password)
				}
				d := b.submit(b.get("/sync/new?preset=other"), "/sync/new", "url", c.url, "username", "alice@example.com", "password", c.password)
				d.checkPage(language.Tag)
				e := p.Connecting(account.CalDAV, c.code)
				for _, promise := range []string{"by itself", "itsestään"} {
					if strings.Contains(d.text, promise) {
						t.Errorf("%q is promised, and nothing is tried but what is pressed", promise)
					}
				}
				if d.status != http.StatusUnprocessableEntity {
					t.Errorf("answered %d", d.status)
				}
				d.says(e.Title, e.Cause, e.Next)
				if attr(d.id(c.field), "aria-invalid") != "true" || attr(d.id("url"), "value") != c.url {
					t.Errorf("%s is not marked, or the address was lost", c.field)
				}
				if strings.Contains(d.text, `value="`+c.password+`"`) {
					t.Error("the password came back")
				}
				d = b.get("/sync")
				d.says(p.T("sync.empty"))
				d.lacks(p.T("sync.unused"))
			})
		}
	}
}

// TestAReadOnlyCalendarSaysSo, before it is connected, on its page, and at an activity that does not go there.
func TestAReadOnlyCalendarSaysSo(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		if err := b.server.SetReadOnly("alice@example.com", "calendar", true); err != nil {
			t.Fatal(err)
		}
		b.putEvent("e", "Comes in")
		activity := b.addActivity("subject", "Stays")
		d := b.submit(b.get("/sync/new?preset=other"), "/sync/new", "url", b.calURL, "username", "alice@example.com", "password", "secret")
		d.says(p.T("choose.read_only"))
		account := d.path
		d = b.press(b.press(d, account, "do", "look", "start", "everything"), account, "do", "start")
		connection, _, _ := strings.Cut(d.path, "?")
		d = b.sync(connection)
		d.says(p.T("sync.read_only"))
		if list := b.get("/activities"); b.events() != 1 || !strings.Contains(inner(list.root), "Comes in") {
			t.Errorf("%d events; %s", b.events(), inner(list.root))
		}
		d = b.get(activity)
		d.says(p.Scope("calendar_read_only").Title, p.Scope("calendar_read_only").Next)
		if !strings.Contains(d.text, `href="`+account+`"`) {
			t.Error("there is no way to the account's other calendars")
		}
		if err := b.server.SetReadOnly("alice@example.com", "calendar", false); err != nil {
			t.Fatal(err)
		}
		b.submit(b.get(account+"/reconnect"), account+"/reconnect", "password", "secret")
		d = b.sync(connection)
		d.lacks(p.T("sync.read_only"))
		d = b.get(activity)
		d.lacks(p.Scope("calendar_read_only").Title)
		if d.says(p.T("scope.linked.title")); b.events() != 2 {
			t.Errorf("%d events once it may be written: %s", b.events(), inner(d.root))
		}
	})
}

// TestARightThatIsTakenAwaySaysSo: the calendar is made read-only while it is connected.
func TestARightThatIsTakenAwaySaysSo(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		_, connection := b.connect()
		b.sync(connection)
		if err := b.server.SetReadOnly("alice@example.com", "calendar", true); err != nil {
			t.Fatal(err)
		}
		b.addActivity("subject", "Late")
		d := b.sync(connection)
		d.says("Late", p.T("work.parked.title"))
		e := p.Problem("no_permission")
		d.says(e.Title, e.Cause)
	})
}

// TestAServerThatPointsElsewhereIsConfirmed: the password goes to another host only once the person has agreed.
func TestAServerThatPointsElsewhereIsConfirmed(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		first := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, b.calURL+r.URL.Path, http.StatusTemporaryRedirect)
		}))
		other := strings.TrimPrefix(b.calURL, "http://")
		d := b.submit(b.get("/sync/new?preset=other"), "/sync/new", "url", first, "username", "alice@example.com", "password", "secret")
		d.checkPage(b.lang)
		e := p.Problem("unconfirmed_redirect")
		d.says(e.Title, e.Cause, e.Next, p.T("connect.confirm_host", "host", other))
		d = b.submit(d, "/sync/new", "password", "secret", "confirm_host", other)
		if !accountLink.MatchString(d.path) {
			t.Errorf("after confirming: %s (%d) %s", d.path, d.status, inner(d.root))
		}
	})
}
