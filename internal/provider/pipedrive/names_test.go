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

// TestFewNamesCostATokenEach: a list costs ten, whatever it answers. Each change that is read brings three names at the most.
func TestFewNamesCostATokenEach(t *testing.T) {
	a, b := stand(t, standin.Options{})
	spent := func() int { return b.server.Usage().Used }
	id, err := b.CreateRich(event("Plan"))
	if err != nil {
		t.Fatal(err)
	}
	before := spent()
	if it := read(t, a, id); it.Event.Facet().Deal.Name != "Big" || it.Event.Facet().Org.Name != "Acme" || it.Event.Facet().Person.Name != "Pat Smith" {
		t.Errorf("read %+v", it.Event.Facet())
	}
	if cost := spent() - before; cost != 4 {
		t.Errorf("an activity and three names cost %d tokens", cost)
	}
	// Many are asked for at once.
	var ids []provider.RemoteID
	for range 30 {
		belongs, err := b.Belongings()
		if err != nil {
			t.Fatal(err)
		}
		e := event("Plan")
		e.Facets = &belongs
		ids = append(ids, b.make(t, e, nil))
	}
	before = spent()
	items, err := a.Read(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.Event.Facet().Deal.Name != "Big" {
			t.Errorf("read %+v", it.Event.Facet())
		}
	}
	if cost := spent() - before; cost != 40 {
		t.Errorf("thirty activities with their names cost %d tokens", cost)
	}
}
