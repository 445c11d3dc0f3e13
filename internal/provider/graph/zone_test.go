package graph

import (
	"encoding/json"
	"testing"

	"tahti/internal/provider"
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
