package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tahti/internal/text"
)

// inEachLanguage runs a test of the pages once in each language; T is what the pages should say.
func inEachLanguage(t *testing.T, f func(t *testing.T, b *browser, p text.Printer)) {
	for _, language := range text.Languages() {
		t.Run(language.Tag, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, true).browser(language.Tag)
			b.setUp()
			f(t, b, text.Match(language.Tag, ""))
		})
	}
}

// sync asks for a run and waits for its end.
func (b *browser) sync(connection string) *doc {
	b.t.Helper()
	d := b.rest(b.post(connection + "/run").path)
	d.checkPage(b.lang)
	return d
}

// action finds where a form of a page goes, by the end of its address.
func (d *doc) action(pattern string) string {
	d.t.Helper()
	m := regexp.MustCompile(`action="(` + pattern + `)"`).FindStringSubmatch(d.text)
	if m == nil {
		d.t.Fatalf("%s has no form to %s: %s", d.path, pattern, inner(d.root))
	}
	return m[1]
}

func (b *browser) events() int {
	b.t.Helper()
	list, err := b.server.Events("alice@example.com", "calendar")
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list)
}

func TestHoldsAreConfirmedAndRejected(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		var paths []string
		for i := range 3 {
			paths = append(paths, b.addActivity("subject", fmt.Sprint("Call ", i)))
		}
		_, connection := b.connect()
		b.sync(connection)
		b.post(connection + "/pause")
		for _, path := range paths {
			b.post(path+"/delete", "scope", "all")
		}
		b.post(connection + "/resume")
		d := b.sync(connection)
		d.says(p.T("hold.out_delete", "n", 3), p.T("hold.delete_why"), p.T("hold.confirm_delete"), p.T("hold.reject_delete"))
		if n := b.events(); n != 3 {
			t.Errorf("%d events while the brake is closed", n)
		}
		d.says(p.T("hold.show"), "Call 0", "Call 1", "Call 2", p.T("sync.needs_you", "n", 3))
		if strings.Contains(inner(d.id("waiting")), "Call 0") {
			t.Error("what the brake holds is listed a second time")
		}
		b.get("/sync").says(p.T("sync.needs_you", "n", 3))
		d = b.post(d.action(`/holds/\d+/confirm`))
		d.says(p.T("hold.confirmed"))
		b.sync(connection)
		if n := b.events(); n != 0 {
			t.Errorf("%d events after it was confirmed", n)
		}
	})
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		for i := range 3 {
			b.putEvent(fmt.Sprint("e", i), fmt.Sprint("Event ", i))
		}
		_, connection := b.connect()
		b.sync(connection)
		for i := range 3 {
			if err := b.server.Remove("alice@example.com", "calendar", fmt.Sprintf("e%d.ics", i)); err != nil {
				t.Fatal(err)
			}
		}
		d := b.sync(connection)
		d.says(p.T("hold.in_delete", "n", 3))
		d = b.post(d.action(`/holds/\d+/reject`))
		d.says(p.T("hold.rejected_delete"))
		b.sync(connection).lacks(p.T("hold.delete_why"))
		b.get("/activities").says("Event 0", "Event 1", "Event 2")
	})
}

// organised is an event that the account organises, with a guest: the server would mail them about any change.
func (l *lab) organised(name string) {
	l.putEvent(name, "Board "+name, "ORGANIZER:mailto:alice@example.com", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com",
		"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:carol@example.org")
}

// allowSending lets "Save and send" mail people.
func (b *browser) allowSending(connection string) {
	b.t.Helper()
	action := connection + "/settings"
	seen := b.press(b.get(action), action, "do", "preview", "guests", "on_send")
	if saved := b.press(seen, action, "do", "save"); saved.path != connection {
		b.t.Fatalf("saving led to %s (%d)", saved.path, saved.status)
	}
}

