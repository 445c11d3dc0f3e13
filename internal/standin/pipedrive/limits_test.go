package pipedrive_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"tahti/internal/standin/pipedrive"
)

func TestTheBudgetIsThePlansAndTheSeats(t *testing.T) {
	for want, c := range map[int]pipedrive.Company{
		90_000: {}, 180_000: {Plan: pipedrive.Growth}, 450_000: {Plan: pipedrive.Premium}, 630_000: {Plan: pipedrive.Ultimate},
		1_200_000: {Seats: 40}, 91_000: {TopUp: 1000},
	} {
		if got := c.Budget(3); got != want {
			t.Errorf("%+v: %d, want %d", c, got, want)
		}
	}
}

func TestEachMethodCostsWhatItCosts(t *testing.T) {
	r := newRig(t, pipedrive.Options{Unlimited: true})
	r.add("")
	r.want(200, r.do("GET", "activities", ""))
	r.want(200, r.do("GET", "activities/1", ""))
	r.want(200, r.do("PATCH", "activities/1", `{"busy":true}`))
	r.want(200, r.do("DELETE", "activities/1", ""))
	r.want(200, r.do("GET", "/v1/users", "", "X-Api-Token: bob-token"))
	r.want(200, r.do("GET", "/v1/users/me", ""))
	r.want(200, r.do("GET", "/v1/activityTypes", ""))
	r.want(200, r.do("GET", "/v1/filters", ""))
	r.want(200, r.do("GET", hooksPath, ""))
	r.want(404, r.do("GET", "activities/9", "")) // what is refused by the method costs what it costs
	r.want(401, r.do("GET", "activities", "", "X-Api-Token: none"))
	u := r.server.Usage()
	want := map[string]pipedrive.Spent{
		"addActivity": {Calls: 1, Tokens: 5}, "getActivities": {Calls: 1, Tokens: 10}, "getActivity": {Calls: 2, Tokens: 2}, "updateActivity": {Calls: 1, Tokens: 5},
		"deleteActivity": {Calls: 1, Tokens: 3}, "getUsers": {Calls: 1, Tokens: 20}, "getCurrentUser": {Calls: 1, Tokens: 2}, "getActivityTypes": {Calls: 1, Tokens: 20},
		"getFilters": {Calls: 1, Tokens: 20}, "getWebhooks": {Calls: 1, Tokens: 10},
	}
	if fmt.Sprint(u.Methods) != fmt.Sprint(want) || u.Used != 97 || u.Day != "2026-01-05" || u.Users["bob@example.com"] != 20 || u.Users["alice@example.com"] != 77 {
		t.Errorf("%+v", u)
	}
	if a := r.want(200, r.do("GET", "/_standin/tokens", "")); a.at("used") != 97.0 || a.at("methods.getUsers.tokens") != 20.0 || a.at("budget") != 90_000.0 {
		t.Errorf("%s", a.text)
	}
	// A new day begins at midnight, with nothing used.
	r.clock.Advance(15 * time.Hour)
	if u = r.server.Usage(); u.Used != 0 || u.Day != "2026-01-06" {
		t.Errorf("%+v", u)
	}
}

func TestTheWindowOfTwoSecondsRolls(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	a := r.do("GET", "activities/1", "")
	if a.header.Get("X-Ratelimit-Limit") != "20" || a.header.Get("X-Ratelimit-Remaining") != "19" || a.header.Get("X-Daily-Ratelimit-Token-Limit") != "90000" ||
		a.header.Get("X-Daily-Ratelimit-Token-Remaining") != "89999" || a.header.Get("Retry-After") != "" {
		t.Errorf("%v", a.header)
	}
	r.ask(9)
	r.clock.Advance(time.Second)
	r.ask(10)
	a = r.do("GET", "activities/1", "")
	r.refuses("P-06", a)
	if a.header.Get("X-Ratelimit-Remaining") != "0" || a.header.Get("X-Ratelimit-Reset") != "1" {
		t.Errorf("%v", a.header)
	}
	r.want(404, r.do("GET", "activities/1", "", "X-Api-Token: bob-token")) // each token has its own
	r.clock.Advance(time.Second)
	r.ask(10)
	r.refuses("P-06", r.do("GET", "activities/1", ""))
	r.clock.Advance(time.Second)
	r.want(404, r.do("GET", "activities/1", ""))
}

// The day's tokens are the company's, whoever spends them: after that nobody gets anything until midnight.
func TestTheDayIsShared(t *testing.T) {
	r := newRig(t, pipedrive.Options{Variant: pipedrive.Variant{RetryAfter: true}})
	r.server.Spend(3 * 30_000 * 3 / 4)
	r.want(404, r.do("GET", "activities/1", ""))
	r.server.Spend(r.server.Usage().Budget - r.server.Usage().Used - 10)
	r.want(200, r.do("GET", "activities", ""))
	a := r.do("GET", "activities/1", "", "X-Api-Token: bob-token")
	r.refuses("P-07", a)
	if a.header.Get("X-Daily-Ratelimit-Token-Remaining") != "0" || a.header.Get("Retry-After") != "54000" {
		t.Errorf("%v", a.header)
	}
	said := ""
	for _, m := range r.server.Mails() {
		said += m.To + " " + m.Method + " " + m.Summary + "; "
	}
	if said != "alice@example.com NOTICE 75 % of the daily API tokens are used; alice@example.com NOTICE 100 % of the daily API tokens are used; " {
		t.Error(said)
	}
	r.clock.Advance(15*time.Hour - time.Second)
	r.refuses("P-07", r.do("GET", "activities", ""))
	r.clock.Advance(time.Second)
	r.want(200, r.do("GET", "activities", ""))
}

func TestAProgramHasFourTimesTheBurst(t *testing.T) {
	r := newRig(t, pipedrive.Options{Company: pipedrive.Company{Plan: pipedrive.Growth}, Variant: pipedrive.Variant{NoDaily: true}})
	token, err := r.server.Grant("alice@example.com", "activities:read")
	if err != nil {
		t.Fatal(err)
	}
	a := r.with(token)
	if a.header.Get("X-Ratelimit-Limit") != "160" || a.header.Get("X-Daily-Ratelimit-Token-Limit") != "" {
		t.Errorf("%v", a.header)
	}
}

// A company of forty with ten thousand activities is there at once, and can be read in pages within its budget.
func TestALargeCompany(t *testing.T) {
	users := make([]pipedrive.User, 40)
	for i := range users {
		users[i] = pipedrive.User{Email: fmt.Sprintf("user%d@example.com", i), APIToken: fmt.Sprintf("token-%d", i)}
	}
	r := newRig(t, pipedrive.Options{Users: users})
	r.token = "token-0"
	start := time.Now()
	if ids := r.server.Seed(10_000, r.clock.Now()); len(ids) != 10_000 {
		t.Fatalf("%d seeded", len(ids))
	}
	seeded := time.Since(start)
	n, cursor := 0, ""
	for {
		a := r.want(200, r.do("GET", "activities?limit=500"+cursor, ""))
		n += len(a.body["data"].([]any))
		next, _ := a.at("additional_data.next_cursor").(string)
		if next == "" {
			break
		}
		cursor = "&cursor=" + url.QueryEscape(next)
		r.clock.Advance(time.Second)
	}
	if u := r.server.Usage(); n != 10_000 || u.Used != 200 || u.Budget != 1_200_000 {
		t.Errorf("%d read for %d of %d", n, u.Used, u.Budget)
	}
	t.Logf("seeded in %s, read in %s", seeded, time.Since(start)-seeded)
}
