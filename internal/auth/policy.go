package auth

import (
	"strings"
	"unicode/utf8"
)

// The limits of a password, in characters. Length is what counts; rules about digits and signs only make people write passwords
// down (NIST SP 800-63B section 5.1.1.2). The upper one bounds the work.
const (
	ShortestPassword = 10
	LongestPassword  = 200
)

// PasswordError says why a password is not accepted; pages translate the code.
type PasswordError struct{ Code string }

// The codes.
const (
	TooShort = "too_short"
	TooLong  = "too_long"
	IsEmail  = "is_email"
	OneSign  = "one_sign" // the same character again and again
)

func (e *PasswordError) Error() string { return "password is not accepted: " + e.Code }

// CheckPassword tells whether somebody may choose this password. The error is a *[PasswordError].
func CheckPassword(password, email string) error {
	name, _, _ := strings.Cut(email, "@")
	length := utf8.RuneCountInString(password)
	switch {
	case length < ShortestPassword:
		return &PasswordError{TooShort}
	case length > LongestPassword:
		return &PasswordError{TooLong}
	case strings.EqualFold(password, email) || strings.EqualFold(password, name):
		return &PasswordError{IsEmail}
	case strings.Count(password, password[:firstLength(password)]) == length:
		return &PasswordError{OneSign}
	}
	return nil
}

func firstLength(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// FoldEmail gives the one spelling under which a login is kept and found.
func FoldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
