package api

import (
	"context"
	"net/http"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/recur"
	"tahti/internal/store"
)

func pdUserRoutes(handle pdHandle) {
	handle("GET /api/v1/users", http.StatusOK, (*pdCall).listUsers)
	handle("GET /api/v1/users/me", http.StatusOK, (*pdCall).me)
	handle("GET /api/v1/users/{id}", http.StatusOK, (*pdCall).getUser)
}

// userItem is Pipedrive's BaseUser. What is not kept here is null.
type userItem struct {
	ID         int64        `json:"id"`
	Name       string       `json:"name"`
	Currency   *string      `json:"default_currency"`
	Locale     string       `json:"locale"`
	Lang       *int64       `json:"lang"`
	Email      string       `json:"email"`
	Phone      *string      `json:"phone"`
	Activated  bool         `json:"activated"`
	LastLogin  *string      `json:"last_login"`
	Created    string       `json:"created"`
	Modified   *string      `json:"modified"`
	MadeIt     *bool        `json:"has_created_company"`
	Access     []userAccess `json:"access"`
	Active     bool         `json:"active_flag"`
	Zone       *string      `json:"timezone_name"`
	Offset     *string      `json:"timezone_offset"`
	RoleID     *int64       `json:"role_id"`
	Icon       *string      `json:"icon_url"`
	You        bool         `json:"is_you"`
	Deleted    bool         `json:"is_deleted"`
	*myCompany              // of the caller alone
}

type userAccess struct {
	App        string  `json:"app"`
	Admin      bool    `json:"admin"`
	Permission *string `json:"permission_set_id"`
}

// accessOf says who sees everything: in Pipedrive the administrators of "sales" do, and those of "global" change settings.
func accessOf(admin bool) []userAccess {
	return []userAccess{{App: "sales", Admin: admin}, {App: "global", Admin: admin}}
}

type myCompany struct {
	ID       int64      `json:"company_id"`
	Name     string     `json:"company_name"`
	Domain   *string    `json:"company_domain"`
	Country  *string    `json:"company_country"`
	Industry *string    `json:"company_industry"`
	Language myLanguage `json:"language"`
}

type myLanguage struct {
	Code    string  `json:"language_code"`
	Country *string `json:"country_code"`
}

func (c *pdCall) user(u crm.User) userItem {
	i := userItem{
		ID: u.ID, Name: u.Name, Locale: u.Locale, Email: u.Email, Activated: u.Active, Created: stampV1(u.Created), Active: u.Active,
		Access: accessOf(u.Role == crm.Administrator), You: u.ID == c.User.ID,
	}
	if loc, err := recur.Location(u.TimeZone); err == nil && u.TimeZone != "" {
		i.Zone, i.Offset = new(u.TimeZone), new(c.s.now().In(loc).Format("-07:00"))
	}
	return i
}

func (c *pdCall) listUsers() (*pdAnswer, error) {
	if q := c.query(); q.err != nil {
		return nil, q.err
	}
	items := []userItem{}
	err := c.view(func(ctx context.Context, tx engine.Tx) error {
		users, err := tx.Users(ctx)
		items = items[:0]
		for _, u := range users {
			items = append(items, c.user(u))
		}
		return err
	})
	return &pdAnswer{Data: items}, err
}

func (c *pdCall) getUser() (*pdAnswer, error) {
	id, err := c.id("User")
	if err != nil {
		return nil, err
	}
	var item userItem
	err = c.view(func(ctx context.Context, tx engine.Tx) error {
		u, err := tx.User(ctx, id)
		item = c.user(u)
		return err
	})
	return &pdAnswer{Data: item}, err
}

func (c *pdCall) me() (*pdAnswer, error) {
	item := c.user(c.User)
	err := c.view(func(ctx context.Context, tx engine.Tx) error {
		var company store.Company
		company, err := tx.GetCompany(ctx)
		item.myCompany = &myCompany{ID: company.ID, Name: company.Name, Language: myLanguage{Code: c.Tag()}}
		return err
	})
	return &pdAnswer{Data: item}, err
}
