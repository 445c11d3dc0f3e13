package caldav_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
)

// rig is a server behind a real listener, and a clock that moves only by hand.
type rig struct {
	*testing.T
	caldav *caldav.Server
	http   *httptest.Server
	now    time.Time
	user   string // signs in with the password "secret"
}

func newRig(t *testing.T, opt caldav.Options) *rig {
	t.Helper()
	r := &rig{T: t, user: "alice", now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	if opt.Users == nil {
		opt.Users = []caldav.User{{Name: "alice", Password: "secret"}, {Name: "bob", Password: "secret"}}
	}
	opt.Now = func() time.Time { return r.now }
	r.caldav = caldav.New(opt)
	r.http = httptest.NewServer(r.caldav)
	t.Cleanup(r.http.Close)
	return r
}

const home = "/dav/calendars/alice/calendar/"

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends one request; headers are "Name: value".
func (r *rig) do(method, path, body string, headers ...string) answer {
	r.Helper()
	req, err := http.NewRequest(method, r.http.URL+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.SetBasicAuth(r.user, "secret")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, value)
	}
	client := http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatalf("%s %s: read: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func (r *rig) put(path, body string, headers ...string) answer {
	r.Helper()
	return r.do("PUT", path, body, append([]string{"Content-Type: text/calendar; charset=utf-8"}, headers...)...)
}

// want does nothing but compare the status.
func (r *rig) want(status int, a answer) answer {
	r.Helper()
	if a.status != status {
		r.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// event is a valid object with the lines given put into its VEVENT.
func event(uid string, lines ...string) string {
	if len(lines) == 0 {
		lines = []string{"DTSTART:20260105T090000Z", "DTEND:20260105T100000Z", "SUMMARY:Plan " + uid}
	}
	return object("BEGIN:VEVENT", "UID:"+uid, "DTSTAMP:20260101T000000Z", strings.Join(lines, "\r\n"), "END:VEVENT")
}

// object is a VCALENDAR around the lines.
func object(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n"
}

// multistatus is what a client reads of a 207.
type multistatus struct {
	Token     string `xml:"DAV: sync-token"`
	Responses []struct {
		Href   string `xml:"DAV: href"`
		Status string `xml:"DAV: status"`
		Error  struct {
			Inner string `xml:",innerxml"`
		} `xml:"DAV: error"`
		Propstat []struct {
			Status string `xml:"DAV: status"`
			Prop   struct {
				ETag  string `xml:"DAV: getetag"`
				Data  string `xml:"urn:ietf:params:xml:ns:caldav calendar-data"`
				Inner string `xml:",innerxml"`
			} `xml:"DAV: prop"`
		} `xml:"DAV: propstat"`
	} `xml:"DAV: response"`
}

func (a answer) multi(t *testing.T) multistatus {
	t.Helper()
	if a.status != http.StatusMultiStatus {
		t.Fatalf("status %d, want 207: %s", a.status, a.body)
	}
	var m multistatus
	if err := xml.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return m
}

// summary writes a listing as "name", "name!404" in order.
func (m multistatus) summary() string {
	var list []string
	for _, r := range m.Responses {
		name := strings.TrimPrefix(r.Href, home)
		if r.Status != "" {
			name += "!" + strings.Fields(r.Status)[1]
		}
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

const ns = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"`

// sync asks for the changes since a token; more goes into the body.
func (r *rig) sync(token, more string, headers ...string) answer {
	r.Helper()
	return r.do("REPORT", home, `<D:sync-collection`+ns+`><D:sync-token>`+token+`</D:sync-token><D:sync-level>1</D:sync-level>`+
		more+`<D:prop><D:getetag/></D:prop></D:sync-collection>`, append([]string{"Content-Type: application/xml", "Depth: 0"}, headers...)...)
}

// query asks with a filter.
func (r *rig) query(filter string) answer {
	r.Helper()
	return r.do("REPORT", home, `<C:calendar-query`+ns+`><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter>`+filter+
		`</C:filter></C:calendar-query>`, "Content-Type: application/xml", "Depth: 1")
}

// propfind asks for properties by their elements.
func (r *rig) propfind(path, depth, props string) answer {
	r.Helper()
	return r.do("PROPFIND", path, `<D:propfind`+ns+`><D:prop>`+props+`</D:prop></D:propfind>`, "Content-Type: application/xml",
		"Depth: "+depth)
}

func TestDiscoveryLeadsFromTheHostToTheCalendars(t *testing.T) {
	r := newRig(t, caldav.Options{})
	a := r.want(301, r.do("PROPFIND", "/.well-known/caldav", "", "Authorization: "))
	if a.header.Get("Location") != "/dav/" {
		t.Errorf("redirects to %q", a.header.Get("Location"))
	}
	root := r.propfind("/dav/", "0", "<D:current-user-principal/><C:calendar-home-set/>").multi(t).Responses[0]
	if !strings.Contains(root.Propstat[0].Prop.Inner, "/dav/principals/alice/") {
		t.Errorf("principal: %s", root.Propstat[0].Prop.Inner)
	}
	if len(root.Propstat) != 2 || !strings.Contains(root.Propstat[1].Status, "404") {
		t.Errorf("the root answers calendar-home-set: %+v", root.Propstat)
	}
	home := r.propfind("/dav/principals/alice/", "0", "<C:calendar-home-set/><C:calendar-user-address-set/>").multi(t)
	for _, want := range []string{"/dav/calendars/alice/", "mailto:alice@example.com"} {
		if !strings.Contains(home.Responses[0].Propstat[0].Prop.Inner, want) {
			t.Errorf("principal without %s: %s", want, home.Responses[0].Propstat[0].Prop.Inner)
		}
	}
	list := r.propfind("/dav/calendars/alice/", "1", "<D:resourcetype/><D:displayname/>").multi(t)
	if len(list.Responses) != 4 { // the home, one calendar, inbox, outbox
		t.Errorf("%d responses", len(list.Responses))
	}
	if !strings.Contains(list.Responses[1].Propstat[0].Prop.Inner, "calendar/>") {
		t.Errorf("no calendar: %+v", list.Responses[1])
	}
}

func TestAnObjectLivesThroughItsVersions(t *testing.T) {
	r := newRig(t, caldav.Options{})
	body := event("a")
	a := r.want(201, r.put(home+"a.ics", body, "If-None-Match: *"))
	first := a.header.Get("ETag")
	got := r.want(200, r.do("GET", home+"a.ics", ""))
	if got.body != body || got.header.Get("ETag") != first || first == "" {
		t.Errorf("read back %q with %q, put with %q", got.body, got.header.Get("ETag"), first)
	}
	r.want(304, r.do("GET", home+"a.ics", "", "If-None-Match: "+first))
	if head := r.want(200, r.do("HEAD", home+"a.ics", "")); head.body != "" || head.header.Get("ETag") != first {
		t.Errorf("HEAD: %+v", head)
	}
	second := r.want(204, r.put(home+"a.ics", body, "If-Match: "+first)).header.Get("ETag")
	if second == first {
		t.Error("the same ETag twice")
	}
	r.want(204, r.do("DELETE", home+"a.ics", "", "If-Match: "+second))
	r.want(404, r.do("GET", home+"a.ics", ""))
}

func TestSyncCollectionNamesWhatChangedAndNothingElse(t *testing.T) {
	r := newRig(t, caldav.Options{})
	start := r.sync("", "").multi(t)
	for _, name := range []string{"a", "b", "c"} {
		r.want(201, r.put(home+name+".ics", event(name)))
	}
	all := r.sync("", "").multi(t)
	if all.summary() != "a.ics b.ics c.ics" {
		t.Errorf("initial: %s", all.summary())
	}
	r.want(204, r.put(home+"a.ics", event("a", "DTSTART:20260106T090000Z")))
	r.want(204, r.do("DELETE", home+"b.ics", ""))
	if got := r.sync(all.Token, "").multi(t); got.summary() != "a.ics b.ics!404" {
		t.Errorf("delta: %s", got.summary())
	}
	if got := r.sync(start.Token, "").multi(t); got.summary() != "c.ics a.ics b.ics!404" {
		t.Errorf("from the start: %s", got.summary())
	}
	last := r.sync("", "").multi(t)
	if got := r.sync(last.Token, "").multi(t); got.summary() != "" || got.Token != last.Token {
		t.Errorf("quiet: %s, token %s", got.summary(), got.Token)
	}
}

func TestSyncCollectionPagesWithoutLoss(t *testing.T) {
	r := newRig(t, caldav.Options{})
	for i := range 7 {
		r.want(201, r.put(fmt.Sprintf("%s%d.ics", home, i), event(fmt.Sprint(i))))
	}
	var seen []string
	token := ""
	for page := range 4 {
		m := r.sync(token, "<D:limit><D:nresults>3</D:nresults></D:limit>").multi(t)
		token = m.Token
		names := strings.Fields(m.summary())
		if page < 2 {
			last := m.Responses[len(m.Responses)-1]
			if last.Href != home || !strings.Contains(last.Error.Inner, "number-of-matches-within-limits") {
				t.Fatalf("page %d does not say that it was cut: %+v", page, last)
			}
			names = names[:len(names)-1]
		}
		seen = append(seen, names...)
		// What changes between pages comes again at the end.
		if page == 0 {
			r.want(204, r.put(home+"0.ics", event("0")))
		}
	}
	if got := strings.Join(seen, " "); got != "0.ics 1.ics 2.ics 3.ics 4.ics 5.ics 6.ics 0.ics" {
		t.Errorf("seen %s", got)
	}
}

func TestMultigetAnswersInOrderWith404ForWhatIsMissing(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"we@ird%20n.ics", event("a", "DTSTART:20260105T090000Z", "SUMMARY:Tea & <cake>")))
	a := r.do("REPORT", home, `<C:calendar-multiget`+ns+`><D:prop><D:getetag/><C:calendar-data/></D:prop>`+
		`<D:href>`+home+`none.ics</D:href><D:href>`+home+`we%40ird%20n.ics</D:href></C:calendar-multiget>`,
		"Content-Type: application/xml", "Depth: 1").multi(t)
	if a.summary() != "none.ics!404 we@ird%20n.ics" {
		t.Fatalf("answers %s", a.summary())
	}
	if data := a.Responses[1].Propstat[0].Prop.Data; !strings.Contains(data, "SUMMARY:Tea & <cake>\r\n") {
		t.Errorf("data: %q", data)
	}
}

func TestCalendarsCanBeMadeNamedAndRemoved(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.do("MKCALENDAR", "/dav/calendars/alice/work/", `<C:mkcalendar`+ns+`><D:set><D:prop><D:displayname>Work</D:displayname>`+
		`<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>`,
		"Content-Type: application/xml"))
	r.want(201, r.do("MKCOL", "/dav/calendars/alice/more/", `<D:mkcol`+ns+`><D:set><D:prop><D:resourcetype><D:collection/><C:calendar/>`+
		`</D:resourcetype></D:prop></D:set></D:mkcol>`, "Content-Type: application/xml"))
	a := r.do("PROPPATCH", "/dav/calendars/alice/work/", `<D:propertyupdate`+ns+` xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>`+
		`<A:calendar-color>#ff0000</A:calendar-color></D:prop></D:set></D:propertyupdate>`, "Content-Type: application/xml").multi(t)
	if !strings.Contains(a.Responses[0].Propstat[0].Status, "200") {
		t.Errorf("PROPPATCH: %+v", a)
	}
	got := r.propfind("/dav/calendars/alice/work/", "0",
		`<D:displayname/><A:calendar-color xmlns:A="http://apple.com/ns/ical/"/><C:supported-calendar-component-set/>`).body
	for _, want := range []string{">Work<", "#ff0000", `name="VEVENT"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	r.want(204, r.do("DELETE", "/dav/calendars/alice/work/", ""))
	r.want(404, r.propfind("/dav/calendars/alice/work/", "0", "<D:displayname/>"))
}
