package google

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"tahti/internal/standin"
)

// Refusal is one kind of request that the server refuses. Number is stable: tests and provider pages name it.
type Refusal struct {
	Number string
	When   string
	Status int
	// Reason is error.errors[0].reason of the body.
	Reason string
	Source string
}

// The refusals. "1.3" and the like in a source are parts of the provider page; "reference" is the discovery document.
var (
	refCredentials  = refusal("G-01", 401, "authError", "a bearer token that is unknown or over", "1.3")
	refLogin        = refusal("G-02", 401, "required", "no bearer token", "1.3")
	refScope        = refusal("G-03", 403, "insufficientPermissions", "a token without a scope that the call needs", "1.1, 1.3")
	refNotFound     = refusal("G-04", 404, "notFound", "a calendar or an event that is not there, or is not the user's to see", "1.3")
	refAccess       = refusal("G-05", 403, "requiredAccessLevel", "a call that needs more access to the calendar than the user has", "1.7")
	refRequired     = refusal("G-06", 400, "required", "a field that has to be there is not", "reference")
	refInvalid      = refusal("G-07", 400, "invalid", "a value that the field or parameter cannot have", "reference")
	refParse        = refusal("G-08", 400, "parseError", "a body that is no JSON object", "reference")
	refUnknown      = refusal("G-09", 400, "badRequest", "a field or a parameter that the reference does not have", "reference, unproved")
	refID           = refusal("G-10", 400, "invalid", "an id outside a-v and 0-9, or outside 5 to 1024 characters", "1.4")
	refDuplicate    = refusal("G-11", 409, "duplicate", "an id that is taken, by a deleted event too", "1.4, trap 3")
	refDeleted      = refusal("G-12", 410, "deleted", "a deletion of what is deleted", "1.3, trap 3")
	refForbidden    = refusal("G-13", 403, "forbidden", "an update of a deleted event, but for one that restores it", "1.4, trap 3")
	refCondition    = refusal("G-14", 412, "conditionNotMet", "If-Match that does not fit", "1.3, 1.7")
	refSyncExpired  = refusal("G-15", 410, "fullSyncRequired", "a sync token that is too old", "1.3, 1.5")
	refSyncFilter   = refusal("G-16", 400, "syncTokenWithRequestRestrictions", "a sync token with a filter, an order or showDeleted=false", "1.3, 1.5")
	refSyncGarbage  = refusal("G-17", 400, "invalid", "a sync token that was never given out for this calendar", "1.5, public code")
	refSyncOther    = refusal("G-18", 400, "syncTokenWithRequestRestrictions", "a sync token with other parameters than it was given out for", "1.5, unproved")
	refPageToken    = refusal("G-19", 400, "invalid", "a page token that was never given out, or comes with other parameters", "1.5")
	refTimeRange    = refusal("G-20", 400, "timeRangeEmpty", "an end that is not after the start, of an event or a window", "1.3, reference")
	refUpdatedMin   = refusal("G-21", 410, "updatedMinTooLongAgo", "updatedMin more than four weeks ago", "1.3")
	refRecurrence   = refusal("G-22", 400, "invalid", "a recurrence that is none: DTSTART or DTEND lines, a rule that cannot be read, one on an occurrence", "1.6")
	refEventType    = refusal("G-23", 400, "eventTypeRestriction", "an event type that cannot be made, changed, moved, imported or edited this way", "1.7, reference")
	refIdentity     = refusal("G-24", 400, "invalid", "a change of what never changes: original start, series, event type", "1.6, reference")
	refProperties   = refusal("G-25", 400, "invalid", "extended properties above their limits", "1.7")
	refBothIDs      = refusal("G-26", 400, "invalid", "a creation with both id and iCalUID", "1.4")
	refSequence     = refusal("G-27", 400, "invalid", "a sequence below the event's own", "reference, unproved")
	refUserRate     = refusal("G-28", 403, "userRateLimitExceeded", "more calls of a user in a minute than are allowed", "1.3, 1.9")
	refNotRecurring = refusal("G-29", 400, "invalid", "instances of an event that does not recur", "reference, unproved")
	refPath         = refusal("G-30", 404, "notFound", "a path or a method that the API does not have", "reference")
	refReminders    = refusal("G-32", 400, "cannotUseDefaultRemindersAndSpecifyOverride", "default reminders and overrides at once", "public code, measured")
	refNonOrganizer = refusal("G-33", 403, "forbiddenForNonOrganizer", "a change of what is the organizer's, in a guest's copy", "1.7")
	refLocked       = refusal("G-34", 403, "forbidden", "a change of the main fields of a locked event", "1.7")
	refMoveOrganize = refusal("G-35", 403, "cannotChangeOrganizer", "a move of an event that the calendar does not organize", "reference, unproved")
	refMoveInstance = refusal("G-36", 400, "cannotChangeOrganizerOfInstance", "a move of one occurrence", "reference, unproved")
	refPrimary      = refusal("G-37", 400, "cannotDeletePrimaryCalendar", "a deletion of the primary calendar", "reference, unproved")
	refRate         = refusal("G-38", 403, "rateLimitExceeded", "a fault: more calls to a calendar than are allowed; 429 where the fault says so", "1.3")
	refQuota        = refusal("G-39", 403, "quotaExceeded", "a fault: the use limits of Calendar are reached, for hours", "1.3")
	refBackend      = refusal("G-40", 503, "backendError", "a fault: the server's own trouble; 500 where the fault says so", "1.3")
	refChannel      = refusal("G-41", 400, "invalid", "a channel whose id, token, address or end is none", "1.8")
	refNotHTTPS     = refusal("G-42", 400, "push.webhookUrlNotHttps", "a channel to an address that is not https", "1.8")
	refChannelID    = refusal("G-43", 400, "channelIdNotUnique", "a channel id that was used before", "1.8")
	refBatch        = refusal("G-44", 400, "badRequest", "a batch that is no multipart of calls", "1")
	refBatchSize    = refusal("G-45", 400, "badRequest", "a batch of more than fifty calls", "1")
	refService      = refusal("G-46", 403, "forbiddenForServiceAccounts", "guests of a service account that does not act for a person", "1.7")
	refNoCalendar   = refusal("G-47", 403, "notACalendarUser", "an account that has never used the calendar", "webhookdb issue 624")
	refNoAPI        = refusal("G-48", 403, "accessNotConfigured", "a client whose project has not switched the API on", "public code, unproved")
	refReminderMany = refusal("G-49", 400, "eventRemindersCountExceedsLimit", "more than five reminders", "public code, measured")
	refTooLarge     = refusal("G-31", 413, "uploadTooLarge", "a body above one mebibyte", "own bound")
	refProject      = refusal("G-66", 403, "rateLimitExceeded", "more calls of the whole project in a minute than are allowed: the reason of one calendar's limit, and the message names the limit", "1.9, cal.diy issue 18079")
	refFocusTime    = refusal("G-63", 400, "malformedFocusTimeEvent", "focus time for whole days, with guests, or in a secondary calendar", "1.7, public code")
	refOutOfOffice  = refusal("G-64", 400, "malformedOutOfOfficeEvent", "out of office for whole days, with guests, or in a secondary calendar", "1.7, public code")
	refLocation     = refusal("G-65", 400, "malformedWorkingLocationEvent", "a working location without its properties, that is not public and transparent, or in a secondary calendar", "1.7, public code")

	// Of the sign-in; Reason is "error" of the body (RFC 6749 section 5.2) or of the page.
	refGrant     = refusal("G-50", 400, "invalid_grant", "a code that is unknown, used, over or not the client's, a verifier that does not fit, a refresh token that is revoked, too old or pushed out", "1.2, RFC 7636 4.6")
	refClient    = refusal("G-51", 401, "invalid_client", "an unknown client, or a wrong secret", "RFC 6749 5.2")
	refGrantType = refusal("G-52", 400, "unsupported_grant_type", "another grant_type than authorization_code and refresh_token", "RFC 6749 5.2")
	refRequest   = refusal("G-53", 400, "invalid_request", "a parameter that is missing or wrong; PKCE by another method than S256", "RFC 6749 5.2")
	refRedirect  = refusal("G-54", 400, "redirect_uri_mismatch", "an address that is not registered, or not that of the code", "1.3")
	refScopeName = refusal("G-55", 400, "invalid_scope", "a scope that is none, or was not granted", "RFC 6749 5.2")
	refAdmin     = refusal("G-56", 400, "admin_policy_enforced", "an administrator who lets the program not in; on a page that does not go back", "1.3, trap 2")
	refDenied    = refusal("G-57", 302, "access_denied", "a person who cancels, or ticks nothing", "1.3")
	refInternal  = refusal("G-58", 403, "org_internal", "a user from outside of an internal client's organization", "1.3")
	refUserAgent = refusal("G-59", 403, "disallowed_useragent", "a browser inside of another program", "1.3")
	refTester    = refusal("G-60", 403, "access_denied", "a user who is no tester of a client in testing", "1.2, unproved")
	refToken     = refusal("G-61", 400, "invalid_token", "a revocation or tokeninfo of what is no token", "1.2")
	refPassword  = refusal("G-62", 401, "wrong_password", "a wrong password on the sign-in page", "own")
)

