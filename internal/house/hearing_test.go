package house_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/standin/ews"
	"tahti/internal/store"
)

// heard is a house that listens to a calendar at Exchange; the poll is an hour away.
type heard struct {
	*told
	far *exchangeFar
	// stream stands in for what answers when a streaming connection is opened; nil: the server does.
	stream atomic.Pointer[http.RoundTripper]
	signed atomic.Int64 // requests that showed a password
}

func newHeard(t *testing.T, options ews.Options, stream http.RoundTripper) *heard {
	t.Helper()
	x := &heard{}
	x.answer(stream)
	by := &clock{}
	options.Now, options.Token = by.Now, "all"
	x.far = newExchangeFar(t, options) // it ends after the house, which has connections to it open
	lab := newHouse(t, setup{clock: by, watch: func(next http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") != "" {
				x.signed.Add(1)
			}
			if stream := x.stream.Load(); stream != nil && strings.HasSuffix(r.Header.Get("SOAPAction"), `/GetStreamingEvents"`) {
				return (*stream).RoundTrip(r)
			}
			return next.RoundTrip(r)
		})
	}})
	lab.sign, lab.kind = x.far.sign(), x.far.kind()
	x.told = &told{office: &office{lab: lab}}
	x.c = lab.connect(`{"start":"everything"}`)
	return x
}

func (x *heard) answer(stream http.RoundTripper) {
	if stream == nil {
		x.stream.Store(nil)
		return
	}
	x.stream.Store(&stream)
}

// settles waits until the calendar is listened to, and everything rests.
func (x *heard) settles() {
	x.t.Helper()
	x.until("the calendar is listened to", func() bool {
		rows := x.watches()
		return len(rows) == 1 && rows[0].State == store.WatchLive && len(x.runs()) > 1 && x.resting()
	})
}

// fails waits until listening has failed, and answers why it is said to have.
func (x *heard) fails() (why string) {
	x.t.Helper()
	x.until("listening has failed", func() bool {
		rows := x.watches()
		if len(rows) == 1 && rows[0].State == store.WatchFailed {
			why = rows[0].Reason
		}
		return why != ""
	})
	return why
}

// types types an event into the calendar's page.
func (x *heard) types(subject string) {
	x.t.Helper()
	at := x.clock.Now().UTC().Add(24 * time.Hour)
	resp, err := http.PostForm(x.far.url+"/_standin/events", url.Values{
		"calendar": {alices + "/4"}, "title": {subject}, "start": {at.Format("2006-01-02T15:04")}, "end": {at.Add(time.Hour).Format("2006-01-02T15:04")}, "zone": {"Europe/Helsinki"},
	})
	if err != nil {
		x.t.Fatal(err)
	}
	defer resp.Body.Close()
	if page, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(page), subject) {
		x.t.Fatalf("%v: %s", err, page)
	}
}

func (x *heard) comes(subject string) {
	x.t.Helper()
	x.until(subject+" is in the CRM", func() bool {
		return slices.ContainsFunc(x.all(), func(a crm.Activity) bool { return a.Plan.Subject == subject })
	})
}

func (x *heard) state() (c store.Connection) {
	x.t.Helper()
	x.tx(func(tx engine.Tx) (err error) {
		c, err = tx.Connection(x.t.Context(), x.c.ID)
		return err
	})
	return c
}

// TestWhatIsTypedAtExchangeArrivesAtOnce, over both ways of signing in; then all is quiet, with one request a run.
func TestWhatIsTypedAtExchangeArrivesAtOnce(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"Basic", "NTLM"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			x := newHeard(t, ews.Options{Schemes: []string{scheme}}, nil)
			x.settles()
			for _, subject := range []string{"Dentist", "Review"} {
				began := time.Now()
				x.types(subject)
				x.comes(subject)
				t.Logf("%s arrived in %v", subject, time.Since(began))
			}
			a := x.all()[0]
			x.edit(a, []string{"subject"}, func(e *calendar.Event) { e.Subject = "Changed here" })
			x.sync(x.c.ID)
			x.until("it rests", x.resting)
			if scheme == "Basic" { // a connection that is signed in anew takes two more
				x.quiet(x.c.ID)
			}
			x.until("it rests", x.resting)
			if n := len(x.runs()); n > 12 { // what is heard of again and again would be one run after the other
				t.Errorf("%d runs", n)
			}
		})
	}
}

// TestNobodyListensToAConnectionThatRests: pausing ends it at once, and resuming begins it.
func TestNobodyListensToAConnectionThatRests(t *testing.T) {
	t.Parallel()
	x := newHeard(t, ews.Options{}, nil)
	x.settles()
	if _, err := x.house.Connections.Pause(t.Context(), x.who, x.c.ID); err != nil {
		t.Fatal(err)
	}
	x.until("nobody listens", func() bool { return len(x.watches()) == 0 })
	if _, err := x.house.Connections.Resume(t.Context(), x.who, x.c.ID); err != nil {
		t.Fatal(err)
	}
	x.settles()
	x.types("Dentist")
	x.comes("Dentist")
}

