package pipedrive_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/pipedrive"
)

// Each variant that no other test runs both ways.

func both(t *testing.T, set func(*pipedrive.Variant), check func(r *rig, on bool)) {
	t.Helper()
	for _, on := range []bool{false, true} {
		opt := pipedrive.Options{Unlimited: true}
		if on {
			set(&opt.Variant)
		}
		check(newRig(t, opt), on)
	}
}

// either holds an answer to a refusal, or with the variant to a status.
func (r *rig) either(on bool, number string, status int, a answer) answer {
	r.Helper()
	if !on {
		r.refuses(number, a)
		return a
	}
	return r.want(status, a)
}

func TestUnknownNamesMayBeIgnored(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.IgnoreUnknown = true }, func(r *rig, on bool) {
		a := r.either(on, "P-13", 200, r.add(`"summary":"x","location":{"value":"a","town":"x"}`))
		if strings.Contains(a.text, "town\":") {
			t.Error(a.text)
		}
		r.either(on, "P-13", 200, r.do("GET", "activities?user_id=1", ""))
		r.either(on, "P-28", 201, r.do("POST", hooksPath, strings.Replace(goodHook, `"name"`, `"x":1,"name"`, 1)))
	})
}

func TestTheTokenInTheAddress(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.QueryTokenV2 = true }, func(r *rig, on bool) {
		r.either(on, "P-01", 200, r.do("GET", "activities?api_token=alice-token", "", "X-Api-Token:"))
		r.want(200, r.do("GET", "/v1/users/me?api_token=alice-token", "", "X-Api-Token:"))
	})
}

func TestALargeLimitMayBeCut(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.ClampLimit = true }, func(r *rig, on bool) {
		r.server.Seed(501, r.clock.Now())
		a := r.either(on, "P-19", 200, r.do("GET", "activities?limit=1000", ""))
		if on && len(a.body["data"].([]any)) != 500 {
			t.Error("not cut")
		}
	})
}

func TestWhatIsNotNamedMayHaveDefaults(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.Defaults = true }, func(r *rig, on bool) {
		a := r.either(on, "P-16", 200, r.do("POST", "activities", `{}`))
		if on && (a.at("data.subject") != "Call" || a.at("data.type") != "call") {
			t.Error(a.text)
		}
	})
	both(t, func(v *pipedrive.Variant) { v.Today = true }, func(r *rig, on bool) {
		want := map[bool]any{false: nil, true: "2026-01-05"}[on]
		if a := r.do("POST", "activities", `{"subject":"x","type":"call"}`); a.at("data.due_date") != want {
			t.Error(a.text)
		}
	})
	both(t, func(v *pipedrive.Variant) { v.AnyType = true }, func(r *rig, on bool) {
		r.either(on, "P-18", 200, r.add(`"type":"dance"`))
	})
}

func TestDurationsAndTimes(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.ShortDurations = true }, func(r *rig, on bool) {
		r.either(!on, "P-36", 200, r.add(`"duration":"48:00"`))
	})
	both(t, func(v *pipedrive.Variant) { v.Seconds = true }, func(r *rig, on bool) {
		want := map[bool]string{false: "08:00 01:00", true: "08:00:00 01:00:00"}[on]
		for _, more := range []string{"", `"due_time":"08:00:30","duration":"01:00:59"`} {
			if a := r.add(more); fmt.Sprintf("%v %v", a.at("data.due_time"), a.at("data.duration")) != want {
				t.Error(a.text)
			}
		}
	})
}

func TestACreationMayBe201(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.PostIs201 = true }, func(r *rig, on bool) {
		r.want(map[bool]int{false: 200, true: 201}[on], r.add(""))
	})
}

func TestWhatBecomesOfDeletedItems(t *testing.T) {
	gone := func(r *rig) {
		r.add("")
		r.want(200, r.do("DELETE", "activities/1", ""))
	}
	both(t, func(v *pipedrive.Variant) { v.DeletedGone = true }, func(r *rig, on bool) {
		gone(r)
		r.either(!on, "P-11", 200, r.do("GET", "activities/1", ""))
	})
	both(t, func(v *pipedrive.Variant) { v.ListsDeleted = true }, func(r *rig, on bool) {
		gone(r)
		want := map[bool]any{false: nil, true: true}[on]
		if a := r.do("GET", "activities?updated_since=2026-01-05T09:00:00Z", ""); a.at("data.0.is_deleted") != want {
			t.Error(a.text)
		}
		if a := r.do("GET", "activities", ""); a.at("data.0") != nil {
			t.Error(a.text)
		}
	})
	both(t, func(v *pipedrive.Variant) { v.DeleteTwice = true }, func(r *rig, on bool) {
		gone(r)
		r.either(on, "P-35", 200, r.do("DELETE", "activities/1", ""))
	})
}

func TestAChangeThatChangesNothing(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.QuietPatch = true }, func(r *rig, on bool) {
		e := newEar(t)
		r.hook(e, "")
		r.add("")
		e.take(r)
		r.clock.Advance(time.Minute)
		a := r.want(200, r.do("PATCH", "activities/1", `{"subject":"Plan","location":null}`))
		_, heard := e.take(r)
		if moved := a.at("data.update_time") != "2026-01-05T09:00:00Z"; moved == on || (heard == "") != on {
			t.Errorf("%v: moved %v, heard %q", on, moved, heard)
		}
	})
}

func TestListsMayLag(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.LateLists = true }, func(r *rig, on bool) {
		r.add("")
		for _, wait := range []time.Duration{0, 4 * time.Second} {
			r.clock.Advance(wait)
			if got := r.do("GET", "activities", "").subjects(); (got == "") != on {
				t.Errorf("%v: %q", on, got)
			}
		}
		r.want(200, r.do("GET", "activities/1", ""))
		r.clock.Advance(time.Second)
		if got := r.do("GET", "activities", "").subjects(); got != "Plan" {
			t.Errorf("five seconds later: %q", got)
		}
	})
}

func TestRefreshTokensMayRotate(t *testing.T) {
	both(t, func(v *pipedrive.Variant) { v.RotatesRefresh, v.SpaceScopes = true, true }, func(r *rig, on bool) {
		a := r.exchange(r.code("alice@example.com"))
		if scope := a.at("scope").(string); strings.Contains(scope, ",") == on {
			t.Error(scope)
		}
		b := r.want(200, r.refresh(a.at("refresh_token")))
		if (a.at("refresh_token") != b.at("refresh_token")) != on {
			t.Error(b.text)
		}
		r.either(!on, "P-52", 200, r.refresh(a.at("refresh_token")))
		r.want(200, r.refresh(b.at("refresh_token")))
	})
}

func TestADayFarAwayInTheAddress(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	if a := r.want(200, r.do("GET", "activities?updated_since="+url.QueryEscape("9999-12-31T23:59:59Z"), "")); a.subjects() != "" {
		t.Error(a.text)
	}
}
