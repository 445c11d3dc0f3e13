package google

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	standin "tahti/internal/standin/google"
)

// scripted answers every request as a test says.
type scripted func(*http.Request) (*http.Response, error)

func (s scripted) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func jsonReply(r *http.Request, status int, body string) *http.Response {
	return reply(r, status, "application/json; charset=UTF-8", body)
}

// clock stands still.
var clock = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func scriptedCalendar(t *testing.T, s scripted) *Calendar {
	t.Helper()
	c, err := Open(Config{
		Base: "http://calendar.example/v3/", Calendar: alice, Profile: Profile{Role: roleOwner, TimeZone: "Europe/Helsinki"}, Transport: s,
		Now: func() time.Time { return clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tries are one request of each kind.
func tries(c *Calendar, t *testing.T) map[string]func() error {
	base := itemOf(t, roleOwner, `"summary":"x"`)
	return map[string]func() error{
		"pull": func() error { _, err := c.Pull(t.Context(), c.cursor("token", ""), nil); return err },
		"list": func() error { _, err := c.Pull(t.Context(), "", nil); return err },
		"read": func() error { _, err := c.Read(t.Context(), []provider.RemoteID{"event0"}); return err },
		"create": func() error {
			_, err := c.Put(t.Context(), provider.Put{Key: testKey, Event: meeting(), Fields: calendar.BothWaysFields})
			return err
		},
		"update": func() error {
			_, err := update(c, base, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "y" })
			return err
		},
		"remove": func() error { return c.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}) },
	}
}

func errorBody(reason string) string {
	return fmt.Sprintf(`{"error":{"code":0,"message":"A title that nobody may read.","errors":[{"domain":"x","reason":%q,"message":"m"}]}}`, reason)
}

// limitBody refuses under the name of a limit: in the message, in the details, or in both.
func limitBody(message, detail string) string {
	text, details := "A title that nobody may read.", ""
	if message != "" {
		text = "Quota exceeded for quota metric 'Queries' and limit '" + message + "' of service 'calendar-json.googleapis.com' for consumer 'project_number:1'."
	}
	if detail != "" {
		details = fmt.Sprintf(`{"reason":"RATE_LIMIT_EXCEEDED","metadata":{"quota_limit":%q}}`, detail)
	}
	return fmt.Sprintf(`{"error":{"message":%q,"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}],"details":[%s]}}`, text, details)
}

func TestRefusalsAreClassed(t *testing.T) {
	const scope = `{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"@type":"x","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`
	for _, c := range []struct {
		name   string
		status int
		body   string
		header string
		on     string // the tries that it is for, all if empty
		class  provider.Class
		code   string
		rest   time.Duration
		circle provider.Circle
	}{
		{name: "the token is over", status: 401, body: errorBody("authError"), class: provider.SignIn, code: "sign_in_ended"},
		{name: "a box was left unticked, in the old place", status: 403, body: errorBody("insufficientPermissions"), class: provider.SignIn, code: "missing_permission"},
		{name: "and in the new one", status: 403, body: scope, class: provider.SignIn, code: "missing_permission"},
		{name: "and in a header", status: 403, header: `Www-Authenticate: Bearer realm="x", error="insufficient_scope"`, class: provider.SignIn, code: "missing_permission"},
		{name: "the organisation does not let us in", status: 403, body: errorBody("domainPolicy"), class: provider.Forbidden, code: "blocked_by_administrator"},
		{name: "the service is not switched on", status: 403, body: errorBody("accessNotConfigured"), class: provider.Forbidden, code: "not_set_up"},
		{name: "too fast", status: 403, body: errorBody("rateLimitExceeded"), class: provider.RateLimited, rest: firstRest},
		{name: "too fast, of this person", status: 403, body: errorBody("userRateLimitExceeded"), class: provider.RateLimited, rest: firstRest},
		{name: "too fast, by its status", status: 429, class: provider.RateLimited, rest: firstRest},
		{name: "too fast, with a time", status: 429, header: "Retry-After: 40", class: provider.RateLimited, rest: 40 * time.Second},
		{name: "used up", status: 403, body: errorBody("quotaExceeded"), class: provider.RateLimited, rest: longRest},
		{name: "too fast, all of us", status: 403, body: limitBody("Queries per minute", ""), class: provider.RateLimited, rest: time.Minute, circle: provider.Application},
		{name: "too fast, all of us, with a time", status: 429, header: "Retry-After: 40", body: limitBody("Queries per minute", ""), class: provider.RateLimited, rest: 40 * time.Second, circle: provider.Application},
		{name: "too fast, all of us, in the new place", status: 429, body: limitBody("", "defaultPerMinutePerProject"), class: provider.RateLimited, rest: time.Minute, circle: provider.Application},
		{name: "too much in a day", status: 403, body: limitBody("Queries per day", ""), class: provider.RateLimited, rest: longRest, circle: provider.Application},
		{name: "too much in a day, by its reason", status: 403, body: errorBody("dailyLimitExceeded"), class: provider.RateLimited, rest: longRest, circle: provider.Application},
		{name: "too fast, of this person, by the message", status: 403, body: limitBody("Queries per minute per user", ""), class: provider.RateLimited, rest: firstRest},
		{name: "and of old", status: 403, body: limitBody("Queries per user per 100 seconds", ""), class: provider.RateLimited, rest: firstRest},
		{name: "and in the new place", status: 403, body: limitBody("", "defaultPerMinutePerUser"), class: provider.RateLimited, rest: firstRest},
		{name: "busy, with a time", status: 503, header: "Retry-After: 40", class: provider.RateLimited, rest: 40 * time.Second},
		{name: "read-only", status: 403, body: errorBody("requiredAccessLevel"), on: "create update remove", class: provider.Forbidden, code: "read_only"},
		{name: "not to be read", status: 403, body: errorBody("requiredAccessLevel"), on: "pull list", class: provider.Forbidden, code: "no_permission"},
		{name: "the organiser's", status: 403, body: errorBody("forbiddenForNonOrganizer"), on: "create", class: provider.Forbidden, code: "not_writable"},
		{name: "of a special type", status: 400, body: errorBody("eventTypeRestriction"), on: "create update", class: provider.Forbidden, code: "not_writable"},
		{name: "the token is too old", status: 410, body: errorBody("fullSyncRequired"), on: "pull", class: provider.CursorLost},
		{name: "the token is too old, without a reason", status: 410, on: "pull", class: provider.CursorLost},
		{name: "the token does not go with the rest", status: 400, body: errorBody("syncTokenWithRequestRestrictions"), on: "pull", class: provider.CursorLost},
		{name: "a token that was never given out", status: 400, body: errorBody("invalid"), on: "pull", class: provider.CursorLost},
		{name: "a page token that is over", status: 400, body: errorBody("invalid"), on: "list", class: provider.Transient, code: "server_error"},
		{name: "the calendar is gone", status: 404, body: errorBody("notFound"), on: "pull list read", class: provider.Gone, code: "wrong_address"},
		{name: "the calendar is gone, at a creation", status: 404, body: errorBody("notFound"), on: "create", class: provider.Transient, code: "wrong_address"},
		{name: "the guard did not hold", status: 412, body: errorBody("conditionNotMet"), on: "create", class: provider.Conflict},
		{name: "nothing it would ever take", status: 400, body: errorBody("invalid"), on: "create update", class: provider.Rejected},
		{
			name: "no recurrence", status: 400, body: `{"error":{"message":"Invalid recurrence rule.","errors":[{"reason":"invalid"}]}}`, on: "create update",
			class: provider.Rejected, code: "inexpressible",
		},
		{name: "too large", status: 413, on: "create update", class: provider.Rejected, code: "too_large"},
		{name: "its own trouble, reading", status: 500, body: errorBody("backendError"), on: "pull list read", class: provider.Transient, code: "server_error"},
		{name: "its own trouble, writing", status: 503, body: errorBody("backendError"), on: "create update remove", class: provider.Unknown, code: "server_error"},
		{name: "a redirect", status: 302, header: "Location: http://elsewhere.example/", on: "pull", class: provider.Transient, code: "server_error"},
		{name: "a proxy's page", status: 200, body: "<html>", header: "Content-Type: text/html", on: "pull list read", class: provider.Transient, code: "server_error"},
		{name: "a proxy's page after a write", status: 200, body: "<html>", header: "Content-Type: text/html", on: "create update", class: provider.Unknown, code: "server_error"},
		{name: "no list", status: 200, body: `{}`, on: "pull list", class: provider.Transient, code: "server_error"},
		{name: "a list without a token", status: 200, body: `{"kind":"calendar#events","items":[]}`, on: "pull list", class: provider.Transient, code: "server_error"},
		{name: "half a list", status: 200, body: `{"kind":"calendar#events","items":[`, on: "pull list", class: provider.Transient, code: "server_error"},
		{name: "another event", status: 200, body: `{"kind":"calendar#event","id":"other"}`, on: "read", class: provider.Transient, code: "server_error"},
		{name: "another event after a write", status: 200, body: `{"kind":"calendar#event","id":"other"}`, on: "create update", class: provider.Unknown, code: "server_error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := func(r *http.Request) (*http.Response, error) {
				resp := jsonReply(r, c.status, c.body)
				if name, value, ok := strings.Cut(c.header, ": "); ok {
					resp.Header.Set(name, value)
				}
				return resp, nil
			}
			for _, what := range []string{"pull", "list", "read", "create", "update", "remove"} {
				if c.on != "" && !strings.Contains(c.on, what) {
					continue
				}
				// Each on a calendar of its own: a rest would keep the next from being sent.
				err := tries(scriptedCalendar(t, answer), t)[what]()
				e, ok := errors.AsType[*provider.Error](err)
				if !ok || e.Class != c.class || e.Code != c.code {
					t.Errorf("%s: %v (%+v)", what, err, e)
					continue
				}
				if c.rest != 0 && !e.RetryAfter.Equal(clock.Add(c.rest)) {
					t.Errorf("%s: retry after %v", what, e.RetryAfter.Sub(clock))
				}
				if e.Circle != c.circle {
					t.Errorf("%s: it speaks for circle %d, want %d", what, e.Circle, c.circle)
				}
				if strings.Contains(err.Error(), "title") {
					t.Errorf("%s: it repeats what Google said: %v", what, err)
				}
			}
		})
	}
}

