package house_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/provider"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/pipedrive"
	"tahti/internal/store"
)

// The address that sign-in pages lead back to; nobody listens there, the person is stopped on the way.
const comesBack = "http://127.0.0.1:9/oauth/callback"

// office is a house beside the stand-ins of both providers that sign people in on their own pages.
type office struct {
	*lab
	google    *google.Server
	graph     *graph.Server
	pipedrive *pipedrive.Server
	person    *person
}

func newOffice(t *testing.T, registered ...google.Client) *office {
	t.Helper()
	return openOffice(t, nil, nil, registered...)
}

// openOffice changes how the house is built, and who has a mailbox at Microsoft; nil changes nothing.
func openOffice(t *testing.T, more func(*house.Config), mailboxes []graph.User, registered ...google.Client) *office {
	t.Helper()
	return openBeside(t, &clock{}, more, google.Options{Clients: registered, PlainPush: true}, graph.Options{PlainNotify: true, Users: mailboxes}, pipedrive.Options{})
}

// openBeside is a house beside stand-ins that are as the options say, all by one clock.
func openBeside(t *testing.T, clock *clock, more func(*house.Config), atGoogle google.Options, atMicrosoft graph.Options, crm pipedrive.Options) *office {
	t.Helper()
	o := &office{}
	registered := atGoogle.Clients
	atGoogle.Now, atMicrosoft.Now = clock.Now, clock.Now
	o.google, o.graph = google.New(atGoogle), graph.New(atMicrosoft)
	crm.Now, crm.LocalHooks = clock.Now, true
	crm.Users = []pipedrive.User{
		{Email: "alice@example.com", Name: "Alice", Password: "secret", TimeZone: "Europe/Helsinki"}, {Email: "bob@example.com", Name: "Bob", Password: "secret", APIToken: "bobs-token"},
	}
	o.pipedrive = pipedrive.New(crm)
	g, m, p := httptest.NewServer(o.google), httptest.NewServer(o.graph), httptest.NewServer(o.pipedrive)
	t.Cleanup(p.Close)
	t.Cleanup(g.Close)
	t.Cleanup(m.Close)
	id, secret := google.StandardClient, google.StandardSecret
	if len(registered) > 0 {
		id, secret = registered[0].ID, registered[0].Secret
	}
	o.lab = newHouse(t, setup{
		networks: "10.99.0.0/16", // what people type may not reach this machine; what the operator sets may
		clock:    clock,
		more:     more,
		clients: map[string]oauth.Client{
			account.Google: oauth.Google(g.URL, id, secret), account.Graph: oauth.Microsoft(m.URL, "tahti", "secret"),
			account.Pipedrive: oauth.Pipedrive(p.URL, pipedrive.StandardClient, pipedrive.StandardSecret),
		},
		apis: map[string]string{account.Google: g.URL, account.Graph: m.URL, account.Pipedrive: p.URL},
	})
	o.house.Connections.Redirect = comesBack
	o.person = newPerson(t, "alice@example.com", "secret")
	return o
}

// arrive is the person at the provider's page, and what comes of it; stays says that the page never led back.
func (o *office) arrive(page string) (acc store.Account, stays bool, err error) {
	o.t.Helper()
	back, ok := o.person.visit(page, comesBack)
	if !ok {
		return acc, true, nil
	}
	acc, err = o.house.Connections.Arrive(o.t.Context(), o.who, oauth.ParseCallback(back), "browser")
	return acc, false, err
}

func (o *office) begin(kind string) (store.Connection, string) {
	o.t.Helper()
	c, page, err := o.house.Connections.Begin(o.t.Context(), o.who, connection.Request{Provider: kind, Settings: []byte(`{"start":"everything"}`)}, "browser")
	if err != nil {
		o.t.Fatal(err)
	}
	return c, page
}

