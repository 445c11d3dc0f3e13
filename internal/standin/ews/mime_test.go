package ews_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// What was made of an iCalendar object says so again in one.
func TestICalendarGoesInAndComesOut(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"FREQ=DAILY;COUNT=3":                          "",
		"FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=3":     "FREQ=WEEKLY;COUNT=3;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR;WKST=MO",
		"FREQ=WEEKLY;INTERVAL=2;UNTIL=20260301T0700Z": "FREQ=WEEKLY;UNTIL=20260301T070000Z;INTERVAL=2;BYDAY=TU;WKST=MO",
		"FREQ=MONTHLY;BYMONTHDAY=6":                   "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=6",
		"FREQ=MONTHLY;BYDAY=1TU;COUNT=2":              "FREQ=MONTHLY;COUNT=2;INTERVAL=1;BYDAY=TU;BYSETPOS=1",
		"FREQ=YEARLY":                                 "FREQ=YEARLY;INTERVAL=1;BYMONTHDAY=6;BYMONTH=1",
		"FREQ=YEARLY;BYDAY=TU;BYSETPOS=-1;BYMONTH=3":  "FREQ=YEARLY;INTERVAL=1;BYDAY=TU;BYSETPOS=-1;BYMONTH=3",
	} {
		if want == "" {
			want = rule + ";INTERVAL=1"
		}
		r := newRig(t, ews.Options{})
		id := r.ok(mime(vevents(vevent("x@example", "a, b; c", "20260106T090000", "RRULE:"+rule+"\r\nCLASS:PRIVATE\r\nTRANSP:TRANSPARENT\r\n")))(r)).ref()
		a := r.ok(r.soap(strings.Replace(get(id.String()), "</t:BaseShape>", "</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>", 1)))
		b, err := base64.StdEncoding.DecodeString(a.xml.text("MimeContent"))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"UID:x@example", `SUMMARY;LANGUAGE=en-US:a\, b\; c`, "CLASS:PRIVATE", "TRANSP:TRANSPARENT", "RRULE:" + want, "TZID:FLE Standard Time"} {
			if !strings.Contains(string(b), "\r\n"+line+"\r\n") {
				t.Errorf("%s: no %q in %s", rule, line, b)
			}
		}
	}
}

// A whole day, and a zone without summer time.
func TestICalendarOfAWholeDay(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.make(`<t:Subject>Day</t:Subject><t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent><t:StartTimeZone Id="Tokyo Standard Time"/><t:EndTimeZone Id="Tokyo Standard Time"/>`)
	a := r.ok(r.soap(strings.Replace(get(id.String()), "</t:BaseShape>", "</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>", 1)))
	b, err := base64.StdEncoding.DecodeString(a.xml.text("MimeContent"))
	if err != nil || !strings.Contains(string(b), "DTSTART;VALUE=DATE:20260106\r\nDTEND;VALUE=DATE:20260107\r\n") || strings.Contains(string(b), "DAYLIGHT") || !strings.Contains(string(b), "TZOFFSETTO:+0900") {
		t.Errorf("%v %s", err, b)
	}
	if a.xml.text("Start") != "2026-01-05T15:00:00Z" || a.xml.text("End") != "2026-01-06T15:00:00Z" || a.xml.text("Duration") != "P1D" {
		t.Errorf("%s", a.body)
	}
}

// iCalendar as DavMail makes it of whole days: midnights, and a property that says what they are. Dates name the occurrence of a day.
func TestICalendarOfWholeDaysAsMidnights(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.ok(mime(vevents(
		"BEGIN:VEVENT\r\nUID:days@example\r\nDTSTART;TZID=FLE Standard Time:20260106T000000\r\nDTEND;TZID=FLE Standard Time:20260107T000000\r\n"+
			"X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;VALUE=DATE:20260107\r\nEND:VEVENT\r\n",
		"BEGIN:VEVENT\r\nUID:days@example\r\nRECURRENCE-ID;VALUE=DATE:20260108\r\nSUMMARY:Other\r\nDTSTART;TZID=FLE Standard Time:20260108T000000\r\n"+
			"DTEND;TZID=FLE Standard Time:20260109T000000\r\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\nEND:VEVENT\r\n"))(r)).ref()
	a := r.ok(r.soap(get(id.String())))
	changed, deleted := a.xml.all("ModifiedOccurrences"), a.xml.all("DeletedOccurrences")
	if a.xml.text("IsAllDayEvent") != "true" || len(changed) != 1 || changed[0].text("OriginalStart") != "2026-01-07T22:00:00Z" ||
		len(deleted) != 1 || deleted[0].text("Start") != "2026-01-06T22:00:00Z" {
		t.Errorf("%s", a.body)
	}
	id = r.ok(mime(vevents(strings.ReplaceAll(vevent("x@example", "No whole day", "20260106T090000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n"), "T100000", "T093000")))(r)).ref()
	if a := r.ok(r.soap(get(id.String()))); a.xml.text("IsAllDayEvent") != "false" {
		t.Errorf("%s", a.body)
	}
}
