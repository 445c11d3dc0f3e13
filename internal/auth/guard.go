package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// CrossOrigin returns a middleware that refuses what other sites make a browser send (CSRF), through deny; nil answers a
// plain 403. base is TAHTI_BASE_URL or empty: its origin is trusted, because a reverse proxy may hand us another Host. Programs send
// neither Sec-Fetch-Site nor Origin and pass; they have to show a token.
func CrossOrigin(base string, deny http.Handler) (func(http.Handler) http.Handler, error) {
	c := http.NewCrossOriginProtection()
	if base != "" {
		u, err := url.Parse(base)
		if err != nil {
			return nil, fmt.Errorf("read base address: %w", err)
		}
		if err := c.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("read base address %q: %w", base, err)
		}
	}
	if deny != nil {
		c.SetDenyHandler(deny)
	}
	return c.Handler, nil
}

// HeaderOptions shape the security headers.
type HeaderOptions struct {
	// HTTPS: people reach us over TLS, perhaps through a proxy that ends it.
	HTTPS bool
	// FormTargets are origins beside ours that a form may end at. Chrome holds redirects after a form to this, too, so
	// sign-in pages of calendar providers have to be listed.
	FormTargets []string
}

type nonceKey struct{}

// Nonce returns the request's nonce: script and style elements of a page carry it, or do not run.
func Nonce(ctx context.Context) string {
	n, _ := ctx.Value(nonceKey{}).(string)
	return n
}

// Headers sets what every answer carries. Pages are not to be stored, so that nothing is seen after signing out and no page is
// ever stale (features.md E5); handlers of versioned assets set their own Cache-Control over it.
func Headers(o HeaderOptions) func(http.Handler) http.Handler {
	forms := strings.Join(append([]string{"'self'"}, o.FormTargets...), " ")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			random := make([]byte, 16)
			rand.Read(random) // never fails (crypto/rand)
			nonce := base64.RawURLEncoding.EncodeToString(random)
			h := w.Header()
			h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'nonce-"+nonce+"'; style-src 'self' 'nonce-"+nonce+
				"'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action "+forms+
				"; base-uri 'none'; frame-ancestors 'none'")
			h.Set("X-Frame-Options", "DENY") // for what does not know frame-ancestors
			h.Set("X-Content-Type-Options", "nosniff")
			// Not no-referrer: browsers would then send "Origin: null" with our own forms, and where Sec-Fetch-Site is
			// missing (plain HTTP) CrossOrigin would refuse them (Fetch standard, "append a request Origin header").
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
			h.Set("Cache-Control", "no-store")
			if o.HTTPS || r.TLS != nil {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce)))
		})
	}
}
