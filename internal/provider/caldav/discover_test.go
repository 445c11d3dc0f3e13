package caldav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
	"tahti/internal/realserver"
	standin "tahti/internal/standin/caldav"
)

// internet is a transport over hosts that exist only here: "https://host METHOD /path" to an answer.
type internet struct {
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	seen    []string
	leaked  []string // hosts that saw a password
}

func (n *internet) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	at := r.URL.Scheme + "://" + r.URL.Host
	n.seen = append(n.seen, at+" "+r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "" {
		n.leaked = append(n.leaked, at)
	}
	h := n.answers[at+" "+r.Method+" "+r.URL.Path]
	if h == nil {
		h = n.answers[at]
	}
	if h == nil {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Name: r.URL.Host, IsNotFound: true}}
	}
	w := httptest.NewRecorder()
	h(w, r)
	if w.Code == 598 {
		return nil, fmt.Errorf("read: %w", io.EOF)
	}
	return w.Result(), nil
}

const hangsUp = 598

// server puts a small CalDAV server on a host: entry paths lead to the principal, its home holds two calendars and more.
func (n *internet) server(host, homeHost string, entries ...string) {
	user := `<D:current-user-principal><D:href>/principal/</D:href></D:current-user-principal>`
	for _, e := range entries {
		n.answers[host+" PROPFIND "+e] = says(207, multi(props(e, user)))
	}
	n.answers[host] = says(404, "")
	n.answers[homeHost] = says(404, "")
	n.answers[host+" PROPFIND /principal/"] = says(207, multi(props("/principal/",
		`<C:calendar-home-set><D:href>`+homeHost+`/home/</D:href></C:calendar-home-set>`+
			`<C:calendar-user-address-set><D:href>mailto:Alice@Example.com</D:href><D:href>/principal/</D:href><D:href>mailto:a%2Bb@example.com</D:href></C:calendar-user-address-set>`)))
	n.answers[homeHost+" OPTIONS /home/"] = says(200, "", "DAV", "1, calendar-access, calendar-auto-schedule")
	n.answers[homeHost+" PROPFIND /home/"] = says(207, multi(
		props("/home/", `<D:resourcetype><D:collection/></D:resourcetype>`),
		props("/home/work/", calendarType+`<D:displayname>Work &amp; more</D:displayname><A:calendar-color xmlns:A="http://apple.com/ns/ical/">#FF2968FF</A:calendar-color>`+
			`<D:current-user-privilege-set><D:privilege><D:read/></D:privilege><D:privilege><D:write/></D:privilege></D:current-user-privilege-set>`+
			`<C:calendar-timezone>BEGIN:VCALENDAR`+"\r\n"+`BEGIN:VTIMEZONE`+"\r\n"+`TZID:Europe/Helsinki`+"\r\n"+`END:VTIMEZONE`+"\r\n"+`END:VCALENDAR</C:calendar-timezone>`+
			`<D:supported-report-set><D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report></D:supported-report-set>`),
		props("/home/shared/", calendarType+`<C:supported-calendar-component-set><C:comp name="VTODO"/><C:comp name="VEVENT"/></C:supported-calendar-component-set>`+
			`<D:current-user-privilege-set><D:privilege><D:read/></D:privilege></D:current-user-privilege-set>`),
		props("/home/tasks/", calendarType+`<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>`),
		props("/home/inbox/", `<D:resourcetype><D:collection/><C:schedule-inbox/></D:resourcetype><C:schedule-default-calendar-URL><D:href>/home/work</D:href></C:schedule-default-calendar-URL>`),
		status("/home/secret/", 403, "")))
}

func newInternet() *internet { return &internet{answers: map[string]http.HandlerFunc{}} }

// calendarsAt is what server's home holds.
func calendarsAt(homeHost string) []Found {
	return []Found{
		{provider.Calendar{ID: homeHost + "/home/work/", Name: "Work & more", Writable: true, Primary: true, TimeZone: "Europe/Helsinki", Color: "#ff2968"}, true},
		{provider.Calendar{ID: homeHost + "/home/shared/", Name: "shared"}, false},
	}
}

