package backdoor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider/conformance"
)

// script answers one request after the other, and remembers their bodies.
type script struct {
	answers []func(*http.Request) *http.Response
	bodies  []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.bodies = append(s.bodies, string(body))
	answer := s.answers[min(len(s.bodies), len(s.answers))-1]
	return answer(r), nil
}

func answer(status int, body string, header ...string) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		resp := Reply(r, status, "text/plain", body)
		for i := 0; i+1 < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp
	}
}

func TestPatienceWaitsForABusyServerAndForNothingElse(t *testing.T) {
	later := func(status int, body []byte) bool { return status == 403 && strings.Contains(string(body), "slower") }
	for name, c := range map[string]struct {
		answers []func(*http.Request) *http.Response
		status  int
		waits   string
	}{
		"a good answer":              {[]func(*http.Request) *http.Response{answer(200, "fine")}, 200, ""},
		"a refusal":                  {[]func(*http.Request) *http.Response{answer(403, "never")}, 403, ""},
		"a server's own error":       {[]func(*http.Request) *http.Response{answer(503, "trouble")}, 503, ""},
		"as long as the server says": {[]func(*http.Request) *http.Response{answer(429, "", "Retry-After", "7"), answer(200, "fine")}, 200, "7s "},
		"longer each time":           {[]func(*http.Request) *http.Response{answer(403, "slower"), answer(429, ""), answer(200, "fine")}, 200, "2s 4s "},
		"no more than five times":    {[]func(*http.Request) *http.Response{answer(429, "")}, 429, "2s 4s 8s 16s 32s "},
		"not for an hour":            {[]func(*http.Request) *http.Response{answer(429, "", "Retry-After", "3600")}, 429, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, waits := &script{answers: c.answers}, ""
			p := Patient{Base: s, Busy: later, Wait: func(_ context.Context, d time.Duration) error { waits += d.String() + " "; return nil }}
			server := Server{Base: "http://calendar.example", Transport: p}
			status, body, err := server.Do("POST", "/x", []byte("the same"), nil)
			if err != nil || status != c.status || waits != c.waits || status == 403 && string(body) != "never" {
				t.Errorf("%d %q %v after %q", status, body, err, waits)
			}
			for i, sent := range s.bodies {
				if sent != "the same" {
					t.Errorf("request %d says %q", i+1, sent)
				}
			}
		})
	}
}

func TestPatienceEndsWithItsRequest(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s := &script{answers: []func(*http.Request) *http.Response{func(r *http.Request) *http.Response { stop(); return answer(429, "")(r) }}}
	server := Server{Context: ctx, Base: "http://calendar.example", Transport: Patient{Base: s}}
	if _, _, err := server.Do("GET", "/", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAWireDoesToOneRequestWhatItIsTold(t *testing.T) {
	for f, want := range map[conformance.Fault]string{
		conformance.LoseReply: "error, sent", conformance.LoseRequest: "error", conformance.ServerError: "500 troub",
		conformance.Truncated: "200 four, sent", conformance.WebPage: "200 <!DOC", conformance.Throttled: "429 troub",
	} {
		s := &script{answers: []func(*http.Request) *http.Response{answer(200, "fourfo")}}
		w := &Wire{Base: s, Sign: Bearer("t")}
		server := Server{Base: "http://calendar.example", Transport: w}
		try := func(method string) string {
			before := len(s.bodies)
			status, body, err := server.Do(method, "/", nil, nil)
			got := "error"
			if err == nil {
				got = fmt.Sprintf("%d %.5s", status, body)
			}
			if len(s.bodies) > before {
				got += ", sent"
			}
			return got
		}
		w.StrikeWrite(f)
		if got := try("GET"); got != "200 fourf, sent" {
			t.Errorf("%v: a question before the write: %s", f, got)
		}
		if got := try("PUT"); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
		if got := try("PUT"); got != "200 fourf, sent" {
			t.Errorf("%v: the write after it: %s", f, got)
		}
		if w.Requests() != 3 {
			t.Errorf("%v: %d requests counted", f, w.Requests())
		}
	}
}
