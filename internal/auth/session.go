package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// SessionOptions shape the sessions of browsers.
type SessionOptions struct {
	// HTTPS: people reach us over TLS (TAHTI_BASE_URL starts with https). The cookie is then sent over TLS only.
	HTTPS bool
	// Lifetime of a session from sign-in; 0 means 14 days.
	Lifetime time.Duration
	// OnError answers a request whose session could not be loaded or saved, and logs why. It is required.
	OnError func(http.ResponseWriter, *http.Request, error)
}

// NewSessions makes the session manager over a store, which gets the tokens hashed. There is no idle timeout: it would write
// the session on every page view.
func NewSessions(store scs.Store, o SessionOptions) *scs.SessionManager {
	// Not scs.New: that starts a memory store whose goroutine sweeps it for ever, and which cannot be stopped without a
	// race. What New adds besides, a context key of its own, only matters to a process with several managers.
	m := &scs.SessionManager{
		Store:            store,
		HashTokenInStore: true,
		Lifetime:         o.Lifetime,
		ErrorFunc:        o.OnError,
		Cookie:           scs.SessionCookie{Name: "tahti", HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode, Persist: true},
	}
	if m.Lifetime == 0 {
		m.Lifetime = 14 * 24 * time.Hour
	}
	m.Codec = healingCodec{lifetime: m.Lifetime}
	if o.HTTPS {
		// The prefix keeps a neighbouring host of the same domain from planting a cookie (RFC 6265bis section 4.1.3.2).
		m.Cookie.Name, m.Cookie.Secure = "__Host-tahti", true
	}
	return m
}

// healingCodec reads a session that it cannot decode as an empty one: after an upgrade people sign in again and go on, and
// nobody has to clear cookies (features.md E5).
type healingCodec struct {
	scs.GobCodec
	lifetime time.Duration
}

// Decode implements [scs.Codec].
func (c healingCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	deadline, values, err := c.GobCodec.Decode(b)
	if err != nil || values == nil {
		return time.Now().Add(c.lifetime).UTC(), map[string]any{}, nil
	}
	return deadline, values, nil
}

// Who is a signed-in person: a login, and the user that it is in one company.
type Who struct {
	Login, Company, Member int64
	// Stamp is that of the password under which the session began. Where it is no longer the login's, the session is over.
	Stamp string
}

const (
	loginKey   = "login"
	companyKey = "company"
	memberKey  = "member"
	stampKey   = "stamp"
)

// Stamp names a stored password hash without giving it away, so that a session can tell that the password was changed:
// whoever changes one because it got about is alone with the account from then on.
func Stamp(stored string) string {
	sum := sha256.Sum256([]byte("session\n" + stored))
	return hex.EncodeToString(sum[:8])
}

// Begin puts a person into the session after a sign-in, under a new token: one that somebody planted before is worth
// nothing.
func Begin(ctx context.Context, m *scs.SessionManager, w Who) error {
	if err := m.RenewToken(ctx); err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	m.Put(ctx, loginKey, w.Login)
	m.Put(ctx, companyKey, w.Company)
	m.Put(ctx, memberKey, w.Member)
	m.Put(ctx, stampKey, w.Stamp)
	return nil
}

// Current returns the session's person; false if nobody is signed in. The caller compares the stamp.
func Current(ctx context.Context, m *scs.SessionManager) (Who, bool) {
	w := Who{m.GetInt64(ctx, loginKey), m.GetInt64(ctx, companyKey), m.GetInt64(ctx, memberKey), m.GetString(ctx, stampKey)}
	return w, w.Login != 0 && w.Company != 0 && w.Member != 0
}

// End signs out: the session is gone from the store.
func End(ctx context.Context, m *scs.SessionManager) error {
	if err := m.Destroy(ctx); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
