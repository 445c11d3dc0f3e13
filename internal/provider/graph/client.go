package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tahti/internal/provider"
)

const (
	userAgent      = "Tahti"
	defaultTimeout = time.Minute
	// concurrency is how many requests a mailbox bears at a time (providers.md 2.5).
	concurrency = 4
	// maxAnswer bounds one answer: a batch of twenty events with long bodies, or a page of changes.
	maxAnswer = 48 << 20
)

// perMailbox is what our registration may ask of one mailbox (providers.md 2.5). Of all mailboxes together nothing is published that
// one installation could reach.
var perMailbox = provider.Budget{Requests: 10_000, Per: 10 * time.Minute}

// client sends requests to one mailbox and turns what goes wrong into [provider.Error].
type client struct {
	http    http.Client
	base    *url.URL
	prefer  string
	timeout time.Duration
	now     func() time.Time
	places  chan struct{} // a request under way holds one

	mu        sync.Mutex
	notBefore time.Time
}

func newClient(c Config) (*client, error) {
	if c.Transport == nil || c.Now == nil {
		return nil, errors.New("open account: a transport and a clock have to be given")
	}
	if c.Base == "" {
		c.Base = Worldwide
	}
	base, err := url.Parse(strings.TrimSuffix(c.Base, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && !(c.AllowPlain && base.Scheme == "http") {
		return nil, &provider.Error{Op: "open account", Class: provider.Rejected, Code: provider.CodeWrongAddress, Err: fmt.Errorf("%q is no address of Graph", c.Base)}
	}
	page := c.PageSize
	if page <= 0 {
		page = defaultPage
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &client{
		// A redirect is no answer of Graph's, and following one would send the token elsewhere.
		http: http.Client{Transport: c.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		base: base, timeout: timeout, now: c.Now, places: make(chan struct{}, concurrency),
		// On every request: neither the token of a delta nor a link keeps them (providers.md 2.1).
		prefer: fmt.Sprintf(`IdType="ImmutableId", outlook.timezone="UTC", odata.maxpagesize=%d`, page),
	}, nil
}

// call is one request.
type call struct {
	op     string // for errors: "list changes"
	method string
	at     string // a path below the base, or a link that Graph gave
	body   any    // becomes JSON
	match  string // If-Match
	// guarded: it overwrites, and is not sent without match (I16).
	guarded bool
	write   bool // a failure after sending leaves open whether it happened
	delta   bool // what is gone may be the state of the server's that a link stands for
}

// answer is a success, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get reads a JSON object.
func (c *client) get(ctx context.Context, op, at string, into any) error {
	q := call{op: op, method: http.MethodGet, at: at}
	a, err := c.send(ctx, q)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return broken(q, a, err)
	}
	return nil
}

// send performs a call. An answer is a success with JSON in it or nothing; everything else is a *[provider.Error].
func (c *client) send(ctx context.Context, q call) (*answer, error) {
	u, err := c.resolve(q.at)
	if err != nil {
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Err: err}
	}
	if q.guarded && q.match == "" {
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: "not sent: the server tells no version to write over"}
	}
	var body []byte
	if q.body != nil {
		if body, err = json.Marshal(q.body); err != nil {
			return nil, &provider.Error{Op: q.op, Class: provider.Rejected, Err: err}
		}
	}
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Status: "not sent", Err: ctx.Err()}
	}
	if err := c.held(q.op); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Status: "not sent", Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Err: err}
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Prefer", c.prefer)
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.match != "" {
		req.Header.Set("If-Match", q.match)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unanswered(q, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	a := &answer{status: resp.StatusCode, header: resp.Header, body: text}
	if e := c.judge(q, a.status, a.header, text); e != nil {
		return nil, e
	}
	switch {
	case err != nil:
		return nil, broken(q, a, err)
	case len(text) > maxAnswer:
		return nil, broken(q, a, fmt.Errorf("an answer of more than %d bytes", maxAnswer))
	case a.status != http.StatusNoContent && !json.Valid(text):
		return nil, broken(q, a, errors.New("the answer is no JSON, or not all of it"))
	}
	return a, nil
}

// held refuses to send before the time that the server set.
func (c *client) held(op string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.now().Before(c.notBefore) {
		return nil
	}
	return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: c.notBefore, Status: "not sent: the server asked us to wait"}
}

// heed keeps Retry-After, before which nothing more is sent (invariant I19), and answers it.
func (c *client) heed(status int, h http.Header) time.Time {
	if !provider.Throttled(status) && status != http.StatusGatewayTimeout {
		return time.Time{}
	}
	t := provider.RetryAfter(h, c.now())
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.notBefore) {
		c.notBefore = t
	}
	return t
}

// resolve makes a path an address. A link has to lead back to where we came from: the transport adds the token to
// whatever is sent.
func (c *client) resolve(at string) (*url.URL, error) {
	if strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "//") {
		return url.Parse(c.base.String() + at)
	}
	u, err := url.Parse(at)
	if err != nil {
		return nil, provider.WithoutAddress(err)
	}
	if u.Scheme != c.base.Scheme || !strings.EqualFold(u.Host, c.base.Host) || u.User != nil {
		return nil, fmt.Errorf("a link leads to %q, away from %q", u.Host, c.base.Host)
	}
	return u, nil
}
