// Package google is another program at a calendar of Google's; see package backdoor.
package google

import (
	"encoding/json"
	"fmt"
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

// Calendar is one calendar, by its id. Server.Base ends in /calendar/v3.
type Calendar struct {
	backdoor.Server
	ID     string
	Prefix string // of the ids that are made, out of 0-9 and a-v: Google takes one once and never again
	made   int
}

// Refusal is what Google says with a status; see [backdoor.Wire].
func Refusal(status int) (kind, body string) {
	kind = "application/json; charset=UTF-8"
	if status == http.StatusTooManyRequests {
		return kind, `{"error":{"code":429,"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}]}}`
	}
	return kind, `{"error":{"code":500,"errors":[{"domain":"global","reason":"backendError"}]}}`
}

// Busy tells a refusal for the moment: Google says so with 403, too (providers.md 1.3).
func Busy(status int, body []byte) bool {
	return status == http.StatusForbidden && (strings.Contains(string(body), `"rateLimitExceeded"`) || strings.Contains(string(body), `"userRateLimitExceeded"`))
}

// silent asks that nobody is mailed.
const silent = "sendUpdates=none"

// EventPath is the path of an event, or of all of them.
func EventPath(calendar, id string) string {
	path := "/calendars/" + url.PathEscape(calendar) + "/events"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return path
}

func (c *Calendar) send(method, id, query string, body any) (Object, error) {
	out := Object{}
	return out, c.JSON(method, EventPath(c.ID, id)+"?"+query, body, &out, nil)
}

// Time writes a time as the API takes it, with the offset that the zone database gives.
func Time(t calendar.Time) Object {
	switch t.Kind {
	case calendar.Date:
		return Object{"date": t.Wall.Civil().Format(time.DateOnly)}
	case calendar.UTC:
		return Object{"dateTime": t.Wall.Civil().Format(time.RFC3339), "timeZone": "UTC"}
	}
	return Object{"dateTime": t.Instant(location(t.Zone)).Format(time.RFC3339), "timeZone": t.Zone}
}

// location is a zone that the suite has chosen.
func location(zone string) *time.Location {
	loc, err := recur.Location(zone)
	if err != nil {
		panic(fmt.Sprintf("zone %q: %v", zone, err))
	}
	return loc
}

// Render writes what an event says.
func Render(v *calendar.Values) Object {
	o := Object{"summary": v.Subject, "location": v.Location, "description": v.Description, "start": Time(v.Start), "end": Time(v.End)}
	if !v.Busy {
		o["transparency"] = "transparent"
	}
	if v.Private {
		o["visibility"] = "private"
	}
	var guests []Object
	for _, g := range v.Guests {
		answer := "needsAction"
		if g.Answer == calendar.Accepted {
			answer = "accepted"
		}
		guests = append(guests, Object{"email": g.Email, "displayName": g.Name, "responseStatus": answer})
	}
	if guests != nil {
		o["attendees"] = guests
	}
	return o
}

// InstanceID is how Google names an occurrence of a series: by its original start in UTC, or its date.
func InstanceID(id string, series calendar.Time, original calendar.Wall) string {
	t := series
	t.Wall = original
	if t.Kind == calendar.Date {
		return id + "_" + t.Wall.DateString()
	}
	loc := time.UTC
	if t.Kind == calendar.Zoned {
		loc = location(t.Zone)
	}
	return id + "_" + t.Instant(loc).UTC().Format("20060102T150405Z")
}

// Insert stores an event without its exceptions, with more members than it has fields.
func (c *Calendar) Insert(e calendar.Event, more Object) (provider.RemoteID, error) {
	o := Render(&e.Values)
	if e.Rule != "" {
		o["recurrence"] = []string{"RRULE:" + e.Rule}
	}
	for k, v := range more {
		o[k] = v
	}
	c.made++
	o["id"] = fmt.Sprintf("%s%05d", c.Prefix, c.made)
	answer, err := c.send(http.MethodPost, "", silent+"&conferenceDataVersion=1&supportsAttachments=true", o)
	id, _ := answer["id"].(string)
	if err == nil && id == "" {
		err = fmt.Errorf("insert: an answer without an id: %v", answer)
	}
	return provider.RemoteID(id), err
}

// Except writes the exceptions of a series.
func (c *Calendar) Except(id provider.RemoteID, e calendar.Event) error {
	for i := range e.Overrides {
		v := e.Effective(&e.Overrides[i])
		if _, err := c.send(http.MethodPatch, InstanceID(string(id), e.Start, e.Overrides[i].Original), silent, Render(&v)); err != nil {
			return err
		}
	}
	for _, w := range e.Cancelled {
		if _, err := c.send(http.MethodDelete, InstanceID(string(id), e.Start, w), silent, nil); err != nil {
			return err
		}
	}
	return nil
}

func (c *Calendar) create(e calendar.Event, more Object) (provider.RemoteID, error) {
	id, err := c.Insert(e, more)
	if err != nil {
		return "", err
	}
	return id, c.Except(id, e)
}

// Create stores an event.
func (c *Calendar) Create(e calendar.Event) (provider.RemoteID, error) { return c.create(e, nil) }

// CreateRich stores an event with a colour, reminders, a source, properties, an attachment and a video meeting.
func (c *Calendar) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	return c.create(e, Object{
		"colorId": "7", "source": Object{"title": "A page", "url": "https://example.com/a?b=c"},
		"reminders":          Object{"useDefault": false, "overrides": []Object{{"method": "popup", "minutes": 15}}},
		"extendedProperties": Object{"private": Object{"other": "kept; as it is"}, "shared": Object{"other": "too"}},
		"attachments":        []Object{{"fileUrl": "https://example.com/agenda.txt", "title": "Agenda"}},
		"conferenceData":     Object{"createRequest": Object{"requestId": "r1", "conferenceSolutionKey": Object{"type": "hangoutsMeet"}}},
	})
}

