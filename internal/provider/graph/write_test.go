package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	standin "tahti/internal/standin/graph"
)

// put makes an event under a key.
func (r *rig) put(t *testing.T, key provider.Key, e calendar.Event) provider.Item {
	t.Helper()
	it, err := r.Put(t.Context(), provider.Put{Key: key, Event: e, Fields: calendar.BothWaysFields})
	must(t, err)
	return it
}

// change updates an item.
func (r *rig) change(t *testing.T, base provider.Item, fields calendar.FieldSet, notify bool, change func(*calendar.Event)) (provider.Item, error) {
	t.Helper()
	e := base.Event.Clone()
	change(&e)
	e.Normalize()
	return r.Put(t.Context(), provider.Put{ID: base.ID, Base: &base, Event: e, Fields: fields, Notify: notify})
}

var guestList = []calendar.Guest{{Person: calendar.Person{Email: "bob@example.com"}}, {Person: calendar.Person{Email: "dave@elsewhere.example", Name: "Dave"}}}

// odoo PR 87477, 700 mails on a first sync: nobody is mailed by what sync does, whatever the events say of guests.
func TestAFirstSyncMailsNobody(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	for i := range 30 {
		e := plan(fmt.Sprintf("Meeting %d", i), "20260316T100000")
		e.Guests, e.Organizer = guestList, calendar.Person{Email: alice}
		if i%3 == 0 {
			e.Rule = "FREQ=WEEKLY;COUNT=4"
			e.Cancelled = []calendar.Wall{wall("20260323T100000")}
		}
		if it := r.put(t, provider.Key(fmt.Sprintf("mail%028d", i)), e); len(it.Event.Guests) != 0 || it.WouldMail != 0 {
			t.Fatalf("%d guests were invited", len(it.Event.Guests))
		}
	}
	if m := r.server.Mails(); len(m) != 0 {
		t.Errorf("%d mails, the first %+v", len(m), m[0])
	}
}

// What we organise with guests is not written in silence, because Graph cannot; it is written when somebody asked for it. Guests and
// all that we do not model stay (SuiteCRM 10804).
func TestMeetingsThatWeOrganise(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	single, weekly := plan("Meeting", "20260316T100000"), plan("Weekly", "20260317T100000")
	single.Guests, weekly.Guests, weekly.Rule = guestList, guestList, "FREQ=WEEKLY;COUNT=4"
	for _, e := range []calendar.Event{single, weekly} {
		base := r.read(t, r.add(t, e))
		if base.WouldMail != 2 || base.Invited || len(base.Event.Guests) != 2 || base.Event.Organizer.Email != alice {
			t.Fatalf("would mail %d, invited %v, %+v", base.WouldMail, base.Invited, base.Event)
		}
		mails, writes := len(r.server.Mails()), r.written()
		if _, err := r.change(t, base, calendar.Fields(calendar.Subject), false, func(e *calendar.Event) { e.Subject = "Renamed" }); provider.ClassOf(err) != provider.Rejected || err == nil {
			t.Errorf("an update: %v", err)
		}
		if e.Rule != "" {
			if _, err := r.change(t, base, calendar.Fields(calendar.Recurrence), false, func(e *calendar.Event) { e.Cancelled = []calendar.Wall{wall("20260324T100000")} }); provider.ClassOf(err) != provider.Rejected || err == nil {
				t.Errorf("an occurrence is taken out: %v", err)
			}
		}
		if err := r.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}); provider.ClassOf(err) != provider.Rejected || err == nil {
			t.Errorf("a removal: %v", err)
		}
		if len(r.server.Mails()) != mails || r.written() != writes {
			t.Errorf("%d mails, %d writes", len(r.server.Mails())-mails, r.written()-writes)
		}
		next, err := r.change(t, base, calendar.Fields(calendar.Subject), true, func(e *calendar.Event) { e.Subject = "Renamed" })
		if err != nil || next.Event.Subject != "Renamed" || len(next.Event.Guests) != 2 {
			t.Errorf("save and send: %+v %v", next.Event, err)
		}
		if len(r.server.Mails()) == mails {
			t.Error("nobody was told")
		}
		if err := r.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &next, Notify: true}); err != nil {
			t.Errorf("remove and send: %v", err)
		}
	}
}

