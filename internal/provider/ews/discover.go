package ews

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

const opDiscover = "find the server"

// Login is what a person types to connect an account, and how requests may travel.
type Login struct {
	Email string // from whose domain the server is found; or
	// Address is the server's, as a person knows it: of Exchange.asmx, of Outlook on the web, or its host alone.
	Address  string
	Username string // DOMAIN\name or name@domain; the mail address if empty
	Password string // empty: the transport adds a token

	Transport  http.RoundTripper // as for [Config]
	Private    func() http.RoundTripper
	Now        func() time.Time
	AllowPlain bool     // as for [Config]; for an address that is typed with http, nothing else
	Hosts      []string // further hosts that the person confirmed; see [provider.Unconfirmed]
	Timeout    time.Duration
	Resolver   Resolver // nil: no SRV lookup
}

// Resolver looks up where a domain keeps its Autodiscover; *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// Server is where a mailbox was found, and how it wants to be signed in to.
type Server struct {
	URL      string // for [Config.URL]
	SignIn   SignIn
	Username string
}

// Discover goes from an address to a server, and signs in there once. A password is sent to hosts of the person's own domain, to those
// that they typed or confirmed, over https, and only once a server has asked for it; one that is refused is not sent again. The
// errors are *[provider.Error] with one of the codes, here or in package provider.
func Discover(ctx context.Context, l Login) (Server, error) {
	f, at, err := l.find(ctx)
	if err != nil {
		return Server{}, err
	}
	kind, err := f.choose(ctx, at)
	if err != nil {
		return Server{}, err
	}
	s := Server{URL: at.String(), SignIn: kind, Username: f.Username}
	if err = f.try(ctx, s); err != nil {
		return Server{}, f.why(ctx, at, err)
	}
	return s, nil
}

// Hybrid finds out whether the server at an address takes a sign-in at Microsoft, as one of an organisation does that is joined to it
// (hybrid modern authentication): it says so to whoever asks without a sign-in. Nothing of the person is sent. Of Login it takes Address,
// and how requests may travel. The errors are those of [Discover].
func Hybrid(ctx context.Context, l Login) (url string, err error) {
	if l.Address == "" {
		return "", &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: CodeNotDiscovered, Status: "no address was given"}
	}
	f, at, err := l.find(ctx)
	if err != nil {
		return "", err
	}
	a, err := f.once(ctx, f.Transport, http.MethodPost, at, envelope(ownCalendar()))
	switch {
	case err != nil:
		return "", err
	case a.status == http.StatusUnauthorized && offered(a.header).hybrid:
		return at.String(), nil
	case a.status == http.StatusUnauthorized:
		return "", &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: CodeNotHybrid, Status: "HTTP 401"}
	}
	return "", f.unasked(at, a)
}

// why says more about a sign-in that failed than the web services do. They deny a mailbox that has gone to Exchange Online, and their
// Autodiscover knows where it went. A gateway that first asks for a password, and has a page for whoever shows one, wants more.
func (f *finder) why(ctx context.Context, at *url.URL, err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	switch {
	case ok && e.Code == CodeLoginPage && f.Password != "":
		e.Code = CodeSecondFactor
	case ok && e.Code == provider.CodeNoMailbox && strings.Contains(cmp.Or(f.Email, f.Username), "@"):
		l, asking := f.ask(ctx, &url.URL{Scheme: at.Scheme, Host: at.Host, Path: poxPath}, cmp.Or(f.Email, f.Username))
		_, domain, _ := strings.Cut(l.address, "@")
		if to, wrong := url.Parse(l.ews); asking == nil && wrong == nil && (Online(domain) || Online(to.Hostname())) {
			return inTheCloud(cmp.Or(domain, to.Hostname()))
		}
	}
	return err
}

// Online reports whether a host is one of Exchange Online's, which is connected as Microsoft 365 (providers.md 3.6).
func Online(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, d := range []string{"outlook.office365.com", "outlook.office.com", "outlook.com", "mail.protection.outlook.com", "outlook.office365.us", "partner.outlook.cn", "onmicrosoft.com"} {
		if host == d || strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return false
}

func inTheCloud(host string) error {
	return &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: CodeInTheCloud, Err: fmt.Errorf("%s is Exchange Online's", host)}
}

// finder walks from an address to a server.
type finder struct {
	Login
	home    *url.URL // whose hosts may be told the password
	seen    map[string]bool
	signers map[SignIn]signer
	worst   error // what says most about why nothing was found
	silent  error // a host that was not reached; and
	// answered: some host was.
	answered bool
}

// maxHops bounds redirects from one Autodiscover to the next.
const maxHops = 10

// address is where the web services are.
func (f *finder) address(ctx context.Context) (*url.URL, error) {
	if f.Address != "" {
		u, err := typed(f.Address)
		if err != nil {
			return nil, err
		}
		f.home = u
		return u, f.allowed(u)
	}
	email := strings.TrimSpace(f.Email)
	for range maxHops {
		_, domain, ok := strings.Cut(email, "@")
		u, err := url.Parse("https://" + strings.ToLower(domain))
		if !ok || err != nil || u.Host == "" || strings.ContainsAny(domain, "/@: ") {
			return nil, &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeWrongAddress, Err: errors.New("no mail address")}
		}
		if Online(domain) {
			return nil, inTheCloud(domain)
		}
		if f.home == nil {
			f.home = u
		}
		l, err := f.domain(ctx, strings.ToLower(domain), email)
		switch {
		case err != nil:
			return nil, err
		case l.address != "":
			email = l.address // of another domain: its hosts are not trusted with the password unless they were confirmed
			continue
		}
		at, err := typed(l.ews)
		if err != nil {
			return nil, err
		}
		if Online(at.Hostname()) {
			return nil, inTheCloud(at.Hostname())
		}
		return at, f.allowed(at)
	}
	return nil, f.nowhere("one address that leads to the next without an end")
}

// typed reads the address of a server: what people know is often that of Outlook on the web.
func typed(s string) (*url.URL, error) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeWrongAddress, Err: errors.New("no address of a server")}
	}
	u.RawQuery, u.Fragment = "", ""
	if !strings.HasSuffix(strings.ToLower(u.Path), ".asmx") {
		u.Path = "/EWS/Exchange.asmx"
	}
	return u, nil
}

// allowed reports whether the password may go to u.
func (f *finder) allowed(u *url.URL) error {
	t := premises.Trust{Home: f.home, Plain: f.AllowPlain, Hosts: premises.Lowered(f.Hosts)}
	if err := t.Allows(u); err != nil {
		return premises.RefusedAddress(opDiscover, err)
	}
	return nil
}

// find goes from an address to a server that is no cloud.
func (l Login) find(ctx context.Context) (*finder, *url.URL, error) {
	if l.Transport == nil || l.Now == nil {
		return nil, nil, errors.New("find the server: a transport and a clock have to be given")
	}
	f := &finder{Login: l, seen: map[string]bool{}, signers: map[SignIn]signer{}}
	if f.Username == "" {
		f.Username = l.Email
	}
	if f.Timeout <= 0 {
		f.Timeout = defaultTimeout
	}
	at, err := f.address(ctx)
	if err == nil && Online(at.Hostname()) {
		err = inTheCloud(at.Hostname())
	}
	return f, at, err
}
