package ews

import (
	"strings"

	"tahti/internal/provider/outlook"
)

// item is a calendar item as Exchange gives it, by the names of its schema (MS-OXWSMTGS). Pointers are nil for what an answer leaves
// out, and what was not said is not known. As JSON it is what is kept as the raw form of an item: of a series with its exceptions,
// which come in an answer of their own.
type item struct {
	ID          itemID      `xml:"ItemId"`
	Subject     *string     `xml:"Subject" json:",omitempty"`
	Sensitivity *string     `xml:"Sensitivity" json:",omitempty"`
	Body        *itemBody   `xml:"Body" json:",omitempty"`
	Created     string      `xml:"DateTimeCreated" json:",omitempty"`
	Extended    []extended  `xml:"ExtendedProperty" json:",omitempty"`
	Modified    string      `xml:"LastModifiedTime" json:",omitempty"`
	UID         string      `xml:"UID" json:",omitempty"`
	Start       string      `xml:"Start" json:",omitempty"`
	End         string      `xml:"End" json:",omitempty"`
	Original    string      `xml:"OriginalStart" json:",omitempty"`
	AllDay      *bool       `xml:"IsAllDayEvent" json:",omitempty"`
	FreeBusy    *string     `xml:"LegacyFreeBusyStatus" json:",omitempty"`
	Location    *string     `xml:"Location" json:",omitempty"`
	Meeting     *bool       `xml:"IsMeeting" json:",omitempty"`
	Cancelled   *bool       `xml:"IsCancelled" json:",omitempty"`
	Type        string      `xml:"CalendarItemType" json:",omitempty"`
	Response    *string     `xml:"MyResponseType" json:",omitempty"`
	Organizer   *mailbox    `xml:"Organizer>Mailbox" json:",omitempty"`
	Required    []attendee  `xml:"RequiredAttendees>Attendee" json:",omitempty"`
	Optional    []attendee  `xml:"OptionalAttendees>Attendee" json:",omitempty"`
	Resources   []attendee  `xml:"Resources>Attendee" json:",omitempty"`
	State       *int        `xml:"AppointmentState" json:",omitempty"`
	Recurrence  *recurrence `xml:"Recurrence" json:",omitempty"`
	Changed     []changed   `xml:"ModifiedOccurrences>Occurrence" json:",omitempty"`
	Deleted     []deleted   `xml:"DeletedOccurrences>DeletedOccurrence" json:",omitempty"`
	StartZone   *zone       `xml:"StartTimeZone" json:",omitempty"`
	EndZone     *zone       `xml:"EndTimeZone" json:",omitempty"`
	Online      *bool       `xml:"IsOnlineMeeting" json:",omitempty"`
	JoinURL     *string     `xml:"JoinOnlineMeetingUrl" json:",omitempty"`
	IsOrganizer *bool       `xml:"IsOrganizer" json:",omitempty"`

	Exceptions []item `xml:"-" json:",omitempty"` // the changed occurrences, whole
}

// itemID is an id with the version of what it names.
type itemID struct {
	ID  string `xml:"Id,attr"`
	Key string `xml:"ChangeKey,attr"`
}

type itemBody struct {
	Type string `xml:"BodyType,attr"`
	Text string `xml:",chardata"`
}

func (b *itemBody) html() bool { return strings.EqualFold(b.Type, "HTML") }

// zone is a time zone by its Windows id; some are made up by a program and have none.
type zone struct {
	ID   string `xml:"Id,attr" json:",omitempty"`
	Name string `xml:"Name,attr" json:",omitempty"`
}

func (z *zone) name() string {
	switch {
	case z == nil:
		return ""
	case z.ID != "":
		return z.ID
	case z.Name != "":
		return z.Name
	}
	return "?" // one that nobody can name
}

type mailbox struct {
	Name    string `xml:"Name" json:",omitempty"`
	Address string `xml:"EmailAddress" json:",omitempty"`
	Routing string `xml:"RoutingType" json:",omitempty"`
}

type attendee struct {
	Mailbox  mailbox `xml:"Mailbox"`
	Response string  `xml:"ResponseType" json:",omitempty"`
}

type extended struct {
	Field struct {
		Set  string `xml:"PropertySetId,attr"`
		Name string `xml:"PropertyName,attr"`
	} `xml:"ExtendedFieldURI"`
	Value string `xml:"Value"`
}

// changed is an occurrence that differs from its series, in short.
type changed struct {
	ID       itemID `xml:"ItemId"`
	Original string `xml:"OriginalStart"`
}

// deleted is an occurrence that was taken out, by its original start.
type deleted struct {
	Start string `xml:"Start"`
}

// The types of items (CalendarItemType).
const (
	typeOccurrence = "Occurrence"
	typeException  = "Exception"
	typeMaster     = "RecurringMaster"
)

// property is the value of one of our own properties, empty if it is not there.
func (i *item) property(name string) string {
	for _, p := range i.Extended {
		if strings.EqualFold(p.Field.Set, outlook.PropertySet) && p.Field.Name == name {
			return p.Value
		}
	}
	return ""
}

// ownField names one of our own properties in a request.
func ownField(name string) element {
	return el("t:ExtendedFieldURI").with("PropertySetId", outlook.PropertySet, "PropertyName", name, "PropertyType", "String")
}

func field(uri string) element { return el("t:FieldURI").with("FieldURI", uri) }

// asked are the properties that an item is read with, besides its id. They are named one by one: a base shape of all properties
// makes the server work out free and busy times and conflicts.
var asked = func() []element {
	fields := []element{}
	for _, uri := range []string{
		"item:Subject", "item:Sensitivity", "item:Body", "item:DateTimeCreated", "item:LastModifiedTime",
		"calendar:UID", "calendar:Start", "calendar:End", "calendar:OriginalStart", "calendar:IsAllDayEvent", "calendar:LegacyFreeBusyStatus",
		"calendar:Location", "calendar:IsMeeting", "calendar:IsCancelled", "calendar:CalendarItemType", "calendar:MyResponseType",
		"calendar:Organizer", "calendar:RequiredAttendees", "calendar:OptionalAttendees", "calendar:Resources", "calendar:AppointmentState",
		"calendar:Recurrence", "calendar:ModifiedOccurrences", "calendar:DeletedOccurrences", "calendar:StartTimeZone", "calendar:EndTimeZone",
		"calendar:IsOnlineMeeting", "calendar:JoinOnlineMeetingUrl", "calendar:IsOrganizer",
	} {
		fields = append(fields, field(uri))
	}
	return append(fields, ownField(outlook.KeyProperty), ownField(outlook.FormProperty))
}()

// idOnly is a shape with nothing but ids and some properties.
func idOnly(fields ...element) element {
	return el("m:ItemShape", word("t:BaseShape", "IdOnly"), el("t:AdditionalProperties", fields...).unless(len(fields) == 0))
}

// wholeShape is the shape that items are read in.
func wholeShape() element {
	return el("m:ItemShape", word("t:BaseShape", "IdOnly"), word("t:BodyType", "HTML"), el("t:AdditionalProperties", asked...))
}

// itemRef names an item in a request, with its version if that counts.
func itemRef(id itemID) element {
	if id.Key == "" {
		return el("t:ItemId").with("Id", id.ID)
	}
	return el("t:ItemId").with("Id", id.ID, "ChangeKey", id.Key)
}

// occurrenceRef names an occurrence of a series by its number, from 1 on over the whole pattern, with those that were taken out.
func occurrenceRef(master string, number int) element {
	return el("t:OccurrenceItemId").with("RecurringMasterId", master, "InstanceIndex", itoa(number))
}
