package pipedrive_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin"
	"tahti/internal/standin/pipedrive"
)

// refusalCase is one request that is refused under a number.
type refusalCase struct {
	number, name string
	opt          pipedrive.Options
	given        func(*rig)
	when         func(*rig) answer
}

func add(more string) func(*rig) answer { return func(r *rig) answer { return r.add(more) } }

func post(path, body string, headers ...string) func(*rig) answer {
	return func(r *rig) answer { return r.do("POST", path, body, headers...) }
}

func get(path string, headers ...string) func(*rig) answer {
	return func(r *rig) answer { return r.do("GET", path, "", headers...) }
}

// patch makes an activity and changes it.
func patch(change string) func(*rig) answer {
	return func(r *rig) answer { return r.do("PATCH", r.made("activities", r.add("")), change) }
}

// bearer asks with an access token that has these scopes.
func bearer(method, path, body string, scopes ...string) func(*rig) answer {
	return func(r *rig) answer {
		token, err := r.server.Grant("alice@example.com", scopes...)
		if err != nil {
			r.Fatal(err)
		}
		return r.do(method, path, body, "X-Api-Token:", "Authorization: Bearer "+token)
	}
}

// asUser asks with the token of somebody else.
func asUser(token, method, path, body string) func(*rig) answer {
	return func(r *rig) answer { return r.do(method, path, body, "X-Api-Token: "+token) }
}

const (
	hooksPath = "/api/v1/webhooks"
	goodHook  = `{"subscription_url":"http://127.0.0.1:9/x","event_action":"*","event_object":"activity","name":"x"}`
)

func hookWith(field, value string) func(*rig) answer {
	return post(hooksPath, strings.Replace(goodHook, `"name"`, fmt.Sprintf(`%q:%s,"name"`, field, value), 1))
}

// filterOf is the body of a filter with those conditions.
func filterOf(conditions string) string {
	return `{"name":"f","type":"activity","conditions":{"glue":"and","conditions":[{"glue":"and","conditions":[` + conditions + `]},{"glue":"or","conditions":[]}]}}`
}

var doorRefusals = []refusalCase{
	{number: "P-01", name: "no token", when: get("activities", "X-Api-Token:")},
	{number: "P-01", name: "a token that is none", when: get("activities", "X-Api-Token: nonsense")},
	{number: "P-01", name: "a token in the address on v2", when: get("activities?api_token=alice-token", "X-Api-Token:")},
	{number: "P-01", name: "a token that was replaced", given: func(r *rig) {
		if err := r.server.Regenerate("alice@example.com", "new-token"); err != nil {
			r.Fatal(err)
		}
	}, when: get("activities")},
	{number: "P-01", name: "every sign-in is refused", given: func(r *rig) { r.flip("signin") }, when: get("activities")},
	{number: "P-02", name: "an access token that is none", when: get("activities", "X-Api-Token:", "Authorization: Bearer nonsense")},
	{number: "P-02", name: "an API token as an access token", when: get("activities", "X-Api-Token:", "Authorization: Bearer alice-token")},
	{number: "P-02", name: "a token of somebody who has left", when: func(r *rig) answer {
		token, err := r.server.Grant("bob@example.com", "activities:full")
		if err == nil {
			err = r.server.Leave("bob@example.com")
		}
		if err != nil {
			r.Fatal(err)
		}
		return r.do("GET", "activities", "", "X-Api-Token:", "Authorization: Bearer "+token)
	}},
	{number: "P-03", name: "a header that is no bearer's", when: get("activities", "Authorization: Basic abc")},
	{number: "P-03", name: "a bearer without a token", when: get("activities", "Authorization: Bearer")},
	{number: "P-04", name: "a write with a token for reading", when: bearer("POST", "activities", `{"subject":"x","type":"call"}`, "activities:read")},
	{number: "P-04", name: "webhooks without their scope", when: bearer("GET", hooksPath, "", "activities:full")},
	{number: "P-05", name: "a closed account", given: func(r *rig) { r.flip("unpaid") }, when: get("activities")},
	{number: "P-06", name: "the 21st request of two seconds", given: func(r *rig) { r.ask(20) }, when: get("activities/1")},
	{number: "P-06", name: "the eleventh search of two seconds", given: func(r *rig) {
		for range 10 {
			r.want(200, r.do("GET", "/v1/users/find?term=a", ""))
		}
	}, when: get("/v1/users/find?term=a")},
	{number: "P-07", name: "the day's tokens are spent", given: func(r *rig) { r.server.Spend(3*30_000 - 9) }, when: get("activities")},
	{number: "P-07", name: "the page has spent them", given: func(r *rig) { r.flip("spendall") }, when: get("activities")},
	{number: "P-08", name: "going on after refusals", opt: pipedrive.Options{Refusals: 3}, given: func(r *rig) { r.ask(23) }, when: get("activities/1")},
	{number: "P-08", name: "the page has blocked them", given: func(r *rig) { r.flip("block") }, when: get("activities/1")},
	{number: "P-09", name: "a path that is none", when: get("leads")},
	{number: "P-09", name: "v2 without /api", when: get("/v2/activities")},
	{number: "P-09", name: "activities of v1", when: get("/api/v1/activities")},
	{number: "P-10", name: "PUT of v2", when: func(r *rig) answer { return r.do("PUT", "activities/1", `{}`) }},
	{number: "P-33", name: "a user without the API", opt: pipedrive.Options{Users: []pipedrive.User{{Email: "a@example.com", APIToken: "alice-token", NoAPI: true}}}, when: get("activities")},
	{number: "P-33", name: "the page has taken it from all", given: func(r *rig) { r.flip("noapi") }, when: get("activities")},
}

