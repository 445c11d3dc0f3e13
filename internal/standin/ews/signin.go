package ews

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// signIn finds out who asks. The lock is held.
func (s *Server) signIn(r *http.Request) (*mailbox, *failure) {
	header := r.Header.Get("Authorization")
	if token, ok := strings.CutPrefix(header, "Bearer "); ok {
		if s.opt.Token != "" && same(token, s.opt.Token) {
			return s.boxes[0], nil
		}
		return nil, refSignIn.because("wrong token")
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return nil, refSignIn.because("sign in")
	}
	b := s.byLogin(name)
	if b == nil || !same(password, b.Password) {
		return nil, refSignIn.because("wrong name or password")
	}
	return b, nil
}

// byLogin finds an account by a name that one may sign in with: the address, or DOMAIN\name.
func (s *Server) byLogin(name string) *mailbox {
	for _, b := range s.boxes {
		if strings.EqualFold(name, b.Name) || strings.EqualFold(name, b.Login) {
			return b
		}
	}
	return nil
}

// same compares secrets in constant time, as the original does; the stand-in's own are no secrets.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// challenge is the 401 of IIS: nothing in the body, and each way to sign in in a header of its own.
func (s *Server) challenge(w http.ResponseWriter) {
	h := w.Header()
	h.Add("WWW-Authenticate", "Negotiate")
	h.Add("WWW-Authenticate", "NTLM")
	h.Add("WWW-Authenticate", `Basic realm="localhost"`)
	w.WriteHeader(http.StatusUnauthorized)
}
