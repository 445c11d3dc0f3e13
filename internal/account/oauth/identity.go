package oauth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are what we read of an ID token (OpenID Connect Core section 2). The last ones are Microsoft's.
type claims struct {
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Expires  float64  `json:"exp"`
	Email    string   `json:"email"`
	Object   string   `json:"oid"`
	Tenant   string   `json:"tid"`
	Username string   `json:"preferred_username"`
}

// audience is a text or a list of them (RFC 7519 section 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// skew is by how much clocks may differ.
const skew = 5 * time.Minute

// who reads an ID token. Its signature need not be checked: it came straight from the token endpoint over TLS (OpenID Connect
// Core section 3.1.3.7, item 6). That it was made for us, and just now, has to be.
func (c *Client) who(op, token string) (Identity, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Identity{}, malformed(op, "no ID token")
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	var k claims
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err != nil {
		return Identity{}, malformed(op, "the ID token cannot be read")
	}
	ours := false
	for _, a := range k.Audience {
		ours = ours || a == c.ID
	}
	if !ours || time.Unix(int64(k.Expires), 0).Add(skew).Before(c.Now()) {
		return Identity{}, malformed(op, "the ID token is for another program or has expired")
	}
	i := c.identify(k)
	if i.Subject == "" {
		return i, malformed(op, "the ID token names nobody")
	}
	if i.Email == "" {
		i.Email = i.Subject
	}
	return i, nil
}