type records struct {
	srv map[string]*net.SRV
	txt map[string][]string
}

func (r records) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if s := r.srv["_"+service+"._"+proto+"."+name]; s != nil {
		return "", []*net.SRV{s}, nil
	}
	return "", nil, &net.DNSError{IsNotFound: true}
}

func (r records) LookupTXT(_ context.Context, name string) ([]string, error) { return r.txt[name], nil }

func TestDiscover(t *testing.T) {
	const a, b, foreign = "https://dav.example.com", "https://p7-dav.example.com", "https://dav.example.org"
	for _, tc := range []struct {
		name  string
		set   func(*internet)
		login Login
		home  string
		code  string // of the error; empty: the calendars are found
	}{
		{"by the well-known address", func(n *internet) {
			n.server(a, a, "/dav/")
			n.answers[a+" PROPFIND /.well-known/caldav"] = says(301, "", "Location", "/dav/")
		}, Login{Address: "dav.example.com", Username: "alice"}, a, ""},
		{"with the home on another host of the domain, as iCloud", func(n *internet) { n.server(a, b, "/") },
			Login{Address: a, Username: "alice"}, b, ""},
		{"by the address as typed", func(n *internet) { n.server(a, a, "/some/where/") }, Login{Address: a + "/some/where/", Username: "alice"}, a, ""},
		{"by a path that servers are known for", func(n *internet) { n.server(a, a, "/remote.php/dav/") }, Login{Address: a, Username: "alice"}, a, ""},
		{"where every other path hangs up, as SOGo", func(n *internet) {
			n.server(a, a, "/SOGo/dav/alice@example.com/")
			n.answers[a] = says(hangsUp, "")
		}, Login{Address: a, Username: "alice@example.com"}, a, ""},
		{"where / answers 405, as Cyrus", func(n *internet) {
			n.server(a, a, "/dav/principals/user/alice/")
			n.answers[a] = says(405, "")
		}, Login{Address: a, Username: "alice"}, a, ""},
		{"where the well-known address leads to http", func(n *internet) {
			n.server(a, a, "/remote.php/dav/")
			n.answers[a+" PROPFIND /.well-known/caldav"] = says(301, "", "Location", "http://dav.example.com/remote.php/dav/")
		}, Login{Address: a, Username: "alice"}, a, ""},
		{"from the principal's own address", func(n *internet) {
			n.server(a, a)
			inner := n.answers[a+" PROPFIND /principal/"]
			n.answers[a+" PROPFIND /principal/"] = inner
		}, Login{Address: a + "/principal/", Username: "alice"}, a, ""},
		{"by mail address and SRV", func(n *internet) { n.server(a, a, "/here/") }, Login{Email: "Alice@example.com", Resolver: records{
			map[string]*net.SRV{"_caldavs._tcp.example.com": {Target: "dav.example.com.", Port: 443}}, map[string][]string{"_caldavs._tcp.example.com": {"path=/here/"}},
		}}, a, ""},
		{"by mail address without SRV", func(n *internet) { n.server("https://example.com", a, "/") }, Login{Email: "alice@example.com", Resolver: records{}}, a, ""},
		{"by mail address of a service", func(n *internet) { n.server("https://caldav.icloud.com", "https://p7-caldav.icloud.com", "/") },
			Login{Email: "alice@icloud.com"}, "https://p7-caldav.icloud.com", ""},
		{"where SRV names a server elsewhere, confirmed", func(n *internet) { n.server(foreign, foreign, "/") }, Login{Email: "alice@example.com", Hosts: []string{"dav.example.org"}, Resolver: records{
			srv: map[string]*net.SRV{"_caldavs._tcp.example.com": {Target: "dav.example.org.", Port: 443}},
		}}, foreign, ""},

		{"where SRV names a server elsewhere", func(n *internet) { n.server(foreign, foreign, "/") }, Login{Email: "alice@example.com", Resolver: records{
			srv: map[string]*net.SRV{"_caldavs._tcp.example.com": {Target: "dav.example.org.", Port: 443}},
		}}, "", provider.CodeRedirect},
		{"where SRV says that there is none", func(*internet) {}, Login{Email: "alice@example.com", Resolver: records{srv: map[string]*net.SRV{"_caldavs._tcp.example.com": {Target: "."}}}}, "", provider.CodeNotACalendar},
		{"a redirect elsewhere", func(n *internet) {
			n.answers[a] = says(302, "", "Location", foreign+"/dav/")
			n.server(foreign, foreign, "/dav/")
		}, Login{Address: a, Username: "alice"}, "", provider.CodeRedirect},
		{"a home elsewhere", func(n *internet) { n.server(a, foreign, "/") }, Login{Address: a, Username: "alice"}, "", provider.CodeRedirect},
		{"an address without encryption", func(*internet) {}, Login{Address: "http://dav.example.com/", Username: "alice"}, "", provider.CodePlainHTTP},
		{"no such host", func(*internet) {}, Login{Address: a, Username: "alice"}, "", provider.CodeWrongAddress},
		{"nothing there", func(n *internet) { n.answers[a] = says(404, "") }, Login{Address: a, Username: "alice"}, "", provider.CodeWrongAddress},
		{"a web site", func(n *internet) {
			n.answers[a] = says(200, "<!DOCTYPE html><html></html>", "Content-Type", "text/html")
		}, Login{Address: a, Username: "alice"}, "", provider.CodeNotACalendar},
		{"a web server that knows no PROPFIND", func(n *internet) { n.answers[a] = says(405, "") }, Login{Address: a, Username: "alice"}, "", provider.CodeNotACalendar},
		{"a WebDAV folder", func(n *internet) {
			n.answers[a] = says(207, multi(props("/", `<D:resourcetype><D:collection/></D:resourcetype>`)))
		}, Login{Address: a, Username: "alice"}, "", provider.CodeNotACalendar},
		{"a server that hangs up always", func(n *internet) { n.answers[a] = says(hangsUp, "") }, Login{Address: a, Username: "alice"}, "", provider.CodeUnreachable},
		{"an account without calendars", func(n *internet) {
			n.server(a, a, "/")
			n.answers[a+" PROPFIND /home/"] = says(207, multi(props("/home/", `<D:resourcetype><D:collection/></D:resourcetype>`)))
		}, Login{Address: a, Username: "alice"}, "", provider.CodeNoCalendars},
		{"a wrong password", func(n *internet) { n.answers[a] = says(401, "", "WWW-Authenticate", `basic realm="x"`) }, Login{Address: a, Username: "alice"}, "", provider.CodeWrongPassword},
		{"a wrong password, or none for apps", func(n *internet) {
			n.answers["https://caldav.icloud.com"] = says(401, "", "WWW-Authenticate", "X-MobileMe-AuthToken", "WWW-Authenticate", "Basic")
		}, Login{Email: "alice@icloud.com", Username: "alice"}, "", provider.CodeAppPassword},
		{"a server that asks us to wait", func(n *internet) { n.answers[a] = says(429, "", "Retry-After", "9") }, Login{Address: a, Username: "alice"}, "", provider.CodeServer},
		{"no address", func(*internet) {}, Login{Email: "alice"}, "", provider.CodeWrongAddress},
		{"an address of something else", func(*internet) {}, Login{Address: "ftp://example.com"}, "", provider.CodeWrongAddress},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := newInternet()
			tc.set(n)
			l := tc.login
			l.Transport, l.Now, l.Password, l.Timeout = n, time.Now, "secret", 5*time.Second
			account, err := Discover(context.Background(), l)
			for _, host := range n.leaked {
				if host == foreign && len(l.Hosts) == 0 || strings.HasPrefix(host, "http:") {
					t.Errorf("the password went to %s", host)
				}
			}
			if tc.code != "" {
				if err == nil || asError(t, err).Code != tc.code {
					t.Fatalf("%v, want %s", err, tc.code)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, strings.Join(n.seen, "\n"))
			}
			if diff := cmp.Diff(calendarsAt(tc.home), account.Calendars); diff != "" {
				t.Errorf("calendars (- want, + got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"alice@example.com", "a+b@example.com"}, account.Self); diff != "" || !account.Schedules {
				t.Errorf("self %v, schedules %v", account.Self, account.Schedules)
			}
		})
	}
}

