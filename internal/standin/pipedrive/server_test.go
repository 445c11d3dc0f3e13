package pipedrive_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin"
	"tahti/internal/standin/pipedrive"
)

// rig is a server behind a real listener, and a clock that moves only by hand.
type rig struct {
	*testing.T
	server *pipedrive.Server
	http   *httptest.Server
	clock  *standin.Clock
	token  string // an API token
}

// people are alice, an administrator, and bob and carol, who are none.
var people = []pipedrive.User{
	{Email: "alice@example.com", Name: "Alice", Admin: true, APIToken: "alice-token", TimeZone: "Europe/Helsinki"},
	{Email: "bob@example.com", Name: "Bob", APIToken: "bob-token", Group: 1},
	{Email: "carol@example.com", Name: "Carol", APIToken: "carol-token", Group: 2},
}

func newRig(t *testing.T, opt pipedrive.Options) *rig {
	t.Helper()
	r := &rig{T: t, clock: standin.NewClock(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), token: "alice-token"}
	if opt.Users == nil {
		opt.Users = people
	}
	opt.Now, opt.AfterFunc, opt.LocalHooks = r.clock.Now, r.clock.AfterFunc, true
	r.server = pipedrive.New(opt)
	r.http = httptest.NewServer(r.server.Handler())
	t.Cleanup(r.http.Close)
	return r
}

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// do sends one request to a path below /api/v2/ (or an absolute one); headers are "Name: value", "Name:" takes one away.
func (r *rig) do(method, path, body string, headers ...string) answer {
	r.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/api/v2/" + path
	}
	req, err := http.NewRequest(method, r.http.URL+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("X-Api-Token", r.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			req.Header.Set(name, value)
		}
	}
	client := http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatalf("%s %s: read: %v", method, path, err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(b)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(b, &a.body); err != nil {
			r.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	return a
}

// want does nothing but compare the status.
func (r *rig) want(status int, a answer) answer {
	r.Helper()
	if a.status != status {
		r.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	return a
}

// add makes an activity: a call on 6 January 2026 at eight in UTC, for an hour, and what else is said.
func (r *rig) add(more string) answer {
	r.Helper()
	if more != "" {
		more = "," + more
	}
	return r.do("POST", "activities", `{"subject":"Plan","type":"call","due_date":"2026-01-06","due_time":"08:00","duration":"01:00"`+more+`}`)
}

// made is the path of what was made.
func (r *rig) made(kind string, a answer) string {
	r.Helper()
	return fmt.Sprintf("%s/%v", kind, r.want(200, a).at("data.id"))
}

// at reads a value inside a body: "data.location.value", "data.0.id".
func (a answer) at(path string) any {
	var v any = a.body
	for _, name := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// subjects are those of a list, in its order.
func (a answer) subjects() string {
	var list []string
	items, _ := a.body["data"].([]any)
	for _, x := range items {
		list = append(list, fmt.Sprint(x.(map[string]any)["subject"]))
	}
	return strings.Join(list, " ")
}

// refuses holds an answer to a refusal by its number.
func (r *rig) refuses(number string, a answer) {
	r.Helper()
	if got := a.header.Get("X-Standin-Refusal"); got != number {
		r.Fatalf("refused as %q, status %d, want %s: %s", got, a.status, number, a.text)
	}
	for _, ref := range pipedrive.Refusals() {
		if ref.Number == number {
			refused(r.T, ref, a)
		}
	}
}

// refused holds an answer to the form of a refusal.
func refused(t *testing.T, ref pipedrive.Refusal, a answer) {
	t.Helper()
	if a.status != ref.Status {
		t.Errorf("status %d, want %d", a.status, ref.Status)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.status == http.StatusFound {
		return
	}
	if a.at("success") != false {
		t.Errorf("body %s", a.text)
	}
	if ref.Code != "" && a.at("code") != ref.Code && a.at("error") != ref.Code {
		t.Errorf("code in %s, want %s", a.text, ref.Code)
	}
	if a.at("error") == nil && a.at("errors") == nil && a.at("message") == nil {
		t.Errorf("nothing said in %s", a.text)
	}
}
