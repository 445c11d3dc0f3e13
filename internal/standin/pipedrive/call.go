package pipedrive

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one call of a method, with everything about it that was found good so far.
type call struct {
	*Server
	m     *method
	w     http.ResponseWriter
	r     *http.Request
	grant *grant
	who   *member
	query url.Values
	id    int64  // of the path
	body  object // what the client sent; nil if the method takes none
}

const maxBody = 1 << 20

// serveAPI answers one call. The body is read before the lock is taken: a slow client delays nobody else.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		s.fail(w, refBody.because("read body: "+err.Error()))
		return
	}
	m, id, known := find(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.date(w)
	c := &call{Server: s, m: m, w: w, r: r, query: r.URL.Query()}
	f := c.enter()
	switch {
	case f != nil:
	case m == nil && known:
		f = refMethod.because("Method not allowed")
	case m == nil:
		f = refPath.because("Unknown method .")
	default:
		if f = c.admit(id, body); f == nil {
			f = m.run(c)
		}
	}
	if f != nil {
		s.fail(w, f)
	}
}

// enter checks who calls, and whether they may call now.
func (c *call) enter() (f *failure) {
	if c.grant, f = c.grantOf(c.r); f != nil {
		return f
	}
	if c.grant.blocked(c.now()) {
		return refBlocked.because("")
	}
	c.who = c.grant.who
	switch {
	case c.who.NoAPI || c.noAPI || !c.who.active:
		return refNoAPI.because("API access is not allowed for this user")
	case c.unpaid:
		return refUnpaid.because("Company account is not open")
	}
	return c.spend()
}

// admit checks the form of what a method is asked.
func (c *call) admit(id string, body []byte) *failure {
	if !c.m.allows(c.grant) {
		return refScope.because("Scope and URL mismatch")
	}
	if f := c.checkParams(); f != nil {
		return f
	}
	if strings.HasSuffix(c.m.path, "{id}") {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n <= 0 {
			return invalid("id", "This value is not a valid number.")
		}
		c.id = n
	}
	if c.m.verb == http.MethodGet || c.m.verb == http.MethodDelete {
		return nil
	}
	return c.read(body)
}

// read takes the body: v2 takes JSON alone, and forms, which v1 takes too, are not played.
func (c *call) read(body []byte) *failure {
	if len(body) > maxBody {
		return refTooLarge.because("Request entity too large")
	}
	if kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refBody.because("Request body must be JSON: Content-Type application/json")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return refBody.because("Request body is not valid JSON")
	}
	o, ok := v.(object)
	if !ok {
		return refBody.because("Request body must be a JSON object")
	}
	c.body = o
	return nil
}

// checkParams holds the query to the method's parameters.
func (c *call) checkParams() *failure {
	for name, values := range c.query {
		kind, ok := c.m.takes(name)
		switch {
		case name == "api_token":
			c.query.Del(name)
		case !ok && c.variant.IgnoreUnknown:
			c.query.Del(name)
		case !ok:
			return refUnknown.because("Validation failed: " + name + ": This field was not expected.")
		case len(values) != 1:
			return invalid(name, "This value should be given once.")
		default:
			if f := checkParam(name, kind, values[0]); f != nil {
				return f
			}
		}
	}
	return nil
}

func checkParam(name, kind, v string) *failure {
	switch kind {
	case "s":
	case "i":
		if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < 0 {
			return invalid(name, "This value is not a valid number.")
		}
	case "b":
		if v != "true" && v != "false" {
			return invalid(name, "This value is not a valid boolean.")
		}
	case "t":
		if _, err := time.Parse("2006-01-02T15:04:05Z07:00", v); err != nil || strings.Contains(v, ".") {
			return refFraction.because("Validation failed: " + name + ": This value is not a valid datetime.")
		}
	default:
		if !slices.Contains(strings.Split(kind, "|"), v) {
			return invalid(name, "The value you selected is not a valid choice.")
		}
	}
	return nil
}

// number is a checked integer of the query; ok is false where it is not there.
func (c *call) number(name string) (n int64, ok bool) {
	if !c.query.Has(name) {
		return 0, false
	}
	n, err := strconv.ParseInt(c.query.Get(name), 10, 64)
	return n, err == nil
}

// instant is a checked time of the query.
func (c *call) instant(name string) (t time.Time, ok bool) {
	t, err := time.Parse(time.RFC3339, c.query.Get(name))
	return t, err == nil
}

// flag is a checked truth of the query.
func (c *call) flag(name string) bool { return c.query.Get(name) == "true" }

// answer sends what was asked for.
func (c *call) answer(status int, data any) *failure {
	writeJSON(c.w, status, object{"success": true, "data": data})
	return nil
}