func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	for _, tc := range []struct {
		name  string
		login Login
		want  int
	}{
		{"with the name that was given", Login{Address: "https://dav.example.com/x/", Username: "alice"}, 1},
		{"with the mail address, then with its first part", Login{Address: "https://dav.example.com/x/", Email: "alice@example.com"}, 2},
	} {
		n := newInternet()
		n.answers["https://dav.example.com"] = says(401, "")
		tc.login.Transport, tc.login.Now, tc.login.Password = n, time.Now, "wrong"
		_, err := Discover(context.Background(), tc.login)
		wantClass(t, err, provider.SignIn, provider.CodeWrongPassword)
		if len(n.seen) != tc.want {
			t.Errorf("%s: %d requests, want %d", tc.name, len(n.seen), tc.want)
		}
	}
}

func TestDiscoverFromACalendarsAddress(t *testing.T) {
	n := newInternet()
	n.server("https://dav.example.com", "https://dav.example.com")
	own := calendarType + `<D:current-user-principal><D:href>/principal/</D:href></D:current-user-principal>`
	n.answers["https://dav.example.com PROPFIND /home/work/"] = says(207, multi(props("/home/work/", own)))
	n.answers["https://dav.example.com PROPFIND /team/"] = says(207, multi(props("/team/", own+`<D:displayname>Team</D:displayname>`)))
	for address, count := range map[string]int{"/home/work/": 2, "/team/": 3} {
		account, err := Discover(context.Background(), login("https://dav.example.com"+address, n))
		if err != nil {
			t.Fatal(err)
		}
		if account.Chosen != "https://dav.example.com"+address || len(account.Calendars) != count {
			t.Errorf("%s: chosen %s of %d", address, account.Chosen, len(account.Calendars))
		}
	}
}

