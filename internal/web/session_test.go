package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestAPasswordChangeEndsAllOtherSessions: who changes a password because it got about wants to be alone with the account.
func TestAPasswordChangeEndsAllOtherSessions(t *testing.T) {
	const anew = "another long password"
	l := newLab(t, true)
	alice, thief := l.browser("en"), l.browser("en")
	alice.setUp()
	thief.post("/sign-in", "email", "alice@example.com", "password", password)
	if d := thief.get("/activities"); d.path != "/activities" {
		t.Fatalf("the second browser is on %s", d.path)
	}
	d := alice.submit(alice.get("/preferences"), "/preferences/password", "current", password, "password", anew)
	if d.status != http.StatusOK || d.path != "/preferences" {
		t.Fatalf("the change led to %s: %d", d.path, d.status)
	}
	if d := alice.get("/activities"); d.path != "/activities" {
		t.Errorf("who changed the password is sent to %s", d.path)
	}
	if d := thief.get("/activities"); !strings.HasPrefix(d.path, "/sign-in") {
		t.Errorf("the other browser still sees %s", d.path)
	}
	thief.post("/sign-in", "email", "alice@example.com", "password", anew)
	if d := thief.get("/activities"); d.path != "/activities" {
		t.Errorf("signed in anew and sent to %s", d.path)
	}
}
