package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tahti/internal/account/accounttest"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
	"tahti/internal/text"
)

// leave presses a button that leads to the provider's page, and answers that page's address.
func (b *browser) leave(path string, pairs ...string) string {
	b.t.Helper()
	d := b.post(path, pairs...)
	d.checkPage(b.lang)
	_, page, led := strings.Cut(d.header.Get("Refresh"), "url=")
	linked := false
	d.each("a", func(n *html.Node) { linked = linked || attr(n, "href") == page })
	if d.status != http.StatusOK || !led || !strings.HasPrefix(page, b.far.URL) || !linked {
		b.t.Fatalf("%s does not lead on: %d %q %s", path, d.status, d.header.Get("Refresh"), inner(d.root))
	}
	return page
}

// comeBack answers the provider's page, and is where the person ends up.
func (b *browser) comeBack(page string) *doc {
	b.t.Helper()
	back, err := b.far.Consent(page)
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.HasPrefix(back.String(), b.url) {
		b.t.Fatalf("sent back to %s", back)
	}
	d := b.get(back.RequestURI())
	d.checkPage(b.lang)
	return d
}

// connectFar connects a calendar of the provider, and answers the addresses of account and connection.
func (b *browser) connectFar(calendar string) (account, connection string) {
	b.t.Helper()
	d := b.comeBack(b.leave("/sync/new", "preset", accounttest.Name))
	account = d.path
	d = b.press(d, account, "do", "look", "calendar", calendar, "start", "everything")
	d = b.press(d, account, "do", "start")
	connection, _, _ = strings.Cut(d.path, "?")
	if !regexp.MustCompile(`^/sync/\d+$`).MatchString(connection) {
		b.t.Fatalf("starting led to %s: %s", d.path, inner(d.root))
	}
	return account, connection
}

func TestAnAccountIsConnectedOnTheProvidersPage(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		activity := b.addActivity("subject", "Call Bob")
		b.get("/sync/new").says(accounttest.Name)
		d := b.get("/sync/new?preset=" + accounttest.Name)
		d.checkPage(b.lang)
		d.says(p.T("consent.permits"), p.T("consent.scope.calendar_events"), p.T("consent.optional"), p.T("consent.go", "provider", accounttest.Name))
		page := b.leave("/sync/new", "preset", accounttest.Name)

		// While the person is away, the connection waits and says so. It is no calendar yet in which something could be.
		if d := b.get(activity); regexp.MustCompile(`href="/sync/\d+"`).MatchString(d.text) {
			t.Error("the activity lists it among the calendars")
		}
		b.get("/sync").says(p.State("pending_sign_in").Title, p.T("consent.finish"))
		d = b.comeBack(page)
		if !regexp.MustCompile(`^/accounts/\d+$`).MatchString(d.path) {
			t.Fatalf("came back to %s: %s", d.path, inner(d.root))
		}
		d.says(p.T("choose.title"), "Work", "Home", "alice@example.com")
		d = b.press(d, d.path, "do", "look", "start", "everything")
		d = b.press(d, strings.TrimSuffix(d.path, "?"), "do", "start")
		connection, _, _ := strings.Cut(d.path, "?")
		b.sync(connection)
		if n := len(b.far.Calendar("work").Held()); n != 1 {
			t.Errorf("%d events in the calendar", n)
		}
		if d := b.get("/sync"); strings.Contains(d.text, p.T("consent.finish")) || strings.Count(d.text, `aria-label="Work"`) != 1 {
			t.Errorf("something still waits: %s", inner(d.root))
		}
		again := b.get(page[len(b.far.URL):])
		if again.status != http.StatusNotFound {
			t.Errorf("the provider's path is one of ours: %d", again.status)
		}
	})
}

func TestAStrangersSignInIsNotTaken(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	p := text.Match("en", "")
	stale := p.Problem(provider.CodeStaleSignIn)
	page := b.leave("/sync/new", "preset", accounttest.Name)
	back, err := b.far.Consent(page)
	if err != nil {
		t.Fatal(err)
	}
	b.do(http.MethodHead, back.RequestURI(), nil, nil) // a program that looks at links uses nothing up
	other := b.lab.browser("en")
	other.post("/sign-in", "email", "alice@example.com", "password", password)
	if d := other.get(back.RequestURI()); d.path != "/sync" || !strings.Contains(d.text, stale.Title) {
		t.Errorf("another browser of the same person: %s: %s", d.path, inner(d.root))
	}
	if d := b.get(back.RequestURI()); d.path != "/sync" || !strings.Contains(d.text, stale.Title) {
		t.Errorf("used up: %s: %s", d.path, inner(d.root))
	}
	nobody := b.lab.browser("en")
	if d := nobody.get("/oauth/callback?code=c&state=s"); !strings.HasPrefix(d.path, "/sign-in?next=") {
		t.Errorf("nobody: %s", d.path)
	}
	if len(b.far.Asked) != 0 {
		t.Errorf("a code was exchanged: %v", b.far.Asked)
	}
}

