package google_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

// refusalCase is one request that is refused under a number.
type refusalCase struct {
	number, name string
	opt          google.Options
	given        func(*rig)
	when         func(*rig) answer
}

func insert(more string) func(*rig) answer { return func(r *rig) answer { return r.insert(more) } }

func post(body string) func(*rig) answer {
	return func(r *rig) answer { return r.do("POST", events, body) }
}

func get(query string) func(*rig) answer {
	return func(r *rig) answer { return r.do("GET", events+query, "") }
}

// patch makes an event and changes it.
func patch(made, change string) func(*rig) answer {
	return func(r *rig) answer {
		r.want(200, r.do("POST", events, made))
		return r.do("PATCH", events+"/aaaaa", change)
	}
}

// withToken lists with the token of an earlier listing.
func withToken(first, second string) func(*rig) answer {
	return func(r *rig) answer {
		_, token := r.list(first)
		return r.do("GET", events+"?"+second+"&syncToken="+token, "")
	}
}

func role(name string) google.Options {
	return google.Options{Users: []google.User{{Email: "alice@example.com", Calendars: []google.Calendar{{Role: name}}}}}
}

var aaaaa = timed(`"id":"aaaaa"`)

// eventRefusals are those of reading and writing events.
var eventRefusals = []refusalCase{
	{number: "G-01", name: "a token that nobody has", when: func(r *rig) answer { return r.do("GET", events, "", "Authorization: Bearer wrong") }},
	{number: "G-02", name: "no token", when: func(r *rig) answer { return r.do("GET", events, "", "Authorization: ") }},
	{number: "G-04", name: "somebody else's calendar", when: func(r *rig) answer { return r.do("GET", "calendars/bob@example.com/events", "") }},
	{number: "G-04", name: "no such event", when: get("/nnnnn")},
	{number: "G-04", name: "an occurrence that the series has not", given: func(r *rig) { r.want(200, r.do("POST", events, series(`"id":"series"`))) },
		when: get("/series_20260105T070000Z")},
	{number: "G-05", name: "a reader writes", opt: role("reader"), when: insert("")},
	{number: "G-05", name: "a reader deletes", opt: role("freeBusyReader"), when: func(r *rig) answer { return r.do("DELETE", events+"/aaaaa", "") }},
	{number: "G-06", name: "no start", when: post(`{"end":{"date":"2026-01-07"}}`)},
	{number: "G-06", name: "no end", when: post(`{"start":{"date":"2026-01-07"}}`)},
	{number: "G-06", name: "PUT without times", given: func(r *rig) { r.want(200, r.do("POST", events, aaaaa)) },
		when: func(r *rig) answer { return r.do("PUT", events+"/aaaaa", `{"summary":"x"}`) }},
	{number: "G-06", name: "a clock without a zone", when: post(`{"start":{"dateTime":"2026-01-06T09:00:00"},"end":{"dateTime":"2026-01-06T10:00:00Z"}}`)},
	{number: "G-06", name: "a series with offsets but without zones", when: insert(`"recurrence":["RRULE:FREQ=DAILY"]`)},
	{number: "G-06", name: "a guest without address", when: insert(`"attendees":[{"displayName":"Bob"}]`)},
	{number: "G-06", name: "a reminder without minutes", when: insert(`"reminders":{"useDefault":false,"overrides":[{"method":"popup"}]}`)},
	{number: "G-07", name: "a date that is none", when: post(`{"start":{"date":"2026-02-30"},"end":{"date":"2026-03-01"}}`)},
	{number: "G-07", name: "date and dateTime", when: post(`{"start":{"date":"2026-01-06","dateTime":"2026-01-06T09:00:00Z"},"end":{"date":"2026-01-07"}}`)},
	{number: "G-07", name: "a start of another kind than the end", when: post(`{"start":{"date":"2026-01-06"},"end":{"dateTime":"2026-01-07T09:00:00Z"}}`)},
	{number: "G-07", name: "a zone that is none", when: post(`{"start":{"dateTime":"2026-01-06T09:00:00","timeZone":"FLE Standard Time"},"end":{"date":"2026-01-07"}}`)},
	{number: "G-07", name: "a text that is a number", when: insert(`"location":7`)},
	{number: "G-07", name: "a word that the field has not", when: insert(`"transparency":"busy"`)},
	{number: "G-07", name: "a new event that is cancelled", when: insert(`"status":"cancelled"`)},
	{number: "G-07", name: "an address that is none", when: insert(`"attendees":[{"email":"bob"}]`)},
	{number: "G-07", name: "a flag that is no flag", when: get("?singleEvents=yes")},
	{number: "G-07", name: "a window that is no time", when: get("?timeMin=2026-01-06")},
	{number: "G-07", name: "pages of nothing", when: get("?maxResults=0")},
	{number: "G-07", name: "an order by start of series", when: get("?orderBy=startTime")},
	{number: "G-07", name: "a property without a value", when: get("?privateExtendedProperty=crm")},
	{number: "G-08", name: "no JSON", when: post(`{"summary":`)},
	{number: "G-08", name: "no object", when: post(`["x"]`)},
	{number: "G-09", name: "an unknown field", when: insert(`"subject":"x"`)},
	{number: "G-09", name: "an unknown field inside", when: insert(`"extendedProperties":{"own":{"a":"b"}}`)},
	{number: "G-09", name: "an unknown parameter", when: get("?synctoken=x")},
	{number: "G-10", name: "an id with letters beyond v", when: insert(`"id":"xyzzy"`)},
	{number: "G-10", name: "an id in capitals", when: insert(`"id":"AAAAA"`)},
	{number: "G-10", name: "an id that is too short", when: insert(`"id":"aaaa"`)},
	{number: "G-10", name: "an id that is too long", when: insert(fmt.Sprintf(`"id":%q`, strings.Repeat("a", 1025)))},
	{number: "G-10", name: "an id as occurrences have it", when: insert(`"id":"aaaaa_20260107t070000"`)},
	{number: "G-11", name: "an id that is there", given: func(r *rig) { r.want(200, r.do("POST", events, aaaaa)) }, when: post(aaaaa)},
	{number: "G-11", name: "the id of a deleted event", given: func(r *rig) {
		r.want(200, r.do("POST", events, aaaaa))
		r.want(204, r.do("DELETE", events+"/aaaaa", ""))
	}, when: post(aaaaa)},
	{number: "G-11", name: "an iCalUID that is there", given: func(r *rig) { r.want(200, r.do("POST", events, aaaaa)) }, when: insert(`"iCalUID":"aaaaa@google.com"`)},
	{number: "G-12", name: "a second deletion", given: func(r *rig) {
		r.want(200, r.do("POST", events, aaaaa))
		r.want(204, r.do("DELETE", events+"/aaaaa", ""))
	}, when: func(r *rig) answer { return r.do("DELETE", events+"/aaaaa", "") }},
	{number: "G-13", name: "an update of a deleted event", given: func(r *rig) {
		r.want(200, r.do("POST", events, aaaaa))
		r.want(204, r.do("DELETE", events+"/aaaaa", ""))
	}, when: func(r *rig) answer { return r.do("PUT", events+"/aaaaa", timed("")) }},
	{number: "G-13", name: "a restoration where there is none", opt: google.Options{Variant: google.Variant{NoUndelete: true}}, given: func(r *rig) {
		r.want(200, r.do("POST", events, aaaaa))
		r.want(204, r.do("DELETE", events+"/aaaaa", ""))
	}, when: func(r *rig) answer { return r.do("PUT", events+"/aaaaa", timed(`"status":"confirmed"`)) }},
	{number: "G-14", name: "a stale ETag on PATCH", when: func(r *rig) answer {
		r.want(200, r.do("POST", events, aaaaa))
		return r.do("PATCH", events+"/aaaaa", `{"summary":"x"}`, `If-Match: "1"`)
	}},
	{number: "G-14", name: "a stale ETag on DELETE", when: func(r *rig) answer {
		r.want(200, r.do("POST", events, aaaaa))
		return r.do("DELETE", events+"/aaaaa", "", `If-Match: "1"`)
	}},
	{number: "G-20", name: "an event without length", when: post(`{"start":{"dateTime":"2026-01-06T09:00:00Z"},"end":{"dateTime":"2026-01-06T09:00:00Z"}}`)},
	{number: "G-20", name: "a whole day that ends as it begins", when: post(`{"start":{"date":"2026-01-06"},"end":{"date":"2026-01-06"}}`)},
	{number: "G-20", name: "a window without length", when: get("?timeMin=2026-01-06T09:00:00Z&timeMax=2026-01-06T09:00:00Z")},
	{number: "G-22", name: "DTSTART among the lines", when: post(strings.Replace(series(""), `["RRULE`, `["DTSTART:20260106T090000","RRULE`, 1))},
	{number: "G-22", name: "a rule that is none", when: post(strings.Replace(series(""), "FREQ=DAILY", "FREQ=OFTEN", 1))},
	{number: "G-22", name: "a rule without its name", when: post(strings.Replace(series(""), "RRULE:", "", 1))},
	{number: "G-22", name: "a rule on one occurrence", given: func(r *rig) { r.want(200, r.do("POST", events, series(`"id":"series"`))) },
		when: func(r *rig) answer {
			return r.do("PATCH", events+"/series_20260107T070000Z", `{"recurrence":["RRULE:FREQ=DAILY"]}`)
		}},
	{number: "G-23", name: "an event from Gmail", when: insert(`"eventType":"fromGmail"`)},
	{number: "G-63", name: "focus time for whole days", when: post(`{"eventType":"focusTime","start":{"date":"2026-01-06"},"end":{"date":"2026-01-07"}}`)},
	{number: "G-64", name: "out of office with guests", when: insert(`"eventType":"outOfOffice","attendees":[{"email":"bob@example.com"}]`)},
	{number: "G-64", name: "out of office in a secondary calendar", when: func(r *rig) answer {
		return r.do("POST", "calendars/"+secondary+"/events", timed(`"eventType":"outOfOffice"`))
	}},
	{number: "G-65", name: "a working location that is busy", when: insert(`"eventType":"workingLocation","workingLocationProperties":{"type":"homeOffice"}`)},
	{number: "G-23", name: "a birthday each week", when: post(`{"eventType":"birthday","visibility":"private","transparency":"transparent",` +
		`"start":{"date":"2026-01-06"},"end":{"date":"2026-01-07"},"recurrence":["RRULE:FREQ=WEEKLY"]}`)},
	{number: "G-24", name: "another type", when: patch(aaaaa, `{"eventType":"focusTime"}`)},
	{number: "G-24", name: "another series", when: patch(aaaaa, `{"recurringEventId":"bbbbb"}`)},
	{number: "G-24", name: "another original start", given: func(r *rig) { r.want(200, r.do("POST", events, series(`"id":"series"`))) },
		when: func(r *rig) answer {
			return r.do("PATCH", events+"/series_20260107T070000Z", `{"originalStartTime":{"dateTime":"2026-01-08T09:00:00+02:00"}}`)
		}},
	{number: "G-25", name: "a key that is too long", when: insert(fmt.Sprintf(`"extendedProperties":{"private":{%q:"x"}}`, strings.Repeat("k", 45)))},
	{number: "G-25", name: "a value that is too long", when: insert(fmt.Sprintf(`"extendedProperties":{"shared":{"k":%q}}`, strings.Repeat("v", 1025)))},
	{number: "G-25", name: "too many of them", when: insert(`"extendedProperties":{"private":{` + many(301) + `}}`)},
	{number: "G-26", name: "id and iCalUID", when: insert(`"id":"aaaaa","iCalUID":"x@example.com"`)},
	{number: "G-27", name: "a sequence that goes back", when: func(r *rig) answer {
		r.want(200, r.do("POST", events, aaaaa))
		r.want(200, r.do("PATCH", events+"/aaaaa", `{"end":{"dateTime":"2026-01-06T11:00:00Z"}}`))
		return r.do("PUT", events+"/aaaaa", timed(`"sequence":0`))
	}},
	{number: "G-28", name: "the third call of a minute", opt: google.Options{PerMinute: 2}, given: func(r *rig) {
		r.want(200, r.do("GET", events, ""))
		r.want(200, r.do("GET", events, ""))
	}, when: get("")},
	{number: "G-29", name: "instances of a single event", given: func(r *rig) { r.want(200, r.do("POST", events, aaaaa)) }, when: get("/aaaaa/instances")},
	{number: "G-30", name: "a path that is none", when: func(r *rig) answer { return r.do("GET", "calendars", "") }},
	{number: "G-30", name: "a method that the path has not", when: func(r *rig) answer { return r.do("PUT", events, "{}") }},
	{number: "G-31", name: "a body without end", when: insert(fmt.Sprintf(`"description":%q`, strings.Repeat("x", 1<<20)))},
	{number: "G-49", name: "six reminders", when: insert(`"reminders":{"useDefault":false,"overrides":[` + strings.Repeat(`{"method":"popup","minutes":5},`, 5) + `{"method":"email","minutes":5}]}`)},
	{number: "G-13", name: "a restoration from an empty trash", given: func(r *rig) {
		r.want(200, r.do("POST", events, aaaaa))
		r.want(204, r.do("DELETE", events+"/aaaaa", ""))
		if err := r.google.EmptyTrash("alice@example.com"); err != nil {
			r.Fatal(err)
		}
	}, when: func(r *rig) answer { return r.do("PATCH", events+"/aaaaa", `{"status":"confirmed"}`) }},
	{number: "G-46", name: "a service account invites", opt: google.Options{Users: []google.User{{Email: "robot@example.com", Service: true}}}, when: insert(guests)},
	{number: "G-47", name: "nobody's calendar", opt: google.Options{Users: []google.User{{Email: "alice@example.com", NoCalendar: true}}}, when: get("")},
	{number: "G-48", name: "an API that is off", opt: google.Options{Clients: []google.Client{{ID: "x", NoAPI: true}}}, when: get("")},
	{number: "G-32", name: "default reminders and others", when: insert(`"reminders":{"useDefault":true,"overrides":[{"method":"popup","minutes":5}]}`)},
}

