package ews_test

import (
	"encoding/base64"
	"fmt"
	"strings"

	"tahti/internal/standin/ews"
)

var requestRefusals = []refused{
	{number: "E-04", name: "JSON", when: func(r *rig) answer { return r.do("POST", "/EWS/Exchange.asmx", "{}", "Content-Type: application/json") }},
	{number: "E-05", name: "no XML", when: func(r *rig) answer { return r.post("<a") }},
	{number: "E-05", name: "a DTD", when: func(r *rig) answer { return r.post(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`) }},
	{number: "E-05", name: "another root", when: func(r *rig) answer { return r.post("<a/>") }},
	{number: "E-05", name: "two operations", when: op(folders(inCalendar) + folders(inCalendar))},
	{number: "E-05", name: "an element that is not known", when: op(create("<t:Colour>red</t:Colour>"))},
	{number: "E-05", name: "an element of the wrong namespace", when: op(create("<m:Subject>x</m:Subject>"))},
	{number: "E-05", name: "elements out of order", when: op(create("<t:Location>x</t:Location><t:Subject>x</t:Subject>"))},
	{number: "E-05", name: "a value of another type", when: op(create("<t:IsAllDayEvent>perhaps</t:IsAllDayEvent>"))},
	{number: "E-05", name: "a word that is none", when: op(create("<t:LegacyFreeBusyStatus>Asleep</t:LegacyFreeBusyStatus>"))},
	{number: "E-05", name: "a time that is none", when: op(create("<t:Start>tomorrow</t:Start>"))},
	{number: "E-05", name: "an attribute that is none", when: op(strings.Replace(create(event("x")), "<m:CreateItem ", `<m:CreateItem Silent="true" `, 1))},
	{number: "E-05", name: "an attribute that is missing", when: on(event("x"), func(id ref) string {
		return strings.Replace(update(id, "NeverOverwrite", ""), `ConflictResolution="NeverOverwrite"`, "", 1)
	})},
	{number: "E-05", name: "a way to resolve conflicts that is none", when: on(event("x"), func(id ref) string { return update(id, "Perhaps", "") })},
	{number: "E-05", name: "no ids", when: op(get(""))},
	{number: "E-05", name: "513 changes", when: op(sync("", 513))},
	{number: "E-05", name: "a path that is none", when: changed(set("item:Colour", "<t:Subject>x</t:Subject>"))},
	{number: "E-05", name: "a month that is none", when: op(create(strings.Replace(weekly("Monday", until("2026-02-01")), "WeeklyRecurrence", "YearlyRecurrence", 2)))},
	{number: "E-05", name: "a folder's name that is none", when: op(folders(`<t:DistinguishedFolderId Id="kalender"/>`))},
	{number: "E-06", name: "a version to come", when: func(r *rig) answer { r.version = "Exchange2031"; return r.soap(folders(inCalendar)) }},
	{number: "E-06", name: "an older server", opt: ews.Options{Version: "Exchange2010_SP2"}, when: op(folders(inCalendar))},
	{number: "E-07", name: "another operation", when: op("<m:PlayOnPhone/>")},
	{number: "E-07", name: "a search in words", when: op(strings.Replace(find("", ""), "</m:FindItem>", "<m:QueryString>subject:x</m:QueryString></m:FindItem>", 1))},
	{number: "E-08", name: "a zone of IANA's", when: func(r *rig) answer {
		r.header = `<t:TimeZoneContext><t:TimeZoneDefinition Id="Europe/Helsinki"/></t:TimeZoneContext>`
		return r.soap(folders(inCalendar))
	}},
	{number: "E-09", name: "a StartTimeZone in 2007", when: func(r *rig) answer { r.version = "Exchange2007_SP1"; return r.soap(create(event("x"))) }},
	{number: "E-09", name: "a StartTimeZone, and no version", when: func(r *rig) answer {
		return r.post(strings.Replace(r.envelope(create(event("x"))), `<t:RequestServerVersion Version="Exchange2016"/>`, "", 1))
	}},
	{number: "E-09", name: "streaming in 2010", when: func(r *rig) answer { r.version = "Exchange2010"; return r.soap(streaming) }},
	{number: "E-10", name: "GetFolder", when: inNoFolder(folders("FOLDER"))},
	{number: "E-11", name: "SyncFolderItems", when: inNoFolder(strings.Replace(sync("", 1), inCalendar, "FOLDER", 1))},
	{number: "E-12", name: "no state of ours", when: op(sync("QUJD", 1))},
	{number: "E-12", name: "a state of another folder", when: func(r *rig) answer {
		a := r.ok(r.soap(strings.Replace(sync("", 1), inCalendar, `<t:DistinguishedFolderId Id="inbox"/>`, 1)))
		return r.soap(sync(a.xml.text("SyncState"), 1))
	}},
	{number: "E-12", name: "a state that is too old", when: func(r *rig) answer {
		_, state, _ := r.changes("", 1)
		if err := r.ews.ForgetStates("alice@example.com"); err != nil {
			r.Fatal(err)
		}
		return r.soap(sync(state, 1))
	}},
	{number: "E-12", name: "a state from before a reset", when: func(r *rig) answer {
		_, state, _ := r.changes("", 1)
		r.ews.Reset()
		return r.soap(sync(state, 1))
	}},
	{number: "E-13", name: "CreateFolder", when: inNoFolder(`<m:CreateFolder><m:ParentFolderId>FOLDER</m:ParentFolderId><m:Folders><t:CalendarFolder><t:DisplayName>x</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>`)},
	{number: "E-14", name: "CreateItem", when: inNoFolder(strings.Replace(create(event("x")), "<m:Items>", "<m:SavedItemFolderId>FOLDER</m:SavedItemFolderId><m:Items>", 1))},
	{number: "E-15", name: "MoveItem", when: func(r *rig) answer {
		id := r.make(event("x"))
		r.track()
		return r.soap(`<m:MoveItem><m:ToFolderId>` + r.noFolder() + `</m:ToFolderId><m:ItemIds>` + id.String() + `</m:ItemIds></m:MoveItem>`)
	}},
	{number: "E-16", name: "a second calendar of a name", when: op(`<m:CreateFolder><m:ParentFolderId>` + inCalendar + `</m:ParentFolderId><m:Folders><t:CalendarFolder><t:DisplayName>work</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>`)},
	{number: "E-17", name: "the calendar", when: op(`<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>` + inCalendar + `</m:FolderIds></m:DeleteFolder>`)},
	{number: "E-18", name: "an event in the inbox", when: op(strings.Replace(create(event("x")), "<m:Items>", `<m:SavedItemFolderId><t:DistinguishedFolderId Id="inbox"/></m:SavedItemFolderId><m:Items>`, 1))},
	{number: "E-19", name: "a mailbox of nobody", when: op(folders(`<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>nobody@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`))},
	{number: "E-20", name: "bob's mailbox", when: op(folders(`<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`))},
	{number: "E-57", name: "three years", when: op(find(view(`StartDate="2026-01-01T00:00:00Z" EndDate="2029-01-01T00:00:00Z"`), ""))},
	{number: "E-58", name: "the end first", when: op(find(view(`StartDate="2026-02-01T00:00:00Z" EndDate="2026-01-01T00:00:00Z"`), ""))},
	{number: "E-59", name: "the inbox", when: op(strings.Replace(find(view(january), ""), inCalendar, `<t:DistinguishedFolderId Id="inbox"/>`, 1))},
	{number: "E-60", name: "a view with a restriction", when: op(find(view(january), where(crmKey)))},
	{number: "E-60", name: "a view in an order", when: op(find(view(january), `<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="calendar:Start"/></t:FieldOrder></m:SortOrder>`))},
	{number: "E-61", name: "the UID", when: op(find("", where(`<t:FieldURI FieldURI="calendar:UID"/>`)))},
	{number: "E-61", name: "what is computed", when: op(find("", where(`<t:FieldURI FieldURI="calendar:CalendarItemType"/>`)))},
	{number: "E-62", name: "by the body", when: op(find("", `<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:Body"/></t:FieldOrder></m:SortOrder>`))},
	{number: "E-63", name: "before the first", when: op(find(`<m:IndexedPageItemView MaxEntriesReturned="1" Offset="-1" BasePoint="Beginning"/>`, ""))},
	{number: "E-64", name: "256 nodes", when: op(find("", `<m:Restriction><t:And>`+strings.Repeat(`<t:Exists>`+crmKey+`</t:Exists>`, 256)+`</t:And></m:Restriction>`))},
	{number: "E-65", name: "a batch of two", opt: ews.Options{MaxBatch: 1}, when: twice},
	{number: "E-66", name: "a batch of two, half of it", opt: ews.Options{MaxBatch: 1, Variants: ews.Variants{BatchStops: true}}, when: twice},
	{number: "E-70", name: "36 MB", when: func(r *rig) answer { return r.post(strings.Repeat(" ", 35<<20+1)) }},
}

var itemRefusals = []refused{
	{number: "E-21", name: "no id", when: op(get(`<t:ItemId Id=""/>`))},
	{number: "E-22", name: "no id of ours", when: op(get(`<t:ItemId Id="AAMkAGI2"/>`))},
	{number: "E-22", name: "an id in other letters", when: on(event("x"), func(id ref) string { return get(ref{id: strings.ToLower(id.id)}.String()) })},
	{number: "E-23", name: "deleted", when: func(r *rig) answer {
		id := r.make(event("x"))
		r.ok(r.soap(del(id.String())))
		return r.soap(get(id.String()))
	}},
	{number: "E-23", name: "moved", when: func(r *rig) answer {
		id := r.make(event("x"))
		a := r.ok(r.soap(`<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="deleteditems"/></m:ToFolderId><m:ItemIds>` + id.String() + `</m:ItemIds></m:MoveItem>`))
		if a.ref().id == id.id {
			r.Error("what was moved kept its id")
		}
		r.track()
		return r.soap(get(id.String()))
	}},
	{number: "E-23", name: "options of Outlook on the web, which nobody has used", when: op(options("OWA.UserOptions"))},
	{number: "E-23", name: "other options", opt: ews.Options{Zone: "Europe/Helsinki"}, when: op(options("Other"))},
	{number: "E-24", name: "a folder", when: func(r *rig) answer { return r.soap(get(ref{id: r.folderID()}.String())) }},
	{number: "E-25", name: "an item", when: on(event("x"), func(id ref) string { return folders(`<t:FolderId Id="` + id.id + `"/>`) })},
	{number: "E-26", name: "no key of ours", when: on(event("x"), func(id ref) string { return get(ref{id.id, "QUJD"}.String()) })},
	{number: "E-26", name: "the key of another", when: func(r *rig) answer {
		a, b := r.make(event("a")), r.make(event("b"))
		r.track()
		return r.soap(update(ref{a.id, b.key}, "NeverOverwrite", set("item:Subject", "<t:Subject>x</t:Subject>")))
	}},
	{number: "E-27", name: "no key", when: on(event("x"), func(id ref) string {
		return update(ref{id: id.id}, "AlwaysOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>"))
	})},
	{number: "E-27", name: "no key, as stale", opt: variant(ews.Variants{StaleCode: true}), when: on(event("x"), func(id ref) string {
		return update(ref{id: id.id}, "AlwaysOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>"))
	}), code: "ErrorStaleObject"},
	{number: "E-28", name: "an old key", when: oldKey(func(old ref) string {
		return update(old, "NeverOverwrite", set("calendar:Location", "<t:Location>y</t:Location>"))
	})},
	{number: "E-28", name: "an old key, and the same property", when: oldKey(func(old ref) string {
		return update(old, "AutoResolve", set("item:Subject", "<t:Subject>z</t:Subject>"))
	})},
	{number: "E-29", name: "CreateItem", when: op(strings.Replace(create(event("x")), ` SendMeetingInvitations="SendToNone"`, "", 1))},
	{number: "E-30", name: "UpdateItem", when: on(event("x"), func(id ref) string {
		return strings.Replace(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>")), ` SendMeetingInvitationsOrCancellations="SendToNone"`, "", 1)
	})},
	{number: "E-31", name: "DeleteItem", when: on(event("x"), func(id ref) string {
		return strings.Replace(del(id.String()), ` SendMeetingCancellations="SendToNone"`, "", 1)
	})},
	{number: "E-32", name: "what is computed, at creation", when: op(create("<t:Subject>x</t:Subject><t:Size>5</t:Size>"))},
	{number: "E-32", name: "what is computed, later", when: changed(set("calendar:IsMeeting", "<t:IsMeeting>true</t:IsMeeting>"))},
	{number: "E-32", name: "the UID, later", when: changed(set("calendar:UID", "<t:UID>x</t:UID>"))},
	{number: "E-33", name: "the start", when: changed(`<t:DeleteItemField><t:FieldURI FieldURI="calendar:Start"/></t:DeleteItemField>`)},
	{number: "E-34", name: "to the subject", when: changed(strings.ReplaceAll(set("item:Subject", "<t:Subject>x</t:Subject>"), "SetItemField", "AppendToItemField"))},
	{number: "E-35", name: "two properties", when: changed(set("item:Subject", "<t:Subject>x</t:Subject><t:Location>y</t:Location>"))},
	{number: "E-35", name: "none", when: changed(set("item:Subject", ""))},
	{number: "E-36", name: "another property", when: changed(set("item:Subject", "<t:Location>y</t:Location>"))},
	{number: "E-37", name: "a change of what messages have", when: changed(set("message:IsRead", "<t:Subject>x</t:Subject>"))},
	{number: "E-37", name: "what messages have", opt: variant(ews.Variants{ForeignProperties: true}), when: on(event("x"), func(id ref) string {
		return strings.Replace(get(id.String()), "</t:BaseShape>", `</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="message:IsRead"/></t:AdditionalProperties>`, 1)
	})},
	{number: "E-38", name: "no set", when: op(find("", where(`<t:ExtendedFieldURI PropertyName="x" PropertyType="String"/>`)))},
	{number: "E-05", name: "a GUID that is none", when: op(find("", where(`<t:ExtendedFieldURI PropertySetId="x" PropertyName="x" PropertyType="String"/>`)))},
	{number: "E-38", name: "name and number", when: op(find("", where(`<t:ExtendedFieldURI DistinguishedPropertySetId="Common" PropertyName="x" PropertyId="1" PropertyType="String"/>`)))},
	{number: "E-39", name: "a word for a number", when: op(create(`<t:Subject>x</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="x" PropertyType="Integer"/><t:Value>y</t:Value></t:ExtendedProperty>`))},
	{number: "E-40", name: "0x8001", when: op(find("", where(`<t:ExtendedFieldURI PropertyTag="0x8001" PropertyType="String"/>`)))},
	{number: "E-41", name: "the end first", when: op(create("<t:Start>2026-01-06T09:00:00Z</t:Start><t:End>2026-01-06T08:00:00Z</t:End>"))},
	{number: "E-41", name: "a start behind the end", when: changed(set("calendar:Start", "<t:Start>2026-01-06T12:00:00Z</t:Start>"))},
	{number: "E-42", name: "six years", when: op(create("<t:Start>2026-01-06T09:00:00Z</t:Start><t:End>2032-01-06T08:00:00Z</t:End>"))},
	{number: "E-43", name: "a zone of IANA's", when: op(create(`<t:Start>2026-01-06T09:00:00</t:Start><t:StartTimeZone Id="Europe/Helsinki"/>`))},
	{number: "E-44", name: "a week that begins on a weekday", when: op(create(strings.Replace(weekly("Monday", until("2026-02-01")), "</t:DaysOfWeek>", "</t:DaysOfWeek><t:FirstDayOfWeek>Weekday</t:FirstDayOfWeek>", 1)))},
	{number: "E-45", name: "no interval", when: op(create(strings.Replace(series("x"), "<t:Interval>1<", "<t:Interval>0<", 1)))},
	{number: "E-45", name: "no times", when: op(create(strings.Replace(series("x"), "<t:NumberOfOccurrences>5<", "<t:NumberOfOccurrences>0<", 1)))},
	{number: "E-46", name: "every weekday", when: op(create(weekly("Weekday", until("2026-02-01"))))},
	{number: "E-47", name: "until before the first", when: op(create(weekly("Sunday", until("2026-01-07"))))},
	{number: "E-48", name: "until 4501", when: op(create(weekly("Monday", until("4501-01-01"))))},
	{number: "E-49", name: "longer than a day, each day", when: op(create(strings.Replace(series("x"), "2026-01-06T10:00:00", "2026-01-07T10:00:00", 1)))},
	{number: "E-50", name: "on the day of the next one", when: on(series("x"), func(id ref) string {
		return updateOf(id.nth(2), "NeverOverwrite", set("calendar:Start", "<t:Start>2026-01-08T02:00:00Z</t:Start>")+set("calendar:End", "<t:End>2026-01-08T03:00:00Z</t:End>"))
	})},
	{number: "E-51", name: "a series in a series", when: on(series("x"), func(id ref) string { return updateOf(id.nth(2), "NeverOverwrite", set("calendar:Recurrence", daily5)) })},
	{number: "E-52", name: "the sixth of five", when: on(series("x"), func(id ref) string { return get(id.nth(6)) })},
	{number: "E-52", name: "the zeroth", when: on(series("x"), func(id ref) string { return get(id.nth(0)) })},
	{number: "E-53", name: "deleted", when: func(r *rig) answer {
		id := r.make(series("x"))
		r.ok(r.soap(del(id.nth(2))))
		r.track()
		return r.soap(get(id.nth(2)))
	}},
	{number: "E-54", name: "a single event", when: on(event("x"), func(id ref) string { return get(id.nth(1)) })},
	{number: "E-55", name: "a master", when: on(series("x"), func(id ref) string { return get(fmt.Sprintf(`<t:RecurringMasterItemId OccurrenceId="%s"/>`, id.id)) })},
	{number: "E-56", name: "an occurrence", when: on(series("x"), func(id ref) string {
		return `<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="deleteditems"/></m:ToFolderId><m:ItemIds>` + id.nth(2) + `</m:ItemIds></m:MoveItem>`
	})},
	{number: "E-67", name: "a message", when: op(`<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>x</t:Subject></t:Message></m:Items></m:CreateItem>`)},
	{number: "E-68", name: "a guest changes the time", when: func(r *rig) answer {
		if err := r.ews.Invite("alice@example.com", "boss@example.com", event("Theirs")); err != nil {
			r.Fatal(err)
		}
		id := r.ok(r.soap(find("", ""))).ref()
		r.track()
		return r.soap(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>x</t:Subject>")))
	}},
	{number: "E-69", name: "a class of mails", when: op(create("<t:ItemClass>IPM.Note</t:ItemClass><t:Subject>x</t:Subject>"))},
	{number: "E-05", name: "a reminder before the event was thought of", when: op(create("<t:Subject>x</t:Subject><t:ReminderMinutesBeforeStart>-5</t:ReminderMinutesBeforeStart>"))},
	{number: "E-71", name: "an old key", opt: variant(ews.Variants{DeleteChecksKey: true}), when: oldKey(func(old ref) string { return del(old.String()) })},
	{number: "E-72", name: "no address", when: op(create(`<t:Subject>x</t:Subject><t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Bob</t:Name></t:Mailbox></t:Attendee></t:RequiredAttendees>`))},
	{number: "E-108", name: "no base64", when: op(create("<t:MimeContent>?</t:MimeContent>"))},
	{number: "E-108", name: "no calendar", when: mime("Dear all,")},
	{number: "E-108", name: "no event", when: mime(vevents())},
	{number: "E-108", name: "no start", when: mime(strings.ReplaceAll(vevents(vevent("x", "x", "20260106T090000", "")), "DTSTART", "DTBEGIN"))},
	{number: "E-108", name: "a zone that is none", when: mime(strings.ReplaceAll(vevents(vevent("x", "x", "20260106T090000", "")), "Europe/Helsinki", "Mars/Base"))},
	{number: "E-108", name: "a rule that Exchange has no words for", when: mime(vevents(vevent("x", "x", "20260106T090000", "RRULE:FREQ=HOURLY\r\n")))},
	{number: "E-50", name: "an exception on the day of the next one", when: mime(vevents(vevent("x", "x", "20260106T090000", "RRULE:FREQ=DAILY;COUNT=3\r\n"),
		vevent("x", "x", "20260107T080000", "RECURRENCE-ID;TZID=Europe/Helsinki:20260106T090000\r\n")))},
	{number: "E-32", name: "MIME, later", when: changed(set("item:MimeContent", "<t:MimeContent>QQ==</t:MimeContent>"))},
}

// mime makes an event of an iCalendar object.
func mime(text string) func(*rig) answer {
	return op(create("<t:MimeContent>" + base64.StdEncoding.EncodeToString([]byte(text)) + "</t:MimeContent>"))
}

// options asks for what a program has remembered of its user.
func options(name string) string {
	return `<m:GetUserConfiguration><m:UserConfigurationName Name="` + name + `"><t:DistinguishedFolderId Id="root"/></m:UserConfigurationName>` +
		`<m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>`
}
