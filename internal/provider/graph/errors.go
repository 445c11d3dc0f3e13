package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"tahti/internal/provider"
)

// refusal is what Graph says when it refuses, as the innermost error. The message is left out: it may hold titles.
type refusal struct {
	status   int
	code     string
	existing string // of a second creation under one transactionId: the event that the first one made
}

func (r refusal) Error() string {
	if r.code != "" {
		return r.code
	}
	if t := http.StatusText(r.status); t != "" {
		return strings.ToLower(t)
	}
	return "no known status"
}

// refusalOf is the answer that an error came from; zero if there was none.
func refusalOf(err error) refusal {
	r, _ := errors.AsType[refusal](err)
	return r
}

func statusOf(err error) int { return refusalOf(err).status }

// isCode reports whether Graph refused with one of some codes. Their case differs from place to place.
func isCode(err error, codes ...string) bool {
	is := refusalOf(err).code
	return slices.ContainsFunc(codes, func(c string) bool { return strings.EqualFold(c, is) })
}

// judge is nil for a success. Otherwise it reads why, and keeps the time before which nothing more may be sent.
func (c *client) judge(q call, status int, h http.Header, body []byte) *provider.Error {
	if status >= 200 && status < 300 {
		return nil
	}
	var said struct {
		Error struct {
			Code     string `json:"code"`
			Existing string `json:"@event.existingEventId"` // seen in public code beside ErrorDuplicateTransactionId
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &said) // a refusal without a body, or with a proxy's, is judged by its status
	r := refusal{status: status, code: provider.Named(said.Error.Code), existing: said.Error.Existing}
	e := classify(q, r)
	e.RetryAfter, e.Circle = c.heed(status, h), circleOf(h)
	return e
}

// The codes that decide more than their status does (providers.md 2.1, 2.2, 2.6).
var (
	lostCodes      = []string{"syncStateNotFound", "resyncRequired", "syncStateInvalid", "ErrorInvalidSyncStateData"}
	mailboxCodes   = []string{"MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "MailboxNotHostedInExchangeOnline"}
	conflictCodes  = []string{"ErrorIrresolvableConflict", "ErrorStaleObject"}
	fullCodes      = []string{"ErrorQuotaExceeded"}
	passingCodes   = []string{"ErrorMailboxMoveInProgress", "ErrorMailboxStoreUnavailable", "ErrorServerBusy", "ErrorTimeoutExpired"}
	missingCodes   = []string{"ErrorItemNotFound", "ErrorCalendarOccurrenceIsDeletedFromRecurrence"}
	duplicateCodes = []string{"ErrorDuplicateTransactionId"}
)

// classify is the one table from Graph's answers to classes.
func classify(q call, r refusal) *provider.Error {
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: strings.TrimSpace(fmt.Sprintf("HTTP %d %s", r.status, r.code)), Err: r}
	is := func(class provider.Class, code string) *provider.Error {
		e.Class, e.Code = class, code
		return e
	}
	switch {
	case r.status == http.StatusUnauthorized:
		return is(provider.SignIn, provider.CodeSignInEnded) // the transport had renewed the token
	case isCode(r, mailboxCodes...):
		return is(provider.Forbidden, provider.CodeNoMailbox)
	case q.delta && r.status == http.StatusGone, isCode(r, lostCodes...):
		return is(provider.CursorLost, "")
	case r.status == http.StatusPreconditionFailed, isCode(r, conflictCodes...):
		return is(provider.Conflict, "")
	case r.status == http.StatusTooManyRequests:
		return is(provider.RateLimited, provider.CodeServer)
	case provider.Throttled(r.status), r.status == http.StatusGatewayTimeout:
		// Events have been seen to exist after a 503 to their creation (msgraph-sdk-ruby 38): a write is looked for first.
		if q.write {
			return is(provider.Unknown, provider.CodeServer)
		}
		return is(provider.RateLimited, provider.CodeServer)
	case isCode(r, fullCodes...) && q.write && r.status >= 500:
		return is(provider.Unknown, provider.CodeMailboxFull)
	case isCode(r, fullCodes...):
		return is(provider.Transient, provider.CodeMailboxFull)
	case isCode(r, passingCodes...) && !(q.write && r.status >= 500): // of a write it may have been done, as of any other 5xx
		return e
	case isCode(r, missingCodes...), r.status == http.StatusNotFound, r.status == http.StatusGone:
		return is(provider.Gone, provider.CodeWrongAddress)
	case r.status == http.StatusForbidden:
		return is(provider.Forbidden, provider.CodeNoPermission)
	case r.status == http.StatusRequestEntityTooLarge:
		return is(provider.Rejected, provider.CodeTooLarge)
	case r.status >= 300 && r.status < 400:
		return is(provider.Forbidden, provider.CodeRedirect)
	case r.status == http.StatusRequestTimeout, r.status == http.StatusTooEarly, r.status == http.StatusLocked, r.status == http.StatusConflict:
		return e // nothing was done, and later it may be
	case r.status >= 400 && r.status < 500, r.status == http.StatusNotImplemented:
		return is(provider.Rejected, "")
	case q.write: // 5xx: it may have been done
		return is(provider.Unknown, provider.CodeServer)
	}
	return e
}

// circleOf is for whom a refusal speaks: "Application/ReadWrite/…" in a header (throttling-limits.md of Graph's documents). Without
// it the limit is that of the mailbox, also where the code is ApplicationThrottled.
func circleOf(h http.Header) provider.Circle {
	scope, _, _ := strings.Cut(h.Get("X-Ms-Throttle-Scope"), "/")
	switch strings.ToLower(scope) {
	case "application":
		return provider.Application
	case "tenant", "tenant_application":
		return provider.Organisation
	}
	return provider.OneAccount
}

// forbiddenNetwork is what an error of the transport implements when the address may not be reached from here.
type forbiddenNetwork interface {
	error
	ForbiddenNetwork() string
}

// unanswered classes a request that got no answer. A write that may have been sent is Unknown; only what surely came before
// sending is Transient.
func unanswered(q call, err error) *provider.Error {
	if held, ok := errors.AsType[*provider.Error](err); ok { // by the transport: it was never sent
		e := *held
		e.Op = q.op
		return &e
	}
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeUnreachable, Err: provider.WithoutAddress(err)}
	if f, ok := errors.AsType[forbiddenNetwork](err); ok {
		e.Class, e.Code, e.Status = provider.Forbidden, provider.CodeForbiddenNetwork, f.ForbiddenNetwork()
		return e
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return e
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return e
	}
	if q.write {
		e.Class = provider.Unknown
	}
	return e
}

// broken is an answer that cannot be used: a web page, cut off, too large. It never reads as empty (I6).
func broken(q call, a *answer, err error) *provider.Error {
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: fmt.Sprintf("HTTP %d that cannot be read", a.status), Err: err}
	if q.write {
		e.Class = provider.Unknown
	}
	return e
}

// rejected is content that Graph cannot hold or would not take; nothing was sent.
func rejected(op string, code provider.ProblemCode, err error) *provider.Error {
	return &provider.Error{Op: op, Class: provider.Rejected, Code: string(code), Err: err}
}
