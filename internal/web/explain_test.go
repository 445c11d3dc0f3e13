package web_test

import (
	"net/http"
	"strings"
	"testing"

	"tahti/internal/text"
)

// The page of an activity says all that keeps it out of a calendar, in order, and offers to sync it where that is what helps next.
func TestThePageSaysAllThatIsInTheWay(t *testing.T) {
	for _, lang := range []string{"en", "fi"} {
		t.Run(lang, func(t *testing.T) {
			b := newLab(t, true).browser(lang)
			b.setUp()
			p := text.Match(lang, "")
			_, connection := b.connect()
			b.rest(connection)
			b.set(connection, "start", "date", "start_date", "2030-01-01")
			activity := b.addActivity("subject", "From before")
			b.post(connection + "/run")
			b.rest(connection)
			type1, start, several := p.Scope("type_not_selected"), p.Scope("before_start"), p.T("activities.in_the_way")
			d := b.get(activity)
			if says := inner(d.root); !strings.Contains(says, start.Title) || !strings.Contains(d.text, activity+"/sync") || strings.Contains(says, several) {
				t.Fatalf("of what is from before the start: %s", says)
			}
			b.set(connection, "types", "some", "types_out", "task")
			d = b.get(activity)
			says := inner(d.root)
			if first, next := strings.Index(says, type1.Title), strings.Index(says, start.Title); first < 0 || next < first || !strings.Contains(says, several) {
				t.Errorf("of what is left out besides: %s", says)
			}
			if strings.Contains(d.text, activity+"/sync") || !strings.Contains(d.text, connection+"/settings") {
				t.Error("syncing it is offered, which does nothing while its type is left out; or the setting is not")
			}
			late := b.post(activity+"/sync", "connection", connection[strings.LastIndex(connection, "/")+1:]) // from a page of before
			if says := inner(late.root); late.status != http.StatusConflict || !strings.Contains(says, type1.Title) || !strings.Contains(says, type1.Next) {
				t.Errorf("syncing it all the same answered %d: %s", late.status, says)
			}
			b.post(connection + "/pause")
			says = inner(b.get(activity).root)
			if first := strings.Index(says, p.State("paused").Title); first < 0 || first > strings.Index(says, type1.Title) {
				t.Errorf("of what rests besides: %s", says)
			}
			b.post("/administration/stop", "stop", "yes")
			says = inner(b.get(activity).root)
			if first := strings.Index(says, p.State("company_stopped").Title); first < 0 || first > strings.Index(says, p.State("paused").Title) {
				t.Errorf("of what the whole company's stop keeps out besides: %s", says)
			}
		})
	}
}

// set saves settings as a preview shows them.
func (b *browser) set(connection string, pairs ...string) {
	b.t.Helper()
	settings := b.submit(b.get(connection+"/settings"), connection+"/settings", append(pairs, "do", "preview")...)
	if saved := b.submit(settings, connection+"/settings", "narrow", "keep", "do", "save"); saved.path != connection {
		b.t.Fatalf("saving led to %s: %s", saved.path, inner(saved.root))
	}
}
