package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/provider"
)

// presetLine is a service on the first page of connecting.
type presetLine struct {
	ID, Name string
	On       bool
}

type connectForm struct {
	Presets             []presetLine
	Preset, Name, Hint  string
	NeedsHost, Other    bool
	Exchange            bool // an organisation's own server
	Microsoft           bool // which may sign people in at Microsoft
	Token               bool // an API token is all that is asked for
	Help                string
	URL, Host, Username string
	Email               string
	Errors              map[string]string
	Refused             *refused
	Field               string // the input that the problem is about
	Trust               trust
}

// trust is about hosts that the server points to: the password goes there only once the person agrees.
type trust struct {
	Ask       string   // the one that a problem is about
	Confirmed []string // on this form already
}

// maxTrust bounds the hosts of one form; no server points to as many.
const maxTrust = 8

// trusted reads what was confirmed so far.
func (v *visit) trusted() trust {
	list := v.r.Form["confirm_host"]
	return trust{Confirmed: list[:min(len(list), maxTrust)]}
}

// ask takes the host out of an error that is about one.
func (t *trust) ask(err error) {
	if u, ok := errors.AsType[*provider.Unconfirmed](err); ok {
		t.Ask = u.Host
	}
}

// other is the preset for every server without one.
const other = "other"

// newAccount asks which calendar it is, and then for the sign-in.
func (s *Site) newAccount(v *visit) error {
	preset := v.form("preset")
	if preset == account.Hybrid {
		preset = account.EWS // whose form asks for the server
	}
	if s.House.Accounts.ByConsent(preset) {
		return v.askConsent(preset)
	}
	return v.renderConnect(connectForm{Preset: preset}, http.StatusOK)
}

// kindOf is the kind of account that a preset is about.
func kindOf(preset string) string {
	if preset == account.EWS || preset == account.PipedriveToken {
		return preset
	}
	return account.CalDAV
}

func (v *visit) renderConnect(f connectForm, status int) error {
	v.Printer, f.Help = v.At(kindOf(f.Preset)), helpOf(kindOf(f.Preset))
	f.Exchange, f.Token = kindOf(f.Preset) == account.EWS, kindOf(f.Preset) == account.PipedriveToken
	if _, err := v.site.House.Accounts.Client(account.Hybrid); f.Exchange && err == nil {
		f.Microsoft = true
	}
	for _, c := range consents() {
		f.Presets = append(f.Presets, presetLine{c.ID, v.providerName(c.ID), false})
	}
	for _, p := range v.site.presets() {
		f.Presets = append(f.Presets, presetLine{p.ID, v.presetName(p), p.ID == f.Preset})
		if p.ID == f.Preset {
			f.Name, f.NeedsHost, f.Other = v.presetName(p), p.NeedsHost, p.ID == other
			f.Hint = v.presetHint(p)
		}
	}
	return v.render(view{template: "connect", title: v.T("connect.title"), section: "sync", status: status, data: f})
}

func (s *Site) presets() []Preset {
	return append(append([]Preset{{ID: account.PipedriveToken}, {ID: account.EWS}}, s.Presets...), Preset{ID: other})
}

func (v *visit) presetName(p Preset) string {
	if key := "preset." + p.ID + ".name"; v.Has(key) {
		return v.Word("preset", p.ID+".name")
	}
	return p.Name
}

func (v *visit) presetHint(p Preset) string {
	if v.Has("preset." + p.ID + ".hint") {
		return v.Word("preset", p.ID+".hint")
	}
	return v.Word("preset", "other.hint")
}

// findCalendars signs in at the provider. What went wrong is said as cause and next step, and the form keeps its fields.
func (s *Site) findCalendars(v *visit) error {
	if kind := v.form("preset"); s.House.Accounts.ByConsent(kind) {
		return v.beginConsent(kind)
	}
	f := connectForm{
		Preset: v.form("preset"), URL: v.form("url"), Host: v.form("host"), Username: v.form("username"), Email: v.form("email"), Errors: map[string]string{},
	}
	password := v.r.FormValue("password")
	f.Trust = v.trusted()
	if kindOf(f.Preset) == account.EWS && v.form("microsoft") != "" {
		return v.beginHybrid(f)
	}
	cred, ok := s.credentials(v, &f, password)
	if !ok {
		return v.renderConnect(f, http.StatusUnprocessableEntity)
	}
	acc, err := v.connections().AddAccount(v.ctx(), v.who, kindOf(f.Preset), cred)
	if err != nil {
		return v.connectFailed(f, err)
	}
	return v.redirect(accountPath(acc.ID))
}

