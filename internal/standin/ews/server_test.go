package ews_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tahti/internal/standin"
	"tahti/internal/standin/ews"
)

// rig is a server behind a real listener, and a clock that moves only by hand.
type rig struct {
	*testing.T
	ews     *ews.Server
	http    *httptest.Server
	now     time.Time
	user    string
	pass    string
	version string
	header  string // more of the SOAP header
	before  string // what was stored, see track
}

func newRig(t *testing.T, opt ews.Options) *rig {
	t.Helper()
	r := &rig{T: t, user: "alice@example.com", pass: "secret", version: "Exchange2016", now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	if opt.Users == nil {
		opt.Users = []ews.User{
			{Name: "alice@example.com", Password: "secret", Calendars: []string{"Work"}}, {Name: "bob@example.com", Password: "secret"},
		}
	}
	opt.Now = func() time.Time { return r.now }
	r.ews = ews.New(opt)
	r.http = httptest.NewUnstartedServer(keepExchanges(t, r.ews))
	r.http.Config.ConnState = r.ews.ConnState
	r.http.Start()
	t.Cleanup(r.http.Close)
	return r
}

// keepExchanges writes every request and answer that is SOAP into the folder that TAHTI_EWS_EXCHANGES names, for whoever has
// the original's schemas to hold them to.
func keepExchanges(t *testing.T, next http.Handler) http.Handler {
	dir := os.Getenv("TAHTI_EWS_EXCHANGES")
	if dir == "" {
		return next
	}
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body) // what is lost here is missed by the test
		r.Body = io.NopCloser(bytes.NewReader(asked))
		if bytes.Contains(asked, []byte("GetStreamingEvents")) {
			next.ServeHTTP(w, r) // its answer comes bit by bit
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
		name := filepath.Join(dir, fmt.Sprintf("%s-%03d", strings.ReplaceAll(t.Name(), "/", "_"), n.Add(1)))
		if err := errors.Join(os.WriteFile(name+".request.xml", asked, 0o600), os.WriteFile(name+".answer.xml", rec.Body.Bytes(), 0o600)); err != nil {
			t.Error(err)
		}
	})
}

// stored is everything that alice's calendars hold.
func (r *rig) stored() string {
	r.Helper()
	var all strings.Builder
	for _, name := range []string{"Calendar", "Work"} {
		list, err := r.ews.Events("alice@example.com", name)
		if err != nil {
			r.Fatal(err)
		}
		fmt.Fprintf(&all, "%s: %s\n", name, list)
	}
	return all.String()
}

// track remembers what is stored.
func (r *rig) track() { r.Helper(); r.before = r.stored() }

// answer is a response with its body read, and parsed where it is XML.
type answer struct {
	status int
	header http.Header
	body   string
	xml    *tree
}

// envelope wraps an operation.
func (r *rig) envelope(body string) string {
	return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
		`xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">` +
		`<s:Header><t:RequestServerVersion Version="` + r.version + `"/>` + r.header + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
}

// soap sends one operation.
func (r *rig) soap(body string) answer { r.Helper(); return r.post(r.envelope(body)) }

// post sends one body as it is.
func (r *rig) post(body string) answer {
	r.Helper()
	return r.do("POST", "/EWS/Exchange.asmx", body, "Content-Type: text/xml; charset=utf-8")
}

// do sends one request; headers are "Name: value".
func (r *rig) do(method, path, body string, headers ...string) answer {
	r.Helper()
	req, err := http.NewRequest(method, r.http.URL+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	if r.user != "" {
		req.SetBasicAuth(r.user, r.pass)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
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
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(b)}
	if e, err := standin.ParseXML(strings.NewReader(a.body)); err == nil {
		a.xml = (*tree)(e)
	}
	return a
}

// tree is an answer's XML, looked through by local names.
type tree standin.Element

// all are the elements of a name, wherever they are.
func (x *tree) all(name string) (list []*tree) {
	if x == nil {
		return nil
	}
	if x.Name.Local == name {
		list = append(list, x)
	}
	for _, k := range x.Children {
		list = append(list, (*tree)(k).all(name)...)
	}
	return list
}

// text is that of the first element of a name.
func (x *tree) text(name string) string {
	if list := x.all(name); len(list) > 0 {
		return list[0].Text
	}
	return ""
}

// attr is an attribute of the first element of a name.
func (x *tree) attr(name, attr string) string {
	if list := x.all(name); len(list) > 0 {
		return (*standin.Element)(list[0]).Attr(attr)
	}
	return ""
}

// code is the code of the first response message, or of the fault.
func (a answer) code() string { return a.xml.text("ResponseCode") }

// ok holds that everything that was asked for was done.
func (r *rig) ok(a answer) answer {
	r.Helper()
	if a.status != http.StatusOK || a.code() == "" {
		r.Fatalf("status %d: %s", a.status, a.body)
	}
	for _, c := range a.xml.all("ResponseCode") {
		if c.Text != "NoError" {
			r.Fatalf("%s", a.body)
		}
	}
	return a
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err)
	}
	return b.String()
}

