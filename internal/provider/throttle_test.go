package provider_test

import (
	"net/http"
	"testing"
	"time"

	"tahti/internal/provider"
)

func TestRetryAfterIsReadInBothItsForms(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, value, date string
		want              time.Duration
	}{
		{"seconds", "90", "", 90 * time.Second},
		{"a date", "Sun, 01 Mar 2026 12:01:00 GMT", "", time.Minute},
		{"a date by a clock that is an hour ahead", "Sun, 01 Mar 2026 13:01:00 GMT", "Sun, 01 Mar 2026 13:00:00 GMT", time.Minute},
		{"less than nothing", "-5", "", 0},
		{"for ever is a week", "99999999999", "", 7 * 24 * time.Hour},
		{"so is another century", "Sun, 01 Mar 2126 12:00:00 GMT", "", 7 * 24 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{"Retry-After": {c.value}}
			if c.date != "" {
				h.Set("Date", c.date)
			}
			if got := provider.RetryAfter(h, now).Sub(now); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
	for _, h := range []http.Header{{}, {"Retry-After": {"soon"}}} {
		if got := provider.RetryAfter(h, now); !got.IsZero() {
			t.Errorf("%v: %v", h, got)
		}
	}
}