func TestPresets(t *testing.T) {
	for _, p := range Presets() {
		start := p.Start("alice@example.com", "cloud.example.com")
		u, err := parseAddress("test", start)
		if err != nil || u.Scheme != "https" || strings.ContainsAny(start, "{}") {
			t.Errorf("%s starts at %q: %v", p.ID, start, err)
		}
		if p.ID == "" || p.Name == "" || p.NeedsHost() != strings.HasPrefix(start, "https://cloud.example.com") {
			t.Errorf("preset %+v", p)
		}
		if found, ok := presetOf(u.Hostname()); !p.NeedsHost() && (!ok || found.ID != p.ID) {
			t.Errorf("%s is not recognised by its own host", p.ID)
		}
	}
	if _, ok := presetOf("noticloud.com"); ok {
		t.Error("a host that ends alike was taken for the service")
	}
}

func TestProbe(t *testing.T) {
	report := func(names ...string) string {
		s := ""
		for _, n := range names {
			s += "<D:supported-report><D:report><" + n + "/></D:report></D:supported-report>"
		}
		return "<D:supported-report-set>" + s + "</D:supported-report-set>"
	}
	full := calendarType + `<D:sync-token>t1</D:sync-token><S:getctag>c1</S:getctag>` + report("D:sync-collection", "C:calendar-multiget") +
		`<D:current-user-principal><D:href>/me/</D:href></D:current-user-principal>`
	okSync := says(207, multi("<D:sync-token>t1</D:sync-token>"))
	outbox := says(207, multi(props("/me/", `<C:schedule-outbox-URL><D:href>/out/</D:href></C:schedule-outbox-URL>`)))
	none := says(207, multi(props("/me/", "")))
	for _, tc := range []struct {
		name, props, dav string
		sync, principal  http.HandlerFunc
		want             Profile
	}{
		{"all there is", full + `<C:max-resource-size>1000</C:max-resource-size>`, "1, calendar-access, calendar-auto-schedule", okSync, outbox,
			Profile{Sync: true, CTag: true, Multiget: true, Schedules: true, Guard: provider.GuardFull, Concurrency: 4, MaxSize: 1000}},
		{"advertises scheduling without boxes, as GMX", full, "calendar-auto-schedule", okSync, none, Profile{Sync: true, CTag: true, Multiget: true, Guard: provider.GuardFull, Concurrency: 4}},
		{"advertises scheduling, and the principal cannot be asked", full, "calendar-auto-schedule", okSync, says(403, ""), Profile{Sync: true, CTag: true, Multiget: true, Schedules: true, Guard: provider.GuardFull, Concurrency: 4}},
		{"features apart by white space, as Cyrus", full, "resource-sharing calendar-access, calendar-auto-schedule calendar-query-extended", okSync, outbox, Profile{Sync: true, CTag: true, Multiget: true, Schedules: true, Guard: provider.GuardFull, Concurrency: 4}},
		{"another word for scheduling, as Xandikos", full, "calendar-auto-scheduling", okSync, outbox, Profile{Product: "Xandikos", Sync: true, CTag: true, Multiget: true, Guard: provider.GuardFull, Concurrency: 4}},
		{"sync-collection that fails", full, "", says(500, ""), none, Profile{CTag: true, Multiget: true, Guard: provider.GuardFull, Concurrency: 4}},
		{"sync-collection without a token", calendarType + report("D:sync-collection"), "", okSync, none, Profile{Guard: provider.GuardFull, Concurrency: 4}},
		{"tokens in seconds, as SOGo", strings.Replace(full, ">t1<", ">1795377516<", 1), "", okSync, none, Profile{Product: "SOGo", Sync: true, CTag: true, Multiget: true, Schedules: true, Guard: provider.GuardNone, Counted: true, Concurrency: 4}},
		{"reports without their wrapping, as Xandikos", calendarType + `<D:supported-report-set><D:supported-report><C:calendar-multiget/></D:supported-report></D:supported-report-set>`, "", okSync, none, Profile{Multiget: true, Guard: provider.GuardFull, Concurrency: 4}},
		{"read-only", full + `<D:current-user-privilege-set><D:privilege><D:read/></D:privilege><D:privilege><D:write-content/></D:privilege></D:current-user-privilege-set>`, "", okSync, none, Profile{Sync: true, CTag: true, Multiget: true, ReadOnly: true, Guard: provider.GuardFull, Concurrency: 4}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := scripted(t, Profile{})
			s.on("OPTIONS /cal/", says(200, "", "DAV", tc.dav))
			s.on("PROPFIND /cal/", says(207, multi(props("/cal/", tc.props))))
			s.on("REPORT /cal/", tc.sync)
			s.on("PROPFIND /me/", tc.principal)
			got, err := c.Probe(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(- want, + got):\n%s", diff)
			}
			if again, err := ParseProfile(got.String()); err != nil || again != got {
				t.Errorf("stored and read: %v %v", again, err)
			}
			for _, r := range s.seen {
				if r.Method == "PUT" || r.Method == "DELETE" {
					t.Error("probing wrote something")
				}
			}
		})
	}
	t.Run("trouble is trouble, and no lack", func(t *testing.T) {
		c, s := scripted(t, Profile{})
		s.on("OPTIONS /cal/", says(200, ""))
		s.on("PROPFIND /cal/", says(207, multi(props("/cal/", full))))
		s.on("REPORT /cal/", says(503, ""))
		_, err := c.Probe(context.Background())
		wantClass(t, err, provider.RateLimited)
	})
}

