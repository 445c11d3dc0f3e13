package standin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// bench is a stand whose protocol answers "all is well" and counts what it performed.
type bench struct {
	*testing.T
	stand     *Stand
	http      *httptest.Server
	performed atomic.Int32
	resets    atomic.Int32
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t}
	now := func() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }
	b.stand = &Stand{
		Title: "Test", Now: now, Faults: &Faults{max: 50 * time.Millisecond}, Log: &Log{Now: now}, Mails: &Mails{},
		Reset: func() { b.resets.Add(1) },
		Protocol: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.performed.Add(1)
			_, _ = io.WriteString(w, "all is well")
		}),
	}
	b.http = httptest.NewServer(b.stand.Handler())
	t.Cleanup(b.http.Close)
	return b
}

// call sends a request and writes the outcome in short: status, body, or "cut" and "lost" for broken connections.
func (b *bench) call(method, path, body string) (status int, text string) {
	req, err := http.NewRequest(method, b.http.URL+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer very-secret")
	// A connection of its own: a client tries again by itself where a kept one breaks.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "lost"
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return resp.StatusCode, "cut after " + string(got)
	}
	if err != nil {
		b.Fatal(err)
	}
	return resp.StatusCode, string(got)
}

func TestEachFaultDoesWhatItSays(t *testing.T) {
	cases := []struct {
		fault     string
		status    int
		text      string // empty: any
		performed int
		logged    int
	}{
		{`{"status": 503}`, 503, "fault: Service Unavailable\n", 0, 503},
		{`{"status": 429, "retry_after": 7}`, 429, "", 0, 429},
		{`{"status_after": 504, "retry_after": 7}`, 504, "fault: Gateway Timeout\n", 1, 504},
		{`{"drop_before": true}`, 0, "lost", 0, 0},
		{`{"drop_after": true}`, 0, "lost", 1, 0},
		{`{"hang": true}`, 0, "lost", 0, 0},
		{`{"truncate": 3}`, 200, "cut after all", 1, 200},
		{`{"truncate": 300}`, 200, "cut after all i", 1, 200},
		{`{"garbage": true}`, 200, "", 1, 200},
		{`{"delay_ms": 5}`, 200, "all is well", 1, 200},
		{`{"status": 500, "method": "PUT|DELETE"}`, 200, "all is well", 1, 200},
		{`{"status": 500, "path": "\\.ics$"}`, 200, "all is well", 1, 200},
		{`{"status": 500, "method": "GE"}`, 200, "all is well", 1, 200},
	}
	for _, c := range cases {
		t.Run(c.fault, func(t *testing.T) {
			b := newBench(t)
			if status, text := b.call("POST", "/_standin/faults", "["+c.fault+"]"); status != 200 {
				t.Fatalf("setting it: %d %s", status, text)
			}
			status, text := b.call("GET", "/calendar/", "")
			if status != c.status || c.text != "" && text != c.text || int(b.performed.Load()) != c.performed {
				t.Errorf("%d %q, performed %d times", status, text, b.performed.Load())
			}
			if strings.Contains(c.fault, "garbage") && (text == "all is well" || len(text) < 11) {
				t.Errorf("no garbage: %q", text)
			}
			log := b.stand.Log.Since(0)
			if len(log) != 1 || log[0].Status != c.logged {
				t.Errorf("log %+v", log)
			}
			matched := !strings.Contains(c.fault, `"method"`) && !strings.Contains(c.fault, `"path"`)
			if (log[0].Fault != "") != matched {
				t.Errorf("logged fault %q", log[0].Fault)
			}
			if log[0].Headers["Authorization"] != "Bearer" {
				t.Errorf("logged Authorization %q", log[0].Headers["Authorization"])
			}
		})
	}
}

func TestAFaultIsAnsweredInTheProvidersForm(t *testing.T) {
	b := newBench(t)
	b.stand.Faults.Refuse = func(w http.ResponseWriter, f Fault) { http.Error(w, "own "+f.Reason, f.Status) }
	b.call("POST", "/_standin/faults", `[{"status": 403, "reason": "quotaExceeded", "retry_after": 3}]`)
	if status, text := b.call("GET", "/calendar/", ""); status != 403 || text != "own quotaExceeded\n" {
		t.Errorf("%d %q", status, text)
	}
	if status, _ := b.call("POST", "/_standin/faults", `[{"hang": true, "reason": "x"}]`); status != 400 {
		t.Errorf("a reason without status: %d", status)
	}
}

