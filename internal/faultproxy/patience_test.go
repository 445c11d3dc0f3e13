package faultproxy

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// politely sends nothing while quiet.
type politely struct {
	next  http.RoundTripper
	quiet bool
}

func (p *politely) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.quiet {
		return nil, errors.New("not sent")
	}
	return p.next.RoundTrip(r)
}

func TestWhatIsBegunAfterARetryAfterAndSentAllTheSameIsTold(t *testing.T) {
	for name, path := range map[string]string{"of a fault": "/", "of the server's own": "/busy"} {
		t.Run(name, func(t *testing.T) {
			target, _ := origin(t)
			proxy := Start(t, target, Options{RetryAfter: time.Second})
			if path == "/" {
				proxy.At(2, Status429)
			}
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			client := &politely{next: transport}
			p := Watch(client)
			get := func(path string) {
				req, err := http.NewRequestWithContext(t.Context(), "GET", proxy.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				if res, err := p.RoundTrip(req); err == nil {
					_ = res.Body.Close()
				}
			}
			get("/")
			get(path)
			if early := p.Early(); len(early) != 0 {
				t.Errorf("the one that was answered so counts: %v", early)
			}
			client.quiet = true
			get("/kept")
			client.quiet = false
			get("/sent")
			if early := p.Early(); len(early) != 1 || !strings.HasPrefix(early[0], "GET /sent") {
				t.Errorf("early: %v", early)
			}
			if rests, held := p.Counts(); rests != 1 || held != 1 {
				t.Errorf("%d rests, %d held back", rests, held)
			}
			if path == "/busy" {
				return // for half a minute
			}
			time.Sleep(time.Second)
			get("/after")
			if early := p.Early(); len(early) != 1 {
				t.Errorf("early: %v", early)
			}
		})
	}
}

// What is on its way when another request is told to wait could not know it.
func TestWhatWasUnderWayBeforeARetryAfterIsNotEarly(t *testing.T) {
	target, _ := origin(t)
	proxy := Start(t, target, Options{RetryAfter: time.Minute})
	frozen := proxy.At(1, FreezeBefore)
	proxy.At(2, Status429)
	p := Watch(&http.Transport{DisableKeepAlives: true})
	send := func() {
		req, err := http.NewRequestWithContext(t.Context(), "GET", proxy.URL, nil)
		if err != nil {
			t.Error(err)
			return
		}
		res, err := p.RoundTrip(req)
		if err != nil {
			t.Error(err)
			return
		}
		_ = res.Body.Close()
	}
	done := make(chan struct{})
	go func() { defer close(done); send() }()
	<-frozen.Reached
	send()
	frozen.Release()
	<-done
	if early := p.Early(); len(early) != 0 {
		t.Errorf("early: %v", early)
	}
}
