package web_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tahti/internal/account/accounttest"
	"tahti/internal/text"
)

const axeVersion = "4.14.1"

// axeCore answers the source of axe-core, which is kept between runs. Empty where it cannot be had: the rest of a test goes on.
func axeCore(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Log("left out: accessibility, for npm is not installed")
		return ""
	}
	cache := os.Getenv("TAHTI_TEST_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Logf("left out: accessibility, for there is no folder to keep axe-core in: %v", err)
			return ""
		}
		cache = filepath.Join(user, "tahti-test")
	}
	folder := filepath.Join(cache, "axe-core-"+axeVersion)
	file := filepath.Join(folder, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(file); err != nil {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		args := []string{"install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "axe-core@" + axeVersion}
		if out, err := exec.CommandContext(ctx, "npm", args...).CombinedOutput(); err != nil {
			t.Logf("left out: accessibility, for axe-core could not be installed, is there a network? %v\n%s", err, out)
			return ""
		}
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// axe looks for what keeps people out of the page as it stands, and for what does not fit into the window.
func (b tab) axe() {
	b.t.Helper()
	place, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		place = fmt.Sprint(err)
	}
	wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
	if err != nil || wide > 0 {
		b.t.Errorf("%s is %d pixels wider than the window: %v", place, wide, err)
	}
	if b.axeCore == "" {
		return
	}
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](b.axeCore+";null")); err != nil {
		b.t.Fatal(err)
	}
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](
		`axe.run().then(r => r.violations.map(v => v.id + ": " + v.help + " " + v.nodes.map(n => n.html).join(" ")))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		b.t.Errorf("%s: %.400s", place, f)
	}
}

// furnish fills a lab so that each page has something of everything: a long title, held deletions, an item set aside, one that
// needs sending, history. It answers the pages by address.
func (b *browser) furnish() []string {
	b.t.Helper()
	long := strings.Repeat("Negotiations about the renewal of the agreement ", 4) + strings.Repeat("Donaudampfschifffahrt", 4)
	activity := b.addActivity("subject", long, "location", long, "note", long, "deal", "Website", "person", "Bob", "guests", "carol@example.org",
		"repeat", "weekly", "date", "2027-01-04", "end_date", "2027-01-04", "start", "09:00", "end", "10:00")
	b.putEvent("often", "Too often", "RRULE:FREQ=SECONDLY")
	b.organised("a")
	for i := range 12 {
		b.putEvent(fmt.Sprint("gone", i), fmt.Sprint("Was there ", i))
	}
	account, connection := b.connect()
	b.leave("/sync/new", "preset", accounttest.Name)
	waits := find(b.t, regexp.MustCompile(`class="button main" href="(/sync/\d+)"`), b.get("/sync"))
	b.post(waits+"/said", "said", "approval")
	b.allowSending(connection)
	b.sync(connection)
	meeting := find(b.t, regexp.MustCompile(`href="(/activities/\d+)">Board a`), b.get("/activities"))
	b.submit(b.get(meeting+"/edit"), meeting, "start", "15:00", "end", "15:30")
	for i := range 12 {
		if err := b.server.Remove("alice@example.com", "calendar", fmt.Sprintf("gone%d.ics", i)); err != nil {
			b.t.Fatal(err)
		}
	}
	b.sync(connection)
	d := b.get(connection)
	for _, what := range []string{"/holds/", "/retry", "/send"} {
		if !strings.Contains(d.text, what) {
			b.t.Fatalf("nothing to %s waits: %s", what, inner(d.root))
		}
	}
	return []string{
		"/activities", "/activities?type=lunch&done=yes&from=2027-01-01", "/activities/new", activity, activity + "/edit", activity + "/delete",
		activity + "/edit?occurrence=20270111T090000", "/sync", "/sync/new", "/sync/new?preset=other", "/sync/new?preset=nextcloud", account,
		"/sync/new?preset=" + accounttest.Name, waits, account + "/reconnect", connection, connection + "/stop", connection + "/settings", connection + "/history", "/conflicts", "/preferences",
		"/administration", "/tools", "/help/pipedrive", "/help/taking-over", connection + "/take-over", "/nowhere",
	}
}

// TestEveryPageIsAccessible looks at every page in both languages, on a phone and at a desk, by day and by night: four of the eight
// ways, in which each two of these choices meet. Unless TAHTI_TEST_PAGES=all asks for every page in all of them (make test-servers),
// every third page is looked at, in one.
func TestEveryPageIsAccessible(t *testing.T) {
	way := 0
	for scheme, flag := range map[string]string{"light": "preferredColorScheme=1", "dark": "preferredColorScheme=0"} {
		t.Run(scheme, func(t *testing.T) {
			ctx := chromium(t, 4*time.Minute, chromedp.Flag("blink-settings", flag))
			axe := axeCore(t)
			person := newLab(t, true).browser("en")
			b := tab{t: t, ctx: ctx, axeCore: axe}
			b.do("open", chromedp.EmulateViewport(390, 844), chromedp.Navigate(person.url+"/setup"))
			b.axe()
			person.setUp()
			pages := person.furnish()
			b.do("open", chromedp.Navigate(person.url+"/sign-in"))
			b.axe()
			b.fill("email", "alice@example.com", "password", password)
			b.do("sign in", chromedp.Click(chromedp.CSS("main form button.main")))
			b.shows("Owners")
			got, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`matchMedia("(prefers-color-scheme: `+scheme+`)").matches`))
			if err != nil || !got {
				t.Errorf("the browser does not show the %s colours: %v", scheme, err)
			}
			for _, language := range text.Languages() {
				person.lang = language.Tag
				person.submit(person.get("/preferences"), "/preferences", "language", language.Tag)
				width := int64(390)
				if (scheme == "light") == (language.Tag == "en") {
					width = 1280
				}
				way++
				for i, page := range pages {
					if i%12 != 3*(way%4) && os.Getenv("TAHTI_TEST_PAGES") != "all" {
						continue
					}
					b.do("open "+page, chromedp.EmulateViewport(width, 844), chromedp.Navigate(person.url+page))
					b.axe()
				}
				settings := slices.IndexFunc(pages, func(page string) bool { return strings.HasSuffix(page, "/settings") })
				b.settingsInUse(person.url + pages[settings])
			}
		})
	}
}

// settingsInUse looks at the settings with rules, their hits, and a preview.
func (b tab) settingsInUse(url string) {
	b.t.Helper()
	b.do("add a rule", chromedp.Navigate(url), chromedp.Click(chromedp.CSS("button[name=rule_add]")), chromedp.WaitVisible(chromedp.CSS("input[name=rule_value]")))
	b.do("type", chromedp.SendKeys(chromedp.CSS("input[name=rule_value]"), "Board"))
	b.axe()
	b.do("look", chromedp.Click(chromedp.CSS("button[value=rules]")), chromedp.WaitVisible(chromedp.CSS("#hits")))
	b.axe()
}

// tabTo presses Tab until the focus is on what a selector names.
func (b tab) tabTo(selector string) {
	b.t.Helper()
	for range 120 {
		b.do("tab", chromedp.KeyEvent("\t"))
		if at, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.activeElement.matches(%q)", selector))); err == nil && at {
			seen, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](
				"(r => r.width > 1 && r.height > 1 && getComputedStyle(document.activeElement).outlineStyle !== 'none')(document.activeElement.getBoundingClientRect())"))
			if err != nil || !seen {
				b.t.Errorf("the focus on %s cannot be seen: %v", selector, err)
			}
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %s", selector)
}

// TestTheKeyboardAloneIsEnough goes from adding an activity to a calendar in step without a pointer.
func TestTheKeyboardAloneIsEnough(t *testing.T) {
	ctx := chromium(t, time.Minute)
	l := newLab(t, true)
	l.browser("en").setUp()
	b := tab{t: t, ctx: ctx}
	keys := func(text string) { b.t.Helper(); b.do("press "+text, chromedp.KeyEvent(text)) }
	b.do("open", chromedp.Navigate(l.url+"/sign-in"))
	b.tabTo("#email")
	keys("alice@example.com")
	b.tabTo("#password")
	keys(password + "\r")
	b.shows("No activities yet.")
	keys("\t") // the first stop skips the menu
	if first, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.activeElement.className")); err != nil || first != "skip" {
		t.Errorf("the first stop is %q: %v", first, err)
	}
	b.tabTo("a.button.main[href='/activities/new']")
	keys("\r")
	b.shows("Subject")
	b.tabTo("#location") // the subject has the focus already
	keys("Room 2")
	b.do("back", chromedp.Focus(chromedp.CSS("#subject")))
	keys("Call Bob\r")
	b.shows("The activity was added.")
	b.do("connect", chromedp.Navigate(l.url+"/sync"))
	b.tabTo("a.button.main[href='/sync/new']")
	keys("\r")
	b.tabTo("a[href='/sync/new?preset=other']")
	keys("\r")
	b.shows("Server address")
	b.tabTo("#url")
	keys(l.calURL)
	b.tabTo("#username")
	keys("alice@example.com")
	b.tabTo("#password")
	keys("secret\r")
	b.shows("Choose a calendar")
	b.tabTo("input[name=start]")
	keys(" ")
	b.do("choose the last starting point", chromedp.KeyEvent(kb.ArrowDown+kb.ArrowDown+kb.ArrowDown))
	b.tabTo("button.main[value=look]")
	keys("\r")
	b.shows("The next sync would do this:")
	b.tabTo("button.main[value=start]")
	keys("\r")
	b.shows("Sync is finished.")
}
