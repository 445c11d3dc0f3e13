package caldav

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/realserver"
	standin "tahti/internal/standin/caldav"
)

// TestMakeCalendar makes a calendar on every stand-in and on the real servers, finds it under its name, and writes to it.
func TestMakeCalendar(t *testing.T) {
	for _, profile := range standin.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			server := standin.New(standin.Options{Profile: profile, Users: []standin.User{{Name: "alice", Password: "secret"}}})
			web := httptest.NewServer(server)
			defer web.Close()
			l := login(web.URL, &http.Transport{DisableKeepAlives: true})
			l.AllowPlain = true
			account, err := Discover(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			made, err := MakeCalendar(t.Context(), l, account.Digest, "Sales & <support>")
			if profile.NoMake {
				wantClass(t, err, provider.Forbidden, provider.CodeNoPermission)
				return
			}
			checkMade(t, l, "Sales & <support>", made, err)
		})
	}
	for _, name := range realserver.Names() {
		t.Run("real "+name, func(t *testing.T) {
			needServers(t, name)
			server := realserver.Start(t, name, realserver.Options{})
			user := server.User("alice")
			l := Login{Address: server.URL, Username: user.Name, Password: user.Password, Transport: &http.Transport{DisableKeepAlives: true}, Now: time.Now, AllowPlain: true}
			// A plain name: DAViCal 1.1.12 stores "&amp;" for "&".
			made, err := MakeCalendar(t.Context(), l, false, "Sales")
			checkMade(t, l, "Sales", made, err)
		})
	}
}

func checkMade(t *testing.T, l Login, name string, made provider.Calendar, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if made.Name != name || !made.Writable {
		t.Errorf("made %+v", made)
	}
	account, err := Discover(context.Background(), l)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, c := range account.Calendars {
		if c.ID == made.ID {
			found++
		}
	}
	if found != 1 || len(account.Calendars) < 2 {
		t.Errorf("%s is %d times among %+v", made.ID, found, account.Calendars)
	}
}

func TestMakingACalendarFailsInWords(t *testing.T) {
	server := standin.New(standin.Options{Users: []standin.User{{Name: "alice", Password: "secret"}}})
	web := httptest.NewServer(server)
	defer web.Close()
	l := login(web.URL, http.DefaultTransport)
	l.AllowPlain, l.Password = true, "wrong"
	_, err := MakeCalendar(t.Context(), l, false, "New")
	wantClass(t, err, provider.SignIn, provider.CodeWrongPassword)
	if _, err := MakeCalendar(t.Context(), Login{Address: web.URL}, false, "New"); err == nil {
		t.Error("made without a transport")
	}
}
