package ews

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"

	"tahti/internal/standin"
)

// Discovery is how autodiscover answers.
type Discovery struct {
	Kind   DiscoveryKind
	Target string // an address or a URL, of the kinds that lead somewhere
}

// DiscoveryKind is what autodiscover does.
type DiscoveryKind uint8

// The kinds.
const (
	DiscoverHere         DiscoveryKind = iota // names this server
	DiscoverMissing                           // 404: there is no autodiscover
	DiscoverMoved                             // any request is sent to Target, with 302, and none is asked to sign in
	DiscoverRedirectURL                       // the answer names another autodiscover: Target
	DiscoverRedirectUser                      // the answer names another address to ask about: Target
	DiscoverElsewhere                         // names Target as the web services
	DiscoverNoService                         // knows the user, and names no web services
	DiscoverUnknown                           // says that there is no such user
	DiscoverBroken                            // answers what is no XML
)

// CloudURL is where the web services of Exchange Online are.
const CloudURL = "https://outlook.office365.com/EWS/Exchange.asmx"

// SetDiscovery says how autodiscover answers from now on.
func (s *Server) SetDiscovery(d Discovery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discovery = d
}

// The paths of autodiscover, in lower case.
const (
	poxPath  = "/autodiscover/autodiscover.xml"
	soapPath = "/autodiscover/autodiscover.svc"
)

// The namespaces of autodiscover.
const (
	nsPOXRequest  = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	nsPOXAnswer   = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
	nsPOXOutside  = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
	nsDiscover    = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
	nsAddressing  = "http://www.w3.org/2005/08/addressing"
	nsSchemaType  = "http://www.w3.org/2001/XMLSchema-instance"
	actionSetting = nsDiscover + "/Autodiscover/GetUserSettingsResponse"
)

// serveDiscovery answers both kinds of autodiscover.
func (s *Server) serveDiscovery(w http.ResponseWriter, r *http.Request, path string) {
	s.mu.Lock()
	d := s.discovery
	s.mu.Unlock()
	switch d.Kind {
	case DiscoverMissing:
		s.refuse(w, r, refNoDiscovery.because("404 - File or directory not found."))
		return
	case DiscoverMoved:
		http.Redirect(w, r, d.Target, http.StatusFound)
		return
	}
	s.mu.Lock()
	_, f := s.signIn(w, r)
	s.mu.Unlock()
	switch {
	case f != nil:
		s.refuse(w, r, f)
		return
	case r.Method != http.MethodPost && (path == soapPath || r.Method != http.MethodGet):
		s.refuse(w, r, refMethod.because("405 - HTTP verb used to access this page is not allowed."))
		return
	case d.Kind == DiscoverBroken:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Welcome to our site<br></body>")) // see send
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDiscovery))
	if err != nil {
		http.Error(w, "read body: "+err.Error(), http.StatusBadRequest)
		return
	}
	e, _ := standin.ParseXML(bytes.NewReader(body)) // nil is answered as an invalid request
	if path == soapPath {
		s.settings(w, r, e, d)
		return
	}
	s.pox(w, r, e, d)
}

// maxDiscovery is how much of a body autodiscover reads.
const maxDiscovery = 1 << 20

// service is where the web services are, as autodiscover names them; empty if it names none.
func (d Discovery) service(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	switch d.Kind {
	case DiscoverElsewhere:
		return d.Target
	case DiscoverNoService:
		return ""
	}
	return scheme + "://" + r.Host + "/EWS/Exchange.asmx"
}

// cloudDomain is the organisation's part of Exchange Online.
const cloudDomain = "example.mail.onmicrosoft.com"

// about is how autodiscover answers about one address: a mailbox that has gone to Exchange Online leads to its address
// there, and that address to the services there.
func (s *Server) about(address string, d Discovery) Discovery {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, domain, _ := strings.Cut(address, "@")
	if strings.EqualFold(domain, cloudDomain) {
		return Discovery{DiscoverElsewhere, CloudURL}
	}
	if b := s.findBox(address); b != nil && b.account == AccountCloud && d.Kind == DiscoverHere {
		return Discovery{DiscoverRedirectUser, name + "@" + cloudDomain}
	}
	return d
}

// asked finds the mailbox that autodiscover is asked about; nil is an unknown one.
func (s *Server) asked(address string, d Discovery) *mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.Kind == DiscoverUnknown {
		return nil
	}
	if name, domain, _ := strings.Cut(address, "@"); strings.EqualFold(domain, cloudDomain) {
		for _, b := range s.boxes {
			if short, _, _ := strings.Cut(b.Name, "@"); strings.EqualFold(short, name) {
				return b
			}
		}
	}
	return s.findBox(address)
}

