package graph

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	standin "tahti/internal/standin/graph"
)

// series is an hour in Helsinki, or a day, and recurs by a rule.
func series(start, rule string) *calendar.Event {
	e := &calendar.Event{Rule: rule, Known: calendar.AllFields}
	at := wall(start)
	if len(start) == len("20260101") {
		e.Start, e.End = calendar.Time{Kind: calendar.Date, Wall: at}, calendar.Time{Kind: calendar.Date, Wall: at + calendar.Day}
		return e
	}
	e.Start, e.End = calendar.InZone(at, "Europe/Helsinki"), calendar.InZone(at+3600, "Europe/Helsinki")
	return e
}

// plan is an hour of work in Helsinki.
func plan(subject, start string) calendar.Event {
	e := *series(start, "")
	e.Subject, e.Busy = subject, true
	return e
}

// pull follows a pull to its end, and answers items by id.
func (r *rig) pull(t *testing.T, since provider.Cursor, known provider.Known) (map[provider.RemoteID]provider.Item, provider.Cursor, *provider.Whole) {
	t.Helper()
	items := map[provider.RemoteID]provider.Item{}
	for {
		p, err := r.Pull(t.Context(), since, known)
		if err != nil {
			t.Fatal(err)
		}
		switch p := p.(type) {
		case provider.Delta:
			since = p.Next
			for _, it := range p.Items {
				items[it.ID] = it
			}
			if !p.More {
				return items, since, nil
			}
		case provider.Snapshot:
			for _, it := range p.Items {
				items[it.ID] = it
			}
			return items, p.Next, p.Whole
		}
	}
}

func holds(ids ...provider.RemoteID) provider.Known {
	return func(id provider.RemoteID) provider.Versions {
		if slices.Contains(ids, id) {
			return provider.One("old")
		}
		return nil
	}
}

