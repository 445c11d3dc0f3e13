package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/standin/pipedrive"
	"tahti/internal/text"
)

// flip sets the switches of a stand-in's page; those that are not named go off.
func flip(t *testing.T, at string, switches ...string) {
	t.Helper()
	form := url.Values{}
	for _, s := range switches {
		form.Set("own."+s, "on")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/_standin/switches", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("switches %v: %s %v", switches, resp.Status, err)
	}
}

// TestWhatIsInTheWayAtPipedrive: each thing that Pipedrive can have in the way of a connection is named on its page, with a next step, in words
// that fit Pipedrive; and what passes heals.
func TestWhatIsInTheWayAtPipedrive(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		for _, c := range []struct {
			code, flip string
		}{
			{code: "company_not_open", flip: "unpaid"}, {code: "api_not_allowed", flip: "noapi"},
			{code: "blocked_for_excess", flip: "block"}, {code: "daily_budget_used", flip: "spendall"}, {code: "wrong_api_token"},
		} {
			company := pipedrive.New(pipedrive.Options{Users: []pipedrive.User{
				{Email: "alice@example.com", Name: "Alice", APIToken: "alices"}, {Email: "bob@example.com", Name: "Bob", APIToken: "bobs"},
			}})
			at := httptest.NewServer(company)
			page := b.post("/sync/new", "preset", "pipedrive_token", "url", at.URL, "password", "alices")
			page.checkPage(b.lang)
			here := p.At("pipedrive")
			page.says(here.T("choose.intro"), here.T("settings.type_in.help"))
			look := b.submit(page, page.path, "do", "look")
			seen := b.submit(look, page.path, "do", "start")
			seen.checkPage(b.lang)
			connection, _, _ := strings.Cut(seen.path, "?")
			b.rest(seen.path).says(here.T("sync.last_in"), p.T("run.done"))
			if c.flip == "" {
				if err := company.Regenerate("alice@example.com", "another"); err != nil {
					t.Fatal(err)
				}
			} else {
				flip(t, at.URL, c.flip)
			}
			why := here.Problem(c.code)
			d := b.sync(connection)
			d.says(why.Title, why.Next)
			if strings.Contains(strings.ToLower(why.Title+why.Cause+why.Next), strings.ToLower(p.T("sync.calendar"))) {
				t.Errorf("%s speaks of a calendar: %+v", c.code, why)
			}
			b.get("/sync").says(why.Title)
			b.post(connection+"/stop", "mirrors", "keep")
			at.Close()
		}
	})
}

// TestWebhooksThatAreFullAtPipedrive: changes still arrive, and the page says why they do not arrive at once.
func TestWebhooksThatAreFullAtPipedrive(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		here := p.At("pipedrive")
		at := httptest.NewServer(pipedrive.New(pipedrive.Options{LocalHooks: true, Users: []pipedrive.User{
			{Email: "alice@example.com", Name: "Alice", APIToken: "alices"},
		}}))
		t.Cleanup(at.Close)
		b.house.Push.Base, b.house.Push.APIs = b.url, map[string]string{"pipedrive": at.URL} // both on this machine
		flip(t, at.URL, "fullhooks")
		page := b.post("/sync/new", "preset", "pipedrive_token", "url", at.URL, "password", "alices")
		d := b.rest(b.submit(b.submit(page, page.path, "do", "look"), page.path, "do", "start").path)
		why := here.Problem("too_many_webhooks")
		d.says(here.T("sync.told"), p.T("sync.told_by_poll"), why.Title, why.Next)
	})
}