var refusals []Refusal

func refusal(number string, status int, reason, when, source string) Refusal {
	r := Refusal{Number: number, When: when, Status: status, Reason: reason, Source: source}
	refusals = append(refusals, r)
	return r
}

// Refusals lists everything that the server refuses, by number.
func Refusals() []Refusal { return slices.Clone(refusals) }

// failure is a refusal as it happened.
type failure struct {
	Refusal
	message string
	// inner is what the list of errors says, where that is not the message.
	inner string
	// method is what was called, as details name it.
	method string
	// locationType and location say where in the request it is; empty where nothing is said.
	locationType, location string
}

// because says what exactly was wrong, in the original's words where they are known; nil is "nothing wrong".
func (r Refusal) because(message string) *failure { return &failure{Refusal: r, message: message} }

// at says which parameter or header was wrong.
func (f *failure) at(locationType, location string) *failure {
	f.locationType, f.location = locationType, location
	return f
}

// domains are those of reasons that are not global.
var domains = map[string]string{
	"requiredAccessLevel": "calendar", "timeRangeEmpty": "calendar", "fullSyncRequired": "calendar",
	"updatedMinTooLongAgo": "calendar", "syncTokenWithRequestRestrictions": "calendar", "eventTypeRestriction": "calendar",
	"forbiddenForNonOrganizer": "calendar", "cannotChangeOrganizer": "calendar", "cannotChangeOrganizerOfInstance": "calendar",
	"userRateLimitExceeded": "usageLimits", "rateLimitExceeded": "usageLimits",
	"forbiddenForServiceAccounts": "calendar", "notACalendarUser": "calendar", "accessNotConfigured": "usageLimits", "quotaExceeded": "usageLimits", "dailyLimitExceeded": "usageLimits",
}

