package provider

import (
	"errors"
	"net/url"
	"regexp"
)

// name is how servers call what they refuse for.
var name = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,80}$`)

// Named is a code that a server says, as far as it can be kept and shown: a short name. Of anything else nobody knows what it
// holds, or how much, and it is left out.
func Named(said string) string {
	if !name.MatchString(said) {
		return ""
	}
	return said
}

// WithoutAddress is an error of [net/http.Client] without the address that it asked for, whose query may hold a cursor, and whose
// path a person's e-mail address. What was done is in [Error.Op].
func WithoutAddress(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
