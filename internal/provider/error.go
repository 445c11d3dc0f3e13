package provider

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Class says what an error means for the caller; engines switch on it in one place.
type Class uint8

// The classes.
const (
	Transient   Class = iota + 1 // try again later; nothing happened
	RateLimited                  // try again after RetryAfter; nothing happened
	SignIn                       // the credentials no longer work: a person has to sign in
	Forbidden                    // we may not do this
	Conflict                     // the guard did not hold: read and plan again
	Gone                         // it is not there any more
	CursorLost                   // start again with the empty cursor
	Rejected                     // this content will never be taken
	Unknown                      // the write may have happened: look before trying again
)

var classNames = [...]string{"", "transient", "rate limited", "sign-in", "forbidden", "conflict", "gone", "cursor lost", "rejected", "unknown"}

// String names the class as it is stored with a work item.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// Circle is for whom an answer speaks that asks to be left alone.
type Circle uint8

// The circles, each within the next.
const (
	OneAccount   Circle = iota // the account that asked
	Organisation               // all accounts of its organisation that are connected through our registration
	Application                // all accounts that are connected through our registration at the provider
)

// Error is every error of a provider.
type Error struct {
	Op    string // what was tried: "list changes", "put"
	Class Class
	// RetryAfter is the earliest time for the next request; zero if the provider set none. Circle is who has to wait until then.
	RetryAfter time.Time
	Circle     Circle
	// Code is the cause in the product's words, such as "wrong_password" or "expired_certificate"; empty if unknown.
	// The doctor's findings and the pages' sentences hang on it.
	Code string
	// Status is the protocol's own answer ("HTTP 403 valid-calendar-data"), for operators.
	Status string
	Err    error
}

func (e *Error) Error() string {
	s := e.Op + ": " + e.Class.String()
	if e.Status != "" {
		s += ": " + e.Status
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err; an error that no provider made is Transient, which loses nothing.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Transient
}

// Broken is a success that cannot be used: cut off, or somebody else's web page. It never reads as empty (I6), and a write may have happened.
func Broken(op string, write bool, status int, err error) *Error {
	e := &Error{Op: op, Class: Transient, Code: CodeServer, Status: fmt.Sprintf("HTTP %d", status), Err: err}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		e.Code = CodeUnreachable
	}
	if write {
		e.Class = Unknown
	}
	return e
}

// Unconfirmed is why a request was not sent: it would have carried the password to a host that the server points to and
// that nobody has confirmed yet. The person may be asked, and the sign-in repeated with Host among the confirmed ones.
type Unconfirmed struct {
	From string // the host that points there
	Host string // a name for https; with its port for http, which is confirmed for that very port
}

func (e *Unconfirmed) Error() string {
	return fmt.Sprintf("%s points to %s, which has not been confirmed", e.From, e.Host)
}

// Causes that a person can act on; pages and the doctor have a sentence and a next step for each.
const (
	CodeWrongPassword    = "wrong_password"
	CodeAppPassword      = "app_password" // like wrong_password, at a service that wants an app password
	CodeSignInKind       = "sign_in_kind" // the server takes neither user name and password nor anything else that we speak
	CodeWrongAddress     = "wrong_address"
	CodeUnreachable      = "unreachable"
	CodeNotACalendar     = "not_a_calendar"
	CodeNoCalendars      = "no_calendars"
	CodeNoMailbox        = "no_mailbox" // the account has no mailbox in the provider's cloud, and so no calendar
	CodeReadOnly         = "read_only"
	CodeExpiredCert      = "expired_certificate"
	CodeUnknownIssuer    = "unknown_issuer"
	CodeWrongHostCert    = "wrong_host_certificate"
	CodePlainHTTP        = "plain_http"
	CodeForbiddenNetwork = "forbidden_network"
	CodeRedirect         = "unconfirmed_redirect"
	CodeNoPermission     = "no_permission"
	CodeTooLarge         = "too_large"
	CodeServer           = "server_error"
	CodeTypeNotHeld      = "type_not_held" // the kind of activity is not known there, or not in use any more
	CodeNotReached       = "not_reached"   // the provider cannot send to our own address, or may not
	// CodeTooManyListeners: the mailbox has as many connections open as the server bears, on which it is told of changes.
	CodeTooManyListeners = "too_many_listeners"
	CodeMailboxFull      = "mailbox_full" // nothing more goes in until a person makes room there
)
