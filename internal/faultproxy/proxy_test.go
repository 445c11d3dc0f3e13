package faultproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const reply = "a calendar of some length, more than a few bytes"

// origin counts what reaches it.
func origin(t *testing.T) (url string, seen *atomic.Int64) {
	t.Helper()
	seen = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "http://"+r.Host+"/there", http.StatusMovedPermanently)
		case "/href":
			fmt.Fprintf(w, "<href>http://%s/alice/</href>", r.Host)
		case "/busy":
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		default:
			if strings.HasPrefix(r.URL.Path, "/echo") {
				fmt.Fprint(w, r.URL.EscapedPath())
				return
			}
			io.WriteString(w, reply)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, seen
}

// try sends one request on a connection of its own, that none is tried again behind our back.
func try(ctx context.Context, method, url, body string) (status int, text string, err error) {
	c := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func TestEachFaultShowsItselfAndReachesTheServerOrNot(t *testing.T) {
	for _, c := range []struct {
		fault   Kind
		reaches int64
		status  int
		text    string
		broken  bool
	}{
		{None, 1, 200, reply, false},
		{DropBefore, 0, 0, "", true},
		{DropAfter, 1, 0, "", true},
		{Status500, 0, 500, "Internal Server Error\n", false},
		{Status429, 0, 429, "Too Many Requests\n", false},
		{Hang, 0, 0, "", true},
		{Truncate, 1, 200, reply[:len(reply)/2], true},
		{Garbage, 1, 200, strings.Repeat("\xff<\x00\n", len(reply)/4+1)[:len(reply)], false},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			target, seen := origin(t)
			p := Start(t, target, Options{Hang: 50 * time.Millisecond})
			p.At(2, c.fault)
			if _, text, err := try(t.Context(), "GET", p.URL+"/first", ""); err != nil || text != reply {
				t.Fatalf("the first request, which nothing was planned for: %q, %v", text, err)
			}
			status, text, err := try(t.Context(), "GET", p.URL+"/second", "")
			if status != c.status || text != c.text || (err != nil) != c.broken {
				t.Errorf("got %d %q %v, want %d %q, broken %t", status, text, err, c.status, c.text, c.broken)
			}
			if n := seen.Load() - 1; n != c.reaches {
				t.Errorf("%d requests reached the server, want %d", n, c.reaches)
			}
			if e := p.Log()[1]; e.Fault != c.fault || e.N != 2 {
				t.Errorf("logged as %+v", e)
			}
		})
	}
}

func TestAFrozenRequestIsHeldBeforeOrAfterTheServerHasIt(t *testing.T) {
	for fault, held := range map[Kind]int64{FreezeBefore: 0, FreezeAfter: 1} {
		t.Run(fault.String(), func(t *testing.T) {
			target, seen := origin(t)
			p := Start(t, target, Options{})
			f := p.At(1, fault)
			got := make(chan string)
			go func() {
				_, text, err := try(t.Context(), "PUT", p.URL+"/x.ics", "body")
				got <- fmt.Sprint(text, err)
			}()
			<-f.Reached
			if n := seen.Load(); n != held {
				t.Errorf("while frozen %d requests have reached the server, want %d", n, held)
			}
			f.Release()
			f.Release()
			if text := <-got; text != reply+"<nil>" {
				t.Errorf("after letting go: %s", text)
			}
			if n := seen.Load(); n != 1 {
				t.Errorf("in the end %d requests have reached the server, want 1", n)
			}
		})
	}
}

func TestAClientKilledWhileFrozenBeforeNeverReachesTheServer(t *testing.T) {
	target, seen := origin(t)
	p := Start(t, target, Options{})
	f := p.At(1, FreezeBefore)
	ctx, kill := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, _, err := try(ctx, "PUT", p.URL+"/x.ics", "body")
		done <- err
	}()
	<-f.Reached
	kill()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the client: %v", err)
	}
	time.Sleep(100 * time.Millisecond) // the proxy's server notices the end of the connection by itself
	f.Release()
	if _, _, err := try(t.Context(), "GET", p.URL+"/after", ""); err != nil {
		t.Error(err)
	}
	if n := seen.Load(); n != 1 {
		t.Errorf("%d requests reached the server, want only the one after", n)
	}
}

