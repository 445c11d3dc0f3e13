// Package graph is another program at a calendar of Microsoft 365; see package backdoor.
package graph

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	"tahti/internal/recur"
)

// Object is a JSON object.
type Object = map[string]any

// Calendar is one calendar, by its id. Server.Base ends in /v1.0.
type Calendar struct {
	backdoor.Server
	ID string
}

// Refusal is what Graph says with a status; see [backdoor.Wire].
func Refusal(status int) (kind, body string) {
	if status == http.StatusTooManyRequests {
		return "application/json", `{"error":{"code":"ApplicationThrottled","message":"slow down"}}`
	}
	return "application/json", `{"error":{"code":"InternalServerError","message":"trouble"}}`
}

// IsWrite tells a request that changes something: a batch of questions is a POST, too.
func IsWrite(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/$batch")
}

const (
	layout = "2006-01-02T15:04:05"
	// other is a property that another program has put into an event.
	other = "String {00020329-0000-0000-C000-000000000046} Name Other"
)

// immutable asks for the ids that the adapter has, too.
var immutable = http.Header{"Prefer": {`IdType="ImmutableId"`}}

func (c *Calendar) send(method, path string, in, out any) error {
	return c.JSON(method, path, in, out, immutable)
}

func (c *Calendar) path() string { return "/me/calendars/" + url.PathEscape(c.ID) }

func (c *Calendar) event(id string) string { return c.path() + "/events/" + url.PathEscape(id) }

// moment writes a time. Zones go by their Windows names: of IANA's, Graph takes only some (providers.md 2.3).
func moment(t calendar.Time) Object {
	zone := "UTC"
	if t.Kind == calendar.Zoned {
		zone = t.Zone
		if windows, ok := recur.WindowsZone(zone); ok {
			zone = windows
		}
	}
	return Object{"dateTime": t.Wall.Civil().Format(layout), "timeZone": zone}
}

// Render writes what an event says.
func Render(v *calendar.Values) Object {
	o := Object{
		"subject": v.Subject, "location": Object{"displayName": v.Location}, "isAllDay": v.Start.Kind == calendar.Date,
		"body":   Object{"contentType": "html", "content": strings.ReplaceAll(html.EscapeString(v.Description), "\n", "<br>")},
		"showAs": "free", "sensitivity": "normal", "start": moment(v.Start), "end": moment(v.End),
	}
	if v.Busy {
		o["showAs"] = "busy"
	}
	if v.Private {
		o["sensitivity"] = "private"
	}
	var guests []Object
	for _, g := range v.Guests {
		guests = append(guests, Object{"emailAddress": Object{"name": g.Name, "address": g.Email}, "type": "required"})
	}
	if guests != nil {
		o["attendees"] = guests
	}
	return o
}

// recurrence writes the rules that the suite has: so many times, every day or every week on the day of the start.
func recurrence(e *calendar.Event) (Object, error) {
	pattern := Object{"interval": 1, "firstDayOfWeek": "monday"}
	ends := Object{"type": "noEnd", "startDate": e.Start.Wall.Civil().Format(time.DateOnly)}
	for part := range strings.SplitSeq(e.Rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case name == "FREQ" && value == "DAILY":
			pattern["type"] = "daily"
		case name == "FREQ" && value == "WEEKLY":
			pattern["type"] = "weekly"
			pattern["daysOfWeek"] = []string{strings.ToLower(e.Start.Wall.Civil().Weekday().String())}
		case name == "COUNT":
			ends["type"], ends["numberOfOccurrences"] = "numbered", json.Number(value)
		default:
			return nil, fmt.Errorf("%q: another program does not write %q", e.Rule, part)
		}
	}
	return Object{"pattern": pattern, "range": ends}, nil
}

// Whole writes an event with its rule, without its exceptions.
func Whole(e *calendar.Event) (Object, error) {
	o := Render(&e.Values)
	if e.Rule != "" {
		r, err := recurrence(e)
		if err != nil {
			return nil, err
		}
		o["recurrence"] = r
	}
	return o, nil
}

// Insert stores an event with more members than it has fields, and its exceptions.
func (c *Calendar) Insert(e calendar.Event, more Object) (provider.RemoteID, error) {
	o, err := Whole(&e)
	if err != nil {
		return "", err
	}
	for name, v := range more {
		o[name] = v
	}
	var made struct{ ID string }
	if err := c.send(http.MethodPost, c.path()+"/events", o, &made); err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", fmt.Errorf("insert %q: an answer without an id", e.Subject)
	}
	return provider.RemoteID(made.ID), c.Except(provider.RemoteID(made.ID), e)
}

