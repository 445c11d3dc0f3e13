package icalendar

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

var write = flag.Bool("write", false, "write the golden files under testdata instead of comparing with them; read the diff")

// golden compares text with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *write {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

// asAlice reads as the person that the objects under testdata are for.
var asAlice = Options{Self: []string{"alice@example.com"}}

func mustDecode(t rapid.TB, raw []byte) Decoded {
	t.Helper()
	d, prob := Decode(raw, asAlice)
	if prob != nil {
		t.Fatalf("%v\n%s", prob, raw)
	}
	return d
}

func TestCorpusDecodes(t *testing.T) {
	for name, raw := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			b, err := json.MarshalIndent(mustDecode(t, raw), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", append(b, '\n'))
		})
	}
}

const berlin = ";TZID=Europe/Berlin:"

func TestTimes(t *testing.T) {
	zoned := func(s string) calendar.Time { return mustTime(t, s+"[Europe/Berlin]") }
	for _, tc := range []struct {
		name       string
		lines      []string
		start, end calendar.Time
	}{
		{"a zoned time", []string{"DTSTART" + berlin + "20260105T100000", "DTEND" + berlin + "20260105T110000"},
			zoned("20260105T100000"), zoned("20260105T110000")},
		{"a Windows name", []string{`DTSTART;TZID="W. Europe Standard Time":20260105T100000`},
			zoned("20260105T100000"), zoned("20260105T100000")},
		{"UTC, whatever TZID says", []string{"DTSTART" + berlin + "20260105T100000Z"},
			mustTime(t, "20260105T100000Z"), mustTime(t, "20260105T100000Z")},
		{"floating", []string{"DTSTART:20260105T100000", "DURATION:PT90M"},
			mustTime(t, "20260105T100000"), mustTime(t, "20260105T113000")},
		{"a date is a day long", []string{"DTSTART;VALUE=DATE:20260105"}, mustTime(t, "20260105"), mustTime(t, "20260106")},
		{"a date without saying so", []string{"DTSTART:20260105", "DTEND:20260107"}, mustTime(t, "20260105"), mustTime(t, "20260107")},
		{"a date with a time of day", []string{"DTSTART;VALUE=DATE:20260105T100000"}, mustTime(t, "20260105"), mustTime(t, "20260106")},
		{"a date that ends when it starts", []string{"DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260105"},
			mustTime(t, "20260105"), mustTime(t, "20260106")},
		{"days and hours of a date", []string{"DTSTART;VALUE=DATE:20260105", "DURATION:P1DT24H"}, mustTime(t, "20260105"), mustTime(t, "20260107")},
		{"an end before the start", []string{"DTSTART:20260105T100000Z", "DTEND:20260105T090000Z"},
			mustTime(t, "20260105T100000Z"), mustTime(t, "20260105T100000Z")},
		{"an end in UTC of a zoned start", []string{"DTSTART" + berlin + "20260105T100000", "DTEND:20260105T100000Z"},
			zoned("20260105T100000"), zoned("20260105T110000")},
		{"an end in another zone", []string{"DTSTART" + berlin + "20260105T100000", "DTEND;TZID=America/New_York:20260105T080000"},
			zoned("20260105T100000"), mustTime(t, "20260105T080000[America/New_York]")},
		{"an end that is earlier on the clock but later", []string{"DTSTART" + berlin + "20260105T100000", "DTEND;TZID=America/New_York:20260105T050000"},
			zoned("20260105T100000"), mustTime(t, "20260105T050000[America/New_York]")},
		{"a nominal day over a change", []string{"DTSTART" + berlin + "20260328T120000", "DURATION:P1D"},
			zoned("20260328T120000"), zoned("20260329T120000")},
		{"24 hours over a change", []string{"DTSTART" + berlin + "20260328T120000", "DURATION:PT24H"},
			zoned("20260328T120000"), zoned("20260329T130000")},
		{"a negative duration", []string{"DTSTART:20260105T100000", "DURATION:-PT1H"},
			mustTime(t, "20260105T100000"), mustTime(t, "20260105T100000")},
		{"a leap second", []string{"DTSTART:20261231T235960Z"}, mustTime(t, "20261231T235959Z"), mustTime(t, "20261231T235959Z")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := mustDecode(t, object(tc.lines...)).Event
			if e.Start != tc.start || e.End != tc.end {
				t.Errorf("%v to %v, want %v to %v", e.Start, e.End, tc.start, tc.end)
			}
		})
	}
}