func TestWhatNeedsSendingIsSentOrDropped(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.organised("a")
		_, connection := b.connect()
		b.sync(connection)
		mails := len(b.server.Mails()) // the stand-in mailed when the meeting was put there
		path := find(t, activityLink, b.get("/activities"))
		move := func(hour string) *doc {
			t.Helper()
			b.submit(b.get(path+"/edit"), path, "start", hour+":00", "end", hour+":30")
			d := b.sync(connection)
			d.says(p.T("work.sending.title"), p.T("work.would_mail", "n", 1), "Board a")
			return d
		}
		d := move("15")
		d.says(p.T("work.never"), p.T("work.allow")) // by default nobody is mailed, whatever is pressed
		if strings.Contains(d.text, "/send") {
			t.Error("a button sends what is never sent")
		}
		work := strings.TrimSuffix(d.action(`/work/\d+/drop`), "/drop")
		if refused := b.post(work + "/send"); refused.status != http.StatusConflict {
			t.Errorf("sending answered %d", refused.status)
		} else {
			refused.says(p.T("work.never"))
		}
		b.allowSending(connection)
		d = b.post(d.action(`/work/\d+/drop`))
		d.says(p.T("work.dropped"))
		b.sync(connection).lacks(p.T("work.would_mail", "n", 1))
		if n := len(b.server.Mails()); n != mails {
			t.Errorf("%d mails left without anybody asking", n-mails)
		}
		d = move("16")
		d = b.post(d.action(`/work/\d+/send`))
		d.says(p.T("work.sent"))
		b.rest(d.path)
		b.sync(connection).lacks(p.T("work.would_mail", "n", 1))
		list, err := b.server.Events("alice@example.com", "calendar")
		if err != nil || !strings.Contains(string(list[0].Body), "T160000") {
			t.Errorf("the meeting was not moved: %v\n%s", err, list[0].Body)
		}
		if n := len(b.server.Mails()); n == mails {
			t.Error("nobody was mailed")
		}
	})
}

func TestAConflictIsShownAndRestored(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.putEvent("e", "Review")
		_, connection := b.connect()
		b.sync(connection)
		b.get("/conflicts").says(p.T("conflict.empty"))
		path := find(t, activityLink, b.get("/activities"))
		b.post(connection + "/pause")
		b.submit(b.get(path+"/edit"), path, "subject", "Review here")
		b.putEvent("e", "Review there")
		b.rest(b.post(connection + "/resume").path)
		b.sync(connection)
		d := b.get("/conflicts")
		d.checkPage(b.lang)
		d.says("Review here", "Review there", p.T("conflict.kept"), p.T("conflict.lost"))
		lost := "Review there"
		if strings.Contains(inner(b.get(path).root), "Review there") {
			lost = "Review here"
		}
		d = b.post(d.action(`/conflicts/\d+/restore`))
		d.says(p.T("conflict.restored"), p.T("conflict.resolved"))
		b.get(path).says(lost)
		b.sync(connection)
		list, err := b.server.Events("alice@example.com", "calendar")
		if err != nil || !strings.Contains(string(list[0].Body), "SUMMARY:"+lost) {
			t.Errorf("the restored value is not in the calendar: %v", err)
		}
	})
}

func TestAChangeIsUndoneFromHistory(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.putEvent("e", "Review")
		_, connection := b.connect()
		b.sync(connection)
		b.putEvent("e", "Overwritten")
		b.sync(connection)
		path := find(t, activityLink, b.get("/activities"))
		b.get(path).says("Overwritten")
		d := b.get(connection + "/history")
		d.checkPage(b.lang)
		d.says(p.History("in", "update"), p.History("in", "create"), "Review", "Overwritten", p.T("history.by.sync"))
		d = b.submit(d, d.action(`/history/\d+/undo`)) // the newest stands first
		if d.path != connection+"/history" {
			t.Errorf("undoing led to %s", d.path)
		}
		d.says(p.T("history.undo_done"))
		if got := inner(b.get(path).root); !strings.Contains(got, "Review") {
			t.Errorf("after undoing: %s", got)
		}
		b.sync(connection)
		list, err := b.server.Events("alice@example.com", "calendar")
		if err != nil || !strings.Contains(string(list[0].Body), "SUMMARY:Review") {
			t.Errorf("the calendar did not follow: %v", err)
		}
	})
}

