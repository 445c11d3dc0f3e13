package graph

import (
	"encoding/json"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

func TestTimesAreTold(t *testing.T) {
	for _, c := range []struct{ name, event, start, end string }{
		{"in a zone of Windows'", `"start":{"dateTime":"2026-07-01T06:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-07-01T07:00:00.0000000","timeZone":"UTC"},"originalStartTimeZone":"FLE Standard Time","originalEndTimeZone":"FLE Standard Time"`,
			"20260701T090000[Europe/Kyiv]", "20260701T100000[Europe/Kyiv]"},
		{"in a zone of IANA's", `"start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"originalStartTimeZone":"Europe/Helsinki","originalEndTimeZone":"Europe/Helsinki"`,
			"20260101T090000[Europe/Helsinki]", "20260101T090000[Europe/Helsinki]"},
		{"from one zone to another", `"start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T10:00:00","timeZone":"UTC"},"originalStartTimeZone":"FLE Standard Time","originalEndTimeZone":"GMT Standard Time"`,
			"20260101T090000[Europe/Kyiv]", "20260101T100000[Europe/London]"},
		{"in UTC", `"start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T08:00:00","timeZone":"UTC"},"originalStartTimeZone":"UTC","originalEndTimeZone":"UTC"`,
			"20260101T070000Z", "20260101T080000Z"},
		{"in a zone that a desktop program has made up", `"start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T08:00:00","timeZone":"UTC"},"originalStartTimeZone":"tzone://Microsoft/Custom","originalEndTimeZone":"tzone://Microsoft/Custom"`,
			"20260101T070000Z", "20260101T080000Z"},
		{"the second three o'clock of a night", `"start":{"dateTime":"2026-10-25T01:30:00","timeZone":"UTC"},"end":{"dateTime":"2026-10-25T03:00:00","timeZone":"UTC"},"originalStartTimeZone":"Europe/Helsinki","originalEndTimeZone":"Europe/Helsinki"`,
			"20261025T013000Z", "20261025T030000Z"},
		{"the first three o'clock of a night", `"start":{"dateTime":"2026-10-25T00:30:00","timeZone":"UTC"},"end":{"dateTime":"2026-10-25T03:00:00","timeZone":"UTC"},"originalStartTimeZone":"Europe/Helsinki","originalEndTimeZone":"Europe/Helsinki"`,
			"20261025T033000[Europe/Helsinki]", "20261025T050000[Europe/Helsinki]"},
		{"an answer in another zone than was asked for", `"start":{"dateTime":"2026-01-01T02:00:00","timeZone":"Eastern Standard Time"},"end":{"dateTime":"2026-01-01T03:00:00","timeZone":"Eastern Standard Time"},"originalStartTimeZone":"Europe/Helsinki","originalEndTimeZone":"Europe/Helsinki"`,
			"20260101T090000[Europe/Helsinki]", "20260101T100000[Europe/Helsinki]"},
		{"a day at midnight in UTC", `"isAllDay":true,"start":{"dateTime":"2026-08-01T00:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-08-02T00:00:00","timeZone":"UTC"},"originalStartTimeZone":"Tokyo Standard Time","originalEndTimeZone":"Tokyo Standard Time"`,
			"20260801", "20260802"},
		{"a day that was shifted to UTC", `"isAllDay":true,"start":{"dateTime":"2026-07-31T15:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-08-02T15:00:00","timeZone":"UTC"},"originalStartTimeZone":"Tokyo Standard Time","originalEndTimeZone":"Tokyo Standard Time"`,
			"20260801", "20260803"},
		{"days over the change to summer time", `"isAllDay":true,"start":{"dateTime":"2026-03-27T22:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-29T21:00:00","timeZone":"UTC"},"originalStartTimeZone":"FLE Standard Time","originalEndTimeZone":"FLE Standard Time"`,
			"20260328", "20260330"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e event
			if err := json.Unmarshal([]byte(`{"id":"x",`+c.event+`}`), &e); err != nil {
				t.Fatal(err)
			}
			d, problem := decode(&e)
			if problem != nil {
				t.Fatal(problem)
			}
			if d.event.Start.String() != c.start || d.event.End.String() != c.end {
				t.Errorf("%s to %s, want %s to %s", d.event.Start, d.event.End, c.start, c.end)
			}
		})
	}
}

func TestTimesThatCannotBeTold(t *testing.T) {
	for _, c := range []struct {
		name, event string
		code        provider.ProblemCode
	}{
		{"a series in a zone that nobody knows", `"type":"seriesMaster","start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T08:00:00","timeZone":"UTC"},"originalStartTimeZone":"tzone://Microsoft/Custom","recurrence":{"pattern":{"type":"daily","interval":1},"range":{"type":"noEnd","startDate":"2026-01-01","recurrenceTimeZone":"tzone://Microsoft/Custom"}}`, provider.UnknownZone},
		{"no end", `"start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"}`, provider.BadSyntax},
		{"no time", `"start":{"dateTime":"soon","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"}`, provider.BadSyntax},
		{"a day that begins at noon", `"isAllDay":true,"start":{"dateTime":"2026-01-01T12:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-02T12:00:00","timeZone":"UTC"},"originalStartTimeZone":"UTC"`, provider.BadSyntax},
		{"a pattern of another calendar", `"type":"seriesMaster","start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T08:00:00","timeZone":"UTC"},"originalStartTimeZone":"UTC","recurrence":{"pattern":{"type":"hijriMonthly","interval":1},"range":{"type":"noEnd","startDate":"2026-01-01"}}`, provider.Inexpressive},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e event
			if err := json.Unmarshal([]byte(`{"id":"x",`+c.event+`}`), &e); err != nil {
				t.Fatal(err)
			}
			if d, problem := decode(&e); problem == nil || problem.Code != c.code {
				t.Errorf("%+v, problem %+v", d.event, problem)
			}
		})
	}
}

