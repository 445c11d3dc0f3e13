package ews

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tahti/internal/standin"
)

// Server is an Exchange server's web services. It is safe for concurrent use.
type Server struct {
	opt     Options
	now     func() time.Time
	faults  standin.Faults
	log     standin.Log
	mails   standin.Mails
	stand   *standin.Stand
	handler http.Handler

	mu        sync.Mutex
	variants  Variants
	boxes     []*mailbox
	front     Front
	discovery Discovery
	kerberos  bool // the page has left nothing but Negotiate
	full      bool // no mailbox has room for anything more
	// connections by the address of the other end.
	connections map[string]*connection
	births      uint32 // of stores, so that ids and states of before a reset are none
}

// New makes a server with what the options name.
func New(opt Options) *Server {
	opt = withDefaults(opt)
	s := &Server{opt: opt, now: opt.Now, variants: opt.Variants, front: opt.Front}
	s.log.Now, s.faults.Refuse = opt.Now, s.refuseFault
	s.fill()
	s.stand = &standin.Stand{
		Title: "Exchange stand-in", Now: opt.Now, Protocol: http.HandlerFunc(s.serve),
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
		if u.Login == "" {
			u.Login = `EXAMPLE\` + displayOf(u.Name)
		}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if !slices.Contains(versions, opt.Version) {
		opt.Version = "Exchange2016"
	}
	if opt.Schemes == nil {
		opt.Schemes = []string{"Negotiate", "NTLM", "Basic"}
	}
	if opt.MaxBatch == 0 {
		opt.MaxBatch = 500
	}
	if opt.MaxConcurrency == 0 {
		opt.MaxConcurrency = 27 // EWSMaxConcurrency, as it is installed
	}
	if opt.StreamMinute == 0 {
		opt.StreamMinute = time.Minute
	}
	if opt.BackOff == 0 {
		opt.BackOff = 5 * time.Second
	}
	return opt
}

// ServeHTTP serves the protocol, the control paths and the page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Handler is the server itself, for whoever wants a handler.
func (s *Server) Handler() http.Handler { return s.handler }

// empty puts the store back to the first day.
func (s *Server) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variants, s.front, s.discovery, s.kerberos, s.full = s.opt.Variants, s.opt.Front, Discovery{}, false, false
	s.endSubscriptions()
	s.fill()
}

// The paths of the service, which IIS takes in any case.
const (
	servicePath = "/ews/exchange.asmx"
	wsdlPath    = "/ews/services.wsdl"
)

// serve answers the protocol, behind what stands before the server.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.ToLower(r.URL.Path)
	if path == loginPath || path == secondFactorPath {
		serveLogin(w)
		return
	}
	s.mu.Lock()
	f := s.barred()
	s.mu.Unlock()
	switch {
	case f != nil:
		s.refuse(w, r, f)
	case path == servicePath, path == wsdlPath:
		s.serveService(w, r, path)
	case path == poxPath, path == soapPath:
		s.serveDiscovery(w, r, path)
	default:
		s.refuse(w, r, refPath.because("404 - File or directory not found."))
	}
}

// serveService answers a request to the web services.
func (s *Server) serveService(w http.ResponseWriter, r *http.Request, path string) {
	s.mu.Lock()
	box, f := s.signIn(w, r)
	s.mu.Unlock()
	switch {
	case f != nil:
		s.refuse(w, r, f)
	case r.Method == http.MethodPost && path == servicePath:
		s.serveSOAP(w, r, box)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		s.refuse(w, r, refMethod.because("405 - HTTP verb used to access this page is not allowed."))
	case path == servicePath:
		// The original leads a browser to the description of its services.
		http.Redirect(w, r, "/EWS/Services.wsdl", http.StatusFound)
	default:
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write([]byte(`<?xml version="1.0" encoding="utf-8"?><wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"/>`)) // see send
	}
}

// refuse answers a refusal that is not of one part of a request: of HTTP's own, or as a SOAP fault.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f *failure) {
	w.Header().Set("X-Standin-Refusal", f.Number)
	s.mu.Lock()
	front := s.front
	s.mu.Unlock()
	switch {
	case f.Status == http.StatusUnauthorized && front == FrontAppPasswordsPage, f.Status == http.StatusFound:
		toLogin(w, r, front)
	case f.Status == http.StatusUnauthorized:
		s.challenge(w)
	case f.Code != "":
		sendFault(w, f)
	default:
		http.Error(w, f.detail, f.Status)
	}
}

// refuseFault answers a fault on demand: as a SOAP fault where it names a response code, else as IIS does.
func (s *Server) refuseFault(w http.ResponseWriter, f standin.Fault) {
	switch {
	case strings.HasPrefix(f.Reason, "Error"):
		fail := &failure{Refusal: Refusal{Status: f.Status, Code: f.Reason}, detail: "The server cannot service this request right now. Try again later."}
		if f.RetryAfter > 0 {
			fail.backOff(time.Duration(f.RetryAfter) * time.Second)
		}
		sendFault(w, fail)
	case f.Status == http.StatusUnauthorized:
		s.challenge(w)
	default:
		http.Error(w, http.StatusText(f.Status), f.Status)
	}
}
