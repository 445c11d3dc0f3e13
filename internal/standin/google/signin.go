package google

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// attempt is one way through the sign-in pages.
type attempt struct {
	client    *Client
	redirect  string
	state     string
	challenge string
	scopes    []string
	offline   bool
	consent   bool // asked for again, whatever was granted before
	merge     bool // include_granted_scopes
	hint      string
	who       *account // once known
	seen      bool     // the first consent screen
}

// maxAttempts bounds the ways that are open at once; the oldest leave.
const maxAttempts = 1000

var pkceForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// authorize is the address to which a program leads the browser.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	client := s.client(q.Get("client_id"))
	if client == nil {
		s.errorPage(w, r, refClient.because("The OAuth client was not found."))
		return
	}
	if !client.sends(q.Get("redirect_uri")) {
		s.errorPage(w, r, refRedirect.because("The redirect address in the request does not match one of the registered ones."))
		return
	}
	a := &attempt{
		client: client, redirect: q.Get("redirect_uri"), state: q.Get("state"), challenge: q.Get("code_challenge"), hint: q.Get("login_hint"),
		offline: q.Get("access_type") == "offline", merge: q.Get("include_granted_scopes") == "true",
		consent: slices.Contains(strings.Fields(q.Get("prompt")), "consent"),
	}
	if f := a.check(q, r); f != nil {
		s.errorPage(w, r, f)
		return
	}
	if q.Get("prompt") == "none" {
		s.back(w, r, a, url.Values{"error": {"interaction_required"}})
		return
	}
	id := rand.Text()
	s.attempts = append(s.attempts, named{id, a})
	if len(s.attempts) > maxAttempts {
		s.attempts = s.attempts[1:]
	}
	s.accountPage(w, r, id, a, "", http.StatusOK)
}

type named struct {
	id      string
	attempt *attempt
}

// check holds the request to what the address takes.
func (a *attempt) check(q url.Values, r *http.Request) *failure {
	if strings.Contains(r.UserAgent(), "; wv)") {
		return refUserAgent.because("The request does not comply with the policy on secure browsers.")
	}
	var bad string
	a.scopes, bad = a.client.parseScopes(q.Get("scope"))
	switch {
	case q.Get("response_type") != "code":
		return refRequest.because("Required parameter is missing or wrong: response_type")
	case strings.TrimSpace(q.Get("scope")) == "":
		return refRequest.because("Missing required parameter: scope")
	case bad != "":
		return refScopeName.because("Some requested scopes were invalid: " + bad)
	case a.challenge != "" && q.Get("code_challenge_method") != "S256":
		return refRequest.because("Only the code challenge method S256 is taken.")
	case a.challenge != "" && !pkceForm.MatchString(a.challenge):
		return refRequest.because("Invalid code challenge.")
	case q.Has("access_type") && q.Get("access_type") != "offline" && q.Get("access_type") != "online":
		return refRequest.because("Invalid parameter value for access_type")
	}
	return nil
}

// signIn takes the forms of the pages.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		s.errorPage(w, r, refRequest.because("The form cannot be read."))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PostForm.Get("attempt")
	i := slices.IndexFunc(s.attempts, func(n named) bool { return n.id == id })
	if i < 0 {
		s.errorPage(w, r, refRequest.because("This sign-in is over. Go back to the program and begin again."))
		return
	}
	a := s.attempts[i].attempt
	switch {
	case r.PostForm.Get("cancel") != "":
		s.attempts = slices.Delete(s.attempts, i, i+1)
		s.back(w, r, a, url.Values{"error": {"access_denied"}})
	case a.who == nil:
		who := s.local(strings.TrimSpace(r.PostForm.Get("email")))
		if who == nil || who.Password != r.PostForm.Get("password") {
			s.accountPage(w, r, id, a, "Wrong address or password.", refPassword.Status)
			return
		}
		if f := s.mayEnter(a, who); f != nil {
			s.block(w, r, a, f)
			return
		}
		a.who = who
		s.next(w, r, id, a)
	case !a.seen && a.signsIn():
		a.seen = true
		s.next(w, r, id, a)
	default:
		s.attempts = slices.Delete(s.attempts, i, i+1)
		s.agreed(w, r, a, r.PostForm["scope"])
	}
}