// beginHybrid leads to Microsoft's page for an account at an organisation's own Exchange server, which is asked first whether it takes that.
// A password that was typed goes nowhere.
func (v *visit) beginHybrid(f connectForm) error {
	if !isEmail(f.Email) {
		f.Errors["email"] = v.T("invalid.bad_email")
		return v.renderConnect(f, http.StatusUnprocessableEntity)
	}
	if v.elsewhere() != "" {
		return v.askConsent(account.Hybrid)
	}
	r := connection.Request{Provider: account.Hybrid, Sign: account.Credentials{URL: f.URL, Email: f.Email}}
	_, page, err := v.connections().Begin(v.ctx(), v.who, r, v.browser())
	if err != nil {
		return v.connectFailed(f, err)
	}
	return v.leave(account.Hybrid, page, "")
}

// credentials reads the form: the address of a preset, or what was typed.
func (s *Site) credentials(v *visit, f *connectForm, password string) (account.Credentials, bool) {
	exchange, token := kindOf(f.Preset) == account.EWS, kindOf(f.Preset) == account.PipedriveToken
	if exchange && !isEmail(f.Email) {
		f.Errors["email"] = v.T("invalid.bad_email")
	}
	if !exchange && !token && f.Username == "" && (f.Preset != other || f.URL == "") {
		f.Errors["username"] = v.T("invalid.required")
	}
	if password == "" {
		f.Errors["password"] = v.T("invalid.required")
	}
	cred := account.Credentials{URL: f.URL, Email: f.Email, Username: f.Username, Password: password, ConfirmHosts: f.Trust.Confirmed}
	if !exchange && isEmail(f.Username) {
		cred.Email = f.Username
	}
	for _, p := range s.Presets {
		if p.ID != f.Preset {
			continue
		}
		if p.NeedsHost && f.Host == "" {
			f.Errors["host"] = v.T("invalid.required")
		}
		cred.URL = p.Start(f.Username, hostOf(f.Host))
		if strings.Contains(f.Host, "://") && len(strings.Trim(pathOf(f.Host), "/")) > 0 {
			cred.URL = f.Host // a whole address was pasted: it is more exact than the preset's
		}
	}
	return cred, len(f.Errors) == 0
}

// hostOf takes the host out of what people paste.
func hostOf(s string) string {
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return u.Host
	}
	host, _, _ := strings.Cut(s, "/")
	return host
}

func pathOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Path
}

// fieldOf is the input that a problem of discovery is about.
var fieldOf = map[string]string{
	"wrong_password": "password", "app_password": "password", "sign-in": "password", "sign_in_kind": "url",
	"wrong_address": "url", "unreachable": "url", "not_a_calendar": "url", "no_calendars": "url", "expired_certificate": "url",
	"unknown_issuer": "url", "wrong_host_certificate": "url", "plain_http": "url", "forbidden_network": "url", "unconfirmed_redirect": "url",
	"not_discovered": "url", "hybrid_not_offered": "password", "sign_in_changed": "password", account.CodeWrongToken: "password", "password_expired": "password", account.CodeGatewayPassword: "password",
}

func (v *visit) connectFailed(f connectForm, err error) error {
	r, ok := refusedAt(v, err)
	if !ok {
		return err
	}
	f.Refused, f.Field = &r, fieldOf[r.Code]
	if f.Trust.ask(err); f.Trust.Ask != "" {
		f.Field = "" // the address may well be right
	}
	if f.Field == "url" && f.Preset != other && kindOf(f.Preset) == account.CalDAV {
		f.Field = "host"
	}
	v.site.Log.Info("connecting failed", "code", r.Code, "status", r.Technical)
	return v.renderConnect(f, http.StatusUnprocessableEntity)
}
