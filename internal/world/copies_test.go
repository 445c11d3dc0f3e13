package world

import (
	"strings"
	"testing"

	"tahti/internal/store"
)

func TestACopyFromAnotherCalendarIsWatched(t *testing.T) {
	for name, c := range map[string]struct {
		link store.Link
		want string
	}{
		"comes in by itself":                        {store.Link{Activity: 6, State: store.LinkLinked}, ""},
		"is tied to what its original was made for": {store.Link{Activity: 5, State: store.LinkLinked}, "I10"},
		"counts as ours":                            {store.Link{Activity: 6, State: store.LinkLinked, Ours: true}, "I10"},
		"was tied and is no more":                   {store.Link{Activity: 5, State: store.LinkGone}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			c.link.Connection = w.sides[0].id
			w.checkCopied(&c.link, &entry{id: "ev-1", key: "key-1-5-1-calendar-0~hub", copied: true})
			if got := strings.Join(w.broken, "\n"); (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}