var itemRefusals = []refusalCase{
	{number: "P-11", name: "an activity that is not there", when: get("activities/99")},
	{number: "P-11", name: "another user's deal", given: func(r *rig) { r.made("deals", r.do("POST", "deals", `{"title":"x","visible_to":1}`)) }, when: asUser("bob-token", "GET", "deals/1", "")},
	{number: "P-12", name: "a number as a text", when: add(`"owner_id":"1001"`)},
	{number: "P-12", name: "1 for true", when: add(`"busy":1`)},
	{number: "P-12", name: "a text for a location", when: add(`"location":"Town"`)},
	{number: "P-12", name: "a day that is none", when: add(`"due_date":"2026-02-30"`)},
	{number: "P-12", name: "a time that is none", when: add(`"due_time":"25:00"`)},
	{number: "P-12", name: "an empty time", when: add(`"due_time":""`)},
	{number: "P-12", name: "a duration that is none", when: add(`"duration":"1h"`)},
	{number: "P-12", name: "half a person", when: add(`"participants":[{"person_id":1.5}]`)},
	{number: "P-12", name: "an id that is none", when: get("activities/x")},
	{number: "P-12", name: "an order that there is not", when: get("activities?sort_by=subject")},
	{number: "P-12", name: "a field that can not be included", when: get("activities?include_fields=notes")},
	{number: "P-12", name: "a truth that is none", when: get("activities?done=1")},
	{number: "P-12", name: "a status that there is not", when: get("deals?status=open,closed")},
	{number: "P-12", name: "a visibility that there is not", when: post("deals", `{"title":"x","visible_to":2}`)},
	{number: "P-13", name: "a field that is not known", when: add(`"summary":"x"`)},
	{number: "P-13", name: "a field of the answer alone", when: add(`"conference_meeting_url":"https://example.com"`)},
	{number: "P-13", name: "a field inside another", when: add(`"location":{"town":"x"}`)},
	{number: "P-13", name: "a parameter that is not known", when: get("activities?user_id=1")},
	{number: "P-13", name: "a custom field that the company does not have", when: post("deals", `{"title":"x","custom_fields":{"abc":1}}`)},
	{number: "P-14", name: "no JSON", when: post("activities", "subject=x")},
	{number: "P-14", name: "a list", when: post("activities", "[]")},
	{number: "P-14", name: "a form", when: post("activities", "subject=x", "Content-Type: application/x-www-form-urlencoded")},
	{number: "P-15", name: "person_id of a new one", when: add(`"person_id":1`)},
	{number: "P-15", name: "person_id of a change", when: patch(`{"person_id":null}`)},
	{number: "P-16", name: "no subject", when: post("activities", `{"type":"call"}`)},
	{number: "P-16", name: "no type", when: post("activities", `{"subject":"x"}`)},
	{number: "P-16", name: "a subject taken away", when: patch(`{"subject":null}`)},
	{number: "P-16", name: "a deal without a title", when: post("deals", `{}`)},
	{number: "P-16", name: "a participant who is nobody", when: add(`"participants":[{"primary":true}]`)},
	{number: "P-17", name: "an owner who is nobody", when: add(`"owner_id":7`)},
	{number: "P-17", name: "a deal that is not there", when: add(`"deal_id":7`)},
	{number: "P-17", name: "a participant who is not there", when: add(`"participants":[{"person_id":7}]`)},
	{number: "P-17", name: "a lead", when: add(`"lead_id":"adf21080-0e10-11eb-879b-05d71fb426ec"`)},
	{number: "P-17", name: "a priority that is no option", when: add(`"priority":1`)},
	{number: "P-17", name: "a deal that the user does not see", given: func(r *rig) { r.made("deals", r.do("POST", "deals", `{"title":"x","visible_to":1}`)) },
		when: asUser("bob-token", "POST", "activities", `{"subject":"x","type":"call","deal_id":1}`)},
	{number: "P-18", name: "a type that is none", when: add(`"type":"dance"`)},
	{number: "P-19", name: "a limit above 500", when: get("activities?limit=501")},
	{number: "P-19", name: "no limit at all", when: get("activities?limit=0")},
	{number: "P-20", name: "101 ids", when: get("activities?ids=1" + strings.Repeat(",1", 100))},
	{number: "P-20", name: "an id that is none in a list", when: get("activities?ids=1,x")},
	{number: "P-21", name: "a cursor that is none", when: get("activities?cursor=x")},
	{number: "P-21", name: "a cursor of another order", given: func(r *rig) { r.server.Seed(3, r.clock.Now()) }, when: func(r *rig) answer {
		next := r.do("GET", "activities?limit=1", "").at("additional_data.next_cursor")
		return r.do("GET", fmt.Sprintf("activities?sort_by=update_time&cursor=%v", next), "")
	}},
	{number: "P-22", name: "fractions of a second", when: get("activities?updated_since=2026-01-05T09:00:00.000Z")},
	{number: "P-22", name: "a time of v1", when: get("activities?updated_until=" + url.QueryEscape("2026-01-05 09:00:00"))},
	{number: "P-23", name: "a filter that is not there", when: get("activities?filter_id=7")},
	{number: "P-23", name: "a filter of deals", given: func(r *rig) { r.want(200, r.do("POST", "/v1/filters", `{"name":"d","type":"deals","conditions":{}}`)) }, when: get("activities?filter_id=7")},
	{number: "P-24", name: "another's activity", opt: pipedrive.Options{Users: append(slices.Clone(people), pipedrive.User{Email: "dan@example.com", APIToken: "dan-token", OwnOnly: true})},
		given: func(r *rig) { r.add("") }, when: asUser("dan-token", "PATCH", "activities/1", `{"subject":"x"}`)},
	{number: "P-32", name: "a body without end", when: add(`"note":"` + strings.Repeat("x", 1<<20) + `"`)},
	{number: "P-34", name: "another's private activity", given: func(r *rig) { r.private("bob@example.com") }, when: func(r *rig) answer { return r.do("PATCH", "activities/1", `{"subject":"x"}`) }},
	{number: "P-35", name: "a deleted one", given: func(r *rig) { r.do("DELETE", r.made("activities", r.add("")), "") }, when: func(r *rig) answer { return r.do("PATCH", "activities/1", `{}`) }},
	{number: "P-36", name: "a day long", opt: pipedrive.Options{Variant: pipedrive.Variant{ShortDurations: true}}, when: add(`"duration":"24:00"`)},
	{number: "P-38", name: "deleted by a change", when: patch(`{"is_deleted":true}`)},
	{number: "P-38", name: "a deal deleted by a change", when: post("deals", `{"title":"x","is_deleted":true}`)},
}

