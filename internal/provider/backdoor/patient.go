package backdoor

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Patient asks again where a server was too busy to do anything: the suite asks for more in a minute than a person's calendar
// does in a day, and a limit that it runs into says nothing about the adapter.
type Patient struct {
	Base http.RoundTripper
	// Busy tells an answer of a status that means "later" besides 429; it may be nil.
	Busy func(status int, body []byte) bool
	// Wait waits, and answers the context's error where that ends first; nil waits by the clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// tries bounds how often a request is sent, longest how long a server may ask to wait: what it asks beyond that is told.
const (
	tries   = 6
	longest = 5 * time.Minute
	readFor = 64 << 10 // bytes of a refusal that are looked at
)

// RoundTrip sends a request, again and again if need be.
func (p Patient) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil && r.Body != http.NoBody {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	for try := 1; ; try++ {
		again := r.Clone(r.Context())
		if body != nil {
			setBody(again, body)
		}
		resp, err := p.Base.RoundTrip(again)
		if err != nil || try == tries {
			return resp, err
		}
		wait, busy := p.later(resp, try)
		if !busy || wait > longest {
			return resp, nil
		}
		_ = resp.Body.Close()
		if err := p.wait(r.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// setBody gives a request its body, which the transport can send again where a kept connection turns out to have ended.
func setBody(r *http.Request, body []byte) {
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(body))
}

// later reports whether a server wants to be asked later, and when. The answer can be read afterwards as before.
func (p Patient) later(resp *http.Response, try int) (time.Duration, bool) {
	if resp.StatusCode != http.StatusTooManyRequests {
		if p.Busy == nil || resp.StatusCode < 400 {
			return 0, false
		}
		head, err := io.ReadAll(io.LimitReader(resp.Body, readFor))
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
		if err != nil || !p.Busy(resp.StatusCode, head) {
			return 0, false
		}
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s >= 0 {
		return time.Duration(s) * time.Second, true
	}
	return time.Second << try, true
}

func (p Patient) wait(ctx context.Context, d time.Duration) error {
	if p.Wait != nil {
		return p.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
