package google

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	standin "tahti/internal/standin/google"
)

const (
	single = `{"kind":"calendar#event","id":"one","etag":"\"1\"","summary":"One","start":{"date":"2026-03-03"},"end":{"date":"2026-03-04"},"organizer":{"self":true}}`
	master = `{"kind":"calendar#event","id":"s","etag":"\"2\"","iCalUID":"s@google.com","summary":"S","recurrence":["RRULE:FREQ=DAILY;COUNT=9"],"start":{"date":"2026-03-03"},"end":{"date":"2026-03-04"},"organizer":{"self":true}}`
	moved  = `{"kind":"calendar#event","id":"s_20260305","etag":"\"3\"","recurringEventId":"s","iCalUID":"s@google.com","originalStartTime":{"date":"2026-03-05"},"summary":"S","start":{"date":"2026-03-06"},"end":{"date":"2026-03-07"},"organizer":{"self":true}}`
	taken  = `{"kind":"calendar#event","id":"s_20260307","etag":"\"4\"","recurringEventId":"s","originalStartTime":{"date":"2026-03-07"},"status":"cancelled"}`
	guest  = `{"kind":"calendar#event","id":"g_20260305","etag":"\"5\"","recurringEventId":"g","iCalUID":"g@google.com","originalStartTime":{"date":"2026-03-05"},"summary":"Theirs","start":{"date":"2026-03-05"},"end":{"date":"2026-03-06"},"organizer":{"email":"carol@elsewhere.example"},"attendees":[{"email":"alice@example.com","self":true}]}`
	gone   = `{"kind":"calendar#event","id":"two","status":"cancelled"}`
	party  = `{"kind":"calendar#event","id":"b","etag":"\"6\"","eventType":"birthday","summary":"B","start":{"date":"2026-03-03"},"end":{"date":"2026-03-04"},"organizer":{"self":true}}`
)

// page is one page of a list; the last one has the sync token.
func page(next string, items ...string) string {
	token := `"nextSyncToken":"after"`
	if next != "" {
		token = fmt.Sprintf(`"nextPageToken":%q`, next)
	}
	return `{"kind":"calendar#events","accessRole":"owner","timeZone":"Europe/Helsinki",` + token + `,"items":[` + strings.Join(items, ",") + `]}`
}

// paged answers lists page by page, and events by their id.
func paged(t *testing.T, pages map[string]string, asked *[]url.Values) scripted {
	return func(r *http.Request) (*http.Response, error) {
		q := r.URL.Query()
		if asked != nil {
			*asked = append(*asked, q)
		}
		at := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		if at == "events" {
			at = q.Get("pageToken")
			if q.Get("iCalUID") != "" {
				at = q.Get("iCalUID")
			}
		}
		body, ok := pages[at]
		if !ok {
			return jsonReply(r, 404, errorBody("notFound")), nil
		}
		return jsonReply(r, 200, body), nil
	}
}

func ids(items []provider.Item) (list []string) {
	for _, it := range items {
		list = append(list, string(it.ID)+" "+it.State.String())
	}
	slices.Sort(list)
	return list
}

func snapshotOf(t *testing.T, p provider.Pull, err error) provider.Snapshot {
	t.Helper()
	s, ok := p.(provider.Snapshot)
	if err != nil || !ok {
		t.Fatalf("pull: %T %v", p, err)
	}
	return s
}

func TestAListPutsSeriesTogetherAcrossPages(t *testing.T) {
	var asked []url.Values
	c := scriptedCalendar(t, paged(t, map[string]string{"": page("p2", moved, single), "p2": page("p3"), "p3": page("", taken, master, guest, party)}, &asked))
	got, err := c.Pull(t.Context(), "", nil)
	s := snapshotOf(t, got, err)
	if want := []string{"g_20260305 live", "one live", "s live"}; !slices.Equal(ids(s.Items), want) {
		t.Errorf("items %v, want %v", ids(s.Items), want)
	}
	if s.More || s.Whole == nil || s.Whole.Len() != 4 || s.Whole.Absent("s", provider.Range{}) || !s.Whole.Absent("s_20260305", provider.Range{}) {
		t.Errorf("more %v, whole %+v", s.More, s.Whole)
	}
	for _, it := range s.Items {
		if it.ID == "s" && (len(it.Event.Overrides) != 1 || len(it.Event.Cancelled) != 1 || len(it.Versions) != 3) {
			t.Errorf("the series: %+v, versions %v", it.Event, it.Versions)
		}
	}
	for i, q := range asked {
		q.Del("pageToken")
		if q.Encode() != listParams().Encode() || q.Has("showDeleted") || q.Has("syncToken") {
			t.Errorf("request %d asks for %s", i, q.Encode())
		}
	}
	k, err := c.parseCursor(s.Next)
	if err != nil || k.Token != "after" || k.Params != listParams().Encode() {
		t.Errorf("cursor %+v, %v", k, err)
	}
}

