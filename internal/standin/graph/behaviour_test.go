package graph_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/standin"
	"tahti/internal/standin/graph"
)

// extended is a member with our property.
func extended(value string) string {
	return `[{"id":"String ` + guid + ` Name Key","value":"` + value + `"}]`
}

// having is a list filtered by our property.
func having(name, value string) string {
	return "?$filter=" + url.QueryEscape("singleValueExtendedProperties/Any(ep: ep/id eq 'String "+guid+" Name "+name+"' and ep/value eq '"+value+"')")
}

func TestAFilterOnAnExtendedPropertyHasItsTraps(t *testing.T) {
	r := newRig(t, graph.Options{})
	work, err := r.graph.CalendarID("alice@example.com", "Work")
	if err != nil {
		t.Fatal(err)
	}
	r.make("singleValueExtendedProperties", extended("abc"))
	r.want(201, r.do("POST", "/me/calendars/"+work+"/events", event("subject", `"There"`, "singleValueExtendedProperties", extended("ABC"))))
	count := func(path string) int { return len(r.tree(r.want(200, r.do("GET", path, ""))).values()) }
	// The value in any case, the name in its own; the whole mailbox, whichever calendar is listed.
	for path, want := range map[string]int{
		"/me/events" + having("Key", "Abc"): 2, "/me/events" + having("key", "abc"): 0, "/me/events" + having("Key", "x"): 0,
		"/me/calendars/" + work + "/events" + having("Key", "abc"): 2, "/me/events": 1,
	} {
		if got := count(path); got != want {
			t.Errorf("%s lists %d, want %d", path, got, want)
		}
	}
	r.graph.SetVariants(graph.Variants{FolderFilter: true})
	if got := count("/me/calendars/" + work + "/events" + having("Key", "abc")); got != 1 {
		t.Errorf("confined to the calendar it lists %d", got)
	}
	list := r.tree(r.do("GET", "/me/events"+having("Key", "abc"), "")).values()
	if list[0]["singleValueExtendedProperties"] != nil {
		t.Error("the filter shows the property")
	}
	for _, expand := range []string{"singleValueExtendedProperties", "singleValueExtendedProperties($select=id,value)"} {
		if list := r.tree(r.want(200, r.do("GET", "/me/events?$expand="+url.QueryEscape(expand), ""))).values(); list[0]["singleValueExtendedProperties"] != nil {
			t.Errorf("%s shows the property", expand)
		}
	}
}

func TestASecondPostUnderATransactionID(t *testing.T) {
	r := newRig(t, graph.Options{Variants: graph.Variants{RepeatOriginal: true}})
	first := r.make("transactionId", `"t"`)
	again := r.make("transactionId", `"t"`, "subject", `"Other"`)
	if again.text("id") != first.text("id") || again.text("subject") != "Plan" {
		t.Errorf("a second event: %v", again)
	}
	if got := r.tree(r.do("GET", "/me/events/"+r.make().text("id"), "")); got["transactionId"] != nil {
		t.Error("a transactionId that was not set")
	}
}

// A creation that is answered by 503 has happened all the same, without its extended properties (msgraph-sdk-ruby 38).
func TestACreationMayHappenByHalf(t *testing.T) {
	r := newRig(t, graph.Options{})
	if err := r.graph.HalfCreate("alice@example.com", 1); err != nil {
		t.Fatal(err)
	}
	body := event("transactionId", `"t"`, "singleValueExtendedProperties", extended("k"))
	a := r.want(503, r.do("POST", "/me/events", body))
	if code := r.tree(a).text("error/code"); code != "ConcurrentItemSave" {
		t.Errorf("code %q", code)
	}
	r.want(409, r.do("POST", "/me/events", body))
	all, ours := r.tree(r.do("GET", "/me/events", "")).values(), r.tree(r.do("GET", "/me/events"+having("Key", "k"), "")).values()
	if len(all) != 1 || all[0].text("transactionId") != "t" || len(ours) != 0 {
		t.Errorf("there are %d events, and %d with the property", len(all), len(ours))
	}
}

