package google

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// signingKey signs identity tokens. It is made when it is needed first, since that takes a while.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // no randomness, no server
	}
	return key
})

const keyID = "standin-1"

// subject is the id of a user, which no other has: a number, as the original's are.
func (a *account) subject() string {
	sum := sha256.Sum256([]byte("subject " + a.Email))
	return fmt.Sprint(100_000_000_000_000_000 + binary.BigEndian.Uint64(sum[:])%900_000_000_000_000_000)
}

// claims are what a grant says about its user.
func (g *grant) claims() object {
	o := object{"sub": g.who.subject()}
	if g.scopes[scopePrefix+"userinfo.email"] {
		o["email"], o["email_verified"] = g.who.Email, true
	}
	if g.scopes[scopePrefix+"userinfo.profile"] && g.who.Name != "" {
		o["name"] = g.who.Name
	}
	return o
}

// identity is an ID token (OpenID Connect Core section 2), signed with RS256.
func (s *Server) identity(g *grant, client *Client) string {
	now := s.now().Unix()
	claims := merge(g.claims(), object{
		"iss": "https://accounts.google.com", "aud": client.ID, "azp": client.ID, "iat": now, "exp": now + int64(accessLife.Seconds()) + 1,
	})
	part := func(v object) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // plain values only
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(object{"alg": "RS256", "typ": "JWT", "kid": keyID}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the key is large enough
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// certs is the public key of identity tokens (RFC 7517).
func (s *Server) certs(w http.ResponseWriter, _ *http.Request) {
	key := signingKey().PublicKey
	enc := base64.RawURLEncoding.EncodeToString
	writeJSON(w, http.StatusOK, object{"keys": []any{object{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": keyID, "n": enc(key.N.Bytes()), "e": enc(big.NewInt(int64(key.E)).Bytes()),
	}}})
}

// tokenInfo says what an access token is good for (1.2).
func (s *Server) tokenInfo(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text := r.Form.Get("access_token")
	if text == "" {
		text = bearer(r.Header.Get("Authorization")) // as Google's own client for Node asks
	}
	g := s.tokens[text]
	if g == nil || !g.ends.IsZero() && !s.now().Before(g.ends) {
		tokenFail(w, refToken.because("Invalid Value"))
		return
	}
	var scopes []string
	for x := range g.scopes {
		scopes = append(scopes, x)
	}
	slices.Sort(scopes)
	o := g.claims()
	if v, ok := o["email_verified"]; ok {
		o["email_verified"] = fmt.Sprint(v) // texts, where an identity token has values
	}
	o["azp"], o["aud"], o["scope"], o["access_type"] = g.client, g.client, strings.Join(scopes, " "), "offline"
	if !g.ends.IsZero() {
		o["exp"], o["expires_in"] = fmt.Sprint(g.ends.Unix()), fmt.Sprint(int(g.ends.Sub(s.now()).Seconds()))
	}
	writeJSON(w, http.StatusOK, o)
}

// userInfo says who a token's user is (OpenID Connect Core section 5.3).
func (s *Server) userInfo(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, f := s.grantOf(r)
	if f == nil && !g.scopes["openid"] && !g.scopes[scopePrefix+"userinfo.email"] && !g.scopes[scopePrefix+"userinfo.profile"] {
		f = refCredentials.because("Request is missing required authentication credential.")
	}
	if f != nil {
		s.fail(w, f)
		return
	}
	writeJSON(w, http.StatusOK, g.claims())
}

// signInRoutes puts the paths of the sign-in hosts on a mux.
func (s *Server) signInRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /o/oauth2/v2/auth", s.authorize)
	mux.HandleFunc("POST /signin/oauth", s.signIn)
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("POST /revoke", s.revoke)
	for _, path := range []string{"/tokeninfo", "/oauth2/v3/tokeninfo"} {
		mux.HandleFunc("GET "+path, s.tokenInfo)
		mux.HandleFunc("POST "+path, s.tokenInfo)
	}
	for _, path := range []string{"GET /oauth2/v3/userinfo", "GET /v1/userinfo"} {
		mux.HandleFunc(path, s.userInfo)
	}
	mux.HandleFunc("GET /oauth2/v3/certs", s.certs)
}
