package pipedrive

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tahti/internal/standin"
)

// attempt is one way through the sign-in pages.
type attempt struct {
	app      *App
	redirect string
	state    string
	who      *member // once known
}

type named struct {
	id      string
	attempt *attempt
}

// code is what the browser brings back to the program.
type code struct {
	app      *App
	who      *member
	redirect string
	ends     time.Time
}

// install is a program in a user's account.
type install struct {
	app     *App
	who     *member
	refresh string
	used    time.Time
	scopes  []string
}

// Lives of what a sign-in gives out (guide to OAuth).
const (
	codeLife    = 5 * time.Minute
	accessLife  = time.Hour
	refreshLife = 60 * 24 * time.Hour
	// maxAttempts bounds the ways that are open at once; the oldest leave.
	maxAttempts = 1000
)

// signInRoutes puts the paths of oauth.pipedrive.com on a mux.
func (s *Server) signInRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /oauth/authorize", s.authorize)
	mux.HandleFunc("POST /oauth/authorize", s.signIn)
	mux.HandleFunc("POST /oauth/token", s.token)
	mux.HandleFunc("POST /oauth/token/{$}", s.token)
	mux.HandleFunc("POST /oauth/revoke", s.revoke)
}

// app is the program with that id, or nil.
func (s *Server) app(id string) *App {
	for i := range s.opt.Apps {
		if s.opt.Apps[i].ID == id {
			return &s.opt.Apps[i]
		}
	}
	return nil
}

// sends reports whether codes may be sent to an address.
func (a *App) sends(redirect string) bool {
	if a.Redirect != "" {
		return redirect == a.Redirect
	}
	u, err := url.Parse(redirect)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Fragment == "" && standin.Local(u.Hostname())
}

// granted are the scopes that a program gets: those that it is registered with, all or none (guide to scopes).
func (s *Server) granted(a *App) []string {
	scopes := append([]string{"base"}, a.Scopes...)
	if s.narrow {
		scopes = slices.DeleteFunc(scopes, func(x string) bool { return strings.HasPrefix(x, "activities:") })
	}
	return scopes
}

// authorize is the address to which a program leads the browser.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	a := &attempt{app: s.app(q.Get("client_id")), redirect: q.Get("redirect_uri"), state: q.Get("state")}
	switch {
	case a.app == nil:
		s.errorPage(w, r, refNoApp.because("The app was not found."))
		return
	case !a.app.sends(a.redirect):
		s.errorPage(w, r, refRedirect.because("The callback address does not match the one that the app is registered with."))
		return
	case s.unavailable || a.app.Unavailable:
		s.errorPage(w, r, refUninstall.because("App cannot be installed for requested company"))
		return
	}
	id := rand.Text()
	s.attempts = append(s.attempts, named{id, a})
	if len(s.attempts) > maxAttempts {
		s.attempts = s.attempts[1:]
	}
	s.accountPage(w, r, id, a, "")
}

// signIn takes the forms of the pages.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	err := r.ParseForm()
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PostForm.Get("attempt")
	i := slices.IndexFunc(s.attempts, func(n named) bool { return n.id == id })
	if err != nil || i < 0 {
		s.errorPage(w, r, refSignInOver.because("This sign-in is over. Go back to the program and begin again."))
		return
	}
	a := s.attempts[i].attempt
	switch {
	case r.PostForm.Get("cancel") != "":
		s.attempts = slices.Delete(s.attempts, i, i+1)
		denied := refDenied.Code
		if s.variant.AccessDenied {
			denied = "access_denied"
		}
		w.Header().Set("X-Standin-Refusal", refDenied.Number)
		s.back(w, r, a, url.Values{"error": {denied}})
	case a.who == nil:
		who := s.local(strings.TrimSpace(r.PostForm.Get("email")))
		if who == nil || !who.active || who.Password != r.PostForm.Get("password") {
			s.accountPage(w, r, id, a, "Wrong address or password.")
			return
		}
		a.who = who
		s.consentPage(w, r, id, a)
	default:
		s.attempts = slices.Delete(s.attempts, i, i+1)
		text := "123.456." + secret(20)
		s.codes[text] = &code{app: a.app, who: a.who, redirect: a.redirect, ends: s.now().Add(codeLife)}
		s.back(w, r, a, url.Values{"code": {text}})
	}
}

// back sends the browser to the program.
func (s *Server) back(w http.ResponseWriter, r *http.Request, a *attempt, q url.Values) {
	if a.state != "" {
		q.Set("state", a.state)
	}
	sep := "?"
	if strings.Contains(a.redirect, "?") {
		sep = "&"
	}
	http.Redirect(w, r, a.redirect+sep+q.Encode(), http.StatusFound)
}

// secret is that many random bytes, in hexadecimal digits.
func secret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, by its own word
	return hex.EncodeToString(b)
}
