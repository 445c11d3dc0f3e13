// Package ews is another program at a calendar of an Exchange server; see package backdoor.
package ews

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	"tahti/internal/recur"
)

// Calendar is one calendar, by the id of its folder. Server.Base is the address of Exchange.asmx.
type Calendar struct {
	backdoor.Server
	ID string
}

// Refusal is what Exchange says with a status; see [backdoor.Wire].
func Refusal(status int) (kind, body string) {
	if status == http.StatusTooManyRequests {
		return "text/plain", "slow down"
	}
	return "text/xml; charset=utf-8", `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>` +
		`<faultcode xmlns:a="` + types + `">a:ErrorInternalServerError</faultcode><faultstring>An internal server error occurred.</faultstring><detail>` +
		`<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">ErrorInternalServerError</e:ResponseCode></detail></s:Fault></s:Body></s:Envelope>`
}

// Busy tells an answer that means "later"; see [backdoor.Patient].
func Busy(status int, body []byte) bool {
	return status == http.StatusServiceUnavailable || strings.Contains(string(body), "ErrorServerBusy")
}

// IsWrite tells a request that changes something: everything is a POST, and says in a header what it is.
func IsWrite(r *http.Request) bool {
	action := r.Header.Get("SOAPAction")
	for _, name := range []string{"/CreateItem", "/UpdateItem", "/DeleteItem", "/MoveItem", "/CreateFolder", "/DeleteFolder"} {
		if strings.HasSuffix(strings.Trim(action, `"`), name) {
			return true
		}
	}
	return false
}

// moment writes a time as a program does that leaves the clock to the server: on the wall, with the zone beside it.
func moment(t calendar.Time) string { return t.Wall.Civil().Format("2006-01-02T15:04:05") }

// zone is the Windows id of a time's zone; whole days are in the mailbox's, which is taken to be Helsinki.
func zone(t calendar.Time) string {
	name := "UTC"
	switch t.Kind {
	case calendar.Zoned:
		name = t.Zone
	case calendar.Date:
		name = "Europe/Helsinki"
	}
	if id, ok := recur.WindowsZone(name); ok && name != "UTC" {
		return id
	}
	return name
}

// Field is one property: its path, which of an event's fields it is part of, and its element.
type Field struct{ URI, Name, Value string }

// fields write what an event says, in the order of the schema.
func fields(v *calendar.Values) []Field {
	element := func(name, value string) string { return "<t:" + name + ">" + Text(value) + "</t:" + name + ">" }
	sensitivity, busy := "Normal", "Free"
	if v.Private {
		sensitivity = "Private"
	}
	if v.Busy {
		busy = "Busy"
	}
	out := []Field{
		{"item:Subject", "subject", element("Subject", v.Subject)},
		{"item:Sensitivity", "private", element("Sensitivity", sensitivity)},
		{"item:Body", "description", `<t:Body BodyType="Text">` + Text(v.Description) + "</t:Body>"},
		{"calendar:Start", "when", element("Start", moment(v.Start))},
		{"calendar:End", "when", element("End", moment(v.End))},
		{"calendar:IsAllDayEvent", "when", element("IsAllDayEvent", fmt.Sprint(v.Start.Kind == calendar.Date))},
		{"calendar:LegacyFreeBusyStatus", "busy", element("LegacyFreeBusyStatus", busy)},
		{"calendar:Location", "location", element("Location", v.Location)},
	}
	if len(v.Guests) > 0 {
		list := ""
		for _, g := range v.Guests {
			list += "<t:Attendee><t:Mailbox>" + element("Name", g.Name) + element("EmailAddress", g.Email) + "</t:Mailbox></t:Attendee>"
		}
		out = append(out, Field{"calendar:RequiredAttendees", "guests", "<t:RequiredAttendees>" + list + "</t:RequiredAttendees>"})
	}
	return out
}

// zones follow the recurrence.
func zones(v *calendar.Values) []Field {
	return []Field{
		{"calendar:StartTimeZone", "when", `<t:StartTimeZone Id="` + Text(zone(v.Start)) + `"/>`},
		{"calendar:EndTimeZone", "when", `<t:EndTimeZone Id="` + Text(zone(v.End)) + `"/>`},
	}
}

