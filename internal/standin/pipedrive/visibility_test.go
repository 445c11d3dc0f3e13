package pipedrive_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/standin/pipedrive"
)

// An item is seen by its owner, by administrators, and by those for whom its visibility is.
func TestWhoSeesWhat(t *testing.T) {
	users := []pipedrive.User{
		{Email: "boss@example.com", APIToken: "boss"}, {Email: "owner@example.com", APIToken: "owner", Group: 2},
		{Email: "peer@example.com", APIToken: "peer", Group: 2}, {Email: "below@example.com", APIToken: "below", Group: 3},
		{Email: "other@example.com", APIToken: "other", Group: 4},
	}
	for visible, want := range map[int]string{1: "boss owner", 3: "boss owner peer below other", 5: "boss owner peer", 7: "boss owner peer below"} {
		r := newRig(t, pipedrive.Options{Users: users, Company: pipedrive.Company{Parents: map[int]int{3: 2, 2: 1, 4: 1}}})
		r.token = "owner"
		r.made("deals", r.do("POST", "deals", fmt.Sprintf(`{"title":"x","visible_to":%d}`, visible)))
		r.made("persons", r.do("POST", "persons", `{"name":"p"}`))
		r.add(`"deal_id":1,"participants":[{"person_id":1}]`)
		var deal, activity, listed []string
		for _, u := range users {
			for path, to := range map[string]*[]string{"deals/1": &deal, "activities/1": &activity} {
				if r.do("GET", path, "", "X-Api-Token: "+u.APIToken).status == 200 {
					*to = append(*to, u.APIToken)
				}
			}
			if r.do("GET", "activities", "", "X-Api-Token: "+u.APIToken).subjects() != "" {
				listed = append(listed, u.APIToken)
			}
		}
		for what, got := range map[string][]string{"the deal": deal, "its activity": activity, "in a list": listed} {
			if strings.Join(got, " ") != want {
				t.Errorf("visible_to %d, %s: %v, want %s", visible, what, got, want)
			}
		}
	}
}

func TestAPrivateActivityHasNoDetailsForOthers(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		r, e := newRig(t, pipedrive.Options{Variant: pipedrive.Variant{PrivateHidden: hidden, PrivateField: true}}), newEar(t)
		r.hook(e, "") // alice's
		r.private("bob@example.com")
		own := r.want(200, r.do("GET", "activities/1", "", "X-Api-Token: bob-token"))
		if own.at("data.subject") != "Dentist" || own.at("data.private") != true || own.at("data.note") != "secret" {
			t.Errorf("%s", own.text)
		}
		other := r.do("GET", "activities/1", "")
		_, heard := e.take(r)
		list := r.do("GET", "activities", "")
		if hidden {
			if other.status != 404 || heard != "" || list.subjects() != "" {
				t.Errorf("%s, %s, %s", other.text, heard, list.text)
			}
			continue
		}
		if other.at("data.subject") != "Private" || other.at("data.note") != nil || other.at("data.due_date") != "2026-01-06" || heard == "" || list.subjects() != "Private" {
			t.Errorf("%s, %s, %s", other.text, heard, list.text)
		}
		for _, x := range []string{other.text, list.text} {
			if strings.Contains(x, "Dentist") || strings.Contains(x, "secret") {
				t.Errorf("told to another: %s", x)
			}
		}
	}
}
