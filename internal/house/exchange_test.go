package house_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/ews"
	"tahti/internal/standin/ews"
	"tahti/internal/store"
)

// exchangeFar is a calendar at an Exchange server as another program of its owner works on it. What it holds is told as iCalendar, as far
// as pairs look at it; its names are ids.
type exchangeFar struct {
	t   *testing.T
	s   *ews.Server
	url string
	*other.Calendar
	server *httptest.Server
}

// newExchangeFar is a stand-in whose connections it knows, as NTLM needs it.
func newExchangeFar(t *testing.T, options ...ews.Options) *exchangeFar {
	t.Helper()
	o := ews.Options{Token: "all"} // for the other program
	if len(options) > 0 {
		o = options[0]
	}
	s := ews.New(o)
	ts := httptest.NewUnstartedServer(s)
	ts.Config.ConnState = s.ConnState
	ts.Start()
	t.Cleanup(ts.Close)
	at := backdoor.Server{Base: ts.URL + "/EWS/Exchange.asmx", Transport: inside{s}, Sign: backdoor.Bearer("all")}
	return &exchangeFar{t, s, ts.URL, &other.Calendar{ID: ownFolder(t, at), Server: at}, ts}
}

var folderID = regexp.MustCompile(`<t:FolderId Id="([^"]+)"`)

// ownFolder asks for the id of the person's default calendar.
func ownFolder(t *testing.T, at backdoor.Server) string {
	t.Helper()
	body := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
		xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body><m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>
		<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at.Base, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	at.Sign(r)
	w, err := at.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(w.Body)
	id := folderID.FindSubmatch(answer)
	if err != nil || id == nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return string(id[1])
}

func (f *exchangeFar) kind() string    { return account.EWS }
func (f *exchangeFar) address() string { return f.url }

func (f *exchangeFar) sign() account.Credentials {
	return account.Credentials{URL: f.url, Email: alices, Password: "secret"}
}

// said is what an element says, of the first of that name.
func said(event, name string) string {
	m := regexp.MustCompile(`<t:` + name + `(?: [^>]*)?>([^<]*)<`).FindStringSubmatch(event)
	if m == nil {
		return ""
	}
	return m[1]
}

var itemID = regexp.MustCompile(`<t:ItemId Id="([^"]+)"`)

func (f *exchangeFar) list() map[string]string {
	f.t.Helper()
	events, err := f.s.Events(alices, "Calendar")
	if err != nil {
		f.t.Fatal(err)
	}
	compact := strings.NewReplacer("-", "", ":", "")
	bodies := map[string]string{}
	for _, e := range events {
		bodies[itemID.FindStringSubmatch(e)[1]] = strings.Join([]string{
			"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//client//EN", "BEGIN:VEVENT", "UID:x", "DTSTAMP:20260101T000000Z",
			"DTSTART:" + compact.Replace(said(e, "Start")), "DTEND:" + compact.Replace(said(e, "End")), "SUMMARY:" + said(e, "Subject"),
			"LOCATION:" + said(e, "Location"), "END:VEVENT", "END:VCALENDAR", "",
		}, "\r\n")
	}
	return bodies
}

func (f *exchangeFar) put(name, body string) {
	f.t.Helper()
	d, problem := icalendar.Decode([]byte(body), icalendar.Options{})
	if problem != nil {
		f.t.Fatal(problem)
	}
	var err error
	if strings.HasSuffix(name, ".ics") {
		_, err = f.Create(d.Event)
	} else {
		err = f.Edit(provider.RemoteID(name), d.Event)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *exchangeFar) remove(name string) {
	f.t.Helper()
	if err := f.Delete(provider.RemoteID(name)); err != nil {
		f.t.Fatal(err)
	}
}

// TestBothWaysOverExchange edits, adds and deletes on both sides, over each way of signing in; then all is quiet, with one request a run.
func TestBothWaysOverExchange(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"Basic", "NTLM"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			f := newExchangeFar(t, ews.Options{Schemes: []string{scheme}, Token: "all"})
			l := newHouse(t)
			l.sign, l.kind = f.sign(), f.kind()
			p := newPair(l, f)
			for i := range 20 {
				p.addHere(fmt.Sprintf("first-here-%02d", i))
				p.addThere(fmt.Sprintf("first-there-%02d", i))
			}
			c := l.connect(`{"start":"everything"}`)
			p.sync(c.ID)
			p.check()
			p.change(1)
			p.sync(c.ID)
			p.check()
			if scheme == "Basic" { // a connection that is signed in anew takes two more
				l.quiet(c.ID)
			}
			if mails := f.s.Mails(); len(mails) != 0 {
				t.Errorf("sync sent %d mails: %+v", len(mails), mails)
			}
		})
	}
}