// Outlook lets people invite somebody to one occurrence alone. Its series has no guests, and yet a write of it mails.
func TestGuestsOfOneOccurrence(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	weekly := plan("Weekly", "20260316T100000")
	weekly.Rule = "FREQ=WEEKLY;COUNT=4"
	weekly.Overrides = []calendar.Override{{Original: wall("20260323T100000"), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "One"}}}
	id := r.add(t, weekly)
	alone := r.read(t, id)
	invite := func() {
		of := url.PathEscape(alone.Versions["20260323T100000"].ID)
		_, _, err := r.server.Do(alice, "PATCH", "/me/events/"+of, `{"attendees":[{"type":"required","emailAddress":{"address":"guest@example.net"}}]}`)
		must(t, err)
	}
	renamed := func(e *calendar.Event) { e.Overrides[0].Subject = "Two" }

	// Somebody is invited between our reading and our writing.
	struck := false
	r.intercept = func(req *http.Request) *http.Response {
		if !struck && req.Method == http.MethodGet && strings.HasSuffix(req.URL.Path, alone.Versions["20260323T100000"].ID) {
			struck = true
			invite()
		}
		return nil
	}
	if _, err := r.change(t, alone, calendar.BothWaysFields, false, renamed); provider.ClassOf(err) != provider.Conflict || err == nil || !struck {
		t.Errorf("invited meanwhile: %v, struck %v", err, struck)
	}
	r.intercept = nil

	base := r.read(t, id)
	if base.WouldMail != 1 {
		t.Errorf("would mail %d", base.WouldMail)
	}
	mails := len(r.server.Mails())
	if _, err := r.change(t, base, calendar.BothWaysFields, false, renamed); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("an update: %v", err)
	}
	if err := r.Remove(t.Context(), provider.Remove{ID: id, Base: &base}); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("a removal: %v", err)
	}
	if n := len(r.server.Mails()); n != mails || mails != 1 {
		t.Errorf("%d mails, of which the person sent %d", n, mails)
	}
	if it, err := r.change(t, base, calendar.BothWaysFields, true, renamed); err != nil || it.Event.Overrides[0].Subject != "Two" {
		t.Errorf("save and send: %v", err)
	}
}

// msgraph-sdk-ruby 38: a creation that was answered by 503 left the event, without our property. It is known by its transactionId, marked,
// and not made again.
func TestAPropertyThatIsMissingAfterA503(t *testing.T) {
	weekly := plan("Weekly", "20260316T100000")
	weekly.Rule = "FREQ=WEEKLY;COUNT=4"
	for _, e := range []calendar.Event{plan("Single", "20260316T100000"), weekly} {
		r := newRig(t, standin.Options{}, "Calendar")
		r.add(t, plan("Another", "20260316T090000"))
		struck := false
		r.intercept = func(req *http.Request) *http.Response {
			if struck || req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, "/events") {
				return nil
			}
			struck = true
			body, err := io.ReadAll(req.Body)
			must(t, err)
			var all map[string]json.RawMessage
			must(t, json.Unmarshal(body, &all))
			delete(all, "singleValueExtendedProperties")
			body, err = json.Marshal(all)
			must(t, err)
			in := req.Clone(t.Context())
			in.Header.Set("Authorization", "Bearer all")
			in.Body = io.NopCloser(bytes.NewReader(body))
			resp, err := r.Wire.Base.RoundTrip(in)
			if err != nil || resp.StatusCode != http.StatusCreated {
				t.Fatalf("%v %v", resp, err)
			}
			return reply(req, 503, "application/json", `{"error":{"code":"UnknownError"}}`)
		}
		w := provider.Put{Key: "abc", Event: e, Fields: calendar.BothWaysFields}
		if _, err := r.Put(t.Context(), w); provider.ClassOf(err) != provider.Unknown || err == nil {
			t.Fatalf("a 503: %v", err)
		}
		if it, err := r.Find(t.Context(), "abc"); err != nil || it.State != provider.StateGone {
			t.Fatalf("by the property: %v %v", it.State, err)
		}
		it, err := r.Put(t.Context(), w)
		if err != nil || !it.Found || it.State != provider.StateLive || it.Key != "abc" {
			t.Fatalf("the second try: %+v %v", it, err)
		}
		if ids, err := r.Held(); err != nil || len(ids) != 2 {
			t.Errorf("%d events %v", len(ids), err)
		}
		if found, err := r.Find(t.Context(), "abc"); err != nil || found.ID != it.ID {
			t.Errorf("found %v %v", found.ID, err)
		}
	}
}

