package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/microcosm-cc/bluemonday"

	"tahti/internal/auth"
	"tahti/internal/crm"
	"tahti/internal/text"
)

//go:embed templates
var templateFiles embed.FS

// page is what a template gets. Data is the page's own; the rest is the frame's.
type page struct {
	text.Printer
	Title   string
	Section string // the entry of the main menu that is current
	Here    string // the address, to return to
	Nonce   string
	User    crm.User
	Signed  bool
	Admin   bool
	Stopped bool // the company-wide stop is on
	Refresh int  // seconds after which a browser without script loads the page again; 0: never
	Said    string
	Warned  string
	Support string
	Data    any
}

// Languages lists what can be chosen in the footer.
func (*page) Languages() []text.Language { return text.Languages() }

// InWords is a date of a form, YYYY-MM-DD, as the reader writes dates: what an input shows follows the browser, which may be set
// to another language. Empty if it is none.
func (p *page) InWords(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return p.DateLong(t)
}

// part is what a template within a page gets: the page, with other data.
func part(p *page, data any) *page {
	q := *p
	q.Data = data
	return &q
}

// pair are two values for a part that needs two.
type pair struct{ A, B any }

// pick is one choice of several, with its name and its meaning from a group of texts.
type pick struct {
	Group, Name, Value string
	On                 bool
}

// dict are named values for a part that needs several words.
func dict(pairs ...string) (map[string]string, error) {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("%q has no value", pairs[len(pairs)-1])
	}
	return m, nil
}

// sanitizer lets through what a note may hold: text with simple marks. Notes come from the API, too.
var sanitizer = bluemonday.UGCPolicy()

func loadTemplates(a assets) (map[string]*template.Template, error) {
	funcs := template.FuncMap{
		"asset": func(name string) string { return a.names[name] },
		"part":  part,
		"pair":  func(a, b any) pair { return pair{a, b} },
		"dict":  dict,
		"pick":  func(group, name, value string, on bool) pick { return pick{group, name, value, on} },
		"add":   func(a, b int) int { return a + b },
		"note":  func(s string) template.HTML { return template.HTML(sanitizer.Sanitize(s)) }, //nolint:gosec // sanitised right here
	}
	frame, err := template.New("frame").Funcs(funcs).ParseFS(templateFiles, "templates/frame/*.html")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	help, err := fs.Glob(templateFiles, "templates/help/*/*.html") // by language
	if err != nil {
		return nil, fmt.Errorf("list help pages: %w", err)
	}
	files = append(files, help...)
	out := map[string]*template.Template{}
	for _, file := range files {
		t, err := template.Must(frame.Clone()).ParseFS(templateFiles, file)
		if err != nil {
			return nil, fmt.Errorf("read template %s: %w", file, err)
		}
		out[strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")] = t
	}
	return out, nil
}

// view is what an action wants shown.
type view struct {
	template string
	title    string
	section  string
	refresh  int
	status   int  // 0: 200
	fragment bool // the content alone, for a script that puts it into a page
	data     any
}

// render writes a page. It is built in memory first, so that an error is a page of its own and not half of one.
func (v *visit) render(o view) error {
	p := &page{
		Printer: v.Printer, Title: o.title, Section: o.section, Here: v.cameFor(), Nonce: auth.Nonce(v.ctx()), User: v.who.User,
		Signed: v.signedIn, Admin: v.admin(), Refresh: o.refresh, Support: supportLink(v.site.Support), Data: o.data,
	}
	name := "content"
	if !o.fragment {
		name = "page"
		p.Said = v.site.sessions.PopString(v.ctx(), "said")
		p.Warned = v.site.sessions.PopString(v.ctx(), "warned")
	}
	if v.signedIn {
		stopped, err := v.stopped()
		if err != nil {
			return err
		}
		p.Stopped = stopped
	}
	t, ok := v.site.templates[o.template]
	if !ok {
		return fmt.Errorf("there is no template %q", o.template)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, p); err != nil {
		return fmt.Errorf("fill template %s: %w", o.template, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", v.Tag())
	if o.status == 0 {
		o.status = http.StatusOK
	}
	v.w.WriteHeader(o.status)
	_, _ = b.WriteTo(v.w) // the browser went away: nobody is there to be told
	return nil
}

// supportLink is where "contact support" leads; the operator gives an address of the web or of mail.
func supportLink(contact string) string {
	if isEmail(contact) {
		return "mailto:" + contact
	}
	return contact
}