func TestIdsChangeOnAMoveUnlessTheyAreImmutable(t *testing.T) {
	r := newRig(t, graph.Options{})
	_, link := r.round("/me/calendarView/delta" + january)
	work, err := r.graph.CalendarID("alice@example.com", "Work")
	if err != nil {
		t.Fatal(err)
	}
	_, workLink := r.round("/me/calendars/" + work + "/calendarView/delta" + january)
	regular := r.tree(r.want(201, r.do("POST", "/me/events", event())))
	fixed := r.tree(r.do("GET", "/me/events/"+regular.text("id"), "", immut)).text("id")
	_, link = r.round(link)
	if err := r.graph.MoveTo("alice@example.com", fixed, "Work"); err != nil {
		t.Fatal(err)
	}
	moved := r.tree(r.want(200, r.do("GET", "/me/events/"+fixed, "")))
	if moved.text("id") == regular.text("id") || moved.text("iCalUId") != regular.text("iCalUId") {
		t.Errorf("moved: %v", moved["id"])
	}
	// Each request says for itself which ids it wants; a link is good for both.
	for _, prefer := range []string{"", immut} {
		want := map[bool]string{false: regular.text("id"), true: fixed}[prefer != ""]
		headers := []string{"X-None: 1"}
		if prefer != "" {
			headers = append(headers, prefer)
		}
		list, _ := r.round(link, headers...)
		if len(list) != 1 || list[0].text("id") != want || list[0]["@removed"] == nil {
			t.Errorf("prefer %q: %v", prefer, list)
		}
	}
	if list, _ := r.round(workLink); summary(list) != "singleInstance 05T07:00" || list[0].text("id") != moved.text("id") {
		t.Errorf("the other calendar: %v", list)
	}
}

func TestADeltaComesInPages(t *testing.T) {
	for name, v := range map[string]graph.Variants{
		"plain": {}, "empty pages": {EmptyPages: true}, "repeats": {Repeats: true}, "whole occurrences": {FullDelta: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, graph.Options{Variants: v})
			r.make("recurrence", recurs(daily5, numbered))
			link, pages, entries, thin := "/me/calendarView/delta"+january, 0, 0, 0
			for link != "" {
				a := r.want(200, r.do("GET", link, "", "Prefer: odata.maxpagesize=2"))
				if a.header.Get("Preference-Applied") != "odata.track-changes, odata.maxpagesize=2" {
					t.Errorf("applied %q", a.header.Get("Preference-Applied"))
				}
				page := r.tree(a)
				if n := len(page.values()); n > 2 || n == 0 && !v.EmptyPages {
					t.Errorf("a page of %d", n)
				}
				for _, x := range page.values() {
					if x["subject"] == nil {
						thin++
					}
				}
				pages++
				entries += len(page.values())
				link = page.text("@odata.nextLink")
			}
			want := map[string]string{"plain": "3 6 5", "empty pages": "4 6 5", "repeats": "6 12 10", "whole occurrences": "3 5 0"}[name]
			if got := fmt.Sprint(pages, entries, thin); got != want {
				t.Errorf("pages, entries, thin ones: %s, want %s", got, want)
			}
		})
	}
}

func TestAPageIsNotLostToAChangeBetween(t *testing.T) {
	r := newRig(t, graph.Options{})
	var ids []string
	for range 5 {
		ids = append(ids, r.make().text("id"))
	}
	first := r.tree(r.want(200, r.do("GET", "/me/calendarView/delta"+january, "", "Prefer: odata.maxpagesize=2", immut)))
	r.want(200, r.do("PATCH", "/me/events/"+ids[0], `{"subject":"Edited"}`))
	r.want(204, r.do("DELETE", "/me/events/"+ids[3], ""))
	rest, link := r.round(first.text("@odata.nextLink"), "Prefer: odata.maxpagesize=2", immut)
	if len(rest) != 2 || rest[0].text("id") != ids[2] || rest[1].text("id") != ids[4] {
		t.Errorf("the rest: %s", summary(rest))
	}
	next, _ := r.round(link, immut)
	if len(next) != 2 || next[0].text("subject") != "Edited" || next[1].text("id") != ids[3] {
		t.Errorf("the next round: %v", next)
	}
}

