package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
	"tahti/internal/text"
)

// ReturnPath is where providers' sign-in pages send people back to.
const ReturnPath = "/oauth/callback"

// permit is a box on the provider's page.
type permit struct {
	Words   string
	LeftOut bool
}

// consentPage tells what comes when somebody is led to a provider's page, and leads there.
type consentPage struct {
	Kind, Provider string
	Help           string   // the page about it; may be empty
	Account        store.ID // of reconnecting; 0: a new one
	Label          string
	Permits        []permit
	Boxes          bool // they can be left out one by one
	Problem        *text.Explanation
	Technical      string
	AdminText      string
	Action         string // where the button goes
	Clean          bool   // a clean sheet is offered
	Said           *saying
	Elsewhere      string // the page leads back to another address than this one: where to go first
}

// consents are the kinds of accounts that sign in on the provider's own page.
func consents() (list []presetLine) {
	for _, k := range account.Kinds {
		if k.Consents && !k.Premises { // where a server has to be named, its own form leads on
			list = append(list, presetLine{ID: k.Name})
		}
	}
	return list
}

func (v *visit) providerName(kind string) string {
	if v.Has("preset." + kind + ".name") {
		return v.Word("preset", kind+".name")
	}
	return kind
}

// permits are what the provider's page asks for; missing are those that were left out.
func (v *visit) permits(c *oauth.Client, missing []string) (list []permit) {
	needed, _ := c.Permits()
	for _, scope := range needed {
		list = append(list, permit{Words: v.Word("consent.scope", scopeKey(scope)), LeftOut: slices.Contains(missing, scope)})
	}
	return list
}

// scopeKey is a scope's name as the language files have it.
func scopeKey(scope string) string {
	if i := strings.LastIndex(scope, "/"); i >= 0 {
		scope = scope[i+1:]
	}
	return strings.ToLower(strings.ReplaceAll(scope, ".", "_"))
}

// consentOf fills the page for a kind, or says why nobody can sign in with it.
func (v *visit) consentOf(kind string) (p consentPage, c *oauth.Client, err error) {
	p = consentPage{Kind: kind, Help: helpOf(kind), Provider: v.providerName(kind), Action: "/sync/new"}
	c, err = v.site.House.Accounts.Client(kind)
	if e, ok := errors.AsType[*provider.Error](err); ok {
		why := v.ProblemAt(kind, e.Code)
		p.Problem = &why
		return p, nil, nil
	}
	if err == nil {
		p.Permits, p.Boxes = v.permits(c, nil), c.Boxes
	}
	return p, c, err
}

// askConsent tells what comes before a new account is signed in to.
func (v *visit) askConsent(kind string) error {
	p, _, err := v.consentOf(kind)
	if err != nil {
		return err
	}
	v.Printer = v.At(kind)
	return v.renderConsent(p, http.StatusOK)
}

// elsewhere is this page at the address that the provider's page leads back to, where the browser has come by another one, such as
// localhost: it would not be signed in there. The browser itself says where it is; a proxy may hand us another host.
func (v *visit) elsewhere() string {
	back, err := url.Parse(v.connections().Redirect)
	origin := v.r.Header.Get("Origin")
	if err != nil || origin == "" || origin == "null" {
		return ""
	}
	base := back.Scheme + "://" + back.Host
	if origin == base {
		return ""
	}
	return base
}

func (v *visit) renderConsent(p consentPage, status int) error {
	if base := v.elsewhere(); base != "" && p.Permits != nil {
		p.Elsewhere, status = base+"/sync/new?preset="+queryEscape(p.Kind), http.StatusConflict
		if p.Account != 0 {
			p.Elsewhere = base + accountPath(p.Account) + "/reconnect"
		}
	}
	title := v.T("consent.title", "provider", p.Provider)
	if p.Account != 0 {
		title = v.T("sync.reconnect")
	}
	return v.render(view{template: "consent", title: title, section: "sync", status: status, data: p})
}

// beginConsent leads to the provider's page for a new account.
func (v *visit) beginConsent(kind string) error {
	if v.elsewhere() != "" {
		return v.askConsent(kind)
	}
	_, page, err := v.connections().Begin(v.ctx(), v.who, connection.Request{Provider: kind}, v.browser())
	if _, ok := errors.AsType[*provider.Error](err); ok {
		return v.askConsent(kind) // not set up: the page says so
	}
	if err != nil {
		return err
	}
	return v.leave(kind, page, "")
}

// browser is what the session keeps so that a sign-in comes back to the browser in which it began.
func (v *visit) browser() string {
	const key = "browser"
	b := v.site.sessions.GetString(v.ctx(), key)
	if b == "" {
		b = rand.Text()
		v.site.sessions.Put(v.ctx(), key, b)
	}
	return b
}

