package connection_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/accounttest"
	"tahti/internal/account/oauth"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// consenting is a rig with a provider that signs people in on its own page.
type consenting struct {
	*rig
	far *accounttest.Server
}

const redirect = "https://tahti.example/oauth/callback"

func newConsenting(t *testing.T) *consenting {
	t.Helper()
	r := newRig(t)
	account.Kinds = append(account.Kinds, accounttest.Kind()) // newRig puts the list back
	c := &consenting{r, accounttest.New(t, r.Now)}
	c.far.Client.Transport, c.far.Client.Now = http.DefaultTransport, r.Now
	r.s.Redirect, r.s.Accounts.Vault = redirect, r.DB
	r.s.Accounts.Env = account.Env{
		Now: r.Now, Trusted: http.DefaultTransport, Clients: map[string]*oauth.Client{accounttest.Name: c.far.Client},
		APIs: map[string]string{accounttest.Name: c.far.URL},
	}
	return c
}

var byConsent = connection.Request{Provider: accounttest.Name}

// begin starts a connection; program says that no browser does.
func (c *consenting) begin(who connection.Who, browser string) (store.Connection, string) {
	c.t.Helper()
	x, page, err := c.s.Begin(c.ctx(), who, byConsent, browser)
	c.ok(err)
	return x, page
}

// answer is the person at the page; what it sends back is answered.
func (c *consenting) answer(page string) oauth.Callback {
	c.t.Helper()
	back, err := c.far.Consent(page)
	c.ok(err)
	if got := back.Scheme + "://" + back.Host + back.Path; got != redirect {
		c.t.Fatalf("sent back to %s", got)
	}
	return oauth.ParseCallback(back.Query())
}

// signIn goes the whole way.
func (c *consenting) signIn(who connection.Who) (store.Account, store.Connection) {
	c.t.Helper()
	x, page := c.begin(who, "browser")
	acc, err := c.s.Arrive(c.ctx(), who, c.answer(page), "browser")
	c.ok(err)
	return acc, c.get(x.ID)
}

func code(err error) string {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return ""
	}
	return e.Code
}

func TestSigningInByConsentLeadsToTheCalendars(t *testing.T) {
	c := newConsenting(t)
	x, page := c.begin(c.alice, "browser")
	if x.State != store.PendingSignIn || x.Reason != "" || !strings.HasPrefix(page, c.far.URL) {
		t.Fatalf("%+v, %s", x, page)
	}
	acc, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
	c.ok(err)
	if acc.State != "ok" || acc.Label != "alice@example.com" || acc.Username != "sub-1" || len(acc.Secret) == 0 {
		t.Errorf("account %+v", acc)
	}
	list, err := account.CalendarsOf(&acc)
	c.ok(err)
	if len(list) != 2 || list[0].ID != "work" {
		t.Errorf("calendars %+v", list)
	}
	if got := c.get(x.ID); got.State != store.ChooseCalendar || got.Account != acc.ID {
		t.Fatalf("connection %+v", got)
	}
	chosen, err := c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
	c.ok(err)
	if chosen.State != store.Active || chosen.Calendar != "work" {
		t.Errorf("chosen %+v", chosen)
	}
	// One account, several calendars: the second needs no sign-in.
	second, err := c.s.Connect(c.ctx(), c.alice, connection.Request{Account: acc.ID, Calendar: "home"})
	c.ok(err)
	if second.Account != acc.ID || second.State != store.Active {
		t.Errorf("second %+v", second)
	}
	if _, err := c.s.MakeCalendar(c.ctx(), c.alice, acc.ID, "Tahti"); code(err) != provider.CodeOneMore {
		t.Errorf("made without its permission: %v", err)
	}
	_, page, err = c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser", oauth.GoogleMakes)
	c.ok(err)
	if asked, err := url.Parse(page); err != nil || asked.Query().Get("scope") != "openid email "+oauth.GoogleMakes {
		t.Errorf("the page asks for more than is wanted: %s", page)
	}
	_, err = c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
	c.ok(err)
	made, err := c.s.MakeCalendar(c.ctx(), c.alice, acc.ID, "Tahti")
	if err != nil || made.Name != "Tahti" {
		t.Errorf("made %+v, %v", made, err)
	}
	if a := c.audits(); a["add_account"] != 1 || a["reconnect"] != 1 {
		t.Errorf("audits %v", a)
	}
}