// Except writes what single occurrences of a series say differently, and takes out what is cancelled.
func (c *Calendar) Except(id provider.RemoteID, e calendar.Event) error {
	if len(e.Overrides)+len(e.Cancelled) > 0 {
		_ = c.send(http.MethodGet, c.event(string(id)), nil, nil) // a new event may hide from the first who asks
	}
	for i := range e.Overrides {
		o := &e.Overrides[i]
		v := e.Effective(o)
		all, p := Render(&v), Object{}
		for f, names := range fieldNames {
			for _, name := range names {
				if o.Set.Has(f) {
					p[name] = all[name]
				}
			}
		}
		if err := c.occurrence(string(id), &e, o.Original, http.MethodPatch, p); err != nil {
			return err
		}
	}
	for _, w := range e.Cancelled {
		if err := c.occurrence(string(id), &e, w, http.MethodDelete, nil); err != nil {
			return err
		}
	}
	return nil
}

var fieldNames = map[calendar.Field][]string{
	calendar.Subject: {"subject"}, calendar.Location: {"location"}, calendar.Description: {"body"}, calendar.When: {"start", "end", "isAllDay"},
}

// occurrence does something to the one that was to start at w.
func (c *Calendar) occurrence(id string, e *calendar.Event, w calendar.Wall, method string, body any) error {
	loc := time.UTC
	if e.Start.Kind == calendar.Zoned {
		known, err := recur.Location(e.Start.Zone)
		if err != nil {
			return err
		}
		loc = known
	}
	start := e.Start
	start.Wall = w
	at := start.Instant(loc).UTC()
	query := "/instances?startDateTime=" + at.Format(layout) + "Z&endDateTime=" + at.Add(time.Minute).Format(layout) + "Z"
	var found list
	if err := c.send(http.MethodGet, c.event(id)+query, nil, &found); err != nil {
		return err
	}
	if len(found.Value) != 1 {
		return fmt.Errorf("%d occurrences at %s", len(found.Value), w)
	}
	return c.send(method, "/me/events/"+url.PathEscape(found.Value[0].ID), body, nil)
}

// list is a page of events.
type list struct {
	Value []struct {
		ID string `json:"id"`
	} `json:"value"`
	Next string `json:"@odata.nextLink"`
}

// Create stores an event.
func (c *Calendar) Create(e calendar.Event) (provider.RemoteID, error) { return c.Insert(e, nil) }

// CreateRich stores an event with categories, a reminder, a property of another program's and the like.
func (c *Calendar) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	return c.Insert(e, Object{
		"categories": []string{"Red category", "Travel"}, "importance": "high", "reminderMinutesBeforeStart": 42, "isReminderOn": true,
		"responseRequested": false, "allowNewTimeProposals": false,
		"singleValueExtendedProperties": []Object{{"id": other, "value": "kept"}},
	})
}

// unmodelled are members of an event that no field of ours stands for.
var unmodelled = strings.Fields("categories importance reminderMinutesBeforeStart isReminderOn responseRequested allowNewTimeProposals " +
	"hideAttendees attendees organizer")

// Unmodelled lists what no field of ours stands for, the other program's property included.
func (c *Calendar) Unmodelled(id provider.RemoteID) ([]string, error) {
	query := "?$expand=" + strings.ReplaceAll(url.QueryEscape("singleValueExtendedProperties($filter=id eq '"+other+"')"), "+", "%20")
	var all map[string]json.RawMessage
	if err := c.send(http.MethodGet, c.event(string(id))+query, nil, &all); err != nil {
		return nil, err
	}
	var out []string
	for _, name := range unmodelled {
		out = append(out, name+": "+string(all[name]))
	}
	var properties []struct{ ID, Value string }
	if raw := all["singleValueExtendedProperties"]; raw != nil {
		if err := json.Unmarshal(raw, &properties); err != nil {
			return nil, err
		}
	}
	for _, p := range properties {
		out = append(out, p.ID+": "+p.Value)
	}
	slices.Sort(out)
	return out, nil
}

// Edit gives an item new content.
func (c *Calendar) Edit(id provider.RemoteID, e calendar.Event) error {
	o, err := Whole(&e)
	if err != nil {
		return err
	}
	return c.send(http.MethodPatch, c.event(string(id)), o, nil)
}

// Delete deletes an item.
func (c *Calendar) Delete(id provider.RemoteID) error {
	return c.send(http.MethodDelete, c.event(string(id)), nil, nil)
}

// Held are the events and series that the calendar holds.
func (c *Calendar) Held() (ids []provider.RemoteID, err error) {
	for at := c.path() + "/events?$select=id&$top=100"; at != ""; {
		var page list
		if err := c.send(http.MethodGet, at, nil, &page); err != nil {
			return nil, err
		}
		for _, e := range page.Value {
			ids = append(ids, provider.RemoteID(e.ID))
		}
		at = page.Next
	}
	return ids, nil
}

// Remove deletes the calendar itself.
func (c *Calendar) Remove() error { return c.send(http.MethodDelete, c.path(), nil, nil) }
