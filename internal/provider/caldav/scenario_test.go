package caldav

import (
	"context"
	"testing"

	"tahti/internal/provider"
)

// TestScenariosOfAddresses are those of other syncs in which an address is not what an item is known by. What follows from them is
// the engine's to decide, whose tables have the same names.
func TestScenariosOfAddresses(t *testing.T) {
	etag := func(s string) string { return "<D:getetag>" + s + "</D:getetag>" }
	const next = "<D:sync-token>t2</D:sync-token>"
	for _, tc := range []struct {
		name, changes, answer string
		states                string
		read                  []provider.RemoteID // b.ics is another event, everything else has the UID "a"
	}{
		{
			name:    "moved href: gone at one address and there at another, told at once, with the UID that it had",
			changes: multi(status("/cal/a.ics", 404, ""), props("/cal/moved.ics", etag(`"1"`)), next),
			answer:  multi(data("/cal/b.ics", `"1"`, vevent("b", "B")), data("/cal/moved.ics", `"1"`, vevent("a", "A"))),
			states:  "a.ics=gone moved.ics=not read", read: []provider.RemoteID{"/cal/b.ics", "/cal/moved.ics"},
		},
		{
			name:    "moved href: the new address comes first, under the tag of the old",
			changes: multi(props("/cal/moved.ics", etag(`"0"`)), status("/cal/a.ics", 404, ""), next),
			answer:  multi(data("/cal/b.ics", `"1"`, vevent("b", "B")), data("/cal/moved.ics", `"0"`, vevent("a", "A"))),
			states:  "moved.ics=not read a.ics=gone", read: []provider.RemoteID{"/cal/b.ics", "/cal/moved.ics"},
		},
		{
			name:    "one UID at two addresses: two items, neither of which hides the other",
			changes: multi(props("/cal/a.ics", etag(`"1"`)), props("/cal/copy.ics", etag(`"1"`)), next),
			answer:  multi(data("/cal/copy.ics", `"1"`, vevent("a", "Copy")), data("/cal/a.ics", `"1"`, vevent("a", "A"))),
			states:  "a.ics=not read copy.ics=not read", read: []provider.RemoteID{"/cal/a.ics", "/cal/copy.ics"},
		},
		{
			name:    "duplicate hrefs: one address written in two ways is one item when it is read",
			changes: multi(props("/cal/a.ics", etag(`"1"`)), props("http://inner/cal/%61.ics", etag(`"1"`)), next),
			answer:  multi(data("/cal/b.ics", `"1"`, vevent("b", "B")), data("/cal/%61.ics", `"1"`, vevent("a", "A")), data("/cal/a.ics", `"1"`, vevent("a", "A"))),
			states:  "a.ics=not read a.ics=not read", read: []provider.RemoteID{"/cal/a.ics", "/cal/b.ics"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := scripted(t, fullProfile)
			s.on("REPORT /cal/", says(207, tc.changes))
			d := delta(t, c, "t1", held(map[provider.RemoteID]string{"/cal/a.ics": `"0"`}))
			if got := states(d.Items); got != tc.states {
				t.Errorf("%s, want %s", got, tc.states)
			}
			s.on("REPORT /cal/", says(207, tc.answer))
			items, err := c.Read(context.Background(), tc.read)
			if err != nil || len(items) != len(tc.read) {
				t.Fatalf("%+v, %v", items, err)
			}
			for i, it := range items {
				want := "a"
				if tc.read[i] == "/cal/b.ics" {
					want = "b"
				}
				if it.ID != tc.read[i] || it.State != provider.StateLive || it.Event.UID != want {
					t.Errorf("%s is %+v, want the UID %q", tc.read[i], it, want)
				}
			}
		})
	}
}
