package google_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

// bell is a server at which channels ring.
type bell struct {
	*httptest.Server
	rings chan http.Header
}

func newBell(t *testing.T, status int, secure bool) *bell {
	b := &bell{rings: make(chan http.Header, 100)}
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.ContentLength != 0 {
			t.Errorf("%s with %d bytes", r.Method, r.ContentLength)
		}
		b.rings <- r.Header
		w.WriteHeader(status)
	}))
	if secure {
		b.StartTLS()
	} else {
		b.Start()
	}
	t.Cleanup(b.Close)
	return b
}

// next waits for a message.
func (b *bell) next(t *testing.T) http.Header {
	t.Helper()
	select {
	case h := <-b.rings:
		return h
	case <-time.After(5 * time.Second):
		t.Fatal("nothing rings")
		return nil
	}
}

func (b *bell) silent(t *testing.T) {
	t.Helper()
	select {
	case h := <-b.rings:
		t.Errorf("it rings: %v", h)
	case <-time.After(30 * time.Millisecond):
	}
}

const watch = events + "/watch"

func channelBody(id, address, more string) string {
	return fmt.Sprintf(`{"id":%q,"type":"web_hook","address":%q%s}`, id, address, more)
}

func TestAChannelRingsWhenTheCalendarChanges(t *testing.T) {
	b := newBell(t, 200, true)
	pool := x509.NewCertPool()
	pool.AddCert(b.Certificate())
	r := newRig(t, google.Options{PushTLS: &tls.Config{RootCAs: pool}})
	a := r.want(200, r.do("POST", watch, channelBody("c-1", b.URL+"/push", `,"token":"secret"`)))
	resource := a.at("resourceId").(string)
	if a.at("kind") != "api#channel" || a.at("expiration") != fmt.Sprint(r.now.Add(7*24*time.Hour).UnixMilli()) || resource == "" {
		t.Errorf("%s", a.text)
	}
	h := b.next(t)
	want := map[string]string{
		"X-Goog-Channel-Id": "c-1", "X-Goog-Channel-Token": "secret", "X-Goog-Resource-Id": resource, "X-Goog-Resource-State": "sync",
		"X-Goog-Message-Number": "1", "X-Goog-Channel-Expiration": "Mon, 12 Jan 2026 09:00:00 GMT", "X-Goog-Resource-Uri": a.at("resourceUri").(string),
	}
	for name, v := range want {
		if h.Get(name) != v {
			t.Errorf("%s is %q, want %q", name, h.Get(name), v)
		}
	}
	r.want(200, r.do("GET", events, ""))
	b.silent(t)
	r.want(200, r.insert(`"id":"aaaaa"`))
	if h = b.next(t); h.Get("X-Goog-Resource-State") != "exists" || h.Get("X-Goog-Message-Number") <= "1" {
		t.Errorf("%v", h)
	}
	// The page rings as clients do, and another calendar not at all.
	r.form("/_standin/events/delete", "id", "aaaaa")
	b.next(t)
	r.want(200, r.do("POST", team, timed("")))
	b.silent(t)
	r.want(404, r.do("POST", "channels/stop", `{"id":"c-1","resourceId":"other"}`))
	r.want(204, r.do("POST", "channels/stop", fmt.Sprintf(`{"id":"c-1","resourceId":%q}`, resource)))
	r.want(404, r.do("POST", "channels/stop", fmt.Sprintf(`{"id":"c-1","resourceId":%q}`, resource)))
	r.insert("")
	b.silent(t)
	if list := r.google.Deliveries(); len(list) != 3 || list[0] != (google.Delivery{Channel: "c-1", State: "sync", Number: 1, Status: 200}) {
		t.Errorf("%+v", list)
	}
}

