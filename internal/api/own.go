package api

import "net/http"

const (
	importPath = "/activities.ics"
	maxImport  = 16 << 20
)

func (s *server) tahti() http.Handler { return http.NotFoundHandler() }
