package pipedrive

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tahti/internal/standin"
)

// object is a JSON object.
type object = map[string]any

// Server is one company at Pipedrive, with the sign-in. It is safe for concurrent use.
type Server struct {
	opt     Options
	now     func() time.Time
	after   func(time.Duration, func())
	variant Variant
	faults  standin.Faults
	log     standin.Log
	mails   standin.Mails
	stand   *standin.Stand
	handler http.Handler
	pusher  *http.Client

	mu    sync.Mutex
	idle  *sync.Cond // nothing is on its way to a webhook
	users []*member
	items map[*entity]*shelf
	kinds []*activityType
	// filters are in order of their ids.
	filters []*filter
	hooks   []*hook
	grants  map[string]*grant // by token
	// installs are what people have agreed to; codes and attempts lead there.
	installs []*install
	codes    map[string]*code
	attempts []named
	births   int64 // counts what has no shelf of its own: types, filters, webhooks
	// flying counts deliveries on their way; deliveries are those that are done. age rises with each reset.
	flying     int
	deliveries []Delivery
	age        int
	ledger     ledger
	// What the page's switches have set.
	shut, unpaid, noAPI, deaf, full, unavailable, narrow bool
}

// member is a user of the company.
type member struct {
	User
	id       int64
	active   bool
	calendar bool // the company's own calendar sync is on
	location *time.Location
	created  time.Time
}

// New makes a server with what the options name.
func New(opt Options) *Server {
	opt = filled(opt)
	s := &Server{opt: opt, now: opt.Now, after: opt.AfterFunc, pusher: standin.LocalClient(opt.HookTLS, hookPatience)}
	s.idle = sync.NewCond(&s.mu)
	s.log.Now = opt.Now
	s.fill()
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.serveAPI)
	s.signInRoutes(mux)
	s.stand = &standin.Stand{
		Title: "Pipedrive stand-in", Now: opt.Now, Protocol: mux, Faults: &s.faults, Log: &s.log, Mails: &s.mails, Reset: s.empty,
		Desk: (*desk)(s), More: s.control, Zone: opt.Users[0].TimeZone,
	}
	s.faults.Refuse = s.refuse
	s.handler = s.stand.Handler()
	return s
}

// filled is the options with what they leave open.
func filled(opt Options) Options {
	if len(opt.Users) == 0 {
		opt.Users = []User{{Email: "alice@example.com", Name: "Alice"}}
	}
	opt.Users = slices.Clone(opt.Users)
	opt.Users[0].Admin = true
	for i := range opt.Users {
		if opt.Users[i].Name == "" {
			opt.Users[i].Name = opt.Users[i].Email
		}
	}
	opt.Apps = slices.Clone(opt.Apps)
	if len(opt.Apps) == 0 {
		opt.Apps = []App{{ID: StandardClient, Secret: StandardSecret}}
	}
	for i := range opt.Apps {
		if opt.Apps[i].Name == "" {
			opt.Apps[i].Name = "Tahti"
		}
		if opt.Apps[i].Scopes == nil {
			opt.Apps[i].Scopes = StandardScopes
		}
	}
	c := &opt.Company
	if c.ID == 0 {
		c.ID = 7654321
	}
	if c.Name == "" {
		c.Name = "Example"
	}
	if c.Domain == "" {
		c.Domain = "example"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.AfterFunc == nil {
		opt.AfterFunc = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	}
	if opt.Refusals == 0 {
		opt.Refusals = 50
	}
	if opt.BlockFor == 0 {
		opt.BlockFor = 10 * time.Minute
	}
	return opt
}

// Handler serves the API and the control paths.
func (s *Server) Handler() http.Handler { return s.handler }

// ServeHTTP is Handler's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// empty puts the store back to the first day.
func (s *Server) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.age++
	s.fill()
}

// fill makes the store of the first day. The lock is held, or nobody knows the server yet.
func (s *Server) fill() {
	s.variant, s.shut, s.unpaid, s.noAPI, s.deaf, s.full, s.unavailable, s.narrow = s.opt.Variant, false, false, false, false, false, false, false
	s.users, s.filters, s.hooks, s.installs, s.attempts = nil, nil, nil, nil, nil
	s.items, s.codes, s.grants = map[*entity]*shelf{}, map[string]*code{}, map[string]*grant{}
	s.births, s.deliveries, s.ledger = 0, nil, ledger{}
	for _, e := range entities {
		s.items[e] = &shelf{byID: map[int64]*record{}}
	}
	for _, u := range s.opt.Users {
		s.addUser(u)
	}
	s.kinds = firstKinds(s)
	s.seed(s.opt.Activities, s.now())
	if s.opt.Token != "" {
		s.grants[s.opt.Token] = &grant{who: s.users[0], any: true}
	}
}

// addUser puts a person into the company. The lock is held.
func (s *Server) addUser(u User) *member {
	loc, err := time.LoadLocation(u.TimeZone)
	if err != nil {
		loc = time.UTC
	}
	m := &member{User: u, id: 1001 + int64(len(s.users)), active: true, calendar: u.CalendarSync, location: loc, created: s.now()}
	s.users = append(s.users, m)
	if u.APIToken != "" {
		s.grants[u.APIToken] = &grant{who: m}
	}
	return m
}

// user is the member with that id, or nil.
func (s *Server) user(id int64) *member {
	for _, m := range s.users {
		if m.id == id {
			return m
		}
	}
	return nil
}

// local is the member with that address, or nil.
func (s *Server) local(email string) *member {
	for _, m := range s.users {
		if strings.EqualFold(m.Email, email) {
			return m
		}
	}
	return nil
}

// host is the company's own, as answers and webhooks name it.
func (s *Server) host() string { return s.opt.Company.Domain + ".pipedrive.com" }

// control adds what tests read: what was spent.
func (s *Server) control(mux *http.ServeMux) {
	mux.HandleFunc("GET /_standin/tokens", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Usage()) })
	mux.HandleFunc("GET /_standin/deliveries", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Deliveries()) })
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // what can fail is the connection, and then nobody is left to be told
}

// writePage answers a page that is no JSON, as a server in front of the original does.
func writePage(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!doctype html><html><head><title>%[1]s</title></head><body><h1>%[1]s</h1></body></html>", html.EscapeString(text)) // see writeJSON
}

// date says what the server's clock shows: clients reckon with the difference to their own.
func (s *Server) date(w http.ResponseWriter) {
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
}

// stamp writes a time as v2 has it, and old as v1.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
func old(t time.Time) string   { return t.UTC().Format("2006-01-02 15:04:05") }