// syncRefusals are those of tokens.
var syncRefusals = []refusalCase{
	{number: "G-15", name: "a token that is too old", opt: google.Options{TokenLife: time.Hour}, when: func(r *rig) answer {
		_, token := r.list("")
		r.now = r.now.Add(time.Hour)
		return r.do("GET", events+"?syncToken="+token, "")
	}},
	{number: "G-15", name: "a token that was forgotten", when: func(r *rig) answer {
		_, token := r.list("")
		if err := r.google.ForgetTokens("alice@example.com"); err != nil {
			r.Fatal(err)
		}
		return r.do("GET", events+"?syncToken="+token, "")
	}},
	{number: "G-15", name: "garbage, where that is what is answered", opt: google.Options{Variant: google.Variant{GarbageToken410: true}}, when: get("?syncToken=nonsense")},
	{number: "G-16", name: "with a window", when: withToken("", "timeMin=2026-01-01T00:00:00Z")},
	{number: "G-16", name: "with an end", when: withToken("", "timeMax=2026-01-01T00:00:00Z")},
	{number: "G-16", name: "with an order", when: withToken("", "orderBy=updated")},
	{number: "G-16", name: "with a search", when: withToken("", "q=x")},
	{number: "G-16", name: "with a UID", when: withToken("", "iCalUID=x")},
	{number: "G-16", name: "with a time of change", when: withToken("", "updatedMin=2026-01-01T00:00:00Z")},
	{number: "G-16", name: "with a private property", when: withToken("", "privateExtendedProperty=a%3Db")},
	{number: "G-16", name: "with a shared property", when: withToken("", "sharedExtendedProperty=a%3Db")},
	{number: "G-16", name: "without deleted events", when: withToken("", "showDeleted=false")},
	{number: "G-17", name: "garbage", when: get("?syncToken=nonsense")},
	{number: "G-17", name: "a page token", when: func(r *rig) answer {
		r.want(200, r.insert(""))
		r.want(200, r.insert(""))
		page := r.do("GET", events+"?maxResults=1", "").at("nextPageToken").(string)
		return r.do("GET", events+"?syncToken="+page, "")
	}},
	{number: "G-17", name: "the token of another calendar", when: func(r *rig) answer {
		_, token := r.list("")
		return r.do("GET", "calendars/"+secondary+"/events?syncToken="+token, "")
	}},
	{number: "G-18", name: "expanded, where the token is not", when: withToken("", "singleEvents=true")},
	{number: "G-18", name: "not expanded, where the token is", when: withToken("singleEvents=true", "")},
	{number: "G-18", name: "in another zone", when: withToken("", "timeZone=Asia/Tokyo")},
	{number: "G-18", name: "of other types", when: withToken("", "eventTypes=default")},
	{number: "G-19", name: "garbage for a page", when: get("?pageToken=nonsense")},
	{number: "G-19", name: "a page with another window", when: func(r *rig) answer {
		r.want(200, r.insert(""))
		r.want(200, r.insert(""))
		page := r.do("GET", events+"?maxResults=1", "").at("nextPageToken").(string)
		return r.do("GET", events+"?timeMin=2026-01-01T00:00:00Z&pageToken="+page, "")
	}},
	{number: "G-19", name: "a page without its sync token", when: func(r *rig) answer {
		_, token := r.list("")
		r.want(200, r.insert(""))
		r.want(200, r.insert(""))
		page := r.do("GET", events+"?maxResults=1&syncToken="+token, "").at("nextPageToken").(string)
		return r.do("GET", events+"?pageToken="+page, "")
	}},
	{number: "G-21", name: "changes since long ago", when: get("?updatedMin=2025-11-01T00:00:00Z")},
}

