package graph

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// identity is the state of the identity platform: the lock of the server guards it.
type identity struct {
	consents map[string][]string // by user: what was agreed to
	codes    map[string]*code
	access   map[string]grant
	refresh  map[string]grant
	tickets  map[string]ticket // pages that are open, by a secret in their forms
	blocks   map[string]string // by user, "*" for all: a code of [Blocks]
}

func newIdentity() identity {
	return identity{
		consents: map[string][]string{}, codes: map[string]*code{}, access: map[string]grant{}, refresh: map[string]grant{},
		tickets: map[string]ticket{}, blocks: map[string]string{},
	}
}

// grant is what a token stands for.
type grant struct {
	box    *mailbox
	scopes []string
	until  time.Time
	spent  bool // a refresh token that was used, where that ends it
}

// code is an authorization code.
type code struct {
	grant
	redirect, challenge, method, nonce string
	used                               bool
}

// ticket is one step of a sign-in in a browser: who has given a password.
type ticket struct {
	box   *mailbox
	until time.Time
}

// Lifetimes: of codes and tickets, access tokens and idle refresh tokens.
const (
	codeLife    = 10 * time.Minute
	accessLife  = 3599 * time.Second
	refreshLife = 90 * 24 * time.Hour
)

// maxTokens bounds each kind of token; the ones that have run out go first, then any.
const maxTokens = 10_000

// keep adds to a map of tokens within the bound.
func keep[T any](m map[string]T, key string, v T, over func(T) bool) {
	if len(m) >= maxTokens {
		for k, old := range m { // any order: all that are over go
			if over(old) {
				delete(m, k)
			}
		}
	}
	for k := range m { // any order: a bound, of tokens that all are alive
		if len(m) < maxTokens {
			break
		}
		delete(m, k)
	}
	m[key] = v
}

// knownScopes are the permissions that the program may be granted, with the words that the consent page has for them.
var knownScopes = []struct{ name, words string }{
	{"Calendars.ReadWrite", "Have full access to your calendars"},
	{"Calendars.Read", "Read your calendars"},
	{"User.Read", "Sign you in and read your profile"},
	{"offline_access", "Maintain access to data you have given it access to"},
	{"openid", ""}, {"profile", "View your basic profile"}, {"email", "View your email address"},
}

const graphResource = "https://graph.microsoft.com/"

// exchangeScope is the permission to an Exchange server on premises. With its server's address in front it stands among the scopes.
const exchangeScope = "EWS.AccessAsUser.All"

// server is the address that a scope has in front which is none of ours; empty for those of the identity platform and of Graph.
func server(scope, base string) string {
	at, name, ok := cutLast(scope)
	if !ok || at == base || at+"/" == graphResource || !strings.EqualFold(name, exchangeScope) {
		return ""
	}
	return at
}

func cutLast(scope string) (at, name string, ok bool) {
	i := strings.LastIndex(scope, "/")
	if i < 0 || !strings.Contains(scope, "://") {
		return "", scope, false
	}
	return scope[:i], scope[i+1:], true
}

// audience is the server that some scopes are for; empty for Graph.
func audience(scopes []string) string {
	for _, s := range scopes {
		if at, _, ok := cutLast(s); ok {
			return at
		}
	}
	return ""
}

// Bearer reads an access token: the server on premises that it is for, empty for Graph, whose it is, and its permission there. ok is
// false for one that was not given, or has run out.
func (s *Server) Bearer(token string) (at, user, scope string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.identity.access[token]
	if !ok || !g.until.After(s.now()) {
		return "", "", "", false
	}
	if at = audience(g.scopes); at != "" {
		scope = exchangeScope
	}
	return at, g.box.Name, scope, true
}

// Know makes a server on premises known to the directory, besides those of [Options].
func (s *Server) Know(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opt.Servers = append(slices.Clone(s.opt.Servers), address)
}

// unknownServer is the first server in a scope parameter that the directory does not know; empty if it knows them all.
func (s *Server) unknownServer(text, base string) string {
	for scope := range strings.FieldsSeq(text) {
		if at := server(scope, base); at != "" && !slices.Contains(s.opt.Servers, at) {
			return at
		}
	}
	return ""
}

