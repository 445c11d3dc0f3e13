package graph

import (
	"slices"

	"tahti/internal/provider"
)

// tally gathers what pages say about whole items. The same item may come several times, in any order, and partially; a series
// comes as its master, as occurrences, or as both.
type tally struct {
	known provider.Known
	seen  map[provider.RemoteID]*mention
	order []provider.RemoteID // of what is there, as it first came
	gone  []provider.RemoteID
}

// mention is all that was said about one item.
type mention struct {
	series     bool
	tag        string            // of the single event or the master; empty if only occurrences came
	exceptions map[string]string // id -> tag
	removed    bool              // nothing else was said
}

func newTally(known provider.Known) *tally {
	return &tally{known: known, seen: map[provider.RemoteID]*mention{}}
}

// listed is what a delta says of an event, as far as it is looked at: everything else is read.
type listed struct {
	ETag           string `json:"@odata.etag"`
	ID             string `json:"id"`
	Type           string `json:"type"`
	SeriesMasterID string `json:"seriesMasterId"`
	Removed        *struct {
		Reason string `json:"reason"`
	} `json:"@removed"`
}

func (t *tally) add(events []listed) {
	for i := range events {
		e := &events[i]
		switch {
		case e.ID == "":
		case e.Removed != nil:
			t.remove(provider.RemoteID(e.ID))
		case e.SeriesMasterID != "":
			m := t.mention(provider.RemoteID(e.SeriesMasterID))
			if m.series = true; e.Type == typeException {
				m.exceptions[e.ID] = e.ETag
			}
		default:
			m := t.mention(provider.RemoteID(e.ID))
			m.series, m.tag = m.series || e.Type == typeMaster, e.ETag
		}
	}
}

func (t *tally) mention(id provider.RemoteID) *mention {
	m := t.seen[id]
	if m == nil {
		m = &mention{exceptions: map[string]string{}}
		t.seen[id] = m
		t.order = append(t.order, id)
	}
	if m.removed {
		m.removed = false
		t.order = append(t.order, id)
		t.gone = slices.DeleteFunc(t.gone, func(x provider.RemoteID) bool { return x == id })
	}
	return m
}

// remove notes what the delta calls removed, unless it is shown as well: the order within a round means nothing.
func (t *tally) remove(id provider.RemoteID) {
	if t.seen[id] == nil {
		t.seen[id] = &mention{removed: true, exceptions: map[string]string{}}
		t.gone = append(t.gone, id)
	}
}

// changes are the items of a round of changes. What is called removed has to be asked for by its id: it may merely have changed
// outside of the window (trap 4). That goes for what the caller holds; of all else, occurrences among it, nothing need be said.
func (t *tally) changes() (items []provider.Item) {
	for _, id := range t.order {
		if m := t.seen[id]; m.series || !m.held(t.known(id)) {
			items = append(items, t.item(id))
		}
	}
	for _, id := range t.gone {
		if t.known(id) != nil {
			items = append(items, provider.Item{ID: id, State: provider.StateUnproven})
		}
	}
	return items
}

// differing are the items of a listing that the caller does not hold as they are.
func (t *tally) differing() (items []provider.Item) {
	for _, id := range t.order {
		if !t.seen[id].held(t.known(id)) {
			items = append(items, t.item(id))
		}
	}
	return items
}

// item names what has to be read. A series has no version here: a list shows only a part of it.
func (t *tally) item(id provider.RemoteID) provider.Item {
	it := provider.Item{ID: id}
	if m := t.seen[id]; !m.series && m.tag != "" {
		it.Versions = provider.One(m.tag)
	}
	return it
}

// held reports whether the caller holds an item as it was listed. An exception counts as held by its own tag, or by the tag of
// its series, where it has that.
func (m *mention) held(versions provider.Versions) bool {
	if m.tag == "" || versions.Master().Tag != m.tag {
		return false
	}
	for id, tag := range m.exceptions { // any order: a conjunction
		if tag == m.tag {
			continue
		}
		if !slices.ContainsFunc(values(versions), func(v provider.Version) bool { return v == provider.Version{ID: id, Tag: tag} }) {
			return false
		}
	}
	return true
}

func values(versions provider.Versions) []provider.Version {
	out := make([]provider.Version, 0, len(versions))
	for _, v := range versions {
		out = append(out, v)
	}
	return out
}
