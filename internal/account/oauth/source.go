package oauth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tahti/internal/provider"
)

// Kept is a grant as it is kept, at a version that rises whenever it changes. Refused is the code with which the provider
// refused it for good; a new sign-in replaces it.
type Kept struct {
	Grant
	Version int64
	Refused string
}

// ErrMoved is a grant that changed meanwhile, or a lock that passed on.
var ErrMoved = errors.New("the grant has changed meanwhile")

// Keeper keeps the grant of one account for all processes.
type Keeper interface {
	// Read answers the grant. Errors: [provider.Error] of class SignIn where there is none.
	Read(ctx context.Context) (Kept, error)
	// Lock gives the right to refresh, to one at a time and until an instant at the latest; false: somebody else has it, or
	// the grant is not at the version any more.
	Lock(ctx context.Context, version int64, until time.Time) (bool, error)
	// Save keeps what came instead of a version, and frees the lock. Errors: [ErrMoved].
	Save(ctx context.Context, version int64, g Grant) error
	// Refuse notes that a version will never be good again. A grant that has changed stays: that is no error.
	Refuse(ctx context.Context, version int64, code string) error
	// Free gives the lock back with nothing changed.
	Free(ctx context.Context, version int64) error
}

const (
	ahead    = 5 * time.Minute  // before its end a token is replaced
	margin   = 10 * time.Second // before its end a token is not used any more
	lockFor  = 30 * time.Second // longer than patience: who holds it has ended by then
	waitFor  = 35 * time.Second
	waitStep = 50 * time.Millisecond
)

// Source hands out access tokens of one account.
type Source struct {
	Client *Client
	Keeper Keeper
	Now    func() time.Time
	// Wait lets time pass; nil: the clock's.
	Wait func(context.Context, time.Duration) error
}

// Token answers an access token that is good for a while; it is refreshed some minutes ahead of its end. Where that does not
// work at the moment, and the old one is still good, that is the answer.
func (s *Source) Token(ctx context.Context) (Kept, error) { return s.get(ctx, 0) }

// Renew answers a token newer than the version, which a server has refused.
func (s *Source) Renew(ctx context.Context, version int64) (Kept, error) { return s.get(ctx, version) }

func (s *Source) get(ctx context.Context, stale int64) (Kept, error) {
	const op = "read consent"
	end := s.Now().Add(waitFor)
	for {
		k, err := s.Keeper.Read(ctx)
		if err != nil {
			return k, asProvider(op, err)
		}
		if k.Refused != "" {
			return k, &provider.Error{Op: op, Class: provider.SignIn, Code: k.Refused, Status: "refused before, not asked again"}
		}
		now := s.Now()
		usable := k.Version != stale && k.Expires.After(now.Add(margin))
		if usable && k.Expires.After(now.Add(ahead)) {
			return k, nil
		}
		mine, err := s.Keeper.Lock(ctx, k.Version, now.Add(lockFor))
		if err != nil {
			return k, asProvider("lock consent", err)
		}
		switch {
		case mine:
			fresh, err := s.refresh(ctx, k)
			if errors.Is(err, ErrMoved) {
				continue // somebody signed in again: theirs is newer
			}
			if err != nil && usable && provider.ClassOf(err) != provider.SignIn {
				return k, nil
			}
			return fresh, err
		case usable:
			return k, nil // somebody else is at it
		case s.Now().After(end):
			return k, &provider.Error{Op: op, Class: provider.Transient, Status: "another process is refreshing the token"}
		}
		if err := s.wait(ctx, waitStep); err != nil {
			return k, err
		}
	}
}

// refresh replaces a token under the lock. It is seen through even if its caller has gone: what the provider has sent may be the
// only token that it still takes.
func (s *Source) refresh(ctx context.Context, k Kept) (Kept, error) {
	ctx = context.WithoutCancel(ctx)
	g, err := s.Client.Refresh(ctx, k.Grant)
	if err != nil {
		return k, s.refused(ctx, k, err)
	}
	if err := s.Keeper.Save(ctx, k.Version, g); err != nil {
		if errors.Is(err, ErrMoved) {
			return k, ErrMoved
		}
		return k, asProvider("save token", err) // not used: another process would go on with the old one
	}
	fresh := Kept{Grant: g, Version: k.Version + 1}
	if missing := s.Client.Missing(g.Scopes); len(missing) > 0 {
		e := &provider.Error{Op: "refresh token", Class: provider.SignIn, Code: provider.CodeMissingPermission, Status: missing[0]}
		if err := s.Keeper.Refuse(ctx, fresh.Version, e.Code); err != nil {
			return fresh, asProvider("note refusal", err)
		}
		return fresh, e
	}
	return fresh, nil
}

// refused notes what a refresh failed with. What only a person can mend is kept, so that it is not asked for ever.
func (s *Source) refused(ctx context.Context, k Kept, err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Class != provider.SignIn {
		return errors.Join(err, s.Keeper.Free(ctx, k.Version))
	}
	if e.Code == provider.CodeSignInEnded && s.Client.InTesting(k.Grant, true) {
		e.Code = provider.CodeClientInTesting
	}
	return errors.Join(err, s.Keeper.Refuse(ctx, k.Version, e.Code))
}

func asProvider(op string, err error) error {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e
	}
	return &provider.Error{Op: op, Class: provider.Transient, Err: err}
}

func (s *Source) wait(ctx context.Context, d time.Duration) error {
	if s.Wait != nil {
		return s.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Fixed is a grant that was given just now and is not kept yet: for the first look at what it opens.
func Fixed(next http.RoundTripper, g Grant) http.RoundTripper { return fixed{next, g.Access} }

type fixed struct {
	next  http.RoundTripper
	token string
}

func (f fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	return f.next.RoundTrip(bearing(r, f.token))
}

func bearing(r *http.Request, token string) *http.Request {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}
