package caldav_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/caldav"
)

// inside wraps a filter for events.
func inside(filter string) string {
	return `<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` + filter + `</C:comp-filter></C:comp-filter>`
}

func during(from, to string) string {
	return inside(`<C:time-range start="` + from + `" end="` + to + `"/>`)
}

func TestQueriesFindWhatFits(t *testing.T) {
	r := newRig(t, caldav.Options{})
	for name, body := range map[string]string{
		"once":    event("once", "DTSTART:20260105T090000Z", "DTEND:20260105T100000Z", "SUMMARY:Budget"),
		"day":     event("day", "DTSTART;VALUE=DATE:20260110", "SUMMARY:Fair"),
		"weekly":  event("weekly", "DTSTART:20260105T120000Z", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE:20260112T120000Z"),
		"forever": event("forever", "DTSTART:20250101T060000Z", "DURATION:PT5M", "RRULE:FREQ=DAILY"),
		"helsinki": object(vtimezone, "BEGIN:VEVENT", "UID:helsinki", "DTSTAMP:20260101T000000Z",
			"DTSTART;TZID=Europe/Helsinki:20260202T000000", "DTEND;TZID=Europe/Helsinki:20260202T010000", "END:VEVENT"),
		"moment": event("moment", "DTSTART:20260301T000000Z"),
		"task":   object("BEGIN:VTODO", "UID:task", "DTSTAMP:20260101T000000Z", "SUMMARY:budget", "END:VTODO"),
	} {
		r.want(201, r.put(home+name, body))
	}
	cases := []struct{ name, filter, want string }{
		{"all events", inside(""), "day forever helsinki moment once weekly"},
		{"an hour that one fills", during("20260105T093000Z", "20260105T094500Z"), "once"},
		{"the end is exclusive", during("20260105T100000Z", "20260105T110000Z"), ""},
		{"a whole day", during("20260110T120000Z", "20260110T130000Z"), "day"},
		{"a later occurrence", during("20260119T120000Z", "20260119T130000Z"), "weekly"},
		{"an occurrence that was taken out", during("20260112T120000Z", "20260112T130000Z"), ""},
		{"after the last occurrence", during("20260202T120000Z", "20260202T130000Z"), ""},
		{"a rule without end", during("20300101T060000Z", "20300101T060100Z"), "forever"},
		{"midnight in Helsinki is 22 in UTC", during("20260201T220000Z", "20260201T230000Z"), "helsinki"},
		{"a moment counts where it begins", during("20260301T000000Z", "20260301T000100Z"), "moment"},
		{"text without regard to case", inside(`<C:prop-filter name="SUMMARY"><C:text-match>BUDG</C:text-match></C:prop-filter>`), "once"},
		{"text with regard to case", inside(`<C:prop-filter name="SUMMARY"><C:text-match collation="i;octet">BUDG</C:text-match></C:prop-filter>`), ""},
		{"no such property", inside(`<C:prop-filter name="SUMMARY"><C:is-not-defined/></C:prop-filter>`), "forever helsinki moment weekly"},
		{"tasks", `<C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO"/></C:comp-filter>`, "task"},
		{"all that are not events", `<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:is-not-defined/></C:comp-filter></C:comp-filter>`, "task"},
		{"all that define a zone", `<C:comp-filter name="VCALENDAR"><C:comp-filter name="VTIMEZONE"/></C:comp-filter>`, "helsinki"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := r.query(c.filter).multi(t).summary(); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestAQueryWithoutDepthFindsNothing(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", event("a")))
	a := r.do("REPORT", home, `<C:calendar-query`+ns+`><D:prop><D:getetag/></D:prop><C:filter>`+inside("")+`</C:filter></C:calendar-query>`,
		"Content-Type: application/xml")
	if got := a.multi(t).summary(); got != "" {
		t.Errorf("found %s", got)
	}
}

// TestExpandGivesOccurrences is the row of provider page 4.2: five, one taken out, one moved, leave four.
func TestExpandGivesOccurrences(t *testing.T) {
	series := object("BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z", "DTEND:20260105T100000Z",
		"SUMMARY:Plan", "RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20260106T090000Z", "END:VEVENT",
		"BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260107T150000Z", "DTEND:20260107T160000Z",
		"SUMMARY:Moved", "RECURRENCE-ID:20260107T090000Z", "END:VEVENT")
	for want, p := range map[int]caldav.Profile{4: caldav.ProfilePlain, 2: caldav.ProfileRadicale} {
		r := newRig(t, caldav.Options{Profile: p})
		r.want(201, r.put(home+"a.ics", series))
		a := r.do("REPORT", home, `<C:calendar-query`+ns+`><D:prop><C:calendar-data><C:expand start="20260101T000000Z" end="20260201T000000Z"/>`+
			`</C:calendar-data></D:prop><C:filter>`+inside("")+`</C:filter></C:calendar-query>`, "Content-Type: application/xml", "Depth: 1")
		data := a.multi(t).Responses[0].Propstat[0].Prop.Data
		if got := strings.Count(data, "BEGIN:VEVENT"); got != want {
			t.Errorf("%s: %d events in %s", p.Name, got, data)
		}
		if want == 4 && (!strings.Contains(data, "SUMMARY:Moved") || strings.Contains(data, "RRULE")) {
			t.Errorf("expanded to %s", data)
		}
	}
}

func TestFreeBusyNamesBusyTime(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", event("a", "DTSTART:20260105T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")))
	r.want(201, r.put(home+"b.ics", event("b", "DTSTART:20260105T120000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT")))
	a := r.want(200, r.do("REPORT", home, `<C:free-busy-query`+ns+`><C:time-range start="20260105T000000Z" end="20260110T000000Z"/></C:free-busy-query>`,
		"Content-Type: application/xml"))
	for _, want := range []string{"FREEBUSY:20260105T090000Z/20260105T100000Z", "FREEBUSY:20260106T090000Z/20260106T100000Z"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in %s", want, a.body)
		}
	}
	if strings.Contains(a.body, "T120000Z") {
		t.Errorf("free time is named busy: %s", a.body)
	}
}
