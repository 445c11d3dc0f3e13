package graph

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	fault "tahti/internal/standin"
	standin "tahti/internal/standin/graph"
)

// answering is a transport that answers each request in turn; the last answer is repeated.
type answering struct {
	answers []func(*http.Request) (*http.Response, error)
	log     []*http.Request
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.log = append(a.log, r)
	return a.answers[min(len(a.log), len(a.answers))-1](r)
}

func says(status int, code string, headers ...string) func(*http.Request) (*http.Response, error) {
	return gives(status, fmt.Sprintf(`{"error":{"code":%q,"message":"what was refused","innerError":{}}}`, code), headers...)
}

func gives(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		resp := reply(r, status, "application/json", body)
		for i := 0; i+1 < len(headers); i += 2 {
			resp.Header.Set(headers[i], headers[i+1])
		}
		return resp, nil
	}
}

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// over opens a calendar behind a transport.
func over(t *testing.T, answers ...func(*http.Request) (*http.Response, error)) (*Calendar, *answering) {
	t.Helper()
	a := &answering{answers: answers}
	c, err := Open(Config{Calendar: "cal/1=", Transport: a, Now: func() time.Time { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	return c, a
}

var testNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestRefusals(t *testing.T) {
	const write, delta = true, true
	for _, c := range []struct {
		status int
		code   string
		write  bool
		delta  bool
		class  provider.Class
		cause  string
	}{
		{401, "InvalidAuthenticationToken", false, false, provider.SignIn, provider.CodeSignInEnded},
		{403, "ErrorAccessDenied", false, false, provider.Forbidden, provider.CodeNoPermission},
		{403, "ErrorAccessDenied", write, false, provider.Forbidden, provider.CodeNoPermission},
		{404, "MailboxNotEnabledForRESTAPI", false, false, provider.Forbidden, provider.CodeNoMailbox},
		{404, "MailboxNotSupportedForRESTAPI", false, delta, provider.Forbidden, provider.CodeNoMailbox},
		{404, "MailboxNotHostedInExchangeOnline", write, false, provider.Forbidden, provider.CodeNoMailbox},
		{500, "ErrorTimeoutExpired", false, false, provider.Transient, provider.CodeServer},
		{500, "ErrorTimeoutExpired", write, false, provider.Unknown, provider.CodeServer},
		{400, "ErrorQuotaExceeded", write, false, provider.Transient, provider.CodeMailboxFull},
		{404, "ErrorItemNotFound", false, false, provider.Gone, provider.CodeWrongAddress},
		{410, "ErrorItemNotFound", write, false, provider.Gone, provider.CodeWrongAddress},
		{410, "", false, delta, provider.CursorLost, ""},
		{410, "SyncStateNotFound", false, delta, provider.CursorLost, ""},
		{404, "syncStateNotFound", false, delta, provider.CursorLost, ""},
		{400, "syncStateInvalid", false, delta, provider.CursorLost, ""},
		{410, "resyncRequired", false, delta, provider.CursorLost, ""},
		{412, "ErrorIrresolvableConflict", write, false, provider.Conflict, ""},
		{409, "ErrorIrresolvableConflict", write, false, provider.Conflict, ""},
		{412, "", write, false, provider.Conflict, ""},
		{429, "ApplicationThrottled", write, false, provider.RateLimited, provider.CodeServer},
		{429, "MailboxConcurrency", false, false, provider.RateLimited, provider.CodeServer},
		{503, "ErrorServerBusy", false, false, provider.RateLimited, provider.CodeServer},
		{503, "", write, false, provider.Unknown, provider.CodeServer},
		{504, "", false, false, provider.RateLimited, provider.CodeServer},
		{504, "", write, false, provider.Unknown, provider.CodeServer},
		{500, "InternalServerError", false, false, provider.Transient, provider.CodeServer},
		{500, "InternalServerError", write, false, provider.Unknown, provider.CodeServer},
		{400, "ErrorOccurrenceCrossingBoundary", write, false, provider.Rejected, ""},
		{400, "ErrorInvalidRequest", write, false, provider.Rejected, ""},
		{507, "ErrorQuotaExceeded", write, false, provider.Unknown, provider.CodeMailboxFull},
		{413, "RequestEntityTooLarge", write, false, provider.Rejected, provider.CodeTooLarge},
		{409, "ErrorFolderExists", write, false, provider.Transient, provider.CodeServer},
		{302, "", false, false, provider.Forbidden, provider.CodeRedirect},
		{408, "", false, false, provider.Transient, provider.CodeServer},
	} {
		t.Run(fmt.Sprintf("%d %s write %t", c.status, c.code, c.write), func(t *testing.T) {
			cal, _ := over(t, says(c.status, c.code))
			q := call{op: "try", method: http.MethodGet, at: "/me", write: c.write, delta: c.delta}
			if c.write {
				q.method, q.body = http.MethodPatch, payload{}
			}
			_, err := cal.client.send(t.Context(), q)
			e, ok := errors.AsType[*provider.Error](err)
			if !ok || e.Class != c.class || e.Code != c.cause || e.Op != "try" || !strings.Contains(e.Status, fmt.Sprint(c.status)) {
				t.Errorf("%#v", err)
			}
			if strings.Contains(err.Error(), "what was refused") {
				t.Errorf("the server's words, which may hold titles, are in the error: %v", err)
			}
		})
	}
}

type noNetwork struct{}

func (noNetwork) Error() string            { return "no" }
func (noNetwork) ForbiddenNetwork() string { return "192.0.2.0/24" }

func TestWhatGetsNoAnswer(t *testing.T) {
	reset := &net.OpError{Op: "read", Err: errors.New("reset")}
	for _, c := range []struct {
		name  string
		err   error
		write bool
		class provider.Class
		code  string
	}{
		{"a read breaks", reset, false, provider.Transient, provider.CodeUnreachable},
		{"a write breaks", reset, true, provider.Unknown, provider.CodeUnreachable},
		{"nobody answers", &net.OpError{Op: "dial", Err: errors.New("refused")}, true, provider.Transient, provider.CodeUnreachable},
		{"no such host", &net.DNSError{IsNotFound: true}, true, provider.Transient, provider.CodeUnreachable},
		{"a network that is out of bounds", noNetwork{}, true, provider.Forbidden, provider.CodeForbiddenNetwork},
		{"the sign-in has ended", &provider.Error{Op: "renew", Class: provider.SignIn, Code: provider.CodeSignInEnded}, true, provider.SignIn, provider.CodeSignInEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal, _ := over(t, fails(c.err))
			_, err := cal.client.send(t.Context(), call{op: "try", method: http.MethodGet, at: "/me", write: c.write})
			e, ok := errors.AsType[*provider.Error](err)
			if !ok || e.Class != c.class || e.Code != c.code || e.Op != "try" {
				t.Errorf("%#v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cal, a := over(t, gives(200, "{}"))
	if _, err := cal.client.send(ctx, call{op: "try", method: http.MethodPatch, at: "/me", write: true}); provider.ClassOf(err) != provider.Transient || len(a.log) != 0 {
		t.Errorf("after the caller has gone: %v, %d requests", err, len(a.log))
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for _, body := range []string{"", "<html></html>", `{"value":[`, `{}`, `{"value":[]}`, `[]`} {
		c, _ := over(t, gives(200, body))
		if _, err := c.Pull(t.Context(), "", nil); provider.ClassOf(err) != provider.Transient || err == nil {
			t.Errorf("%q was listed: %v", body, err)
		}
	}
	for _, body := range []string{"", "<html></html>", `{}`, `{"id":`} {
		c, _ := over(t, gives(201, body))
		if _, err := c.Put(t.Context(), provider.Put{Key: "abc", Event: *series("20260316T100000", ""), Fields: calendar.BothWaysFields}); provider.ClassOf(err) != provider.Unknown || err == nil {
			t.Errorf("%q was made: %v", body, err)
		}
	}
	for _, body := range []string{`{"responses":[]}`, `{"responses":[{"id":"0","status":200,"body":{}},{"id":"7","status":200}]}`, `{"responses":[{"id":"0","status":404},{"id":"0","status":404}]}`} {
		c, _ := over(t, gives(200, body))
		if items, err := c.Read(t.Context(), []provider.RemoteID{"a", "b"}); provider.ClassOf(err) != provider.Transient || err == nil {
			t.Errorf("%s was read: %v %v", body, items, err)
		}
	}
}

// Every request says which ids, zone and pages are meant: neither links nor tokens keep that, nor do batches for their parts.
func TestEveryRequestSaysWhatIsPreferred(t *testing.T) {
	c, a := over(t, gives(200, `{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/next"}`), gives(200, `{"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/delta"}`),
		gives(200, `{"responses":[{"id":"1","status":200,"body":{"id":"b"}},{"id":"0","status":200,"body":{"id":"a"}}]}`))
	if _, err := c.Pull(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(t.Context(), []provider.RemoteID{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	const want = `IdType="ImmutableId", outlook.timezone="UTC", odata.maxpagesize=200`
	for _, r := range a.log {
		if got := r.Header.Get("Prefer"); got != want {
			t.Errorf("%s prefers %q", r.URL, got)
		}
	}
	if len(a.log) != 3 || a.log[0].URL.EscapedPath() != "/v1.0/me/calendars/cal%2F1=/calendarView/delta" {
		t.Errorf("%d requests, the first to %s", len(a.log), a.log[0].URL)
	}
}

// The transport adds the token to whatever is sent, so a link that leads elsewhere is not followed.
func TestLinksThatLeadElsewhere(t *testing.T) {
	for _, link := range []string{"https://evil.example/v1.0/x", "http://graph.microsoft.com/v1.0/x", "https://a@graph.microsoft.com/v1.0/x", "//evil.example/x", "https://graph.microsoft.com.evil.example/x"} {
		c, a := over(t, gives(200, fmt.Sprintf(`{"value":[],"@odata.nextLink":%q}`, link)))
		if p, err := c.Pull(t.Context(), "", nil); err == nil || len(a.log) != 1 {
			t.Errorf("%s was followed: %v, %d requests", link, p, len(a.log))
		}
		k := c.window()
		k.Link = link
		if _, err := c.Pull(t.Context(), k.text(), nil); provider.ClassOf(err) != provider.CursorLost || len(a.log) != 1 {
			t.Errorf("%s in a cursor: %v, %d requests", link, err, len(a.log))
		}
	}
}

func TestCursorsOfElsewhereAreLost(t *testing.T) {
	c, a := over(t, gives(200, `{}`))
	k := c.window()
	k.Link = "https://graph.microsoft.com/v1.0/x"
	other, old, empty := k, k, k
	other.Made, old.Version, empty.Link = "graph.microsoft.com other", 0, ""
	for _, s := range []provider.Cursor{"garbage", "{}", other.text(), old.text(), empty.text()} {
		if _, err := c.Pull(t.Context(), s, nil); provider.ClassOf(err) != provider.CursorLost || err == nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if len(a.log) != 0 {
		t.Errorf("%d requests", len(a.log))
	}
}

// A link may be refused in words that nobody knows, and a 404 may be about the calendar: it is asked.
func TestALinkThatIsRefused(t *testing.T) {
	for _, x := range []struct {
		name           string
		link, calendar func(*http.Request) (*http.Response, error)
		want           provider.Class
	}{
		{"404, and the calendar is there", says(404, "ErrorItemNotFound"), gives(200, `{"id":"cal/1="}`), provider.CursorLost},
		{"400, and the calendar is there", says(400, "BadRequest"), gives(200, `{"id":"cal/1="}`), provider.CursorLost},
		{"404, and so is the calendar", says(404, "ErrorItemNotFound"), says(404, "ErrorItemNotFound"), provider.Gone},
		{"404, and the calendar is denied", says(404, "ErrorItemNotFound"), says(403, "ErrorAccessDenied"), provider.Forbidden},
		{"403", says(403, "ErrorAccessDenied"), gives(200, `{"id":"cal/1="}`), provider.Forbidden},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, _ := over(t, x.link, x.calendar)
			k := c.window()
			k.Link = Worldwide + "/me/delta?$deltatoken=x"
			if _, err := c.Pull(t.Context(), k.text(), nil); provider.ClassOf(err) != x.want || err == nil {
				t.Errorf("%v", err)
			}
		})
	}
}

// The version of a series need not move with its exceptions: all of them guard a removal.
func TestASeriesIsRemovedAsItWasRead(t *testing.T) {
	moved := strings.Replace(fuzzSeries, `"@odata.etag":"b"`, `"@odata.etag":"c"`, 1)
	for _, x := range []struct {
		name, now string
		want      provider.Class
		requests  int
	}{{"unchanged", fuzzSeries, 0, 2}, {"an exception has changed", moved, provider.Conflict, 1}} {
		t.Run(x.name, func(t *testing.T) {
			c, a := over(t, gives(200, x.now), gives(204, ""))
			base := c.item("m", []byte(fuzzSeries), "")
			err := c.Remove(t.Context(), provider.Remove{ID: "m", Base: &base})
			if (err == nil) != (x.want == 0) || err != nil && provider.ClassOf(err) != x.want || len(a.log) != x.requests {
				t.Errorf("%v, %d requests", err, len(a.log))
			}
		})
	}
}

// Noise in place of a part says nothing of its item, which is asked for again and never set aside as one that nobody can read.
func TestNoiseInABatchIsAskedForAgain(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	a, b := r.put(t, "abc", plan("One", "20260316T100000")), r.put(t, "abd", plan("Two", "20260317T100000"))
	must(t, r.server.Faults(fault.Fault{Path: "/events/", Garbage: true, Times: 1}))
	items, err := r.Read(t.Context(), []provider.RemoteID{a.ID, b.ID})
	if err != nil || items[0].State != provider.StateNotRead || items[1].State != provider.StateLive {
		t.Errorf("%s, %s, %v", items[0].State, items[1].State, err)
	}
}

// A part of a batch may be throttled in an answer that is a success: that speaks for the mailbox, and nothing is called gone.
func TestABatchIsJudgedByItsParts(t *testing.T) {
	part := func(id string, status int, code, headers string) string {
		body := fmt.Sprintf(`{"error":{"code":%q}}`, code)
		if status == 200 {
			body = `{"id":"x","start":{"dateTime":"2026-01-01T07:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-01T08:00:00","timeZone":"UTC"}}`
		}
		return fmt.Sprintf(`{"id":%q,"status":%d,"headers":{%s},"body":%s}`, id, status, headers, body)
	}
	batch := func(parts ...string) func(*http.Request) (*http.Response, error) {
		return gives(200, `{"responses":[`+strings.Join(parts, ",")+`]}`)
	}
	ids := []provider.RemoteID{"a", "b"}

	c, a := over(t, batch(part("1", 429, "ApplicationThrottled", `"Retry-After":"30"`), part("0", 404, "ErrorItemNotFound", "")))
	_, err := c.Read(t.Context(), ids)
	if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.RateLimited || !e.RetryAfter.Equal(testNow.Add(30*time.Second)) {
		t.Errorf("a throttled part: %v", err)
	}
	if _, err := c.Pull(t.Context(), "", nil); provider.ClassOf(err) != provider.RateLimited || len(a.log) != 1 {
		t.Errorf("a request before that time: %v, %d requests", err, len(a.log))
	}

	for header, want := range map[string]provider.Circle{
		`"x-ms-throttle-scope":"Application/ReadWrite/1/2",`: provider.Application, `"x-ms-throttle-scope":"Tenant_Application/Read/1/2",`: provider.Organisation,
		`"x-ms-throttle-scope":"Tenant",`: provider.Organisation, "": provider.OneAccount,
	} {
		c, _ = over(t, batch(part("1", 429, "TooManyRequests", header+`"Retry-After":"30"`), part("0", 404, "ErrorItemNotFound", "")))
		_, err = c.Read(t.Context(), ids)
		if e, ok := errors.AsType[*provider.Error](err); !ok || e.Circle != want {
			t.Errorf("%s: %+v", header, e)
		}
	}

	c, _ = over(t, batch(part("0", 500, "InternalServerError", ""), part("1", 200, "", "")))
	items, err := c.Read(t.Context(), ids)
	if err != nil || items[0].State != provider.StateNotRead || items[0].Problem == nil || items[1].State != provider.StateLive {
		t.Errorf("a part that failed beside one that did not: %v %v", items, err)
	}

	c, _ = over(t, batch(part("0", 500, "InternalServerError", ""), part("1", 500, "InternalServerError", "")))
	if items, err := c.Read(t.Context(), ids); provider.ClassOf(err) != provider.Transient || err == nil {
		t.Errorf("parts that all failed: %v %v", items, err)
	}

	c, _ = over(t, batch(part("0", 401, "InvalidAuthenticationToken", ""), part("1", 200, "", "")))
	if _, err := c.Read(t.Context(), ids); provider.ClassOf(err) != provider.SignIn || err == nil {
		t.Errorf("a part that wants another sign-in: %v", err)
	}
}

func TestOpenSendsNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		Config
		fine bool
	}{
		{"worldwide", Config{Calendar: "x"}, true},
		{"a sovereign cloud", Config{Calendar: "x", Base: "https://microsoftgraph.chinacloudapi.cn/v1.0/"}, true},
		{"plain", Config{Calendar: "x", Base: "http://127.0.0.1:1/v1.0"}, false},
		{"plain, as was agreed", Config{Calendar: "x", Base: "http://127.0.0.1:1/v1.0", AllowPlain: true}, true},
		{"no address", Config{Calendar: "x", Base: "graph"}, false},
		{"no calendar", Config{}, false},
		{"a window of five years", Config{Calendar: "x", Back: 825 * day, Ahead: 1000 * day}, true},
		{"a window that Graph does not show", Config{Calendar: "x", Back: 826 * day, Ahead: 1000 * day}, false},
		{"a zone that nobody knows", Config{Calendar: "x", TimeZone: "Nowhere/Unknown"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &answering{}
			c.Transport, c.Now = a, time.Now
			if _, err := Open(c.Config); (err == nil) != c.fine || len(a.log) != 0 {
				t.Errorf("%v, %d requests", err, len(a.log))
			}
		})
	}
	if _, err := Open(Config{Calendar: "x"}); err == nil {
		t.Error("opened without a transport")
	}
	if _, err := url.Parse(Worldwide); err != nil {
		t.Error(err)
	}
}

// A success of a proxy or a portal may be JSON, too: without a list it is no empty calendar (I6).
func TestAnAnswerWithoutAListIsNotAnEmptyOne(t *testing.T) {
	const link = `"@odata.deltaLink":"https://graph.microsoft.com/v1.0/me/calendars/c/calendarView/delta?$deltatoken=x"`
	for name, body := range map[string]string{
		"nothing": "{}", "another list": `{` + link + `,"events":[]}`, "none": `{"value":null,` + link + `}`, "an error": `{"error":{"code":"x"},` + link + `}`,
	} {
		c, _ := over(t, gives(200, body))
		if p, err := c.Pull(t.Context(), "", nil); provider.ClassOf(err) != provider.Transient || err == nil {
			t.Errorf("%s: pulled %+v, %v", name, p, err)
		}
		if list, err := (&Account{c.client}).Calendars(t.Context()); provider.ClassOf(err) != provider.Transient || err == nil {
			t.Errorf("%s: calendars %+v, %v", name, list, err)
		}
		if p, err := c.Probe(t.Context()); provider.ClassOf(err) != provider.Transient || err == nil {
			t.Errorf("%s: a calendar %+v, %v", name, p, err)
		}
	}
	c, _ := over(t, gives(200, `{"value":[],`+link+`}`))
	if p, err := c.Pull(t.Context(), "", nil); err != nil || len(p.(provider.Snapshot).Items) != 0 {
		t.Errorf("an empty list: %+v, %v", p, err)
	}
}

// What a refusal or the network says is kept and logged: no cursor, no address of a person, no page of a proxy.
func TestErrorsSayOnlyNames(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"no answer": fails(errors.New("connection reset")),
		"a title":   says(400, "The event Doctor's visit is too long"),
		"no end":    says(500, strings.Repeat("x", 1<<16)),
	} {
		c, _ := over(t, answer)
		_, err := c.Pull(t.Context(), cursor{Version: cursorVersion, Made: c.made, At: testNow, Link: Worldwide + "/me/x?$deltatoken=secret"}.text(), nil)
		if s := fmt.Sprint(err); err == nil || strings.Contains(s, "secret") || strings.Contains(s, "Doctor") || len(s) > 200 {
			t.Errorf("%s: %s", name, s[:min(300, len(s))])
		}
	}
}

// Every overwrite is guarded (I16): where Graph tells no version, nothing is written and nothing is deleted.
func TestNothingIsWrittenWithoutAVersion(t *testing.T) {
	const untold = `{"id":"e","type":"singleInstance","subject":"Theirs","isOrganizer":true,` +
		`"start":{"dateTime":"2026-03-16T10:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-03-16T11:00:00.0000000","timeZone":"UTC"}}`
	var writes int
	c, _ := over(t, func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			writes++
		}
		return gives(200, untold)(r)
	})
	base := c.item("e", []byte(untold), "")
	if base.State != provider.StateLive {
		t.Fatalf("%+v", base.Problem)
	}
	e := base.Event.Clone()
	e.Subject = "Ours"
	_, err := c.Put(t.Context(), provider.Put{ID: "e", Base: &base, Event: e, Fields: calendar.BothWaysFields})
	if provider.ClassOf(err) != provider.Transient || err == nil {
		t.Errorf("a change: %v", err)
	}
	if err := c.Remove(t.Context(), provider.Remove{ID: "e", Base: &base}); provider.ClassOf(err) != provider.Transient || err == nil {
		t.Errorf("a removal: %v", err)
	}
	if writes > 0 {
		t.Errorf("%d unguarded writes", writes)
	}
}
