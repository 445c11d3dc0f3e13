package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tahti/internal/text"
)

// press sends the form of a page by one of its buttons, with some fields changed.
func (b *browser) press(d *doc, action, button, value string, pairs ...string) *doc {
	b.t.Helper()
	v := d.form(action)
	v.Del("do")
	v.Set(button, value)
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, action, v, nil)
}

// says fails unless a page shows every text.
func (d *doc) says(texts ...string) {
	d.t.Helper()
	all := inner(d.root)
	for _, text := range texts {
		if !strings.Contains(all, text) {
			d.t.Errorf("%s (%d) does not say %q: %s", d.path, d.status, text, all)
		}
	}
}

func (d *doc) lacks(texts ...string) {
	d.t.Helper()
	all := inner(d.root)
	for _, text := range texts {
		if strings.Contains(all, text) {
			d.t.Errorf("%s says %q", d.path, text)
		}
	}
}

// word is the text of an element, which has to be there.
func (d *doc) word(id string) string {
	d.t.Helper()
	n := d.id(id)
	if n == nil {
		d.t.Fatalf("%s (%d) has no #%s: %s", d.path, d.status, id, inner(d.root))
	}
	return inner(n)
}

// putEvent puts an event into the stand-in calendar, as another program would.
func (l *lab) putEvent(name, summary string, lines ...string) {
	l.t.Helper()
	l.putEventAt(name, summary, "20270301T100000Z", "20270301T110000Z", lines...)
}

// putEventAt is putEvent at another time.
func (l *lab) putEventAt(name, summary, start, end string, lines ...string) {
	l.t.Helper()
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//test//EN\r\nBEGIN:VEVENT\r\nUID:" + name + "@example.com\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART:" + start + "\r\nDTEND:" + end + "\r\nSUMMARY:" + summary + "\r\n"
	for _, line := range lines {
		body += line + "\r\n"
	}
	if err := l.server.PutRaw("alice@example.com", "calendar", name+".ics", []byte(body+"END:VEVENT\r\nEND:VCALENDAR\r\n")); err != nil {
		l.t.Fatal(err)
	}
}

func TestEverySettingSaysWhatItMeans(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	_, connection := b.connect()
	d := b.get(connection + "/settings")
	d.checkPage("en")
	names := map[string]bool{}
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "input" || n.Data == "select") && attr(n, "type") != "hidden" {
			names[attr(n, "name")] = true
		}
	}
	for _, want := range strings.Fields("direction start types types_out type_in retype visibility private title_template crm_context done relay conflicts delete_in_crm delete_in_calendar") {
		if !names[want] {
			t.Errorf("there is no input for %s", want)
		}
	}
	// Each sync type says whether deletions follow.
	d.each("input", func(n *html.Node) {
		if attr(n, "name") == "direction" && !strings.Contains(inner(n.Parent), "elet") {
			t.Errorf("%s does not speak of deletions: %s", attr(n, "value"), inner(n.Parent))
		}
	})
	d.says("Nobody is mailed, whatever is pressed.")
}

func TestTheTitleExampleIsTheLensesOwn(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	_, connection := b.connect()
	action := connection + "/settings"
	d := b.press(b.get(action), action, "do", "preview", "title_template", "{deal} > {subject} > {person}", "crm_context", "1", "done", "tick")
	if got := d.word("example-title"); !strings.Contains(got, "New website > Call about the offer > Alice Example") ||
		!strings.Contains(got, "✓ New website") || !strings.Contains(got, "Acme") {
		t.Errorf("the example says %s", got)
	}
	// What a script asks for while somebody types is the same, without the page around it.
	v := d.form(action)
	v.Set("title_template", "{person} > {subject}")
	fragment := b.do(http.MethodPost, "/sync/examples", v, nil)
	if got := fragment.word("example-title"); !strings.Contains(got, "Alice Example > Call about the offer") {
		t.Errorf("the fragment says %s", got)
	}
	headings := 0
	fragment.each("h1", func(*html.Node) { headings++ })
	if headings != 0 {
		t.Error("the fragment is a whole page")
	}
	for _, wrong := range []string{"{deal}", "{deal} - {subject}", "{nothing} > {subject}"} {
		d := b.press(b.get(action), action, "do", "preview", "title_template", wrong)
		if d.status != http.StatusUnprocessableEntity || attr(d.id("title_template"), "value") != wrong || attr(d.id("title_template"), "aria-invalid") != "true" {
			t.Errorf("%q answered %d", wrong, d.status)
		}
		d.says("This can't be used as a title.")
		if d.id("preview") != nil {
			t.Errorf("%q can be saved", wrong)
		}
	}
	saved := b.press(d, action, "do", "save")
	if saved.path != connection {
		t.Fatalf("saving led to %s (%d)", saved.path, saved.status)
	}
	if got := attr(b.get(action).id("title_template"), "value"); got != "{deal} > {subject} > {person}" {
		t.Errorf("the saved template is %q", got)
	}
	d = b.get(action)
	cleared := b.press(b.press(d, action, "do", "preview", "title_template", ""), action, "do", "save")
	if got := attr(b.get(action).id("title_template"), "value"); cleared.path != connection || got != "" {
		t.Errorf("a cleared template is %q", got)
	}
}

