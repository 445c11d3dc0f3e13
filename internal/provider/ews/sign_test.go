package ews

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	standin "tahti/internal/standin/ews"
)

// listener serves a stand-in on the loopback, over TLS, with connections as NTLM signs them in.
func listener(t *testing.T, s *standin.Server) (*httptest.Server, func() http.RoundTripper) {
	t.Helper()
	h := httptest.NewUnstartedServer(s)
	h.Config.ConnState = s.ConnState
	h.StartTLS()
	t.Cleanup(h.Close)
	return h, func() http.RoundTripper {
		transport := h.Client().Transport.(*http.Transport).Clone()
		transport.ForceAttemptHTTP2 = false
		t.Cleanup(transport.CloseIdleConnections)
		return transport
	}
}

// By NTLM the password never travels; a connection is signed in once, also where it has to be bound to its channel.
func TestNTLM(t *testing.T) {
	for _, binding := range []bool{false, true} {
		s := standin.New(standin.Options{Schemes: []string{"Negotiate", "NTLM"}, ChannelBinding: binding, Lock: standin.Lock{After: 2, For: time.Hour}})
		h, private := listener(t, s)
		var sent int
		count := func() http.RoundTripper {
			inner := private()
			return scripted(func(r *http.Request) (*http.Response, error) {
				if name, password, ok := r.BasicAuth(); ok {
					t.Errorf("%s shows %s", name, password)
				}
				sent++
				return inner.RoundTrip(r)
			})
		}
		l := Login{Address: h.URL, Username: `EXAMPLE\alice`, Password: "secret", Transport: private(), Private: count, Now: time.Now}
		found, err := Discover(t.Context(), l)
		must(t, err)
		if found.SignIn != NTLM {
			t.Fatalf("%+v", found)
		}
		c := Config{URL: found.URL, SignIn: NTLM, Username: l.Username, Password: "secret", Transport: l.Transport, Private: count, Now: time.Now, TimeZone: "Europe/Helsinki"}
		a, err := OpenAccount(c)
		must(t, err)
		list, err := a.Calendars(t.Context())
		must(t, err)
		c.Calendar = list[0].ID
		k, err := Open(c)
		must(t, err)
		sent = 0
		_, err = k.Put(t.Context(), provider.Put{Key: "abc", Event: plan("By NTLM", "20260316T100000"), Fields: k.Capabilities().Fields})
		must(t, err)
		if sent != 4 { // a look, a creation, a read; and one more for the connection
			t.Errorf("%d requests", sent)
		}
		sent = 0
		got, err := k.Pull(t.Context(), "", nil)
		must(t, err)
		_, err = k.Pull(t.Context(), got.(provider.Snapshot).Next, nil)
		must(t, err)
		if sent != 2 {
			t.Errorf("%d requests over a connection that is signed in", sent)
		}
		if k.Capabilities().Concurrency != 1 {
			t.Error("several requests at a time over one connection")
		}

		// A connection that was closed meanwhile is signed in anew.
		h.CloseClientConnections()
		_, err = k.Pull(t.Context(), got.(provider.Snapshot).Next, nil)
		if err != nil && provider.ClassOf(err) != provider.Transient {
			t.Errorf("after the connection was closed: %v", err)
		}
		_, err = k.Pull(t.Context(), got.(provider.Snapshot).Next, nil)
		must(t, err)

		c.Password = "wrong"
		k, err = Open(c)
		must(t, err)
		for range 3 { // the second one would lock the account
			_, err = k.Pull(t.Context(), "", nil)
			expect(t, "a wrong password", err, provider.SignIn, provider.CodeWrongPassword)
		}
		must(t, Check(t.Context(), Config{URL: found.URL, SignIn: NTLM, Username: l.Username, Password: "secret", Transport: l.Transport, Private: count, Now: time.Now}))
	}
}

// A handshake that breaks says nothing about the password, and a request that was not sent did nothing.
func TestABrokenHandshake(t *testing.T) {
	s := standin.New(standin.Options{Schemes: []string{"NTLM"}})
	h, private := listener(t, s)
	breaks := 0
	c := Config{URL: h.URL + "/EWS/Exchange.asmx", Calendar: "x", SignIn: NTLM, Username: "alice", Password: "secret", Transport: private(), Now: time.Now, TimeZone: "UTC", Private: func() http.RoundTripper {
		inner := private()
		return scripted(func(r *http.Request) (*http.Response, error) {
			if breaks--; breaks == 0 {
				return nil, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("reset")}
			}
			return inner.RoundTrip(r)
		})
	}}
	k, err := Open(c)
	must(t, err)
	breaks = 1
	_, err = k.make(t.Context(), &writing{})
	expect(t, "broken before the request", err, provider.Transient, provider.CodeUnreachable)
	breaks = 2
	_, err = k.make(t.Context(), &writing{})
	expect(t, "broken with the request", err, provider.Unknown, provider.CodeUnreachable)

	// Two connections in the place of one: the challenge of the first is answered over the second.
	c.Private = func() http.RoundTripper {
		return scripted(func(r *http.Request) (*http.Response, error) { return private().RoundTrip(r) })
	}
	k, err = Open(c)
	must(t, err)
	_, err = k.Pull(t.Context(), "", nil)
	expect(t, "another connection", err, provider.Transient, provider.CodeUnreachable)
}

// What a signer keeps does not fit another's: a token is the transport's.
func TestATokenIsTheTransports(t *testing.T) {
	s := standin.New(standin.Options{Token: "good"})
	sign := func(token string) http.RoundTripper {
		return scripted(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			backdoor.Bearer(token)(r)
			return direct{s}.RoundTrip(r)
		})
	}
	found, err := Discover(t.Context(), Login{Address: "mail.example.com", Email: alice, Transport: sign("good"), Now: time.Now})
	must(t, err)
	if found.SignIn != Bearer || !strings.HasPrefix(found.URL, "https://mail.example.com/") {
		t.Errorf("%+v", found)
	}
	_, err = Discover(t.Context(), Login{Address: "mail.example.com", Email: alice, Transport: sign("bad"), Now: time.Now})
	expect(t, "an old token", err, provider.SignIn, provider.CodeSignInEnded)
}

// A server that goes over to another way to sign in has not refused the password: it says so, also afterwards, and the password is not
// sent by a way that it was not given for.
func TestAServerThatChangesItsWays(t *testing.T) {
	for _, c := range []struct {
		kind  SignIn
		offer string
	}{{Basic, "NTLM"}, {NTLM, `Basic realm="x"`}} {
		passwords := 0
		over := scripted(func(r *http.Request) (*http.Response, error) {
			if _, _, ok := r.BasicAuth(); ok {
				passwords++
			}
			resp := backdoor.Reply(r, 401, "", "")
			resp.Header.Set("WWW-Authenticate", c.offer)
			return resp, nil
		})
		k, err := Open(Config{
			URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "x", SignIn: c.kind, Username: "alice", Password: "secret", TimeZone: "UTC", Now: time.Now,
			Transport: over, Private: func() http.RoundTripper { return over },
		})
		must(t, err)
		for range 3 {
			_, err = k.Pull(t.Context(), "", nil)
			expect(t, "by "+string(c.kind), err, provider.SignIn, CodeSignInChanged)
		}
		if want := map[SignIn]int{Basic: 1}[c.kind]; passwords != want {
			t.Errorf("by %s: the password was sent %d times, want %d", c.kind, passwords, want)
		}
	}
}
