package caldav

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"tahti/internal/provider"
)

// ForbiddenNetwork is what an error of the injected transport implements when the address lies in a network that
// outgoing requests may not reach.
type ForbiddenNetwork interface {
	error
	ForbiddenNetwork() string
}

// unanswered classes a request that got no answer. A write that may have been sent is Unknown, and only what surely came
// before sending (name, address, handshake) is Transient.
func (c *client) unanswered(q call, err error) *provider.Error {
	if held, ok := errors.AsType[*provider.Error](err); ok { // by the transport: it was never sent
		e := *held
		e.Op = q.op
		return &e
	}
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeUnreachable, Err: err}
	if q.write {
		e.Class = provider.Unknown
	}
	before := func(code string) *provider.Error {
		e.Class, e.Code = provider.Transient, code
		return e
	}
	if f, ok := errors.AsType[ForbiddenNetwork](err); ok {
		e.Class, e.Code, e.Status = provider.Forbidden, provider.CodeForbiddenNetwork, f.ForbiddenNetwork()
		return e
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return before(provider.CodeWrongAddress)
		}
		return before(provider.CodeUnreachable)
	}
	if code := certificateCode(err); code != "" {
		return before(code)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok { // it speaks, but not TLS
		return before(provider.CodePlainHTTP)
	}
	// net/http replaces the record error by this text when the answer looks like HTTP.
	if strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return before(provider.CodePlainHTTP)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return before(provider.CodeUnreachable)
	}
	return e
}

func certificateCode(err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return provider.CodeExpiredCert
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return provider.CodeWrongHostCert
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return provider.CodeUnknownIssuer
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return provider.CodeUnknownIssuer
	}
	return ""
}

// refusedAddress is for requests that were not sent because of where they would have gone.
func refusedAddress(op string, err error) *provider.Error {
	e := &provider.Error{Op: op, Class: provider.Forbidden, Code: provider.CodeRedirect, Err: err}
	if _, ok := errors.AsType[*PlainHTTP](err); ok {
		e.Code = provider.CodePlainHTTP
	}
	return e
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
