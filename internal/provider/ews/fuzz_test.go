package ews

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
)

const fuzzMaster = `<t:CalendarItem><t:ItemId Id="m" ChangeKey="k"/><t:Subject>Weekly</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="HTML">&lt;div&gt;a&lt;br&gt;b&lt;/div&gt;</t:Body>` +
	`<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="` + outlook.PropertySet + `" PropertyName="CrmKey" PropertyType="String"/><t:Value>abc</t:Value></t:ExtendedProperty>` +
	`<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="` + outlook.PropertySet + `" PropertyName="CrmForm" PropertyType="String"/><t:Value>Europe/Helsinki Europe/Helsinki FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=MO,FR;WKST=SU</t:Value></t:ExtendedProperty>` +
	`<t:UID>040000008200E00074C5B7101A82E00800</t:UID><t:Start>2026-03-16T08:00:00Z</t:Start><t:End>2026-03-16T09:00:00Z</t:End><t:IsAllDayEvent>false</t:IsAllDayEvent><t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>` +
	`<t:IsMeeting>true</t:IsMeeting><t:CalendarItemType>RecurringMaster</t:CalendarItemType><t:MyResponseType>Accept</t:MyResponseType>` +
	`<t:Organizer><t:Mailbox><t:Name>Boss</t:Name><t:EmailAddress>Boss@Example.com</t:EmailAddress></t:Mailbox></t:Organizer>` +
	`<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>B@Example.com</t:EmailAddress></t:Mailbox><t:ResponseType>Tentative</t:ResponseType></t:Attendee></t:RequiredAttendees>` +
	`<t:Recurrence><t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Monday Friday</t:DaysOfWeek><t:FirstDayOfWeek>Sunday</t:FirstDayOfWeek></t:WeeklyRecurrence>` +
	`<t:NumberedRecurrence><t:StartDate>2026-03-16+02:00</t:StartDate><t:NumberOfOccurrences>8</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>` +
	`<t:ModifiedOccurrences><t:Occurrence><t:ItemId Id="x" ChangeKey="b"/><t:Start>2026-03-31T08:00:00Z</t:Start><t:End>2026-03-31T09:00:00Z</t:End><t:OriginalStart>2026-03-30T07:00:00Z</t:OriginalStart></t:Occurrence></t:ModifiedOccurrences>` +
	`<t:DeletedOccurrences><t:DeletedOccurrence><t:Start>2026-03-20T08:00:00Z</t:Start></t:DeletedOccurrence><t:DeletedOccurrence><t:Start>2026-03-21T08:00:00Z</t:Start></t:DeletedOccurrence></t:DeletedOccurrences>` +
	`<t:StartTimeZone Id="FLE Standard Time"/><t:EndTimeZone Id="FLE Standard Time"/><t:IsOrganizer>false</t:IsOrganizer></t:CalendarItem>`

const fuzzException = `<t:CalendarItem><t:ItemId Id="x" ChangeKey="b"/><t:Subject>Another</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="HTML">&lt;div&gt;a&lt;br&gt;b&lt;/div&gt;</t:Body>` +
	`<t:Start>2026-03-31T08:00:00Z</t:Start><t:End>2026-03-31T09:00:00Z</t:End><t:OriginalStart>2026-03-30T07:00:00Z</t:OriginalStart><t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>` +
	`<t:CalendarItemType>Exception</t:CalendarItemType></t:CalendarItem>`

// got is the answer to GetItem about some items.
func got(items ...string) string {
	s := ""
	for _, x := range items {
		s += `<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items>` + x + `</m:Items></m:GetItemResponseMessage>`
	}
	return soap(`<m:GetItemResponse><m:ResponseMessages>` + s + `</m:ResponseMessages></m:GetItemResponse>`)
}

// Whatever an answer says, it is read as an event that can be kept and compared, or set aside with the reason.
func FuzzItem(f *testing.F) {
	f.Add(got(fuzzMaster), got(fuzzException))
	f.Add(got(`<t:CalendarItem><t:ItemId Id="s"/><t:Start>2026-07-31T21:00:00Z</t:Start><t:End>2026-08-01T21:00:00Z</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent><t:StartTimeZone Id="FLE Standard Time"/></t:CalendarItem>`), "")
	f.Add(refusing("GetItem", "ErrorItemNotFound", ""), soapFault("ErrorServerBusy", backOff("5", "")))
	c := &Calendar{client: &client{now: time.Now}}
	f.Fuzz(func(t *testing.T, master, exceptions string) {
		list, _, err := decode[itemMessage](lawful([]byte(master)), "GetItem")
		if err != nil || len(list) == 0 || len(list[0].Items.Calendar) == 0 {
			return
		}
		x := &list[0].Items.Calendar[0]
		more, _, err := decode[itemMessage](lawful([]byte(exceptions)), "GetItem")
		for i := range more {
			if err == nil {
				x.Exceptions = append(x.Exceptions, more[i].Items.Calendar...)
			}
		}
		it := c.item("x", x, "")
		if it.State != provider.StateLive {
			if it.State != provider.StateUnreadable || it.Problem == nil || it.Problem.Code == "" {
				t.Fatalf("%v without a reason", it.State)
			}
			return
		}
		again := it.Event.Clone()
		again.Normalize()
		if !outlook.SameEvent(&again, &it.Event) {
			t.Fatal("not in normal form")
		}
		if it.Event.IsSeries() && recur.Check(&it.Event) != nil {
			t.Fatalf("a rule that nobody can keep: %q", it.Event.Rule)
		}
		if it.Event.Start.Kind == calendar.NoTime || it.Event.End.Kind != it.Event.Start.Kind {
			t.Fatalf("%s to %s", it.Event.Start, it.Event.End)
		}
		for _, o := range it.Event.Overrides {
			if it.Event.IsCancelled(o.Original) {
				t.Fatal("said of what was taken out")
			}
		}
		raw, err := parseRaw(it.Raw)
		if err != nil {
			t.Fatal(err)
		}
		if back := c.item("x", raw, ""); back.State != provider.StateLive || !outlook.SameEvent(&back.Event, &it.Event) || !back.Versions.Equal(it.Versions) {
			t.Fatalf("what was kept reads otherwise: %v %+v", back.State, back.Problem)
		}
	})
}