// connectTo signs in and connects the primary calendar.
func (o *office) connectTo(kind string) (store.Account, store.Connection) {
	o.t.Helper()
	c, page := o.begin(kind)
	acc, stays, err := o.arrive(page)
	if err != nil || stays {
		o.t.Fatalf("%s: stays %v, %v: %s", kind, stays, err, o.person.last)
	}
	list, err := account.CalendarsOf(&acc)
	if err != nil {
		o.t.Fatal(err)
	}
	chosen := ""
	for _, cal := range list {
		if cal.Primary {
			chosen = cal.ID
		}
	}
	if c, err = o.house.Connections.ChooseCalendar(o.t.Context(), o.who, c.ID, chosen); err != nil {
		o.t.Fatalf("%s: choose %q of %+v: %v", kind, chosen, list, err)
	}
	return acc, c
}

// permit agrees to one more permission.
func (o *office) permit(acc store.ID, scope string) {
	o.t.Helper()
	_, page, err := o.house.Connections.BeginAgain(o.t.Context(), o.who, acc, "browser", scope)
	if err != nil {
		o.t.Fatal(err)
	}
	if _, stays, err := o.arrive(page); stays || err != nil {
		o.t.Fatalf("%s: stays %v, %v: %s", scope, stays, err, o.person.last)
	}
}

func codeOf(err error) string {
	e, _ := errors.AsType[*provider.Error](err)
	if e == nil {
		return ""
	}
	return e.Code
}

// state is how a connection stands once the runner has been at it.
func (o *office) state(id store.ID) (state, reason string) {
	o.t.Helper()
	c, err := o.house.Connections.Get(o.t.Context(), o.who, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return c.State, connection.Why(&c, o.clock.Now())
}

// TestSignInByConsent goes from the provider's page to a calendar in step, over the token's end, a sign-in that is taken back, and
// signing in again.
func TestSignInByConsent(t *testing.T) {
	for kind, x := range map[string]struct {
		takeBack func(o *office) error
		reason   string
	}{
		account.Google: {func(o *office) error { return o.google.Withdraw("alice@example.com") }, provider.CodeSignInEnded},
		account.Graph:  {func(o *office) error { return o.graph.Block("alice@example.com", "50173") }, provider.CodeSignInEnded},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			acc, c := o.connectTo(kind)
			if acc.Label != "alice@example.com" || acc.State != "ok" || !c.Writable {
				t.Errorf("account %+v, connection %+v", acc, c)
			}
			here := o.add("Ours", calendar.WallOf(2026, 12, 1, 10, 0, 0))
			if run := o.sync(c.ID); run.State != "done" {
				t.Fatalf("first run %+v", run)
			}
			o.linked(c.ID, here.ID)
			if kind == account.Google {
				o.permit(acc.ID, oauth.GoogleMakes)
			}
			made, err := o.house.Connections.MakeCalendar(t.Context(), o.who, acc.ID, "Tahti")
			if err != nil || made.Name != "Tahti" {
				t.Errorf("made %+v, %v", made, err)
			}

			// The token ends, and is replaced without anybody noticing.
			o.pass(3 * time.Hour)
			second := o.add("Later", calendar.WallOf(2026, 12, 2, 10, 0, 0))
			if run := o.sync(c.ID); run.State != "done" {
				t.Fatalf("after the token's end: %+v", run)
			}
			o.linked(c.ID, second.ID)

			if err := x.takeBack(o); err != nil {
				t.Fatal(err)
			}
			o.pass(3 * time.Hour)
			if run := o.sync(c.ID); run.State != "failed" {
				t.Errorf("after it was taken back: %+v", run)
			}
			if state, reason := o.state(c.ID); state != store.NeedsSignIn || reason != x.reason {
				t.Errorf("state %s, %s", state, reason)
			}
			_, page, err := o.house.Connections.BeginAgain(t.Context(), o.who, acc.ID, "browser")
			if err != nil {
				t.Fatal(err)
			}
			if _, stays, err := o.arrive(page); err != nil || stays {
				t.Fatalf("signing in again: %v, %v: %s", stays, err, o.person.last)
			}
			third := o.add("Afterwards", calendar.WallOf(2026, 12, 3, 10, 0, 0))
			if run := o.sync(c.ID); run.State != "done" {
				t.Errorf("healed: %+v", run)
			}
			o.linked(c.ID, third.ID)

			_, withdrawn, err := o.house.Connections.Revoke(t.Context(), o.who, acc.ID, true)
			if err != nil || withdrawn != (kind == account.Google) {
				t.Errorf("revoked: %v, %v", withdrawn, err)
			}
		})
	}
}

