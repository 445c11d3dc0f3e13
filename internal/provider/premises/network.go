package premises

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"tahti/internal/provider"
)

// ForbiddenNetwork is what an error of the injected transport implements when the address lies in a network that
// outgoing requests may not reach.
type ForbiddenNetwork interface {
	error
	ForbiddenNetwork() string
}

// Unanswered classes a request that got no answer. A write that may have been sent is Unknown, and only what surely came
// before sending (name, address, handshake) is Transient.
func Unanswered(op string, write bool, err error) *provider.Error {
	if held, ok := errors.AsType[*provider.Error](err); ok { // by the transport: it was never sent
		e := *held
		e.Op = op
		return &e
	}
	e := &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeUnreachable, Err: err}
	if write {
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

// RefusedAddress is for requests that were not sent because of where they would have gone.
func RefusedAddress(op string, err error) *provider.Error {
	e := &provider.Error{Op: op, Class: provider.Forbidden, Code: provider.CodeRedirect, Err: err}
	if _, ok := errors.AsType[*PlainHTTP](err); ok {
		e.Code = provider.CodePlainHTTP
	}
	return e
}
