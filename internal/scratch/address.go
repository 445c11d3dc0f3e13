package scratch

import (
	"net/http"
	"net/url"
	"strings"

	"tahti/internal/provider/backdoor"
)

// Cases that a provider is excused from, by their names.
const (
	anew    = "an item that was deleted and made anew is read anew"
	invited = "guests survive an update, and an invitee may not edit the meeting"
	lost    = "a lost cursor is said, or answered with everything"
)

// base is the address of an API: the provider's own, or another with or without its path.
func base(given, own string) string {
	if given == "" {
		return own
	}
	given = strings.TrimSuffix(given, "/")
	o, err := url.Parse(own)
	if err != nil {
		panic(err) // a constant
	}
	if u, err := url.Parse(given); err == nil && u.Path == "" {
		return given + o.Path
	}
	return given
}

// host is what a report says of an address.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// signed adds a token to the adapter's own requests before and beside the suite.
func signed(t http.RoundTripper, sign func(*http.Request)) http.RoundTripper {
	return &backdoor.Wire{Base: t, Sign: sign}
}

func hostName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
