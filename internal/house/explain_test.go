package house_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"tahti/internal/account"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// TestAnEventOutsideOfMicrosoftsWindowIsExplained: Microsoft tells of half a year back and a year and a half ahead. An event beyond that
// does not come in with the next sync, and is not said to.
func TestAnEventOutsideOfMicrosoftsWindowIsExplained(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, c := o.connectTo(account.Graph)
	o.sync(c.ID)
	for year, want := range map[int]lens.Reason{2001: lens.TooLongAgo, 2050: lens.TooFarAhead} {
		code, made, err := o.graph.Do("alice@example.com", "POST", "/me/events", fmt.Sprintf(`{"subject":"Jubilee",
			"start":{"dateTime":"%[1]d-01-12T10:00:00","timeZone":"UTC"},"end":{"dateTime":"%[1]d-01-12T11:00:00","timeZone":"UTC"}}`, year))
		if err != nil || code != 201 {
			t.Fatalf("%d %s %v", code, made, err)
		}
		var event struct{ ID string }
		if err := json.Unmarshal(made, &event); err != nil {
			t.Fatal(err)
		}
		o.sync(c.ID)
		x, err := o.house.Connections.ExplainEvent(t.Context(), o.who, c.ID, provider.RemoteID(event.ID))
		if err != nil || x.InSync || len(x.Obstacles) != 1 || x.Obstacles[0].Reason != want || x.Obstacles[0].Shown.From.IsZero() {
			t.Errorf("of %d: %+v, %v", year, x, err)
		}
	}
	if all := o.all(); len(all) != 0 {
		t.Errorf("%d activities", len(all))
	}
}
