package google

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawn is a value of a shape, or now and then of another kind.
func drawn(t *rapid.T, name string, s shape, depth int) any {
	switch rapid.IntRange(0, 39).Draw(t, name+" twist") {
	case 0:
		return nil
	case 1:
		return rapid.SampledFrom([]any{"text", 7.0, 0.5, true, []any{}, object{}, []any{nil}, []any{"x"}, object{"x": 1.0}}).Draw(t, name)
	}
	switch s.kind {
	case kindText:
		words := s.words
		if len(words) == 0 {
			words = []string{"", "x", "aaaaa", "bob@example.com", "alice@example.com", "2026-01-06", "Europe/Helsinki", "2026-01-06T09:00:00Z",
				"RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=MONTHLY;BYDAY=5FR", "EXDATE;TZID=Europe/Helsinki:20260107T090000", "RDATE;VALUE=DATE:20260109"}
		}
		return rapid.SampledFrom(words).Draw(t, name)
	case kindFlag:
		return rapid.Bool().Draw(t, name)
	case kindNumber:
		return float64(rapid.IntRange(-1, 60).Draw(t, name))
	case kindList:
		out := []any{}
		for range rapid.IntRange(0, 2).Draw(t, name+" length") {
			out = append(out, drawn(t, name, *s.item, depth+1))
		}
		return out
	case kindTexts:
		return object{"k": "v"}
	case kindStruct:
		out := object{}
		for _, field := range slices.Sorted(maps.Keys(s.fields)) {
			if rapid.IntRange(0, 9).Draw(t, field+" there") < 5 && (depth > 0 || rapid.Bool().Draw(t, field)) {
				out[field] = drawn(t, field, s.fields[field], depth+1)
			}
		}
		return out
	}
	return rapid.SampledFrom([]any{"x", object{"entryPoints": []any{7.0, object{"entryPointType": "video"}}}, object{"createRequest": object{"requestId": "x"}}}).Draw(t, name)
}

// TestAnyEventIsTakenOrRefused: a body of the reference's own fields, right or wrong, never breaks the server; what it
// takes, it takes again, and shows in every listing.
func TestAnyEventIsTakenOrRefused(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		s := New(Options{Token: "full", Now: func() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }})
		ask := func(method, path string, body any) *httptest.ResponseRecorder {
			b, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(method, "/calendar/v3/calendars/primary/events"+path, strings.NewReader(string(b)))
			r.Header.Set("Authorization", "Bearer full")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Fatalf("%s %s %s: %d %s", method, path, b, w.Code, w.Body)
			}
			return w
		}
		body, ok := drawn(t, "event", eventShape, 0).(object)
		if !ok {
			body = object{}
		}
		if rapid.Bool().Draw(t, "timed") {
			body["start"], body["end"] = object{"dateTime": "2026-01-06T09:00:00", "timeZone": "Europe/Helsinki"}, object{"dateTime": "2026-01-06T10:00:00Z", "timeZone": "UTC"}
		}
		made := ask("POST", "?conferenceDataVersion=1&supportsAttachments=true", body)
		for _, q := range []string{"", "?singleEvents=true", "?timeMin=2026-01-06T00:00:00Z&q=x&showDeleted=true"} {
			if w := ask("GET", q, nil); w.Code != http.StatusOK {
				t.Fatalf("%s: %s", q, w.Body)
			}
		}
		if made.Code != http.StatusOK {
			return
		}
		taken++
		var e object
		if err := json.Unmarshal(made.Body.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		id, _ := e["id"].(string)
		if w := ask("PUT", "/"+id+"?conferenceDataVersion=1&supportsAttachments=true", e); w.Code != http.StatusOK {
			t.Fatalf("what was answered is refused: %s\n%s", w.Body, made.Body)
		}
		if change, ok := drawn(t, "change", eventShape, 0).(object); ok {
			ask("PATCH", "/"+id, change)
			ask("PATCH", "/"+id+"_20260107T070000Z", change)
		}
		ask("GET", "?singleEvents=true", nil)
	})
	if taken == 0 {
		t.Error("nothing was taken: the test shows nothing")
	}
	t.Logf("%d taken", taken)
}
