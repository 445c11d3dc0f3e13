package realserver

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// User is a person who has an account at a server.
type User struct{ Name, Password, Email string }

// Options say how a server is to be set up.
type Options struct {
	// Users defaults to alice and bob. A missing password becomes the name + "-secret", a missing address
	// name@example.com (Cyrus knows no other domain).
	Users []User
}

// Server is one running server.
type Server struct {
	Name  string
	URL   string // where discovery may start
	Users []User

	tb           testing.TB
	dir          string
	calendar     func(user string) string // default calendar, from the root, with a slash at its end
	home         func(user string) string
	inbox        func(user string) string
	readOnly     func(user string) (path string, err error) // makes it
	readOnlyMade map[string]string
	anonymous    bool // there are no passwords
	mails        func() []string
	imap         string    // Cyrus: where mailboxes are made
	commands     []command // in the order of starting
	running      []*process
}

// kind is how one sort of server is found and set up. prepare writes its folder and fills in URL, paths and commands;
// populate makes users' calendars once it answers.
type kind struct {
	name     string
	missing  func() string
	prepare  func(s *Server) error
	populate func(s *Server) error
}

var kinds = []kind{radicale, xandikos, cyrus, sogo, davical}

// Names lists the calendar servers that this package knows.
func Names() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// Available reports whether a server, or "postgres", can be started here, and if not, why.
func Available(name string) (ok bool, reason string) {
	if name == "postgres" {
		reason = postgresMissing()
		return reason == "", reason
	}
	for _, k := range kinds {
		if k.name == name {
			reason = k.missing()
			return reason == "", reason
		}
	}
	return false, fmt.Sprintf("no server is called %q; known: %s, postgres", name, strings.Join(Names(), ", "))
}

// need skips the test where something is missing, or fails it where TAHTI_REQUIRE wants it to be there.
func need(tb testing.TB, name, missing string) {
	tb.Helper()
	switch {
	case missing == "" && testing.Short():
		tb.Skipf("%s left out: -short", name)
	case missing == "":
	case slices.Contains(strings.Split(os.Getenv("TAHTI_REQUIRE"), ","), name):
		tb.Fatalf("%s is required here (TAHTI_REQUIRE), but cannot be started: %s", name, missing)
	default:
		tb.Skipf("%s left out: %s", name, missing)
	}
}

// Start starts a server and waits until its users' calendars are there. The test is skipped, with the reason, where the
// server is not installed. It is stopped when the test ends.
func Start(tb testing.TB, name string, o Options) *Server {
	tb.Helper()
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		tb.Fatalf("no server is called %q; known: %v", name, Names())
	}
	k := kinds[i]
	need(tb, name, k.missing())
	s := &Server{Name: name, Users: withDefaults(o.Users), tb: tb, dir: folder(tb)}
	if err := k.prepare(s); err != nil {
		tb.Fatalf("prepare %s: %v", name, err)
	}
	tb.Cleanup(s.Stop)
	s.Restart()
	if err := k.populate(s); err != nil {
		tb.Fatalf("populate %s: %v\n%s", name, err, s.logs())
	}
	return s
}

func withDefaults(users []User) []User {
	if len(users) == 0 {
		users = []User{{Name: "alice"}, {Name: "bob"}}
	}
	users = slices.Clone(users)
	for i := range users {
		u := &users[i]
		if u.Password == "" {
			u.Password = u.Name + "-secret"
		}
		if u.Email == "" {
			u.Email = u.Name + "@example.com"
		}
	}
	return users
}

// User answers the account of that name; the test fails if there is none.
func (s *Server) User(name string) User {
	s.tb.Helper()
	for _, u := range s.Users {
		if u.Name == name {
			return u
		}
	}
	s.tb.Fatalf("%s has no user %q", s.Name, name)
	return User{}
}

// CalendarURL is the user's default calendar collection; it ends in a slash.
func (s *Server) CalendarURL(user string) string { return s.origin() + s.calendar(user) }

// HomeURL is the user's calendar home set.
func (s *Server) HomeURL(user string) string { return s.origin() + s.home(user) }

// Stop ends the server in an orderly way and waits for it. Stopping twice is harmless.
func (s *Server) Stop() { s.end((*process).stop) }

// Kill9 ends the server and its workers at once, as a power cut would; what is on disk stays.
func (s *Server) Kill9() { s.end((*process).kill) }

func (s *Server) end(how func(*process) error) {
	s.tb.Helper()
	for _, p := range slices.Backward(s.running) {
		if err := how(p); err != nil {
			s.tb.Errorf("stop %s: %v", s.Name, err)
		}
	}
	s.running = nil
}

// Restart starts a stopped or killed server again, on the same ports and folder, and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Stop()
	for _, c := range s.commands {
		p, err := start(c)
		if err != nil {
			s.tb.Fatalf("start %s: %v", s.Name, err)
		}
		s.running = append(s.running, p)
	}
	if err := s.answers(30 * time.Second); err != nil {
		s.tb.Fatalf("start %s: %v\n%s", s.Name, err, s.logs())
	}
}

// logs is the end of what the processes printed.
func (s *Server) logs() string {
	var b strings.Builder
	for _, p := range s.running {
		fmt.Fprintf(&b, "--- %s\n%s\n", p.name, p.tail())
	}
	return b.String()
}

// InFull reports whether a server gets every test here, or a smoke test only. The matrix is full with
// TAHTI_TEST_SERVERS=all (make test-servers); otherwise Xandikos, DAViCal and DavMail get a short sample.
func InFull(name string) bool {
	return os.Getenv("TAHTI_TEST_SERVERS") == "all" || name != "xandikos" && name != "davical" && name != "davmail"
}
