package graph

import (
	"bytes"
	"crypto/subtle"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tahti/internal/standin"
)

// Server is Microsoft Graph's calendar. It is safe for concurrent use.
type Server struct {
	opt     Options
	now     func() time.Time
	faults  standin.Faults
	log     standin.Log
	mails   standin.Mails
	stand   *standin.Stand
	handler http.Handler

	mu       sync.Mutex
	variants Variants
	moved    bool // the page has taken the registered redirect addresses away
	boxes    []*mailbox
	births   uint64 // of stores, so that ids differ after a reset
	folders  uint32
	requests uint64
	identity identity
	maxGone  int           // deleted items that a mailbox remembers
	lag      time.Duration // of deltas
	// everywhere is until when all mailboxes are throttled together, and in whose name.
	everywhere struct {
		paused time.Time
		scope  string
	}
	notifier
}

// New makes a server with what the options name.
func New(opt Options) *Server {
	opt = withDefaults(opt)
	s := &Server{opt: opt, now: opt.Now, variants: opt.Variants, maxGone: maxGone}
	s.log.Now = opt.Now
	s.web = newClient(opt)
	s.fill()
	s.stand = &standin.Stand{
		Title: "Microsoft Graph stand-in", Now: opt.Now, Protocol: http.HandlerFunc(s.serve),
		Faults: &s.faults, Log: &s.log, Mails: &s.mails, Reset: s.empty, Desk: (*desk)(s), Zone: opt.Zone,
	}
	s.handler = s.stand.Handler()
	return s
}

// withDefaults fills in what the options leave open.
func withDefaults(opt Options) Options {
	if len(opt.Users) == 0 {
		opt.Users = []User{{Name: "alice@example.com", Password: "secret"}}
	}
	opt.Users = slices.Clone(opt.Users)
	for i := range opt.Users {
		u := &opt.Users[i]
		if u.Display == "" {
			u.Display = displayOf(u.Name)
		}
		if len(u.Calendars) == 0 {
			u.Calendars = []Calendar{{Name: "Calendar"}}
		}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.App.ID == "" {
		opt.App.ID, opt.App.Secret = "tahti", "secret"
	}
	if opt.Limit == 0 {
		opt.Limit = 10_000
	}
	if opt.RetryAfter == 0 {
		opt.RetryAfter = 5 * time.Second
	}
	if opt.Patience == 0 {
		opt.Patience = 10 * time.Second
	}
	if opt.App.Name == "" {
		opt.App.Name = opt.App.ID
	}
	return opt
}

// ServeHTTP serves the protocol, the control paths and the page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Handler is the server itself, for whoever wants a handler.
func (s *Server) Handler() http.Handler { return s.handler }

// maxBody is how much of a request's body is read.
const maxBody = 4 << 20

// principal is who asks, and with which scopes.
type principal struct {
	box    *mailbox
	scopes []string
}

// call is one request as it is answered.
type call struct {
	*Server
	w    http.ResponseWriter
	r    *http.Request
	body []byte
	q    url.Values
	principal
	prefer
}

// serve answers the protocol. The body is read before the lock is taken: a slow client delays nobody else.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		http.Error(w, "read body: "+err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch path := r.URL.Path; {
	case path == "/v1.0/$batch":
		s.serveBatch(w, r, body)
	case path == "/v1.0/subscriptions" || strings.HasPrefix(path, "/v1.0/subscriptions/"):
		s.serveSubscriptions(w, r, body)
	default:
		s.serveOne(w, r, body)
	}
}

// serveOne answers one request.
func (s *Server) serveOne(w http.ResponseWriter, r *http.Request, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stamp(w, r)
	if tenant, rest, ok := s.identityPath(r.URL.Path); ok {
		s.serveIdentity(w, r, tenant, rest)
		return
	}
	if f := s.answer(w, r, body); f != nil {
		s.fail(w, r, f)
	}
}

// stamp gives an answer the ids by which the original's support finds it.
func (s *Server) stamp(w http.ResponseWriter, r *http.Request) {
	s.requests++
	id := itemID{kind: idFolder, item: s.requests}.String()
	w.Header().Set("request-id", id)
	if given := r.Header.Get("client-request-id"); given != "" {
		id = given
	}
	w.Header().Set("client-request-id", id)
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
}

// answer finds out who asks, and for what.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, body []byte) *failure {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v1.0/")
	if !ok {
		return refPath.because("Invalid version: the path does not begin with /v1.0/.")
	}
	if len(body) > maxBody {
		return refTooLarge.because("The request is larger than 4 MB.")
	}
	who, f := s.signedIn(r)
	if f != nil {
		return f
	}
	done, f := s.admit(who.box, r)
	if f != nil {
		return f
	}
	defer done()
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refQuery.because("The query specified in the URI is not valid.")
	}
	c := &call{Server: s, w: w, r: r, body: body, q: q, principal: who}
	if c.prefer, f = readPrefer(r.Header); f != nil {
		return f
	}
	return c.route(path)
}

// signedIn reads the bearer token.
func (s *Server) signedIn(r *http.Request) (principal, *failure) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return principal{}, refToken.because("Access token is empty.")
	}
	if s.opt.Token != "" && same(token, s.opt.Token) {
		return principal{s.boxes[0], allScopes}, nil
	}
	g, ok := s.identity.access[token]
	if !ok {
		return principal{}, refToken.because("IDX14100: JWT is not well formed.")
	}
	if !g.until.After(s.now()) {
		return principal{}, refToken.because("Lifetime validation failed, the token is expired.")
	}
	if audience(g.scopes) != "" {
		return principal{}, refToken.because("Access token validation failure. Invalid audience.")
	}
	return principal{g.box, g.scopes}, nil
}

// allScopes are those that the stand-in knows.
var allScopes = []string{"Calendars.ReadWrite", "Calendars.Read", "User.Read", "offline_access", "openid", "profile", "email"}

// same compares secrets in constant time, as the original does; the stand-in's own are no secrets.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// need holds a scope; write asks for the right to write.
func (c *call) need(write bool) *failure {
	if c.box.NoMailbox != "" {
		f := refNoMailbox.because("The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
		f.Code = c.box.NoMailbox
		return f
	}
	if slices.Contains(c.scopes, "Calendars.ReadWrite") || !write && slices.Contains(c.scopes, "Calendars.Read") {
		return nil
	}
	return refScope.because("Access is denied. Check credentials and try again.")
}

// findBox finds a mailbox by the address of its user.
func (s *Server) findBox(address string) *mailbox {
	for _, b := range s.boxes {
		if equalFold(b.Name, address) {
			return b
		}
	}
	return nil
}

// base is where the server is reached, as links in answers have it.
func (c *call) base() string { return origin(c.r) }

// empty puts the store back to the first day.
func (s *Server) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variants, s.moved, s.lag, s.everywhere.paused = s.opt.Variants, false, 0, time.Time{}
	s.fill()
}
