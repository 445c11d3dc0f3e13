package web

import (
	"errors"
	"net/http"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// pause lets a connection rest.
func (s *Site) pause(v *visit) error {
	return v.act(v.connections().Pause, v.T("sync.paused"))
}

// resume lets it go on.
func (s *Site) resume(v *visit) error {
	return v.act(v.connections().Resume, v.T("sync.resumed"))
}

// act does something to the connection of the address, and goes back to its page.
func (v *visit) act(f actOn, said string) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if _, err := f(v.ctx(), v.who, id); err != nil {
		return err
	}
	v.say(said)
	return v.redirect(connectionPath(id))
}

// askStop asks what is to become of what sync made.
func (s *Site) askStop(v *visit) error { return s.connectionPage(v, nil, true) }

// stop ends a connection.
func (s *Site) stop(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	choice := v.form("mirrors")
	if choice != "keep" && choice != "remove" {
		return v.redirect(connectionPath(id) + "/stop")
	}
	c, err := v.connections().Stop(v.ctx(), v.who, id, choice == "keep")
	if err != nil {
		return err
	}
	if c.Calendar == "" { // none was chosen yet, so that nothing has begun that could stop
		if err := v.dropDrafts(c.Account); err != nil {
			return err
		}
		v.say(v.T("consent.given_up"))
	} else {
		v.say(v.T("sync.stopped"))
	}
	return v.redirect("/sync")
}

type reconnectForm struct {
	Token    bool // an API token is all that is asked for
	Account  store.ID
	Label    string
	Username string
	URL      string
	Refused  *refused
	Trust    trust
}

// askReconnect asks for the password of an account again.
func (s *Site) askReconnect(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	if s.House.Accounts.ByConsent(acc.Provider) {
		return v.askReconsent(&acc)
	}
	still, err := v.stillRefused(&acc)
	if err != nil {
		return err
	}
	return v.renderReconnect(&acc, reconnectForm{Refused: still}, http.StatusOK)
}

func (v *visit) renderReconnect(acc *store.Account, f reconnectForm, status int) error {
	f.Token = acc.Provider == account.PipedriveToken
	f.Account, f.Label, f.Username, f.URL = acc.ID, acc.Label, acc.Username, acc.Server
	return v.render(view{template: "reconnect", title: v.T("sync.reconnect"), section: "sync", status: status, data: f})
}

// reconnect gives an account a new password; all its connections go on.
func (s *Site) reconnect(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	if s.House.Accounts.ByConsent(acc.Provider) {
		return v.reconsent(&acc)
	}
	sign := account.Credentials{Password: v.r.FormValue("password")}
	f := reconnectForm{Trust: v.trusted()}
	sign.ConfirmHosts = f.Trust.Confirmed
	err = v.connections().Reconnect(v.ctx(), v.who, acc.ID, sign)
	var another *connection.ErrOtherAccount
	r, isRefused := refusedAt(v, err)
	switch {
	case isRefused:
		f.Refused = &r
		f.Trust.ask(err)
		return v.renderReconnect(&acc, f, http.StatusUnprocessableEntity)
	case errors.As(err, &another):
		f.Refused = &refused{Explanation: v.Problem(provider.CodeWrongPassword)}
		return v.renderReconnect(&acc, f, http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	v.say(v.T("sync.resumed"))
	return v.redirect("/sync")
}
