package web

import (
	"errors"
	"fmt"
	"net/http"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// problem is an error page: what happened and what to do now.
type problem struct {
	Title, Text, Action, To string
	Code                    string // for the administrator; empty: nothing went wrong on our side
}

// fail turns an action's error into a page.
func (s *Site) fail(v *visit, err error) {
	p, status := v.explain(err)
	if status >= http.StatusInternalServerError {
		p.Code = newCode()
		s.Log.Error("page failed", "method", v.r.Method, "path", v.r.URL.Path, "code", p.Code, "error", err)
	}
	if err := v.render(view{template: "problem", title: p.Title, status: status, data: p}); err != nil {
		s.Log.Error("error page failed", "error", err)
		http.Error(v.w, p.Title+"\n\n"+p.Text, status)
	}
}

// explain is the one place where errors become sentences.
func (v *visit) explain(err error) (problem, int) {
	var (
		denied  *hub.Denied
		invalid *hub.Invalid
		state   *connection.ErrState
		out     *connection.ErrKeptOut
		remote  *provider.Error
		large   *http.MaxBytesError
	)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem{Title: v.T("page.not_found.title"), Text: v.T("page.not_found.text"), Action: v.T("page.not_found.action"), To: "/"}, http.StatusNotFound
	case errors.As(err, &denied):
		return v.forbidden(v.Word("denied", denied.Code)), http.StatusForbidden
	case errors.Is(err, connection.ErrNotYours), errors.Is(err, errForbidden):
		return v.forbidden(v.T("page.forbidden.text")), http.StatusForbidden
	case errors.As(err, &invalid):
		return v.goBack(v.T("page.failed.title"), v.Word("field", invalid.Field)+": "+v.Word("invalid", invalid.Code)), http.StatusUnprocessableEntity
	case errors.As(err, &state):
		e := v.State(state.State)
		return v.goBack(e.Title, e.Cause+" "+e.Next), http.StatusConflict
	case errors.As(err, &out):
		e := v.Scope(string(out.Reason))
		return v.goBack(e.Title, e.Cause+" "+e.Next), http.StatusConflict
	case errors.Is(err, connection.ErrNeverMails):
		return v.goBack(v.T("work.sending.title"), v.T("work.never")), http.StatusConflict
	case errors.Is(err, engine.ErrTooMuch):
		return v.goBack(v.T("takeover.too_much.title"), v.T("takeover.too_much.text")), http.StatusConflict
	case errors.Is(err, connection.ErrStalePreview):
		return v.goBack(v.T("page.changed.title"), v.T("preview.stale")), http.StatusConflict
	case errors.As(err, &remote):
		e := v.Problem(codeOf(remote))
		return v.goBack(e.Title, e.Cause+" "+e.Next), http.StatusBadGateway
	case errors.As(err, &large):
		return v.goBack(v.T("page.too_large.title"), v.T("page.too_large.text")), http.StatusRequestEntityTooLarge
	case errors.Is(err, store.ErrText):
		return v.goBack(v.T("page.failed.title"), v.T("invalid.bad_text")), http.StatusUnprocessableEntity
	case errors.Is(err, errBadForm):
		return v.goBack(v.T("page.failed.title"), v.T("page.failed.text")), http.StatusBadRequest
	}
	return problem{Title: v.T("page.failed.title"), Text: v.T("page.failed.text"), Action: v.T("page.failed.action"), To: local(v.cameFor())}, http.StatusInternalServerError
}

func isRemote(err error) bool {
	_, ok := errors.AsType[*provider.Error](err)
	return ok
}

// codeOf is the best code that an error of a provider has a sentence for.
func codeOf(e *provider.Error) string {
	if e.Code != "" {
		return e.Code
	}
	return e.Class.String()
}

var (
	errForbidden = errors.New("not allowed")
	errBadForm   = errors.New("the form cannot be read")
	errNowhere   = fmt.Errorf("no such page: %w", store.ErrNotFound)
)

func (v *visit) forbidden(text string) problem {
	return problem{Title: v.T("page.forbidden.title"), Text: text, Action: v.T("page.not_found.action"), To: "/"}
}

func (v *visit) goBack(title, text string) problem {
	return problem{Title: title, Text: text, Action: v.T("page.forbidden.action"), To: local(v.cameFor())}
}

// fromElsewhere answers what another site made the browser send.
func (s *Site) fromElsewhere(w http.ResponseWriter, r *http.Request) {
	s.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visit(w, r)
		if err != nil {
			s.fail(v, err)
			return
		}
		p := problem{Title: v.T("page.elsewhere.title"), Text: v.T("page.elsewhere.text"), Action: v.T("page.elsewhere.action"), To: "/"}
		if err := v.render(view{template: "problem", title: p.Title, status: http.StatusForbidden, data: p}); err != nil {
			s.fail(v, err)
		}
	})).ServeHTTP(w, r)
}

// sessionFailed answers a request whose session cannot be loaded or saved. It has no session to say more from.
func (s *Site) sessionFailed(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.Error("session failed", "path", r.URL.Path, "error", err)
	http.Error(w, "Tahti cannot reach its database. Try again in a moment.", http.StatusServiceUnavailable)
}
