package ews

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

// refused is what Exchange says when it refuses, as the innermost error: the ResponseCode, or the status of HTTP.
type refused struct {
	status int
	code   string
}

func (r refused) Error() string {
	if r.code != "" {
		return r.code
	}
	if t := http.StatusText(r.status); t != "" {
		return strings.ToLower(t)
	}
	return "no known status"
}

// isCode reports whether Exchange refused with one of some codes.
func isCode(err error, codes ...string) bool {
	r, _ := errors.AsType[refused](err)
	return slices.Contains(codes, r.code)
}

// verdict is what a code means.
type verdict struct {
	class provider.Class
	code  string
}

// verdicts are the codes that decide something (responsecode.md of Microsoft's documents; providers.md 3). Of a write, what is
// Transient may have been done, but for those in untouched.
var verdicts = table(map[verdict][]string{
	{provider.RateLimited, provider.CodeServer}: {"ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorSubmissionQuotaExceeded"},
	{provider.Transient, provider.CodeServer}: {"ErrorInternalServerError", "ErrorInternalServerTransientError", "ErrorTimeoutExpired",
		"ErrorMailboxStoreUnavailable", "ErrorMailboxMoveInProgress", "ErrorMailboxFailover", "ErrorConnectionFailed", "ErrorADUnavailable", "ErrorADOperation",
		"ErrorInsufficientResources", "ErrorNotEnoughMemory", "ErrorTooManyObjectsOpened", "ErrorBatchProcessingStopped", "ErrorRequestAborted", "ErrorClientDisconnected",
		"ErrorDataSourceOperation", "ErrorProxyCallFailed", "ErrorProxyRequestProcessingFailed", "ErrorNoRespondingCASInDestinationSite",
		"ErrorMessagePerFolderCountReceiveQuotaExceeded", "ErrorItemSave", "ErrorItemPropertyRequestFailed", "ErrorFolderSave"},
	{provider.Transient, provider.CodeMailboxFull}: {"ErrorQuotaExceeded"},
	{provider.SignIn, CodePasswordExpired}:         {"ErrorPasswordExpired", "ErrorPasswordChangeRequired"},
	{provider.SignIn, CodeAccountDisabled}:         {"ErrorAccountDisabled"},
	{provider.SignIn, provider.CodeSignInEnded}:    {"ErrorProxyTokenExpired", "ErrorInvalidAuthorizationContext"},
	{provider.Forbidden, CodeOldServer}:            {"ErrorInvalidServerVersion", "ErrorIncorrectSchemaVersion", "ErrorWrongServerVersion", "ErrorInvalidSchemaVersionForMailboxVersion", "ErrorNoDestinationCASDueToVersionMismatch"},
	{provider.Forbidden, CodeServiceBlocked}:       {"ErrorOrganizationAccessBlocked", "ErrorInvalidLicense"},
	{provider.Forbidden, provider.CodeNoMailbox}: {"ErrorNonExistentMailbox", "ErrorMailboxConfiguration", "ErrorNoCalendar", "ErrorCannotFindUser",
		"ErrorMissingEmailAddress", "ErrorInvalidUserPrincipalName", "ErrorMailboxLogonFailed"},
	{provider.Forbidden, provider.CodeNoPermission}: {"ErrorAccessDenied", "ErrorCreateItemAccessDenied", "ErrorCreateSubfolderAccessDenied", "ErrorCannotDeleteObject",
		"ErrorCalendarIsNotOrganizer", "ErrorDeleteDistinguishedFolder", "ErrorImpersonationDenied", "ErrorImpersonateUserDenied"},
	{provider.Conflict, ""}: {"ErrorIrresolvableConflict", "ErrorStaleObject", "ErrorChangeKeyRequired", "ErrorChangeKeyRequiredForWriteOperations", "ErrorInvalidChangeKey",
		"ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "ErrorCalendarOccurrenceIsDeletedFromRecurrence", "ErrorObjectTypeChanged",
		"ErrorCalendarCannotUseIdForRecurringMasterId", "ErrorCalendarCannotUseIdForOccurrenceId"},
	{provider.Gone, provider.CodeWrongAddress}: {"ErrorItemNotFound", "ErrorFolderNotFound", "ErrorSyncFolderNotFound", "ErrorParentFolderNotFound",
		"ErrorSavedItemFolderNotFound", "ErrorToFolderNotFound"},
	{provider.CursorLost, ""}: {"ErrorInvalidSyncStateData"},
	{provider.Rejected, string(provider.Inexpressive)}: {"ErrorOccurrenceCrossingBoundary", "ErrorOccurrenceTimeSpanTooBig", "ErrorCalendarInvalidRecurrence",
		"ErrorCalendarOutOfRange", "ErrorRecurrenceEndDateTooBig", "ErrorRecurrenceHasNoOccurrence", "ErrorCalendarInvalidDayForWeeklyRecurrence",
		"ErrorCalendarDurationIsTooLong", "ErrorUnsupportedRecurrence", "ErrorCalendarInvalidDayForTimeChangePattern"},
	{provider.Rejected, string(provider.UnknownZone)}: {"ErrorCalendarInvalidTimeZone", "ErrorTimeZone"},
	{provider.Rejected, provider.CodeTooLarge}:        {"ErrorDataSizeLimitExceeded", "ErrorMessageSizeExceeded", "ErrorRequestStreamTooBig", "ErrorResultSetTooBig"},
	{provider.Rejected, string(provider.BadSyntax)}: {"ErrorItemCorrupt", "ErrorCorruptData", "ErrorContentConversionFailed", "ErrorMimeContentConversionFailed",
		"ErrorUnsupportedTypeForConversion", "ErrorCalendarInvalidPropertyState"},
})

