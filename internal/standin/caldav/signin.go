package caldav

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// signIn finds out who asks.
func (s *Server) signIn(r *http.Request) (*account, *failure) {
	first := s.accounts[s.names[0]]
	if s.profile.NoAuth {
		return first, nil
	}
	if s.refuse {
		return nil, refNoSignIn.because("every sign-in is refused")
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if s.opt.Token != "" && same(token, s.opt.Token) {
			return first, nil
		}
		return nil, refNoSignIn.because("wrong token")
	}
	if s.profile.Digest != "" {
		a, f := s.digest(r)
		return s.unlocked(a, f)
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return nil, refNoSignIn.because("sign in")
	}
	a := s.accounts[name]
	if a == nil {
		return nil, refNoSignIn.because("wrong name or password")
	}
	if !same(password, a.Password) {
		return nil, s.wrongPassword(a)
	}
	return s.unlocked(a, nil)
}

// unlocked lets somebody in who knows the password, unless the account is shut.
func (s *Server) unlocked(a *account, f *failure) (*account, *failure) {
	if f != nil {
		return nil, f
	}
	if f := s.locked(a); f != nil {
		return nil, f
	}
	a.failures, a.failed = 0, time.Time{}
	return a, nil
}

// wrongPassword counts it, and says so unless the account is shut.
func (s *Server) wrongPassword(a *account) *failure {
	if f := s.locked(a); f != nil {
		return f
	}
	a.failures++
	a.failed = s.now()
	return refNoSignIn.because("wrong name or password")
}

func (s *Server) locked(a *account) *failure {
	l := s.opt.Lock
	if l.After == 0 || a.failures < l.After || !s.now().Before(a.failed.Add(l.For)) {
		return nil
	}
	f := refLocked.because("too many wrong passwords")
	if l.Status != 0 {
		f.Status = l.Status
	}
	return f
}

// same compares secrets in constant time, as the original does; the stand-in's own are no secrets.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// challenges are the WWW-Authenticate lines of a 401.
func (s *Server) challenges(stale bool) []string {
	if s.profile.Digest != "" {
		return []string{s.digestChallenge(stale)}
	}
	if len(s.profile.Challenges) > 0 {
		return s.profile.Challenges
	}
	list := []string{`Basic realm="Calendars", charset="UTF-8"`}
	if s.opt.Token != "" {
		list = append(list, `Bearer realm="Calendars"`)
	}
	return list
}
