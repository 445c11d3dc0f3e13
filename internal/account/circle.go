package account

import (
	"context"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// Circles name the circles wider than itself that an account is in, in the order of [provider.Circle]; empty where there is none.
// Those who sign in by consent come to the provider through our one registration there, whatever company they are of.
func Circles(a *store.Account) []string {
	if k, ok := KindOf(a.Provider); !ok || !k.Consents {
		return nil
	}
	organisation := ""
	if directory, _, ok := strings.Cut(a.Username, "/"); ok && a.Provider == Graph { // see oauth.Microsoft
		organisation = a.Provider + "/" + directory
	}
	return []string{organisation, a.Provider}
}

// CircleOf names the wider circle for which an error speaks; empty if it speaks of the account alone.
func CircleOf(a *store.Account, e *provider.Error) string {
	if i, all := int(e.Circle)-1, Circles(a); i >= 0 && i < len(all) {
		return all[i]
	}
	return ""
}

// Rest fails while the provider has asked for no request from the account, or from a circle that it is in.
func (s *Service) Rest(ctx context.Context, a *store.Account, now time.Time) error {
	until := a.BlockedUntil
	if circles := Circles(a); len(circles) > 0 {
		wider, err := s.Vault.Resting(ctx, circles)
		if err != nil {
			return err
		}
		if wider.After(until) {
			until = wider
		}
	}
	if !until.After(now) {
		return nil
	}
	return &provider.Error{Op: "ask the account", Class: provider.RateLimited, RetryAfter: until, Status: "not sent: the server asked us to wait"}
}