// recurrence writes the rules that the suite has: so many times, every day or every week on the day of the start.
func recurrence(e *calendar.Event) (string, error) {
	start := "<t:StartDate>" + e.Start.Wall.Civil().Format(time.DateOnly) + "</t:StartDate>"
	pattern, ends := "", "<t:NoEndRecurrence>"+start+"</t:NoEndRecurrence>"
	for part := range strings.SplitSeq(e.Rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case name == "FREQ" && value == "DAILY":
			pattern = "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>"
		case name == "FREQ" && value == "WEEKLY":
			pattern = "<t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>" + e.Start.Wall.Civil().Weekday().String() + "</t:DaysOfWeek></t:WeeklyRecurrence>"
		case name == "COUNT":
			ends = "<t:NumberedRecurrence>" + start + "<t:NumberOfOccurrences>" + Text(value) + "</t:NumberOfOccurrences></t:NumberedRecurrence>"
		default:
			return "", fmt.Errorf("%q: another program does not write %q", e.Rule, part)
		}
	}
	return "<t:Recurrence>" + pattern + ends + "</t:Recurrence>", nil
}

// whole are all properties of an event with its rule, without its exceptions.
func whole(e *calendar.Event) ([]Field, error) {
	list := fields(&e.Values)
	if e.Rule != "" {
		r, err := recurrence(e)
		if err != nil {
			return nil, err
		}
		list = append(list, Field{"calendar:Recurrence", "recurrence", r})
	}
	return append(list, zones(&e.Values)...), nil
}

// Whole is a calendar item with the rule of an event, without its exceptions: what is inside of its element.
func Whole(e *calendar.Event) (string, error) {
	list, err := whole(e)
	item := ""
	for _, f := range list {
		item += f.Value
	}
	return item, err
}

// Insert stores an event, with elements that come between its body and its times, and its exceptions.
func (c *Calendar) Insert(e calendar.Event, more string) (provider.RemoteID, error) {
	list, err := whole(&e)
	if err != nil {
		return "", err
	}
	item := ""
	for _, f := range list {
		if f.URI == "calendar:Start" {
			item += more
		}
		item += f.Value
	}
	made, err := c.Ask("CreateItem", `<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId><t:FolderId Id="`+Text(c.ID)+`"/></m:SavedItemFolderId><m:Items><t:CalendarItem>`+
		item+`</t:CalendarItem></m:Items></m:CreateItem>`)
	if err != nil {
		return "", err
	}
	id := provider.RemoteID(made[0].First("ItemId").Attrs["Id"])
	if id == "" {
		return "", fmt.Errorf("insert %q: an answer without an id", e.Subject)
	}
	return id, c.Except(id, e)
}

// Except writes what single occurrences of a series say differently, and takes out what is cancelled.
func (c *Calendar) Except(id provider.RemoteID, e calendar.Event) error {
	for i := range e.Overrides {
		o := &e.Overrides[i]
		v := e.Effective(o)
		var list []Field
		for _, f := range append(fields(&v), zones(&v)...) {
			if known, ok := calendar.ParseField(f.Name); ok && o.Set.Has(known) {
				list = append(list, f)
			}
		}
		ref, err := c.occurrence(id, &e, o.Original)
		if err != nil {
			return err
		}
		if err := c.update(ref, list); err != nil {
			return err
		}
	}
	for _, w := range e.Cancelled {
		ref, err := c.occurrence(id, &e, w)
		if err != nil {
			return err
		}
		if err := c.remove(ref); err != nil {
			return err
		}
	}
	return nil
}

// occurrence reads the id and change key of the one that was to start at w.
func (c *Calendar) occurrence(id provider.RemoteID, e *calendar.Event, w calendar.Wall) (string, error) {
	n := 0
	for s := range recur.Starts(&calendar.Event{Values: e.Values, Rule: e.Rule}, 1000) {
		if n++; s == w {
			return c.key(`<t:OccurrenceItemId RecurringMasterId="` + Text(string(id)) + `" InstanceIndex="` + fmt.Sprint(n) + `"/>`)
		}
	}
	return "", fmt.Errorf("no occurrence at %s", w)
}

// key reads an id with its change key, as an element.
func (c *Calendar) key(ref string) (string, error) {
	got, err := c.Ask("GetItem", "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>"+ref+"</m:ItemIds></m:GetItem>")
	if err != nil {
		return "", err
	}
	x := got[0].First("ItemId")
	return `<t:ItemId Id="` + Text(x.Attrs["Id"]) + `" ChangeKey="` + Text(x.Attrs["ChangeKey"]) + `"/>`, nil
}