func TestAListLeavesOutWhatIsKnown(t *testing.T) {
	c := scriptedCalendar(t, paged(t, map[string]string{"": page("", single, master, moved, taken)}, nil))
	got, err := c.Pull(t.Context(), "", nil)
	tags := map[provider.RemoteID]string{}
	for _, it := range snapshotOf(t, got, err).Items {
		tags[it.ID] = it.Versions.Master().Tag
	}
	known := func(id provider.RemoteID) provider.Versions {
		if tag, ok := tags[id]; ok {
			return provider.One(tag)
		}
		return nil
	}
	got, err = c.Pull(t.Context(), "", known)
	if s := snapshotOf(t, got, err); len(s.Items) != 0 || s.Whole.Len() != 2 {
		t.Errorf("told again: %v; whole %d", ids(s.Items), s.Whole.Len())
	}
	c = scriptedCalendar(t, paged(t, map[string]string{"": page("", single, master, moved)}, nil))
	got, err = c.Pull(t.Context(), "", known)
	if s := snapshotOf(t, got, err); !slices.Equal(ids(s.Items), []string{"s live"}) {
		t.Errorf("a date was brought back: %v", ids(s.Items))
	}
}

func TestChangesNameWhatHasToBeRead(t *testing.T) {
	for _, c := range []struct {
		name  string
		items []string
		known map[provider.RemoteID]string
		want  []string
	}{
		{name: "nothing"},
		{name: "single ones", items: []string{single, gone}, want: []string{"one live", "two gone"}},
		{name: "our own write, coming back", items: []string{single}, known: map[provider.RemoteID]string{"one": `"1"`}},
		{name: "a series alone", items: []string{master}, want: []string{"s not read"}},
		{name: "our own write of a series, coming back", items: []string{master}, known: map[provider.RemoteID]string{"s": `"2"`}},
		{name: "a series that had exceptions", items: []string{master}, known: map[provider.RemoteID]string{"s": `"2" 0123456789abcdef`}, want: []string{"s not read"}},
		{name: "one date", items: []string{moved}, want: []string{"s not read"}},
		{name: "one date, cancelled", items: []string{taken}, known: map[provider.RemoteID]string{"s": `"2"`}, want: []string{"s not read"}},
		{name: "all of a series", items: []string{taken, master, moved}, want: []string{"s not read"}},
		{
			name: "a series that was deleted, with its dates", items: []string{taken, `{"kind":"calendar#event","id":"s","status":"cancelled"}`, moved}, want: []string{"s gone"},
		},
		{name: "a birthday", items: []string{party}},
		{name: "a date of somebody's series", items: []string{guest}, want: []string{"g not read", "g_20260305 not read"}},
		{
			name: "a date that we had by itself and that joined its series", items: []string{moved}, known: map[provider.RemoteID]string{"s_20260305": `"1"`},
			want: []string{"s not read", "s_20260305 not read"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal := scriptedCalendar(t, paged(t, map[string]string{"": page("more", c.items...)}, nil))
			got, err := cal.Pull(t.Context(), cal.cursor("token", ""), func(id provider.RemoteID) provider.Versions {
				if tag, ok := c.known[id]; ok {
					return provider.One(tag)
				}
				return nil
			})
			d, ok := got.(provider.Delta)
			if err != nil || !ok || !d.More {
				t.Fatalf("pull: %+v %v", got, err)
			}
			if !slices.Equal(ids(d.Items), c.want) {
				t.Errorf("items %v, want %v", ids(d.Items), c.want)
			}
			if k, err := cal.parseCursor(d.Next); err != nil || k.Token != "token" || k.Page != "more" {
				t.Errorf("cursor %+v, %v", k, err)
			}
		})
	}
}

// TestADateByItselfIsAnItem: somebody invited us to one date of a series of theirs. Its id is an item as long as the series is
// not there, and none once it is.
func TestADateByItselfIsAnItem(t *testing.T) {
	pages := map[string]string{"g_20260305": guest, "": page("")}
	c := scriptedCalendar(t, paged(t, pages, nil))
	it := read(t, c, "g_20260305")
	if it.Event.Subject != "Theirs" || !it.Invited || it.Event.IsSeries() || it.Event.Start != calendar.OnDate(2026, 3, 5) {
		t.Errorf("it is %+v", it.Event)
	}
	pages["g"] = strings.ReplaceAll(strings.ReplaceAll(master, `"s"`, `"g"`), "s@google.com", "g@google.com")
	pages["g@google.com"] = page("", pages["g"], guest)
	items, err := c.Read(t.Context(), []provider.RemoteID{"g_20260305", "g"})
	if err != nil || items[0].State != provider.StateGone || items[1].State != provider.StateLive || len(items[1].Versions) != 2 {
		t.Errorf("%v %v", ids(items), err)
	}
}

