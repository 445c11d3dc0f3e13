package house_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// person goes through a provider's sign-in pages with a browser that has no script.
type person struct {
	t        *testing.T
	client   *http.Client
	user     string
	password string
	untick   string // a box whose value holds this is left unticked
	cancel   bool   // leaves by the button for that
	last     string // the text of the last page
}

func newPerson(t *testing.T, user, password string) *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{t: t, client: &http.Client{Jar: jar, CheckRedirect: stay}, user: user, password: password}
}

// visit opens a page and does what it asks, until it leads back to redirect; ok is false if it never does.
func (p *person) visit(page, redirect string) (back url.Values, ok bool) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, page, nil)
	for range 8 {
		if err != nil {
			p.t.Fatal(err)
		}
		w, err := p.client.Do(r)
		if err != nil {
			p.t.Fatal(err)
		}
		root, err := html.Parse(w.Body)
		_ = w.Body.Close()
		if err != nil {
			p.t.Fatal(err)
		}
		if to := w.Header.Get("Location"); to != "" {
			u, err := r.URL.Parse(to)
			if err != nil {
				p.t.Fatal(err)
			}
			if strings.HasPrefix(u.String(), redirect+"?") {
				return u.Query(), true
			}
			r, _ = http.NewRequestWithContext(p.t.Context(), http.MethodGet, u.String(), nil)
			continue
		}
		p.last = words(root)
		action, form := p.fill(root)
		if form == nil {
			return nil, false // the page goes nowhere
		}
		to, err := r.URL.Parse(action)
		if err != nil {
			p.t.Fatal(err)
		}
		r, err = http.NewRequestWithContext(p.t.Context(), http.MethodPost, to.String(), strings.NewReader(form.Encode()))
		if err != nil {
			p.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	p.t.Fatalf("the pages go round: %s", p.last)
	return nil, false
}

func words(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) (value string, there bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// fill picks the form that goes on, or the one that leaves, and fills it in; nil if the page has none.
func (p *person) fill(root *html.Node) (action string, filled url.Values) {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" {
			continue
		}
		form := p.inputs(n)
		if email := form.Get("email"); form == nil || email != "" && email != p.user {
			continue // it has not the button, or is for somebody else
		}
		action, _ = attr(n, "action")
		return action, form
	}
	return "", nil
}

// inputs are what a form sends when the person presses its button: the one that goes on, or the one that leaves.
func (p *person) inputs(form *html.Node) url.Values {
	v, pressed := url.Values{}, false
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || n.Data != "input" && n.Data != "button" {
			continue
		}
		name, _ := attr(n, "name")
		value, _ := attr(n, "value")
		kind, _ := attr(n, "type")
		switch {
		case n.Data == "button":
			if leaves := name == "cancel" || value == "cancel"; leaves == p.cancel && !pressed {
				pressed = true
				v.Add(name, value)
			}
		case kind == "checkbox" && p.untick != "" && strings.Contains(value, p.untick):
		case kind == "password":
			v.Add(name, p.password)
		case kind == "email":
			v.Add(name, p.user)
		default:
			v.Add(name, value)
		}
	}
	if !pressed {
		return nil
	}
	return v
}
