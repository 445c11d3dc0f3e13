package google

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider"
)

// calendarOf is a calendar of n events, of which each tenth is a series with an exception, in pages of 2,500.
func calendarOf(b *testing.B, n int) *Calendar {
	b.Helper()
	const common = `"kind":"calendar#event","status":"confirmed","htmlLink":"https://www.google.com/calendar/event?eid=0123456789abcdef0123456789abcdef",` +
		`"created":"2026-01-01T08:00:00.000Z","updated":"2026-01-02T08:00:00.000Z","creator":{"email":"alice@example.com","self":true},` +
		`"organizer":{"email":"alice@example.com","self":true},"sequence":1,"reminders":{"useDefault":true},"eventType":"default",` +
		`"attendees":[{"email":"alice@example.com","self":true,"responseStatus":"accepted"},{"email":"bob@example.com","responseStatus":"needsAction"}],` +
		`"description":"Some lines of text<br>and a second one, as people write them into their meetings.","location":"Room 4, second floor",` +
		`"start":{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"},"end":{"dateTime":"2026-03-03T10:15:00+02:00","timeZone":"Europe/Helsinki"}`
	pages := map[string]string{}
	var items []string
	for i := range n {
		id := fmt.Sprintf("event%021d", i)
		more := ""
		if i%10 == 0 {
			more = `,"recurrence":["RRULE:FREQ=WEEKLY;COUNT=30"]`
			items = append(items, fmt.Sprintf(`{%s,"id":"%s_20260310T073000Z","etag":"\"%d1\"","iCalUID":"%s@google.com","summary":"Moved %d","recurringEventId":"%s",`+
				`"originalStartTime":{"dateTime":"2026-03-10T09:30:00+02:00","timeZone":"Europe/Helsinki"}}`, common, id, i, id, i, id))
		}
		items = append(items, fmt.Sprintf(`{%s,"id":"%s","etag":"\"%d0\"","iCalUID":"%s@google.com","summary":"Number %d"%s}`, common, id, i, id, i, more))
	}
	for at := 0; at < len(items); at += 2500 {
		name, next := fmt.Sprint(at), fmt.Sprint(at+2500)
		if at == 0 {
			name = ""
		}
		if at+2500 >= len(items) {
			next = ""
		}
		pages[name] = page(next, items[at:min(len(items), at+2500)]...)
	}
	c, err := Open(Config{
		Calendar: alice, Profile: Profile{Role: roleOwner}, Now: time.Now,
		Transport: scripted(func(r *http.Request) (*http.Response, error) {
			return jsonReply(r, 200, pages[r.URL.Query().Get("pageToken")]), nil
		}),
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkFirstList lists 10,000 events that nobody knows, and tells what they take in memory while they are held.
func BenchmarkFirstList(b *testing.B) {
	c := calendarOf(b, 10_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var got provider.Pull
	for b.Loop() {
		var err error
		if got, err = c.Pull(b.Context(), "", nil); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(got.(provider.Snapshot).Items); n != 10_000 {
		b.Fatalf("%d items", n)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB-held")
}

// BenchmarkSweep lists the same when all of it is known.
func BenchmarkSweep(b *testing.B) {
	c := calendarOf(b, 10_000)
	got, err := c.Pull(b.Context(), "", nil)
	if err != nil {
		b.Fatal(err)
	}
	tags := map[provider.RemoteID]provider.Versions{}
	for _, it := range got.(provider.Snapshot).Items {
		tags[it.ID] = provider.One(it.Versions.Master().Tag)
	}
	for b.Loop() {
		got, err := c.Pull(b.Context(), "", func(id provider.RemoteID) provider.Versions { return tags[id] })
		if err != nil || len(got.(provider.Snapshot).Items) != 0 {
			b.Fatal(err)
		}
	}
}

func BenchmarkDescription(b *testing.B) {
	text := strings.Repeat("<p>Some lines of <b>text</b>, and a <a href=\"https://example.com/\">link</a> &amp; so on.</p>", 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if plain(text) == "" {
			b.Fatal("nothing")
		}
	}
}
