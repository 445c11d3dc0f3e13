package pipedrive_test

import (
	"fmt"
	"testing"

	"tahti/internal/standin/pipedrive"
)

func TestEachOperatorOfAFilterCompares(t *testing.T) {
	r := newRig(t, pipedrive.Options{Unlimited: true})
	for i := range 10 {
		r.want(200, r.add(fmt.Sprintf(`"subject":"%c%d"`, 'a'+i%3, i)))
	}
	r.want(200, r.do("PATCH", "activities/9", `{"due_date":null,"due_time":null,"duration":null}`))
	const id, subject, due = 9001, 9002, 9006
	for _, c := range []struct {
		field           int
		operator, value string
		want            string
	}{
		{id, "=", `"10"`, "a9"},
		{id, "=", `10`, "a9"},
		{id, "<", `"3"`, "a0 b1"}, // as numbers: 10 is not less than 3
		{id, "<=", `"3"`, "a0 b1 c2"},
		{id, ">", `"9"`, "a9"},
		{id, ">=", `"9"`, "c8 a9"},
		{id, ">", `"-9223372036854775808"`, "a0 b1 c2 a3 b4 c5 a6 b7 c8 a9"},
		{id, "!=", `"10"`, "a0 b1 c2 a3 b4 c5 a6 b7 c8"},
		{subject, "LIKE '$%'", `"A"`, "a0 a3 a6 a9"},
		{subject, "LIKE '%$%'", `"4"`, "b4"},
		{subject, "NOT LIKE '$%'", `"a"`, "b1 c2 b4 c5 b7 c8"},
		{due, "IS NULL", `null`, "c8"},
		{due, "IS NOT NULL", `null`, "a0 b1 c2 a3 b4 c5 a6 b7 a9"},
		{due, "=", `"2026-01-06"`, "a0 b1 c2 a3 b4 c5 a6 b7 a9"},
		{due, "!=", `"2026-01-06"`, "c8"},
	} {
		a := r.want(200, r.do("POST", "/v1/filters", filterOf(fmt.Sprintf(`{"object":"activity","field_id":"%d","operator":"%s","value":%s}`, c.field, c.operator, c.value))))
		if got := r.do("GET", fmt.Sprintf("activities?filter_id=%v", a.at("data.id")), "").subjects(); got != c.want {
			t.Errorf("%d %s %s: %q, want %q", c.field, c.operator, c.value, got, c.want)
		}
	}
}

func TestAFilterIsItsUsers(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	is := func(subject string) string {
		return filterOf(fmt.Sprintf(`{"object":"activity","field_id":"9002","operator":"=","value":%q}`, subject))
	}
	r.add(`"subject":"A"`)
	r.add(`"subject":"B"`)
	path := fmt.Sprintf("/api/v1/filters/%v", r.want(200, r.do("POST", "/v1/filters", is("A"))).at("data.id"))
	list := "activities?filter_id=" + path[len("/api/v1/filters/"):]
	if got := r.do("GET", list, "").subjects(); got != "A" {
		t.Error(got)
	}
	r.want(200, r.do("PUT", path, is("B")))
	if got := r.do("GET", list, "").subjects(); got != "B" {
		t.Error(got)
	}
	a := r.want(200, r.do("GET", path+"?include_field_code=true", ""))
	if got := a.at("data.conditions.conditions.0.conditions.0.field_code"); got != "subject" {
		t.Error(got)
	}
	if a = r.want(200, r.do("GET", "/v1/activityFields", "")); a.at("data.1.id") != 9002.0 || a.at("data.1.key") != "subject" {
		t.Error(a.text)
	}
	const bob = "X-Api-Token: bob-token"
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		body := map[string]string{"PUT": is("C")}[method]
		if a = r.want(404, r.do(method, path, body, bob)); a.header.Get("X-Standin-Refusal") != "P-23" || a.at("code") != nil { // v1 has no codes
			t.Errorf("%s: %v %s", method, a.header, a.text)
		}
	}
	r.refuses("P-23", r.do("GET", list, "", bob))
	if a = r.do("GET", "/v1/filters?type=activity", "", bob); a.at("data.0") != nil {
		t.Errorf("bob sees %s", a.text)
	}
	r.want(200, r.do("DELETE", path, ""))
	r.refuses("P-23", r.do("GET", list, ""))
	if a = r.do("GET", "/v1/filters", ""); a.at("data.0") != nil {
		t.Errorf("still listed: %s", a.text)
	}
}
