package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tahti/internal/provider"
)

// Pipedrive describes Pipedrive's authorization server; base is empty for the real one, or where all its paths are (TAHTI_PIPEDRIVE_OAUTH_URL).
//
// Which permissions there are is said at the registration, and a person agrees to all of them or to none; what is asked for here is what has to
// be among them. There is no PKCE [M]: what is sent of it is passed over. A grant comes with the address of its company's API.
func Pipedrive(base, id, secret string) Client {
	c := Client{
		ID: id, Secret: secret, Issuer: "https://oauth.pipedrive.com", basic: true,
		Authorize: "https://oauth.pipedrive.com/oauth/authorize", Token: "https://oauth.pipedrive.com/oauth/token", Revoke: "https://oauth.pipedrive.com/oauth/revoke",
		Needs: []Need{
			{"activities:full"}, {"users:read"}, {"contacts:read", "contacts:full"}, {"deals:read", "deals:full"}, {"webhooks:full"},
		},
		parameters:  func(Options) url.Values { return nil },
		permissions: func(string) string { return "https://app.pipedrive.com/settings/marketplace" },
		short:       func(s string) string { return s },
		serves: func(address string) bool {
			u, err := url.Parse(address)
			return err == nil && u.Scheme == "https" && strings.HasSuffix(u.Hostname(), ".pipedrive.com") && u.Path == "" && u.User == nil
		},
		ask: pipedriveUser,
	}
	if base = strings.TrimSuffix(base, "/"); base != "" {
		c.Issuer, c.Authorize, c.Token, c.Revoke = base, base+"/oauth/authorize", base+"/oauth/token", base+"/oauth/revoke"
		c.serves = func(address string) bool { // the operator has said that it is another one
			u, err := url.Parse(address)
			return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
		}
	}
	return c
}

// pipedriveUser asks who has signed in. The company's number is part of who somebody is: a person in two companies is two users.
func pipedriveUser(ctx context.Context, c *Client, g Grant) (Identity, error) {
	const op = "ask who has signed in"
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.API+"/api/v1/users/me", nil)
	if err != nil {
		return Identity{}, malformed(op, "an address that is none")
	}
	r.Header.Set("Authorization", "Bearer "+g.Access)
	r.Header.Set("Accept", "application/json")
	w, err := c.Transport.RoundTrip(r)
	if err != nil {
		return Identity{}, unanswered(op, err)
	}
	defer w.Body.Close()
	var said struct {
		Data struct {
			ID      int64  `json:"id"`
			Company int64  `json:"company_id"`
			Email   string `json:"email"`
		} `json:"data"`
	}
	body, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err == nil && w.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, &said)
	}
	switch d := said.Data; {
	case w.StatusCode == http.StatusForbidden, w.StatusCode == http.StatusPaymentRequired:
		return Identity{}, &provider.Error{Op: op, Class: provider.Forbidden, Code: provider.CodeNoPermission, Status: fmt.Sprintf("HTTP %d", w.StatusCode)}
	case err != nil || w.StatusCode != http.StatusOK || d.ID <= 0 || d.Company <= 0:
		return Identity{}, malformed(op, fmt.Sprintf("HTTP %d without a user", w.StatusCode))
	default:
		return Identity{Subject: fmt.Sprintf("%d/%d", d.Company, d.ID), Email: strings.ToLower(d.Email)}, nil
	}
}
