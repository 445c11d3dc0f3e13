package graph_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/graph"
)

// rig is a server behind a real listener, and a clock that moves only by hand.
type rig struct {
	*testing.T
	graph *graph.Server
	http  *httptest.Server
	now   time.Time
	token string

	track  bool   // keeps what was stored before each request
	before string // that
}

func newRig(t *testing.T, opt graph.Options) *rig {
	t.Helper()
	r := &rig{T: t, token: "all", now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	if opt.Users == nil {
		opt.Users = []graph.User{
			{Name: "alice@example.com", Password: "secret", Calendars: []graph.Calendar{
				{Name: "Calendar"}, {Name: "Work"}, {Name: "Shared", Owner: "boss@example.com", ReadOnly: true}}},
			{Name: "bob@example.com", Password: "secret"},
		}
	}
	if opt.Token == "" {
		opt.Token = "all"
	}
	opt.Now = func() time.Time { return r.now }
	r.graph = graph.New(opt)
	r.http = httptest.NewServer(r.graph)
	t.Cleanup(r.http.Close)
	return r
}

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends one request; headers are "Name: value". path is what follows the host, or a whole link.
func (r *rig) do(method, path, body string, headers ...string) answer {
	r.Helper()
	if r.track {
		r.before = r.stored()
	}
	if !strings.HasPrefix(path, "http") {
		path = r.http.URL + "/v1.0" + path
	}
	req, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Add(name, value)
	}
	client := http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
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

// stored is everything that the first user's calendars hold.
func (r *rig) stored() string {
	r.Helper()
	var all strings.Builder
	for _, name := range []string{"Calendar", "Work", "Shared"} {
		list, err := r.graph.Events("alice@example.com", name)
		if err != nil {
			continue // a test with users of its own
		}
		fmt.Fprintf(&all, "%s: %s\n", name, list)
	}
	return all.String()
}

// want does nothing but compare the status.
func (r *rig) want(status int, a answer) answer {
	r.Helper()
	if a.status != status {
		r.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// tree is JSON as it comes.
type tree map[string]any

func (r *rig) tree(a answer) tree {
	r.Helper()
	var t tree
	if err := json.Unmarshal([]byte(a.body), &t); err != nil {
		r.Fatalf("%v: %s", err, a.body)
	}
	return t
}

// at reads a member below, by a path with dots.
func (t tree) at(path string) any {
	var v any = map[string]any(t)
	for name := range strings.SplitSeq(path, "/") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (t tree) text(path string) string { s, _ := t.at(path).(string); return s }

// values are the entries of a list.
func (t tree) values() []tree {
	list, _ := t["value"].([]any)
	var out []tree
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			out = append(out, tree(m))
		}
	}
	return out
}

// event is a body: one hour from nine in Helsinki on 5 January, a Monday, with members added or replaced.
func event(members ...string) string {
	o := map[string]json.RawMessage{
		"subject": json.RawMessage(`"Plan"`), "start": times("2026-01-05T09:00:00"), "end": times("2026-01-05T10:00:00"),
	}
	for i := 0; i+1 < len(members); i += 2 {
		o[members[i]] = json.RawMessage(members[i+1])
	}
	b, err := json.Marshal(o)
	if err != nil {
		panic(fmt.Sprint(err, members))
	}
	return string(b)
}

func times(wall string) json.RawMessage {
	return json.RawMessage(`{"dateTime":"` + wall + `","timeZone":"Europe/Helsinki"}`)
}

// recurs is a recurrence from 5 January with the parts given.
func recurs(pattern, rng string) string {
	return `{"pattern":{` + pattern + `},"range":{"startDate":"2026-01-05",` + rng + `}}`
}

const (
	daily5   = `"type":"daily","interval":1`
	numbered = `"type":"numbered","numberOfOccurrences":5`
	january  = "?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z"
	immut    = `Prefer: IdType="ImmutableId"`
)

// make posts an event and answers it.
func (r *rig) make(members ...string) tree {
	r.Helper()
	return r.tree(r.want(201, r.do("POST", "/me/events", event(members...), immut)))
}

// round follows a delta to its deltaLink and answers the entries and the link.
func (r *rig) round(link string, headers ...string) ([]tree, string) {
	r.Helper()
	var all []tree
	for range 50 {
		t := r.tree(r.want(200, r.do("GET", link, "", headers...)))
		all = append(all, t.values()...)
		if next := t.text("@odata.nextLink"); next != "" {
			link = next
			continue
		}
		return all, t.text("@odata.deltaLink")
	}
	r.Fatal("no deltaLink after 50 pages")
	return nil, ""
}

// summary writes the entries of a delta in short: type and day, or removed.
func summary(list []tree) string {
	var out []string
	for _, x := range list {
		if x["@removed"] != nil {
			out = append(out, "removed")
			continue
		}
		day := x.text("start/dateTime")
		out = append(out, x.text("type")+" "+day[8:min(16, len(day))])
	}
	return strings.Join(out, ", ")
}

func TestAnEventComesBackAsTheOriginalShowsIt(t *testing.T) {
	r := newRig(t, graph.Options{})
	e := r.make("body", `{"contentType":"text","content":"a <b>\nc"}`, "location", `{"displayName":"Room"}`, "transactionId", `"t-1"`,
		"singleValueExtendedProperties", `[{"id":"String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Key","value":"K1"}]`)
	for path, want := range map[string]any{
		"subject": "Plan", "start/dateTime": "2026-01-05T07:00:00.0000000", "start/timeZone": "UTC", "originalStartTimeZone": "FLE Standard Time",
		"type": "singleInstance", "isOrganizer": true, "showAs": "busy", "location/displayName": "Room", "transactionId": "t-1", "body/contentType": "html",
		"bodyPreview": "a <b>\r\nc", "organizer/emailAddress/address": "alice@example.com", "createdDateTime": "2026-01-05T09:00:00.0000000Z",
	} {
		if got := e.at(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if !strings.HasPrefix(e.text("@odata.etag"), `W/"`) || e.text("@odata.etag") != `W/"`+e.text("changeKey")+`"` || e["singleValueExtendedProperties"] != nil {
		t.Errorf("etag %v, properties %v", e["@odata.etag"], e["singleValueExtendedProperties"])
	}
	a := r.want(200, r.do("GET", "/me/events/"+e.text("id"), "", `Prefer: outlook.timezone="Europe/Helsinki"`, `Prefer: outlook.body-content-type="text", IdType="ImmutableId"`))
	got := r.tree(a)
	if got.text("start/dateTime") != "2026-01-05T09:00:00.0000000" || got.text("start/timeZone") != "Europe/Helsinki" || got.text("body/content") != "a <b>\r\nc" {
		t.Errorf("by preference: %s", a.body)
	}
	if applied := a.header.Get("Preference-Applied"); applied != `outlook.timezone="Europe/Helsinki", outlook.body-content-type="text", IdType="ImmutableId"` {
		t.Errorf("applied %q", applied)
	}
	expand := url.QueryEscape(`singleValueExtendedProperties($filter=id eq 'String {66F5A359-4659-4830-9070-00047EC6AC6E} Name Key')`)
	found := r.tree(r.want(200, r.do("GET", "/me/events/"+e.text("id")+"?$expand="+expand+"&$select=subject", "")))
	if list, _ := found["singleValueExtendedProperties"].([]any); len(list) != 1 || found["start"] != nil || found["subject"] != "Plan" {
		t.Errorf("expanded: %v", found)
	}
}

func TestAWriteIsGuardedByItsETag(t *testing.T) {
	r := newRig(t, graph.Options{})
	e := r.make()
	path := "/me/events/" + e.text("id")
	a := r.want(200, r.do("PATCH", path, `{"subject":"B"}`, "If-Match: "+e.text("@odata.etag")))
	r.want(412, r.do("PATCH", path, `{"subject":"C"}`, "If-Match: "+e.text("@odata.etag")))
	r.want(412, r.do("DELETE", path, "", "If-Match: "+e.text("@odata.etag")))
	if got := r.tree(r.do("GET", path, "")); got.text("subject") != "B" || a.header.Get("ETag") != got.text("@odata.etag") {
		t.Errorf("%v after %q", got["subject"], a.header.Get("ETag"))
	}
	if err := r.graph.Housekeep("alice@example.com", e.text("id")); err != nil {
		t.Fatal(err)
	}
	r.want(412, r.do("PATCH", path, `{"subject":"C"}`, "If-Match: "+a.header.Get("ETag")))
	r.want(204, r.do("DELETE", path, "", "If-Match: *"))
	r.want(404, r.do("GET", path, ""))
}

// A change key may move by itself, as memory says, or stay where nothing that a client sees has changed.
func TestHousekeepingMovesTheChangeKeyOrDoesNot(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		r := newRig(t, graph.Options{Variants: graph.Variants{NoHousekeeping: quiet}})
		e := r.make()
		if err := r.graph.Housekeep("alice@example.com", e.text("id")); err != nil {
			t.Fatal(err)
		}
		now := r.tree(r.want(200, r.do("GET", "/me/events/"+e.text("id"), "")))
		if stays := now.text("changeKey") == e.text("changeKey"); stays != quiet {
			t.Errorf("without housekeeping %v: the change key stays %v", quiet, stays)
		}
	}
}

func TestADeltaTellsWhatChangedInItsWindow(t *testing.T) {
	r := newRig(t, graph.Options{})
	in := r.make().text("id")
	series := r.make("subject", `"Daily"`, "recurrence", recurs(daily5, numbered)).text("id")
	list, link := r.round("/me/calendarView/delta"+january, immut)
	if got := summary(list); got != "singleInstance 05T07:00, seriesMaster 05T07:00, occurrence 05T07:00, occurrence 06T07:00, occurrence 07T07:00, "+
		"occurrence 08T07:00, occurrence 09T07:00" {
		t.Fatalf("first round: %s", got)
	}
	if list[3]["subject"] != nil || list[3].text("seriesMasterId") != series {
		t.Errorf("an occurrence is not thin: %v", list[3])
	}
	if list, _ = r.round(link, immut); len(list) != 0 {
		t.Errorf("nothing happened, and the delta tells %s", summary(list))
	}
	// Out of the window; one outside; one occurrence taken out; one moved.
	r.want(200, r.do("PATCH", "/me/events/"+in, event("start", string(times("2026-03-05T09:00:00")), "end", string(times("2026-03-05T10:00:00")))))
	out := r.make("start", string(times("2026-04-05T09:00:00")), "end", string(times("2026-04-05T10:00:00"))).text("id")
	occurrences := r.tree(r.want(200, r.do("GET", "/me/events/"+series+"/instances"+january, "", immut))).values()
	r.want(204, r.do("DELETE", "/me/events/"+occurrences[1].text("id"), ""))
	r.want(200, r.do("PATCH", "/me/events/"+occurrences[3].text("id"), event("start", string(times("2026-01-08T15:00:00")), "end", string(times("2026-01-08T16:00:00")))))
	list, link = r.round(link, immut)
	if got := summary(list); got != "removed, seriesMaster 05T07:00, occurrence 05T07:00, occurrence 07T07:00, exception 08T13:00, occurrence 09T07:00, removed, removed" {
		t.Errorf("second round: %s", got)
	}
	if list[0].text("id") != in || list[6].text("id") != occurrences[1].text("id") || list[7].text("id") != out || list[0].text("@removed/reason") != "deleted" {
		t.Errorf("removed are %s, %s, %s", list[0]["id"], list[6]["id"], list[7]["id"])
	}
	r.want(200, r.do("GET", "/me/events/"+in, ""))
	r.want(204, r.do("DELETE", "/me/events/"+series, ""))
	if list, _ = r.round(link, immut); summary(list) != "removed, removed, removed, removed, removed" {
		t.Errorf("third round: %s", summary(list))
	}
}
