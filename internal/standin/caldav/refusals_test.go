package caldav_test

import (
	"crypto/md5"
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
)

// vtimezone is enough of one.
const vtimezone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Helsinki\r\nBEGIN:STANDARD\r\nDTSTART:19961027T040000\r\nTZOFFSETFROM:+0300\r\n" +
	"TZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE"

// meeting is an event with an organiser and guests; each guest is "address" or "params:address".
func meeting(uid, organizer, summary string, guests ...string) string {
	lines := []string{"DTSTART:20260105T090000Z", "DTEND:20260105T100000Z", "SUMMARY:" + summary, "ORGANIZER:mailto:" + organizer}
	for _, g := range guests {
		params, addr, ok := strings.Cut(g, "|")
		if !ok {
			params, addr = "", g
		}
		lines = append(lines, "ATTENDEE"+params+":mailto:"+addr)
	}
	return event(uid, lines...)
}

// TestEveryRefusal shows each numbered refusal, with its status and its code, and that none is left out.
func TestEveryRefusal(t *testing.T) {
	const xmlType = "Content-Type: application/xml"
	query := func(filter string) func(*rig) answer {
		return func(r *rig) answer { return r.query(filter) }
	}
	put := func(body string, headers ...string) func(*rig) answer {
		return func(r *rig) answer { return r.put(home+"new.ics", body, headers...) }
	}
	there := func(r *rig) { r.want(201, r.put(home+"a.ics", event("a"))) }
	cases := []struct {
		number, name string
		opt          caldav.Options
		given        func(*rig)
		when         func(*rig) answer
		inside       bool // the status is one inside a 207
	}{
		{number: "C-01", name: "no credentials", when: func(r *rig) answer {
			a := r.do("PROPFIND", home, "", "Authorization: ", "Depth: 0")
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), `Basic realm="`) {
				r.Errorf("challenge %q", a.header.Get("WWW-Authenticate"))
			}
			return a
		}},
		{number: "C-01", name: "wrong password", when: func(r *rig) answer {
			return r.do("PROPFIND", home, "", "Authorization: Basic YWxpY2U6d3Jvbmc=", "Depth: 0")
		}},
		{number: "C-01", name: "wrong token", opt: caldav.Options{Token: "right"}, when: func(r *rig) answer {
			return r.do("PROPFIND", home, "", "Authorization: Bearer wrong", "Depth: 0")
		}},
		{number: "C-02", name: "account shut", opt: caldav.Options{Lock: caldav.Lock{After: 1, For: time.Hour}}, given: func(r *rig) {
			r.want(401, r.do("GET", home, "", "Authorization: Basic YWxpY2U6d3Jvbmc="))
		}, when: func(r *rig) answer { return r.do("GET", home+"a.ics", "") }},
		{number: "C-03", name: "read-only calendar", given: func(r *rig) {
			if err := r.caldav.SetReadOnly("alice", "calendar", true); err != nil {
				r.Fatal(err)
			}
		}, when: put(event("a"))},
		{number: "C-03", name: "somebody else's calendar", when: func(r *rig) answer {
			return r.propfind("/dav/calendars/bob/calendar/", "0", "<D:getetag/>")
		}},
		{number: "C-04", name: "If-None-Match on what is there", given: there, when: func(r *rig) answer {
			return r.put(home+"a.ics", event("a"), "If-None-Match: *")
		}},
		{number: "C-05", name: "stale If-Match", given: there, when: func(r *rig) answer {
			return r.put(home+"a.ics", event("a"), `If-Match: "old"`)
		}},
		{number: "C-05", name: "weak If-Match", given: there, when: func(r *rig) answer {
			return r.put(home+"a.ics", event("a"), "If-Match: W/"+r.do("GET", home+"a.ics", "").header.Get("ETag"))
		}},
		{number: "C-05", name: "If-Match without quotes", given: there, when: func(r *rig) answer {
			return r.put(home+"a.ics", event("a"), "If-Match: "+strings.Trim(r.do("GET", home+"a.ics", "").header.Get("ETag"), `"`))
		}},
		{number: "C-06", name: "stale If-Match on DELETE", given: there, when: func(r *rig) answer {
			return r.do("DELETE", home+"a.ics", "", `If-Match: "old"`)
		}},
		{number: "C-07", name: "If-Match on nothing", when: put(event("a"), "If-Match: *")},
		{number: "C-08", name: "stale Schedule-Tag", given: func(r *rig) {
			r.want(201, r.put(home+"a.ics", meeting("a", "alice@example.com", "Plan", "bob@example.com")))
		}, when: func(r *rig) answer {
			return r.put(home+"a.ics", meeting("a", "alice@example.com", "Plan", "bob@example.com"), `If-Schedule-Tag-Match: "old"`)
		}},
		{number: "C-09", name: "the UID of another object", given: there, when: put(event("a"))},
		{number: "C-09", name: "another UID in an old object", given: there, when: func(r *rig) answer {
			return r.put(home+"a.ics", event("b"))
		}},
		{number: "C-10", name: "no iCalendar", when: put("hello")},
		{number: "C-10", name: "no END", when: put(strings.ReplaceAll(event("a"), "END:VEVENT\r\n", ""))},
		{number: "C-10", name: "no DTSTAMP", when: put(strings.Replace(event("a"), "DTSTAMP:20260101T000000Z\r\n", "", 1))},
		{number: "C-10", name: "no UID", when: put(strings.Replace(event("a"), "UID:a\r\n", "", 1))},
		{number: "C-10", name: "no DTSTART", when: put(event("a", "SUMMARY:x"))},
		{number: "C-10", name: "no PRODID", when: put(strings.Replace(event("a"), "PRODID:-//test//EN\r\n", "", 1))},
		{number: "C-10", name: "two SUMMARYs", when: put(event("a", "DTSTART:20260105T090000Z", "SUMMARY:x", "SUMMARY:y"))},
		{number: "C-10", name: "a line without colon", when: put(event("a", "DTSTART:20260105T090000Z", "SUMMARY"))},
		{number: "C-10", name: "not UTF-8", when: put(event("a", "DTSTART:20260105T090000Z", "SUMMARY:\xff"))},
		{number: "C-10", name: "control character", when: put(event("a", "DTSTART:20260105T090000Z", "SUMMARY:\x01"))},
		{number: "C-10", name: "a date that is none", when: put(event("a", "DTSTART:20260132T090000Z"))},
		{number: "C-10", name: "end before start", when: put(event("a", "DTSTART:20260105T090000Z", "DTEND:20260105T080000Z"))},
		{number: "C-10", name: "end of another type", when: put(event("a", "DTSTART:20260105T090000Z", "DTEND;VALUE=DATE:20260106"))},
		{number: "C-10", name: "end and duration", when: put(event("a", "DTSTART:20260105T090000Z", "DTEND:20260105T100000Z", "DURATION:PT1H"))},
		{number: "C-10", name: "rule without FREQ", when: put(event("a", "DTSTART:20260105T090000Z", "RRULE:COUNT=3"))},
		{number: "C-10", name: "rule with COUNT and UNTIL", when: put(event("a", "DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260109T090000Z"))},
		{number: "C-10", name: "a zone that is not defined", when: put(event("a", "DTSTART;TZID=Europe/Helsinki:20260105T090000"))},
		{number: "C-10", name: "a zone for a time in UTC", when: put(object(vtimezone, "BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z",
			"DTSTART;TZID=Europe/Helsinki:20260105T090000Z", "END:VEVENT"))},
		{number: "C-10", name: "alarm without trigger", when: put(event("a", "DTSTART:20260105T090000Z", "BEGIN:VALARM", "ACTION:DISPLAY", "END:VALARM"))},
		{number: "C-11", name: "METHOD", when: put(strings.Replace(event("a"), "VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST", 1))},
		{number: "C-11", name: "two UIDs", when: put(object("BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z", "END:VEVENT",
			"BEGIN:VEVENT", "UID:b", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z", "END:VEVENT"))},
		{number: "C-11", name: "two masters", when: put(object("BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z", "END:VEVENT",
			"BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z", "END:VEVENT"))},
		{number: "C-11", name: "event and task", when: put(object("BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z", "END:VEVENT",
			"BEGIN:VTODO", "UID:a", "DTSTAMP:20260101T000000Z", "END:VTODO"))},
		{number: "C-11", name: "time zone alone", when: put(object(vtimezone))},
		{number: "C-12", name: "a journal", when: put(object("BEGIN:VJOURNAL", "UID:a", "DTSTAMP:20260101T000000Z", "END:VJOURNAL"))},
		{number: "C-13", name: "PUT of something else", when: func(r *rig) answer { return r.do("PUT", home+"a.ics", event("a"), "Content-Type: text/plain") }},
		{number: "C-13", name: "PUT of nobody knows what", when: func(r *rig) answer { return r.do("PUT", home+"a.ics", event("a")) }},
		{number: "C-13", name: "REPORT that is no XML by its type", when: func(r *rig) answer {
			return r.do("REPORT", home, "<x/>", "Content-Type: application/json")
		}},
		{number: "C-14", name: "too large", when: put(event("a", "DTSTART:20260105T090000Z", "DESCRIPTION:"+strings.Repeat("x", 1<<20)))},
		{number: "C-17", name: "sync-collection at Depth 1", when: func(r *rig) answer { return r.sync("", "", "Depth: 1") }},
		{number: "C-17", name: "sync-collection without sync-level", when: func(r *rig) answer {
			return r.do("REPORT", home, "<D:sync-collection"+ns+"><D:sync-token/><D:prop/></D:sync-collection>", xmlType)
		}},
		{number: "C-16", name: "a garbage token", when: func(r *rig) answer { return r.sync("nonsense", "") }},
		{number: "C-16", name: "a token from the future", when: func(r *rig) answer {
			return r.sync(strings.Replace(r.sync("", "").multi(r.T).Token, "-0", "-9", 1), "")
		}},
		{number: "C-16", name: "a forgotten token", when: func(r *rig) answer {
			token := r.sync("", "").multi(r.T).Token
			if err := r.caldav.ForgetTokens("alice", "calendar"); err != nil {
				r.Fatal(err)
			}
			return r.sync(token, "")
		}},
		{number: "C-18", name: "the server's own limit", opt: caldav.Options{Profile: caldav.Profile{PageLimit: 1}}, inside: true, given: func(r *rig) {
			there(r)
			r.want(201, r.put(home+"b.ics", event("b")))
		}, when: func(r *rig) answer { return r.sync("", "") }},
		{number: "C-19", name: "unknown REPORT", when: func(r *rig) answer { return r.do("REPORT", home, `<D:expand-property`+ns+`/>`, xmlType) }},
		{number: "C-19", name: "sync-collection that the server has not", opt: caldav.Options{Profile: caldav.Profile{NoSync: true}},
			when: func(r *rig) answer { return r.sync("", "") }},
		{number: "C-20", name: "Depth infinity", when: func(r *rig) answer { return r.do("PROPFIND", home, "", "Depth: infinity") }},
		{number: "C-20", name: "no Depth", when: func(r *rig) answer { return r.do("PROPFIND", home, "") }},
		{number: "C-21", name: "broken XML", when: func(r *rig) answer { return r.do("PROPFIND", home, "<D:propfind", xmlType, "Depth: 0") }},
		{number: "C-21", name: "a DTD", when: func(r *rig) answer {
			return r.do("PROPFIND", home, `<!DOCTYPE x [<!ENTITY a "b">]><D:propfind`+ns+`/>`, xmlType, "Depth: 0")
		}},
		{number: "C-21", name: "another root", when: func(r *rig) answer { return r.do("PROPFIND", home, `<D:propertyupdate`+ns+`/>`, xmlType, "Depth: 0") }},
		{number: "C-22", name: "no filter", when: func(r *rig) answer {
			return r.do("REPORT", home, `<C:calendar-query`+ns+`><D:prop/></C:calendar-query>`, xmlType, "Depth: 1")
		}},
		{number: "C-22", name: "a range that is not in UTC", when: query(`<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
			`<C:time-range start="20260101"/></C:comp-filter></C:comp-filter>`)},
		{number: "C-23", name: "unknown collation", when: query(`<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY">` +
			`<C:text-match collation="i;unicode-casemap">x</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter>`)},
		{number: "C-34", name: "a range on alarms", when: query(`<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:comp-filter name="VALARM">` +
			`<C:time-range start="20260101T000000Z"/></C:comp-filter></C:comp-filter></C:comp-filter>`)},
		{number: "C-24", name: "nothing there", when: func(r *rig) answer { return r.do("GET", home+"none.ics", "") }},
		{number: "C-24", name: "DELETE of nothing", when: func(r *rig) answer { return r.do("DELETE", home+"none.ics", "") }},
		{number: "C-25", name: "PUT on a calendar", when: func(r *rig) answer { return r.put(home, event("a")) }},
		{number: "C-25", name: "an unknown method", when: func(r *rig) answer { return r.do("LOCK", home, "") }},
		{number: "C-25", name: "PROPFIND on the root of Cyrus", opt: caldav.Options{Profile: caldav.ProfileCyrus},
			when: func(r *rig) answer { return r.propfind("/dav/", "0", "<D:current-user-principal/>") }},
		{number: "C-26", name: "PUT into nothing", when: func(r *rig) answer { return r.put("/dav/calendars/alice/none/a.ics", event("a")) }},
		{number: "C-27", name: "MKCALENDAR where one is", when: func(r *rig) answer { return r.do("MKCALENDAR", home, "") }},
		{number: "C-28", name: "MKCALENDAR inside a calendar", when: func(r *rig) answer { return r.do("MKCALENDAR", home+"inner/", "") }},
		{number: "C-28", name: "an object in the inbox", when: func(r *rig) answer { return r.put("/dav/calendars/alice/inbox/a.ics", event("a")) }},
		{number: "C-29", name: "PROPPATCH of getctag", inside: true, when: func(r *rig) answer {
			return r.do("PROPPATCH", home, `<D:propertyupdate`+ns+`><D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set></D:propertyupdate>`, xmlType)
		}},
		{number: "C-30", name: "an attendee moves the meeting", given: func(r *rig) {
			r.want(201, r.put(home+"a.ics", meeting("a", "boss@example.com", "Plan", "alice@example.com")))
		}, when: func(r *rig) answer {
			return r.put(home+"a.ics", strings.Replace(meeting("a", "boss@example.com", "Plan", "alice@example.com"), "T090000Z", "T093000Z", 1))
		}},
		{number: "C-31", name: "the organiser hands the meeting on", given: func(r *rig) {
			r.want(201, r.put(home+"a.ics", meeting("a", "alice@example.com", "Plan", "bob@example.com")))
		}, when: func(r *rig) answer {
			return r.put(home+"a.ics", meeting("a", "bob@example.com", "Plan", "alice@example.com"))
		}},
		{number: "C-32", name: "a garbage token on Xandikos", opt: caldav.Options{Profile: caldav.ProfileXandikos},
			when: func(r *rig) answer { return r.sync("nonsense", "") }},
		{number: "C-33", name: "an override alone on Radicale", opt: caldav.Options{Profile: caldav.ProfileRadicale},
			when: put(event("a", "DTSTART:20260105T090000Z", "RECURRENCE-ID:20260105T080000Z"))},
		{number: "C-01", name: "Basic where Digest is wanted", opt: caldav.Options{Profile: caldav.ProfileBaikal}, when: func(r *rig) answer {
			a := r.do("PROPFIND", home, "", "Authorization: ", "Depth: 0")
			if got := a.header.Values("WWW-Authenticate"); len(got) != 1 || !strings.HasPrefix(got[0], `Digest realm="`) {
				r.Errorf("challenges %q", got)
			}
			return a
		}},
		{number: "C-01", name: "a Digest answer with another password", opt: caldav.Options{Profile: caldav.ProfileBaikal},
			when: func(r *rig) answer { return r.digest("wrong", home, "00000001", nil) }},
		{number: "C-35", name: "Basic where Digest is wanted", opt: caldav.Options{Profile: caldav.ProfileBaikal},
			when: func(r *rig) answer { return r.do("GET", home, "") }},
		{number: "C-35", name: "a Digest answer for another address", opt: caldav.Options{Profile: caldav.ProfileBaikal},
			when: func(r *rig) answer { return r.digest("secret", "/dav/", "00000001", nil) }},
		{number: "C-35", name: "a Digest answer without its opaque", opt: caldav.Options{Profile: caldav.ProfileBaikal},
			when: func(r *rig) answer {
				return r.digest("secret", home, "00000001", func(s string) string { return s[:strings.Index(s, ", opaque")] })
			}},
		{number: "C-35", name: "a count that is none", opt: caldav.Options{Profile: caldav.ProfileBaikal},
			when: func(r *rig) answer { return r.digest("secret", home, "1", nil) }},
		{number: "C-36", name: "a count that was used", opt: caldav.Options{Profile: caldav.ProfileBaikal}, when: func(r *rig) answer {
			var sent string
			r.want(405, r.digest("secret", home, "00000001", func(s string) string { sent = s; return s }))
			a := r.do("GET", home, "", "Authorization: "+sent)
			if !strings.Contains(a.header.Get("WWW-Authenticate"), "stale=true") {
				r.Errorf("challenge %q", a.header.Get("WWW-Authenticate"))
			}
			return a
		}},
	}
	table := map[string]caldav.Refusal{}
	for _, ref := range caldav.Refusals() {
		if _, twice := table[ref.Number]; twice {
			t.Errorf("%s stands twice", ref.Number)
		}
		table[ref.Number] = ref
	}
	shown := map[string]bool{"C-15": true} // a request without length: TestAPutNeedsItsLengthWhereTheProfileSaysSo
	for _, c := range cases {
		shown[c.number] = true
		t.Run(c.number+" "+c.name, func(t *testing.T) {
			r := newRig(t, c.opt)
			if c.given != nil {
				c.given(r)
			}
			before := stored(r)
			a := c.when(r)
			ref := table[c.number]
			if got := a.header.Get("X-Standin-Refusal"); got != c.number {
				t.Fatalf("refused as %q, status %d: %s", got, a.status, a.body)
			}
			if c.inside != (a.status == 207) || !c.inside && a.status != ref.Status {
				t.Errorf("status %d, want %d", a.status, ref.Status)
			}
			if ref.Code != "" && !strings.Contains(a.body, "<"+ref.Code+"/>") {
				t.Errorf("no %s in %s", ref.Code, a.body)
			}
			if after := stored(r); after != before {
				t.Errorf("a refused request changed the calendar: %s, before %s", after, before)
			}
		})
	}
	for number := range table {
		if !shown[number] {
			t.Errorf("%s is never shown", number)
		}
	}
}

// digest asks for the calendar with an answer to a fresh nonce; change makes it wrong.
func (r *rig) digest(password, uri, nc string, change func(string) string) answer {
	r.Helper()
	line := r.do("GET", home, "", "Authorization: ").header.Get("WWW-Authenticate")
	field := func(name string) string {
		_, rest, _ := strings.Cut(line, name+`="`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	sum := func(parts ...string) string { return fmt.Sprintf("%x", md5.Sum([]byte(strings.Join(parts, ":")))) }
	response := sum(sum("alice", field("realm"), password), field("nonce"), nc, "c", "auth", sum("GET", uri))
	s := fmt.Sprintf(`Digest username="alice", realm=%q, nonce=%q, uri=%q, qop=auth, nc=%s, cnonce="c", response=%q, opaque=%q`,
		field("realm"), field("nonce"), uri, nc, response, field("opaque"))
	if change != nil {
		s = change(s)
	}
	return r.do("GET", home, "", "Authorization: "+s)
}

// stored is what the calendar holds, for comparing.
func stored(r *rig) string {
	r.Helper()
	list, err := r.caldav.Events("alice", "calendar")
	if err != nil {
		r.Fatal(err)
	}
	var all []string
	for _, o := range list {
		all = append(all, o.Path+o.ETag+string(o.Body))
	}
	return strings.Join(all, "\n")
}