func TestBrokenConnectionsAreClassed(t *testing.T) {
	for _, c := range []struct {
		name          string
		err           error
		reads, writes provider.Class
	}{
		{"in the middle", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, provider.Transient, provider.Unknown},
		{"before it was made", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, provider.Transient, provider.Transient},
		{"without a name", &net.DNSError{IsNotFound: true}, provider.Transient, provider.Transient},
		{"the sign-in is over", &provider.Error{Class: provider.SignIn, Code: provider.CodeSignInEnded}, provider.SignIn, provider.SignIn},
	} {
		for what, try := range tries(scriptedCalendar(t, func(*http.Request) (*http.Response, error) { return nil, c.err }), t) {
			want := c.reads
			if what == "create" || what == "update" || what == "remove" {
				want = c.writes
			}
			if err := try(); provider.ClassOf(err) != want || err == nil {
				t.Errorf("%s, %s: %v", c.name, what, err)
			}
		}
	}
}

// TestRestsGrowUntilSomethingWorks: where Google names no time, each refusal doubles the rest.
func TestRestsGrowUntilSomethingWorks(t *testing.T) {
	now, refuse := clock, true
	c := scriptedCalendar(t, func(r *http.Request) (*http.Response, error) {
		if refuse {
			return jsonReply(r, 403, errorBody("rateLimitExceeded")), nil
		}
		return jsonReply(r, 200, `{"kind":"calendar#events","nextSyncToken":"n","items":[]}`), nil
	})
	c.client.now = func() time.Time { return now }
	rest := func() time.Duration {
		_, err := c.Pull(t.Context(), c.cursor("token", ""), nil)
		e, ok := errors.AsType[*provider.Error](err)
		if !ok || e.Class != provider.RateLimited {
			t.Fatalf("pull: %v", err)
		}
		d := e.RetryAfter.Sub(now)
		now = e.RetryAfter
		return d
	}
	for _, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 900, 900} {
		if got := rest(); got != want*time.Second {
			t.Errorf("rest %v, want %v", got, want*time.Second)
		}
	}
	refuse = false
	if _, err := c.Pull(t.Context(), c.cursor("token", ""), nil); err != nil {
		t.Fatal(err)
	}
	refuse = true
	if got := rest(); got != firstRest {
		t.Errorf("after a success it rests %v", got)
	}
}

