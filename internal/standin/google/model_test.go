package google_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tahti/internal/standin/google"
)

// follower is a client that keeps a copy of a calendar by incremental lists alone.
type follower struct {
	server *google.Server
	token  string
	held   map[string]string // id to ETag and status
}

func (f *follower) get(t *rapid.T, query string) map[string]any {
	w := ask(f.server, "GET", "/calendar/v3/calendars/primary/events?"+query, "")
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 200 {
		t.Fatalf("%s: %d %s", query, w.Code, w.Body)
	}
	return body
}

// pull reads a listing page by page, with something happening in between, and answers what it held.
func (f *follower) pull(t *rapid.T, query string, between func()) (map[string]string, string) {
	all, page := map[string]string{}, ""
	for {
		body := f.get(t, query+"&pageToken="+url.QueryEscape(page))
		for _, x := range body["items"].([]any) {
			e := x.(map[string]any)
			all[e["id"].(string)] = fmt.Sprint(e["status"], e["etag"])
		}
		if page, _ = body["nextPageToken"].(string); page == "" {
			return all, body["nextSyncToken"].(string)
		}
		between()
	}
}

// sync brings the copy up to date.
func (f *follower) sync(t *rapid.T, size int, between func()) {
	query := fmt.Sprintf("maxResults=%d", size)
	if f.token != "" {
		query += "&syncToken=" + url.QueryEscape(f.token)
	}
	changed, token := f.pull(t, query, between)
	maps.Copy(f.held, changed)
	f.token = token
}

// TestWhoFollowsHoldsWhatIsThere: whatever is done to a calendar, also while a listing is read page by page, a client
// that only follows holds the very events, occurrences and versions that a full listing has.
func TestWhoFollowsHoldsWhatIsThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := fresh()
		s.SetVariant(google.Variant{
			EmptyPages: rapid.Bool().Draw(t, "empty"), SeriesETagMoves: rapid.Bool().Draw(t, "tags"), ExceptionsWhole: rapid.Bool().Draw(t, "whole"),
			Exceptions: google.Exceptions(rapid.IntRange(0, 2).Draw(t, "exceptions")),
		})
		f := &follower{server: s, held: map[string]string{}}
		const list = "/calendar/v3/calendars/primary/events"
		count := 0
		id := func() string { return fmt.Sprintf("event%d", rapid.IntRange(0, max(count-1, 0)).Draw(t, "id")) }
		act := func() {
			occurrence := id() + fmt.Sprintf("_202601%02dT070000Z", rapid.IntRange(6, 9).Draw(t, "day"))
			switch rapid.IntRange(0, 7).Draw(t, "what") {
			case 0, 1:
				body := rapid.SampledFrom([]func(string) string{timed, series}).Draw(t, "kind")
				ask(s, "POST", list, body(fmt.Sprintf(`"id":"event%d"`, count)))
				count++
			case 2:
				ask(s, "PATCH", list+"/"+id(), fmt.Sprintf(`{"summary":"%d"}`, rapid.IntRange(0, 99).Draw(t, "title")))
			case 3:
				ask(s, "PATCH", list+"/"+occurrence, fmt.Sprintf(`{"summary":"%d"}`, rapid.IntRange(0, 99).Draw(t, "title")))
			case 4:
				ask(s, "DELETE", list+"/"+occurrence, "")
			case 5:
				ask(s, "DELETE", list+"/"+id(), "")
			case 6:
				ask(s, "PATCH", list+"/"+id(), `{"status":"confirmed"}`)
			case 7:
				ask(s, "PATCH", list+"/"+id(), later("10:00", "11:00"))
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			for range rapid.IntRange(0, 6).Draw(t, "acts") {
				act()
			}
			f.sync(t, rapid.IntRange(1, 4).Draw(t, "size"), act)
		}
		f.sync(t, 100, func() {})
		all, _ := f.pull(t, "showDeleted=true", func() {})
		living := func(m map[string]string) []string {
			var list []string
			for id, x := range m {
				// Of what is deleted a follower may hold less: it may have been made and deleted between two looks.
				if !strings.HasPrefix(x, "cancelled") {
					list = append(list, id+" "+x)
				}
			}
			slices.Sort(list)
			return list
		}
		if got, want := living(f.held), living(all); !slices.Equal(got, want) {
			t.Fatalf("held %q\nthere %q", got, want)
		}
		for id, x := range f.held {
			if all[id] != x {
				t.Errorf("%s is held as %q, and is %q", id, x, all[id])
			}
		}
	})
}
