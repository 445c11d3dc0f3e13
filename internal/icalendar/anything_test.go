package icalendar

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

// anyObject puts an object together out of lines that programs write, in combinations that perhaps none does.
func anyObject(p pick) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
	if p(3) == 0 {
		b.WriteString(customZone)
	}
	forms := []string{";TZID=Europe/Berlin:%s", ";TZID=Eastern Standard Time:%s", ";TZID=Own:%s", ":%sZ", ":%s", ";VALUE=DATE:%.8s", ":%.8s"}
	if p(3) != 0 { // mostly of one kind
		forms = []string{oneOf(p, forms...)}
		if strings.HasSuffix(forms[0], ":%s") {
			forms = append(forms, ":%sZ")
		}
	}
	at := func(day, hour int) string {
		return fmt.Sprintf(oneOf(p, forms...), calendar.WallOf(2026, 3, day, hour, 30, 0).String())
	}
	span := func(day, hour int) {
		b.WriteString("DTSTART" + at(day, hour) + "\r\n")
		switch p(4) {
		case 0:
			b.WriteString("DTEND" + at(day, hour+1) + "\r\n")
		case 1:
			b.WriteString("DTEND" + at(day+2, hour) + "\r\n")
		case 2:
			b.WriteString("DURATION:" + oneOf(p, "PT1H", "P1D", "PT36H", "P1W", "PT0S") + "\r\n")
		}
	}
	extras := func(n int) {
		for range p(n) {
			b.WriteString(oneOf(p, "SUMMARY:one\r\n", "SUMMARY;ALTREP=\"x:y\":two\r\n", "LOCATION:a\\, b\r\n", "DESCRIPTION:c\\nd\r\n",
				"TRANSP:TRANSPARENT\r\n", "CLASS:CONFIDENTIAL\r\n", "X-A;P=\"q;r\":s\r\n", "SEQUENCE:7\r\n", "X-ALT-DESC:<b>\r\n",
				"X-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n", "LAST-MODIFIED:20260101T000000Z\r\n", "X-A:\r\n", "STATUS:TENTATIVE\r\n",
				"BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n", "ATTENDEE:mailto:bob@example.com\r\n"))
		}
	}
	const hour = 2 // which the clocks skip in Berlin on the 29th
	b.WriteString("BEGIN:VEVENT\r\nUID:u\r\n")
	extras(5)
	span(20, hour)
	b.WriteString(oneOf(p, "", "RRULE:FREQ=DAILY\r\n", "RRULE:FREQ=DAILY;COUNT=14\r\n", "RRULE:FREQ=DAILY;UNTIL=20260401\r\n",
		"RRULE:FREQ=DAILY;INTERVAL=1;WKST=MO;UNTIL=20260401T003000Z\r\n", "RRULE:FREQ=WEEKLY;BYDAY=FR,SU\r\n"))
	for range p(3) {
		list := []string{at(20+p(12), hour)}
		if _, value, _ := strings.Cut(at(20+p(12), hour), ":"); p(2) == 0 {
			list = append(list, value)
		}
		b.WriteString("EXDATE" + strings.Join(list, ",") + "\r\n")
	}
	for range p(3) {
		b.WriteString("RDATE" + at(20+p(12), hour+p(2)) + oneOf(p, "", "", "/PT2H", "/20260425T000000Z") + "\r\n")
	}
	extras(3)
	b.WriteString("END:VEVENT\r\n")
	for range p(5) {
		day := 20 + p(12)
		b.WriteString("BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID" + oneOf(p, "", "", "", ";RANGE=THISANDFUTURE") + at(day, hour) + "\r\n")
		span(day+p(2), hour+p(2))
		extras(5)
		b.WriteString("END:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return []byte(b.String())
}

const customZone = "BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+1100\r\nTZOFFSETTO:+1000\r\n" +
	"RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+1000\r\n" +
	"TZOFFSETTO:+1100\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=10\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"

func TestPatchLawsOnAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		raw := anyObject(p)
		d, prob := Decode(raw, asAlice)
		if prob != nil {
			if prob.Code == BadSyntax && !strings.Contains(prob.Detail, "both be dates") {
				t.Fatalf("%v\n%s", prob, raw)
			}
			return
		}
		to := d.Event.Clone()
		if scramble(p, &to) {
			lawful(t, raw, d.Event, to, calendar.AllFields)
		}
	})
}
