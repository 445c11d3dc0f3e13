package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"tahti/internal/provider"
)

// refusal is an error answer (RFC 6749 sections 4.1.2.1 and 5.2). The last ones are Microsoft's, and error_subtype Google's.
type refusal struct {
	Error       string        `json:"error"`
	Description string        `json:"error_description"`
	Suberror    string        `json:"suberror"`
	Subcode     string        `json:"error_subcode"`
	Subtype     string        `json:"error_subtype"`
	Codes       []json.Number `json:"error_codes"`
}

func parseRefusal(body []byte) refusal {
	var r refusal
	if json.Unmarshal(body, &r) != nil {
		return refusal{}
	}
	return r
}

var (
	token     = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,60}$`)
	directory = regexp.MustCompile(`AADSTS(\d{4,8})`)
)

// numbers are the codes of Microsoft's directory in an answer.
func (r refusal) numbers() (list []string) {
	for _, c := range r.Codes {
		list = append(list, c.String())
	}
	for _, m := range directory.FindAllStringSubmatch(r.Description, 4) {
		list = append(list, m[1])
	}
	return list
}

// status is what an operator may see of it: codes, and none of the words, which may name people.
func (r refusal) status() string {
	var parts []string
	for _, s := range []string{r.Error, r.Suberror, r.Subcode, r.Subtype} {
		if token.MatchString(s) {
			parts = append(parts, s)
		}
	}
	if n := r.numbers(); len(n) > 0 && token.MatchString(n[0]) {
		parts = append(parts, "AADSTS"+n[0])
	}
	return strings.Join(parts, " ")
}

// byNumber is what Microsoft's codes mean to whom (providers.md 2.6). Microsoft asks programs not to act on the numbers alone:
// they only choose the words; whether something is tried again hangs on the error's name.
var byNumber = map[string]string{
	"65001": provider.CodeSignInEnded, "50076": provider.CodeSignInEnded, "50079": provider.CodeSignInEnded, "70043": provider.CodeSignInEnded,
	"700082": provider.CodeSignInEnded, "50173": provider.CodeSignInEnded,
	"90094": provider.CodeAdminConsent, "90093": provider.CodeAdminConsent, "900941": provider.CodeAdminConsent, "900981": provider.CodeAdminConsent,
	"65005": provider.CodeAdminConsent,
	"50105": provider.CodeNotAssigned, "500011": provider.CodeServerUnknown, "50001": provider.CodeServerUnknown,
	"53000": provider.CodeConditionalAccess, "53001": provider.CodeConditionalAccess, "53002": provider.CodeConditionalAccess, "53003": provider.CodeConditionalAccess,
	"7000215": provider.CodeClientRefused, "7000222": provider.CodeClientRefused, "7000218": provider.CodeClientRefused, "700016": provider.CodeClientRefused,
	"50011": provider.CodeClientRefused, "50194": provider.CodeClientRefused,
}

// byName is what errors mean by their names.
var byName = map[string]string{
	"invalid_grant": provider.CodeSignInEnded, "interaction_required": provider.CodeSignInEnded, "login_required": provider.CodeSignInEnded,
	"invalid_rapt":     provider.CodeSignInEnded,
	"consent_required": provider.CodeAdminConsent, "admin_consent_required": provider.CodeAdminConsent,
	"admin_policy_enforced": provider.CodeAdminBlocked, "org_internal": provider.CodeAdminBlocked,
	"access_denied":  provider.CodeCancelled,
	"user_denied":    provider.CodeCancelled, // Pipedrive's
	"invalid_client": provider.CodeClientRefused, "unauthorized_client": provider.CodeClientRefused, "deleted_client": provider.CodeClientRefused,
	"redirect_uri_mismatch": provider.CodeClientRefused, "invalid_scope": provider.CodeClientRefused, "invalid_request": provider.CodeClientRefused,
	"unsupported_response_type": provider.CodeClientRefused, "unsupported_grant_type": provider.CodeClientRefused, "invalid_resource": provider.CodeClientRefused,
}

// Meaning is the product's code for what a provider's page or answer says: an error's name, or a text with a number of
// Microsoft's in it. Empty: unknown.
func Meaning(said string) string {
	said = strings.TrimSpace(said)
	for _, m := range directory.FindAllStringSubmatch(strings.ToUpper(said), 4) {
		if code := byNumber[m[1]]; code != "" {
			return code
		}
	}
	if code := byNumber[said]; code != "" {
		return code
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(said), func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		if code := byName[word]; code != "" && code != provider.CodeCancelled {
			return code
		}
	}
	return ""
}

// Codes are the codes in what a person copied from a provider's page, for operators: Microsoft's, or an error's name.
func Codes(said string) string {
	said = strings.TrimSpace(said)
	if list := directory.FindAllString(strings.ToUpper(said), 4); len(list) > 0 {
		return strings.Join(list, " ")
	}
	if token.MatchString(said) {
		return said
	}
	return ""
}

func (r refusal) code() string {
	for _, n := range r.numbers() {
		if code := byNumber[n]; code != "" {
			return code
		}
	}
	if r.Subcode == "cancel" {
		return provider.CodeCancelled
	}
	return byName[r.Error]
}

// refused sorts an error answer of the token endpoint.
func (c *Client) refused(op string, status int, header http.Header, body []byte) error {
	said := parseRefusal(body)
	e := &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: strings.TrimSpace(fmt.Sprintf("HTTP %d %s", status, said.status()))}
	switch {
	case provider.Throttled(status):
		e.RetryAfter = provider.RetryAfter(header, c.Now())
		if status == http.StatusTooManyRequests {
			e.Class, e.Code = provider.RateLimited, ""
		}
	case status >= 500 || said.Error == "temporarily_unavailable" || said.Error == "server_error":
	case byName[said.Error] == provider.CodeClientRefused:
		// Our own registration is at fault, for everybody: no person can mend it by signing in, and it heals as soon as an
		// administrator has.
		e.Code = provider.CodeClientRefused
	case byName[said.Error] != "":
		e.Class, e.Code = provider.SignIn, said.code()
	}
	return e
}

func unanswered(op string, err error) error {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e // not sent: the account has to rest
	}
	// The address is in an error of the transport, and nothing of the form; so it may be shown.
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeUnreachable, Err: err}
}

// Callback is what a provider's page sends back through the browser.
type Callback struct {
	State, Code string
	Issuer      string // who says that it answers (RFC 9207); empty where it does not say
	said        refusal
}

// ParseCallback reads the query of the redirect address. Everything in it may be forged.
func ParseCallback(q url.Values) Callback {
	return Callback{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), said: refusal{
		Error: q.Get("error"), Description: q.Get("error_description"), Suberror: q.Get("suberror"), Subcode: q.Get("error_subcode"), Subtype: q.Get("error_subtype"),
	}}
}

// Err is what went wrong at the provider; nil if there is a code to exchange.
func (c Callback) Err() error {
	if c.said.Error == "" && c.Code != "" {
		return nil
	}
	e := &provider.Error{Op: "sign in", Class: provider.SignIn, Code: c.said.code(), Status: c.said.status()}
	switch {
	case c.said.Error == "":
		e.Code, e.Status = provider.CodeNoAnswer, "neither code nor error"
	case c.said.Error == "temporarily_unavailable" || c.said.Error == "server_error":
		e.Class, e.Code = provider.Transient, provider.CodeServer
	case e.Code == "":
		e.Code = provider.CodeSignInRefused
	}
	return e
}
