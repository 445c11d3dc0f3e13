package icalendar

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

func weekly() calendar.Event {
	e := calendar.Event{UID: "f47ac10b", Known: calendar.AllFields, Rule: "FREQ=WEEKLY;COUNT=8;BYDAY=TH"}
	e.Values = calendar.Values{
		Subject: "Plan; review, decide", Start: in("Europe/Helsinki", "20260305T090000"), End: in("Europe/Helsinki", "20260305T100000"),
		Location: "Room 1", Description: "line one\nline two ☕ that is long enough to be folded by whoever writes it\\", Busy: true,
		Private: true, Status: calendar.Tentative, MeetingURL: "https://meet.example.com/x",
	}
	e.Cancelled = []calendar.Wall{wall("20260312T090000")}
	e.Overrides = []calendar.Override{
		{Original: wall("20260319T090000"), Set: calendar.Fields(calendar.When, calendar.Busy), Values: calendar.Values{
			Start: in("Asia/Tokyo", "20260320T180000"), End: in("Asia/Tokyo", "20260320T190000")}},
		{Original: wall("20260402T090000"), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Last"}},
	}
	e.Normalize()
	return e
}

func TestANewObject(t *testing.T) {
	o := testNow
	o.Key = "k3y"
	text, err := Encode(weekly(), o)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "new.txt", bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	sameAsGoIcal(t, text)
	d := mustDecode(t, text)
	if diff := cmp.Diff(weekly(), d.Event); diff != "" {
		t.Error(diff)
	}
	if d.Key != "k3y" || !d.Modified.Equal(testNow.Now) || d.Sequence != 0 {
		t.Errorf("got %+v", d)
	}
}

func TestOnlyWhatIsKnownIsEncoded(t *testing.T) {
	e := weekly()
	e.Organizer = calendar.Person{Email: "alice@example.com"}
	e.Guests = []calendar.Guest{{Person: calendar.Person{Email: "bob@example.com"}}}
	e.Known = calendar.Fields(calendar.When, calendar.Busy, calendar.GuestsField, calendar.OrganizerField)
	text, err := Encode(e, testNow)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"SUMMARY", "LOCATION", "DESCRIPTION", "CLASS", "STATUS", "CONFERENCE", "RRULE", "EXDATE", "ORGANIZER", "ATTENDEE"} {
		_, event, _ := strings.Cut(string(text), "BEGIN:VEVENT")
		if strings.Contains(event, "\n"+name) {
			t.Errorf("%s was written:\n%s", name, text)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, edit := range map[string]func(e *calendar.Event, o *WriteOptions){
		"no time of writing": func(_ *calendar.Event, o *WriteOptions) { *o = WriteOptions{} },
		"no UID":             func(e *calendar.Event, _ *WriteOptions) { e.UID = "\x00" },
		"no start":           func(e *calendar.Event, _ *WriteOptions) { e.Start = calendar.Time{} },
		"ends of two kinds":  func(e *calendar.Event, _ *WriteOptions) { e.End.Kind = calendar.UTC },
		"an unknown zone":    func(e *calendar.Event, _ *WriteOptions) { e.Start.Zone = "Mars/Olympus" },
		"an unknown rule":    func(e *calendar.Event, _ *WriteOptions) { e.Rule = "FREQ=OFTEN" },
		"nothing known":      func(e *calendar.Event, _ *WriteOptions) { e.Known = 0 },
	} {
		e, o := weekly(), testNow
		edit(&e, &o)
		if _, err := Encode(e, o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestWhatIsEncodedDecodesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := weekly()
		if !scramble(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }, &e) {
			t.Skip("nobody could keep it")
		}
		text, err := Encode(e, testNow)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, mustDecode(t, text).Event); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
		sameAsGoIcal(t, text)
	})
}

// TestZonesAreUnderstoodByTheirDefinitionAlone gives our own definitions names that nobody knows.
func TestZonesAreUnderstoodByTheirDefinitionAlone(t *testing.T) {
	for _, zone := range []string{
		"Europe/Helsinki", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "Africa/Casablanca", "America/Sao_Paulo",
		"Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "America/Santiago", "Africa/Cairo", "Etc/UTC",
	} {
		e := weekly()
		e.Overrides = nil
		e.Start.Zone, e.End.Zone = zone, zone
		text, err := Encode(e, testNow)
		if err != nil {
			t.Fatal(err)
		}
		d, prob := Decode(bytes.ReplaceAll(text, []byte(zone), []byte("Ours")), Options{})
		if prob != nil {
			t.Errorf("%s: %v\n%s", zone, prob, text)
			continue
		}
		want, err1 := recur.Location(zone)
		got, err2 := recur.Location(d.Event.Start.Zone)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		at := e.Start
		for range 104 {
			at.Wall += 7 * calendar.Day
			if !at.Instant(want).Equal(at.Instant(got)) {
				t.Errorf("%s became %s, which differs on %s", zone, d.Event.Start.Zone, at.Wall)
				break
			}
		}
	}
}

func TestACalendarOfManyComesApart(t *testing.T) {
	one, two, three := weekly(), weekly(), weekly()
	two.UID, two.Start.Zone, two.End.Zone = "two", "Asia/Kolkata", "Asia/Kolkata"
	three.UID, three.Start.Zone, three.End.Zone = "three", "Asia/Tokyo", "Asia/Tokyo"
	events := []calendar.Event{one, two, three}
	text, err := EncodeAll(events, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("BEGIN:VTIMEZONE")); n != 3 {
		t.Errorf("%d zones, want 3", n)
	}
	text = bytes.Replace(text, []byte("CALSCALE"), []byte("METHOD:PUBLISH\r\nX-WR-CALNAME:All\r\nCALSCALE"), 1)
	text = bytes.Replace(text, []byte("END:VCALENDAR"), []byte("BEGIN:VTODO\r\nEND:VTODO\r\nBEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR"), 1)
	root, err := Parse(text, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	parts := Split(root)
	if len(parts) != 5 {
		t.Fatalf("%d parts", len(parts))
	}
	for i, part := range parts {
		text := part.AppendText(nil)
		if i >= len(events) {
			if _, prob := Decode(text, Options{}); prob == nil || prob.Code != NotAnEvent {
				t.Errorf("a task: %v", prob)
			}
			continue
		}
		if diff := cmp.Diff(events[i], mustDecode(t, text).Event); diff != "" {
			t.Errorf("part %d:\n%s", i, diff)
		}
		if bytes.Contains(text, []byte("METHOD")) || !bytes.Contains(text, []byte("X-WR-CALNAME:All")) {
			t.Errorf("part %d has other lines of the calendar:\n%s", i, text)
		}
		if n, want := bytes.Count(text, []byte("BEGIN:VTIMEZONE")), []int{2, 2, 1}[i]; n != want {
			t.Errorf("part %d has %d zones, want %d", i, n, want)
		}
	}
}
