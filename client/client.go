// Package client speaks to Tahti's own HTTP interface, /api/tahti/v1: accounts, connections, runs, and what waits for a
// person. The command line uses it, and other programs may. Activities themselves have the shapes of Pipedrive's API, for
// which there are clients already.
//
// Every call takes a context and ends with it. A refusal of the server is a [*Problem], which says in the user's language
// what went wrong and what to do next.
package client

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
)

// Client talks to one server as one user.
type Client struct {
	base   string
	token  string
	agent  *http.Client
	locale string
}

// Option changes a client.
type Option func(*Client)

// WithHTTP sets the HTTP client; nil and none are Go's default.
func WithHTTP(c *http.Client) Option {
	return func(x *Client) {
		if c != nil {
			x.agent = c
		}
	}
}

// WithLanguage asks for answers in a language (BCP 47) where the user has chosen none.
func WithLanguage(tag string) Option { return func(x *Client) { x.locale = tag } }

// New makes a client of a server's address, such as http://127.0.0.1:8080, and an API token.
func New(address, token string, options ...Option) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("server address %q is not like https://tahti.example.com", address)
	}
	c := &Client{base: strings.TrimSuffix(address, "/") + "/api/tahti/v1", token: token, agent: http.DefaultClient}
	for _, o := range options {
		o(c)
	}
	return c, nil
}

// Problem is a refusal of the server.
type Problem struct {
	Status       int       `json:"status"`
	Code         string    `json:"code"`   // for programs
	Title        string    `json:"title"`  // in the user's language, as are Detail and Next
	Detail       string    `json:"detail"` // why
	Next         string    `json:"next"`   // what to do; may be empty
	Field        string    `json:"field"`
	Cause        string    `json:"cause"` // in English, for operators
	ConnectionID int64     `json:"connection_id"`
	Findings     []Finding `json:"findings"`
}

func (p *Problem) Error() string {
	s := p.Title
	for _, more := range []string{p.Detail, p.Next} {
		if more != "" {
			s = strings.TrimSuffix(s, ".") + ". " + more
		}
	}
	return s
}

// CodeOf is the code of a refusal; empty for any other error.
func CodeOf(err error) string {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Code
	}
	return ""
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// call sends in as JSON, if it is not nil, and reads the answer into out, if that is not nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var send io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		send = bytes.NewReader(b)
	}
	b, err := c.exchange(ctx, method, path, "application/json", send)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read answer of %s %s: %w", method, path, err)
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, method, path, contentType string, send io.Reader) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, send)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if send != nil {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if c.locale != "" {
		r.Header.Set("Accept-Language", c.locale)
	}
	resp, err := c.agent.Do(r)
	if err != nil {
		return nil, fmt.Errorf("reach server: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read answer of %s %s: %w", method, path, err)
	}
	if len(b) > maxAnswer {
		return nil, fmt.Errorf("read answer of %s %s: it is larger than %d bytes", method, path, maxAnswer)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, problemOf(resp, b)
	}
	return b, nil
}

func problemOf(resp *http.Response, b []byte) error {
	p := &Problem{}
	if err := json.Unmarshal(b, p); err != nil || p.Code == "" {
		// Something between us and the server answered.
		return &Problem{Status: resp.StatusCode, Code: "http", Title: "The server answered " + resp.Status}
	}
	p.Status = resp.StatusCode
	return p
}
