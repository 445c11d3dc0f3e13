package google

import (
	"encoding/base64"
	"maps"
	"strconv"
	"strings"
	"time"
)

// show is an event as the call's user sees it, in the call's time zone.
func (c *call) show(l *listing, e *event) object {
	return c.view(l, e, false)
}

// view is show; thin says that a deleted event is to show its ids only, as in incremental answers (reference).
func (c *call) view(l *listing, e *event, thin bool) object {
	sh := l.shelf
	o := object{"kind": "calendar#event", "etag": e.tag, "id": e.id, "status": e.status()}
	reader := c.text("timeZone")
	if reader == "" {
		reader = sh.zone
	}
	if e.series != nil {
		o["recurringEventId"] = e.series.id
		o["originalStartTime"] = e.original.show(reader, sh.zone)
	}
	if e.cancelled() && (thin || e.bare) {
		return o
	}
	o["start"], o["end"] = e.start.show(reader, sh.zone), e.end.show(reader, sh.zone)
	o["iCalUID"], o["sequence"], o["eventType"] = e.uid, e.sequence, e.kind
	o["created"], o["updated"] = e.created.UTC().Format(time.RFC3339), stamp(e.updated)
	o["htmlLink"] = "https://www.google.com/calendar/event?eid=" + base64.RawURLEncoding.EncodeToString([]byte(e.id+" "+sh.id))
	fields := e.fields()
	if l.role == roleFreeBusy || e.hidden() && l.role < roleWriter {
		o["visibility"] = "private"
		if r, ok := fields["recurrence"]; ok {
			o["recurrence"] = r
		}
		return o
	}
	maps.DeleteFunc(fields, func(name string, _ any) bool { return name == "start" || name == "end" || name == "status" })
	maps.Copy(o, fields)
	if o["reminders"] == nil {
		// A whole day never inherits: it is shown with the calendar's own reminders, of which there are none here (measured).
		o["reminders"] = object{"useDefault": !e.start.day}
	}
	o["creator"], o["organizer"] = e.creator.show(sh), e.organizer.show(sh)
	c.showGuests(o, sh, e)
	if uri := meetingAddress(o["conferenceData"]); uri != "" {
		o["hangoutLink"] = uri
	}
	for name, on := range map[string]bool{"locked": e.locked, "privateCopy": e.privateCopy} {
		if on {
			o[name] = true
		}
	}
	return merge(o, e.spoiled)
}

func (p person) show(sh *shelf) object {
	o := object{"email": p.email}
	if p.name != "" {
		o["displayName"] = p.name
	}
	if p.email == sh.id {
		o["self"] = true
	}
	return o
}

// showGuests marks the organizer and the reader among the guests; above maxAttendees, and where guests
// do not see each other, only the reader is left.
func (c *call) showGuests(o object, sh *shelf, e *event) {
	list, _ := o["attendees"].([]any)
	if len(list) == 0 {
		return
	}
	out, own := make([]any, 0, len(list)), []any(nil)
	for _, x := range list {
		g := maps.Clone(x.(object)) // acceptGuests has made it
		email, _ := g["email"].(string)
		if strings.EqualFold(email, e.organizer.email) {
			g["organizer"] = true
		}
		if strings.EqualFold(email, sh.id) {
			g["self"] = true
			own = append(own, g)
		}
		out = append(out, g)
	}
	n, err := strconv.Atoi(c.text("maxAttendees"))
	blind := e.organizer.email != sh.id && o["guestsCanSeeOtherGuests"] == false
	if blind || err == nil && len(out) > n {
		out = own
		o["attendeesOmitted"] = true
	}
	o["attendees"] = out
	if len(out) == 0 {
		delete(o, "attendees")
	}
}

// meetingAddress is where a conference is joined by video.
func meetingAddress(data any) string {
	o, _ := data.(object)
	points, _ := o["entryPoints"].([]any)
	for _, x := range points {
		if p, _ := x.(object); p["entryPointType"] == "video" {
			uri, _ := p["uri"].(string)
			return uri
		}
	}
	return ""
}

// getEvent is GET of one event; deleted ones are there, with all that they said.
func (c *call) getEvent() *failure {
	l, f := c.opened(roleFreeBusy)
	if f != nil {
		return f
	}
	e := l.shelf.find(c.segment("eventId"))
	if e == nil {
		return refNotFound.because("Not Found")
	}
	for _, tag := range tags(c.condition("If-None-Match")) {
		if !c.variant.PlainGets && (tag == e.tag || tag == "*") {
			c.w.Header().Set("ETag", e.tag)
			c.w.WriteHeader(304)
			return nil
		}
	}
	return c.answer(c.show(l, e))
}