var companyRefusals = []refusalCase{
	{number: "P-25", name: "a type by no administrator", when: asUser("bob-token", "POST", "/v1/activityTypes", `{"name":"x","icon_key":"task"}`)},
	{number: "P-26", name: "a type without a name", when: post("/v1/activityTypes", `{"icon_key":"task"}`)},
	{number: "P-26", name: "a type with an icon that is none", when: post("/v1/activityTypes", `{"name":"x","icon_key":"cat"}`)},
	{number: "P-26", name: "a filter with conditions that are none", when: post("/v1/filters", filterOf(`{"object":"activity","field_id":"1","operator":"=","value":"1"}`))},
	{number: "P-26", name: "a filter with 17 conditions", when: post("/v1/filters", filterOf(`{"object":"activity","field_id":"9005","operator":"=","value":"1"}`+
		strings.Repeat(`,{"object":"activity","field_id":"9005","operator":"=","value":"1"}`, 16)))},
	{number: "P-26", name: "a search for nothing", when: get("/v1/users/find")},
	{number: "P-27", name: "a user who is nobody", when: get("/v1/users/7")},
	{number: "P-28", name: "no address", when: post(hooksPath, `{"event_action":"*","event_object":"activity","name":"x"}`)},
	{number: "P-28", name: "no name", when: post(hooksPath, strings.Replace(goodHook, `"x"`, `""`, 1))},
	{number: "P-28", name: "an action of version 1", when: hookWith("event_action", `"updated"`)},
	{number: "P-28", name: "an object that is none", when: hookWith("event_object", `"activities"`)},
	{number: "P-28", name: "version 1", when: hookWith("version", `"1.0"`)},
	{number: "P-28", name: "an address that is none", when: hookWith("subscription_url", `"nonsense"`)},
	{number: "P-28", name: "Pipedrive's own address", when: hookWith("subscription_url", `"https://api.pipedrive.com/v1/users"`)},
	{number: "P-28", name: "a machine without a domain", when: hookWith("subscription_url", `"https://intranet/x"`)},
	{number: "P-28", name: "a user who is nobody", when: hookWith("user_id", `7`)},
	{number: "P-28", name: "another user, by no administrator", when: func(r *rig) answer {
		return r.do("POST", hooksPath, strings.Replace(goodHook, `"name"`, `"user_id":1001,"name"`, 1), "X-Api-Token: bob-token")
	}},
	{number: "P-28", name: "an address that is not there, where that is asked", opt: pipedrive.Options{Variant: pipedrive.Variant{ProbesHooks: true}}, when: post(hooksPath, goodHook)},
	{number: "P-29", name: "the 41st", opt: pipedrive.Options{Unlimited: true}, given: func(r *rig) {
		for range 40 {
			r.want(201, r.do("POST", hooksPath, goodHook))
		}
	}, when: post(hooksPath, goodHook)},
	{number: "P-29", name: "the page says that all have them", given: func(r *rig) { r.flip("fullhooks") }, when: post(hooksPath, goodHook)},
	{number: "P-30", name: "a webhook that is not there", when: func(r *rig) answer { return r.do("DELETE", hooksPath+"/7", "") }},
	{number: "P-31", name: "another's webhook", given: func(r *rig) { r.want(201, r.do("POST", hooksPath, goodHook)) }, when: asUser("bob-token", "DELETE", hooksPath+"/7", "")},
	{number: "P-37", name: "a fault", given: func(r *rig) { r.fault(standin.Fault{Status: 500}) }, when: get("activities")},
	{number: "P-06", name: "a fault that is too much", given: func(r *rig) { r.fault(standin.Fault{Status: 429}) }, when: get("activities")},
}

