package caldav

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// object is a calendar object of one VEVENT in Sydney.
func object(lines ...string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Australia/Sydney\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+1100\r\nTZOFFSETTO:+1000\r\n" +
		"RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+1000\r\nTZOFFSETTO:+1100\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=10\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n" +
		"BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

const sydney = "DTSTART;TZID=Australia/Sydney:20260303T090000"

// What the gateway sends is read as it was meant.
func TestTheGatewayIsHeard(t *testing.T) {
	for line, want := range map[string]string{
		"DESCRIPTION:One; two, three\\nfour":               "DESCRIPTION:One\\; two\\, three\\nfour",
		"LOCATION;LANGUAGE=en-US:Room 4\\, upstairs":       "LOCATION;LANGUAGE=en-US:Room 4\\, upstairs",
		"SUMMARY:C:\\ drive":                               "SUMMARY:C:\\\\ drive",
		"RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;WKST=MO":    "RRULE:FREQ=WEEKLY;INTERVAL=1",
		"RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU;WKST=MO": "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU",
		"RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU":    "RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU",
		"RRULE:FREQ=MONTHLY;BYMONTHDAY=3":                  "RRULE:FREQ=MONTHLY",
		"RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1":           "RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1",
		"RRULE:FREQ=YEARLY;BYMONTHDAY=3;BYMONTH=3":         "RRULE:FREQ=YEARLY",
		"RRULE:FREQ=YEARLY;BYMONTHDAY=4;BYMONTH=3":         "RRULE:FREQ=YEARLY;BYMONTHDAY=4;BYMONTH=3",
		"RRULE:FREQ=DAILY;UNTIL=20260309T220000Z":          "RRULE:FREQ=DAILY;UNTIL=20260310T125959Z", // the tenth, in Sydney
		"RRULE:FREQ=DAILY;COUNT=3":                         "RRULE:FREQ=DAILY;COUNT=3",
		"X-OTHER:left; as it is\\n":                        "X-OTHER:left; as it is\\n",
		"CATEGORIES:Red\\, or blue,Green":                  "CATEGORIES:Red\\, or blue,Green",
		"ATTENDEE;CN=\"B; b\":mailto:b@example.com":        "ATTENDEE;CN=\"B; b\":mailto:b@example.com",
	} {
		if got := string(heard(object(sydney, line))); !strings.Contains(got, "\r\n"+want+"\r\n") {
			t.Errorf("%s\nno %s in %s", line, want, got)
		}
	}
	if broken := "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n"; string(heard([]byte(broken))) != broken {
		t.Error("what cannot be read was altered")
	}
}

// gatewayItem is an item as the gateway gives it.
func gatewayItem(t *testing.T, lines ...string) (*Calendar, provider.Item) {
	t.Helper()
	c, _ := scripted(t, Profile{Gateway: true, CTag: true, Multiget: true})
	it := c.item("/cal/a.EML", "", object(lines...), noTime)
	if it.State != provider.StateLive {
		t.Fatalf("%+v", it.Problem)
	}
	return c, it
}

// A change reaches the gateway in the words that it understands.
func TestTheGatewayIsSpokenTo(t *testing.T) {
	for name, tc := range map[string]struct {
		lines      []string
		base       bool
		want, gone string
	}{
		"zones by Exchange's ids":                        {[]string{sydney}, false, "DTSTART;TZID=AUS Eastern Standard Time:20260303T090000", "Australia/Sydney"},
		"a zone that it knows by its place":              {[]string{"DTSTART;TZID=America/Chicago:20260703T090000"}, false, "DTSTART;TZID=America/Chicago:20260703T090000", "Central"},
		"a zone that it does not know, where it is made": {[]string{"DTSTART;TZID=Europe/Astrakhan:20260303T090000"}, false, "DTSTART:20260303T050000Z", "Astrakhan"},
		"a zone that it does not know":                   {[]string{"DTSTART;TZID=Europe/Astrakhan:20260303T090000"}, true, "DTSTART;TZID=AUS Eastern Standard Time:20260303T160000", "Astrakhan"},
		"in UTC, where it is made":                       {[]string{"DTSTART:20260302T220000Z", "DTEND:20260302T230000Z"}, false, "DTSTART:20260302T220000Z", "DTEND;TZID"},
		"in UTC, on the clock of the item":               {[]string{"DTSTART:20260302T220000Z", "DTEND:20260302T230000Z"}, true, "DTEND;TZID=AUS Eastern Standard Time:20260303T100000", "Z\r\nDTEND"},
		"a number of times":                              {[]string{sydney, "RRULE:FREQ=WEEKLY;COUNT=3"}, true, "RRULE:FREQ=WEEKLY;UNTIL=20260317T120000Z", "COUNT"},
		"a number, where it is made":                     {[]string{sydney, "RRULE:FREQ=WEEKLY;COUNT=3"}, false, "RRULE:FREQ=WEEKLY;COUNT=3", "UNTIL"},
		"the last day":                                   {[]string{sydney, "RRULE:FREQ=DAILY;UNTIL=20260309T220000Z"}, true, "RRULE:FREQ=DAILY;UNTIL=20260310T120000Z", "T220000Z"},
		"holes in UTC":                                   {[]string{sydney, "RRULE:FREQ=WEEKLY", "EXDATE;TZID=Australia/Sydney:20260310T090000,20260407T090000"}, true, "EXDATE:20260309T220000Z,20260406T230000Z", "EXDATE;"},
		"holes among days":                               {[]string{"DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=WEEKLY", "EXDATE;VALUE=DATE:20260310"}, true, "EXDATE:20260309T130000Z", "EXDATE;"},
		"how it shows stays":                             {[]string{sydney, "STATUS:CONFIRMED", "TRANSP:OPAQUE"}, true, "TRANSP:OPAQUE", "STATUS"},
		"what outweighs CLASS":                           {[]string{sydney, "CLASS:PUBLIC", "X-CALENDARSERVER-ACCESS:CONFIDENTIAL"}, true, "CLASS:PUBLIC", "ACCESS"},
	} {
		t.Run(name, func(t *testing.T) {
			_, it := gatewayItem(t, tc.lines...)
			base := &it
			if !tc.base {
				base = nil
			}
			raw, err := said(object(tc.lines...), base, &it.Event)
			if got := string(raw); err != nil || !strings.Contains(got, "\r\n"+tc.want+"\r\n") || strings.Contains(got, tc.gone) {
				t.Errorf("%v, want %q and no %q:\n%s", err, tc.want, tc.gone, got)
			}
		})
	}
}

// A series in a zone that the gateway does not know would take place at other times; so would whatever it puts on a clock that it does not.
func TestTheGatewayIsGivenNoZoneThatItDoesNotKnow(t *testing.T) {
	lines := []string{"DTSTART;TZID=Europe/Astrakhan:20260303T090000", "RRULE:FREQ=WEEKLY"}
	_, it := gatewayItem(t, lines...)
	for _, base := range []*provider.Item{nil, &it} {
		_, err := said(object(lines...), base, &it.Event)
		wantClass(t, err, provider.Rejected, string(provider.UnknownZone))
	}
	abroad := []byte(strings.ReplaceAll(string(object(lines[:1]...)), "TZID:Australia/Sydney", "TZID:Astrakhan Standard Time"))
	c, _ := scripted(t, Profile{Gateway: true})
	theirs := c.item("/cal/a.EML", "", abroad, noTime)
	_, err := said(abroad, &theirs, &theirs.Event)
	wantClass(t, err, provider.Rejected, string(provider.UnknownZone))
}

// Free becomes busy by the one word that the gateway has for it.
func TestTheGatewayMakesBusy(t *testing.T) {
	_, free := gatewayItem(t, sydney, "TRANSP:TRANSPARENT")
	goal := free.Event.Clone()
	goal.Busy = true
	if raw, err := said(object(sydney, "TRANSP:OPAQUE"), &free, &goal); err != nil || !strings.Contains(string(raw), "STATUS:CONFIRMED") {
		t.Errorf("%v\n%s", err, raw)
	}
	if raw, err := said(object(sydney, "TRANSP:TRANSPARENT", "STATUS:CONFIRMED"), &free, &free.Event); err != nil || strings.Contains(string(raw), "STATUS") {
		t.Errorf("it stays free: %v\n%s", err, raw)
	}
}

// What the gateway would carry out as something else is refused, and nothing is sent.
func TestTheGatewayIsNotAskedForWhatItCannot(t *testing.T) {
	series := []string{sydney, "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=Australia/Sydney:20260310T090000"}
	third := calendar.WallOf(2026, time.March, 17, 9, 0, 0)
	ruled := func(rule string) func(e *calendar.Event) { return func(e *calendar.Event) { e.Rule = rule } }
	for name, tc := range map[string]struct {
		from   []string
		change func(e *calendar.Event)
		code   provider.ProblemCode // empty: it can be said
	}{
		"another subject":             {series, func(e *calendar.Event) { e.Subject = "x" }, ""},
		"one more hole":               {series, func(e *calendar.Event) { e.Cancelled = append(e.Cancelled, third) }, ""},
		"other starts, without holes": {series, func(e *calendar.Event) { e.Start.Wall += 60; e.Cancelled = nil }, ""},
		"an occurrence comes back":    {series, func(e *calendar.Event) { e.Cancelled = nil }, provider.NotWritable},
		"a single event of a series":  {series, func(e *calendar.Event) { e.Rule, e.Cancelled = "", nil }, provider.NotWritable},
		"what was busy is free":       {series, func(e *calendar.Event) { e.Busy = false }, provider.NotWritable},
		"one date is free": {series, func(e *calendar.Event) {
			o := e.EnsureOverride(third)
			o.Set, o.Busy = calendar.Fields(calendar.Busy), false
		}, provider.NotWritable},
		"a further date":             {series, func(e *calendar.Event) { e.Extra = []calendar.Time{e.Start} }, provider.Inexpressive},
		"a series of a single event": {[]string{sydney}, ruled("FREQ=DAILY;INTERVAL=3"), ""},
		"working days":               {series, ruled("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), ""},
		"every other week":           {series, ruled("FREQ=WEEKLY;INTERVAL=2"), ""},
		"days of every other week":   {series, ruled("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU"), provider.Inexpressive},
		"every day, but for some":    {series, ruled("FREQ=DAILY;BYDAY=MO,TU"), provider.Inexpressive},
		"the third of each month":    {series, ruled("FREQ=MONTHLY;BYMONTHDAY=3"), ""},
		"another day of each month":  {series, ruled("FREQ=MONTHLY;BYMONTHDAY=4"), provider.Inexpressive},
		"the first Tuesday":          {series, ruled("FREQ=MONTHLY;BYDAY=1TU"), provider.Inexpressive},
		"each year":                  {series, ruled("FREQ=YEARLY"), ""},
		"each second year":           {series, ruled("FREQ=YEARLY;INTERVAL=2"), provider.Inexpressive},
		"each hour":                  {series, ruled("FREQ=HOURLY"), provider.Inexpressive},
		"a date like the others again": {append(series[:2:2], "END:VEVENT", "BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "RECURRENCE-ID:20260316T220000Z", "SUMMARY:Other", "DTSTART;TZID=Australia/Sydney:20260317T090000"),
			func(e *calendar.Event) { e.Overrides = nil }, provider.NotWritable},
	} {
		t.Run(name, func(t *testing.T) {
			_, it := gatewayItem(t, tc.from...)
			goal := it.Event.Clone()
			tc.change(&goal)
			err := cannotSay(&it, &goal)
			if tc.code != "" {
				wantClass(t, err, provider.Rejected, string(tc.code))
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	_, it := gatewayItem(t, sydney, "ORGANIZER:mailto:carol@elsewhere.example", "ATTENDEE:mailto:alice@example.com")
	wantClass(t, cannotSay(&it, &it.Event), provider.Rejected, string(provider.NotWritable))
}

// A time that is a version proves nothing while its second may not be over.
func TestYoungTagsAreNone(t *testing.T) {
	c, _ := scripted(t, Profile{Gateway: true, CTag: true})
	stamp := func(ago time.Duration) string { return time.Now().Add(-ago).UTC().Format(time.RFC3339) }
	for tag, known := range map[string]bool{
		stamp(0): false, stamp(slack / 2): false, stamp(-time.Hour): false, stamp(2 * slack): true, "": false, "something": true,
	} {
		if got := c.tag(tag) != ""; got != known {
			t.Errorf("%q: known %v", tag, got)
		}
	}
}

// Who may do more than read is not told by the first word alone.
func TestPrivilegesInOne(t *testing.T) {
	c, s := scripted(t, Profile{})
	s.on("OPTIONS /cal/", says(200, "", "Server", "DavMail Gateway 6.0.1-3390", "DAV", "1, calendar-access, calendar-auto-schedule"))
	for inside, readOnly := range map[string]bool{"<D:read/><D:write/>": false, "<D:read/>": true} {
		s.on("PROPFIND /cal/", says(207, multi(props("/cal/", calendarType+`<S:getctag>c1</S:getctag><D:current-user-privilege-set><D:privilege>`+inside+`</D:privilege></D:current-user-privilege-set>`))))
		if p, err := c.Probe(t.Context()); err != nil || p.ReadOnly != readOnly || !p.Gateway {
			t.Errorf("%s: %s %v", inside, p, err)
		}
	}
}

// An item goes by the name that it is listed under, whether the answer to its creation says it or not.
func TestAnItemGoesByItsListedName(t *testing.T) {
	for name, location := range map[string]string{"said": "/cal/AAMk.EML", "not said": "", "elsewhere": "/other/AAMk.EML"} {
		t.Run(name, func(t *testing.T) {
			c, s := scripted(t, Profile{Gateway: true, CTag: true})
			there := false
			text := says(200, vevent(string(testKey), "One"), "ETag", "2026-01-01T09:00:00Z")
			answer := func(w http.ResponseWriter, r *http.Request) {
				if !there {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				text(w, r)
			}
			for _, path := range []string{keyPath, "/cal/AAMk.EML"} {
				s.on("GET "+path, answer)
				s.on("HEAD "+path, answer)
			}
			s.on("GET /cal/other.EML", says(200, vevent("other", "Other"), "ETag", "2026-01-01T09:00:00Z"))
			s.on("PUT "+keyPath, func(w http.ResponseWriter, _ *http.Request) {
				there = true
				if location != "" {
					w.Header().Set("Location", location)
				}
				w.WriteHeader(http.StatusCreated)
			})
			tag := `<D:getetag>2026-01-01T09:00:00Z</D:getetag>`
			s.on("PROPFIND /cal/", says(207, multi(props("/cal/", calendarType), props("/cal/other.EML", tag), props("/cal/AAMk.EML", tag))))
			for _, found := range []bool{false, true} {
				it, err := c.Put(t.Context(), creation("One"))
				if err != nil || it.ID != "/cal/AAMk.EML" || it.Found != found || it.Key != testKey {
					t.Errorf("%s found %v key %s, %v", it.ID, it.Found, it.Key, err)
				}
			}
		})
	}
}
