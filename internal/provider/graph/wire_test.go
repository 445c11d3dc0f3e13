package graph

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"

	"tahti/internal/provider/conformance"
)

// wire is the transport between the adapter and a server, where the token is added: it counts, and it does to one request
// what networks do.
type wire struct {
	base  http.RoundTripper
	token string

	mu     sync.Mutex
	count  int
	log    []string // method and path with query
	fault  conformance.Fault
	writes bool // the fault waits for a write
	busy   int  // requests under way
	most   int
	// intercept sees each request and may answer it in the server's place.
	intercept func(*http.Request) *http.Response
}

func (w *wire) Requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

func (w *wire) Strike(f conformance.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.writes = f, false
}

func (w *wire) StrikeWrite(f conformance.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.writes = f, true
}

// isWrite: a batch of questions is a POST that changes nothing.
func isWrite(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/$batch")
}

// take notes a request and hands out the fault that is for it.
func (w *wire) take(r *http.Request) conformance.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	w.busy++
	w.most = max(w.most, w.busy)
	w.log = append(w.log, r.Method+" "+r.URL.RequestURI())
	f := w.fault
	if w.writes && !isWrite(r) {
		f = 0
	}
	if f != 0 {
		w.fault = 0
	}
	return f
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	fault := w.take(r)
	defer func() {
		w.mu.Lock()
		w.busy--
		w.mu.Unlock()
	}()
	switch fault {
	case conformance.LoseRequest:
		return nil, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	case conformance.ServerError:
		return reply(r, 500, "application/json", `{"error":{"code":"InternalServerError","message":"trouble"}}`), nil
	case conformance.WebPage:
		return reply(r, 200, "text/html", "<!DOCTYPE html><html><body>Please sign in.</body></html>"), nil
	case conformance.Throttled:
		resp := reply(r, 429, "application/json", `{"error":{"code":"ApplicationThrottled","message":"slow down"}}`)
		resp.Header.Set("Retry-After", "120")
		return resp, nil
	}
	if w.intercept != nil {
		if resp := w.intercept(r); resp != nil {
			return resp, nil
		}
	}
	if w.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+w.token)
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
