// Package caldav is another program at a CalDAV calendar; see package backdoor.
package caldav

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
)

// Calendar is one calendar: Server.Base is its address, with its slash.
type Calendar struct {
	backdoor.Server
	Prefix string // of names and UIDs: some servers take a UID once in an account
	// Unquoted: the server breaks quoted parameters, and then refuses what it wrote.
	Unquoted bool
	// Store stores what no client may, where a test can; nil: the server is asked.
	Store func(name string, raw []byte) error
	made  int
}

const textType = "text/calendar; charset=utf-8"

// Path is where the calendar lies, decoded: the adapter's ids begin with it.
func (c *Calendar) path() string {
	u, err := url.Parse(c.Base)
	if err != nil {
		panic(fmt.Sprintf("address %q: %v", c.Base, err)) // the adapter has opened it
	}
	return u.Path
}

// address is an item's.
func (c *Calendar) address(id provider.RemoteID) string {
	u, err := url.Parse(c.Base)
	if err != nil {
		panic(fmt.Sprintf("address %q: %v", c.Base, err))
	}
	u.Path, u.RawPath = string(id), ""
	return u.String()
}

// ask sends a request about an address and holds the status of its answer to what is expected.
func (c *Calendar) ask(method, address, body string, header http.Header, want ...int) (string, error) {
	status, answer, err := c.Do(method, address, []byte(body), header)
	if err != nil {
		return "", err
	}
	if !slices.Contains(want, status) {
		return "", fmt.Errorf("%s %s: HTTP %d: %.500s", method, address, status, answer)
	}
	return string(answer), nil
}

func (c *Calendar) store(id provider.RemoteID, raw string) error {
	_, err := c.ask(http.MethodPut, c.address(id), raw, http.Header{"Content-Type": {textType}}, http.StatusCreated, http.StatusNoContent)
	return err
}

// render writes an event with organiser and guests; extra lines go into every VEVENT.
func (c *Calendar) render(id provider.RemoteID, e calendar.Event, extra ...string) (string, error) {
	name := string(id)[strings.LastIndexByte(string(id), '/')+1:]
	e.UID = strings.TrimSuffix(name, ".ics")
	raw, err := icalendar.Encode(e, icalendar.WriteOptions{Now: time.Now()})
	if err != nil {
		return "", err
	}
	if e.Organizer.Email != "" {
		extra = append(extra, fmt.Sprintf("ORGANIZER;CN=%s:mailto:%s", e.Organizer.Name, e.Organizer.Email))
	}
	for _, g := range e.Guests {
		answer := "NEEDS-ACTION"
		if g.Answer == calendar.Accepted {
			answer = "ACCEPTED"
		}
		extra = append(extra, fmt.Sprintf("ATTENDEE;CN=%s;PARTSTAT=%s;RSVP=TRUE:mailto:%s", g.Name, answer, g.Email))
	}
	lines := ""
	for _, l := range extra {
		lines += l + "\r\n"
	}
	return strings.ReplaceAll(string(raw), "END:VEVENT\r\n", lines+"END:VEVENT\r\n"), nil
}

// next names the next item.
func (c *Calendar) next() (name string, id provider.RemoteID) {
	c.made++
	name = fmt.Sprintf("%s-%d", c.Prefix, c.made)
	return name, provider.RemoteID(c.path() + name + ".ics")
}

func (c *Calendar) create(e calendar.Event, extra ...string) (provider.RemoteID, error) {
	_, id := c.next()
	raw, err := c.render(id, e, extra...)
	if err != nil {
		return "", err
	}
	return id, c.store(id, raw)
}

// Create stores an event.
func (c *Calendar) Create(e calendar.Event) (provider.RemoteID, error) { return c.create(e) }

// Invite stores a meeting of somebody else's as a calendar program does that has had the invitation by mail.
func (c *Calendar) Invite(e calendar.Event) (provider.RemoteID, error) { return c.create(e) }

// CreateRich stores an event with categories, an alarm, an attachment, and a property that nobody knows.
func (c *Calendar) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	vendor := `X-VENDOR-THING;X-P="a;b":kept\, as it is`
	if c.Unquoted {
		vendor = `X-VENDOR-THING;X-P=ab:kept\, as it is`
	}
	return c.create(e,
		"CATEGORIES:WORK", "COLOR:turquoise", "URL:https://example.com/a?b=c;d", vendor, "GEO:60.17;24.94",
		"ATTACH;FMTTYPE=text/plain:https://example.com/agenda.txt",
		"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Soon", "TRIGGER:-PT15M", "END:VALARM")
}

