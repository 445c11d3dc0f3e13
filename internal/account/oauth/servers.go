package oauth

import (
	"net/url"
	"strings"
	"time"
)

// The calendar scopes of Google that we ask for, least first (providers.md 1.1).
const (
	googlePrefix = "https://www.googleapis.com/auth/"
	// GoogleMakes lets us make calendars of our own; it is asked for when somebody wants one.
	GoogleMakes = googlePrefix + "calendar.app.created"
)

// Google describes Google's authorization server; base is empty for the real one, or where all its paths are (TAHTI_GOOGLE_OAUTH_URL).
func Google(base, id, secret string) Client {
	c := Client{
		ID: id, Secret: secret, Issuer: "https://accounts.google.com",
		Authorize: "https://accounts.google.com/o/oauth2/v2/auth", Token: "https://oauth2.googleapis.com/token", Revoke: "https://oauth2.googleapis.com/revoke",
		Needs: []Need{
			{googlePrefix + "calendar.events", googlePrefix + "calendar"},
			{googlePrefix + "calendar.calendarlist.readonly", googlePrefix + "calendar.calendarlist", googlePrefix + "calendar.readonly", googlePrefix + "calendar"},
		},
		Later:       []Need{{GoogleMakes, googlePrefix + "calendar.calendars", googlePrefix + "calendar"}},
		Extra:       []string{"openid", "email"},
		Boxes:       true,
		parameters:  googleParameters,
		permissions: func(string) string { return "https://myaccount.google.com/connections" },
		testing:     7 * 24 * time.Hour,
		short:       func(s string) string { return s },
		identify:    func(k claims) Identity { return Identity{Subject: k.Subject, Email: k.Email} },
	}
	if base = strings.TrimSuffix(base, "/"); base != "" {
		c.Issuer, c.Authorize, c.Token, c.Revoke = base, base+"/o/oauth2/v2/auth", base+"/token", base+"/revoke"
	}
	return c
}

// googleParameters: a refresh token only comes with the first consent unless both are asked for (providers.md 1.2).
// include_granted_scopes keeps what was granted before, so that nothing is lost by asking for less.
func googleParameters(o Options) url.Values {
	prompt := "consent"
	if o.Hint == "" {
		prompt = "select_account consent"
	}
	return url.Values{"access_type": {"offline"}, "include_granted_scopes": {"true"}, "prompt": {prompt}}
}

const microsoftLogin = "https://login.microsoftonline.com"

// Microsoft describes Microsoft's; base is empty for the worldwide cloud, or another cloud's sign-in address
// (TAHTI_MICROSOFT_LOGIN_URL). With a path it names the only directory whose accounts may sign in; else those of all may,
// and personal ones.
func Microsoft(base, id, secret string) Client {
	base = strings.TrimSuffix(base, "/")
	if base == "" {
		base = microsoftLogin
	}
	if u, err := url.Parse(base); err == nil && strings.Trim(u.Path, "/") == "" {
		base += "/common"
	}
	issuer := base
	if u, err := url.Parse(base); err == nil {
		issuer = u.Scheme + "://" + u.Host
	}
	return Client{
		ID: id, Secret: secret, Issuer: issuer,
		// Each directory is an issuer of its own, and which one the person is of is not known before.
		answers: func(iss string) bool { return strings.HasPrefix(iss, issuer+"/") },
		approve: func() string {
			return strings.Replace(base, "/common", "/organizations", 1) + "/adminconsent?client_id=" + url.QueryEscape(id)
		},
		Authorize: base + "/oauth2/v2.0/authorize", Token: base + "/oauth2/v2.0/token",
		// A scope without an address in front is Graph's of the same cloud, so that this fits all of them.
		Needs:       []Need{{"Calendars.ReadWrite"}},
		Extra:       []string{"openid", "profile", "email", "offline_access"},
		parameters:  microsoftParameters,
		permissions: microsoftPermissions,
		short:       microsoftScope,
		identify: func(k claims) Identity {
			// sub differs from program to program; tenant and object together are the person, everywhere.
			i := Identity{Email: k.Email}
			if k.Object != "" && k.Tenant != "" {
				i.Subject = k.Tenant + "/" + k.Object
			}
			if i.Email == "" {
				i.Email = k.Username
			}
			return i
		},
	}
}

// ofServer is a permission to an Exchange server on premises, in the name of whoever signs in. Asked for, it has the server's address
// in front: a token is good for that server alone.
const ofServer = "EWS.AccessAsUser.All"

// Hybrid is our registration at Microsoft as it signs people in to Exchange servers of organisations that are joined to it (hybrid
// modern authentication); see [Client.At].
func (c Client) Hybrid() Client {
	c.Needs, c.Later = []Need{{ofServer}}, nil
	return c
}

// At is the client that asks for its permissions at a server, such as https://mail.example.com: the token's audience.
func (c Client) At(server string) *Client {
	needs := make([]Need, 0, len(c.Needs))
	for _, n := range c.Needs {
		needs = append(needs, Need{strings.TrimSuffix(server, "/") + "/" + n[0]})
	}
	c.Needs = needs
	return &c
}

// personal is the directory in which Microsoft has the accounts of private persons.
const personal = "9188040d-6c67-4c5b-b112-36a304b66dad"

func microsoftPermissions(subject string) string {
	if strings.HasPrefix(subject, personal+"/") {
		return "https://account.live.com/consent/Manage"
	}
	return "https://myapps.microsoft.com"
}

func microsoftParameters(o Options) url.Values {
	switch {
	case o.Afresh:
		return url.Values{"prompt": {"consent"}}
	case o.Hint == "":
		return url.Values{"prompt": {"select_account"}}
	}
	return nil
}

// microsoftScope takes off the address of Graph, which answers have and requests need not.
func microsoftScope(s string) string {
	if strings.Contains(s, "://") {
		s = s[strings.LastIndex(s, "/")+1:]
	}
	return strings.ToLower(s)
}
