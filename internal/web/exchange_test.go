package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tahti/internal/account"
	"tahti/internal/house"
	"tahti/internal/standin/ews"
	"tahti/internal/text"
)

// exchange is a stand-in of an Exchange server with a gateway that issues an app password.
func exchange(t *testing.T) (*ews.Server, string) {
	s := ews.New(ews.Options{Users: []ews.User{{Name: "alice@example.com", Password: "secret", AppPasswords: []string{"from-the-gateway"}}}})
	ts := httptest.NewUnstartedServer(s)
	ts.Config.ConnState = s.ConnState
	ts.Start()
	t.Cleanup(func() {
		ts.CloseClientConnections() // a lab that goes on may listen
		ts.Close()
	})
	return s, ts.URL
}

// TestEachWayExchangeRefuses: what is in the way has words of its own, and what helps beside them.
func TestEachWayExchangeRefuses(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		s, at := exchange(t)
		form := b.get("/sync/new?preset=ews")
		form.checkPage(b.lang)
		form.says(p.T("preset.ews.name"), p.T("connect.cloud"))
		if !strings.Contains(form.text, `href="/sync/new?preset=graph"`) {
			t.Error("nothing leads to Microsoft 365")
		}
		try := func(password string) *doc {
			return b.post("/sync/new", "preset", "ews", "email", "alice@example.com", "url", at, "password", password)
		}
		for _, c := range []struct {
			set      func()
			password string
			code     string
			letter   string
		}{
			{func() {}, "wrong", "wrong_password", "gateway"},
			{func() { s.SetFront(ews.FrontTimeout) }, "secret", "login_page", "gateway"},
			{func() { s.SetFront(ews.FrontLoginPage) }, "secret", "login_page", "gateway"},
			{func() { s.SetFront(ews.FrontSecondFactor) }, "secret", "second_factor", "gateway"},
			{func() { s.SetFront(ews.FrontAppPasswordsPage) }, "secret", "login_page", "gateway"},
			{func() { stand(t, s, ews.AccountExpired) }, "secret", "password_expired", ""},
			{func() { stand(t, s, ews.AccountForbidden) }, "secret", "service_blocked", "blocked"},
			{func() { stand(t, s, ews.AccountCloud) }, "secret", "mailbox_in_the_cloud", ""},
		} {
			s.Reset()
			c.set()
			d := try(c.password)
			d.checkPage(b.lang)
			why := p.ProblemAt(account.EWS, c.code)
			d.says(why.Title, why.Cause, why.Next)
			if letter := d.id("admin-text"); (letter != nil) != (c.letter != "") {
				t.Errorf("%s: a text for the administrator: %v", c.code, letter != nil)
			} else if letter != nil && !strings.Contains(inner(letter), "alice@example.com") {
				t.Errorf("%s: %s", c.code, inner(letter))
			}
			if strings.Contains(d.text, `value="`+c.password+`"`) {
				t.Errorf("%s: the page holds the password", c.code)
			}
		}
		s.Reset()
		cloud := b.post("/sync/new", "preset", "ews", "email", "alice@onmicrosoft.com", "password", "secret")
		cloud.says(p.Problem("mailbox_in_the_cloud").Title, p.Problem("mailbox_in_the_cloud").Cause, p.T("connect.cloud_go"))
		if d := b.post("/sync/new", "preset", "ews", "email", "alice", "password", "secret"); !strings.Contains(d.text, p.T("invalid.bad_email")) {
			t.Error("an address that is none is taken")
		}
	})
}

// TestARefusedAppPasswordIsNotTheEndOfAdvice: where the gateway is stated to issue app passwords, a refusal may still have any other cause.
// The page says how to make one, and what to look at if it was one already.
func TestARefusedAppPasswordIsNotTheEndOfAdvice(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		s, at := exchange(t)
		s.SetFront(ews.FrontAppPasswords)
		b.post("/administration/app-passwords", "app_passwords", "https://gateway.example.com/passwords")
		d := b.post("/sync/new", "preset", "ews", "email", "alice@example.com", "url", at, "password", "from-the-gatew")
		d.checkPage(b.lang)
		d.says("https://gateway.example.com/passwords", p.T("connect.domain_name"), p.T("letter.perhaps"))
		if next := p.ProblemAt(account.EWS, account.CodeGatewayPassword).Next; !strings.Contains(d.text, next) || !strings.Contains(next, `\alice`) {
			t.Errorf("it does not say what to look at: %s", next)
		}
		if letter := d.id("admin-text"); letter == nil || !strings.Contains(inner(letter), "alice@example.com") {
			t.Error("no text for the administrator")
		}
	})
}

