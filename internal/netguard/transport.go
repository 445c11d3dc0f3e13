package netguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"syscall"
	"time"
)

// Options shape a transport. Zero values mean the stated defaults.
type Options struct {
	// Roots are the certificate authorities; nil means the system's. See [LoadRoots].
	Roots *x509.CertPool
	// Proxy chooses a proxy for a request; nil means [http.ProxyFromEnvironment].
	Proxy func(*http.Request) (*url.URL, error)
	// DialTimeout bounds connecting (10 s), TLSTimeout the handshake (10 s), HeaderTimeout the wait for the answer's
	// head (60 s: calendar servers think long over a first report). The body is the caller's to bound.
	DialTimeout, TLSTimeout, HeaderTimeout time.Duration
	// MaxHeaderBytes bounds the answer's head (256 KiB).
	MaxHeaderBytes int64
	// IdlePerHost is how many idle connections are kept for each host (8), for 90 s.
	IdlePerHost int
	// Private is for a sign-in that belongs to a connection and not to a request, as NTLM's does: the transport speaks HTTP/1.1 alone, and
	// keeps one idle connection to a host, for 20 s.
	Private bool
}

// LoadRoots returns the system's certificate authorities and those of a PEM file (TAHTI_CA_FILE). An empty name
// returns nil, which means the system's alone.
func LoadRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certificate authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		// A container without any is common; the file is then all there is.
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certificate authorities: %s holds no PEM certificate", file)
	}
	return pool, nil
}

// Transport returns a round tripper that only connects where the policy lets it, on every request and every redirect.
// Errors are *[ForbiddenError] and *[PlainError], wrapped, beside those of net/http.
func (p *Policy) Transport(o Options) http.RoundTripper {
	o = o.withDefaults()
	base := func() *http.Transport {
		t := &http.Transport{
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    o.TLSTimeout,
			ResponseHeaderTimeout:  o.HeaderTimeout,
			ExpectContinueTimeout:  time.Second,
			MaxResponseHeaderBytes: o.MaxHeaderBytes,
			MaxIdleConnsPerHost:    o.IdlePerHost,
			IdleConnTimeout:        90 * time.Second,
			ForceAttemptHTTP2:      !o.Private,
		}
		if o.Private {
			t.MaxIdleConnsPerHost, t.IdleConnTimeout = 1, 20*time.Second
			t.Protocols = new(http.Protocols)
			t.Protocols.SetHTTP1(true)
		}
		return t
	}
	g := &guard{policy: p, choose: o.Proxy, secure: base(), plain: base(), proxied: base()}
	g.secure.DialContext = p.dialer(o.DialTimeout, false)
	g.plain.DialContext = p.dialer(o.DialTimeout, true)
	// This one connects to proxies and nothing else: a request without a chosen proxy never reaches its dialer.
	g.proxied.DialContext = (&net.Dialer{Timeout: o.DialTimeout}).DialContext
	g.proxied.Proxy = chosenProxy
	return g
}

func (o Options) withDefaults() Options {
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 10 * time.Second
	}
	if o.TLSTimeout == 0 {
		o.TLSTimeout = 10 * time.Second
	}
	if o.HeaderTimeout == 0 {
		o.HeaderTimeout = 60 * time.Second
	}
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = 256 << 10
	}
	if o.IdlePerHost == 0 {
		o.IdlePerHost = 8
	}
	return o
}

// dialer judges each address between its socket's making and its connecting, so what was judged is what is connected to.
func (p *Policy) dialer(timeout time.Duration, plain bool) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host := bareHost(address)
		d := &net.Dialer{Timeout: timeout, Resolver: p.resolver}
		if !p.listedHost(host) {
			d.ControlContext = func(_ context.Context, _, at string, _ syscall.RawConn) error {
				ap, err := netip.ParseAddrPort(at)
				if err != nil {
					return fmt.Errorf("connect to %s: %w", host, err)
				}
				return p.checkAddr(host, ap.Addr(), plain)
			}
		}
		return d.DialContext(ctx, network, address)
	}
}

// guard sends each request over the transport whose dialer fits it. They are three so that a pooled connection can never
// serve a request that it was not judged for.
type guard struct {
	policy                 *Policy
	choose                 func(*http.Request) (*url.URL, error)
	secure, plain, proxied *http.Transport
}

type proxyKey struct{}

func chosenProxy(r *http.Request) (*url.URL, error) {
	u, ok := r.Context().Value(proxyKey{}).(*url.URL)
	if !ok {
		return nil, errors.New("no proxy was chosen for this request")
	}
	return u, nil
}

// RoundTrip implements [http.RoundTripper].
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	plain := r.URL.Scheme == "http"
	proxy, err := g.choose(r)
	if err != nil {
		return nil, reject(r, fmt.Errorf("choose a proxy: %w", err))
	}
	switch {
	case proxy != nil:
		ctx, cancel := context.WithTimeout(r.Context(), lookupTimeout)
		defer cancel()
		if err := g.policy.checkTarget(ctx, r.URL.Hostname(), plain); err != nil {
			return nil, reject(r, err)
		}
		return g.proxied.RoundTrip(r.WithContext(context.WithValue(r.Context(), proxyKey{}, proxy)))
	case plain:
		return g.plain.RoundTrip(r)
	default:
		return g.secure.RoundTrip(r)
	}
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] work through the guard.
func (g *guard) CloseIdleConnections() {
	for _, t := range []*http.Transport{g.secure, g.plain, g.proxied} {
		t.CloseIdleConnections()
	}
}

// reject closes the body, as every RoundTripper must, also on errors.
func reject(r *http.Request, err error) error {
	if r.Body != nil {
		return errors.Join(err, r.Body.Close())
	}
	return err
}
