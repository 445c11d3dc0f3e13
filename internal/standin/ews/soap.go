package ews

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/standin"
)

// The namespaces of the protocol.
const (
	nsSOAP     = "http://schemas.xmlsoap.org/soap/envelope/"
	nsMessages = "http://schemas.microsoft.com/exchange/services/2006/messages"
	nsTypes    = "http://schemas.microsoft.com/exchange/services/2006/types"
	nsErrors   = "http://schemas.microsoft.com/exchange/services/2006/errors"
)

// versions are the schemas that a request may ask for, oldest first.
var versions = []string{
	"Exchange2007", "Exchange2007_SP1", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013", "Exchange2013_SP1", "Exchange2015", "Exchange2016",
}

// builds are what a server of a version says of itself in ServerVersionInfo.
var builds = map[string][]string{
	"Exchange2010_SP2": {"14", "3", "513", "0", "Exchange2010_SP2"},
	"Exchange2013_SP1": {"15", "0", "1497", "2", "V2_23"},
	"Exchange2016":     {"15", "2", "1748", "10", "V2017_07_11"},
}

// maxBody is how much of a request's body is read.
const maxBody = 35 << 20

// element is a parsed XML element.
type element = standin.Element

// t and m are the child of a name in the namespace of types or of messages, or nil.
func t(e *element, name string) *element { return e.Child(nsTypes, name) }
func m(e *element, name string) *element { return e.Child(nsMessages, name) }

// textOf is an element's text without the space around it.
func textOf(e *element) string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.Text)
}

// serveSOAP reads an envelope and answers its operation.
func (s *Server) serveSOAP(w http.ResponseWriter, r *http.Request, box *mailbox) {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "text/xml") {
		s.refuse(w, r, refMedia.because("Cannot process the message because the content type was not the expected type 'text/xml; charset=utf-8'."))
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		http.Error(w, "read body: "+err.Error(), http.StatusBadRequest)
		return
	}
	if len(body) > maxBody {
		s.refuse(w, r, refTooLarge.because("The request is too large."))
		return
	}
	env, err := standin.ParseXML(bytes.NewReader(body))
	if err != nil {
		s.refuse(w, r, refSchema.because("The request failed schema validation: "+err.Error()))
		return
	}
	c := &call{Server: s, w: w, r: r, box: box, zone: utc}
	switch list, f := c.locked(env); {
	case f != nil:
		s.refuse(w, r, f)
	case c.stream != nil:
		c.stream.serve(c)
	case c.reply != nil:
		c.envelope(*c.reply)
	default:
		c.send(list)
	}
}

// locked answers an envelope with the lock held.
func (c *call) locked(env *element) ([]message, *failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.box.account == AccountCloud {
		return nil, refCloud.because("The SMTP address has no mailbox associated with it.")
	}
	done, f := c.admit()
	switch {
	case f != nil && f.Number == refInnerBusy.Number:
		return c.innerBusy(env, f), nil
	case f != nil:
		return nil, f
	}
	defer done()
	return c.run(env)
}

// call is one request as it is answered.
type call struct {
	*Server
	w       http.ResponseWriter
	r       *http.Request
	box     *mailbox
	version int // of the schema, an index of versions
	zone    zone
	context bool // the zone is of a TimeZoneContext
	op      operation
	// bodyType is what an ItemShape asks for; finding, that the answer is FindItem's or SyncFolderItems', which leave
	// out what only GetItem gives.
	bodyType string
	finding  bool
	stream   *stream // what is to be sent is not known yet
	reply    *node   // an answer that has no response messages
}

// innerBusy answers an operation with a response message that refuses, as if it had been tried.
func (c *call) innerBusy(env *element, f *failure) []message {
	c.op = operation{name: "GetItem"}
	for _, e := range children(env.Child(nsSOAP, "Body")) {
		if op, ok := operations[e.Name.Local]; ok {
			c.op = op
			c.op.name = e.Name.Local
		}
	}
	return []message{failed(f)}
}

// run finds the operation of an envelope, holds it to the schema and answers it.
func (c *call) run(env *element) ([]message, *failure) {
	if !env.Is(nsSOAP, "Envelope") {
		return nil, refSchema.because("The request failed schema validation: the root element is not Envelope.")
	}
	if f := c.header(env.Child(nsSOAP, "Header")); f != nil {
		return nil, f
	}
	body := env.Child(nsSOAP, "Body")
	if body == nil || len(body.Children) != 1 {
		return nil, refSchema.because("The request failed schema validation: the body has to hold one operation.")
	}
	e := body.Children[0]
	op, ok := operations[e.Name.Local]
	if !ok || e.Name.Space != nsMessages {
		return nil, refOperation.because("The SOAP message requests " + e.Name.Local + ", which is not supported.")
	}
	standin.Note(c.r, e.Name.Local)
	if problem := check(e, e.Name.Local); problem != "" {
		return nil, refSchema.because("The request failed schema validation: " + problem)
	}
	if name := c.tooNew(e); name != "" {
		return nil, refTooNew.because("The request is valid for a newer RequestServerVersion than the one that was asked for: " + name + ".")
	}
	c.op = op
	c.op.name = e.Name.Local
	return op.answer(c, e)
}

// since are elements that came with a later schema than the first one.
var since = map[string]string{
	"StartTimeZone": "Exchange2010", "EndTimeZone": "Exchange2010", "GetServerTimeZones": "Exchange2010", "GetUserConfiguration": "Exchange2010",
	"GetStreamingEvents": "Exchange2010_SP1", "StreamingSubscriptionRequest": "Exchange2010_SP1",
}

