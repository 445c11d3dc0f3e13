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
	k, ok := KindOf(a.Provider)
	if ok && k.Place == Pipedrive && a.Server != "" { // the day's budget is the company's, whoever asks
		circles := []string{Pipedrive + "/" + a.Server}
		if k.Consents {
			circles = append(circles, a.Provider)
		}
		return circles
	}
	if !ok || !k.Consents || k.Premises {
		return nil
	}
	organisation := ""
	if directory, _, ok := strings.Cut(a.Username, "/"); ok && a.Provider == Graph { // see oauth.Microsoft
		organisation = a.Provider + "/" + directory
	}
	return []string{organisation, a.Provider}
}

// SamePlace reports whether a calendar's id means one calendar for two accounts: they are one sign-in, or reach the same place.
func SamePlace(a, b *store.Account) bool {
	if a.Server != b.Server {
		return false
	}
	if k, ok := KindOf(a.Provider); ok && k.Place != "" {
		other, ok := KindOf(b.Provider)
		return ok && other.Place == k.Place
	}
	return a.Provider == b.Provider && a.Username == b.Username
}

// CircleOf names the wider circle for which an error speaks; empty if it speaks of the account alone.
func CircleOf(a *store.Account, e *provider.Error) string {
	if i, all := int(e.Circle)-1, Circles(a); i >= 0 && i < len(all) {
		return all[i]
	}
	return ""
}

// Rests keep until when a provider wants to be left alone by a circle of accounts; [store.DB] does.
type Rests interface {
	// Resting is the latest instant until which one of some circles rests; zero if none does.
	Resting(ctx context.Context, circles []string) (time.Time, error)
}

// RestsUntil is until when nothing may be sent for an account, for its own sake or that of a circle that it is in.
func RestsUntil(ctx context.Context, rests Rests, a *store.Account) (time.Time, error) {
	circles := Circles(a)
	if len(circles) == 0 {
		return a.BlockedUntil, nil
	}
	until, err := rests.Resting(ctx, circles)
	if a.BlockedUntil.After(until) {
		until = a.BlockedUntil
	}
	return until, err
}

// Rest fails while the provider has asked for no request from the account, or from a circle that it is in.
func (s *Service) Rest(ctx context.Context, a *store.Account, now time.Time) error {
	until, err := RestsUntil(ctx, s.Vault, a)
	if err != nil || !until.After(now) {
		return err
	}
	return &provider.Error{Op: "ask the account", Class: provider.RateLimited, RetryAfter: until, Status: "not sent: the server asked us to wait"}
}
