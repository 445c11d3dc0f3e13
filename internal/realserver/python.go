package realserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var radicale = kind{
	name:    "radicale",
	missing: func() string { return lacking("radicale", "radicale") },
	prepare: func(s *Server) error {
		port, err := freePort()
		if err != nil {
			return err
		}
		var passwords strings.Builder
		for _, u := range s.Users {
			fmt.Fprintf(&passwords, "%s:%s\n", u.Name, u.Password)
			// Made on disk, as the rights forbid making it through the server.
			folder := filepath.Join(s.dir, "storage/collection-root", u.Name, "readonly")
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return err
			}
			props := `{"tag": "VCALENDAR", "D:displayname": "Read only"}`
			if err := os.WriteFile(filepath.Join(folder, ".Radicale.props"), []byte(props), 0o600); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(s.dir, "users"), []byte(passwords.String()), 0o600); err != nil {
			return err
		}
		values := map[string]any{"Dir": s.dir, "Port": port}
		for _, name := range []string{"radicale.conf", "radicale.rights"} {
			if err := write(s.dir, name, values); err != nil {
				return err
			}
		}
		s.URL = fmt.Sprintf("http://127.0.0.1:%d/", port)
		s.home = func(user string) string { return "/" + user + "/" }
		s.calendar = func(user string) string { return "/" + user + "/calendar/" }
		s.readOnly = func(user string) (string, error) { return "/" + user + "/readonly/", nil } // by its rules
		s.commands = []command{{
			name: "radicale", args: []string{"radicale", "--config", filepath.Join(s.dir, "radicale.conf")},
			dir: s.dir, log: filepath.Join(s.dir, "log"),
		}}
		return nil
	},
	populate: (*Server).makeCalendars,
}

// Xandikos serves one person and asks for no password.
var xandikos = kind{
	name:    "xandikos",
	missing: func() string { return lacking("xandikos", "xandikos") },
	prepare: func(s *Server) error {
		port, err := freePort()
		if err != nil {
			return err
		}
		s.Users = s.Users[:1]
		s.anonymous = true
		s.URL = fmt.Sprintf("http://127.0.0.1:%d/", port)
		s.home = func(user string) string { return "/" + user + "/calendars/" }
		s.calendar = func(user string) string { return "/" + user + "/calendars/calendar/" }
		s.commands = []command{{
			name: "xandikos", args: []string{
				"xandikos", "--defaults", "-d", filepath.Join(s.dir, "data"), "-l", "127.0.0.1", "-p", fmt.Sprint(port),
				"--current-user-principal", "/" + s.Users[0].Name,
			},
			dir: s.dir, log: filepath.Join(s.dir, "log"),
		}}
		return nil
	},
	populate: func(*Server) error { return nil }, // --defaults makes the calendar
}
