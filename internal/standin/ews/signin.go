package ews

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// connection is what is known of one TCP connection: NTLM signs in a connection, and not a request.
type connection struct {
	handshake *handshake
	box       *mailbox
}

// maxConnections bounds what is remembered.
const maxConnections = 10_000

// ConnState is for the field of the same name of [http.Server], and has to be there where NTLM is to hold strictly: what a
// connection was signed in as ends with it.
func (s *Server) ConnState(c net.Conn, state http.ConnState) {
	if state != http.StateNew && state != http.StateClosed && state != http.StateHijacked {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.connections, c.RemoteAddr().String())
}

// signIn finds out who asks. The lock is held. The headers of a refusal are set on w.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) (*mailbox, *failure) {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		if s.opt.Token != "" && same(rest, s.opt.Token) {
			return s.boxes[0], nil
		}
		return s.byToken(r, rest)
	case "ntlm", "negotiate":
		return s.ntlm(w, r, scheme, rest)
	case "basic":
		if !slices.Contains(s.schemes(), "Basic") {
			return nil, refSignIn.because("Basic is not offered")
		}
		name, password, _ := r.BasicAuth()
		return s.byPassword(name, func(b *mailbox) bool { return s.basicPassword(b, password) })
	}
	if c := s.connections[r.RemoteAddr]; c != nil && c.box != nil {
		return s.admitted(c.box)
	}
	return nil, refSignIn.because("sign in")
}

// byToken lets somebody in whom the organisation's directory has signed in, for this server.
func (s *Server) byToken(r *http.Request, token string) (*mailbox, *failure) {
	if s.opt.Hybrid == nil {
		return nil, refSignIn.because("wrong token")
	}
	audience, user, scope, ok := s.opt.Hybrid.Read(token)
	here := "http://" + r.Host
	if r.TLS != nil {
		here = "https://" + r.Host
	}
	b := s.byLogin(user)
	switch {
	case !ok:
		return nil, refToken.because("the token was not given by the organisation's directory, or has run out")
	case audience != here:
		return nil, refToken.because("the audience claim value is invalid: " + audience)
	case scope != "EWS.AccessAsUser.All":
		return nil, refToken.because("the token lets nobody use the web services")
	case b == nil:
		return nil, refToken.because("nobody here is called " + user)
	}
	return s.admitted(b)
}

// byPassword lets somebody in who knows the password, unless too many wrong ones came before.
func (s *Server) byPassword(name string, proves func(b *mailbox) bool) (*mailbox, *failure) {
	b := s.byLogin(name)
	if b == nil {
		return nil, refSignIn.because("wrong name or password")
	}
	if b.locked(s.opt.Lock, s.now()) {
		return nil, refLocked.because("too many wrong passwords")
	}
	if !proves(b) {
		b.failures++
		b.failed = s.now()
		return nil, refSignIn.because("wrong name or password")
	}
	b.failures = 0
	return s.admitted(b)
}

// admitted holds what an account may, once it is known whose it is.
func (s *Server) admitted(b *mailbox) (*mailbox, *failure) {
	switch b.account {
	case AccountLocked:
		return nil, refLocked.because("the account is locked")
	case AccountExpired:
		f := refExpired.because("The password has expired.")
		if s.variants.ExpiredIs401 {
			f.Status, f.Code = http.StatusUnauthorized, ""
		}
		return nil, f
	case AccountForbidden:
		return nil, refForbidden.because("403 - Forbidden: Access is denied.")
	}
	return b, nil
}

// basicPassword compares a password, which a gateway wants to be one of its own.
func (s *Server) basicPassword(b *mailbox, password string) bool {
	if s.front == FrontAppPasswords || s.front == FrontAppPasswordsPage {
		return slices.ContainsFunc(b.AppPasswords, func(p string) bool { return same(p, password) })
	}
	return same(password, b.Password)
}

// locked reports whether an account is shut for too many wrong passwords.
func (b *mailbox) locked(l Lock, now time.Time) bool {
	return l.After > 0 && b.failures >= l.After && now.Before(b.failed.Add(l.For))
}