// A second creation under a key may be refused, refused with the id of the first, or be answered with the first as if it were
// new (providers.md 2.2): one event in every case, and an edit of it is seen.
func TestACreationTwice(t *testing.T) {
	for _, v := range []standin.Variants{{}, {RepeatOriginal: true}} {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		r := newRig(t, standin.Options{Variants: v, Now: func() time.Time { return now }}, "Calendar")
		first := r.put(t, "abc", plan("Mine", "20260316T100000"))
		if first.Found {
			t.Fatal("found what was just made")
		}
		now = now.Add(20 * time.Second)
		must(t, r.Edit(first.ID, plan("Edited by another", "20260316T110000")))
		second := r.put(t, "abc", plan("Mine", "20260316T100000"))
		if !second.Found || second.ID != first.ID || second.Event.Subject != "Edited by another" {
			t.Errorf("found %v %s %q", second.Found, second.ID, second.Event.Subject)
		}
		must(t, r.Edit(first.ID, plan("Mine", "20260316T100000")))
		now = now.Add(time.Hour)
		if third := r.put(t, "abc", plan("Mine", "20260316T100000")); !third.Found || third.ID != first.ID {
			t.Errorf("an hour later: found %v %s", third.Found, third.ID)
		}
		if ids, err := r.Held(); err != nil || len(ids) != 1 {
			t.Errorf("%d events %v", len(ids), err)
		}
		must(t, r.Delete(first.ID))
		it, err := r.Put(t.Context(), provider.Put{Key: "abc", Event: plan("Mine", "20260316T100000"), Fields: calendar.BothWaysFields})
		if !v.RepeatOriginal && (provider.ClassOf(err) != provider.Unknown || err == nil) {
			t.Errorf("after it was deleted: %+v %v", it, err)
		}
		for class, ago := range map[provider.Class]time.Duration{provider.Unknown: time.Minute, provider.Gone: 2 * time.Hour} {
			again := provider.Put{Key: "abc", Tried: now.Add(-ago), Event: plan("Mine", "20260316T100000"), Fields: calendar.BothWaysFields}
			if it, err := r.Put(t.Context(), again); !v.RepeatOriginal && (provider.ClassOf(err) != class || err == nil) {
				t.Errorf("first tried %v ago: %+v %v", ago, it, err)
			}
		}
	}
	c, _ := over(t, gives(400, `{"error":{"code":"ErrorDuplicateTransactionId","@event.existingEventId":"first"}}`),
		gives(200, `{"id":"first","subject":"Mine","start":{"dateTime":"2026-03-16T08:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-16T09:00:00","timeZone":"UTC"},`+
			`"singleValueExtendedProperties":[{"id":"`+keyProperty+`","value":"abc"}]}`))
	it, err := c.Put(t.Context(), provider.Put{Key: "abc", Event: plan("Mine", "20260316T100000"), Fields: calendar.BothWaysFields})
	if err != nil || !it.Found || it.ID != "first" || it.Key != "abc" {
		t.Errorf("told which: %+v %v", it, err)
	}
}

