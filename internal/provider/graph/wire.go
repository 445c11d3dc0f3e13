package graph

import (
	"net/url"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/provider/outlook"
)

// event is an event as Graph gives it. Pointers are nil for what an answer leaves out: a delta and an exception may be
// partial, and what was not said is not known.
type event struct {
	ETag           string `json:"@odata.etag"`
	ID             string `json:"id"`
	Type           string `json:"type"`
	SeriesMasterID string `json:"seriesMasterId"`
	ICalUID        string `json:"iCalUId"`
	TransactionID  string `json:"transactionId"`
	Created        string `json:"createdDateTime"`
	Modified       string `json:"lastModifiedDateTime"`

	Subject     *string     `json:"subject"`
	Body        *itemBody   `json:"body"`
	Start       *dateTime   `json:"start"`
	End         *dateTime   `json:"end"`
	IsAllDay    *bool       `json:"isAllDay"`
	Location    *location   `json:"location"`
	ShowAs      *string     `json:"showAs"`
	Sensitivity *string     `json:"sensitivity"`
	Recurrence  *recurrence `json:"recurrence"`

	OriginalStart string `json:"originalStart"`
	OccurrenceID  string `json:"occurrenceId"`
	StartZone     string `json:"originalStartTimeZone"`
	EndZone       string `json:"originalEndTimeZone"`

	Attendees       *[]attendee     `json:"attendees"`
	Organizer       *recipient      `json:"organizer"`
	IsOrganizer     *bool           `json:"isOrganizer"`
	IsCancelled     *bool           `json:"isCancelled"`
	ResponseStatus  *responseStatus `json:"responseStatus"`
	IsOnlineMeeting *bool           `json:"isOnlineMeeting"`
	OnlineMeeting   *onlineMeeting  `json:"onlineMeeting"`
	OnlineURL       *string         `json:"onlineMeetingUrl"`

	Extended   []extended `json:"singleValueExtendedProperties"`
	Cancelled  []string   `json:"cancelledOccurrences"`
	Exceptions []event    `json:"exceptionOccurrences"`
}

type itemBody struct {
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

// dateTime is a local time without an offset, and the zone that it is in.
type dateTime struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

type location struct {
	DisplayName string `json:"displayName"`
}

type emailAddress struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

type recipient struct {
	EmailAddress emailAddress `json:"emailAddress"`
}

type responseStatus struct {
	Response string `json:"response"`
}

type attendee struct {
	EmailAddress emailAddress   `json:"emailAddress"`
	Status       responseStatus `json:"status"`
}

// recurrence is Graph's patternedRecurrence.
type recurrence struct {
	Pattern pattern    `json:"pattern"`
	Range   seriesEnds `json:"range"`
}

type pattern struct {
	Type           string   `json:"type"`
	Interval       int      `json:"interval"`
	Month          int      `json:"month,omitempty"`
	DayOfMonth     int      `json:"dayOfMonth,omitempty"`
	DaysOfWeek     []string `json:"daysOfWeek,omitempty"`
	FirstDayOfWeek string   `json:"firstDayOfWeek,omitempty"`
	Index          string   `json:"index,omitempty"`
}

type seriesEnds struct {
	Type      string `json:"type"`
	StartDate string `json:"startDate"`
	EndDate   string `json:"endDate,omitempty"`
	Zone      string `json:"recurrenceTimeZone,omitempty"`
	Count     int    `json:"numberOfOccurrences,omitempty"`
}

// rule tells the pattern as an RRULE for a series that begins at start.
func (r *recurrence) rule(start calendar.Time) (string, error) {
	in := outlook.Recurrence{
		Pattern: outlook.Pattern(r.Pattern),
		Range:   outlook.Range{Type: r.Range.Type, StartDate: r.Range.StartDate, EndDate: r.Range.EndDate, Count: r.Range.Count},
	}
	return in.Rule(start)
}

type onlineMeeting struct {
	JoinURL string `json:"joinUrl"`
}

type extended struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// The types of events (eventType).
const (
	typeSingle     = "singleInstance"
	typeOccurrence = "occurrence"
	typeException  = "exception"
	typeMaster     = "seriesMaster"
)

// Our own properties of events, by the names that Graph has for such.
const (
	propertySet = "String {" + outlook.PropertySet + "} Name "
	keyProperty = propertySet + outlook.KeyProperty
	// formProperty remembers how zones and rule were written: see [outlook.Form].
	formProperty = propertySet + outlook.FormProperty
)

// property is the value of one of our properties, empty if it is not there.
func (e *event) property(id string) string {
	for _, p := range e.Extended {
		if strings.EqualFold(p.ID, id) {
			return p.Value
		}
	}
	return ""
}

// selected are the properties that we read. Those of occurrences that were taken out, and of exceptions, are given only
// where they are named (providers.md 2.3).
const selected = "subject,body,start,end,isAllDay,location,showAs,sensitivity,recurrence,type,seriesMasterId," +
	"originalStart,originalStartTimeZone,originalEndTimeZone,iCalUId,transactionId,attendees,organizer,isOrganizer,isCancelled," +
	"responseStatus,isOnlineMeeting,onlineMeeting,onlineMeetingUrl,createdDateTime,lastModifiedDateTime"

var (
	// ourProperties expands our properties: a filter never shows them (trap 5).
	ourProperties = "singleValueExtendedProperties($filter=id eq '" + keyProperty + "' or id eq '" + formProperty + "')"
	plainQuery    = "?$select=" + escape(selected) + "&$expand=" + escape(ourProperties)
	wholeQuery    = "?$select=" + escape(selected+",cancelledOccurrences,exceptionOccurrences") + "&$expand=" + escape(ourProperties+",exceptionOccurrences")
)

// escape makes a value fit for a query; blanks are %20, for OData knows no plus.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// eventPath is the path of an event of this calendar.
func (c *Calendar) eventPath(id string) string { return c.path + "/events/" + url.PathEscape(id) }
