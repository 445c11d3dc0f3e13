package backdoor

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

// Wire is the transport between an adapter and its server: it says who asks, counts, and does to one request what networks do.
// It is the [conformance.Counter], [conformance.Faulter] and [conformance.WriteFaulter] of a backdoor that embeds it.
type Wire struct {
	Base http.RoundTripper
	Sign func(r *http.Request) // says who asks; nil where the adapter does
	// Writes tells a request that changes something; nil: all but GET.
	Writes func(r *http.Request) bool
	// Refusal is the body of the server's own error of a status, and its type; nil: plain text.
	Refusal func(status int) (kind, body string)
	// See sees each request before it is sent, and may answer in the server's place.
	See func(r *http.Request) *http.Response

	mu     sync.Mutex
	count  int
	fault  conformance.Fault
	writes bool // the fault waits for a write
	after  int  // and lets so many requests pass
}

// Requests is how many came.
func (w *Wire) Requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

// Strike does a fault to the next request.
func (w *Wire) Strike(f conformance.Fault) { w.strike(f, false, 0) }

// StrikeWrite does a fault to the next request that changes something.
func (w *Wire) StrikeWrite(f conformance.Fault) { w.strike(f, true, 0) }

// StrikeAfter does a fault to the request after the next n.
func (w *Wire) StrikeAfter(f conformance.Fault, n int) { w.strike(f, false, n) }

func (w *Wire) strike(f conformance.Fault, writes bool, after int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.writes, w.after = f, writes, after
}

// take counts a request and hands out the fault that is for it.
func (w *Wire) take(r *http.Request) conformance.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	if w.fault == 0 || w.writes && !w.isWrite(r) {
		return 0
	}
	if w.after > 0 {
		w.after--
		return 0
	}
	f := w.fault
	w.fault = 0
	return f
}

func (w *Wire) isWrite(r *http.Request) bool {
	if w.Writes == nil {
		return r.Method != http.MethodGet
	}
	return w.Writes(r)
}

// RoundTrip sends a request, or does what was asked for instead.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	fault := w.take(r)
	r = r.Clone(r.Context())
	if w.Sign != nil {
		w.Sign(r)
	}
	if w.See != nil {
		if resp := w.See(r); resp != nil {
			return resp, nil
		}
	}
	switch fault {
	case conformance.LoseRequest:
		return nil, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	case conformance.ServerError:
		return w.refuse(r, http.StatusInternalServerError), nil
	case conformance.WebPage:
		return Reply(r, http.StatusOK, "text/html", "<!DOCTYPE html><html><body>Please sign in.</body></html>"), nil
	case conformance.Throttled:
		resp := w.refuse(r, http.StatusTooManyRequests)
		resp.Header.Set("Retry-After", "120")
		return resp, nil
	}
	resp, err := w.Base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch fault {
	case conformance.LoseReply:
		_, err := io.Copy(io.Discard, resp.Body) // the server has done all of it
		_ = resp.Body.Close()
		if err != nil {
			return nil, err
		}
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case conformance.Truncated:
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return nil, err
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body[:len(body)*2/3])), -1
		resp.Header.Del("Content-Length")
	}
	return resp, nil
}

func (w *Wire) refuse(r *http.Request, status int) *http.Response {
	kind, body := "text/plain", "trouble"
	if w.Refusal != nil {
		kind, body = w.Refusal(status)
	}
	return Reply(r, status, kind, body)
}

// Reply makes a response that no server gave.
func Reply(r *http.Request, status int, kind, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: http.Header{"Content-Type": {kind}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
