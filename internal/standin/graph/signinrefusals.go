package graph

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// signInRefusal adds one of the identity platform: its number of the directory (AADSTS…) is the code, name is the error
// of RFC 6749, sub what Microsoft adds to it.
func signInRefusal(number string, status int, code, name, sub, when, source string) Refusal {
	r := Refusal{Number: number, When: when, Status: status, Code: "AADSTS" + code, Source: source, Error: name, Sub: sub}
	refusals = append(refusals, r)
	return r
}

// The refusals of the identity platform. A status of 302 goes back to the program with the error, 400 and 401 are answers of
// the token endpoint or, without an error's name, pages; 200 is a page of Microsoft's on which the browser stays.
var (
	refClient       = signInRefusal("M-50", 400, "700016", "unauthorized_client", "", "a client_id that is not registered; a page at authorize", "2.6 [D]")
	refRedirect     = signInRefusal("M-51", 400, "50011", "", "", "a redirect_uri that is not registered: a page, for there is no way back", "2.6 [D], page [M]")
	refTenant       = signInRefusal("M-52", 400, "90002", "", "", "a tenant that does not exist", "[D], page [M]")
	refResponseType = signInRefusal("M-53", 302, "70005", "unsupported_response_type", "", "a response_type other than code", "[D]")
	refMissing      = signInRefusal("M-54", 302, "900144", "invalid_request", "", "a parameter of authorize that is missing or none", "[D]")
	refScopes       = signInRefusal("M-55", 302, "70011", "invalid_scope", "", "a scope that is none", "2.6 [D]")
	refChallenge    = signInRefusal("M-56", 302, "501491", "invalid_request", "", "a code_challenge that is none", "[D]")
	refPassword     = signInRefusal("M-57", 200, "50126", "", "", "a wrong name or password: the page again", "[D]")
	refCancel       = signInRefusal("M-58", 302, "65004", "access_denied", "cancel", "the person presses Cancel", "2.6 [D], error_subcode [M]")
	refSilent       = signInRefusal("M-59", 302, "50058", "login_required", "", "prompt=none, which needs somebody who is signed in", "[D], name [M]")
	refUnassigned   = signInRefusal("M-60", 200, "50105", "", "", "a person whom the program is not assigned to: a page, no redirect", "2.6 [P]")
	refAdmin        = signInRefusal("M-61", 200, "90094", "consent_required", "", "only an administrator may agree", "2.6 [D]")
	refPolicy       = signInRefusal("M-62", 200, "90093", "consent_required", "", "a policy keeps people from agreeing", "2.6 [D]")
	refRisky        = signInRefusal("M-63", 200, "900941", "consent_required", "", "the program is held to be risky (also 900981, unverified publisher)", "2.6 [D]")
	refResource     = signInRefusal("M-64", 302, "65005", "invalid_resource", "", "the permission does not exist in the tenant", "2.6 [D], way back [M]")
	refConditional  = signInRefusal("M-65", 400, "53003", "invalid_grant", "message_only", "Conditional Access: a page while signing in, and invalid_grant at a refresh", "2.6 [P], suberror [M]")
	refConsent      = signInRefusal("M-66", 400, "65001", "invalid_grant", "consent_required", "consent was taken back, or never given for the scope of a refresh", "2.6 [D]")
	refFactor       = signInRefusal("M-67", 400, "50076", "invalid_grant", "basic_action", "a second factor is asked for (also 50079)", "2.6 [D]")
	refExpired      = signInRefusal("M-68", 400, "700082", "invalid_grant", "bad_token", "a refresh token that was idle too long, or was revoked (also 70043, 50173)", "2.6 [D]")
	refSecret       = signInRefusal("M-69", 401, "7000215", "invalid_client", "", "a wrong client secret", "2.6 [P]")
	refSecretOld    = signInRefusal("M-70", 401, "7000222", "invalid_client", "", "a client secret that has run out", "2.6 [P]")
	refNoSecret     = signInRefusal("M-71", 401, "7000218", "invalid_client", "", "no client secret", "[P]")
	refCodeUsed     = signInRefusal("M-72", 400, "54005", "invalid_grant", "", "a code that was used", "[D]")
	refCode         = signInRefusal("M-73", 400, "70008", "invalid_grant", "", "a code that was never given out, or 10 minutes ago", "[D] of refresh tokens, of codes [M]")
	refOtherAddress = signInRefusal("M-74", 400, "500112", "invalid_client", "", "a redirect_uri that is not the one of the code", "[P]")
	refVerifier     = signInRefusal("M-75", 400, "501481", "invalid_grant", "", "a code_verifier that does not fit (PKCE)", "[D]")
	refGrantType    = signInRefusal("M-76", 400, "70003", "unsupported_grant_type", "", "a grant type that is none", "[D]")
	refForm         = signInRefusal("M-77", 400, "900144", "invalid_request", "", "a token request that is no form, or lacks a parameter", "[D]")
	refNotAdmin     = signInRefusal("M-78", 200, "90027", "", "", "admin consent by somebody who is no administrator: the page again", "[M]")
	refPublic       = signInRefusal("M-83", 401, "700025", "invalid_client", "", "a secret of a program that has none", "[D]")
	refMode         = signInRefusal("M-84", 302, "70007", "unsupported_response_mode", "", "a response_mode that is none", "[D], name [M]")
	refServer       = signInRefusal("M-92", 302, "500011", "invalid_resource", "", "a permission to a server that the directory does not know", "[D], way back [M]")
	refTokenScope   = signInRefusal("M-79", 400, "70011", "invalid_scope", "", "a token request for a scope that is none", "[D]")
)

// description is what an error says in words, with the ids that support asks for.
func (f *failure) description(s *Server) string {
	return f.Code + ": " + f.detail + " Trace ID: " + s.traceID() + " Timestamp: " + s.now().UTC().Format("2006-01-02 15:04:05Z")
}

func (s *Server) traceID() string {
	s.requests++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.requests)
}

// failToken answers a refusal at the token endpoint.
func (s *Server) failToken(w http.ResponseWriter, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	w.Header().Set("Cache-Control", "no-store")
	n, err := strconv.Atoi(strings.TrimPrefix(f.Code, "AADSTS"))
	if err != nil {
		panic(err) // every code is a number
	}
	o := object{
		{"error", f.Error}, {"error_description", f.description(s)}, {"error_codes", []int{n}},
		{"timestamp", s.now().UTC().Format("2006-01-02 15:04:05Z")}, {"trace_id", s.traceID()}, {"correlation_id", s.traceID()},
	}
	if f.Sub != "" {
		o = append(o, member{"suberror", f.Sub})
	}
	if f.Number == refConditional.Number || f.Number == refFactor.Number {
		o = append(o, member{"claims", `{"access_token":{"capolids":{"essential":true,"values":["00000000-0000-4000-8000-000000000001"]}}}`})
	}
	sendJSON(w, f.Status, o)
}

// failRedirect sends the browser back to the program with an error.
func (s *Server) failRedirect(w http.ResponseWriter, r *http.Request, a *authorization, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	q := url.Values{"error": {f.Error}, "error_description": {f.description(s)}}
	if f.Sub == "cancel" {
		if !s.variants.BareCancel {
			q.Set("error_subcode", f.Sub)
		}
	} else if f.Sub != "" {
		q.Set("suberror", f.Sub)
	}
	s.back(w, r, a, q)
}
