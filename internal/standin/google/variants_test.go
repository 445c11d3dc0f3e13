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
