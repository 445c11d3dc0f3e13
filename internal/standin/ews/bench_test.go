package ews_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// The stand-in serves the product's own benchmarks, so that what it costs must not hang on how much it holds.
func BenchmarkQuietSync(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := ews.New(ews.Options{Token: "all", MaxBatch: 1000})
			r := rig{version: "Exchange2016"}
			ask := func(body string) string {
				req := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(r.envelope(body)))
				req.Header.Set("Authorization", "Bearer all")
				req.Header.Set("Content-Type", "text/xml")
				w := httptest.NewRecorder()
				s.ServeHTTP(w, req)
				if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `ResponseClass="Error"`) {
					b.Fatal(w.Body)
				}
				return w.Body.String()
			}
			items := strings.Repeat("<t:CalendarItem>"+event("x")+"</t:CalendarItem>", 100)
			for range n / 100 {
				ask(`<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items>` + items + `</m:Items></m:CreateItem>`)
			}
			state, last := "", false
			for !last {
				body := ask(sync(state, 512))
				_, state, _ = strings.Cut(body, "<m:SyncState>")
				state, _, _ = strings.Cut(state, "<")
				last = strings.Contains(body, "<m:IncludesLastItemInRange>true")
			}
			for b.Loop() {
				ask(sync(state, 512))
			}
		})
	}
}