// linked fails unless an activity is in a connection's calendar.
func (o *office) linked(connection, activity store.ID) {
	o.t.Helper()
	o.tx(func(tx engine.Tx) error {
		l, err := tx.LinkByActivity(o.t.Context(), connection, activity)
		if err != nil || l.State != store.LinkLinked || l.Remote == "" {
			o.t.Errorf("activity %d: %+v, %v", activity, l.State, err)
		}
		return nil
	})
}

// TestEachWayASignInCanEnd meets every refusal that the stand-ins' pages have (providers.md 1.2, 1.3, 2.6).
func TestEachWayASignInCanEnd(t *testing.T) {
	t.Parallel()
	graphBlock := func(code string) func(o *office) error {
		return func(o *office) error { return o.graph.Block("alice@example.com", code) }
	}
	for name, x := range map[string]struct {
		kind   string
		before func(o *office) error
		stays  bool
		says   string // on the page that stays
		code   string
	}{
		"cancelled at Google":    {kind: account.Google, before: func(o *office) error { o.person.cancel = true; return nil }, code: provider.CodeCancelled},
		"cancelled at Microsoft": {kind: account.Graph, before: func(o *office) error { o.person.cancel = true; return nil }, code: provider.CodeCancelled},
		"the box for events":     {kind: account.Google, before: unticking("calendar.events"), code: provider.CodeMissingPermission},
		"the box for the list":   {kind: account.Google, before: unticking("calendarlist"), code: provider.CodeMissingPermission},
		"blocked in Workspace": {
			kind: account.Google, before: func(o *office) error { o.google.Block(true); return nil }, stays: true,
			says: "admin_policy_enforced", code: provider.CodeAdminBlocked,
		},
		"blocked, and sent back": {
			kind: account.Google, before: func(o *office) error {
				o.google.Block(true)
				o.google.SetVariant(google.Variant{BlockGoesBack: true})
				return nil
			}, code: provider.CodeAdminBlocked,
		},
		"not assigned":          {kind: account.Graph, before: graphBlock("50105"), stays: true, says: "AADSTS50105", code: provider.CodeNotAssigned},
		"only an administrator": {kind: account.Graph, before: graphBlock("90094"), stays: true, says: "AADSTS90094", code: provider.CodeAdminConsent},
		"only an administrator, and sent back": {kind: account.Graph, before: func(o *office) error {
			o.graph.SetVariants(graph.Variants{AdminRedirect: true})
			return o.graph.Block("alice@example.com", "90094")
		}, code: provider.CodeAdminConsent},
		"Conditional Access":     {kind: account.Graph, before: graphBlock("53003"), stays: true, says: "AADSTS53003", code: provider.CodeConditionalAccess},
		"our secret has run out": {kind: account.Graph, before: func(o *office) error { return o.graph.Block("*", "7000222") }, code: provider.CodeClientRefused},
		"our registration is unknown": {kind: account.Google, before: func(o *office) error {
			o.house.Accounts.Env.Clients[account.Google].ID = "nobody"
			return nil
		}, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			if err := x.before(o); err != nil {
				t.Fatal(err)
			}
			c, page := o.begin(x.kind)
			_, stays, err := o.arrive(page)
			if stays != x.stays {
				t.Fatalf("stays %v, %v; the page says %s", stays, err, o.person.last)
			}
			if stays {
				if !strings.Contains(o.person.last, x.says) {
					t.Errorf("the page says %s", o.person.last)
				}
				if x.says != "" && oauth.Meaning(o.person.last) != x.code {
					t.Errorf("%q is understood as %q", o.person.last, oauth.Meaning(o.person.last))
				}
				return
			}
			if codeOf(err) != x.code || err != nil && strings.Contains(err.Error(), "alice") {
				t.Fatalf("%v; the page says %s", err, o.person.last)
			}
			state, reason := o.state(c.ID)
			want := store.PendingSignIn
			switch x.code {
			case "":
				want = store.ChooseCalendar
			case provider.CodeMissingPermission:
				want = store.NeedsPermission
			}
			if state != want || reason != x.code {
				t.Errorf("%s, %s", state, reason)
			}
		})
	}
}