func TestEveryWriteToAMeetingMails(t *testing.T) {
	r := newRig(t, graph.Options{})
	mails := func() string {
		var out []string
		for _, m := range r.graph.Mails() {
			out = append(out, m.Method+" "+m.To)
		}
		return strings.Join(out, ", ")
	}
	id := r.make("attendees", attendees("bob@example.com", "out@example.net"), "recurrence", recurs(daily5, numbered)).text("id")
	want := "REQUEST bob@example.com, REQUEST out@example.net"
	check := func(step, more string) {
		t.Helper()
		if want += more; mails() != want {
			t.Errorf("%s: %s\nwant %s", step, mails(), want)
		}
	}
	check("creation", "")
	r.want(200, r.do("PATCH", "/me/events/"+id, `{"attendees":`+attendees("bob@example.com", "new@example.net")+`}`))
	check("attendees alone", ", CANCEL out@example.net, REQUEST new@example.net")
	r.want(200, r.do("PATCH", r.nth("/me/events/"+id, 1), `{"subject":"Other"}`))
	check("one occurrence", ", REQUEST bob@example.com, REQUEST new@example.net")
	r.want(200, r.do("PATCH", "/me/events/"+id, `{"subject":"All"}`))
	check("the series and its exception", strings.Repeat(", REQUEST bob@example.com, REQUEST new@example.net", 2))
	r.want(200, r.do("PATCH", "/me/events/"+id, `{"categories":["Red"]}`))
	check("a category", strings.Repeat(", REQUEST bob@example.com, REQUEST new@example.net", 2))
	r.graph.SetVariants(graph.Variants{QuietPersonal: true})
	r.want(200, r.do("PATCH", "/me/events/"+id, `{"categories":["Blue"]}`))
	check("a category, quietly", "")
	r.want(204, r.do("DELETE", "/me/events/"+id, ""))
	check("deletion", ", CANCEL bob@example.com, CANCEL new@example.net")
	r.graph.SetVariants(graph.Variants{QuietDelete: true})
	second := r.make("attendees", attendees("out@example.net")).text("id")
	r.want(204, r.do("DELETE", "/me/events/"+second, ""))
	check("deletion, quietly", ", REQUEST out@example.net")
	if all := r.graph.Mails(); !all[0].Local || all[1].Local || all[0].From != "alice@example.com" || all[0].Summary != "Plan" {
		t.Errorf("mails: %+v", all[:2])
	}
}

func TestAGuestsCopyIsTheOrganisers(t *testing.T) {
	r := newRig(t, graph.Options{})
	id, err := r.graph.Invite("alice@example.com", "boss@example.com", event("attendees", attendees("alice@example.com")))
	if err != nil {
		t.Fatal(err)
	}
	e := r.tree(r.want(200, r.do("GET", "/me/events/"+id, "")))
	if e["isOrganizer"] != false || e.text("organizer/emailAddress/address") != "boss@example.com" || e.text("responseStatus/response") != "notResponded" {
		t.Errorf("invited: %v", e)
	}
	r.want(200, r.do("PATCH", "/me/events/"+id, `{"isReminderOn":false,"categories":["Red"]}`))
	r.graph.SetVariants(graph.Variants{GuestsEdit: true})
	r.want(200, r.do("PATCH", "/me/events/"+id, `{"subject":"Mine"}`))
	r.want(204, r.do("DELETE", "/me/events/"+id, ""))
	if len(r.graph.Mails()) != 0 {
		t.Errorf("mails: %v", r.graph.Mails())
	}
}

func TestABodyHoldsTheLinkOfAnOnlineMeeting(t *testing.T) {
	r := newRig(t, graph.Options{})
	e := r.make("isOnlineMeeting", "true", "body", `{"contentType":"html","content":"<p>Agenda</p>"}`)
	link := e.text("onlineMeeting/joinUrl")
	if link == "" || !strings.Contains(e.text("body/content"), "Agenda") || !strings.Contains(e.text("body/content"), link) || e.text("onlineMeetingProvider") != "teamsForBusiness" {
		t.Fatalf("online: %v", e)
	}
	path := "/me/events/" + e.text("id")
	kept := r.tree(r.want(200, r.do("PATCH", path, `{"isOnlineMeeting":false,"subject":"x"}`)))
	if kept.text("onlineMeeting/joinUrl") != link {
		t.Error("isOnlineMeeting was taken back")
	}
	lost := r.tree(r.want(200, r.do("PATCH", path, `{"body":{"contentType":"text","content":"New agenda"}}`)))
	if lost["isOnlineMeeting"] != false || lost["onlineMeeting"] != nil {
		t.Errorf("the link survived its body: %v", lost["onlineMeeting"])
	}
}

