package caldav

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"tahti/internal/provider/conformance"
)

// wire is the transport between the adapter and a server: it counts, and it does to one request what networks do.
type wire struct {
	base http.RoundTripper

	mu      sync.Mutex
	count   int
	log     []string // method and path
	fault   conformance.Fault
	writes  bool // the fault waits for a write
	garble  bool // the next sync-token becomes one that the server never gave out
	rewrite func(*http.Request, *http.Response) *http.Response
}

func newWire() *wire {
	return &wire{base: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4}}
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

func (w *wire) LoseCursors() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.garble = true
	return nil
}

// take notes a request and hands out the fault that is for it.
func (w *wire) take(r *http.Request) (conformance.Fault, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	w.log = append(w.log, r.Method+" "+r.URL.Path)
	f := w.fault
	if w.writes && r.Method != http.MethodPut && r.Method != http.MethodDelete {
		f = 0
	}
	if f != 0 {
		w.fault = 0
	}
	garble := w.garble && r.Method == "REPORT"
	if garble {
		w.garble = false
	}
	return f, garble
}

var tokenPattern = regexp.MustCompile(`<D:sync-token>[^<]*</D:sync-token>`)

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	fault, garble := w.take(r)
	if garble {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = tokenPattern.ReplaceAll(body, []byte(`<D:sync-token>http://example.com/ns/sync/nonsense</D:sync-token>`))
		r = r.Clone(r.Context())
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	switch fault {
	case conformance.LoseRequest:
		return nil, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	case conformance.ServerError:
		return reply(r, 500, "text/plain", "trouble"), nil
	case conformance.WebPage:
		return reply(r, 200, "text/html", "<!DOCTYPE html><html><body>Please sign in.</body></html>"), nil
	case conformance.Throttled:
		resp := reply(r, 429, "text/plain", "slow down")
		resp.Header.Set("Retry-After", "120")
		return resp, nil
	}
	resp, err := w.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if w.rewrite != nil {
		resp = w.rewrite(r, resp)
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
