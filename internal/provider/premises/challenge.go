package premises

import (
	"net/http"
	"strings"
)

// Challenge is one way in which a server offers to sign in (RFC 9110 section 11.6.1).
type Challenge struct {
	Scheme string            // lower case: SOGo writes "basic"
	Params map[string]string // by names in lower case
}

// maxChallenges and maxParams bound what is read of a 401.
const (
	maxChallenges = 16
	maxParams     = 32
)

// Challenges reads all WWW-Authenticate lines. Several challenges may stand in one line, parted by commas as their own
// parameters are; a word that no "=" follows begins the next.
func Challenges(h http.Header) []Challenge {
	var list []Challenge
	for _, line := range h.Values("WWW-Authenticate") {
		for s := strings.TrimLeft(line, " \t,"); s != ""; s = strings.TrimLeft(s, " \t,") {
			n := tokenLen(s)
			if n == 0 {
				break // no challenge that anybody could read
			}
			word, rest := s[:n], s[n:]
			value, after, isParam := paramValue(rest)
			switch {
			case !isParam && len(list) < maxChallenges:
				list = append(list, Challenge{strings.ToLower(word), map[string]string{}})
			case isParam && len(list) > 0 && len(list[len(list)-1].Params) < maxParams:
				list[len(list)-1].Params[strings.ToLower(word)] = value
			}
			s = after
		}
	}
	return list
}

// paramValue reads "=value" or "= "value"" behind a name. What is no parameter leaves s as it is.
func paramValue(s string) (value, rest string, ok bool) {
	t := strings.TrimLeft(s, " \t")
	if !strings.HasPrefix(t, "=") {
		return "", s, false
	}
	t = strings.TrimLeft(t[1:], " \t")
	if strings.HasPrefix(t, `"`) {
		return quoted(t[1:])
	}
	n := strings.IndexAny(t, ", \t")
	if n < 0 {
		n = len(t)
	}
	return t[:n], t[n:], true
}

// quoted reads up to the closing quote; one that is missing ends with the line.
func quoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), "", true
}

// tokenLen is the length of the token that s begins with (RFC 9110 section 5.6.2).
func tokenLen(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
	if n < 0 {
		return len(s)
	}
	return n
}