// errorBody is the body of a refusal: the old errors list, and what is beside it.
func errorBody(f *failure) object {
	domain := domains[f.Reason]
	if domain == "" {
		domain = "global"
	}
	item := object{"domain": domain, "reason": f.Reason, "message": cmp.Or(f.inner, f.message)}
	if f.location != "" {
		item["locationType"], item["location"] = f.locationType, f.location
	}
	return object{"error": object{"code": f.Status, "message": f.message, "errors": []any{item}}}
}

// fail answers a refusal.
func (s *Server) fail(w http.ResponseWriter, f *failure) {
	h := w.Header()
	h.Set("X-Standin-Refusal", f.Number)
	body := errorBody(f)
	switch f.Number {
	case refLogin.Number, refCredentials.Number:
		h.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
	case refScope.Number:
		if s.variant.NoChallenge {
			break
		}
		h.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/", error="insufficient_scope"`)
	}
	e, _ := body["error"].(object)
	switch f.Number {
	case refLogin.Number, refCredentials.Number:
		e["status"] = "UNAUTHENTICATED"
	case refScope.Number:
		s.scopeBody(e, f.method)
	case refNoAPI.Number:
		e["status"], e["details"] = "PERMISSION_DENIED", []any{errorInfo("SERVICE_DISABLED", f.method)}
	}
	writeJSON(w, f.Status, body)
}

// refuse answers a fault in the original's form: under the number of its reason, or of what its status stands for.
func (s *Server) refuse(w http.ResponseWriter, fault standin.Fault) {
	f := &failure{Refusal: Refusal{Status: fault.Status, Reason: fault.Reason}, message: http.StatusText(fault.Status)}
	for _, known := range []struct {
		Refusal
		message string
	}{
		{refRate, "Rate Limit Exceeded"}, {refQuota, "Calendar usage limits exceeded."}, {refUserRate, "User Rate Limit Exceeded"},
		{refBackend, "Backend Error"}, {refCredentials, "Invalid Credentials"}, {refForbidden, "Forbidden"}, {refNotFound, "Not Found"},
	} {
		of := known.Status == fault.Status || known.Number == refRate.Number && fault.Status == 429 || known.Number == refBackend.Number && fault.Status >= 500
		if fault.Reason == known.Reason || fault.Reason == "" && of {
			f = known.because(known.message)
			f.Status = fault.Status
			break
		}
	}
	s.fail(w, f)
}

// scopeBody tells the reason in the places that the variant says (1.3: clients read both).
func (s *Server) scopeBody(e object, method string) {
	if s.variant.ScopeError != ScopeInErrors {
		e["status"] = "PERMISSION_DENIED"
		e["details"] = []any{errorInfo("ACCESS_TOKEN_SCOPE_INSUFFICIENT", method)}
	}
	if s.variant.ScopeError == ScopeInDetails {
		delete(e, "errors")
	}
}

func errorInfo(reason, method string) object {
	resource, name, _ := strings.Cut(method, ".")
	if name != "" {
		method = "calendar.v3." + strings.ToUpper(resource[:1]) + resource[1:] + "." + strings.ToUpper(name[:1]) + name[1:]
	}
	return object{
		"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
		"metadata": object{"service": "calendar-json.googleapis.com", "method": method},
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // what can fail is the connection, and then nobody is left to be told
}
