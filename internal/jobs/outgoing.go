package jobs

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"tahti/internal/provider"
)

type counterKey struct{}

// counting carries a counter of requests to the transport.
func counting(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, counterKey{}, n)
}

// Count counts the requests that leave under the context that it answers, for calls outside of runs.
func Count(ctx context.Context) (context.Context, func() int) {
	var n atomic.Int64
	return counting(ctx, &n), func() int { return int(n.Load()) }
}

type allowanceKey struct{}

// under carries an account's allowance to the transport.
func (a *allowance) under(ctx context.Context) context.Context {
	return context.WithValue(ctx, allowanceKey{}, a)
}

// Outgoing is the transport for all that adapters send. It counts the requests of a run (interface.md, "requests"), and
// keeps the rest that a server asked an account for between the requests of one call too: a pull that is under way in one
// calendar sends no further page once another calendar of the account was told to wait (I19).
func Outgoing(next http.RoundTripper, now func() time.Time) http.RoundTripper {
	return outgoing{next, now}
}

type outgoing struct {
	next http.RoundTripper
	now  func() time.Time
}

func (o outgoing) RoundTrip(r *http.Request) (*http.Response, error) {
	account, _ := r.Context().Value(allowanceKey{}).(*allowance)
	if account != nil {
		if until, resting := account.resting(o.now()); resting {
			if r.Body != nil {
				_ = r.Body.Close() // a transport closes it, whatever happens; nothing was read of it
			}
			return nil, notSent("send", until)
		}
	}
	if n, ok := r.Context().Value(counterKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	res, err := o.next.RoundTrip(r)
	if err == nil && account != nil && provider.Throttled(res.StatusCode) {
		account.rest(provider.RetryAfter(res.Header, o.now()))
	}
	return res, err
}

func notSent(op string, until time.Time) *provider.Error {
	return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: until, Status: "not sent: the server asked us to wait"}
}
