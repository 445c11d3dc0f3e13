package ews

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"tahti/internal/provider"
	standin "tahti/internal/standin/ews"
)

// town is a network of hosts by name, and remembers to whom a password was shown.
type town struct {
	hosts   map[string]http.Handler // by scheme and host
	trusted []string
	asked   []string
}

func (n *town) RoundTrip(r *http.Request) (*http.Response, error) {
	at := r.URL.Scheme + "://" + r.URL.Host
	n.asked = append(n.asked, r.Method+" "+at+r.URL.Path)
	if r.Header.Get("Authorization") != "" {
		n.trusted = append(n.trusted, at)
	}
	h := n.hosts[at]
	if h == nil {
		return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
	}
	return direct{h}.RoundTrip(r)
}

// records is a DNS with one SRV record.
type records map[string]string

func (d records) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if host, ok := d["_"+service+"._"+proto+"."+name]; ok {
		return name, []*net.SRV{{Target: host + ".", Port: 443}}, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// website is what many a domain has: pages, and nothing of Exchange's.
var website = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such page", http.StatusNotFound) })

func newTown(server *standin.Server, hosts ...string) *town {
	n := &town{hosts: map[string]http.Handler{"https://example.com": website, "http://example.com": website}}
	for _, h := range hosts {
		n.hosts["https://"+h] = server
	}
	return n
}

func (n *town) login() Login {
	return Login{Email: alice, Password: "secret", Transport: n, Now: time.Now}
}

// moved sends everybody elsewhere.
func moved(to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
}

const pox = "/autodiscover/autodiscover.xml"

// A server is found in every place where a domain may have put it, and the password is shown to that server alone.
func TestAServerIsFound(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(s *standin.Server) (*town, Login)
		url   string
		shown []string
	}{
		{"at the domain's own autodiscover", func(s *standin.Server) (*town, Login) {
			n := newTown(s, "autodiscover.example.com")
			return n, n.login()
		}, "https://autodiscover.example.com/EWS/Exchange.asmx", []string{"https://autodiscover.example.com"}},
		{"at the domain itself", func(s *standin.Server) (*town, Login) {
			n := newTown(s, "example.com")
			return n, n.login()
		}, "https://example.com/EWS/Exchange.asmx", []string{"https://example.com"}},
		{"behind an address without encryption, at the same domain", func(s *standin.Server) (*town, Login) {
			n := newTown(s, "mail.example.com")
			n.hosts["http://autodiscover.example.com"] = moved("https://mail.example.com" + pox)
			return n, n.login()
		}, "https://mail.example.com/EWS/Exchange.asmx", []string{"https://mail.example.com"}},
		{"behind a record, at a host that was confirmed", func(s *standin.Server) (*town, Login) {
			n := newTown(s, "exchange.hoster.example")
			l := n.login()
			l.Resolver, l.Hosts = records{"_autodiscover._tcp.example.com": "exchange.hoster.example"}, []string{"Exchange.Hoster.example"}
			return n, l
		}, "https://exchange.hoster.example/EWS/Exchange.asmx", []string{"https://exchange.hoster.example"}},
		{"behind a redirect of the answer's", func(s *standin.Server) (*town, Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverRedirectURL, Target: "https://other.example.com" + pox})
			second := standin.New(standin.Options{})
			n := newTown(s, "autodiscover.example.com")
			n.hosts["https://other.example.com"] = second
			return n, n.login()
		}, "https://other.example.com/EWS/Exchange.asmx", []string{"https://autodiscover.example.com", "https://other.example.com"}},
		{"behind a redirect of HTTP's", func(s *standin.Server) (*town, Login) {
			n := newTown(s, "mail.example.com")
			n.hosts["https://autodiscover.example.com"] = moved("https://mail.example.com" + pox)
			return n, n.login()
		}, "https://mail.example.com/EWS/Exchange.asmx", []string{"https://mail.example.com"}},
		{"by SOAP, where plain XML is not there", func(s *standin.Server) (*town, Login) {
			n := newTown(s)
			n.hosts["https://autodiscover.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == pox {
					http.NotFound(w, r)
					return
				}
				s.ServeHTTP(w, r)
			})
			return n, n.login()
		}, "https://autodiscover.example.com/EWS/Exchange.asmx", []string{"https://autodiscover.example.com"}},
		{"by the address of Outlook on the web", func(s *standin.Server) (*town, Login) {
			n := newTown(s, "mail.example.org")
			l := n.login()
			l.Address = "mail.example.org/owa/?ae=Folder"
			return n, l
		}, "https://mail.example.org/EWS/Exchange.asmx", []string{"https://mail.example.org"}},
		{"with a domain before the name", func(s *standin.Server) (*town, Login) {
			n := newTown(s, "autodiscover.example.com")
			l := n.login()
			l.Username = `EXAMPLE\alice`
			return n, l
		}, "https://autodiscover.example.com/EWS/Exchange.asmx", []string{"https://autodiscover.example.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, l := c.build(standin.New(standin.Options{}))
			s, err := Discover(t.Context(), l)
			must(t, err)
			slices.Sort(n.trusted)
			if s.URL != c.url || s.SignIn != Basic || !slices.Equal(slices.Compact(n.trusted), c.shown) {
				t.Errorf("%+v, the password was shown to %v", s, n.trusted)
			}
			must(t, Check(t.Context(), Config{URL: s.URL, SignIn: s.SignIn, Username: s.Username, Password: "secret", Transport: n, Now: time.Now}))
		})
	}
}

