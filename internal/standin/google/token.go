package google

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// tokenFail answers a refusal as RFC 6749 section 5.2 has it.
func tokenFail(w http.ResponseWriter, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	writeJSON(w, f.Status, object{"error": f.Reason, "error_description": f.message})
}

// form reads the form of a token, revocation or tokeninfo request.
func form(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		tokenFail(w, refRequest.because("Bad Request"))
		return false
	}
	return true
}

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	client, f := s.program(r)
	if f != nil {
		tokenFail(w, f)
		return
	}
	var body object
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		body, f = s.exchange(r, client)
	case "refresh_token":
		body, f = s.refreshed(r, client)
	case "":
		f = refRequest.because("Missing required parameter: grant_type")
	default:
		f = refGrantType.because("Invalid grant_type: " + r.PostForm.Get("grant_type"))
	}
	if f != nil {
		tokenFail(w, f)
		return
	}
	w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	writeJSON(w, http.StatusOK, body)
}

// program finds the client that asks, by form or Basic, and holds its secret.
func (s *Server) program(r *http.Request) (*Client, *failure) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, pw, ok := r.BasicAuth(); ok {
		id, secret = user, pw
	}
	if id == "" {
		return nil, refRequest.because("Could not determine client ID from request.")
	}
	client := s.client(id)
	if client == nil {
		return nil, refClient.because("The OAuth client was not found.")
	}
	if subtle.ConstantTimeCompare([]byte(secret), []byte(client.Secret)) != 1 {
		return nil, refClient.because("Unauthorized")
	}
	return client, nil
}

// exchange turns a code into tokens, once.
func (s *Server) exchange(r *http.Request, client *Client) (object, *failure) {
	text := r.PostForm.Get("code")
	if text == "" {
		return nil, refRequest.because("Missing required parameter: code")
	}
	c := s.codes[text]
	if c == nil || c.client != client.ID || !s.now().Before(c.ends) {
		return nil, refGrant.because("Malformed auth code.")
	}
	if r.PostForm.Get("redirect_uri") != c.redirect {
		return nil, refRedirect.because("Bad Request")
	}
	verifier := r.PostForm.Get("code_verifier")
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case c.challenge != "" && verifier == "":
		return nil, refGrant.because("Missing code verifier.")
	case c.challenge != "" && base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge, c.challenge == "" && verifier != "":
		return nil, refGrant.because("Invalid code verifier.")
	}
	delete(s.codes, text)
	body := s.issue(c.who, client, c.scopes)
	if c.offline && (c.consented || s.variant.RefreshEachTime) {
		t := &refreshToken{text: "1//0" + rand.Text() + rand.Text(), scopes: c.scopes, issued: s.now(), used: s.now()}
		all := s.consentOf(c.who, client.ID)
		all.refresh = append(all.refresh, t)
		if len(all.refresh) > maxRefresh && !s.variant.KeepsRefresh {
			all.refresh = all.refresh[1:] // the oldest stops working without a word (1.2)
		}
		body["refresh_token"] = t.text
		if client.Testing {
			body["refresh_token_expires_in"] = int(testingLife.Seconds()) - 1
		}
	}
	return body, nil
}

// issue makes an access token, and says who it is about where that was granted.
func (s *Server) issue(who *account, client *Client, scopes []string) object {
	g := &grant{who: who, client: client.ID, scopes: map[string]bool{}, ends: s.now().Add(accessLife)}
	for _, x := range scopes {
		g.scopes[x] = true
	}
	maps.DeleteFunc(s.tokens, func(_ string, g *grant) bool { return !g.ends.IsZero() && !s.now().Before(g.ends) })
	text := "ya29.a0" + rand.Text() + rand.Text()
	s.tokens[text] = g
	body := object{"access_token": text, "expires_in": int(accessLife.Seconds()), "scope": strings.Join(scopes, " "), "token_type": "Bearer"}
	if g.scopes["openid"] {
		body["id_token"] = s.identity(g, client)
	}
	return body
}

// refreshed turns a refresh token into a new access token; the refresh token stays the same.
func (s *Server) refreshed(r *http.Request, client *Client) (object, *failure) {
	text := r.PostForm.Get("refresh_token")
	if text == "" {
		return nil, refRequest.because("Missing required parameter: refresh_token")
	}
	for k, all := range s.consents {
		if k.client != client.ID {
			continue
		}
		i := slices.IndexFunc(all.refresh, func(t *refreshToken) bool { return t.text == text })
		if i < 0 {
			continue
		}
		t := all.refresh[i]
		if !s.live(t, client) {
			break
		}
		scopes := t.scopes
		if asked := r.PostForm.Get("scope"); asked != "" {
			scopes = nil
			for _, x := range strings.Fields(asked) {
				if full := signInScopes[x]; full != "" {
					x = full
				}
				if !slices.Contains(t.scopes, x) {
					return nil, refScopeName.because("Some requested scopes were invalid.")
				}
				scopes = append(scopes, x)
			}
		}
		t.used = s.now()
		return s.issue(s.local(k.user), client, scopes), nil
	}
	return nil, refGrant.because("Token has been expired or revoked.")
}

// revoke ends everything that the token's user has granted to its client, whichever of the two kinds it is.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text := r.Form.Get("token")
	if text == "" {
		tokenFail(w, refRequest.because("Missing required parameter: token"))
		return
	}
	if g := s.tokens[text]; g != nil && g.client != "" {
		s.withdraw(grantKey{g.who.Email, g.client})
		writeJSON(w, http.StatusOK, object{})
		return
	}
	for k, all := range s.consents {
		if slices.ContainsFunc(all.refresh, func(t *refreshToken) bool { return t.text == text }) {
			s.withdraw(k)
			writeJSON(w, http.StatusOK, object{})
			return
		}
	}
	tokenFail(w, refToken.because("Token expired or revoked"))
}