// A series whose own zone is made up takes place in the zone of its range, if that is known.
func TestASeriesTakesTheZoneOfItsRange(t *testing.T) {
	var e event
	err := json.Unmarshal([]byte(`{"id":"x","type":"seriesMaster","start":{"dateTime":"2026-03-02T08:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-02T09:00:00","timeZone":"UTC"},
		"originalStartTimeZone":"tzone://Microsoft/Custom","originalEndTimeZone":"tzone://Microsoft/Custom",
		"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["monday"]},"range":{"type":"numbered","startDate":"2026-03-02","numberOfOccurrences":8,"recurrenceTimeZone":"FLE Standard Time"}}}`), &e)
	if err != nil {
		t.Fatal(err)
	}
	d, problem := decode(&e)
	if problem != nil {
		t.Fatal(problem)
	}
	if d.event.Start.String() != "20260302T100000[Europe/Kyiv]" || d.event.Rule != "FREQ=WEEKLY;COUNT=8" {
		t.Errorf("%s %s", d.event.Start, d.event.Rule)
	}
}

// Each zone that Windows has comes back under the name that it was written with.
func TestZonesComeBack(t *testing.T) {
	n := 0
	for _, name := range []string{"Europe/Helsinki", "Europe/Kyiv", "Europe/Kiev", "America/Detroit", "America/New_York", "US/Eastern", "Asia/Kolkata", "Asia/Calcutta",
		"Australia/Sydney", "Australia/Hobart", "America/Santiago", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "America/Argentina/Buenos_Aires", "Etc/GMT+5"} {
		if _, err := recur.Location(name); err != nil {
			continue
		}
		n++
		text, err := zoneText(name)
		if err != nil {
			t.Fatal(err)
		}
		if k := clockOf(text, name); k.iana != name {
			t.Errorf("%s was written as %s and read as %s", name, text, k.iana)
		}
		if k := clockOf("Tokyo Standard Time", name); k.iana != "Asia/Tokyo" {
			t.Errorf("a time that moved to Tokyo is still in %s", k.iana)
		}
	}
	if n < 14 {
		t.Errorf("only %d zones are known", n)
	}
}

func TestFormIsReadBack(t *testing.T) {
	e := series("20260316T100000", "FREQ=WEEKLY;BYDAY=MO")
	if f := parseForm(formOf(e).String()); f != formOf(e) {
		t.Errorf("%+v", f)
	}
	for _, s := range []string{"", "a", "a b c d", "- - -"} {
		if f := parseForm(s); f != (form{}) {
			t.Errorf("%q was read as %+v", s, f)
		}
	}
}

func TestUIDOf(t *testing.T) {
	const own = "040000008200E00074C5B7101A82E00800000000D0A7A4C36CC8DB0100000000000000001000000012F0A1B2C3D4E5F60718293A4B5C6D7E"
	foreign := "040000008200E00074C5B7101A82E008000000000000000000000000000000000000000027000000" + "7643616C2D556964" + "01000000" + "7A7A39383740676F6F676C652E6578616D706C652E636F6D" + "000000"
	for _, c := range []struct{ name, id, want string }{
		{"of another system", "abc123@google.example.com", "abc123@google.example.com"},
		{"nothing", "", ""},
		{"Exchange's own", own, own},
		{"of an occurrence", own[:32] + "07EA0310" + own[40:], own},
		{"in small letters", "040000008200e00074c5b7101a82e00800000000d0a7a4c36cc8db0100000000000000001000000012f0a1b2c3d4e5f60718293a4b5c6d7e", own},
		{"wrapped", foreign, "zz987@google.example.com"},
		{"wrapped, of an occurrence", foreign[:32] + "07EA0310" + foreign[40:], "zz987@google.example.com"},
		{"cut off", own[:60], own[:60]},
		{"no hexadecimal", own[:84] + "zz", own[:84] + "zz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := uidOf(c.id); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestInstantsAreCompared(t *testing.T) {
	e := series("20260316T100000", "FREQ=DAILY;COUNT=3")
	if d := dayOf(e, calendar.AtUTC(time.Date(2026, 3, 16, 22, 30, 0, 0, time.UTC))); d != wall("20260317T000000") {
		t.Errorf("half past midnight in Helsinki is on %s", d)
	}
}

// An occurrence is called by the start that its series gives it, also where the clocks skip that.
func TestOriginalStarts(t *testing.T) {
	for _, c := range []struct{ name, zone, start, at, want string }{
		{"an hour that is skipped", "America/New_York", "20260301T020000", "2026-03-08T07:00:00Z", "20260308T020000"},
		{"half past in it", "Europe/Helsinki", "20260301T033000", "2026-03-29T01:30:00Z", "20260329T033000"},
		{"a midnight that is skipped", "America/Sao_Paulo", "20181028T000000", "2018-11-04T03:00:00Z", "20181104T000000"},
		{"as always", "Europe/Helsinki", "20260301T100000", "2026-06-07T07:00:00Z", "20260607T100000"},
		{"at another time than the series", "Europe/Helsinki", "20260301T100000", "2026-06-07T09:00:00Z", "20260607T120000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := original(c.at, calendar.InZone(wall(c.start), c.zone), clockOf(c.zone, ""))
			if err != nil || got != wall(c.want) {
				t.Errorf("%s %v, want %s", got, err, c.want)
			}
		})
	}
}
