package graph

import (
	"bytes"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
)

const fuzzSeries = `{"@odata.etag":"W/\"a\"","id":"m","type":"seriesMaster","iCalUId":"040000008200E00074C5B7101A82E00800","subject":"Weekly","isAllDay":false,
"start":{"dateTime":"2026-03-16T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-03-16T09:00:00.0000000","timeZone":"UTC"},
"originalStartTimeZone":"FLE Standard Time","originalEndTimeZone":"FLE Standard Time","showAs":"oof","sensitivity":"private","body":{"contentType":"html","content":"<div>a<br>b</div>"},
"recurrence":{"pattern":{"type":"weekly","interval":2,"daysOfWeek":["monday","friday"],"firstDayOfWeek":"sunday"},"range":{"type":"numbered","startDate":"2026-03-16","numberOfOccurrences":8,"recurrenceTimeZone":"FLE Standard Time"}},
"cancelledOccurrences":["OID.m.2026-03-20","OID.m.2026-03-21"],"exceptionOccurrences":[{"id":"x","@odata.etag":"b","type":"exception","originalStart":"2026-03-30T07:00:00Z","subject":"Another",
"start":{"dateTime":"2026-03-31T08:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-31T09:00:00","timeZone":"UTC"}}],"attendees":[{"emailAddress":{"address":"B@Example.com"},"status":{"response":"accepted"}}],
"isOrganizer":false,"singleValueExtendedProperties":[{"id":"` + keyProperty + `","value":"abc"},{"id":"` + formProperty + `","value":"Europe/Helsinki Europe/Helsinki FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=MO,FR;WKST=SU"}]}`

// Whatever an answer says, it is read as an event that can be kept and compared, or set aside with the reason.
func FuzzItem(f *testing.F) {
	f.Add([]byte(fuzzSeries))
	f.Add([]byte(`{"id":"s","isAllDay":true,"start":{"dateTime":"2026-08-01T00:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-08-02T00:00:00","timeZone":"UTC"}}`))
	f.Add([]byte(`{"error":{"code":"ErrorItemNotFound"}}`))
	c := &Calendar{client: &client{now: time.Now}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		it := c.item("x", bytes.Clone(raw), "")
		if it.State != provider.StateLive {
			if it.State != provider.StateUnreadable || it.Problem == nil || it.Problem.Code == "" {
				t.Fatalf("%v without a reason", it.State)
			}
			return
		}
		again := it.Event.Clone()
		again.Normalize()
		if !outlook.SameEvent(&again, &it.Event) {
			t.Fatal("not in normal form")
		}
		if it.Event.IsSeries() && recur.Check(&it.Event) != nil {
			t.Fatalf("a rule that nobody can keep: %q", it.Event.Rule)
		}
		if it.Event.Start.Kind == calendar.NoTime || it.Event.End.Kind != it.Event.Start.Kind {
			t.Fatalf("%s to %s", it.Event.Start, it.Event.End)
		}
		for _, o := range it.Event.Overrides {
			if it.Event.IsCancelled(o.Original) {
				t.Fatal("said of what was taken out")
			}
		}
	})
}

func TestASeriesIsReadWhole(t *testing.T) {
	c := &Calendar{client: &client{now: time.Now}}
	it := c.item("m", []byte(fuzzSeries), "")
	e := it.Event
	if it.State != provider.StateLive || e.Rule != "FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=MO,FR;WKST=SU" || e.Start.String() != "20260316T100000[Europe/Helsinki]" {
		t.Fatalf("%v %+v %+v", it.State, it.Problem, e)
	}
	if len(e.Cancelled) != 1 || e.Cancelled[0] != wall("20260320T100000") {
		t.Errorf("taken out %v: of the two only the Friday is an occurrence, and there is none on Saturday", e.Cancelled)
	}
	o := e.Override(wall("20260330T100000"))
	if o == nil || o.Set != calendar.Fields(calendar.Subject, calendar.When) || o.Start.String() != "20260331T110000[Europe/Helsinki]" || it.Versions["20260330T100000"] != (provider.Version{ID: "x", Tag: "b"}) {
		t.Errorf("%+v, versions %v", o, it.Versions)
	}
	if !it.Invited || it.WouldMail != 0 || it.Editable != calendar.Fields(calendar.Busy, calendar.Private) || e.Guests[0].Email != "b@example.com" || !e.Busy || !e.Private || e.Description != "a\nb" || it.Key != "abc" {
		t.Errorf("%+v", it)
	}
}
