package pipedrive

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
	defaultTimeout = time.Minute
	maxAnswer      = 64 << 20 // a page of 500 activities with long notes
	maxErrorBody   = 64 << 10
)

// burst is what the smallest plan lets an API token send in two seconds; programs with access tokens have four times as much.
var burst = provider.Budget{Requests: 20, Per: 2 * time.Second}

// What requests cost in tokens (x-token-cost of the provider's description of its API).
const (
	costGet      = 1
	costList     = 10
	costWrite    = 5
	costDelete   = 3
	costOldGet   = 2  // of v1
	costOldList  = 20 // of v1
	costHooks    = 10
	costOneHook  = 10
	costUnhook   = 6
	costTypeList = costOldList
)

// client sends requests and turns what goes wrong into [provider.Error].
type client struct {
	http    http.Client
	base    string
	token   string
	timeout time.Duration
	now     func() time.Time

	mu        sync.Mutex
	notBefore time.Time
	strikes   int // refusals in a row
	daily     int // the budget as it was last told
}

func newClient(c Config) (*client, error) {
	if c.Transport == nil || c.Now == nil {
		return nil, errors.New("open activities: a transport and a clock have to be given")
	}
	base := strings.TrimSuffix(c.Base, "/")
	if u, err := url.Parse(base); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("open activities: %q is no web address", base)
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
		base: base, token: c.Token, timeout: timeout, now: c.Now,
	}, nil
}

// call is one request.
type call struct {
	op     string // for errors: "list changes"
	method string
	path   string // below /api
	query  url.Values
	body   any // sent as JSON; nil for none
	cost   int
	write  bool // a failure after sending leaves open whether it happened
	single bool // it is about one activity: a refusal speaks of that alone
}

// answer is a success.
type answer struct {
	Success bool            `json:"success"`
	Data    json.RawMessage `json:"data"`
	More    struct {
		Next *string `json:"next_cursor"`
	} `json:"additional_data"`

	now  time.Time     // Pipedrive's clock, when it answered
	skew time.Duration // what has to be added to its times to have ours
}

func (a *answer) next() string {
	if a.More.Next == nil {
		return ""
	}
	return *a.More.Next
}

// send performs a call and reads its data. Every status but success is an error.
func (c *client) send(ctx context.Context, q call, data any) (answer, error) {
	c.mu.Lock()
	earliest := c.notBefore
	c.mu.Unlock()
	if c.now().Before(earliest) { // going on after a refusal gets an API token blocked
		return answer{}, &provider.Error{Op: q.op, Class: provider.RateLimited, RetryAfter: earliest, Status: "not sent: Pipedrive asked us to wait"}
	}
	if err := ctx.Err(); err != nil {
		return answer{}, &provider.Error{Op: q.op, Class: provider.Transient, Status: "not sent", Err: err}
	}
	ctx, stop := context.WithTimeout(provider.Costing(ctx, q.cost), c.timeout)
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
	c.noteBudget(resp.Header)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // as much as came
		return answer{}, c.refused(q, resp, body)
	}
	return c.take(q, resp, data)
}

func (c *client) request(ctx context.Context, q call) (*http.Request, error) {
	var body io.Reader
	if q.body != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(q.body); err != nil {
			return nil, fmt.Errorf("write request: %w", err)
		}
		body = bytes.NewReader(b.Bytes())
	}
	address := c.base + "/api" + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "Tahti")
	req.Header.Set("Accept", "application/json")
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("X-Api-Token", c.token)
	}
	return req, nil
}

// take takes a success in. An answer that is cut off, or is somebody else's web page, is an error and no empty one (I6).
func (c *client) take(q call, resp *http.Response, data any) (answer, error) {
	a := answer{now: c.now()}
	if sent, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.now, a.skew = sent.UTC(), c.now().Sub(sent).Truncate(time.Second)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); {
	case err != nil:
		return a, broken(q, resp.StatusCode, err)
	case len(body) > maxAnswer:
		return a, broken(q, resp.StatusCode, fmt.Errorf("an answer of more than %d bytes", maxAnswer))
	case kind != "application/json":
		return a, broken(q, resp.StatusCode, fmt.Errorf("%q instead of JSON", kind))
	}
	err = json.Unmarshal(body, &a)
	if err == nil && !a.Success {
		err = errors.New("a success that says it is none")
	}
	if err == nil && data != nil {
		err = json.Unmarshal(a.Data, data)
	}
	if err != nil {
		return a, broken(q, resp.StatusCode, err)
	}
	c.mu.Lock()
	c.strikes = 0
	c.mu.Unlock()
	return a, nil
}

// drain ends an answer so that its connection can be used again.
func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxErrorBody)
	_ = resp.Body.Close()
}
