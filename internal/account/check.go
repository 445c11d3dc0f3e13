package account

import (
	"context"
	"slices"

	"tahti/internal/account/oauth"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// maxChecked bounds how many accounts are looked at for what their grants tell of a registration.
const maxChecked = 100

// CheckRegistration looks at our registration at a kind's provider: by asking it, and by what people's sign-ins tell. Errors: those of
// [Service.Client].
func (s *Service) CheckRegistration(ctx context.Context, company store.ID, kind, redirect string) ([]oauth.Checked, error) {
	c, err := s.Client(kind)
	if err != nil {
		return nil, err
	}
	list := c.Check(ctx, redirect)
	kept, err := s.grants(ctx, company, kind)
	if err != nil {
		return nil, err
	}
	testing := oauth.Checked{What: oauth.CheckTesting, Verdict: oauth.Unsure}
	lacking := len(kept) > 0
	for _, k := range kept {
		if testing.Verdict == oauth.Unsure {
			testing.Verdict = oauth.Good
		}
		if k.Refused == provider.CodeClientInTesting || c.InTesting(k.Grant, false) {
			testing.Verdict = oauth.Bad
		}
		lacking = lacking && len(c.Missing(k.Scopes)) > 0
	}
	if i := slices.IndexFunc(list, func(x oauth.Checked) bool { return x.What == oauth.CheckScopes }); i >= 0 && lacking {
		// Google drops what is not declared at the registration without a word (providers.md 1.2): then nobody is granted it.
		list[i].Verdict = oauth.Bad
		list[i].Status = c.Missing(kept[0].Scopes)[0]
	}
	return append(list, testing), nil
}

// grants are what the people of a company have agreed to at a kind's provider.
func (s *Service) grants(ctx context.Context, company store.ID, kind string) (list []oauth.Kept, err error) {
	var accounts []store.Account
	err = s.Vault.View(ctx, company, func(tx *store.Tx) error {
		accounts, err = tx.Accounts(ctx, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		if a.Provider != kind || a.Username == "" || len(list) == maxChecked {
			continue
		}
		k, err := (&keeper{s, company, a.ID}).Read(ctx)
		if provider.ClassOf(err) == provider.SignIn {
			continue // forgotten
		}
		if err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, nil
}
