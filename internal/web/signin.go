package web

import (
	"errors"
	"net/http"
	"time"

	"tahti/internal/auth"
	"tahti/internal/engine"
	"tahti/internal/store"
)

type signInForm struct {
	Email, Next, Wrong string
}

// showSignIn shows the sign-in form; next leads on afterwards.
func (s *Site) showSignIn(v *visit) error {
	if have, err := s.hasCompany(v.ctx()); err != nil || !have {
		return errors.Join(err, v.redirect("/setup"))
	}
	if v.signedIn {
		return v.redirect(v.form("next"))
	}
	return v.renderSignIn(signInForm{Next: local(v.form("next"))}, http.StatusOK)
}

func (v *visit) renderSignIn(f signInForm, status int) error {
	return v.render(view{template: "signin", title: v.T("sign_in.title"), status: status, data: f})
}

// doSignIn checks address and password, and begins a session.
func (s *Site) doSignIn(v *visit) error {
	f := signInForm{Email: v.form("email"), Next: local(v.form("next"))}
	login, err := s.signIn.Check(v.ctx(), f.Email, v.r.FormValue("password"), s.now())
	var locked *auth.LockedError
	switch {
	case errors.Is(err, auth.ErrWrong):
		f.Wrong = v.T("sign_in.wrong")
		return v.renderSignIn(f, http.StatusUnprocessableEntity)
	case errors.As(err, &locked):
		f.Wrong = v.T("sign_in.locked", "when", v.Ago(locked.Until, v.now))
		v.w.Header().Set("Retry-After", seconds(time.Until(locked.Until)))
		return v.renderSignIn(f, http.StatusTooManyRequests)
	case errors.Is(err, auth.ErrBusy):
		f.Wrong = v.T("sign_in.busy")
		return v.renderSignIn(f, http.StatusServiceUnavailable)
	case err != nil:
		return err
	}
	members, err := s.House.DB.Memberships(v.ctx(), login.ID)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		f.Wrong = v.T("sign_in.inactive")
		return v.renderSignIn(f, http.StatusForbidden)
	}
	m := members[0]
	if err := auth.Begin(v.ctx(), s.sessions, auth.Who{Login: login.ID, Company: m.Company, Member: m.Member, Stamp: auth.Stamp(login.Password)}); err != nil {
		return err
	}
	err = s.House.Store.Tx(v.ctx(), m.Company, func(tx engine.Tx) error {
		return tx.AddAudit(v.ctx(), store.Audit{At: s.now(), Login: login.ID, Member: m.Member, Action: "sign_in"})
	})
	if err != nil {
		return err
	}
	return v.redirect(f.Next)
}

// signOut ends the session.
func (s *Site) signOut(v *visit) error {
	if err := auth.End(v.ctx(), s.sessions); err != nil {
		return err
	}
	return v.redirect("/sign-in")
}
