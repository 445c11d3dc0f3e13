package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tahti/internal/text"
)

// TestTakingOverOnAPhoneByKeyboard: on a small screen nothing is cut off and nobody is kept out, in either language; a title is looked for,
// a question answered and all tied without a pointer; and pressing Enter where a title is looked for ties nothing.
func TestTakingOverOnAPhoneByKeyboard(t *testing.T) {
	ctx := chromium(t, 2*time.Minute, chromedp.WindowSize(360, 740))
	axe := axeCore(t)
	for _, lang := range []string{"fi", "en"} {
		p := text.Match(lang, "")
		l := newLab(t, true)
		person := l.browser(lang)
		person.setUp()
		for i := range 12 {
			title := fmt.Sprint("Donaudampfschifffahrtsgesellschaftskapitän ", i)
			day := fmt.Sprintf("2027-03-%02d", i+1)
			person.addActivity("date", day, "start", "12:00", "end_date", day, "end", "13:00", "subject", title)
			compact := strings.ReplaceAll(day, "-", "")
			person.putEventAt(fmt.Sprint("e", i), title, compact+"T110000Z", compact+"T120000Z") // an hour later
		}
		person.addActivity("date", "2027-04-01", "start", "13:00", "end_date", "2027-04-01", "end", "14:00", "subject", "Review")
		person.putEventAt("same", "Review", "20270401T100000Z", "20270401T110000Z") // in summer time
		_, connection := person.connect()
		b := tab{t: t, ctx: ctx, axeCore: axe}
		b.do("open", chromedp.Navigate(l.url+"/sign-in"))
		b.fill("email", "alice@example.com", "password", password)
		b.do("sign in", chromedp.Click(chromedp.CSS("main form button.main")), chromedp.WaitVisible(chromedp.CSS(".menu-button")))
		b.do("open", chromedp.Navigate(l.url+connection+"/take-over"))
		b.axe()
		b.tabTo("button[value=look]")
		b.do("look", chromedp.KeyEvent("\r"))
		b.shows(p.T("takeover.unsure", "n", 12))
		b.axe()
		b.tabTo("#filter-unsure")
		b.do("look for a title", chromedp.KeyEvent("ITÄN 7\r"), chromedp.WaitVisible(chromedp.CSS("fieldset.question:not([hidden])")))
		open, err := chromedp.Run(ctx, chromedp.Evaluate[int](`[...document.querySelectorAll("fieldset.question")].filter(q => q.checkVisibility()).length`))
		if err != nil || open != 1 {
			t.Errorf("%s: %d questions are seen: %v", lang, open, err)
		}
		b.axe()
		b.tabTo(".question:not([hidden]) input[type=radio]")
		b.do("it is this one", chromedp.KeyEvent(kb.ArrowDown)) // from the last, around to the first
		b.tabTo("button[value=tie]")
		b.do("tie", chromedp.KeyEvent("\r"))
		b.shows(p.T("takeover.done", "n", 2))
		b.axe()
		b.do("leave", chromedp.Click(chromedp.CSS(".me button")), chromedp.WaitVisible(chromedp.CSS("#email")))
	}
}