// CreateUnreadable stores an event in a zone that nobody knows.
func (c *Calendar) CreateUnreadable() (provider.RemoteID, error) {
	name, id := c.next()
	raw := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nBEGIN:VEVENT\r\nUID:" + name + "\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART;TZID=Nowhere/Unknown:20260102T100000\r\nDURATION:PT1H\r\nSUMMARY:In no zone\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if c.Store != nil {
		return id, c.Store(name+".ics", []byte(raw))
	}
	return id, c.store(id, raw)
}

// Edit gives an item new content; one that was deleted is made anew.
func (c *Calendar) Edit(id provider.RemoteID, e calendar.Event) error {
	raw, err := c.render(id, e)
	if err != nil {
		return err
	}
	return c.store(id, raw)
}

// quietly keeps a server from declining a meeting in the person's name (RFC 6638 section 8.1).
var quietly = http.Header{"Schedule-Reply": {"F"}}

// Delete deletes an item.
func (c *Calendar) Delete(id provider.RemoteID) error {
	_, err := c.ask(http.MethodDelete, c.address(id), "", quietly, http.StatusOK, http.StatusNoContent, http.StatusAccepted)
	return err
}

// Remove deletes the calendar itself.
func (c *Calendar) Remove() error {
	_, err := c.ask(http.MethodDelete, c.Base, "", quietly, http.StatusOK, http.StatusNoContent, http.StatusAccepted)
	return err
}

// Held are the items that the calendar holds.
func (c *Calendar) Held() ([]provider.RemoteID, error) {
	text, err := c.ask("PROPFIND", c.Base, `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>`,
		http.Header{"Depth": {"1"}, "Content-Type": {"application/xml; charset=utf-8"}}, http.StatusMultiStatus)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Responses []struct {
			Href string `xml:"DAV: href"`
		} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal([]byte(text), &answer); err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	var ids []provider.RemoteID
	for _, r := range answer.Responses {
		u, err := url.Parse(strings.TrimSpace(r.Href))
		if err != nil {
			return nil, fmt.Errorf("read list: %w", err)
		}
		if rest, ok := strings.CutPrefix(u.Path, c.path()); ok && rest != "" && !strings.Contains(rest, "/") {
			ids = append(ids, provider.RemoteID(u.Path))
		}
	}
	return ids, nil
}

// modelled are the properties that an event holds, and those that a write renews.
var modelled = []string{
	"UID", "SUMMARY", "LOCATION", "DESCRIPTION", "DTSTART", "DTEND", "DURATION", "TRANSP", "CLASS", "RRULE", "RDATE", "EXDATE",
	"RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "X-TAHTI-KEY",
}

// Unmodelled lists the lines of all VEVENTs that no field of ours stands for, alarms and what is in them included.
func (c *Calendar) Unmodelled(id provider.RemoteID) ([]string, error) {
	text, err := c.ask(http.MethodGet, c.address(id), "", nil, http.StatusOK)
	if err != nil {
		return nil, err
	}
	text = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "", "\r", "").Replace(text)
	var lines, open []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch {
		case name == "BEGIN":
			open = append(open, value)
		case name == "END" && len(open) > 0:
			open = open[:len(open)-1]
		}
		if !slices.Contains(open, "VEVENT") {
			continue
		}
		name, _, _ = strings.Cut(name, ";")
		if len(open) == 2 && (slices.Contains(modelled, name) || name == "BEGIN" || name == "END") {
			continue
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// IsWrite tells a request that changes an item.
func IsWrite(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodDelete
}

// Garbler makes the next sync-token that is sent one which the server never gave out. It stands below a [backdoor.Wire].
type Garbler struct {
	Base   http.RoundTripper
	garble atomic.Bool
}

// LoseCursors is for the next report.
func (g *Garbler) LoseCursors() error {
	g.garble.Store(true)
	return nil
}

var tokenPattern = regexp.MustCompile(`<D:sync-token>[^<]*</D:sync-token>`)

// RoundTrip sends a request.
func (g *Garbler) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == "REPORT" && g.garble.CompareAndSwap(true, false) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = tokenPattern.ReplaceAll(body, []byte(`<D:sync-token>http://example.com/ns/sync/nonsense</D:sync-token>`))
		r = r.Clone(r.Context())
		r.Body, r.ContentLength, r.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	}
	return g.Base.RoundTrip(r)
}
