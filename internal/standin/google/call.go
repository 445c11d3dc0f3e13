package google

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
	who   *account
	query url.Values
	body  object // what the client sent, checked; nil if the method takes none
}

const (
	maxBody = 1 << 20
	tooFew  = "Request had insufficient authentication scopes."
)

// perform answers one call. The body is read before the lock is taken: a slow client delays nobody else.
func (s *Server) perform(m *method, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		s.fail(w, refParse.because("read body: "+err.Error()))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ring()
	c := &call{Server: s, m: m, w: w, r: r, query: r.URL.Query()}
	f := c.admit(body)
	if f == nil {
		f = m.run(c)
	}
	if f != nil {
		f.method = m.id
		s.fail(w, f)
	}
}

// admit checks who calls, and the form of what they say.
func (c *call) admit(body []byte) (f *failure) {
	if c.grant, f = c.grantOf(c.r); f != nil {
		return f
	}
	c.who = c.grant.who
	if client := c.client(c.grant.client); client != nil && client.NoAPI {
		return refNoAPI.because("Calendar API has not been used in this project before or it is disabled.")
	}
	if c.who.NoCalendar {
		return refNoCalendar.because("The user must be signed up for Google Calendar.")
	}
	if !c.m.allows(c.grant.scopes) {
		return refScope.because(tooFew)
	}
	if f = c.spend(c.who, c.text("quotaUser")); f != nil {
		return f
	}
	if f = c.checkQuery(); f != nil {
		return f
	}
	if len(body) > maxBody {
		return refTooLarge.because("The request is too large.")
	}
	if c.m.verb == http.MethodPost || c.m.verb == http.MethodPut || c.m.verb == http.MethodPatch {
		if len(bytes.TrimSpace(body)) == 0 {
			c.body = object{}
			return nil
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		if err := dec.Decode(&c.body); err != nil || c.body == nil || dec.More() {
			return refParse.because("Parse Error")
		}
	}
	return nil
}

// checkQuery holds the query to the method's parameters.
func (c *call) checkQuery() *failure {
	for name, values := range c.query {
		kind, ok := c.m.takes(name)
		if !ok {
			if c.variant.IgnoreUnknown {
				continue
			}
			return refUnknown.because(fmt.Sprintf("Invalid JSON payload received. Unknown name %q: Cannot bind query parameter.", name)).at("parameter", name)
		}
		for _, v := range values {
			if !fits(kind, v) {
				return refInvalid.because(fmt.Sprintf("Invalid value for: Invalid format: %q", v)).at("parameter", name)
			}
		}
		if kind != "r" && len(values) > 1 {
			return refInvalid.because("A parameter that is not repeated comes twice.").at("parameter", name)
		}
	}
	if zone := c.query.Get("timeZone"); zone != "" {
		if _, err := location(zone); err != nil {
			return refInvalid.because("Invalid time zone: "+zone).at("parameter", "timeZone")
		}
	}
	return nil
}

// fits reports whether a parameter's value is one of its type.
func fits(kind, v string) bool {
	var err error
	switch kind {
	case "b":
		return v == "true" || v == "false"
	case "i":
		_, err = strconv.ParseInt(v, 10, 32)
	case "m":
		return v == "all" || v == "externalOnly" || v == "none"
	case "t":
		_, err = time.Parse(time.RFC3339, v)
	}
	return err == nil
}

func (c *call) has(name string) bool        { return c.query.Has(name) }
func (c *call) is(name string) bool         { return c.query.Get(name) == "true" }
func (c *call) text(name string) string     { return c.query.Get(name) }
func (c *call) all(name string) []string    { return c.query[name] }
func (c *call) segment(name string) string  { return c.r.PathValue(name) }
func (c *call) condition(key string) string { return c.r.Header.Get(key) }

// instant is a date and time of the query; zero if it is not there. Parts of seconds are ignored (reference).
func (c *call) instant(name string) time.Time {
	t, err := time.Parse(time.RFC3339, c.query.Get(name))
	if err != nil {
		return time.Time{} // not there: checkQuery has refused everything else
	}
	return t.Truncate(time.Second)
}

// pageSize is maxResults within its bounds.
func (c *call) pageSize(standard, most int) (int, *failure) {
	if !c.has("maxResults") {
		return standard, nil
	}
	n, _ := strconv.Atoi(c.text("maxResults")) // checkQuery has seen that it is a number
	if n < 1 {
		return 0, refInvalid.because("Invalid value for: maxResults has to be 1 or more.").at("parameter", "maxResults")
	}
	return min(n, most), nil
}

// answer sends a body, with what the parameter "fields" leaves of it.
func (c *call) answer(body object) *failure {
	if fields := c.text("fields"); fields != "" {
		sel, err := parseFields(fields)
		if err != nil {
			return refInvalid.because("Invalid field selection "+fields).at("parameter", "fields")
		}
		body = sel.of(body).(object)
	}
	if tag, ok := body["etag"].(string); ok {
		c.w.Header().Set("ETag", tag)
	}
	writeJSON(c.w, http.StatusOK, body)
	return nil
}

func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}
