package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"tahti/internal/account"
	"tahti/internal/account/accounttest"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
	"tahti/internal/text"
	"tahti/internal/web"
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
		d.says(p.T("consent.permits"), p.T("consent.scope.calendar_events"), p.T("consent.go", "provider", accounttest.Name))
		page := b.leave("/sync/new", "preset", accounttest.Name)

		// While the person is away, the connection waits and says so. It is no calendar yet in which something could be.
		if d := b.get(activity); regexp.MustCompile(`href="/sync/\d+"`).MatchString(d.text) {
			t.Error("the activity lists it among the calendars")
		}
		waits := b.get("/sync")
		waits.says(p.State("pending_sign_in").Title, p.T("consent.finish"))
		waits.lacks(p.T("sync.read_only"), "> ·") // no calendar is chosen yet that could be, and no address is known
		d = b.comeBack(page)
		if !regexp.MustCompile(`^/accounts/\d+$`).MatchString(d.path) {
			t.Fatalf("came back to %s: %s", d.path, inner(d.root))
		}
		d.says(p.T("choose.title"), "Work", "Home", accounttest.Name+" · alice@example.com")
		chooses := b.get("/sync") // the same address may be connected at several providers
		chooses.says(accounttest.Name + " · alice@example.com")
		chooses.lacks(p.T("sync.read_only"))
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

func TestWhoSignsInAgainSeesOneDraftAndCanGiveItUp(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		for range 2 {
			b.comeBack(b.leave("/sync/new", "preset", accounttest.Name)).says(p.T("choose.title"))
		}
		d := b.get("/sync")
		d.checkPage(b.lang)
		if n := strings.Count(inner(d.root), p.State("choose_calendar").Cause); n != 1 {
			t.Errorf("%d drafts are shown: %s", n, inner(d.root))
		}
		d = b.submit(d, d.action(`/sync/\d+/stop`))
		d.says(p.T("consent.given_up"), p.T("sync.unused"), p.T("choose.title"))
		d.lacks(p.State("choose_calendar").Cause)
		m := regexp.MustCompile(`href="(/accounts/\d+/reconnect)"`).FindStringSubmatch(d.text)
		if m == nil {
			t.Fatalf("what was agreed to cannot be withdrawn any more: %s", inner(d.root))
		}
		b.get(m[1]).says(p.T("consent.clean"))
	})
}

