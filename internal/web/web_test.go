package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// checkPage holds what every page must be: complete in its language, labelled, and with one main heading.
func (d *doc) checkPage(lang string) {
	d.t.Helper()
	if i := strings.Index(d.text, "⟦"); i >= 0 {
		d.t.Errorf("%s lacks a message: %.60s", d.path, d.text[i:])
	}
	if strings.Contains(d.text, "ZgotmplZ") {
		d.t.Errorf("%s holds a value that the template refused", d.path)
	}
	d.each("html", func(n *html.Node) {
		if attr(n, "lang") != lang {
			d.t.Errorf("%s is in %q, want %q", d.path, attr(n, "lang"), lang)
		}
	})
	headings := 0
	d.each("h1", func(*html.Node) { headings++ })
	if headings != 1 {
		d.t.Errorf("%s has %d main headings", d.path, headings)
	}
	ids, labels := map[string]bool{}, map[string]bool{}
	d.each("label", func(n *html.Node) { labels[attr(n, "for")] = true })
	for n := range d.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				d.t.Errorf("%s has the id %s twice", d.path, id)
			}
			ids[id] = true
		}
		if has(n, "style") || has(n, "onclick") {
			d.t.Errorf("%s has what the content security policy refuses in <%s>", d.path, n.Data)
		}
		input := n.Data == "select" || n.Data == "textarea" || n.Data == "input" && attr(n, "type") != "hidden"
		if input && !labels[attr(n, "id")] && !within(n, "label") && attr(n, "aria-hidden") != "true" {
			d.t.Errorf("%s: the input %s has no label", d.path, attr(n, "name"))
		}
		if n.Data == "button" && inner(n) == "" && attr(n, "aria-label") == "" {
			d.t.Errorf("%s has a button without words", d.path)
		}
	}
	for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options"} {
		if d.header.Get(h) == "" {
			d.t.Errorf("%s comes without %s", d.path, h)
		}
	}
	if got := d.header.Get("Cache-Control"); got != "no-store" {
		d.t.Errorf("%s may be kept: %q", d.path, got)
	}
	if !strings.Contains(d.text, "Pipedrive") {
		d.t.Errorf("%s does not say that it is not affiliated", d.path)
	}
}

func within(n *html.Node, name string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == name {
			return true
		}
	}
	return false
}

var (
	activityLink = regexp.MustCompile(`"(/activities/\d+)"`)
	accountLink  = regexp.MustCompile(`/accounts/\d+`)
)

func find(t *testing.T, re *regexp.Regexp, d *doc) string {
	t.Helper()
	m := re.FindStringSubmatch(d.text)
	if m == nil {
		t.Fatalf("%s has no %s", d.path, re)
	}
	return m[len(m)-1]
}

// connect goes through the pages from Add new account to a running connection.
func (b *browser) connect() (account, connection string) {
	b.t.Helper()
	form := b.get("/sync/new?preset=other")
	d := b.submit(form, "/sync/new", "url", b.calURL, "username", "alice@example.com", "password", "secret")
	if !accountLink.MatchString(d.path) {
		b.t.Fatalf("signing in led to %s: %d %s", d.path, d.status, inner(d.root))
	}
	account = d.path
	d = b.submit(d, account, "start", "everything", "do", "look")
	if d.status != http.StatusOK || d.id("dry") == nil {
		b.t.Fatalf("the dry run answered %d: %s", d.status, inner(d.root))
	}
	if all := inner(b.get("/sync").root); strings.Contains(all, "Sync now") {
		b.t.Error("something was connected by looking")
	}
	d = b.submit(d, account, "do", "start")
	connection, _, _ = strings.Cut(d.path, "?")
	if d.status != http.StatusOK || !strings.HasPrefix(connection, "/sync/") {
		b.t.Fatalf("starting led to %s: %d %s", d.path, d.status, inner(d.root))
	}
	return account, connection
}