// TestASignInComesBackOnceToWhoBeganIt is what keeps somebody from putting their own account under another person's activities.
func TestASignInComesBackOnceToWhoBeganIt(t *testing.T) {
	for name, x := range map[string]struct {
		who     func(c *consenting) connection.Who
		browser string
		wait    time.Duration
		issuer  string
		before  func(c *consenting, back oauth.Callback)
	}{
		"another person":  {who: func(c *consenting) connection.Who { return c.bob }, browser: "browser"},
		"another browser": {browser: "other"},
		"no browser":      {browser: ""},
		"too late":        {browser: "browser", wait: 31 * time.Minute},
		"another server":  {browser: "browser", issuer: "https://elsewhere.example"},
		"used before": {browser: "browser", before: func(c *consenting, back oauth.Callback) {
			_, err := c.s.Arrive(c.ctx(), c.alice, back, "browser")
			c.ok(err)
		}},
	} {
		c := newConsenting(t)
		begun, page := c.begin(c.alice, "browser")
		back, who := c.answer(page), c.alice
		if x.who != nil {
			who = x.who(c)
		}
		if x.before != nil {
			x.before(c, back)
		}
		back.Issuer = x.issuer
		c.Pass(x.wait)
		before := c.get(begun.ID)
		asked := len(c.far.Asked)
		if _, err := c.s.Arrive(c.ctx(), who, back, x.browser); code(err) != provider.CodeStaleSignIn {
			t.Errorf("%s: %v", name, err)
		}
		if len(c.far.Asked) != asked {
			t.Errorf("%s: the code was exchanged", name)
		}
		if got := c.get(begun.ID); got.State != before.State || got.Reason != before.Reason {
			t.Errorf("%s: the connection is %s, %s", name, got.State, got.Reason)
		}
		if x.before == nil {
			// Whoever tried has used it up.
			if _, err := c.s.Arrive(c.ctx(), c.alice, back, "browser"); code(err) != provider.CodeStaleSignIn {
				t.Errorf("%s: afterwards: %v", name, err)
			}
		}
	}
	c := newConsenting(t)
	if _, err := c.s.Arrive(c.ctx(), c.alice, oauth.ParseCallback(url.Values{"state": {"made up"}, "code": {"c"}}), ""); code(err) != provider.CodeStaleSignIn {
		t.Errorf("made up: %v", err)
	}
	// A program that began it says nothing of a browser: the person alone has to fit.
	_, page := c.begin(c.alice, "")
	if _, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "any browser"); err != nil {
		t.Errorf("begun by a program: %v", err)
	}
}

func TestWhatThePageSaysIsKeptOnTheConnection(t *testing.T) {
	for name, x := range map[string]struct {
		says url.Values
		code string
	}{
		"cancelled":       {url.Values{"error": {"access_denied"}}, provider.CodeCancelled},
		"admin policy":    {url.Values{"error": {"admin_policy_enforced"}}, provider.CodeAdminBlocked},
		"admin consent":   {url.Values{"error": {"access_denied"}, "error_description": {"AADSTS90094: ask"}}, provider.CodeAdminConsent},
		"something else":  {url.Values{"error": {"teapot"}}, provider.CodeSignInRefused},
		"nothing of use":  {url.Values{}, provider.CodeNoAnswer},
		"their own fault": {url.Values{"error": {"server_error"}}, provider.CodeServer},
	} {
		c := newConsenting(t)
		c.far.Says = x.says
		begun, page := c.begin(c.alice, "browser")
		_, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
		if code(err) != x.code {
			t.Errorf("%s: %v", name, err)
		}
		if got := c.get(begun.ID); got.State != store.PendingSignIn || got.Reason != x.code {
			t.Errorf("%s: the connection is %s, %s", name, got.State, got.Reason)
		}
		// The next try starts clean, with the same connection.
		c.far.Says = nil
		again, page := c.begin(c.alice, "browser")
		if again.ID != begun.ID || again.Reason != "" {
			t.Errorf("%s: begun again as %+v", name, again)
		}
		if _, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser"); err != nil {
			t.Errorf("%s: again: %v", name, err)
		}
	}
}

