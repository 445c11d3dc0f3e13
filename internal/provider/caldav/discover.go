package caldav

import (
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

const opDiscover = "find calendars"

// Login is what a person types to connect an account, and how requests may travel.
type Login struct {
	Address  string // of the server, the account or one calendar; or
	Email    string // from whose domain the server is found (RFC 6764)
	Username string // empty: the mail address, and if refused, the part before its @ (RFC 6764 section 6)
	Password string

	Transport  http.RoundTripper // as for [Options]
	Now        func() time.Time
	AllowPlain bool
	Hosts      []string
	Timeout    time.Duration
	Resolver   Resolver // nil: no SRV lookup
}

// Resolver looks up where a domain keeps its calendars; *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Account is what discovery found.
type Account struct {
	Username  string   // the one that worked
	Service   string   // id of the [Preset] that the host belongs to, if any
	Principal string   // address
	Self      []string // the person's mail addresses, lower case
	Digest    bool     // the server wants Digest and takes no Basic
	Schedules bool     // the server advertises scheduling; Probe decides per calendar
	Calendars []Found  // those that hold events
	Chosen    string   // the calendar whose own address was given, if one was
}

// Found is one calendar of an account. Its ID is its address, for [Options.URL].
type Found struct {
	provider.Calendar
	Sync bool // sync-collection is advertised
}

// wellKnownPaths are tried when neither the address nor the well-known one leads on: behind them sit servers whose
// operator forgot the redirect. SOGo closes the connection on paths outside its own, Cyrus has refused /dav/ while its
// principals worked (providers.md 4.1).
var wellKnownPaths = []string{
	"/remote.php/dav/", "/SOGo/dav/{user}/", "/caldav.php/", "/dav/", "/dav/principals/user/{user}/", "/dav/principals/{user}/",
	"/dav.php/", "/caldav/",
}

// Discover goes from an address or a mail address to the calendars behind it. Its errors are *[provider.Error] with one
// of the codes; an account without calendars is answered together with CodeNoCalendars.
func Discover(ctx context.Context, l Login) (Account, error) {
	if l.Transport == nil || l.Now == nil {
		return Account{}, errors.New("find calendars: a transport and a clock have to be given")
	}
	start, err := l.start(ctx)
	if err != nil {
		return Account{}, err
	}
	var account Account
	var digest bool
	for _, username := range l.usernames() {
		f := finder{start: start, username: username}
		t := premises.Trust{Home: start, Plain: l.AllowPlain, Hosts: premises.Lowered(l.Hosts)}
		f.client = newClient(l.Transport, t, newSigner(username, l.Password, false), l.Timeout, l.Now)
		account, err = f.find(ctx)
		digest = f.client.signer.wantsDigest()
		if err == nil || provider.ClassOf(err) != provider.SignIn {
			break
		}
	}
	account.Digest = digest
	if len(account.Self) == 0 && account.Principal != "" {
		account.Self = l.ownAddresses()
	}
	return account, err
}

func (l Login) usernames() []string {
	if l.Username != "" {
		return []string{l.Username}
	}
	if local, _, ok := strings.Cut(l.Email, "@"); ok {
		return []string{l.Email, local}
	}
	return []string{""}
}

// ownAddresses is for servers that do not say: the name that the person signs in with is the best guess.
func (l Login) ownAddresses() []string {
	for _, s := range []string{l.Email, l.Username} {
		if strings.Contains(s, "@") {
			return []string{strings.ToLower(s)}
		}
	}
	return nil
}

// start is where discovery begins: the address; or for a mail address its service, its domain's SRV record, its domain.
func (l Login) start(ctx context.Context) (*url.URL, error) {
	if l.Address != "" {
		address := strings.ReplaceAll(l.Address, "{user}", url.PathEscape(l.usernames()[0]))
		return parseAddress(opDiscover, address)
	}
	_, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(l.Email)), "@")
	if !ok || domain == "" || strings.ContainsAny(domain, "/@: ") {
		return nil, &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeWrongAddress, Err: fmt.Errorf("%q is no mail address", l.Email)}
	}
	if p, ok := presetFor(domain); ok {
		return parseAddress(opDiscover, p.Start(l.usernames()[0], ""))
	}
	own, err := parseAddress(opDiscover, domain)
	if err != nil || l.Resolver == nil {
		return own, err
	}
	return l.service(ctx, own)
}

// service follows the SRV record of a domain (RFC 6764 section 3). DNS can be forged, so a server of another domain has
// to be confirmed by the person (section 8). The record for servers without TLS is not asked for.
func (l Login) service(ctx context.Context, own *url.URL) (*url.URL, error) {
	_, records, err := l.Resolver.LookupSRV(ctx, "caldavs", "tcp", own.Hostname())
	if err != nil || len(records) == 0 {
		return own, nil //nolint:nilerr // no record: the domain itself is tried, and says what is wrong with it
	}
	host := strings.ToLower(strings.TrimSuffix(records[0].Target, "."))
	if host == "" { // "." says that there is no such service
		return nil, &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeNotACalendar, Err: fmt.Errorf("%s says that it has no calendars", own.Hostname())}
	}
	u := &url.URL{Scheme: "https", Host: host, Path: "/"}
	if port := records[0].Port; port != 443 && port != 0 {
		u.Host = fmt.Sprintf("%s:%d", host, port)
	}
	if err := (premises.Trust{Home: own, Hosts: premises.Lowered(l.Hosts)}).Allows(u); err != nil {
		return nil, premises.RefusedAddress(opDiscover, err)
	}
	texts, err := l.Resolver.LookupTXT(ctx, "_caldavs._tcp."+own.Hostname())
	if err != nil {
		return u, nil //nolint:nilerr // the path is optional (section 4)
	}
	for _, t := range texts {
		if path, ok := strings.CutPrefix(t, "path="); ok && strings.HasPrefix(path, "/") {
			return withPath(u, decodePath(path)), nil
		}
	}
	return u, nil
}