// readScopes reads a scope parameter; ok is false if it holds one that is none, or those of two servers: a token is for one.
func readScopes(text, base string) (list []string, ok bool) {
	elsewhere := ""
	for s := range strings.FieldsSeq(text) {
		if at := server(s, base); at != "" {
			if elsewhere != "" && elsewhere != at {
				return nil, false
			}
			elsewhere = at
			list = append(list, at+"/"+exchangeScope)
			continue
		}
		for _, prefix := range []string{graphResource, base + "/"} {
			s = strings.TrimPrefix(s, prefix)
		}
		found := false
		for _, k := range knownScopes {
			if strings.EqualFold(k.name, s) {
				found = true
				if !slices.Contains(list, k.name) {
					list = append(list, k.name)
				}
			}
		}
		if !found {
			return nil, false
		}
	}
	if elsewhere != "" && slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, "Calendars.") || strings.HasPrefix(s, "User.") }) {
		return nil, false
	}
	return list, true
}

// identityPath reads /{tenant}/rest; ok is false for what is no path of the identity platform.
func (s *Server) identityPath(path string) (tenant, rest string, ok bool) {
	tenant, rest, ok = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch rest {
	case "oauth2/v2.0/authorize", "oauth2/v2.0/token", "v2.0/adminconsent", "adminconsent", "v2.0/.well-known/openid-configuration", "discovery/v2.0/keys", "login":
		return tenant, rest, ok && tenant != "v1.0"
	}
	return "", "", false
}

// serveIdentity answers the identity platform.
func (s *Server) serveIdentity(w http.ResponseWriter, r *http.Request, tenant, rest string) {
	if !s.hasTenant(tenant) {
		s.errorPage(w, r, refTenant.because("Tenant '"+tenant+"' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."))
		return
	}
	post := r.Method == http.MethodPost
	switch {
	case rest == "oauth2/v2.0/token" && post:
		s.token(w, r)
	case rest == "oauth2/v2.0/authorize" && (post || r.Method == http.MethodGet):
		s.authorize(w, r, tenant)
	case rest == "login" && post:
		s.login(w, r, tenant)
	case (rest == "v2.0/adminconsent" || rest == "adminconsent") && r.Method == http.MethodGet:
		s.adminConsent(w, r, tenant)
	case rest == "v2.0/.well-known/openid-configuration" && r.Method == http.MethodGet:
		s.configuration(w, r, tenant)
	case rest == "discovery/v2.0/keys" && r.Method == http.MethodGet:
		sendJSON(w, http.StatusOK, publicKeys())
	default:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// tenantID is the directory's own id.
const tenantID = "7a871000-0000-4000-8000-000000000001"

// hasTenant knows the directory by its id, by the domains of its users and by the names that stand for any.
func (s *Server) hasTenant(name string) bool {
	if slices.Contains([]string{"common", "organizations", tenantID}, name) {
		return true
	}
	for _, b := range s.boxes {
		if _, domain, _ := strings.Cut(b.Name, "@"); equalFold(domain, name) {
			return true
		}
	}
	return false
}

// hasRedirect reports whether an address is registered.
func (s *Server) hasRedirect(address string) bool {
	if s.moved {
		return false
	}
	if len(s.opt.App.Redirects) > 0 {
		return slices.Contains(s.opt.App.Redirects, address)
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

// block is what stands in a user's way.
func (s *Server) block(b *mailbox) string {
	if code := s.identity.blocks[b.Name]; code != "" {
		return code
	}
	return s.identity.blocks["*"]
}

// heal lifts what an interactive sign-in mends.
func (s *Server) heal(b *mailbox) {
	for _, who := range []string{b.Name, "*"} {
		if slices.Contains(healing, s.identity.blocks[who]) {
			delete(s.identity.blocks, who)
		}
	}
}

// newSecret draws a token; the prefix says which kind it is, as the original's do.
func newSecret(prefix string) string { return prefix + rand.Text() + rand.Text() }
