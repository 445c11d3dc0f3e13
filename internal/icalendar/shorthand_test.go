package icalendar

import (
	"strings"
	"testing"

	"tahti/internal/calendar"
)

const (
	standardNewYork = "BEGIN:STANDARD\nDTSTART:20071104T020000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\n"
	daylightNewYork = "BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\n"
	standardLondon  = "BEGIN:STANDARD\nDTSTART:19961027T020000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0000\nEND:STANDARD\n"
	daylightLondon  = "BEGIN:DAYLIGHT\nDTSTART:19960331T010000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nEND:DAYLIGHT\n"
)

func fixedZone(offset string) string {
	return "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:" + offset + "\nTZOFFSETTO:" + offset + "\nEND:STANDARD\n"
}

// TestAShorthandMeansWhatItsDefinitionSays: the database knows EST as an offset without summer time; who writes it beside
// the rules of New York means New York. The name of a place counts more than a definition, which is often out of date.
func TestAShorthandMeansWhatItsDefinitionSays(t *testing.T) {
	for _, tc := range []struct{ name, tzid, definition, want string }{
		{"EST with summer time", "EST", standardNewYork + daylightNewYork, "America/New_York"},
		{"EST without", "EST", fixedZone("-0500"), "EST"},
		{"EST that nobody defines", "EST", "", "EST"},
		{"GMT as London has it", "GMT", standardLondon + daylightLondon, "Europe/London"},
		{"GMT", "GMT", fixedZone("+0000"), "GMT"},
		{"an offset with summer time", "GMT-05:00", standardNewYork + daylightNewYork, "America/New_York"},
		{"an offset", "GMT-05:00", fixedZone("-0500"), "Etc/GMT+5"},
		{"a shorthand with a hint", "EST", "X-LIC-LOCATION:America/Toronto\n" + standardNewYork + daylightNewYork, "America/Toronto"},
		{"a shorthand for what no place has", "EST", fixedZone("-0123"), ""},
		{"a shorthand whose definition cannot be read", "EST", "BEGIN:STANDARD\nEND:STANDARD\n", "EST"},
		{"a place with another's rules", "Europe/Helsinki", standardNewYork + daylightNewYork, "Europe/Helsinki"},
		{"a country with rules that it has no longer", "Turkey", standardLondon + daylightLondon, "Turkey"},
		{"Windows' name with another's rules", "FLE Standard Time", standardNewYork + daylightNewYork, "Europe/Kyiv"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := "BEGIN:VCALENDAR\n"
			if tc.definition != "" {
				text += "BEGIN:VTIMEZONE\nTZID:" + tc.tzid + "\n" + tc.definition + "END:VTIMEZONE\n"
			}
			text += "BEGIN:VEVENT\nUID:u\nDTSTART;TZID=\"" + tc.tzid + "\":20260701T100000\nEND:VEVENT\nEND:VCALENDAR\n"
			d, prob := Decode([]byte(text), Options{})
			switch {
			case tc.want == "" && (prob == nil || prob.Code != UnknownZone || !strings.Contains(prob.Detail, tc.tzid)):
				t.Errorf("%v in %q, want an unknown zone", prob, d.Event.Start.Zone)
			case tc.want != "" && (prob != nil || d.Event.Start.Zone != tc.want):
				t.Errorf("%q (%v), want %q", d.Event.Start.Zone, prob, tc.want)
			}
		})
	}
}

// TestANameThatMeansSomethingElseIsNotWritten: two definitions of one TZID would leave open which one holds.
func TestANameThatMeansSomethingElseIsNotWritten(t *testing.T) {
	raw := []byte("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:EST\n" + standardNewYork + daylightNewYork +
		"END:VTIMEZONE\nBEGIN:VEVENT\nUID:u\nDTSTART:20260701T100000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	from := mustDecode(t, raw).Event
	to := from.Clone()
	to.Start = calendar.InZone(calendar.WallOf(2026, 7, 1, 10, 0, 0), "EST")
	to.End = to.Start
	if out, err := Patch(raw, from, to, calendar.AllFields, testNow); err == nil {
		t.Errorf("written:\n%s", out)
	}
	to.Start.Zone, to.End.Zone = "America/New_York", "America/New_York"
	if out, err := Patch(raw, from, to, calendar.AllFields, testNow); err != nil || !strings.Contains(string(out), "DTSTART;TZID=EST:20260701T100000") {
		t.Errorf("%v\n%s", err, out)
	}
}