// ask sends requests without looking at what comes.
func (r *rig) ask(n int) {
	for range n {
		r.do("GET", "activities/1", "")
	}
}

// flip sets one of the page's switches, as its form does.
func (r *rig) flip(id string) { r.form("/_standin/switches", "own."+id, "on") }

func (r *rig) fault(f standin.Fault) {
	r.Helper()
	if err := r.server.Faults().Set(f); err != nil {
		r.Fatal(err)
	}
}

// private makes a private activity of a user's.
func (r *rig) private(email string) {
	r.Helper()
	if _, err := r.server.Add(email, map[string]any{"subject": "Dentist", "type": "meeting", "due_date": "2026-01-06", "note": "secret"}, true); err != nil {
		r.Fatal(err)
	}
}

func TestEachRefusalIsMet(t *testing.T) {
	table := map[string]pipedrive.Refusal{}
	for _, ref := range pipedrive.Refusals() {
		if _, double := table[ref.Number]; double {
			t.Errorf("%s stands for two refusals", ref.Number)
		}
		table[ref.Number] = ref
	}
	shown := map[string]bool{}
	for _, c := range slices.Concat(doorRefusals, itemRefusals, companyRefusals, signInRefusals) {
		shown[c.number] = true
		t.Run(c.number+" "+c.name, func(t *testing.T) {
			r := newRig(t, c.opt)
			if c.given != nil {
				c.given(r)
			}
			r.refuses(c.number, c.when(r))
		})
	}
	for number := range table {
		if !shown[number] {
			t.Errorf("%s is never shown", number)
		}
	}
}

// A block ends by itself, and is for API tokens alone.
func TestABlockEnds(t *testing.T) {
	r := newRig(t, pipedrive.Options{Refusals: 3})
	r.ask(23)
	if a := r.do("GET", "activities", ""); a.status != 403 || !strings.Contains(a.text, "Cloudflare") {
		t.Errorf("%d %s", a.status, a.text)
	}
	r.clock.Advance(10 * time.Minute)
	r.want(200, r.do("GET", "activities", ""))
	token, err := r.server.Grant("alice@example.com", "activities:read")
	if err != nil {
		t.Fatal(err)
	}
	var last answer
	for range 90 {
		last = r.do("GET", "activities", "", "X-Api-Token:", "Authorization: Bearer "+token)
	}
	r.refuses("P-06", last)
}
