package graph

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"net/http"
	"slices"
	"sync"
)

// signingKey is made when the first ID token is asked for: it takes a while, and most tests need none.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the machine has no randomness
	}
	return key
})

const keyID = "standin"

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// idToken says who has signed in (OpenID Connect Core section 2, RS256).
func (s *Server) idToken(b *mailbox, scopes []string, nonce, base string) string {
	now := s.now().Unix()
	claims := object{
		{"aud", s.opt.App.ID}, {"iss", base + "/" + tenantID + "/v2.0"}, {"iat", now}, {"nbf", now}, {"exp", now + 3600}, {"sub", "sub-" + b.guid},
		{"tid", tenantID}, {"oid", b.guid}, {"ver", "2.0"},
	}
	if slices.Contains(scopes, "profile") {
		claims = append(claims, member{"name", b.Display}, member{"preferred_username", b.Name})
	}
	if slices.Contains(scopes, "email") {
		claims = append(claims, member{"email", b.Name})
	}
	if nonce != "" {
		claims = append(claims, member{"nonce", nonce})
	}
	text := jsonPart(object{{"typ", "JWT"}, {"alg", "RS256"}, {"kid", keyID}}) + "." + jsonPart(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the key fits the digest
	}
	return text + "." + b64(sig)
}

func jsonPart(o object) string {
	b, err := plainJSON(o)
	if err != nil {
		panic(err) // texts and numbers
	}
	return b64(b)
}

// publicKeys is the key set by which ID tokens can be checked (RFC 7517).
func publicKeys() object {
	k := signingKey().PublicKey
	return object{{"keys", []object{{
		{"kty", "RSA"}, {"use", "sig"}, {"kid", keyID}, {"alg", "RS256"}, {"n", b64(k.N.Bytes())}, {"e", b64(big.NewInt(int64(k.E)).Bytes())},
	}}}}
}

// configuration is OpenID Connect's discovery.
func (s *Server) configuration(w http.ResponseWriter, r *http.Request, tenant string) {
	base := origin(r) + "/" + tenant
	sendJSON(w, http.StatusOK, object{
		{"token_endpoint", base + "/oauth2/v2.0/token"}, {"authorization_endpoint", base + "/oauth2/v2.0/authorize"},
		{"issuer", origin(r) + "/" + tenantID + "/v2.0"}, {"jwks_uri", base + "/discovery/v2.0/keys"},
		{"response_modes_supported", []string{"query", "fragment", "form_post"}}, {"response_types_supported", []string{"code"}},
		{"subject_types_supported", []string{"pairwise"}}, {"id_token_signing_alg_values_supported", []string{"RS256"}},
		{"scopes_supported", []string{"openid", "profile", "email", "offline_access"}},
		{"token_endpoint_auth_methods_supported", []string{"client_secret_post", "client_secret_basic"}},
	})
}
