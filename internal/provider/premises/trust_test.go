package premises

import (
	"errors"
	"net/url"
	"testing"

	"tahti/internal/provider"
)

func TestTrust(t *testing.T) {
	for _, tc := range []struct {
		name, home, to string
		plain          bool
		hosts          []string
		refused        string // "", "plain" or "unconfirmed"
	}{
		{"the host itself", "https://dav.example.com/x", "https://dav.example.com/y", false, nil, ""},
		{"the host in other letters", "https://DAV.example.com/", "https://dav.EXAMPLE.com/y", false, nil, ""},
		{"iCloud's many hosts", "https://caldav.icloud.com/", "https://p42-caldav.icloud.com:443/1/", false, nil, ""},
		{"another port of the host", "https://dav.example.com/", "https://dav.example.com:8443/", false, nil, ""},
		{"a host of the same domain", "https://example.co.uk/", "https://dav.example.co.uk/", false, nil, ""},
		{"the suffix alone is no domain", "https://example.co.uk/", "https://attacker.co.uk/", false, nil, "unconfirmed"},
		{"a neighbour at a shared host", "https://alice.github.io/", "https://mallory.github.io/", false, nil, "unconfirmed"},
		{"another domain", "https://dav.example.com/", "https://dav.example.org/", false, nil, "unconfirmed"},
		{"a domain that ends alike", "https://example.com/", "https://notexample.com/", false, nil, "unconfirmed"},
		{"another domain, confirmed", "https://dav.example.com/", "https://DAV.example.org/", false, []string{"dav.example.org"}, ""},
		{"an address of the network, another one", "https://192.0.2.1/", "https://192.0.2.2/", false, nil, "unconfirmed"},
		{"a name of one label, another one", "https://intranet/", "https://other/", false, nil, "unconfirmed"},
		{"http where it is not allowed", "http://dav.example.com/", "http://dav.example.com/", false, nil, "plain"},
		{"http where it is", "http://localhost:8080/", "http://localhost:8080/x", true, nil, ""},
		{"http on another port", "http://localhost:8080/", "http://localhost:9090/x", true, nil, "unconfirmed"},
		{"http on another port, confirmed", "http://localhost:8080/", "http://localhost:9090/x", true, []string{"LOCALHOST:9090"}, ""},
		{"http to a host that was confirmed for https", "http://localhost:8080/", "http://dav.example.org/", true, []string{"dav.example.org:443"}, "unconfirmed"},
		{"down from https to what was confirmed", "https://dav.example.com/", "http://dav.example.org/", true, []string{"dav.example.org"}, "plain"},
		{"http to another host of the domain", "http://dav.example.com/", "http://www.example.com/", true, nil, "unconfirmed"},
		{"down from https", "https://dav.example.com/", "http://dav.example.com/", true, nil, "plain"},
		{"up to https", "http://dav.example.com/", "https://dav.example.com/", true, nil, ""},
		{"another scheme", "https://dav.example.com/", "ftp://dav.example.com/", true, nil, "plain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parse := func(s string) *url.URL {
				u, err := url.Parse(s)
				if err != nil {
					t.Fatal(err)
				}
				return u
			}
			tr := Trust{Home: parse(tc.home), Plain: tc.plain, Hosts: Lowered(tc.hosts)}
			err := tr.Follows(tr.Home, parse(tc.to))
			var got string
			if _, ok := errors.AsType[*PlainHTTP](err); ok {
				got = "plain"
			} else if _, ok := errors.AsType[*provider.Unconfirmed](err); ok {
				got = "unconfirmed"
			}
			if got != tc.refused || (err == nil) != (tc.refused == "") {
				t.Errorf("%v, want %q", err, tc.refused)
			}
		})
	}
}

// An http account that was led to https does not go back.
func TestTrustNeverGoesDownFromHTTPS(t *testing.T) {
	plain := &url.URL{Scheme: "http", Host: "localhost:8080"}
	tr := Trust{Home: plain, Plain: true}
	if err := tr.Follows(&url.URL{Scheme: "https", Host: "localhost"}, plain); err == nil {
		t.Error("followed")
	}
}
