package caldav

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
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

	"tahti/internal/provider"
)

func TestRedirectsKeepMethodBodyAndPassword(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		c, s := scripted(t, fullProfile)
		s.on("PROPFIND /new/", says(207, multi(props("/new/", calendarType))))
		s.on("PROPFIND /cal/", says(code, "", "Location", "/new/"))
		if _, err := c.head(context.Background()); err == nil {
			t.Fatalf("%d: an answer about another path was taken for the calendar's", code)
		}
		last := s.seen[len(s.seen)-1]
		user, pass, _ := last.BasicAuth()
		if last.Method != "PROPFIND" || last.URL.Path != "/new/" || s.bodies[len(s.bodies)-1] != string(headProps) || user != "alice" || pass != "secret" || last.Header.Get("Depth") != "0" {
			t.Errorf("%d: %s %s %v", code, last.Method, last.URL, last.Header)
		}
	}
	t.Run("in a circle they end", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("PROPFIND /cal/", says(302, "", "Location", "/cal/"))
		_, err := c.head(context.Background())
		wantClass(t, err, provider.Forbidden, provider.CodeRedirect)
		if len(s.seen) > maxRedirects+1 {
			t.Errorf("%d requests", len(s.seen))
		}
	})
	t.Run("to another host the password does not go", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		other := &script{answers: map[string]http.HandlerFunc{}}
		web := httptest.NewServer(other)
		defer web.Close()
		s.on("PROPFIND /cal/", says(302, "", "Location", web.URL+"/cal/"))
		_, err := c.head(context.Background())
		wantClass(t, err, provider.Forbidden, provider.CodeRedirect)
		if u, ok := errors.AsType[*provider.Unconfirmed](err); !ok || !strings.Contains(web.URL, u.Host) {
			t.Errorf("the page cannot ask about it: %v", err)
		}
		if len(other.seen) != 0 {
			t.Error("a request was sent there")
		}
	})
}

func TestNothingIsSentBeforeRetryAfter(t *testing.T) {
	c, s := scripted(t, fullProfile)
	now := time.Now()
	c.client.now = func() time.Time { return now }
	s.on("REPORT /cal/", says(503, "", "Retry-After", "60"))
	_, err := c.Pull(context.Background(), c.cursor(bySync, "t1"), nil)
	wantClass(t, err, provider.RateLimited)
	if at := asError(t, err).RetryAfter; !at.Equal(now.Add(time.Minute)) {
		t.Errorf("retry after %v", at)
	}
	s.on("REPORT /cal/", says(207, multi("<D:sync-token>t2</D:sync-token>")))
	now = now.Add(59 * time.Second)
	_, err = c.Pull(context.Background(), c.cursor(bySync, "t1"), nil)
	wantClass(t, err, provider.RateLimited)
	if len(s.seen) != 1 {
		t.Errorf("%d requests", len(s.seen))
	}
	now = now.Add(time.Second)
	if _, err = c.Pull(context.Background(), c.cursor(bySync, "t1"), nil); err != nil {
		t.Error(err)
	}
}

// forbidden is what a guarded transport answers.
type forbidden struct{}

func (forbidden) Error() string            { return "10.0.0.1 is not to be reached" }
func (forbidden) ForbiddenNetwork() string { return "dav.example.com" }

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestWithoutAnAnswer(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   error
		code  string
		write provider.Class // class when writing
	}{
		{"a network that may not be reached", fmt.Errorf("dial: %w", forbidden{}), provider.CodeForbiddenNetwork, provider.Forbidden},
		{"no such host", &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, provider.CodeWrongAddress, provider.Transient},
		{"a name server in trouble", &net.DNSError{IsTemporary: true}, provider.CodeUnreachable, provider.Transient},
		{"nobody listens", &net.OpError{Op: "dial", Err: errors.New("refused")}, provider.CodeUnreachable, provider.Transient},
		{"lost while reading", &net.OpError{Op: "read", Err: errors.New("reset")}, provider.CodeUnreachable, provider.Unknown},
		{"lost while writing", &net.OpError{Op: "write", Err: errors.New("reset")}, provider.CodeUnreachable, provider.Unknown},
		{"too slow", context.DeadlineExceeded, provider.CodeUnreachable, provider.Unknown},
		{"an expired certificate", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, provider.CodeExpiredCert, provider.Transient},
		{"an unknown issuer", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, provider.CodeUnknownIssuer, provider.Transient},
		{"another host's certificate", &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}}}, provider.CodeWrongHostCert, provider.Transient},
		{"held back", &provider.Error{Op: "send", Class: provider.RateLimited}, "", provider.RateLimited},
		{"no TLS there", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, provider.CodePlainHTTP, provider.Transient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := Open(Options{URL: "https://dav.example.com/cal/", Profile: fullProfile, Transport: failing{tc.err}, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			read := tc.write
			if read == provider.Unknown {
				read = provider.Transient
			}
			_, err = c.Pull(context.Background(), "", nil)
			wantClass(t, err, read, tc.code)
			_, err = c.Put(context.Background(), creation("One"))
			wantClass(t, err, tc.write, tc.code)
		})
	}
}

