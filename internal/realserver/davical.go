package realserver

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

const davicalShare = "/usr/share/davical"

// DAViCal runs on PHP's own server, one request at a time. It includes /etc/davical/NAME-conf.php, where NAME is the
// server's name; a script that PHP prepends sets that name to a path that leads back to our folder.
var davical = kind{
	name: "davical",
	missing: func() string {
		if reason := lacking("davical php-cli php-pgsql", filepath.Join(davicalShare, "dba/create-database.sh"), "php", "psql"); reason != "" {
			return reason
		}
		return postgresMissing()
	},
	prepare:  prepareDAViCal,
	populate: (*Server).makeCalendars,
}

func prepareDAViCal(s *Server) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	db := borrow(s.tb)
	name := fmt.Sprintf("davical%d", shared.next.Add(1))
	err = run(command{
		name: "create-database.sh", dir: s.dir, log: filepath.Join(s.dir, "create.log"),
		env:  []string{"PGHOST=127.0.0.1", fmt.Sprintf("PGPORT=%d", db.port), "PGUSER=postgres"},
		args: []string{filepath.Join(davicalShare, "dba/create-database.sh"), name, "davical-secret"},
	})
	if err != nil {
		return err
	}
	s.tb.Cleanup(func() {
		if err := db.exec("postgres", "drop database if exists "+name+" with (force)"); err != nil {
			s.tb.Error(err)
		}
	})
	for _, u := range s.Users {
		if err := db.exec(name, davicalUser(u)...); err != nil {
			return err
		}
	}
	values := map[string]any{"Dir": s.dir, "Database": name, "PostgresPort": db.port}
	for _, f := range []string{"davical-conf.php", "prepend.php", "router.php"} {
		if err := write(s.dir, f, values); err != nil {
			return err
		}
	}
	s.URL = fmt.Sprintf("http://127.0.0.1:%d/caldav.php/", port)
	s.home = func(user string) string { return "/caldav.php/" + user + "/" }
	s.calendar = func(user string) string { return "/caldav.php/" + user + "/calendar/" }
	s.inbox = func(user string) string { return "/caldav.php/" + user + "/.in/" }
	s.readOnly = func(user string) (string, error) {
		path, err := s.shared(user)
		if err != nil {
			return "", err
		}
		// Everybody gets read (bit 0), read-current-user-privilege-set (bit 5) and read-free-busy (bit 9).
		return path, db.exec(name, "update collection set default_privileges = 545::bit(24) where dav_name = "+
			quote(strings.TrimPrefix(path, "/caldav.php")))
	}
	s.commands = []command{{
		name: "php", dir: s.dir, log: filepath.Join(s.dir, "log"),
		args: []string{
			"php", "-d", "include_path=" + davicalShare + "/inc:/usr/share/awl/inc:.",
			"-d", "auto_prepend_file=" + filepath.Join(s.dir, "prepend.php"),
			"-S", fmt.Sprintf("127.0.0.1:%d", port), "-t", davicalShare + "/htdocs", filepath.Join(s.dir, "router.php"),
		},
	}}
	return nil
}

// davicalUser are the statements that make a person and their principal (type 1); "**" marks a plain password. The
// privileges that everybody has are read-free-busy (bit 9) and schedule-deliver (bits 10 to 12), or nobody could invite.
func davicalUser(u User) []string {
	return []string{
		fmt.Sprintf("insert into usr (active, email_ok, username, password, fullname, email) values (true, '%s', %s, %s, %s, %s)",
			time.Unix(0, 0).UTC().Format(time.DateOnly), quote(u.Name), quote("**"+u.Password), quote(u.Name), quote(u.Email)),
		fmt.Sprintf("insert into principal (type_id, user_no, displayname, default_privileges) "+
			"select 1, user_no, fullname, 7680::bit(24) from usr where username = %s", quote(u.Name)),
	}
}
