package netguard

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// noProxy keeps the tests apart from the environment that they run in.
func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

func client(p *Policy, o Options) *http.Client {
	if o.Proxy == nil {
		o.Proxy = noProxy
	}
	o.DialTimeout = 2 * time.Second
	return &http.Client{Transport: p.Transport(o), Timeout: 5 * time.Second}
}

func server(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var seen atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s, &seen
}

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }

// forbidden finds the host the way other packages do: by the method, not the type.
func forbidden(err error) string {
	var f interface{ ForbiddenNetwork() string }
	if errors.As(err, &f) {
		return f.ForbiddenNetwork()
	}
	return ""
}

func TestLoopbackIsRefusedByDefaultInEverySpelling(t *testing.T) {
	s, seen := server(t, hello)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "127.0.0.2"} {
		for _, scheme := range []string{"http://", "https://"} {
			_, err := client(parse(t, ""), Options{}).Get(scheme + host + port)
			if forbidden(err) != strings.Trim(host, "[]") {
				t.Errorf("%s%s: %v", scheme, host, err)
			}
		}
	}
	if seen.Load() != 0 {
		t.Errorf("the server saw %d requests", seen.Load())
	}
}

func TestListedTargetsAreReached(t *testing.T) {
	s, _ := server(t, hello)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for list, host := range map[string]string{
		"127.0.0.0/8":    "127.0.0.1",
		"127.0.0.1":      "127.0.0.1",
		"127.0.0.1,::1":  "localhost",
		"localhost":      "localhost",
		"intern.example": "intern.example",
	} {
		p := parse(t, list)
		p.resolver = answering(func(string) []string { return []string{"127.0.0.1"} })
		if host == "localhost" {
			p.resolver = nil
		}
		res, err := client(p, Options{}).Get("http://" + host + port)
		if err != nil {
			t.Errorf("%s with %s: %v", host, list, err)
			continue
		}
		res.Body.Close()
	}
}

func TestANameThatChangesItsAddressBetweenCheckAndDialGainsNothing(t *testing.T) {
	s, seen := server(t, hello)
	var asked atomic.Int32
	p := parse(t, "")
	p.resolver = answering(func(string) []string {
		if asked.Add(1) <= 2 { // the check's questions, A and AAAA
			return []string{"93.184.215.14"}
		}
		return []string{"127.0.0.1"}
	})
	if err := p.checkTarget(context.Background(), "rebind.example", false); err != nil {
		t.Fatalf("the first look: %v", err)
	}
	_, err := client(p, Options{}).Get("https://rebind.example" + s.URL[strings.LastIndex(s.URL, ":"):])
	if forbidden(err) != "rebind.example" {
		t.Errorf("after rebinding: %v", err)
	}
	if seen.Load() != 0 {
		t.Error("the server was reached")
	}
}

func TestARedirectToLoopbackIsRefused(t *testing.T) {
	inner, seen := server(t, hello)
	outer, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(inner.URL, "127.0.0.1", "127.0.0.2", 1)+"/admin", http.StatusFound)
	})
	_, err := client(parse(t, "127.0.0.1"), Options{}).Get(outer.URL)
	if forbidden(err) != "127.0.0.2" {
		t.Errorf("redirect: %v", err)
	}
	if seen.Load() != 0 {
		t.Error("the inner server was reached")
	}
}

func TestPlainHTTPGoesToListedTargetsOnly(t *testing.T) {
	p := parse(t, "10.0.0.0/8")
	p.resolver = answering(func(string) []string { return []string{"93.184.215.14"} })
	_, err := client(p, Options{}).Get("http://public.example/")
	var plain interface{ PlainHTTP() string }
	if !errors.As(err, &plain) || plain.PlainHTTP() != "public.example" {
		t.Errorf("plain http to a public host: %v", err)
	}
}

// proxyServer records what it is asked for and answers itself.
func proxyServer(t *testing.T) (func(*http.Request) (*url.URL, error), *httptest.Server, *atomic.Int32) {
	s, seen := server(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "proxied %s", r.RequestURI) })
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return http.ProxyURL(u), s, seen
}

