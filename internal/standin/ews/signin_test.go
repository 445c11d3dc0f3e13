package ews_test

import (
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin"
	"tahti/internal/standin/ews"
)

func TestAllWaysToSignInAreOffered(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{Token: "full"})
	r.user = ""
	if got := strings.Join(wsdl(r).header.Values("WWW-Authenticate"), "; "); got != `Negotiate; NTLM; Basic realm="localhost"` {
		t.Errorf("offered: %s", got)
	}
	if a := r.do("GET", "/EWS/Services.wsdl", "", "Authorization: Bearer full"); a.status != 200 {
		t.Errorf("with the token: %d", a.status)
	}
	if a := r.do("GET", "/EWS/Services.wsdl", "", "Authorization: Bearer other"); a.status != 401 {
		t.Errorf("with another token: %d", a.status)
	}
	for _, user := range []string{"alice@example.com", "ALICE@example.com", `EXAMPLE\alice`, `example\Alice`, "alice"} {
		if r.user = user; wsdl(r).status != 200 {
			t.Errorf("%s does not get in", user)
		}
	}
	if a := r.do("GET", "/EWS/Exchange.asmx", ""); a.status != 302 || a.header.Get("Location") != "/EWS/Services.wsdl" {
		t.Errorf("a browser gets %d %s", a.status, a.header.Get("Location"))
	}
}

func TestAGatewayTakesItsOwnPasswords(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{Users: []ews.User{{Name: "alice@example.com", Password: "secret", AppPasswords: []string{"aaaa-bbbb"}, Calendars: []string{"Work"}}}})
	r.pass = "aaaa-bbbb"
	if wsdl(r).status != 401 {
		t.Error("without a gateway, a password of its own is taken")
	}
	r.ews.SetFront(ews.FrontAppPasswords)
	if wsdl(r).status != 200 {
		t.Error("the gateway does not take its password")
	}
	r.pass = "secret"
	if got := wsdl(r).header.Values("WWW-Authenticate"); len(got) != 1 || got[0] != `Basic realm="localhost"` {
		t.Errorf("the gateway offers %v", got)
	}
	first := newRig(t, ews.Options{Front: ews.FrontTimeout})
	first.ews.SetFront(ews.FrontNone)
	first.ews.Reset()
	if got := wsdl(first).status; got != 440 {
		t.Errorf("a reset leaves %d where a proxy stood on the first day", got)
	}
	r.ews.SetFront(ews.FrontAppPasswordsPage)
	a := wsdl(r)
	if page := r.do("GET", a.header.Get("Location"), ""); a.status != 302 || page.status != 200 || !strings.Contains(page.body, `type="password"`) {
		t.Errorf("%d to %s: %s", a.status, a.header.Get("Location"), page.body)
	}
}

// What stands before the server is put there while others are refused. For the race detector.
func TestAGatewayComesWhileOthersAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.user = ""
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			r.ews.SetFront(ews.FrontAppPasswords)
			r.ews.SetFront(ews.FrontNone)
		}
	}()
	for range 20 {
		if got := wsdl(r).status; got != 401 {
			t.Errorf("without a sign-in: %d", got)
		}
	}
	stop()
	<-done
}

// speaker is a client with one connection, that speaks NTLM.
type speaker struct {
	*rig
	client *http.Client
	local  string // its end of the connection
}

func (r *rig) speaker() *speaker {
	s := &speaker{rig: r}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil {
			s.local = c.LocalAddr().String()
		}
		return c, err
	}}
	s.client = &http.Client{Transport: transport}
	r.Cleanup(transport.CloseIdleConnections)
	return s
}

// send asks under an Authorization, if it is not "".
func (s *speaker) send(header string) (int, string) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.http.URL+"/EWS/Services.wsdl", nil)
	if err != nil {
		s.Fatal(err)
	}
	if header != "" {
		req.Header.Set("Authorization", header)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	return resp.StatusCode, resp.Header.Get("WWW-Authenticate")
}