func TestAPermissionThatWasLeftOutIsNamedFirst(t *testing.T) {
	c := newConsenting(t)
	c.far.Grants = []string{"openid", "email", "https://www.googleapis.com/auth/calendar.events"}
	begun, page := c.begin(c.alice, "browser")
	acc, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Code != provider.CodeMissingPermission || !strings.Contains(e.Status, "calendar.calendarlist.readonly") || strings.Contains(e.Status, "calendar.events") {
		t.Fatalf("%v: %+v", err, e)
	}
	if len(c.far.Calls) != 0 {
		t.Errorf("the calendar was asked %q", c.far.Calls)
	}
	if got := c.get(begun.ID); got.State != store.NeedsPermission || got.Reason != provider.CodeMissingPermission || acc.State != store.NeedsPermission {
		t.Errorf("connection %s, %s; account %s", got.State, got.Reason, acc.State)
	}
	// Signing in once more, with the box ticked.
	c.far.Grants = c.far.Client.Scopes()
	_, page, err = c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser")
	c.ok(err)
	if _, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser"); err != nil {
		t.Fatal(err)
	}
	if got := c.get(begun.ID); got.State != store.ChooseCalendar {
		t.Errorf("connection %s, %s", got.State, got.Reason)
	}
	// An account that has everything keeps it when somebody unticks a box later.
	x, err := c.s.ChooseCalendar(c.ctx(), c.alice, begun.ID, "work")
	c.ok(err)
	c.far.Grants = []string{"openid"}
	_, page, err = c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser")
	c.ok(err)
	if _, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser"); code(err) != provider.CodeMissingPermission {
		t.Fatal(err)
	}
	if got := c.get(x.ID); got.State != store.Active {
		t.Errorf("connection %s, %s", got.State, got.Reason)
	}
	if _, err := c.s.MakeCalendar(c.ctx(), c.alice, acc.ID, "still works"); err != nil {
		t.Error(err)
	}
}

func TestASecondSignInToTheSameAccountIsOneAccount(t *testing.T) {
	c := newConsenting(t)
	first, x := c.signIn(c.alice)
	_, err := c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
	c.ok(err)
	second, y := c.signIn(c.alice)
	if second.ID != first.ID || y.Account != first.ID || y.State != store.ChooseCalendar {
		t.Errorf("account %d and %d; connection %+v", first.ID, second.ID, y)
	}
	c.Tx(func(tx engine.Tx) error {
		all, err := tx.Accounts(c.ctx(), c.alice.User.ID)
		if len(all) != 1 {
			t.Errorf("accounts %+v", all)
		}
		return err
	})
	_, err = c.s.ChooseCalendar(c.ctx(), c.alice, y.ID, "work")
	if _, ok := errors.AsType[*connection.ErrAlreadyConnected](err); !ok {
		t.Errorf("the same calendar twice: %v", err)
	}
	c.far.Subject, c.far.Email = "sub-2", "team@example.com"
	third, _ := c.signIn(c.alice)
	if third.ID == first.ID {
		t.Error("another person's account is the same")
	}
}

