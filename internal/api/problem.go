package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
	"tahti/internal/text"
)

// Problem is every refusal of our own part (RFC 9457): what went wrong in the reader's language, and what to do next.
type Problem struct {
	Status   int       `json:"status" doc:"The HTTP status"`
	Code     string    `json:"code" doc:"What went wrong, for programs"`
	Title    string    `json:"title" doc:"What went wrong, in the reader's language"`
	Detail   string    `json:"detail" doc:"Why, in the reader's language"`
	Next     string    `json:"next,omitempty" doc:"What to do next, in the reader's language"`
	Field    string    `json:"field,omitempty" doc:"The field that cannot be taken"`
	Cause    string    `json:"cause,omitempty" doc:"The cause in English, for operators; of an internal error the code under which it is logged"`
	Other    int64     `json:"connection_id,omitempty" doc:"The connection that is in the way"`
	Findings []Finding `json:"findings,omitempty" doc:"What was found out about a failed connection"`
}

// Finding is what was found out, with evidence and a remedy (interface.md).
type Finding struct {
	ID       string   `json:"id"`
	Check    string   `json:"check"`
	Symptom  string   `json:"symptom"`
	Severity string   `json:"severity" enum:"info,warning,error"`
	Title    string   `json:"title"`
	Evidence []string `json:"evidence" nullable:"false"`
	Remedy   Remedy   `json:"remedy"`
	Help     string   `json:"help"`
}

