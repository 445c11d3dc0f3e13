package caldav

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

// Options open one calendar.
type Options struct {
	URL      string // of the calendar's collection, as [Account] lists it
	Username string // empty where the server asks for none
	Password string
	Digest   bool     // from [Account.Digest]: the password is not sent as it is
	Self     []string // the connected person's addresses, from [Account.Self]
	Profile  Profile  // from [Calendar.Probe]

	// Transport sends the requests and decides which networks may be reached; it has to be given.
	Transport http.RoundTripper
	// Now is for Retry-After and for the skew of the server's clock; it has to be given.
	Now func() time.Time
	// AllowPlain permits http, which sends the password in the clear.
	AllowPlain bool
	// Hosts are further hosts that the person confirmed; see [provider.Unconfirmed].
	Hosts []string
	// Timeout bounds one request up to its answer's head, and ten times that the answer, as long as it comes; 0 is a minute.
	Timeout time.Duration
}

// Calendar is one calendar collection. It is safe for concurrent use.
type Calendar struct {
	client  *client
	url     *url.URL
	path    string // decoded, with its slash
	self    []string
	profile Profile
}

var _ provider.Provider = (*Calendar)(nil)

// Open prepares a calendar; it sends nothing. Its errors carry CodeWrongAddress or CodePlainHTTP.
func Open(o Options) (*Calendar, error) {
	if o.Transport == nil || o.Now == nil {
		return nil, errors.New("open calendar: a transport and a clock have to be given")
	}
	u, err := parseAddress("open calendar", o.URL)
	if err != nil {
		return nil, err
	}
	t := premises.Trust{Home: u, Plain: o.AllowPlain, Hosts: premises.Lowered(o.Hosts)}
	if err := t.Allows(u); err != nil {
		return nil, premises.RefusedAddress("open calendar", err)
	}
	path := pathOf(u)
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	return &Calendar{
		client: newClient(o.Transport, t, newSigner(o.Username, o.Password, o.Digest), o.Timeout, o.Now),
		url:    u, path: path, self: o.Self, profile: o.Profile,
	}, nil
}

// Capabilities are those of the profile it was opened with.
func (c *Calendar) Capabilities() provider.Capabilities { return c.profile.Capabilities() }

// itemURL is the address of an item. An id that does not lie in this calendar is refused rather than asked for: the
// answer would say nothing about this calendar.
func (c *Calendar) itemURL(op string, id provider.RemoteID) (*url.URL, error) {
	if !member(c.path, string(id)) {
		return nil, &provider.Error{Op: op, Class: provider.Rejected, Err: fmt.Errorf("%q does not lie in this calendar", id)}
	}
	return withPath(c.url, string(id)), nil
}

// parseAddress reads an address as people type it.
func parseAddress(op, s string) (*url.URL, error) {
	wrong := func(err error) error {
		return &provider.Error{Op: op, Class: provider.Rejected, Code: provider.CodeWrongAddress, Err: err}
	}
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, wrong(err)
	}
	switch u.Scheme = strings.ToLower(u.Scheme); u.Scheme {
	case "caldav", "webcal":
		u.Scheme = "https"
	case "caldavs":
		u.Scheme = "https"
	case "https", "http":
	default:
		return nil, wrong(fmt.Errorf("%q is no web address", s))
	}
	if u.Hostname() == "" || u.User != nil && u.User.Username() == "" {
		return nil, wrong(fmt.Errorf("%q names no host", s))
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}
