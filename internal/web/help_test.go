package web_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tahti/internal/othersync"
	"tahti/internal/text"
)

// TestHelpIsThereForAll: each help page says the same in each language, also to whoever cannot sign in; what it takes from elsewhere is
// there; and each link within leads somewhere.
func TestHelpIsThereForAll(t *testing.T) {
	l := newLab(t, true)
	l.browser("en").setUp()
	sections := map[string][]string{}
	for _, language := range text.Languages() {
		b, p := l.browser(language.Tag), text.Match(language.Tag, "")
		list := b.get("/help")
		list.checkPage(b.lang)
		pages := regexp.MustCompile(`href="(/help/[a-z-]+)"`).FindAllStringSubmatch(list.text, -1)
		if len(pages) != 2 {
			t.Fatalf("%d help pages: %v", len(pages), pages)
		}
		said := ""
		for _, page := range pages {
			d := b.get(page[1])
			d.checkPage(b.lang)
			d.says(p.T("app.not_affiliated"))
			if d.status != http.StatusOK {
				t.Errorf("%s answers %d", page[1], d.status)
			}
			said += inner(d.root)
			var ids []string
			d.each("h2", func(n *html.Node) { ids = append(ids, attr(n, "id")) })
			if was, ok := sections[page[1]]; ok && !slices.Equal(was, ids) || len(ids) < 4 {
				t.Errorf("%s has the parts %v in %s, and %v in another language", page[1], ids, language.Tag, was)
			}
			sections[page[1]] = ids
			d.each("a", func(n *html.Node) {
				path, part, _ := strings.Cut(attr(n, "href"), "#")
				if to := b.get(path); strings.HasPrefix(path, "/") && (to.status != http.StatusOK || part != "" && part != "main" && to.id(part) == nil) {
					t.Errorf("%s leads to %s#%s, which answers %d", page[1], path, part, to.status)
				}
			})
		}
		for _, tool := range othersync.Tools {
			if stop := p.Word("takeover.stop", string(tool)); !strings.Contains(said, stop) {
				t.Errorf("%s: how to switch %s off is not told", language.Tag, tool)
			}
		}
		for _, code := range []string{"wrong_api_token", "api_not_allowed", "company_not_open", "daily_budget_used", "blocked_for_excess", "too_many_webhooks", "left_company"} {
			if why := p.At("pipedrive").Problem(code); !strings.Contains(said, why.Title) || !strings.Contains(said, why.Next) {
				t.Errorf("%s: what helps against %s is not told", language.Tag, code)
			}
		}
	}
	if d := l.browser("en").get("/help/nothing"); d.status != http.StatusNotFound {
		t.Errorf("a page that is not there answers %d", d.status)
	}
}

// TestTheHelpPageHasTheMeasuredTokens: the figures are those of docs/benchmarks.md, in whichever way a language writes them.
func TestTheHelpPageHasTheMeasuredTokens(t *testing.T) {
	measured, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| [^|]+ \| ([\d,]+) \| ([\d.]+) % \| \d+ % \|$`).FindAllStringSubmatch(string(measured), -1)
	if len(rows) != 2 {
		t.Fatalf("%d rows of tokens are measured", len(rows))
	}
	blanks := strings.NewReplacer(",", "", ".", "", " ", "", "\u00a0", "", "\u202f", "")
	for _, lang := range []string{"en", "fi"} {
		page, err := os.ReadFile("templates/help/" + lang + "/pipedrive.html")
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if want := blanks.Replace("<td>" + row[1] + "</td><td>" + row[2] + "%</td>"); !strings.Contains(blanks.Replace(string(page)), want) {
				t.Errorf("%s: %s tokens, %s %% are not told", lang, row[1], row[2])
			}
		}
	}
}
