package netguard

import (
	"fmt"
	"net/netip"
)

// ForbiddenError says that a host's address is neither public nor listed. Callers that must not import this package find
// it by its method, through [errors.As] with interface{ ForbiddenNetwork() string }; *url.Error and *net.OpError unwrap to it.
type ForbiddenError struct {
	Host string     // as it was asked for
	Addr netip.Addr // what it resolved to
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("connect to %s: its address %s is not public and not in TAHTI_ALLOW_NETWORKS", e.Host, e.Addr)
}

// ForbiddenNetwork returns the host, for messages. The address is the operator's business: it would tell a curious user
// what the inside network looks like.
func (e *ForbiddenError) ForbiddenNetwork() string { return e.Host }

// PlainError says that plain HTTP was asked for to a host that is not listed.
type PlainError struct{ Host string }

func (e *PlainError) Error() string {
	return fmt.Sprintf("connect to %s: plain http only goes to hosts and networks in TAHTI_ALLOW_NETWORKS", e.Host)
}

// PlainHTTP returns the host, for messages.
func (e *PlainError) PlainHTTP() string { return e.Host }
