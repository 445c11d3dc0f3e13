package pipedrive

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin"
)

// entry is an activity as the page shows it.
func (c *call) entry(r *record, undated calendar.Wall) standin.Entry {
	x := standin.Entry{ID: strconv.FormatInt(r.id, 10), Draft: standin.Draft{
		Title: r.text("subject"), Description: r.text("public_description"), Kind: r.text("type"), Done: r.flag("done"),
	}}
	if at, ok := r.fields["location"].(object); ok {
		x.Place, _ = at["value"].(string)
	}
	x.Start, x.End = c.when(r, undated)
	var notes []string
	if r.fields["due_date"] == nil {
		notes = append(notes, "no date")
	}
	if k := c.kindName(r.text("type")); k != "" {
		notes = append(notes, k)
	}
	for _, name := range []string{"deal_id", "person_id", "org_id"} {
		if linked := c.items[links[name]].byID[r.number(name)]; linked != nil {
			notes = append(notes, cmp.Or(linked.text("title"), linked.text("name")))
		}
	}
	if r.private {
		notes = append(notes, "private")
	}
	x.Note = strings.Join(notes, ", ")
	return x
}

func (c *call) kindName(key string) string {
	for _, k := range c.kinds {
		if k.key == key {
			return k.name
		}
	}
	return key
}

// when is the time of an activity on its owner's clock. Its end is exclusive.
func (c *call) when(r *record, undated calendar.Wall) (start, end calendar.Time) {
	length := durationOf(r.text("duration"))
	day, err := time.Parse(time.DateOnly, r.text("due_date"))
	if err != nil {
		day = undated.Civil()
	}
	at, timed := r.fields["due_time"].(string)
	if !timed {
		start = calendar.OnDate(day.Year(), day.Month(), day.Day())
		end = start
		end.Wall += calendar.Day * calendar.Wall(max(1, (length+24*time.Hour-1)/(24*time.Hour)))
		return start, end
	}
	instant, err := time.Parse("2006-01-02 15:04", day.Format(time.DateOnly)+" "+at)
	if err != nil {
		instant = day
	}
	zone := c.who.location
	start, end = calendar.InZone(calendar.WallIn(instant, zone), zone.String()), calendar.InZone(calendar.WallIn(instant.Add(length), zone), zone.String())
	if zone == time.UTC {
		start, end = calendar.AtUTC(instant), calendar.AtUTC(instant.Add(length))
	}
	return start, end
}

// durationOf reads a checked duration.
func durationOf(s string) time.Duration {
	h, m, _ := strings.Cut(s, ":")
	hours, _ := strconv.Atoi(h) // an empty one is none
	minutes, _ := strconv.Atoi(m)
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}

// drafted is what a person typed, as a client would write it.
func (c *call) drafted(x standin.Draft) (object, error) {
	o := object{
		"subject": cmp.Or(x.Title, c.kindName(cmp.Or(x.Kind, "call"))), "public_description": x.Description, "type": cmp.Or(x.Kind, "call"), "done": x.Done, "location": nil,
		"due_time": nil, "duration": nil,
	}
	if x.Place != "" {
		o["location"] = object{"value": x.Place}
	}
	if x.Start.Kind == calendar.Date {
		o["due_date"] = x.Start.Wall.Civil().Format(time.DateOnly)
		if days := (x.End.Wall - x.Start.Wall) / calendar.Day; days > 1 {
			o["duration"] = fmt.Sprintf("%02d:00", 24*days)
		}
		return o, nil
	}
	if x.Start.Kind == calendar.Floating {
		return nil, errors.New("a time without a zone cannot be kept here")
	}
	loc, err := time.LoadLocation(x.Start.Zone) // UTC has none
	if err != nil {
		return nil, fmt.Errorf("zone %q is not known", x.Start.Zone)
	}
	start, end := x.Start.Instant(loc).UTC(), x.End.Instant(loc).UTC()
	o["due_date"], o["due_time"] = start.Format(time.DateOnly), start.Format("15:04")
	if length := end.Sub(start); length > 0 {
		o["duration"] = fmt.Sprintf("%02d:%02d", int(length.Hours()), int(length.Minutes())%60)
	}
	return o, nil
}

// create makes an activity of the caller's in the web app. The lock is held.
func (c *call) create(fields object, private bool) (*record, error) {
	if fields["owner_id"] == nil {
		fields["owner_id"] = c.who.id
	}
	given := present(fields)
	draft := &record{entity: activities}
	if f := c.accept(draft, fields, given); f != nil {
		return nil, errors.New(f.message)
	}
	r := c.store(activities, fields, c.who.id)
	r.done, r.private = draft.done, private
	c.emit(change{action: "create", record: r, by: c.who, source: "app"})
	c.invite(r, nil)
	return r, nil
}

// edit changes an activity in the web app. The lock is held.
func (c *call) edit(r *record, given object, bulk bool) error {
	if f := c.rewrite(r, given, change{by: c.who, source: "app", bulk: bulk}); f != nil {
		return errors.New(f.message)
	}
	return nil
}
