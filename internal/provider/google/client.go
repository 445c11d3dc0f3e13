package google

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tahti/internal/provider"
)

const (
	// userAgent has to hold "gzip": Google compresses its answers only then.
	userAgent      = "Tahti (gzip)"
	defaultTimeout = 2 * time.Minute
	maxAnswer      = 64 << 20 // a page of 2,500 large events
	maxErrorBody   = 64 << 10
)

// What Google let projects have that began before May 2026 (providers.md 1.9). Who has less is told to rest.
var (
	perAccount = provider.Budget{Requests: 600, Per: time.Minute}
	perProject = provider.Budget{Requests: 10_000, Per: time.Minute}
)

// client sends requests and turns what goes wrong into [provider.Error].
type client struct {
	http    http.Client
	base    string
	timeout time.Duration
	now     func() time.Time

	mu        sync.Mutex
	notBefore time.Time
	strikes   int // refusals in a row without a time
}

func newClient(c Config) (*client, error) {
	if c.Transport == nil || c.Now == nil {
		return nil, errors.New("open calendar: a transport and a clock have to be given")
	}
	base := strings.TrimSuffix(c.Base, "/")
	if base == "" {
		base = Base
	}
	if u, err := url.Parse(base); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("open calendar: %q is no web address", base)
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &client{
		http: http.Client{
			Transport: c.Transport,
			// The API never redirects; whatever does is not the API.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		base: base, timeout: timeout, now: c.Now,
	}, nil
}

// call is one request.
type call struct {
	op     string // for errors: "list changes"
	method string
	path   string // escaped, below the base
	query  url.Values
	body   any    // sent as JSON; nil for none
	at     string // the whole address, where it is not below the base
	text   []byte // sent as it is, as kind, which the answer has to be of, too
	kind   string
	match  string // If-Match
	write  bool   // a failure after sending leaves open whether it happened
	single bool   // it is about one event: a refusal speaks of that alone
}

// answer is a success.
type answer struct {
	body []byte
	kind string // the media type, with its parameters
	// skew is what has to be added to Google's times to have ours; known only if Google sent its time.
	skew  time.Duration
	known bool
}

// send performs a call. Every status but success is an error.
func (c *client) send(ctx context.Context, q call) (answer, error) {
	c.mu.Lock()
	earliest := c.notBefore
	c.mu.Unlock()
	if c.now().Before(earliest) {
		return answer{}, &provider.Error{Op: q.op, Class: provider.RateLimited, RetryAfter: earliest, Status: "not sent: Google asked us to wait"}
	}
	if (q.method == http.MethodPatch || q.method == http.MethodDelete) && q.match == "" { // every overwrite is guarded (I16)
		return answer{}, &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: "not sent: Google tells no version to write over"}
	}
	if err := ctx.Err(); err != nil {
		return answer{}, &provider.Error{Op: q.op, Class: provider.Transient, Status: "not sent", Err: err}
	}
	ctx, stop := context.WithTimeout(ctx, c.timeout)
	defer stop()
	req, err := c.request(ctx, q)
	if err != nil {
		return answer{}, &provider.Error{Op: q.op, Class: provider.Rejected, Status: "not sent", Err: err}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, unanswered(q, err)
	}
	defer drain(resp)
	return c.take(q, resp)
}

// take reads a response: a success, or the error that it stands for.
func (c *client) take(q call, resp *http.Response) (answer, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // as much as came
		return answer{}, c.refused(q, resp, body)
	}
	a, err := c.read(q, resp)
	if err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	c.strikes = 0
	c.mu.Unlock()
	return a, nil
}

// address is where a call goes.
func (c *client) address(q call) string {
	switch {
	case q.at != "":
		return q.at
	case len(q.query) > 0:
		return c.base + q.path + "?" + q.query.Encode()
	}
	return c.base + q.path
}

func (c *client) request(ctx context.Context, q call) (*http.Request, error) {
	if q.body != nil {
		text, err := encode(q.body)
		if err != nil {
			return nil, err
		}
		q.text, q.kind = text, "application/json; charset=utf-8"
	}
	var body io.Reader
	if q.text != nil {
		body = bytes.NewReader(q.text)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, c.address(q), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "application/json")
	if q.kind != "" {
		req.Header.Set("Content-Type", q.kind)
	}
	if q.match != "" {
		req.Header.Set("If-Match", q.match)
	}
	return req, nil
}

// encode writes JSON that leaves <, > and & as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return b.Bytes(), nil
}

// read takes a success in. An answer that is cut off, or is somebody else's web page, is an error and no empty one (I6).
func (c *client) read(q call, resp *http.Response) (answer, error) {
	a := answer{}
	if sent, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.skew, a.known = c.now().Sub(sent), true
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	a.kind = resp.Header.Get("Content-Type")
	want := "application/json"
	if q.text != nil {
		want, _, _ = strings.Cut(q.kind, ";")
	}
	switch kind, _, _ := mime.ParseMediaType(a.kind); {
	case err != nil:
		return a, broken(q, resp.StatusCode, err)
	case len(body) > maxAnswer:
		return a, broken(q, resp.StatusCode, fmt.Errorf("an answer of more than %d bytes", maxAnswer))
	case resp.StatusCode != http.StatusNoContent && kind != want:
		return a, broken(q, resp.StatusCode, fmt.Errorf("%q instead of %s", kind, want))
	}
	a.body = body
	return a, nil
}

// drain ends an answer so that its connection can be used again.
func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxErrorBody)
	_ = resp.Body.Close()
}

// The rests that we give ourselves where Google names no time: growing from five seconds, and hours where the calendar's own
// limits are used up, which no minute frees (providers.md 1.3).
const (
	firstRest = 5 * time.Second
	lastRest  = 15 * time.Minute
	longRest  = 2 * time.Hour
)

// restUntil is when the next request may be sent after a refusal, and keeps to it (I19). least is known of some limits.
func (c *client) restUntil(h http.Header, least time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := provider.RetryAfter(h, c.now())
	switch {
	case !at.IsZero():
	case least > 0:
		at = c.now().Add(least)
	default:
		at = c.now().Add(min(lastRest, firstRest<<min(c.strikes, 8)))
		c.strikes++
	}
	if at.After(c.notBefore) {
		c.notBefore = at
	}
	return at
}
