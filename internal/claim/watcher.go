package claim

import (
	"context"

	"tahti/internal/provider"
)

// Watcher is the side of the calendar that tells of changes, within the bounds of its account like all else; nil if it has none.
func (r *Remote) Watcher() provider.Watcher {
	inner, ok := r.Inner.(provider.Watcher)
	if !ok {
		return nil
	}
	w := watcher{r, inner}
	switch inner := inner.(type) {
	case provider.Sharer:
		return sharer{renewer{w, inner}}
	case provider.Renewer:
		return renewer{w, inner}
	}
	return w
}

type sharer struct{ renewer }

func (sharer) SharesWatch() {}

type watcher struct {
	r     *Remote
	inner provider.Watcher
}

func (w watcher) Watch(ctx context.Context, wish provider.Watch) (granted provider.Watched, err error) {
	err = w.r.call(ctx, "watch", func(ctx context.Context) error { granted, err = w.inner.Watch(ctx, wish); return err })
	return granted, err
}

func (w watcher) Unwatch(ctx context.Context, watched provider.Watched) error {
	return w.r.call(ctx, "unwatch", func(ctx context.Context) error { return w.inner.Unwatch(ctx, watched) })
}

type renewer struct {
	watcher
	renews provider.Renewer
}

func (w renewer) Renew(ctx context.Context, watched provider.Watched) (granted provider.Watched, err error) {
	err = w.r.call(ctx, "renew", func(ctx context.Context) error { granted, err = w.renews.Renew(ctx, watched); return err })
	return granted, err
}

// Listener is the side of the calendar that tells of changes while somebody listens; nil if it has none. It keeps the rests of its
// account, and is told them. It takes no slot: those are for requests that end.
func (r *Remote) Listener() provider.Listener {
	inner, ok := r.Inner.(provider.Listener)
	if !ok {
		return nil
	}
	return listener{r, inner}
}

type listener struct {
	r     *Remote
	inner provider.Listener
}

func (l listener) Listen(ctx context.Context, told func()) error {
	if until, resting := l.r.Account.resting(l.r.Clock.Now()); resting {
		return notSent("listen", until, "the server asked us to wait")
	}
	err := l.inner.Listen(l.r.Account.under(ctx), told)
	l.r.heed(err)
	return err
}
