package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // what cannot be read is no form
	if err := r.ParseForm(); err != nil || kind != "application/x-www-form-urlencoded" {
		s.failToken(w, refForm.because("The request body must contain the following parameter: 'grant_type'."))
		return
	}
	f := s.client(r)
	if f == nil {
		switch form := r.PostForm; form.Get("grant_type") {
		case "authorization_code":
			f = s.exchange(w, r, form)
		case "refresh_token":
			f = s.refreshToken(w, r, form)
		case "":
			f = refForm.because("The request body must contain the following parameter: 'grant_type'.")
		default:
			f = refGrantType.because("The app requested an unsupported grant type '" + form.Get("grant_type") + "'.")
		}
	}
	if f != nil {
		s.failToken(w, f)
	}
}

// client holds the program's own sign-in, in the form or as Basic (RFC 6749 section 2.3.1).
func (s *Server) client(r *http.Request) *failure {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		id, secret = unescape(user), unescape(password)
	}
	app := s.opt.App
	switch {
	case id == "":
		return refForm.because("The request body must contain the following parameter: 'client_id'.")
	case id != app.ID:
		return refClient.because("Application with identifier '" + id + "' was not found in the directory.")
	case s.identity.blocks["*"] == "7000222":
		return refSecretOld.because("The provided client secret keys for app '" + id + "' are expired.")
	case app.Secret == "" && secret != "":
		return refPublic.because("Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
	case app.Secret != "" && secret == "":
		return refNoSecret.because("The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	case app.Secret != "" && !same(secret, app.Secret):
		return refSecret.because("Invalid client secret provided.")
	}
	return nil
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// exchange turns a code into tokens. A code is good once.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, form url.Values) *failure {
	for _, name := range []string{"code", "redirect_uri"} {
		if form.Get(name) == "" {
			return refForm.because("The request body must contain the following parameter: '" + name + "'.")
		}
	}
	c := s.identity.codes[form.Get("code")]
	switch {
	case c == nil, c.until.Before(s.now()):
		return refCode.because("The provided authorization code or refresh token has expired due to inactivity.")
	case c.used:
		return refCodeUsed.because("OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case form.Get("redirect_uri") != c.redirect:
		return refOtherAddress.because("The reply address '" + form.Get("redirect_uri") + "' does not match the reply address provided when requesting the authorization code.")
	case !verifies(form.Get("code_verifier"), c):
		return refVerifier.because("The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	scopes, f := s.narrow(c.grant, form, origin(r))
	if f != nil {
		return f
	}
	c.used = true
	s.sendTokens(w, r, c.box, c.scopes, scopes, c.nonce)
	return nil
}

// verifies holds PKCE (RFC 7636 section 4.6).
func verifies(verifier string, c *code) bool {
	switch {
	case c.challenge == "":
		return verifier == ""
	case c.method == "S256":
		sum := sha256.Sum256([]byte(verifier))
		return base64.RawURLEncoding.EncodeToString(sum[:]) == c.challenge
	}
	return verifier == c.challenge
}

// narrow are the scopes that a token request asks for: those of the grant if it names none, and never one that was not
// agreed to.
func (s *Server) narrow(g grant, form url.Values, base string) ([]string, *failure) {
	if form.Get("scope") == "" {
		return g.scopes, nil
	}
	list, ok := readScopes(form.Get("scope"), base)
	if !ok {
		return nil, refTokenScope.because("The provided value for the input parameter 'scope' is not valid. The scope '" + form.Get("scope") + "' is not valid.")
	}
	if !contains(s.identity.consents[g.box.Name], list) {
		return nil, refConsent.because("The user or administrator has not consented to use the application with ID '" + s.opt.App.ID + "'. Send an interactive authorization request for this user and resource.")
	}
	return list, nil
}

// refreshToken gives new tokens for a refresh token.
func (s *Server) refreshToken(w http.ResponseWriter, r *http.Request, form url.Values) *failure {
	text := form.Get("refresh_token")
	if text == "" {
		return refForm.because("The request body must contain the following parameter: 'refresh_token'.")
	}
	g, ok := s.identity.refresh[text]
	if !ok || g.spent || g.until.Before(s.now()) {
		return refExpired.because("The refresh token has expired due to inactivity.")
	}
	if f := s.atRefresh(g.box); f != nil {
		return f
	}
	if !contains(s.identity.consents[g.box.Name], g.scopes) {
		return refConsent.because("The user or administrator has not consented to use the application with ID '" + s.opt.App.ID + "'.")
	}
	scopes, f := s.narrow(g, form, origin(r))
	if f != nil {
		return f
	}
	if s.variants.OldRefreshDies {
		g.spent = true
		s.identity.refresh[text] = g
	}
	s.sendTokens(w, r, g.box, g.scopes, scopes, "")
	return nil
}

// sendTokens answers with an access token for some scopes, and with a refresh token for all that were granted if offline
// access is among them.
func (s *Server) sendTokens(w http.ResponseWriter, r *http.Request, b *mailbox, granted, scopes []string, nonce string) {
	over := func(g grant) bool { return g.until.Before(s.now()) }
	access := newSecret("eyJ0eXAi.")
	keep(s.identity.access, access, grant{box: b, scopes: scopes, until: s.now().Add(accessLife)}, over)
	seconds := int(accessLife.Seconds())
	o := object{
		{"token_type", "Bearer"}, {"scope", s.scopeText(scopes)}, {"expires_in", seconds}, {"ext_expires_in", seconds}, {"access_token", access},
	}
	if slices.Contains(granted, "offline_access") {
		refresh := newSecret("0.AR")
		keep(s.identity.refresh, refresh, grant{box: b, scopes: granted, until: s.now().Add(refreshLife)}, over)
		o = append(o, member{"refresh_token", refresh})
	}
	if slices.Contains(scopes, "openid") {
		o = append(o, member{"id_token", s.idToken(b, scopes, nonce, origin(r))})
	}
	w.Header().Set("Cache-Control", "no-store")
	sendJSON(w, http.StatusOK, o)
}

// scopeText are the scopes as an answer names them.
func (s *Server) scopeText(scopes []string) string {
	var list []string
	for _, x := range scopes {
		switch {
		case s.variants.ScopeNamesOffline && strings.Contains(x, "."):
			list = append(list, graphResource+x)
		case x != "offline_access" || s.variants.ScopeNamesOffline:
			list = append(list, x)
		}
	}
	return strings.Join(list, " ")
}