// What a server sends for as long as somebody listens ends with the client, as it would without the proxy.
func TestAnAnswerWithoutAnEndEndsWithItsClient(t *testing.T) {
	begun, left := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	p := Start(t, s.URL, Options{})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	go func() { _, _, _ = try(ctx, "POST", p.URL, "listen") }() // it has no end but that of ctx
	<-begun
	leave()
	select {
	case <-left:
	case <-time.After(20 * time.Second):
		t.Error("the server still sends")
	}
}

func TestOneSeedBreaksTheSameNumbersAndAboutAsManyAsAsked(t *testing.T) {
	o := Options{Seed: 7, Probability: 0.2, Faults: Common}
	kinds := map[Kind]int{}
	broken := 0
	for n := range 10_000 {
		k := o.draw(n)
		if k != o.draw(n) {
			t.Fatalf("request %d: two draws differ", n)
		}
		kinds[k]++
		if k != None {
			broken++
		}
	}
	if broken < 1800 || broken > 2200 {
		t.Errorf("%d of 10000 broken, want about 2000", broken)
	}
	for _, k := range Common {
		if kinds[k] < 200 {
			t.Errorf("%s came %d times, want about %d", k, kinds[k], 2000/len(Common))
		}
	}
	if other := (Options{Seed: 8, Probability: 0.2, Faults: Common}); func() bool {
		for n := range 100 {
			if other.draw(n) != o.draw(n) {
				return false
			}
		}
		return true
	}() {
		t.Error("another seed breaks the same requests")
	}
}

func TestRequestsAreCountedByClassMethodAndSize(t *testing.T) {
	target, _ := origin(t)
	p := Start(t, target, Options{})
	for _, r := range [][2]string{
		{"PUT", "/a/c/1.ics"}, {"PUT", "/a/c/2.ics"}, {"REPORT", "/a/c/"}, {"PROPFIND", "/.well-known/caldav"},
	} {
		if _, _, err := try(t.Context(), r[0], p.URL+r[1], "12345"); err != nil {
			t.Fatal(err)
		}
	}
	counts := p.Counts()
	if counts["object PUT"] != 2 || counts["collection REPORT"] != 1 || counts["well-known PROPFIND"] != 1 || p.Count() != 4 {
		t.Errorf("counts: %v", counts)
	}
	if e := p.Log()[0]; e.In != 5 || e.Out != int64(len(reply)) || e.Status != 200 || e.Path != "/a/c/1.ics" {
		t.Errorf("entry: %+v", e)
	}
	p.Reset()
	if p.Count() != 0 {
		t.Error("a reset proxy still counts what was before")
	}
}

func TestCalmStopsPlannedFaultsAndChance(t *testing.T) {
	target, _ := origin(t)
	p := Start(t, target, Options{Probability: 1, Faults: []Kind{Status500}})
	p.At(1, DropBefore)
	p.Calm()
	if status, _, err := try(t.Context(), "GET", p.URL+"/", ""); status != 200 || err != nil {
		t.Errorf("got %d, %v", status, err)
	}
}

func TestAddressesInAnswersLeadBackThroughTheProxyAndPathsStayAsTheyAre(t *testing.T) {
	target, _ := origin(t)
	p := Start(t, target+"/ignored", Options{Latency: 20 * time.Millisecond})
	if _, text, err := try(t.Context(), "GET", p.URL+"/href", ""); err != nil || text != "<href>"+p.URL+"/alice/</href>" {
		t.Errorf("body: %q, %v", text, err)
	}
	if _, text, err := try(t.Context(), "GET", p.URL+"/echo/we%40ird%20n@.ics", ""); err != nil || text != "/echo/we%40ird%20n@.ics" {
		t.Errorf("path: %q, %v", text, err)
	}
	if status, _, err := try(t.Context(), "DELETE", p.URL+"/nothing", ""); err != nil || status != 204 {
		t.Errorf("no content: %d, %v", status, err)
	}
	start := time.Now()
	res, err := (&http.Transport{}).RoundTrip(httptest.NewRequestWithContext(t.Context(), "GET", p.URL+"/moved", bytes.NewReader(nil)))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if l := res.Header.Get("Location"); l != p.URL+"/there" {
		t.Errorf("location: %q", l)
	}
	if took := time.Since(start); took < 20*time.Millisecond {
		t.Errorf("took %s, less than the latency", took)
	}
}