// mayEnter holds what the administrator and the program's maker have said.
func (s *Server) mayEnter(a *attempt, who *account) *failure {
	_, domain, _ := strings.Cut(who.Email, "@")
	switch {
	case s.blocked || who.Blocked:
		return refAdmin.because("Access to your account data is restricted by policies within your organization.")
	case a.client.Domain != "" && a.client.Domain != domain:
		return refInternal.because("This client is restricted to users within its organization.")
	case a.client.Testing && !slices.Contains(a.client.TestUsers, who.Email):
		return refTester.because("The app is being tested, and can only be accessed by testers that its developer has approved.")
	}
	return nil
}

// block shows why, on our own page, or tells the program where the variant says so.
func (s *Server) block(w http.ResponseWriter, r *http.Request, a *attempt, f *failure) {
	if f.Number == refAdmin.Number && s.variant.BlockGoesBack {
		w.Header().Set("X-Standin-Refusal", f.Number)
		s.back(w, r, a, url.Values{"error": {f.Reason}})
		return
	}
	s.errorPage(w, r, f)
}

func (a *attempt) signsIn() bool {
	return slices.ContainsFunc(a.scopes, func(s string) bool { return signInScopes[s] != "" })
}

// asked are the permissions beyond who somebody is.
func (a *attempt) asked() []string {
	return slices.DeleteFunc(slices.Clone(a.scopes), func(s string) bool { return signInScopes[s] != "" })
}

// next shows the next screen, or goes back if there is nothing left to ask.
func (s *Server) next(w http.ResponseWriter, r *http.Request, id string, a *attempt) {
	old := s.consentOf(a.who, a.client.ID)
	news := slices.ContainsFunc(a.scopes, func(x string) bool { return !old.scopes[x] })
	p := signInPage{Attempt: id, Client: a.client.Name, Email: a.who.Email}
	asked := a.asked()
	switch {
	case !news && !a.consent:
		s.attempts = slices.DeleteFunc(s.attempts, func(n named) bool { return n.id == id })
		s.agreed(w, r, a, asked)
		return
	case a.signsIn() && !a.seen:
		p.Screen = "who"
	case len(asked) == 0:
		s.attempts = slices.DeleteFunc(s.attempts, func(n named) bool { return n.id == id })
		s.agreed(w, r, a, nil)
		return
	case len(asked) == 1 && !a.signsIn():
		p.Screen, p.One = "one", scopeTexts[strings.TrimPrefix(asked[0], scopePrefix)]
		p.Boxes = []box{{Scope: asked[0]}}
	default:
		p.Screen = "boxes"
		for _, x := range asked {
			p.Boxes = append(p.Boxes, box{x, scopeTexts[strings.TrimPrefix(x, scopePrefix)], old.scopes[x]})
		}
	}
	s.showPage(w, r, p, http.StatusOK)
}

// agreed ends the way: what was ticked is granted, and the browser goes back with a code.
func (s *Server) agreed(w http.ResponseWriter, r *http.Request, a *attempt, ticked []string) {
	old := s.consentOf(a.who, a.client.ID)
	first := len(old.scopes) == 0
	var granted []string
	for _, x := range a.scopes {
		if signInScopes[x] != "" || slices.Contains(ticked, x) {
			granted = append(granted, x)
			old.scopes[x] = true
		}
	}
	if a.merge && !s.variant.NoMerge {
		for x := range old.scopes {
			if !slices.Contains(granted, x) {
				granted = append(granted, x)
			}
		}
	}
	if len(granted) == 0 {
		s.back(w, r, a, url.Values{"error": {"access_denied"}})
		return
	}
	slices.Sort(granted)
	maps.DeleteFunc(s.codes, func(_ string, c *code) bool { return !s.now().Before(c.ends) })
	text := "4/0A" + rand.Text()
	s.codes[text] = &code{
		client: a.client.ID, redirect: a.redirect, challenge: a.challenge, who: a.who, scopes: granted,
		offline: a.offline, consented: a.consent || first, ends: s.now().Add(codeLife),
	}
	s.back(w, r, a, url.Values{"code": {text}, "scope": {strings.Join(granted, " ")}, "authuser": {"0"}, "prompt": {"consent"}})
}

// back sends the browser to the program, and says who answers, as the original is seen to (RFC 9207).
func (s *Server) back(w http.ResponseWriter, r *http.Request, a *attempt, q url.Values) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	q.Set("iss", scheme+"://"+r.Host)
	if a.state != "" {
		q.Set("state", a.state)
	}
	if q.Get("error") == "access_denied" {
		w.Header().Set("X-Standin-Refusal", refDenied.Number)
	}
	sep := "?"
	if strings.Contains(a.redirect, "?") {
		sep = "&"
	}
	http.Redirect(w, r, a.redirect+sep+q.Encode(), http.StatusFound)
}
