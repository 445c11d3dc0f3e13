package realserver

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

const (
	cyrusMaster = "/usr/lib/cyrus/bin/master"
	cyrusAdmin  = "cyrus"
	cyrusSecret = "cyrus-secret" // of the administrator of a server that lives for one test
)

// Cyrus delivers invitations between its users by itself, and mails outside guests. master has to be started by root, and changes to the user cyrus.
var cyrus = kind{
	name: "cyrus",
	missing: func() string {
		if reason := lacking("cyrus-imapd cyrus-caldav cyrus-admin sasl2-bin", cyrusMaster, "/usr/lib/cyrus/bin/httpd", "saslpasswd2"); reason != "" {
			return reason
		}
		if os.Getuid() != 0 {
			return "Cyrus has to be started by root"
		}
		if _, err := credential("cyrus"); err != nil {
			return err.Error()
		}
		return ""
	},
	prepare:  prepareCyrus,
	populate: populateCyrus,
}

func prepareCyrus(s *Server) error {
	imap, err := freePort()
	if err != nil {
		return err
	}
	web, err := freePort()
	if err != nil {
		return err
	}
	for _, d := range []string{"conf/db", "conf/proc", "conf/socket", "conf/log", "conf/msg", "conf/user", "conf/sieve", "spool", "run/proc", "run/lock"} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o755); err != nil {
			return err
		}
	}
	mail, err := newMailbox()
	if err != nil {
		return err
	}
	s.tb.Cleanup(mail.close)
	values := map[string]any{"Dir": s.dir, "IMAP": imap, "HTTP": web, "SMTP": mail.address}
	for _, name := range []string{"imapd.conf", "cyrus.conf"} {
		if err := write(s.dir, name, values); err != nil {
			return err
		}
	}
	users := append([]User{{Name: cyrusAdmin, Password: cyrusSecret}}, s.Users...)
	for _, u := range users {
		if u.Name != cyrusAdmin && u.Email != u.Name+"@example.com" {
			return fmt.Errorf("the address of %s is %q, but Cyrus knows its users as NAME@example.com", u.Name, u.Email)
		}
		if err := s.saslPassword(u); err != nil {
			return err
		}
	}
	if err := give(s.dir, "cyrus"); err != nil {
		return err
	}
	s.URL = fmt.Sprintf("http://127.0.0.1:%d/dav/", web)
	s.home = func(user string) string { return "/dav/calendars/user/" + user + "/" }
	s.calendar = func(user string) string { return "/dav/calendars/user/" + user + "/Default/" }
	s.inbox = func(user string) string { return "/dav/calendars/user/" + user + "/Inbox/" }
	s.readOnly = s.readOnlyCyrus
	s.mails = mail.all
	s.imap = fmt.Sprintf("127.0.0.1:%d", imap)
	s.commands = []command{{
		name: "cyrus", dir: s.dir, log: filepath.Join(s.dir, "log"),
		args: []string{
			cyrusMaster, "-C", filepath.Join(s.dir, "imapd.conf"), "-M", filepath.Join(s.dir, "cyrus.conf"), "-D",
			"-p", filepath.Join(s.dir, "run/master.pid"),
		},
	}}
	return nil
}

// saslPassword stores a password in the server's own database. The program reads it from standard input.
func (s *Server) saslPassword(u User) error {
	file := filepath.Join(s.dir, "password")
	if err := os.WriteFile(file, []byte(u.Password), 0o600); err != nil {
		return err
	}
	err := run(command{
		name: "saslpasswd2", dir: s.dir, log: filepath.Join(s.dir, "sasl.log"),
		args: []string{
			"sh", "-c", `exec saslpasswd2 -p -f "$1" -u localhost -c "$2" <"$3"`, "-",
			filepath.Join(s.dir, "sasldb2"), u.Name, file,
		},
	})
	if err != nil {
		return err
	}
	return os.Remove(file)
}

// populateCyrus makes each user's mailbox over IMAP, without which Cyrus delivers nothing; the calendars then appear
// when they are first looked at.
func populateCyrus(s *Server) error {
	var boxes []string
	for _, u := range s.Users {
		boxes = append(boxes, "CREATE user/"+u.Name)
	}
	if err := s.imapAdmin(boxes...); err != nil {
		return err
	}
	for _, u := range s.Users {
		r, err := s.Try(u.Name, "PROPFIND", s.calendar(u.Name), "", "Depth", "0")
		if err != nil {
			return err
		}
		if r.Status != http.StatusMultiStatus {
			return fmt.Errorf("look at the calendar of %s: status %d\n%s", u.Name, r.Status, r.Body)
		}
	}
	return nil
}
