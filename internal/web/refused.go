package web

import (
	"errors"
	"net/http"
	"strings"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/provider"
	"tahti/internal/store"
	"tahti/internal/text"
)

// refused is why a sign-in with a password did not work, and what helps.
type refused struct {
	text.Explanation
	Technical string
	Letter    string // for the administrator; empty where they can't help
	Perhaps   bool   // it helps only if the cause is another one than it seems
	Where     string // app passwords are made, in the administrator's words; empty where none is wanted
	Link      string // of the same, if it is an address
	Cloud     bool   // Microsoft 365 is offered instead
	Microsoft bool   // a sign-in at Microsoft to the same server is
}

// Password reports that another password is what helps.
func (r *refused) Password() bool { return fieldOf[r.Code] == "password" }

// refusedAt explains a refused sign-in. ok is false where the error is about something else.
func refusedAt(v *visit, err error) (r refused, ok bool) {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return r, false
	}
	why, ok := errors.AsType[*connection.Refused](err)
	if !ok {
		why = &connection.Refused{Code: codeOf(e)}
	}
	r = v.refusal(why)
	r.Technical = e.Status
	return r, true
}

func (v *visit) refusal(why *connection.Refused) refused {
	r := refused{Explanation: v.Connecting(why.Kind, why.Code)}
	remedy, letter := account.Remedy(why.Kind, why.Code)
	if letter != "" {
		r.Letter, r.Perhaps = v.Letter(letter, why.Account, why.Server, r.Title), remedy == account.RemedyPassword || remedy == account.RemedyAppPassword
	}
	if remedy == account.RemedyAppPassword {
		r.Where = why.AppPasswords
		if strings.HasPrefix(r.Where, "https://") && !strings.ContainsAny(r.Where, " \"<>") {
			r.Link = r.Where
		}
	}
	r.Cloud, r.Microsoft = remedy == account.RemedyMicrosoft365, remedy == account.RemedyMicrosoft
	return r
}

// stillRefused explains why an account that is there needs another sign-in; nil where the page that asks for it says enough.
func (v *visit) stillRefused(acc *store.Account) (*refused, error) {
	where, err := v.connections().AppPasswords(v.ctx(), v.who.Company)
	if err != nil {
		return nil, err
	}
	why := &connection.Refused{
		Kind: acc.Provider, Code: account.Cause(acc.Provider, acc.Reason, where), Account: acc.Label, Server: acc.Server, AppPasswords: where,
	}
	if remedy, _ := account.Remedy(why.Kind, why.Code); remedy == "" || acc.State != store.NeedsSignIn {
		return nil, nil
	}
	r := v.refusal(why)
	return &r, nil
}

// causeOf explains why a connection does not sync, as it is kept with it.
func (v *visit) causeOf(c *store.Connection, company *store.Company, code string) *text.Explanation {
	e := v.ProblemAt(c.Provider, account.Cause(c.Provider, code, company.AppPasswords))
	return &e
}

// stateAppPasswords notes where the gateway before the company's own servers issues app passwords.
func (s *Site) stateAppPasswords(v *visit) error {
	err := v.connections().StateAppPasswords(v.ctx(), v.who, v.form("app_passwords"))
	if errors.Is(err, connection.ErrAppPasswords) {
		p := administrationPage{Errors: map[string]string{"app_passwords": v.T("admin.app_passwords_bad")}, AppPasswords: v.form("app_passwords")}
		return v.renderAdministration(p, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	v.say(v.T("common.saved"))
	return v.redirect("/administration")
}
