package google

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// FuzzItem reads whatever comes. What reads as an event is written back without a word: there is nothing to change in it.
func FuzzItem(f *testing.F) {
	for _, s := range []string{
		"[" + single + "]", "[" + master + "," + moved + "," + taken + "]", "[" + guest + "]", "[" + party + "]", "[" + gone + "]", "[]", "[{}]", "{}",
		"[" + strings.Replace(master, `"RRULE:FREQ=DAILY;COUNT=9"`, `"EXDATE;VALUE=DATE:20260305","RDATE;VALUE=DATE:20260401","RRULE:FREQ=MONTHLY;BYDAY=-1FR"`, 1) + "]",
		"[" + strings.Replace(single, `{"date":"2026-03-03"}`, `{"dateTime":"2026-10-25T03:30:00+02:00","timeZone":"Europe/Helsinki"}`, 1) + "]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := regroup(raw)
		if err != nil {
			return
		}
		c, err := Open(Config{
			Calendar: alice, Profile: Profile{Role: roleOwner, TimeZone: "Europe/Helsinki"}, Now: time.Now,
			Transport: scripted(func(r *http.Request) (*http.Response, error) {
				t.Errorf("%s %s for %s", r.Method, r.URL, raw)
				return jsonReply(r, 500, ""), nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		it := c.item(g)
		if it.State == provider.StateUnreadable {
			if it.Problem == nil || it.Problem.Code == "" {
				t.Fatalf("set aside without a reason: %s", raw)
			}
			return
		}
		again, err := regroup(it.Raw)
		if err != nil || string(again.raw()) != string(it.Raw) {
			t.Fatalf("kept as %s, %v", it.Raw, err)
		}
		if _, err := c.Put(t.Context(), provider.Put{ID: it.ID, Base: &it, Event: it.Event, Fields: calendar.BothWaysFields}); err != nil &&
			provider.ClassOf(err) != provider.Rejected && provider.ClassOf(err) != provider.Forbidden {
			t.Fatalf("%v\n%s", err, raw)
		}
	})
}
