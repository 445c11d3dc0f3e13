package icalendar

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
)

func TestAPatchWritesTheDifferenceAlone(t *testing.T) {
	const helsinki = "Europe/Helsinki"
	for _, tc := range []struct {
		name, object string
		edit         func(e *calendar.Event)
		want         []string
	}{
		{"a title", "outlook", func(e *calendar.Event) { e.Subject = "Numbers, weekly; new" }, []string{
			"-SUMMARY;LANGUAGE=en-gb:Weekly numbers", `+SUMMARY;LANGUAGE=en-gb:Numbers\, weekly\; new`}},
		{"a description, whose HTML twin would contradict", "outlook", func(e *calendar.Event) { e.Description = "new\ntext" }, []string{
			`-DESCRIPTION:Numbers\, plans\; and more.\nBring: C:\\plans.\n\nSee you!`,
			`-X-ALT-DESC;FMTTYPE=text/html:<html><body>\n<p>Numbers\, plans\; and more.</p></body></html>`,
			`+DESCRIPTION:new\ntext`}},
		{"a description with an alternative in a parameter", "thunderbird", func(e *calendar.Event) { e.Description = "" }, []string{
			`-DESCRIPTION;ALTREP="data:text/html,%3Cbody%3EAway%2C%20call%20Bob%3C%2Fbody%3E":Away\, call Bob`,
			`-DESCRIPTION;ALTREP="data:text/html,%3Cbody%3EAway%2C%20call%20Bob%3C%2Fbody%3E":Away\, call Bob`}},
		{"another text where an alternative stood", "thunderbird", func(e *calendar.Event) { e.Description = "x" }, []string{
			`-DESCRIPTION;ALTREP="data:text/html,%3Cbody%3EAway%2C%20call%20Bob%3C%2Fbody%3E":Away\, call Bob`,
			`-DESCRIPTION;ALTREP="data:text/html,%3Cbody%3EAway%2C%20call%20Bob%3C%2Fbody%3E":Away\, call Bob`,
			"+DESCRIPTION:x", "+DESCRIPTION:x"}},
		{"no length any more", "southern", func(e *calendar.Event) { e.End = e.Start }, []string{
			"-DTEND;TZID=Australia/Sydney:20260331T093000", "-DTSTART:20260405T230000Z", "-DTEND:20260405T233000Z", "-SEQUENCE:2",
			"-SEQUENCE:2", "+DTSTART;TZID=Australia/Sydney:20260406T090000", "+SEQUENCE:3", "+SEQUENCE:3"}},
		{"free instead of busy, in both words", "outlook", func(e *calendar.Event) { e.Busy = false }, []string{
			"-TRANSP:OPAQUE", "-X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "+TRANSP:TRANSPARENT", "+X-MICROSOFT-CDO-BUSYSTATUS:FREE"}},
		{"private", "google", func(e *calendar.Event) { e.Private = true }, []string{"+CLASS:PRIVATE"}},
		{"a place", "google", func(e *calendar.Event) { e.Location = "Room 5" }, []string{"-LOCATION:", "+LOCATION:Room 5"}},
		{"an hour later, in the zone's own words", "outlook", func(e *calendar.Event) { move(e, 3600) }, []string{
			`-DTEND;TZID="FLE Standard Time":20260107T110000`, `-DTSTART;TZID="FLE Standard Time":20260107T100000`, "-SEQUENCE:3",
			`+DTEND;TZID="FLE Standard Time":20260107T120000`, `+DTSTART;TZID="FLE Standard Time":20260107T110000`, "+SEQUENCE:4"}},
		{"longer, where a duration was said", "nodst", func(e *calendar.Event) { e.End.Wall += 1800 }, []string{
			"-DURATION:PT1H30M", "+DURATION:PT2H", "+SEQUENCE:1"}},
		{"later, where a duration was said", "nodst", func(e *calendar.Event) { move(e, -3600) }, []string{
			"-DTSTART;TZID=/freeassociation.sourceforge.net/Asia/Kolkata:20260105T183000",
			"+DTSTART;TZID=/freeassociation.sourceforge.net/Asia/Kolkata:20260105T173000", "+SEQUENCE:1"}},
		{"a length where none was said", "floating", func(e *calendar.Event) { e.End.Wall += 600 }, []string{
			"+DTEND:20260101T081000", "+SEQUENCE:1"}},
		{"a place that Apple had on the map, in the occurrence too", "apple", func(e *calendar.Event) { e.Location = "Online" }, []string{
			`-LOCATION:Kahvila Ekberg\nBulevardi 9\, Helsinki`,
			`-X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-RADIUS=70;X-TITLE="Kahvila Ekberg":geo:60.164,24.936`,
			`-LOCATION:Kahvila Ekberg\nBulevardi 9\, Helsinki`,
			`-X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-RADIUS=70;X-TITLE="Kahvila Ekberg":geo:60.164,24.936`,
			"+LOCATION:Online", "+LOCATION:Online"}},
		{"a series moved by an hour names its occurrences anew", "apple", func(e *calendar.Event) { move(e, 3600) }, []string{
			"-DTEND;TZID=Europe/Helsinki:20260323T103000", "-DTSTART;TZID=Europe/Helsinki:20260323T100000",
			"-EXDATE;TZID=Europe/Helsinki:20260325T100000", "-EXDATE;TZID=Europe/Helsinki:20260327T100000", "-SEQUENCE:1",
			"-RECURRENCE-ID;TZID=Europe/Helsinki:20260331T100000",
			"+DTEND;TZID=Europe/Helsinki:20260323T113000", "+DTSTART;TZID=Europe/Helsinki:20260323T110000",
			"+EXDATE;TZID=Europe/Helsinki:20260325T110000", "+EXDATE;TZID=Europe/Helsinki:20260327T110000", "+SEQUENCE:2",
			"+RECURRENCE-ID;TZID=Europe/Helsinki:20260331T110000"}},
		{"an occurrence cancelled and one brought back", "apple", func(e *calendar.Event) {
			e.Cancelled = []calendar.Wall{wall("20260325T100000"), wall("20260324T100000")}
		}, []string{"-EXDATE;TZID=Europe/Helsinki:20260327T100000", "-SEQUENCE:1",
			"+SEQUENCE:2", "+EXDATE;TZID=Europe/Helsinki:20260324T100000"}},
		{"one of a list brought back", "southern", func(e *calendar.Event) { e.Cancelled = e.Cancelled[1:] }, []string{
			"-SEQUENCE:2", "-EXDATE;TZID=Australia/Sydney:20260404T090000,20260405T090000",
			"+SEQUENCE:3", "+EXDATE;TZID=Australia/Sydney:20260405T090000"}},
		{"a title that an occurrence inherits and one that it does not", "southern", func(e *calendar.Event) {
			e.Subject, e.Location = "Daily", "Deck"
		}, []string{"-SUMMARY:Stand-up", "+SUMMARY:Daily", "+LOCATION:Deck", "+LOCATION:Deck"}},
		{"the rule", "floating", func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=30" }, []string{
			"-RRULE:FREQ=DAILY", "+RRULE:FREQ=DAILY;COUNT=30", "+SEQUENCE:1"}},
		{"no series any more", "nodst", func(e *calendar.Event) { e.Rule = "" }, []string{
			"-RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=MO,TH;UNTIL=20260630T130000Z", "+SEQUENCE:1"}},
		{"a further date, and one fewer", "periods", func(e *calendar.Event) {
			e.Extra = append(e.Extra[:2:2], in("Europe/Berlin", "20260302T090000"))
			e.Overrides = nil
		}, []string{
			"-RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260209T090000/20260209T120000,20260216T090000/PT6H",
			"-RDATE;TZID=Europe/Berlin:20260223T090000",
			"+RDATE;TZID=Europe/Berlin:20260209T090000,20260216T090000",
			"+RDATE;TZID=Europe/Berlin:20260302T090000", "+SEQUENCE:1"}},
		{"periods stay when a title changes", "periods", func(e *calendar.Event) { e.Subject = "Class" }, []string{
			"-SUMMARY:Course", "+SUMMARY:Class"}},
		{"to all day, in Outlook's words too", "outlook", func(e *calendar.Event) {
			e.Start, e.End = calendar.OnDate(2026, 1, 7), calendar.OnDate(2026, 1, 8)
		}, []string{
			`-DTEND;TZID="FLE Standard Time":20260107T110000`, `-DTSTART;TZID="FLE Standard Time":20260107T100000`, "-SEQUENCE:3",
			"-X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
			"+DTEND;VALUE=DATE:20260108", "+DTSTART;VALUE=DATE:20260107", "+SEQUENCE:4", "+X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"}},
		{"from days to times, with the names of occurrences and the end of the rule", "thunderbird", func(e *calendar.Event) {
			move(e, 9*3600)
			e.Start, e.End = in(helsinki, "20260706T090000"), in(helsinki, "20260706T100000")
			e.Rule = "FREQ=YEARLY;UNTIL=20300706T060000Z"
			e.Overrides[0].Start, e.Overrides[0].End = in(helsinki, "20270712T090000"), in(helsinki, "20270712T100000")
		}, []string{
			"-DTSTART;VALUE=DATE:20260706", "-DTEND;VALUE=DATE:20260727", "-RRULE:FREQ=YEARLY;UNTIL=20300706",
			"-RECURRENCE-ID;VALUE=DATE:20270706", "-DTSTART;VALUE=DATE:20270712", "-DTEND;VALUE=DATE:20270726",
			"+BEGIN:VTIMEZONE", "+TZID:Europe/Helsinki", "+BEGIN:STANDARD", "+DTSTART:20251026T040000", "+TZOFFSETFROM:+0300",
			"+TZOFFSETTO:+0200", "+TZNAME:EET", "+RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "+END:STANDARD", "+BEGIN:DAYLIGHT",
			"+DTSTART:20260329T030000", "+TZOFFSETFROM:+0200", "+TZOFFSETTO:+0300", "+TZNAME:EEST",
			"+RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "+END:DAYLIGHT", "+END:VTIMEZONE",
			"+DTSTART;TZID=Europe/Helsinki:20260706T090000", "+DTEND;TZID=Europe/Helsinki:20260706T100000",
			"+RRULE:FREQ=YEARLY;UNTIL=20300706T060000Z", "+SEQUENCE:1",
			"+RECURRENCE-ID;TZID=Europe/Helsinki:20270706T090000", "+DTSTART;TZID=Europe/Helsinki:20270712T090000",
			"+DTEND;TZID=Europe/Helsinki:20270712T100000", "+SEQUENCE:1"}},
		{"an arrival elsewhere", "flight", func(e *calendar.Event) { e.End.Wall += 3600 }, []string{
			"-DTEND;TZID=America/New_York:20260501T191500", "+DTEND;TZID=America/New_York:20260501T201500", "+SEQUENCE:1"}},
		{"a property behind the alarm", "nested", func(e *calendar.Event) { e.Subject = "Course"; e.Location = "Stage" }, []string{
			"-SUMMARY:Workshop", "+LOCATION:Stage", "+SUMMARY:Course"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			slices.Sort(tc.want)
			raw := corpus(t)[tc.object]
			if diff := cmp.Diff(tc.want, changed(t, raw, patched(t, raw, tc.edit))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOverridesArePatched(t *testing.T) {
	id := func(day string) string { return "RECURRENCE-ID" + berlin + day + "T100000\r\n" }
	at := func(day, from, to string) string {
		return "DTSTART" + berlin + day + "T" + from + "\r\nDTEND" + berlin + day + "T" + to + "\r\n"
	}
	own := series("X-A:1\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n",
		id("20260322")+at("20260322", "100000", "110000")+"SUMMARY:t\r\nX-A:1\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM",
		id("20260323")+at("20260323", "100000", "110000")+"SUMMARY:s\r\nX-A:2")
	for _, tc := range []struct {
		name string
		edit func(e *calendar.Event)
		want []string
	}{
		{"a new one is a copy of its master", func(e *calendar.Event) {
			override(e, "20260325T100000", calendar.Location, func(v *calendar.Values) { v.Location = "Deck" })
		}, []string{"+BEGIN:VEVENT", "+UID:u", "+RECURRENCE-ID;TZID=Europe/Berlin:20260325T100000",
			"+DTSTART;TZID=Europe/Berlin:20260325T100000", "+DTEND;TZID=Europe/Berlin:20260325T110000", "+SUMMARY:s", "+X-A:1",
			"+LOCATION:Deck", "+BEGIN:VALARM", "+TRIGGER:-PT5M", "+END:VALARM", "+END:VEVENT"}},
		{"one that says something else now", func(e *calendar.Event) { e.Overrides[0].Subject = "w" }, []string{
			"-SUMMARY:t", "+SUMMARY:w"}},
		{"one that is moved", func(e *calendar.Event) {
			override(e, "20260322T100000", calendar.When, func(v *calendar.Values) {
				v.Start, v.End = in("Europe/Berlin", "20260322T120000"), in("Europe/Berlin", "20260322T130000")
			})
		}, []string{"-DTSTART;TZID=Europe/Berlin:20260322T100000", "-DTEND;TZID=Europe/Berlin:20260322T110000",
			"+DTSTART;TZID=Europe/Berlin:20260322T120000", "+DTEND;TZID=Europe/Berlin:20260322T130000", "+SEQUENCE:1"}},
		{"one that says nothing of its own any more goes", func(e *calendar.Event) { e.Overrides = nil }, []string{
			"-BEGIN:VEVENT", "-UID:u", "-RECURRENCE-ID;TZID=Europe/Berlin:20260322T100000",
			"-DTSTART;TZID=Europe/Berlin:20260322T100000", "-DTEND;TZID=Europe/Berlin:20260322T110000", "-SUMMARY:t", "-X-A:1",
			"-BEGIN:VALARM", "-TRIGGER:-PT5M", "-END:VALARM", "-END:VEVENT"}},
		{"one that is cancelled", func(e *calendar.Event) {
			e.Overrides, e.Cancelled = nil, []calendar.Wall{wall("20260322T100000")}
		}, []string{
			"-BEGIN:VEVENT", "-UID:u", "-RECURRENCE-ID;TZID=Europe/Berlin:20260322T100000",
			"-DTSTART;TZID=Europe/Berlin:20260322T100000", "-DTEND;TZID=Europe/Berlin:20260322T110000", "-SUMMARY:t", "-X-A:1",
			"-BEGIN:VALARM", "-TRIGGER:-PT5M", "-END:VALARM", "-END:VEVENT",
			"+EXDATE;TZID=Europe/Berlin:20260322T100000", "+SEQUENCE:1"}},
		{"one that has only an alarm of its own follows its series", func(e *calendar.Event) { e.Subject = "n" }, []string{
			"-SUMMARY:s", "-SUMMARY:s", "+SUMMARY:n", "+SUMMARY:n"}},
		{"a rule that drops their days drops them", func(e *calendar.Event) { e.Rule, e.Overrides = "FREQ=WEEKLY", nil }, []string{
			"-RRULE:FREQ=DAILY", "-BEGIN:VEVENT", "-UID:u", "-RECURRENCE-ID;TZID=Europe/Berlin:20260322T100000",
			"-DTSTART;TZID=Europe/Berlin:20260322T100000", "-DTEND;TZID=Europe/Berlin:20260322T110000", "-SUMMARY:t", "-X-A:1",
			"-BEGIN:VALARM", "-TRIGGER:-PT5M", "-END:VALARM", "-END:VEVENT",
			"-BEGIN:VEVENT", "-UID:u", "-RECURRENCE-ID;TZID=Europe/Berlin:20260323T100000",
			"-DTSTART;TZID=Europe/Berlin:20260323T100000", "-DTEND;TZID=Europe/Berlin:20260323T110000", "-SUMMARY:s", "-X-A:2",
			"-END:VEVENT", "+RRULE:FREQ=WEEKLY", "+SEQUENCE:1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := changed(t, own, patched(t, own, tc.edit))
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnOccurrenceWithLinesOfItsOwnStays(t *testing.T) {
	one := func(title string) []byte {
		return series("X-A:1\r\n", "RECURRENCE-ID"+berlin+"20260322T100000\r\nDTSTART"+berlin+"20260322T100000\r\nDTEND"+berlin+
			"20260322T110000\r\nSUMMARY:"+title+"\r\nX-A:2")
	}
	got := patched(t, one("v"), func(e *calendar.Event) { e.Overrides = nil })
	if diff := cmp.Diff([]string{"+SUMMARY:s", "-SUMMARY:v"}, changed(t, one("v"), got)); diff != "" {
		t.Errorf("when it says what its series says:\n%s", diff)
	}
	got = patched(t, one("s"), func(e *calendar.Event) { move(e, 7200) })
	if !bytes.Contains(got, []byte("RECURRENCE-ID"+berlin+"20260322T120000\r\nDTSTART"+berlin+"20260322T120000\r\n")) {
		t.Errorf("when its series moves:\n%s", got)
	}
}

func TestAnOverrideWithAnAlarmOfItsOwnStays(t *testing.T) {
	raw := corpus(t)["apple"]
	to := mustDecode(t, raw).Event
	from := to.Clone()
	to.Overrides = nil
	got, err := Patch(raw, from, to, calendar.BothWaysFields, testNow)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"-DTEND;TZID=Europe/Helsinki:20260331T123000", "-DTSTART;TZID=Europe/Helsinki:20260331T120000", "-SEQUENCE:1",
		"+DTEND;TZID=Europe/Helsinki:20260331T103000", "+DTSTART;TZID=Europe/Helsinki:20260331T100000", "+SEQUENCE:2"}
	slices.Sort(want)
	if diff := cmp.Diff(want, changed(t, raw, got)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyTheGivenFieldsAreWritten(t *testing.T) {
	raw := corpus(t)["apple"]
	from := mustDecode(t, raw).Event
	to := from.Clone()
	to.Subject, to.Location, to.Busy = "new", "new", false
	move(&to, 3600)
	to.Cancelled = append(to.Cancelled, wall("20260324T110000"))
	override(&to, "20260331T110000", calendar.Subject, func(v *calendar.Values) { v.Subject = "one" })
	to.Organizer, to.Guests, to.Answer, to.MeetingURL = calendar.Person{Email: "x@example.com"}, nil, calendar.Accepted, "https://x.example"
	to.Normalize()

	got := mustDecode(t, lawful(t, raw, from, to, calendar.Fields(calendar.Subject))).Event
	want := from.Clone()
	want.Subject = "new"
	override(&want, "20260331T100000", calendar.Subject, func(v *calendar.Values) { v.Subject = "one" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("subject alone:\n%s", diff)
	}

	got = mustDecode(t, lawful(t, raw, from, to, calendar.Fields(calendar.When))).Event
	want = from.Clone()
	move(&want, 3600)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("time alone:\n%s", diff)
	}

	got = mustDecode(t, lawful(t, raw, from, to, calendar.Fields(calendar.Recurrence))).Event
	want = from.Clone()
	want.Cancelled = append(want.Cancelled, wall("20260324T100000"))
	want.Normalize()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("recurrence alone:\n%s", diff)
	}

	cancelled := from.Clone()
	cancelled.Cancelled, cancelled.Overrides = append(cancelled.Cancelled, wall("20260331T100000")), nil
	cancelled.Normalize()
	if same, err := Patch(raw, from, cancelled, calendar.Fields(calendar.When), testNow); err != nil || !bytes.Equal(same, raw) {
		t.Errorf("a cancellation that may not be written undid the occurrence's move: %v", err)
	}

	inOnly := calendar.AllFields &^ calendar.BothWaysFields
	if same, err := Patch(raw, from, to, inOnly, testNow); err != nil || !bytes.Equal(same, raw) {
		t.Errorf("what only comes in was written: %v", err)
	}
	to.Known = calendar.Fields(calendar.Busy)
	if diff := cmp.Diff([]string{"+TRANSP:TRANSPARENT", "+TRANSP:TRANSPARENT", "-TRANSP:OPAQUE", "-TRANSP:OPAQUE"},
		changed(t, raw, lawful(t, raw, from, to, calendar.Fields(calendar.Busy, calendar.Subject)))); diff != "" {
		t.Errorf("what is not known was written:\n%s", diff)
	}
}

func TestOneOfManyFutureOccurrencesIsChanged(t *testing.T) {
	raw := corpus(t)["range"]
	patched(t, raw, func(e *calendar.Event) { e.Override(wall("20260324T090000")).Location = "Hall C" })
	patched(t, raw, func(e *calendar.Event) { e.Overrides = e.Overrides[1:] })
	patched(t, raw, func(e *calendar.Event) { e.Location = "Hall B" })
	got := patched(t, raw, func(e *calendar.Event) { e.Override(wall("20260331T090000")).Location = "Hall C" })
	if n := bytes.Count(got, []byte("X-MOVED-BY:office")); n != 3 {
		t.Errorf("%d occurrences have the moved one's own line, want 3\n%s", n, got)
	}
	if bytes.Contains(got, []byte("RANGE=")) {
		t.Errorf("still a range:\n%s", got)
	}
}

func TestALeftOverUnderAnExceptionDoesNotComeBack(t *testing.T) {
	raw := series("EXDATE"+berlin+"20260322T100000\r\n",
		"RECURRENCE-ID"+berlin+"20260322T100000\r\nDTSTART"+berlin+"20260322T120000\r\nSUMMARY:stale")
	patched(t, raw, func(e *calendar.Event) { e.Cancelled = nil })
	got := patched(t, raw, func(e *calendar.Event) { e.Subject = "n" })
	if !bytes.Contains(got, []byte("SUMMARY:stale")) {
		t.Error("a left-over was touched without need")
	}
	patched(t, raw, func(e *calendar.Event) { move(e, 7200) })
}

func TestLineFeedsBecomeProperLineEnds(t *testing.T) {
	raw := bytes.ReplaceAll(corpus(t)["nested"], []byte("\r\n"), []byte("\n"))
	got := patched(t, raw, func(e *calendar.Event) { e.Subject = "x" })
	if bytes.Count(got, []byte("\n")) != bytes.Count(got, []byte("\r\n")) {
		t.Errorf("mixed line ends: %q", got)
	}
}

func TestBooksAreKept(t *testing.T) {
	raw := corpus(t)["apple"]
	got := string(patched(t, raw, func(e *calendar.Event) { e.Overrides[0].End.Wall += 60 }))
	master, occurrence, _ := strings.Cut(got, "END:VEVENT")
	if strings.Contains(master, "20261122T120000Z") || !strings.Contains(master, "SEQUENCE:1\r\n") {
		t.Errorf("the master's books changed:\n%s", master)
	}
	for _, want := range []string{"DTSTAMP:20261122T120000Z", "LAST-MODIFIED:20261122T120000Z", "SEQUENCE:2", "CREATED:20260201T090000Z"} {
		if !strings.Contains(occurrence, want+"\r\n") {
			t.Errorf("no %s in\n%s", want, occurrence)
		}
	}
}

func TestPatchRefuses(t *testing.T) {
	raw := corpus(t)["nested"]
	from := mustDecode(t, raw).Event
	to := from.Clone()
	to.Subject = "x"
	if _, err := Patch(raw, from, to, calendar.AllFields, WriteOptions{}); err == nil {
		t.Error("a write without a time")
	}
	if _, err := Patch([]byte("<html>"), from, to, calendar.AllFields, testNow); err == nil {
		t.Error("garbage")
	}
	to.Start.Zone, to.End.Zone = "Mars/Olympus", "Mars/Olympus"
	if _, err := Patch(raw, from, to, calendar.AllFields, testNow); err == nil {
		t.Error("a zone that nobody knows")
	}
	to = from.Clone()
	to.Start = calendar.Time{}
	if _, err := Patch(raw, from, to, calendar.AllFields, testNow); err == nil {
		t.Error("no time")
	}
}

// TestWhatCouldNotBeReadAgainIsNotWritten: an object that outgrows the limits would be lost to us once it is stored.
func TestWhatCouldNotBeReadAgainIsNotWritten(t *testing.T) {
	raw := object("DTSTART:20260101T100000Z", "RRULE:FREQ=MINUTELY;INTERVAL=5;COUNT=900000")
	from := mustDecode(t, raw).Event
	cancel := func(n int) calendar.Event {
		to := from.Clone()
		for i := range n {
			to.Cancelled = append(to.Cancelled, from.Start.Wall+calendar.Wall(i)*300)
		}
		return to
	}
	fits, tooMany := cancel(9_000), cancel(11_000) // a component has at most 10,000 properties
	text, err := Patch(raw, from, fits, calendar.AllFields, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if got := mustDecode(t, text).Event; len(got.Cancelled) != len(fits.Cancelled) {
		t.Errorf("%d are cancelled", len(got.Cancelled))
	}
	var limit *LimitError
	if _, err := Patch(raw, from, tooMany, calendar.AllFields, testNow); !errors.As(err, &limit) {
		t.Errorf("patched with more than can be read: %v", err)
	}
	if _, err := Encode(tooMany, testNow); !errors.As(err, &limit) {
		t.Errorf("encoded with more than can be read: %v", err)
	}
	fits.Description = strings.Repeat("word ", 220_000)
	if _, err := Encode(fits, testNow); !errors.As(err, &limit) {
		t.Errorf("encoded beyond the size that can be read: %v", err)
	}
}

func TestASequenceThatNoIntegerHoldsStartsAgain(t *testing.T) {
	for _, tc := range []struct{ said, want string }{
		{"7", "8"}, {"2147483646", "2147483647"}, {"2147483647", "2147483647"}, {"9223372036854775807", "1"}, {"-3", "1"}, {"x", "1"},
	} {
		raw := object("DTSTART:20260101T100000Z", "SEQUENCE:"+tc.said)
		got := patched(t, raw, func(e *calendar.Event) { e.Start.Wall += 60; e.End.Wall += 60 })
		if !strings.Contains(string(got), "SEQUENCE:"+tc.want+"\r\n") {
			t.Errorf("after SEQUENCE:%s, want %s:\n%s", tc.said, tc.want, got)
		}
	}
}