// TestTheColleaguePreviewIsWhatAColleagueSees compares the preview with the page of somebody else, for every choice.
func TestTheColleaguePreviewIsWhatAColleagueSees(t *testing.T) {
	for _, c := range []struct{ private, visibility, ordinary, hidden string }{
		{"masked", "owner", "Busy", "Private"},
		{"masked", "everyone", "Project review", "Private"},
		{"ordinary", "everyone", "Project review", "Dentist"},
		{"ordinary", "owner", "Busy", "Busy"},
		{"skip", "everyone", "Project review", ""},
	} {
		t.Run(c.private+" and "+c.visibility, func(t *testing.T) {
			l := newLab(t, true)
			alice := l.browser("en")
			alice.setUp()
			alice.submit(alice.get("/administration"), "/administration/users", "name", "Bob", "email", "bob@example.com", "password", password, "role", "regular")
			l.putEvent("open", "Project review", "LOCATION:Room 2")
			l.putEvent("secret", "Dentist", "LOCATION:Room 2", "CLASS:PRIVATE")
			form := alice.get("/sync/new?preset=other")
			d := alice.submit(form, "/sync/new", "url", alice.calURL, "username", "alice@example.com", "password", "secret")
			account := d.path
			d = alice.press(d, account, "do", "look", "start", "everything", "private", c.private, "visibility", c.visibility)
			preview := d.word("example-colleague")
			d = alice.press(d, account, "do", "start")
			connection, _, _ := strings.Cut(d.path, "?")
			alice.rest(alice.post(connection + "/run").path)
			bob := l.browser("en")
			bob.post("/sign-in", "email", "bob@example.com", "password", password)
			theirs := inner(bob.get("/activities").root)
			for _, title := range []string{"Project review", "Dentist", "Private", "Busy"} {
				want := title == c.ordinary || title == c.hidden
				if shown := strings.Contains(strings.ReplaceAll(preview, "A private event", ""), title); shown != want {
					t.Errorf("the preview shows %q: %t: %s", title, shown, preview)
				}
				if seen := strings.Contains(theirs, title); seen != want {
					t.Errorf("a colleague sees %q: %t: %s", title, seen, theirs)
				}
			}
			if c.private == "skip" && !strings.Contains(preview, "It does not come to Tahti.") {
				t.Errorf("the preview says %s", preview)
			}
		})
	}
}

func ruleForm(v url.Values, rows ...[3]string) url.Values {
	for _, name := range []string{"rule_action", "rule_match", "rule_value", "do"} {
		v.Del(name)
	}
	for _, r := range rows {
		v.Add("rule_action", r[0])
		v.Add("rule_match", r[1])
		v.Add("rule_value", r[2])
	}
	return v
}