func unticking(box string) func(o *office) error {
	return func(o *office) error { o.person.untick = box; return nil }
}

// TestMakingACalendarAsksForItsPermissionThen: who connects a calendar is not asked for what only making one takes. Who wants one
// is asked for that alone, and keeps what was agreed to before, whatever they answer.
func TestMakingACalendarAsksForItsPermissionThen(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, page := o.begin(account.Google)
	if scopes := asks(t, page); strings.Contains(scopes, "app.created") {
		t.Errorf("the first sign-in asks for %s", scopes)
	}
	acc, c := o.connectTo(account.Google)
	o.pass(2 * time.Second)
	o.sync(c.ID) // the first run asks for nothing any more
	before := len(o.google.Requests())
	if _, err := o.house.Connections.MakeCalendar(t.Context(), o.who, acc.ID, "Tahti"); codeOf(err) != provider.CodeOneMore || len(o.google.Requests()) != before {
		t.Errorf("without its permission: %v, %d requests", err, len(o.google.Requests())-before)
	}
	for _, refused := range []string{"app.created", ""} {
		o.person.untick = refused
		_, page, err := o.house.Connections.BeginAgain(t.Context(), o.who, acc.ID, "browser", oauth.GoogleMakes)
		if err != nil {
			t.Fatal(err)
		}
		if scopes := asks(t, page); scopes != "openid email "+oauth.GoogleMakes {
			t.Errorf("the second asks for %s", scopes)
		}
		want := map[string]string{"app.created": provider.CodeMissingPermission}[refused]
		if _, stays, err := o.arrive(page); stays || codeOf(err) != want {
			t.Fatalf("%q left out: %v, %v", refused, stays, err)
		}
		if run := o.sync(c.ID); run.State != "done" {
			t.Errorf("%q left out: the sync goes on as before: %+v", refused, run)
		}
	}
	if _, err := o.house.Connections.MakeCalendar(t.Context(), o.who, acc.ID, "Tahti"); err != nil {
		t.Errorf("with its permission: %v", err)
	}
}

// asks are the scopes that a sign-in page is asked for.
func asks(t *testing.T, page string) string {
	t.Helper()
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("scope")
}

// TestARegistrationInTestingIsNamed: grants of a program that was never published end after seven days.
func TestARegistrationInTestingIsNamed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, google.Client{ID: "testing", Secret: "s", Name: "Tahti", Testing: true, TestUsers: []string{"alice@example.com"}})
	_, c := o.connectTo(account.Google)
	for range 8 * 4 {
		o.pass(6 * time.Hour)
		o.sync(c.ID)
		if state, reason := o.state(c.ID); state == store.NeedsSignIn {
			if reason != provider.CodeClientInTesting {
				t.Errorf("the reason is %s", reason)
			}
			return
		}
	}
	t.Error("it never ended")
}

// TestScopesThatShrink: at a refresh the provider grants less than before.
func TestScopesThatShrink(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, c := o.connectTo(account.Google)
	if err := o.google.Narrow("alice@example.com", "openid", "calendar.calendarlist.readonly"); err != nil {
		t.Fatal(err)
	}
	o.pass(2 * time.Hour)
	o.sync(c.ID)
	if state, reason := o.state(c.ID); state != store.NeedsSignIn || reason != provider.CodeMissingPermission {
		t.Errorf("%s, %s", state, reason)
	}
}