// Edit gives an item new content; one that was deleted is brought back.
func (c *Calendar) Edit(id provider.RemoteID, e calendar.Event) error {
	o := Render(&e.Values)
	o["status"] = "confirmed"
	_, err := c.send(http.MethodPatch, string(id), silent, o)
	return err
}

// Delete deletes an item.
func (c *Calendar) Delete(id provider.RemoteID) error {
	_, err := c.send(http.MethodDelete, string(id), silent, nil)
	return err
}

// List is everything in the calendar, exceptions included.
func (c *Calendar) List() (all []Object, err error) {
	for query := "maxResults=2500"; ; {
		var page struct {
			Items []Object `json:"items"`
			Next  string   `json:"nextPageToken"`
		}
		if err := c.JSON(http.MethodGet, EventPath(c.ID, "")+"?"+query, nil, &page, nil); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		query = "maxResults=2500&pageToken=" + url.QueryEscape(page.Next)
	}
}

// Held are the events and series that the calendar holds.
func (c *Calendar) Held() ([]provider.RemoteID, error) {
	all, err := c.List()
	var ids []provider.RemoteID
	for _, o := range all {
		if id, ok := o["id"].(string); ok && o["recurringEventId"] == nil {
			ids = append(ids, provider.RemoteID(id))
		}
	}
	return ids, err
}

// modelled are the members that a field of ours stands for, and those that the server changes with every write.
var modelled = strings.Fields("kind etag id status htmlLink created updated iCalUID sequence eventType start end summary location description " +
	"transparency visibility recurrence recurringEventId originalStartTime creator organizer")

// Unmodelled lists all other members of an event and of its exceptions.
func (c *Calendar) Unmodelled(id provider.RemoteID) ([]string, error) {
	all, err := c.List()
	var list []string
	for _, o := range all {
		if o["id"] != string(id) && o["recurringEventId"] != string(id) {
			continue
		}
		for k, v := range o {
			if slices.Contains(modelled, k) {
				continue
			}
			text, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			list = append(list, fmt.Sprintf("%s %s %s", o["id"], k, text))
		}
	}
	slices.Sort(list)
	return list, err
}

// Remove deletes the calendar itself.
func (c *Calendar) Remove() error {
	return c.JSON(http.MethodDelete, "/calendars/"+url.PathEscape(c.ID), nil, nil, nil)
}

// IsWrite tells a request that changes something: a batch of questions is a POST, too.
func IsWrite(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "/batch/")
}
