package caldav

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

// finder walks from an address to calendars: entry, principal, home, calendars.
type finder struct {
	client   *client
	start    *url.URL
	username string
}

// entry is a resource that leads on.
type entry struct {
	url       *url.URL
	principal *url.URL // current-user-principal
	homes     []*url.URL
	calendar  bool
	self      []string
}

var entryProps = propfind(`<D:resourcetype/><D:current-user-principal/><C:calendar-home-set/><C:calendar-user-address-set/>`)

func (f *finder) find(ctx context.Context) (Account, error) {
	e, err := f.enter(ctx)
	if err != nil {
		return Account{}, err
	}
	account := Account{Username: f.username, Self: e.self}
	if p, ok := presetOf(e.url.Hostname()); ok {
		account.Service = p.ID
	}
	if e.calendar {
		account.Chosen = e.url.String()
	}
	if e.principal != nil {
		// calendar-home-set is a property of the principal: asked of "/" five of six servers answer 404 (providers.md 4.1).
		p, err := f.look(ctx, e.principal)
		if err != nil {
			return Account{}, err
		}
		e.homes, account.Self, account.Principal = p.homes, p.self, e.principal.String()
	} else if len(e.homes) > 0 {
		account.Principal = e.url.String()
	}
	switch {
	case len(e.homes) > 0:
	case e.calendar:
		e.homes = []*url.URL{e.url} // somebody else's calendar, or a server without principals
	default:
		return Account{}, f.notACalendar("there is no calendar-home-set")
	}
	for i, home := range e.homes {
		if i == 0 {
			account.Schedules = f.schedules(ctx, home)
		}
		found, err := f.list(ctx, home)
		if err != nil {
			return Account{}, err
		}
		account.Calendars = append(account.Calendars, found...)
	}
	if account.Chosen != "" && !slices.ContainsFunc(account.Calendars, func(c Found) bool { return c.ID == account.Chosen }) {
		found, err := f.list(ctx, e.url)
		if err != nil {
			return Account{}, err
		}
		account.Calendars = append(account.Calendars, found...)
	}
	if len(account.Calendars) == 0 {
		return account, &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeNoCalendars}
	}
	return account, nil
}

// enter tries the places where discovery may begin, until one leads on. A refused password ends it at once: trying on
// would count as further failures, and accounts are locked for those.
func (f *finder) enter(ctx context.Context) (entry, error) {
	paths := []string{"/.well-known/caldav", "/"}
	if given := pathOf(f.start); given != "/" {
		paths = append([]string{given}, paths...)
	}
	for _, p := range wellKnownPaths {
		if f.username != "" || !strings.Contains(p, "{user}") {
			paths = append(paths, strings.ReplaceAll(p, "{user}", strings.ReplaceAll(f.username, "/", "%2F")))
		}
	}
	var first error
	answered, missing := false, true
	for _, path := range paths {
		e, err := f.look(ctx, withPath(f.start, path))
		if err == nil && (e.principal != nil || len(e.homes) > 0 || e.calendar) {
			return e, nil
		}
		if err != nil && f.final(err) {
			return entry{}, err
		}
		answered = answered || err == nil || statusOf(err) != 0
		missing = missing && provider.ClassOf(err) == provider.Gone
		if first == nil || rank(err) > rank(first) {
			first = err
		}
	}
	if rank(first) > 0 {
		return entry{}, first
	}
	if !answered {
		return entry{}, first // a server that closes every connection is not reached, whatever it is
	}
	if missing {
		return entry{}, &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeWrongAddress, Status: "HTTP 404 wherever it was tried"}
	}
	return entry{}, f.notACalendar("no address there leads to calendars")
}

// hungUp reports whether the server took the connection and closed it without a word.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// final reports whether trying other paths of the host is of no use.
func (f *finder) final(err error) bool {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return true
	}
	switch e.Class {
	case provider.SignIn, provider.RateLimited:
		return true
	}
	switch e.Code {
	case provider.CodeExpiredCert, provider.CodeUnknownIssuer, provider.CodeWrongHostCert, provider.CodeForbiddenNetwork:
		return true
	case provider.CodeWrongAddress:
		return e.Class != provider.Gone // no such host, as against no such path
	case provider.CodeUnreachable:
		return !hungUp(err)
	case provider.CodePlainHTTP:
		_, redirected := errors.AsType[*premises.PlainHTTP](err)
		return !redirected // a redirect to http is a mistake that other paths may not share
	}
	return false
}

// rank orders what paths answered: a redirect that was not followed says more than a path without anything.
func rank(err error) int {
	e, ok := errors.AsType[*provider.Error](err)
	if ok && (e.Code == provider.CodeRedirect || e.Code == provider.CodePlainHTTP) {
		return 1
	}
	return 0
}

func (f *finder) notACalendar(why string) error {
	return &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeNotACalendar, Status: why}
}

// look asks one resource what it is and where it leads.
func (f *finder) look(ctx context.Context, u *url.URL) (entry, error) {
	e := entry{url: u}
	q := call{op: opDiscover, method: "PROPFIND", url: u, depth: "0", mime: xmlType, body: entryProps}
	var hrefs struct {
		principal string
		homes     []string
	}
	sum, err := f.client.multistatus(ctx, q, listLimits, func(r response) error {
		if s := r.status(); s >= 300 {
			return f.client.classify(q, s, http.Header{}, r.conditions())
		}
		hrefs.principal = r.prop(nUserPrincipal).kid(nHref).trimmed()
		hrefs.homes = append(hrefs.homes, texts(r.prop(nHomeSet), nHref)...)
		e.self = append(e.self, addresses(r.prop(nAddressSet))...)
		e.calendar = e.calendar || r.prop(nResourceType).kid(nCalendar) != nil
		return nil
	})
	if err != nil {
		return e, err
	}
	e.url = sum.url
	if hrefs.principal != "" {
		if e.principal, err = resolve(sum.url, hrefs.principal); err != nil {
			return e, broken(opDiscover, &answer{status: http.StatusMultiStatus}, err)
		}
	}
	for _, h := range hrefs.homes[:min(len(hrefs.homes), 8)] {
		// The home may be on another host: iCloud's are on pNN-caldav.icloud.com.
		home, err := resolve(sum.url, h)
		if err != nil {
			return e, broken(opDiscover, &answer{status: http.StatusMultiStatus}, err)
		}
		e.homes = append(e.homes, home)
	}
	return e, nil
}

// texts are the texts of the children called n.
func texts(parent *node, called name) []string {
	if parent == nil {
		return nil
	}
	var out []string
	for _, k := range parent.kids {
		if s := k.trimmed(); k.name == called && s != "" {
			out = append(out, s)
		}
	}
	return out
}

// addresses are the mail addresses of a calendar-user-address-set (RFC 6638 section 2.4.1).
func addresses(set *node) []string {
	var out []string
	for _, s := range texts(set, nHref) {
		if len(s) > len("mailto:") && strings.EqualFold(s[:len("mailto:")], "mailto:") {
			a := strings.ToLower(s[len("mailto:"):])
			if a, err := url.PathUnescape(a); err == nil && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// schedules reports whether the DAV header of the home says so; trouble here is no reason to stop.
func (f *finder) schedules(ctx context.Context, home *url.URL) bool {
	a, err := f.client.send(ctx, call{op: opDiscover, method: http.MethodOptions, url: home})
	if err != nil {
		return false
	}
	defer a.close()
	return davHas(a.header, "calendar-auto-schedule")
}
