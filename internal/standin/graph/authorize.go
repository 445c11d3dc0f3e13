package graph

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorization is a request for a code, checked.
type authorization struct {
	query    url.Values
	redirect string
	mode     string
	state    string
	scopes   []string
	prompts  []string
}

// readAuthorization checks a request. Until the address to go back to is known to be registered, a refusal is a page.
func (s *Server) readAuthorization(q url.Values, base string) (*authorization, *failure) {
	if q.Get("client_id") != s.opt.App.ID {
		f := refClient.because("Application with identifier '" + q.Get("client_id") + "' was not found in the directory.")
		f.Error = ""
		return nil, f
	}
	a := &authorization{query: q, redirect: q.Get("redirect_uri"), mode: q.Get("response_mode"), state: q.Get("state"), prompts: strings.Fields(q.Get("prompt"))}
	if !s.hasRedirect(a.redirect) {
		return nil, refRedirect.because("The redirect URI '" + a.redirect + "' specified in the request does not match the redirect URIs configured for the application '" + s.opt.App.ID + "'.")
	}
	mode := a.mode
	if !slices.Contains([]string{"fragment", "form_post"}, mode) {
		a.mode = "query"
	}
	var ok bool
	a.scopes, ok = readScopes(q.Get("scope"), base)
	method, challenge := q.Get("code_challenge_method"), q.Get("code_challenge")
	switch {
	case q.Get("response_type") == "":
		return a, refMissing.because("The request body must contain the following parameter: 'response_type'.")
	case q.Get("response_type") != "code":
		return a, refResponseType.because("The response type '" + q.Get("response_type") + "' is not supported for the application.")
	case mode != "" && mode != a.mode:
		return a, refMode.because("The response mode '" + mode + "' is not supported.")
	case q.Get("scope") == "":
		return a, refMissing.because("The request body must contain the following parameter: 'scope'.")
	case s.unknownServer(q.Get("scope"), base) != "":
		return a, refServer.because("The resource principal named " + s.unknownServer(q.Get("scope"), base) + " was not found in the tenant.")
	case !ok:
		return a, refScopes.because("The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope '" + q.Get("scope") + "' is not valid.")
	case method != "" && method != "S256" && method != "plain", challenge == "" && method != "", challenge != "" && (len(challenge) < 43 || len(challenge) > 128):
		return a, refChallenge.because("Invalid size or method of the Code_Challenge parameter.")
	}
	return a, nil
}

// authorize shows the page on which a person signs in.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request, tenant string) {
	q := r.URL.Query()
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			http.Error(w, "read form: "+err.Error(), http.StatusBadRequest)
			return
		}
		q = r.PostForm
	}
	a, f := s.readAuthorization(q, origin(r))
	switch {
	case f != nil && a == nil:
		s.errorPage(w, r, f)
	case f != nil:
		s.failRedirect(w, r, a, f)
	case slices.Contains(a.prompts, "none"):
		s.failRedirect(w, r, a, refSilent.because("A silent sign-in request was sent but no user is signed in."))
	default:
		s.showLogin(w, r, tenant, a.query, a.query.Get("login_hint"), nil)
	}
}

