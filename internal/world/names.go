package world

import (
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

func remoteID(id string) provider.RemoteID { return provider.RemoteID(id) }

// bareOf is an event at a calendar without the block of the CRM's own words.
func bareOf(s *side, e *entry) calendar.Event {
	ev := s.server.read(e)
	if unblock(&ev); s.server.crm {
		atHome(&ev)
	}
	return ev
}

// unblock takes the block of the CRM's own words off.
func unblock(ev *calendar.Event) {
	take := func(v *calendar.Values) {
		if i := strings.Index(v.Description, "--- CRM ---"); i >= 0 {
			v.Description = strings.TrimSuffix(v.Description[:i], "\n\n")
		}
	}
	take(&ev.Values)
	for i := range ev.Overrides {
		take(&ev.Overrides[i].Values)
	}
}
