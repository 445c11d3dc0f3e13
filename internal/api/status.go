package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/engine"
)

// Status is what a terminal shows at a glance.
type Status struct {
	Version     string       `json:"version"`
	Company     string       `json:"company"`
	UserID      int64        `json:"user_id"`
	Stopped     bool         `json:"stopped" doc:"The company-wide stop is in force"`
	Connections []Connection `json:"connections" nullable:"false"`
	Holds       []Hold       `json:"holds" nullable:"false"`
}

func (s *server) statusRoutes(api huma.API) {
	route(s, api, "GET", "/status", "status", "See at a glance how sync fares", 200, s.status)
}

func (s *server) status(c *caller, ctx context.Context, _ *struct{}) (*body[Status], error) {
	out := Status{Version: s.Version, UserID: c.User.ID}
	err := s.view(ctx, c, func(tx engine.Tx) error {
		company, err := tx.GetCompany(ctx)
		out.Company, out.Stopped = company.Name, !company.Stopped.IsZero()
		return err
	})
	if err != nil {
		return nil, err
	}
	list, err := s.listConnections(c, ctx, &listRequest{})
	if err != nil {
		return nil, err
	}
	holds, err := s.listHolds(c, ctx, &holdsRequest{})
	if err != nil {
		return nil, err
	}
	out.Connections, out.Holds = list.Body.Connections, holds.Body.Holds
	return answer(out, nil)
}