func TestWhatIsPrivateIsMaskedInASharedCalendar(t *testing.T) {
	r := newRig(t, graph.Options{Users: []graph.User{{Name: "a@example.com", Calendars: []graph.Calendar{{Name: "Calendar"}, {Name: "Boss", Owner: "boss@example.com", HidePrivate: true}}}}})
	calendars := r.tree(r.want(200, r.do("GET", "/me/calendars", ""))).values()
	boss := calendars[1]
	if boss["canViewPrivateItems"] != false || boss["canEdit"] != true || boss.text("owner/address") != "boss@example.com" || calendars[0]["isDefaultCalendar"] != true {
		t.Errorf("calendars: %v", calendars)
	}
	e := r.tree(r.want(201, r.do("POST", "/me/calendars/"+boss.text("id")+"/events", event("sensitivity", `"private"`, "location", `{"displayName":"Clinic"}`))))
	if e.text("subject") == "Plan" || e.text("location/displayName") != "" || e.text("sensitivity") != "private" || e.text("start/dateTime") == "" {
		t.Errorf("masked: %v", e)
	}
}

func TestZonesGoInUnderBothNamesAndComeOutUnderWindows(t *testing.T) {
	for _, c := range []struct {
		keep     bool
		in, want string
	}{
		{false, "Europe/Helsinki", "FLE Standard Time"}, {false, "FLE Standard Time", "FLE Standard Time"}, {false, "UTC", "UTC"},
		{true, "Europe/Helsinki", "Europe/Helsinki"}, {true, "Pacific Standard Time", "Pacific Standard Time"},
	} {
		r := newRig(t, graph.Options{Variants: graph.Variants{KeepIANA: c.keep}})
		at := `{"dateTime":"2026-01-05T09:00:00.0000000","timeZone":"` + c.in + `"}`
		e := r.make("start", at, "end", at)
		if e.text("originalStartTimeZone") != c.want {
			t.Errorf("%s comes back as %s", c.in, e["originalStartTimeZone"])
		}
		if got := r.tree(r.do("GET", "/me/events/"+e.text("id"), "", `Prefer: outlook.timezone="`+c.in+`"`)); got.text("start/dateTime") != "2026-01-05T09:00:00.0000000" || got.text("start/timeZone") != c.in {
			t.Errorf("asked for in %s: %v", c.in, got["start"])
		}
	}
	r := newRig(t, graph.Options{Variants: graph.Variants{NoUID: true}})
	e := r.make("isAllDay", "true", "start", string(times("2026-01-05T00:00:00")), "end", string(times("2026-01-06T00:00:00")))
	if e.text("start/dateTime") != "2026-01-04T22:00:00.0000000" || e["uid"] != nil {
		t.Errorf("a whole day in UTC is shifted: %v", e["start"])
	}
	if err := r.graph.CustomZone("alice@example.com", e.text("id")); err != nil {
		t.Fatal(err)
	}
	if got := r.tree(r.do("GET", "/me/events/"+e.text("id"), "")); got.text("originalStartTimeZone") != "tzone://Microsoft/Custom" || got.text("start/timeZone") != "UTC" {
		t.Errorf("custom zone: %v", got["originalStartTimeZone"])
	}
}

func TestFourRequestsAtATime(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{false, true} {
		t.Run(fmt.Sprint("of all mailboxes: ", together), func(t *testing.T) { testConcurrency(t, together) })
	}
}

