package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tahti/internal/account/oauth"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Vault opens the transactions in which tokens are replaced. They are their own: a token runs out in the middle of a request,
// when no other is open.
type Vault interface {
	View(ctx context.Context, company store.ID, f func(tx *store.Tx) error) error
	Tx(ctx context.Context, company store.ID, f func(tx *store.Tx) error) error
	Rests
}

// ErrByConsent is a kind of account that has no password: people sign in on the provider's own page.
var ErrByConsent = errors.New("this provider signs people in on its own page")

// ByConsent reports whether a kind of account signs in by consent.
func (s *Service) ByConsent(kind string) bool {
	k, ok := KindOf(kind)
	return ok && k.Consents
}

// Permissions is the provider's page on which people see what they agreed to, and withdraw it; empty where there is none.
func (s *Service) Permissions(a *store.Account) string {
	if c := s.Env.Clients[a.Provider]; c != nil {
		return c.Permissions(a.Username)
	}
	return ""
}

// Client is our registration at the provider of a kind that signs in by consent. Errors: [ErrUnknownProvider];
// *[provider.Error] with [provider.CodeNotSetUp] where the administrator has given none.
func (s *Service) Client(kind string) (*oauth.Client, error) {
	k, ok := KindOf(kind)
	if !ok || !k.Consents {
		return nil, fmt.Errorf("%w: %q", ErrUnknownProvider, kind)
	}
	c := s.Env.Clients[kind]
	if c == nil || c.ID == "" {
		// Not the account's fault: it goes on by itself as soon as the administrator has mended it.
		return nil, &provider.Error{Op: "sign in", Class: provider.Transient, Code: provider.CodeNotSetUp}
	}
	return c, nil
}

// granted is our registration at an account's provider, and the scopes that its owner agreed to.
func (s *Service) granted(ctx context.Context, company store.ID, a *store.Account) (*oauth.Client, []string, error) {
	c, err := s.Client(a.Provider)
	if err != nil {
		return nil, nil, err
	}
	k, err := (&keeper{s, company, a.ID}).Read(ctx)
	return c, k.Scopes, err
}

// Missing are the permissions that an account's owner left out, each by the scope that was asked for.
func (s *Service) Missing(ctx context.Context, company store.ID, a *store.Account) ([]string, error) {
	c, scopes, err := s.granted(ctx, company, a)
	if err != nil {
		return nil, err
	}
	return c.Missing(scopes), nil
}

// Lacking are the permissions that an account's owner was not asked for so far, or did not give, of those that are asked for when
// somebody wants what they are for.
func (s *Service) Lacking(ctx context.Context, company store.ID, a *store.Account) ([]string, error) {
	if !s.ByConsent(a.Provider) {
		return nil, nil
	}
	c, scopes, err := s.granted(ctx, company, a)
	if err != nil {
		return nil, err
	}
	return c.Lacking(scopes), nil
}

// InTesting reports whether an account's sign-in was given with the short life of a registration that was never published.
func (s *Service) InTesting(ctx context.Context, company store.ID, a *store.Account) (bool, error) {
	c, err := s.Client(a.Provider)
	if err != nil {
		return false, err
	}
	k, err := (&keeper{s, company, a.ID}).Read(ctx)
	return err == nil && c.InTesting(k.Grant, false), err
}

// Begun is a sign-in that was begun, as it is kept sealed.
type Begun struct {
	Verifier string   `json:"verifier"`
	Redirect string   `json:"redirect"`
	More     []string `json:"more,omitempty"`
}

// Wish is how a person is sent to a provider's page.
type Wish struct {
	Redirect string   // where the page sends them back to
	Browser  string   // what their browser keeps, so that they come back in the same one; empty where a program asks
	Afresh   bool     // ask for everything again, whatever they agreed to before
	More     []string // ask for these permissions of [oauth.Client.Later] alone, beside what they agreed to before
}

// signInFor is how long a person may take at the provider's page.
const signInFor = 30 * time.Minute

// SignIns is what beginning and ending a sign-in needs of a transaction.
type SignIns interface {
	Company() store.ID
	PutSignIn(ctx context.Context, s store.SignIn, now time.Time) error
	TakeSignIn(ctx context.Context, state []byte) (store.SignIn, error)
}

