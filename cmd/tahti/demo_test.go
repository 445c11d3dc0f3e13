package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// soon is how long a change may take to show on the other side, by what the README promises.
const soon = 5 * time.Second

// TestTheDemoKeepsItsPromise does what a newcomer is told to do, with what the demo prints and nothing else: sign in, add
// an activity, see it in the calendar, move it there, see it come back. TAHTI_DEMO_PRINTED names a file into which a demo
// of another process prints (scripts/demo-check); without it the demo runs here.
func TestTheDemoKeepsItsPromise(t *testing.T) {
	printed := os.Getenv("TAHTI_DEMO_PRINTED")
	if printed == "" {
		printed = runDemo(t)
	}
	p := readPrinted(t, printed)
	b := newBrowser(t, soon)
	b.signIn(p)

	subject := fmt.Sprintf("Coffee tasting %d", time.Now().UnixNano())
	activity := b.add(p, subject)
	if !regexp.MustCompile(`^/activities/\d+$`).MatchString(activity.url.Path) {
		t.Fatalf("adding leads to %s:\n%s", activity.url, activity.body)
	}

	calendar, took := b.until(p.standin, func(x sheet) bool { return x.entry(subject, "11:05") != nil })
	t.Logf("the activity was on the calendar's page after %v", took)
	move := calendar.entry(subject, "11:05")
	move.fill("minutes", "60")
	if moved := b.send(calendar, *move); moved.entry(subject, "12:05") == nil {
		t.Fatalf("the calendar's page does not move it:\n%s", moved.body)
	}

	_, took = b.until(activity.url.String(), func(x sheet) bool {
		return strings.Contains(x.text(), "12:05") && strings.Contains(x.text(), "12:50")
	})
	t.Logf("the move was back in Tahti after %v", took)
	b.patience = time.Minute // no more than a look at each side is promised here
	b.goAlong(p)
}

// goAlong moves what the second person has in Pipedrive, where it stands from the beginning, and finds it moved at Google; and back.
func (b *browser) goAlong(p printed) {
	b.t.Helper()
	from, to := b.shelf(p.pipedrive, chainUser), b.shelf(p.google, chainUser)
	for range 2 {
		b.until(to, func(x sheet) bool { return x.entry(chainSubject, "") != nil })
		page := b.open(from)
		move := page.entry(chainSubject, "")
		if move == nil {
			b.t.Fatalf("%s does not show it:\n%s", from, page.body)
		}
		before := times(b.open(to), chainSubject)
		move.fill("minutes", "60")
		b.send(page, *move)
		_, took := b.until(to, func(x sheet) bool { return times(x, chainSubject) != before })
		b.t.Logf("what was moved on %s was moved on %s after %v", from, to, took)
		from, to = to, from
	}
}

// shelf is where a stand-in's page shows a person's calendar.
func (b *browser) shelf(address, user string) string {
	b.t.Helper()
	x := b.open(address)
	for n := range x.root.Descendants() {
		if n.Data == "a" && strings.Contains(attr(n, "href"), "calendar=") && strings.HasPrefix(strings.TrimSpace(textOf(n)), user) {
			to, err := x.url.Parse(attr(n, "href"))
			if err != nil {
				b.t.Fatal(err)
			}
			return to.String()
		}
	}
	b.t.Fatalf("%s has no calendar of %s:\n%s", address, user, x.body)
	return ""
}

// times is the line about an event on a stand-in's page.
func times(x sheet, title string) string {
	for n := range x.root.Descendants() {
		if s := textOf(n); n.Data == "li" && strings.Contains(s, title) {
			return s
		}
	}
	return ""
}