// TestWhatTheStandInRefuses ties the classes to the refusals' numbers, where only a real one can show the body.
func TestWhatTheStandInRefuses(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	b.Sign = backdoor.Bearer("nonsense")
	if _, err := c.Pull(t.Context(), "", nil); provider.ClassOf(err) != provider.SignIn {
		t.Errorf("G-01: %v", err)
	}
	for _, where := range []standin.ScopeError{standin.ScopeInBoth, standin.ScopeInErrors, standin.ScopeInDetails} {
		b.server.SetVariant(standin.Variant{ScopeError: where})
		token, err := b.server.Grant(alice, "calendar.freebusy")
		if err != nil {
			t.Fatal(err)
		}
		b.Sign = backdoor.Bearer(token)
		if _, err := c.Pull(t.Context(), "", nil); provider.ClassOf(err) != provider.SignIn || codeOf(err) != provider.CodeMissingPermission {
			t.Errorf("G-03, %d: %v", where, err)
		}
	}
}

// What a refusal or the network says is kept and logged: no cursor, no address of a person, no page of a proxy.
func TestErrorsSayOnlyNames(t *testing.T) {
	for name, answer := range map[string]scripted{
		"no answer": func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset") },
		"a title": func(r *http.Request) (*http.Response, error) {
			return jsonReply(r, 403, errorBody("Doctor's visit")), nil
		},
		"no end": func(r *http.Request) (*http.Response, error) {
			return jsonReply(r, 500, errorBody(strings.Repeat("x", 1<<15))), nil
		},
		"many": func(r *http.Request) (*http.Response, error) {
			return jsonReply(r, 500, `{"error":{"details":[`+strings.Repeat(`{"reason":"REASON"},`, 1000)+`{}]}}`), nil
		},
	} {
		c := scriptedCalendar(t, answer)
		_, err := c.Pull(t.Context(), c.cursor("secret", ""), nil)
		if s := fmt.Sprint(err); err == nil || strings.Contains(s, "secret") || strings.Contains(s, "alice") || strings.Contains(s, "Doctor") || len(s) > 200 {
			t.Errorf("%s: %s", name, s[:min(300, len(s))])
		}
	}
}

