package ews_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/realserver"
	"tahti/internal/standin/ews"
)

// davmail is the gateway of that name, which speaks EWS with the stand-in and CalDAV with us.
type davmail struct {
	*rig
	url string
}

func newDavMail(t *testing.T) *davmail {
	t.Helper()
	d := &davmail{rig: newRig(t, ews.Options{Zone: "Europe/Helsinki", Variants: ews.Variants{IANAZones: true}})}
	d.url = strings.TrimSuffix(realserver.DavMail(t, d.http.URL+"/EWS/Exchange.asmx"), "/")
	return d
}

// dav sends one request to the gateway. Its length is said, as the gateway takes no chunks.
func (d *davmail) dav(method, path, body string, headers ...string) (int, http.Header, string) {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	req.SetBasicAuth("alice@example.com", "secret")
	req.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// vevents is a calendar object.
func vevents(events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n" + strings.Join(events, "") + "END:VCALENDAR\r\n"
}

// vevent is one event, of an hour.
func vevent(uid, summary, start, more string) string {
	end := start[:9] + fmt.Sprintf("%02d", int(start[9]-'0')*10+int(start[10]-'0')+1) + start[11:]
	return "BEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:" + summary + "\r\nDTSTART;TZID=Europe/Helsinki:" + start +
		"\r\nDTEND;TZID=Europe/Helsinki:" + end + "\r\n" + more + "END:VEVENT\r\n"
}

// only is the one event that alice's calendar holds, with everything.
func (d *davmail) only() answer {
	d.Helper()
	found := d.ok(d.soap(find("", "")))
	if n := len(found.xml.all("ItemId")); n != 1 {
		d.Fatalf("the calendar holds %d: %s", n, found.body)
	}
	return d.ok(d.soap(get(found.ref().String())))
}

// DavMail makes events of iCalendar, changes them under a guard of its own, and reads and deletes them, series included.
func TestDavMail(t *testing.T) {
	t.Parallel()
	d := newDavMail(t)
	const calendar = "/users/alice@example.com/calendar/"
	status, _, body := d.dav("PROPFIND", calendar, `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:propfind>`, "Depth: 1", "Content-Type: application/xml")
	if status != 207 || !strings.Contains(body, "<D:displayname>Work<") {
		t.Errorf("PROPFIND: %d %s", status, body)
	}

	// A single event: made, read, changed, not changed under an old tag, deleted.
	status, h, body := d.dav("PUT", calendar+"one.ics", vevents(vevent("one@example", "Plan", "20260106T090000", "LOCATION:Hall\r\n")), "If-None-Match: *")
	if status != 201 {
		t.Fatalf("PUT: %d %s", status, body)
	}
	first := h.Get("Etag")
	if a := d.only(); a.xml.text("Subject") != "Plan" || a.xml.text("Start") != "2026-01-06T07:00:00Z" || a.xml.text("UID") != "one@example" || a.xml.text("Location") != "Hall" {
		t.Errorf("made: %s", a.body)
	}
	if status, _, body = d.dav("GET", calendar+"one.ics", ""); status != 200 || !strings.Contains(body, "SUMMARY;LANGUAGE=en-US:Plan") || !strings.Contains(body, ":20260106T090000") {
		t.Errorf("GET: %d %s", status, body)
	}
	d.now = d.now.Add(time.Minute) // its tags are the times of changes
	d.ok(d.soap(update(d.only().ref(), "NeverOverwrite", set("calendar:Location", "<t:Location>Elsewhere</t:Location>"))))
	changed := vevents(vevent("one@example", "Plan b", "20260106T100000", ""))
	if status, _, body = d.dav("PUT", calendar+"one.ics", changed, "If-Match: "+first); status != 412 {
		t.Errorf("PUT under an old tag: %d %s", status, body)
	}
	_, h, _ = d.dav("GET", calendar+"one.ics", "")
	d.now = d.now.Add(time.Minute)
	if status, _, body = d.dav("PUT", calendar+"one.ics", changed, "If-Match: "+h.Get("Etag")); status/100 != 2 {
		t.Errorf("PUT: %d %s", status, body)
	}
	if a := d.only(); a.xml.text("Subject") != "Plan b" || a.xml.text("Start") != "2026-01-06T08:00:00Z" {
		t.Errorf("changed: %s", a.body)
	}
	if status, _, body = d.dav("DELETE", calendar+"one.ics", ""); status/100 != 2 {
		t.Errorf("DELETE: %d %s", status, body)
	}

	// A series with an exception and a hole, there and back.
	series := vevents(vevent("two@example", "Stand-up", "20260106T090000", "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5\r\nEXDATE;TZID=Europe/Helsinki:20260113T090000\r\n"),
		vevent("two@example", "Later", "20260108T120000", "RECURRENCE-ID;TZID=Europe/Helsinki:20260108T090000\r\n"))
	if status, _, body = d.dav("PUT", calendar+"two.ics", series); status != 201 {
		t.Fatalf("PUT of a series: %d %s", status, body)
	}
	a := d.only()
	modified, deleted := a.xml.all("ModifiedOccurrences"), a.xml.all("DeletedOccurrences")
	if len(modified) != 1 || modified[0].text("Start") != "2026-01-08T10:00:00Z" || len(deleted) != 1 || deleted[0].text("Start") != "2026-01-13T07:00:00Z" ||
		a.xml.text("NumberOfOccurrences") != "5" || a.xml.text("DaysOfWeek") != "Tuesday Thursday" {
		t.Errorf("the series: %s", a.body)
	}
	status, _, body = d.dav("GET", calendar+"two.ics", "")
	for _, part := range []string{"RRULE:FREQ=WEEKLY;COUNT=5;INTERVAL=1;BYDAY=TU,TH;WKST=MO", `EXDATE;TZID="Europe/Helsinki":20260113T090000`, "RECURRENCE-ID", ":Later"} {
		if !strings.Contains(body, part) {
			t.Errorf("GET of the series: %d, no %s in %s", status, part, body)
		}
	}
	status, _, body = d.dav("REPORT", calendar, `<?xml version="1.0"?><C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop><C:filter>`+
		`<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>`, "Depth: 1", "Content-Type: application/xml")
	if status != 207 || strings.Count(body, "<D:getetag>") != 1 {
		t.Errorf("REPORT: %d %s", status, body)
	}
}