// TestTheDemoConnectsByClicking goes through the consent pages of both stand-ins, at first with boxes left unticked where there are
// any, and the form for Exchange, and finds an activity on each calendar's page.
func TestTheDemoConnectsByClicking(t *testing.T) {
	p := readPrinted(t, runDemo(t))
	b := newBrowser(t, time.Minute)
	b.signIn(p)
	for _, x := range []struct {
		kind, page string
		boxes      bool
		asks       string
	}{
		{"google", p.google, true, "Which calendar should follow your activities?"}, {"graph", p.graph, false, "Which calendar should follow your activities?"},
		{"pipedrive", p.pipedrive, false, "Whose activities in Pipedrive should follow those in Tahti?"},
	} {
		page := b.goThrough(b.open(p.open+"/sync/new?preset="+x.kind), p, !x.boxes)
		if x.boxes {
			if !strings.Contains(page.text(), "was left out") {
				t.Fatalf("%s: nothing says that boxes were left unticked: %s", x.kind, page.text())
			}
			page = b.goThrough(page, p, true)
		}
		if !strings.Contains(page.text(), x.asks) {
			t.Fatalf("%s: no calendar to choose: %s", x.kind, page.text())
		}
		for _, do := range []string{"look", "start"} {
			form := page.first()
			form.fill("do", do)
			page = b.send(page, form)
		}
	}
	b.connectExchange(p)
	subject := fmt.Sprintf("Tea tasting %d", time.Now().UnixNano())
	b.add(p, subject)
	for _, stand := range []string{p.standin, p.google, p.graph, p.ews, p.pipedrive} {
		_, took := b.until(stand, func(x sheet) bool { return x.entry(subject, "11:05") != nil })
		t.Logf("it was on %s after %v", stand, took)
	}
	// They tell of changes by themselves: two through the program's own door, once they have been asked to, and Exchange to whom listens.
	for kind, stand := range map[string]string{"google": p.google, "graph": p.graph, "ews": p.ews, "pipedrive": p.pipedrive} {
		count := func(x sheet, what string) int {
			return counterOf(x, `tahti_push_total{provider="`+kind+`",what="`+what+`"}`)
		}
		made := 1
		if kind == "google" {
			made = 2 // the other person's, too
		}
		now, _ := b.until(p.open+"/metrics", func(x sheet) bool { return count(x, "made") >= made })
		before := count(now, "woken") + count(now, "awaited")
		page := b.open(stand)
		move := page.entry(subject, "")
		move.fill("minutes", "60")
		b.send(page, *move)
		b.until(p.open+"/metrics", func(x sheet) bool { return count(x, "woken")+count(x, "awaited") > before })
	}
	// A change in Pipedrive is on Google's page, over the activity here.
	subject = fmt.Sprintf("Cake tasting %d", time.Now().UnixNano())
	b.add(p, subject)
	page, _ := b.until(p.pipedrive, func(x sheet) bool { return x.entry(subject, "11:05") != nil })
	b.until(p.google, func(x sheet) bool { return x.entry(subject, "11:05") != nil })
	move := page.entry(subject, "")
	move.fill("minutes", "60")
	b.send(page, *move)
	_, took := b.until(p.google, func(x sheet) bool { return x.entry(subject, "12:05") != nil })
	t.Logf("what was moved in Pipedrive was on Google's page after %v", took)
}

// counterOf is what a counter among the metrics says; 0 where it is not there.
func counterOf(x sheet, name string) int {
	for line := range strings.Lines(x.body) {
		if value, here := strings.CutPrefix(strings.TrimSpace(line), name+" "); here {
			n, err := strconv.Atoi(value)
			if err != nil {
				x.t.Fatalf("%s is %q", name, value)
			}
			return n
		}
	}
	return 0
}

// connectExchange types what the demo prints into the form for an Exchange server.
func (b *browser) connectExchange(p printed) {
	b.t.Helper()
	page := b.open(p.open + "/sync/new?preset=ews")
	form := page.form("/sync/new")
	form.fill("email", p.user, "password", p.password, "url", p.ews)
	if page = b.send(page, form); !strings.Contains(page.text(), "Which calendar should follow your activities?") {
		b.t.Fatalf("Exchange: no calendar to choose: %s", page.text())
	}
	for _, do := range []string{"look", "start"} {
		form := page.first()
		form.fill("do", do)
		page = b.send(page, form)
	}
}

