package graph_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/standin/graph"
)

// listener is an address that is notified. What it answers to the handshake can be made wrong.
type listener struct {
	*httptest.Server
	handshake func(w http.ResponseWriter, token string)

	mu  sync.Mutex
	got []tree
	all chan struct{}
}

func newListener(t *testing.T) *listener {
	l := newQuietListener(t)
	l.Start()
	return l
}

// newQuietListener has not begun to listen.
func newQuietListener(t *testing.T) *listener {
	l := &listener{all: make(chan struct{}, 1000)}
	l.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			w.Header().Set("Content-Type", "text/plain")
			if l.handshake != nil {
				l.handshake(w, token)
				return
			}
			_, _ = io.WriteString(w, token)
			return
		}
		var v tree
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			t.Error(err)
		}
		l.mu.Lock()
		l.got = append(l.got, v)
		l.mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
		l.all <- struct{}{}
	}))
	t.Cleanup(l.Close)
	return l
}

// next waits for a delivery and answers its entries.
func (l *listener) next(t *testing.T) []tree {
	t.Helper()
	select {
	case <-l.all:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was delivered")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.got[len(l.got)-1].values()
}

var (
	plain     = graph.Options{PlainNotify: true}
	impatient = graph.Options{PlainNotify: true, Patience: 100 * time.Millisecond}
)

// wish is the body of a subscription, with members replaced; an empty value leaves one out.
func (l *listener) wish(members ...string) string {
	o := map[string]any{
		"changeType": "created,updated,deleted", "notificationUrl": l.URL + "/push", "lifecycleNotificationUrl": l.URL + "/life", "resource": "me/events",
		"expirationDateTime": "2026-01-06T09:00:00Z", "clientState": "secret",
	}
	for i := 0; i+1 < len(members); i += 2 {
		o[members[i]] = members[i+1]
		if members[i+1] == "" {
			delete(o, members[i])
		}
	}
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// subscribing posts a wish that is refused.
func subscribing(members ...string) func(*rig) answer {
	return func(r *rig) answer { return r.do("POST", "/subscriptions", newListener(r.T).wish(members...)) }
}

// shaking lets the handshake go wrong.
func shaking(h func(w http.ResponseWriter, token string)) func(*rig) answer {
	return func(r *rig) answer {
		l := newListener(r.T)
		l.handshake = h
		return r.do("POST", "/subscriptions", l.wish())
	}
}

var subscriptionRefusals = []refused{
	{number: "M-02", name: "a subscription without a scope for calendars", opt: plain, when: func(r *rig) answer { r.signIn("User.Read"); return subscribing()(r) }},
	{number: "M-11", name: "a subscription of another type", opt: plain, when: func(r *rig) answer {
		return r.do("POST", "/subscriptions", "x", "Content-Type: ", "Content-Type: text/plain")
	}},
	{number: "M-39", name: "another token", opt: plain, when: shaking(func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, "nonsense") })},
	{number: "M-39", name: "more than the token", opt: plain, when: shaking(func(w http.ResponseWriter, token string) { fmt.Fprintln(w, token) })},
	{number: "M-39", name: "another status", opt: plain, when: shaking(func(w http.ResponseWriter, token string) { w.WriteHeader(202); _, _ = io.WriteString(w, token) })},
	{number: "M-39", name: "HTML", opt: plain, when: shaking(func(w http.ResponseWriter, token string) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, token)
	})},
	{number: "M-39", name: "too slow", opt: impatient, when: shaking(func(w http.ResponseWriter, token string) {
		time.Sleep(400 * time.Millisecond)
		_, _ = io.WriteString(w, token)
	})},
	{number: "M-39", name: "an address elsewhere", opt: plain, when: subscribing("notificationUrl", "https://192.0.2.1/push")},
	{number: "M-39", name: "the second address does not answer", opt: plain, when: subscribing("lifecycleNotificationUrl", "http://127.0.0.1:1/life")},
	{number: "M-40", name: "no resource", opt: plain, when: subscribing("resource", "")},
	{number: "M-40", name: "an unknown property", opt: plain, when: subscribing("subject", "x")},
	{number: "M-40", name: "PATCH of another property", opt: plain, when: renewing(`{"clientState":"x"}`)},
	{number: "M-41", name: "no https", when: subscribing()},
	{number: "M-42", name: "over already", opt: plain, when: subscribing("expirationDateTime", "2026-01-05T08:00:00Z")},
	{number: "M-42", name: "more than 10,070 minutes", opt: plain, when: subscribing("expirationDateTime", "2026-01-12T08:51:00Z")},
	{number: "M-42", name: "more than 4,230 minutes", opt: graph.Options{PlainNotify: true, Variants: graph.Variants{ShortSubscriptions: true}},
		when: subscribing("expirationDateTime", "2026-01-08T07:31:00Z")},
	{number: "M-43", name: "a long state", opt: plain, when: subscribing("clientState", strings.Repeat("x", 129))},
	{number: "M-44", name: "an unknown change", opt: plain, when: subscribing("changeType", "moved")},
	{number: "M-45", name: "messages", opt: plain, when: subscribing("resource", "me/messages")},
	{number: "M-45", name: "somebody else's events", opt: plain, when: subscribing("resource", "users/bob@example.com/events")},
	{number: "M-46", name: "a subscription that is not there", when: get("/subscriptions/00000000-0000-4000-8000-000000000009")},
	{number: "M-46", name: "one that has run out", opt: plain, when: func(r *rig) answer {
		id := r.tree(r.want(201, r.do("POST", "/subscriptions", newListener(r.T).wish()))).text("id")
		r.now = r.now.Add(25 * time.Hour)
		return r.do("PATCH", "/subscriptions/"+id, `{"expirationDateTime":"2026-01-08T09:00:00Z"}`)
	}},
	{number: "M-47", name: "an address for the life added later", opt: plain, when: renewing(`{"lifecycleNotificationUrl":"http://127.0.0.1/x"}`)},
}

