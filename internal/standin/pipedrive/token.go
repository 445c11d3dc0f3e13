package pipedrive

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// form reads the form of a token or revocation request and finds the program that asks: by Basic, or in the body.
func (s *Server) form(w http.ResponseWriter, r *http.Request) (*App, *failure) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, refFormType.because("Invalid request: content must be application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		return nil, refFormType.because("Invalid request: content must be application/x-www-form-urlencoded")
	}
	id, key, ok := r.BasicAuth()
	if !ok {
		id, key = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id == "" || key == "" {
		return nil, refNoClient.because("Invalid client: cannot retrieve client credentials")
	}
	a := s.app(id)
	if a == nil || subtle.ConstantTimeCompare([]byte(key), []byte(a.Secret)) != 1 {
		return nil, refClient.because("Invalid client: client is invalid")
	}
	return a, nil
}

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.date(w)
	a, f := s.form(w, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	var in *install
	if f == nil {
		switch kind := r.PostForm.Get("grant_type"); kind {
		case "authorization_code":
			in, f = s.exchange(r.PostForm, a)
		case "refresh_token":
			in, f = s.refreshed(r.PostForm, a)
		case "":
			f = refGrantType.because("Missing parameter: grant_type")
		default:
			f = refGrantType.because("Unsupported grant type: grant_type is invalid")
		}
	}
	if f != nil {
		s.fail(w, f)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, s.issue(r, in))
}

// exchange turns a code into an installation, once.
func (s *Server) exchange(form url.Values, a *App) (*install, *failure) {
	text := form.Get("code")
	c := s.codes[text]
	switch u, err := url.Parse(form.Get("redirect_uri")); {
	case form.Get("redirect_uri") == "" || err != nil || !u.IsAbs():
		return nil, refRedirect.because("Invalid request: redirect_uri is not a valid URI")
	case c == nil || c.app != a:
		return nil, refCode.because("Invalid grant: authorization_code is invalid")
	case !s.now().Before(c.ends):
		delete(s.codes, text)
		return nil, refCode.because("Invalid grant: authorization_code has expired")
	case form.Get("redirect_uri") != c.redirect:
		return nil, refRedirect.because("Invalid request: redirect_uri is invalid")
	}
	delete(s.codes, text)
	in := &install{app: a, who: c.who, refresh: s.newRefresh(c.who), used: s.now(), scopes: s.granted(a)}
	s.installs = append(s.installs, in)
	return in, nil
}

// newRefresh makes a refresh token in the form in which others have met them.
func (s *Server) newRefresh(who *member) string {
	return fmt.Sprintf("%d:%d:%s", s.opt.Company.ID, who.id, secret(20))
}

// refreshed finds the installation of a refresh token, whose sixty days begin anew.
func (s *Server) refreshed(form url.Values, a *App) (*install, *failure) {
	i := slices.IndexFunc(s.installs, func(in *install) bool { return in.refresh == form.Get("refresh_token") && in.app == a })
	if i < 0 || s.now().Sub(s.installs[i].used) >= refreshLife || !s.installs[i].who.active {
		return nil, refRefresh.because("Invalid grant: refresh_token is invalid")
	}
	in := s.installs[i]
	in.used = s.now()
	if s.variant.RotatesRefresh {
		in.refresh = s.newRefresh(in.who)
	}
	if s.narrow {
		in.scopes = s.granted(a)
	}
	return in, nil
}

// issue makes an access token, which is as long as the original's.
func (s *Server) issue(r *http.Request, in *install) object {
	g := &grant{who: in.who, app: in.app, scopes: map[string]bool{}, ends: s.now().Add(accessLife)}
	for _, x := range in.scopes {
		g.scopes[x] = true
	}
	for text, old := range s.grants {
		if !old.ends.IsZero() && !s.now().Before(old.ends) {
			delete(s.grants, text)
		}
	}
	text := "v1u:" + secret(340)
	s.grants[text] = g
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	sep := ","
	if s.variant.SpaceScopes {
		sep = " "
	}
	return object{
		"access_token": text, "token_type": "Bearer", "expires_in": int(accessLife/time.Second) - 1, "refresh_token": in.refresh,
		"scope": strings.Join(in.scopes, sep), "api_domain": scheme + "://" + r.Host,
	}
}

// revoke ends an access token, or with a refresh token the whole installation (guide to uninstallation, RFC 7009).
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	a, f := s.form(w, r)
	if f != nil {
		s.fail(w, f)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text := r.PostForm.Get("token")
	if g := s.grants[text]; g != nil && g.app == a {
		delete(s.grants, text)
	}
	for _, in := range s.installs {
		if in.refresh == text && in.app == a {
			s.uninstall(in)
			break
		}
	}
	writeJSON(w, http.StatusOK, object{"success": true})
}

// uninstall takes a program out of a user's account, with its tokens and its webhooks. The lock is held.
func (s *Server) uninstall(in *install) {
	s.installs = slices.DeleteFunc(s.installs, func(x *install) bool { return x == in })
	for text, g := range s.grants {
		if g.app == in.app && g.who == in.who {
			delete(s.grants, text)
		}
	}
	for _, h := range s.hooks {
		if h.app == in.app && h.owner == in.who.id && h.removed.IsZero() {
			s.drop(h, "")
		}
	}
}

// Uninstall is a person who takes every program out of their account: each is told at its callback address, with a DELETE that says
// who it was, signed in with the program's own id and secret. It answers the statuses; 0 where nothing was answered.
func (s *Server) Uninstall(email string) ([]int, error) {
	s.mu.Lock()
	who := s.local(email)
	if who == nil {
		s.mu.Unlock()
		return nil, fmt.Errorf("uninstall: no user %q", email)
	}
	var gone []*install
	for _, in := range slices.Clone(s.installs) {
		if in.who == who {
			gone = append(gone, in)
			s.uninstall(in)
		}
	}
	now := s.now()
	s.mu.Unlock()
	var statuses []int
	for _, in := range gone {
		statuses = append(statuses, s.tellUninstalled(in, now))
	}
	return statuses, nil
}

func (s *Server) tellUninstalled(in *install, now time.Time) int {
	b, err := json.Marshal(object{"client_id": in.app.ID, "company_id": s.opt.Company.ID, "user_id": in.who.id, "timestamp": stamp(now)})
	if err != nil {
		panic(err) // plain values only
	}
	ctx, cancel := context.WithTimeout(context.Background(), hookPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, in.app.Redirect, bytes.NewReader(b))
	if err != nil || in.app.Redirect == "" {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(in.app.ID, in.app.Secret)
	resp, err := s.pusher.Do(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close() // it is not read there either
	return resp.StatusCode
}