// Every overwrite is guarded (I16): where Google tells no version, nothing is written and nothing is deleted.
func TestNothingIsWrittenWithoutAVersion(t *testing.T) {
	base := itemOf(t, roleOwner, `"summary":"x","etag":""`)
	if base.State != provider.StateLive {
		t.Fatalf("%+v", base.Problem)
	}
	var writes int
	c := scriptedCalendar(t, func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			writes++
		}
		return jsonReply(r, 200, string(base.Raw)), nil
	})
	if _, err := update(c, base, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "y" }); err == nil {
		t.Error("a change was answered")
	}
	if err := c.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}); err == nil {
		t.Error("a removal was answered")
	}
	if writes > 0 {
		t.Errorf("%d unguarded writes", writes)
	}
}

// A page that leads to itself would be asked for ten thousand times.
func TestAPageThatLeadsToItselfEndsThePull(t *testing.T) {
	asked := 0
	c := scriptedCalendar(t, func(r *http.Request) (*http.Response, error) {
		asked++
		return jsonReply(r, 200, `{"kind":"calendar#events","items":[],"nextPageToken":"again"}`), nil
	})
	if p, err := c.Pull(t.Context(), c.cursor("token", "again"), nil); provider.ClassOf(err) != provider.Transient || err == nil {
		t.Errorf("a page of changes: %+v, %v", p, err)
	}
	if p, err := c.Pull(t.Context(), "", nil); provider.ClassOf(err) != provider.Transient || err == nil {
		t.Errorf("a list: %+v, %v", p, err)
	}
	if asked > 3 {
		t.Errorf("asked %d times", asked)
	}
}
