package hub

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// Companies is what making a company needs of the store: it is above all companies.
type Companies interface {
	CreateCompany(ctx context.Context, c *store.Company) error
}

// NewCompany makes a company. [Hub.SetUp] furnishes it, in a transaction of its own.
func (h *Hub) NewCompany(ctx context.Context, companies Companies, name string) (store.Company, error) {
	if err := checkName("name", name); err != nil {
		return store.Company{}, err
	}
	c := store.Company{Name: name, Created: h.now()}
	if err := companies.CreateCompany(ctx, &c); err != nil {
		return store.Company{}, fmt.Errorf("create company: %w", err)
	}
	return c, nil
}

// SetUp gives a new company its types and its first administrator, who is answered with their id. A company that has a
// user already is refused: setting up twice must not give anybody the company.
func (h *Hub) SetUp(ctx context.Context, tx Tx, admin crm.User) (crm.User, error) {
	users, err := tx.Users(ctx)
	if err != nil {
		return crm.User{}, fmt.Errorf("list users: %w", err)
	}
	if len(users) > 0 {
		return crm.User{}, &Denied{Code: DeniedSetUp}
	}
	types, err := tx.Types(ctx)
	if err != nil {
		return crm.User{}, fmt.Errorf("list types: %w", err)
	}
	if len(types) == 0 {
		for _, t := range crm.DefaultTypes() {
			t.Created, t.Updated = h.now(), h.now()
			if err := tx.PutType(ctx, &t); err != nil {
				return crm.User{}, fmt.Errorf("save type: %w", err)
			}
		}
	}
	admin.Role = crm.Administrator
	return h.AddUser(ctx, tx, Actor{Kind: System}, admin)
}

// AddUser adds a user to the company. Login has to be set; it is unique in the company.
func (h *Hub) AddUser(ctx context.Context, tx Tx, by Actor, u crm.User) (crm.User, error) {
	if err := mayAdminister(by); err != nil {
		return crm.User{}, err
	}
	users, err := tx.Users(ctx)
	if err != nil {
		return crm.User{}, fmt.Errorf("list users: %w", err)
	}
	if slices.ContainsFunc(users, func(x crm.User) bool { return x.Login == u.Login }) {
		return crm.User{}, &Invalid{Field: "login", Code: CodeExists}
	}
	u.ID, u.Active, u.Created = 0, true, h.now()
	if err := tidyUser(&u); err != nil {
		return crm.User{}, err
	}
	return u, h.putUser(ctx, tx, by, &u, "user.add")
}

// SaveUser changes a user's name, address, zone, language or role. Users change themselves, but not their role;
// administrators change everybody.
func (h *Hub) SaveUser(ctx context.Context, tx Tx, by Actor, u crm.User) (crm.User, error) {
	old, err := tx.User(ctx, u.ID)
	if err != nil {
		return crm.User{}, err
	}
	self := by.Kind == Person && by.User.ID == u.ID && u.Role == old.Role
	if err := mayAdminister(by); err != nil && !(self && by.User.Active) {
		return crm.User{}, err
	}
	u.Login, u.Created, u.Active = old.Login, old.Created, old.Active
	if err := tidyUser(&u); err != nil {
		return crm.User{}, err
	}
	if u == old {
		return u, nil
	}
	if old.Role == crm.Administrator && u.Role != crm.Administrator {
		if err := h.notTheLast(ctx, tx, old.ID); err != nil {
			return crm.User{}, err
		}
	}
	return u, h.putUser(ctx, tx, by, &u, "user.change")
}

// SetActive lets a user in again, or keeps them out: what they left behind stays. The last administrator stays in.
func (h *Hub) SetActive(ctx context.Context, tx Tx, by Actor, id store.ID, active bool) error {
	if err := mayAdminister(by); err != nil {
		return err
	}
	u, err := tx.User(ctx, id)
	if err != nil || u.Active == active {
		return err
	}
	action := "user.activate"
	if !active {
		action = "user.deactivate"
		if u.Role == crm.Administrator {
			if err := h.notTheLast(ctx, tx, id); err != nil {
				return err
			}
		}
	}
	u.Active = active
	return h.putUser(ctx, tx, by, &u, action)
}

func (h *Hub) notTheLast(ctx context.Context, tx Tx, id store.ID) error {
	users, err := tx.Users(ctx)
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	for _, u := range users {
		if u.ID != id && u.Active && u.Role == crm.Administrator {
			return nil
		}
	}
	return &Denied{Code: DeniedLastAdmin}
}

func (h *Hub) putUser(ctx context.Context, tx Tx, by Actor, u *crm.User, action string) error {
	if err := tx.PutUser(ctx, u); err != nil {
		return fmt.Errorf("save user: %w", err)
	}
	line := store.Audit{
		At: h.now(), Login: by.User.Login, Member: by.User.ID, Action: action, Subject: strconv.FormatInt(u.ID, 10),
		Detail: string(u.Role),
	}
	if err := tx.AddAudit(ctx, line); err != nil {
		return fmt.Errorf("add audit: %w", err)
	}
	return nil
}

func tidyUser(u *crm.User) (err error) {
	if err := checkName("name", u.Name); err != nil {
		return err
	}
	if u.Email, err = tidyEmail(u.Email); err != nil {
		return err
	}
	if u.Role == "" {
		u.Role = crm.Regular
	}
	if u.Role != crm.Regular && u.Role != crm.Administrator {
		return &Invalid{Field: "role", Code: CodeUnknown, Detail: string(u.Role)}
	}
	if u.TimeZone == "" {
		u.TimeZone = "UTC"
	}
	if u.Locale == "" {
		u.Locale = "en"
	}
	if len(u.Locale) > 35 {
		return &Invalid{Field: "locale", Code: CodeTooLong}
	}
	return checkZone(u.TimeZone)
}
