package caldav

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"tahti/internal/provider"
)

// trust is the rule of where a password may go.
//
//   - To the host that the person confirmed: typed, or stored with the account.
//   - Over https to a host of the same registrable domain (example.co.uk, not co.uk): iCloud sends its users from
//     caldav.icloud.com to pNN-caldav.icloud.com.
//   - To further hosts that the person was asked about; see [provider.Unconfirmed].
//   - Never from https to http, and over http only where the operator allows it, and then to that very host and port, or
//     to another that was confirmed with its port.
type trust struct {
	home  *url.URL // the confirmed address; its path does not matter
	plain bool     // http is allowed
	hosts []string // further confirmed hosts, lower case
}

// PlainHTTP is an address without encryption, where none is allowed.
type PlainHTTP struct{ Host string }

func (e *PlainHTTP) Error() string { return "no password is sent to " + e.Host + " without encryption" }

// allows reports whether credentials may be sent to u.
func (t trust) allows(u *url.URL) error {
	if u.Scheme != "https" && (u.Scheme != "http" || !t.plain || t.home.Scheme == "https") {
		return &PlainHTTP{Host: u.Host}
	}
	host, home := strings.ToLower(u.Hostname()), strings.ToLower(t.home.Hostname())
	if u.Scheme == "http" {
		exact := strings.ToLower(u.Host)
		if strings.EqualFold(exact, t.home.Host) || slices.Contains(t.hosts, exact) {
			return nil
		}
		return &provider.Unconfirmed{From: home, Host: exact}
	}
	if host == home || sameDomain(host, home) || slices.Contains(t.hosts, host) {
		return nil
	}
	return &provider.Unconfirmed{From: home, Host: host}
}

// follows reports whether a redirect may be followed.
func (t trust) follows(from, to *url.URL) error {
	if from.Scheme == "https" && to.Scheme != "https" {
		return &PlainHTTP{Host: to.Host}
	}
	return t.allows(to)
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
