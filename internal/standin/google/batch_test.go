package google_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/standin"
	"tahti/internal/standin/google"
)

// batchOf sends calls in one body; each is a request line with headers, an empty line and a body.
func (r *rig) batchOf(calls ...string) answer {
	r.Helper()
	var b strings.Builder
	for i, c := range calls {
		fmt.Fprintf(&b, "--x\r\nContent-Type: application/http\r\nContent-ID: <item%d>\r\n\r\n%s\r\n", i, c)
	}
	return r.do("POST", "/batch/calendar/v3", b.String()+"--x--\r\n", "Content-Type: multipart/mixed; boundary=x")
}

func TestABatchAnswersEachCallByItself(t *testing.T) {
	r := newRig(t, google.Options{})
	a := r.want(200, r.batchOf(
		"POST /calendar/v3/"+events+"\r\nContent-Type: application/json\r\n\r\n"+aaaaa,
		"GET /calendar/v3/"+events+"/nnnnn HTTP/1.1\r\n",
		"DELETE /calendar/v3/"+events+"/aaaaa?sendUpdates=none\r\nIf-Match: \"old\"\r\n",
		"GET https://www.googleapis.com/calendar/v3/"+events+"/aaaaa\r\n",
		"GET /o/oauth2/v2/auth\r\n",
	))
	if !strings.HasPrefix(a.header.Get("Content-Type"), "multipart/mixed; boundary=") {
		t.Errorf("%v", a.header)
	}
	var got []string
	for _, line := range strings.Split(a.text, "\r\n") {
		if strings.HasPrefix(line, "HTTP/1.1 ") || strings.HasPrefix(line, "Content-Id: ") {
			got = append(got, line)
		}
	}
	want := "Content-Id: <response-item0>,HTTP/1.1 200 OK,Content-Id: <response-item1>,HTTP/1.1 404 Not Found,Content-Id: <response-item2>," +
		"HTTP/1.1 412 Precondition Failed,Content-Id: <response-item3>,HTTP/1.1 200 OK,Content-Id: <response-item4>,HTTP/1.1 404 Not Found"
	if strings.Join(got, ",") != want {
		t.Errorf("%s", a.text)
	}
	// A fault strikes one call and leaves the others.
	if err := r.google.Faults(standin.Fault{Path: "/nnnnn$", Status: 403, Reason: "rateLimitExceeded"}); err != nil {
		t.Fatal(err)
	}
	a = r.want(200, r.batchOf("GET /calendar/v3/"+events+"/nnnnn\r\n", "GET /calendar/v3/"+events+"/aaaaa\r\n"))
	if !strings.Contains(a.text, "rateLimitExceeded") || strings.Count(a.text, "HTTP/1.1 200 OK") != 1 {
		t.Errorf("%s", a.text)
	}
}

// batchRefusals are those of batches.
var batchRefusals = []refusalCase{
	{number: "G-44", name: "no multipart", when: func(r *rig) answer { return r.do("POST", "/batch/calendar/v3", "{}") }},
	{number: "G-44", name: "no call", when: func(r *rig) answer { return r.batchOf() }},
	{number: "G-44", name: "a call without a path", when: func(r *rig) answer { return r.batchOf("GET") }},
	{number: "G-45", name: "fifty-one calls", when: func(r *rig) answer {
		return r.batchOf(strings.Split(strings.Repeat("GET /calendar/v3/users/me/calendarList\r\n,", 51), ",")[:51]...)
	}},
}
