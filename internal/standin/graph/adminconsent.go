package graph

import (
	"net/http"
	"net/url"
	"slices"
)

// adminConsent is the page on which an administrator agrees for the whole organisation.
func (s *Server) adminConsent(w http.ResponseWriter, r *http.Request, tenant string) {
	q := r.URL.Query()
	if _, f := s.readAdminConsent(q, origin(r)); f != nil {
		s.errorPage(w, r, f)
		return
	}
	s.showPage(w, r, http.StatusOK, pageView{Step: "admin", Tenant: tenant, Request: q.Encode(), App: s.opt.App.Name, Scopes: consentWords(s.adminScopes(q, origin(r)))})
}

// readAdminConsent checks a request.
func (s *Server) readAdminConsent(q url.Values, base string) (*authorization, *failure) {
	if q.Get("client_id") != s.opt.App.ID {
		f := refClient.because("Application with identifier '" + q.Get("client_id") + "' was not found in the directory.")
		f.Error = ""
		return nil, f
	}
	a := &authorization{query: q, redirect: q.Get("redirect_uri"), mode: "query", state: q.Get("state")}
	if a.redirect == "" && len(s.opt.App.Redirects) > 0 {
		a.redirect = s.opt.App.Redirects[0] // an address that an administrator has been sent names none
	}
	if a.redirect != "" && !s.hasRedirect(a.redirect) {
		return nil, refRedirect.because("The redirect URI '" + a.redirect + "' specified in the request does not match the redirect URIs configured for the application.")
	}
	return a, nil
}

// adminScopes are what is agreed to; all that the program is registered for if none are named.
func (s *Server) adminScopes(q url.Values, base string) []string {
	list, ok := readScopes(q.Get("scope"), base)
	if !ok || len(list) == 0 {
		return allScopes
	}
	return list
}

// adminLogin takes the form of that page.
func (s *Server) adminLogin(w http.ResponseWriter, r *http.Request, tenant string, q url.Values) {
	a, f := s.readAdminConsent(q, origin(r))
	if f != nil {
		s.errorPage(w, r, f)
		return
	}
	if r.PostForm.Get("answer") == "cancel" {
		if a.redirect == "" {
			s.showPage(w, r, http.StatusOK, pageView{Step: "over", App: s.opt.App.Name})
			return
		}
		s.failRedirect(w, r, a, refCancel.because("User declined to consent to access the app."))
		return
	}
	b := s.passwordFits(r.PostForm)
	scopes := s.adminScopes(q, origin(r))
	if b == nil || !b.Admin {
		f := refPassword.because("Your account or password is incorrect.")
		if b != nil {
			f = refNotAdmin.because("This account is no administrator.")
		}
		w.Header().Set("X-Standin-Refusal", f.Number)
		s.showPage(w, r, http.StatusOK, pageView{
			Step: "admin", Tenant: tenant, Request: q.Encode(), App: s.opt.App.Name, Scopes: consentWords(scopes), Problem: f.detail, Code: f.Code,
		})
		return
	}
	for _, x := range s.boxes {
		s.identity.consents[x.Name] = union(s.identity.consents[x.Name], scopes)
		for _, who := range []string{x.Name, "*"} {
			if slices.Contains(byAdmin, s.identity.blocks[who]) {
				delete(s.identity.blocks, who)
			}
		}
	}
	if a.redirect == "" {
		s.showPage(w, r, http.StatusOK, pageView{Step: "approved", App: s.opt.App.Name})
		return
	}
	s.back(w, r, a, url.Values{"admin_consent": {"True"}, "tenant": {tenantID}})
}
