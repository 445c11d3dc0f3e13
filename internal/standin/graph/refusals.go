package graph

import (
	"net/http"
	"slices"
	"strconv"
)

// Refusal is one thing that the server refuses, and how.
type Refusal struct {
	Number string
	When   string
	Status int
	Code   string // of error.code; AADSTS… of the identity platform
	Error  string // of the identity platform: the name of RFC 6749; empty for what is only ever a page
	Sub    string // of the identity platform: what is added to the name
	Source string // where the original's refusal is known from
}

// The refusals of the calendar, in order of their numbers.
var (
	refToken        = refusal("M-01", 401, "InvalidAuthenticationToken", "no bearer token, or one that is not ours or has run out", "2.6 [D]")
	refScope        = refusal("M-02", 403, "ErrorAccessDenied", "the token lacks the scope of the call", "2.6 [D]")
	refReadOnly     = refusal("M-03", 403, "ErrorAccessDenied", "a write to a calendar with canEdit = false", "2.6 [D]")
	refNoMailbox    = refusal("M-04", 404, "MailboxNotEnabledForRESTAPI", "the account has no mailbox in the cloud", "2.6 [P]")
	refPath         = refusal("M-05", 400, "BadRequest", "a path that names no resource", "[M]")
	refMethod       = refusal("M-06", 405, "Request_BadRequest", "a method that the resource has not", "[M]")
	refIDMalformed  = refusal("M-07", 400, "ErrorInvalidIdMalformed", "an id that is none", "2.2 [P]")
	refNotFound     = refusal("M-08", 404, "ErrorItemNotFound", "nothing has this id: deleted, or moved under another one", "2.2, 2.6 [D]")
	refMatch        = refusal("M-09", 412, "ErrorIrresolvableConflict", "If-Match that does not fit, on PATCH and DELETE", "2.2 [P]")
	refBody         = refusal("M-10", 400, "RequestBodyRead", "a body that is no JSON object, has a property that events have not, or one of another type", "[M]")
	refMedia        = refusal("M-11", 415, "UnsupportedMediaType", "a body that is not application/json", "[M]")
	refZone         = refusal("M-12", 400, "TimeZoneNotSupportedException", "a zone that is no Windows or IANA name, in a body or a Prefer", "2.3 [P]")
	refTimes        = refusal("M-13", 400, "ErrorPropertyValidationFailure", "a start or end that is none, or an end before the start", "2.3 [P]")
	refAllDay       = refusal("M-14", 400, "ErrorInvalidRequest", "an all-day event that is not from midnight to midnight in one zone", "2.3 [D], code [P]")
	refPattern      = refusal("M-15", 400, "ErrorPropertyValidationFailure", "a recurrence pattern or range that is none: unknown type, parts missing or out of bounds", "2.3 [D], code [M]")
	refRangeStart   = refusal("M-16", 400, "ErrorPropertyValidationFailure", "a range that does not begin on the day of the start", "2.3 [D], code [M]")
	refBarren       = refusal("M-17", 400, "ErrorRecurrenceHasNoOccurrence", "a recurrence without an occurrence", "2.3 [M]")
	refOverlap      = refusal("M-18", 400, "ErrorOccurrenceTimeSpanTooBig", "an occurrence as long as to overlap the next one", "2.3 [P]")
	refCrossing     = refusal("M-19", 400, "ErrorOccurrenceCrossingBoundary", "an exception on or beyond the day of its neighbour", "2.3 [D]")
	refOccurrence   = refusal("M-20", 400, "ErrorInvalidRequest", "a recurrence for one occurrence", "2.3 [M]")
	refEnum         = refusal("M-21", 400, "RequestBodyRead", "a showAs, sensitivity, importance or type that is none", "2.3 [D], code [M]")
	refTransaction  = refusal("M-22", 409, "ErrorDuplicateTransactionId", "a second POST under a transactionId", "2.2 [P]")
	refFixed        = refusal("M-23", 400, "ErrorInvalidRequest", "PATCH of a transactionId", "2.2 [D], code [M]")
	refDeltaQuery   = refusal("M-24", 400, "ErrorInvalidUrlQuery", "delta with $select, $expand, $filter, $orderby, $search or $top", "2.1 [D], code [P]")
	refWindow       = refusal("M-25", 400, "ErrorInvalidParameter", "a calendar view without startDateTime and endDateTime, or with such as are none", "2.1 [P]")
	refSyncState    = refusal("M-26", 410, "SyncStateNotFound", "a delta token that is too old, or was never given out", "2.1 [D], code [P]")
	refQuery        = refusal("M-27", 400, "BadRequest", "a query option that is none, or with a value that is none", "[M]")
	refFilter       = refusal("M-28", 400, "ErrorInvalidUrlQueryFilter", "a $filter that is none, or on a property that cannot be filtered, as open extensions cannot", "2.2 [D], code [P]")
	refProperty     = refusal("M-29", 400, "RequestBroker--ParseUri", "$select, $expand or $orderby of a property that events have not", "[P]")
	refExtended     = refusal("M-30", 400, "ErrorInvalidProperty", "an extended property whose id is of no known form", "2.2 [P]")
	refGuest        = refusal("M-31", 403, "ErrorAccessDenied", "a guest changes what is the organiser's", "2.2 [M]")
	refNameTaken    = refusal("M-32", 409, "ErrorFolderExists", "a second calendar of a name", "[P]")
	refNoName       = refusal("M-33", 400, "ErrorInvalidRequest", "a calendar without a name", "[M]")
	refDefault      = refusal("M-34", 400, "ErrorDeleteDistinguishedFolder", "DELETE of the default calendar", "[M]")
	refTooLarge     = refusal("M-35", 413, "RequestEntityTooLarge", "a body above 4 MB", "2.5 [D], code [M]")
	refConcurrency  = refusal("M-36", 429, "ApplicationThrottled", "a fifth request at a time on a mailbox (MailboxConcurrency), and any before Retry-After is over", "2.5 [D]")
	refEverywhere   = refusal("M-91", 429, "TooManyRequests", "any request before Retry-After is over, where a whole organisation or the application is throttled (x-ms-throttle-scope)", "2.5, throttling-limits.md [D]")
	refNotRecurring = refusal("M-37", 400, "ErrorInvalidRequest", "instances of what does not recur", "[M]")
	refHandshake    = refusal("M-39", 400, "ValidationError", "a notification address that does not answer the validation with its token, in 10 s", "2.4 [D], code [P]")
	refSubscription = refusal("M-40", 400, "InvalidRequest", "a subscription that lacks a property, or has one that subscriptions have not", "2.4 [M]")
	refPlainAddress = refusal("M-41", 400, "ValidationError", "a notification address that is not https", "2.4 [D], code [M]")
	refExpiry       = refusal("M-42", 400, "ExtensionError", "an expiry that is over, or, as a variant, beyond the longest", "2.4 [P]")
	refClientState  = refusal("M-43", 400, "InvalidRequest", "a clientState of more than 128 characters", "2.4 [D], code [M]")
	refChangeType   = refusal("M-44", 400, "InvalidRequest", "a changeType that is none", "2.4 [D], code [M]")
	refResourceName = refusal("M-45", 400, "ExtensionError", "a resource that nobody can subscribe to", "2.4 [D], code [M]")
	refNoSuch       = refusal("M-46", 404, "ResourceNotFound", "a subscription that is not there", "2.4 [D]")
	refLifecycle    = refusal("M-47", 400, "InvalidRequest", "a lifecycleNotificationUrl that is added or changed later", "2.4 [D], code [M]")
	refBatchSize    = refusal("M-48", 400, "MaximumValueExceeded", "more than 20 requests in a batch", "2.5 [P]")
	refBatch        = refusal("M-49", 400, "BadRequest", "a batch that is none: ids missing or twice, dependsOn what is not there, a body without Content-Type", "2.5 [D], code [M]")
	refDependency   = refusal("M-80", 424, "FailedDependency", "a part of a batch whose dependsOn has failed (its own status)", "2.5 [D]")
	refLongWindow   = refusal("M-81", 400, "ErrorInvalidRequest", "a calendar view of more than 1825 days, or instances of more than 100 years", "[P], of instances [M]")
	refManyIDs      = refusal("M-82", 400, "ErrorInvalidRequest", "more than 1000 ids to translate, or types of ids that are none", "2.2 [D], code [M]")
	refOwnMeeting   = refusal("M-85", 400, "ErrorInvalidRequest", "an answer to a meeting of one's own", "[M]")
	refNoAnswer     = refusal("M-86", 400, "ErrorInvalidRequest", "an answer that is to be sent and was not asked for", "[M]")
	refNotOrganizer = refusal("M-87", 400, "ErrorInvalidRequest", "a guest cancels a meeting", "[D], code [M]")
	refExpand       = refusal("M-89", 400, "ErrorInvalidRequest", "exceptionOccurrences of what is no series master, as a variant", "2.3 [M]")
	refNoTracking   = refusal("M-90", 400, "BadRequest", "delta on another calendar than the default one, as a variant", "2.1 [M]")
	refHalf         = refusal("M-88", 503, "ConcurrentItemSave", "a creation that has happened all the same, without its extended properties", "[P] msgraph-sdk-ruby 38")
	refEndDate      = refusal("M-38", 400, "ErrorRecurrenceEndDateTooBig", "a series that ends after 4500-08-31", "2.3 [P]")
)

