package pipedrive_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/standin/pipedrive"
)

// ear is a webhook's address.
type ear struct {
	*httptest.Server
	mu     sync.Mutex
	heard  []answer
	status int
}

func newEar(t *testing.T) *ear {
	e := &ear{status: 200}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		a := answer{header: r.Header, text: string(b)}
		if err == nil && r.Method == http.MethodPost {
			err = json.Unmarshal(b, &a.body)
		}
		if err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if r.Method == http.MethodPost {
			e.heard = append(e.heard, a)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(e.status)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *ear) answers(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

// take is what was heard since, in short: action, entity and id of each.
func (e *ear) take(r *rig) (list []answer, short string) {
	r.server.Settle()
	e.mu.Lock()
	defer e.mu.Unlock()
	var words []string
	for _, a := range e.heard {
		words = append(words, fmt.Sprintf("%v.%v %v/%v", a.at("meta.action"), a.at("meta.entity"), a.at("meta.entity_id"), a.at("meta.attempt")))
	}
	list, e.heard = e.heard, nil
	return list, strings.Join(words, ", ")
}

func (r *rig) hook(e *ear, more string, headers ...string) answer {
	r.Helper()
	return r.want(201, r.do("POST", hooksPath, fmt.Sprintf(`{"subscription_url":%q,"event_action":"*","event_object":"activity","name":"x"%s}`, e.URL+"/hook", more), headers...))
}

func TestAWebhookSaysWhatHasChanged(t *testing.T) {
	r, e := newRig(t, pipedrive.Options{}), newEar(t)
	made := r.hook(e, `,"http_auth_user":"tahti","http_auth_password":"pw"`)
	if made.at("data.is_active") != 1.0 || made.at("data.version") != "2.0" || made.at("data.type") != "general" {
		t.Errorf("%s", made.text)
	}
	r.add(`"note":"<p>n</p>"`)
	list, short := e.take(r)
	if short != "create.activity 1/1" {
		t.Fatal(short)
	}
	a := list[0]
	user, pw, _ := (&http.Request{Header: a.header}).BasicAuth()
	if user != "tahti" || pw != "pw" {
		t.Errorf("signed in as %q with %q", user, pw)
	}
	for at, want := range map[string]any{
		"previous": nil, "data.subject": "Plan", "data.active_flag": true, "data.due_time.value": "08:00:00", "data.id": 1.0, "data.note": nil,
		"meta.company_id": "7654321", "meta.user_id": "1001", "meta.version": "2.0", "meta.webhook_id": fmt.Sprint(made.at("data.id")),
		"meta.webhook_owner_id": "1001", "meta.change_source": "api", "meta.is_bulk_edit": false, "meta.timestamp": "2026-01-05T09:00:00.000Z",
		"meta.host": "example.pipedrive.com", "meta.type": "general", "meta.permitted_user_ids.1": "1002",
	} {
		if got := a.at(at); got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}

	r.clock.Advance(time.Second)
	r.want(200, r.do("PATCH", "activities/1", `{"subject":"Other"}`))
	list, short = e.take(r)
	if short != "change.activity 1/1" || list[0].at("data.subject") != "Other" {
		t.Fatal(short)
	}
	if b, err := json.Marshal(list[0].body["previous"]); err != nil || string(b) != `{"subject":"Plan","update_time":"2026-01-05T09:00:00Z"}` {
		t.Errorf("previous %s, %v", b, err)
	}
	r.want(200, r.do("DELETE", "activities/1", ""))
	list, short = e.take(r)
	if short != "delete.activity 1/1" || list[0].at("data") != nil || list[0].at("previous.subject") != "Other" || list[0].at("previous.active_flag") != true {
		t.Errorf("%s %v", short, list)
	}
}

// One bulk edit of a person comes as many calls, and the person's own edits say that they come from the app.
func TestABulkEditComesAsManyCalls(t *testing.T) {
	r, e := newRig(t, pipedrive.Options{}), newEar(t)
	r.hook(e, "")
	ids := r.server.Seed(3, r.clock.Now())
	if err := r.server.Change("alice@example.com", map[string]any{"type": "lunch"}, ids...); err != nil {
		t.Fatal(err)
	}
	list, short := e.take(r)
	if short != "change.activity 1/1, change.activity 2/1, change.activity 3/1" || list[0].at("meta.is_bulk_edit") != true || list[0].at("meta.change_source") != "app" {
		t.Errorf("%s %s", short, list[0].text)
	}
}

func TestAWebhookHearsWhatItAskedForAndItsUserMaySee(t *testing.T) {
	r, all, made, bobs := newRig(t, pipedrive.Options{}), newEar(t), newEar(t), newEar(t)
	r.hook(all, "")
	r.want(201, r.do("POST", hooksPath, fmt.Sprintf(`{"subscription_url":%q,"event_action":"create","event_object":"*","name":"x"}`, made.URL)))
	r.hook(bobs, `,"user_id":1002`)
	r.want(200, r.do("POST", "deals", `{"title":"Secret","visible_to":1}`))
	r.add(`"deal_id":1`)
	r.add("")
	r.want(200, r.do("PATCH", "activities/1", `{"subject":"x"}`))
	list, _ := made.take(r)
	if len(list) != 3 || list[0].at("data.visible_to") != "1" || list[0].at("data.title") != "Secret" {
		t.Errorf("%v", list)
	}
	for name, c := range map[string]struct {
		e    *ear
		want string
	}{
		"all activities":   {all, "create.activity 1/1, create.activity 2/1, change.activity 1/1"},
		"what bob may see": {bobs, "create.activity 2/1"},
	} {
		if _, short := c.e.take(r); short != c.want {
			t.Errorf("%s: %s, want %s", name, short, c.want)
		}
	}
}

func TestAFailedDeliveryIsTriedFourTimes(t *testing.T) {
	for _, status := range []int{500, 302, 404} { // a redirect is a failure, too
		r, e := newRig(t, pipedrive.Options{}), newEar(t)
		r.hook(e, "")
		e.answers(status)
		r.add("")
		said := ""
		for _, wait := range []time.Duration{0, 2 * time.Second, time.Second, 29 * time.Second, time.Second, 149 * time.Second, time.Second, time.Hour} {
			r.clock.Advance(wait)
			_, short := e.take(r)
			said += short + "|"
		}
		if said != "create.activity 1/1||create.activity 1/2||create.activity 1/3||create.activity 1/4||" {
			t.Errorf("%d: %s", status, said)
		}
		if a := r.do("GET", hooksPath, ""); a.at("data.0.last_http_status") != float64(status) {
			t.Errorf("%s", a.text)
		}
	}
	r, e := newRig(t, pipedrive.Options{}), newEar(t)
	r.hook(e, "")
	e.answers(503)
	r.add("")
	e.take(r)
	e.answers(204)
	r.clock.Advance(3 * time.Second)
	e.take(r)
	r.clock.Advance(time.Hour)
	if _, short := e.take(r); short != "" {
		t.Errorf("told again after it was heard: %s", short)
	}
}

// Ten first tries that fail ban a webhook for half an hour; what happens meanwhile is lost.
func TestABan(t *testing.T) {
	r, e := newRig(t, pipedrive.Options{Unlimited: true}), newEar(t)
	r.hook(e, "")
	e.answers(500)
	for range 10 {
		r.add("")
		r.server.Settle()
	}
	e.answers(200)
	if _, short := e.take(r); strings.Count(short, "create") != 10 {
		t.Fatal(short)
	}
	r.add("")
	r.clock.Advance(30*time.Minute - time.Second)
	r.add("")
	if _, short := e.take(r); short != "" {
		t.Errorf("told while banned: %s", short)
	}
	r.clock.Advance(time.Second)
	r.add("")
	if _, short := e.take(r); short != "create.activity 13/1" {
		t.Errorf("after the ban: %s", short)
	}
	lost := 0
	for _, d := range r.server.Deliveries() {
		if d.Lost {
			lost++
		}
	}
	if lost != 12 { // two new ones, and the second tries of ten
		t.Errorf("%d lost", lost)
	}
}

// Three days without a success end a webhook; a program has to look whether its own is still there.
func TestThreeDaysWithoutSuccess(t *testing.T) {
	for _, kept := range []bool{false, true} {
		r, e := newRig(t, pipedrive.Options{Variant: pipedrive.Variant{KeepsRemoved: kept}}), newEar(t)
		r.hook(e, "")
		e.answers(500)
		fail := func() {
			r.add("")
			for range 4 {
				r.server.Settle()
				r.clock.Advance(150 * time.Second)
			}
			r.server.Settle()
		}
		fail()
		r.clock.Advance(2 * 24 * time.Hour)
		fail()
		if a := r.do("GET", hooksPath, ""); a.at("data.0.is_active") != 1.0 {
			t.Fatalf("gone after two days: %s", a.text)
		}
		r.clock.Advance(24 * time.Hour)
		fail()
		a := r.do("GET", hooksPath, "")
		if got := a.at("data.0.is_active"); kept && got != 0.0 || !kept && got != nil {
			t.Errorf("kept %v: %s", kept, a.text)
		}
		e.take(r)
		r.add("")
		if _, short := e.take(r); short != "" {
			t.Errorf("told though removed: %s", short)
		}
	}
}

func TestWhoseWebhooksAreWhose(t *testing.T) {
	r, e := newRig(t, pipedrive.Options{}), newEar(t)
	r.hook(e, "")
	r.hook(e, "", "X-Api-Token: bob-token")
	token, err := r.server.Grant("alice@example.com", "webhooks:full")
	if err != nil {
		t.Fatal(err)
	}
	app := []string{"X-Api-Token:", "Authorization: Bearer " + token}
	r.hook(e, "", app...)
	count := func(headers ...string) int {
		return len(r.want(200, r.do("GET", hooksPath, "", headers...)).body["data"].([]any))
	}
	if all, bob, mine := count(), count("X-Api-Token: bob-token"), count(app...); all != 2 || bob != 1 || mine != 1 {
		t.Errorf("an administrator sees %d, bob %d, a program %d", all, bob, mine)
	}
	r.want(200, r.do("DELETE", hooksPath+"/8", ""))
	if count() != 1 {
		t.Error("not deleted")
	}
	r.refuses("P-31", r.do("DELETE", hooksPath+"/9", "")) // a program's is its own
}

func TestWebhooksMayBeSilentOrNamedAsAnswersAre(t *testing.T) {
	r, e := newRig(t, pipedrive.Options{Variant: pipedrive.Variant{HooksLikeAPI: true, ProbesHooks: true}}), newEar(t)
	r.hook(e, "")
	r.add("")
	list, _ := e.take(r)
	if len(list) != 1 || list[0].at("data.due_time") != "08:00" || list[0].at("data.is_deleted") != false || list[0].at("data.active_flag") != nil {
		t.Errorf("%v", list)
	}
	e.answers(302)
	r.refuses("P-28", r.do("POST", hooksPath, fmt.Sprintf(`{"subscription_url":%q,"event_action":"*","event_object":"*","name":"x"}`, e.URL)))
	r.flip("deafhooks")
	r.add("")
	if _, short := e.take(r); short != "" {
		t.Errorf("said %s", short)
	}
}