// ref is an ItemId, with its change key unless that is "".
type ref struct{ id, key string }

func (x ref) String() string {
	s := `<t:ItemId Id="` + escape(x.id) + `"`
	if x.key != "" {
		s += ` ChangeKey="` + escape(x.key) + `"`
	}
	return s + `/>`
}

// nth names an occurrence by its place.
func (x ref) nth(place int) string {
	return fmt.Sprintf(`<t:OccurrenceItemId RecurringMasterId="%s" ChangeKey="%s" InstanceIndex="%d"/>`, escape(x.id), escape(x.key), place)
}

func (a answer) ref() ref { return ref{a.xml.attr("ItemId", "Id"), a.xml.attr("ItemId", "ChangeKey")} }

const helsinki = `<t:StartTimeZone Id="FLE Standard Time"/><t:EndTimeZone Id="FLE Standard Time"/>`

// event is the inside of a CalendarItem on 6 January 2026 from 9 to 10 in Helsinki.
func event(subject string) string {
	return `<t:Subject>` + subject + `</t:Subject><t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End>` + helsinki
}

const daily5 = `<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence><t:StartDate>2026-01-06</t:StartDate>` +
	`<t:NumberOfOccurrences>5</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>`

// series is a daily series of five.
func series(subject string) string {
	return `<t:Subject>` + subject + `</t:Subject><t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End>` + daily5 + helsinki
}

func create(inside string) string {
	return `<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>` + inside + `</t:CalendarItem></m:Items></m:CreateItem>`
}

// make makes an event.
func (r *rig) make(inside string) ref { r.Helper(); return r.ok(r.soap(create(inside))).ref() }

// set is a SetItemField of a calendar property.
func set(uri, inside string) string {
	return `<t:SetItemField><t:FieldURI FieldURI="` + uri + `"/><t:CalendarItem>` + inside + `</t:CalendarItem></t:SetItemField>`
}

func update(id fmt.Stringer, resolution, updates string) string {
	return updateOf(id.String(), resolution, updates)
}

func updateOf(id, resolution, updates string) string {
	return `<m:UpdateItem ConflictResolution="` + resolution + `" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>` + id +
		`<t:Updates>` + updates + `</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
}

const all = `<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>`

func get(id string) string {
	return `<m:GetItem>` + all + `<m:ItemIds>` + id + `</m:ItemIds></m:GetItem>`
}

func del(id string) string {
	return `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>` + id + `</m:ItemIds></m:DeleteItem>`
}

const inCalendar = `<t:DistinguishedFolderId Id="calendar"/>`

func sync(state string, most int) string {
	if state != "" {
		state = `<m:SyncState>` + state + `</m:SyncState>`
	}
	return `<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties>` +
		`</m:ItemShape><m:SyncFolderId>` + inCalendar + `</m:SyncFolderId>` + state + fmt.Sprintf(`<m:MaxChangesReturned>%d</m:MaxChangesReturned></m:SyncFolderItems>`, most)
}

// changes are what a synchronization told, as "Create Subject", in its order, and the new state.
func (r *rig) changes(state string, most int) (list []string, next string, last bool) {
	r.Helper()
	a := r.ok(r.soap(sync(state, most)))
	for _, x := range a.xml.all("Changes")[0].Children {
		list = append(list, strings.TrimSpace(x.Name.Local+" "+(*tree)(x).text("Subject")))
	}
	return list, a.xml.text("SyncState"), a.xml.text("IncludesLastItemInRange") == "true"
}
