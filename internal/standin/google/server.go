package google

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"tahti/internal/standin"
)

// Server is Google Calendar with its sign-in. It is safe for concurrent use.
type Server struct {
	opt     Options
	now     func() time.Time
	variant Variant
	faults  standin.Faults
	log     standin.Log
	mails   standin.Mails
	stand   *standin.Stand
	handler http.Handler

	mu        sync.Mutex
	accounts  []*account
	calendars map[string]*shelf
	tokens    map[string]*grant // by access token
	births    uint64            // counts calendars and events
	versions  uint64            // counts ETags
	calls     map[string][]time.Time
	consents  map[grantKey]*consent
	codes     map[string]*code
	attempts  []named
	channels  map[string]*channel
	// deliveries are what channels have sent; pusher sends.
	deliveries []Delivery
	pusher     *http.Client
	// What the page's switches have set: every token is refused, the use limits are reached, those of the whole project are, the administrator lets no
	// program in, channels are silent.
	shut, spent, crowded, blocked, deaf bool
	mis                                 misregistration
}

// grant is what an access token stands for.
type grant struct {
	who    *account
	client string
	scopes map[string]bool // full names
	ends   time.Time       // zero for a token without end
}

// New makes a server with what the options name.
func New(opt Options) *Server {
	if len(opt.Users) == 0 {
		opt.Users = []User{{Email: "alice@example.com", Name: "Alice"}}
	}
	opt.Users = slices.Clone(opt.Users)
	opt.Clients = slices.Clone(opt.Clients)
	if len(opt.Clients) == 0 {
		opt.Clients = []Client{{ID: StandardClient, Secret: StandardSecret}}
	}
	for i := range opt.Clients {
		if opt.Clients[i].Name == "" {
			opt.Clients[i].Name = "Tahti"
		}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Server{opt: opt, now: opt.Now, variant: opt.Variant, pusher: standin.LocalClient(opt.PushTLS, pushPatience)}
	s.log.Now = opt.Now
	s.fill()
	mux := http.NewServeMux()
	s.routes(mux)
	s.signInRoutes(mux)
	mux.HandleFunc("POST /batch/calendar/v3", s.batch(s.faults.Wrap(mux)))
	s.stand = &standin.Stand{
		Title: "Google Calendar stand-in", Now: opt.Now, Protocol: mux, Faults: &s.faults, Log: &s.log, Mails: &s.mails, Reset: s.empty,
		Desk: (*desk)(s), Zone: opt.Zone,
	}
	s.faults.Refuse = s.refuse
	s.handler = s.stand.Handler()
	return s
}

// Handler serves the API and the control paths.
func (s *Server) Handler() http.Handler { return s.handler }

// ServeHTTP is Handler's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// empty puts the store back to the first day.
func (s *Server) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variant, s.shut, s.spent, s.crowded, s.blocked, s.deaf = s.opt.Variant, false, false, false, false, false
	s.mis = misregistration{}
	s.fill()
}

// grantOf is the grant behind the request's bearer token. The lock is held.
func (s *Server) grantOf(r *http.Request) (*grant, *failure) {
	header := r.Header.Get("Authorization")
	if header == "" {
		f := refLogin.because("Request is missing required authentication credential.").at("header", "Authorization")
		f.inner = "Login Required."
		return nil, f
	}
	g := s.tokens[bearer(header)]
	if s.shut || g == nil || !g.ends.IsZero() && !s.now().Before(g.ends) {
		f := refCredentials.because("Request had invalid authentication credentials.").at("header", "Authorization")
		f.inner = "Invalid Credentials"
		return nil, f
	}
	return g, nil
}

// spend counts a call against the user's minute, or that of the user for whom an account says it acts (1.9: quotaUser).
func (s *Server) spend(who *account, quotaUser string) *failure {
	if s.spent {
		return refQuota.because("Calendar usage limits exceeded.")
	}
	if s.crowded {
		return refProject.because("Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'calendar-json.googleapis.com' for consumer 'project_number:1'.")
	}
	if s.opt.PerMinute == 0 {
		return nil
	}
	now := s.now()
	name := who.Email + " " + quotaUser
	recent := slices.DeleteFunc(s.calls[name], func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	s.calls[name] = recent
	if len(recent) >= s.opt.PerMinute {
		return refUserRate.because("User Rate Limit Exceeded")
	}
	s.calls[name] = append(recent, now)
	return nil
}