// OGCS 1678: a copy carries our property as well. What was created under the key is found; and where that is gone, a copy in another
// calendar is not it.
func TestCopiesCarryTheKey(t *testing.T) {
	r := newRig(t, standin.Options{Users: []standin.User{{Name: alice, Password: "secret", Calendars: []standin.Calendar{{Name: "Calendar"}, {Name: "Work"}}}}}, "Calendar")
	key := []extended{{keyProperty, "abc"}}
	if _, err := r.Insert(plan("Copied earlier", "20260315T100000"), payload{"singleValueExtendedProperties": key}); err != nil {
		t.Fatal(err)
	}
	made := r.put(t, "abc", plan("Mine", "20260316T100000"))
	if _, err := r.server.Copy(alice, string(made.ID), "Calendar"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Insert(plan("In capitals", "20260317T100000"), payload{"singleValueExtendedProperties": []extended{{keyProperty, "ABC"}}}); err != nil {
		t.Fatal(err)
	}
	if it, err := r.Find(t.Context(), "abc"); err != nil || it.ID != made.ID {
		t.Errorf("found %q %v", it.Event.Subject, err)
	}
	if _, err := r.Insert(plan("In capitals alone", "20260317T120000"), payload{"singleValueExtendedProperties": []extended{{keyProperty, "XYZ"}}}); err != nil {
		t.Fatal(err)
	}
	if it, err := r.Find(t.Context(), "xyz"); err != nil || it.State != provider.StateGone {
		t.Errorf("a filter without regard to case: %q %v", it.Event.Subject, err)
	}
	for _, key := range []provider.Key{"", "ABC", "a'b", "a b"} {
		if _, err := r.Find(t.Context(), key); provider.ClassOf(err) != provider.Rejected || err == nil {
			t.Errorf("key %q: %v", key, err)
		}
	}
	moved := r.put(t, "moved", plan("Moved to another calendar", "20260318T100000"))
	must(t, r.server.MoveTo(alice, string(moved.ID), "Work"))
	if it, err := r.Find(t.Context(), "moved"); err != nil || it.State != provider.StateGone {
		t.Errorf("what lies in another calendar: %v %v", it.State, err)
	}
	if items, err := r.Read(t.Context(), []provider.RemoteID{moved.ID}); err != nil || items[0].State != provider.StateGone {
		t.Errorf("by its id: %v %v", items, err)
	}
}

// The body of an online meeting says how to join: without that the meeting is gone.
func TestOnlineMeetingsKeepTheirLink(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	e := plan("Online", "20260316T100000")
	e.Description = "Bring the plans"
	id, err := r.Insert(e, payload{"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"})
	must(t, err)
	base := r.read(t, id)
	link := base.Event.MeetingURL
	if link == "" || base.Event.Description != "Bring the plans" || !base.Editable.Has(calendar.Description) {
		t.Fatalf("%+v", base)
	}
	for _, text := range []string{"Other plans\nin two lines", "", "Once more"} {
		if _, err := r.change(t, base, calendar.Fields(calendar.Description, calendar.Location), false, func(e *calendar.Event) { e.Description, e.Location = text, "Online" }); err != nil {
			t.Fatal(err)
		}
		if base = r.read(t, id); base.Event.Description != text || base.Event.MeetingURL != link {
			t.Errorf("%q, %q", base.Event.Description, base.Event.MeetingURL)
		}
	}
	// Where the block is not to be told from the words, the words are not for us to write.
	var raw event
	must(t, json.Unmarshal(base.Raw, &raw))
	raw.Body = &itemBody{"html", "<div>Join at " + link + "</div>"}
	d, problem := decode(&raw)
	if problem != nil || d.editable.Has(calendar.Description) || !d.editable.Has(calendar.Subject) {
		t.Errorf("editable %v, %v", d.editable, problem)
	}
	if _, err := bodyOf("Other words", &raw); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("written: %v", err)
	}
}

