package google_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/standin/google"
)

// Each variant that no other test runs both ways.

func TestUnknownNamesMayBeIgnored(t *testing.T) {
	r := newRig(t, google.Options{Variant: google.Variant{IgnoreUnknown: true}})
	a := r.want(200, r.do("POST", events+"?own=1", timed(`"subject":"x","extendedProperties":{"own":{"a":"b"}}`)))
	if strings.Contains(a.text, `"subject"`) || strings.Contains(a.text, `"own"`) {
		t.Errorf("%s", a.text)
	}
}

func TestOtherParametersMayBeInForceWithASyncToken(t *testing.T) {
	r := newRig(t, google.Options{Variant: google.Variant{FreeParameters: true}})
	_, token := r.list("")
	r.want(200, r.do("POST", events, series(`"id":"series"`)))
	if items, _ := r.list("syncToken=" + token); names(items) != "Daily" {
		t.Errorf("as it was: %q", names(items))
	}
	if items, _ := r.list("singleEvents=true&syncToken=" + token); len(items) != 5 {
		t.Errorf("expanded: %q", names(items))
	}
}

func TestRemindersDoNotMoveUpdated(t *testing.T) {
	for _, keeps := range []bool{false, true} {
		r := newRig(t, google.Options{Variant: google.Variant{ReminderKeepsETag: keeps}})
		before := r.insert(`"id":"aaaaa"`)
		r.now = r.now.Add(1e9)
		after := r.want(200, r.do("PATCH", events+"/aaaaa", `{"reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":5}]}}`))
		if after.at("updated") != before.at("updated") || (after.at("etag") == before.at("etag")) != keeps || after.at("reminders.useDefault") != false {
			t.Errorf("%v: before %s, after %s", keeps, before.text, after.text)
		}
	}
}

func TestLongPropertiesMayBeCut(t *testing.T) {
	r := newRig(t, google.Options{Variant: google.Variant{TrimProperties: true}})
	long := strings.Repeat("ä", 1025)
	a := r.want(200, r.insert(fmt.Sprintf(`"extendedProperties":{"private":{%q:"x","k":%q}}`, strings.Repeat("k", 45), long)))
	if got, _ := a.at("extendedProperties.private").(map[string]any); len(got) != 1 || got["k"] != strings.Repeat("ä", 1024) {
		t.Errorf("%v", got)
	}
}