func TestReconnectingIsForTheSameAccount(t *testing.T) {
	c := newConsenting(t)
	acc, x := c.signIn(c.alice)
	_, err := c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
	c.ok(err)
	other, err := c.s.Connect(c.ctx(), c.alice, connection.Request{Account: acc.ID, Calendar: "home"})
	c.ok(err)
	for _, id := range []store.ID{x.ID, other.ID} {
		c.set(id, func(x *store.Connection) { x.State, x.Reason = store.NeedsSignIn, provider.CodeSignInEnded })
	}
	if _, _, err := c.s.BeginAgain(c.ctx(), c.bob, acc.ID, "browser"); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("somebody else: %v", err)
	}
	_, page, err := c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser")
	c.ok(err)
	if u, err := url.Parse(page); err != nil || u.Query().Get("login_hint") != "alice@example.com" {
		t.Errorf("the page is not told whom we expect: %s", page)
	}
	c.far.Subject, c.far.Email = "sub-2", "mallory@example.com"
	_, err = c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
	if e, ok := errors.AsType[*connection.ErrOtherAccount](err); !ok || e.Was != "alice@example.com" || e.Is != "mallory@example.com" {
		t.Fatalf("another account: %v", err)
	}
	if got := c.get(x.ID); got.State != store.NeedsSignIn {
		t.Errorf("healed by another account: %+v", got)
	}
	c.far.Subject, c.far.Email = "sub-1", "alice.new@example.com" // an address can change
	_, page, err = c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser")
	c.ok(err)
	again, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
	c.ok(err)
	if again.ID != acc.ID || again.Label != "alice.new@example.com" {
		t.Errorf("account %+v", again)
	}
	for _, id := range []store.ID{x.ID, other.ID} {
		if got := c.get(id); got.State != store.Active || got.Reason != "" {
			t.Errorf("connection %+v", got)
		}
	}
	if a := c.audits(); a["reconnect"] != 1 {
		t.Errorf("audits %v", a)
	}
}

// meanwhile is what happens before a request goes on its way.
type meanwhile func()

func (m meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	m()
	return http.DefaultTransport.RoundTrip(r)
}

// TestTwoSignInsAtATimeAreOneAccount: of two pages that are open for one account that nobody has signed in to, the one that comes
// back second must not put another identity under the calendars of the first.
func TestTwoSignInsAtATimeAreOneAccount(t *testing.T) {
	c := newConsenting(t)
	x, page := c.begin(c.alice, "browser")
	_, other := c.begin(c.alice, "browser")
	mine := c.answer(page)
	theirs := c.answer(other)
	c.s.Accounts.Env.Trusted = meanwhile(func() {
		// While the calendars of the second are listed, the first comes back and chooses.
		c.s.Accounts.Env.Trusted = http.DefaultTransport
		c.far.Subject, c.far.Email = "sub-1", "alice@example.com"
		_, err := c.s.Arrive(c.ctx(), c.alice, mine, "browser")
		c.ok(err)
		_, err = c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
		c.ok(err)
	})
	c.far.Subject, c.far.Email = "sub-2", "second@example.com"
	_, err := c.s.Arrive(c.ctx(), c.alice, theirs, "browser")
	if e, ok := errors.AsType[*connection.ErrOtherAccount](err); !ok || e.Was != "alice@example.com" || e.Is != "second@example.com" {
		t.Errorf("the second identity: %v", err)
	}
	c.Tx(func(tx engine.Tx) error {
		acc, err := tx.Account(c.ctx(), x.Account)
		if acc.Username != "sub-1" || acc.Label != "alice@example.com" {
			t.Errorf("account %+v", acc)
		}
		return err
	})
	if got := c.get(x.ID); got.State != store.Active || got.Calendar != "work" {
		t.Errorf("connection %+v", got)
	}
}

func TestNobodyComesBack(t *testing.T) {
	c := newConsenting(t)
	x, _ := c.begin(c.alice, "browser")
	now := c.get(x.ID)
	if why := connection.Why(&now, c.Now()); why != "" {
		t.Errorf("at once: %q", why)
	}
	c.Pass(connection.Patience)
	if why := connection.Why(&now, c.Now()); why != provider.CodeNoAnswer {
		t.Errorf("after a while: %q", why)
	}
	if _, err := c.s.Said(c.ctx(), c.bob, x.ID, provider.CodeNotAssigned, ""); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("somebody else: %v", err)
	}
	said, err := c.s.Said(c.ctx(), c.alice, x.ID, provider.CodeNotAssigned, "")
	c.ok(err)
	if why := connection.Why(&said, c.Now()); why != provider.CodeNotAssigned {
		t.Errorf("told: %q", why)
	}
	if _, err := c.s.Pause(c.ctx(), c.alice, x.ID); err == nil {
		t.Error("what waits for a sign-in was paused")
	}
	stopped, err := c.s.Stop(c.ctx(), c.alice, x.ID, false)
	if err != nil || stopped.State != store.Stopped {
		t.Errorf("%+v, %v", stopped, err)
	}
	if _, err := c.s.Said(c.ctx(), c.alice, x.ID, provider.CodeNotAssigned, ""); err == nil {
		t.Error("a stopped connection was told")
	}
}

