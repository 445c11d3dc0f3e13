package google

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// opened is a calendar that sends nothing, for reading what was recorded.
func opened(t *testing.T, role string) *Calendar {
	t.Helper()
	c, err := Open(Config{Calendar: alice, Profile: Profile{Role: role}, Now: time.Now, Transport: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// itemOf reads events as Google writes them; fields stand in for those that every event has.
func itemOf(t *testing.T, role string, texts ...string) provider.Item {
	t.Helper()
	var all []string
	for i, s := range texts {
		common := `"kind":"calendar#event","etag":"\"` + fmt.Sprint(i+1) + `\"","creator":{"email":"alice@example.com"},`
		if !strings.Contains(s, `"organizer"`) {
			common += `"organizer":{"email":"alice@example.com","self":true},`
		}
		if !strings.Contains(s, `"start"`) {
			common += `"start":{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"},"end":{"dateTime":"2026-03-03T10:15:00+02:00","timeZone":"Europe/Helsinki"},`
		}
		if !strings.Contains(s, `"id"`) {
			common += `"id":"event0",`
		}
		all = append(all, "{"+common+s+"}")
	}
	g, err := regroup([]byte("[" + strings.Join(all, ",") + "]"))
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, role).item(g)
}

func at(s string) calendar.Time {
	var t calendar.Time
	if err := t.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return t
}

func TestTimesAreReadOnTheClockOfTheirZone(t *testing.T) {
	for _, c := range []struct{ name, start, end, wantStart, wantEnd string }{
		{
			"in the zone of the reader", `{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"}`,
			`{"dateTime":"2026-03-03T10:15:00+02:00","timeZone":"Europe/Helsinki"}`, "20260303T093000[Europe/Helsinki]", "20260303T101500[Europe/Helsinki]",
		},
		{
			"told on another clock than it was meant", `{"dateTime":"2026-07-07T03:00:00+03:00","timeZone":"Asia/Tokyo"}`,
			`{"dateTime":"2026-07-07T04:00:00+03:00","timeZone":"Asia/Tokyo"}`, "20260707T090000[Asia/Tokyo]", "20260707T100000[Asia/Tokyo]",
		},
		{
			"a flight", `{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"}`,
			`{"dateTime":"2026-03-03T20:00:00+02:00","timeZone":"Asia/Tokyo"}`, "20260303T093000[Europe/Helsinki]", "20260304T030000[Asia/Tokyo]",
		},
		{
			"without a zone it is an instant", `{"dateTime":"2026-03-03T09:30:00+02:00"}`, `{"dateTime":"2026-03-03T10:15:00+02:00"}`,
			"20260303T073000Z", "20260303T081500Z",
		},
		{
			"in UTC", `{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"UTC"}`, `{"dateTime":"2026-03-03T10:15:00.000+02:00","timeZone":"UTC"}`,
			"20260303T073000Z", "20260303T081500Z",
		},
		{
			"only the start names a zone", `{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"}`, `{"dateTime":"2026-03-03T08:15:00Z"}`,
			"20260303T093000[Europe/Helsinki]", "20260303T101500[Europe/Helsinki]",
		},
		{
			"an offset for a zone", `{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"GMT+02:00"}`,
			`{"dateTime":"2026-03-03T10:15:00+02:00","timeZone":"GMT+02:00"}`, "20260303T093000[Etc/GMT-2]", "20260303T101500[Etc/GMT-2]",
		},
		{
			"the second of two equal readings", `{"dateTime":"2026-10-25T03:30:00+02:00","timeZone":"Europe/Helsinki"}`,
			`{"dateTime":"2026-10-25T05:00:00+02:00","timeZone":"Europe/Helsinki"}`, "20261025T013000Z", "20261025T030000Z",
		},
		{"days", `{"date":"2026-08-01"}`, `{"date":"2026-08-15"}`, "20260801", "20260815"},
		{"a day that ends when it starts", `{"date":"2026-08-01"}`, `{"date":"2026-08-01"}`, "20260801", "20260802"},
		{
			"a moment", `{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"}`,
			`{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"}`, "20260303T093000[Europe/Helsinki]", "20260303T093000[Europe/Helsinki]",
		},
		{
			"an end before its start", `{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Europe/Helsinki"}`,
			`{"dateTime":"2026-03-03T09:00:00+02:00","timeZone":"Europe/Helsinki"}`, "20260303T093000[Europe/Helsinki]", "20260303T093000[Europe/Helsinki]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			it := itemOf(t, roleOwner, `"start":`+c.start+`,"end":`+c.end)
			if it.State != provider.StateLive || it.Event.Start != at(c.wantStart) || it.Event.End != at(c.wantEnd) {
				t.Errorf("%v %+v: %v to %v", it.State, it.Problem, it.Event.Start, it.Event.End)
			}
		})
	}
}

func TestWhatCannotBeReadIsSetAside(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       provider.ProblemCode
	}{
		{"an unknown zone", `"start":{"dateTime":"2026-03-03T09:30:00+02:00","timeZone":"Nowhere/Unknown"},"end":{"dateTime":"2026-03-03T09:30:00+02:00"}`, provider.UnknownZone},
		{"a day and a time", `"start":{"date":"2026-03-03"},"end":{"dateTime":"2026-03-03T09:30:00+02:00"}`, provider.BadSyntax},
		{"no time", `"start":{},"end":{}`, provider.BadSyntax},
		{"a second rule", `"recurrence":["RRULE:FREQ=DAILY","RRULE:FREQ=WEEKLY"]`, provider.Inexpressive},
		{"a rule of exceptions", `"recurrence":["RRULE:FREQ=DAILY","EXRULE:FREQ=WEEKLY"]`, provider.Inexpressive},
		{"a rule without sense", `"recurrence":["RRULE:FREQ=NEVER"]`, provider.BadSyntax},
		{"a rule without end in a minute", `"recurrence":["RRULE:FREQ=SECONDLY"]`, provider.EndlessRule},
		{"another property", `"recurrence":["DTSTART:20260101T000000Z"]`, provider.BadSyntax},
		{"lines in a line", `"recurrence":["RRULE:FREQ=DAILY\r\nEND:VEVENT"]`, provider.BadSyntax},
		{"a birthday", `"eventType":"birthday"`, provider.NotAnEvent},
		{"a place of work", `"eventType":"workingLocation"`, provider.NotAnEvent},
	} {
		t.Run(c.name, func(t *testing.T) {
			it := itemOf(t, roleOwner, c.text)
			if it.State != provider.StateUnreadable || it.Problem == nil || it.Problem.Code != c.want {
				t.Errorf("%v %+v", it.State, it.Problem)
			}
			if it.Versions.Master().Tag == "" || len(it.Raw) == 0 {
				t.Error("neither version nor text are kept")
			}
		})
	}
}

