package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/house"
	"tahti/internal/standin/ews"
	"tahti/internal/standin/graph"
	"tahti/internal/text"
)

// joined is an Exchange server of an organisation that signs people in at Microsoft, and takes no password.
type joined struct {
	*lab
	server         atomic.Pointer[ews.Server]
	directory      *graph.Server
	at, microsofts string
}

func newJoined(t *testing.T, registered bool) *joined {
	t.Helper()
	x := &joined{directory: graph.New(graph.Options{})}
	m := httptest.NewServer(x.directory)
	t.Cleanup(m.Close)
	x.takes("Negotiate")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { x.server.Load().ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	x.at, x.microsofts = s.URL, m.URL
	id := ""
	if registered {
		id = "tahti"
	}
	x.lab = newLabWith(t, true, "127.0.0.0/8", nil, func(c *house.Config) {
		c.Clients[account.Graph] = oauth.Microsoft(m.URL, id, "secret")
	})
	return x
}

// takes puts a server there that takes some ways to sign in besides.
func (x *joined) takes(schemes ...string) {
	x.server.Store(ews.New(ews.Options{Schemes: schemes, Hybrid: &ews.Hybrid{
		Page: "https://login.microsoftonline.com/common/oauth2/authorize", Read: x.directory.Bearer,
	}}))
}

var ticket = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

// signsIn is the person on Microsoft's page; the answer is where that sends them back to.
func (x *joined) signsIn(page string) string {
	x.t.Helper()
	_, query, _ := strings.Cut(page, "?")
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"request": {query}, "user": {"alice@example.com"}, "password": {"secret"}, "answer": {"signin"}}
	for range 2 {
		w, err := c.PostForm(x.microsofts+"/common/login", form)
		if err != nil {
			x.t.Fatal(err)
		}
		body := readAll(x.t, w)
		if to := w.Header.Get("Location"); to != "" {
			return to
		}
		m := ticket.FindStringSubmatch(body)
		if m == nil {
			x.t.Fatalf("%d: %s", w.StatusCode, body)
		}
		form = url.Values{"request": {query}, "ticket": {m[1]}, "answer": {"accept"}}
	}
	x.t.Fatal("nothing leads back")
	return ""
}

// TestTheFormForExchangeLeadsToASignInAtMicrosoft: from the password that the server does not take to the calendars, and over what its
// directory does not know to what helps.
func TestTheFormForExchangeLeadsToASignInAtMicrosoft(t *testing.T) {
	for _, lang := range []string{"en", "fi"} {
		x := newJoined(t, true)
		b, p := x.browser(lang), text.Match(lang, "")
		b.setUp()
		form := []string{"preset", "ews", "email", "alice@example.com", "url", x.at}
		b.get("/sync/new?preset=ews").says(p.T("connect.microsoft"), p.T("connect.microsoft_help"))
		d := b.post("/sync/new", append(form, "password", "secret")...)
		d.checkPage(lang)
		why := p.Problem("hybrid_sign_in")
		d.says(why.Title, why.Cause, why.Next)
		leave := func() string {
			t.Helper()
			d := b.post("/sync/new", append(form, "microsoft", "1")...)
			d.checkPage(lang)
			_, page, _ := strings.Cut(d.header.Get("Refresh"), "url=")
			if u, err := url.Parse(page); err != nil || !strings.HasPrefix(page, x.microsofts) || !strings.Contains(u.Query().Get("scope"), x.at+"/EWS.AccessAsUser.All") {
				t.Fatalf("leads to %q: %s", page, inner(d.root))
			}
			return page
		}
		back, err := url.Parse(x.signsIn(leave()))
		if err != nil {
			t.Fatal(err)
		}
		d = b.get(back.RequestURI()) // the directory does not know the server
		d.checkPage(lang)
		d.says(p.Problem("server_unknown").Title)
		if letter := d.id("admin-text"); letter == nil || !strings.Contains(inner(letter), x.at) {
			t.Errorf("no text for the administrator: %s", inner(d.root))
		}
		x.directory.Know(x.at)
		if back, err = url.Parse(x.signsIn(leave())); err != nil {
			t.Fatal(err)
		}
		d = b.get(back.RequestURI())
		d.checkPage(lang)
		if !strings.HasPrefix(d.path, "/accounts/") {
			t.Fatalf("signed in, and led to %s: %s", d.path, inner(d.root))
		}
		d.says(p.T("choose.title"), p.T("preset.ews_hybrid.name")+" · alice@example.com")
		if d := b.get("/sync/new"); strings.Contains(d.text, "ews_hybrid") {
			t.Error("there are two ways to the same server")
		}
		b.get("/sync/new?preset=ews_hybrid").says(p.T("preset.ews.name"))
	}
}

// TestAnAccountWhosePasswordIsNoLongerTakenLeadsToMicrosoft, where its organisation has gone over to that.
func TestAnAccountWhosePasswordIsNoLongerTakenLeadsToMicrosoft(t *testing.T) {
	x := newJoined(t, true)
	x.takes("Basic")
	b, p := x.browser("en"), text.Match("en", "")
	b.setUp()
	account := b.post("/sync/new", "preset", "ews", "email", "alice@example.com", "url", x.at, "password", "secret").path
	x.takes("Negotiate")
	d := b.post(account+"/reconnect", "password", "secret")
	d.checkPage("en")
	d.says(p.Problem("hybrid_sign_in").Title)
	if !strings.Contains(d.text, `<a class="button main" href="/sync/new?preset=ews">`) {
		t.Errorf("nothing leads on: %s", inner(d.root))
	}
}

// TestWithoutARegistrationAtMicrosoft the person has a text for who can make one.
func TestWithoutARegistrationAtMicrosoft(t *testing.T) {
	x := newJoined(t, false)
	b, p := x.browser("en"), text.Match("en", "")
	b.setUp()
	if d := b.get("/sync/new?preset=ews"); strings.Contains(d.text, p.T("connect.microsoft_help")) {
		t.Error("a button leads nowhere")
	}
	d := b.post("/sync/new", "preset", "ews", "email", "alice@example.com", "url", x.at, "password", "secret")
	d.says(p.Problem("hybrid_not_set_up").Title, p.Problem("hybrid_not_set_up").Next)
	if letter := d.id("admin-text"); letter == nil || !strings.Contains(inner(letter), "EWS.AccessAsUser.All") {
		t.Errorf("no text for the administrator: %s", inner(d.root))
	}
}

func readAll(t *testing.T, w *http.Response) string {
	t.Helper()
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
