package account

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"tahti/internal/store"
)

// What differs for kinds that sign in by consent to a server that a person names; see [Kind.Premises].

// ServerOf names the server of an account of a kind that signs in by consent: the person's, where the grant is good, or who has signed them
// in.
func (s *Service) ServerOf(a *store.Account, c *Consent) (string, error) {
	client, err := s.Client(a.Provider)
	if err != nil {
		return "", err
	}
	if k, _ := KindOf(a.Provider); k.Premises {
		return a.Server, nil
	}
	return cmp.Or(c.Grant.API, client.Issuer), nil
}

// way is how requests to a kind's servers travel: to those that people name by the networks that people's addresses may lead to.
func (s *Service) way(k Kind) http.RoundTripper {
	if k.Premises {
		return s.Env.Transport
	}
	return s.Env.Trusted
}

// Locate finds the server that a person has named, of a kind that signs in by consent there; empty for kinds that need none. Errors:
// *[provider.Error], as of [Service.Discover].
func (s *Service) Locate(ctx context.Context, kind string, c Credentials) (string, error) {
	k, ok := KindOf(kind)
	if !ok || !k.Premises {
		return "", nil
	}
	return k.Locate(ctx, s.Env, c)
}

// origin is scheme and host of a server's address.
func origin(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	return u.Scheme + "://" + u.Host
}

func kindOf(a *store.Account) Kind {
	k, _ := KindOf(a.Provider)
	return k
}
