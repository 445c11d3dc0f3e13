package pipedrive

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"

	"tahti/internal/standin"
)

//go:embed signin.html
var signInHTML string

var signInTemplate = template.Must(template.New("signin").Funcs(template.FuncMap{"css": standin.Style}).Parse(signInHTML))

// signInPage is what the template shows: who it is, what the program wants, or an error that does not go back to the program.
type signInPage struct {
	standin.Speech
	Nonce, Screen, Attempt string
	App                    string
	Users                  []User
	Hint, Email, Wrong     string
	Scopes                 []string
	Company, Error, Number string
}

// accountPage asks who it is: a button for each user without a password, a form for the others.
func (s *Server) accountPage(w http.ResponseWriter, r *http.Request, id string, a *attempt, wrong string) {
	p := signInPage{Screen: "account", Attempt: id, App: a.app.Name, Wrong: wrong}
	for _, m := range s.users {
		switch {
		case !m.active:
		case m.Password == "":
			p.Users = append(p.Users, m.User)
		case p.Hint == "":
			p.Hint = m.Email
		}
	}
	status := http.StatusOK
	if wrong != "" {
		status = refPassword.Status
		w.Header().Set("X-Standin-Refusal", refPassword.Number)
	}
	s.showPage(w, r, p, status)
}

// consentPage says what the program may do once it is let in: all of it, or nothing.
func (s *Server) consentPage(w http.ResponseWriter, r *http.Request, id string, a *attempt) {
	p := signInPage{Screen: "consent", Attempt: id, App: a.app.Name, Email: a.who.Email, Company: s.opt.Company.Name}
	for _, x := range s.granted(a.app) {
		p.Scopes = append(p.Scopes, scopeTexts[x])
	}
	s.showPage(w, r, p, http.StatusOK)
}

func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	s.showPage(w, r, signInPage{Screen: "error", Error: f.message, Number: fmt.Sprint(f.Status)}, f.Status)
}

func (s *Server) showPage(w http.ResponseWriter, r *http.Request, p signInPage, status int) {
	p.Nonce, p.Speech = rand.Text(), standin.Speak(r, finnish)
	standin.ShowSignIn(w, status, p.Lang, p.Nonce, signInTemplate, p)
}

// scopeTexts is what the consent page says of the scopes.
var scopeTexts = map[string]string{
	"base":            "See who you are and which company you belong to",
	"activities:read": "See activities and their types",
	"activities:full": "See, create, change and delete activities",
	"contacts:read":   "See people and organizations",
	"contacts:full":   "See, create, change and delete people and organizations",
	"deals:read":      "See deals",
	"deals:full":      "See, create, change and delete deals",
	"users:read":      "See the users of the company",
	"webhooks:read":   "See its own webhooks",
	"webhooks:full":   "Be told of changes through webhooks",
	"admin":           "Administer the company's account",
}
