package pipedrive

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	standin "tahti/internal/standin/pipedrive"
)

func event(subject string) calendar.Event {
	e := calendar.Event{Known: fields}
	e.Subject, e.Busy = subject, true
	e.Start = calendar.Time{Kind: calendar.UTC, Wall: calendar.WallOf(2026, time.March, 3, 8, 0, 0)}
	e.End = e.Start
	e.End.Wall += calendar.Day / 24
	return e
}

func (b *door) make(t *testing.T, e calendar.Event, more object) provider.RemoteID {
	t.Helper()
	id, err := b.Insert(e, more)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// begin lists everything, and answers where to go on from.
func begin(t *testing.T, u *User) (provider.Cursor, map[provider.RemoteID]provider.Item) {
	t.Helper()
	p, err := u.Pull(t.Context(), "", func(provider.RemoteID) provider.Versions { return nil })
	if err != nil {
		t.Fatal(err)
	}
	held := map[provider.RemoteID]provider.Item{}
	for _, it := range p.(provider.Snapshot).Items {
		held[it.ID] = it
	}
	return p.(provider.Snapshot).Next, held
}

func knows(held map[provider.RemoteID]provider.Item) provider.Known {
	return func(id provider.RemoteID) provider.Versions { return held[id].Versions }
}

func changes(t *testing.T, u *User, at provider.Cursor, held map[provider.RemoteID]provider.Item) ([]provider.Item, provider.Cursor) {
	t.Helper()
	p, err := u.Pull(t.Context(), at, knows(held))
	if err != nil {
		t.Fatal(err)
	}
	return p.(provider.Delta).Items, p.(provider.Delta).Next
}

func read(t *testing.T, u *User, id provider.RemoteID) provider.Item {
	t.Helper()
	items, err := u.Read(t.Context(), []provider.RemoteID{id})
	if err != nil {
		t.Fatal(err)
	}
	return items[0]
}

func TestTwoUsersOfACompanyAreToldByOneQuestion(t *testing.T) {
	a, b := stand(t, standin.Options{})
	b.feeds.Age = time.Minute
	bobs := b.open(t, bob, "alice's") // on the administrator's account
	atA, heldA := begin(t, a)
	atB, heldB := begin(t, bobs)
	mine := b.make(t, event("Alice's"), nil)
	his := b.make(t, event("Bob's"), object{"owner_id": b.users[bob]})
	b.sent()
	itemsA, _ := changes(t, a, atA, heldA)
	itemsB, atB := changes(t, bobs, atB, heldB)
	if len(itemsA) != 1 || itemsA[0].ID != mine || itemsA[0].State != provider.StateLive || itemsA[0].Event.Subject != "Alice's" {
		t.Errorf("Alice was told %+v", itemsA)
	}
	// What is told from memory may have been deleted by us since: it is read.
	if len(itemsB) != 1 || itemsB[0].ID != his || itemsB[0].State != provider.StateNotRead {
		t.Errorf("Bob was told %+v", itemsB)
	}
	if sent := b.sent(); len(sent) != 1 || !strings.Contains(sent[0], "updated_since=") || strings.Contains(sent[0], "owner_id") {
		t.Errorf("asked %q", sent)
	}
	if items, _ := changes(t, bobs, atB, heldB); len(items) != 0 {
		t.Errorf("Bob was told once more: %+v", items)
	}
	bobs.Since(time.Now())
	b.sent()
	changes(t, bobs, atB, heldB)
	if sent := b.sent(); len(sent) != 1 {
		t.Errorf("asked for something newer, it sent %q", sent)
	}
}

func TestAnActivityThatIsGivenAwayIsNotDeleted(t *testing.T) {
	a, b := stand(t, standin.Options{})
	id := b.make(t, event("Alice's"), nil)
	at, held := begin(t, a)
	if err := b.Patch(id, object{"owner_id": b.users[bob]}); err != nil {
		t.Fatal(err)
	}
	items, _ := changes(t, a, at, held)
	if len(items) != 1 || items[0].State != provider.StateNotRead {
		t.Fatalf("told %+v", items)
	}
	if it := read(t, a, id); it.State != provider.StateForbidden {
		t.Errorf("read as %v", it.State)
	}
	base := held[id]
	_, err := a.Put(t.Context(), provider.Put{ID: id, Base: &base, Event: base.Event, Fields: calendar.Fields(calendar.Subject)})
	if provider.ClassOf(err) != provider.Forbidden {
		t.Errorf("written: %v", err)
	}
	if err := a.Remove(t.Context(), provider.Remove{ID: id, Base: &base}); provider.ClassOf(err) != provider.Forbidden {
		t.Errorf("removed: %v", err)
	}
	if it := read(t, b.open(t, bob, "alice's"), id); it.State != provider.StateLive {
		t.Errorf("Bob reads it as %v", it.State)
	}
}

// TestOnlyAnAdministratorProvesWhatIsNotFound: of anybody else what is not found may be somebody else's to see.
func TestOnlyAnAdministratorProvesWhatIsNotFound(t *testing.T) {
	for _, gone := range []bool{false, true} {
		a, b := stand(t, standin.Options{Variant: standin.Variant{DeletedGone: gone}})
		bobs := b.open(t, bob, "bob's")
		id := b.make(t, event("Bob's"), object{"owner_id": b.users[bob]})
		if err := b.Delete(id); err != nil {
			t.Fatal(err)
		}
		want := map[bool]provider.State{false: provider.StateGone, true: provider.StateForbidden}[gone]
		if it := read(t, bobs, id); it.State != want {
			t.Errorf("gone at once: %t: Bob reads %v, want %v", gone, it.State, want)
		}
		if it := read(t, a, id); it.State != provider.StateGone {
			t.Errorf("Alice reads %v", it.State)
		}
	}
}

// TestWhoeverIsNoAdministratorAnyMoreProvesNothing: what they saw of colleagues is not gone.
func TestWhoeverIsNoAdministratorAnyMoreProvesNothing(t *testing.T) {
	_, b := stand(t, standin.Options{})
	bobs := b.open(t, bob, "alice's")
	id := b.make(t, event("Bob's"), object{"owner_id": b.users[bob]})
	base := read(t, bobs, id)
	b.See = func(r *http.Request) *http.Response {
		switch {
		case strings.HasSuffix(r.URL.Path, "/users/me"):
			return backdoor.Reply(r, http.StatusOK, "application/json", `{"success":true,"data":{"id":1001,"access":[{"app":"sales","admin":false}]}}`)
		case strings.Contains(r.URL.Path, "/activities/"):
			return backdoor.Reply(r, http.StatusNotFound, "application/json", `{"success":false,"error":"Activity not found"}`)
		}
		return nil
	}
	if it := read(t, bobs, id); it.State != provider.StateForbidden {
		t.Errorf("read as %v", it.State)
	}
	_, err := bobs.Put(t.Context(), provider.Put{ID: id, Base: &base, Event: base.Event, Fields: calendar.Fields(calendar.Subject)})
	if provider.ClassOf(err) != provider.Forbidden {
		t.Errorf("written: %v", err)
	}
	if err := bobs.Remove(t.Context(), provider.Remove{ID: id, Base: &base}); provider.ClassOf(err) != provider.Forbidden {
		t.Errorf("removed: %v", err)
	}
	if _, err := bobs.Pull(t.Context(), "", knows(nil)); provider.ClassOf(err) != provider.Forbidden {
		t.Errorf("listed: %v", err)
	}
}

func TestOfAPrivateActivityOfAColleagueOnlyTheTimeIsKnown(t *testing.T) {
	a, b := stand(t, standin.Options{})
	bobs := b.open(t, bob, "alice's")
	n, err := b.server.Add(bob, object{"subject": "Doctor", "type": "task", "due_date": "2026-03-03", "due_time": "08:00", "note": "secret"}, true)
	if err != nil {
		t.Fatal(err)
	}
	id := provider.RemoteID(idOf(&n))
	it := read(t, bobs, id)
	if it.State != provider.StateLive || it.Event.Known != calendar.Fields(calendar.When) || it.Editable != 0 || it.Event.Subject != "" {
		t.Errorf("read %+v", it)
	}
	_, err = bobs.Put(t.Context(), provider.Put{ID: id, Base: &it, Event: it.Event, Fields: calendar.Fields(calendar.When)})
	if provider.ClassOf(err) != provider.Forbidden {
		t.Errorf("written: %v", err)
	}
	own := b.make(t, event("Private"), nil)
	if it := read(t, a, own); it.Event.Subject != "Private" || it.Editable == 0 {
		t.Errorf("one's own: %+v", it)
	}
}

// TestAnEditThatArrivesBetweenTheReadsIsFound, though nothing guards the write.
func TestAnEditThatArrivesBetweenTheReadsIsFound(t *testing.T) {
	for _, c := range []struct {
		name string
		edit object
		want provider.Class
	}{
		{"of another field", object{"location": object{"value": "Room 5"}}, provider.Unknown},
		{"of what only Pipedrive knows", object{"priority": 263}, 0},
	} {
		u, b := stand(t, standin.Options{})
		id := b.make(t, event("Review"), nil)
		base := read(t, u, id)
		b.See = func(r *http.Request) *http.Response {
			if r.Method == http.MethodPatch {
				if err := b.Patch(id, c.edit); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		e := base.Event.Clone()
		e.Subject = "Ours"
		_, err := u.Put(t.Context(), provider.Put{ID: id, Base: &base, Event: e, Fields: calendar.Fields(calendar.Subject)})
		if c.want == 0 && err != nil || c.want != 0 && provider.ClassOf(err) != c.want {
			t.Errorf("an edit %s: %v", c.name, err)
		}
		b.See = nil
		if it := read(t, u, id); it.Event.Subject != "Ours" || c.want != 0 && it.Event.Location != "Room 5" {
			t.Errorf("an edit %s: it says %+v", c.name, it.Event.Values)
		}
	}
}

func TestTwoEditsInOneSecondAreTwoVersions(t *testing.T) {
	u, b := stand(t, standin.Options{})
	id := b.make(t, event("One"), nil)
	at, held := begin(t, u)
	seen := map[string]bool{held[id].Versions.Master().Tag: true}
	for _, subject := range []string{"Two", "Three", "Four"} {
		if err := b.Patch(id, object{"subject": subject}); err != nil {
			t.Fatal(err)
		}
		items, next := changes(t, u, at, held)
		if len(items) != 1 {
			t.Fatalf("%s: told %+v", subject, items)
		}
		it := read(t, u, id)
		if tag := it.Versions.Master().Tag; seen[tag] || it.Event.Subject != subject {
			t.Errorf("%s has the version %s", it.Event.Subject, tag)
		}
		seen[it.Versions.Master().Tag] = true
		held[id], at = it, next
	}
}

func TestWhatAnActivityBelongsToHasItsNames(t *testing.T) {
	u, b := stand(t, standin.Options{})
	id, err := b.CreateRich(event("Review"))
	if err != nil {
		t.Fatal(err)
	}
	b.sent()
	it := read(t, u, id)
	f := it.Event.Facet()
	if f.Deal.Name != "Big" || f.Org.Name != "Acme" || f.Person.Name != "Pat Smith" || f.Type.ID == "" || !f.Done || f.Note == "" {
		t.Errorf("read %+v", f)
	}
	if it.WouldMail != 1 || len(it.Event.Guests) != 1 || it.Event.Guests[0].Answer != calendar.Accepted {
		t.Errorf("guests %+v, %d would be mailed", it.Event.Guests, it.WouldMail)
	}
	if sent := b.sent(); len(sent) != 4 {
		t.Errorf("asked %q", sent)
	}
	read(t, u, id)
	if sent := b.sent(); len(sent) != 1 {
		t.Errorf("names were asked for again: %q", sent)
	}
	// The other person takes part all the same, and the deal goes.
	var answer struct{ Data struct{ ID int64 } }
	if err := b.JSON(http.MethodPost, "/api/v2/persons", object{"name": "Kim"}, &answer, nil); err != nil {
		t.Fatal(err)
	}
	e := it.Event.Clone()
	e.Facets = &calendar.Facets{Person: calendar.Ref{ID: idOf(&answer.Data.ID)}}
	next, err := u.Put(t.Context(), provider.Put{ID: id, Base: &it, Event: e, Fields: calendar.Fields(calendar.PersonFacet, calendar.DealFacet)})
	if err != nil || next.Event.Facet().Person.Name != "Kim" || !next.Event.Facet().Deal.IsZero() || next.Event.Facet().Org.Name != "Acme" {
		t.Fatalf("%+v, %v", next.Event.Facet(), err)
	}
	// Where nobody is the primary one, the next in line becomes it: that is read, and is an edit of Pipedrive's.
	e.Facets = &calendar.Facets{}
	_, err = u.Put(t.Context(), provider.Put{ID: id, Base: &next, Event: e, Fields: calendar.Fields(calendar.PersonFacet)})
	if next = read(t, u, id); provider.ClassOf(err) != provider.Unknown || next.Event.Facet().Person.Name != "Kim Jones" {
		t.Errorf("%+v, %v", next.Event.Facet(), err)
	}
	next, err = u.Put(t.Context(), provider.Put{ID: id, Base: &next, Event: e, Fields: calendar.Fields(calendar.PersonFacet)})
	if err != nil || !next.Event.Facet().Person.IsZero() {
		t.Errorf("%+v, %v", next.Event.Facet(), err)
	}
}

func TestWholeDaysAreNotShiftedAndSecondsAreCut(t *testing.T) {
	for name, want := range map[string]string{
		`{"due_date":"2026-03-29"}`:                                              "20260329 20260330",
		`{"due_date":"2026-03-29","duration":"48:00"}`:                           "20260329 20260330",
		`{"due_date":"2026-03-29","due_time":"23:30","duration":"01:15"}`:        "20260329T233000Z 20260330T004500Z",
		`{"due_date":"2026-03-29","due_time":"00:00"}`:                           "20260329T000000Z 20260329T000000Z",
		`{"due_date":"2026-03-29","due_time":"08:00:59","duration":"100:30:00"}`: "20260329T080000Z 20260402T123000Z",
		`{"due_date":"2026-03-29","due_time":"24:00"}`:                           "",
		`{"due_date":"29.3.2026"}`:                                               "",
		`{"due_date":"2026-03-29","due_time":"8"}`:                               "",
	} {
		var a activity
		if err := json.Unmarshal([]byte(name), &a); err != nil {
			t.Fatal(err)
		}
		start, end, err := a.when()
		got := start.String() + " " + end.String()
		if err != nil {
			got = ""
		}
		if got != want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestRefusalsHaveTheirClass(t *testing.T) {
	now := time.Date(2026, time.March, 3, 22, 0, 0, 0, time.UTC)
	page := "<html>Access denied</html>"
	for _, c := range []struct {
		name   string
		status int
		body   string
		header http.Header
		token  string
		write  bool
		single bool
		class  provider.Class
		code   string
		until  time.Time
		circle provider.Circle
	}{
		{name: "a wrong token", status: 401, body: `{}`, token: "t", class: provider.SignIn, code: CodeWrongToken},
		{name: "a sign-in that is over", status: 401, body: `{}`, class: provider.SignIn, code: provider.CodeSignInEnded},
		{name: "an unpaid company", status: 402, body: `{}`, class: provider.Transient, code: CodeUnpaid},
		{name: "a scope", status: 403, body: `{"error":"Scope and URL mismatch"}`, class: provider.SignIn, code: provider.CodeMissingPermission},
		{name: "a user without the API", status: 403, body: `{"error":"API access is not allowed for this user"}`, class: provider.Forbidden, code: CodeNoAPI},
		{name: "one activity", status: 403, body: `{"error":"You do not have permissions to do this"}`, single: true, class: provider.Forbidden, code: string(provider.NotWritable)},
		{name: "all", status: 403, body: `{"error":"You do not have permissions to do this"}`, class: provider.Forbidden, code: provider.CodeNoPermission},
		{name: "a block", status: 403, body: page, class: provider.RateLimited, code: CodeBlocked, until: now.Add(blockRest)},
		{name: "a burst", status: 429, body: `{}`, header: http.Header{"X-Ratelimit-Reset": {"7"}}, class: provider.RateLimited, until: now.Add(7 * time.Second)},
		{name: "a burst that says nothing", status: 429, body: page, class: provider.RateLimited, until: now.Add(firstRest)},
		{name: "the day's budget", status: 429, body: `{}`, header: http.Header{"X-Daily-Ratelimit-Token-Remaining": {"3"}}, class: provider.RateLimited,
			code: CodeDailyBudget, until: now.Add(2*time.Hour + time.Minute), circle: provider.Organisation},
		{name: "nothing", status: 404, body: `{}`, class: provider.Gone},
		{name: "a wrong field", status: 400, body: `{"error":"Validation failed: subject"}`, write: true, class: provider.Rejected},
		{name: "a wrong type", status: 400, body: `{"error":"Activity type \"x\" is not found"}`, write: true, class: provider.Rejected, code: provider.CodeTypeNotHeld},
		{name: "too much", status: 413, body: `{}`, write: true, class: provider.Rejected, code: provider.CodeTooLarge},
		{name: "trouble", status: 500, body: page, class: provider.Transient, code: provider.CodeServer},
		{name: "trouble with a write", status: 503, body: `{}`, write: true, class: provider.Unknown, code: provider.CodeServer},
	} {
		kind := "application/json"
		if c.body == page {
			kind = "text/html"
		}
		u, err := Open(Config{Base: home, User: "1", Token: c.token, Now: func() time.Time { return now }, Transport: roundTrip(func(r *http.Request) *http.Response {
			resp := backdoor.Reply(r, c.status, kind, c.body)
			for k, v := range c.header {
				resp.Header[k] = v
			}
			return resp
		})})
		if err != nil {
			t.Fatal(err)
		}
		_, err = u.client.send(t.Context(), call{op: "test", method: http.MethodGet, path: "/v2/activities", write: c.write, single: c.single}, nil)
		e, ok := errors.AsType[*provider.Error](err)
		if !ok || e.Class != c.class || e.Code != c.code || !e.RetryAfter.Equal(c.until) || e.Circle != c.circle {
			t.Errorf("%s: %+v, want %v %q until %v", c.name, e, c.class, c.code, c.until)
		}
		if c.class != provider.RateLimited {
			continue
		}
		if _, err = u.client.send(t.Context(), call{op: "test", method: http.MethodGet, path: "/x"}, nil); err == nil || !strings.Contains(err.Error(), "not sent") {
			t.Errorf("%s: it went on: %v", c.name, err)
		}
	}
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestWhoIsReachedHangsOnWhoHasSignedIn(t *testing.T) {
	_, b := stand(t, standin.Options{})
	for token, want := range map[string]string{"alice's": "alice@example.com bob@example.com carol@example.com", "bob's": "bob@example.com"} {
		a, err := OpenAccount(b.config(alice, token))
		if err != nil {
			t.Fatal(err)
		}
		list, err := a.Calendars(t.Context())
		var owners []string
		for i, c := range list {
			owners = append(owners, c.Owner)
			if c.Primary != (i == 0) || !c.Writable {
				t.Errorf("%+v", c)
			}
		}
		slices.Sort(owners)
		if got := strings.Join(owners, " "); err != nil || got != want {
			t.Errorf("%s reaches %s, %v", token, got, err)
		}
	}
	me, err := (&Account{b.open(t, bob, "bob's").client}).Me(t.Context())
	if err != nil || me.Domain != "example" || me.Admin || me.Email != bob || me.Company == 0 {
		t.Errorf("%+v, %v", me, err)
	}
}

func TestAWebhookIsMadeSeenAndDeleted(t *testing.T) {
	u, b := stand(t, standin.Options{LocalHooks: true})
	w, err := u.Watch(t.Context(), provider.Watch{ID: "x", Address: "https://tahti.example.com/push/pipedrive/abc", Secret: "secret"})
	if err != nil || w.ID == "" || time.Until(w.Until) < 11*time.Hour {
		t.Fatalf("%+v, %v", w, err)
	}
	if w, err = u.Renew(t.Context(), w); err != nil {
		t.Error(err)
	}
	var list struct{ Data []map[string]any }
	if err := b.JSON(http.MethodGet, "/api/v1/webhooks", nil, &list, nil); err != nil || len(list.Data) != 1 || list.Data[0]["http_auth_user"] != "tahti" || list.Data[0]["http_auth_password"] != "secret" {
		t.Errorf("%+v, %v", list, err)
	}
	for range 2 {
		if err := u.Unwatch(t.Context(), w); err != nil {
			t.Error(err)
		}
	}
	if _, err := u.Renew(t.Context(), w); provider.ClassOf(err) != provider.Gone {
		t.Errorf("what was deleted is %v", err)
	}
	for i := range 41 {
		if _, err = u.Watch(t.Context(), provider.Watch{Address: "https://tahti.example.com/" + strings.Repeat("x", i), Secret: "s"}); err != nil {
			break
		}
	}
	if codeOf(err) != CodeManyWebhooks {
		t.Errorf("the forty-first: %v", err)
	}
	_, err = u.Watch(t.Context(), provider.Watch{Address: "https://example.pipedrive.com/push", Secret: "s"})
	if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.Forbidden || e.Code != provider.CodeNotReached {
		t.Errorf("an address that is not taken: %v", err)
	}
}