func TestBoxesAreForetoldOnlyWhereThereAreSome(t *testing.T) {
	inEachLanguage(t, func(_ *testing.T, b *browser, p text.Printer) {
		b.get("/sync/new?preset=google").says(p.T("consent.permits"), "☑"+p.T("consent.scope.calendar_events"))
		whole := b.get("/sync/new?preset=graph")
		whole.says(p.T("consent.permits_whole"), p.T("consent.scope.calendars_readwrite"))
		whole.lacks("☑", p.T("consent.permits"))
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

// A program begins a sign-in, and the person's browser is not signed in to us when the page sends it back.
func TestACodeIsInNoPage(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	ids, err := b.house.DB.CompanyIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	who := connection.Who{Company: ids[0]}
	err = b.house.Store.View(t.Context(), ids[0], func(tx engine.Tx) error {
		all, err := tx.Users(t.Context())
		who.User = all[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, page, err := b.house.Connections.Begin(t.Context(), who, connection.Request{Provider: accounttest.Name}, "")
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.far.Consent(page)
	if err != nil {
		t.Fatal(err)
	}
	other := b.lab.browser("en")
	d := other.get(back.RequestURI())
	for _, secret := range []string{back.Query().Get("code"), back.Query().Get("state")} {
		if secret == "" || strings.Contains(d.text, secret) || strings.Contains(d.path, secret) {
			t.Errorf("%q is in the page, or in its address %s", secret, d.path)
		}
	}
	d = other.submit(d, "/sign-in", "email", "alice@example.com", "password", password)
	if !strings.HasPrefix(d.path, "/accounts/") {
		t.Errorf("signed in, and led to %s: %s", d.path, inner(d.root))
	}
	if d := other.get("/oauth/callback"); d.path != "/sync" || len(b.far.Asked) != 1 {
		t.Errorf("kept after it was used: %s, %v", d.path, b.far.Asked)
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
		d.says("☑" + p.T("consent.scope.calendar_events"))
		d.lacks(p.T("consent.scope.calendar_app_created")) // it is asked for when somebody makes a calendar
		if d.id("said") != nil {
			t.Error("it asks what the page said, and the page has said it")
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
		// Whoever turns back here finds the way again.
		unused := b.get("/sync")
		unused.says(p.T("sync.unused"))
		if !strings.Contains(unused.text, `href="`+account+`/reconnect"`) {
			t.Error("an account whose sign-in has ended cannot be signed in to")
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
			d.says(e.Title, e.Cause, e.Next, x.code, p.T("consent.failed"))
			d.lacks(p.State("pending_sign_in").Title)
			list := b.get("/sync")
			list.says(p.T("consent.failed"), e.Title, p.T("consent.retry"))
			list.lacks(p.State("pending_sign_in").Title, p.T("consent.finish"), p.T("sync.last_in"))
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
		d = b.post(connection+"/stop", "mirrors", "keep")
		if d.path != "/sync" || strings.Contains(d.text, connection) {
			t.Errorf("given up: %s: %s", d.path, inner(d.root))
		}
		d.says(p.T("consent.given_up"))
		d.lacks(p.T("sync.stopped")) // nothing had begun
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
		d.says(p.Problem(provider.CodeOtherAccount).Title, p.T("consent.other_account", "is", "mallory@example.com", "was", "alice@example.com"))
		b.get(connection).says(p.State("needs_sign_in").Title, "alice@example.com")
		b.far.Subject, b.far.Email = "sub-1", "alice@example.com"
		b.far.Says = url.Values{"error": {"access_denied"}, "error_description": {"AADSTS50105: <b>secret words</b>"}}
		d = b.comeBack(b.leave(account + "/reconnect"))
		d.says(p.Problem(provider.CodeNotAssigned).Title, "AADSTS50105")
		d.lacks("secret words")
		b.far.Says = nil
		// A page that leads nowhere: what it said is asked here, too.
		d = b.post(account+"/said", "said", "other", "code", "Error AADSTS53003, sorry")
		d.checkPage(b.lang)
		d.says(p.Problem(provider.CodeConditionalAccess).Title, "(AADSTS53003)", p.T("consent.text.greeting"))
		d.lacks("sorry")
		b.get(account + "/reconnect").lacks(p.Problem(provider.CodeConditionalAccess).Title) // said once
		d = b.comeBack(b.leave(account + "/reconnect"))
		d.says(p.T("sync.resumed"))
		b.sync(connection).says(p.State("active").Title)

		sheet := b.get(account + "/clean-sheet")
		sheet.says(p.T("consent.clean_ends"), "Work")
	})
}

func TestACalendarIsMadeOnceItsBoxIsTicked(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.far.Grants = []string{
			"openid", "email", "https://www.googleapis.com/auth/calendar.events", "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
		}
		account, connection := b.connectFar("work")
		b.get(connection).says(p.T("sync.another"))
		d := b.get(account)
		d.checkPage(b.lang)
		d = b.press(d, account, "make", "1", "new_name", "My & yours")
		d.checkPage(b.lang)
		d.says(p.T("choose.may_not", "provider", accounttest.Name))
		d.lacks(p.Problem(provider.CodeMissingPermission).Title)
		if name := d.form(account).Get("new_name"); name != "My & yours" {
			t.Errorf("the name is %q now", name)
		}
		if button := d.id("may-not"); button == nil || !strings.Contains(d.text, `formaction="`+account+`/reconnect"`) {
			t.Fatal("no button leads to where it can be ticked")
		}
		b.get(account + "/reconnect").lacks(p.T("consent.scope.calendar_app_created")) // nobody else is asked for it
		b.far.Grants = nil
		d = b.comeBack(b.leave(account+"/reconnect", "new_name", "My & yours"))
		if d.path != account+"?new_name=My+%26+yours" {
			t.Fatalf("came back to %s", d.path)
		}
		d = b.press(d, account, "make", "1")
		d.says(p.T("choose.made", "calendar", "My & yours"))
		// Whoever signs in again without such a wish is not led there.
		if d := b.comeBack(b.leave(account + "/reconnect")); d.path != "/sync" {
			t.Errorf("came back to %s", d.path)
		}
	})
}

func TestAnAdministratorWhoApprovedNeedNotBeOneOfOurs(t *testing.T) {
	inEachLanguage(t, func(_ *testing.T, b *browser, p text.Printer) {
		for _, who := range []*browser{b, b.lab.browser(b.lang)} {
			d := who.get(web.ReturnPath + "?admin_consent=True&tenant=7a871000")
			d.checkPage(b.lang)
			d.says(p.T("consent.approved.title"), p.T("consent.approved.text"))
		}
		if d := b.get(web.ReturnPath + "?admin_consent=True&error=access_denied"); d.path != "/sync" {
			b.t.Errorf("declined: %s", inner(d.root))
		}
	})
}

// Microsoft's page that asks for an administrator sends people back as if they had cancelled.
func TestWhoCancelsAtMicrosoftIsAskedWhatThePageSaid(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		for kind, open := range map[string]bool{account.Graph: true, account.Google: false} {
			page := regexp.MustCompile(`state=([\w-]+)`).FindStringSubmatch(b.post("/sync/new", "preset", kind).header.Get("Refresh"))
			d := b.get(web.ReturnPath + "?error=access_denied&state=" + page[1])
			d.says(p.Problem(provider.CodeCancelled).Title)
			if said := d.id("said"); said == nil || has(said, "open") != open {
				t.Errorf("%s: asks at once: %v", kind, !open)
			}
		}
	})
}

// TestWhoComesByAnotherAddressIsSentToTheRightOne: the provider's page leads back to one address, where a session of another is unknown.
func TestWhoComesByAnotherAddressIsSentToTheRightOne(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		account, _ := b.connectFar("work")
		for path, form := range map[string]url.Values{
			"/sync/new": values("preset", accounttest.Name), account + "/reconnect": nil, account + "/clean-sheet": nil,
		} {
			at := func(origin string) *doc {
				return b.do(http.MethodPost, path, form, http.Header{"Origin": {origin}, "Sec-Fetch-Site": {"same-origin"}})
			}
			d := at("http://localhost:1")
			d.checkPage(b.lang)
			d.says(p.T("consent.elsewhere"))
			if d.header.Get("Refresh") != "" || d.status != http.StatusConflict || !strings.Contains(d.text, `href="`+b.url+strings.TrimSuffix(path, "/clean-sheet")) {
				t.Errorf("%s from elsewhere: %d %s", path, d.status, inner(d.root))
			}
			if len(b.far.Withdrawn) != 0 {
				t.Errorf("%s: something was withdrawn already", path)
			}
			if strings.HasSuffix(path, "clean-sheet") {
				continue
			}
			if d := at(b.url); d.header.Get("Refresh") == "" {
				t.Errorf("%s from the right address: %s", path, inner(d.root))
			}
		}
	})
}

func TestARegistrationInTestingIsNamedAtOnce(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		e := p.Problem(provider.CodeClientInTesting)
		b.comeBack(b.leave("/sync/new", "preset", accounttest.Name)).lacks(e.Title)
		b.far.Extra = map[string]any{"refresh_token_expires_in": 604799}
		b.comeBack(b.leave("/sync/new", "preset", accounttest.Name)).says(e.Title, e.Next)
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

func TestAnAdministratorChecksTheRegistrations(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.get("/administration").says(p.T("registration.title"))
		d := b.get("/administration/registrations")
		d.checkPage(b.lang)
		d.says("Google", "Microsoft", p.T("registration.step.google_1"), p.T("registration.step.graph_1"), b.url+web.ReturnPath, "TAHTI_GOOGLE_CLIENT_ID",
			"TAHTI_MICROSOFT_CLIENT_SECRET", "https://www.googleapis.com/auth/calendar.events", "Calendars.ReadWrite")
		for _, kind := range []string{account.Google, account.Graph} {
			d := b.post("/administration/registrations/" + kind + "/check")
			d.checkPage(b.lang)
			d.says(p.T("registration.check.address.good"), p.T("registration.check.secret.good"), p.T("registration.check.redirect.good"),
				p.T("registration.check.scopes.good"), p.T("registration.check.testing.unsure"))
			b.house.Accounts.Env.Clients[kind].Secret = "wrong"
			b.post("/administration/registrations/" + kind + "/check").says(p.T("registration.check.secret.bad"))
			b.house.Accounts.Env.Clients[kind].ID = ""
			b.get("/sync/new?preset="+kind).says(p.Problem(provider.CodeNotSetUp).Title, p.T("registration.title"))
			if d := b.post("/administration/registrations/" + kind + "/check"); d.path != "/administration/registrations" {
				t.Errorf("what is not set up was checked: %s", d.path)
			}
		}
		b.get("/administration/registrations").says(p.T("registration.not_set"))
		if d := b.post("/administration/registrations/caldav/check"); d.status != http.StatusNotFound {
			t.Errorf("a kind without a registration: %d", d.status)
		}
		b.post("/administration/users", "name", "Bob", "email", "bob@example.com", "password", password, "role", "regular")
		bob := b.lab.browser(b.lang)
		bob.post("/sign-in", "email", "bob@example.com", "password", password)
		for _, d := range []*doc{bob.get("/administration/registrations"), bob.post("/administration/registrations/google/check")} {
			if d.status != http.StatusForbidden || strings.Contains(d.text, "TAHTI_GOOGLE") {
				t.Errorf("shown to everybody: %d", d.status)
			}
		}
	})
}