// TestASignInDoesNotBreakTheRest: the provider has asked for no request, and listing calendars would be one (I19).
func TestASignInDoesNotBreakTheRest(t *testing.T) {
	c := newConsenting(t)
	acc, _ := c.signIn(c.alice)
	_, page, err := c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser")
	c.ok(err)
	c.Tx(func(tx engine.Tx) error {
		a, err := tx.Account(c.ctx(), acc.ID)
		c.ok(err)
		a.BlockedUntil = c.Now().Add(time.Hour)
		return tx.PutAccount(c.ctx(), &a)
	})
	calls := len(c.far.Calls)
	if _, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser"); provider.ClassOf(err) != provider.RateLimited {
		t.Errorf("coming back: %v", err)
	}
	if _, _, err := c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser"); provider.ClassOf(err) != provider.RateLimited {
		t.Errorf("beginning: %v", err)
	}
	if len(c.far.Calls) != calls {
		t.Errorf("the calendar was asked %q", c.far.Calls[calls:])
	}
}

func TestColleaguesWhoShareAnAccountAreCounted(t *testing.T) {
	c := newConsenting(t)
	mine, x := c.signIn(c.alice)
	_, err := c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
	c.ok(err)
	_, y := c.signIn(c.bob)
	_, err = c.s.ChooseCalendar(c.ctx(), c.bob, y.ID, "home")
	c.ok(err)
	c.far.Subject, c.far.Email = "sub-2", "bob@example.com"
	c.signIn(c.bob)
	if n, err := c.s.Shared(c.ctx(), c.alice, &mine); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestACleanSheet(t *testing.T) {
	c := newConsenting(t)
	acc, x := c.signIn(c.alice)
	_, err := c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
	c.ok(err)
	second, err := c.s.Connect(c.ctx(), c.alice, connection.Request{Account: acc.ID, Calendar: "home"})
	c.ok(err)
	if _, _, err := c.s.EndsWith(c.ctx(), c.bob, acc.ID); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("somebody else: %v", err)
	}
	_, ends, err := c.s.EndsWith(c.ctx(), c.alice, acc.ID)
	c.ok(err)
	if len(ends) != 2 || len(c.far.Withdrawn) != 0 || c.get(x.ID).State != store.Active {
		t.Fatalf("naming them did something: %+v, %v", ends, c.far.Withdrawn)
	}
	c.far.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(503)
		return strings.HasSuffix(r.URL.Path, "/revoke")
	}
	if _, _, err := c.s.Revoke(c.ctx(), c.alice, acc.ID, true); provider.ClassOf(err) != provider.Transient {
		t.Errorf("the provider is down: %v", err)
	}
	c.far.Fault = nil
	_, withdrawn, err := c.s.Revoke(c.ctx(), c.alice, acc.ID, true)
	c.ok(err)
	if !withdrawn || len(c.far.Withdrawn) != 1 {
		t.Errorf("withdrawn at the provider: %v, %v", withdrawn, c.far.Withdrawn)
	}
	if _, err := c.s.MakeCalendar(c.ctx(), c.alice, acc.ID, "x"); provider.ClassOf(err) != provider.SignIn {
		t.Errorf("a forgotten account opens: %v", err)
	}
	// Signed in again, the same calendars are taken up with what they had.
	_, page, err := c.s.BeginAgain(c.ctx(), c.alice, acc.ID, "browser")
	c.ok(err)
	again, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
	c.ok(err)
	taken, err := c.s.Connect(c.ctx(), c.alice, connection.Request{Account: again.ID, Calendar: "home"})
	c.ok(err)
	if taken.ID != second.ID || taken.State != store.Active {
		t.Errorf("taken up %+v, want %d", taken, second.ID)
	}
}

