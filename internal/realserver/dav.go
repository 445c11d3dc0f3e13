package realserver

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Response is a server's answer, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Item is a calendar object: its full URL and its text.
type Item struct{ URL, Body string }

// client is apart from the product's own, follows nothing, and keeps no connection that a killed server would break.
var client = &http.Client{
	Timeout:       20 * time.Second,
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Try sends a request as a user and answers what came back, whatever its status. address is a full URL, or a path from
// the root. header holds pairs of name and value.
func (s *Server) Try(user, method, address, body string, header ...string) (Response, error) {
	if strings.HasPrefix(address, "/") {
		address = s.origin() + address
	}
	ctx := context.Background()
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if !s.anonymous {
		req.SetBasicAuth(user, s.User(user).Password)
	}
	res, err := client.Do(req)
	if err != nil {
		return Response{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return Response{}, fmt.Errorf("%s %s: read answer: %w", method, address, err)
	}
	return Response{Status: res.StatusCode, Header: res.Header, Body: string(text)}, nil
}

// Do is Try for tests: the test fails if no answer came.
func (s *Server) Do(user, method, address, body string, header ...string) Response {
	s.tb.Helper()
	r, err := s.Try(user, method, address, body, header...)
	if err != nil {
		s.tb.Fatal(err)
	}
	return r
}

// Put stores a calendar object, whatever is there, and fails the test if the server refuses.
func (s *Server) Put(user, address, ics string) {
	s.tb.Helper()
	r := s.Do(user, http.MethodPut, address, ics, "Content-Type", "text/calendar; charset=utf-8")
	if r.Status != http.StatusCreated && r.Status != http.StatusNoContent {
		s.tb.Fatalf("put %s: %d\n%s", address, r.Status, r.Body)
	}
}

// Get reads a calendar object.
func (s *Server) Get(user, address string) Response {
	s.tb.Helper()
	return s.Do(user, http.MethodGet, address, "")
}

// Delete removes a calendar object, and fails the test if the server refuses.
func (s *Server) Delete(user, address string) {
	s.tb.Helper()
	if r := s.Do(user, http.MethodDelete, address, ""); r.Status/100 != 2 {
		s.tb.Fatalf("delete %s: %d\n%s", address, r.Status, r.Body)
	}
}

// Propfind asks for properties of a resource and, with depth "1", its members. props is XML inside DAV:prop; the
// prefixes d, c and cs are declared.
func (s *Server) Propfind(user, address, depth, props string) Response {
	s.tb.Helper()
	return s.Do(user, "PROPFIND", address, propfind(props), "Depth", depth, "Content-Type", "application/xml; charset=utf-8")
}

func propfind(props string) string {
	return `<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" ` +
		`xmlns:cs="http://calendarserver.org/ns/"><d:prop>` + props + `</d:prop></d:propfind>`
}

// List answers the objects in a collection, with their text. Hrefs are as the server gave them, resolved.
func (s *Server) List(user, collection string) ([]Item, error) {
	r, err := s.Try(user, "PROPFIND", collection, propfind("<d:getetag/>"), "Depth", "1",
		"Content-Type", "application/xml; charset=utf-8")
	if err != nil {
		return nil, err
	}
	if r.Status != http.StatusMultiStatus {
		return nil, fmt.Errorf("list %s: status %d", collection, r.Status)
	}
	var answer struct {
		Response []struct {
			Href string `xml:"DAV: href"`
		} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal([]byte(r.Body), &answer); err != nil {
		return nil, fmt.Errorf("list %s: %w", collection, err)
	}
	base, err := url.Parse(s.origin())
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, member := range answer.Response {
		ref, err := base.Parse(member.Href)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", collection, err)
		}
		if strings.HasSuffix(ref.Path, "/") { // the collection itself, and collections in it
			continue
		}
		got, err := s.Try(user, http.MethodGet, ref.String(), "")
		if err != nil {
			return nil, err
		}
		if got.Status != http.StatusOK {
			return nil, fmt.Errorf("read %s: status %d", ref, got.Status)
		}
		items = append(items, Item{URL: ref.String(), Body: got.Body})
	}
	return items, nil
}

// Inbox answers what scheduling has put before a user: the scheduling inbox on Cyrus and DAViCal. SOGo keeps none, and
// writes invitations straight into the invitee's calendar: there it is that calendar, as whole. Servers that do not
// schedule have nothing.
func (s *Server) Inbox(user string) []Item {
	s.tb.Helper()
	if s.inbox == nil {
		return nil
	}
	items, err := s.List(user, s.inbox(user))
	if err != nil {
		s.tb.Fatal(err)
	}
	return items
}

// Mails answers the mails that the server has tried to send to outside guests. Only Cyrus and SOGo send any.
func (s *Server) Mails() []string {
	if s.mails == nil {
		return nil
	}
	return s.mails()
}

// origin is the scheme and host of the server.
func (s *Server) origin() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		s.tb.Fatal(err)
	}
	return u.Scheme + "://" + u.Host
}

// answers waits until the server speaks HTTP, whatever it says: Cyrus answers 500 to a user without a mailbox. A process
// that has ended is not waited for.
func (s *Server) answers(within time.Duration) error {
	var last error
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		for _, p := range s.running {
			if p.ended() {
				return fmt.Errorf("%s has ended", p.name)
			}
		}
		if _, last = s.Try(s.Users[0].Name, http.MethodOptions, s.URL, ""); last == nil {
			return nil
		}
	}
	return fmt.Errorf("no answer within %s: %w", within, last)
}

// makeCalendars makes the default calendar of each user with MKCALENDAR.
func (s *Server) makeCalendars() error {
	for _, u := range s.Users {
		r, err := s.Try(u.Name, "MKCALENDAR", s.calendar(u.Name), "")
		if err != nil {
			return err
		}
		if r.Status != http.StatusCreated {
			return fmt.Errorf("make calendar of %s: status %d\n%s", u.Name, r.Status, r.Body)
		}
	}
	return nil
}