// signIn signs in as the demo prints.
func (b *browser) signIn(p printed) {
	b.t.Helper()
	page := b.open(p.open)
	form := page.form("/sign-in")
	form.fill("email", p.user, "password", p.password)
	if landed := b.send(page, form); landed.url.Path == "/sign-in" {
		b.t.Fatalf("signing in as printed leads back to the sign-in page:\n%s", landed.body)
	}
}

// add adds an activity for tomorrow at 11:05, and answers where that leads.
func (b *browser) add(p printed, subject string) sheet {
	b.t.Helper()
	page := b.open(p.open + "/activities/new")
	form := page.form("/activities")
	day := time.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	form.fill("subject", subject, "date", day, "start", "11:05", "end_date", day, "end", "11:50")
	return b.send(page, form)
}

// goThrough presses the first button of each page, from Tahti's over the provider's until it is back at Tahti's.
func (b *browser) goThrough(x sheet, p printed, tick bool) sheet {
	b.t.Helper()
	for away := false; !away || !strings.HasPrefix(x.url.String(), p.open+"/"); {
		away = away || !strings.HasPrefix(x.url.String(), p.open+"/")
		if on := x.onward(); on != "" {
			x = b.open(on)
			continue
		}
		form := x.first()
		for name := range form.values {
			switch name {
			case "email", "user":
				form.fill(name, p.user)
			case "password":
				if form.values.Get("email") == "" { // an account that is offered asks for none
					form.fill(name, p.password)
				}
			}
		}
		if tick {
			form.tick()
		}
		x = b.send(x, form)
	}
	return x
}

// runDemo runs the demo until the test ends, and answers the file that it prints into.
func runDemo(t *testing.T) string {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	file := t.TempDir() + "/printed"
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(file + ".log")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- perform(ctx, []string{"demo", "--listen", "127.0.0.1:0"}, strings.NewReader(""), out, log)
	}()
	t.Cleanup(func() {
		cancel()
		if c := <-code; c != 0 {
			b, err := os.ReadFile(file + ".log")
			t.Errorf("the demo ended with %d (%v):\n%s", c, err, b)
		}
	})
	return file
}

// printed is what the demo tells.
type printed struct{ open, user, password, standin, google, graph, ews, pipedrive string }

func readPrinted(t *testing.T, file string) printed {
	t.Helper()
	for late := time.Now().Add(3 * time.Minute); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "Ctrl+C") {
			continue
		}
		var p printed
		for lines := bufio.NewScanner(strings.NewReader(string(b))); lines.Scan(); {
			words := strings.Fields(lines.Text())
			switch {
			case len(words) == 2 && words[0] == "Open":
				p.open = words[1]
			case len(words) == 2 && words[0] == "User":
				p.user = words[1]
			case len(words) == 2 && words[0] == "Password":
				p.password = words[1]
			case len(words) == 2 && words[0] == "CalDAV":
				p.standin = words[1]
			case len(words) == 2 && words[0] == "Google":
				p.google = words[1]
			case len(words) == 3 && words[0] == "Microsoft":
				p.graph = words[2]
			case len(words) == 2 && words[0] == "Exchange":
				p.ews = words[1]
			case len(words) == 2 && words[0] == "Pipedrive":
				p.pipedrive = words[1]
			}
		}
		return p
	}
	t.Fatal("the demo prints nothing")
	return printed{}
}

// browser opens pages and sends their forms, as a person would.
type browser struct {
	t        *testing.T
	client   *http.Client
	patience time.Duration // with a page that is to show something
}

func newBrowser(t *testing.T, patience time.Duration) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar, Timeout: 20 * time.Second}, patience}
}

// sheet is a page as it came.
type sheet struct {
	t    *testing.T
	url  *url.URL
	body string
	root *html.Node
}

func (b *browser) do(r *http.Request) sheet {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s answers %s:\n%s", r.Method, r.URL, resp.Status, body)
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	return sheet{b.t, resp.Request.URL, string(body), root}
}