// TestNothingIsGoneWithItsCalendar: 404 is also what Google says of events in a calendar that is no longer ours to see.
func TestNothingIsGoneWithItsCalendar(t *testing.T) {
	c := scriptedCalendar(t, paged(t, map[string]string{"one": single}, nil))
	if items, err := c.Read(t.Context(), []provider.RemoteID{"one", "two"}); err == nil {
		t.Errorf("read: %v", ids(items))
	}
	if it, err := c.Find(t.Context(), testKey); err == nil {
		t.Errorf("find: %v", it.State)
	}
	base := itemOf(t, roleOwner, `"summary":"x"`)
	if err := c.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}); err == nil {
		t.Error("it was removed")
	}
}

func TestOneItemThatFailsHoldsUpNoOther(t *testing.T) {
	c := scriptedCalendar(t, func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/one") {
			return jsonReply(r, 200, single), nil
		}
		return jsonReply(r, 500, errorBody("backendError")), nil
	})
	items, err := c.Read(t.Context(), []provider.RemoteID{"bad", "one"})
	if err != nil || items[0].State != provider.StateNotRead || items[0].Problem == nil || items[1].State != provider.StateLive {
		t.Errorf("%v %v", ids(items), err)
	}
	if _, err := c.Read(t.Context(), []provider.RemoteID{"bad", "worse"}); provider.ClassOf(err) != provider.Transient || err == nil {
		t.Errorf("all fail: %v", err)
	}
}