func (c *Calendar) update(ref string, list []Field) error {
	updates := ""
	for _, f := range list {
		updates += `<t:SetItemField><t:FieldURI FieldURI="` + f.URI + `"/><t:CalendarItem>` + f.Value + `</t:CalendarItem></t:SetItemField>`
	}
	_, err := c.Ask("UpdateItem", `<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>`+
		ref+`<t:Updates>`+updates+`</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`)
	return err
}

func (c *Calendar) remove(ref string) error {
	_, err := c.Ask("DeleteItem", `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>`+ref+`</m:ItemIds></m:DeleteItem>`)
	return err
}

func itemID(id provider.RemoteID) string { return `<t:ItemId Id="` + Text(string(id)) + `"/>` }

// Create stores an event.
func (c *Calendar) Create(e calendar.Event) (provider.RemoteID, error) { return c.Insert(e, "") }

// other is a property that another program has put into an event.
const other = `<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Other" PropertyType="String"/>`

// CreateRich stores an event with categories, a reminder, a property of another program's and the like.
func (c *Calendar) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	return c.Insert(e, `<t:Categories><t:String>Red category</t:String><t:String>Travel</t:String></t:Categories><t:Importance>High</t:Importance>`+
		`<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>42</t:ReminderMinutesBeforeStart>`+
		`<t:ExtendedProperty>`+other+`<t:Value>kept</t:Value></t:ExtendedProperty>`)
}

// unmodelled are properties of an event that no field of ours stands for.
var unmodelled = []string{"item:Categories", "item:Importance", "item:ReminderIsSet", "item:ReminderMinutesBeforeStart", "item:ItemClass",
	"calendar:RequiredAttendees", "calendar:OptionalAttendees", "calendar:Organizer", "calendar:UID", "calendar:AllowNewTimeProposal", "calendar:IsResponseRequested"}

// Unmodelled lists what no field of ours stands for, the other program's property included.
func (c *Calendar) Unmodelled(id provider.RemoteID) ([]string, error) {
	shape := other
	for _, uri := range unmodelled {
		shape = `<t:FieldURI FieldURI="` + uri + `"/>` + shape
	}
	got, err := c.Ask("GetItem", "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"+shape+
		"</t:AdditionalProperties></m:ItemShape><m:ItemIds>"+itemID(id)+"</m:ItemIds></m:GetItem>")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, k := range got[0].First("CalendarItem").Kids {
		if k.Name != "ItemId" {
			out = append(out, k.String())
		}
	}
	slices.Sort(out)
	return out, nil
}

// Edit gives an item new content.
func (c *Calendar) Edit(id provider.RemoteID, e calendar.Event) error {
	list, err := whole(&e)
	if err != nil {
		return err
	}
	ref, err := c.key(itemID(id))
	if err != nil {
		return err
	}
	return c.update(ref, list)
}

// Delete deletes an item.
func (c *Calendar) Delete(id provider.RemoteID) error { return c.remove(itemID(id)) }

// page is how many items one answer lists.
const page = 100

// Held are the events and series that the calendar holds.
func (c *Calendar) Held() (ids []provider.RemoteID, err error) {
	for offset := 0; ; offset += page {
		got, err := c.Ask("FindItem", fmt.Sprintf(`<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>`+
			`<m:IndexedPageItemView MaxEntriesReturned="%d" Offset="%d" BasePoint="Beginning"/><m:ParentFolderIds><t:FolderId Id="%s"/></m:ParentFolderIds></m:FindItem>`, page, offset, Text(c.ID)))
		if err != nil {
			return nil, err
		}
		for _, x := range got[0].All("ItemId") {
			ids = append(ids, provider.RemoteID(x.Attrs["Id"]))
		}
		if got[0].First("RootFolder").Attrs["IncludesLastItemInRange"] != "false" {
			return ids, nil
		}
	}
}

// Remove deletes the calendar itself.
func (c *Calendar) Remove() error {
	_, err := c.Ask("DeleteFolder", `<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds><t:FolderId Id="`+Text(c.ID)+`"/></m:FolderIds></m:DeleteFolder>`)
	return err
}
