package ews

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/ews"
	standin "tahti/internal/standin/ews"
)

// ear listens to a calendar and counts what it is told.
type ear struct {
	told chan struct{}
	end  chan error
	stop context.CancelFunc
}

func listen(t *testing.T, c *Calendar) *ear {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	e := &ear{told: make(chan struct{}, 100), end: make(chan error, 1), stop: stop}
	t.Cleanup(stop)
	go func() { e.end <- c.Listen(ctx, func() { e.told <- struct{}{} }) }()
	return e
}

// hears waits until something is told.
func (e *ear) hears(t *testing.T, what string) {
	t.Helper()
	select {
	case <-e.told:
	case err := <-e.end:
		t.Fatalf("%s: ended with %v", what, err)
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: nothing was told", what)
	}
}

// ends waits for the end.
func (e *ear) ends(t *testing.T, what string) error {
	t.Helper()
	select {
	case err := <-e.end:
		return err
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: no end", what)
		return nil
	}
}

// overTLS opens the calendar of a stand-in behind a listener, and the other program beside it.
func overTLS(t *testing.T, s *standin.Server, h *httptest.Server, private func() http.RoundTripper, kind SignIn) (*Calendar, *other.Calendar) {
	t.Helper()
	c := Config{URL: h.URL + "/EWS/Exchange.asmx", SignIn: kind, Username: `EXAMPLE\alice`, Password: "secret", Transport: private(), Private: private, Now: time.Now, TimeZone: "Europe/Helsinki"}
	a, err := OpenAccount(c)
	must(t, err)
	list, err := a.Calendars(t.Context())
	must(t, err)
	c.Calendar = list[0].ID
	k, err := Open(c)
	must(t, err)
	beside := backdoor.Server{Base: "https://mail.example.com/EWS/Exchange.asmx", Transport: direct{s}, Sign: backdoor.Bearer("all")}
	return k, &other.Calendar{Server: beside, ID: c.Calendar}
}

// A calendar tells of its changes while somebody listens, over a connection of its own: other requests go on beside it.
func TestACalendarTellsOfItsChanges(t *testing.T) {
	for _, kind := range []SignIn{Basic, NTLM} {
		s := standin.New(standin.Options{Token: "all"})
		h, private := listener(t, s)
		k, beside := overTLS(t, s, h, private, kind)
		e := listen(t, k)
		e.hears(t, "it is watched")
		id, err := beside.Create(plan("Theirs", "20260316T100000"))
		must(t, err)
		e.hears(t, "a creation")
		got, err := k.Pull(t.Context(), "", nil)
		if items := got.(provider.Snapshot).Items; err != nil || len(items) != 1 || items[0].ID != id {
			t.Errorf("%v %v", items, err)
		}
		must(t, beside.Delete(id))
		e.hears(t, "a deletion")
		e.stop()
		if err := e.ends(t, "told to stop"); err == nil || provider.ClassOf(err) != provider.Transient {
			t.Errorf("stopped in the middle: %v", err)
		}
	}
}

// The server ends a connection in its time, and one that has lost sight of the calendar says so: somebody has to look.
func TestListeningEnds(t *testing.T) {
	s := standin.New(standin.Options{Token: "all", StreamMinute: time.Millisecond})
	h, private := listener(t, s)
	k, _ := overTLS(t, s, h, private, Basic)
	e := listen(t, k)
	e.hears(t, "it is watched")
	if err := e.ends(t, "in its time"); err != nil {
		t.Errorf("%v", err)
	}

	s = standin.New(standin.Options{Token: "all"})
	h, private = listener(t, s)
	k, _ = overTLS(t, s, h, private, Basic)
	e = listen(t, k)
	e.hears(t, "it is watched")
	s.EndSubscriptions() // whether the connection is there by now or not
	e.hears(t, "what was missed")
	if err := e.ends(t, "a server that began anew"); err != nil {
		t.Errorf("%v", err)
	}
}

// What goes wrong while listening has its class, and tells of nothing.
func TestListeningThatFails(t *testing.T) {
	streaming := func(inside string) string {
		return soap(`<m:GetStreamingEventsResponse><m:ResponseMessages>` + inside + `</m:ResponseMessages></m:GetStreamingEventsResponse>`)
	}
	alive := `<m:GetStreamingEventsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:ConnectionStatus>OK</m:ConnectionStatus></m:GetStreamingEventsResponseMessage>`
	event := `<m:GetStreamingEventsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Notifications><m:Notification><t:SubscriptionId>x</t:SubscriptionId><t:ModifiedEvent>` +
		`<t:TimeStamp>2026-01-01T00:00:00Z</t:TimeStamp></t:ModifiedEvent></m:Notification></m:Notifications></m:GetStreamingEventsResponseMessage>`
	subscribed := soap(`<m:SubscribeResponse><m:ResponseMessages><m:SubscribeResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>x</m:SubscriptionId>` +
		`</m:SubscribeResponseMessage></m:ResponseMessages></m:SubscribeResponse>`)
	for _, c := range []struct {
		name, first, then string
		status            int
		class             provider.Class
		told              int
	}{
		{"too many subscriptions", refusing("Subscribe", "ErrorExceededSubscriptionCount", ""), "", 200, provider.Transient, 0},
		{"a folder that is gone", refusing("Subscribe", "ErrorFolderNotFound", ""), "", 200, provider.Gone, 0},
		{"busy", subscribed, soapFault("ErrorServerBusy", backOff("5000", "")), 500, provider.RateLimited, 1},
		{"busy in the middle", subscribed, streaming(alive) + streaming(event) + soapFault("ErrorServerBusy", ""), 200, provider.RateLimited, 2},
		{"a page", subscribed, "<html></html>", 200, provider.Transient, 1},
		{"cut off", subscribed, streaming(alive) + streaming(event)[:200], 200, provider.Transient, 1},
		{"more than anybody says at a time", subscribed, streaming(alive) + "<!--" + strings.Repeat("x", 2*maxNews) + "-->", 200, provider.Transient, 1},
		{"signed out", subscribed, "", 401, provider.SignIn, 1},
		{"ended without a word", subscribed, streaming(alive) + streaming(event), 200, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, told := 0, 0
			k, err := Open(Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "folder", SignIn: Basic, Username: alice, Password: "secret", Now: time.Now,
				Transport: scripted(func(r *http.Request) (*http.Response, error) {
					if n++; n == 1 {
						return backdoor.Reply(r, 200, xmlKind, c.first), nil
					}
					return backdoor.Reply(r, c.status, xmlKind, c.then), nil
				})})
			must(t, err)
			err = k.Listen(t.Context(), func() { told++ })
			if (err == nil) != (c.class == 0) || err != nil && provider.ClassOf(err) != c.class || told != c.told {
				t.Errorf("%v, told %d times", err, told)
			}
		})
	}
}
