package pipedrive

import (
	"fmt"

	"tahti/internal/standin"
)

// Switches are the page's own: what the service, or an administrator, does to people.
func (d *desk) Switches() []standin.Switch {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	return []standin.Switch{
		{ID: "signin", Label: "every sign-in is refused (401)", On: s.shut},
		{ID: "unpaid", Label: "the company's account is closed (402)", On: s.unpaid},
		{ID: "noapi", Label: "everybody's permission set leaves the API out (403)", On: s.noAPI},
		{ID: "uninstallable", Label: "the administrator lets no app in: the page does not go back", On: s.unavailable},
		{ID: "narrow", Label: "the app is registered without activities:full", On: s.narrow},
		{ID: "fullhooks", Label: "every user has all the webhooks there may be (422)", On: s.full},
		{ID: "deafhooks", Label: "webhooks say nothing", On: s.deaf},
		{ID: "hidden", Label: "other people's private activities are not there at all", On: s.variant.PrivateHidden},
		{ID: "lists", Label: "lists lag five seconds behind", On: s.variant.LateLists},
		{ID: "spendall", Label: "Spend all of today's API tokens now", Once: true},
		{ID: "block", Label: "Block all API tokens for ten minutes now (403, a page)", Once: true},
		{ID: "banhooks", Label: "Ban all webhooks for half an hour now", Once: true},
		{ID: "endtokens", Label: "End all access tokens now", Once: true},
		{ID: "uninstall", Label: "Uninstall all apps of all users now", Once: true},
	}
}

// Flip sets a switch.
func (d *desk) Flip(id string, on bool) error {
	s := d.server()
	if id == "uninstall" {
		for _, m := range s.people() {
			if _, err := s.Uninstall(m); err != nil {
				return err
			}
		}
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if to := map[string]*bool{
		"signin": &s.shut, "unpaid": &s.unpaid, "noapi": &s.noAPI, "fullhooks": &s.full, "uninstallable": &s.unavailable, "narrow": &s.narrow, "deafhooks": &s.deaf,
		"hidden": &s.variant.PrivateHidden, "lists": &s.variant.LateLists,
	}[id]; to != nil {
		*to = on
		return nil
	}
	switch id {
	case "spendall":
		s.turnPage()
		s.ledger.used = s.budget()
	case "block":
		for _, g := range s.grants {
			if g.app == nil {
				g.until = s.now().Add(s.opt.BlockFor)
			}
		}
	case "banhooks":
		for _, h := range s.hooks {
			h.banned = s.now().Add(banTime)
		}
	case "endtokens":
		s.endTokens()
	default:
		return fmt.Errorf("no switch %q", id)
	}
	return nil
}

// endTokens ends every access token; refresh tokens live on. The lock is held.
func (s *Server) endTokens() {
	for text, g := range s.grants {
		if g.app != nil {
			delete(s.grants, text)
		}
	}
}

// people are the addresses of the company's users.
func (s *Server) people() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.users {
		list = append(list, m.Email)
	}
	return list
}