// leaving is the last page before the provider's.
type leaving struct{ Provider, Page, Permissions string }

// leave leads on to a provider's page. A redirect after a form would be held to the form's targets by some browsers, and with it
// wherever the provider leads on to; so it is a page that leads on by itself, unless permissions has to be looked at first.
func (v *visit) leave(kind, page, permissions string) error {
	if permissions == "" {
		v.w.Header().Set("Refresh", "0; url="+page)
	}
	d := leaving{Provider: v.providerName(kind), Page: page, Permissions: permissions}
	return v.render(view{template: "leaving", title: v.T("consent.leaving", "provider", d.Provider), section: "sync", data: d})
}

// arrive is where the provider's page sends people. An administrator who has approved Tahti for an organisation (providers.md 2.6)
// ends here, too, and need not be one of ours.
func (s *Site) arrive(v *visit) error {
	if v.form("admin_consent") != "" && v.form("state") == "" && v.form("error") == "" {
		d := problem{Title: v.T("consent.approved.title"), Text: v.T("consent.approved.text"), Action: v.T("consent.approved.action"), To: "/sync"}
		return v.render(view{template: "problem", title: d.Title, data: d})
	}
	return s.signedIn(s.comeBack)(v)
}

// comeBack ends a sign-in.
func (s *Site) comeBack(v *visit) error {
	if v.r.Method != http.MethodGet {
		return v.redirect("/sync") // a program that looks whether there is something; the sign-in is for the person
	}
	acc, err := v.connections().Arrive(v.ctx(), v.who, oauth.ParseCallback(v.sentBack()), v.browser())
	code, technical, other := "", "", ""
	if e, ok := errors.AsType[*provider.Error](err); ok {
		code, technical = codeOf(e), e.Status
		s.Log.Info("sign-in by consent failed", "provider", acc.Provider, "code", code, "status", technical)
	} else if e, ok := errors.AsType[*connection.ErrOtherAccount](err); ok {
		code, other = provider.CodeOtherAccount, e.Is
	} else if err != nil {
		return err
	}
	back := s.sessions.PopString(v.ctx(), backKey)
	waiting, chooses, err := v.cameBackTo(&acc)
	if err == nil && code == "" {
		err = v.warnOfTesting(&acc)
	}
	switch {
	case err != nil:
		return err
	case code == "" && strings.HasPrefix(back, accountPath(acc.ID)+"?"):
		return v.redirect(back)
	case code == "" && chooses:
		return v.redirect(accountPath(acc.ID))
	case code == "":
		v.say(v.T("sync.resumed"))
		return v.redirect("/sync")
	case acc.ID == 0 || code == provider.CodeStaleSignIn:
		e := v.Problem(code)
		v.warn(e.Title + ". " + e.Cause + " " + e.Next)
		return v.redirect("/sync")
	case waiting != 0:
		return v.redirect(connectionPath(waiting))
	}
	v.failed(code, technical, other)
	return v.redirect(accountPath(acc.ID) + "/reconnect")
}

// failedKey keeps why a sign-in did not end well for the next page, backKey where one leads back to if it does.
const (
	failedKey = "sign_in_failed"
	backKey   = "sign_in_back"
)

// failed keeps a code, the provider's own codes, and who signed in instead. They are not in the address, where anybody could write
// them.
func (v *visit) failed(code, technical, other string) {
	v.site.sessions.Put(v.ctx(), failedKey, strings.Join([]string{code, technical, other}, "\n"))
}

// warnOfTesting says at once what would end the sign-in after seven days.
func (v *visit) warnOfTesting(acc *store.Account) error {
	testing, err := v.site.House.Accounts.InTesting(v.ctx(), v.who.Company, acc)
	if testing {
		e := v.Problem(provider.CodeClientInTesting)
		v.warn(e.Title + ". " + e.Cause + " " + e.Next)
	}
	return err
}

// cameBackTo answers the connection that waits for an account's sign-in, and whether the account's calendars are to be chosen
// from now.
func (v *visit) cameBackTo(acc *store.Account) (waiting store.ID, chooses bool, err error) {
	if acc.ID == 0 {
		return 0, false, nil
	}
	list, err := v.connections().List(v.ctx(), v.who, false)
	if err != nil {
		return 0, false, err
	}
	connected := false
	for _, c := range list {
		if c.Account != acc.ID {
			continue
		}
		if waits(&c) {
			waiting = c.ID
		}
		connected = true
		chooses = chooses || c.State == store.ChooseCalendar
	}
	chooses = chooses || !connected
	return waiting, chooses, nil
}