// TestABrowserIsLedThroughTheProvidersPages goes there and back in a real browser, between two sites: whether it is led on after a
// form, and whether it still is signed in when it comes back, only a browser knows.
func TestABrowserIsLedThroughTheProvidersPages(t *testing.T) {
	ctx := chromium(t, 2*time.Minute)
	l := newLab(t, true)
	here := strings.Replace(l.url, "127.0.0.1", "localhost", 1)
	l.house.Connections.Redirect = here + web.ReturnPath
	l.browser("en").setUp()
	b := tab{t: t, ctx: ctx, axeCore: axeCore(t)}
	b.do("open", chromedp.Navigate(here+"/sign-in"))
	b.fill("email", "alice@example.com", "password", password)
	b.do("sign in", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Calendar sync")

	b.do("Google", chromedp.Navigate(here+"/sync/new?preset=google"))
	b.shows("Google Calendar")
	b.axe()
	b.do("go on", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Choose an account")
	b.do("choose", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("will learn your name")
	b.do("go on", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Select what")
	b.do("leave all unticked", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Permissions were left out")
	b.axe()
	b.do("again", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Google stand-in")
	b.ticked("nothing")
	b.shows("Choose a calendar")
	b.axe()
	b.do("make one", chromedp.Evaluate[chromedp.Void]("document.querySelector('details:has(#new_name)').open = true"), chromedp.SendKeys(chromedp.CSS("#new_name"), "Mine"),
		chromedp.Click(chromedp.CSS("button[name=make]")))
	b.shows("that takes one more permission")
	b.axe()
	b.do("sign in again", chromedp.Click(chromedp.CSS("#may-not button")))
	b.shows("Google stand-in")
	b.ticked("nothing")
	b.shows("Choose a calendar")
	b.do("make it", chromedp.Click(chromedp.CSS("button[name=make]")))
	b.shows("The calendar Mine was made.")

	b.do("Microsoft", chromedp.Navigate(here+"/sync/new?preset=graph"))
	b.do("go on", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Stand-in for Microsoft")
	b.do("name", chromedp.SendKeys(chromedp.CSS("input[name=user]"), "alice@example.com"), chromedp.SendKeys(chromedp.CSS("input[name=password]"), "secret"),
		chromedp.Click(chromedp.CSS("button[value=signin]")))
	b.shows("Permissions requested")
	b.do("accept", chromedp.Click(chromedp.CSS("button[value=accept]")))
	b.shows("Choose a calendar")
	account, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.pathname"))
	if err != nil {
		t.Fatal(err)
	}
	for path, words := range map[string]string{
		account + "/clean-sheet": "Withdraw and sign in again", account + "/reconnect": "Sign in to the same account again",
		"/administration/registrations": "Check the registration",
	} {
		b.do("look at "+path, chromedp.Navigate(here+path))
		b.shows(words)
		b.axe()
	}
}

// ticked goes through Google's pages and ticks every box but one.
func (b tab) ticked(but string) {
	b.t.Helper()
	for range 4 {
		at, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.host + ' ' + document.querySelectorAll('input[type=checkbox]').length"))
		if err != nil {
			b.t.Fatal(err)
		}
		if strings.HasPrefix(at, "localhost") {
			return
		}
		b.do("tick", chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('input[type=checkbox]').forEach(x => x.checked = !x.value.endsWith('"+but+"'))"),
			chromedp.Click(chromedp.CSS("main form button.main")))
		time.Sleep(300 * time.Millisecond)
	}
}
