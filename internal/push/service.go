package push

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// The providers whose notifications are understood, as accounts name them.
const (
	Google    = "google"
	Graph     = "graph"
	Pipedrive = "pipedrive"
)

// What an observer is told of.
const (
	Woken     = "woken"     // a notification asked for a run
	Awaited   = "awaited"   // one was asked for already
	Hello     = "hello"     // a provider has tried an address
	Unknown   = "unknown"   // a notification of no watch of ours
	Refused   = "refused"   // a notification that did not show the secret, or cannot be read
	Made      = "made"      // a watch
	Renewed   = "renewed"   // a watch
	Ended     = "ended"     // a watch
	Failed    = "failed"    // making, renewing or ending one
	Forgotten = "forgotten" // a watch that the provider ended, or whose making nobody heard the answer of
)

// Watches finds the watch that an address leads to, in whatever company.
type Watches interface {
	WatchByAddress(ctx context.Context, hash []byte) (company store.ID, w store.Watch, err error)
}

// Service hears notifications, and keeps watches alive. Its fields do not change once it is used.
type Service struct {
	Store   engine.Store
	Watches Watches
	Clock   engine.Clock
	// Base is what the addresses begin with, without a slash at the end; may be empty.
	Base string
	// APIs are where providers are, if not at their own addresses.
	APIs map[string]string
	Log  *slog.Logger
	// Observe is told what happened, and for which provider; may be nil.
	Observe func(provider, what string)
}

func (s *Service) now() time.Time { return s.Clock.Now() }

func (s *Service) observe(provider, what string) {
	if s.Observe != nil {
		s.Observe(provider, what)
	}
}

// Asks reports whether a provider is asked to tell of changes: it has to be able to send to us. Where it is not, watches that are
// there end.
func (s *Service) Asks(provider string) bool {
	provider = tongue(provider)
	return understood(provider) && (public(s.Base) || here(s.Base) && here(s.APIs[provider]))
}

func understood(provider string) bool {
	return provider == Google || provider == Graph || provider == Pipedrive
}

// tongue is the provider whose notifications a kind of account gets, by which its addresses are called: one may sign in at it in several
// ways.
func tongue(kind string) string {
	if kind == account.PipedriveToken {
		return Pipedrive
	}
	return kind
}

// Health is how a connection is told of changes.
type Health struct {
	Live   bool      // the provider tells
	Until  time.Time // when it stops by itself; it is renewed before
	Told   time.Time // when it last told of something; zero if it never has
	Reason string    // why it does not, or could not be renewed; empty if nothing is wrong
}

// Healths are those of a company's connections that are told of changes, or ought to be, at an instant; of one connection, if
// that is not 0.
func Healths(ctx context.Context, tx Rows, connection store.ID, now time.Time) (map[store.ID]Health, error) {
	all, err := watchesOf(ctx, tx, connection)
	found := map[store.ID]Health{}
	for _, w := range all {
		h := found[w.Connection]
		if w.Told.After(h.Told) {
			h.Told = w.Told // one that is ending may have told last
		}
		switch {
		case w.State == store.WatchLive && w.Expires.After(now):
			h.Live, h.Until, h.Reason = true, w.Expires, w.Reason
		case w.State == store.WatchFailed && !h.Live:
			h.Reason = w.Reason
		}
		found[w.Connection] = h
	}
	return found, err
}

// public reports whether providers on the internet can send to a base address: it has to be https (providers.md 1.8, 2.4), and
// under a name or number that is not of some network of its own. What the name leads to, only they can tell.
func public(base string) bool {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	}
	_, last, dotted := cutLast(host)
	switch last {
	case "localhost", "local", "internal", "lan", "home", "corp", "test", "invalid", "example":
		return false
	}
	return dotted
}

// here reports whether an address is on this machine: a stand-in beside us can send to us there.
func here(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// cutLast cuts a name at its last dot.
func cutLast(name string) (before, last string, dotted bool) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:], i > 0
}

// hashed is what is kept of a random text, which has too many values to be guessed from it.
func hashed(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// fits compares a text that somebody shows with what is kept of the right one, in the same time whatever it is.
func fits(shown string, kept []byte) bool {
	return subtle.ConstantTimeCompare(hashed(shown), kept) == 1
}

// secretText is a text that nobody guesses: letters and digits, 26 of them.
func secretText() string { return rand.Text() }