func (b *browser) open(address string) sheet {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// send sends a form of a page.
func (b *browser) send(from sheet, f filled) sheet {
	b.t.Helper()
	target, err := from.url.Parse(f.action)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, target.String(), strings.NewReader(f.values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", target.Scheme+"://"+target.Host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// until opens a page again and again until it fits.
func (b *browser) until(address string, fits func(sheet) bool) (sheet, time.Duration) {
	b.t.Helper()
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		x := b.open(address)
		if fits(x) {
			return x, time.Since(begun)
		}
		if time.Since(begun) > b.patience {
			b.t.Fatalf("%s does not show it within %v:\n%s", address, b.patience, x.body)
		}
	}
}

// filled is a form with what stands in it.
type filled struct {
	action string
	values url.Values
	node   *html.Node
}

// tick ticks every box.
func (f *filled) tick() {
	for n := range f.node.Descendants() {
		if n.Data == "input" && attr(n, "type") == "checkbox" && !has(n, "checked") {
			f.values.Add(attr(n, "name"), attr(n, "value"))
		}
	}
}

// onward is where a page leads that goes on by itself.
func (x sheet) onward() string {
	for n := range x.root.Descendants() {
		if n.Data == "a" && attr(n, "class") == "button main" && strings.HasPrefix(attr(n, "href"), "http") {
			return attr(n, "href")
		}
	}
	return ""
}

// first is a page's first form that has a main button, with that button pressed.
func (x sheet) first() filled {
	x.t.Helper()
	for n := range x.root.Descendants() {
		if n.Data != "form" {
			continue
		}
		for m := range n.Descendants() {
			if m.Data == "button" && attr(m, "class") == "main" {
				f := formOf(n)
				if name := attr(m, "name"); name != "" {
					f.fill(name, attr(m, "value"))
				}
				return f
			}
		}
	}
	x.t.Fatalf("%s has no form with a main button:\n%s", x.url, x.body)
	return filled{}
}

func (f *filled) fill(pairs ...string) {
	for pair := range slices.Chunk(pairs, 2) {
		f.values.Set(pair[0], pair[1])
	}
}

// form finds a page's form by its action.
func (x sheet) form(action string) filled {
	x.t.Helper()
	for n := range x.root.Descendants() {
		if n.Data == "form" && attr(n, "action") == action && strings.EqualFold(attr(n, "method"), "post") {
			return formOf(n)
		}
	}
	x.t.Fatalf("%s has no form for %s:\n%s", x.url, action, x.body)
	return filled{}
}

// entry finds the stand-in's form that moves an event which it lists at a time; nil if it does not list it so.
func (x sheet) entry(title, clock string) *filled {
	for n := range x.root.Descendants() {
		if n.Data != "li" {
			continue
		}
		if s := textOf(n); !strings.Contains(s, title) || !strings.Contains(s, clock) {
			continue
		}
		for m := range n.Descendants() {
			if m.Data == "form" && attr(m, "action") == "/_standin/events/move" {
				f := formOf(m)
				return &f
			}
		}
	}
	return nil
}

func (x sheet) text() string { return textOf(x.root) }

func textOf(n *html.Node) string {
	var s strings.Builder
	for m := range n.Descendants() {
		if m.Type == html.TextNode {
			s.WriteString(m.Data + " ")
		}
	}
	return s.String()
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
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// formOf reads what a browser would send of a form that nobody has touched.
func formOf(form *html.Node) filled {
	f := filled{attr(form, "action"), url.Values{}, form}
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" || has(n, "disabled") {
			continue
		}
		switch kind := attr(n, "type"); {
		case n.Data == "textarea":
			f.values.Add(name, strings.TrimSpace(textOf(n)))
		case n.Data == "select":
			f.values.Add(name, chosen(n))
		case n.Data == "input" && (kind != "checkbox" && kind != "radio" || has(n, "checked")):
			f.values.Add(name, attr(n, "value"))
		}
	}
	return f
}

func chosen(list *html.Node) string {
	first, some := "", false
	for n := range list.Descendants() {
		if n.Data != "option" {
			continue
		}
		value := attr(n, "value")
		if !has(n, "value") {
			value = strings.TrimSpace(textOf(n))
		}
		if has(n, "selected") {
			return value
		}
		if !some {
			first, some = value, true
		}
	}
	return first
}