func TestASeriesIsReadWhole(t *testing.T) {
	c := &Calendar{client: &client{now: time.Now}}
	list, _, err := decode[itemMessage]([]byte(got(fuzzMaster, fuzzException)), "GetItem")
	must(t, err)
	x := list[0].Items.Calendar[0]
	x.Exceptions = list[1].Items.Calendar
	it := c.item("m", &x, "")
	e := it.Event
	if it.State != provider.StateLive || e.Rule != "FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=MO,FR;WKST=SU" || e.Start.String() != "20260316T100000[Europe/Helsinki]" {
		t.Fatalf("%v %+v %+v", it.State, it.Problem, e)
	}
	if len(e.Cancelled) != 1 || e.Cancelled[0] != wall("20260320T100000") {
		t.Errorf("taken out %v: of the two only the Friday is an occurrence, and there is none on Saturday", e.Cancelled)
	}
	o := e.Override(wall("20260330T100000"))
	if o == nil || o.Set&calendar.BothWaysFields != calendar.Fields(calendar.Subject, calendar.When) || o.Start.String() != "20260331T110000[Europe/Helsinki]" || it.Versions["20260330T100000"] != (provider.Version{ID: "x", Tag: "b"}) {
		t.Errorf("%+v, versions %v", o, it.Versions)
	}
	if !it.Invited || it.WouldMail != 0 || it.Editable != calendar.Fields(calendar.Busy, calendar.Private) || e.Guests[0].Email != "b@example.com" || e.Guests[0].Answer != calendar.Maybe ||
		e.Answer != calendar.Accepted || e.Organizer.Email != "boss@example.com" || !e.Busy || !e.Private || e.Description != "a\nb" || it.Key != "abc" {
		t.Errorf("%+v", it)
	}
}

// Whatever an Autodiscover answers, it leads to one thing or to none.
func FuzzLead(f *testing.F) {
	f.Add(poxSettings("https://mail.example.com/EWS/Exchange.asmx"))
	f.Add(`<Autodiscover><Response><Error><ErrorCode>500</ErrorCode></Error></Response></Autodiscover>`)
	f.Add(`<Autodiscover><Response><Account><Action>redirectUrl</Action><RedirectUrl>https://x</RedirectUrl></Account></Response></Autodiscover>`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func([]byte) (lead, bool){poxAnswer, soapAnswer} {
			l, ok := read(bytes.Clone([]byte(text)))
			n := 0
			for _, set := range []bool{l.ews != "", l.url != "", l.address != "", l.noMailbox} {
				if set {
					n++
				}
			}
			if n > 1 || ok != (n == 1) {
				t.Fatalf("%+v %v", l, ok)
			}
		}
	})
}

// poxSettings is an answer in plain XML that leads to a server.
func poxSettings(address string) string {
	return `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"><Response xmlns="` + poxSchema + `">` +
		`<User><DisplayName>Alice</DisplayName></User><Account><AccountType>email</AccountType><Action>settings</Action><Protocol><Type>EXCH</Type><EwsUrl>https://inside.example.local/EWS/Exchange.asmx</EwsUrl></Protocol>` +
		`<Protocol><Type>EXPR</Type><EwsUrl>` + address + `</EwsUrl></Protocol></Account></Response></Autodiscover>`
}

// FuzzLawful holds that cleaning leaves the length, and what was lawful, as it is.
func FuzzLawful(f *testing.F) {
	f.Add("&#xD83D;&#xDE00;&#55357;&#56832;&#xDE00;&#xD83D;")
	f.Add("a&#x7;b&#10;&#xFFFF;&#1114112;&#;&#x;\x01\t")
	f.Fuzz(func(t *testing.T, s string) {
		got := string(lawful([]byte(s)))
		if len(got) != len(s) && utf8.ValidString(s) {
			t.Fatalf("%d bytes became %d", len(s), len(got))
		}
		if again := string(lawful([]byte(got))); again != got {
			t.Fatalf("%q, then %q", got, again)
		}
		if utf8.ValidString(s) && !strings.ContainsAny(s, "&") && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) && got != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
