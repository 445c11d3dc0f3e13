package world

import (
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// A feed is written by its publisher alone. Its connection goes one way; what people change of it in the CRM stays there.

// oneWay gives the connection of a feed the settings that it can have.
func (p *sidePlan) oneWay() {
	if kinds[p.kind].feed {
		p.settings.Direction, p.settings.Relay = lens.ToCRM, false
	}
}

// mayWrite: nothing is written to a feed, nor to what may only be read.
func (s *server) mayWrite(what string) {
	if s.feed || s.readOnly {
		s.w.broke("I16", "%s was to %s, and takes nothing", s.name, what)
	}
}

// withdrawn: what its publisher takes back goes, and with it what people changed of it here. It stands in the history, and undoing
// the deletion brings it back.
func (w *World) withdrawn(by *worker, a *crm.Activity) {
	if by.side.server.feed {
		w.excuse(&a.Plan, "taken back by its publisher")
	}
}