func renewing(body string) func(*rig) answer {
	return func(r *rig) answer {
		id := r.tree(r.want(201, r.do("POST", "/subscriptions", newListener(r.T).wish()))).text("id")
		return r.do("PATCH", "/subscriptions/"+id, body)
	}
}

func TestSubscribersAreToldOfChanges(t *testing.T) {
	r, l := newRig(t, plain), newListener(t)
	sub := r.tree(r.want(201, r.do("POST", "/subscriptions", l.wish(), immut)))
	regular := r.tree(r.want(201, r.do("POST", "/subscriptions", l.wish("changeType", "deleted"))))
	e := r.make()
	list := l.next(t)
	if len(list) != 1 || list[0].text("changeType") != "created" {
		t.Fatalf("delivered %v", list)
	}
	got := list[0]
	r.want(200, r.do("PATCH", "/me/events/"+e.text("id"), `{"subject":"B"}`))
	if list = l.next(t); len(list) != 1 || list[0].text("changeType") != "updated" {
		t.Fatalf("delivered %v", list)
	}
	if got.text("subscriptionId") != sub.text("id") || got.text("clientState") != "secret" || got.text("resourceData/id") != e.text("id") ||
		!strings.HasSuffix(got.text("resource"), "/Events/"+e.text("id")) {
		t.Errorf("created: %v", got)
	}
	r.want(204, r.do("DELETE", "/me/events/"+e.text("id"), ""))
	list = l.next(t)
	if len(list) != 2 {
		t.Fatalf("both are told of the deletion in one request: %v", list)
	}
	ids := map[string]string{list[0].text("subscriptionId"): list[0].text("resourceData/id"), list[1].text("subscriptionId"): list[1].text("resourceData/id")}
	if ids[sub.text("id")] != e.text("id") || ids[regular.text("id")] == e.text("id") || ids[regular.text("id")] == "" {
		t.Errorf("ids are immutable only for who asked for it at the start: %v", ids)
	}
}

