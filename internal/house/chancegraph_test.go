package house_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"tahti/internal/calendar"
	other "tahti/internal/provider/backdoor/graph"
	"tahti/internal/recur"
	"tahti/internal/standin"
	"tahti/internal/standin/graph"
)

type graphCloud struct {
	plain
	t        *testing.T
	server   *graph.Server
	variants graph.Variants
	*other.Calendar
}

func newGraphCloud(t *testing.T, s *graph.Server, v graph.Variants) *graphCloud {
	id, err := s.CalendarID(alices, "Calendar")
	if err != nil {
		t.Fatal(err)
	}
	return &graphCloud{plain{}, t, s, v, &other.Calendar{Server: at(s, "http://graph.example/v1.0"), ID: id}}
}

func (c *graphCloud) faults(list ...standin.Fault) error { return c.server.Faults(list...) }
func (c *graphCloud) apiPath() string                    { return "^/v1.0/" }
func (c *graphCloud) hasReasons() bool                   { return false }
func (c *graphCloud) tellsAll() bool                     { return false }
func (c *graphCloud) mailed() []string                   { return addressees(c.server.Mails()) }

func (c *graphCloud) quiet() int {
	if c.variants.EmptyPages {
		return 2
	}
	return 1
}

func (c *graphCloud) oddity(n int) error {
	switch n % 3 {
	case 0:
		return c.server.ForgetTokens(alices)
	case 1:
		return c.server.HalfCreate(alices, 1)
	default:
		for _, e := range c.entries() {
			if err := c.server.Housekeep(alices, e.id); err != nil {
				return err
			}
		}
		return nil
	}
}

// graphEvent is what is read of an event.
type graphEvent struct {
	ID, SeriesMasterID, Type, Subject, Sensitivity, ShowAs string
	ChangeKey                                              string
	Start, End                                             graphTime
	Location                                               struct{ DisplayName string }
	Body                                                   struct{ Content string }
	IsAllDay, IsOrganizer, IsCancelled                     bool
	Recurrence                                             json.RawMessage
	Attendees                                              []json.RawMessage
	OriginalStartTimeZone                                  string
}

type graphTime struct{ DateTime string }

// helsinki is asked for: whole days are read in the zone that they are written in.
const helsinki = "FLE Standard Time"

var asked = http.Header{"Prefer": {`IdType="ImmutableId"`, `outlook.timezone="` + helsinki + `"`, `outlook.body-content-type="text"`}}

func (g graphTime) time(t *testing.T, zone string, day bool) calendar.Time {
	civil, err := time.Parse("2006-01-02T15:04:05.0000000", g.DateTime)
	if err != nil {
		t.Error(err)
	}
	at := instant(calendar.InZone(calendar.Wall(civil.Unix()), "Europe/Helsinki"))
	iana, ok := recur.ResolveZone(zone)
	if !ok {
		iana = "UTC"
	}
	loc, err := time.LoadLocation(iana)
	if err != nil {
		t.Error(err)
	}
	switch wall := calendar.WallIn(at, loc); {
	case day:
		return calendar.Time{Kind: calendar.Date, Wall: wall}
	case iana == "UTC":
		return calendar.AtUTC(at)
	default:
		return calendar.InZone(wall, iana)
	}
}

func (e *graphEvent) values(t *testing.T) calendar.Values {
	return calendar.Values{
		Subject: e.Subject, Location: e.Location.DisplayName, Description: e.Body.Content,
		Start: e.Start.time(t, e.OriginalStartTimeZone, e.IsAllDay), End: e.End.time(t, e.OriginalStartTimeZone, e.IsAllDay),
		Busy: e.ShowAs != "free" && e.ShowAs != "workingElsewhere", Private: e.Sensitivity != "normal",
	}
}

func (c *graphCloud) list(path string) (all []graphEvent) {
	for path != "" {
		var answer struct {
			Value []graphEvent
			Next  string `json:"@odata.nextLink"`
		}
		if err := c.JSON("GET", path, nil, &answer, asked); err != nil {
			c.t.Error(err)
			return nil
		}
		all, path = append(all, answer.Value...), answer.Next
	}
	return all
}

func (c *graphCloud) path() string { return "/me/calendars/" + url.PathEscape(c.ID) }