// login takes the forms of the page: first name and password, then what the person says to the question of consent.
func (s *Server) login(w http.ResponseWriter, r *http.Request, tenant string) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "read form: "+err.Error(), http.StatusBadRequest)
		return
	}
	q, err := url.ParseQuery(r.PostForm.Get("request"))
	if err != nil {
		http.Error(w, "read form: "+err.Error(), http.StatusBadRequest)
		return
	}
	if r.PostForm.Get("admin") != "" {
		s.adminLogin(w, r, tenant, q)
		return
	}
	a, f := s.readAuthorization(q, origin(r))
	if f != nil {
		if a == nil {
			s.errorPage(w, r, f)
			return
		}
		s.failRedirect(w, r, a, f)
		return
	}
	switch answer := r.PostForm.Get("answer"); {
	case answer == "cancel":
		s.failRedirect(w, r, a, refCancel.because("User declined to consent to access the app."))
	case answer == "accept":
		t, ok := s.identity.tickets[r.PostForm.Get("ticket")]
		delete(s.identity.tickets, r.PostForm.Get("ticket"))
		if !ok || t.until.Before(s.now()) {
			s.showLogin(w, r, tenant, q, "", nil)
			return
		}
		s.identity.consents[t.box.Name] = union(s.identity.consents[t.box.Name], a.scopes)
		s.giveCode(w, r, a, t.box)
	default:
		b := s.passwordFits(r.PostForm)
		if b == nil {
			s.showLogin(w, r, tenant, q, r.PostForm.Get("user"), refPassword.because("Your account or password is incorrect."))
			return
		}
		s.afterPassword(w, r, tenant, a, b)
	}
}

// passwordFits is who has given a name and the right password.
func (s *Server) passwordFits(form url.Values) *mailbox {
	b := s.findBox(form.Get("user"))
	if b == nil || !same(b.Password, form.Get("password")) {
		return nil
	}
	return b
}

// afterPassword blocks, asks for consent, or goes back with a code.
func (s *Server) afterPassword(w http.ResponseWriter, r *http.Request, tenant string, a *authorization, b *mailbox) {
	consented := !slices.Contains(a.prompts, "consent") && contains(s.identity.consents[b.Name], a.scopes)
	if f := s.atSignIn(b, consented); f != nil {
		switch {
		case f.Status == http.StatusFound, s.variants.AdminRedirect && slices.Contains(byAdmin, strings.TrimPrefix(f.Code, "AADSTS")):
			s.failRedirect(w, r, a, f)
		case f.Number == refUnassigned.Number, f.Number == refConditional.Number:
			s.errorPage(w, r, f)
		default:
			s.showBlocked(w, r, tenant, a, f)
		}
		return
	}
	if consented {
		s.giveCode(w, r, a, b)
		return
	}
	secret := newSecret("t")
	keep(s.identity.tickets, secret, ticket{b, s.now().Add(codeLife)}, func(t ticket) bool { return t.until.Before(s.now()) })
	s.showConsent(w, r, tenant, a, b, secret)
}

// giveCode goes back to the program with a code.
func (s *Server) giveCode(w http.ResponseWriter, r *http.Request, a *authorization, b *mailbox) {
	s.heal(b)
	secret := newSecret("0.A")
	keep(s.identity.codes, secret, &code{
		grant: grant{box: b, scopes: a.scopes, until: s.now().Add(codeLife)}, redirect: a.redirect,
		challenge: a.query.Get("code_challenge"), method: a.query.Get("code_challenge_method"), nonce: a.query.Get("nonce"),
	}, func(c *code) bool { return c.until.Before(s.now()) })
	s.back(w, r, a, url.Values{"code": {secret}, "session_state": {s.traceID()}})
}

// back returns to the program in the way that it asked for.
func (s *Server) back(w http.ResponseWriter, r *http.Request, a *authorization, q url.Values) {
	if a.state != "" {
		q.Set("state", a.state)
	}
	u, err := url.Parse(a.redirect)
	if err != nil {
		http.Error(w, "redirect_uri: "+err.Error(), http.StatusBadRequest)
		return
	}
	switch a.mode {
	case "form_post":
		s.showPost(w, r, a.redirect, q)
		return
	case "fragment":
		u.Fragment, u.RawFragment = "", ""
		http.Redirect(w, r, u.String()+"#"+q.Encode(), http.StatusFound)
		return
	}
	all := u.Query()
	for k, v := range q { // any order: they are sorted in writing
		all[k] = v
	}
	u.RawQuery = all.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound)
}

// contains reports whether all of want are in have.
func contains(have, want []string) bool {
	for _, w := range want {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return true
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// origin is where the server is reached.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