func TestAnAddressIsTrustedByItsCertificate(t *testing.T) {
	l := newQuietListener(t)
	l.Config.ErrorLog = log.New(io.Discard, "", 0)
	l.StartTLS()
	r := newRig(t, graph.Options{})
	if a := r.want(400, r.do("POST", "/subscriptions", l.wish())); a.header.Get("X-Standin-Refusal") != "M-39" {
		t.Errorf("a certificate that nobody knows: %s", a.body)
	}
	pool := x509.NewCertPool()
	pool.AddCert(l.Certificate())
	r = newRig(t, graph.Options{Trust: pool})
	r.want(201, r.do("POST", "/subscriptions", l.wish()))
	r.make()
	if list := l.next(t); len(list) != 1 {
		t.Errorf("delivered %v", list)
	}
}

func TestTheLifeOfASubscription(t *testing.T) {
	clamped := plain
	clamped.Variants = graph.Variants{ClampExpiry: true, ShortSubscriptions: true}
	r, l := newRig(t, clamped), newListener(t)
	if short := r.tree(r.want(201, r.do("POST", "/subscriptions", l.wish("expirationDateTime", "2026-01-05T09:01:00Z")))); short.text("expirationDateTime") != "2026-01-05T09:45:00.0000000Z" {
		t.Errorf("a short one ends at %v", short["expirationDateTime"])
	}
	long := r.tree(r.want(201, r.do("POST", "/subscriptions", l.wish("expirationDateTime", "2026-02-05T09:00:00Z", "changeType", "created"))))
	if long.text("expirationDateTime") != "2026-01-08T07:30:00.0000000Z" {
		t.Errorf("a long one ends at %v", long["expirationDateTime"])
	}
	if n := len(r.tree(r.want(200, r.do("GET", "/subscriptions", ""))).values()); n != 2 {
		t.Errorf("%d subscriptions are listed", n)
	}
	r.now = r.now.Add(time.Hour)
	if n := len(r.tree(r.want(200, r.do("GET", "/subscriptions", ""))).values()); n != 1 {
		t.Errorf("%d subscriptions are listed after an hour", n)
	}
	if err := r.graph.Lifecycle("alice@example.com", graph.Reauthorize); err != nil {
		t.Fatal(err)
	}
	life := l.next(t)
	if life[0].text("lifecycleEvent") != graph.Reauthorize || life[0].text("clientState") != "secret" {
		t.Errorf("told of its life: %v", life)
	}
	if err := r.graph.Lifecycle("alice@example.com", graph.Missed); err != nil {
		t.Fatal(err)
	}
	if list := l.next(t); list[0].text("lifecycleEvent") != graph.Missed {
		t.Errorf("told of what was missed: %v", list)
	}
	r.make() // of which nothing is told
	path := "/subscriptions/" + long.text("id")
	r.want(204, r.do("POST", path+"/reauthorize", ""))
	e := r.make("subject", `"Told"`)
	if list := l.next(t); len(list) != 1 || list[0].text("resourceData/@odata.etag") != e.text("@odata.etag") {
		t.Errorf("after authorizing again: %v", list)
	}
	if got := r.tree(r.want(200, r.do("PATCH", path, `{"expirationDateTime":"2026-01-08T09:00:00Z"}`))); got.text("expirationDateTime") != "2026-01-08T08:30:00.0000000Z" {
		t.Errorf("renewed until %v", got["expirationDateTime"])
	}
	if err := r.graph.Lifecycle("alice@example.com", graph.Removed); err != nil {
		t.Fatal(err)
	}
	if list := l.next(t); list[len(list)-1].text("lifecycleEvent") != graph.Removed {
		t.Errorf("told of the end: %v", list)
	}
	r.want(404, r.do("DELETE", path, ""))
	again := r.tree(r.want(201, r.do("POST", "/subscriptions", l.wish())))
	r.want(204, r.do("DELETE", "/subscriptions/"+again.text("id"), ""))
}
