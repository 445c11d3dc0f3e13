package web_test

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tahti/internal/account"
	"tahti/internal/account/accounttest"
	"tahti/internal/account/oauth"
	"tahti/internal/house"
	"tahti/internal/jobs"
	"tahti/internal/netguard"
	"tahti/internal/secret"
	"tahti/internal/standin/caldav"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/store"
	"tahti/internal/web"
)

// lab is a whole server with its pages, the runner, and a stand-in calendar.
type lab struct {
	t      *testing.T
	house  *house.House
	url    string
	server *caldav.Server
	calURL string
	far    *accounttest.Server              // a provider that signs people in on its own page
	before atomic.Pointer[http.HandlerFunc] // answers instead of the stand-in, where it answers
}

func init() { account.Kinds = append(account.Kinds, accounttest.Kind()) }

// answered is a writer that tells whether anything was written.
type answered struct {
	http.ResponseWriter
	yes bool
}

func (a *answered) WriteHeader(status int) {
	a.yes = true
	a.ResponseWriter.WriteHeader(status)
}

// meanwhile lets f look at, hold up or answer the requests to the calendar server; nil: it is on its own again.
func (l *lab) meanwhile(f http.HandlerFunc) {
	if f == nil {
		l.before.Store(nil)
		return
	}
	l.before.Store(&f)
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func newLab(t *testing.T, loopback bool) *lab {
	t.Helper()
	return newLabWith(t, loopback, "127.0.0.0/8", nil)
}

// newLabWith is a lab whose outgoing requests may reach networks, and which trusts roots besides the system's; more changes how its house
// is built.
func newLabWith(t *testing.T, loopback bool, networks string, roots *x509.CertPool, more ...func(*house.Config)) *lab {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "tahti.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	box, err := secret.Create(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := netguard.Parse(networks)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))
	far := accounttest.New(t, time.Now)
	gstand, mstand := httptest.NewServer(google.New(google.Options{})), httptest.NewServer(graph.New(graph.Options{}))
	t.Cleanup(gstand.Close)
	t.Cleanup(mstand.Close)
	config := house.Config{
		DB: db, Box: box, Policy: policy, Roots: roots, Log: log, Jobs: jobs.Options{Owner: "test", Poll: time.Hour},
		Clients: map[string]oauth.Client{
			accounttest.Name: *far.Client, account.Google: oauth.Google(gstand.URL, google.StandardClient, google.StandardSecret),
			account.Graph: oauth.Microsoft(mstand.URL, "tahti", "secret"),
		},
		APIs: map[string]string{accounttest.Name: far.URL, account.Google: gstand.URL, account.Graph: mstand.URL},
	}
	for _, f := range more {
		f(&config)
	}
	h, err := house.Build(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Config{House: h, Loopback: loopback, Log: log, Presets: []web.Preset{
		{ID: "nextcloud", Name: "Nextcloud", NeedsHost: true, Start: func(_, host string) string { return "https://" + host + "/remote.php/dav/" }},
	}})
	if err != nil {
		t.Fatal(err)
	}
	pages := httptest.NewServer(site)
	t.Cleanup(pages.Close)
	server := caldav.New(caldav.Options{Profile: caldav.ProfilePlain})
	h.Connections.Redirect = pages.URL + web.ReturnPath
	l := &lab{t: t, house: h, far: far, url: pages.URL, server: server}
	calendar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := l.before.Load(); f != nil {
			a := &answered{ResponseWriter: w}
			if (*f)(a, r); a.yes {
				return
			}
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(calendar.Close)
	l.calURL = calendar.URL
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Runner.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	return l
}

// browser is a person with cookies, without script.
type browser struct {
	*lab
	client *http.Client
	lang   string
}

func (l *lab) browser(lang string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return &browser{l, &http.Client{Jar: jar}, lang}
}

// doc is a page as it arrived.
type doc struct {
	t      *testing.T
	status int
	path   string
	text   string
	root   *html.Node
	header http.Header
}

func (b *browser) do(method, path string, form url.Values, header http.Header) *doc {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range header {
		r.Header[k] = v
	}
	r.Header.Set("Accept-Language", b.lang)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	return &doc{b.t, w.StatusCode, w.Request.URL.RequestURI(), string(body), root, w.Header}
}

func (b *browser) get(path string) *doc { b.t.Helper(); return b.do(http.MethodGet, path, nil, nil) }
func (b *browser) post(path string, pairs ...string) *doc {
	b.t.Helper()
	return b.do(http.MethodPost, path, values(pairs...), nil)
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

const password = "a long enough password"

// setUp makes the company with its first administrator, who is then signed in.
func (b *browser) setUp() {
	b.t.Helper()
	d := b.post("/setup", "company", "Acme", "name", "Alice", "email", "alice@example.com", "password", password, "zone", "Europe/Helsinki", "locale", b.lang)
	if d.status != 200 || d.path != "/sync" {
		b.t.Fatalf("set-up led to %s: %d", d.path, d.status)
	}
}

// each walks the elements of a name.
func (d *doc) each(name string, f func(n *html.Node)) {
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			f(n)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// inner is the text within an element.
func inner(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// id finds an element by its id; nil if there is none.
func (d *doc) id(id string) *html.Node {
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// form is what a browser would send of the form that goes to an address.
func (d *doc) form(action string) url.Values {
	d.t.Helper()
	var form *html.Node
	d.each("form", func(n *html.Node) {
		if attr(n, "action") == action {
			form = n
		}
	})
	if form == nil {
		d.t.Fatalf("%s has no form to %s", d.path, action)
	}
	v := url.Values{}
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || has(n, "disabled") || attr(n, "name") == "" {
			continue
		}
		switch n.Data {
		case "input":
			if kind := attr(n, "type"); (kind == "checkbox" || kind == "radio") && !has(n, "checked") {
				continue
			}
			v.Add(attr(n, "name"), attr(n, "value"))
		case "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			v.Add(attr(n, "name"), text)
		case "select":
			v.Add(attr(n, "name"), selected(n))
		}
	}
	return v
}

func selected(n *html.Node) string {
	first, value := true, ""
	for o := range n.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		v := inner(o)
		if has(o, "value") {
			v = attr(o, "value")
		}
		if first || has(o, "selected") {
			value = v
		}
		first = false
	}
	return value
}

// submit sends the form of a page with some fields changed.
func (b *browser) submit(d *doc, action string, pairs ...string) *doc {
	b.t.Helper()
	v := d.form(action)
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, action, v, nil)
}
