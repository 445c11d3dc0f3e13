package web_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"tahti/internal/standin/pipedrive"
	"tahti/internal/text"
)

// TestACompanyAtPipedriveIsConnectedByToken: what is wrong has words of its own, an account that reaches the whole company offers only what is
// one's own, and one button connects the colleagues.
func TestACompanyAtPipedriveIsConnectedByToken(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		company := pipedrive.New(pipedrive.Options{Users: []pipedrive.User{
			{Email: "alice@example.com", Name: "Alice", APIToken: "alices"}, {Email: "bob@example.com", Name: "Bob", APIToken: "bobs"},
			{Email: "carol@example.com", Name: "Carol", APIToken: "carols", NoAPI: true},
		}})
		at := httptest.NewServer(company)
		t.Cleanup(at.Close)
		b.post("/administration/users", "name", "Bob", "email", "bob@example.com", "password", password, "role", "regular")
		form := b.get("/sync/new?preset=pipedrive_token")
		form.checkPage(b.lang)
		form.says(p.T("preset.pipedrive_token.name"), p.T("connect.token"), p.T("connect.company_address_help"))
		form.lacks(p.T("connect.username_help"))
		try := func(token string) *doc {
			return b.post("/sync/new", "preset", "pipedrive_token", "url", at.URL+"/pipeline", "password", token)
		}
		for token, code := range map[string]string{"wrong": "wrong_api_token", "carols": "api_not_allowed"} {
			d := try(token)
			d.checkPage(b.lang)
			why := p.Problem(code)
			d.says(why.Title, why.Cause, why.Next)
			if strings.Contains(d.text, `value="`+token+`"`) {
				t.Error("the page holds the token")
			}
		}
		page := try("alices")
		page.checkPage(b.lang)
		page.says(p.T("connect.colleagues"), p.T("connect.colleagues_go", "n", 1))
		if n := strings.Count(page.text, `name="calendar"`); n != 1 {
			t.Errorf("%d calendars are offered, want one's own", n)
		}
		if strings.Contains(page.text, `name="new_name"`) {
			t.Error("a calendar can be made in a CRM")
		}
		done := b.post(page.action("/accounts/[0-9]+/colleagues"))
		done.checkPage(b.lang)
		done.says(p.T("connect.colleagues_done", "n", 1), p.T("connect.colleague_connected"))
		done.lacks(p.T("connect.colleagues_go", "n", 1))
		// Whom it was done for sees whose account it is, and has no button that would lead to it.
		b.post("/sign-out")
		b.post("/sign-in", "email", "bob@example.com", "password", password)
		list := b.get("/sync")
		href := regexp.MustCompile(`href="(/sync/[0-9]+)"`).FindStringSubmatch(list.text)
		if href == nil {
			t.Fatalf("Bob has no connection: %s", inner(list.root))
		}
		mine := b.get(href[1])
		mine.checkPage(b.lang)
		mine.says(p.T("sync.account_of", "name", "Alice"))
		if strings.Contains(mine.text, "/reconnect") {
			t.Error("a button leads to somebody else's account")
		}
		b.post("/sign-out")
		b.post("/sign-in", "email", "alice@example.com", "password", password)
		again := b.get(done.path + "/reconnect")
		again.checkPage(b.lang)
		again.says(p.T("connect.token"))
		d := b.post(done.path+"/reconnect", "password", "wrong")
		d.says(p.Problem("wrong_api_token").Title)
	})
}
