package google

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"tahti/internal/standin"
)

// Client is a program that may ask for consent, as its maker has registered it.
type Client struct {
	ID, Secret string
	Name       string // as people read it; Tahti if empty
	// Redirects are the addresses that a code may be sent to, letter for letter; any of this machine's own if there are none,
	// as for an installed program.
	Redirects []string
	// Scopes are those declared on the consent screen, short or in full; others are dropped without a word. All if none.
	Scopes []string
	// Testing is a program that was never published: its grants end after a week, and only its test users may sign in.
	Testing   bool
	TestUsers []string
	// NoAPI is a program in whose project the Calendar API is not switched on.
	NoAPI bool
	// Domain is the only one whose users may sign in, of an internal program.
	Domain string
}

// The client that is there if none is named.
const (
	StandardClient = "standin.apps.googleusercontent.com"
	StandardSecret = "standin-secret"
)

// The ends of things (1.2; those without a source are unproved).
const (
	accessLife  = 3599 * time.Second
	codeLife    = 10 * time.Minute
	testingLife = 7 * 24 * time.Hour
	idleLife    = 182 * 24 * time.Hour
	maxRefresh  = 100 // live refresh tokens of a user and a client
)

// consent is what a user has granted to a client, ever, and what hangs on it.
type consent struct {
	scopes map[string]bool
	// refresh are the live refresh tokens, oldest first.
	refresh []*refreshToken
}

type refreshToken struct {
	text   string
	scopes []string
	issued time.Time
	used   time.Time
}

// code is a one-time code.
type code struct {
	client, redirect   string
	challenge          string // S256; empty if the request had none
	who                *account
	scopes             []string
	offline, consented bool
	ends               time.Time
}

// grantKey names a user's consent to a client.
type grantKey struct{ user, client string }

// client is a program's registration as it stands; nil if there is none.
func (s *Server) client(id string) *Client {
	for i, c := range s.opt.Clients {
		if c.ID != id {
			continue
		}
		if i == 0 {
			s.mis.make(&c, s.accounts[0].Email)
		}
		return &c
	}
	return nil
}

// misregistration is what can be wrong with how the first program's maker has registered it.
type misregistration struct{ testing, moved, undeclared bool }

func (m misregistration) make(c *Client, tester string) {
	if m.testing {
		c.Testing, c.TestUsers = true, []string{tester}
	}
	if m.moved {
		c.Redirects = []string{"https://elsewhere.example/oauth/callback"}
	}
	if m.undeclared {
		c.Scopes = slices.DeleteFunc(slices.Sorted(maps.Keys(scopeTexts)), func(s string) bool { return s == "calendar.calendarlist.readonly" })
	}
}

// sends reports whether a code may be sent to an address.
func (c *Client) sends(redirect string) bool {
	if len(c.Redirects) > 0 {
		return slices.Contains(c.Redirects, redirect)
	}
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" {
		return false
	}
	return standin.Local(u.Hostname())
}

// signInScopes are those about who somebody is; all others get boxes (1.2).
var signInScopes = map[string]string{
	"openid": "openid", "email": scopePrefix + "userinfo.email", "profile": scopePrefix + "userinfo.profile",
	scopePrefix + "userinfo.email": scopePrefix + "userinfo.email", scopePrefix + "userinfo.profile": scopePrefix + "userinfo.profile",
}

// scopeTexts is what the consent page says of the calendar scopes (discovery document).
var scopeTexts = map[string]string{
	"calendar":                        "See, edit, share, and permanently delete all the calendars you can access",
	"calendar.acls":                   "See and change the sharing permissions of calendars you own",
	"calendar.acls.readonly":          "See the sharing permissions of calendars you own",
	"calendar.app.created":            "Make secondary calendars, and see, create, change, and delete events on them",
	"calendar.calendarlist":           "See, add, and remove calendars you are subscribed to",
	"calendar.calendarlist.readonly":  "See the list of calendars you are subscribed to",
	"calendar.calendars":              "See and change the properties of calendars, and create secondary calendars",
	"calendar.calendars.readonly":     "See the title, description, time zone, and other properties of calendars",
	"calendar.events":                 "View and edit events on all your calendars",
	"calendar.events.freebusy":        "See the availability on calendars you have access to",
	"calendar.events.owned":           "See, create, change, and delete events on calendars you own",
	"calendar.events.owned.readonly":  "See the events on calendars you own",
	"calendar.events.public.readonly": "See the events on public calendars",
	"calendar.events.readonly":        "View events on all your calendars",
	"calendar.freebusy":               "View your availability in your calendars",
	"calendar.readonly":               "See and download any calendar you can access",
	"calendar.settings":               "View and edit your calendar settings",
	"calendar.settings.readonly":      "View your calendar settings",
}

// parseScopes reads the scopes of a request: in full, each once, without those that the client has not declared. bad is
// the first that is none.
func (c *Client) parseScopes(text string) (list []string, bad string) {
	declared := map[string]bool{}
	for _, s := range c.Scopes {
		if !strings.Contains(s, "/") && signInScopes[s] == "" {
			s = scopePrefix + s
		}
		declared[s] = true
	}
	for _, s := range strings.Fields(text) {
		full := signInScopes[s]
		if full == "" {
			if scopeTexts[strings.TrimPrefix(s, scopePrefix)] == "" || !strings.HasPrefix(s, scopePrefix) {
				return nil, s
			}
			if full = s; len(declared) > 0 && !declared[s] {
				continue
			}
		}
		if !slices.Contains(list, full) {
			list = append(list, full)
		}
	}
	return list, ""
}

// consentOf is the consent of a user to a client, made if there is none.
func (s *Server) consentOf(who *account, client string) *consent {
	k := grantKey{who.Email, client}
	if s.consents[k] == nil {
		s.consents[k] = &consent{scopes: map[string]bool{}}
	}
	return s.consents[k]
}

// live reports whether a refresh token can still be used.
func (s *Server) live(t *refreshToken, c *Client) bool {
	now := s.now()
	return now.Sub(t.used) < idleLife && (!c.Testing || now.Sub(t.issued) < testingLife)
}

// withdraw ends everything that a user has granted to a client.
func (s *Server) withdraw(k grantKey) {
	delete(s.consents, k)
	for text, g := range s.tokens {
		if g.who.Email == k.user && g.client == k.client {
			delete(s.tokens, text)
		}
	}
}
