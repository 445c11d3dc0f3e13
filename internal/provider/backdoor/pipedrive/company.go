// Package pipedrive is another program at a company's activities in Pipedrive; see package backdoor.
package pipedrive

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	"tahti/internal/recur"
)

// Object is a JSON object.
type Object = map[string]any

// Company is the activities of one of a company's users. Server.Base is the company's own host.
type Company struct {
	backdoor.Server
	Owner int64
	// Type is given to what is made; meeting if empty.
	Type string
}

// Refusal is what Pipedrive says with a status; see [backdoor.Wire].
func Refusal(status int) (kind, body string) {
	kind = "application/json; charset=utf-8"
	if status == http.StatusTooManyRequests {
		return kind, `{"success":false,"error":"Request over limit","errorCode":429}`
	}
	return kind, `{"success":false,"error":"Internal Server Error"}`
}

// Token signs with an API token.
func Token(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-Api-Token", token) }
}

// errSeries is what becomes of a series: Pipedrive's API has none.
var errSeries = errors.New("an activity of Pipedrive does not recur")

// path is that of an activity, or of all of them.
func path(id provider.RemoteID) string {
	if id == "" {
		return "/api/v2/activities"
	}
	return "/api/v2/activities/" + url.PathEscape(string(id))
}

// Render writes what an event says. Times are UTC; whole days have no time, and a duration where they are several.
func Render(v *calendar.Values) (Object, error) {
	o := Object{"subject": v.Subject, "public_description": v.Description, "busy": v.Busy, "location": nil, "due_time": nil, "duration": nil}
	if v.Location != "" {
		o["location"] = Object{"value": v.Location}
	}
	if v.Start.Kind == calendar.Date {
		o["due_date"] = v.Start.Wall.Civil().Format(time.DateOnly)
		if days := (v.End.Wall - v.Start.Wall) / calendar.Day; days > 1 {
			o["duration"] = hours(time.Duration(days) * 24 * time.Hour)
		}
		return o, nil
	}
	start, err := instant(v.Start)
	if err != nil {
		return nil, err
	}
	end, err := instant(v.End)
	if err != nil {
		return nil, err
	}
	o["due_date"], o["due_time"], o["duration"] = start.Format(time.DateOnly), start.Format("15:04"), hours(end.Sub(start))
	return o, nil
}

func hours(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// instant is a time in UTC; floating ones cannot be kept.
func instant(t calendar.Time) (time.Time, error) {
	switch t.Kind {
	case calendar.UTC:
		return t.Wall.Civil(), nil
	case calendar.Zoned:
		loc, err := recur.Location(t.Zone)
		if err != nil {
			return time.Time{}, err
		}
		return t.Instant(loc).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%v cannot be kept in Pipedrive", t)
}

// Insert makes an activity, with more members than an event has fields.
func (c *Company) Insert(e calendar.Event, more Object) (provider.RemoteID, error) {
	if e.IsSeries() {
		return "", errSeries
	}
	o, err := Render(&e.Values)
	if err != nil {
		return "", err
	}
	o["type"], o["owner_id"] = c.Type, c.Owner
	if c.Type == "" {
		o["type"] = "meeting"
	}
	if err := facets(o, e.Facets); err != nil {
		return "", err
	}
	for k, v := range more {
		o[k] = v
	}
	id, err := c.make(path(""), o)
	return provider.RemoteID(strconv.FormatInt(id, 10)), err
}

// make adds an item and answers its id.
func (c *Company) make(path string, o Object) (int64, error) {
	var answer struct {
		Data struct {
			ID int64 `json:"id"`
		} `json:"data"`
	}
	err := c.JSON(http.MethodPost, path, o, &answer, nil)
	if err == nil && answer.Data.ID == 0 {
		err = fmt.Errorf("POST %s: an answer without an id", path)
	}
	return answer.Data.ID, err
}

// Create makes an activity, with its guests.
func (c *Company) Create(e calendar.Event) (provider.RemoteID, error) {
	var guests []Object
	for _, g := range e.Guests {
		guests = append(guests, Object{"email": g.Email, "name": g.Name})
	}
	if guests == nil {
		return c.Insert(e, nil)
	}
	return c.Insert(e, Object{"attendees": guests})
}

// Edit gives an activity new content; what a CRM says of it stays where the event has no facets.
func (c *Company) Edit(id provider.RemoteID, e calendar.Event) error {
	if e.IsSeries() {
		return errSeries
	}
	o, err := Render(&e.Values)
	if err == nil {
		err = facets(o, e.Facets)
	}
	if err != nil {
		return err
	}
	return c.Patch(id, o)
}

// Patch changes some fields of an activity.
func (c *Company) Patch(id provider.RemoteID, o Object) error {
	return c.JSON(http.MethodPatch, path(id), o, nil, nil)
}

// Delete deletes an activity.
func (c *Company) Delete(id provider.RemoteID) error {
	return c.JSON(http.MethodDelete, path(id), nil, nil, nil)
}

// List is every activity of the owner's.
func (c *Company) List() (all []Object, err error) {
	query := url.Values{"owner_id": {strconv.FormatInt(c.Owner, 10)}, "limit": {"500"}, "include_fields": {"attendees"}}
	for {
		var page struct {
			Data []Object `json:"data"`
			More struct {
				Next string `json:"next_cursor"`
			} `json:"additional_data"`
		}
		if err := c.JSON(http.MethodGet, path("")+"?"+query.Encode(), nil, &page, nil); err != nil {
			return nil, err
		}
		all = append(all, page.Data...)
		if page.More.Next == "" {
			return all, nil
		}
		query.Set("cursor", page.More.Next)
	}
}

// idOf is an activity's id as the rest of the program has it.
func idOf(o Object) provider.RemoteID {
	id, _ := o["id"].(float64)
	return provider.RemoteID(strconv.FormatInt(int64(id), 10))
}

// Held are the owner's activities.
func (c *Company) Held() ([]provider.RemoteID, error) {
	all, err := c.List()
	var ids []provider.RemoteID
	for _, o := range all {
		ids = append(ids, idOf(o))
	}
	return ids, err
}

// modelled are the members that a field of a calendar's event stands for, and those that the server changes with every write.
var modelled = strings.Fields("id subject due_date due_time duration location public_description busy add_time update_time is_deleted owner_id creator_user_id")

// Unmodelled lists all other members of an activity.
func (c *Company) Unmodelled(id provider.RemoteID) ([]string, error) {
	all, err := c.List()
	var list []string
	for _, o := range all {
		if idOf(o) != id {
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
			list = append(list, fmt.Sprintf("%s %s", k, text))
		}
	}
	slices.Sort(list)
	return list, err
}