func TestReconnectHeals(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.addActivity("subject", "Waits")
		account, connection := b.connect()
		b.sync(connection)
		refuse := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
		b.meanwhile(refuse)
		b.addActivity("subject", "Late")
		b.waitFor(connection, p.State("needs_sign_in").Title)
		d := b.get("/sync")
		d.checkPage(b.lang)
		d.says(p.State("needs_sign_in").Title, p.T("sync.reconnect"))
		form := b.get(account + "/reconnect")
		form.checkPage(b.lang)
		form.says(p.T("sync.reconnect_help"), "alice@example.com")
		wrong := b.submit(form, account+"/reconnect", "password", "wrong")
		wrong.checkPage(b.lang)
		if e := p.Problem("wrong_password"); wrong.status != http.StatusUnprocessableEntity || !strings.Contains(inner(wrong.root), e.Title) {
			t.Errorf("a wrong password answered %d: %s", wrong.status, inner(wrong.root))
		}
		b.meanwhile(nil)
		d = b.submit(form, account+"/reconnect", "password", "secret")
		d.says(p.T("sync.resumed"))
		b.waitFor(connection, p.State("active").Title)
		b.sync(connection)
		if n := b.events(); n != 2 {
			t.Errorf("%d events after reconnecting", n)
		}
	})
}

// waitFor looks at a page until it says something.
func (b *browser) waitFor(path, what string) *doc {
	b.t.Helper()
	var d *doc
	for range 100 {
		if d = b.get(path); strings.Contains(inner(d.root), what) {
			return d
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("%s does not say %q: %s", path, what, inner(d.root))
	return nil
}

// TestAnEchoDoesNotHideWhatARunDid: our own changes come back as a notification, whose run finds nothing.
func TestAnEchoDoesNotHideWhatARunDid(t *testing.T) {
	inEachLanguage(t, func(_ *testing.T, b *browser, p text.Printer) {
		b.addActivity("subject", "Ours")
		_, connection := b.connect()
		did := p.T("count.created_in_calendar", "n", 1)
		b.waitFor(connection, did)  // the run that starting asks for may have ended before anybody presses a button
		again := b.sync(connection) // asked for here: the answer is its own
		again.says(p.T("run.nothing"))
		again.lacks(did)
		b.get(connection).says(did)
	})
}

func TestStoppingKeepsOrRemoves(t *testing.T) {
	for choice, want := range map[string]int{"keep": 2, "remove": 1} {
		inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
			b.addActivity("subject", "Ours")
			b.putEvent("theirs", "Theirs")
			_, connection := b.connect()
			b.sync(connection)
			ask := b.get(connection + "/stop")
			ask.checkPage(b.lang)
			ask.says(p.T("sync.stop_keep"), p.T("sync.stop_keep_help"), p.T("sync.stop_remove"), p.T("sync.stop_remove_help"))
			d := b.submit(ask, connection+"/stop", "mirrors", choice)
			d.says(p.T("sync.stopped"), p.T("sync.unused"))
			if n := b.events(); n != want {
				t.Errorf("%s left %d events, want %d", choice, n, want)
			}
			list := b.get("/activities")
			list.says("Ours")
			if there := strings.Contains(inner(list.root), "Theirs"); there != (choice == "keep") {
				t.Errorf("%s: the activity that came in is here: %t", choice, there)
			}
		})
	}
}

func TestPausingAndResuming(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		_, connection := b.connect()
		b.sync(connection)
		d := b.post(connection + "/pause")
		d.checkPage(b.lang)
		d.says(p.T("sync.paused"), p.State("paused").Title, p.State("paused").Next)
		b.addActivity("subject", "Waits")
		b.get(connection).says(p.T("work.todo_count", "n", 1))
		if n := b.events(); n != 0 {
			t.Errorf("%d events were written while it was paused", n)
		}
		d = b.post(connection + "/resume")
		d.says(p.T("sync.resumed"))
		b.sync(connection)
		if n := b.events(); n != 1 {
			t.Errorf("%d events after it went on", n)
		}
	})
}