func TestAProxyIsNotAWayAroundThePolicy(t *testing.T) {
	proxy, s, seen := proxyServer(t)
	p := parse(t, "")
	p.resolver = answering(func(name string) []string {
		if strings.HasPrefix(name, "inside") {
			return []string{"93.184.215.14", "10.0.0.8"}
		}
		return nil
	})
	c := client(p, Options{Proxy: proxy})
	for _, target := range []string{"https://127.0.0.1/", "http://127.0.0.1/", "https://inside.example/", "https://[fe80::1]/", s.URL} {
		_, err := c.Post(target, "text/plain", strings.NewReader("x"))
		if forbidden(err) == "" {
			t.Errorf("%s: %v", target, err)
		}
	}
	if _, err := c.Get("https://unknown.example/"); err == nil || !strings.Contains(err.Error(), "look up unknown.example") {
		t.Errorf("a name that cannot be judged: %v", err)
	}
	if seen.Load() != 0 {
		t.Errorf("the proxy saw %d requests", seen.Load())
	}
}

func TestAProxyInsideIsReachedForAllowedTargets(t *testing.T) {
	proxy, _, _ := proxyServer(t)
	p := parse(t, "mail.corp.example") // the proxy's own loopback address is not listed: the operator set it
	res, err := client(p, Options{Proxy: proxy}).Get("http://mail.corp.example/dav")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); string(body) != "proxied http://mail.corp.example/dav" {
		t.Errorf("answer %q", body)
	}
}

func TestATargetThatIsItselfTheProxyIsRefused(t *testing.T) {
	proxy, s, seen := proxyServer(t)
	bypass := func(r *http.Request) (*url.URL, error) {
		if r.URL.Host == strings.TrimPrefix(s.URL, "http://") {
			return nil, nil // as NO_PROXY would say
		}
		return proxy(r)
	}
	_, err := client(parse(t, ""), Options{Proxy: bypass}).Get(s.URL)
	if forbidden(err) != "127.0.0.1" || seen.Load() != 0 {
		t.Errorf("direct request to the proxy: %v", err)
	}
}

func TestOwnCertificateAuthority(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(hello))
	defer s.Close()
	p := parse(t, "127.0.0.1")
	_, err := client(p, Options{}).Get(s.URL)
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("unknown issuer: %v", err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	roots, err := LoadRoots(file)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client(p, Options{Roots: roots}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

func TestLoadRootsSaysWhatIsWrong(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadRoots(empty); err == nil || !strings.Contains(err.Error(), "no PEM certificate") {
		t.Errorf("a file without certificates: %v", err)
	}
	if _, err := LoadRoots(empty + ".missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if pool, err := LoadRoots(""); pool != nil || err != nil {
		t.Errorf("no file name: %v, %v", pool, err)
	}
}

func TestAnswerHeadsAreBounded(t *testing.T) {
	s, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 9000)) })
	_, err := client(parse(t, "127.0.0.1"), Options{MaxHeaderBytes: 4096}).Get(s.URL)
	if err == nil {
		t.Error("a head of 9 kB was taken with a limit of 4 KiB")
	}
}

// answering is a resolver whose every question is answered by addrs, without a socket. An empty answer is NXDOMAIN.
func answering(addrs func(name string) []string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go serveDNS(ours, addrs)
		return theirs, nil
	}}
}

// serveDNS answers questions framed as over TCP (RFC 1035 section 4.2.2) until the other end closes.
func serveDNS(c net.Conn, addrs func(string) []string) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		msg := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, msg); err != nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(msg); err != nil {
			return
		}
		q := m.Questions[0]
		reply := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions[:1]}
		found := addrs(strings.TrimSuffix(q.Name.String(), "."))
		if len(found) == 0 {
			reply.RCode = dnsmessage.RCodeNameError
		}
		for _, s := range found {
			if a := netip.MustParseAddr(s); q.Type == dnsmessage.TypeA && a.Is4() {
				reply.Answers = append(reply.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: a.As4()},
				})
			}
		}
		out, err := reply.Pack()
		if err != nil {
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)); err != nil {
			return
		}
	}
}

// TestAPrivateTransportSpeaksHTTP1: a sign-in that belongs to a connection cannot share one.
func TestAPrivateTransportSpeaksHTTP1(t *testing.T) {
	var protocols, connections []string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		protocols, connections = append(protocols, r.Proto), append(connections, r.RemoteAddr)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	p, err := Parse("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []bool{false, true, true} {
		tr := p.Transport(Options{Roots: roots, Private: private})
		resp, err := tr.RoundTrip(httptest.NewRequest(http.MethodGet, s.URL, nil))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		tr.(interface{ CloseIdleConnections() }).CloseIdleConnections()
	}
	if !slices.Equal(protocols, []string{"HTTP/2.0", "HTTP/1.1", "HTTP/1.1"}) || connections[1] == connections[2] {
		t.Errorf("%v over %v", protocols, connections)
	}
}
