package ews

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
)

// longID is as long as Exchange's ids are.
func longID(i int) string {
	return fmt.Sprintf("AAMkAGE1M2IyNGNmLTI5MTktNDUyZi1iOTVhLTViNTQ3MDRkZGYwYQBGAAAAAAD24/%s%06d=", strings.Repeat("x", 76), i)
}

var askedIDs = regexp.MustCompile(`<t:ItemId Id="([^"]*?(\d{6})=)"`)

// mailboxOf is a server with n events, of which each tenth is a series; it counts what it is asked.
func mailboxOf(tb testing.TB, n int) (c *Calendar, requests *int) {
	tb.Helper()
	text := `&lt;html&gt;&lt;body&gt;&lt;div&gt;` + strings.Repeat("Some lines of text, as people write them into their meetings.&lt;br&gt;", 20) + `&lt;/div&gt;&lt;/body&gt;&lt;/html&gt;`
	return serving(tb, n, func(i int) string { return eventNumber(i, text) })
}

// serving is a server that lists n events, and answers with whatever each of them is to be.
func serving(tb testing.TB, n int, item func(i int) string) (c *Calendar, requests *int) {
	tb.Helper()
	requests = new(int)
	c, err := Open(Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "folder", SignIn: Basic, Username: alice, Password: "secret", TimeZone: "Europe/Helsinki", Now: time.Now,
		Transport: scripted(func(r *http.Request) (*http.Response, error) {
			*requests++
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if strings.Contains(string(body), "m:SyncFolderItems") {
				return backdoor.Reply(r, 200, xmlKind, listed(string(body), n)), nil
			}
			var items []string
			for _, m := range askedIDs.FindAllStringSubmatch(string(body), -1) {
				i, _ := strconv.Atoi(m[2]) // digits, by the expression
				items = append(items, item(i))
			}
			return backdoor.Reply(r, 200, xmlKind, got(items...)), nil
		})})
	must(tb, err)
	return c, requests
}

// listed is the page of changes that follows a state, which is a number here.
func listed(request string, n int) string {
	from := 0
	if _, state, ok := strings.Cut(request, "<m:SyncState>"); ok {
		state, _, _ = strings.Cut(state, "<")
		from, _ = strconv.Atoi(state)
	}
	var b strings.Builder
	to := min(n, from+mostChanges)
	for i := from; i < to; i++ {
		b.WriteString(`<t:Create><t:CalendarItem><t:ItemId Id="` + longID(i) + `" ChangeKey="DwAAABYAAAAdqO7BpcKuQ7tP4sAW0Cvu` + fmt.Sprintf("%06d", i) + `"/></t:CalendarItem></t:Create>`)
	}
	return soap(`<m:SyncFolderItemsResponse><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:SyncState>` + strconv.Itoa(to) +
		`</m:SyncState><m:IncludesLastItemInRange>` + boolean(to == n) + `</m:IncludesLastItemInRange><m:Changes>` + b.String() + `</m:Changes></m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>`)
}

// eventNumber is an item with all that an item of people's has.
func eventNumber(i int, text string) string {
	series := ""
	if i%10 == 0 {
		series = `<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Tuesday</t:DaysOfWeek></t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-03-03+02:00</t:StartDate>` +
			`<t:NumberOfOccurrences>30</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>`
	}
	return `<t:CalendarItem><t:ItemId Id="` + longID(i) + `" ChangeKey="DwAAABYAAAAdqO7BpcKuQ7tP4sAW0Cvu` + fmt.Sprintf("%06d", i) + `"/><t:Subject>Number ` + strconv.Itoa(i) + `</t:Subject><t:Sensitivity>Normal</t:Sensitivity>` +
		`<t:Body BodyType="HTML">` + text + `</t:Body><t:DateTimeCreated>2026-01-01T08:00:00Z</t:DateTimeCreated><t:LastModifiedTime>2026-01-02T08:00:00Z</t:LastModifiedTime>` +
		`<t:UID>040000008200E00074C5B7101A82E00800000000D0A7A4C36CC8DB0100000000000000001000000012F0A1B2C3D4E5F60718293A4B` + fmt.Sprintf("%06d", i) + `</t:UID>` +
		`<t:Start>2026-03-03T07:30:00Z</t:Start><t:End>2026-03-03T08:15:00Z</t:End><t:IsAllDayEvent>false</t:IsAllDayEvent><t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus><t:Location>Room 4</t:Location>` +
		`<t:IsMeeting>true</t:IsMeeting><t:IsCancelled>false</t:IsCancelled><t:MyResponseType>Organizer</t:MyResponseType><t:Organizer><t:Mailbox><t:Name>Alice</t:Name><t:EmailAddress>alice@example.com</t:EmailAddress></t:Mailbox></t:Organizer>` +
		`<t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Bob</t:Name><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox><t:ResponseType>Unknown</t:ResponseType></t:Attendee></t:RequiredAttendees>` +
		series + `<t:StartTimeZone Id="FLE Standard Time"/><t:EndTimeZone Id="FLE Standard Time"/><t:IsOrganizer>true</t:IsOrganizer></t:CalendarItem>`
}

// firstSync lists and reads a calendar as the engine does: batch by batch, each forgotten when it is saved.
func firstSync(tb testing.TB, c *Calendar, each func()) (items int) {
	tb.Helper()
	p, err := c.Pull(tb.Context(), "", nil)
	must(tb, err)
	listed := p.(provider.Snapshot).Items
	for from := 0; from < len(listed); from += batchSize {
		var ids []provider.RemoteID
		for _, it := range listed[from:min(len(listed), from+batchSize)] {
			ids = append(ids, it.ID)
		}
		read, err := c.Read(tb.Context(), ids)
		must(tb, err)
		for _, it := range read {
			if it.State == provider.StateLive {
				items++
			}
		}
		each()
	}
	return items
}

// Ten thousand items take as many requests as there are pages and batches.
func TestRequestsOfAFirstSync(t *testing.T) {
	const n = 10_000
	c, requests := mailboxOf(t, n)
	if items := firstSync(t, c, func() {}); items != n {
		t.Fatalf("%d items", items)
	}
	if want := (n+mostChanges-1)/mostChanges + (n+batchSize-1)/batchSize; *requests != want {
		t.Errorf("%d requests, want %d", *requests, want)
	}
}

// BenchmarkFirstSync lists and reads 10,000 items that nobody knows, and tells how much memory is in use at the most, the made-up server's
// included.
func BenchmarkFirstSync(b *testing.B) {
	c, requests := mailboxOf(b, 10_000)
	most, n := uint64(0), 0
	for b.Loop() {
		runtime.GC()
		*requests = 0
		if items := firstSync(b, c, func() {
			if n++; n%20 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse+m.StackInuse)
			}
		}); items != 10_000 {
			b.Fatalf("%d items", items)
		}
	}
	b.ReportMetric(float64(most)/(1<<20), "MB-most")
	b.ReportMetric(float64(*requests), "requests/op")
}

// BenchmarkSweep lists the same when all of it is known.
func BenchmarkSweep(b *testing.B) {
	c, _ := mailboxOf(b, 10_000)
	p, err := c.Pull(b.Context(), "", nil)
	must(b, err)
	tags := map[provider.RemoteID]provider.Versions{}
	for _, it := range p.(provider.Snapshot).Items {
		tags[it.ID] = it.Versions
	}
	for b.Loop() {
		p, err := c.Pull(b.Context(), "", func(id provider.RemoteID) provider.Versions { return tags[id] })
		if err != nil || len(p.(provider.Snapshot).Items) != 0 {
			b.Fatal(err)
		}
	}
}
