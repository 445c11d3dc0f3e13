package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
	"tahti/internal/text"
)

// TestALongListToTakeOver: each item and each question has a place on the page, in parts that open by themselves; what seems the same can be
// said to be not; and nothing is told that reads alike on both sides.
func TestALongListToTakeOver(t *testing.T) {
	const n, asked = 30, 3
	p := text.Match("en", "")
	b := newLab(t, true).browser("en")
	b.setUp()
	for i := range n {
		day := time.Date(2027, 1, 4, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Format(time.DateOnly)
		title := fmt.Sprint("Call ", i)
		b.addActivity("date", day, "start", "12:00", "end_date", day, "end", "13:00", "subject", title)
		if i%(n/asked) == 0 {
			title = fmt.Sprint("Something else ", i)
		}
		compact := strings.ReplaceAll(day, "-", "")
		b.putEventAt(fmt.Sprint("e", i), title, compact+"T100000Z", compact+"T110000Z") // noon in Helsinki
	}
	_, connection := b.connect()
	seen := b.submit(b.get(connection+"/take-over"), connection+"/take-over", "do", "look")
	seen.checkPage(b.lang)
	seen.says(p.T("takeover.matched", "n", n-asked), p.T("takeover.unsure", "n", asked), p.T("takeover.range", "from", 1, "to", 25),
		p.T("takeover.range", "from", 26, "to", n-asked), p.T("takeover.same_all", "n", asked))
	seen.lacks("Differs in")
	apart := regexp.MustCompile(`name="apart" value="([^"]+)"`).FindAllStringSubmatch(seen.text, -1)
	if len(apart) != n-asked || strings.Count(seen.text, `class="question"`) != asked {
		t.Fatalf("%d rows, %d questions", len(apart), strings.Count(seen.text, `class="question"`))
	}
	done := b.submit(seen, connection+"/take-over", "do", "tie", "apart", html.UnescapeString(apart[0][1]), "all.other_title", "same")
	done.says(p.T("takeover.done", "n", n-1))
	b.submit(b.get(connection+"/take-over"), connection+"/take-over", "do", "look").says(p.T("takeover.none"))
}

// TestAPreviewSaysWhatIsLetGo, of what was taken over.
func TestAPreviewSaysWhatIsLetGo(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.addActivity("date", "2027-03-01", "start", "12:00", "end_date", "2027-03-01", "end", "13:00", "subject", "Call Bob", "type", "call")
		b.putEvent("same", "Call Bob")
		_, connection := b.connect()
		b.submit(b.submit(b.get(connection+"/take-over"), connection+"/take-over", "do", "look"), connection+"/take-over", "do", "tie")
		action := connection + "/settings"
		d := b.submit(b.get(action), action, "types", "some", "types_out", "task", "do", "preview")
		d.says(p.T("dry_run.let_go", "n", 1))
		d.lacks(p.T("preview.nothing"), p.T("settings.narrow.title"))
	})
}

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
			p.T("takeover.stop.other"), p.T("takeover.stop_untraced"), p.T("takeover.before"))
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

// TestASeriesBesideItsDatesOnThePage: it is one question with one answer, alone or for all like it, and is not asked again.
func TestASeriesBesideItsDatesOnThePage(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		for _, subject := range []string{"Standup", "Review"} {
			for _, day := range []string{"2027-03-01", "2027-03-08", "2027-03-15"} {
				b.addActivity("date", day, "start", "12:00", "end_date", day, "end", "13:00", "subject", subject)
			}
			b.putEvent(subject, subject+"\r\nRRULE:FREQ=WEEKLY;COUNT=3")
		}
		_, connection := b.connect()
		b.sync(connection).says(p.T("takeover.twins.title"))
		seen := b.submit(b.get(connection+"/take-over"), connection+"/take-over", "do", "look")
		seen.checkPage(b.lang)
		seen.says(p.T("takeover.unsure", "n", 2), p.T("takeover.reason.dates"), p.T("takeover.same_dates"))
		done := b.submit(seen, connection+"/take-over", "do", "tie", "is.0", "same:0", "all.dates", "same")
		done.says(p.T("takeover.done", "n", 0))
		b.sync(connection).lacks(p.T("takeover.twins.title"))
		if n := b.events(); n != 2 {
			t.Errorf("%d events", n)
		}
		b.submit(b.get(connection+"/take-over"), connection+"/take-over", "do", "look").says(p.T("takeover.none"))
	})
}

// TestCopiesOfOneMeetingOnThePage: what two calendars of one user hold of a meeting is shown as one, which nobody is asked about nor can say
// otherwise of, and follows what is chosen for conflicts.
func TestCopiesOfOneMeetingOnThePage(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		meeting := []string{"ORGANIZER:mailto:dave@example.com", "ATTENDEE:mailto:alice@example.com"}
		b.putEvent("m", "Review", meeting...)
		_, first := b.connect()
		b.sync(first)
		list, err := b.server.Events("alice@example.com", "calendar")
		if err != nil || len(list) != 1 {
			t.Fatalf("%d events: %v", len(list), err)
		}
		copied := strings.NewReplacer("SUMMARY:Review", "SUMMARY:Big review", "T100000Z", "T110000Z", "T110000Z", "T120000Z").Replace(string(list[0].Body))
		other := caldav.New(caldav.Options{Profile: caldav.ProfilePlain})
		if err := other.PutRaw("alice@example.com", "calendar", "m.ics", []byte(copied)); err != nil {
			t.Fatal(err)
		}
		at := httptest.NewServer(other)
		t.Cleanup(at.Close)
		d := b.submit(b.get("/sync/new?preset=other"), "/sync/new", "url", at.URL, "username", "alice@example.com", "password", "secret")
		second, _, _ := strings.Cut(b.submit(b.submit(d, d.path, "start", "everything", "do", "look"), d.path, "do", "start").path, "?")
		b.post(second + "/pause")
		seen := b.submit(b.get(second+"/take-over"), second+"/take-over", "do", "look")
		seen.checkPage(b.lang)
		seen.says(p.T("takeover.matched", "n", 1), "Big review", p.T("takeover.one_meeting"))
		seen.lacks(p.T("takeover.apart"), p.T("takeover.reason.same_uid"))
	})
}
