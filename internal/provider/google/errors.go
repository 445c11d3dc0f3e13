package google

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"tahti/internal/provider"
)

// unanswered classes a request that got no answer. Only what surely came before sending leaves a write undone.
func unanswered(q call, err error) *provider.Error {
	if held, ok := errors.AsType[*provider.Error](err); ok { // by the transport: the sign-in is over, or it was never sent
		e := *held
		e.Op = q.op
		return &e
	}
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeUnreachable, Err: provider.WithoutAddress(err)}
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

// broken is a success that cannot be used.
func broken(q call, status int, err error) *provider.Error {
	return provider.Broken(q.op, q.write, status, err)
}

// trouble is the body of a refusal: the old list of errors, and the newer details beside it.
type trouble struct {
	Error struct {
		Message string `json:"message"`
		Errors  []struct {
			Reason   string `json:"reason"`
			Location string `json:"location"`
		} `json:"errors"`
		Details []struct {
			Reason   string `json:"reason"`
			Metadata struct {
				Limit string `json:"quota_limit"`
			} `json:"metadata"`
		} `json:"details"`
	} `json:"error"`
}

// refusal is the innermost error of a refusal.
type refusal struct {
	status  int
	reasons []string
	about   string // the parameter or header that it names
	message string // never shown: it may repeat what was sent
	limit   string // the name of the limit that was reached, where it is told
}

// Error says the status and the reasons.
func (r *refusal) Error() string {
	text := strings.ToLower(http.StatusText(r.status))
	if r.about != "" {
		text += ": " + r.about
	}
	return text
}

func (r *refusal) has(reasons ...string) bool {
	return slices.ContainsFunc(r.reasons, func(s string) bool { return slices.Contains(reasons, s) })
}

// statusOf is the HTTP status that an error came from; 0 if there was no answer.
func statusOf(err error) int {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status
	}
	return 0
}

func readRefusal(resp *http.Response, body []byte) *refusal {
	r := &refusal{status: resp.StatusCode}
	var t trouble
	if json.Unmarshal(body, &t) == nil { // a proxy's page has no reasons
		r.message = t.Error.Message
		for _, e := range t.Error.Errors {
			r.because(e.Reason)
			if r.about == "" {
				r.about = provider.Named(e.Location)
			}
		}
		for _, d := range t.Error.Details {
			r.because(d.Reason)
			r.limit = cmp.Or(r.limit, d.Metadata.Limit)
		}
		if named := namedLimit.FindStringSubmatch(r.message); named != nil {
			r.limit = cmp.Or(r.limit, named[1])
		}
	}
	if strings.Contains(resp.Header.Get("Www-Authenticate"), `error="insufficient_scope"`) {
		r.because(insufficientScope)
	}
	return r
}

// maxReasons bounds the reasons that are kept; Google gives one or two.
const maxReasons = 8

func (r *refusal) because(reason string) {
	if reason = provider.Named(reason); reason != "" && len(r.reasons) < maxReasons {
		r.reasons = append(r.reasons, reason)
	}
}

// namedLimit finds a limit in a message, such as "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'
// of service …".
var namedLimit = regexp.MustCompile(`limit '([^']{1,100})'`)

// circle is for whom a refusal speaks. The reason does not tell: it is rateLimitExceeded for a limit per user as for one of our
// whole project. The name of the limit does (cal.diy 18079, Inky-Calendar-Server 104), and a limit of the day is the project's.
func (r *refusal) circle() provider.Circle {
	limit := strings.ToLower(r.limit)
	if r.has("dailyLimitExceeded") || limit != "" && !strings.Contains(strings.ReplaceAll(limit, " ", ""), "peruser") {
		return provider.Application
	}
	return provider.OneAccount
}

// rest is the least that a limit asks for where Google names no time.
func (r *refusal) rest() time.Duration {
	switch daily := strings.Contains(strings.ReplaceAll(strings.ToLower(r.limit), " ", ""), "perday"); {
	case daily, r.has("quotaExceeded", "dailyLimitExceeded"):
		return longRest
	case r.circle() == provider.Application:
		return time.Minute // its window; one account's request would be one too many for all
	}
	return 0
}

// Reasons that are told in several places.
const insufficientScope = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"

// refused turns an answer that is no success into its error: the one table from HTTP to classes (providers.md 1.3).
func (c *client) refused(q call, resp *http.Response, body []byte) *provider.Error {
	r := readRefusal(resp, body)
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Err: r}
	e.Status = strings.Join(append([]string{fmt.Sprintf("HTTP %d", r.status)}, r.reasons...), " ")
	as := func(class provider.Class, code string) *provider.Error {
		e.Class, e.Code = class, code
		return e
	}
	switch s := r.status; {
	case s == http.StatusUnauthorized:
		return as(provider.SignIn, provider.CodeSignInEnded)
	case r.has("insufficientPermissions", insufficientScope):
		return as(provider.SignIn, provider.CodeMissingPermission)
	case s == http.StatusTooManyRequests, r.has("quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"),
		s == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		e.RetryAfter, e.Circle = c.restUntil(resp.Header, r.rest()), r.circle()
		return as(provider.RateLimited, "")
	case r.has("fullSyncRequired", "updatedMinTooLongAgo", "syncTokenWithRequestRestrictions"), r.about == "syncToken":
		return as(provider.CursorLost, "")
	case s == http.StatusForbidden:
		return as(provider.Forbidden, r.whyForbidden(q))
	case r.has("eventTypeRestriction"):
		return as(provider.Forbidden, string(provider.NotWritable))
	case s == http.StatusNotFound:
		return as(provider.Gone, provider.CodeWrongAddress)
	case s == http.StatusGone:
		return as(provider.Gone, "")
	case s == http.StatusPreconditionFailed, s == http.StatusConflict:
		return as(provider.Conflict, "")
	case s == http.StatusRequestEntityTooLarge:
		return as(provider.Rejected, provider.CodeTooLarge)
	case s == http.StatusBadRequest && q.write && strings.Contains(strings.ToLower(r.message), "recurrence"):
		return as(provider.Rejected, string(provider.Inexpressive))
	case s == http.StatusRequestTimeout, s < 400:
	case s < 500:
		return as(provider.Rejected, "")
	}
	if q.write { // 5xx, or what makes no sense: it may have been stored
		e.Class = provider.Unknown
	}
	return e
}

// whyForbidden tells a refusal of the account from one of the calendar and one of a single event.
func (r *refusal) whyForbidden(q call) string {
	switch {
	case r.has("accessNotConfigured", "SERVICE_DISABLED"):
		return provider.CodeNotSetUp
	case r.has("domainPolicy", "ACCESS_DENIED_BY_ADMIN", "adminPolicyEnforced"):
		return provider.CodeAdminBlocked
	case r.has("requiredAccessLevel") && q.write:
		return provider.CodeReadOnly
	case q.single && q.write:
		return string(provider.NotWritable)
	}
	return provider.CodeNoPermission
}

// codeOf is an error's code, or the empty one.
func codeOf(err error) string {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.Code
	}
	return ""
}

// rejected is an error of ours about what was to be written.
func rejected(code string, err error) error {
	return &provider.Error{Op: opPut, Class: provider.Rejected, Code: code, Err: err}
}

// partly is the error of a write of which some requests were done and this one was not: whatever it says of itself, the
// whole may have happened in part, and the next read settles it.
func partly(err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return &provider.Error{Op: opPut, Class: provider.Unknown, Err: err}
	}
	p := *e
	p.Class, p.Code = provider.Unknown, ""
	p.Status = "written in part: " + e.Class.String() + ": " + e.Status
	return &p
}
