package graph

import (
	"fmt"
	"slices"
)

// Blocks are the codes that [Server.Block] takes, and what each does.
var Blocks = map[string]string{
	"50105":   "the person is not assigned to the program: a page without a way back",
	"90094":   "only an administrator may agree",
	"90093":   "a policy keeps people from agreeing",
	"900941":  "the program is held to be risky",
	"900981":  "the program's publisher is not verified",
	"65005":   "the permission does not exist in the tenant",
	"53003":   "Conditional Access blocks, also at a refresh",
	"65001":   "consent was taken back: the next refresh fails, a new sign-in mends it",
	"50076":   "a second factor is needed: the next refresh fails, a new sign-in mends it",
	"50079":   "a second factor has to be set up: the next refresh fails, a new sign-in mends it",
	"700082":  "the refresh token was idle too long",
	"70043":   "the refresh token was ended by a policy on sign-in frequency",
	"50173":   "the password was changed",
	"7000222": "the program's secret has run out, for everybody",
}

var (
	// healing are the blocks that end with the next sign-in by a person.
	healing = []string{"65001", "50076", "50079", "700082", "70043", "50173"}
	// byAdmin are those that end with an administrator's consent.
	byAdmin = []string{"90094", "90093", "900941", "900981"}
)

// Block puts something in a user's way, "*" being everybody, in place of what was there; an empty code takes it away.
func (s *Server) Block(user, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user != "*" {
		b, err := s.mailbox(user)
		if err != nil {
			return fmt.Errorf("block: %w", err)
		}
		user = b.Name
	}
	if code != "" && Blocks[code] == "" {
		return fmt.Errorf("block: no code %q", code)
	}
	s.setBlock(user, code)
	return nil
}

// setBlock sets or takes away a block. The lock is held.
func (s *Server) setBlock(user, code string) {
	if code == "" {
		delete(s.identity.blocks, user)
		return
	}
	s.identity.blocks[user] = code
	if code == "65001" {
		for _, b := range s.boxes {
			if user == "*" || b.Name == user {
				delete(s.identity.consents, b.Name)
			}
		}
	}
}

// atSignIn is what a block refuses while a person signs in; f is nil if nothing. consented says that nothing is asked of
// them any more.
func (s *Server) atSignIn(b *mailbox, consented bool) *failure {
	code := s.block(b)
	var f *failure
	switch code {
	case "50105":
		f = refUnassigned.because("Your administrator has configured the application to block users unless they are specifically granted access to it.")
	case "53003":
		f = refConditional.because("Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.")
	case "65005":
		f = refResource.because("The application asked for scopes that it is not registered for in this tenant.")
	case "90094":
		f = refAdmin.because("An administrator must grant this application access.")
	case "90093":
		f = refPolicy.because("The policy of this tenant does not let people grant this application access.")
	case "900941", "900981":
		f = refRisky.because("An administrator must grant this application access: it may be risky, or its publisher is not verified.")
	}
	if f == nil || consented && slices.Contains(append([]string{"65005"}, byAdmin...), code) {
		return nil
	}
	f.Code = "AADSTS" + code
	return f
}

// atRefresh is what a block refuses at a refresh.
func (s *Server) atRefresh(b *mailbox) *failure {
	code := s.block(b)
	var f *failure
	switch code {
	case "53003":
		f = refConditional.because("Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.")
	case "65001":
		f = refConsent.because("The user or administrator has not consented to use the application with ID '" + s.opt.App.ID + "'.")
	case "50076", "50079":
		f = refFactor.because("Due to a configuration change made by your administrator, you must use multi-factor authentication to access the resource.")
	case "700082", "70043", "50173":
		f = refExpired.because("The refresh token has expired due to inactivity, or was revoked.")
	case "50105":
		f = refExpired.because("The signed in user is not assigned to a role for the application.")
		f.Sub = ""
	default:
		return nil
	}
	f.Code = "AADSTS" + code
	return f
}
