package bench

import (
	"fmt"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// zone is Europe/Helsinki as phones write it into each object.
const zone = `BEGIN:VTIMEZONE
TZID:Europe/Helsinki
BEGIN:DAYLIGHT
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
TZNAME:EEST
DTSTART:19700329T030000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
TZNAME:EET
DTSTART:19701025T040000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`

func day(i int) time.Time {
	return time.Date(2027, 1, 1, 8+i%8, 0, 0, 0, time.UTC).AddDate(0, 0, i%3650)
}

// object is event number i as a phone writes it, of about a kilobyte, with an alarm and properties that nobody models.
// word stands in its title.
func object(i int, word string) string {
	at := day(i)
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Phone 1.0//EN\nCALSCALE:GREGORIAN\n" + zone +
		"BEGIN:VEVENT\nUID:" + uid(i) + "\n" +
		"DTSTAMP:20260801T080000Z\nCREATED:20260701T080000Z\nLAST-MODIFIED:20260801T080000Z\nSEQUENCE:1\n" +
		fmt.Sprintf("DTSTART;TZID=Europe/Helsinki:%s\n", at.Format("20060102T150405")) +
		fmt.Sprintf("DTEND;TZID=Europe/Helsinki:%s\n", at.Add(time.Hour).Format("20060102T150405")) +
		fmt.Sprintf("SUMMARY:%s %d\nLOCATION:Meeting room %d\n", word, i, i%20) +
		"DESCRIPTION:What we talk about\\, in a sentence or two\\, and who brings the coffee.\n" +
		"X-EXAMPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\nTRANSP:OPAQUE\n" +
		"BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Reminder\nTRIGGER:-PT15M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
	return strings.ReplaceAll(text, "\n", "\r\n")
}

func uid(i int) string { return fmt.Sprintf("bench-%06d@example.com", i) }

func name(i int) string { return fmt.Sprintf("bench-%06d.ics", i) }

// activity is the same appointment as a person types it in the CRM.
func activity(i int, word string) crm.Activity {
	at := day(i)
	start := calendar.WallOf(at.Year(), at.Month(), at.Day(), at.Hour(), 0, 0)
	return crm.Activity{Type: "meeting", Plan: calendar.Event{Known: calendar.AllFields, Values: calendar.Values{
		Subject: fmt.Sprintf("%s %d", word, i), Location: fmt.Sprintf("Meeting room %d", i%20), Busy: true,
		Description: "What we talk about, in a sentence or two, and who brings the coffee.",
		Start:       calendar.InZone(start, "Europe/Helsinki"), End: calendar.InZone(start+3600, "Europe/Helsinki"),
	}}}
}
