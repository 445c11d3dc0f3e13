package faultproxy

import (
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// notBefore tells, in an answer with Retry-After, the instant that was meant by the server's clock.
const notBefore = "X-Not-Before"

// Patience watches from the client's side whether Retry-After is kept. Seen from the server that cannot be told: a
// request that comes after such an answer may have been under way before it. Here it can: what begins after the answer is
// in the client's hands knows it, and must not be sent. The watcher goes around all that decides about sending.
type Patience struct {
	next http.RoundTripper

	mu    sync.Mutex
	until time.Time
	early []string
	held  int
	rests int
}

// Watch puts the watcher around a client's transport.
func Watch(next http.RoundTripper) *Patience { return &Patience{next: next} }

// RoundTrip implements [http.RoundTripper].
func (p *Patience) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	until := p.until
	p.mu.Unlock()
	begun := time.Now()
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{GetConn: func(string) { sent.Store(true) }}
	res, err := p.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !begun.Before(until):
	case sent.Load():
		p.early = append(p.early, fmt.Sprintf("%s %s, %v too early", r.Method, r.URL.Path, until.Sub(begun)))
	default:
		p.held++
	}
	if err != nil {
		return res, err
	}
	if t, bad := time.Parse(time.RFC3339Nano, res.Header.Get(notBefore)); bad == nil {
		p.rests++
		if t.After(p.until) {
			p.until = t
		}
	}
	return res, err
}

// Early tells of the requests that were sent before the time that an earlier answer had named.
func (p *Patience) Early() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.early
}

// Counts answers how many answers asked to wait, and how many requests were begun meanwhile and not sent.
func (p *Patience) Counts() (rests, held int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rests, p.held
}
