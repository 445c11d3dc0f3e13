package jobs

import (
	"context"
	"net/http"
	"sync/atomic"
)

type counterKey struct{}

// counting carries a counter of requests to the transport.
func counting(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, counterKey{}, n)
}

// CountRequests is a transport that counts the requests of a run (interface.md, "requests").
func CountRequests(next http.RoundTripper) http.RoundTripper { return counter{next} }

type counter struct{ next http.RoundTripper }

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	if n, ok := r.Context().Value(counterKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	return c.next.RoundTrip(r)
}