func TestDescriptionsReadAsText(t *testing.T) {
	for _, c := range []struct{ name, html, want string }{
		{"plain", "one\ntwo", "one\ntwo"},
		{"signs that are no tags", "a < b && c > d, <carol@example.com>, AT&T, ?a=1&copy=2", "a < b && c > d, <carol@example.com>, AT&T, ?a=1&copy=2"},
		{"entities", "a &lt; b &amp; c&nbsp;d &#39;e&#39;", "a < b & c d 'e'"},
		{"lines", "one<br>two<br/>three", "one\ntwo\nthree"},
		{"paragraphs", "<p>one</p><p>two</p>", "one\ntwo"},
		{"a list", "Bring:<ul><li>pens</li><li>paper</li></ul>and time", "Bring:\n- pens\n- paper\nand time"},
		{"a link", `see <a href="https://example.com/a?b=c&amp;d=e">the page</a>`, "see the page (https://example.com/a?b=c&d=e)"},
		{"a link that says itself", `<a href="https://example.com/">https://example.com</a>`, "https://example.com"},
		{"marks", "<b>bold</b> <i>and</i> <html-blob><u>under</u></html-blob>", "bold and under"},
		{"a comment", "one<!-- hidden -->two", "onetwo"},
		{"windows", "one\r\ntwo\rthree", "one\ntwo\nthree"},
		{"tags in capitals", "<P CLASS=\"x\">one</P>", "one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := plain(c.html)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if again := plain(marked(got)); again != got {
				t.Errorf("written and read: %q", again)
			}
		})
	}
}

func FuzzDescription(f *testing.F) {
	for _, s := range append(texts, "<p>a</p>", "<a href='x'>y</a>", "&lt;b&gt;", "<li>", "<", "&#x41;", "&#Xd;") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := plain(s)
		if again := plain(marked(text)); again != text {
			t.Fatalf("%q reads as %q, and that is read as %q", s, text, again)
		}
	})
}

const wireSeries = `"id":"s","iCalUID":"s@google.com","summary":"S","location":"L","recurrence":["RRULE:FREQ=DAILY;COUNT=40"],` +
	`"start":{"dateTime":"2026-03-10T03:30:00+02:00","timeZone":"Europe/Helsinki"},"end":{"dateTime":"2026-03-10T04:30:00+02:00","timeZone":"Europe/Helsinki"}`

func part(original, rest string) string {
	return fmt.Sprintf(`"id":"s_%s","recurringEventId":"s","iCalUID":"s@google.com","originalStartTime":{"dateTime":"%s","timeZone":"Europe/Helsinki"},%s`, original[:10], original, rest)
}

func span(start, end, zone string) string {
	return fmt.Sprintf(`"start":{"dateTime":"%s","timeZone":"%s"},"end":{"dateTime":"%s","timeZone":"%s"}`, start, zone, end, zone)
}