var refusals []Refusal

func refusal(number string, status int, code, when, source string) Refusal {
	r := Refusal{Number: number, When: when, Status: status, Code: code, Source: source}
	refusals = append(refusals, r)
	return r
}

// Refusals lists everything that the server refuses, by number. "2.1" and the like in a source are parts of the provider
// page; [D] is read in the original's documents, [P] seen in what the public has met, [M] only remembered.
func Refusals() []Refusal { return slices.Clone(refusals) }

// failure is a refusal as it happened.
type failure struct {
	Refusal
	detail     string
	retryAfter int    // seconds
	scope      string // for whom a throttle speaks, if not for a mailbox
	location   string // where a lost delta token may start again
}

// because says what exactly was wrong; nil is "nothing wrong".
func (r Refusal) because(detail string) *failure { return &failure{Refusal: r, detail: detail} }

// fail answers a refusal in the shape of the original's errors.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, f *failure) {
	h := w.Header()
	h.Set("X-Standin-Refusal", f.Number)
	if f.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	if f.scope != "" {
		h.Set("X-Ms-Throttle-Scope", f.scope+"/ReadWrite/00000000-0000-0000-0000-000000000001/"+tenantID)
		h.Set("X-Ms-Throttle-Information", "ResourceUnitLimitExceeded")
	}
	if f.location != "" {
		h.Set("Location", f.location)
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="", error="invalid_token"`)
	}
	h.Del("Preference-Applied")
	inner := object{
		{"date", s.now().UTC().Format("2006-01-02T15:04:05")},
		{"request-id", h.Get("request-id")},
		{"client-request-id", h.Get("client-request-id")},
	}
	sendJSON(w, f.Status, object{{"error", object{{"code", f.Code}, {"message", f.detail}, {"innerError", inner}}}})
}
