package caldav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

// unanswered classes a request that got no answer.
func (c *client) unanswered(q call, err error) *provider.Error {
	return premises.Unanswered(q.op, q.write, err)
}

// broken is an answer that cannot be used: HTML instead of XML, cut off, too large. It never reads as empty (I6).
func broken(op string, a *answer, err error) *provider.Error {
	e := &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: statusText(a.status, nil), Err: err}
	if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); kind == "text/html" {
		e.Code = provider.CodeNotACalendar // a login page, a proxy's, a web site's
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		e.Code = provider.CodeUnreachable
	}
	return e
}

// refused turns an answer that is no success into its error. It reads the body, bounded.
func (c *client) refused(q call, a *answer) *provider.Error {
	conditions := errorConditions(a)
	return c.classify(q, a.status, a.header, conditions)
}

// classify is the one table from HTTP to classes. conditions are local names inside <DAV:error>.
func (c *client) classify(q call, status int, h http.Header, conditions []string) *provider.Error {
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: statusText(status, conditions)}
	e.Err = httpStatus(status)
	has := func(s string) bool { return slices.Contains(conditions, s) }
	switch {
	case status == http.StatusUnauthorized:
		e.Class, e.Code = provider.SignIn, provider.CodeWrongPassword
		if wantsAppPassword(q.url) {
			e.Code = provider.CodeAppPassword
		}
		if !speaks(h) {
			e.Code = provider.CodeSignInKind
		}
	case provider.Throttled(status):
		e.Class, e.RetryAfter = provider.RateLimited, provider.RetryAfter(h, c.now())
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Class, e.Code = provider.Gone, provider.CodeWrongAddress
	case has("valid-sync-token"):
		e.Class, e.Code = provider.CursorLost, ""
	case has("need-privileges"):
		e.Class, e.Code = provider.Forbidden, provider.CodeNoPermission
	case status == http.StatusInsufficientStorage, has("quota-not-exceeded"), has("sufficient-disk-space"):
		// A full mailbox: nothing was stored, and it heals without anyone pressing a button when space is freed.
		e.Class = provider.Transient
	case status == http.StatusLocked:
		e.Class = provider.Transient
	case slices.ContainsFunc(conditions, aboutContent):
		// Whatever the status: Xandikos says 412 inside a 207, Cyrus 403, Radicale 409 (providers.md 4.2).
		e.Class, e.Code = provider.Rejected, ""
		if has("max-resource-size") {
			e.Code = provider.CodeTooLarge
		}
	case status == http.StatusPreconditionFailed:
		e.Class, e.Code = provider.Conflict, ""
	case status == http.StatusForbidden, status == http.StatusMethodNotAllowed:
		e.Class, e.Code = provider.Forbidden, provider.CodeNoPermission
	case status == http.StatusRequestEntityTooLarge:
		e.Class, e.Code = provider.Rejected, provider.CodeTooLarge
	case isRedirect(status):
		e.Class, e.Code = provider.Forbidden, provider.CodeRedirect
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusProxyAuthRequired:
		e.Class, e.Code = provider.Transient, provider.CodeUnreachable
	case status == http.StatusNotImplemented, status >= 400 && status < 500:
		e.Class, e.Code = provider.Rejected, ""
	case q.write: // 5xx, or a success that makes no sense: it may have been stored
		e.Class = provider.Unknown
	}
	return e
}

// aboutContent reports whether a precondition complains about what was sent, so that sending it again is of no use
// (RFC 4791 section 5.3.2.1, RFC 6638 section 3.2.4.1).
func aboutContent(condition string) bool {
	switch condition {
	case "supported-calendar-data", "valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-component",
		"no-uid-conflict", "max-resource-size", "min-date-time", "max-date-time", "max-instances", "max-attendees-per-instance",
		"unique-scheduling-object-resource", "same-organizer-in-all-components", "allowed-organizer-scheduling-object-change",
		"allowed-attendee-scheduling-object-change":
		return true
	}
	return false
}

// aboutUID reports whether a refusal says that the UID is taken. SOGo says so by 409 alone.
func aboutUID(err error) bool {
	e, ok := errors.AsType[*provider.Error](err)
	return ok && e.Class == provider.Rejected && (strings.Contains(e.Status, "no-uid-conflict") ||
		strings.Contains(e.Status, "unique-scheduling-object-resource") || e.Status == statusText(http.StatusConflict, nil))
}

// httpStatus is the answer's status as the innermost error.
type httpStatus int

func (s httpStatus) Error() string {
	if t := http.StatusText(int(s)); t != "" {
		return strings.ToLower(t)
	}
	return "no known status"
}

// statusOf is the HTTP status that an error came from; 0 if there was no answer.
func statusOf(err error) int {
	s, _ := errors.AsType[httpStatus](err)
	return int(s)
}

// statusText is what operators see: "HTTP 403 valid-calendar-data".
func statusText(status int, conditions []string) string {
	return strings.Join(append([]string{fmt.Sprintf("HTTP %d", status)}, conditions...), " ")
}

// errorConditions reads the preconditions of RFC 4918 section 16 out of an error's body; none if it is something else.
func errorConditions(a *answer) []string {
	var found []string
	root, err := readTree(io.LimitReader(a.body, maxErrorBody), limits{body: maxErrorBody, text: 4096, nodes: 200}, func(n *node) error {
		found = appendCondition(found, n)
		return nil
	})
	if err != nil || root != nError {
		return nil
	}
	return found
}

// appendCondition keeps names of the two standard namespaces; Sabre adds exception, message and version of its own.
func appendCondition(found []string, n *node) []string {
	s := string(n.name)
	for _, space := range []string{spaceDAV, spaceCal} {
		if local, ok := strings.CutPrefix(s, space); ok && len(found) < 8 && local != "responsedescription" {
			return append(found, local)
		}
	}
	return found
}