// Out of office and the like are busy, and stay what they are.
func TestWhatIsNotSaidStays(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	id, err := r.Insert(plan("Holiday", "20260316T100000"), payload{"showAs": "oof", "sensitivity": "confidential"})
	must(t, err)
	base := r.read(t, id)
	if !base.Event.Busy || !base.Event.Private || base.Event.Organizer != (calendar.Person{}) {
		t.Fatalf("%+v", base.Event)
	}
	base, err = r.change(t, base, calendar.BothWaysFields, false, func(e *calendar.Event) { e.Subject = "Long holiday" })
	must(t, err)
	var raw event
	must(t, json.Unmarshal(base.Raw, &raw))
	if *raw.ShowAs != "oof" || *raw.Sensitivity != "confidential" {
		t.Errorf("%s, %s", *raw.ShowAs, *raw.Sensitivity)
	}
}

func TestSeriesThatOutlookDoesNotTake(t *testing.T) {
	weekly := plan("Weekly", "20260316T100000")
	weekly.Rule = "FREQ=WEEKLY;COUNT=4"
	moved := func(original, start string) calendar.Override {
		o := calendar.Override{Original: wall(original), Set: calendar.Fields(calendar.When)}
		o.Start, o.End = calendar.InZone(wall(start), "Europe/Helsinki"), calendar.InZone(wall(start)+3600, "Europe/Helsinki")
		return o
	}
	for _, c := range []struct {
		name  string
		event func(e *calendar.Event)
	}{
		{"an occurrence on the day of the next", func(e *calendar.Event) {
			e.Overrides = []calendar.Override{moved("20260323T100000", "20260330T150000")}
		}},
		{"an occurrence before the one before", func(e *calendar.Event) {
			e.Overrides = []calendar.Override{moved("20260323T100000", "20260315T100000")}
		}},
		{"further dates", func(e *calendar.Event) {
			e.Extra = []calendar.Time{calendar.InZone(wall("20260501T100000"), "Europe/Helsinki")}
		}},
		{"each hour", func(e *calendar.Event) { e.Rule = "FREQ=HOURLY;COUNT=3" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, standin.Options{}, "Calendar")
			e := weekly.Clone()
			c.event(&e)
			if _, err := r.Put(t.Context(), provider.Put{Key: "abc", Event: e, Fields: calendar.BothWaysFields}); provider.ClassOf(err) != provider.Rejected || err == nil || r.written() != 0 {
				t.Errorf("made: %v, %d writes", err, r.written())
			}
			base := r.put(t, "def", weekly)
			before := r.written()
			if _, err := r.change(t, base, calendar.BothWaysFields, false, c.event); provider.ClassOf(err) != provider.Rejected || err == nil || r.written() != before {
				t.Errorf("changed: %v, %d writes", err, r.written()-before)
			}
		})
	}
	r := newRig(t, standin.Options{}, "Calendar")
	e := weekly.Clone()
	e.Cancelled = []calendar.Wall{wall("20260323T100000")}
	base := r.put(t, "abc", e)
	before := r.written()
	_, err := r.change(t, base, calendar.BothWaysFields, false, func(e *calendar.Event) { e.Cancelled = nil })
	if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.Rejected || e.Code != string(provider.Inexpressive) || r.written() != before {
		t.Errorf("taken back: %v", err)
	}
	// By another pattern everything begins anew, and what was taken out may take place again.
	next, err := r.change(t, base, calendar.BothWaysFields, false, func(e *calendar.Event) { e.Cancelled, e.Rule = nil, "FREQ=WEEKLY;COUNT=5" })
	if err != nil || len(next.Event.Cancelled) != 0 || next.Event.Rule != "FREQ=WEEKLY;COUNT=5" {
		t.Errorf("%+v %v", next.Event, err)
	}
}

