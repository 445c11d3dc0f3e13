package api

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"tahti/internal/auth"
	"tahti/internal/house"
)

// Config is what the handler is built from.
type Config struct {
	House *house.House
	// Session answers the person of a browser's session, for our own part; nil: tokens only.
	Session func(*http.Request) (auth.Who, bool)
	// CrossOrigin guards requests that come with a session against other sites; nil: Go's own protection without further
	// trusted origins. See [auth.CrossOrigin].
	CrossOrigin func(http.Handler) http.Handler
	// PipedriveOff switches the Pipedrive-shaped paths off (TAHTI_PIPEDRIVE_API=off): they answer 404.
	PipedriveOff bool
	// Version is the program's, for the status.
	Version string
	Log     *slog.Logger // nil: slog's default
}

// maxBody bounds what is read of a request; calendars that are imported have their own bound.
const maxBody = 2 << 20

type server struct {
	Config
	own http.Handler
	pd  http.Handler
}

// New builds the handler for everything below /api/.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.CrossOrigin == nil {
		c.CrossOrigin = http.NewCrossOriginProtection().Handler
	}
	s := &server{Config: c}
	s.pd = s.pipedrive()
	s.own = s.tahti()
	return s
}

// ownPrefix is where our own part begins.
const ownPrefix = "/api/tahti/v1"

// ServeHTTP implements [http.Handler].
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r))
	}
	if strings.HasPrefix(r.URL.Path, ownPrefix+"/") {
		s.own.ServeHTTP(w, r)
		return
	}
	s.pd.ServeHTTP(w, r)
}

func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == ownPrefix+importPath {
		return maxImport
	}
	return maxBody
}

func (s *server) now() time.Time { return s.House.Hub.Clock.Now() }
