package caldav

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tahti/internal/provider"
)

const opProbe = "look at the server"

// usualConcurrency is how many requests at a time an ordinary server bears without complaint.
const usualConcurrency = 4

// cyrusConcurrency is for Cyrus, which answers each connection with a process of its own and waits for no lock but the
// mailbox's: what a first sync out takes there is the way to and fro.
const cyrusConcurrency = 8

var probeProps = propfind(`<D:resourcetype/><D:sync-token/><S:getctag/><D:supported-report-set/>` +
	`<D:current-user-privilege-set/><C:max-resource-size/><D:current-user-principal/>`)

// Probe finds out what the server can do, by asking and by trying; it writes nothing. It needs up to five requests. Errors
// are those of Pull, and CodeNotACalendar.
func (c *Calendar) Probe(ctx context.Context) (Profile, error) {
	p := Profile{Guard: provider.GuardFull, Concurrency: usualConcurrency}
	options, err := c.options(ctx)
	if err != nil {
		return Profile{}, err
	}
	var (
		h         head
		principal *url.URL
		seen      bool
	)
	q := call{op: opProbe, method: "PROPFIND", url: c.url, depth: "0", mime: xmlType, body: probeProps}
	_, err = c.client.multistatus(ctx, q, listLimits, func(r response) error {
		if err := c.collectionError(q, r); err != nil {
			return err
		}
		seen = true
		h = head{token: r.prop(nSyncToken).trimmed(), ctag: r.prop(nCTag).trimmed()}
		p.Multiget = supports(r, nMultiget)
		p.Sync = supports(r, nSyncReport) && h.token != ""
		p.CTag = h.ctag != ""
		p.ReadOnly = !writable(r)
		if n, err := strconv.Atoi(r.prop(nMaxSize).trimmed()); err == nil && n > 0 {
			p.MaxSize = n
		}
		if href := r.prop(nUserPrincipal).kid(nHref).trimmed(); href != "" {
			if u, err := resolve(c.url, href); err == nil {
				principal = u
			}
		}
		return nil
	})
	if err == nil && !seen {
		err = emptyAnswer(opProbe)
	}
	if err != nil {
		return Profile{}, err
	}
	c.recognise(&p, options, h)
	if p.Sync {
		if p.Sync, err = c.syncWorks(ctx, h.token); err != nil {
			return Profile{}, err
		}
	}
	p.Schedules, err = c.schedules(ctx, p, options, principal)
	return p, err
}

// options asks for the DAV header, which most servers send with OPTIONS alone. One that refuses OPTIONS says nothing.
func (c *Calendar) options(ctx context.Context) (http.Header, error) {
	q := call{op: opProbe, method: http.MethodOptions, url: c.url}
	a, err := c.client.send(ctx, q)
	if err != nil {
		return nil, err
	}
	defer a.close()
	switch a.status {
	case http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return nil, c.client.refused(q, a)
	}
	return a.header, nil
}

// recognise sets what a product is known for and does not say (providers.md 4.2, 4.3).
func (c *Calendar) recognise(p *Profile, options http.Header, h head) {
	server := options.Get("Server")
	switch {
	case strings.Contains(c.path, "/SOGo/dav/") || strings.Contains(server, "SOPE") || isSeconds(h.token):
		p.Product = "SOGo"
		// If-None-Match: * overwrites, a stale If-Match deletes, and of two racing writers both win. ETags count from
		// gcs00000000 and start again after delete and create.
		p.Guard, p.Counted = provider.GuardNone, true
	case strings.HasSuffix(c.url.Hostname(), "googleusercontent.com"):
		p.Product, p.Guard = "Google", provider.GuardUpdate // no If header but If-Match
	case strings.HasPrefix(server, "DavMail"):
		p.Product = "DavMail"
		p.Guard, p.Multiget, p.Gateway = provider.GuardNone, true, true
	case strings.Contains(server, "Cyrus"):
		p.Product, p.Concurrency = "Cyrus", cyrusConcurrency
	case options.Get("X-Davical-Version") != "":
		p.Product = "DAViCal"
	case strings.HasPrefix(h.token, "http://radicale.org/"):
		p.Product = "Radicale"
	case strings.Contains(c.path, "/remote.php/dav/"):
		p.Product = "Nextcloud"
	case strings.HasPrefix(h.token, "http://sabre.io/") || strings.HasPrefix(h.token, "http://sabredav.org/"):
		p.Product = "Sabre"
	case davHas(options, "calendar-auto-scheduling"): // not RFC 6638's word
		p.Product = "Xandikos"
	}
	if service, ok := presetOf(c.url.Hostname()); ok {
		if p.Product == "" {
			p.Product = service.Name
		}
		p.Sync = p.Sync && !service.noSync
		if service.concurrency > 0 {
			p.Concurrency = service.concurrency
		}
	}
}