// ntlm takes one message of a sign-in by NTLM, which ends on the connection that it began on. Negotiate may carry it too.
func (s *Server) ntlm(w http.ResponseWriter, r *http.Request, scheme, rest string) (*mailbox, *failure) {
	wrong := func(why string) (*mailbox, *failure) {
		delete(s.connections, r.RemoteAddr)
		return nil, refSignIn.because(why)
	}
	if !slices.Contains(s.schemes(), "NTLM") || !slices.ContainsFunc(s.schemes(), func(x string) bool { return strings.EqualFold(x, scheme) }) {
		return wrong(scheme + " is not offered")
	}
	b, err := base64.StdEncoding.DecodeString(rest)
	if err != nil || len(b) < 12 || string(b[:8]) != string(ntlmSignature) {
		return wrong("this is no message of NTLM; Kerberos is not spoken here")
	}
	if b[8] == 1 {
		h, err := ntlmChallenge(b, s.now())
		if err != nil {
			return wrong(err.Error())
		}
		if len(s.connections) >= maxConnections {
			s.connections = map[string]*connection{}
		}
		s.connections[r.RemoteAddr] = &connection{handshake: h}
		w.Header().Set("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(h.challenge))
		return nil, refHandshake.because("answer the challenge")
	}
	c := s.connections[r.RemoteAddr]
	if c == nil || c.handshake == nil {
		return wrong("no challenge was given on this connection")
	}
	h := c.handshake
	c.handshake = nil // a challenge is answered once
	a, err := readAnswer(b)
	if err != nil {
		return wrong(err.Error())
	}
	if s.opt.ChannelBinding && len(a.channelBinding) == 0 {
		return wrong("the answer is not bound to the channel")
	}
	name := a.name
	if a.domain != "" && !strings.Contains(name, "@") {
		name = a.domain + `\` + name
	}
	box, f := s.byPassword(name, func(b *mailbox) bool { return a.proves(h, b.Password) })
	if f != nil {
		delete(s.connections, r.RemoteAddr)
		return nil, f
	}
	c.box = box
	return box, nil
}

// byLogin finds an account by a name that one may sign in with: the address, or DOMAIN\name, where NTLM may leave the
// domain out.
func (s *Server) byLogin(name string) *mailbox {
	for _, b := range s.boxes {
		_, short, _ := strings.Cut(b.Login, `\`)
		if strings.EqualFold(name, b.Name) || strings.EqualFold(name, b.Login) || strings.EqualFold(name, short) {
			return b
		}
	}
	return nil
}

// same compares secrets in constant time, as the original does; the stand-in's own are no secrets.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// schemes are the ways to sign in. A gateway that wants passwords of its own knows Basic alone. The lock is held.
func (s *Server) schemes() []string {
	if s.front == FrontAppPasswords || s.front == FrontAppPasswordsPage {
		return []string{"Basic"}
	}
	if s.kerberos {
		return []string{"Negotiate"}
	}
	return s.opt.Schemes
}

// challenge is the 401 of IIS: nothing in the body, and each way to sign in in a header of its own. A challenge of NTLM
// stands alone. The lock is not held.
func (s *Server) challenge(w http.ResponseWriter) {
	h := w.Header()
	s.mu.Lock()
	schemes, front := s.schemes(), s.front
	s.mu.Unlock()
	if h.Get("WWW-Authenticate") == "" {
		for _, scheme := range schemes {
			if scheme == "Basic" {
				scheme = `Basic realm="localhost"`
			}
			h.Add("WWW-Authenticate", scheme)
		}
		if s.opt.Hybrid != nil && front == FrontNone {
			h.Add("WWW-Authenticate", fmt.Sprintf(`Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", `+
				`token_types="app_asserted_user_v1 service_asserted_app_v1", authorization_uri=%q`, s.opt.Hybrid.Page))
		}
	}
	w.WriteHeader(http.StatusUnauthorized)
}
