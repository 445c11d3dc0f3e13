package ews

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Front is what stands before the server and speaks in its place.
type Front uint8

// The fronts.
const (
	FrontNone             Front = iota
	FrontAppPasswords           // a gateway that takes passwords of its own, and answers 401 to others
	FrontAppPasswordsPage       // likewise, and shows its sign-in page to others
	FrontLoginPage              // a proxy that sends everybody to its sign-in page
	FrontTimeout                // a proxy that says that its sign-in is over: 440
	FrontSecondFactor           // a gateway that sends everybody to where it asks for more than a password
)

// Account is how an account stands.
type Account uint8

// The standings.
const (
	AccountFine Account = iota
	AccountLocked
	AccountExpired   // its password has to be changed
	AccountForbidden // may not use the web services
	AccountCloud     // its mailbox is in Exchange Online
)

// Lock shuts an account after wrong passwords. The zero value never does.
type Lock struct {
	After int // wrong passwords in a row
	For   time.Duration
}

// SetFront puts something before the server.
func (s *Server) SetFront(f Front) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.front = f
}

// SetAccount says how a user's account stands.
func (s *Server) SetAccount(user string, a Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.findBox(user)
	if b == nil {
		return fmt.Errorf("set account: no user %q", user)
	}
	b.account = a
	return nil
}

// SetFull lets no mailbox take anything more, or lets them again.
func (s *Server) SetFull(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = on
}

// loginPath is the sign-in page of a proxy, secondFactorPath that of a gateway that wants more.
const (
	loginPath        = "/owa/auth/logon.aspx"
	secondFactorPath = "/mfa/start"
)

// barred answers in the name of what stands before the server. The lock is held.
func (s *Server) barred() *failure {
	switch s.front {
	case FrontLoginPage, FrontSecondFactor:
		return refLoginPage.because("sign in at the proxy")
	case FrontTimeout:
		return refTimeout.because("440 - Login Timeout")
	}
	return nil
}

// toLogin sends a browser to the sign-in page.
func toLogin(w http.ResponseWriter, r *http.Request, front Front) {
	at := loginPath
	if front == FrontSecondFactor {
		at = secondFactorPath
	}
	http.Redirect(w, r, at+"?reason=0&url="+url.QueryEscape(r.URL.Path), http.StatusFound)
}

// serveLogin is that page.
func serveLogin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(`<!doctype html><html><head><title>Sign in</title></head><body><form method="post"><input name="username"><input name="password" type="password">` +
		`<button>Sign in</button></form></body></html>`)) // see send
}