// TestNothingThatIsTypedReachesTheOperatorsAddresses: the stand-ins stand on this machine, where calendars that people type may not.
func TestNothingThatIsTypedReachesTheOperatorsAddresses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	inside := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(inside.Close)
	_, err := o.house.Accounts.Discover(t.Context(), "caldav", account.Credentials{
		URL: strings.Replace(inside.URL, "http:", "https:", 1), Username: "a", Password: "b",
	})
	if codeOf(err) != provider.CodeForbiddenNetwork {
		t.Errorf("%v", err)
	}
	if _, c := o.connectTo(account.Google); c.State != store.Active {
		t.Errorf("%+v", c)
	}
}

// TestTheCheckFindsWhatIsWrongWithARegistration asks the stand-ins, each time with one thing wrong.
func TestTheCheckFindsWhatIsWrongWithARegistration(t *testing.T) {
	t.Parallel()
	all := google.Client{ID: "id", Secret: "secret", Redirects: []string{comesBack}}
	unpublished := all
	unpublished.Testing, unpublished.TestUsers = true, []string{"alice@example.com"}
	undeclared := all
	undeclared.Scopes = []string{"calendar.events"}
	elsewhere := all
	elsewhere.Redirects = []string{"https://tahti.example/other"}
	for name, x := range map[string]struct {
		kind     string
		client   google.Client
		change   func(c *oauth.Client)
		signedIn bool
		want     map[string]oauth.Verdict // what is not good
	}{
		"all is well":                  {kind: account.Google, client: all, signedIn: true},
		"all is well at Microsoft":     {kind: account.Graph, client: all, signedIn: true},
		"nobody has signed in":         {kind: account.Google, client: all, want: map[string]oauth.Verdict{oauth.CheckTesting: oauth.Unsure}},
		"the secret at Google":         {kind: account.Google, client: all, signedIn: true, change: wrongSecret, want: map[string]oauth.Verdict{oauth.CheckSecret: oauth.Bad}},
		"the secret at Microsoft":      {kind: account.Graph, client: all, signedIn: true, change: wrongSecret, want: map[string]oauth.Verdict{oauth.CheckSecret: oauth.Bad}},
		"the redirect address":         {kind: account.Google, client: elsewhere, want: map[string]oauth.Verdict{oauth.CheckRedirect: oauth.Bad, oauth.CheckScopes: oauth.Unsure, oauth.CheckTesting: oauth.Unsure}},
		"never published":              {kind: account.Google, client: unpublished, signedIn: true, want: map[string]oauth.Verdict{oauth.CheckTesting: oauth.Bad}},
		"a permission is not declared": {kind: account.Google, client: undeclared, signedIn: true, want: map[string]oauth.Verdict{oauth.CheckScopes: oauth.Bad}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, x.client)
			if x.signedIn {
				_, page := o.begin(x.kind)
				if _, stays, err := o.arrive(page); stays || err != nil && codeOf(err) != provider.CodeMissingPermission {
					t.Fatalf("%v, %v", stays, err)
				}
			}
			if x.change != nil {
				x.change(o.house.Accounts.Env.Clients[x.kind])
			}
			got, err := o.house.Accounts.CheckRegistration(t.Context(), o.who.Company, x.kind, comesBack)
			if err != nil || len(got) != 5 {
				t.Fatalf("%+v, %v", got, err)
			}
			for _, k := range got {
				want := x.want[k.What]
				if want == "" {
					want = oauth.Good
				}
				if k.Verdict != want {
					t.Errorf("%s is %s (%s), want %s", k.What, k.Verdict, k.Status, want)
				}
			}
		})
	}
}

func wrongSecret(c *oauth.Client) { c.Secret = "wrong" }