func mustTime(t testing.TB, s string) (at calendar.Time) {
	t.Helper()
	if err := at.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestWhatCannotBeUnderstoodIsAProblem(t *testing.T) {
	for _, tc := range []struct{ name, code, text string }{
		{"garbage", BadSyntax, "<html>"},
		{"a lost end", BadSyntax, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n"},
		{"too much", TooLarge, "BEGIN:VCALENDAR\nX:" + strings.Repeat("x", 1<<20) + "\nEND:VCALENDAR\n"},
		{"a task", NotAnEvent, "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:u\nEND:VTODO\nEND:VCALENDAR\n"},
		{"nothing at all", NotAnEvent, "BEGIN:VCALENDAR\nEND:VCALENDAR\n"},
		{"two events in one object", BadSyntax, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260101\nEND:VEVENT\n" +
			"BEGIN:VEVENT\nUID:b\nDTSTART:20260101\nEND:VEVENT\nEND:VCALENDAR\n"},
		{"two masters", BadSyntax, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260101\nEND:VEVENT\n" +
			"BEGIN:VEVENT\nUID:a\nDTSTART:20260101\nEND:VEVENT\nEND:VCALENDAR\n"},
		{"an occurrence without its series", NoMaster, string(object("DTSTART:20260101", "RECURRENCE-ID:20260101"))},
		{"no start", BadSyntax, string(object("SUMMARY:x"))},
		{"no such day", BadSyntax, string(object("DTSTART:20260230"))},
		{"no such time", BadSyntax, string(object("DTSTART:20260228T250000"))},
		{"a date that ends at a time", BadSyntax, string(object("DTSTART:20260228", "DTEND:20260228T100000"))},
		{"no such duration", BadSyntax, string(object("DTSTART:20260228", "DURATION:1H"))},
		{"a duration beyond all time", BadSyntax, string(object("DTSTART:99990101T000000", "DURATION:P9999D"))},
		{"a zone that nobody knows", UnknownZone, string(object("DTSTART;TZID=Mars/Olympus:20260101T100000"))},
		{"a zone of an end that nobody knows", UnknownZone, string(object("DTSTART:20260101T100000Z", "DTEND;TZID=X:20260101T100000"))},
		{"a zone of an exception that nobody knows", UnknownZone, string(object("DTSTART:20260101T100000Z", "RRULE:FREQ=DAILY", "EXDATE;TZID=X:20260101T100000"))},
		{"no such rule", BadSyntax, string(object("DTSTART:20260101T100000Z", "RRULE:FREQ=OFTEN"))},
		{"a rule that never fits", EndlessRule, string(object("DTSTART:20260101T100000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20990101T000000Z", "X:y"))},
		{"each second", EndlessRule, string(object("DTSTART:20260101T100000Z", "RRULE:FREQ=SECONDLY"))},
		{"two rules", Inexpressible, string(object("DTSTART:20260101", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"))},
		{"a rule of exceptions", Inexpressible, string(object("DTSTART:20260101", "RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"))},
		{"changed from a day on for ever", Inexpressible, rangeForever},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, prob := Decode([]byte(tc.text), Options{})
			if prob == nil || prob.Code != tc.code || prob.Detail == "" {
				t.Errorf("got %v, want %s", prob, tc.code)
			}
		})
	}
}

const rangeForever = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260101T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\n" +
	"BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260103T100000Z\nDTSTART:20260103T110000Z\nEND:VEVENT\nEND:VCALENDAR\n"

func TestProblemsHoldNoTitles(t *testing.T) {
	_, prob := Decode(object("SUMMARY:secret plan", "DTSTART;TZID=Mars:20260101T100000"), Options{})
	if prob == nil || strings.Contains(prob.Error(), "secret") || !strings.Contains(prob.Detail, "line 6: DTSTART") {
		t.Errorf("got %v", prob)
	}
}

// series makes a daily series at ten in Berlin with one override.
func series(master string, override ...string) []byte {
	text := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART" + berlin + "20260320T100000\r\nDTEND" + berlin +
		"20260320T110000\r\nRRULE:FREQ=DAILY\r\nSUMMARY:s\r\n" + master + "END:VEVENT\r\n"
	for _, o := range override {
		text += "BEGIN:VEVENT\r\nUID:u\r\n" + o + "\r\nEND:VEVENT\r\n"
	}
	return []byte(text + "END:VCALENDAR\r\n")
}

func TestRecurrenceIDsNameTheWallClockOfTheSeries(t *testing.T) {
	want := calendar.WallOf(2026, time.March, 31, 10, 0, 0)
	for name, id := range map[string]string{
		"its own zone":                     berlin + "20260331T100000",
		"another name of its zone":         ";TZID=W. Europe Standard Time:20260331T100000",
		"another zone":                     ";TZID=Europe/Helsinki:20260331T110000",
		"UTC":                              ":20260331T080000Z",
		"no zone":                          ":20260331T100000",
		"the date alone":                   ";VALUE=DATE:20260331",
		"the date alone without saying so": ":20260331",
	} {
		t.Run(name, func(t *testing.T) {
			e := mustDecode(t, series("", "RECURRENCE-ID"+id+"\r\nSUMMARY:other\r\nDTSTART"+berlin+"20260331T100000\r\nDTEND"+
				berlin+"20260331T110000")).Event
			if len(e.Overrides) != 1 || e.Overrides[0].Original != want || e.Overrides[0].Set != calendar.Fields(calendar.Subject) {
				t.Errorf("got %+v", e.Overrides)
			}
			e = mustDecode(t, series("EXDATE"+id+"\r\n")).Event
			if len(e.Cancelled) != 1 || e.Cancelled[0] != want {
				t.Errorf("cancelled %v", e.Cancelled)
			}
		})
	}
}

func TestASkippedHourIsNamedByTheRule(t *testing.T) {
	raw := []byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART" + berlin + "20260320T023000\nRRULE:FREQ=DAILY\n" +
		"EXDATE:20260329T013000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	e := mustDecode(t, raw).Event
	if want := calendar.WallOf(2026, time.March, 29, 2, 30, 0); !e.IsCancelled(want) {
		t.Errorf("cancelled %v", e.Cancelled)
	}
}

func TestOverridesAreSparse(t *testing.T) {
	same := "DTSTART" + berlin + "20260331T100000\r\nDTEND" + berlin + "20260331T110000\r\n"
	id := "RECURRENCE-ID" + berlin + "20260331T100000\r\n"
	for _, tc := range []struct {
		name, lines string
		want        calendar.FieldSet
	}{
		{"one that repeats its series says nothing", id + same + "SUMMARY:s", 0},
		{"one with another title", id + same + "SUMMARY:t", calendar.Fields(calendar.Subject)},
		{"one that lost its title", id + same, calendar.Fields(calendar.Subject)},
		{"one moved", id + "SUMMARY:s\r\nDTSTART" + berlin + "20260331T110000\r\nDURATION:PT1H", calendar.Fields(calendar.When)},
		{"one at the same time in UTC is not moved", id + "SUMMARY:s\r\nDTSTART:20260331T080000Z\r\nDTEND:20260331T090000Z", 0},
		{"one moved in UTC", id + "SUMMARY:s\r\nDTSTART:20260331T090000Z\r\nDTEND:20260331T100000Z", calendar.Fields(calendar.When)},
		{"one that is off", id + same + "SUMMARY:s\r\nSTATUS:CANCELLED", calendar.Fields(calendar.StatusField)},
		{"one for guests", id + same + "SUMMARY:s\r\nATTENDEE:mailto:bob@example.com", calendar.Fields(calendar.GuestsField)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := mustDecode(t, series("", tc.lines)).Event
			var got calendar.FieldSet
			for _, o := range e.Overrides {
				got |= o.Set
			}
			if got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestOfTwoVersionsOfAnOccurrenceTheLaterCounts(t *testing.T) {
	id := "RECURRENCE-ID" + berlin + "20260331T100000\r\nDTSTART" + berlin + "20260331T100000\r\nDURATION:PT1H\r\n"
	e := mustDecode(t, series("", id+"SEQUENCE:2\r\nSUMMARY:later", id+"SEQUENCE:1\r\nSUMMARY:earlier")).Event
	if len(e.Overrides) != 1 || e.Overrides[0].Subject != "later" {
		t.Errorf("got %+v", e.Overrides)
	}
}

func TestDaysThatSpeakForLaterOnesStayDays(t *testing.T) {
	raw := bytes.Replace(series("", "RECURRENCE-ID;RANGE=THISANDFUTURE"+berlin+"20260331T070000\r\nDTSTART:20260401"),
		[]byte("FREQ=DAILY"), []byte("FREQ=DAILY;COUNT=14"), 1)
	e := mustDecode(t, raw).Event
	o := e.Override(wall("20260402T100000"))
	if o == nil || o.Start != calendar.OnDate(2026, 4, 3) || o.End != calendar.OnDate(2026, 4, 4) {
		t.Errorf("got %+v", o)
	}
}

func TestWhoIsWho(t *testing.T) {
	const org, bob, alice = "ORGANIZER:mailto:Alice@Example.com", "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:bob@example.com",
		"ATTENDEE;PARTSTAT=TENTATIVE:mailto:alice@example.com"
	for _, tc := range []struct {
		name      string
		lines     []string
		organised bool
		invited   bool
		others    int
		answer    calendar.Answer
	}{
		{"nobody", nil, false, false, 0, ""},
		{"an organiser alone", []string{org}, false, false, 0, ""},
		{"an organiser with herself", []string{org, alice}, false, false, 0, calendar.Maybe},
		{"an organiser with a guest", []string{org, bob, alice}, true, false, 1, calendar.Maybe},
		{"a guest", []string{"ORGANIZER:mailto:bob@example.com", bob, alice}, false, true, 1, calendar.Maybe},
		{"a guest by EMAIL", []string{"ORGANIZER;EMAIL=bob@example.com:urn:uuid:1", `ATTENDEE;EMAIL="ALICE@example.com":urn:uuid:2`},
			false, true, 0, calendar.NeedsReply},
		{"an organiser without an address", []string{"ORGANIZER:invalid:nomail", alice}, false, true, 0, calendar.Maybe},
		{"somebody named twice", []string{org, bob, "ATTENDEE:mailto:BOB@example.com"}, true, false, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := mustDecode(t, object(append(tc.lines, "DTSTART:20260101")...))
			got := Decoded{Organised: d.Organised, Invited: d.Invited, Others: d.Others}
			want := Decoded{Organised: tc.organised, Invited: tc.invited, Others: tc.others}
			if diff := cmp.Diff(want, got); diff != "" || d.Event.Answer != tc.answer {
				t.Errorf("answer %q: %s", d.Event.Answer, diff)
			}
		})
	}
}

func TestSmallFields(t *testing.T) {
	for _, tc := range []struct {
		name string
		line string
		want func(e *calendar.Event) bool
	}{
		{"busy by default", "X:y", func(e *calendar.Event) bool { return e.Busy }},
		{"transparent", "TRANSP:transparent", func(e *calendar.Event) bool { return !e.Busy }},
		{"free in Outlook's words", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", func(e *calendar.Event) bool { return !e.Busy }},
		{"public by default", "X:y", func(e *calendar.Event) bool { return !e.Private }},
		{"private", "CLASS:PRIVATE", func(e *calendar.Event) bool { return e.Private }},
		{"confidential", "CLASS:CONFIDENTIAL", func(e *calendar.Event) bool { return e.Private }},
		{"an unknown class", "CLASS:X-TOP", func(e *calendar.Event) bool { return e.Private }},
		{"tentative", "STATUS:TENTATIVE", func(e *calendar.Event) bool { return e.Status == calendar.Tentative }},
		{"cancelled", "STATUS:CANCELLED", func(e *calendar.Event) bool { return e.Status == calendar.Cancelled }},
		{"a telephone is no meeting address", "CONFERENCE:tel:+1", func(e *calendar.Event) bool { return e.MeetingURL == "" }},
		{"a page", "URL:https://a.example", func(e *calendar.Event) bool { return e.MeetingURL == "https://a.example" }},
		{"lines of text", `DESCRIPTION:a\nb\, c`, func(e *calendar.Event) bool { return e.Description == "a\nb, c" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if e := mustDecode(t, object("DTSTART:20260101", tc.line)).Event; !tc.want(&e) {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, raw := range corpus(f) {
		f.Add(raw)
	}
	f.Add([]byte(rangeForever))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, prob := Decode(raw, asAlice)
		if prob != nil {
			return
		}
		again := d.Event.Clone()
		again.Normalize()
		if diff := cmp.Diff(d.Event, again); diff != "" {
			t.Fatalf("not in normal form:\n%s", diff)
		}
		stored, err := json.Marshal(d.Event)
		if err != nil {
			t.Fatal(err)
		}
		var back calendar.Event
		if err := json.Unmarshal(stored, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.Event, back); diff != "" {
			t.Fatalf("does not survive storing:\n%s", diff)
		}
	})
}
