package caldav

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tahti/internal/standin"
)

// Server is a CalDAV server. It is safe for concurrent use.
type Server struct {
	opt     Options
	now     func() time.Time
	faults  standin.Faults
	log     standin.Log
	mails   standin.Mails
	stand   *standin.Stand
	handler http.Handler

	mu       sync.Mutex
	profile  Profile
	first    Profile // to reset to
	accounts map[string]*account
	names    []string // of the accounts, in order
	births   uint64
	refuse   bool // every sign-in, for the switch on the page
	nonces   map[string]*nonce
}

// New makes a server with what the options name.
func New(opt Options) *Server {
	if len(opt.Users) == 0 {
		opt.Users = []User{{Name: "alice@example.com", Password: "secret"}}
	}
	opt.Users = slices.Clone(opt.Users)
	for i := range opt.Users {
		u := &opt.Users[i]
		if len(u.Addresses) == 0 && strings.Contains(u.Name, "@") {
			u.Addresses = []string{u.Name}
		} else if len(u.Addresses) == 0 {
			u.Addresses = []string{u.Name + "@example.com"}
		}
		if len(u.Calendars) == 0 {
			u.Calendars = []Calendar{{Name: "calendar", Display: "Calendar"}}
		}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Profile.Name == "" {
		opt.Profile.Name = ProfilePlain.Name
	}
	s := &Server{opt: opt, now: opt.Now, profile: opt.Profile, first: opt.Profile}
	s.log.Now = opt.Now
	s.fill()
	s.stand = &standin.Stand{
		Title: "CalDAV stand-in (" + opt.Profile.Name + ")", Now: opt.Now, Protocol: http.HandlerFunc(s.serve),
		Faults: &s.faults, Log: &s.log, Mails: &s.mails, Reset: s.empty, Desk: (*desk)(s), Zone: opt.Zone,
	}
	s.handler = s.stand.Handler()
	return s
}

// ServeHTTP serves the protocol, the control paths and the page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// davHeader is what the server says it can (RFC 4918 section 18, RFC 4791 section 5.1, RFC 6638 section 2).
func (s *Server) davHeader() string {
	v := "1, 3, extended-mkcol, calendar-access"
	if s.schedules() {
		v += ", calendar-auto-schedule"
	}
	return v
}

func (s *Server) schedules() bool { return s.profile.Schedule != ScheduleNone }

func (s *Server) maxSize() int {
	if s.profile.MaxSize > 0 {
		return min(s.profile.MaxSize, maxXML)
	}
	return 1 << 20
}

// maxBody is how much of a request's body is read; what is longer is refused by whoever looks at it.
const maxBody = maxXML + 1

// serve answers the protocol. The body is read before the lock is taken: a slow client delays nobody else.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, "read body: "+err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/.well-known/caldav" {
		s.wellKnown(w, r)
		return
	}
	who, f := s.signIn(r)
	if f == nil {
		w.Header().Set("DAV", s.davHeader())
		f = s.dispatch(w, r, who)
	}
	if f != nil {
		s.fail(w, r, f)
	}
}

// wellKnown redirects every method, before any sign-in (RFC 6764 section 5).
func (s *Server) wellKnown(w http.ResponseWriter, r *http.Request) {
	status := s.profile.WellKnown
	switch status {
	case 0:
		status = http.StatusMovedPermanently
	case http.StatusNotFound:
		s.fail(w, r, refMissing.because("no such page"))
		return
	}
	w.Header().Set("Location", "/dav/")
	w.WriteHeader(status)
}