func TestRulesAreEditedWithoutScript(t *testing.T) {
	l := newLab(t, true)
	b := l.browser("en")
	b.setUp()
	l.putEvent("lunch", "Lunch with Bob")
	l.putEvent("review", "Review")
	l.putEvent("customer", "Customer lunch")
	_, connection := b.connect()
	b.rest(b.post(connection + "/run").path)
	action := connection + "/settings"
	d := b.get(action)
	if d.says("There are no rules"); len(d.form(action)["rule_match"]) != 0 {
		t.Error("there are rows without rules")
	}
	d = b.press(d, action, "rule_add", "1", "title_template", "{deal} > {subject}")
	d = b.press(d, action, "rule_add", "1")
	if rows := d.form(action)["rule_match"]; len(rows) != 2 || d.id("preview") != nil || attr(d.id("title_template"), "value") != "{deal} > {subject}" {
		t.Fatalf("after adding two rows: %v (%d)", rows, d.status)
	}
	empty := b.press(d, action, "do", "preview")
	if empty.status != http.StatusUnprocessableEntity {
		t.Errorf("a rule without its text answered %d", empty.status)
	}
	empty.says("Enter the text that is looked for")
	d = b.press(d, action, "rule_remove", "1")
	if rows := d.form(action)["rule_match"]; len(rows) != 1 {
		t.Fatalf("after removing one: %v", rows)
	}
	v := ruleForm(d.form(action), [3]string{"include", "title", "customer"}, [3]string{"skip", "title", "lunch"}, [3]string{"skip", "answer_declined", ""})
	v.Set("do", "rules")
	d = b.do(http.MethodPost, action, v, nil)
	if got := d.word("hits"); !strings.Contains(got, "Of 3 events in the calendar now, the rules leave out 1.") ||
		!strings.Contains(got, "Lunch with Bob") || strings.Contains(got, "Customer lunch") {
		t.Errorf("the rules hit: %s", got)
	}
	d.checkPage("en")
	if saved := b.press(d, action, "do", "save"); saved.path != connection {
		t.Fatalf("saving led to %s (%d): %s", saved.path, saved.status, inner(saved.root))
	}
	v = b.get(action).form(action)
	if strings.Join(v["rule_match"], " ") != "title title answer_declined" || strings.Join(v["rule_action"], " ") != "include skip skip" || v["rule_value"][0] != "customer" {
		t.Errorf("saved: %v %v %v", v["rule_action"], v["rule_match"], v["rule_value"])
	}
	l.putEvent("lunch2", "Lunch again")
	l.putEvent("customer2", "Customer lunch again")
	b.rest(b.post(connection + "/run").path)
	list := b.get("/activities")
	list.says("Customer lunch again", "Lunch with Bob")
	list.lacks("Lunch again")
}

func TestOnlyWhatWasSeenIsStarted(t *testing.T) {
	l := newLab(t, true)
	b := l.browser("en")
	b.setUp()
	l.putEvent("lunch", "Lunch with Bob")
	d := b.submit(b.get("/sync/new?preset=other"), "/sync/new", "url", b.calURL, "username", "alice@example.com", "password", "secret")
	account := d.path
	if d = b.press(d, account, "do", "start", "start", "everything"); d.id("dry") == nil || d.path != account {
		t.Fatalf("it was started unseen: %s", d.path)
	}
	d.says("add 1 activity")
	v := ruleForm(d.form(account), [3]string{"skip", "title", "lunch"})
	v.Set("do", "start")
	if d = b.do(http.MethodPost, account, v, nil); d.path != account || d.id("dry") == nil {
		t.Fatalf("changed settings were started unseen: %s", d.path)
	}
	if got := d.word("dry"); strings.Contains(got, "add 1 activity") {
		t.Errorf("the rule is not in the dry run: %s", got)
	}
	if got := d.word("hits"); !strings.Contains(got, "Lunch with Bob") {
		t.Errorf("the rule hits %s", got)
	}
	if d = b.press(d, account, "do", "start"); !strings.HasPrefix(d.path, "/sync/") {
		t.Errorf("starting led to %s (%d)", d.path, d.status)
	}
}