// untouched are the transient codes of which even a write has surely done nothing.
var untouched = []string{"ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorSubmissionQuotaExceeded", "ErrorQuotaExceeded",
	"ErrorMessagePerFolderCountReceiveQuotaExceeded", "ErrorBatchProcessingStopped"}

func table(by map[verdict][]string) map[string]verdict {
	out := map[string]verdict{}
	for v, codes := range by { // any order: no code stands twice, a test says
		for _, c := range codes {
			out[c] = v
		}
	}
	return out
}

// refuse is the error of a code in an answer, and keeps the time before which nothing more may be sent. A server that is busy says so
// by the code, or hides that behind another one (providers.md 3.5).
func (c *client) refuse(q call, a *answer, code string, more *values) *provider.Error {
	code = provider.Named(strings.TrimSpace(code))
	if inner := provider.Named(strings.TrimSpace(more.value("InnerErrorResponseCode"))); inner != "" && code == "ErrorInternalServerError" {
		code = inner
	}
	e := &provider.Error{Op: q.op, Class: provider.Rejected, Status: strings.TrimSpace(fmt.Sprintf("HTTP %d %s", a.status, code)), Err: refused{a.status, code}}
	v, known := verdicts[code]
	switch {
	case known:
		e.Class, e.Code = v.class, v.code
	case !q.write: // of a question, an answer that nobody knows is trouble
		e.Class, e.Code = provider.Transient, provider.CodeServer
	}
	switch {
	case q.creates && e.Class == provider.Gone:
		e.Class = provider.Transient // the folder: what becomes of a calendar is told by pulling it, and no key is used up
	case q.write && e.Class == provider.Transient && !slices.Contains(untouched, code):
		e.Class = provider.Unknown
	}
	if e.Class == provider.RateLimited {
		e.RetryAfter = c.heed(c.backOff(a, more))
	}
	return e
}

// backOff is how long a busy server wants to be left alone; nobody is obeyed for more than a day.
func (c *client) backOff(a *answer, more *values) time.Time {
	if ms, err := strconv.ParseInt(strings.TrimSpace(more.value("BackOffMilliseconds")), 10, 64); err == nil && ms > 0 {
		return c.now().Add(min(time.Duration(ms)*time.Millisecond, 24*time.Hour))
	}
	return provider.RetryAfter(a.header, c.now())
}