func TestFaultsStrikeAsOftenAsTheySay(t *testing.T) {
	pattern := func(fault string, n int) string {
		b := newBench(t)
		if status, text := b.call("POST", "/_standin/faults", fault); status != 200 {
			t.Fatalf("setting %s: %s", fault, text)
		}
		var out strings.Builder
		for range n {
			if status, _ := b.call("GET", "/", ""); status == 200 {
				out.WriteByte('.')
			} else {
				out.WriteByte('x')
			}
		}
		return out.String()
	}
	for fault, want := range map[string]string{
		`[{"status": 500, "every": 3}]`:                                          "..x..x..x",
		`[{"status": 500, "times": 2}]`:                                          "xx.......",
		`[{"status": 500, "every": 2, "times": 2}]`:                              ".x.x.....",
		`[{"status": 500, "every": 2}, {"status": 503, "every": 3, "times": 1}]`: ".xxx.x.x.",
		`[]`: ".........",
	} {
		if got := pattern(fault, 9); got != want {
			t.Errorf("%s struck %s, want %s", fault, got, want)
		}
	}
	chance := `[{"status": 500, "probability": 0.3, "seed": 7}]`
	first := pattern(chance, 40)
	if n := strings.Count(first, "x"); n < 4 || n > 22 {
		t.Errorf("probability 0.3 struck %d of 40", n)
	}
	if again := pattern(chance, 40); again != first {
		t.Errorf("the same seed struck %s, then %s", first, again)
	}
	if other := pattern(strings.Replace(chance, "7", "8", 1), 40); other == first {
		t.Error("another seed struck the same")
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	b := newBench(t)
	if status, _ := b.call("POST", "/_standin/faults", `[{"status": 500}]`); status != 200 {
		t.Fatal(status)
	}
	for _, bad := range []string{
		`{"status": 500}`, `[{}]`, `[{"status": 99}]`, `[{"status": 500, "hang": true}]`, `[{"retry_after": 3, "hang": true}]`,
		`[{"status": 500, "probability": 2}]`, `[{"status": 500, "path": "("}]`, `[{"status": 500, "method": "("}]`, `[{"stat": 1}]`,
		`[{"status": 500, "times": -1}]`, `nonsense`,
	} {
		if status, text := b.call("POST", "/_standin/faults", bad); status != 400 || !strings.Contains(text, `"error"`) {
			t.Errorf("%s: %d %s", bad, status, text)
		}
	}
	if list := b.stand.Faults.List(); len(list) != 1 || list[0].Status != 500 {
		t.Errorf("after refusals the list in force is %+v", list)
	}
	if status, _ := b.call("POST", "/_standin/faults", ""); status != 200 || len(b.stand.Faults.List()) != 0 {
		t.Error("an empty body does not clear the faults")
	}
}

func TestControlPathsTellWhatHappened(t *testing.T) {
	b := newBench(t)
	b.call("PUT", "/a", "x")
	b.call("DELETE", "/b?c=d", "")
	b.stand.Mails.Add(Mail{To: "bob@example.com", From: "alice@example.com", Method: "REQUEST", UID: "u", Summary: "Plan", At: b.stand.Now()})
	var list []Request
	_, text := b.call("GET", "/_standin/requests?since=1", "")
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 || list[0].Method != "DELETE" || list[0].Path != "/b" || list[0].Query != "c=d" {
		t.Errorf("%v: %s", err, text)
	}
	_, text = b.call("GET", "/_standin/mails", "")
	var mails []map[string]any
	if err := json.Unmarshal([]byte(text), &mails); err != nil || mails[0]["to"] != "bob@example.com" || mails[0]["method"] != "REQUEST" ||
		mails[0]["at"] != "2026-01-05T09:00:00Z" || mails[0]["uid"] != "u" || mails[0]["summary"] != "Plan" {
		t.Errorf("%v: %s", err, text)
	}
	if status, _ := b.call("GET", "/_standin/requests?since=x", ""); status != 400 {
		t.Errorf("since=x: %d", status)
	}
	if err := b.stand.Faults.Set(Fault{Status: 500}); err != nil {
		t.Fatal(err)
	}
	b.call("POST", "/_standin/reset", "")
	if _, text := b.call("GET", "/_standin/requests", ""); text != "[]\n" || b.resets.Load() != 1 || len(b.stand.Mails.All()) != 0 || len(b.stand.Faults.List()) != 0 {
		t.Errorf("after a reset: %s, %d", text, b.resets.Load())
	}
}

func TestAnotherSitesPageCannotPressOurButtons(t *testing.T) {
	b := newBench(t)
	req, err := http.NewRequest("POST", b.http.URL+"/_standin/reset", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || b.resets.Load() != 0 {
		t.Errorf("%d, %d resets", resp.StatusCode, b.resets.Load())
	}
}

// A fault's pattern hangs on the requests that it matches and on its own seed, whatever other faults do.
func TestAFaultsPatternDoesNotHangOnOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		probability := rapid.Float64Range(0.05, 0.95).Draw(t, "probability")
		seed := rapid.Uint64().Draw(t, "seed")
		own := Fault{Status: 500, Probability: probability, Seed: seed}
		other := Fault{Status: 503, Every: rapid.IntRange(2, 5).Draw(t, "every"), Path: "x"}
		r := httptest.NewRequest("GET", "/x", nil)
		var alone, beside Faults
		if err := errors.Join(alone.Set(own), beside.Set(other, own)); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			_, a := alone.strike(r)
			f, _ := beside.strike(r)
			if i%other.Every != other.Every-1 && a != (f.Status == 500) {
				t.Fatalf("request %d: alone %v, beside another %+v", i, a, f)
			}
		}
	})
}