func testConcurrency(t *testing.T, together bool) {
	// Each takes for ever, until its client goes.
	r := newRig(t, graph.Options{Latency: time.Hour, RetryAfter: time.Second, Variants: graph.Variants{AppConcurrency: together}})
	r.graph.SetLatency(0)
	code := r.query(r.press(r.press(r.authorize(ask()), "user", "bob@example.com", "password", "secret", "answer", "signin"), "answer", "accept")).Get("code")
	bob := r.tree(r.want(200, r.tokens("code", code))).text("access_token")
	r.graph.SetLatency(time.Hour)
	ctx, leave := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.http.URL+"/v1.0/me/events", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer all")
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = resp.Body.Close()
				t.Error("a request ended by itself")
			}
		})
	}
	for late := time.Now().Add(20 * time.Second); r.graph.Running("alice@example.com") < 4; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("four requests were not let in")
		}
	}
	fifth := r.want(429, r.do("GET", "/me/events", ""))
	if fifth.header.Get("Retry-After") != "1" || !strings.Contains(fifth.body, "MailboxConcurrency") {
		t.Errorf("the fifth is answered %v", fifth)
	}
	// Somebody else's request is let in, or not: it is given up if it is.
	patience := 300 * time.Millisecond
	if together {
		patience = 20 * time.Second
	}
	brief, giveUp := context.WithTimeout(ctx, patience)
	defer giveUp()
	req, err := http.NewRequestWithContext(brief, http.MethodGet, r.http.URL+"/v1.0/me/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bob)
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if refused := err == nil && resp.StatusCode == http.StatusTooManyRequests; refused != together {
		t.Errorf("a request on another mailbox: %v", err)
	}
	leave()
	wg.Wait()
	r.graph.SetLatency(0)
	// A retry before its time makes the wait longer.
	r.now = r.now.Add(900 * time.Millisecond)
	r.want(429, r.do("GET", "/me/events", ""))
	r.now = r.now.Add(900 * time.Millisecond)
	r.want(429, r.do("GET", "/me/events", ""))
	r.now = r.now.Add(time.Second)
	r.want(200, r.do("GET", "/me/events", ""))
}

func TestEachPartOfABatchHasItsOwnAnswer(t *testing.T) {
	r := newRig(t, graph.Options{})
	if err := r.graph.Faults(standin.Fault{Path: "/me/calendars$", Status: 429, RetryAfter: 3, Times: 1}); err != nil {
		t.Fatal(err)
	}
	a := r.tree(r.want(200, batch(`{"id":"1","method":"POST","url":"/me/events","headers":{"Content-Type":"application/json"},"body":`+event()+`},`+
		`{"id":"2","method":"GET","url":"/me/calendars"},{"id":"3","method":"GET","url":"/me/events/x"},`+
		`{"id":"4","method":"GET","url":"me/events?$select=subject","dependsOn":["1"]},{"id":"5","method":"GET","url":"/me","dependsOn":["3"]}`)(r)))
	list, _ := a["responses"].([]any)
	var got []string
	byID := map[string]tree{}
	for _, x := range list {
		p := tree(x.(map[string]any))
		got = append(got, fmt.Sprint(p["id"], ":", p["status"]))
		byID[p.text("id")] = p
	}
	if s := strings.Join(got, " "); s != "5:424 4:200 3:400 2:429 1:201" {
		t.Errorf("answers: %s", s)
	}
	if byID["2"].text("headers/Retry-After") != "3" || byID["5"].text("headers/X-Standin-Refusal") != "M-80" || byID["5"].text("body/error/code") != "FailedDependency" {
		t.Errorf("parts: %v, %v", byID["2"], byID["5"])
	}
	if values := tree(byID["4"].at("body").(map[string]any)).values(); len(values) != 1 || values[0].text("subject") != "Plan" {
		t.Errorf("the list after the creation: %v", byID["4"])
	}
}