// Why a sign-in fails is said by a code of its own, and costs one failure at the most.
func TestASignInExplainsItself(t *testing.T) {
	for _, c := range []struct {
		name  string
		opt   standin.Options
		build func(s *standin.Server, n *town, l *Login)
		class provider.Class
		code  string
	}{
		{"a wrong password", standin.Options{}, func(_ *standin.Server, _ *town, l *Login) { l.Password = "wrong" }, provider.SignIn, provider.CodeWrongPassword},
		{"a locked account, which nobody can tell from one", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) { _ = s.SetAccount(alice, standin.AccountLocked) }, provider.SignIn, provider.CodeWrongPassword},
		{"an expired password", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) { _ = s.SetAccount(alice, standin.AccountExpired) }, provider.SignIn, CodePasswordExpired},
		{"an account that is not let in this way", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) { _ = s.SetAccount(alice, standin.AccountForbidden) }, provider.Forbidden, CodeServiceBlocked},
		{"a mailbox in the cloud, by its address", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) { _ = s.SetAccount(alice, standin.AccountCloud) }, provider.Rejected, CodeInTheCloud},
		{"a mailbox in the cloud, by the server's address", standin.Options{}, func(s *standin.Server, _ *town, l *Login) {
			_ = s.SetAccount(alice, standin.AccountCloud)
			l.Address = "https://autodiscover.example.com/owa/"
		}, provider.Rejected, CodeInTheCloud},
		{"an address in the cloud", standin.Options{}, func(_ *standin.Server, _ *town, l *Login) { l.Address = standin.CloudURL }, provider.Rejected, CodeInTheCloud},
		{"an autodiscover in the cloud", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverElsewhere, Target: standin.CloudURL})
		}, provider.Rejected, CodeInTheCloud},
		{"a login page", standin.Options{}, func(s *standin.Server, _ *town, l *Login) {
			s.SetFront(standin.FrontLoginPage)
			l.Address = "autodiscover.example.com"
		}, provider.Forbidden, CodeLoginPage},
		{"a login page before autodiscover", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) { s.SetFront(standin.FrontLoginPage) }, provider.Forbidden, CodeLoginPage},
		{"a login page that has timed out", standin.Options{}, func(s *standin.Server, _ *town, l *Login) {
			s.SetFront(standin.FrontTimeout)
			l.Address = "autodiscover.example.com"
		}, provider.Forbidden, CodeLoginPage},
		{"a gateway with passwords of its own", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) { s.SetFront(standin.FrontAppPasswords) }, provider.SignIn, provider.CodeWrongPassword},
		{"a gateway that shows its page to everybody else", standin.Options{}, func(s *standin.Server, _ *town, l *Login) {
			s.SetFront(standin.FrontAppPasswordsPage)
			l.Address = "autodiscover.example.com"
		}, provider.Forbidden, CodeLoginPage},
		{"a gateway that shows its page to whoever has the password", standin.Options{}, func(_ *standin.Server, n *town, l *Login) {
			n.hosts["https://autodiscover.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, _, ok := r.BasicAuth(); !ok {
					w.Header().Set("WWW-Authenticate", `Basic realm="gate"`)
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				http.Redirect(w, r, "/auth/next", http.StatusFound)
			})
			l.Address = "autodiscover.example.com"
		}, provider.Forbidden, CodeSecondFactor},
		{"Kerberos alone", standin.Options{Schemes: []string{"Negotiate"}}, func(*standin.Server, *town, *Login) {}, provider.SignIn, provider.CodeSignInKind},
		{"too old a server", standin.Options{Version: "Exchange2010_SP2"}, func(*standin.Server, *town, *Login) {}, provider.Forbidden, CodeOldServer},
		{"an autodiscover that is not there", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverMissing})
		}, provider.Rejected, CodeNotDiscovered},
		{"an autodiscover that is a website", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverBroken})
		}, provider.Rejected, CodeNotDiscovered},
		{"an autodiscover that names no server", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverNoService})
		}, provider.Rejected, CodeNotDiscovered},
		{"a mailbox that nobody knows", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverUnknown})
		}, provider.Forbidden, provider.CodeNoMailbox},
		{"a redirect to somebody else", standin.Options{}, func(s *standin.Server, n *town, _ *Login) {
			n.hosts["https://mail.elsewhere.example"] = standin.New(standin.Options{})
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverRedirectURL, Target: "https://mail.elsewhere.example" + pox})
		}, provider.Forbidden, provider.CodeRedirect},
		{"a server of somebody else's", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverElsewhere, Target: "https://mail.elsewhere.example/EWS/Exchange.asmx"})
		}, provider.Forbidden, provider.CodeRedirect},
		{"a server without encryption", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverElsewhere, Target: "http://autodiscover.example.com/EWS/Exchange.asmx"})
		}, provider.Forbidden, provider.CodePlainHTTP},
		{"an address that leads to itself", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverRedirectUser, Target: alice})
		}, provider.Rejected, CodeNotDiscovered},
		{"an autodiscover that leads to itself", standin.Options{}, func(s *standin.Server, _ *town, _ *Login) {
			s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverRedirectURL, Target: "https://autodiscover.example.com" + pox})
		}, provider.Rejected, CodeNotDiscovered},
		{"no network", standin.Options{}, func(_ *standin.Server, _ *town, l *Login) {
			l.Transport = scripted(func(*http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("network is unreachable")}
			})
		}, provider.Transient, provider.CodeUnreachable},
		{"no mail address", standin.Options{}, func(_ *standin.Server, _ *town, l *Login) { l.Email = "alice" }, provider.Rejected, provider.CodeWrongAddress},
		{"a server that nobody has heard of", standin.Options{}, func(_ *standin.Server, _ *town, l *Login) { l.Address = "https://nowhere.example" }, provider.Transient, provider.CodeWrongAddress},
		{"a website", standin.Options{}, func(_ *standin.Server, _ *town, l *Login) { l.Address = "https://example.com" }, provider.Forbidden, provider.CodeWrongAddress},
		{"a token that has run out", standin.Options{Token: "good"}, func(_ *standin.Server, _ *town, l *Login) { l.Password = "" }, provider.SignIn, provider.CodeSignInEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := standin.New(c.opt)
			n := newTown(s, "autodiscover.example.com")
			l := n.login()
			c.build(s, n, &l)
			_, err := Discover(t.Context(), l)
			expect(t, "the sign-in", err, c.class, c.code)
			shown := 0
			for _, at := range n.trusted {
				if shown++; at != "https://autodiscover.example.com" {
					t.Errorf("the password was shown to %s", at)
				}
			}
			if c.class == provider.SignIn && shown > 1 {
				t.Errorf("the password was tried %d times", shown)
			}
		})
	}
}

// A host that has to be confirmed is named, and confirmed it is used.
func TestAnUnconfirmedHostIsNamed(t *testing.T) {
	s := standin.New(standin.Options{})
	n := newTown(s, "autodiscover.example.com")
	n.hosts["https://mail.elsewhere.example"] = standin.New(standin.Options{})
	s.SetDiscovery(standin.Discovery{Kind: standin.DiscoverElsewhere, Target: "https://mail.elsewhere.example/EWS/Exchange.asmx"})
	l := n.login()
	_, err := Discover(t.Context(), l)
	u, ok := errors.AsType[*provider.Unconfirmed](err)
	if !ok || u.Host != "mail.elsewhere.example" {
		t.Fatalf("%v", err)
	}
	l.Hosts = []string{u.Host}
	found, err := Discover(t.Context(), l)
	must(t, err)
	if found.URL != "https://mail.elsewhere.example/EWS/Exchange.asmx" {
		t.Errorf("%+v", found)
	}
}
