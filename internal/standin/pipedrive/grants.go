package pipedrive

import (
	"net/http"
	"strings"
	"time"
)

// grant is what a token stands for.
type grant struct {
	who    *member
	app    *App // nil for an API token
	scopes map[string]bool
	ends   time.Time // zero for a token without end
	any    bool      // is taken as API token and as bearer token
	// recent are its requests of the last two seconds, refused counts those that came too soon in a row, until is the end of a block.
	recent  []time.Time
	refused int
	until   time.Time
}

// grantOf is the grant behind a request: an access token in Authorization, or an API token in a header of its own, or, as v1 had it
// first, in the address.
func (s *Server) grantOf(r *http.Request) (*grant, *failure) {
	unauthorized := refToken.because("unauthorized access")
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, ok := strings.Cut(header, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.Contains(token, " ") {
			return nil, refMalformed.because("Invalid request: malformed authorization header")
		}
		g := s.grants[token]
		if s.shut || g == nil || g.app == nil && !g.any || !g.ends.IsZero() && !s.now().Before(g.ends) {
			return nil, refAccess.because("Invalid token: access token is invalid")
		}
		return g, nil
	}
	token := r.Header.Get("X-Api-Token")
	if token == "" && (s.variant.QueryTokenV2 || !strings.HasPrefix(r.URL.Path, "/api/v2/")) {
		token = r.URL.Query().Get("api_token")
	}
	g := s.grants[token]
	if s.shut || g == nil || g.app != nil {
		return nil, unauthorized
	}
	return g, nil
}
