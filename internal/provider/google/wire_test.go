package google

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"

	"tahti/internal/provider/conformance"
)

// wire is the transport between the adapter and a server: it signs, counts, and does to one request what networks do.
type wire struct {
	base  http.RoundTripper
	token string

	mu     sync.Mutex
	count  int
	log    []request
	fault  conformance.Fault
	writes bool // the fault waits for a write
	after  int  // and for so many requests before it
}

// request is one that was sent.
type request struct {
	method, path, query, match string
	body                       string
}

// inProcess hands requests to a server without a network in between.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

func newWire(h http.Handler, token string) *wire { return &wire{base: inProcess{h}, token: token} }

func (w *wire) Requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

// sent takes the requests since it was asked last.
func (w *wire) sent() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	log := w.log
	w.log = nil
	return log
}

func (w *wire) Strike(f conformance.Fault) { w.strike(f, false, 0) }

func (w *wire) StrikeWrite(f conformance.Fault) { w.strike(f, true, 0) }

func (w *wire) strike(f conformance.Fault, writes bool, after int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.writes, w.after = f, writes, after
}

// take notes a request and hands out the fault that is for it.
func (w *wire) take(r *http.Request, body string) conformance.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	w.log = append(w.log, request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("If-Match"), body})
	f := w.fault
	if w.writes && r.Method == http.MethodGet {
		return 0
	}
	if f != 0 && w.after > 0 {
		w.after--
		return 0
	}
	w.fault = 0
	return f
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	text := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		text = string(b)
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	fault := w.take(r, text)
	switch fault {
	case conformance.LoseRequest:
		return nil, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	case conformance.ServerError:
		return reply(r, 500, "application/json; charset=UTF-8", `{"error":{"code":500,"errors":[{"domain":"global","reason":"backendError"}]}}`), nil
	case conformance.WebPage:
		return reply(r, 200, "text/html", "<!DOCTYPE html><html><body>Please sign in.</body></html>"), nil
	case conformance.Throttled:
		resp := reply(r, 429, "application/json; charset=UTF-8", `{"error":{"code":429,"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}]}}`)
		resp.Header.Set("Retry-After", "120")
		return resp, nil
	}
	resp, err := w.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch fault {
	case conformance.LoseReply:
		_ = resp.Body.Close()
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case conformance.Truncated:
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body[:len(body)*2/3])), -1
	}
	return resp, nil
}

// reply makes a response that no server gave.
func reply(r *http.Request, status int, kind, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: http.Header{"Content-Type": {kind}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