// TestDiscoverServers finds a user's calendars on every stand-in and every real server, from the address that a person
// would type.
func TestDiscoverServers(t *testing.T) {
	for _, profile := range standin.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			server := standin.New(standin.Options{Profile: profile, Users: []standin.User{{Name: "alice", Password: "secret"}}})
			web := httptest.NewServer(server)
			defer web.Close()
			l := login(web.URL, &http.Transport{DisableKeepAlives: true})
			l.AllowPlain = true
			account, err := Discover(context.Background(), l)
			if err != nil {
				t.Fatal(err)
			}
			if len(account.Calendars) != 1 || account.Calendars[0].ID != web.URL+server.CalendarPath("alice", "calendar") {
				t.Errorf("calendars: %+v", account.Calendars)
			}
			l.Password = "wrong"
			if _, err := Discover(context.Background(), l); !profile.NoAuth {
				wantClass(t, err, provider.SignIn, provider.CodeWrongPassword)
			}
		})
	}
	for _, name := range realserver.Names() {
		t.Run("real "+name, func(t *testing.T) {
			needServers(t, name)
			server := realserver.Start(t, name, realserver.Options{})
			user := server.User("alice")
			for what, address := range map[string]string{"where discovery may start": server.URL, "a calendar": server.CalendarURL("alice")} {
				l := Login{Address: address, Username: user.Name, Password: user.Password, Transport: &http.Transport{DisableKeepAlives: true}, Now: time.Now, AllowPlain: true}
				account, err := Discover(context.Background(), l)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				found := false
				for _, c := range account.Calendars {
					t.Logf("%s: %+v", what, c)
					found = found || c.ID == server.CalendarURL("alice") && c.Writable && c.Sync
					if readOnly := server.ReadOnlyURL("alice"); readOnly != "" && c.ID == readOnly && c.Writable {
						t.Error("the read-only calendar seems writable")
					}
				}
				if !found {
					t.Errorf("%s: %s is not among %+v", what, server.CalendarURL("alice"), account.Calendars)
				}
				t.Logf("self %v, schedules %v", account.Self, account.Schedules)
				l.Password = "wrong"
				if _, err := Discover(context.Background(), l); name != "xandikos" {
					wantClass(t, err, provider.SignIn, provider.CodeWrongPassword)
				}
			}
			c, err := Open(Options{URL: server.CalendarURL("alice"), Username: user.Name, Password: user.Password, Transport: &http.Transport{DisableKeepAlives: true}, Now: time.Now, AllowPlain: true})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Probe(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			got.MaxSize = 0
			want := Profile{Product: got.Product, Sync: true, CTag: true, Multiget: true, Guard: provider.GuardFull, Concurrency: usualConcurrency}
			want.Schedules = name == "cyrus" || name == "davical" || name == "sogo"
			switch name {
			case "sogo":
				want.Guard, want.Counted = provider.GuardNone, true
			case "cyrus":
				want.Concurrency = 8
			}
			if diff := cmp.Diff(want, got); diff != "" || !strings.EqualFold(got.Product, name) {
				t.Errorf("profile (- want, + got):\n%s%+v", diff, got)
			}
		})
	}
}

func TestOpenNeedsItsParts(t *testing.T) {
	if _, err := Open(Options{URL: "https://dav.example.com/"}); err == nil {
		t.Error("opened without a transport")
	}
	if _, err := Discover(context.Background(), Login{Address: "https://dav.example.com/"}); err == nil {
		t.Error("discovered without a transport")
	}
	_, err := Open(Options{URL: "http://dav.example.com/", Transport: newInternet(), Now: time.Now})
	wantClass(t, err, provider.Forbidden, provider.CodePlainHTTP)
	if _, ok := errors.AsType[*premises.PlainHTTP](err); !ok {
		t.Errorf("%v", err)
	}
}

func TestCyrusBearsMoreRequestsAtATimeThanOthers(t *testing.T) {
	for server, want := range map[string]int{"Cyrus-HTTP/3.6.1": 8, "nginx": 0} { // any order: each is looked at by itself
		var p Profile
		c := &Calendar{url: &url.URL{Host: "cal.example.com"}}
		c.recognise(&p, http.Header{"Server": {server}}, head{})
		if p.Concurrency != want {
			t.Errorf("%s: %d requests at a time, want %d", server, p.Concurrency, want)
		}
	}
}
