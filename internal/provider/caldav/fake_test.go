package caldav

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/provider"
)

// script is a server that says what a test wants to be said. Answers are by "METHOD /path"; what is not scripted is
// 599, which no test expects.
type script struct {
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	seen    []*http.Request
	bodies  []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.seen, s.bodies = append(s.seen, r), append(s.bodies, string(body))
	h := s.answers[r.Method+" "+r.URL.Path]
	s.mu.Unlock()
	if h == nil {
		w.WriteHeader(599)
		return
	}
	h(w, r)
}

func (s *script) on(what string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[what] = h
}

// asked counts requests by "METHOD /path".
func (s *script) asked(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.seen {
		if r.Method+" "+r.URL.Path == what {
			n++
		}
	}
	return n
}

// says answers a status with a body, and headers as pairs.
func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// multi wraps responses.
func multi(responses ...string) string {
	return `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/">` +
		strings.Join(responses, "\n") + `</D:multistatus>`
}

// props is a response with properties.
func props(href, inner string) string {
	return fmt.Sprintf(`<D:response><D:href>%s</D:href><D:propstat><D:prop>%s</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`, href, inner)
}

// status is a response with a status of its own.
func status(href string, code int, inner string) string {
	return fmt.Sprintf(`<D:response><D:href>%s</D:href><D:status>HTTP/1.1 %d X</D:status>%s</D:response>`, href, code, inner)
}

const calendarType = `<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>`

func vevent(uid, summary string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART:20260102T100000Z\r\nDTEND:20260102T110000Z\r\nSUMMARY:" + summary + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

var fullProfile = Profile{Sync: true, Multiget: true, Guard: provider.GuardFull, Concurrency: 4}

// scripted opens /cal/ on a script; the collection itself answers.
func scripted(t *testing.T, p Profile) (*Calendar, *script) {
	t.Helper()
	s := &script{answers: map[string]http.HandlerFunc{}}
	s.on("PROPFIND /cal/", says(207, multi(props("/cal/", calendarType+`<D:sync-token>t1</D:sync-token><S:getctag>c1</S:getctag>`))))
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	c, err := Open(Options{
		URL: web.URL + "/cal/", Username: "alice", Password: "secret", Self: []string{"alice@example.com"}, Profile: p,
		Transport: &http.Transport{DisableKeepAlives: true}, Now: time.Now, AllowPlain: true, Timeout: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// wantClass fails unless err has the class and, if given, the code.
func wantClass(t *testing.T, err error, class provider.Class, code ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %v", class)
	}
	e := asError(t, err)
	if e.Class != class || len(code) > 0 && e.Code != code[0] {
		t.Fatalf("%v (code %q), want %v %v", err, e.Code, class, code)
	}
}