// Who takes the registration away does not keep anybody from being forgotten.
func TestForgettingWithoutARegistration(t *testing.T) {
	for name, x := range map[string]struct {
		take      func(c *consenting)
		withdrawn bool
	}{
		"its ID is gone":   {func(c *consenting) { c.far.Client.ID, c.far.Client.Secret = "", "" }, true},
		"all of it is":     {func(c *consenting) { c.s.Accounts.Env.Clients = nil }, false},
		"it is still here": {func(*consenting) {}, true},
	} {
		c := newConsenting(t)
		acc, conn := c.signIn(c.alice)
		_, err := c.s.ChooseCalendar(c.ctx(), c.alice, conn.ID, "work")
		c.ok(err)
		x.take(c)
		_, withdrawn, err := c.s.Revoke(c.ctx(), c.alice, acc.ID, true)
		if err != nil || withdrawn != x.withdrawn || len(c.far.Withdrawn) == 1 != x.withdrawn {
			t.Errorf("%s: %v, withdrawn %v", name, err, withdrawn)
		}
		c.Tx(func(tx engine.Tx) error {
			if _, err := tx.Consent(c.ctx(), acc.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: the consent is kept: %v", name, err)
			}
			return nil
		})
	}
}

func TestAProviderThatIsNotSetUp(t *testing.T) {
	c := newConsenting(t)
	c.far.Client.ID = ""
	_, _, err := c.s.Begin(c.ctx(), c.alice, byConsent, "")
	if code(err) != provider.CodeNotSetUp {
		t.Errorf("%v", err)
	}
	if _, err := c.s.Connect(c.ctx(), c.alice, connection.Request{Provider: accounttest.Name}); !errors.Is(err, account.ErrByConsent) {
		t.Errorf("by a password: %v", err)
	}
	if _, _, err := c.s.Begin(c.ctx(), c.alice, connection.Request{Provider: kind}, ""); !errors.Is(err, account.ErrUnknownProvider) {
		t.Errorf("a kind with passwords: %v", err)
	}
	list, err := c.s.List(c.ctx(), c.alice, false)
	c.ok(err)
	if len(list) != 0 {
		t.Errorf("something was left behind: %+v", list)
	}
}

// TestNoTokenIsReadable looks at everything that is stored and said.
func TestNoTokenIsReadable(t *testing.T) {
	c := newConsenting(t)
	_, page := c.begin(c.alice, "browser")
	u, err := url.Parse(page)
	c.ok(err)
	state := u.Query().Get("state")
	acc, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), "browser")
	c.ok(err)
	c.begin(c.alice, "browser")
	var rows []string
	c.ok(c.DB.View(c.ctx(), c.Company, func(tx *store.Tx) error {
		consent, err := tx.Consent(c.ctx(), acc.ID)
		rows = append(rows, string(consent.Sealed), string(acc.Secret), string(acc.Capabilities), acc.Label)
		return err
	}))
	if slices.ContainsFunc(rows, func(s string) bool {
		return strings.Contains(s, "refresh-") || strings.Contains(s, "access-") || strings.Contains(s, state)
	}) {
		t.Error("a token can be read in a row")
	}
}

func TestATokenThatRunsOutIsReplacedInTheStore(t *testing.T) {
	c := newConsenting(t)
	c.far.Grants = c.far.Client.Scopes() // with making calendars, which is what it asks for below
	acc, _ := c.signIn(c.alice)
	kept := func() (k store.Consent) {
		c.Tx(func(tx engine.Tx) (err error) { k, err = tx.Consent(c.ctx(), acc.ID); return err })
		return k
	}
	for round := range int64(3) {
		c.Pass(2 * time.Hour)
		if _, err := c.s.MakeCalendar(c.ctx(), c.alice, acc.ID, "x"); err != nil {
			t.Fatal(err)
		}
		if k := kept(); k.Version != 2+round || !k.Locked.IsZero() || k.Refused != "" {
			t.Errorf("round %d: %+v", round, k)
		}
	}
	c.far.Withdraw()
	c.Pass(2 * time.Hour)
	asked := len(c.far.Asked)
	for range 3 {
		if _, err := c.s.MakeCalendar(c.ctx(), c.alice, acc.ID, "x"); code(err) != provider.CodeSignInEnded {
			t.Fatal(err)
		}
	}
	if k := kept(); k.Refused != provider.CodeSignInEnded || len(c.far.Asked) != asked+1 {
		t.Errorf("%+v after %d requests", k, len(c.far.Asked)-asked)
	}
}
