package pipedrive

import (
	"net/http"
	"slices"

	"tahti/internal/standin"
)

// Refusal is one kind of request that the server refuses. Number is stable: tests and provider pages name it.
type Refusal struct {
	Number string
	When   string
	Status int
	// Code is "code" of a body of v2, or "error" of one of the sign-in; empty where there is none.
	Code   string
	Source string
	form   form
}

// form is how the body of a refusal looks.
type form uint8

const (
	formAPI   form = iota // success, error, code
	formHooks             // success, status, errors
	formBare              // success, message
	formOAuth             // success, message, error
	formPage              // a page for people
)

// Codes of v2.
const (
	codeSchema   = "ERR_SCHEMA_VALIDATION_FAILED"
	codeBad      = "ERR_BAD_REQUEST"
	codeNotFound = "ERR_NOT_FOUND"
)

// The refusals. Sources: "5" is that part of the provider page, "guide" and "status codes" are Pipedrive's own pages of the
// subject, "client" the types of its official client, "public code" what others have met.
var (
	refToken     = refusal("P-01", 401, "", "no token, or an API token that is not known", "status codes; public code, measured", formAPI)
	refAccess    = refusal("P-02", 401, "", "an access token that is unknown, over or revoked", "status codes", formAPI)
	refMalformed = refusal("P-03", 400, "", "an Authorization header that is no bearer's", "status codes", formAPI)
	refScope     = refusal("P-04", 403, "", "a method outside of the scopes that were granted", "status codes", formAPI)
	refUnpaid    = refusal("P-05", 402, "", "a company whose account is closed", "status codes", formAPI)
	refBurst     = refusal("P-06", 429, "", "more requests of a token in two seconds than the plan allows", "guide to rate limits; the body unproved", formAPI)
	refBudget    = refusal("P-07", 429, "", "any request once the company's tokens of the day are spent", "guide to rate limits; the body unproved", formAPI)
	refBlocked   = refusal("P-08", 403, "", "an API token that went on after many refusals of that kind: a page of another server", "guide to rate limits; after how many, and for how long, unproved", formPage)
	refPath      = refusal("P-09", 404, "", "a path that the API does not have", "status codes, unproved", formAPI)
	refMethod    = refusal("P-10", 405, "", "a method that the path does not have", "status codes", formAPI)
	refNotFound  = refusal("P-11", 404, codeNotFound, "an item that is not there, or is not the user's to see", "client; the code unproved", formAPI)
	refSchema    = refusal("P-12", 400, codeSchema, "a value of the wrong type, a time that is none, a number as text, 1 and 0 for true and false", "guide to v2; public code, measured", formAPI)
	refUnknown   = refusal("P-13", 400, codeSchema, "a field or a parameter that is not known", "public code, unproved", formAPI)
	refBody      = refusal("P-14", 400, codeBad, "a body that is no JSON object, or is not sent as one", "guide to v2, unproved", formAPI)
	refPersonID  = refusal("P-15", 400, codeBad, "person_id of an activity: it comes of the primary participant", "guide to v2; n8n issue 31684, measured", formAPI)
	refRequired  = refusal("P-16", 400, codeSchema, "a field that has to be there is not, or is null", "client, unproved", formAPI)
	refReference = refusal("P-17", 400, codeBad, "an owner, a link or a participant that is not there or not the user's to see", "unproved", formAPI)
	refType      = refusal("P-18", 400, codeBad, "a type that the company does not have, or has switched off", "unproved", formAPI)
	refLimit     = refusal("P-19", 400, codeSchema, "a limit outside of 1 to 500", "client; that it is not cut, unproved", formAPI)
	refIDs       = refusal("P-20", 400, codeSchema, "more than a hundred ids, or one that is none", "client, unproved", formAPI)
	refCursor    = refusal("P-21", 400, codeSchema, "a cursor that was never given out, or for another order", "unproved", formAPI)
	refFraction  = refusal("P-22", 400, codeSchema, "updated_since with fractions of a second, or no RFC 3339 time", "public code, measured", formAPI)
	refFilter    = refusal("P-23", 404, codeNotFound, "a filter that is not there, or of another kind of items", "unproved", formAPI)
	refMayNot    = refusal("P-24", 403, "", "a change of what somebody else owns, by a user who may change their own alone", "status codes, unproved", formAPI)
	refAdmin     = refusal("P-25", 403, "", "what administrators alone may do", "guide to scopes, unproved", formAPI)
	refLegacy    = refusal("P-26", 400, "", "a body of v1 that lacks a field, or has one that is none", "client, unproved", formAPI)
	refNoUser    = refusal("P-27", 404, "", "a user that the company does not have", "client", formAPI)
	refHook      = refusal("P-28", 400, "", "a webhook with a field that is missing or wrong, at an address that is not public, or at Pipedrive's own", "client, guide to webhooks", formHooks)
	refHookMany  = refusal("P-29", 422, "", "a forty-first webhook of a user", "guide to webhooks, status codes", formHooks)
	refHookGone  = refusal("P-30", 404, "", "the deletion of a webhook that is not there", "client", formHooks)
	refHookOther = refusal("P-31", 403, "", "the deletion of a webhook that is another user's or program's", "client", formBare)
	refTooLarge  = refusal("P-32", 413, "", "a body above one mebibyte", "own bound", formAPI)
	refNoAPI     = refusal("P-33", 403, "", "a user whose permissions leave the API out", "guide to authentication; the status unproved", formAPI)
	refPrivate   = refusal("P-34", 403, "", "a change of another person's private activity", "guide to calendar sync, unproved", formAPI)
	refDeleted   = refusal("P-35", 404, codeNotFound, "a change or deletion of what is deleted", "unproved", formAPI)
	refDuration  = refusal("P-36", 400, codeSchema, "a duration of a day and more, where the variant says so", "unproved", formAPI)
	refFault     = refusal("P-37", 500, "", "a fault: the server's own trouble; 503 while it is under maintenance", "status codes", formAPI)
	refDelete    = refusal("P-38", 400, codeBad, "is_deleted set by anything but a DELETE", "guide to v2; the code unproved", formAPI)

	// Of the sign-in.
	refGrantType  = refusal("P-50", 400, "unsupported_grant_type", "a grant type that is missing, or another than authorization_code and refresh_token", "status codes", formOAuth)
	refCode       = refusal("P-51", 400, "invalid_grant", "a code that is unknown, used, of another program, or older than five minutes", "status codes", formOAuth)
	refRefresh    = refusal("P-52", 400, "invalid_grant", "a refresh token that is unknown, revoked, of another program, or was not used for sixty days", "status codes", formOAuth)
	refNoClient   = refusal("P-53", 400, "invalid_client", "no client id or no secret, in Basic or in the body", "status codes", formOAuth)
	refClient     = refusal("P-54", 400, "invalid_client", "a client that is not known, or a wrong secret", "status codes", formOAuth)
	refRedirect   = refusal("P-55", 400, "invalid_request", "an address that is none, or is not the registered one", "status codes", formOAuth)
	refFormType   = refusal("P-56", 400, "invalid_request", "a token request that is no form", "status codes", formOAuth)
	refUninstall  = refusal("P-57", 400, "", "an app that cannot be installed in this company: on a page that does not go back", "status codes", formPage)
	refDenied     = refusal("P-58", 302, "user_denied", "a person who presses Cancel", "guide to OAuth", formPage)
	refPassword   = refusal("P-59", 401, "", "a wrong password on the sign-in page", "own", formPage)
	refNoApp      = refusal("P-60", 400, "", "a sign-in for a client that is not known: on a page that does not go back", "status codes, unproved", formPage)
	refSignInOver = refusal("P-61", 400, "", "a form of a sign-in that is over", "own", formPage)
)

