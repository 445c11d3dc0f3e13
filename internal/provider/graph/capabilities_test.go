package graph

import (
	"net/http"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// TestCapabilities: the world runs with a calendar of these (internal/world, TestTheWorldHasCalendarsLikeTheirs).
func TestCapabilities(t *testing.T) {
	c, err := Open(Config{Calendar: "work", Transport: http.DefaultTransport, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	want := provider.Capabilities{
		Guard: provider.GuardFull, Tombstones: true, Untold: true, Piecemeal: true, Fields: calendar.AllFields, Modified: true, BatchRead: c.Capabilities().BatchRead, Concurrency: 4, PerAccount: perMailbox,
	}
	if got := c.Capabilities(); got != want || got.BatchRead < 1 {
		t.Errorf("%+v, want %+v", got, want)
	}
}
