package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
)

// TestEachWrongThingIsSaid: whatever is wrong when somebody connects a calendar, the answer has its cause and a next step, in
// the language of who asks, the same when looking for calendars as when connecting one, and nothing is left behind.
func TestEachWrongThingIsSaid(t *testing.T) {
	l := newLab(t)
	page := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<!doctype html><title>Hello</title>")
	}))
	negotiate := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Negotiate")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	moved := listen(t, http.RedirectHandler("https://calendars.example.net/", http.StatusMovedPermanently))
	for _, x := range []struct {
		name, url, password, code, remedy string
		says                              string // a word of the next step that no other cause has
	}{
		{"a wrong password", l.calURL, "wrong", "wrong_password", "enter_password", "enter the password again"},
		{"a wrong address", listen(t, http.NotFoundHandler()), "secret", "wrong_address", "enter_address", "Check the address"},
		{"no server", "http://127.0.0.1:1/", "secret", "unreachable", "enter_address", "may be down"},
		{"not a calendar", page, "secret", "not_a_calendar", "enter_address", "CalDAV address"},
		{"another kind of sign-in", negotiate, "secret", "sign_in_kind", "enter_address", "also takes a password"},
		{"a redirect elsewhere", moved, "secret", "unconfirmed_redirect", "confirm_host", "confirm it"},
		{"an expired certificate", secure(t, 24*time.Hour), "secret", "expired_certificate", "ask_administrator", "Tell whoever runs the server"},
		{"an unknown issuer", secure(t, -24*time.Hour), "secret", "unknown_issuer", "ask_administrator", "TAHTI_CA_FILE"},
		{"plain HTTP", "http://dav.example.com/", "secret", "plain_http", "enter_address", "https://"},
		{"a forbidden network", "https://10.1.2.3/", "secret", "forbidden_network", "ask_administrator", "TAHTI_ALLOW_NETWORKS"},
	} {
		t.Run(x.name, func(t *testing.T) {
			sign := object{"url": x.url, "username": "alice@example.com", "password": x.password}
			calls := map[string]object{
				"/accounts/discover": {"provider": "caldav", "url": x.url, "username": "alice@example.com", "password": x.password},
				"/connections":       {"provider": "caldav", "account": sign, "calendar": x.url},
			}
			for path, body := range calls {
				status, p := l.call("alice", "POST", "/api/tahti/v1"+path, body)
				if status != 422 || p["code"] != x.code || p["title"] == "" || p["detail"] == "" || !strings.Contains(p["next"].(string), x.says) {
					t.Fatalf("%s: %d %v", path, status, p)
				}
				f := p["findings"].([]any)[0].(object)
				if f["title"] != p["title"] || f["help"] != p["detail"] || len(f["evidence"].([]any)) == 0 || f["remedy"].(object)["action"] != x.remedy {
					t.Errorf("%s: finding %v", path, f)
				}
				_, finnish := l.call("bob", "POST", "/api/tahti/v1"+path, body)
				for _, field := range []string{"title", "detail", "next"} {
					if finnish[field] == p[field] || finnish[field] == "" {
						t.Errorf("%s: in Finnish the %s is %q", path, field, finnish[field])
					}
				}
			}
		})
	}
	for _, who := range []string{"alice", "bob"} {
		if got := l.own(who, "GET", "/connections", nil)["connections"].([]any); len(got) != 0 {
			t.Errorf("%s has connections: %v", who, got)
		}
		if got := l.own(who, "GET", "/accounts", nil)["accounts"].([]any); len(got) != 0 {
			t.Errorf("%s has accounts: %v", who, got)
		}
	}
}

// TestACalendarThatMayOnlyBeRead is connected where something can come in from it, and refused where nothing could ever be
// carried.
func TestACalendarThatMayOnlyBeRead(t *testing.T) {
	l := newLab(t)
	must(t, l.calendar.SetReadOnly("alice@example.com", "calendar", true))
	found := l.own("alice", "POST", "/accounts/discover", object{
		"provider": "caldav", "url": l.calURL, "username": "alice@example.com", "password": "secret",
	})["calendars"].([]any)[0].(object)
	if found["writable"] != false {
		t.Errorf("listed as %v", found)
	}
	wish := object{"provider": "caldav", "account": l.credentials(), "calendar": found["id"], "settings": object{"direction": "to_calendar"}}
	status, p := l.call("alice", "POST", "/api/tahti/v1/connections", wish)
	if status != 422 || p["code"] != "read_only" || !strings.Contains(p["next"].(string), "Choose another calendar") {
		t.Errorf("one-way to it: %d %v", status, p)
	}
	wish["settings"] = object{"direction": "to_crm"}
	c := l.own("alice", "POST", "/connections", wish)
	if c["writable"] != false {
		t.Errorf("connected as %v", c)
	}
	status, p = l.call("alice", "PATCH", "/api/tahti/v1/connections/"+id(c)+"/settings", object{"direction": "own_items_two_way"})
	if status != 422 || p["code"] != "read_only" {
		t.Errorf("changed to what goes out only: %d %v", status, p)
	}
	l.own("alice", "PATCH", "/connections/"+id(c)+"/settings", object{"direction": "two_way"})
}

func listen(t *testing.T, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// secure is a server with a certificate of its own that ended some time ago, or ends in the future.
func secure(t *testing.T, ago time.Duration) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-ago),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	must(t, err)
	s := httptest.NewUnstartedServer(caldav.New(caldav.Options{}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL + "/"
}

func id(row object) string { return fmt.Sprint(row["id"]) }
