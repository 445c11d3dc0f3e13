package pipedrive_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/pipedrive"
)

func TestAnActivityIsKeptAsItWasWritten(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	person := r.want(200, r.do("POST", "persons", `{"name":"Pat Smith","emails":[{"value":"pat@example.com"}]}`)).at("data.id")
	deal := r.want(200, r.do("POST", "deals", `{"title":"Big"}`)).at("data.id")
	org := r.want(200, r.do("POST", "organizations", `{"name":"Acme"}`)).at("data.id")
	path := r.made("activities", r.add(fmt.Sprintf(`"deal_id":%v,"org_id":%v,"participants":[{"person_id":%v}],"busy":true,"location":{"value":"Town"},`+
		`"public_description":"a\nb","note":"<p>c</p>","priority":263,"attendees":[{"email":"x@example.com","name":"X"}]`, deal, org, person)))
	a := r.want(200, r.do("GET", path, ""))
	for at, want := range map[string]any{
		"subject": "Plan", "type": "call", "due_date": "2026-01-06", "due_time": "08:00", "duration": "01:00", "busy": true, "done": false,
		"deal_id": deal, "org_id": org, "person_id": person, "participants.0.primary": true, "location.value": "Town", "location.country": nil,
		"public_description": "a\nb", "note": "<p>c</p>", "priority": 263.0, "is_deleted": false, "owner_id": 1001.0, "creator_user_id": 1001.0,
		"add_time": "2026-01-05T09:00:00Z", "update_time": "2026-01-05T09:00:00Z", "marked_as_done_time": nil, "attendees": nil,
	} {
		if got := a.at("data." + at); got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
	if strings.Contains(a.text, "attendees") {
		t.Error("attendees without being asked for")
	}
	if a := r.do("GET", path+"?include_fields=attendees", ""); a.at("data.attendees.0.email") != "x@example.com" || a.at("data.attendees.0.is_organizer") != false {
		t.Errorf("%s", a.text)
	}

	// A change leaves alone what it does not name; null takes away; done has its time.
	r.clock.Advance(90 * time.Second)
	a = r.want(200, r.do("PATCH", path, `{"due_time":null,"location":null,"done":true,"participants":[]}`))
	for at, want := range map[string]any{
		"subject": "Plan", "due_time": nil, "location": nil, "done": true, "marked_as_done_time": "2026-01-05T09:01:30Z", "person_id": nil,
		"update_time": "2026-01-05T09:01:30Z", "add_time": "2026-01-05T09:00:00Z", "deal_id": deal,
	} {
		if got := a.at("data." + at); got != want {
			t.Errorf("changed %s: %v, want %v", at, got, want)
		}
	}
	if a = r.want(200, r.do("PATCH", path, `{"done":false}`)); a.at("data.marked_as_done_time") != nil {
		t.Errorf("undone: %s", a.text)
	}
}

func TestADeletedActivityCanBeReadForThirtyDays(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	path := r.made("activities", r.add(""))
	if a := r.want(200, r.do("DELETE", path, "")); a.at("data.id") != 1.0 {
		t.Errorf("%s", a.text)
	}
	if a := r.want(200, r.do("GET", path, "")); a.at("data.is_deleted") != true {
		t.Errorf("%s", a.text)
	}
	if a := r.do("GET", "activities?ids=1", ""); a.subjects() != "" {
		t.Errorf("listed %s", a.text)
	}
	r.refuses("P-35", r.do("PATCH", path, `{"subject":"x"}`))
	r.refuses("P-35", r.do("DELETE", path, ""))
	r.clock.Advance(30*24*time.Hour - time.Second)
	r.want(200, r.do("GET", path, ""))
	r.clock.Advance(time.Second)
	r.refuses("P-11", r.do("GET", path, ""))
	if got := r.made("activities", r.add("")); got == path {
		t.Error("the id was given out again")
	}
}

func TestEachFilterFilters(t *testing.T) {
	r := newRig(t, pipedrive.Options{Unlimited: true})
	deal := r.want(200, r.do("POST", "deals", `{"title":"Big"}`)).at("data.id")
	org := r.want(200, r.do("POST", "organizations", `{"name":"Acme"}`)).at("data.id")
	person := r.want(200, r.do("POST", "persons", `{"name":"Pat"}`)).at("data.id")
	r.add(`"subject":"A"`)
	r.clock.Advance(time.Second)
	r.add(fmt.Sprintf(`"subject":"B","owner_id":1002,"deal_id":%v`, deal))
	r.clock.Advance(time.Second)
	r.add(fmt.Sprintf(`"subject":"C","done":true,"org_id":%v,"due_date":"2026-01-01"`, org))
	r.clock.Advance(time.Second)
	r.add(fmt.Sprintf(`"subject":"D","participants":[{"person_id":%v}],"due_date":null,"due_time":null`, person))
	filter := r.want(200, r.do("POST", "/api/v1/filters", `{"name":"Done","type":"activity","conditions":{"glue":"and","conditions":[`+
		`{"glue":"and","conditions":[{"object":"activity","field_id":"9005","operator":"=","value":"1"}]},{"glue":"or","conditions":[]}]}}`)).at("data.id")
	for query, want := range map[string]string{
		"": "A B C D", "owner_id=1002": "B", fmt.Sprintf("deal_id=%v", deal): "B", fmt.Sprintf("org_id=%v", org): "C",
		fmt.Sprintf("person_id=%v", person): "D", "done=true": "C", "done=false": "A B D", "ids=1,3,99": "A C",
		"updated_since=2026-01-05T09:00:02Z": "C D", "updated_since=2026-01-05T11:00:02%2B02:00": "C D", "updated_until=2026-01-05T09:00:02Z": "A B",
		"updated_since=2026-01-05T09:00:01Z&updated_until=2026-01-05T09:00:03Z": "B C",
		"sort_by=update_time&sort_direction=desc":                               "D C B A", "sort_by=due_date": "D C A B", "sort_by=add_time": "A B C D",
		"sort_direction=desc": "D C B A", fmt.Sprintf("filter_id=%v", filter): "C",
		fmt.Sprintf("filter_id=%v&owner_id=1002&ids=1", filter): "C", "lead_id=adf21080-0e10-11eb-879b-05d71fb426ec": "",
	} {
		if got := r.want(200, r.do("GET", "activities?"+query, "")).subjects(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestPagesLoseNothing(t *testing.T) {
	for _, sort := range []string{"", "&sort_by=update_time", "&sort_by=due_date&sort_direction=desc", "&sort_by=add_time&sort_direction=desc"} {
		r := newRig(t, pipedrive.Options{})
		r.server.Seed(23, r.clock.Now())
		seen, cursor, pages := map[string]int{}, "", 0
		for {
			a := r.want(200, r.do("GET", "activities?limit=5"+sort+cursor, ""))
			for _, x := range a.body["data"].([]any) {
				seen[fmt.Sprint(x.(map[string]any)["id"])]++
			}
			pages++
			next, _ := a.at("additional_data.next_cursor").(string)
			if next == "" {
				break
			}
			cursor = "&cursor=" + next
		}
		if len(seen) != 23 || pages != 5 {
			t.Errorf("%q: %d items on %d pages", sort, len(seen), pages)
		}
	}
}

// What is changed while a list is read by its time of change comes once more at the end, and nothing is missed.
func TestAListThatMovesMissesNothing(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	for i := range 6 {
		r.add(fmt.Sprintf(`"subject":"%c"`, 'A'+i))
		r.clock.Advance(time.Second)
	}
	first := r.do("GET", "activities?limit=3&sort_by=update_time", "")
	r.want(200, r.do("PATCH", "activities/1", `{"busy":true}`))
	r.want(200, r.do("PATCH", "activities/4", `{"busy":true}`))
	second := r.do("GET", fmt.Sprintf("activities?limit=9&sort_by=update_time&cursor=%v", first.at("additional_data.next_cursor")), "")
	if got := first.subjects() + " | " + second.subjects(); got != "A B C | E F A D" {
		t.Error(got)
	}
}

func TestTypesKeepTheirKeys(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	types := "/api/v1/activityTypes"
	if a := r.want(200, r.do("GET", "/v1/activityTypes", "")); a.at("data.1.key_string") != "meeting" || a.at("data.5.key_string") != "lunch" {
		t.Errorf("%s", a.text)
	}
	a := r.want(200, r.do("POST", types, `{"name":"Video call","icon_key":"camera"}`))
	if a.at("data.key_string") != "video_call" || a.at("data.is_custom_flag") != true {
		t.Errorf("%s", a.text)
	}
	path := fmt.Sprintf("%s/%v", types, a.at("data.id"))
	if a = r.want(200, r.do("PUT", path, `{"name":"Screen","color":"00ff00"}`)); a.at("data.key_string") != "video_call" || a.at("data.name") != "Screen" {
		t.Errorf("%s", a.text)
	}
	kept := r.made("activities", r.add(`"type":"video_call"`))
	if a = r.want(200, r.do("DELETE", path, "")); a.at("data.active_flag") != false {
		t.Errorf("%s", a.text)
	}
	r.refuses("P-18", r.add(`"type":"video_call"`))
	if a = r.want(200, r.do("PATCH", kept, `{"subject":"Still"}`)); a.at("data.type") != "video_call" {
		t.Errorf("%s", a.text)
	}
}

func TestLinkedItemsAreListedAddedChangedAndDeleted(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	for path, c := range map[string]struct{ add, change, name, was, is string }{
		"persons":       {`{"name":"Pat Smith","emails":[{"value":"p@example.com"},{"value":"q@example.com","primary":true}]}`, `{"name":"Pat Jones"}`, "name", "Pat Smith", "Pat Jones"},
		"organizations": {`{"name":"Acme","address":{"value":"Town"}}`, `{"name":"Acme 2"}`, "name", "Acme", "Acme 2"},
		"deals":         {`{"title":"Big","value":12.5}`, `{"title":"Bigger","status":"won"}`, "title", "Big", "Bigger"},
	} {
		t.Run(path, func(t *testing.T) {
			one := r.made(path, r.do("POST", path, c.add))
			if a := r.want(200, r.do("GET", one, "")); a.at("data."+c.name) != c.was || a.at("data.visible_to") != 3.0 {
				t.Errorf("%s", a.text)
			}
			r.want(200, r.do("PATCH", one, c.change))
			if a := r.want(200, r.do("GET", path+"?owner_id=1001&limit=1", "")); a.at("data.0."+c.name) != c.is || a.at("additional_data.next_cursor") != nil {
				t.Errorf("%s", a.text)
			}
			r.want(200, r.do("DELETE", one, ""))
			if a := r.want(200, r.do("GET", path, "")); a.at("data.0") != nil {
				t.Errorf("%s", a.text)
			}
		})
	}
	if a := r.do("GET", "deals?status=deleted", ""); a.at("data.0.title") != "Bigger" {
		t.Errorf("%s", a.text)
	}
	if a := r.do("GET", "persons/1", ""); a.at("data.emails.0.primary") != false || a.at("data.emails.1.label") != "work" || a.at("data.last_name") != "Jones" {
		t.Errorf("%s", a.text)
	}
}
