package provider

import (
	"testing"
	"time"
)

func TestAServersTimeIsReadOnOurClock(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	now := time.Date(2026, 3, 2, 10, 5, 0, 0, time.FixedZone("", 2*60*60))
	for date, want := range map[string]time.Time{
		"Mon, 02 Mar 2026 08:10:00 GMT": at.Add(-5 * time.Minute), // it is five minutes ahead
		"Mon, 02 Mar 2026 08:05:00 GMT": at,
		"":                              {},
		"yesterday":                     {},
	} {
		if got := OurTime(at, date, now); !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%q: %v, want %v", date, got, want)
		}
	}
}