// certificate makes a self-signed one.
func certificate(t *testing.T, host string, until time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestCertificates goes through real handshakes: what the errors above claim to be is what crypto/tls really says.
func TestCertificates(t *testing.T) {
	for _, tc := range []struct {
		name, host string
		until      time.Time
		known      bool
		code       string
	}{
		{"expired", "dav.example.com", time.Now().Add(-time.Hour), true, provider.CodeExpiredCert},
		{"of another host", "www.example.org", time.Now().Add(time.Hour), true, provider.CodeWrongHostCert},
		{"of an unknown issuer", "dav.example.com", time.Now().Add(time.Hour), false, provider.CodeUnknownIssuer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cert := certificate(t, tc.host, tc.until)
			web := httptest.NewUnstartedServer(http.NotFoundHandler())
			web.Config.ErrorLog = log.New(io.Discard, "", 0)
			web.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
			web.StartTLS()
			defer web.Close()
			roots := x509.NewCertPool()
			if tc.known {
				roots.AddCert(cert.Leaf)
			}
			_, err := Discover(context.Background(), login("https://dav.example.com/", dialing(web.Listener.Addr(), roots)))
			if err == nil || asError(t, err).Code != tc.code {
				t.Errorf("%v, want %s", err, tc.code)
			}
		})
	}
	t.Run("plain HTTP behind an https address", func(t *testing.T) {
		web := httptest.NewServer(http.NotFoundHandler())
		defer web.Close()
		_, err := Discover(context.Background(), login("https://dav.example.com/", dialing(web.Listener.Addr(), nil)))
		wantClass(t, err, provider.Transient, provider.CodePlainHTTP)
	})
}

// dialing is a transport for which every host is at one address.
func dialing(to net.Addr, roots *x509.CertPool) http.RoundTripper {
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, to.String())
		},
		DisableKeepAlives: true,
	}
}

func login(address string, transport http.RoundTripper) Login {
	return Login{Address: address, Username: "alice", Password: "secret", Transport: transport, Now: time.Now, Timeout: 5 * time.Second}
}

// TestALongAnswerHasTimeWhileItComes: a listing of a large calendar over a thin line takes longer than any one limit that
// would also stop a server that only pretends to answer.
func TestALongAnswerHasTimeWhileItComes(t *testing.T) {
	const timeout = 300 * time.Millisecond
	piecemeal := func(pieces int, size int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, strings.TrimSuffix(vevent("a", "Long"), "END:VCALENDAR\r\n")+"X-LONG:")
			for i := 0; i < pieces && r.Context().Err() == nil; i++ {
				_, _ = io.WriteString(w, strings.Repeat("x", size))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(timeout / 10)
			}
			_, _ = io.WriteString(w, "\r\nEND:VCALENDAR\r\n")
		}
	}
	read := func(answer http.HandlerFunc) ([]provider.Item, error) {
		c, s := scripted(t, fullProfile)
		c.client.timeout = timeout
		s.on("GET /cal/a.ics", answer)
		return c.Read(context.Background(), []provider.RemoteID{"/cal/a.ics"})
	}
	if items, err := read(piecemeal(20, 32<<10)); err != nil || items[0].State != provider.StateLive {
		t.Errorf("one that came steadily: %v %+v", err, items)
	}
	began := time.Now()
	_, err := read(piecemeal(1000, 10))
	wantClass(t, err, provider.Transient, provider.CodeUnreachable)
	if took := time.Since(began); took > 10*timeout {
		t.Errorf("one that only trickled was given up after %v", took)
	}
}
