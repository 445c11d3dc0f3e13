package caldav_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/standin/caldav"
)

// full is a server with n events, without a listener.
func full(b *testing.B, n int) *caldav.Server {
	s := caldav.New(caldav.Options{Users: []caldav.User{{Name: "alice", Password: "secret"}}})
	for i := range n {
		body := event(fmt.Sprint(i), fmt.Sprintf("DTSTART:2026%02d%02dT090000Z", 1+i%12, 1+i%28), "DURATION:PT1H", "SUMMARY:Event",
			"DESCRIPTION:"+strings.Repeat("words ", 30))
		if err := s.PutRaw("alice", "calendar", fmt.Sprintf("%05d.ics", i), []byte(body)); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func ask(b *testing.B, s *caldav.Server, method, depth, body string) string {
	req := httptest.NewRequest(method, home, strings.NewReader(body))
	req.SetBasicAuth("alice", "secret")
	req.Header.Set("Content-Type", "application/xml")
	req.Header.Set("Depth", depth)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	if w.Code != http.StatusMultiStatus {
		b.Fatal(w.Code, w.Body)
	}
	return w.Body.String()
}

func BenchmarkTenThousandEvents(b *testing.B) {
	s := full(b, 10_000)
	sync := func(token string) string {
		return `<D:sync-collection` + ns + `><D:sync-token>` + token + `</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`
	}
	first := ask(b, s, "REPORT", "0", sync(""))
	_, token, _ := strings.Cut(first, "<D:sync-token>")
	token, _, _ = strings.Cut(token, "<")
	var hrefs strings.Builder
	for i := range 100 {
		fmt.Fprintf(&hrefs, "<D:href>%s%05d.ics</D:href>", home, i)
	}
	for name, c := range map[string][3]string{
		"initial sync":     {"REPORT", "0", sync("")},
		"quiet sync":       {"REPORT", "0", sync(token)},
		"etag listing":     {"PROPFIND", "1", `<D:propfind` + ns + `><D:prop><D:getetag/></D:prop></D:propfind>`},
		"multiget of 100":  {"REPORT", "0", `<C:calendar-multiget` + ns + `><D:prop><D:getetag/><C:calendar-data/></D:prop>` + hrefs.String() + `</C:calendar-multiget>`},
		"query of a week":  {"REPORT", "1", `<C:calendar-query` + ns + `><D:prop><D:getetag/></D:prop><C:filter>` + during("20260301T000000Z", "20260308T000000Z") + `</C:filter></C:calendar-query>`},
		"query of a title": {"REPORT", "1", `<C:calendar-query` + ns + `><D:prop><D:getetag/></D:prop><C:filter>` + inside(`<C:prop-filter name="SUMMARY"><C:text-match>none</C:text-match></C:prop-filter>`) + `</C:filter></C:calendar-query>`},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ask(b, s, c[0], c[1], c[2])
			}
		})
	}
}