var refusals []Refusal

func refusal(number string, status int, code, when, source string, f form) Refusal {
	r := Refusal{Number: number, When: when, Status: status, Code: code, Source: source, form: f}
	refusals = append(refusals, r)
	return r
}

// Refusals lists everything that the server refuses, by number.
func Refusals() []Refusal { return slices.Clone(refusals) }

// failure is a refusal as it happened.
type failure struct {
	Refusal
	message string
	// field is what was wrong, where the form names it.
	field string
}

// because says what exactly was wrong, in the original's words where they are known; nil is "nothing wrong".
func (r Refusal) because(message string) *failure { return &failure{Refusal: r, message: message} }

// at names the field that was wrong.
func (r Refusal) at(field, message string) *failure {
	return &failure{Refusal: r, message: message, field: field}
}

// invalid is what v2 says of a field that is wrong (measured by others).
func invalid(field, message string) *failure {
	return refSchema.because("Validation failed: " + field + ": " + message)
}

const errorInfo = "Please check developers.pipedrive.com for more information about Pipedrive API."

// fail answers a refusal in its form.
func (s *Server) fail(w http.ResponseWriter, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	switch f.form {
	case formHooks:
		writeJSON(w, f.Status, object{"status": "error", "success": false, "errors": object{f.field: []string{f.message}}})
	case formBare:
		writeJSON(w, f.Status, object{"success": false, "message": f.message})
	case formOAuth:
		writeJSON(w, f.Status, object{"success": false, "message": f.message, "error": f.Code})
	case formPage:
		writePage(w, f.Status, "Access denied | pipedrive.com used Cloudflare to restrict access. This error is produced by Cloudflare.")
	default:
		s.failAPI(w, f)
	}
}

func (s *Server) failAPI(w http.ResponseWriter, f *failure) {
	body := object{"success": false, "error": f.message, "error_info": errorInfo, "data": nil, "additional_data": nil}
	switch {
	case f.Number == refToken.Number: // as the gateway before everything answers (measured by others)
		w.Header().Set("X-401-By-Gw", "true")
		body = object{"success": false, "error": f.message, "errorCode": f.Status, "error_info": "Please check developers.pipedrive.com"}
	case f.Status == http.StatusUnauthorized || f.Status == http.StatusTooManyRequests:
		body["errorCode"] = f.Status
	}
	if f.Code != "" {
		body = object{"success": false, "error": f.message, "code": f.Code}
	}
	writeJSON(w, f.Status, body)
}

// refuse answers a fault as the original would.
func (s *Server) refuse(w http.ResponseWriter, f standin.Fault) {
	status := max(f.Status, f.StatusAfter)
	r := refFault
	switch status {
	case http.StatusTooManyRequests:
		r = refBurst
		w.Header().Set("X-Ratelimit-Remaining", "0")
		w.Header().Set("X-Ratelimit-Reset", "2")
	case http.StatusUnauthorized:
		r = refToken
	case http.StatusForbidden:
		r = refMayNot
	}
	r.Status = status
	message := f.Reason
	if message == "" {
		message = http.StatusText(status)
	}
	s.fail(w, r.because(message))
}
