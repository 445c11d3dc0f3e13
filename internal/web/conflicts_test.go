package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tahti/internal/engine"
	"tahti/internal/store"
	"tahti/internal/text"
)

// TestWhatIsSomebodysAloneIsToldToThemAndNotRestored: the activity is a colleague's private one, in which they may change nothing.
func TestWhatIsSomebodysAloneIsToldToThemAndNotRestored(t *testing.T) {
	l, p := newLab(t, true), text.Match("en", "")
	alice, bob := l.browser("en"), l.browser("en")
	alice.setUp()
	if d := alice.submit(alice.get("/administration"), "/administration/users", "name", "Bob", "email", "bob@example.com", "password", password, "role", "user"); d.status != http.StatusOK {
		t.Fatalf("adding a user answered %d", d.status)
	}
	path := alice.addActivity("subject", "Board", "private", "1")
	bob.post("/sign-in", "email", "bob@example.com", "password", password)
	_, connection := bob.connect()
	bob.rest(connection)
	id := func(path string) store.ID {
		n, err := strconv.ParseInt(path[strings.LastIndex(path, "/")+1:], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := l.house.Store.Tx(t.Context(), 1, func(tx engine.Tx) error {
		return l.house.Hub.AddConflict(t.Context(), tx, store.Conflict{
			Connection: id(connection), Activity: id(path), Field: "location", Winner: "crm", Lost: []byte(`"Room 7"`), Own: true,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	d := bob.get("/conflicts")
	d.checkPage("en")
	d.says("Room 7")
	if d.lacks("Board", p.T("conflict.restore")); strings.Contains(d.text, "/restore") {
		t.Error("restoring is offered to whom it is refused")
	}
	alice.get("/conflicts").lacks("Room 7", p.T("conflict.restore"))
}
