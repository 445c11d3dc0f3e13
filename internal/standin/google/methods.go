package google

import (
	"net/http"
	"strings"
)

// method is one method of the API.
type method struct {
	id   string // as the reference has it, without "calendar."
	verb string
	path string // below /calendar/v3/
	// params are the query parameters: "name:type", the types being s, b, i, t (a date and time), m (whom
	// to mail) and r (repeated texts).
	params string
	// scopes are the short names of the scopes of which one is enough.
	scopes string
	run    func(*call) *failure
}

// Scopes that several methods share (reference, 1.1).
const (
	scopesWrite = "calendar calendar.app.created calendar.events calendar.events.owned"
	scopesRead  = scopesWrite + " calendar.events.freebusy calendar.events.owned.readonly calendar.events.public.readonly" +
		" calendar.events.readonly calendar.readonly"
	scopesMake = "calendar calendar.app.created calendar.calendars"
	scopesList = "calendar calendar.calendarlist calendar.calendarlist.readonly calendar.readonly"
)

// Parameters that several methods share.
const (
	paramsMail  = " sendNotifications:b sendUpdates:m"
	paramsWrite = "conferenceDataVersion:i eventLabelVersion:i supportsAttachments:b"
	paramsList  = "alwaysIncludeEmail:b eventTypes:r iCalUID:s maxAttendees:i maxResults:i orderBy:s pageToken:s privateExtendedProperty:r" +
		" q:s sharedExtendedProperty:r showDeleted:b showHiddenInvitations:b singleEvents:b syncToken:s timeMax:t timeMin:t timeZone:s updatedMin:t"
	// paramsAll may stand on every call.
	paramsAll = " alt:s fields:s key:s oauth_token:s prettyPrint:b quotaUser:s userIp:s"
)

// methods is the API as far as it is here.
var methods = []method{
	{"calendarList.list", "GET", "users/me/calendarList",
		"maxResults:i minAccessRole:s pageToken:s showDeleted:b showHidden:b showOwnOrganizationOnly:b syncToken:s", scopesList, (*call).listCalendars},
	{"calendarList.get", "GET", "users/me/calendarList/{calendarId}", "", scopesList + " calendar.app.created", (*call).getListed},
	{"calendars.get", "GET", "calendars/{calendarId}", "",
		"calendar calendar.app.created calendar.calendars calendar.calendars.readonly calendar.readonly", (*call).getCalendar},
	{"calendars.insert", "POST", "calendars", "", scopesMake, (*call).insertCalendar},
	{"calendars.patch", "PATCH", "calendars/{calendarId}", "", scopesMake, (*call).patchCalendar},
	{"calendars.delete", "DELETE", "calendars/{calendarId}", "", scopesMake, (*call).deleteCalendar},
	{"events.list", "GET", "calendars/{calendarId}/events", paramsList, scopesRead, (*call).listEvents},
	{"events.get", "GET", "calendars/{calendarId}/events/{eventId}", "alwaysIncludeEmail:b maxAttendees:i timeZone:s", scopesRead, (*call).getEvent},
	{"events.insert", "POST", "calendars/{calendarId}/events", paramsWrite + " maxAttendees:i" + paramsMail, scopesWrite, (*call).insertEvent},
	{"events.patch", "PATCH", "calendars/{calendarId}/events/{eventId}",
		paramsWrite + " alwaysIncludeEmail:b maxAttendees:i" + paramsMail, scopesWrite, (*call).patchEvent},
	{"events.update", "PUT", "calendars/{calendarId}/events/{eventId}",
		paramsWrite + " alwaysIncludeEmail:b maxAttendees:i" + paramsMail, scopesWrite, (*call).updateEvent},
	{"events.delete", "DELETE", "calendars/{calendarId}/events/{eventId}", strings.TrimSpace(paramsMail), scopesWrite, (*call).deleteEvent},
	{"events.import", "POST", "calendars/{calendarId}/events/import", paramsWrite, scopesWrite, (*call).importEvent},
	{"events.move", "POST", "calendars/{calendarId}/events/{eventId}/move", "destination:s" + paramsMail,
		"calendar calendar.events calendar.events.owned", (*call).moveEvent},
	{"events.instances", "GET", "calendars/{calendarId}/events/{eventId}/instances",
		"alwaysIncludeEmail:b maxAttendees:i maxResults:i originalStart:s pageToken:s showDeleted:b timeMax:t timeMin:t timeZone:s",
		scopesRead, (*call).listInstances},
	{"events.watch", "POST", "calendars/{calendarId}/events/watch", paramsList, scopesRead, (*call).watchEvents},
	{"channels.stop", "POST", "channels/stop", "", scopesRead + " calendar.acls calendar.acls.readonly calendar.calendarlist" +
		" calendar.calendarlist.readonly calendar.settings calendar.settings.readonly", (*call).stopChannel},
	{"freebusy.query", "POST", "freeBusy", "", "calendar calendar.events.freebusy calendar.freebusy calendar.readonly", (*call).queryFreeBusy},
}

// takes reports whether the method has the query parameter, and its type.
func (m *method) takes(name string) (kind string, ok bool) {
	for _, p := range strings.Fields(m.params + paramsAll) {
		if n, k, _ := strings.Cut(p, ":"); n == name {
			return k, true
		}
	}
	return "", false
}

// allows reports whether one of the granted scopes is enough.
func (m *method) allows(granted map[string]bool) bool {
	for _, s := range strings.Fields(m.scopes) {
		if granted[scopePrefix+s] {
			return true
		}
	}
	return false
}

const scopePrefix = "https://www.googleapis.com/auth/"

// routes puts the methods on a mux.
func (s *Server) routes(mux *http.ServeMux) {
	for i := range methods {
		m := &methods[i]
		mux.HandleFunc(m.verb+" /calendar/v3/"+m.path, func(w http.ResponseWriter, r *http.Request) { s.perform(m, w, r) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, refPath.because("Not Found: "+r.Method+" "+r.URL.Path))
	})
}