func TestCursorsAreGoodForWhatTheyWereMadeFor(t *testing.T) {
	c, _ := stand(t, standin.Variant{})
	other := scriptedCalendar(t, nil)
	other.id = "other@example.com"
	for name, k := range map[string]provider.Cursor{
		"of another calendar":     other.cursor("t", ""),
		"of nothing":              "x",
		"of other parameters":     provider.Cursor(`{"v":1,"calendar":"alice@example.com","params":"maxResults=10","token":"t"}`),
		"of another version":      provider.Cursor(strings.Replace(string(c.cursor("t", "")), `"v":1`, `"v":0`, 1)),
		"without a token":         c.cursor("", ""),
		"that was never given":    c.cursor("nonsense", ""),
		"with a page of nonsense": c.cursor("nonsense", "more"),
	} {
		if _, err := c.Pull(t.Context(), k, nil); provider.ClassOf(err) != provider.CursorLost || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEditsElsewhereComeWhole: whatever part of a series another program touches, the item that is read says all of it.
func TestEditsElsewhereComeWhole(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	e := meeting()
	e.Rule = "FREQ=DAILY;COUNT=9"
	made := put(t, c, e)
	got, err := c.Pull(t.Context(), "", nil)
	cursor := snapshotOf(t, got, err).Next
	one, two := instanceID(string(made.ID), e.Start, e.Start.Wall+calendar.Day), instanceID(string(made.ID), e.Start, e.Start.Wall+2*calendar.Day)
	for i, edit := range []func() error{
		func() error {
			_, err := b.do(alice, "PATCH", eventPath(alice, one), object{"location": "Room 5"})
			return err
		},
		func() error { _, err := b.do(alice, "DELETE", eventPath(alice, two), nil); return err },
		func() error {
			_, err := b.do(alice, "PATCH", eventPath(alice, string(made.ID)), object{"summary": "Renamed"})
			return err
		},
	} {
		if err := edit(); err != nil {
			t.Fatal(err)
		}
		got, err := c.Pull(t.Context(), cursor, nil)
		d, ok := got.(provider.Delta)
		if err != nil || !ok || !slices.Equal(ids(d.Items), []string{string(made.ID) + " not read"}) {
			t.Fatalf("edit %d: %+v %v", i, got, err)
		}
		cursor = d.Next
	}
	e.Subject = "Renamed"
	o := e.EnsureOverride(e.Start.Wall + calendar.Day)
	o.Set, o.Location = calendar.Fields(calendar.Location), "Room 5"
	e.Cancelled = []calendar.Wall{e.Start.Wall + 2*calendar.Day}
	same(t, "after all edits", read(t, c, made.ID).Event, e)
}

// TestADateThatGoogleDoesNotHaveIsRefused: where two programs read one rule in two ways, trying again would never help.
func TestADateThatGoogleDoesNotHaveIsRefused(t *testing.T) {
	for changed, want := range map[bool]provider.Class{false: provider.Rejected, true: provider.Conflict} {
		c := scriptedCalendar(t, func(r *http.Request) (*http.Response, error) {
			now := master
			if changed {
				now = strings.Replace(master, `\"2\"`, `\"20\"`, 1)
			}
			if strings.HasSuffix(r.URL.Path, "/instances") {
				return jsonReply(r, 200, page("")), nil
			}
			return jsonReply(r, 200, page("", now)), nil
		})
		g, err := regroup([]byte("[" + master + "]"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = update(c, c.item(g), calendar.BothWaysFields, func(e *calendar.Event) {
			o := e.EnsureOverride(e.Start.Wall + calendar.Day)
			o.Set, o.Subject = calendar.Fields(calendar.Subject), "Other"
		})
		if provider.ClassOf(err) != want || want == provider.Rejected && codeOf(err) != string(provider.Inexpressive) {
			t.Errorf("changed %v: %v", changed, err)
		}
	}
}

// TestAQuietPullSavesNothing: a new token with every answer would be a write in every quiet run. Once a day it is taken all the
// same, and whenever anything was told.
func TestAQuietPullSavesNothing(t *testing.T) {
	now, answers := clock, 0
	var told []string
	c := scriptedCalendar(t, func(r *http.Request) (*http.Response, error) {
		answers++
		return jsonReply(r, 200, strings.Replace(page("", told...), `"after"`, fmt.Sprintf(`"token %d"`, answers), 1)), nil
	})
	c.client.now = func() time.Time { return now }
	cursor := c.cursor("first", "")
	for _, step := range []struct {
		name  string
		later time.Duration
		told  []string
		moves bool
	}{
		{name: "nothing happened", later: time.Hour},
		{name: "again nothing", later: time.Hour},
		{name: "our own write came back", later: time.Minute, told: []string{single}, moves: true},
		{name: "nothing since", later: 23 * time.Hour},
		{name: "a day is over", later: 2 * time.Hour, moves: true},
	} {
		now, told = now.Add(step.later), step.told
		got, err := c.Pull(t.Context(), cursor, func(provider.RemoteID) provider.Versions { return provider.One(`"1"`) })
		d, ok := got.(provider.Delta)
		if err != nil || !ok || len(d.Items) != 0 || (d.Next != cursor) != step.moves {
			t.Errorf("%s: %+v, %v", step.name, got, err)
		}
		cursor = d.Next
	}
}

// TestAnEventThatMakesNoSenseSpoilsNoOther: one whose members are of other types than they should be is set aside.
func TestAnEventThatMakesNoSenseSpoilsNoOther(t *testing.T) {
	odd := strings.Replace(strings.ReplaceAll(single, `"one"`, `"odd"`), `"summary":"One"`, `"summary":{"text":"One"}`, 1)
	part := strings.Replace(moved, `"summary":"S"`, `"attendees":"many"`, 1)
	c := scriptedCalendar(t, paged(t, map[string]string{"": page("", odd, single, master, part), "odd": odd}, nil))
	got, err := c.Pull(t.Context(), "", nil)
	if want := []string{"odd unreadable", "one live", "s unreadable"}; !slices.Equal(ids(snapshotOf(t, got, err).Items), want) {
		t.Errorf("items %v, want %v", ids(got.(provider.Snapshot).Items), want)
	}
	items, err := c.Read(t.Context(), []provider.RemoteID{"odd"})
	if err != nil || items[0].State != provider.StateUnreadable || items[0].Problem.Code != provider.BadSyntax || strings.Contains(items[0].Problem.Detail, "One") {
		t.Errorf("%v %+v %v", ids(items), items[0].Problem, err)
	}
}

// TestDatesLeftOverFromASeriesAreNobodys: what is no series any more may still be listed with dates of its own.
func TestDatesLeftOverFromASeriesAreNobodys(t *testing.T) {
	was := strings.Replace(master, `"recurrence":["RRULE:FREQ=DAILY;COUNT=9"],`, "", 1)
	c := scriptedCalendar(t, paged(t, map[string]string{"": page("", moved, was), "s_20260305": moved, "s": was}, nil))
	got, err := c.Pull(t.Context(), "", nil)
	if s := snapshotOf(t, got, err); !slices.Equal(ids(s.Items), []string{"s live"}) || s.Whole.Len() != 1 {
		t.Errorf("items %v", ids(s.Items))
	}
	if items, err := c.Read(t.Context(), []provider.RemoteID{"s_20260305"}); err != nil || items[0].State != provider.StateGone {
		t.Errorf("read: %v %v", ids(items), err)
	}
}
