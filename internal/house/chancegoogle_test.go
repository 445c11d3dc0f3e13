package house_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"tahti/internal/calendar"
	other "tahti/internal/provider/backdoor/google"
	"tahti/internal/standin"
	"tahti/internal/standin/google"
)

const alices = "alice@example.com" // her calendar, and she

type googleCloud struct {
	plain
	t       *testing.T
	server  *google.Server
	variant google.Variant
	*other.Calendar
}

func newGoogleCloud(t *testing.T, s *google.Server, v google.Variant) *googleCloud {
	return &googleCloud{plain{}, t, s, v, &other.Calendar{Server: at(s, "http://google.example/calendar/v3"), ID: alices, Prefix: "other"}}
}

func (c *googleCloud) faults(list ...standin.Fault) error { return c.server.Faults(list...) }
func (c *googleCloud) apiPath() string                    { return "/calendar/v3" }
func (c *googleCloud) hasReasons() bool                   { return true }
func (c *googleCloud) tellsAll() bool                     { return true }
func (c *googleCloud) mailed() []string                   { return addressees(c.server.Mails()) }

func (c *googleCloud) quiet() int {
	if c.variant.EmptyPages {
		return 2
	}
	return 1
}

// oddity is what the provider does on its own.
func (c *googleCloud) oddity(n int) error {
	switch n % 4 {
	case 0:
		return c.server.ForgetTokens(alices)
	case 1:
		return c.server.Housekeep(alices)
	case 2:
		return c.server.EmptyTrash(alices)
	default:
		return c.server.Purge(alices)
	}
}

// googleEvent is what is read of an event.
type googleEvent struct {
	ID, ETag, Status, EventType, RecurringEventID string
	Summary, Location, Description                string
	Start, End                                    googleTime
	Transparency, Visibility                      string
	Recurrence                                    []string
	Locked                                        bool
	Organizer                                     struct{ Self bool }
	Attendees                                     []struct{ Email string }
}

type googleTime struct{ Date, DateTime, TimeZone string }

func (g googleTime) time(t *testing.T) calendar.Time {
	if g.Date != "" {
		d, err := time.Parse(time.DateOnly, g.Date)
		if err != nil {
			t.Error(err)
		}
		return calendar.Time{Kind: calendar.Date, Wall: calendar.Wall(d.Unix())}
	}
	at, err := time.Parse(time.RFC3339, g.DateTime)
	if err != nil {
		t.Error(err)
	}
	if g.TimeZone == "" || g.TimeZone == "UTC" {
		return calendar.AtUTC(at)
	}
	loc, err := time.LoadLocation(g.TimeZone)
	if err != nil {
		t.Error(err)
	}
	return calendar.InZone(calendar.WallIn(at, loc), g.TimeZone)
}

func (e *googleEvent) values(t *testing.T) calendar.Values {
	return calendar.Values{
		Subject: e.Summary, Location: e.Location, Description: e.Description, Start: e.Start.time(t), End: e.End.time(t),
		Busy: e.Transparency != "transparent", Private: e.Visibility == "private" || e.Visibility == "confidential",
	}
}

func (c *googleCloud) list(query string) (all []googleEvent) {
	for page := ""; ; {
		var answer struct {
			Items         []googleEvent
			NextPageToken string
		}
		if err := c.JSON("GET", other.EventPath(alices, "")+"?maxResults=2500&"+query+page, nil, &answer, nil); err != nil {
			c.t.Error(err)
			return nil
		}
		all = append(all, answer.Items...)
		if answer.NextPageToken == "" {
			return all
		}
		page = "&pageToken=" + url.QueryEscape(answer.NextPageToken)
	}
}

