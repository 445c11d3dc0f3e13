package pipedrive

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
		return rapid.SampledFrom([]any{"text", 7.0, 0.5, 1e300, true, []any{}, object{}, []any{nil}, []any{"x"}, object{"x": 1.0}}).Draw(t, name)
	}
	switch s.kind {
	case kindText:
		words := []string{"", "x", "call", "2026-01-06", "23:59", "00:00:30", "72:00", "open", "adf21080-0e10-11eb-879b-05d71fb426ec", "*", "activity", "change"}
		if s.check != nil && rapid.IntRange(0, 9).Draw(t, name+" right") > 0 {
			words = slices.DeleteFunc(words, func(w string) bool { return s.check(w) != "" })
		}
		if len(words) == 0 {
			return "2026-01-05T09:00:00Z"
		}
		return rapid.SampledFrom(words).Draw(t, name)
	case kindFlag:
		return rapid.Bool().Draw(t, name)
	case kindInteger, kindNumber:
		return rapid.SampledFrom([]float64{1, 3, 1, 3, 263, 1001, -1}).Draw(t, name)
	case kindList:
		out := []any{}
		for range rapid.IntRange(0, 2).Draw(t, name+" length") {
			out = append(out, drawn(t, name, *s.item, depth+1))
		}
		return out
	case kindStruct:
		out := object{}
		for _, field := range slices.Sorted(maps.Keys(s.fields)) {
			if rapid.IntRange(0, 9).Draw(t, field+" there") < 4 {
				out[field] = drawn(t, field, s.fields[field], depth+1)
			}
		}
		return out
	}
	return rapid.SampledFrom([]any{object{}, nil, "x", []any{object{}}}).Draw(t, name)
}

// TestAnyBodyIsTakenOrRefused: a body of known fields, right or wrong, never breaks the server; what it takes it shows, and takes again
// as it showed it.
func TestAnyBodyIsTakenOrRefused(t *testing.T) {
	taken := 0
	filters := structure(map[string]shape{"name": text, "type": text, "conditions": structure(map[string]shape{
		"glue": text, "conditions": list(structure(map[string]shape{"glue": text, "conditions": list(structure(map[string]shape{
			"object": text, "field_id": text, "operator": text, "value": loose,
		}))})),
	})})
	hooks := structure(map[string]shape{"subscription_url": text, "event_action": text, "event_object": text, "name": text, "user_id": integer, "version": text})
	rapid.Check(t, func(t *rapid.T) {
		s := New(Options{Token: "full", Unlimited: true, Now: func() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }})
		ask := func(method, path string, body any) *httptest.ResponseRecorder {
			b, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(method, path, strings.NewReader(string(b)))
			r.Header.Set("X-Api-Token", "full")
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code >= 500 || w.Code >= 300 && w.Header().Get("X-Standin-Refusal") == "" {
				t.Fatalf("%s %s %s: %d %s", method, path, b, w.Code, w.Body)
			}
			return w
		}
		ask("POST", "/v1/filters", drawn(t, "filter", filters, 0))
		ask("POST", "/v1/webhooks", drawn(t, "webhook", hooks, 0))
		for _, e := range []*entity{persons, organizations, deals, activities} {
			body, ok := drawn(t, e.name, structure(e.writable), 0).(object)
			if ok {
				delete(body, "person_id")
				body["subject"], body["type"], body["name"], body["title"] = "x", "call", "x", "x"
				for _, k := range []string{"subject", "type", "name", "title"} {
					if _, known := e.writable[k]; !known {
						delete(body, k)
					}
				}
			}
			path := "/api/v2/" + e.path
			made := ask("POST", path, body)
			ask("GET", path+"?sort_by=update_time", nil)
			if made.Code != http.StatusOK {
				continue
			}
			taken++
			var answer struct{ Data object }
			if err := json.Unmarshal(made.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			again := object{}
			for k, v := range answer.Data {
				if _, known := e.writable[k]; known && v != nil && k != "person_id" {
					again[k] = v
				}
			}
			if w := ask("PATCH", path+"/1", again); w.Code != http.StatusOK {
				t.Fatalf("what was answered is refused: %s\n%s", w.Body, made.Body)
			}
			ask("PATCH", path+"/1", drawn(t, "change", structure(e.writable), 0))
			ask("DELETE", path+"/1", nil)
		}
	})
	if taken == 0 {
		t.Error("nothing was taken: the test shows nothing")
	}
	t.Logf("%d taken", taken)
}
