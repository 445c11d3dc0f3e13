package premises

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"tahti/internal/provider"
)

// Trust is the rule of where a password may go.
//
//   - To the host that the person confirmed: typed, or stored with the account.
//   - Over https to a host of the same registrable domain (example.co.uk, not co.uk): iCloud sends its users from
//     caldav.icloud.com to pNN-caldav.icloud.com.
//   - To further hosts that the person was asked about; see [provider.Unconfirmed].
//   - Never from https to http, and over http only where the operator allows it, and then to that very host and port, or
//     to another that was confirmed with its port.
type Trust struct {
	Home  *url.URL // the confirmed address; its path does not matter
	Plain bool     // http is allowed
	Hosts []string // further confirmed hosts, lower case
}

// PlainHTTP is an address without encryption, where none is allowed.
type PlainHTTP struct{ Host string }

func (e *PlainHTTP) Error() string { return "no password is sent to " + e.Host + " without encryption" }

// Allows reports whether credentials may be sent to u.
func (t Trust) Allows(u *url.URL) error {
	if u.Scheme != "https" && (u.Scheme != "http" || !t.Plain || t.Home.Scheme == "https") {
		return &PlainHTTP{Host: u.Host}
	}
	host, home := strings.ToLower(u.Hostname()), strings.ToLower(t.Home.Hostname())
	if u.Scheme == "http" {
		exact := strings.ToLower(u.Host)
		if strings.EqualFold(exact, t.Home.Host) || slices.Contains(t.Hosts, exact) {
			return nil
		}
		return &provider.Unconfirmed{From: home, Host: exact}
	}
	if host == home || sameDomain(host, home) || slices.Contains(t.Hosts, host) {
		return nil
	}
	return &provider.Unconfirmed{From: home, Host: host}
}

// Follows reports whether a redirect may be followed.
func (t Trust) Follows(from, to *url.URL) error {
	if from.Scheme == "https" && to.Scheme != "https" {
		return &PlainHTTP{Host: to.Host}
	}
	return t.Allows(to)
}

// sameDomain compares registrable domains. An address of the network, or a name of one label, has none.
func sameDomain(a, b string) bool {
	if net.ParseIP(a) != nil || net.ParseIP(b) != nil {
		return false
	}
	x, err := publicsuffix.EffectiveTLDPlusOne(a)
	if err != nil {
		return false
	}
	y, err := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && x == y
}

// Lowered are hosts as [Trust.Hosts] wants them.
func Lowered(hosts []string) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = strings.ToLower(h)
	}
	return out
}
