package pipedrive

import (
	"testing"

	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	standin "tahti/internal/standin/pipedrive"
)

// variants are the open questions of the original, answered one way and the other.
var variants = map[string]standin.Variant{
	"strict": {},
	"lenient": {
		IgnoreUnknown: true, QueryTokenV2: true, ClampLimit: true, Defaults: true, Today: true, Seconds: true, PostIs201: true, ListsDeleted: true,
		DeleteTwice: true, QuietPatch: true, PrivateField: true, NoDaily: true, RetryAfter: true,
	},
	"deleted is gone": {DeletedGone: true, PrivateHidden: true},
}

func TestStandIn(t *testing.T) {
	for name, variant := range variants {
		t.Run(name, func(t *testing.T) {
			if name != "strict" && testing.Short() {
				t.Skip("one answer to the open questions is enough for short runs")
			}
			t.Parallel()
			target := conformance.Target{
				Name: "pipedrive, " + name, Many: 620,
				Lossy: map[string]string{"A fortnight": "an activity without a time is of one day"},
				Skip:  map[string]string{"an item that was deleted and made anew is read anew": "what is deleted cannot be changed, and nothing has the same number"},
			}
			conformance.Run(t, target, func(t *testing.T) (provider.Provider, conformance.Backdoor) {
				u, b := stand(t, standin.Options{Variant: variant})
				return u, b
			})
		})
	}
}