// TestGuestsOfExchangeWait: what concerns guests waits until a person sends it, and nobody is mailed before.
func TestGuestsOfExchangeWait(t *testing.T) {
	t.Parallel()
	f := newExchangeFar(t)
	l := newHouse(t)
	l.sign, l.kind = f.sign(), f.kind()
	c := l.connect(`{"start":"everything","guests":"on_send"}`)
	meeting := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{
		Subject: "Review", Busy: true, Start: calendar.AtUTC(time.Date(2027, 1, 12, 10, 0, 0, 0, time.UTC)), End: calendar.AtUTC(time.Date(2027, 1, 12, 11, 0, 0, 0, time.UTC)),
	}}
	meeting.Guests = []calendar.Guest{{Person: calendar.Person{Email: "bob@example.com"}}}
	if _, err := f.Create(meeting); err != nil {
		t.Fatal(err)
	}
	l.sync(c.ID)
	list := l.all()
	if len(list) != 1 || len(list[0].Plan.Guests) == 0 {
		t.Fatalf("the CRM holds %+v", list)
	}
	before := len(f.s.Mails())
	a := list[0]
	l.tx(func(tx engine.Tx) error {
		to := a.Clone()
		to.Plan.Start.Wall += 3600
		to.Plan.End.Wall += 3600
		_, err := l.house.Hub.Update(t.Context(), tx, hub.By(l.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{"when"}, To: to})
		return err
	})
	l.sync(c.ID)
	waits := l.waiting(c.ID)
	if len(waits) != 1 || waits[0].HeldBy != store.HeldBySending || waits[0].People != 1 {
		t.Fatalf("waiting: %+v", waits)
	}
	if n := len(f.s.Mails()) - before; n != 0 {
		t.Errorf("sync sent %d mails", n)
	}
	if err := l.house.Connections.Send(t.Context(), l.who, waits[0].ID); err != nil {
		t.Fatal(err)
	}
	l.sync(c.ID)
	if n := len(f.s.Mails()) - before; n != 1 {
		t.Errorf("what was sent mailed %d people", n)
	}
	l.quiet(c.ID)
}

// TestAFullMailboxOfExchange: what does not go in waits and says why, new or changed, and goes in once there is room.
func TestAFullMailboxOfExchange(t *testing.T) {
	t.Parallel()
	f := newExchangeFar(t)
	l := newHouse(t)
	l.sign, l.kind = f.sign(), f.kind()
	p := newPair(l, f)
	p.addHere("changed")
	c := l.connect(`{"start":"everything"}`)
	p.sync(c.ID)
	f.s.SetFull(true)
	a := l.all()[0]
	l.tx(func(tx engine.Tx) error {
		to := a.Clone()
		to.Plan.Subject = "changed here"
		_, err := l.house.Hub.Update(t.Context(), tx, hub.By(l.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{"subject"}, To: to})
		return err
	})
	p.addHere("new")
	l.sync(c.ID)
	waits := l.waiting(c.ID)
	if len(waits) != 2 {
		t.Fatalf("waiting: %+v", waits)
	}
	f.s.SetFull(false)
	for _, w := range waits {
		if w.Reason != provider.CodeMailboxFull {
			t.Errorf("it waits for %q: %s", w.Reason, w.Detail)
		}
		if err := l.house.Connections.Retry(t.Context(), l.who, w.ID); err != nil {
			t.Fatal(err)
		}
	}
	l.sync(c.ID)
	if waits := l.waiting(c.ID); len(waits) != 0 || len(f.list()) != 2 {
		t.Errorf("with room again %d are there, and waiting: %+v", len(f.list()), waits)
	}
}

