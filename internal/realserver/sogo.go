package realserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// SOGo reads its settings from a fixed path, but arguments come before them, so all are given as arguments. It refuses
// to run as root.
var sogo = kind{
	name: "sogo",
	missing: func() string {
		if reason := lacking("sogo", "sogod"); reason != "" {
			return reason
		}
		if reason := lacking("memcached", "memcached"); reason != "" {
			return reason
		}
		if _, err := credential("sogo"); err != nil {
			return err.Error()
		}
		if os.Getuid() != 0 {
			f, err := os.Open("/etc/sogo/sogo.conf")
			if err != nil {
				return fmt.Sprintf("SOGo does not start without its own configuration, though all is given as arguments: %v", err)
			}
			f.Close()
		}
		return postgresMissing()
	},
	prepare:  prepareSOGo,
	populate: func(s *Server) error { return s.readable(s.calendar) }, // made when first looked at
}

func prepareSOGo(s *Server) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	cache, err := freePort()
	if err != nil {
		return err
	}
	mail, err := newMailbox()
	if err != nil {
		return err
	}
	s.tb.Cleanup(mail.close)
	db := borrow(s.tb)
	name := newDatabase(s.tb, db)
	if err := db.exec(name, sogoUsers(s.Users)...); err != nil {
		return err
	}
	if err := give(s.dir, "sogo"); err != nil {
		return err
	}
	table := func(t string) string {
		return fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/%s/%s", db.port, name, t)
	}
	settings := []string{
		"WONoDetach", "YES",
		"WOWorkersCount", "3",
		"WOPort", fmt.Sprintf("127.0.0.1:%d", port),
		"WOPidFile", filepath.Join(s.dir, "pid"),
		"WOLogFile", "-",
		"SxVMemLimit", "512",
		"SOGoProfileURL", table("sogo_user_profile"),
		"OCSFolderInfoURL", table("sogo_folder_info"),
		"OCSSessionsFolderURL", table("sogo_sessions_folder"),
		"OCSEMailAlarmsFolderURL", table("sogo_alarms_folder"),
		"SOGoLanguage", "English",
		"SOGoTimeZone", "Europe/Berlin",
		"SOGoAppointmentSendEMailNotifications", "YES",
		"SOGoMailingMechanism", "smtp",
		"SOGoSMTPServer", "smtp://" + mail.address,
		"SOGoMailDomain", "example.com",
		"SOGoMemcachedHost", fmt.Sprintf("127.0.0.1:%d", cache),
		"SOGoUserSources", fmt.Sprintf(`({type = sql; id = users; viewURL = "%s"; canAuthenticate = YES; `+
			`isAddressBook = NO; userPasswordAlgorithm = plain;})`, table("sogo_users")),
	}
	args := []string{"sogod"}
	for i := 0; i < len(settings); i += 2 {
		args = append(args, "-"+settings[i], settings[i+1])
	}
	if args[0], err = lookPath("sogod"); err != nil {
		return err
	}
	s.URL = fmt.Sprintf("http://127.0.0.1:%d/SOGo/dav/", port)
	s.home = func(user string) string { return "/SOGo/dav/" + user + "/Calendar/" }
	s.calendar = func(user string) string { return "/SOGo/dav/" + user + "/Calendar/personal/" }
	s.inbox = s.calendar
	s.readOnly = s.readOnlySOGo
	s.mails = mail.all
	s.commands = []command{
		{
			name: "memcached", as: "sogo", dir: s.dir, log: filepath.Join(s.dir, "memcached.log"), quit: syscall.SIGKILL,
			args: []string{"memcached", "-l", "127.0.0.1", "-p", fmt.Sprint(cache), "-U", "0", "-m", "16"},
		},
		// All that it holds is in PostgreSQL, and its watchdog takes five seconds to see that the workers have ended.
		{
			name: "sogod", as: "sogo", dir: s.dir, log: filepath.Join(s.dir, "sogo.log"), args: args,
			grace: 300 * time.Millisecond,
		},
	}
	return nil
}

// sogoUsers are the statements that make the table of people.
func sogoUsers(users []User) []string {
	statements := []string{"create table sogo_users (c_uid text primary key, c_name text, c_password text, c_cn text, mail text)"}
	for _, u := range users {
		statements = append(statements, fmt.Sprintf("insert into sogo_users values (%s, %s, %s, %s, %s)",
			quote(u.Name), quote(u.Name), quote(u.Password), quote(u.Name), quote(u.Email)))
	}
	return statements
}

// quote makes an SQL string.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// readable looks at a collection of each user, which makes it on servers that make what is looked at.
func (s *Server) readable(collection func(user string) string) error {
	for _, u := range s.Users {
		if _, err := s.List(u.Name, collection(u.Name)); err != nil {
			return err
		}
	}
	return nil
}