func TestEarlierOnesAreRetyped(t *testing.T) {
	l := newLab(t, true)
	b := l.browser("en")
	b.setUp()
	l.putEvent("lunch", "Lunch with Bob")
	_, connection := b.connect()
	b.rest(b.post(connection + "/run").path)
	action := connection + "/settings"
	d := b.press(b.get(action), action, "do", "preview", "type_in", "lunch", "retype", "1")
	d.says("change the type of 1 activity")
	if saved := b.press(d, action, "do", "save"); saved.path != connection {
		t.Fatalf("saving led to %s (%d)", saved.path, saved.status)
	}
	if got := b.get("/activities?type=lunch"); !strings.Contains(inner(got.root), "Lunch with Bob") {
		t.Errorf("the type is still another: %s", inner(got.root))
	}
}

func TestANewCalendarIsMadeAndConnected(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.addActivity("subject", "Goes out")
		d := b.submit(b.get("/sync/new?preset=other"), "/sync/new", "url", b.calURL, "username", "alice@example.com", "password", "secret")
		account := d.path
		empty := b.press(d, account, "make", "1", "title_template", "{deal} > {subject}")
		if empty.status != http.StatusUnprocessableEntity || attr(empty.id("title_template"), "value") != "{deal} > {subject}" {
			t.Errorf("without a name: %d", empty.status)
		}
		empty.says(p.T("invalid.required"))
		d = b.press(empty, account, "make", "1", "new_name", "Sales", "start", "everything")
		d.checkPage(b.lang)
		d.says(p.T("choose.made", "calendar", "Sales"))
		d = b.press(d, account, "do", "look")
		d = b.press(d, account, "do", "start")
		connection, _, _ := strings.Cut(d.path, "?")
		if d = b.sync(connection); !strings.HasPrefix(inner(d.root), "Sales") {
			t.Errorf("%s is connected: %s", d.path, inner(d.root))
		}
		if n := b.events(); n != 0 {
			t.Errorf("%d events went to the old calendar", n)
		}
	})
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		d := b.submit(b.get("/sync/new?preset=other"), "/sync/new", "url", b.calURL, "username", "alice@example.com", "password", "secret")
		b.meanwhile(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "MKCALENDAR" {
				w.WriteHeader(http.StatusForbidden)
			}
		})
		d = b.press(d, d.path, "make", "1", "new_name", "Sales")
		if e := p.Problem("no_permission"); d.status != http.StatusUnprocessableEntity {
			t.Errorf("a refusal answered %d", d.status)
		} else {
			d.says(e.Title, e.Cause, e.Next)
		}
	})
}

// TestAnotherTitleReachesTheCalendar as the preview says.
func TestAnotherTitleReachesTheCalendar(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.addActivity("subject", "Offer", "deal", "Website")
		b.addActivity("subject", "Bare")
		_, connection := b.connect()
		b.sync(connection)
		action := connection + "/settings"
		d := b.press(b.get(action), action, "do", "preview", "title_template", "{deal} > {subject}")
		d.says(p.T("dry_run.updated_in_calendar", "n", 1))
		if saved := b.press(d, action, "do", "save"); saved.path != connection {
			t.Fatalf("saving led to %s (%d)", saved.path, saved.status)
		}
		b.sync(connection)
		list, err := b.server.Events("alice@example.com", "calendar")
		titles := ""
		for _, e := range list {
			titles += string(e.Body)
		}
		if err != nil || !strings.Contains(titles, "SUMMARY:Website > Offer") || !strings.Contains(titles, "SUMMARY:Bare") {
			t.Errorf("the calendar holds %v: %s", err, titles)
		}
	})
}

// TestAPreviewSaysWhenTheCalendarCannotBeAsked, and shows the rest.
func TestAPreviewSaysWhenTheCalendarCannotBeAsked(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		_, connection := b.connect()
		b.sync(connection)
		action := connection + "/settings"
		b.press(b.press(b.get(action), action, "do", "preview", "direction", "to_calendar"), action, "do", "save")
		b.sync(connection)
		b.meanwhile(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		v := ruleForm(b.get(action).form(action), [3]string{"skip", "title", "lunch"})
		v.Set("do", "preview")
		v.Set("direction", "two_way")
		d := b.do(http.MethodPost, action, v, nil)
		if d.status != http.StatusOK || d.id("preview") == nil {
			t.Fatalf("the preview answered %d: %s", d.status, inner(d.root))
		}
		d.says(p.T("settings.rules.unread"), p.T("preview.unseen"), p.Problem("server_error").Title)
	})
}
