package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tahti/internal/auth"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/recur"
	"tahti/internal/store"
	"tahti/internal/text"
)

// visit is one request: who asks, in which language and zone, and when.
type visit struct {
	text.Printer
	site     *Site
	w        http.ResponseWriter
	r        *http.Request
	who      connection.Who
	signedIn bool
	zone     *time.Location
	now      time.Time // in zone
}

const languageCookie = "language"

// visit reads who asks. A session of somebody who is no longer active is none.
func (s *Site) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{site: s, w: w, r: r, zone: time.UTC, now: s.now()}
	chosen := ""
	if c, err := r.Cookie(languageCookie); err == nil && text.Known(c.Value) {
		chosen = c.Value
	}
	v.Printer = text.Match(chosen, r.Header.Get("Accept-Language"))
	session, ok, err := s.session(r.Context())
	if err != nil || !ok {
		return v, err
	}
	var u crm.User
	err = s.House.Store.View(r.Context(), session.Company, func(tx engine.Tx) (err error) {
		u, err = tx.User(r.Context(), session.Member)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !u.Active {
		return v, auth.End(r.Context(), s.sessions)
	}
	if err != nil {
		return v, fmt.Errorf("read user: %w", err)
	}
	v.signedIn, v.who = true, connection.Who{Company: session.Company, User: u}
	if text.Known(u.Locale) {
		v.Printer = text.Match(u.Locale, "")
	}
	if loc, err := recur.Location(u.TimeZone); err == nil && u.TimeZone != "" {
		v.zone = loc
	}
	v.now = v.now.In(v.zone)
	return v, nil
}

func (v *visit) ctx() context.Context { return v.r.Context() }
func (v *visit) by() hub.Actor        { return hub.By(v.who.User) }
func (v *visit) hub() *hub.Hub        { return v.site.House.Hub }
func (v *visit) admin() bool          { return v.signedIn && v.who.User.Role == crm.Administrator }

func (v *visit) connections() *connection.Service { return v.site.House.Connections }

// tx runs f in a transaction of the visitor's company that may write.
func (v *visit) tx(f func(tx engine.Tx) error) error {
	return v.site.House.Store.Tx(v.ctx(), v.who.Company, f)
}

// view runs f in a transaction that only reads.
func (v *visit) view(f func(tx engine.Tx) error) error {
	return v.site.House.Store.View(v.ctx(), v.who.Company, f)
}

// form answers a field of the form or the query, without surrounding blanks.
func (v *visit) form(name string) string { return strings.TrimSpace(v.r.FormValue(name)) }

func (v *visit) checked(name string) bool { return v.r.FormValue(name) != "" }

// id reads a number in the path; what is none leads nowhere.
func (v *visit) id(name string) (store.ID, error) {
	n, err := strconv.ParseInt(v.r.PathValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, store.ErrNotFound
	}
	return n, nil
}

// redirect leads on to a page of ours by GET.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, local(to), http.StatusSeeOther)
	return nil
}

// say keeps a sentence for the next page.
func (v *visit) say(sentence string) { v.site.sessions.Put(v.ctx(), "said", sentence) }

// warn does the same for one that needs attention.
func (v *visit) warn(sentence string) { v.site.sessions.Put(v.ctx(), "warned", sentence) }

// cameFor is where to return after signing in: the page itself, or for a form the page that it was on.
func (v *visit) cameFor() string {
	if v.r.URL.Path == ReturnPath {
		return ReturnPath // see keepAnswer
	}
	if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		return v.r.URL.RequestURI()
	}
	if u, err := url.Parse(v.r.Referer()); err == nil && u.Host == v.r.Host {
		return u.RequestURI()
	}
	return "/"
}

// local lets only addresses of this site through, so that nobody can be led elsewhere: a path that cannot be read as the name
// of a host, whatever a browser makes of backslashes and control characters.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t\x00") {
		return "/"
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return "/"
	}
	return to
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// actOn is something that a person does to a connection.
type actOn func(ctx context.Context, who connection.Who, id store.ID) (store.Connection, error)
