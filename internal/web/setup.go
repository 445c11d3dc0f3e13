package web

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"

	"tahti/internal/auth"
	"tahti/internal/house"
	"tahti/internal/recur"
	"tahti/internal/text"
)

// newCode makes a short random text that people can read to each other.
func newCode() string { return rand.Text()[:8] }

type setupForm struct {
	Company, Name, Email, Zone, Locale, Code string
	AskCode                                  bool
	Zones                                    []string
	Errors                                   map[string]string
}

// showSetup is the first page of a new installation; it is there only while there is no company.
func (s *Site) showSetup(v *visit) error {
	have, err := s.hasCompany(v.ctx())
	if err != nil {
		return err
	}
	if have {
		return v.redirect("/sign-in")
	}
	return v.renderSetup(setupForm{Locale: v.Tag(), Zone: "Europe/Helsinki"}, http.StatusOK)
}

func (v *visit) renderSetup(f setupForm, status int) error {
	f.AskCode, f.Zones = v.site.setupCode != "", zoneNames(f.Zone)
	return v.render(view{template: "setup", title: v.T("setup.title"), status: status, data: f})
}

// setUp makes the company and its first administrator, and signs them in.
func (s *Site) setUp(v *visit) error {
	f := setupForm{
		Company: v.form("company"), Name: v.form("name"), Email: auth.FoldEmail(v.form("email")), Zone: v.form("zone"),
		Locale: v.form("locale"), Code: v.form("code"), Errors: map[string]string{},
	}
	password := v.r.FormValue("password")
	for field, value := range map[string]string{"company": f.Company, "name": f.Name, "email": f.Email} {
		if value == "" {
			f.Errors[field] = v.T("invalid.required")
		}
	}
	if f.Email != "" && !isEmail(f.Email) {
		f.Errors["email"] = v.T("invalid.bad_email")
	}
	if _, err := recur.Location(f.Zone); err != nil {
		f.Errors["zone"] = v.T("invalid.unknown_zone")
	}
	if !text.Known(f.Locale) {
		f.Locale = v.Tag()
	}
	v.checkPassword(f.Errors, password, f.Email)
	if subtle.ConstantTimeCompare([]byte(f.Code), []byte(s.setupCode)) != 1 {
		f.Errors["code"] = v.T("setup.code_wrong")
	}
	if len(f.Errors) > 0 {
		return v.renderSetup(f, http.StatusUnprocessableEntity)
	}
	return s.found(v, f, password)
}

// checkPassword notes what is wrong with a password that somebody chose.
func (v *visit) checkPassword(errs map[string]string, password, email string) {
	var bad *auth.PasswordError
	if err := auth.CheckPassword(password, email); errors.As(err, &bad) {
		errs["password"] = v.Word("password", bad.Code)
	}
}

func (s *Site) found(v *visit, f setupForm, password string) error {
	hash, err := s.hasher.Hash(v.ctx(), password)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	s.founding.Lock()
	defer s.founding.Unlock()
	if have, err := s.hasCompany(v.ctx()); err != nil || have {
		return errors.Join(err, v.redirect("/sign-in"))
	}
	company, user, err := s.House.Found(v.ctx(), house.Founding{
		Company: f.Company, Name: f.Name, Email: f.Email, PasswordHash: hash, TimeZone: f.Zone, Locale: f.Locale,
	})
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	if err := auth.Begin(v.ctx(), s.sessions, auth.Who{Login: user.Login, Company: company, Member: user.ID, Stamp: auth.Stamp(hash)}); err != nil {
		return err
	}
	v.Printer = text.Match(f.Locale, "")
	v.say(v.T("setup.done"))
	return v.redirect("/sync")
}
