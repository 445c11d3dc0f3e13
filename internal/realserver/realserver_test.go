package realserver

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func event(uid, extra string) string {
	return strings.ReplaceAll(fmt.Sprintf(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Tahti//realserver test//EN
BEGIN:VEVENT
UID:%s
DTSTAMP:20260101T000000Z
DTSTART:20270110T090000Z
DTEND:20270110T100000Z
SUMMARY:Smoke
%sEND:VEVENT
END:VCALENDAR
`, uid, extra), "\n", "\r\n")
}

func TestAnEventIsStoredReadAndDeletedAndSurvivesKill9(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, name, Options{})
			address := s.CalendarURL("alice") + "smoke-1.ics"
			s.Put("alice", address, event("smoke-1", ""))

			s.Kill9()
			if _, err := s.Try("alice", http.MethodGet, address, ""); err == nil {
				t.Error("a killed server still answers")
			}
			s.Restart()

			if r := s.Get("alice", address); r.Status != http.StatusOK || !strings.Contains(r.Body, "SUMMARY:Smoke") {
				t.Fatalf("get: %d\n%s", r.Status, r.Body)
			}
			if items, err := s.List("alice", s.CalendarURL("alice")); err != nil || len(items) != 1 {
				t.Errorf("list: %d items, %v; want 1", len(items), err)
			}
			s.Delete("alice", address)
			if r := s.Get("alice", address); r.Status != http.StatusNotFound {
				t.Errorf("get after delete: %d, want 404", r.Status)
			}
			if r := s.Propfind("alice", s.HomeURL("alice"), "1", "<d:displayname/>"); r.Status != http.StatusMultiStatus {
				t.Errorf("propfind of the home: %d, want 207", r.Status)
			}
		})
	}
}