// dispatch finds the resource and the method.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, who *account) *failure {
	res, f := s.find(r.URL.Path)
	if f != nil {
		return f
	}
	if res.account != nil && res.account != who && res.kind != resPrincipal {
		return refPrivilege.because("this is somebody else's")
	}
	switch r.Method {
	case http.MethodOptions:
		w.Header().Set("Allow", s.allowed(r.URL.Path))
		w.Header().Set("Content-Length", "0")
		return nil
	case "PROPFIND":
		return s.propfind(w, r, res, who)
	case "PROPPATCH":
		return s.proppatch(w, r, res)
	case "MKCALENDAR", "MKCOL":
		return s.mkcalendar(w, r, res)
	case http.MethodGet, http.MethodHead:
		return s.get(w, r, res)
	case http.MethodPut:
		return s.put(w, r, res, who)
	case http.MethodDelete:
		return s.delete(w, r, res, who)
	case "REPORT":
		return s.report(w, r, res, who)
	}
	return refMethod.because(r.Method + " is not supported")
}

// allowed are the methods of what is at a path.
func (s *Server) allowed(path string) string {
	res, f := s.find(path)
	if f != nil {
		return "OPTIONS"
	}
	switch {
	case res.object != nil:
		return "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND"
	case res.kind == resObject:
		return "OPTIONS, PUT, MKCALENDAR"
	case res.kind == resCollection && res.collection == nil:
		return "OPTIONS, MKCALENDAR, MKCOL"
	case res.kind == resCollection:
		return "OPTIONS, PROPFIND, PROPPATCH, REPORT, DELETE"
	case s.profile.Root405 && res.kind == resRoot:
		return "OPTIONS"
	}
	return "OPTIONS, PROPFIND"
}

// resourceKind says what a path names.
type resourceKind uint8

const (
	resRoot resourceKind = iota
	resPrincipals
	resPrincipal
	resHomes
	resHome
	resCollection // a calendar, an inbox or an outbox; collection is nil if none is there
	resObject     // object is nil if none is there
)

// resource is what a path names.
type resource struct {
	kind       resourceKind
	path       string
	account    *account
	collection *collection
	object     *object
	name       string // the last segment, of what may still be made
}

// missing reports whether the path names something that is not there.
func (r resource) missing() bool {
	return r.kind == resCollection && r.collection == nil || r.kind == resObject && r.object == nil
}

// find resolves a decoded path.
func (s *Server) find(path string) (resource, *failure) {
	none := refMissing.because("nothing is at " + path)
	seg := strings.Split(strings.Trim(path, "/"), "/")
	res := resource{kind: resRoot, path: path, name: seg[len(seg)-1]}
	switch {
	case path == "/" || len(seg) == 1 && seg[0] == "dav":
		return res, nil
	case seg[0] != "dav" || len(seg) > 5 || slices.Contains(seg, "") || slices.Contains(seg, ".."):
		return res, none
	}
	if len(seg) > 2 {
		if res.account = s.accounts[seg[2]]; res.account == nil {
			return res, none
		}
	}
	switch {
	case seg[1] == "principals" && len(seg) <= 3:
		res.kind = resPrincipals + resourceKind(len(seg)-2)
	case seg[1] == "calendars" && len(seg) <= 3:
		res.kind = resHomes + resourceKind(len(seg)-2)
	case seg[1] == "calendars" && len(seg) == 4:
		res.kind, res.collection = resCollection, res.account.collections[seg[3]]
	case seg[1] == "calendars":
		res.kind = resObject
		if res.collection = res.account.collections[seg[3]]; res.collection != nil {
			res.object = res.collection.objects[seg[4]]
		}
	default:
		return res, none
	}
	return res, nil
}

// Paths, decoded.
func principalPath(a *account) string { return "/dav/principals/" + a.Name + "/" }
func homePath(a *account) string      { return "/dav/calendars/" + a.Name + "/" }
func (c *collection) path() string    { return homePath(c.owner) + c.name + "/" }

// href writes a decoded path as the profile does.
func (s *Server) href(path string) string {
	switch s.profile.Hrefs {
	case HrefRaw:
		return path
	case HrefEncoded:
		return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(path))
	}
	return (&url.URL{Path: path}).EscapedPath()
}
