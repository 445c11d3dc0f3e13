package google

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider"
	standin "tahti/internal/standin/google"
)

func TestAChannelTellsUntilItIsStopped(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	server := standin.New(standin.Options{Token: "alice's", PlainPush: true, ChannelLife: 100 * time.Hour, Now: func() time.Time { return now }})
	came := make(chan http.Header, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { came <- r.Header }))
	t.Cleanup(hook.Close)
	told := func(state string) {
		t.Helper()
		select {
		case h := <-came:
			got := strings.Join([]string{h.Get("X-Goog-Channel-ID"), h.Get("X-Goog-Channel-Token"), h.Get("X-Goog-Resource-State")}, " ")
			if got != "ours1 secret "+state {
				t.Errorf("told %s, want %s", got, state)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("nobody tells of the change")
		}
	}
	b := &door{
		wire: newWire(server, "alice's"), server: server, base: "http://calendar.example/calendar/v3", calendar: alice,
		tokens: map[string]string{alice: "alice's"},
	}
	c, err := Open(Config{Base: b.base, Calendar: alice, Transport: b.wire, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	wish := provider.Watch{ID: "ours1", Address: hook.URL + "/push/google/x", Secret: "secret"}
	w, err := c.Watch(t.Context(), wish)
	if err != nil || w.ID != "ours1" || w.Resource == "" || !w.Until.Equal(now.Add(100*time.Hour)) {
		t.Fatalf("granted %+v, %v", w, err)
	}
	told("sync")
	if _, err := b.do(alice, "POST", b.events(), lunch()); err != nil {
		t.Fatal(err)
	}
	told("exists")
	for range 2 {
		if err := c.Unwatch(t.Context(), w); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Watch(t.Context(), wish); provider.ClassOf(err) != provider.Rejected {
		t.Errorf("an id that was used: %v", err)
	}
	wish.ID, wish.Address = "ours2", strings.Replace(hook.URL, "http:", "ftp:", 1)
	_, err = c.Watch(t.Context(), wish)
	if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.Forbidden || e.Code != provider.CodeNotReached {
		t.Errorf("an address that is not https: %v", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the secret is in %q", err)
	}
}

func (b *door) events() string { return "/calendars/" + b.calendar + "/events" }

func lunch() object {
	return object{
		"summary": "Lunch", "start": object{"dateTime": "2026-03-04T12:00:00Z"}, "end": object{"dateTime": "2026-03-04T13:00:00Z"},
	}
}
