package jobs

import (
	"context"
	"net/http"
	"time"

	"tahti/internal/claim"
	"tahti/internal/provider"
)

// Count counts the requests that leave under the context that it answers, for calls outside of runs.
func Count(ctx context.Context) (context.Context, func() int) { return claim.Count(ctx) }

// Outgoing is the transport for all that adapters send. It counts the requests of a run (interface.md, "requests"), and
// keeps the rest that a server asked an account for, and its budgets, between the requests of one call too.
func Outgoing(next http.RoundTripper, now func() time.Time) http.RoundTripper {
	return outgoing{next, now}
}

type outgoing struct {
	next http.RoundTripper
	now  func() time.Time
}

// leave waits until a request may be sent.
func (o outgoing) leave(ctx context.Context) error {
	for {
		wait, err := claim.Leave(ctx, "send", o.now())
		if err != nil || wait <= 0 {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return claim.Unsent("send", ctx.Err())
		case <-t.C:
		}
	}
}

func (o outgoing) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := o.leave(r.Context()); err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // a transport closes it, whatever happens; nothing was read of it
		}
		return nil, err
	}
	res, err := o.next.RoundTrip(r)
	if err == nil && provider.Throttled(res.StatusCode) {
		claim.Told(r.Context(), provider.RetryAfter(res.Header, o.now()))
	}
	return res, err
}