func (r *rig) add(t *testing.T, e calendar.Event) provider.RemoteID {
	t.Helper()
	id, err := r.Create(e)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// msgraph-docs 6599: what leaves the window, or changes outside of it, is called deleted by the delta. It is asked for, and is
// there; what we never held is not spoken of.
func TestEventsThatLeaveTheWindow(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	moved, deleted := r.add(t, plan("Moved", "20260316T100000")), r.add(t, plan("Deleted", "20260317T100000"))
	far := r.add(t, plan("Far away", "20190101T100000"))
	_, cursor, whole := r.pull(t, "", nil)
	if whole.Len() != 2 {
		t.Fatalf("%d events in the window", whole.Len())
	}
	for _, id := range []provider.RemoteID{moved, far} {
		if whole.Absent(id, provider.Range{From: epoch.AddDate(-9, 0, 0), To: epoch.AddDate(0, 0, -1)}) {
			t.Errorf("%s counts as absent for being outside of the window", id)
		}
	}
	must(t, r.Edit(moved, plan("Moved", "20180316T100000")))
	must(t, r.Edit(far, plan("Far away and changed", "20190101T100000")))
	stranger := r.add(t, plan("New and far away", "20180101T100000"))
	must(t, r.Delete(deleted))

	items, _, _ := r.pull(t, cursor, holds(moved, deleted, far))
	if _, told := items[stranger]; told || len(items) != 3 {
		t.Errorf("told of %d items: %v", len(items), items)
	}
	for id, it := range items {
		if it.State != provider.StateUnproven {
			t.Errorf("%s is %v", id, it.State)
		}
	}
	read, err := r.Read(t.Context(), []provider.RemoteID{moved, deleted, far})
	must(t, err)
	if read[0].State != provider.StateLive || read[0].Event.Start.Wall != wall("20180316T100000") || read[1].State != provider.StateGone || read[2].State != provider.StateLive {
		t.Errorf("moved %v, deleted %v, far %v", read[0].State, read[1].State, read[2].State)
	}
}

// The window moves on when it has grown old, once: what changed under the old link is told as well, and nothing is lost between.
func TestTheWindowMoves(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := newRig(t, standin.Options{Now: func() time.Time { return now }}, "Calendar")
	r.config.Back, r.config.Ahead, r.config.Step = 10*day, 20*day, 7*day
	var err error
	r.Calendar, err = Open(r.config)
	must(t, err)
	past, soon, later := r.add(t, plan("Past", "20260222T100000")), r.add(t, plan("Soon", "20260310T100000")), r.add(t, plan("Later", "20260325T100000"))
	_, cursor, whole := r.pull(t, "", nil)
	if whole.Len() != 2 {
		t.Fatalf("%d events in the window", whole.Len())
	}
	for range 6 {
		now = now.Add(day)
		before := r.Requests()
		items, next, whole := r.pull(t, cursor, nil)
		if cursor = next; len(items) != 0 || whole != nil || r.Requests()-before != 1 {
			t.Fatalf("a quiet day: %v, whole %v, %d requests", items, whole, r.Requests()-before)
		}
	}
	now = now.Add(day)
	must(t, r.Delete(past)) // which the new window will not show
	tag := r.read(t, soon).Versions
	known := func(id provider.RemoteID) provider.Versions {
		return map[provider.RemoteID]provider.Versions{past: provider.One("p"), soon: tag}[id]
	}
	items, cursor, whole := r.pull(t, cursor, known)
	if whole == nil || len(items) != 2 || items[past].State != provider.StateUnproven || items[later].ID == "" {
		t.Fatalf("the new window: whole %v, %v", whole, items)
	}
	if span := (provider.Range{From: now.Add(-9 * day), To: now}); !whole.Absent("x", span) || whole.Absent(later, span) {
		t.Errorf("what the new window proves")
	}
	before := r.Requests()
	if items, _, whole := r.pull(t, cursor, nil); len(items) != 0 || whole != nil || r.Requests()-before != 1 {
		t.Errorf("after the move: %v, %d requests", items, r.Requests()-before)
	}
}

// A series is one item, whatever of it a delta shows; what was taken out or changed is told with it.
func TestASeriesIsOneItem(t *testing.T) {
	for _, v := range []standin.Variants{{}, {FullDelta: true}} {
		r := newRig(t, standin.Options{Variants: v}, "Calendar")
		e := plan("Weekly", "20260316T100000")
		e.Rule = "FREQ=WEEKLY;COUNT=6"
		id := r.add(t, e)
		items, cursor, whole := r.pull(t, "", nil)
		if len(items) != 1 || whole.Len() != 1 || items[id].ID == "" {
			t.Fatalf("%v", items)
		}
		if _, next, _ := r.pull(t, cursor, nil); next == "" {
			t.Fatal("no cursor")
		}
		e.Cancelled = []calendar.Wall{wall("20260323T100000")}
		o := calendar.Override{Original: wall("20260330T100000"), Set: calendar.Fields(calendar.Subject)}
		o.Subject = "Another"
		e.Overrides = []calendar.Override{o}
		must(t, r.Except(id, e))
		items, _, _ = r.pull(t, cursor, holds(id))
		if len(items) != 1 || items[id].State != provider.StateNotRead {
			t.Fatalf("after the changes: %v", items)
		}
		it := r.read(t, id)
		if !slices.Equal(it.Event.Cancelled, e.Cancelled) || len(it.Event.Overrides) != 1 || it.Event.Overrides[0].Subject != "Another" {
			t.Errorf("%+v", it.Event)
		}
		if v := it.Versions["20260330T100000"]; len(it.Versions) != 2 || v.ID == "" || v.Tag == "" || v.ID == string(id) {
			t.Errorf("versions %v", it.Versions)
		}
		listed, _, _ := r.pull(t, "", func(provider.RemoteID) provider.Versions { return it.Versions })
		if len(listed) != 0 && !v.FullDelta { // without masters there is no version to go by
			t.Errorf("an unchanged series was listed: %v", listed)
		}
		// What was taken out of a series has no item of its own, and an occurrence is not one.
		read, err := r.Read(t.Context(), []provider.RemoteID{provider.RemoteID(it.Versions["20260330T100000"].ID)})
		if err != nil || read[0].State != provider.StateUnreadable || read[0].Problem.Code != provider.NoMaster {
			t.Errorf("an occurrence by its id: %v %v", read, err)
		}
	}
}

// An etag that moves by itself is no edit: the event reads the same, and the write is planned again.
func TestHousekeepingIsNoEdit(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	base, err := r.Put(t.Context(), provider.Put{Key: "abc", Event: plan("Mine", "20260316T100000"), Fields: calendar.BothWaysFields})
	must(t, err)
	_, cursor, _ := r.pull(t, "", nil)
	must(t, r.server.Housekeep(alice, string(base.ID)))
	items, _, _ := r.pull(t, cursor, func(provider.RemoteID) provider.Versions { return base.Versions })
	if len(items) != 1 || items[base.ID].Versions.Equal(base.Versions) {
		t.Fatalf("%v", items)
	}
	it := r.read(t, base.ID)
	if !outlook.SameEvent(&it.Event, &base.Event) || !items[base.ID].Versions.Equal(it.Versions) {
		t.Errorf("read %+v at %v", it.Event, it.Versions)
	}
	next := plan("Renamed", "20260316T100000")
	if _, err := r.Put(t.Context(), provider.Put{ID: base.ID, Base: &base, Event: next, Fields: calendar.Fields(calendar.Subject)}); provider.ClassOf(err) != provider.Conflict || err == nil {
		t.Errorf("on the old version: %v", err)
	}
	if _, err := r.Put(t.Context(), provider.Put{ID: base.ID, Base: &it, Event: next, Fields: calendar.Fields(calendar.Subject)}); err != nil {
		t.Errorf("on the new one: %v", err)
	}
}

// One meeting, seen by the users of two providers (odoo 241997): the UID is the same, though Exchange wraps it.
func TestOneMeetingHasOneUID(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	weekly := plan("Weekly", "20260316T100000")
	weekly.Rule = "FREQ=WEEKLY;COUNT=3"
	id := r.add(t, weekly)
	master := r.read(t, id).Event.UID
	_, answer, err := r.server.Do(alice, "GET", "/me/events/"+url.PathEscape(string(id))+"/instances?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-05-01T00:00:00Z", "")
	must(t, err)
	var p instances
	must(t, json.Unmarshal(answer, &p))
	if len(p.Value) != 3 {
		t.Fatalf("%d instances", len(p.Value))
	}
	for _, x := range p.Value {
		if x.ICalUID == master || outlook.UID(x.ICalUID) != master {
			t.Errorf("%s of an occurrence is %s, of the series %s", x.ICalUID, outlook.UID(x.ICalUID), master)
		}
	}
}

// Private events in somebody else's calendar come without their details, which are not blanks.
func TestHiddenDetailsAreNotKnown(t *testing.T) {
	r := newRig(t, standin.Options{Users: []standin.User{{Name: alice, Password: "secret", Calendars: []standin.Calendar{
		{Name: "Calendar"}, {Name: "Boss", Owner: "boss@example.com", HidePrivate: true}}}}}, "Boss")
	if !r.config.Profile.HidesPrivate {
		t.Fatalf("%+v", r.config.Profile)
	}
	e := plan("Doctor", "20260316T100000")
	e.Private, e.Location, e.Description = true, "Clinic", "Bring the papers"
	hidden, open := r.add(t, e), r.add(t, plan("Board", "20260317T100000"))
	it := r.read(t, hidden)
	if it.Event.Known.Has(calendar.Subject) || it.Event.Known.Has(calendar.Description) || it.Event.Known.Has(calendar.GuestsField) || !it.Event.Known.Has(calendar.When) ||
		!it.Event.Private || it.Event.Subject != "" || it.Editable != 0 {
		t.Errorf("known %v, editable %v, %+v", it.Event.Known, it.Editable, it.Event)
	}
	if it := r.read(t, open); it.Event.Known != calendar.AllFields || it.Event.Subject != "Board" {
		t.Errorf("an open one: %+v", it.Event)
	}
	// Graph may also deny them by id, while it lists them (msgraph-docs 14494): that is no deletion.
	r.intercept = func(req *http.Request) *http.Response {
		if strings.Contains(req.URL.Path, "/events/"+string(hidden)) {
			return reply(req, 404, "application/json", `{"error":{"code":"ErrorItemNotFound"}}`)
		}
		if strings.HasSuffix(req.URL.Path, "/$batch") {
			return r.unbatched(req)
		}
		return nil
	}
	items, err := r.Read(t.Context(), []provider.RemoteID{hidden, open})
	must(t, err)
	if items[0].State != provider.StateForbidden || items[1].State != provider.StateLive {
		t.Errorf("%v, %v", items[0].State, items[1].State)
	}
}

// unbatched answers the parts of a batch one by one, each through the wire.
func (w *wire) unbatched(req *http.Request) *http.Response {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil
	}
	var b struct {
		Requests []struct{ ID, Method, URL string } `json:"requests"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil
	}
	var parts []string
	for _, p := range b.Requests {
		part, err := http.NewRequest(p.Method, "https://graph.example/v1.0"+p.URL, http.NoBody)
		if err != nil {
			return nil
		}
		part.Header = req.Header.Clone()
		resp, err := w.RoundTrip(part)
		if err != nil {
			return nil
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil
		}
		parts = append(parts, fmt.Sprintf(`{"id":%q,"status":%d,"headers":{},"body":%s}`, p.ID, resp.StatusCode, text))
	}
	return reply(req, 200, "application/json", `{"responses":[`+strings.Join(parts, ",")+`]}`)
}

// What was just made may be answered by 404 for a while (providers.md 2.4).
func TestA404ThatPasses(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	id := r.add(t, plan("New", "20260316T100000"))
	asked := 0
	r.intercept = func(req *http.Request) *http.Response {
		if asked++; asked == 1 {
			return reply(req, 404, "application/json", `{"error":{"code":"ErrorItemNotFound"}}`)
		}
		return nil
	}
	if it := r.read(t, id); it.Event.Subject != "New" || asked != 2 {
		t.Errorf("%+v after %d requests", it, asked)
	}
}

// If Graph does not bear to be asked for the exceptions of a single event, that is read without; a series never is.
func TestSingleEventsThatHaveNoExceptions(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	weekly := plan("Weekly", "20260317T100000")
	weekly.Rule = "FREQ=WEEKLY;COUNT=3"
	single, master := r.add(t, plan("Single", "20260316T100000")), r.add(t, weekly)
	r.intercept = func(req *http.Request) *http.Response {
		switch {
		case strings.Contains(req.URL.RawQuery, "exceptionOccurrences"):
			return reply(req, 400, "application/json", `{"error":{"code":"ErrorInvalidRequest"}}`)
		case strings.HasSuffix(req.URL.Path, "/$batch"):
			return r.unbatched(req)
		}
		return nil
	}
	items, err := r.Read(t.Context(), []provider.RemoteID{single, master})
	must(t, err)
	if items[0].State != provider.StateLive || items[0].Event.Subject != "Single" || items[1].State != provider.StateNotRead {
		t.Errorf("%v, %v", items[0].State, items[1].State)
	}
	if _, err := r.Read(t.Context(), []provider.RemoteID{master}); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("a series by itself: %v", err)
	}
}

// A calendar that is gone is no news of its events.
func TestACalendarThatIsGone(t *testing.T) {
	r := newRig(t, standin.Options{Users: []standin.User{{Name: alice, Password: "secret", Calendars: []standin.Calendar{{Name: "Calendar"}, {Name: "Work"}}}}}, "Work")
	id := r.add(t, plan("Mine", "20260316T100000"))
	base := r.read(t, id)
	_, cursor, _ := r.pull(t, "", nil)
	_, _, err := r.server.Do(alice, "DELETE", "/me/calendars/"+url.PathEscape(r.config.Calendar), "")
	must(t, err)
	if items, err := r.Read(t.Context(), []provider.RemoteID{id}); provider.ClassOf(err) != provider.Gone || err == nil {
		t.Errorf("read: %v %v", items, err)
	}
	for _, since := range []provider.Cursor{"", cursor} {
		if _, err := r.Pull(t.Context(), since, nil); provider.ClassOf(err) != provider.Gone || err == nil {
			t.Errorf("pull: %v", err)
		}
	}
	_, err = r.Put(t.Context(), provider.Put{ID: id, Base: &base, Event: plan("Renamed", "20260316T100000"), Fields: calendar.Fields(calendar.Subject)})
	if provider.ClassOf(err) != provider.Gone || err == nil {
		t.Errorf("put: %v", err)
	}
}

func TestNoMoreThanFourRequestsAtATime(t *testing.T) {
	r := newRig(t, standin.Options{}, "Calendar")
	id := r.add(t, plan("Mine", "20260316T100000"))
	r.intercept = func(*http.Request) *http.Response { time.Sleep(2 * time.Millisecond); return nil }
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := r.Read(t.Context(), []provider.RemoteID{id}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if r.most > concurrency {
		t.Errorf("%d requests at a time", r.most)
	}
}

func TestAnAccountListsAndMakesCalendars(t *testing.T) {
	r := newRig(t, standin.Options{Users: []standin.User{{Name: alice, Password: "secret", Calendars: []standin.Calendar{
		{Name: "Calendar"}, {Name: "Team", Owner: "boss@example.com", ReadOnly: true}}}}}, "Calendar")
	a, err := OpenAccount(r.config)
	must(t, err)
	list, err := a.Calendars(t.Context())
	must(t, err)
	if len(list) != 2 || !list[0].Primary || !list[0].Writable || list[1].Writable || list[1].Primary || list[1].Name != "Team" {
		t.Errorf("%+v", list)
	}
	made, err := a.MakeCalendar(t.Context(), "Sales & <support>", "Europe/Helsinki")
	must(t, err)
	if made.Name != "Sales & <support>" || made.ID == "" || !made.Writable {
		t.Errorf("%+v", made)
	}
	if list, err = a.Calendars(t.Context()); err != nil || len(list) != 3 || list[2].ID != made.ID {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := a.MakeCalendar(t.Context(), "Sales & <support>", ""); err == nil {
		t.Error("a name was given twice")
	}
	r.config.Calendar = list[1].ID
	c, err := Open(r.config)
	must(t, err)
	p, err := c.Probe(t.Context())
	must(t, err)
	if !p.ReadOnly {
		t.Fatalf("%+v", p)
	}
	r.config.Profile = p
	c, err = Open(r.config)
	must(t, err)
	if _, err := c.Put(t.Context(), provider.Put{Key: "abc", Event: plan("x", "20260316T100000"), Fields: calendar.BothWaysFields}); provider.ClassOf(err) != provider.Forbidden || err == nil || !c.Capabilities().ReadOnly {
		t.Errorf("a write where nothing may be written: %v", err)
	}
}

func TestAnAccountWithoutAMailbox(t *testing.T) {
	for _, code := range []string{"MailboxNotEnabledForRESTAPI", "MailboxNotHostedInExchangeOnline"} {
		c, _ := over(t, says(404, code))
		if _, err := c.Read(t.Context(), []provider.RemoteID{"a"}); provider.ClassOf(err) != provider.Forbidden || err == nil {
			t.Errorf("%s reads as %v", code, err)
		}
	}
}
