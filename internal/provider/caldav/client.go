package caldav

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

const (
	userAgent      = "Tahti"
	defaultTimeout = 60 * time.Second
	maxRedirects   = 5
	maxErrorBody   = 64 << 10
	maxDrain       = 256 << 10 // read to its end so that the connection can be used again; beyond, closing is cheaper
)

// client sends requests with credentials to where they may go, and turns what goes wrong into [provider.Error].
type client struct {
	http    http.Client
	trust   premises.Trust
	signer  *signer
	timeout time.Duration
	now     func() time.Time // for Retry-After alone

	mu        sync.Mutex
	notBefore time.Time
}

func newClient(transport http.RoundTripper, t premises.Trust, s *signer, timeout time.Duration, now func() time.Time) *client {
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &client{
		http: http.Client{
			Transport: transport,
			// Redirects are followed by send: net/http would turn a PROPFIND into a GET without a body.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		trust: t, signer: s, timeout: timeout, now: now,
	}
}

// call is one request.
type call struct {
	op     string // for errors: "list changes"
	method string
	url    *url.URL
	depth  string
	mime   string
	body   []byte
	match  string // If-Match
	create bool   // If-None-Match: *
	write  bool   // a failure after sending leaves open whether it happened
}

// answer is one response. It has to be closed.
type answer struct {
	status int
	header http.Header
	body   io.Reader
	url    *url.URL // after redirects
	close  func()
}

// send performs a call, following redirects with method and body kept (RFC 6764 section 5 asks that of a client).
// Any status is an answer; an error means that there was none.
func (c *client) send(ctx context.Context, q call) (*answer, error) {
	c.mu.Lock()
	earliest := c.notBefore
	c.mu.Unlock()
	if c.now().Before(earliest) {
		return nil, &provider.Error{Op: q.op, Class: provider.RateLimited, RetryAfter: earliest, Status: "not sent: the server asked us to wait"}
	}
	if err := ctx.Err(); err != nil {
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Status: "not sent", Err: err}
	}
	ctx, wait := patient(ctx, c.timeout)
	for hop := 0; ; hop++ {
		if err := c.trust.Allows(q.url); err != nil {
			wait.end()
			return nil, premises.RefusedAddress(q.op, err)
		}
		resp, err := c.signed(ctx, q) //nolint:bodyclose // closed by answer.close, or below before a redirect is followed
		if err != nil {
			wait.end()
			return nil, c.unanswered(q, err)
		}
		a := &answer{status: resp.StatusCode, header: resp.Header, body: body{resp.Body, wait}, url: q.url, close: func() {
			drain(resp)
			wait.end()
		}}
		location := resp.Header.Get("Location")
		if !isRedirect(a.status) || location == "" || hop == maxRedirects {
			c.heed(a)
			return a, nil
		}
		to, err := q.url.Parse(location)
		drain(resp)
		if err == nil {
			err = c.trust.Follows(q.url, to)
		}
		if err != nil {
			wait.end()
			return nil, premises.RefusedAddress(q.op, err)
		}
		q.url = to
	}
}

// drain ends an answer whose body nobody wants; what is lost is only the connection's reuse.
func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
	_ = resp.Body.Close()
}

// maxSignings bounds how often one request is signed: as the client is used to, under the nonce that the server asks for
// then, and again as long as it says that the nonce is stale. A server that takes a nonce a few times only says so often
// while several requests are under way, and it is no wrong password.
const maxSignings = 10

// signed sends a request, again where the server wants another signature. A request that was answered 401 has done nothing.
func (c *client) signed(ctx context.Context, q call) (*http.Response, error) {
	for n := 1; ; n++ {
		resp, was, err := c.once(ctx, q)
		if err != nil || resp.StatusCode != http.StatusUnauthorized || n == maxSignings ||
			!c.signer.retries(q.url, resp.Header, was, n > 1) {
			return resp, err
		}
		drain(resp)
	}
}

func (c *client) once(ctx context.Context, q call) (*http.Response, signature, error) {
	// A body of known length: DavMail answers 503 to a chunked PUT (providers.md 4.1). bytes.Reader gives Content-Length.
	var body io.Reader
	if q.body != nil {
		body = bytes.NewReader(q.body)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.url.String(), body)
	if err != nil {
		return nil, signature{}, err
	}
	h := req.Header
	h.Set("User-Agent", userAgent)
	// A compressing proxy changes the ETag to "abc-gzip", which then guards nothing (providers.md 4.1).
	h.Set("Accept-Encoding", "identity")
	if q.depth != "" {
		h.Set("Depth", q.depth)
	}
	if q.mime != "" {
		h.Set("Content-Type", q.mime)
	}
	if q.match != "" {
		h.Set("If-Match", q.match)
	}
	if q.create {
		h.Set("If-None-Match", "*")
	}
	// Tells net/http that this may be sent again, on a fresh connection, when a kept one turns out to be closed; SOGo closes
	// them without a word. An empty list puts nothing on the wire. It holds for writes as well: they carry a guard or
	// a name that cannot be used twice, so that a second arrival changes nothing (see whyNot).
	h["Idempotency-Key"] = nil
	was := c.signer.sign(req)
	resp, err := c.http.Do(req)
	return resp, was, err
}

// heed keeps Retry-After, before which nothing more is sent (invariant I19).
func (c *client) heed(a *answer) {
	if !provider.Throttled(a.status) {
		return
	}
	if t := provider.RetryAfter(a.header, c.now()); !t.IsZero() {
		c.mu.Lock()
		if t.After(c.notBefore) {
			c.notBefore = t
		}
		c.mu.Unlock()
	}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}
