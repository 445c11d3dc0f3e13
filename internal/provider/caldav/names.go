package caldav

// The namespaces and the elements that we ask for or read (RFC 4918, 3253, 3744, 5397, 4791, 6578, 6638, 7809; the
// calendarserver.org and Apple ones are conventions without an RFC that most servers keep).
const (
	spaceDAV   = "DAV: "
	spaceCal   = "urn:ietf:params:xml:ns:caldav "
	spaceCS    = "http://calendarserver.org/ns/ "
	spaceApple = "http://apple.com/ns/ical/ "

	nMultistatus = name(spaceDAV + "multistatus")
	nResponse    = name(spaceDAV + "response")
	nHref        = name(spaceDAV + "href")
	nStatus      = name(spaceDAV + "status")
	nPropstat    = name(spaceDAV + "propstat")
	nProp        = name(spaceDAV + "prop")
	nError       = name(spaceDAV + "error")
	nSyncToken   = name(spaceDAV + "sync-token")

	nETag          = name(spaceDAV + "getetag")
	nContentType   = name(spaceDAV + "getcontenttype")
	nContentLength = name(spaceDAV + "getcontentlength")
	nLastModified  = name(spaceDAV + "getlastmodified")
	nResourceType  = name(spaceDAV + "resourcetype")
	nCollection    = name(spaceDAV + "collection")
	nDisplayName   = name(spaceDAV + "displayname")
	nPrincipal     = name(spaceDAV + "principal")
	nUserPrincipal = name(spaceDAV + "current-user-principal")
	nPrivileges    = name(spaceDAV + "current-user-privilege-set")
	nPrivilege     = name(spaceDAV + "privilege")
	nReportSet     = name(spaceDAV + "supported-report-set")
	nReport        = name(spaceDAV + "report")
	nSyncReport    = name(spaceDAV + "sync-collection")
	nSupported     = name(spaceDAV + "supported-report")

	nCalendar        = name(spaceCal + "calendar")
	nCalendarData    = name(spaceCal + "calendar-data")
	nHomeSet         = name(spaceCal + "calendar-home-set")
	nAddressSet      = name(spaceCal + "calendar-user-address-set")
	nComponentSet    = name(spaceCal + "supported-calendar-component-set")
	nComponent       = name(spaceCal + "comp")
	nTimeZone        = name(spaceCal + "calendar-timezone")
	nTimeZoneID      = name(spaceCal + "calendar-timezone-id")
	nMultiget        = name(spaceCal + "calendar-multiget")
	nOutbox          = name(spaceCal + "schedule-outbox-URL")
	nInbox           = name(spaceCal + "schedule-inbox")
	nDefaultCalendar = name(spaceCal + "schedule-default-calendar-URL")
	nMaxSize         = name(spaceCal + "max-resource-size")

	nCTag  = name(spaceCS + "getctag")
	nColor = name(spaceApple + "calendar-color")
)

// Bodies of requests. Prefixes are the same in all of them.
const xmlType = "application/xml; charset=utf-8"
const xmlHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
const xmlSpaces = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"`

// propfind asks for properties, written with the prefixes of xmlSpaces.
func propfind(props string) []byte {
	return []byte(xmlHead + `<D:propfind` + xmlSpaces + `><D:prop>` + props + `</D:prop></D:propfind>`)
}