// tooNew is an element that the schema asked for does not have; empty if all are in it.
func (c *call) tooNew(e *element) string {
	if first := since[e.Name.Local]; first != "" && c.version < slices.Index(versions, first) {
		return e.Name.Local
	}
	for _, k := range e.Children {
		if name := c.tooNew(k); name != "" {
			return name
		}
	}
	return ""
}

// header reads what goes with every request.
func (c *call) header(h *element) *failure {
	asked := "Exchange2007" // where nothing is asked for
	if h != nil {
		if v := t(h, "RequestServerVersion"); v != nil {
			asked = v.Attr("Version")
		}
	}
	// Dated versions, as V2017_07_11, are of the newest schema.
	if len(asked) > 6 && asked[0] == 'V' && asked[1] == '2' && c.opt.Version == "Exchange2016" {
		asked = "Exchange2016"
	}
	if c.version = slices.Index(versions, asked); c.version < 0 || c.version > slices.Index(versions, c.opt.Version) {
		return refVersion.because("The specified server version is invalid.")
	}
	if h == nil {
		return nil
	}
	if ctx := t(h, "TimeZoneContext"); ctx != nil {
		z, ok := windowsZone(t(ctx, "TimeZoneDefinition").Attr("Id"))
		if !ok {
			return refContextZone.because("The time zone of the TimeZoneContext is not known.")
		}
		c.zone, c.context = z, true
	}
	return nil
}

// message is the answer to one part of a request.
type message struct {
	failure *failure
	warning bool // a failure that is none but a warning
	inner   []node
}

func done(inner ...node) message            { return message{inner: inner} }
func failed(f *failure) message             { return message{failure: f} }
func listed(name string, k ...node) message { return done(el(name, k...)) }

// send answers an operation, one response message for each part.
func (c *call) send(list []message) {
	var numbers []string
	kids := make([]node, 0, len(list))
	for _, x := range list {
		kids = append(kids, c.render(x))
		if x.failure != nil && !x.warning {
			numbers = append(numbers, x.failure.Number)
		}
	}
	if len(numbers) > 0 {
		c.w.Header().Set("X-Standin-Refusal", strings.Join(slices.Compact(numbers), ","))
	}
	c.envelope(el("m:"+c.op.name+"Response", el("m:ResponseMessages", kids...)))
}

// render writes one response message.
func (c *call) render(x message) node {
	n := el("m:" + c.op.name + "ResponseMessage")
	f := x.failure
	if f == nil {
		n.attrs = []string{"ResponseClass", "Success"}
		n.kids = append([]node{tx("m:ResponseCode", "NoError")}, x.inner...)
		return n
	}
	class := "Error"
	if x.warning {
		class = "Warning"
	}
	n.attrs = []string{"ResponseClass", class}
	n.kids = []node{tx("m:MessageText", f.detail), tx("m:ResponseCode", f.Code), tx("m:DescriptiveLinkKey", "0")}
	if len(f.info) > 0 {
		n.kids = append(n.kids, el("m:MessageXml", f.info...))
	}
	if c.op.empty != "" {
		n.kids = append(n.kids, el(c.op.empty))
	}
	n.kids = append(n.kids, x.inner...)
	return n
}

// envelope sends an answer as a whole.
func (c *call) envelope(body node) {
	send(c.w, http.StatusOK, c.serverHeader(), el("s:Body", body.with("xmlns:m", nsMessages, "xmlns:t", nsTypes)))
}

// serverHeader says which server an answer is of.
func (c *call) serverHeader() node {
	build := builds[c.opt.Version]
	if build == nil {
		build = builds["Exchange2016"]
	}
	return el("s:Header", el("h:ServerVersionInfo").with("MajorVersion", build[0], "MinorVersion", build[1], "MajorBuildNumber", build[2], "MinorBuildNumber", build[3],
		"Version", build[4], "xmlns:h", nsTypes))
}

// writeEnvelope sends one of several answers on a connection.
func (c *call) writeEnvelope(body node) {
	b := document(c.serverHeader(), el("s:Body", body.with("xmlns:m", nsMessages, "xmlns:t", nsTypes)))
	_, _ = c.w.Write(b.Bytes()) // see send
}

// document writes an envelope.
func document(parts ...node) *bytes.Buffer {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>`)
	el("s:Envelope", parts...).with("xmlns:s", nsSOAP).write(&b)
	return &b
}

func send(w http.ResponseWriter, status int, parts ...node) {
	b := document(parts...)
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // what fails is the connection, and then nobody is left to be told
}

// sendFault answers a refusal of the whole request.
func sendFault(w http.ResponseWriter, f *failure) {
	detail := el("detail", tx("e:ResponseCode", f.Code).with("xmlns:e", nsErrors), tx("e:Message", f.detail).with("xmlns:e", nsErrors))
	if len(f.info) > 0 {
		detail.kids = append(detail.kids, el("t:MessageXml", f.info...).with("xmlns:t", nsTypes))
	}
	send(w, f.Status, el("s:Body", el("s:Fault",
		tx("faultcode", "a:"+f.Code).with("xmlns:a", nsTypes), tx("faultstring", f.detail).with("xml:lang", "en-US"), detail)))
}

// backOff says how long to leave the server alone.
func (f *failure) backOff(d time.Duration) {
	f.info = []node{tx("t:Value", strconv.FormatInt(d.Milliseconds(), 10)).with("Name", "BackOffMilliseconds")}
}