func (c *graphCloud) view() []graphEvent {
	const layout = "2006-01-02T15:04:05Z"
	return c.list(c.path() + "/calendarView?$top=500&startDateTime=" + firstDay.Add(-40*24*time.Hour).Format(layout) +
		"&endDateTime=" + firstDay.Add(span+48*time.Hour).Format(layout))
}

func (c *graphCloud) entries() (list []entry) {
	dates := map[string][]place{}
	for _, e := range c.view() {
		of := e.SeriesMasterID
		if of == "" {
			of = e.ID
		}
		dates[of] = append(dates[of], place{e.values(c.t), e.ID})
	}
	for _, e := range c.list(c.path() + "/events?$top=500") {
		n := entry{Values: e.values(c.t), id: e.ID, series: e.Type == "seriesMaster", guests: len(e.Attendees) > 0, fixed: !e.IsOrganizer}
		n.dates = dates[e.ID]
		n.told = tell(n.Subject, n.series, seen(n.dates))
		list = append(list, n)
	}
	return list
}

func (c *graphCloud) versions() (all string) {
	for _, e := range append(c.list(c.path()+"/events?$top=500"), c.view()...) {
		all += fmt.Sprintln(e.ID, e.ChangeKey)
	}
	return all
}

func (c *graphCloud) insert(e calendar.Event, guests ...string) error {
	more := other.Object{}
	var list []other.Object
	for _, g := range guests {
		list = append(list, other.Object{"type": "required", "emailAddress": other.Object{"address": g}})
	}
	if list != nil {
		more["attendees"] = list
	}
	_, err := c.Insert(e, more)
	return err
}

func (c *graphCloud) patch(id string, f calendar.Field, v calendar.Values) error {
	all := other.Render(&v)
	if v.Start.Kind == calendar.Date {
		for _, name := range []string{"start", "end"} {
			all[name].(other.Object)["timeZone"] = helsinki
		}
	}
	o := other.Object{}
	for _, name := range map[calendar.Field][]string{
		calendar.Subject: {"subject"}, calendar.Location: {"location"}, calendar.Description: {"body"}, calendar.Busy: {"showAs"},
		calendar.Private: {"sensitivity"}, calendar.When: {"start", "end", "isAllDay"},
	}[f] {
		o[name] = all[name]
	}
	return c.JSON("PATCH", "/me/events/"+url.PathEscape(id), o, nil, asked)
}

func (c *graphCloud) remove(id string) error {
	return c.JSON("DELETE", "/me/events/"+url.PathEscape(id), nil, nil, asked)
}

// split ends the series, and puts another one beside it, as long as the person will have it.
func (c *graphCloud) split(e entry, n int, subject string) error {
	var master struct {
		Recurrence struct{ Pattern, Range other.Object }
	}
	if err := c.JSON("GET", "/me/events/"+url.PathEscape(e.id), nil, &master, asked); err != nil {
		return err
	}
	r := master.Recurrence.Range
	r["type"], r["endDate"] = "endDate", (e.dates[n].Start.Wall - calendar.Day).Civil().Format(time.DateOnly)
	delete(r, "numberOfOccurrences")
	if err := c.JSON("PATCH", "/me/events/"+url.PathEscape(e.id), other.Object{"recurrence": master.Recurrence}, nil, asked); err != nil {
		return err
	}
	rest := calendar.Event{Values: e.dates[n].Values, Rule: "FREQ=DAILY;COUNT=3"}
	rest.Subject = subject
	return c.insert(rest)
}

func (c *graphCloud) copy(id, subject string) error {
	twin, err := c.server.Copy(alices, id, "Calendar")
	if err != nil {
		return err
	}
	return c.patch(twin, calendar.Subject, calendar.Values{Subject: subject, Start: calendar.AtUTC(firstDay), End: calendar.AtUTC(firstDay)})
}

func (c *graphCloud) recall(string, string) error { return errNot }

func (c *graphCloud) plant(subject string, kind int) error {
	if kind%2 == 1 {
		return errNot
	}
	at := firstDay.Add(time.Duration(24*(1+kind)) * time.Hour).Format("2006-01-02T15:04:05")
	_, err := c.server.Invite(alices, "carol@elsewhere.example", fmt.Sprintf(`{"subject":%q,"start":{"dateTime":%q,"timeZone":"UTC"},
		"end":{"dateTime":%q,"timeZone":"UTC"},"attendees":[{"type":"required","emailAddress":{"address":%q}}]}`, subject, at, at[:11]+"10:30:00", alices))
	return err
}