func TestDescriptionsAreRewritten(t *testing.T) {
	const sent = `A\r\nB <B style=\"x\">bold</B> <a class='c' href=\"https://x.example/\" onclick=\"y\">link</a><script>z</script><div>d</div> a < b`
	for verbatim, want := range map[bool]string{
		false: "A\nB <b>bold</b> <a href=\"https://x.example/\">link</a>d a < b",
		true:  strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\"`, `"`).Replace(sent),
	} {
		r := newRig(t, google.Options{Variant: google.Variant{VerbatimDescription: verbatim}})
		a := r.want(200, r.insert(`"id":"aaaaa","description":"`+sent+`"`))
		if a.at("description") != want {
			t.Errorf("%v: %q, want %q", verbatim, a.at("description"), want)
		}
		// What was rewritten once stays as it is.
		again := r.want(200, r.do("PATCH", events+"/aaaaa", `{"summary":"x"}`))
		if again.at("description") != want {
			t.Errorf("%v: again %q", verbatim, again.at("description"))
		}
	}
}

func TestGuardsMayBeIgnored(t *testing.T) {
	r := newRig(t, google.Options{Variant: google.Variant{IgnoreIfMatch: true, PlainGets: true}})
	a := r.insert(`"id":"aaaaa"`)
	r.want(200, r.do("PATCH", events+"/aaaaa", `{"summary":"x"}`, `If-Match: "old"`))
	r.want(200, r.do("GET", events+"/aaaaa", "", "If-None-Match: "+a.at("etag").(string)))
	r.want(204, r.do("DELETE", events+"/aaaaa", "", `If-Match: "old"`))
}

func TestTheKindOfATimeMaySwitchByItself(t *testing.T) {
	for _, switches := range []bool{false, true} {
		r := newRig(t, google.Options{Variant: google.Variant{KindSwitches: switches}})
		r.insert(`"id":"aaaaa"`)
		status := map[bool]int{false: 400, true: 200}[switches]
		r.want(status, r.do("PATCH", events+"/aaaaa", `{"start":{"date":"2026-01-06"},"end":{"date":"2026-01-07"}}`))
		r.want(200, r.do("PATCH", events+"/aaaaa", `{"start":{"date":"2026-01-06","dateTime":null},"end":{"date":"2026-01-07","dateTime":null}}`))
		r.want(status, r.do("PATCH", events+"/aaaaa", `{"start":{"dateTime":"2026-01-06T09:00:00Z"},"end":{"dateTime":"2026-01-06T10:00:00Z"}}`))
	}
}

func TestAnOldUpdatedMinMayBeTaken(t *testing.T) {
	r := newRig(t, google.Options{Variant: google.Variant{AnyUpdatedMin: true}})
	r.insert(`"id":"aaaaa"`)
	r.do("DELETE", events+"/aaaaa", "")
	// What was deleted since comes with it, whatever showDeleted says.
	if items, token := r.list("updatedMin=2020-01-01T00:00:00Z"); names(items) != "-aaaaa" || token != "" {
		t.Errorf("%q, token %q", names(items), token)
	}
}

func TestTheChallengeMaySayNothingOfScopes(t *testing.T) {
	r := newRig(t, google.Options{Variant: google.Variant{NoChallenge: true}})
	token, err := r.google.Grant("alice@example.com", "openid")
	if err != nil {
		t.Fatal(err)
	}
	r.token = token
	if a := r.want(403, r.do("GET", events, "")); a.header.Get("WWW-Authenticate") != "" || a.header.Get("X-Standin-Refusal") != "G-03" {
		t.Errorf("%v", a.header)
	}
}

func TestGrantsMayBeKeptOtherwise(t *testing.T) {
	r := newRig(t, google.Options{Users: passwords, Variant: google.Variant{NoMerge: true, RefreshEachTime: true, KeepsRefresh: true}})
	first := r.redeem(r.agree(bothScopes).Get("code")).at("refresh_token").(string)
	for range 101 {
		a := r.redeem(r.agree(nil, "prompt", "", "scope", "openid", "include_granted_scopes", "true").Get("code"))
		if a.at("scope") != "openid" || a.at("refresh_token") == nil {
			t.Fatalf("%s", a.text)
		}
	}
	r.want(200, r.refresh(first))
}

func TestAGrantIsNarrowed(t *testing.T) {
	r := newRig(t, google.Options{Users: passwords})
	token := r.redeem(r.agree(bothScopes).Get("code")).at("refresh_token").(string)
	if err := r.google.Narrow("alice@example.com", "openid", "calendar.calendarlist.readonly"); err != nil {
		t.Fatal(err)
	}
	if a := r.want(200, r.refresh(token)); a.at("scope") != prefix+"calendar.calendarlist.readonly openid" {
		t.Errorf("%s", a.text)
	}
}

func TestACopyHasPrivatePropertiesOrNot(t *testing.T) {
	r := newRig(t, google.Options{})
	r.insert(`"id":"aaaaa","extendedProperties":{"private":{"crm":"7"},"shared":{"s":"t"}}`)
	for private, want := range map[bool]any{true: "7", false: nil} {
		id, err := r.google.Copy("alice@example.com", "aaaaa", private)
		if err != nil {
			t.Fatal(err)
		}
		a := r.want(200, r.do("GET", events+"/"+id, ""))
		if a.at("extendedProperties.private.crm") != want || a.at("extendedProperties.shared.s") != "t" || a.at("iCalUID") == "aaaaa@google.com" {
			t.Errorf("%v: %s", private, a.text)
		}
	}
}

func TestWhatBecomesOfExceptions(t *testing.T) {
	const changed, gone = "series_20260107T070000Z", "series_20260108T070000Z"
	for name, c := range map[string]struct {
		variant              google.Variant
		change               string
		second, title, third string // status and title of the changed one, status of the cancelled one
	}{
		"another title":               {google.Variant{}, `{"summary":"Renamed"}`, "confirmed", "Renamed", "cancelled"},
		"another title, whole":        {google.Variant{ExceptionsWhole: true}, `{"summary":"Renamed"}`, "confirmed", "Daily", "cancelled"},
		"another length":              {google.Variant{}, later("09:00", "11:00"), "confirmed", "Daily", "cancelled"},
		"another length, dropped":     {google.Variant{Exceptions: google.ExceptionsDropped}, later("09:00", "11:00"), "confirmed", "Daily", "confirmed"},
		"an hour later":               {google.Variant{}, later("10:00", "11:00"), "cancelled", "", "cancelled"},
		"an hour later, kept":         {google.Variant{Exceptions: google.ExceptionsKept}, later("10:00", "11:00"), "confirmed", "Daily", "cancelled"},
		"an hour later, all dropped":  {google.Variant{Exceptions: google.ExceptionsDropped}, later("10:00", "11:00"), "cancelled", "", "cancelled"},
		"another title, all is moved": {google.Variant{SeriesETagMoves: true}, `{"summary":"Renamed"}`, "confirmed", "Renamed", "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, google.Options{Variant: c.variant})
			tag := r.want(200, r.do("POST", events, series(`"id":"series"`))).at("etag")
			r.want(200, r.do("PATCH", events+"/"+changed, `{"location":"Elsewhere"}`))
			r.want(204, r.do("DELETE", events+"/"+gone, ""))
			if got := r.do("GET", events+"/series", "").at("etag"); (got != tag) != c.variant.SeriesETagMoves {
				t.Errorf("the ETag of the series is %v, before %v", got, tag)
			}
			_, token := r.list("")
			r.want(200, r.do("PATCH", events+"/series", c.change))
			a, b := r.do("GET", events+"/"+changed, ""), r.do("GET", events+"/"+gone, "")
			if title, _ := a.at("summary").(string); a.at("status") != c.second || title != c.title || b.at("status") != c.third {
				t.Errorf("changed one %s\ncancelled one %s", a.text, b.text)
			}
			if c.variant.Exceptions == google.ExceptionsDropped && c.second == "confirmed" && a.at("location") != nil {
				t.Errorf("not dropped: %s", a.text)
			}
			if items, _ := r.list("syncToken=" + token); len(items) != 3 {
				t.Errorf("told are %q", names(items))
			}
		})
	}
}

// later are other times for the series.
func later(start, end string) string {
	return fmt.Sprintf(`{"start":{"dateTime":"2026-01-06T%s:00","timeZone":"Europe/Helsinki"},"end":{"dateTime":"2026-01-06T%s:00","timeZone":"Europe/Helsinki"}}`, start, end)
}

// What the original does with reminders was measured by others, at the original.
func TestRemindersAreRewritten(t *testing.T) {
	r := newRig(t, google.Options{})
	for sent, want := range map[string]string{
		`{"useDefault":false,"overrides":[{"method":"popup","minutes":5},{"method":"popup","minutes":5},{"method":"sms","minutes":5},{"method":"email","minutes":50000},{"method":"email","minutes":-1}]}`: `{"overrides":[{"method":"email","minutes":40320},{"method":"popup","minutes":5},{"method":"email","minutes":0}],"useDefault":false}`,
		`{"useDefault":false,"overrides":[]}`:            `{"useDefault":false}`,
		`{"useDefault":true,"overrides":[]}`:             `{"useDefault":true}`,
		`{"overrides":[{"method":"popup","minutes":1}]}`: `{"overrides":[{"method":"popup","minutes":1}],"useDefault":false}`,
	} {
		if a := r.want(200, r.insert(`"reminders":`+sent)); !strings.Contains(a.text, `"reminders":`+want) {
			t.Errorf("%s: %s", sent, a.text)
		}
	}
	if a := r.do("POST", events, `{"start":{"date":"2026-01-06"},"end":{"date":"2026-01-07"}}`); a.at("reminders.useDefault") != false {
		t.Errorf("a whole day: %s", a.text)
	}
	// PATCH replaces reminders whole: the overrides of before do not stay.
	r.want(200, r.insert(`"id":"aaaaa","reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":5}]}`))
	if a := r.want(200, r.do("PATCH", events+"/aaaaa", `{"reminders":{"useDefault":true}}`)); a.at("reminders.overrides") != nil || a.at("reminders.useDefault") != true {
		t.Errorf("%s", a.text)
	}
}

func TestAGuestsChangeMayBeIgnored(t *testing.T) {
	r := newRig(t, google.Options{Variant: google.Variant{GuestsIgnored: true}})
	r.want(200, r.insert(`"id":"aaaaa",`+guests))
	bob := r.as("bob@example.com")
	a := bob.want(200, bob.do("PATCH", events+"/aaaaa", `{"summary":"Mine","start":{"dateTime":"2026-01-06T08:00:00Z"},"end":{"dateTime":"2026-01-06T11:00:00Z"},"colorId":"4",`+
		`"attendees":[{"email":"bob@example.com","responseStatus":"accepted"}]}`))
	if a.at("summary") != "Plan" || a.at("start.dateTime") != "2026-01-06T07:00:00Z" || a.at("colorId") != "4" || len(a.at("attendees").([]any)) != 2 || !strings.Contains(a.text, `"accepted"`) {
		t.Errorf("%s", a.text)
	}
}

func TestHousekeepingMovesETagsOnly(t *testing.T) {
	r := newRig(t, google.Options{})
	before := r.insert(`"id":"aaaaa"`)
	_, token := r.list("")
	r.now = r.now.Add(1e9)
	if err := r.google.Housekeep("alice@example.com"); err != nil {
		t.Fatal(err)
	}
	after := r.do("GET", events+"/aaaaa", "")
	if after.at("etag") == before.at("etag") || after.at("updated") != before.at("updated") || after.at("sequence") != before.at("sequence") {
		t.Errorf("before %s, after %s", before.text, after.text)
	}
	if items, _ := r.list("syncToken=" + token); names(items) != "Plan" {
		t.Errorf("told are %q", names(items))
	}
}
