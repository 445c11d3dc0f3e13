package caldav

import (
	"context"
	"io"
	"time"
)

// How long an answer may take. Its head, redirects and sign-in included, has the client's timeout. A body earns more by
// coming: a listing of a hundred thousand items is some 30 MB, which no fixed time fits that would also stop a server
// which only trickles.
const (
	slowest = 16 << 10 // bytes that buy a second
	longest = 10       // times the timeout: where even a steady answer ends
)

// patience ends a call that takes too long.
type patience struct {
	timer       *time.Timer
	until, last time.Time
	stop        context.CancelCauseFunc
}

// patient bounds a call that begins now.
func patient(ctx context.Context, timeout time.Duration) (context.Context, *patience) {
	ctx, stop := context.WithCancelCause(ctx)
	now := time.Now() // a measure of waiting, not the hour: the injected clock may stand still
	return ctx, &patience{
		timer: time.AfterFunc(timeout, func() { stop(context.DeadlineExceeded) }),
		until: now.Add(timeout), last: now.Add(longest * timeout), stop: stop,
	}
}

// end lets the call's resources go.
func (p *patience) end() {
	p.timer.Stop()
	p.stop(nil)
}

// body is what a call reads of its answer.
type body struct {
	io.Reader
	patience *patience
}

// Read implements [io.Reader].
func (b body) Read(into []byte) (int, error) {
	n, err := b.Reader.Read(into)
	if p := b.patience; n > 0 {
		p.until = p.until.Add(time.Duration(n) * time.Second / slowest)
		if p.until.After(p.last) {
			p.until = p.last
		}
		p.timer.Reset(time.Until(p.until))
	}
	return n, err
}
