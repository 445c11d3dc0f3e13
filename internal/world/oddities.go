package world

import (
	"fmt"

	"tahti/internal/provider"
)

// oddities are what some kinds of server do that a plain calendar does not.
type oddities struct {
	// moving: it shows a span of time that moves on, and says "removed" of whatever changes outside of it.
	moving bool
	// names: it gives items ids of its own, and finds what was made by the key.
	names bool
	// spends: an id that was used once is used up, also when its event is gone.
	spends bool
	// hides: it keeps the details of private events from the connected account.
	hides bool
	// feed: nobody but its publisher writes to it.
	feed bool
	// crm: it is another CRM, which colleagues share; see crm.go.
	crm bool
}

// madeUnder finds what was made under a key and is there.
func (s *server) madeUnder(key provider.Key) *entry {
	if !s.names {
		if e := s.stored[provider.RemoteID(key)]; e != nil && !e.gone {
			return e
		}
		return nil
	}
	for _, e := range s.live() {
		if e.ours && e.key == key {
			return e
		}
	}
	return nil
}

// idFor is the id that an item made under a key gets.
func (s *server) idFor(key provider.Key) provider.RemoteID {
	if !s.names {
		return provider.RemoteID(key)
	}
	s.made++
	if s.crm { // ids are of the place, not of the user
		return provider.RemoteID(fmt.Sprintf("own-%d-of-%s", s.made, s.side.user.Name))
	}
	return provider.RemoteID(fmt.Sprintf("own-%d", s.made))
}