// Begin begins a sign-in for an account of a member, and answers the page to which their browser has to go.
func (s *Service) Begin(ctx context.Context, tx SignIns, a *store.Account, w Wish, now time.Time) (page string, err error) {
	c, err := s.Client(a.Provider)
	if err != nil {
		return "", err
	}
	attempt := oauth.NewAttempt()
	state := hashed(attempt.State)
	plain, err := json.Marshal(Begun{attempt.Verifier, w.Redirect, w.More})
	if err != nil {
		return "", err
	}
	sealed, err := s.Box.Seal(plain, signInRow(tx.Company(), state))
	if err != nil {
		return "", fmt.Errorf("seal sign-in: %w", err)
	}
	row := store.SignIn{State: state, Member: a.Member, Account: a.ID, Sealed: sealed, Expires: now.Add(signInFor)}
	if w.Browser != "" {
		row.Browser = hashed(w.Browser)
	}
	if err := tx.PutSignIn(ctx, row, now); err != nil {
		return "", err
	}
	if k, _ := KindOf(a.Provider); k.Premises {
		c = c.At(origin(a.Server))
	}
	o := oauth.Options{Redirect: w.Redirect, Afresh: w.Afresh, More: w.More}
	if a.Username != "" {
		o.Hint = a.Label
	}
	return c.Page(attempt, o), nil
}

