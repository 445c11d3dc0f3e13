package ews

import (
	"fmt"

	"tahti/internal/standin"
)

// toggle is a switch of the page: something that stands until it is switched off again.
type toggle struct {
	id, label string
	on        func(s *Server) bool
	flip      func(s *Server, on bool)
}

// fronted is a toggle for what stands before the server.
func fronted(id, label string, f Front) toggle {
	return toggle{id, label, func(s *Server) bool { return s.front == f }, func(s *Server, on bool) {
		switch {
		case on:
			s.front = f
		case s.front == f: // another one may have been put there meanwhile
			s.front = FrontNone
		}
	}}
}

// standing is a toggle for how all accounts stand.
func standing(id, label string, a Account) toggle {
	return toggle{id, label, func(s *Server) bool { return s.boxes[0].account == a }, func(s *Server, on bool) {
		for _, b := range s.boxes {
			switch {
			case on:
				b.account = a
			case b.account == a:
				b.account = AccountFine
			}
		}
	}}
}

// discovering is a toggle for how autodiscover answers.
func discovering(id, label string, d Discovery) toggle {
	return toggle{id, label, func(s *Server) bool { return s.discovery == d }, func(s *Server, on bool) {
		switch {
		case on:
			s.discovery = d
		case s.discovery == d:
			s.discovery = Discovery{}
		}
	}}
}

// toggles are the desk's own: what administrators and what stands before a server do to people.
var toggles = []toggle{
	standing("locked", "all accounts are locked (401)", AccountLocked),
	standing("expired", "all passwords have expired", AccountExpired),
	standing("forbidden", "nobody may use the web services (403)", AccountForbidden),
	standing("cloud", "all mailboxes are in Exchange Online", AccountCloud),
	{"kerberos", "Kerberos alone is offered", func(s *Server) bool { return s.kerberos }, func(s *Server, on bool) { s.kerberos = on }},
	{"full", "all mailboxes are full", func(s *Server) bool { return s.full }, func(s *Server, on bool) { s.full = on }},
	fronted("gateway", "a gateway takes its own passwords alone (401)", FrontAppPasswords),
	fronted("gatewaypage", "a gateway takes its own passwords alone, and shows its page", FrontAppPasswordsPage),
	fronted("loginpage", "a proxy sends everybody to its sign-in page (302)", FrontLoginPage),
	fronted("secondfactor", "a gateway wants a second factor (302)", FrontSecondFactor),
	fronted("timeout", "a proxy says that its sign-in is over (440)", FrontTimeout),
	discovering("nodiscovery", "autodiscover is not there (404)", Discovery{Kind: DiscoverMissing}),
	discovering("nowhere", "autodiscover leads to where nothing is", Discovery{Kind: DiscoverElsewhere, Target: "https://192.0.2.1/EWS/Exchange.asmx"}),
	discovering("loop", "autodiscover leads back to itself", Discovery{Kind: DiscoverMoved, Target: "/autodiscover/autodiscover.xml"}),
	discovering("tocloud", "autodiscover leads to Exchange Online", Discovery{Kind: DiscoverElsewhere, Target: CloudURL}),
	discovering("noservice", "autodiscover names no web services", Discovery{Kind: DiscoverNoService}),
	discovering("unknown", "autodiscover knows nobody", Discovery{Kind: DiscoverUnknown}),
	discovering("broken", "autodiscover answers with a page", Discovery{Kind: DiscoverBroken}),
}

// deed is a switch that does something once.
type deed struct {
	id, label string
	do        func(s *Server, b *mailbox)
}

var deeds = []deed{
	{"busyfault", "Be busy now, as a SOAP fault (500)", func(s *Server, b *mailbox) { s.busy(b, ThrottleFault) }},
	{"busyqueue", "Be busy now, as a queue (503)", func(s *Server, b *mailbox) { s.busy(b, ThrottleQueue) }},
	{"busyinner", "Be busy now, inside an answer (200)", func(s *Server, b *mailbox) { s.busy(b, ThrottleInner) }},
	{"forgetstates", "Forget all synchronizations now", func(_ *Server, b *mailbox) { b.forget() }},
	{"endsubscriptions", "End every subscription now", func(s *Server, _ *mailbox) { s.endSubscriptions() }},
}

// Switches are the desk's own.
func (d *desk) Switches() []standin.Switch {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []standin.Switch
	for _, t := range toggles {
		list = append(list, standin.Switch{ID: t.id, Label: t.label, On: t.on(s)})
	}
	for _, x := range deeds {
		list = append(list, standin.Switch{ID: x.id, Label: x.label, Once: true})
	}
	return list
}

// Flip sets a switch.
func (d *desk) Flip(id string, on bool) error {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range toggles {
		if t.id == id {
			t.flip(s, on)
			return nil
		}
	}
	for _, x := range deeds {
		if x.id == id {
			for _, b := range s.boxes {
				x.do(s, b)
			}
			return nil
		}
	}
	return fmt.Errorf("no switch %q", id)
}
