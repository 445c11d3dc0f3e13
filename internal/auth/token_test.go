package auth

import (
	"encoding/hex"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNewToken(t *testing.T) {
	form := regexp.MustCompile(`^tahti_[0-9A-Za-z]{43}$`)
	seen := map[string]bool{}
	for range 100 {
		token, hash := NewToken()
		if !form.MatchString(token) || seen[token] {
			t.Fatalf("token %q", token)
		}
		seen[token] = true
		if !MatchToken(token, hash) || MatchToken(token+"x", hash) || MatchToken(token, nil) {
			t.Fatal("a token is not told from another")
		}
	}
	// SHA-256 as stored: a change here would lock every program out.
	const want = "8c403564db93161443b7e29ac3ea218e1547280002bb9ba025a49354057b4c72"
	if got := hex.EncodeToString(HashToken("tahti_0")); got != want {
		t.Errorf("hash of tahti_0: %s", got)
	}
}

func TestBase62IsTheNumberInFixedWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "bytes")
		s := encode62(b)
		// math/big's digits are 0-9a-zA-Z, ours 0-9A-Za-z.
		swapped := strings.Map(func(r rune) rune {
			switch {
			case 'A' <= r && r <= 'Z':
				return r + 'a' - 'A'
			case 'a' <= r && r <= 'z':
				return r + 'A' - 'a'
			}
			return r
		}, s)
		n, ok := new(big.Int).SetString(swapped, 62)
		if !ok || n.Cmp(new(big.Int).SetBytes(b)) != 0 || len(s) != tokenDigits {
			t.Fatalf("%x as %q", b, s)
		}
	})
	if s := encode62([]byte(strings.Repeat("\xff", 32))); len(s) != tokenDigits {
		t.Errorf("the largest number has %d digits", len(s))
	}
}

func TestRequestToken(t *testing.T) {
	token, _ := NewToken()
	for _, c := range []struct {
		name, header, value string
		want                bool
	}{
		{"as Pipedrive's clients send it", "x-api-token", token, true},
		{"as a bearer token", "Authorization", "Bearer " + token, true},
		{"in lower case", "Authorization", "bearer " + token, true},
		{"as Basic", "Authorization", "Basic " + token, false},
		{"without a scheme", "Authorization", token, false},
		{"of somebody else's making", "x-api-token", "0123456789abcdef", false},
		{"cut", "x-api-token", token[:20], false},
		{"with a foreign sign", "x-api-token", token[:len(token)-1] + "'", false},
		{"nothing", "Accept", "*/*", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/api/v2/activities", nil)
			r.Header.Set(c.header, c.value)
			got, ok := RequestToken(r)
			if ok != c.want || (ok && got != token) {
				t.Errorf("%q, %v", got, ok)
			}
		})
	}
}
