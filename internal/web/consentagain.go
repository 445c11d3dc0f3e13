package web

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// askReconsent tells what comes before an account is signed in to again, and what went wrong just now.
func (v *visit) askReconsent(acc *store.Account) error {
	p, client, err := v.consentOf(acc.Provider)
	if err != nil {
		return err
	}
	p.Account, p.Label, p.Action, p.Clean = acc.ID, acc.Label, accountPath(acc.ID)+"/reconnect", acc.Username != ""
	code := ""
	if kept := strings.Split(v.site.sessions.PopString(v.ctx(), failedKey), "\n"); len(kept) == 3 && p.Problem == nil {
		code = kept[0]
		e := v.Problem(code)
		if other := kept[2]; other != "" {
			e.Cause = v.T("consent.other_account", "was", acc.Label, "is", other)
		}
		p.Problem, p.Technical = &e, kept[1]
		p.AdminText = v.adminText(client, acc, code, p.Technical)
	}
	if client != nil {
		out, err := v.leftOut(acc)
		if err != nil {
			return err
		}
		p.Permits, p.Said = v.permits(client, out), asks(acc.Provider, accountPath(acc.ID), code)
	}
	return v.renderConsent(p, http.StatusOK)
}

// reconsent leads to the provider's page for an account that is there.
func (v *visit) reconsent(acc *store.Account) error {
	if v.elsewhere() != "" {
		return v.askReconsent(acc)
	}
	var more []string
	back := ""
	if name := v.form("new_name"); name != "" { // it lacks the permission to make a calendar, and is asked for that alone
		back = accountPath(acc.ID) + "?new_name=" + queryEscape(name)
		if client, err := v.site.House.Accounts.Client(acc.Provider); err == nil {
			_, more = client.Permits()
		}
	}
	_, page, err := v.connections().BeginAgain(v.ctx(), v.who, acc.ID, v.browser(), more...)
	if e, ok := errors.AsType[*provider.Error](err); ok {
		v.failed(codeOf(e), e.Status, "")
		return v.askReconsent(acc)
	}
	if err != nil {
		return err
	}
	v.site.sessions.Put(v.ctx(), backKey, back)
	return v.leave(acc.Provider, page, "")
}

// cleanSheet names what ends when everything is withdrawn and agreed to anew.
type cleanSheet struct {
	Account                      store.ID
	Label, Provider, Permissions string
	Ends                         []string
	Others                       int // connections of colleagues that end, too
	Problem                      string
}

// askCleanSheet names the connections that end.
func (s *Site) askCleanSheet(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	return v.renderCleanSheet(&acc, "", http.StatusOK)
}

func (v *visit) renderCleanSheet(acc *store.Account, problem string, status int) error {
	if !v.site.House.Accounts.ByConsent(acc.Provider) {
		return store.ErrNotFound // a password is withdrawn elsewhere
	}
	_, ends, err := v.connections().EndsWith(v.ctx(), v.who, acc.ID)
	if err != nil {
		return err
	}
	d := cleanSheet{
		Account: acc.ID, Label: acc.Label, Provider: v.providerName(acc.Provider), Permissions: v.site.House.Accounts.Permissions(acc), Problem: problem,
	}
	if d.Others, err = v.connections().Shared(v.ctx(), v.who, acc); err != nil {
		return err
	}
	for _, c := range ends {
		if c.CalendarName != "" {
			d.Ends = append(d.Ends, c.CalendarName)
		}
	}
	return v.render(view{template: "cleansheet", title: v.T("consent.clean"), section: "sync", status: status, data: d})
}

// startAfresh withdraws what was agreed to, and leads to the provider's page to agree anew.
func (s *Site) startAfresh(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	if !s.House.Accounts.ByConsent(acc.Provider) {
		return store.ErrNotFound
	}
	if v.elsewhere() != "" {
		return v.askReconsent(&acc) // before anything is withdrawn
	}
	_, withdrawn, err := v.connections().Revoke(v.ctx(), v.who, acc.ID, true)
	if e, ok := errors.AsType[*provider.Error](err); ok {
		why := v.Problem(codeOf(e))
		return v.renderCleanSheet(&acc, why.Title+". "+why.Cause, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	_, page, err := v.connections().BeginAgain(v.ctx(), v.who, acc.ID, v.browser())
	if err != nil {
		return err
	}
	permissions := ""
	if !withdrawn {
		permissions = s.House.Accounts.Permissions(&acc)
	}
	return v.leave(acc.Provider, page, permissions)
}

// forOrganisation are the causes that an organisation's administrator can mend; forOperator those that Tahti's own can.
var (
	forOrganisation = map[string]bool{
		provider.CodeAdminConsent: true, provider.CodeAdminBlocked: true, provider.CodeNotAssigned: true, provider.CodeConditionalAccess: true,
	}
	forOperator = map[string]bool{provider.CodeClientRefused: true, provider.CodeClientInTesting: true}
)

// adminText is what a person can send to the administrator who can mend the cause; empty where none is needed.
func (v *visit) adminText(c *oauth.Client, acc *store.Account, code, status string) string {
	if _, letter := account.Remedy(acc.Provider, code); c != nil && letter != "" {
		return v.Letter(letter, cmp.Or(acc.Label, v.who.User.Email), acc.Server, v.Problem(code).Title)
	}
	if c == nil || !forOrganisation[code] && !forOperator[code] {
		return ""
	}
	name, answer := v.providerName(acc.Provider), v.Problem(code).Title
	if status != "" {
		answer += " (" + status + ")"
	}
	needed, later := c.Permits()
	lines := []string{v.T("consent.text.greeting"), ""}
	if forOrganisation[code] {
		label := acc.Label
		if label == "" {
			label = v.who.User.Email
		}
		lines = append(lines, v.T("consent.text.wish", "email", label, "provider", name), v.T("consent.text.answer", "answer", answer))
	} else {
		lines = append(lines, v.T("consent.text.fails", "provider", name), v.T("consent.text.answer", "answer", answer))
	}
	lines = append(lines, "", v.T("consent.text.client", "id", c.ID), v.T("consent.text.scopes", "scopes", strings.Join(append(needed, later...), " ")),
		v.T("consent.text.redirect", "address", v.connections().Redirect))
	if how := v.how(c, acc.Provider, code); how != "" {
		lines = append(lines, "", how)
	}
	return strings.Join(lines, "\n")
}

// how is where the administrator mends it.
func (v *visit) how(c *oauth.Client, kind, code string) string {
	switch {
	case code == provider.CodeClientInTesting:
		return v.T("consent.text.publish")
	case code == provider.CodeClientRefused:
		return v.T("consent.text.compare")
	case code == provider.CodeConditionalAccess:
		return ""
	case c.Approve() != "":
		return v.T("consent.text.approve", "address", c.Approve())
	case kind == "google":
		return v.T("consent.text.trust")
	}
	return ""
}