// Remedy is what to press.
type Remedy struct {
	Action     string          `json:"action"`
	Label      string          `json:"label"`
	Host       string          `json:"host,omitempty" doc:"Of confirm_host: what to add to confirm_hosts when the call is repeated, once the person agrees"`
	Where      string          `json:"where,omitempty" doc:"Of enter_app_password: where to make one, as an administrator of the company has stated it"`
	ActivityID int64           `json:"activity_id,omitempty" doc:"Of sync_one, set_date, change_activity and undo, which is to revive it"`
	WorkID     int64           `json:"work_id,omitempty" doc:"Of retry, send and answer: what waits"`
	HoldID     int64           `json:"hold_id,omitempty" doc:"Of confirm: the brake that holds it"`
	Change     *SettingsChange `json:"change,omitempty"`
	Text       string          `json:"text,omitempty" doc:"What the person can send to the administrator who can mend the cause"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements [huma.StatusError].
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements [huma.ContentTypeFilter].
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// huma makes the errors that it finds by itself, in requests that do not fit the document, through these variables.
func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return requestProblem(text.Match("en", ""), status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		p := text.Match("", "")
		if ctx != nil {
			if c := callerOf(ctx.Context()); c != nil {
				p = c.Printer
			}
		}
		return requestProblem(p, status, message, errs)
	}
}

func requestProblem(p text.Printer, status int, message string, errs []error) *Problem {
	out := &Problem{Status: status, Cause: message}
	for i, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			if i == 0 {
				out.Field = d.Location
			}
			out.Cause += fmt.Sprintf("; %s: %s", d.Location, d.Message)
		} else if err != nil && status < 500 {
			out.Cause += "; " + err.Error()
		}
	}
	if len(out.Cause) > 2000 {
		out.Cause = out.Cause[:2000]
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return out.say("too_large", p.T("page.too_large.title"), p.T("page.too_large.text"), "")
	case status >= 500:
		out.Cause = ""
		return out.say("internal", p.T("page.failed.title"), p.T("page.failed.text"), p.T("page.failed.action"))
	}
	return out.say("bad_request", p.T("problem.refused.title"), p.T("invalid.bad_request"), "")
}

func (p *Problem) say(code, title, detail, next string) *Problem {
	p.Code, p.Title, p.Detail, p.Next = code, title, detail, next
	return p
}

// explained fills a problem from a catalogue's explanation.
func (p *Problem) explained(e text.Explanation) *Problem {
	return p.say(e.Code, e.Title, e.Cause, e.Next)
}

// problemOf finds the words for an error.
func problemOf(p text.Printer, err error) *Problem {
	if e, ok := errors.AsType[*Problem](err); ok {
		return e
	}
	if e := connectionProblem(p, err); e != nil {
		return e
	}
	if e, ok := errors.AsType[*hub.Invalid](err); ok {
		return (&Problem{Status: 422, Field: e.Field, Cause: e.Detail}).say(e.Code, p.T("problem.refused.title"), p.Word("invalid", e.Code), "")
	}
	if e, ok := errors.AsType[*hub.Denied](err); ok {
		return (&Problem{Status: 403}).say(e.Code, p.T("page.forbidden.title"), p.Word("denied", e.Code), "")
	}
	if e, ok := errors.AsType[*lens.SettingsError](err); ok {
		return (&Problem{Status: 422, Field: e.Field, Cause: e.Error()}).say("bad_setting", p.T("problem.refused.title"), p.T("invalid.unknown"), "")
	}
	_, stale := errors.AsType[*hub.Stale](err)
	switch {
	case errors.Is(err, errNobody):
		return (&Problem{Status: 401}).say("not_signed_in", p.T("problem.sign-in.title"), p.T("denied.not_signed_in"), "")
	case errors.Is(err, store.ErrNotFound):
		return (&Problem{Status: 404}).say("not_found", p.T("problem.nothing_there.title"), p.T("problem.nothing_there.cause"), p.T("problem.nothing_there.next"))
	case stale, errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrExists):
		return (&Problem{Status: 409}).say("changed", p.T("page.changed.title"), p.T("page.changed.text"), "")
	case errors.Is(err, store.ErrText):
		return (&Problem{Status: 422, Cause: err.Error()}).say(hub.CodeBadText, p.T("problem.refused.title"), p.T("invalid.bad_text"), "")
	case errors.Is(err, store.ErrReference), errors.Is(err, store.ErrCursor):
		return (&Problem{Status: 422, Cause: err.Error()}).say("unknown", p.T("problem.refused.title"), p.T("invalid.unknown"), "")
	}
	return (&Problem{Status: 500}).say("internal", p.T("page.failed.title"), p.T("page.failed.text"), p.T("page.failed.action"))
}

// connectionProblem says what stands in the way of a connection; nil if the error is about something else.
func connectionProblem(p text.Printer, err error) *Problem {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		why, ok := errors.AsType[*connection.Refused](err)
		if !ok {
			why = &connection.Refused{Code: cmp.Or(e.Code, e.Class.String())}
		}
		return providerProblem(p, e, why)
	}
	if e, ok := errors.AsType[*connection.ErrAlreadyConnected](err); ok {
		return (&Problem{Status: 409, Other: e.ID, Cause: e.Error()}).say("already_connected", p.T("connect.failed"), p.T("choose.taken"), p.T("choose.other"))
	}
	if e, ok := errors.AsType[*connection.ErrState](err); ok {
		s := p.State(e.State)
		return (&Problem{Status: 409, Cause: e.Error()}).say("wrong_state", s.Title, s.Cause, s.Next)
	}
	if e, ok := errors.AsType[*connection.ErrKeptOut](err); ok {
		return (&Problem{Status: 409, Cause: e.Error()}).explained(p.Scope(string(e.Reason)))
	}
	if e, ok := errors.AsType[*connection.ErrOtherAccount](err); ok {
		return (&Problem{Status: 422, Cause: e.Error()}).say("other_account", p.T("connect.failed"), p.T("sync.reconnect_help"), p.T("sync.add_account"))
	}
	switch {
	case errors.Is(err, account.ErrByConsent):
		return (&Problem{Status: 422, Field: "provider", Cause: err.Error()}).say("by_consent", p.T("connect.failed"), p.T("connect.by_consent"), "")
	case errors.Is(err, connection.ErrNotYours):
		return (&Problem{Status: 403}).say("not_yours", p.T("page.forbidden.title"), p.T("page.forbidden.text"), "")
	case errors.Is(err, connection.ErrLookFirst):
		return (&Problem{Status: 409, Cause: err.Error()}).say("look_first", p.T("hold.look_first.title"), p.T("hold.restore_why"), p.T("hold.look_first.next"))
	case errors.Is(err, connection.ErrNeverMails):
		return (&Problem{Status: 409}).say("never_mails", p.T("work.sending.title"), p.T("work.never"), p.T("work.allow"))
	case errors.Is(err, engine.ErrTooMuch):
		return (&Problem{Status: 409, Cause: err.Error()}).say("too_much", p.T("takeover.too_much.title"), p.T("takeover.too_much.text"), "")
	case errors.Is(err, connection.ErrStalePreview):
		return (&Problem{Status: 409}).say("stale_preview", p.T("page.changed.title"), p.T("preview.stale"), "")
	case errors.Is(err, connection.ErrNoCalendar), errors.Is(err, account.ErrUnknownProvider):
		return (&Problem{Status: 422, Cause: err.Error()}).say("unknown", p.T("connect.failed"), p.T("invalid.unknown"), "")
	}
	return nil
}

// providerProblem carries a finding, so that a failed connection says the same here as in the doctor.
func providerProblem(p text.Printer, e *provider.Error, why *connection.Refused) *Problem {
	x := p.Connecting(why.Kind, why.Code)
	status := http.StatusUnprocessableEntity
	if e.Class == provider.RateLimited {
		status = http.StatusTooManyRequests
	}
	evidence := []string{e.Op + ": " + e.Class.String()}
	if e.Status != "" {
		evidence = append(evidence, e.Status)
	}
	f := Finding{
		ID: x.Code, Check: "connect", Symptom: p.T("connect.failed"), Severity: "error", Title: x.Title,
		Remedy: remedyAt(p, why, x), Help: x.Cause,
	}
	if u, ok := errors.AsType[*provider.Unconfirmed](e); ok {
		evidence = append(evidence, u.Error())
		f.Remedy = Remedy{Action: "confirm_host", Label: p.T("connect.confirm_host", "host", u.Host), Host: u.Host}
	}
	f.Evidence = evidence
	return (&Problem{Status: status, Findings: []Finding{f}}).explained(x)
}

// remedyAt is what helps against a refused sign-in at a kind of account.
func remedyAt(p text.Printer, why *connection.Refused, x text.Explanation) Remedy {
	action, letter := account.Remedy(why.Kind, why.Code)
	r := Remedy{Action: cmp.Or(action, remedyOf(why.Code)), Label: x.Next}
	if letter != "" {
		r.Text = p.Letter(letter, why.Account, why.Server, x.Title)
	}
	if action == account.RemedyAppPassword {
		r.Where = why.AppPasswords
	}
	return r
}

// remedyOf names what a person does about a failed connection.
func remedyOf(code string) string {
	switch code {
	case provider.CodeWrongPassword, provider.CodeAppPassword:
		return "enter_password"
	case provider.CodeWrongAddress, provider.CodeNotACalendar, provider.CodeWrongHostCert, provider.CodePlainHTTP, provider.CodeRedirect,
		provider.CodeUnreachable, provider.CodeSignInKind:
		return "enter_address"
	case provider.CodeReadOnly, provider.CodeNoCalendars, provider.CodeNoPermission:
		return "choose_calendar"
	case provider.CodeSignInEnded, provider.CodeMissingPermission, provider.CodeOneMore, provider.CodeCancelled, provider.CodeStaleSignIn, provider.CodeOtherAccount:
		return "sign_in"
	case provider.CodeForbiddenNetwork, provider.CodeUnknownIssuer, provider.CodeExpiredCert, provider.CodeAdminConsent, provider.CodeAdminBlocked,
		provider.CodeNotAssigned, provider.CodeConditionalAccess, provider.CodeClientRefused, provider.CodeClientInTesting, provider.CodeNotSetUp:
		return "ask_administrator"
	}
	return "retry"
}

// problem says an error in a reader's language. What nobody foresaw is logged, under a code by which an administrator who is
// told it finds the cause.
func (s *server) problem(printer text.Printer, err error, about ...any) *Problem {
	p := problemOf(printer, err)
	if p.Status >= 500 {
		p.Cause = rand.Text()[:8]
		s.Log.Error("answer request", append(about, "code", p.Cause, "error", err)...)
	}
	return p
}

// fail turns an error into the answer.
func (s *server) fail(ctx context.Context, err error) error {
	printer := text.Match("", "")
	if c := callerOf(ctx); c != nil {
		printer = c.Printer
	}
	return s.problem(printer, err)
}