// TestEachWayExchangeRefuses: each thing that can be in the way has a cause of its own, and a password is tried once.
func TestEachWayExchangeRefuses(t *testing.T) {
	t.Parallel()
	f := newExchangeFar(t)
	passwords := 0
	l := newHouse(t, setup{idle: true, networks: "127.0.0.0/8,mail.example.com", watch: func(next http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") != "" {
				passwords++
			}
			if r.URL.Hostname() == "127.0.0.1" {
				return next.RoundTrip(r)
			}
			if !strings.HasSuffix(r.URL.Hostname(), "example.com") && r.URL.Hostname() != "mail.elsewhere.example" {
				return nil, &provider.Error{Class: provider.Transient, Code: provider.CodeUnreachable}
			}
			return inside{f.s}.RoundTrip(r)
		})
	}})
	good := f.sign()
	wrong := good
	wrong.Password = "wrong"
	domain := account.Credentials{Email: alices, Password: "secret"}
	wrongDomain := domain
	wrongDomain.Password = "wrong"
	for _, c := range []struct {
		name string
		set  func()
		sign account.Credentials
		code string
	}{
		{"a wrong password", func() {}, wrong, provider.CodeWrongPassword},
		{"a wrong password for a server that is looked for", func() {}, wrongDomain, provider.CodeWrongPassword},
		{"a locked account", func() { f.account(ews.AccountLocked) }, good, provider.CodeWrongPassword}, // IIS does not tell
		{"an expired password", func() { f.account(ews.AccountExpired) }, good, "password_expired"},
		{"403", func() { f.account(ews.AccountForbidden) }, good, "service_blocked"},
		{"a mailbox in the cloud", func() { f.account(ews.AccountCloud) }, domain, "mailbox_in_the_cloud"},
		{"440", func() { f.s.SetFront(ews.FrontTimeout) }, good, "login_page"},
		{"a second factor", func() { f.s.SetFront(ews.FrontSecondFactor) }, good, "second_factor"},
		{"a login page", func() { f.s.SetFront(ews.FrontLoginPage) }, good, "login_page"},
		{"a gateway", func() { f.s.SetFront(ews.FrontAppPasswords) }, good, provider.CodeWrongPassword},
		{"a gateway with a page", func() { f.s.SetFront(ews.FrontAppPasswordsPage) }, good, "login_page"},
		{"autodiscover that leads nowhere", func() { f.s.SetDiscovery(ews.Discovery{Kind: ews.DiscoverMissing}) }, domain, "not_discovered"},
		{"autodiscover that leads to another's server", func() {
			f.s.SetDiscovery(ews.Discovery{Kind: ews.DiscoverElsewhere, Target: "https://mail.elsewhere.example/EWS/Exchange.asmx"})
		}, domain, provider.CodeRedirect},
	} {
		f.s.Reset()
		passwords = 0
		c.set()
		_, err := l.house.Connections.Discover(t.Context(), l.who, account.EWS, c.sign)
		why, ok := errors.AsType[*connection.Refused](err)
		if !ok || why.Code != c.code || why.Kind != account.EWS {
			t.Errorf("%s: %v, %+v; want %s", c.name, err, why, c.code)
		}
		if passwords > 1 && c.code == provider.CodeWrongPassword {
			t.Errorf("%s: a refused password was sent %d times", c.name, passwords)
		}
	}
	passwords = 0
	_, err := l.house.Connections.Discover(t.Context(), l.who, account.EWS, domain)
	host, ok := errors.AsType[*provider.Unconfirmed](err)
	if !ok || host.Host != "mail.elsewhere.example" || passwords != 1 { // the one that Autodiscover at home had asked for
		t.Errorf("to be confirmed: %+v; a password went %d times", host, passwords)
	}
	domain.ConfirmHosts = []string{host.Host}
	if found, err := l.house.Connections.Discover(t.Context(), l.who, account.EWS, domain); err != nil || len(found.Calendars) != 1 {
		t.Errorf("confirmed: %+v, %v", found, err)
	}
	if _, err := l.house.Connections.Discover(t.Context(), l.who, account.EWS, account.Credentials{URL: f.url, Email: alices}); codeOf(err) != provider.CodeWrongPassword {
		t.Errorf("without a password: %v", err)
	}

	// Whoever states where the gateway issues app passwords has everybody led there who is refused, whatever the gateway answers.
	f.s.Reset()
	if err := l.house.Connections.StateAppPasswords(t.Context(), l.who, "https://gateway.example.com/"); err != nil {
		t.Fatal(err)
	}
	for _, front := range []ews.Front{ews.FrontAppPasswords, ews.FrontAppPasswordsPage} {
		f.s.SetFront(front)
		_, err := l.house.Connections.Discover(t.Context(), l.who, account.EWS, good)
		if why, ok := errors.AsType[*connection.Refused](err); !ok || why.Code != account.CodeGatewayPassword || why.AppPasswords != "https://gateway.example.com/" {
			t.Errorf("%v", err)
		}
	}
}

func (f *exchangeFar) account(a ews.Account) {
	if err := f.s.SetAccount(alices, a); err != nil {
		f.t.Fatal(err)
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }
