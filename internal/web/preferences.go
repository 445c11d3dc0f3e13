package web

import (
	"errors"
	"net/http"

	"tahti/internal/auth"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

type preferencesPage struct {
	User   crm.User
	Zones  []string
	Tokens []tokenLine
	New    string // a token that was just made; shown once
	Errors map[string]string
}

type tokenLine struct {
	ID         store.ID
	Name, Used string
}

// showPreferences is Personal preferences: profile, password, API tokens.
func (s *Site) showPreferences(v *visit) error {
	return v.renderPreferences(preferencesPage{User: v.who.User}, http.StatusOK)
}

func (v *visit) renderPreferences(p preferencesPage, status int) error {
	p.Zones = zoneNames(p.User.TimeZone)
	err := v.view(func(tx engine.Tx) error {
		list, err := tx.Tokens(v.ctx(), v.who.User.ID)
		p.Tokens = nil
		for _, t := range list {
			used := v.T("prefs.token_unused")
			if !t.Used.IsZero() {
				used = v.T("prefs.token_used", "when", v.Ago(t.Used, v.now))
			}
			p.Tokens = append(p.Tokens, tokenLine{t.ID, t.Name, used})
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.render(view{template: "preferences", title: v.T("prefs.title"), section: "preferences", status: status, data: p})
}

// saveProfile saves name, language and time zone.
func (s *Site) saveProfile(v *visit) error {
	u := v.who.User
	u.Name, u.Locale, u.TimeZone = v.form("name"), v.form("language"), v.form("zone")
	err := v.tx(func(tx engine.Tx) error {
		_, err := v.hub().SaveUser(v.ctx(), tx, v.by(), u)
		return err
	})
	var invalid *hub.Invalid
	if errors.As(err, &invalid) {
		errs := map[string]string{invalid.Field: v.Word("invalid", invalid.Code)}
		return v.renderPreferences(preferencesPage{User: u, Errors: errs}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	v.say(v.T("common.saved"))
	return v.redirect("/preferences")
}

// savePassword changes the password; the present one is asked for, and guessing it is slowed as at sign-in.
func (s *Site) savePassword(v *visit) error {
	p := preferencesPage{User: v.who.User, Errors: map[string]string{}}
	login, err := s.House.DB.Login(v.ctx(), v.who.User.Login)
	if err != nil {
		return err
	}
	var locked *auth.LockedError
	_, err = s.signIn.Check(v.ctx(), login.Email, v.r.FormValue("current"), s.now())
	switch {
	case errors.Is(err, auth.ErrWrong):
		p.Errors["current"] = v.T("prefs.password_wrong")
	case errors.As(err, &locked):
		p.Errors["current"] = v.T("sign_in.locked", "when", v.Ago(locked.Until, v.now))
	case err != nil:
		return err
	}
	password := v.r.FormValue("password")
	v.checkPassword(p.Errors, password, login.Email)
	if len(p.Errors) > 0 {
		return v.renderPreferences(p, http.StatusUnprocessableEntity)
	}
	hash, err := s.hasher.Hash(v.ctx(), password)
	if err != nil {
		return err
	}
	if err := s.signIn.Logins.SavePassword(v.ctx(), login.ID, hash); err != nil {
		return err
	}
	// All sessions that began under the old password are over; this one goes on as a new one.
	who := auth.Who{Login: login.ID, Company: v.who.Company, Member: v.who.User.ID, Stamp: auth.Stamp(hash)}
	if err := auth.Begin(v.ctx(), s.sessions, who); err != nil {
		return err
	}
	v.say(v.T("prefs.password_saved"))
	return v.redirect("/preferences")
}

// addToken makes an API token and shows it once.
func (s *Site) addToken(v *visit) error {
	name := v.form("name")
	if name == "" {
		errs := map[string]string{"token": v.T("invalid.required")}
		return v.renderPreferences(preferencesPage{User: v.who.User, Errors: errs}, http.StatusUnprocessableEntity)
	}
	token, hash := auth.NewToken()
	err := v.tx(func(tx engine.Tx) error {
		t := store.APIToken{Member: v.who.User.ID, Name: shortened(name), Hash: hash, Created: s.now()}
		if err := tx.PutToken(v.ctx(), &t); err != nil {
			return err
		}
		return tx.AddAudit(v.ctx(), store.Audit{At: s.now(), Login: v.who.User.Login, Member: v.who.User.ID, Action: "token_created", Subject: t.Name})
	})
	if err != nil {
		return err
	}
	return v.renderPreferences(preferencesPage{User: v.who.User, New: token}, http.StatusOK)
}

// revokeToken withdraws one of the visitor's tokens.
func (s *Site) revokeToken(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	err = v.tx(func(tx engine.Tx) error {
		list, err := tx.Tokens(v.ctx(), v.who.User.ID)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.ID != id {
				continue
			}
			if err := tx.DeleteToken(v.ctx(), id); err != nil {
				return err
			}
			return tx.AddAudit(v.ctx(), store.Audit{At: s.now(), Login: v.who.User.Login, Member: v.who.User.ID, Action: "token_revoked", Subject: t.Name})
		}
		return store.ErrNotFound
	})
	if err != nil {
		return err
	}
	v.say(v.T("prefs.token_revoked"))
	return v.redirect("/preferences")
}
