package caldav

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
)

// backdoor is another program at the same calendar: plain HTTP, apart from the adapter.
type backdoor struct {
	*wire
	calendar string // address, with its slash
	user     string
	password string
	token    string // instead of both
	prefix   string // of names and UIDs, for servers that take a UID once in an account
	names    int
	unquoted bool                                // the server breaks quoted parameters, and then refuses what it wrote
	put      func(name string, raw []byte) error // where a test can store what no client may
}

var otherProgram = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}

func (b *backdoor) do(method, address, body string, header ...string) (int, string, error) {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if b.token != "" {
		req.Header.Set("Authorization", "Bearer "+b.token)
	} else if b.user != "" {
		req.SetBasicAuth(b.user, b.password)
	}
	resp, err := otherProgram.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// address is an item's.
func (b *backdoor) address(id provider.RemoteID) string {
	u, err := url.Parse(b.calendar)
	if err != nil {
		panic(err)
	}
	return withPath(u, string(id)).String()
}

func (b *backdoor) id(name string) provider.RemoteID {
	u, err := url.Parse(b.calendar)
	if err != nil {
		panic(err)
	}
	return provider.RemoteID(pathOf(u) + name + ".ics")
}

func (b *backdoor) store(id provider.RemoteID, raw string) error {
	status, text, err := b.do(http.MethodPut, b.address(id), raw, "Content-Type", "text/calendar; charset=utf-8")
	if err == nil && status != http.StatusCreated && status != http.StatusNoContent {
		err = fmt.Errorf("put %s: HTTP %d: %s", id, status, text)
	}
	return err
}

// render writes an event with organiser and guests; extra lines go into every VEVENT.
func (b *backdoor) render(id provider.RemoteID, e calendar.Event, extra ...string) (string, error) {
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

func (b *backdoor) create(e calendar.Event, extra ...string) (provider.RemoteID, error) {
	b.names++
	id := b.id(fmt.Sprintf("%s-%d", b.prefix, b.names))
	raw, err := b.render(id, e, extra...)
	if err != nil {
		return "", err
	}
	return id, b.store(id, raw)
}

func (b *backdoor) Create(e calendar.Event) (provider.RemoteID, error) { return b.create(e) }

func (b *backdoor) Invite(e calendar.Event) (provider.RemoteID, error) { return b.Create(e) }

func (b *backdoor) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	return b.create(e,
		"CATEGORIES:WORK", "COLOR:turquoise", "URL:https://example.com/a?b=c;d", b.vendor(), "GEO:60.17;24.94",
		"ATTACH;FMTTYPE=text/plain:https://example.com/agenda.txt",
		"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Soon", "TRIGGER:-PT15M", "END:VALARM")
}

// vendor is a property that nobody knows.
func (b *backdoor) vendor() string {
	if b.unquoted {
		return `X-VENDOR-THING;X-P=ab:kept\, as it is`
	}
	return `X-VENDOR-THING;X-P="a;b":kept\, as it is`
}

func (b *backdoor) Edit(id provider.RemoteID, e calendar.Event) error {
	raw, err := b.render(id, e)
	if err != nil {
		return err
	}
	return b.store(id, raw)
}

func (b *backdoor) Delete(id provider.RemoteID) error {
	status, text, err := b.do(http.MethodDelete, b.address(id), "")
	if err == nil && status >= 300 {
		err = fmt.Errorf("delete %s: HTTP %d: %s", id, status, text)
	}
	return err
}

func (b *backdoor) Held() ([]provider.RemoteID, error) {
	status, text, err := b.do("PROPFIND", b.calendar, string(propfind("<D:getetag/>")), "Depth", "1", "Content-Type", xmlType)
	if err != nil || status != http.StatusMultiStatus {
		return nil, fmt.Errorf("list: HTTP %d: %w", status, err)
	}
	var ids []provider.RemoteID
	_, err = readTree(strings.NewReader(text), listLimits, func(n *node) error {
		u, err := url.Parse(b.calendar)
		if err != nil {
			return err
		}
		if path := hrefPath(pathOf(u), n.kid(nHref).trimmed()); member(pathOf(u), path) {
			ids = append(ids, provider.RemoteID(path))
		}
		return nil
	})
	return ids, err
}

// modelled are the properties that an event holds, and those that a write renews.
var modelled = []string{
	"UID", "SUMMARY", "LOCATION", "DESCRIPTION", "DTSTART", "DTEND", "DURATION", "TRANSP", "CLASS", "RRULE", "RDATE", "EXDATE",
	"RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "X-TAHTI-KEY",
}

// Unmodelled lists the lines of all VEVENTs that no field of ours stands for, alarms and what is in them included.
func (b *backdoor) Unmodelled(id provider.RemoteID) ([]string, error) {
	status, text, err := b.do(http.MethodGet, b.address(id), "")
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("get %s: HTTP %d: %w", id, status, err)
	}
	text = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "", "\r", "").Replace(text)
	var lines, open []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch {
		case name == "BEGIN":
			open = append(open, value)
		case name == "END":
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

func (b *backdoor) CreateUnreadable() (provider.RemoteID, error) {
	b.names++
	id := b.id(fmt.Sprintf("%s-%d", b.prefix, b.names))
	raw := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nBEGIN:VEVENT\r\nUID:%s-%d\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DTSTART;TZID=Nowhere/Unknown:20260102T100000\r\nDURATION:PT1H\r\nSUMMARY:In no zone\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", b.prefix, b.names)
	if b.put != nil {
		return id, b.put(fmt.Sprintf("%s-%d.ics", b.prefix, b.names), []byte(raw))
	}
	return id, b.store(id, raw)
}