// many are that many properties.
func many(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	return strings.Join(list, ",")
}

// TestEveryRefusal shows each numbered refusal, with its status and its reason, and that none is left out.
func TestEveryRefusal(t *testing.T) {
	table := map[string]google.Refusal{}
	for _, ref := range google.Refusals() {
		if _, twice := table[ref.Number]; twice {
			t.Errorf("%s stands twice", ref.Number)
		}
		table[ref.Number] = ref
	}
	// Those that are shown elsewhere: TestScopesAreHeld, TestWhatAGuestMayChange, TestEventsThatOnlyTheOriginalMakes.
	shown := map[string]bool{"G-03": true, "G-33": true, "G-34": true}
	for _, c := range signInRefusals() {
		shown[c.number] = true
	}
	for _, c := range slices.Concat(eventRefusals, syncRefusals, movingRefusals, faultRefusals, switchRefusals, channelRefusals, batchRefusals) {
		shown[c.number] = true
		t.Run(c.number+" "+c.name, func(t *testing.T) {
			r := newRig(t, c.opt)
			if c.given != nil {
				c.given(r)
			}
			a := c.when(r)
			if got := a.header.Get("X-Standin-Refusal"); got != c.number {
				t.Fatalf("refused as %q, status %d: %s", got, a.status, a.text)
			}
			refused(t, table[c.number], a)
		})
	}
	for number := range table {
		if !shown[number] {
			t.Errorf("%s is never shown", number)
		}
	}
}

// refuses holds an answer to a refusal by its number.
func (r *rig) refuses(number string, a answer) {
	r.Helper()
	if got := a.header.Get("X-Standin-Refusal"); got != number {
		r.Fatalf("refused as %q, status %d, want %s: %s", got, a.status, number, a.text)
	}
	for _, ref := range google.Refusals() {
		if ref.Number == number {
			refused(r.T, ref, a)
		}
	}
}

// refused holds an answer to the form of a refusal.
func refused(t *testing.T, ref google.Refusal, a answer) {
	t.Helper()
	if a.status != ref.Status {
		t.Errorf("status %d, want %d", a.status, ref.Status)
	}
	if a.at("error.code") != float64(ref.Status) || a.at("error.message") == "" {
		t.Errorf("body %s", a.text)
	}
	list, _ := a.at("error.errors").([]any)
	if len(list) != 1 {
		t.Fatalf("body %s", a.text)
	}
	if x := list[0].(map[string]any); x["reason"] != ref.Reason || x["domain"] == "" || x["message"] == "" {
		t.Errorf("reason in %s, want %s", a.text, ref.Reason)
	}
}