// judge is about the statuses of HTTP; nil where there is an envelope to be read, as in a success, or in a 500 that holds a fault.
func (c *client) judge(q call, a *answer, resp *http.Response) *provider.Error {
	if a.status == http.StatusOK || a.status == http.StatusInternalServerError && xmlAnswer(a.header) && strings.Contains(string(a.text[:min(len(a.text), 512)]), "Envelope") {
		if !xmlAnswer(a.header) {
			return webPage(q, a)
		}
		return nil
	}
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: fmt.Sprintf("HTTP %d", a.status), Err: refused{status: a.status}}
	is := func(class provider.Class, code string) *provider.Error {
		e.Class, e.Code = class, code
		return e
	}
	switch {
	case a.status == http.StatusUnauthorized:
		return is(provider.SignIn, unauthorized(c.signer.kind(), a.header))
	case provider.Throttled(a.status):
		e.RetryAfter = c.heed(provider.RetryAfter(a.header, c.now()))
		if q.write && a.status == http.StatusServiceUnavailable { // IIS' queue, or a proxy whose server went away in the middle
			return is(provider.Unknown, provider.CodeServer)
		}
		return is(provider.RateLimited, provider.CodeServer)
	case a.status == http.StatusForbidden:
		if Online(c.url.Hostname()) {
			return is(provider.Forbidden, CodeInTheCloud)
		}
		return is(provider.Forbidden, CodeServiceBlocked)
	case a.status == loginTimeout:
		return is(provider.Forbidden, CodeLoginPage)
	case a.status >= 300 && a.status < 400:
		return is(provider.Forbidden, loginPage(resp.Header.Get("Location"), nil))
	case a.status == http.StatusNotFound, a.status == http.StatusGone, a.status == http.StatusMethodNotAllowed:
		return is(provider.Forbidden, provider.CodeWrongAddress) // no service there: says nothing about any calendar
	case a.status == http.StatusRequestEntityTooLarge:
		return is(provider.Rejected, provider.CodeTooLarge)
	case a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly, a.status == http.StatusProxyAuthRequired:
		return is(provider.Transient, provider.CodeUnreachable)
	case a.status >= 400 && a.status < 500, a.status == http.StatusNotImplemented:
		return is(provider.Rejected, "")
	case q.write: // 5xx, or a success that makes no sense
		return is(provider.Unknown, provider.CodeServer)
	}
	return e
}

// loginTimeout is what a reverse proxy of Microsoft's answers in front of a login page.
const loginTimeout = 440

// unauthorized is why a 401 came.
func unauthorized(kind SignIn, h http.Header) string {
	if kind == Bearer {
		return provider.CodeSignInEnded // the transport had renewed the token
	}
	ways := offered(h)
	switch {
	case !ways.basic && !ways.ntlm && (ways.bearer || ways.negotiate || ways.other):
		return provider.CodeSignInKind
	case kind == Basic && !ways.basic && ways.ntlm, kind == NTLM && !ways.ntlm && ways.basic:
		return CodeSignInChanged // the way was refused, whatever the password is
	}
	return provider.CodeWrongPassword // or a locked account: IIS does not tell
}

// ways are the ways in that a server offers.
type ways struct{ basic, ntlm, negotiate, bearer, other, hybrid bool }

func offered(h http.Header) (w ways) {
	for _, c := range premises.Challenges(h) {
		switch c.Scheme {
		case "basic":
			w.basic = true
		case "ntlm":
			w.ntlm = true
		case "negotiate":
			w.negotiate = true
		case "bearer":
			w.bearer = true
			w.hybrid = w.hybrid || c.Params["authorization_uri"] != "" // without it, tokens are for servers among themselves
		default:
			w.other = true
		}
	}
	return w
}

// webPage is a page where an envelope should be: of a login, or of a proxy in trouble. It passes, or a person will see to it, so
// nothing is concluded from it.
func webPage(q call, a *answer) *provider.Error {
	e := broken(q, a, errNoEnvelope)
	e.Code = loginPage("", a.text)
	return e
}

// loginPage tells a gateway's second factor from its login page, by what such pages are called and say. Neither can be passed here.
func loginPage(location string, page []byte) string {
	if u, err := url.Parse(location); err == nil && says(u.Host+u.Path, "mfa", "otp", "2fa", "duosecurity", "second-factor", "secondfactor") {
		return CodeSecondFactor
	}
	if says(string(page[:min(len(page), 64<<10)]), "second factor", "two-factor", "two factor", "multi-factor", "multifactor", "one-time", "verification code", "authenticator") {
		return CodeSecondFactor
	}
	return CodeLoginPage
}

func says(text string, words ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// broken is an answer that cannot be used: no XML, cut off, too large. It never reads as empty (I6).
func broken(q call, a *answer, err error) *provider.Error {
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: fmt.Sprintf("HTTP %d that cannot be read", a.status), Err: err}
	if q.write {
		e.Class = provider.Unknown
	}
	return e
}

// rejected is content that Exchange cannot hold or would not take; nothing was sent.
func rejected(op string, code provider.ProblemCode, err error) *provider.Error {
	return &provider.Error{Op: op, Class: provider.Rejected, Code: string(code), Err: err}
}
