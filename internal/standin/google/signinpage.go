package google

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

// signInPage is what the template shows: the account, one of two consent screens, or an error that does not go back to the
// program (1.2, trap 2).
type signInPage struct {
	standin.Speech
	Nonce, Screen, Attempt string
	Client                 string
	Users                  []User
	Hint, Email, Wrong     string
	Boxes                  []box
	One                    string // the only permission, which has no box
	Error, Detail          string
}

// box is a permission that can be left unticked.
type box struct {
	Scope, Text string
	Ticked      bool
}

// accountPage asks who it is: a button for each account without a password, a form for the others.
func (s *Server) accountPage(w http.ResponseWriter, r *http.Request, id string, a *attempt, wrong string, status int) {
	p := signInPage{Screen: "account", Attempt: id, Client: a.client.Name, Hint: a.hint, Wrong: wrong}
	for _, u := range s.accounts {
		if u.Password == "" {
			p.Users = append(p.Users, u.User)
		} else if p.Hint == "" {
			p.Hint = u.Email
		}
	}
	if status != http.StatusOK {
		w.Header().Set("X-Standin-Refusal", refPassword.Number)
	}
	s.showPage(w, r, p, status)
}

func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	s.showPage(w, r, signInPage{Screen: "error", Error: fmt.Sprintf("%d: %s", f.Status, f.Reason), Detail: f.message}, f.Status)
}

func (s *Server) showPage(w http.ResponseWriter, r *http.Request, p signInPage, status int) {
	p.Nonce, p.Speech = rand.Text(), standin.Speak(r, finnish)
	standin.ShowSignIn(w, status, p.Lang, p.Nonce, signInTemplate, p)
}