// rest waits until the connection's page has come to rest.
func (b *browser) rest(path string) *doc {
	b.t.Helper()
	for range 100 {
		d := b.get(path)
		if live := d.id("live"); live != nil && !has(live, "data-live") {
			return d
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("%s did not come to rest", path)
	return nil
}

func (b *browser) addActivity(pairs ...string) string {
	b.t.Helper()
	d := b.submit(b.get("/activities/new"), "/activities", pairs...)
	if d.status != http.StatusOK || !strings.HasPrefix(d.path, "/activities/") {
		b.t.Fatalf("adding answered %d at %s: %s", d.status, d.path, inner(d.root))
	}
	return d.path
}

func TestEveryPageInBothLanguages(t *testing.T) {
	for _, lang := range []string{"en", "fi"} {
		t.Run(lang, func(t *testing.T) {
			l := newLab(t, true)
			b := l.browser(lang)
			b.get("/setup").checkPage(lang)
			b.setUp()
			one := b.addActivity("subject", "Call Bob", "guests", "bob@example.com", "person", "Bob", "deal", "New ovens", "org", "Bakery", "note", "<b>x</b>")
			series := b.addActivity("subject", "Stand-up", "repeat", "weekly", "ends", "count", "count", "20")
			account, connection := b.connect()
			b.rest(connection)
			b.post(connection + "/dry-run").checkPage(lang)
			page := b.get(series)
			occurrence := regexp.MustCompile(`edit\?occurrence=[0-9T]+`).FindString(page.text)
			for _, path := range []string{
				"/activities", "/activities?type=call&owner=1&from=2026-01-01&done=yes", "/activities/new", one, one + "/edit", one + "/delete", series,
				series + "/edit", series + "/" + occurrence, "/tools", "/sync", "/sync/new", "/sync/new?preset=nextcloud", "/sync/new?preset=other",
				account, account + "/reconnect", connection, connection + "/settings", connection + "/history", connection + "/stop",
				"/conflicts", "/preferences", "/administration", "/nowhere",
			} {
				d := b.get(path)
				want := http.StatusOK
				if path == "/nowhere" {
					want = http.StatusNotFound
				}
				if d.status != want {
					t.Errorf("%s: %d", path, d.status)
				}
				d.checkPage(lang)
			}
			b.post("/sign-out")
			b.get("/sign-in").checkPage(lang)
		})
	}
}

func TestSetUpOnlyOnce(t *testing.T) {
	b := newLab(t, true).browser("en")
	if d := b.get("/activities"); d.path != "/setup" {
		t.Errorf("a new installation shows %s", d.path)
	}
	d := b.post("/setup", "company", "Acme", "name", "Alice", "email", "alice@example.com", "password", "short", "zone", "UTC", "locale", "en")
	if d.status != http.StatusUnprocessableEntity || attr(d.id("company"), "value") != "Acme" {
		t.Errorf("a short password answered %d", d.status)
	}
	b.setUp()
	other := b.lab.browser("en")
	if d := other.post("/setup", "company", "Evil", "name", "Eve", "email", "eve@example.com", "password", password, "zone", "UTC", "locale", "en"); d.path != "/sign-in" {
		t.Errorf("a second set-up led to %s", d.path)
	}
	if d := other.post("/sign-in", "email", "eve@example.com", "password", password); d.status != http.StatusUnprocessableEntity {
		t.Errorf("the second set-up made a sign-in: %d", d.status)
	}
}

func TestSetUpAsksForTheCodeWhereStrangersMayCome(t *testing.T) {
	b := newLab(t, false).browser("en")
	d := b.post("/setup", "company", "Acme", "name", "Alice", "email", "alice@example.com", "password", password, "zone", "UTC", "locale", "en")
	if d.status != http.StatusUnprocessableEntity || d.id("code") == nil {
		t.Errorf("without the code: %d", d.status)
	}
}

func TestSignInIsSlowedDown(t *testing.T) {
	l := newLab(t, true)
	l.browser("en").setUp()
	b := l.browser("en")
	status := 0
	for range 7 {
		status = b.post("/sign-in", "email", "alice@example.com", "password", "wrong wrong wrong").status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the seventh guess answered %d", status)
	}
}

func TestSignInLeadsBackAndNeverElsewhere(t *testing.T) {
	l := newLab(t, true)
	l.browser("en").setUp()
	for next, want := range map[string]string{
		"/preferences?x=1": "/preferences?x=1", "//evil.example": "/activities", "https://evil.example": "/activities", `/\evil.example`: "/activities",
		"/\t/evil.example": "/activities", "javascript:alert(1)": "/activities",
	} {
		d := l.browser("en").post("/sign-in", "email", "alice@example.com", "password", password, "next", next)
		if d.status != http.StatusOK || d.path != want {
			t.Errorf("next %q led to %s (%d)", next, d.path, d.status)
		}
	}
	if d := l.browser("en").get("/sync?a=b"); d.path != "/sign-in?next=%2Fsync%3Fa%3Db" {
		t.Errorf("a page led to %s", d.path)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	l := newLab(t, true)
	b := l.browser("en")
	b.setUp()
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://evil.example"}}} {
		d := b.do(http.MethodPost, "/activities", values("subject", "Evil", "type", "call"), header)
		if d.status != http.StatusForbidden {
			t.Errorf("%v answered %d", header, d.status)
		}
	}
	if strings.Contains(b.get("/activities").text, "Evil") {
		t.Error("it was carried out")
	}
}

func TestAnUnreadableSessionHealsItself(t *testing.T) {
	l := newLab(t, true)
	b := l.browser("en")
	b.setUp()
	d := l.browser("en").do(http.MethodGet, "/preferences", nil, http.Header{"Cookie": {"tahti=rubbish"}})
	if d.status != http.StatusOK || d.path != "/sign-in?next=%2Fpreferences" {
		t.Errorf("rubbish led to %s (%d)", d.path, d.status)
	}
}

func TestFiltersSayWhatTheyHide(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	b.addActivity("subject", "A meeting", "type", "meeting")
	b.addActivity("subject", "A call", "type", "call")
	b.addActivity("subject", "A lunch", "type", "lunch")
	if d := b.get("/activities"); d.id("hidden") != nil {
		t.Error("nothing is hidden, but the banner is there")
	}
	d := b.get("/activities?type=call")
	if strings.Contains(d.text, "A meeting") || !strings.Contains(d.text, "A call") {
		t.Error("the filter does not filter")
	}
	banner := d.id("hidden")
	if banner == nil || !strings.Contains(inner(banner), "2 activities are hidden") {
		t.Fatalf("the banner says %q", inner(d.root))
	}
	if d := b.get("/activities?from=2199-01-01"); d.id("hidden") == nil || !strings.Contains(inner(d.id("hidden")), "3 activities") {
		t.Error("a date filter hides without saying so")
	}
}

// Addresses are cut short, copied and bookmarked: the list shows what there is to show.
func TestAnAddressThatIsWrongStillShowsTheList(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	b.addActivity("subject", "A call", "type", "call")
	for _, wrong := range []string{"after=../../", "after=%ff", "type=%ff", "type=%00", "owner=zzz", "from=99999&to=x", "done=perhaps&sort=up"} {
		d := b.get("/activities?" + wrong)
		if d.status != http.StatusOK || !strings.HasPrefix(d.path, "/activities") {
			t.Errorf("%s: %d, at %s", wrong, d.status, d.path)
		}
	}
}

func TestWhatIsTooLargeIsRefusedWhole(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"a form beyond the bound":        {strings.Repeat("x", 3<<20), http.StatusRequestEntityTooLarge},
		"a note that the hub won't take": {strings.Repeat("x", 300_000), http.StatusUnprocessableEntity},
	} {
		d := b.post("/activities", "subject", "Cut", "type", "call", "zone", "UTC", "visibility", "everyone", "note", c.text)
		if d.status != c.want {
			t.Errorf("%s answered %d", name, d.status)
		}
	}
	if !strings.Contains(b.get("/activities").text, "No activities yet.") {
		t.Error("something was saved")
	}
}

func TestTextThatCannotBeStoredIsRefused(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	for path, field := range map[string]string{"/preferences/tokens": "name", "/activities": "subject"} {
		for _, bad := range []string{"a\x00b", "a\xffb"} {
			if d := b.post(path, field, bad, "type", "call", "zone", "UTC", "visibility", "everyone"); d.status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %q: %d", path, bad, d.status)
			}
		}
	}
}