func TestTheBoxThatWasLeftUntickedIsDrawn(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.far.Grants = []string{"openid", "email", "https://www.googleapis.com/auth/calendar.events"}
		d := b.comeBack(b.leave("/sync/new", "preset", accounttest.Name))
		if !regexp.MustCompile(`^/sync/\d+$`).MatchString(d.path) {
			t.Fatalf("came back to %s", d.path)
		}
		why := p.Problem(provider.CodeMissingPermission)
		d.says(why.Title, why.Next, p.T("consent.left_out"))
		if left := regexp.MustCompile(`(?s)<li class="wrong">.*?</li>`).FindAllString(d.text, -1); len(left) != 1 ||
			!strings.Contains(left[0], p.T("consent.scope.calendar_calendarlist_readonly")) {
			t.Errorf("drawn as left out: %q", left)
		}
		account := strings.TrimSuffix(d.action(`/accounts/\d+/reconnect`), "/reconnect")

		// A clean sheet withdraws at the provider and asks again.
		sheet := b.get(account + "/clean-sheet")
		sheet.checkPage(b.lang)
		sheet.says(p.T("consent.clean_none"), p.T("consent.clean_submit"))
		page := b.leave(account + "/clean-sheet")
		if len(b.far.Withdrawn) != 1 {
			t.Errorf("withdrawn %v", b.far.Withdrawn)
		}
		b.far.Grants = nil
		if d := b.comeBack(page); d.path != account {
			t.Errorf("came back to %s: %s", d.path, inner(d.root))
		}
	})
}

func TestWhatThePageSaidLeadsToWhatHelps(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.leave("/sync/new", "preset", accounttest.Name)
		d := b.get("/sync")
		connection := find(t, regexp.MustCompile(`href="(/sync/\d+)"`), d)
		d = b.get(connection)
		d.checkPage(b.lang)
		d.says(p.State("pending_sign_in").Title, p.T("consent.said_title"), p.T("consent.again", "provider", accounttest.Name))
		for _, x := range []struct{ said, code, cause, admin string }{
			{"approval", "", provider.CodeAdminConsent, "text.greeting"},
			{"other", "AADSTS53003", provider.CodeConditionalAccess, "text.greeting"},
			{"other", "", provider.CodeSignInRefused, ""},
			{"address", "", provider.CodeClientRefused, "text.compare"},
			{"testing", "", provider.CodeClientInTesting, "text.publish"},
			{"closed", "", provider.CodeCancelled, ""},
		} {
			d := b.post(connection+"/said", "said", x.said, "code", x.code)
			d.checkPage(b.lang)
			e := p.Problem(x.cause)
			d.says(e.Title, e.Cause, e.Next)
			if x.admin != "" {
				d.says(p.T("consent."+x.admin), p.T("consent.text.client", "id", b.far.Client.ID))
			} else if d.id("admin-text") != nil {
				t.Errorf("%s: there is nothing for an administrator to do", x.said)
			}
		}
		// Nobody has come back for a while: it asks by itself.
		b.leave("/sync/new", "preset", accounttest.Name)
		b.age(connection, time.Hour)
		d = b.get(connection)
		d.says(p.Problem(provider.CodeNoAnswer).Title)
		if said := d.id("said"); said == nil || !has(said, "open") {
			t.Error("it does not ask what the page said")
		}
		b.get("/sync").says(p.Problem(provider.CodeNoAnswer).Title)
		if d := b.post(connection+"/stop", "mirrors", "keep"); d.path != "/sync" || strings.Contains(d.text, connection) {
			t.Errorf("given up: %s: %s", d.path, inner(d.root))
		}
	})
}

// age lets a connection have waited for longer.
func (b *browser) age(connection string, by time.Duration) {
	b.t.Helper()
	err := b.house.Store.Tx(b.t.Context(), 1, func(tx engine.Tx) error {
		all, err := tx.Connections(b.t.Context(), 0)
		for _, c := range all {
			if c.State == store.PendingSignIn {
				c.Started = c.Started.Add(-by)
				return tx.PutConnection(b.t.Context(), &c)
			}
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestReconnectingOnTheProvidersPage(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		account, connection := b.connectFar("work")
		b.sync(connection)
		b.far.Withdraw()
		b.far.Forget()
		b.post(connection + "/run")
		d := b.waitFor(connection, p.State("needs_sign_in").Title)
		d.says(p.Problem(provider.CodeSignInEnded).Title, p.T("sync.reconnect"))
		form := b.get(account + "/reconnect")
		form.checkPage(b.lang)
		form.says(p.T("sync.reconnect_help"), "alice@example.com", p.T("consent.clean"))
		if strings.Contains(form.text, `type="password"`) {
			t.Error("a password is asked for")
		}
		b.far.Subject, b.far.Email = "sub-2", "mallory@example.com"
		d = b.comeBack(b.leave(account + "/reconnect"))
		if d.path != account+"/reconnect" {
			t.Errorf("another account led to %s", d.path)
		}
		d.says(p.Problem(provider.CodeOtherAccount).Title)
		b.far.Subject, b.far.Email = "sub-1", "alice@example.com"
		b.far.Says = url.Values{"error": {"access_denied"}, "error_description": {"AADSTS50105: <b>secret words</b>"}}
		d = b.comeBack(b.leave(account + "/reconnect"))
		d.says(p.Problem(provider.CodeNotAssigned).Title, "AADSTS50105")
		d.lacks("secret words")
		b.far.Says = nil
		d = b.comeBack(b.leave(account + "/reconnect"))
		d.says(p.T("sync.resumed"))
		b.sync(connection).says(p.State("active").Title)

		sheet := b.get(account + "/clean-sheet")
		sheet.says(p.T("consent.clean_ends"), "Work")
	})
}

func TestAProviderThatNobodyHasSetUp(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.house.Accounts.Env.Clients[accounttest.Name].ID = ""
		e := p.Problem(provider.CodeNotSetUp)
		for _, d := range []*doc{b.get("/sync/new?preset=" + accounttest.Name), b.post("/sync/new", "preset", accounttest.Name)} {
			d.checkPage(b.lang)
			d.says(e.Title, e.Next)
			if strings.Contains(d.text, `method="post" action="/sync/new"`) {
				t.Error("a button leads nowhere")
			}
		}
		if d := b.get("/sync"); strings.Contains(d.text, p.State("pending_sign_in").Title) {
			t.Error("something was begun")
		}
	})
}
