package google

import "encoding/json"

// event is what we look at in an event (discovery document, schema Event). All else stays in raw.
type event struct {
	Kind             string    `json:"kind"`
	ID               string    `json:"id"`
	ETag             string    `json:"etag"`
	Status           string    `json:"status"`
	EventType        string    `json:"eventType"`
	Updated          string    `json:"updated"`
	UID              string    `json:"iCalUID"`
	Summary          string    `json:"summary"`
	Description      string    `json:"description"`
	Location         string    `json:"location"`
	Start            *moment   `json:"start"`
	End              *moment   `json:"end"`
	Recurrence       []string  `json:"recurrence"`
	SeriesID         string    `json:"recurringEventId"`
	OriginalStart    *moment   `json:"originalStartTime"`
	Transparency     string    `json:"transparency"`
	Visibility       string    `json:"visibility"`
	Creator          person    `json:"creator"`
	Organizer        person    `json:"organizer"`
	Attendees        []invitee `json:"attendees"`
	AttendeesOmitted bool      `json:"attendeesOmitted"`
	Locked           bool      `json:"locked"`
	HangoutLink      string    `json:"hangoutLink"`
	Conference       struct {
		EntryPoints []struct {
			Type string `json:"entryPointType"`
			URI  string `json:"uri"`
		} `json:"entryPoints"`
	} `json:"conferenceData"`
	Properties struct {
		Private map[string]string `json:"private"`
	} `json:"extendedProperties"`

	raw []byte // compact
	bad string // why it cannot be used, though it is known which event it is
}

// moment is an EventDateTime: a date, or a time with its offset and perhaps a zone.
type moment struct {
	Date     string `json:"date"`
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

type person struct {
	Email string `json:"email"`
	Name  string `json:"displayName"`
	Self  bool   `json:"self"`
}

type invitee struct {
	person
	Response string `json:"responseStatus"`
	Resource bool   `json:"resource"`
}

// Statuses, types and roles.
const (
	cancelled = "cancelled"

	roleOwner         = "owner"
	roleWriter        = "writer"
	roleWriterNoPriv  = "writerWithoutPrivateAccess"
	roleReader        = "reader"
	roleFreeBusy      = "freeBusyReader"
	keyProperty       = "tahtiKey" // in extendedProperties.private; at most 44 characters [M]
	kindOfEvent       = "calendar#event"
	kindOfEvents      = "calendar#events"
	kindOfCalendars   = "calendar#calendarList"
	kindOfOneCalendar = "calendar#calendar"
)

// gone reports a deleted event. A cancelled occurrence of a series is not gone: its series goes on without it.
func (e *event) gone() bool { return e.Status == cancelled && e.SeriesID == "" }

// recurs reports that an event is a series, whose occurrences may have events of their own.
func (e *event) recurs() bool { return len(e.Recurrence) > 0 }

// events is one page of a list.
type events struct {
	Kind          string            `json:"kind"`
	AccessRole    string            `json:"accessRole"`
	TimeZone      string            `json:"timeZone"`
	Items         []json.RawMessage `json:"items"`
	NextPageToken string            `json:"nextPageToken"`
	NextSyncToken string            `json:"nextSyncToken"`
}

// listed is one calendar of the account, or one that was made.
type listed struct {
	Kind            string `json:"kind"`
	ID              string `json:"id"`
	Summary         string `json:"summary"`
	SummaryOverride string `json:"summaryOverride"`
	TimeZone        string `json:"timeZone"`
	AccessRole      string `json:"accessRole"`
	BackgroundColor string `json:"backgroundColor"`
	Primary         bool   `json:"primary"`
	Deleted         bool   `json:"deleted"`
}

type calendarList struct {
	Kind          string   `json:"kind"`
	Items         []listed `json:"items"`
	NextPageToken string   `json:"nextPageToken"`
}