func (c *googleCloud) entries() (list []entry) {
	dates := map[string][]place{}
	until := url.QueryEscape(firstDay.Add(span + 48*time.Hour).Format(time.RFC3339))
	for _, e := range c.list("singleEvents=true&orderBy=startTime&timeMax=" + until) {
		of := e.RecurringEventID
		if of == "" {
			of = e.ID
		}
		dates[of] = append(dates[of], place{e.values(c.t), e.ID})
	}
	for _, e := range c.list("") {
		if e.Status == "cancelled" || e.RecurringEventID != "" || e.EventType == "birthday" || e.EventType == "workingLocation" {
			continue
		}
		n := entry{Values: e.values(c.t), id: e.ID, series: len(e.Recurrence) > 0, guests: len(e.Attendees) > 0}
		n.fixed = e.Locked || !e.Organizer.Self || e.EventType != "default"
		n.dates = dates[e.ID]
		n.told = tell(n.Subject, n.series, seen(n.dates))
		list = append(list, n)
	}
	return list
}

func seen(places []place) (list []date) {
	for _, x := range places {
		list = append(list, date{
			start: instant(x.Start), end: instant(x.End), day: x.Start.Kind == calendar.Date, subject: x.Subject, location: x.Location,
			description: x.Description, busy: x.Busy, private: x.Private,
		})
	}
	return list
}

func (c *googleCloud) versions() (all string) {
	for _, e := range c.list("showDeleted=true") {
		all += fmt.Sprintln(e.ID, e.ETag)
	}
	return all
}

func (c *googleCloud) insert(e calendar.Event, guests ...string) error {
	more := other.Object{}
	var list []other.Object
	for _, g := range guests {
		list = append(list, other.Object{"email": g})
	}
	if list != nil {
		more["attendees"] = list
	}
	id, err := c.Insert(e, more)
	if err != nil {
		return err
	}
	return c.Except(id, e)
}

func (c *googleCloud) patch(id string, f calendar.Field, v calendar.Values) error {
	all := other.Render(&v)
	o := other.Object{}
	switch f {
	case calendar.Subject:
		o["summary"] = all["summary"]
	case calendar.Location:
		o["location"] = all["location"]
	case calendar.Description:
		o["description"] = all["description"]
	case calendar.Busy:
		o["transparency"] = map[bool]string{true: "opaque", false: "transparent"}[v.Busy]
	case calendar.Private:
		o["visibility"] = map[bool]string{true: "private", false: "default"}[v.Private]
	case calendar.When:
		for _, name := range []string{"start", "end"} {
			when := all[name].(other.Object)
			if when["date"] != nil {
				when["dateTime"], when["timeZone"] = nil, nil
			} else {
				when["date"] = nil
			}
			o[name] = when
		}
	}
	return c.JSON("PATCH", other.EventPath(alices, id)+"?sendUpdates=none", o, nil, nil)
}

func (c *googleCloud) remove(id string) error {
	return c.JSON("DELETE", other.EventPath(alices, id)+"?sendUpdates=none", nil, nil, nil)
}

func (c *googleCloud) split(e entry, n int, subject string) error {
	_, err := c.server.Split(alices, e.id, instant(e.dates[n].Start), map[string]any{"summary": subject})
	return err
}

func (c *googleCloud) copy(id, subject string) error {
	twin, err := c.server.Copy(alices, id, true)
	if err != nil {
		return err
	}
	return c.patch(twin, calendar.Subject, calendar.Values{Subject: subject, Start: calendar.AtUTC(firstDay), End: calendar.AtUTC(firstDay)})
}

func (c *googleCloud) recall(id, subject string) error {
	return c.JSON("PATCH", other.EventPath(alices, id)+"?sendUpdates=none", other.Object{"status": "confirmed", "summary": subject}, nil, nil)
}

func (c *googleCloud) plant(subject string, kind int) error {
	at := firstDay.Add(time.Duration(24*(1+kind)) * time.Hour)
	fields := other.Object{
		"summary": subject, "start": other.Object{"dateTime": at.Format(time.RFC3339)}, "end": other.Object{"dateTime": at.Add(time.Hour).Format(time.RFC3339)},
	}
	switch kind % 6 {
	case 0:
		fields["organizer"] = other.Object{"email": "carol@elsewhere.example"}
		fields["attendees"] = []any{other.Object{"email": alices, "responseStatus": "needsAction"}}
	case 1:
		fields["locked"] = true
	default:
		fields["eventType"] = []string{"fromGmail", "outOfOffice", "focusTime", "birthday"}[kind%6-2]
	}
	_, err := c.server.Plant(alices, fields)
	return err
}
