package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tahti/internal/auth"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

type administrationPage struct {
	Users []crm.User
	Types []typeLine
	Audit []auditLine
	Stop  bool // the company-wide stop is on
	// AppPasswords is where the gateway before the company's own servers issues app passwords.
	AppPasswords string
	Errors       map[string]string
	Form         struct{ Name, Email string }
}

type typeLine struct {
	crm.ActivityType
	Shown string
}

type auditLine struct{ When, Who, Action, Subject string }

// showAdministration is what administrators look after: people, types, the company-wide stop, the audit log.
func (s *Site) showAdministration(v *visit) error {
	return v.renderAdministration(administrationPage{}, http.StatusOK)
}

func (v *visit) renderAdministration(p administrationPage, status int) error {
	if !v.admin() {
		return errForbidden
	}
	// The audit log is not among what a run may read, so it comes from the database itself.
	err := v.site.House.DB.View(v.ctx(), v.who.Company, func(tx *store.Tx) error {
		n, err := v.names(tx)
		if err != nil {
			return err
		}
		p.Users, p.Types, p.Audit = n.users, nil, nil
		for _, t := range n.types {
			p.Types = append(p.Types, typeLine{t, v.typeName(t)})
		}
		audits, err := tx.Audits(v.ctx(), 0, 30)
		if err != nil {
			return fmt.Errorf("read audit log: %w", err)
		}
		for _, a := range audits {
			l := auditLine{When: v.DateTime(a.At.In(v.zone)), Who: n.user(a.Member), Action: v.Word("audit", strings.ReplaceAll(a.Action, ".", "_"))}
			if l.Subject, err = v.auditSubject(tx, &a, n); err != nil {
				return err
			}
			p.Audit = append(p.Audit, l)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.Stop, err = v.stopped(); err != nil {
		return err
	}
	if p.Errors["app_passwords"] == "" {
		if p.AppPasswords, err = v.connections().AppPasswords(v.ctx(), v.who.Company); err != nil {
			return err
		}
	}
	return v.render(view{template: "administration", title: v.T("nav.administration"), section: "administration", status: status, data: p})
}

// auditSubject names what a line of the audit log is about; empty if the action says it, or it is gone.
func (v *visit) auditSubject(tx *store.Tx, a *store.Audit, n *names) (string, error) {
	switch a.Action {
	case "token_created", "token_revoked", "add_account", "revoke":
		return a.Subject, nil // a name already
	}
	kind, number, found := strings.Cut(a.Subject, "/")
	if !found {
		kind, number = "user", a.Subject
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return "", nil //nolint:nilerr // "company": the action says it
	}
	name := ""
	switch kind {
	case "user":
		return n.user(id), nil
	case "connection":
		var c store.Connection
		c, err = tx.Connection(v.ctx(), id)
		name = c.CalendarName
	case "account":
		var acc store.Account
		acc, err = tx.Account(v.ctx(), id)
		name = acc.Label
	}
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return name, err
}

// addUser adds a colleague with a first password.
func (s *Site) addUser(v *visit) error {
	if !v.admin() {
		return errForbidden
	}
	p := administrationPage{Errors: map[string]string{}}
	p.Form.Name, p.Form.Email = v.form("name"), auth.FoldEmail(v.form("email"))
	password := v.r.FormValue("password")
	if p.Form.Name == "" {
		p.Errors["name"] = v.T("invalid.required")
	}
	if !isEmail(p.Form.Email) {
		p.Errors["email"] = v.T("invalid.bad_email")
	}
	v.checkPassword(p.Errors, password, p.Form.Email)
	if len(p.Errors) > 0 {
		return v.renderAdministration(p, http.StatusUnprocessableEntity)
	}
	hash, err := s.hasher.Hash(v.ctx(), password)
	if err != nil {
		return err
	}
	login := store.Login{Email: p.Form.Email, Password: hash, Created: s.now()}
	if err := s.House.DB.PutLogin(v.ctx(), &login); errors.Is(err, store.ErrExists) {
		p.Errors["email"] = v.T("invalid.exists")
		return v.renderAdministration(p, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	err = v.tx(func(tx engine.Tx) error {
		role := crm.Regular
		if v.form("role") == string(crm.Administrator) {
			role = crm.Administrator
		}
		_, err := v.hub().AddUser(v.ctx(), tx, v.by(), crm.User{
			Login: login.ID, Name: p.Form.Name, Email: login.Email, Role: role, TimeZone: v.who.User.TimeZone, Locale: v.Tag(), Active: true,
		})
		return err
	})
	if err != nil {
		return err
	}
	v.say(v.T("common.saved"))
	return v.redirect("/administration")
}

// changeUser lets somebody in or keeps them out.
func (s *Site) changeUser(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	return v.administer(func(tx engine.Tx) error {
		return v.hub().SetActive(v.ctx(), tx, v.by(), id, v.form("active") == "yes")
	})
}

// addType adds an activity type of the company's own.
func (s *Site) addType(v *visit) error {
	return v.administer(func(tx engine.Tx) error {
		_, err := v.hub().SaveType(v.ctx(), tx, v.by(), crm.ActivityType{Name: v.form("name")})
		return err
	})
}

// changeType renames a type, or takes it in or out of use.
func (s *Site) changeType(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	return v.administer(func(tx engine.Tx) error {
		types, err := tx.Types(v.ctx())
		if err != nil {
			return fmt.Errorf("list types: %w", err)
		}
		for _, t := range types {
			if t.ID == id {
				t.Active = v.form("active") == "yes"
				_, err := v.hub().SaveType(v.ctx(), tx, v.by(), t)
				return err
			}
		}
		return store.ErrNotFound
	})
}

// administer does something that only administrators may, and goes back. The hub refuses by itself, too.
func (v *visit) administer(f func(tx engine.Tx) error) error {
	if !v.admin() {
		return errForbidden
	}
	err := v.tx(f)
	var invalid *hub.Invalid
	if errors.As(err, &invalid) {
		p := administrationPage{Errors: map[string]string{"type": v.Word("invalid", invalid.Code)}}
		return v.renderAdministration(p, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	v.say(v.T("common.saved"))
	return v.redirect("/administration")
}

// stopAll is the company-wide stop, and its end.
func (s *Site) stopAll(v *visit) error {
	if v.form("stop") == "yes" {
		if err := v.connections().StopAll(v.ctx(), v.who); err != nil {
			return err
		}
		v.say(v.T("stop_all.done"))
	} else {
		if err := v.connections().ResumeAll(v.ctx(), v.who); err != nil {
			return err
		}
		v.say(v.T("stop_all.resumed"))
	}
	return v.redirect("/administration")
}