// An event becomes a series, and a single one again; where Graph takes that without doing it, the write is refused.
func TestSeriesAndSingleEvents(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	base := r.put(t, "abc", plan("Single", "20260316T100000"))
	weekly := func(e *calendar.Event) { e.Rule = "FREQ=WEEKLY;COUNT=3" }
	base, err := r.change(t, base, calendar.Fields(calendar.Recurrence), false, weekly)
	must(t, err)
	if base.Event.Rule != "FREQ=WEEKLY;COUNT=3" {
		t.Fatalf("%+v", base.Event)
	}
	base, err = r.change(t, base, calendar.Fields(calendar.Recurrence), false, func(e *calendar.Event) { e.Rule = "" })
	must(t, err)
	if base.Event.IsSeries() || base.Event.Subject != "Single" {
		t.Fatalf("%+v", base.Event)
	}
	r.intercept = func(req *http.Request) *http.Response {
		if req.Method == http.MethodPatch {
			return reply(req, 200, "application/json", `{"id":"x"}`)
		}
		return nil
	}
	if _, err := r.change(t, base, calendar.Fields(calendar.Recurrence), false, weekly); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("not done: %v", err)
	}
}

// Where Graph refuses an occurrence behind the series, the half of a creation is taken back; and where the way is blocked by a
// neighbour that moves as well, that one goes first.
func TestOccurrencesBehindTheSeries(t *testing.T) {
	weekly := plan("Weekly", "20260316T100000")
	weekly.Rule = "FREQ=WEEKLY;COUNT=4"
	for i, start := range []string{"20260331T100000", "20260403T100000"} {
		o := calendar.Override{Original: wall([]string{"20260323T100000", "20260330T100000"}[i]), Set: calendar.Fields(calendar.When)}
		o.Start, o.End = calendar.InZone(wall(start), "Europe/Helsinki"), calendar.InZone(wall(start)+3600, "Europe/Helsinki")
		weekly.Overrides = append(weekly.Overrides, o)
	}
	r := newRig(t, standin.Options{}, "Calendar")
	if it := r.put(t, "abc", weekly); len(it.Event.Overrides) != 2 {
		t.Errorf("%+v", it.Event)
	}

	r = newRig(t, standin.Options{}, "Calendar")
	r.intercept = func(req *http.Request) *http.Response {
		if req.Method == http.MethodPatch {
			return reply(req, 400, "application/json", `{"error":{"code":"ErrorOccurrenceCrossingBoundary"}}`)
		}
		return nil
	}
	if _, err := r.Put(t.Context(), provider.Put{Key: "abc", Event: weekly, Fields: calendar.BothWaysFields}); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("refused: %v", err)
	}
	if ids, err := r.Held(); err != nil || len(ids) != 0 {
		t.Errorf("the half of it is left: %v %v", ids, err)
	}

	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r = newRig(t, standin.Options{Now: func() time.Time { return now }}, "Calendar")
	r.intercept = func(req *http.Request) *http.Response {
		if req.Method == http.MethodPatch {
			resp := reply(req, 429, "application/json", `{"error":{"code":"ApplicationThrottled"}}`)
			resp.Header.Set("Retry-After", "1")
			return resp
		}
		return nil
	}
	_, err := r.Put(t.Context(), provider.Put{Key: "abc", Event: weekly, Fields: calendar.BothWaysFields})
	if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.Unknown || e.RetryAfter.IsZero() {
		t.Errorf("throttled in the middle: %v", err)
	}
	now = now.Add(time.Second)
	if it, err := r.Find(t.Context(), "abc"); err != nil || it.State != provider.StateLive {
		t.Errorf("the half of it: %v %v", it.State, err)
	}
}

