package realserver

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// ReadOnlyURL is a calendar that the user may read and not write; empty where the server offers none. Where another
// person has to share it, there has to be one. It is made when it is first asked for.
func (s *Server) ReadOnlyURL(user string) string {
	s.tb.Helper()
	if s.readOnly == nil {
		return ""
	}
	path, made := s.readOnlyMade[user]
	if !made {
		var err error
		if path, err = s.readOnly(user); err != nil {
			s.tb.Fatalf("make a read-only calendar for %s: %v", user, err)
		}
		if s.readOnlyMade == nil {
			s.readOnlyMade = map[string]string{}
		}
		s.readOnlyMade[user] = path
	}
	return s.origin() + path
}

// shared makes a calendar of somebody else's, which user cannot see yet.
func (s *Server) shared(user string) (path string, err error) {
	for _, u := range s.Users {
		if u.Name != user {
			path = s.home(u.Name) + "for-" + user + "/"
			return path, s.makeCalendar(u.Name, path)
		}
	}
	return "", fmt.Errorf("%s has nobody to share with", user)
}

func (s *Server) makeCalendar(user, path string) error {
	r, err := s.Try(user, "MKCALENDAR", path, "")
	if err == nil && r.Status != http.StatusCreated {
		err = fmt.Errorf("make calendar of %s: status %d\n%s", user, r.Status, r.Body)
	}
	return err
}

// readOnlyCyrus takes the right to write away from the owner of a calendar.
func (s *Server) readOnlyCyrus(user string) (string, error) {
	path := s.home(user) + "readonly/"
	if err := s.makeCalendar(user, path); err != nil {
		return "", err
	}
	return path, s.imapAdmin(fmt.Sprintf("SETACL user/%s/#calendars/readonly %s lr", user, user))
}

// readOnlySOGo shares a calendar by SOGo's own request, as it has no ACL method.
func (s *Server) readOnlySOGo(user string) (string, error) {
	path, err := s.shared(user)
	if err != nil {
		return "", err
	}
	owner, _, _ := strings.Cut(strings.TrimPrefix(path, "/SOGo/dav/"), "/")
	r, err := s.Try(owner, http.MethodPost, path, `<?xml version="1.0" encoding="utf-8"?><acl-query xmlns="urn:inverse:params:xml:ns:inverse-dav">`+
		`<set-roles user="`+user+`"><PublicViewer/><PrivateViewer/><ConfidentialViewer/></set-roles></acl-query>`, "Content-Type", "application/xml")
	if err == nil && r.Status != http.StatusNoContent {
		err = fmt.Errorf("share %s: status %d\n%s", path, r.Status, r.Body)
	}
	return path, err
}

// imapAdmin says commands to Cyrus as its administrator.
func (s *Server) imapAdmin(commands ...string) error {
	conn, err := net.DialTimeout("tcp", s.imap, 10*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	in := bufio.NewScanner(conn)
	all := append([]string{fmt.Sprintf("LOGIN %s %s", cyrusAdmin, cyrusSecret)}, commands...)
	for _, command := range append(all, "LOGOUT") {
		if _, err := fmt.Fprintf(conn, "t %s\r\n", command); err != nil {
			return err
		}
		answer := ""
		for tagged := false; !tagged && in.Scan(); {
			answer, tagged = strings.CutPrefix(in.Text(), "t ")
		}
		if !strings.HasPrefix(answer, "OK") {
			return fmt.Errorf("%s: %q", strings.Fields(command)[0], answer)
		}
	}
	return nil
}
