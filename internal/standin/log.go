package standin

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Request is one request to the protocol, and what became of it.
type Request struct {
	N      int64     `json:"n"` // counts from 1
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // decoded
	// Operation is what was asked for where the path does not say it, see [Note].
	Operation string `json:"operation,omitempty"`
	Query     string `json:"query,omitempty"`
	// Headers are those that conditions, paging and formats hang on; of Authorization the scheme only.
	Headers map[string]string `json:"headers,omitempty"`
	// Status is what was answered; 0 while the request runs and where the connection was closed without an answer.
	Status int    `json:"status"`
	Fault  string `json:"fault,omitempty"` // [Fault.Kind] of the fault that struck
}

// keptHeaders are copied into the log.
var keptHeaders = []string{
	"Accept-Encoding", "Content-Type", "Content-Length", "Depth", "If-Match", "If-None-Match", "If-Schedule-Tag-Match",
	"Schedule-Reply", "Prefer", "Retry-After", "Transfer-Encoding", "User-Agent",
}

// maxRequests is how many requests the log keeps; older ones leave.
const maxRequests = 50_000

// Log keeps what came. It is safe for concurrent use.
type Log struct {
	// Now is the clock; it has to be set.
	Now func() time.Time

	mu   sync.Mutex
	n    int64
	list []*Request
}

type logKey struct{}

type logEntry struct {
	log *Log
	req *Request
}

// Wrap records every request that next answers.
func (l *Log) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := logEntry{l, l.begin(r)}
		sw := &statusWriter{ResponseWriter: w, entry: e}
		next.ServeHTTP(sw, r.WithContext(context.WithValue(r.Context(), logKey{}, e)))
		if !sw.sent {
			e.setStatus(http.StatusOK) // as net/http does for a handler that wrote nothing
		}
	})
}

func (e logEntry) setStatus(status int) {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	e.req.Status = status
}

func (l *Log) begin(r *http.Request) *Request {
	e := &Request{At: l.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Headers: map[string]string{}}
	for _, name := range keptHeaders {
		if v := r.Header.Get(name); v != "" {
			e.Headers[name] = v
		}
	}
	if len(r.TransferEncoding) > 0 {
		e.Headers["Transfer-Encoding"] = strings.Join(r.TransferEncoding, ", ")
	}
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); scheme != "" {
		e.Headers["Authorization"] = scheme
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	e.N = l.n
	if len(l.list) >= maxRequests {
		l.list = append(l.list[:0:0], l.list[maxRequests/10:]...)
	}
	l.list = append(l.list, e)
	return e
}

// noteFault writes the fault that strikes r into the log, if the request is logged.
func noteFault(r *http.Request, kind string) { note(r, func(e *Request) { e.Fault = kind }) }

// Note writes what r asks for into the log, if the request is logged: for protocols that have one path for everything.
func Note(r *http.Request, operation string) { note(r, func(e *Request) { e.Operation = operation }) }

func note(r *http.Request, write func(e *Request)) {
	e, ok := r.Context().Value(logKey{}).(logEntry)
	if !ok {
		return
	}
	e.log.mu.Lock()
	write(e.req)
	e.log.mu.Unlock()
}

// Since lists the requests after number n, oldest first; 0 lists all that are kept.
func (l *Log) Since(n int64) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []Request{}
	for _, e := range l.list {
		if e.N > n {
			list = append(list, *e)
		}
	}
	return list
}

// Count is the number of requests so far.
func (l *Log) Count() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// Reset forgets everything.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n, l.list = 0, nil
}

// statusWriter logs the status before it is sent, so that whoever has the answer finds it in the log.
type statusWriter struct {
	http.ResponseWriter
	entry logEntry
	sent  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.sent {
		w.sent = true
		w.entry.setStatus(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if !w.sent {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Flush lets a truncated answer out.
func (w *statusWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