func TestListsComeInPagesAndInOrder(t *testing.T) {
	r := newRig(t, graph.Options{})
	for i := range 12 {
		r.make("subject", fmt.Sprintf(`"E%02d"`, i), "start", string(times(fmt.Sprintf("2026-01-%02dT09:00:00", 20-i))), "end", string(times(fmt.Sprintf("2026-01-%02dT10:00:00", 20-i))))
	}
	link, got := "/me/events?$orderby=start/dateTime&$select=subject&$top=5&$count=true", ""
	for link != "" {
		page := r.tree(r.want(200, r.do("GET", link, "")))
		if page.at("@odata.count") != 12.0 {
			t.Errorf("count %v", page.at("@odata.count"))
		}
		for _, x := range page.values() {
			got += x.text("subject")[1:] + " "
		}
		link = page.text("@odata.nextLink")
	}
	if got != "11 10 09 08 07 06 05 04 03 02 01 00 " {
		t.Errorf("in order: %s", got)
	}
	if n := len(r.tree(r.do("GET", "/me/events", "")).values()); n != 10 {
		t.Errorf("a page has %d without being asked", n)
	}
	filter := url.QueryEscape("start/dateTime ge '2026-01-19T00:00:00Z' and subject ne 'e00'")
	if list := r.tree(r.want(200, r.do("GET", "/me/events?$filter="+filter, ""))).values(); len(list) != 1 || list[0].text("subject") != "E01" {
		t.Errorf("filtered: %v", list)
	}
	view := r.tree(r.want(200, r.do("GET", "/users/alice@example.com/calendarView?startDateTime=2026-01-19T00:00:00Z&endDateTime=2026-01-21T00:00:00Z", ""))).values()
	if len(view) != 2 || view[0].text("subject") != "E01" {
		t.Errorf("view: %v", view)
	}
}

func TestCalendarsAreMadeAndGo(t *testing.T) {
	r := newRig(t, graph.Options{})
	c := r.tree(r.want(201, r.do("POST", "/me/calendars", `{"name":"Tahti"}`)))
	path := "/me/calendars/" + c.text("id")
	e := r.tree(r.want(201, r.do("POST", path+"/events", event(), immut)))
	_, link := r.round(path + "/calendarView/delta" + january)
	if got := r.tree(r.want(200, r.do("PATCH", path, `{"name":"Tahti 2"}`))); got.text("name") != "Tahti 2" || got.text("id") != c.text("id") {
		t.Errorf("renamed: %v", got)
	}
	r.want(200, r.do("GET", path, ""))
	r.want(204, r.do("DELETE", path, ""))
	r.want(404, r.do("GET", path, ""))
	r.want(404, r.do("GET", link, ""))
	r.want(404, r.do("GET", "/me/events/"+e.text("id"), ""))
}

func TestWhatADeltaMayTellBesides(t *testing.T) {
	r := newRig(t, graph.Options{Variants: graph.Variants{EarlyRemoved: true, PartialDelta: true}})
	gone := r.make().text("id")
	r.want(204, r.do("DELETE", "/me/events/"+gone, ""))
	kept := r.make("location", `{"displayName":"Room"}`)
	list, link := r.round("/me/calendarView/delta"+january, immut)
	if len(list) != 2 || list[0].text("id") != gone || list[0].text("@removed/reason") != "changed" || list[1].text("subject") != "Plan" {
		t.Fatalf("first round: %v", list)
	}
	r.now = r.now.Add(time.Minute)
	r.want(200, r.do("PATCH", "/me/events/"+kept.text("id"), `{"subject":"Other"}`))
	list, _ = r.round(link, immut)
	var names []string
	for name := range list[0] {
		names = append(names, name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "@odata.etag @odata.type changeKey id lastModifiedDateTime seriesMasterId subject type" {
		t.Errorf("a changed event shows %s", got)
	}
}

func TestANewEventMayAppearLate(t *testing.T) {
	r := newRig(t, graph.Options{Variants: graph.Variants{LateItems: true}})
	path := "/me/events/" + r.make().text("id")
	r.want(404, r.do("GET", path, ""))
	r.want(200, r.do("GET", path, ""))
}

func TestACopyCarriesOurProperties(t *testing.T) {
	for _, bare := range []bool{false, true} {
		r := newRig(t, graph.Options{Variants: graph.Variants{BareCopies: bare, FewIANA: true}})
		at := `{"dateTime":"2026-01-05T09:00:00","timeZone":"FLE Standard Time"}`
		e := r.make("start", at, "end", at, "singleValueExtendedProperties", extended("k"))
		id, err := r.graph.Copy("alice@example.com", e.text("id"), "Work")
		if err != nil {
			t.Fatal(err)
		}
		copied := r.tree(r.want(200, r.do("GET", "/me/events/"+id, "")))
		if n := len(r.tree(r.do("GET", "/me/events"+having("Key", "k"), "")).values()); copied.text("iCalUId") == e.text("iCalUId") || (n == 1) != bare {
			t.Errorf("bare %t: %d events have the property", bare, n)
		}
	}
}