// An occurrence that somebody changes between two of our requests is not written over.
func TestAnOccurrenceThatIsChangedMeanwhile(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	weekly := plan("Weekly", "20260316T100000")
	weekly.Rule = "FREQ=WEEKLY;COUNT=4"
	base := r.put(t, "abc", weekly)
	theirs := weekly.Clone()
	o := calendar.Override{Original: wall("20260330T100000"), Set: calendar.Fields(calendar.Subject)}
	o.Subject = "Theirs"
	theirs.Overrides = []calendar.Override{o}
	struck := false
	r.intercept = func(req *http.Request) *http.Response {
		if !struck && strings.Contains(req.URL.Path, "/instances") {
			struck = true
			must(t, r.Except(base.ID, theirs))
		}
		return nil
	}
	_, err := r.change(t, base, calendar.BothWaysFields, false, func(e *calendar.Event) {
		o.Subject = "Ours"
		e.Overrides = []calendar.Override{o}
	})
	if provider.ClassOf(err) != provider.Conflict || err == nil {
		t.Errorf("%v", err)
	}
	if it := r.read(t, base.ID); it.Event.Overrides[0].Subject != "Theirs" {
		t.Errorf("it says %q", it.Event.Overrides[0].Subject)
	}
	// The same of an occurrence that was an exception before.
	base, struck = r.read(t, base.ID), false
	r.intercept = func(req *http.Request) *http.Response {
		if !struck && req.Method == http.MethodGet && strings.HasSuffix(req.URL.Path, base.Versions["20260330T100000"].ID) {
			struck = true
			id := url.PathEscape(base.Versions["20260330T100000"].ID)
			must(t, r.JSON(http.MethodPatch, "/me/events/"+id, payload{"subject": "Theirs again"}, nil, nil))
		}
		return nil
	}
	if _, err := r.change(t, base, calendar.BothWaysFields, false, func(e *calendar.Event) { e.Overrides[0].Subject = "Ours" }); provider.ClassOf(err) != provider.Conflict || err == nil || !struck {
		t.Errorf("an exception: %v, struck %v", err, struck)
	}
	if it := r.read(t, base.ID); it.Event.Overrides[0].Subject != "Theirs again" {
		t.Errorf("it says %q", it.Event.Overrides[0].Subject)
	}
	r.intercept = nil
	if err := r.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}); provider.ClassOf(err) != provider.Conflict || err == nil {
		t.Errorf("a removal on the old versions: %v", err)
	}
}

// A floating time is written on the person's own clock, where that is known.
func TestFloatingTimes(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	e := plan("Wherever", "20260316T100000")
	e.Rule = "FREQ=WEEKLY;COUNT=3"
	e.Cancelled = []calendar.Wall{wall("20260323T100000")}
	e.Start.Kind, e.Start.Zone, e.End.Kind, e.End.Zone = calendar.Floating, "", calendar.Floating, ""
	it := r.put(t, "abc", e)
	if it.Event.Start.Kind != calendar.Zoned || it.Event.Start.Wall != e.Start.Wall || it.Event.Rule != e.Rule || len(it.Event.Cancelled) != 1 {
		t.Errorf("%+v", it.Event)
	}
	c, a := over(t, gives(201, "{}"))
	if _, err := c.Put(t.Context(), provider.Put{Key: "abc", Event: e, Fields: calendar.BothWaysFields}); provider.ClassOf(err) != provider.Rejected || err == nil || len(a.log) != 0 {
		t.Errorf("on nobody's clock: %v", err)
	}
}

// What a creation does not know is left to Graph, in the series and in its occurrences; and it needs a time.
func TestWhatACreationDoesNotKnow(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	e := plan("Known in part", "20260316T100000")
	e.Rule, e.Known = "FREQ=WEEKLY;COUNT=3", calendar.Fields(calendar.Subject, calendar.When, calendar.Recurrence)
	e.Busy = false
	o := calendar.Override{Original: wall("20260323T100000"), Set: calendar.Fields(calendar.Subject, calendar.Description)}
	o.Subject, o.Description = "Another", "Not to be told"
	e.Overrides = []calendar.Override{o}
	it := r.put(t, "abc", e)
	if !it.Event.Busy || len(it.Event.Overrides) != 1 || it.Event.Overrides[0].Set != calendar.Fields(calendar.Subject) {
		t.Errorf("%+v", it.Event)
	}
	e.Known = calendar.Fields(calendar.Subject)
	if _, err := r.Put(t.Context(), provider.Put{Key: "def", Event: e, Fields: calendar.BothWaysFields}); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("without a time: %v", err)
	}
}
