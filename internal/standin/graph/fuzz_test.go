package graph_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/standin/graph"
)

// Whatever is asked, with whatever body, is answered or refused under a number; and nothing that is taken breaks what is
// read afterwards.
func FuzzRequests(f *testing.F) {
	f.Add("POST", "/me/events", event())
	f.Add("POST", "/me/events", event("recurrence", recurs(daily5, numbered), "attendees", attendees("bob@example.com"), "isOnlineMeeting", "true"))
	f.Add("POST", "/me/events", event("recurrence", recurs(`"type":"relativeYearly","interval":99,"daysOfWeek":["friday"],"index":"last","month":2`, `"type":"noEnd"`)))
	f.Add("POST", "/me/events", event("singleValueExtendedProperties", extended("x"), "location", `{"displayName":"a"}`, "locations", `[{"displayName":"b"}]`))
	f.Add("GET", "/me/events"+having("Key", "x"), "")
	f.Add("GET", "/me/events?$filter=start/dateTime%20ge%20'2026-01-01'&$orderby=subject%20desc&$select=subject&$top=3", "")
	f.Add("GET", "/me/calendarView/delta?$deltatoken=eyJiIjoxfQ.x", "")
	f.Add("GET", "/me/calendarView"+january, "")
	f.Add("POST", "/$batch", `{"requests":[{"id":"1","method":"GET","url":"/me","dependsOn":["1"]}]}`)
	f.Add("POST", "/subscriptions", `{"changeType":"created","notificationUrl":"https://192.0.2.1/","resource":"me/events","expirationDateTime":"2026-01-06"}`)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		s := graph.New(graph.Options{Token: "all"})
		req, err := http.NewRequest(method, "http://localhost/v1.0"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer all")
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		if w.Code >= 400 && w.Header().Get("X-Standin-Refusal") == "" || w.Code >= 500 {
			t.Errorf("%s %s: %d without a number: %s", method, path, w.Code, w.Body)
		}
		for _, path := range []string{"/me/events?$expand=exceptionOccurrences", "/me/calendarView" + january, "/me/calendarView/delta" + january} {
			if _, _, err := s.Do("alice@example.com", "GET", path, ""); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}
	})
}
