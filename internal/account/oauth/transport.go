package oauth

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Tokens hands out tokens; [Source] does.
type Tokens interface {
	Token(ctx context.Context) (Kept, error)
	Renew(ctx context.Context, version int64) (Kept, error)
}

// Transport shows an account's token with every request. A token that the server refuses (401) is replaced once, and the
// request repeated: a 401 says that nothing was done, so that holds for writes too. A request whose body cannot be sent twice
// is not repeated; its caller sees the 401. Errors of the token come before anything is sent, as *[provider.Error].
type Transport struct {
	Next   http.RoundTripper
	Tokens Tokens
	Now    func() time.Time

	mu      sync.Mutex
	held    Kept
	until   time.Time // held is shown without asking
	renewed time.Time // a token was replaced because of a 401
}

const (
	// atOnce is how long a token is shown before it is looked at again: it may have been replaced, or refused for good.
	atOnce = time.Minute
	// calm is between two replacements because of a 401: a server that refuses the newest token will refuse the next one too.
	calm = time.Minute
)

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	k, err := t.token(r.Context())
	if err != nil {
		closeBody(r)
		return nil, err
	}
	w, err := t.Next.RoundTrip(bearing(r, k.Access))
	if err != nil || w.StatusCode != http.StatusUnauthorized {
		return w, err
	}
	again, ok := repeat(r)
	if !ok || !t.mayRenew(k.Version) {
		return w, nil
	}
	fresh, err := t.renew(r.Context(), k.Version)
	if err != nil {
		_ = again.Body.Close()
		_ = w.Body.Close()
		return nil, err
	}
	_, _ = io.CopyN(io.Discard, w.Body, 64<<10) // so that the connection can be used again
	_ = w.Body.Close()
	return t.Next.RoundTrip(bearing(again, fresh.Access))
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// repeat is the request once more; false if its body is gone.
func repeat(r *http.Request) (*http.Request, bool) {
	again := r.Clone(r.Context())
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		again.Body = http.NoBody
		return again, true
	case r.GetBody == nil:
		return nil, false
	}
	body, err := r.GetBody()
	again.Body = body
	return again, err == nil
}

func (t *Transport) token(ctx context.Context) (Kept, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.Now()
	if now.Before(t.until) {
		return t.held, nil
	}
	k, err := t.Tokens.Token(ctx)
	if err == nil {
		t.hold(k, now)
	}
	return k, err
}

func (t *Transport) hold(k Kept, now time.Time) {
	t.held, t.until = k, now.Add(atOnce)
	if end := k.Expires.Add(-margin); end.Before(t.until) {
		t.until = end
	}
}

// mayRenew reports whether a 401 is reason to replace the token that it was given for.
func (t *Transport) mayRenew(version int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held.Version != version || t.Now().Sub(t.renewed) >= calm
}

// renew replaces a token, unless another request of this transport has done so.
func (t *Transport) renew(ctx context.Context, version int64) (Kept, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held.Version != version {
		return t.held, nil
	}
	k, err := t.Tokens.Renew(ctx, version)
	if err != nil {
		return k, err
	}
	now := t.Now()
	t.renewed = now
	t.hold(k, now)
	return k, nil
}
