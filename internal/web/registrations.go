package web

import (
	"errors"
	"fmt"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// registrationsPage is how Tahti is registered at providers that sign people in on their own pages.
type registrationsPage struct {
	Redirect string
	Cards    []registrationCard
}

type registrationCard struct {
	Kind, Name       string
	Set              bool // a client ID was given to us
	Steps, Variables []string
	Scopes           []string
	Checks           []checkLine // of the last press of the button
}

type checkLine struct{ Tone, Mark, Words, Status string }

// variables are where the operator puts a registration.
var variables = map[string][]string{
	account.Google:    {"TAHTI_GOOGLE_CLIENT_ID", "TAHTI_GOOGLE_CLIENT_SECRET"},
	account.Graph:     {"TAHTI_MICROSOFT_CLIENT_ID", "TAHTI_MICROSOFT_CLIENT_SECRET"},
	account.Pipedrive: {"TAHTI_PIPEDRIVE_CLIENT_ID", "TAHTI_PIPEDRIVE_CLIENT_SECRET"},
}

// showRegistrations tells an administrator how to register Tahti.
func (s *Site) showRegistrations(v *visit) error { return v.renderRegistrations("", nil) }

func (v *visit) renderRegistrations(checked string, found []oauth.Checked) error {
	if !v.admin() {
		return errForbidden
	}
	d := registrationsPage{Redirect: v.connections().Redirect}
	for _, k := range consents() {
		card := registrationCard{Kind: k.ID, Name: v.providerName(k.ID), Variables: variables[k.ID]}
		c := v.site.House.Accounts.Env.Clients[k.ID]
		if c == nil {
			continue
		}
		card.Set, card.Scopes = c.ID != "", c.Scopes()
		for i := 1; v.Has(fmt.Sprintf("registration.step.%s_%d", k.ID, i)); i++ {
			card.Steps = append(card.Steps, v.Word("registration.step", fmt.Sprintf("%s_%d", k.ID, i)))
		}
		if k.ID == checked {
			for _, x := range found {
				card.Checks = append(card.Checks, v.checkLine(x))
			}
		}
		d.Cards = append(d.Cards, card)
	}
	return v.render(view{template: "registrations", title: v.T("registration.title"), section: "administration", data: d})
}

// looks are the colours and marks of verdicts; the words stand beside them.
var looks = map[oauth.Verdict][2]string{oauth.Good: {"good", "✓"}, oauth.Bad: {"warn", "!"}, oauth.Unsure: {"rest", "?"}}

// checkLine is one verdict in words. What a provider answered is of use where something is wrong: a good registration is known by a
// refusal, too.
func (v *visit) checkLine(x oauth.Checked) checkLine {
	l := checkLine{looks[x.Verdict][0], looks[x.Verdict][1], v.Word("registration.check."+x.What, string(x.Verdict)), x.Status}
	if x.Verdict == oauth.Good && x.What != oauth.CheckAddress {
		l.Status = ""
	}
	return l
}

// checkRegistration presses the button.
func (s *Site) checkRegistration(v *visit) error {
	if !v.admin() {
		return errForbidden
	}
	kind := v.r.PathValue("kind")
	found, err := s.House.Accounts.CheckRegistration(v.ctx(), v.who.Company, kind, v.connections().Redirect)
	if e, ok := errors.AsType[*provider.Error](err); ok && e.Code == provider.CodeNotSetUp {
		return v.redirect("/administration/registrations")
	}
	if errors.Is(err, account.ErrUnknownProvider) {
		return fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	if err != nil {
		return err
	}
	return v.renderRegistrations(kind, found)
}
