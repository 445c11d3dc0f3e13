package google

import (
	"net/http"
	"strings"

	"pgregory.net/rapid"
)

// careful fails unless requests hold what every write has to hold: the guard, no mail, and no word about guests.
func careful(t rapid.TB, sent []request) {
	t.Helper()
	for _, r := range sent {
		if r.method == http.MethodGet {
			continue
		}
		if !strings.Contains(r.query, "sendUpdates=none") {
			t.Fatalf("%s %s?%s may send mail", r.method, r.path, r.query)
		}
		if r.method != http.MethodPost && r.match == "" {
			t.Fatalf("%s %s is not guarded", r.method, r.path)
		}
		for _, word := range []string{"attendees", "organizer", "conferenceData", "reminders", "attachments", "colorId", "eventLabelId"} {
			if strings.Contains(r.body, `"`+word+`"`) {
				t.Fatalf("%s %s says something of %s: %s", r.method, r.path, word, r.body)
			}
		}
	}
}