func TestTheCompanyWideStopHoldsAndGoesOn(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		_, connection := b.connect()
		b.sync(connection)
		ask := b.get("/administration")
		ask.checkPage(b.lang)
		ask.says(p.T("stop_all.help"))
		d := b.press(ask, "/administration/stop", "stop", "yes")
		d.says(p.T("stop_all.done"), p.T("stop_all.active"))
		b.get("/activities").says(p.T("stop_all.active"))
		b.addActivity("subject", "Waits")
		// Whoever asks for a sync is not left waiting for what will not come.
		d = b.post(connection + "/run")
		if has(d.id("live"), "data-live") || strings.Contains(d.text, `action="`+connection+`/run"`) {
			t.Error("a sync is offered while all is stopped")
		}
		if n := b.events(); n != 0 {
			t.Errorf("%d events were written while all was stopped", n)
		}
		d = b.press(b.get("/administration"), "/administration/stop", "stop", "no")
		d.says(p.T("stop_all.resumed"))
		b.get("/activities").lacks(p.T("stop_all.active"))
		b.sync(connection)
		if n := b.events(); n != 1 {
			t.Errorf("%d events after all went on", n)
		}
	})
}

func TestTheFirstSyncShowsItsProgress(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		const n = 40
		for i := range n {
			b.addActivity("subject", fmt.Sprint("Call ", i))
		}
		writes, goOn := make(chan struct{}, n), make(chan struct{})
		b.meanwhile(func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				writes <- struct{}{}
				<-goOn
			}
		})
		_, connection := b.connect()
		select {
		case <-writes:
		case <-time.After(10 * time.Second):
			t.Fatal("the first sync does not begin")
		}
		d := b.get(connection)
		d.checkPage(b.lang)
		live := d.id("live")
		if !has(live, "data-live") || !strings.Contains(inner(live), p.T("run.running")) || !strings.Contains(d.text, "<progress") {
			t.Errorf("while it runs the page says %s", inner(live))
		}
		if !strings.Contains(d.text, `http-equiv="refresh"`) {
			t.Error("without a script the page stands still")
		}
		close(goOn)
		b.waitFor(connection, p.T("run.done"))
		b.meanwhile(nil)
		b.sync(connection)
		if got := b.events(); got != n {
			t.Errorf("%d events", got)
		}
	})
}

func TestWhatIsSetAsideSaysWhy(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.putEvent("fine", "Fine")
		b.putEvent("often", "Too often", "RRULE:FREQ=SECONDLY")
		body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//test//EN\r\nBEGIN:VEVENT\r\nUID:mars@example.com\r\nDTSTAMP:20260101T000000Z\r\n" +
			"DTSTART;TZID=Mars/Olympus:20270301T100000\r\nDTEND;TZID=Mars/Olympus:20270301T110000\r\nSUMMARY:On Mars\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		if err := b.server.PutRaw("alice@example.com", "calendar", "mars.ics", []byte(body)); err != nil {
			t.Fatal(err)
		}
		_, connection := b.connect()
		d := b.sync(connection)
		for _, code := range []string{"unknown_zone", "endless_rule"} {
			e := p.Problem(code)
			d.says(e.Title, e.Cause)
		}
		d.says(p.T("work.parked.title"), p.T("work.parked.next"))
		b.get("/activities").says("Fine")
		d = b.post(d.action(`/work/\d+/retry`))
		d = b.rest(d.path)
		d.says(p.T("work.parked.title"))
		before := strings.Count(d.text, "/drop\"")
		d = b.post(d.action(`/work/\d+/drop`))
		if strings.Contains(d.path, "asked=") { // a run of its own accord may be under way
			t.Error("the page waits for a sync that nobody asked for")
		}
		if after := strings.Count(d.text, "/drop\""); before != 2 || after != 1 {
			t.Errorf("%d items were set aside, %d after one was dropped", before, after)
		}
		b.post(connection+"/stop", "mirrors", "keep")
		if d = b.get(connection); strings.Contains(d.text, "/drop\"") || strings.Contains(d.text, "/retry\"") {
			t.Error("what waits at a stopped connection has buttons, which are refused")
		}
	})
}