func TestSeriesAreReadWithTheirExceptions(t *testing.T) {
	const same = `"status":"confirmed","summary":"S","location":"L",`
	for _, c := range []struct {
		name  string
		parts []string
		want  calendar.Event // further dates, overrides and cancelled starts
	}{
		{name: "none"},
		{
			name:  "one moved, on the clock of its series",
			parts: []string{part("2026-03-12T03:30:00+02:00", same+span("2026-03-13T12:00:00+02:00", "2026-03-13T13:00:00+02:00", "Europe/Helsinki"))},
			want: calendar.Event{Overrides: []calendar.Override{{
				Original: at("20260312T033000").Wall, Set: calendar.Fields(calendar.When),
				Values: calendar.Values{Start: at("20260313T120000[Europe/Helsinki]"), End: at("20260313T130000[Europe/Helsinki]")},
			}}},
		},
		{
			name:  "one renamed, told in UTC: it was not moved",
			parts: []string{part("2026-03-12T03:30:00+02:00", `"summary":"Other","location":"L",`+span("2026-03-12T01:30:00Z", "2026-03-12T02:30:00Z", "UTC"))},
			want: calendar.Event{Overrides: []calendar.Override{{
				Original: at("20260312T033000").Wall, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Other"},
			}}},
		},
		{
			name:  "one that says what its series says",
			parts: []string{part("2026-03-12T03:30:00+02:00", same+span("2026-03-12T03:30:00+02:00", "2026-03-12T04:30:00+02:00", "Europe/Helsinki"))},
		},
		{
			name:  "one cancelled, of which nothing but its start is told",
			parts: []string{part("2026-03-12T03:30:00+02:00", `"status":"cancelled"`)},
			want:  calendar.Event{Cancelled: []calendar.Wall{at("20260312T033000").Wall}},
		},
		{
			name:  "one cancelled whose start the clocks skip is named by its rule",
			parts: []string{part("2026-03-29T04:30:00+03:00", `"status":"cancelled"`)},
			want:  calendar.Event{Cancelled: []calendar.Wall{at("20260329T033000").Wall}},
		},
		{
			name:  "one cancelled of a rule that is no more",
			parts: []string{part("2026-03-12T09:00:00+02:00", `"status":"cancelled"`)},
		},
		{
			name:  "one that its series no longer has takes place as a further date",
			parts: []string{part("2026-03-12T09:00:00+02:00", same+span("2026-03-12T09:00:00+02:00", "2026-03-12T10:00:00+02:00", "Europe/Helsinki"))},
			want:  calendar.Event{Extra: []calendar.Time{at("20260312T090000[Europe/Helsinki]")}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			it := itemOf(t, roleOwner, append([]string{wireSeries}, c.parts...)...)
			if it.State != provider.StateLive {
				t.Fatalf("%v %+v", it.State, it.Problem)
			}
			got := calendar.Event{Extra: it.Event.Extra, Overrides: it.Event.Overrides, Cancelled: it.Event.Cancelled}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(- want, + got):\n%s", diff)
			}
			if len(it.Versions) != 1+len(c.parts) {
				t.Errorf("versions %v", it.Versions)
			}
		})
	}
}

func TestVersionsNameEachPart(t *testing.T) {
	moved := part("2026-03-12T03:30:00+02:00", span("2026-03-13T12:00:00+02:00", "2026-03-13T13:00:00+02:00", "Europe/Helsinki"))
	it := itemOf(t, roleOwner, wireSeries, moved, part("2026-03-14T03:30:00+02:00", `"status":"cancelled"`))
	if v := it.Versions["20260312T033000"]; v.ID != "s_2026-03-12" || v.Tag != `"2"` {
		t.Errorf("the moved one: %+v", v)
	}
	if v := it.Versions["20260314T033000"]; v.ID != "s_2026-03-14" || v.Tag != `"3"` {
		t.Errorf("the cancelled one: %+v", v)
	}
	tag := it.Versions.Master().Tag
	if guardOf(tag) != `"1"` {
		t.Errorf("the guard of %q is %q", tag, guardOf(tag))
	}
	if other := itemOf(t, roleOwner, wireSeries, moved).Versions.Master().Tag; other == tag || guardOf(other) != `"1"` {
		t.Errorf("with another exception the tag of the whole is %q", other)
	}
	if alone := itemOf(t, roleOwner, wireSeries).Versions.Master().Tag; alone != `"1"` {
		t.Errorf("without exceptions it is %q", alone)
	}
}

func TestFurtherDatesAndExclusionsAreRead(t *testing.T) {
	it := itemOf(t, roleOwner, `"recurrence":["EXDATE;TZID=Europe/Helsinki:20260310T093000,20260317T093000","RDATE:20260305T073000Z","RRULE:FREQ=WEEKLY;UNTIL=20260401T000000Z"]`)
	if it.State != provider.StateLive || it.Event.Rule != "FREQ=WEEKLY;UNTIL=20260401T000000Z" {
		t.Fatalf("%v %+v %q", it.State, it.Problem, it.Event.Rule)
	}
	if diff := cmp.Diff([]calendar.Wall{at("20260310T093000").Wall, at("20260317T093000").Wall}, it.Event.Cancelled); diff != "" {
		t.Errorf("cancelled:\n%s", diff)
	}
	if diff := cmp.Diff([]calendar.Time{at("20260305T093000[Europe/Helsinki]")}, it.Event.Extra); diff != "" {
		t.Errorf("further:\n%s", diff)
	}
}