// TestListeningGoesOnAfterWhatEndsIt: a server that forgets its subscriptions is listened to again at once, and one that closes the
// connection after a rest; in between things come with the poll.
func TestListeningGoesOnAfterWhatEndsIt(t *testing.T) {
	t.Parallel()
	x := newHeard(t, ews.Options{}, nil)
	x.settles()
	x.pass(2 * time.Minute)
	runs := len(x.runs())
	x.far.s.EndSubscriptions()
	x.until("what was missed is looked for", func() bool { return len(x.runs()) > runs })
	x.settles()
	x.types("Dentist")
	x.comes("Dentist")
	x.until("it rests", x.resting)

	x.far.cut()
	if why := x.fails(); why != provider.CodeServer && why != provider.CodeUnreachable {
		t.Errorf("failed as %q", why)
	}
	x.types("Review")
	x.sync(x.c.ID)
	x.comes("Review")
	if rows := x.watches(); rows[0].State != store.WatchFailed {
		t.Errorf("not left alone for a while: %+v", rows)
	}
	x.pass(time.Minute)
	x.sync(x.c.ID)
	x.settles()
	x.types("Lunch")
	x.comes("Lunch")
}

// TestWhatIsInTheWayOfListening is said, and in the way of nothing else.
func TestWhatIsInTheWayOfListening(t *testing.T) {
	t.Parallel()
	status := func(code int, header ...string) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			h := http.Header{"Content-Type": {"text/plain"}}
			for i := 0; i+1 < len(header); i += 2 {
				h.Set(header[i], header[i+1])
			}
			return &http.Response{StatusCode: code, Header: h, Body: http.NoBody, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
		})
	}
	t.Run("a server that is busy", func(t *testing.T) {
		t.Parallel()
		x := newHeard(t, ews.Options{}, status(http.StatusServiceUnavailable, "Retry-After", "600"))
		if why := x.fails(); why != provider.CodeServer {
			t.Errorf("failed as %q", why)
		}
		var until time.Time
		x.tx(func(tx engine.Tx) error {
			a, err := tx.Account(t.Context(), x.c.Account)
			until = a.BlockedUntil
			return err
		})
		if rest := until.Sub(x.clock.Now()); rest < 9*time.Minute {
			t.Errorf("the account rests for %v", rest)
		}
		x.answer(nil)
		x.pass(11 * time.Minute)
		x.sync(x.c.ID)
		x.settles()
	})
	t.Run("a mailbox whose connections are taken", func(t *testing.T) {
		t.Parallel()
		var stop []func()
		x := newHeard(t, ews.Options{}, status(http.StatusServiceUnavailable))
		x.fails()
		for range 3 {
			stop = append(stop, x.far.takes())
		}
		x.answer(nil)
		x.pass(time.Minute)
		x.until("it is tried again", func() bool {
			x.sync(x.c.ID)
			return x.fails() == provider.CodeTooManyListeners
		})
		if c := x.state(); c.State != store.Active {
			t.Errorf("the connection is %s", c.State)
		}
		for _, f := range stop {
			f()
		}
		x.pass(time.Hour)
		x.until("it is listened to", func() bool {
			x.sync(x.c.ID)
			rows := x.watches()
			return len(rows) == 1 && rows[0].State == store.WatchLive
		})
	})
	t.Run("a password that is refused", func(t *testing.T) {
		t.Parallel()
		x := newHeard(t, ews.Options{}, status(http.StatusUnauthorized, "WWW-Authenticate", `Basic realm="mail.example.com"`))
		x.until("the connection waits for a sign-in", func() bool { return x.state().State == store.NeedsSignIn })
		if c := x.state(); c.Reason != provider.CodeWrongPassword {
			t.Errorf("the reason is %q", c.Reason)
		}
		before := x.signed.Load()
		x.pass(2 * time.Hour)
		for range 2 { // the first to end may be the run that has said so
			ended := x.house.Runner.Ended(x.who.Company, x.c.ID)
			x.tx(func(tx engine.Tx) error { return tx.Wake(t.Context(), x.c.ID, time.Time{}, 0) })
			<-ended
		}
		if n := x.signed.Load() - before; n != 0 {
			t.Errorf("it was sent %d more times", n)
		}
	})
}

// TestTheProcessStopsWhileAServerDoesNotAnswer, and nobody takes it to listen any more.
func TestTheProcessStopsWhileAServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, stream := range map[string]http.RoundTripper{
		"as it should": nil,
		"with silence": tripper(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newHeard(t, ews.Options{}, stream)
			x.settles()
			began := time.Now()
			x.stop()
			if d := time.Since(began); d > 10*time.Second {
				t.Errorf("it took %v", d)
			}
			if rows := x.watches(); len(rows) != 0 {
				t.Errorf("%+v", rows)
			}
			x.start()
			x.types("Dentist")
			x.sync(x.c.ID)
			x.comes("Dentist")
		})
	}
}

// cut closes all connections to the server.
func (f *exchangeFar) cut() { f.server.CloseClientConnections() }

// takes keeps one more connection open for events, as another program of the person's does. The function that it answers ends it.
func (f *exchangeFar) takes() (end func()) {
	f.t.Helper()
	ask := func(body string) *http.Response {
		f.t.Helper()
		r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+"/EWS/Exchange.asmx", strings.NewReader(
			`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
			xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header><s:Body>`+body+`</s:Body></s:Envelope>`))
		if err != nil {
			f.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
		f.Server.Sign(r)
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			f.t.Fatal(err)
		}
		return w
	}
	w := ask(`<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>`)
	defer w.Body.Close()
	answer, err := io.ReadAll(w.Body)
	_, id, ok := strings.Cut(string(answer), "<m:SubscriptionId>")
	id, _, _ = strings.Cut(id, "<")
	if err != nil || !ok {
		f.t.Fatalf("%v: %s", err, answer)
	}
	stream := ask(`<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>` + id + `</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>`)
	if _, err := io.ReadFull(stream.Body, make([]byte, 10)); err != nil { // it is open
		f.t.Fatal(err)
	}
	return func() { _ = stream.Body.Close() }
}
