package ews

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

const (
	userAgent      = "Tahti"
	defaultTimeout = 2 * time.Minute // a batch has one at the server (providers.md 3.5)
	// concurrency is how many requests at a time we ask of a mailbox; a person's own programs share its 27 connections.
	concurrency = 4
	// maxAnswer bounds one answer, of which there may be a few copies at a time. A batch of items that is beyond it is asked for in
	// halves.
	maxAnswer = 16 << 20
)

// errLong is about an answer beyond its bound.
var errLong = errors.New("an answer that is too long")

// client sends requests to one mailbox and turns what goes wrong into [provider.Error].
type client struct {
	http    http.Client
	url     *url.URL
	signer  signer
	timeout time.Duration
	now     func() time.Time
	places  chan struct{} // a request under way holds one
	most    int           // bytes of an answer

	mu        sync.Mutex
	notBefore time.Time
}

// call is one request.
type call struct {
	op      string // for errors: "list changes"
	name    string // of the operation: "GetItem"
	body    element
	write   bool // a failure after sending leaves open whether it happened
	creates bool // and makes something new
}

// newClient checks where the password would go (see [premises.Trust]).
func newClient(c Config) (*client, error) {
	if c.Transport == nil || c.Now == nil {
		return nil, errors.New("open account: a transport and a clock have to be given")
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, &provider.Error{Op: "open account", Class: provider.Rejected, Code: provider.CodeWrongAddress, Err: fmt.Errorf("%q is no address of Exchange", c.URL)}
	}
	trust := premises.Trust{Home: u, Plain: c.AllowPlain}
	if err := trust.Allows(u); err != nil {
		return nil, premises.RefusedAddress("open account", err)
	}
	sign, err := newSigner(c)
	if err != nil {
		return nil, err
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	places := concurrency
	if c.SignIn == NTLM {
		places = 1 // a connection is what is signed in
	}
	return &client{
		// Exchange answers no operation with a redirect, and a password goes nowhere else.
		http: http.Client{Transport: sign, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		url:  u, signer: sign, timeout: timeout, now: c.Now, places: make(chan struct{}, places), most: maxAnswer,
	}, nil
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	text   []byte
	signed bool // by a finder: the request showed who asks
}

func (a *answer) date() string { return a.header.Get("Date") }

// do sends an operation and reads the messages of its answer. Its error is about all of them; what a message says by itself is
// for the caller.
func do[M any, P interface {
	*M
	head() *message
}](ctx context.Context, c *client, q call) ([]M, *answer, error) {
	a, err := c.send(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	messages, f, err := decode[M](lawful(a.text), q.name)
	if err != nil {
		return nil, nil, broken(q, a, err)
	}
	if f != nil {
		return nil, nil, c.refuse(q, a, f.Detail.Code, &f.Detail.More)
	}
	for i := range messages {
		// A busy server speaks of the mailbox, wherever it says so, and so does one that no longer lets us in.
		if m := P(&messages[i]).head(); m.Class == "Error" {
			if e := c.refuse(q, a, m.Code, &m.More); e.Class == provider.RateLimited || e.Class == provider.SignIn || e.Code == provider.CodeNoMailbox {
				return nil, nil, e
			}
		}
	}
	return messages, a, nil
}

// refusal is what a message says against its part of a request; nil for success.
func (c *client) refusal(q call, a *answer, m *message) *provider.Error {
	switch m.Class {
	case "Success", "Warning":
		if m.Code == "NoError" || m.Code == "" || m.Class == "Success" {
			return nil
		}
	}
	return c.refuse(q, a, m.Code, &m.More)
}

// send performs a call. An answer is one that has an envelope in it, also where that holds a fault; everything else is a *[provider.Error].
func (c *client) send(ctx context.Context, q call) (*answer, error) {
	unsent := func(err error) error {
		return &provider.Error{Op: q.op, Class: provider.Transient, Status: "not sent", Err: err}
	}
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return nil, unsent(ctx.Err())
	}
	if err := c.held(q.op); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, unsent(err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.request(ctx, q)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unanswered(q, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, int64(c.most)+1))
	a := &answer{status: resp.StatusCode, header: resp.Header, text: text}
	if e := c.judge(q, a, resp); e != nil {
		return nil, e
	}
	switch {
	case err != nil:
		return nil, broken(q, a, err)
	case len(text) > c.most:
		return nil, broken(q, a, errLong)
	}
	return a, nil
}

// request is what is sent for a call.
func (c *client) request(ctx context.Context, q call) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url.String(), bytes.NewReader(envelope(q.body)))
	if err != nil {
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Status: "not sent", Err: err}
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("Accept", "text/xml")
	req.Header.Set("SOAPAction", `"`+spaceMessages+"/"+q.name+`"`)
	return req, nil
}

// unanswered classes a request that got no answer.
func unanswered(q call, err error) *provider.Error {
	e := premises.Unanswered(q.op, q.write, provider.WithoutAddress(err))
	if _, ok := errors.AsType[*handshake](err); ok { // the sign-in of a connection broke: the request itself was not sent
		e.Class = provider.Transient
	}
	return e
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

// heed keeps a time before which nothing more is sent (invariant I19), and answers it.
func (c *client) heed(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.notBefore) {
		c.notBefore = t
	}
	return t
}

// xmlAnswer reports whether an answer says that it is XML, or nothing about what it is.
func xmlAnswer(h http.Header) bool {
	kind := strings.ToLower(h.Get("Content-Type"))
	return kind == "" || strings.Contains(kind, "xml")
}