// pox answers "plain old XML".
func (s *Server) pox(w http.ResponseWriter, r *http.Request, e *element, d Discovery) {
	answer := func(kids ...node) {
		sendPlain(w, el("Autodiscover", kids...).with("xmlns", nsPOXOutside))
	}
	refuse := func(ref Refusal, code, why string) {
		w.Header().Set("X-Standin-Refusal", ref.Number)
		at := s.now().UTC().Format("15:04:05.0000000")
		answer(el("Response", el("Error", tx("ErrorCode", code), tx("Message", why), el("DebugData")).with("Time", at, "Id", "1")))
	}
	request := e
	if request != nil {
		request = request.Child(nsPOXRequest, "Request")
	}
	switch {
	case request == nil || textOf(request.Child(nsPOXRequest, "EMailAddress")) == "" && request.Child(nsPOXRequest, "LegacyDN") == nil:
		refuse(refPOXInvalid, "600", "Invalid Request")
		return
	case textOf(request.Child(nsPOXRequest, "AcceptableResponseSchema")) != nsPOXAnswer:
		refuse(refPOXSchema, "601", "Provider is not available.")
		return
	}
	account := func(kids ...node) {
		answer(el("Response", kids...).with("xmlns", nsPOXAnswer))
	}
	address := textOf(request.Child(nsPOXRequest, "EMailAddress"))
	d = s.about(address, d)
	switch d.Kind {
	case DiscoverRedirectURL:
		account(el("Account", tx("Action", "redirectUrl"), tx("RedirectUrl", d.Target)))
		return
	case DiscoverRedirectUser:
		account(el("Account", tx("Action", "redirectAddr"), tx("RedirectAddr", d.Target)))
		return
	}
	b := s.asked(address, d)
	if b == nil {
		refuse(refPOXUnknown, "500", "The email address can't be found.")
		return
	}
	var protocols []node
	for _, kind := range []string{"EXCH", "EXPR"} { // inside and outside
		p := el("Protocol", tx("Type", kind), tx("Server", "exchange.example.com"), tx("ServerVersion", "73C2869A"))
		if url := d.service(r); url != "" {
			p.kids = append(p.kids, tx("ASUrl", url), tx("EwsUrl", url))
		}
		protocols = append(protocols, p)
	}
	user := el("User", tx("DisplayName", b.Display), tx("LegacyDN", "/o=Example/ou=Exchange/cn=Recipients/cn="+b.Display),
		tx("AutoDiscoverSMTPAddress", b.Name), tx("DeploymentId", "00000000-0000-0000-0000-000000000001"))
	account(user, el("Account", append([]node{tx("AccountType", "email"), tx("Action", "settings")}, protocols...)...))
}

func sendPlain(w http.ResponseWriter, n node) {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>`)
	n.write(&b)
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // see send
}

// settings answers GetUserSettings.
func (s *Server) settings(w http.ResponseWriter, r *http.Request, e *element, d Discovery) {
	a := func(e *element, name string) *element { return e.Child(nsDiscover, name) }
	var request *element
	if e != nil && e.Is(nsSOAP, "Envelope") {
		request = a(a(e.Child(nsSOAP, "Body"), "GetUserSettingsRequestMessage"), "Request")
	}
	users := children(a(request, "Users"))
	if request == nil || len(users) == 0 || a(request, "RequestedSettings") == nil {
		w.Header().Set("X-Standin-Refusal", refSettings.Number)
		sendSettings(w, tx("ErrorCode", refSettings.Code), tx("ErrorMessage", "The request is not valid."), el("UserResponses"))
		return
	}
	var names []string
	for _, x := range children(a(request, "RequestedSettings")) {
		names = append(names, textOf(x))
	}
	responses := el("UserResponses")
	for _, u := range users {
		responses.kids = append(responses.kids, s.userSettings(w, r, textOf(a(u, "Mailbox")), names, d))
	}
	sendSettings(w, tx("ErrorCode", "NoError"), el("ErrorMessage"), responses)
}

func sendSettings(w http.ResponseWriter, kids ...node) {
	body := el("GetUserSettingsResponseMessage", el("Response", kids...).with("xmlns:i", nsSchemaType)).with("xmlns", nsDiscover)
	version := el("h:ServerVersionInfo", tx("h:MajorVersion", "15"), tx("h:MinorVersion", "2"), tx("h:MajorBuildNumber", "1748"), tx("h:MinorBuildNumber", "10"),
		tx("h:Version", "Exchange2015")).with("xmlns:h", nsDiscover)
	send(w, http.StatusOK, el("s:Header", tx("a:Action", actionSetting).with("s:mustUnderstand", "1", "xmlns:a", nsAddressing), version), el("s:Body", body))
}

// userSettings are those of one user that were asked for.
func (s *Server) userSettings(w http.ResponseWriter, r *http.Request, address string, names []string, d Discovery) node {
	d = s.about(address, d)
	redirect := func(code, why string) node {
		return el("UserResponse", tx("ErrorCode", code), tx("ErrorMessage", why), tx("RedirectTarget", d.Target), el("UserSettingErrors"), el("UserSettings"))
	}
	switch d.Kind {
	case DiscoverRedirectURL:
		return redirect("RedirectUrl", "Redirection url.")
	case DiscoverRedirectUser:
		return redirect("RedirectAddress", "Redirection address.")
	}
	b := s.asked(address, d)
	if b == nil {
		w.Header().Set("X-Standin-Refusal", refSettingsUser.Number)
		return el("UserResponse", tx("ErrorCode", refSettingsUser.Code), tx("ErrorMessage", "Invalid user."), el("RedirectTarget").with("i:nil", "true"),
			el("UserSettingErrors"), el("UserSettings"))
	}
	url := d.service(r)
	known := map[string]string{
		"ExternalEwsUrl": url, "InternalEwsUrl": url, "UserDisplayName": b.Display, "AutoDiscoverSMTPAddress": b.Name, "CasVersion": "15.02.1748.010",
		"EwsSupportedSchemas": strings.Join(versions[:slices.Index(versions, s.opt.Version)+1], ", "), "ExternalEwsVersion": "15.02.1748.000",
	}
	wrong, settings := el("UserSettingErrors"), el("UserSettings")
	for _, name := range names {
		if v := known[name]; v != "" {
			settings.kids = append(settings.kids, el("UserSetting", tx("Name", name), tx("Value", v)).with("i:type", "StringSetting"))
		} else {
			wrong.kids = append(wrong.kids, el("UserSettingError", tx("ErrorCode", "SettingIsNotAvailable"), tx("ErrorMessage", "The setting is not available."), tx("SettingName", name)))
		}
	}
	return el("UserResponse", tx("ErrorCode", "NoError"), tx("ErrorMessage", "No error."), el("RedirectTarget").with("i:nil", "true"), wrong, settings)
}
