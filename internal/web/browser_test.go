package web_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium starts a browser of its own, which lives as long as the test, at most for limit. The test is skipped where there is none.
func chromium(t *testing.T, limit time.Duration, flags ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on this machine: the browser test is left out")
	}
	if testing.Short() {
		t.Skip("a browser takes seconds: left out of short runs")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	options = append(options, flags...)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Skipf("chromium does not start here: %v", err)
	}
	ctx, cancel = context.WithTimeout(ctx, limit)
	t.Cleanup(cancel)
	return ctx
}

type tab struct {
	t       *testing.T
	ctx     context.Context
	axeCore string // its source; empty: not looked for
}

func (b tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		place, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.t.Fatalf("%s, at %s: %v", what, place, err)
	}
}

// fill types into inputs, by id.
func (b tab) fill(pairs ...string) {
	b.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		b.do("type into "+pairs[i], chromedp.SendKeys(chromedp.CSS("#"+pairs[i]), pairs[i+1]))
	}
}

// shows waits until a page shows a text.
func (b tab) shows(text string) {
	b.t.Helper()
	deadline, last := time.Now().Add(20*time.Second), ""
	for time.Now().Before(deadline) {
		var err error
		if last, err = chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''")); err == nil && strings.Contains(last, text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("the page does not show %q but %s", text, last)
}

// TestBrowser goes the way of a new user in a real browser: set up, add an activity, filter, connect, sync.
func TestBrowser(t *testing.T) {
	ctx := chromium(t, time.Minute)
	l := newLab(t, true)
	b := tab{t: t, ctx: ctx, axeCore: axeCore(t)}
	b.do("open", chromedp.Navigate(l.url))
	b.shows("Set up Tahti")
	b.fill("company", "Acme", "name", "Alice", "email", "alice@example.com", "password", password)
	b.axe()
	b.do("set up", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Tahti is ready")
	b.do("add", chromedp.Navigate(l.url+"/activities/new"))
	b.fill("subject", "Call Bob")
	b.axe()
	b.do("save", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("The activity was added.")
	b.axe()
	b.do("filter", chromedp.Navigate(l.url+"/activities"), chromedp.WaitVisible(chromedp.CSS("#done")))
	b.shows("Call Bob")
	// Choosing a filter sends it: there is no button to press with script.
	b.do("choose done", chromedp.SetValue(chromedp.CSS("#done"), "yes"))
	b.shows("1 activity is hidden by your filters.")
	b.axe()
	b.do("clear", chromedp.Click(chromedp.CSS("#hidden a")))
	b.shows("Call Bob")
	b.do("connect", chromedp.Navigate(l.url+"/sync/new?preset=other"))
	b.fill("url", l.calURL, "username", "alice@example.com", "password", "secret")
	b.axe()
	b.do("find calendars", chromedp.Click(chromedp.CSS("main form button.main")))
	b.shows("Choose a calendar")
	b.axe()
	b.do("everything", chromedp.Click(chromedp.CSS("input[name=start][value=everything]")), chromedp.Click(chromedp.CSS(".actions button[value=look]")))
	b.shows("add 1 event to the calendar")
	b.do("start", chromedp.Click(chromedp.CSS("button[value=start]")))
	b.shows("Sync is finished.")
	b.axe()
	b.do("sync now", chromedp.Click(chromedp.CSS("#live button.main")))
	b.shows("Sync is finished.")
	events, err := l.server.Events("alice@example.com", "calendar")
	if err != nil || len(events) != 1 {
		t.Errorf("the calendar holds %d events: %v", len(events), err)
	}
}

// TestAPhoneShowsTheWholeMenu: nothing of a page is cut off or has to be pushed aside on a small screen.
func TestAPhoneShowsTheWholeMenu(t *testing.T) {
	ctx := chromium(t, time.Minute, chromedp.WindowSize(360, 740))
	for _, lang := range []string{"en", "fi"} {
		l := newLab(t, true)
		session := l.browser(lang)
		session.setUp()
		session.post("/preferences", "name", "Alice", "language", lang, "zone", "Europe/Helsinki")
		b := tab{t: t, ctx: ctx}
		b.do("open", chromedp.Navigate(l.url+"/sign-in"))
		b.fill("email", "alice@example.com", "password", password)
		b.do("sign in", chromedp.Click(chromedp.CSS("main form button.main")), chromedp.WaitVisible(chromedp.CSS(".menu-button")))
		for _, path := range []string{"/activities", "/sync", "/sync/new?preset=google", "/sync/new?preset=ews", "/tools", "/preferences", "/help", "/help/pipedrive", "/help/taking-over", "/administration", "/administration/registrations"} {
			b.do("look at "+path, chromedp.Navigate(l.url+path), chromedp.WaitVisible(chromedp.CSS(".menu-button")))
			b.fits(path, lang)
		}
		b.do("check", chromedp.Click(chromedp.CSS("form[action*=check] button")), chromedp.WaitVisible(chromedp.CSS(".checks")))
		b.fits("what was found", lang)
		b.do("open the menu", chromedp.Click(chromedp.CSS(".menu-button")), chromedp.WaitVisible(chromedp.CSS("#menu")))
		seen, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`[...document.querySelectorAll("#menu a")].filter(a => { const r = a.getBoundingClientRect();
			return r.width > 0 && r.left >= 0 && r.right <= innerWidth && r.top >= 0 && r.bottom <= innerHeight }).length`))
		if err != nil || seen != 5 {
			t.Errorf("%s: %d of 5 places in the menu are seen: %v", lang, seen, err)
		}
		b.do("go", chromedp.Click(chromedp.CSS("#menu a[href='/preferences']")), chromedp.WaitVisible(chromedp.CSS("h1")), chromedp.Click(chromedp.CSS(".me button")))
	}
}

// fits finds what is wider than the screen.
func (b tab) fits(what, lang string) {
	b.t.Helper()
	over, err := chromedp.Run(b.ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
	spoken, err2 := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.documentElement.lang"))
	if err != nil || err2 != nil || over > 0 || spoken != lang {
		b.t.Errorf("%s in %s (%s) is %d pixels wider than a phone: %v, %v", what, lang, spoken, over, err, err2)
	}
}