func hashed(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func signInRow(company store.ID, state []byte) []byte {
	return fmt.Appendf(nil, "sign-in/%d/%x", company, state)
}

// Return takes the sign-in that a state belongs to: once, by the member who began it, in the browser in which they did. Anything
// else is a *[provider.Error] with [provider.CodeStaleSignIn]; the sign-in is used up even then.
func (s *Service) Return(ctx context.Context, tx SignIns, member store.ID, state, browser string, now time.Time) (r Returned, err error) {
	row, err := tx.TakeSignIn(ctx, hashed(state))
	if errors.Is(err, store.ErrNotFound) {
		return Returned{Err: stale("no such sign-in")}, nil
	}
	if err != nil {
		return r, err
	}
	plain, err := s.Box.Unseal(row.Sealed, signInRow(tx.Company(), row.State))
	if err == nil {
		err = json.Unmarshal(plain, &r.Begun)
	}
	if err != nil {
		return r, fmt.Errorf("unseal sign-in: %w", err)
	}
	switch r.Account = row.Account; {
	case row.Member != member:
		r = Returned{Err: stale("begun by somebody else")}
	case len(row.Browser) > 0 && subtle.ConstantTimeCompare(row.Browser, hashed(browser)) != 1:
		r.Err = stale("begun in another browser")
	case !row.Expires.After(now):
		r.Err = stale("took too long")
	}
	return r, nil
}

// Answered fails like [Service.Return] where another server answers than the one of a kind of account.
func (s *Service) Answered(kind string, back oauth.Callback) error {
	c, err := s.Client(kind)
	if err == nil && !c.Answers(back) {
		err = stale("answered by another server")
	}
	return err
}

func stale(why string) error {
	return &provider.Error{Op: "sign in", Class: provider.SignIn, Code: provider.CodeStaleSignIn, Status: why}
}

// Returned is a sign-in that has come back. Err is why it is not good; the transaction that took it stands all the same.
type Returned struct {
	Account store.ID // 0 where it is not the member's
	Begun
	Err error
}

// Consent is what a sign-in led to.
type Consent struct {
	Grant    oauth.Grant
	Identity oauth.Identity
	Missing  []string // permissions that were left out
}

// Exchange turns a code into what was agreed to. What is missing is told beside it.
func (s *Service) Exchange(ctx context.Context, kind string, b Begun, code string) (Consent, error) {
	c, err := s.Client(kind)
	if err != nil {
		return Consent{}, err
	}
	g, who, err := c.Exchange(ctx, oauth.Attempt{Verifier: b.Verifier, More: b.More}, code, b.Redirect)
	if err != nil {
		return Consent{}, err
	}
	missing := c.Missing(g.Scopes)
	for _, lacking := range c.Lacking(g.Scopes) {
		if slices.Contains(b.More, lacking) {
			missing = append(missing, lacking)
		}
	}
	return Consent{Grant: g, Identity: who, Missing: missing}, nil
}

// Look lists the calendars that a fresh consent opens for an account; nothing is kept yet.
func (s *Service) Look(ctx context.Context, a *store.Account, c Consent) (Discovery, error) {
	server, err := s.ServerOf(a, &c)
	if err != nil {
		return Discovery{}, err
	}
	k, _ := KindOf(a.Provider)
	d := Discovery{Server: server, Username: c.Identity.Subject, Label: c.Identity.Email}
	d.Calendars, d.Facts, err = k.List(ctx, s.Env, Opening{
		Server: d.Server, Username: d.Username, API: s.Env.APIs[a.Provider], Transport: oauth.Fixed(s.way(k), c.Grant),
	})
	if e, ok := errors.AsType[*provider.Error](err); ok && k.Premises && e.Class == provider.SignIn {
		e.Code = provider.CodeTokenRefused // nobody's sign-in has ended: it has just been given
	}
	return d, err
}

// Consents is what saving a consent needs of a transaction.
type Consents interface {
	Accounts
	PutConsent(ctx context.Context, account store.ID, sealed []byte) error
}

// Agree gives an account what its owner has agreed to, and what was found out with it.
func (s *Service) Agree(ctx context.Context, tx Consents, a *store.Account, c Consent, d Discovery) error {
	plain, err := json.Marshal(c.Grant)
	if err != nil {
		return err
	}
	sealed, err := s.Box.Seal(plain, consentRow(tx.Company(), a.ID))
	if err != nil {
		return fmt.Errorf("seal consent: %w", err)
	}
	if err := tx.PutConsent(ctx, a.ID, sealed); err != nil {
		return err
	}
	a.Server, a.Username, a.Label = d.Server, d.Username, d.Label
	// The account's own secret says no more than who signed in. It is another text each time, by which a run that began before
	// knows that its refusal is of no account any more.
	if err := s.Renew(ctx, tx, a, Credentials{Password: d.Username}, d); err != nil {
		return err
	}
	if len(c.Missing) == 0 {
		return nil
	}
	a.State, a.Reason = store.NeedsPermission, provider.CodeMissingPermission
	return tx.PutAccount(ctx, a)
}

func consentRow(company, account store.ID) []byte {
	return fmt.Appendf(nil, "consent/%d/%d", company, account)
}

// Withdraw takes an account's consent back at the provider, also where our registration there was taken away since: that takes no more
// than the consent itself. Errors: [oauth.ErrNoRevocation] where a program cannot; *[provider.Error].
func (s *Service) Withdraw(ctx context.Context, company store.ID, a *store.Account) error {
	c := s.Env.Clients[a.Provider]
	if c == nil {
		return oauth.ErrNoRevocation // nobody knows where to ask
	}
	k, err := (&keeper{s, company, a.ID}).Read(ctx)
	if provider.ClassOf(err) == provider.SignIn {
		return nil // there is nothing to take back
	}
	if err != nil {
		return err
	}
	return c.Withdraw(ctx, k.Grant)
}

// transport shows an account's token with each request.
func (s *Service) transport(company store.ID, a *store.Account, c *oauth.Client) http.RoundTripper {
	return &oauth.Transport{
		Next: s.way(kindOf(a)), Now: s.Env.Now,
		Tokens: &oauth.Source{Client: c, Keeper: &keeper{s, company, a.ID}, Now: s.Env.Now},
	}
}

// keeper keeps one account's grant in the store.
type keeper struct {
	s                *Service
	company, account store.ID
}

var _ oauth.Keeper = (*keeper)(nil)

func (k *keeper) Read(ctx context.Context) (kept oauth.Kept, err error) {
	var row store.Consent
	err = k.s.Vault.View(ctx, k.company, func(tx *store.Tx) error {
		row, err = tx.Consent(ctx, k.account)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return kept, &provider.Error{Op: "read consent", Class: provider.SignIn, Code: provider.CodeSignInEnded, Status: "none is kept"}
	}
	if err != nil {
		return kept, err
	}
	plain, err := k.s.Box.Unseal(row.Sealed, consentRow(k.company, k.account))
	if err == nil {
		err = json.Unmarshal(plain, &kept.Grant)
	}
	if err != nil {
		return kept, fmt.Errorf("account %d: unseal consent: %w", k.account, err)
	}
	kept.Version, kept.Refused = row.Version, row.Refused
	return kept, nil
}

func (k *keeper) Lock(ctx context.Context, version int64, until time.Time) (bool, error) {
	now := k.s.Env.Now()
	err := k.s.Vault.Tx(ctx, k.company, func(tx *store.Tx) error { return tx.LockConsent(ctx, k.account, version, now, until) })
	if errors.Is(err, store.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

func (k *keeper) Save(ctx context.Context, version int64, g oauth.Grant) error {
	plain, err := json.Marshal(g)
	if err != nil {
		return err
	}
	sealed, err := k.s.Box.Seal(plain, consentRow(k.company, k.account))
	if err != nil {
		return err
	}
	err = k.s.Vault.Tx(ctx, k.company, func(tx *store.Tx) error { return tx.RotateConsent(ctx, k.account, version, sealed) })
	if errors.Is(err, store.ErrConflict) {
		return oauth.ErrMoved
	}
	return err
}

func (k *keeper) Refuse(ctx context.Context, version int64, code string) error {
	return k.end(ctx, version, code)
}

func (k *keeper) Free(ctx context.Context, version int64) error { return k.end(ctx, version, "") }

func (k *keeper) end(ctx context.Context, version int64, refused string) error {
	err := k.s.Vault.Tx(ctx, k.company, func(tx *store.Tx) error { return tx.EndConsent(ctx, k.account, version, refused) })
	if errors.Is(err, store.ErrConflict) {
		return nil // it has changed: nothing is ours to end
	}
	return err
}