// elsewhere answers for every host of the world with a stand-in.
type elsewhere struct{ http.Handler }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, in)
	return w.Result(), nil
}

// TestAServerOfAnotherDomainIsConfirmed: Autodiscover leads to a host that nobody has named. The password goes there once the person has
// ticked the box, and not before.
func TestAServerOfAnotherDomainIsConfirmed(t *testing.T) {
	const host = "mail.hosting.example"
	for _, lang := range []string{"en", "fi"} {
		s := ews.New(ews.Options{})
		s.SetDiscovery(ews.Discovery{Kind: ews.DiscoverElsewhere, Target: "https://" + host + "/EWS/Exchange.asmx"})
		l := newLabWith(t, true, "127.0.0.0/8", nil, func(c *house.Config) {
			c.Watch = func(http.RoundTripper) http.RoundTripper { return elsewhere{s} }
		})
		b, p := l.browser(lang), text.Match(lang, "")
		b.setUp()
		form := []string{"preset", "ews", "email", "alice@example.com", "password", "secret"}
		asks := b.post("/sync/new", form...)
		asks.checkPage(lang)
		asks.says(p.Problem("unconfirmed_redirect").Title, p.T("connect.confirm_host", "host", host))
		if d := b.post("/sync/new", append(form, "confirm_host", host)...); !strings.HasPrefix(d.path, "/accounts/") {
			t.Errorf("%s: confirmed, and led to %s: %s", lang, d.path, inner(d.root))
		}
	}
}

func stand(t *testing.T, s *ews.Server, a ews.Account) {
	t.Helper()
	if err := s.SetAccount("alice@example.com", a); err != nil {
		t.Fatal(err)
	}
}

// TestTheGatewaysAppPassword goes from the first try, which the gateway refuses, over the administrator's statement to a calendar in step,
// in a real browser.
func TestTheGatewaysAppPassword(t *testing.T) {
	ctx := chromium(t, time.Minute)
	s, at := exchange(t) // ends behind the lab, which listens to it
	l := newLab(t, true)
	s.SetFront(ews.FrontAppPasswords)
	b := tab{t: t, ctx: ctx, axeCore: axeCore(t)}
	b.do("open", chromedp.Navigate(l.url))
	b.shows("Set up Tahti")
	b.fill("company", "Acme", "name", "Alice", "email", "alice@example.com", "password", password)
	b.do("set up", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Tahti is ready")

	try := func(secret string) {
		b.fill("password", secret)
		b.do("find calendars", chromedp.Click(chromedp.CSS("main form button.main")))
	}
	b.do("choose Exchange", chromedp.Navigate(l.url+"/sync/new"), chromedp.Click(chromedp.CSS(`a[href="/sync/new?preset=ews"]`)))
	b.shows("server that your company runs itself")
	b.fill("email", "alice@example.com", "url", at)
	try("secret")
	b.shows("Tahti tried it once and does not try it again")
	b.do("see the text for the administrator", chromedp.Click(chromedp.CSS("details.group summary")), chromedp.WaitVisible(chromedp.CSS("#admin-text")))

	// The administrator, who is the same here, states that the gateway issues passwords.
	b.do("administration", chromedp.Navigate(l.url+"/administration"))
	b.fill("app_passwords", "https://gateway.example.com/passwords")
	b.do("state it", chromedp.Click(chromedp.CSS("#app-passwords button")))
	b.shows("Saved.")

	b.do("once more", chromedp.Navigate(l.url+"/sync/new?preset=ews"))
	b.fill("email", "alice@example.com", "url", at)
	try("secret")
	b.shows("An app password of your company's gateway is needed")
	b.shows("https://gateway.example.com/passwords")
	b.axe()
	try("from-the-gateway") // the other fields are still filled in
	b.shows("Choose a calendar")
	b.do("everything", chromedp.Click(chromedp.CSS("input[name=start][value=everything]")), chromedp.Click(chromedp.CSS(".actions button[value=look]")))
	b.shows("Nobody would be mailed")
	b.do("start", chromedp.Click(chromedp.CSS("button[value=start]")))
	b.shows("Sync is finished.")

	// The gateway goes, and with it the password that it issued. The connection says so, and the way back is the same.
	s.SetFront(ews.FrontNone)
	b.do("sync now", chromedp.Click(chromedp.CSS("#live button.main")))
	b.shows("An app password of your company's gateway is needed")
	b.do("reconnect", chromedp.Click(chromedp.CSS(`a.main[href$="/reconnect"]`)))
	b.shows("https://gateway.example.com/passwords")
	b.fill("password", "secret")
	b.do("sign in again", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Sync goes on.")
	b.shows("In step")
}