func TestAChannelEnds(t *testing.T) {
	b := newBell(t, 200, false)
	r := newRig(t, google.Options{PlainPush: true})
	a := r.want(200, r.do("POST", watch, channelBody("c-1", b.URL, fmt.Sprintf(`,"expiration":"%d"`, r.now.Add(time.Hour).UnixMilli()))))
	if a.at("expiration") != fmt.Sprint(r.now.Add(time.Hour).UnixMilli()) {
		t.Errorf("%s", a.text)
	}
	b.next(t)
	r.form("/_standin/switches", "own.deaf", "on")
	r.insert("")
	b.silent(t)
	r.form("/_standin/switches")
	r.insert("")
	b.next(t)
	r.now = r.now.Add(time.Hour)
	r.insert("")
	b.silent(t)
	made := r.want(200, r.do("POST", "calendars", `{"summary":"x"}`)).at("id").(string)
	r.want(200, r.do("POST", "calendars/"+made+"/events/watch", channelBody("c-2", b.URL, "")))
	b.next(t)
	r.want(204, r.do("DELETE", "calendars/"+made, ""))
	if h := b.next(t); h.Get("X-Goog-Resource-State") != "not_exists" {
		t.Errorf("%v", h)
	}
}

func TestAChannelTriesAgainAndLeavesTheMachineAlone(t *testing.T) {
	b := newBell(t, 503, false)
	r := newRig(t, google.Options{PlainPush: true})
	r.want(200, r.do("POST", watch, channelBody("c-1", b.URL, "")))
	for range 3 {
		b.next(t)
	}
	r.want(200, r.do("POST", watch, channelBody("c-2", "https://elsewhere.example/push", "")))
	for late := time.Now().Add(5 * time.Second); len(r.google.Deliveries()) < 2 && time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
	}
	got := map[string]int{}
	for _, d := range r.google.Deliveries() {
		got[d.Channel] = d.Status
	}
	if got["c-1"] != 503 || got["c-2"] != 0 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// channelRefusals are those of channels.
var channelRefusals = []refusalCase{
	{number: "G-06", name: "a channel without an id", when: func(r *rig) answer { return r.do("POST", watch, `{"type":"web_hook","address":"https://localhost/"}`) }},
	{number: "G-06", name: "a channel without a type", when: func(r *rig) answer { return r.do("POST", watch, `{"id":"c","address":"https://localhost/"}`) }},
	{number: "G-06", name: "a channel without an address", when: func(r *rig) answer { return r.do("POST", watch, `{"id":"c","type":"web_hook"}`) }},
	{number: "G-06", name: "a stop without a resource", when: func(r *rig) answer { return r.do("POST", "channels/stop", `{"id":"c"}`) }},
	{number: "G-07", name: "a channel of another type", when: func(r *rig) answer {
		return r.do("POST", watch, `{"id":"c","type":"mail","address":"https://localhost/"}`)
	}},
	{number: "G-41", name: "an id that is too long", when: func(r *rig) answer {
		return r.do("POST", watch, channelBody(strings.Repeat("c", 65), "https://localhost/", ""))
	}},
	{number: "G-41", name: "an id with a space", when: func(r *rig) answer { return r.do("POST", watch, channelBody("c 1", "https://localhost/", "")) }},
	{number: "G-41", name: "a token that is too long", when: func(r *rig) answer {
		return r.do("POST", watch, channelBody("c", "https://localhost/", fmt.Sprintf(`,"token":%q`, strings.Repeat("t", 257))))
	}},
	{number: "G-41", name: "an end that is over", when: func(r *rig) answer {
		return r.do("POST", watch, channelBody("c", "https://localhost/", fmt.Sprintf(`,"expiration":"%d"`, r.now.UnixMilli())))
	}},
	{number: "G-41", name: "an address that is none", when: func(r *rig) answer { return r.do("POST", watch, channelBody("c", "https:///push", "")) }},
	{number: "G-42", name: "http", when: func(r *rig) answer { return r.do("POST", watch, channelBody("c", "http://127.0.0.1/", "")) }},
	{number: "G-42", name: "http to another machine", opt: google.Options{PlainPush: true},
		when: func(r *rig) answer { return r.do("POST", watch, channelBody("c", "http://elsewhere.example/", "")) }},
	{number: "G-43", name: "an id twice", given: func(r *rig) { r.want(200, r.do("POST", watch, channelBody("c", "https://elsewhere.example/", ""))) },
		when: func(r *rig) answer { return r.do("POST", watch, channelBody("c", "https://elsewhere.example/", "")) }},
	{number: "G-04", name: "somebody else's channel", given: func(r *rig) { r.want(200, r.do("POST", watch, channelBody("c", "https://elsewhere.example/", ""))) },
		when: func(r *rig) answer {
			return r.as("bob@example.com").do("POST", "channels/stop", `{"id":"c","resourceId":"x"}`)
		}},
}
