package web_test

import (
	"net/http"
	"testing"

	"tahti/internal/text"
)

// TestTakingOverOnThePage: what is on both sides is named on the connection's page, shown in three groups, and tied together; what is asked
// is answered there.
func TestTakingOverOnThePage(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		noon := []string{"date", "2027-03-01", "start", "12:00", "end_date", "2027-03-01", "end", "13:00"} // ten o'clock in UTC
		b.addActivity(append(noon, "subject", "Call Bob", "deal", "New ovens")...)
		b.putEvent("same", "New ovens > Call Bob")
		b.addActivity("date", "2027-03-02", "start", "12:00", "end_date", "2027-03-02", "end", "13:00", "subject", "Lunch")
		b.putEvent("moved", "Lunch")
		_, connection := b.connect()
		d := b.sync(connection)
		d.says(p.T("takeover.twins.title"), p.T("takeover.twins.text", "n", 2))
		intro := b.get(connection + "/take-over")
		intro.checkPage(b.lang)
		intro.says(p.T("takeover.nothing_written"))
		seen := b.submit(intro, connection+"/take-over", "do", "look")
		seen.checkPage(b.lang)
		seen.says(p.T("takeover.matched", "n", 1), "New ovens > Call Bob", p.T("takeover.unsure", "n", 1), p.T("takeover.reason.other_start"),
			p.T("takeover.stop.other"), p.T("takeover.before"))
		done := b.submit(seen, connection+"/take-over", "do", "tie", "all.other_start", "same", "counts", "calendar")
		done.says(p.T("takeover.done", "n", 2))
		done.lacks(p.T("takeover.twins.title"))
		if done.path != connection || b.events() != 2 {
			t.Errorf("it led to %s; %d events", done.path, b.events())
		}
		b.sync(connection).lacks(p.T("takeover.twins.title"))
		again := b.submit(b.get(connection+"/take-over"), connection+"/take-over", "do", "look")
		again.says(p.T("takeover.none"))
		if old := b.submit(seen, connection+"/take-over", "do", "tie", "preview", "1"); old.status != http.StatusConflict {
			t.Errorf("a look that nobody has had is answered %d", old.status)
		}
	})
}