// isSeconds reports whether a token is a time in seconds, as SOGo's is; at the start while the calendar is empty. A server that
// counts so coarsely gets SOGo's care, whatever it is.
func isSeconds(token string) bool {
	n, err := strconv.ParseUint(token, 10, 64)
	return err == nil && (n < 2 || n >= 1e9 && n < 1e10)
}

// syncWorks tries the token that the calendar gave: GMX advertises sync-collection and fails at it.
func (c *Calendar) syncWorks(ctx context.Context, token string) (bool, error) {
	q := call{op: opProbe, method: "REPORT", url: c.url, depth: "0", mime: xmlType, body: syncBody(token)}
	sum, err := c.client.multistatus(ctx, q, listLimits, func(response) error { return nil })
	if err == nil {
		return sum.token != "", nil
	}
	if cannotSearch(err) {
		return false, nil
	}
	return false, err
}

// schedules reports whether the server mails guests: it says calendar-auto-schedule and the person has an outbox (GMX
// says the first and has no boxes). Where the principal cannot be asked, it is taken to schedule.
func (c *Calendar) schedules(ctx context.Context, p Profile, options http.Header, principal *url.URL) (bool, error) {
	switch {
	case p.Product == "SOGo":
		return true, nil // whatever SCHEDULE-AGENT says; the outbox is the calendar itself
	case !davHas(options, "calendar-auto-schedule"):
		return false, nil
	case principal == nil:
		return true, nil
	}
	outbox := false
	q := call{op: opProbe, method: "PROPFIND", url: principal, depth: "0", mime: xmlType, body: propfind(`<C:schedule-outbox-URL/>`)}
	_, err := c.client.multistatus(ctx, q, listLimits, func(r response) error {
		outbox = outbox || r.prop(nOutbox).kid(nHref).trimmed() != ""
		return nil
	})
	if err != nil && !cannotSearch(err) {
		return false, fmt.Errorf("ask for the outbox: %w", err)
	}
	return outbox || err != nil, nil
}

// davHas reports whether the DAV header lists a feature. Cyrus puts white space where commas belong.
func davHas(h http.Header, feature string) bool {
	for _, line := range h.Values("Dav") {
		for f := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ' ' }) {
			if f == feature {
				return true
			}
		}
	}
	return false
}

// supports reports whether supported-report-set names a report. Xandikos leaves out the <report> around it.
func supports(r response, report name) bool {
	set := r.prop(nReportSet)
	if set == nil {
		return false
	}
	for _, s := range set.kids {
		if s.name == nSupported && (s.kid(report) != nil || s.at(nReport, report) != nil) {
			return true
		}
	}
	return false
}

// writable reads current-user-privilege-set (RFC 3744 section 5.5). A server that does not say is tried. DavMail puts all that somebody
// may do into one privilege, where each belongs into its own.
func writable(r response) bool {
	set := r.prop(nPrivileges)
	if set == nil {
		return true
	}
	has := map[name]bool{}
	for _, p := range set.kids {
		if p.name != nPrivilege {
			continue
		}
		for _, k := range p.kids {
			has[k.name] = true
		}
	}
	return has[spaceDAV+"all"] || has[spaceDAV+"write"] || has[spaceDAV+"write-content"] && has[spaceDAV+"bind"]
}
