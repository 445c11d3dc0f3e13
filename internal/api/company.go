package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/connection"
	"tahti/internal/engine"
)

// Company is what an administrator states for everybody in the company.
type Company struct {
	Name         string `json:"name"`
	AppPasswords string `json:"app_passwords" doc:"Where people make app passwords of the gateway before the company's own Exchange server, in words or as an address; empty: it issues none, as far as is stated"`
}

type companyChange struct {
	Body struct {
		AppPasswords *string `json:"app_passwords,omitempty" maxLength:"500" doc:"See Company; absent: as it is"`
	}
}

func (s *server) companyRoutes(api huma.API) {
	route(s, api, "GET", "/company", "get-company", "Look at what is stated for the company", 200, s.getCompany)
	route(s, api, "PATCH", "/company", "change-company", "State something for the company, as an administrator", 200, s.changeCompany)
}

func (s *server) getCompany(c *caller, ctx context.Context, _ *struct{}) (*body[Company], error) {
	var out Company
	err := s.view(ctx, c, func(tx engine.Tx) error {
		company, err := tx.GetCompany(ctx)
		out = Company{company.Name, company.AppPasswords}
		return err
	})
	return answer(out, err)
}

func (s *server) changeCompany(c *caller, ctx context.Context, in *companyChange) (*body[Company], error) {
	if where := in.Body.AppPasswords; where != nil {
		err := s.House.Connections.StateAppPasswords(ctx, c.Who, *where)
		if errors.Is(err, connection.ErrAppPasswords) {
			err = (&Problem{Status: 422, Field: "app_passwords", Cause: err.Error()}).
				say("bad_text", c.T("problem.refused.title"), c.T("admin.app_passwords_bad"), "")
		}
		if err != nil {
			return nil, err
		}
	}
	return s.getCompany(c, ctx, nil)
}
