package push

import (
	"crypto/rand"
	"strings"
	"testing"

	"tahti/internal/store"
)

// Whatever comes, it is read to an end, and nobody who does not know the secret causes a run.
func FuzzDelivery(f *testing.F) {
	k := &kept{id: "sub"}
	k.Secret = "somebody else's"
	for _, body := range []string{
		"", "{", `{"value":[`, `{"value":{}}`, `{"value":[{}]}`, `{"value":[null,1,"x",[]]}`, `{"a":{"value":[{}]},"value":[{"clientState":null}]}`,
		`{"value":[],"value":[` + k.item("") + `]}`, items(k.item(""), k.item(`,"lifecycleEvent":"subscriptionRemoved"`)),
		strings.Repeat(`{"value":[`, 100), items(strings.Repeat("{},", 2*maxItems) + "{}"),
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		row := store.Watch{State: store.WatchAsked, Secret: hashed(rand.Text())}
		if h := readDelivery(strings.NewReader(body), row); h.changed || h.urged {
			t.Errorf("%+v", h)
		}
	})
}
