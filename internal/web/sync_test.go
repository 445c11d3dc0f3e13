package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/connection"
)

func TestConnectAndSync(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	b.addActivity("subject", "Goes out")
	_, connection := b.connect()
	b.rest(connection)
	d := b.post(connection + "/run")
	if d.status != http.StatusOK {
		t.Fatalf("Sync now answered %d", d.status)
	}
	d = b.rest(d.path)
	events, err := b.server.Events("alice@example.com", "calendar")
	if err != nil || len(events) != 1 || !strings.Contains(string(events[0].Body), "SUMMARY:Goes out") {
		t.Fatalf("the calendar holds %d events: %v", len(events), err)
	}
	if !strings.Contains(inner(d.root), "Sync is finished.") {
		t.Errorf("the page says %s", inner(d.root))
	}
	if d := b.post(connection + "/pause"); !strings.Contains(inner(d.root), "Sync is paused.") {
		t.Error("pause does not say so")
	}
	if d := b.post(connection + "/run"); d.status != http.StatusConflict {
		t.Errorf("a paused connection was synced: %d", d.status)
	}
	if d := b.post(connection + "/resume"); d.status != http.StatusOK {
		t.Errorf("resuming answered %d", d.status)
	}
	settings := b.submit(b.get(connection+"/settings"), connection+"/settings", "types", "some", "types_out", "call", "do", "preview")
	if settings.status != http.StatusOK || settings.id("preview") == nil {
		t.Fatalf("the preview answered %d: %s", settings.status, inner(settings.root))
	}
	saved := b.submit(settings, connection+"/settings", "narrow", "remove", "do", "save")
	if saved.path != connection {
		t.Fatalf("saving led to %s (%d): %s", saved.path, saved.status, inner(saved.root))
	}
	if d := b.post(connection+"/stop", "mirrors", "keep"); d.status != http.StatusOK || d.path != "/sync" {
		t.Errorf("stopping led to %s (%d)", d.path, d.status)
	}
}

// TestDiscoveryFailsInWords holds that each failure comes as cause and next step, with the fields kept.
func TestDiscoveryFailsInWords(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	form := b.get("/sync/new?preset=other")
	for name, c := range map[string]struct{ url, password, want string }{
		"a wrong password":    {b.calURL, "wrong", "User name or password is wrong"},
		"a forbidden network": {"https://10.0.0.1/", "secret", "This address is in a protected network"},
		"a wrong address":     {"http://127.0.0.1:1/", "secret", "The server can't be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			d := b.submit(form, "/sync/new", "url", c.url, "username", "alice@example.com", "password", c.password)
			if d.status != http.StatusUnprocessableEntity || !strings.Contains(inner(d.root), c.want) {
				t.Fatalf("answered %d: %s", d.status, inner(d.root))
			}
			if attr(d.id("url"), "value") != c.url || attr(d.id("username"), "value") != "alice@example.com" {
				t.Error("the fields were lost")
			}
			if strings.Contains(d.text, `value="`+c.password+`"`) {
				t.Error("the password came back")
			}
		})
	}
}

// TestAnInvitationIsReadOnlyWithTheReason holds that time, title and place of somebody else's meeting cannot be typed over.
// TestAfterARestoreTheLookComesFirst: the page offers the dry run, and only with its figures the confirmation.
func TestAfterARestoreTheLookComesFirst(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	_, path := b.connect()
	b.rest(path)
	ids, err := b.house.DB.CompanyIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.house.Connections.HoldAll(t.Context(), ids[0], connection.Restored); err != nil {
		t.Fatal(err)
	}
	held := b.get(path)
	if !strings.Contains(inner(held.root), "restored or copied") || strings.Contains(held.text, path+"/resume") {
		t.Fatalf("the page says %s", inner(held.root))
	}
	seen := b.submit(held, path+"/dry-run")
	if seen.id("dry") == nil {
		t.Fatalf("looking led to %d: %s", seen.status, inner(seen.root))
	}
	if on := b.submit(seen, path+"/resume"); !strings.Contains(inner(on.root), "Sync goes on.") {
		t.Errorf("confirming led to %d: %s", on.status, inner(on.root))
	}
}

// TestARedirectElsewhereIsAskedAbout holds that the password goes to another host only once the person has ticked it.
func TestARedirectElsewhereIsAskedAbout(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.TrimSuffix(b.calURL, "/")+r.URL.Path, http.StatusPermanentRedirect)
	}))
	t.Cleanup(moved.Close)
	form := b.get("/sync/new?preset=other")
	asked := b.submit(form, "/sync/new", "url", moved.URL, "username", "alice@example.com", "password", "secret")
	host := strings.Trim(strings.TrimPrefix(b.calURL, "http://"), "/")
	if asked.status != http.StatusUnprocessableEntity || !strings.Contains(inner(asked.root), "Send my password to "+host+", too") {
		t.Fatalf("%d: %s", asked.status, inner(asked.root))
	}
	if again := b.submit(asked, "/sync/new", "password", "secret"); again.status != http.StatusUnprocessableEntity {
		t.Errorf("without the tick it answers %d at %s", again.status, again.path)
	}
	if done := b.submit(asked, "/sync/new", "password", "secret", "confirm_host", host); !strings.HasPrefix(done.path, "/accounts/") {
		t.Errorf("with the tick it leads to %s (%d): %s", done.path, done.status, inner(done.root))
	}
}

func TestAnInvitationIsReadOnlyWithTheReason(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//test//EN\r\nBEGIN:VEVENT\r\nUID:invited@example.com\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART:20270301T100000Z\r\nDTEND:20270301T110000Z\r\nSUMMARY:Board\r\nORGANIZER;CN=Carol:mailto:carol@example.org\r\n" +
		"ATTENDEE:mailto:alice@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if err := b.server.PutRaw("alice@example.com", "calendar", "invited.ics", []byte(body)); err != nil {
		t.Fatal(err)
	}
	_, connection := b.connect()
	b.rest(b.post(connection + "/run").path)
	path := find(t, activityLink, b.get("/activities"))
	form := b.get(path + "/edit")
	if !strings.Contains(inner(form.root), "Carol organizes this meeting.") || !has(form.id("subject"), "disabled") || !has(form.id("date"), "disabled") {
		t.Fatalf("the form says %s", inner(form.root))
	}
	if d := b.submit(form, path, "note", "Bring figures"); d.status != http.StatusOK || !strings.Contains(inner(d.root), "Bring figures") {
		t.Errorf("the note answered %d: %s", d.status, inner(d.root))
	}
	v := form.form(path)
	v.Del("organized")
	v.Set("subject", "Mine")
	if d := b.do(http.MethodPost, path, v, nil); d.status == http.StatusOK {
		t.Error("the title was typed over")
	}
	if d := b.get(path); !strings.Contains(inner(d.root), "Board") {
		t.Error("the title is gone")
	}
}