// negotiation is the first message of a client.
var negotiation = append([]byte("NTLMSSP\x00\x01\x00\x00\x00\x07\x82\x08\xa2"), make([]byte, 16)...)

// challenged begins a sign-in and gives the challenge.
func (s *speaker) challenged() []byte {
	s.Helper()
	status, challenge := s.send("NTLM " + base64.StdEncoding.EncodeToString(negotiation))
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(challenge, "NTLM "))
	if status != 401 || err != nil || !strings.HasPrefix(challenge, "NTLM TlRMTVNTUAAC") {
		s.Fatalf("%d %s", status, challenge)
	}
	return b
}

func (s *speaker) answers(message []byte) int {
	s.Helper()
	status, _ := s.send("NTLM " + base64.StdEncoding.EncodeToString(message))
	return status
}

func (s *speaker) wants(status, got int, what string) {
	s.Helper()
	if got != status {
		s.Errorf("%s: %d, want %d", what, got, status)
	}
}

// A challenge is answered on the connection that it was given on, once, and what was signed in ends with it.
func TestNTLMSignsInOneConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	one, other := r.speaker(), r.speaker()
	right := ews.AnswerNTLM(negotiation, one.challenged(), "EXAMPLE", "alice", "secret", false)
	other.wants(401, other.answers(right), "a challenge that was given on another connection")
	one.wants(200, one.answers(right), "a right answer")
	status, _ := one.send("")
	one.wants(200, status, "the next request on the connection")
	status, _ = other.send("")
	other.wants(401, status, "a request on another connection")
	one.wants(401, one.answers(right), "a challenge answered twice")

	one.wants(200, one.answers(ews.AnswerNTLM(negotiation, one.challenged(), "EXAMPLE", "alice", "secret", false)), "a right answer")
	r.ews.ConnState(ended{addr(one.local)}, http.StateClosed)
	status, _ = one.send("")
	one.wants(401, status, "a connection that has ended")
	one.wants(401, one.answers(ews.AnswerNTLM(negotiation, one.challenged(), "EXAMPLE", "alice", "wrong", false)), "a wrong password")
	one.wants(401, one.answers(ews.AnswerNTLM(negotiation, one.challenged(), "OTHER", "alice", "secret", false)), "another domain")
}

// ended is a connection, by the address of its other end.
type ended struct{ addr }

type addr string

func (a addr) Network() string                 { return "tcp" }
func (a addr) String() string                  { return string(a) }
func (c ended) RemoteAddr() net.Addr           { return c.addr }
func (c ended) LocalAddr() net.Addr            { return c.addr }
func (ended) Read([]byte) (int, error)         { return 0, io.EOF }
func (ended) Write([]byte) (int, error)        { return 0, io.EOF }
func (ended) Close() error                     { return nil }
func (ended) SetDeadline(time.Time) error      { return nil }
func (ended) SetReadDeadline(time.Time) error  { return nil }
func (ended) SetWriteDeadline(time.Time) error { return nil }

// Where an answer says that it has an integrity code, that has to be right; where the server wants answers bound to the
// channel, those that are not are refused.
func TestNTLMHoldsIntegrityAndBinding(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	s := r.speaker()
	s.wants(200, s.answers(ews.AnswerNTLM(negotiation, s.challenged(), "EXAMPLE", "alice", "secret", true)), "a right code")
	changed := ews.AnswerNTLM(negotiation, s.challenged(), "EXAMPLE", "alice", "secret", true)
	changed[60] ^= 0x20 // a flag, as somebody between would take it away
	s.wants(401, s.answers(changed), "a message that was changed")
	bound := newRig(t, ews.Options{ChannelBinding: true}).speaker()
	bound.wants(401, bound.answers(ews.AnswerNTLM(negotiation, bound.challenged(), "EXAMPLE", "alice", "secret", true)), "an answer that is bound to nothing")
}

func TestBeingBusyEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{BackOff: 10 * time.Second})
	busy(ews.ThrottleFault)(r)
	r.now = r.now.Add(10 * time.Second)
	r.ok(r.soap(folders(inCalendar)))
	if err := r.ews.Faults(standin.Fault{Status: 500, Reason: "ErrorServerBusy", RetryAfter: 3, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if a := r.soap(folders(inCalendar)); a.status != 500 || a.code() != "ErrorServerBusy" || a.xml.text("Value") != "3000" {
		t.Errorf("a fault with a reason: %d %s", a.status, a.body)
	}
	if err := r.ews.Faults(standin.Fault{Status: 401, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if a := r.soap(folders(inCalendar)); a.status != 401 || len(a.header.Values("WWW-Authenticate")) != 3 {
		t.Errorf("a fault of a sign-in: %d %v", a.status, a.header)
	}
}

func TestAutodiscoverLeadsHereOrAstray(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	plain := pox("<EMailAddress>alice@example.com</EMailAddress>", "responseschema/2006a")
	soap := settings("<a:Users><a:User><a:Mailbox>alice@example.com</a:Mailbox></a:User></a:Users>")
	here := r.http.URL + "/EWS/Exchange.asmx"
	if a := plain(r); a.xml.text("EwsUrl") != here || a.xml.text("Action") != "settings" {
		t.Errorf("%s", a.body)
	}
	if a := soap(r); a.xml.text("Value") != here || a.xml.text("Name") != "ExternalEwsUrl" {
		t.Errorf("%s", a.body)
	}
	for name, c := range map[string]struct {
		d           ews.Discovery
		plain, soap string
	}{
		"another autodiscover": {ews.Discovery{Kind: ews.DiscoverRedirectURL, Target: "https://other.example/"}, "<RedirectUrl>https://other.example/<", "<RedirectTarget>https://other.example/<"},
		"another address":      {ews.Discovery{Kind: ews.DiscoverRedirectUser, Target: "a@other.example"}, "<RedirectAddr>a@other.example<", "<RedirectTarget>a@other.example<"},
		"elsewhere":            {ews.Discovery{Kind: ews.DiscoverElsewhere, Target: ews.CloudURL}, "<EwsUrl>" + ews.CloudURL + "<", "<Value>" + ews.CloudURL + "<"},
		"no service":           {ews.Discovery{Kind: ews.DiscoverNoService}, "<Type>EXPR</Type>", "<ErrorCode>SettingIsNotAvailable<"},
		"broken":               {ews.Discovery{Kind: ews.DiscoverBroken}, "<html>", "<html>"},
	} {
		r.ews.SetDiscovery(c.d)
		if a := plain(r); a.status != 200 || !strings.Contains(a.body, c.plain) || name == "no service" && strings.Contains(a.body, "EwsUrl") {
			t.Errorf("%s: %s", name, a.body)
		}
		if a := soap(r); a.status != 200 || !strings.Contains(a.body, c.soap) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	r.ews.SetDiscovery(ews.Discovery{Kind: ews.DiscoverMoved, Target: "https://other.example/autodiscover/autodiscover.xml"})
	r.user = ""
	if a := r.do("GET", "/autodiscover/autodiscover.xml", ""); a.status != 302 || a.header.Get("Location") != "https://other.example/autodiscover/autodiscover.xml" {
		t.Errorf("%d %v", a.status, a.header)
	}
	r.ews.SetDiscovery(ews.Discovery{})
	if a := plain(r); a.status != 401 {
		t.Errorf("without a sign-in: %d", a.status)
	}
}

// A mailbox that has gone to Exchange Online leads to an address there, and that to the services there.
func TestAutodiscoverFollowsAMailboxToTheCloud(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	account(ews.AccountCloud)(r)
	if a := pox("<EMailAddress>alice@example.com</EMailAddress>", "responseschema/2006a")(r); a.xml.text("RedirectAddr") != "alice@example.mail.onmicrosoft.com" {
		t.Errorf("%s", a.body)
	}
	if a := pox("<EMailAddress>alice@example.mail.onmicrosoft.com</EMailAddress>", "responseschema/2006a")(r); a.xml.text("EwsUrl") != ews.CloudURL {
		t.Errorf("%s", a.body)
	}
}
