package caldav

import (
	"net/http"
	"slices"
)

// Refusal is one kind of request that the server refuses. Number is stable: tests and provider pages name it.
type Refusal struct {
	Number string
	When   string
	Status int
	// Code is the element in the DAV:error body, "D:" or "C:" with its name; empty where there is none.
	Code   string
	Source string
}

// The refusals of the plain profile. A profile that answers otherwise does so under the same number.
var (
	refNoSignIn        = refusal("C-01", 401, "", "no credentials, or wrong ones", "RFC 9110 15.5.2, provider page 4.2")
	refLocked          = refusal("C-02", 403, "", "the account is shut after wrong passwords", "provider page 4.3 (Nextcloud)")
	refPrivilege       = refusal("C-03", 403, "D:need-privileges", "a write to a read-only calendar, anything in somebody else's home", "RFC 3744 7.1.1")
	refNoneMatch       = refusal("C-04", 412, "", "PUT with If-None-Match on an object that is there", "RFC 9110 13.1.2, 4.1")
	refMatchPut        = refusal("C-05", 412, "", "PUT with an If-Match that does not fit, a weak one included", "RFC 9110 13.1.1, 4.1")
	refMatchDelete     = refusal("C-06", 412, "", "DELETE with an If-Match that does not fit", "RFC 9110 13.1.1, 4.2")
	refMatchNone       = refusal("C-07", 412, "", "PUT with If-Match, * included, where nothing is", "RFC 9110 13.1.1, 4.2")
	refTag             = refusal("C-08", 412, "", "If-Schedule-Tag-Match that does not fit", "RFC 6638 3.2.10")
	refUID             = refusal("C-09", 409, "C:no-uid-conflict", "a UID that another object of the calendar has, or a new UID in an old object", "RFC 4791 5.3.2.1, 4.2")
	refData            = refusal("C-10", 403, "C:valid-calendar-data", "a body that is no iCalendar", "RFC 4791 5.3.2.1, 4.2")
	refObject          = refusal("C-11", 403, "C:valid-calendar-object-resource", "METHOD, two UIDs, two kinds of component, two masters", "RFC 4791 4.1, 5.3.2.1")
	refComponent       = refusal("C-12", 403, "C:supported-calendar-component", "a component that the calendar does not take", "RFC 4791 5.3.2.1")
	refType            = refusal("C-13", 415, "", "a body of a type that is not asked for", "RFC 9110 15.5.16")
	refSize            = refusal("C-14", 403, "C:max-resource-size", "a body above max-resource-size", "RFC 4791 5.3.2.1")
	refLength          = refusal("C-15", 411, "", "a PUT without Content-Length, where the profile needs one", "RFC 9110 15.5.12, 4.1 (DavMail)")
	refToken           = refusal("C-16", 403, "D:valid-sync-token", "a sync-token that was never given out, or is too old", "RFC 6578 3.2, 4.2")
	refSyncDepth       = refusal("C-17", 400, "", "sync-collection with another Depth than 0, or without sync-level", "RFC 6578 3.2")
	refLimit           = refusal("C-18", 507, "D:number-of-matches-within-limits", "more changes than fit: on the collection's own href, the new token goes on", "RFC 6578 3.6, 4.2")
	refReport          = refusal("C-19", 403, "D:supported-report", "a REPORT that is not supported here", "RFC 3253 3.6")
	refDepth           = refusal("C-20", 403, "D:propfind-finite-depth", "PROPFIND with Depth infinity, or without Depth, which means the same", "RFC 4918 9.1")
	refXML             = refusal("C-21", 400, "", "a body that is no XML, or has a DTD, or another root element than asked for", "RFC 4918 8.2")
	refFilter          = refusal("C-22", 403, "C:valid-filter", "a filter that is none, calendar-query without one", "RFC 4791 7.8")
	refCollation       = refusal("C-23", 403, "C:supported-collation", "a collation that is not supported", "RFC 4791 7.8")
	refMissing         = refusal("C-24", 404, "", "nothing is there", "RFC 9110 15.5.5")
	refMethod          = refusal("C-25", 405, "", "a method that the resource has not: PUT on a collection, PROPFIND on the root where the profile says so", "RFC 9110 15.5.6, 4.1 (Cyrus)")
	refParent          = refusal("C-26", 409, "", "PUT or MKCALENDAR whose parent is not there", "RFC 4918 9.7.1, 9.3.1")
	refExists          = refusal("C-27", 405, "D:resource-must-be-null", "MKCALENDAR or MKCOL where something is", "RFC 4791 5.3.1.1, RFC 4918 9.3.1")
	refLocation        = refusal("C-28", 403, "C:calendar-collection-location-ok", "a calendar outside a home, an object outside a calendar", "RFC 4791 5.3.1.1, 5.3.2.1")
	refProtected       = refusal("C-29", 403, "D:cannot-modify-protected-property", "PROPPATCH of what the server computes (in the propstat)", "RFC 4918 9.2")
	refAttendee        = refusal("C-30", 403, "C:allowed-attendee-scheduling-object-change", "an attendee changes what is the organiser's", "RFC 6638 3.2.2.1")
	refOrganizer       = refusal("C-31", 403, "C:allowed-organizer-scheduling-object-change", "the organiser of a meeting changes to somebody else", "RFC 6638 3.2.1.2")
	refTokenServer     = refusal("C-32", 500, "", "a garbage sync-token, where the profile breaks on it", "4.2 (Xandikos)")
	refSupportedFilter = refusal("C-34", 403, "C:supported-filter", "a filter that is sound but not supported: a time-range on VALARM", "RFC 4791 7.8")
	refDigest          = refusal("C-35", 401, "", "a Digest answer that is not what the challenge asks for, where the profile wants one", "RFC 7616 3.4")
	refStale           = refusal("C-36", 401, "", "a right Digest answer to a nonce that is over, or under a count that was used", "RFC 7616 3.4, 3.3")
	refMaster          = refusal("C-33", 400, "", "an override without its series, where the profile needs one", "4.2 (Radicale)")
)

var refusals []Refusal

func refusal(number string, status int, code, when, source string) Refusal {
	r := Refusal{Number: number, When: when, Status: status, Code: code, Source: source}
	refusals = append(refusals, r)
	return r
}

// Refusals lists everything that the server refuses, by number. "4.1" and the like in a source are parts of the
// provider page.
func Refusals() []Refusal { return slices.Clone(refusals) }

// failure is a refusal as it happened.
type failure struct {
	Refusal
	detail string
	inside bool // 207 whose body holds the status, instead of the status itself
}

// because says what exactly was wrong; nil is "nothing wrong".
func (r Refusal) because(detail string) *failure { return &failure{Refusal: r, detail: detail} }

// fail answers a refusal.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, f *failure) {
	h := w.Header()
	h.Set("X-Standin-Refusal", f.Number)
	switch f.Status {
	case http.StatusUnauthorized:
		for _, c := range s.challenges(f.Number == refStale.Number) {
			h.Add("WWW-Authenticate", c)
		}
	case http.StatusMethodNotAllowed:
		h.Set("Allow", s.allowed(r.URL.Path))
	}
	if f.inside {
		m := newMultistatus()
		m.failed(s.href(r.URL.Path), f.Status, f.Code, f.detail)
		m.send(w)
		return
	}
	if f.Code == "" {
		http.Error(w, f.detail, f.Status)
		return
	}
	sendError(w, f.Status, f.Code, f.detail)
}