// waits reports a connection whose first sign-in has not ended well yet.
func waits(c *store.Connection) bool {
	return c.State == store.PendingSignIn || c.State == store.NeedsPermission && c.Calendar == ""
}

// waitingPage is a connection that waits for a sign-in.
type waitingPage struct {
	consentPage
	Line connectionLine
	Mine bool
}

// saying asks what the provider's page said.
type saying struct {
	Action  string
	Choices []string
	Open    bool // it is likely to have said something
}

// saids are what a provider's page says when it does not send people back (providers.md 1.3 and 2.6), with what it means.
var saids = []struct{ id, kind, code string }{
	{"closed", "", provider.CodeCancelled},
	{"approval", "graph", provider.CodeAdminConsent},
	{"not_assigned", "graph", provider.CodeNotAssigned},
	{"conditional", "graph", provider.CodeConditionalAccess},
	{"blocked", "google", provider.CodeAdminBlocked},
	{"testing", "google", provider.CodeClientInTesting},
	{"address", "", provider.CodeClientRefused},
	{"other", "", provider.CodeSignInRefused},
}

// otherKinds reports a choice that only another provider's page offers.
func otherKinds(of, kind string) bool {
	return of != "" && of != kind && (kind == account.Google || kind == account.Graph || kind == account.Pipedrive)
}

// showWaiting shows what a connection waits for, and asks what the provider's page said.
func (s *Site) showWaiting(v *visit, c *store.Connection) error {
	p, client, err := v.consentOf(c.Provider)
	if err != nil {
		return err
	}
	d := waitingPage{consentPage: p, Mine: c.Member == v.who.User.ID}
	var acc store.Account
	err = v.view(func(tx engine.Tx) error {
		if acc, err = tx.Account(v.ctx(), c.Account); err != nil {
			return err
		}
		d.Line, err = v.connectionLine(tx, c)
		return err
	})
	if err != nil {
		return err
	}
	d.Account, d.Action, d.Clean = acc.ID, accountPath(acc.ID)+"/reconnect", acc.Username != ""
	code := connection.Why(c, v.now)
	if c.State == store.PendingSignIn {
		d.Said = asks(c.Provider, connectionPath(c.ID), code)
	}
	if d.Problem == nil && code != "" {
		e := v.Problem(code)
		d.Problem, d.Technical = &e, c.Health.ErrorStatus
	}
	if client != nil && code == provider.CodeMissingPermission {
		out, err := v.leftOut(&acc)
		if err != nil {
			return err
		}
		d.Permits = v.permits(client, out)
	}
	if client != nil {
		d.AdminText = v.adminText(client, &acc, code, c.Health.ErrorStatus)
	}
	return v.render(view{template: "waiting", title: d.Line.Name, section: "sync", data: d})
}

// leftOut are the permissions that an account's owner left out, as far as that is kept.
func (v *visit) leftOut(acc *store.Account) ([]string, error) {
	out, err := v.site.House.Accounts.Missing(v.ctx(), v.who.Company, acc)
	if provider.ClassOf(err) == provider.SignIn {
		return nil, nil // nothing is kept: the account that the person has already has more
	}
	return out, err
}

// asks is the question what a provider's page said, if the last that is known of a sign-in is a code. Microsoft's page that asks for
// an administrator has one button, and that sends people back as if they had cancelled.
func asks(kind, path, code string) *saying {
	if kind == account.Hybrid {
		kind = account.Graph // it is Microsoft's page
	}
	q := &saying{Action: path + "/said", Open: code == provider.CodeNoAnswer || kind == account.Graph && code == provider.CodeCancelled}
	for _, x := range saids {
		if !otherKinds(x.kind, kind) {
			q.Choices = append(q.Choices, x.id)
		}
	}
	return q
}

// said reads the answer: a choice, or the code that was on the page, which comes first.
func (v *visit) said() (code, technical string) {
	code, technical = oauth.Meaning(v.form("code")), oauth.Codes(v.form("code"))
	for _, x := range saids {
		if code == "" && x.id == v.form("said") {
			code = x.code
		}
	}
	if code == "" {
		code = provider.CodeSignInRefused
	}
	return code, technical
}

// told notes what the provider's page said on the connection that waits for it.
func (s *Site) told(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	code, technical := v.said()
	if _, err := v.connections().Said(v.ctx(), v.who, id, code, technical); err != nil {
		return err
	}
	return v.redirect(connectionPath(id))
}

// toldAgain shows what helps where an account that is connected was signed in to again.
func (s *Site) toldAgain(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	if !s.House.Accounts.ByConsent(acc.Provider) {
		return store.ErrNotFound
	}
	code, technical := v.said()
	v.failed(code, technical, "")
	return v.redirect(accountPath(acc.ID) + "/reconnect")
}
