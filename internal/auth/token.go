package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"math/big"
	"net/http"
	"strings"
)

// TokenPrefix marks API tokens, so that people and secret scanners know one when they see it.
const TokenPrefix = "tahti_"

const (
	tokenBytes  = 32
	tokenDigits = 43 // 62^43 > 2^256
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewToken makes an API token: the text, which is shown once, and the hash, which is kept.
func NewToken() (token string, hash []byte) {
	random := make([]byte, tokenBytes)
	rand.Read(random) // never fails (crypto/rand)
	token = TokenPrefix + encode62(random)
	return token, HashToken(token)
}

// HashToken returns the SHA-256 of a token as it was shown. A slow hash would gain nothing: there are 256 random bits to guess.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// MatchToken compares a shown token with a kept hash in constant time.
func MatchToken(token string, hash []byte) bool {
	return subtle.ConstantTimeCompare(HashToken(token), hash) == 1
}

// RequestToken takes the API token from a request: the x-api-token header, as Pipedrive's clients send it, or
// Authorization: Bearer. Anything that does not look like a token of ours is none.
func RequestToken(r *http.Request) (string, bool) {
	token := r.Header.Get("X-Api-Token")
	if token == "" {
		scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if strings.EqualFold(scheme, "Bearer") {
			token = strings.TrimSpace(rest)
		}
	}
	digits, found := strings.CutPrefix(token, TokenPrefix)
	if !found || len(digits) != tokenDigits || strings.Trim(digits, base62) != "" {
		return "", false
	}
	return token, true
}

// encode62 writes bytes as a number to base 62, in the fixed width that the largest one needs.
func encode62(b []byte) string {
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(62), new(big.Int)
	out := make([]byte, tokenDigits)
	for i := tokenDigits - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = base62[digit.Int64()]
	}
	return string(out)
}
