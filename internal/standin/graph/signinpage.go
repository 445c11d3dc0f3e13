package graph

import (
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"tahti/internal/standin"
)

//go:embed signin.html
var signInHTML string

var signInTemplate = template.Must(template.New("signin.html").Parse(signInHTML))

// pageView is what the sign-in page shows.
type pageView struct {
	standin.Speech
	Nonce   string
	Step    string // login, consent, admin, blocked, approved, over, error or post
	Tenant  string
	Request string // the query of the request, carried from step to step
	App     string
	User    string
	Ticket  string
	// Accounts are offered while the address is typed, as the original offers those that it remembers.
	Accounts []string
	Scopes   []string
	Problem  string
	Code     string
	Action   string // of a form that is posted back to the program
	Fields   []pageField
}

type pageField struct{ Name, Value string }

// showPage renders. The page is shown nowhere inside another and runs no script.
func (s *Server) showPage(w http.ResponseWriter, r *http.Request, status int, v pageView) {
	v.Nonce, v.Speech = rand.Text(), standin.Speak(r, finnish)
	if v.Step == "login" || v.Step == "admin" {
		for _, b := range s.boxes {
			v.Accounts = append(v.Accounts, b.Name)
		}
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", v.Lang)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+"'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_ = signInTemplate.Execute(w, v) // what can fail is the connection, and then nobody is left to be told
}

// errorPage is a page of Microsoft's on which the browser stays.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	status := f.Status
	if f.Number == refConditional.Number {
		status = http.StatusOK // its other status is the token endpoint's
	}
	s.showPage(w, r, status, pageView{Step: "error", App: s.opt.App.Name, Problem: f.detail, Code: f.Code})
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, tenant string, q url.Values, user string, f *failure) {
	v := pageView{Step: "login", Tenant: tenant, Request: q.Encode(), App: s.opt.App.Name, User: user}
	if f != nil {
		w.Header().Set("X-Standin-Refusal", f.Number)
		v.Problem, v.Code = f.detail, f.Code
	}
	s.showPage(w, r, http.StatusOK, v)
}

func (s *Server) showConsent(w http.ResponseWriter, r *http.Request, tenant string, a *authorization, b *mailbox, ticket string) {
	s.showPage(w, r, http.StatusOK, pageView{
		Step: "consent", Tenant: tenant, Request: a.query.Encode(), App: s.opt.App.Name, User: b.Name, Ticket: ticket, Scopes: consentWords(a.scopes),
	})
}

// showBlocked says that an administrator is needed; the way back is there to be pressed.
func (s *Server) showBlocked(w http.ResponseWriter, r *http.Request, tenant string, a *authorization, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	s.showPage(w, r, f.Status, pageView{Step: "blocked", Tenant: tenant, Request: a.query.Encode(), App: s.opt.App.Name, Problem: f.detail, Code: f.Code})
}

// showPost is the answer by response_mode=form_post, without the script that the original sends it with.
func (s *Server) showPost(w http.ResponseWriter, r *http.Request, action string, q url.Values) {
	v := pageView{Step: "post", App: s.opt.App.Name, Action: action}
	for k, list := range q {
		for _, x := range list {
			v.Fields = append(v.Fields, pageField{k, x})
		}
	}
	slices.SortFunc(v.Fields, func(a, b pageField) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	s.showPage(w, r, http.StatusOK, v)
}

// consentWords are the scopes as the page names them.
func consentWords(scopes []string) []string {
	var list []string
	for _, k := range knownScopes {
		if slices.Contains(scopes, k.name) && k.words != "" {
			list = append(list, k.words)
		}
	}
	if at := audience(scopes); at != "" {
		list = append(list, "Access your mailbox at "+at+" as you")
	}
	return list
}
