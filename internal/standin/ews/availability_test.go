package ews_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// inHelsinki is Helsinki's zone in the words of GetUserAvailability.
const inHelsinki = `<t:TimeZone><t:Bias>-120</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>04:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>` +
	`<t:DaylightTime><t:Bias>-60</t:Bias><t:Time>03:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>`

func available(zone, window, view string, addresses ...string) string {
	var list strings.Builder
	for _, a := range addresses {
		list.WriteString(`<t:MailboxData><t:Email><t:Address>` + a + `</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>`)
	}
	from, to, _ := strings.Cut(window, "/")
	return `<m:GetUserAvailabilityRequest>` + zone + `<m:MailboxDataArray>` + list.String() + `</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>` + from +
		`</t:StartTime><t:EndTime>` + to + `</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>60</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>` + view +
		`</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>`
}

func TestPeopleAreBusyWhereTheirCalendarsSaySo(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.make(event("Plan"))
	a := r.soap(available(inHelsinki, "2026-01-06T08:00:00/2026-01-06T13:00:00", "DetailedMerged", "alice@example.com"))
	if a.status != 200 || a.xml.text("MergedFreeBusy") != "02000" || a.xml.text("StartTime") != "2026-01-06T09:00:00" || a.xml.text("Subject") != "Plan" {
		t.Errorf("%d %s", a.status, a.body)
	}
	// In summer the clock is another one.
	r.make(strings.ReplaceAll(event("Summer"), "2026-01-06", "2026-07-06"))
	if a = r.soap(available(inHelsinki, "2026-07-06T08:00:00/2026-07-06T13:00:00", "FreeBusy", "alice@example.com")); a.xml.text("StartTime") != "2026-07-06T09:00:00" || a.xml.text("Subject") != "" {
		t.Errorf("%s", a.body)
	}
	r.user = "bob@example.com"
	a = r.soap(available(inHelsinki, "2026-01-06T08:00:00/2026-01-06T13:00:00", "Detailed", "alice@example.com", "bob@example.com"))
	if len(a.xml.all("CalendarEvent")) != 1 || a.xml.text("Subject") != "" || len(a.xml.all("FreeBusyResponse")) != 2 {
		t.Errorf("somebody else sees %s", a.body)
	}
}

func TestZonesHaveTheirRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	ask := func(ids string) answer {
		return r.ok(r.soap(`<m:GetServerTimeZones ReturnFullTimeZoneData="true">` + ids + `</m:GetServerTimeZones>`))
	}
	a := ask(`<m:Ids><t:Id>FLE Standard Time</t:Id><t:Id>Mars Standard Time</t:Id></m:Ids>`)
	for _, part := range []string{`Bias="-PT2H" Name="Standard"`, `Bias="-PT3H" Name="Daylight"`, `<t:TimeOffset>PT3H</t:TimeOffset><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1<`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("no %s in %s", part, a.body)
		}
	}
	if n := len(a.xml.all("TimeZoneDefinition")); n != 1 {
		t.Errorf("%d zones", n)
	}
	a = ask(`<m:Ids><t:Id>AUS Eastern Standard Time</t:Id><t:Id>Eastern Standard Time</t:Id><t:Id>India Standard Time</t:Id></m:Ids>`)
	for _, part := range []string{`<t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>1<`, `Bias="PT5H" Name="Standard"`, `Bias="-PT5H30M" Name="Standard"`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("no %s in %s", part, a.body)
		}
	}
	if all := ask(""); len(all.xml.all("TimeZoneDefinition")) < 10 {
		t.Errorf("%s", all.body)
	}
}

var availabilityRefusals = []refused{
	{number: "E-109", name: "two months", when: op(available("", "2026-01-01T00:00:00/2026-03-01T00:00:00", "FreeBusy", "alice@example.com"))},
	{number: "E-110", name: "the end first", when: op(available("", "2026-01-02T00:00:00/2026-01-01T00:00:00", "FreeBusy", "alice@example.com"))},
	{number: "E-111", name: "101 people", when: op(available("", "2026-01-01T00:00:00/2026-01-02T00:00:00", "FreeBusy", strings.Split(strings.Repeat("alice@example.com ", 101), " ")[:101]...))},
	{number: "E-112", name: "nobody", when: op(available("", "2026-01-01T00:00:00/2026-01-02T00:00:00", "FreeBusy", "nobody@example.com"))},
}
