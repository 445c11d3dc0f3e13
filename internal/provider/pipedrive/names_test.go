package pipedrive

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	standin "tahti/internal/standin/pipedrive"
)

// noWay lets no request to a path through.
type noWay struct {
	http.RoundTripper
	path string
}

func (n noWay) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, n.path) {
		return nil, errors.New("the network is away")
	}
	return n.RoundTripper.RoundTrip(r)
}

// TestAWriteWhoseNamesCannotBeReadWasDone: taken for one that was not done, it would come back as somebody else's edit.
func TestAWriteWhoseNamesCannotBeReadWasDone(t *testing.T) {
	a, b := stand(t, standin.Options{})
	id := b.make(t, event("Plan"), nil)
	base := read(t, a, id)
	belongs, err := b.Belongings()
	if err != nil {
		t.Fatal(err)
	}
	config := b.config(alice, "alice's")
	config.Profile, config.Feed, config.Transport = a.profile, nil, noWay{b.wire, "/api/v2/deals"}
	away, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	e := base.Event.Clone()
	e.Facets = &calendar.Facets{Type: base.Event.Facet().Type, Deal: belongs.Deal}
	_, err = away.Put(t.Context(), provider.Put{ID: id, Base: &base, Event: e, Fields: calendar.Fields(calendar.DealFacet)})
	if provider.ClassOf(err) != provider.Unknown {
		t.Errorf("%v", err)
	}
	if it := read(t, a, id); it.Event.Facet().Deal != belongs.Deal {
		t.Errorf("it belongs to %+v", it.Event.Facet().Deal)
	}
}
