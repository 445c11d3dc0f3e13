package google

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// calendarShape is a calendar as the reference has it.
var calendarShape = structure(map[string]shape{
	"autoAcceptInvitations": flag, "conferenceProperties": loose, "dataOwner": text, "description": text, "etag": text, "id": text, "kind": text,
	"labelProperties": loose, "location": text, "summary": text, "timeZone": text,
})

func (c *call) getCalendar() *failure {
	l, f := c.opened(roleFreeBusy)
	if f != nil {
		return f
	}
	return c.answer(c.showCalendar(l))
}

func (c *call) showCalendar(l *listing) object {
	o := c.showListed(l)
	for _, name := range []string{"accessRole", "colorId", "backgroundColor", "foregroundColor", "selected", "defaultReminders", "primary"} {
		delete(o, name)
	}
	o["kind"] = "calendar#calendar"
	return o
}

// insertCalendar makes a secondary calendar of the user's.
func (c *call) insertCalendar() *failure {
	if f := c.check("", c.body, calendarShape); f != nil {
		return f
	}
	name, _ := c.body["summary"].(string)
	if name == "" {
		return refRequired.because("Missing title.")
	}
	zone, _ := c.body["timeZone"].(string)
	if zone == "" {
		zone = c.who.list[0].shelf.zone
	}
	if _, err := location(zone); err != nil {
		return refInvalid.because("Invalid time zone.")
	}
	sh := c.shelfOf(Calendar{ID: "c_" + c.newID() + "@group.calendar.google.com", Summary: name, TimeZone: zone}, c.who)
	sh.madeBy = c.grant.client
	sh.setDetails(c.body)
	l := &listing{shelf: sh, role: roleOwner}
	c.who.list = append(c.who.list, l)
	c.who.touch(l)
	return c.answer(c.showCalendar(l))
}

func (sh *shelf) setDetails(body object) {
	for _, name := range []string{"description", "location"} {
		switch v, there := body[name]; {
		case there && v == nil:
			delete(sh.details, name)
		case there:
			sh.details[name] = v
		}
	}
}

func (c *call) patchCalendar() *failure {
	l, f := c.opened(roleOwner)
	if f != nil {
		return f
	}
	if f = c.check("", c.body, calendarShape); f != nil {
		return f
	}
	if zone, ok := c.body["timeZone"].(string); ok {
		if _, err := location(zone); err != nil {
			return refInvalid.because("Invalid time zone.")
		}
		l.shelf.zone = zone
	}
	if name, ok := c.body["summary"].(string); ok && name != "" {
		l.shelf.summary = name
	}
	l.shelf.setDetails(c.body)
	for _, a := range c.accounts {
		if x := a.listed(l.shelf.id); x != nil {
			a.touch(x)
		}
	}
	return c.answer(c.showCalendar(l))
}

// deleteCalendar removes a secondary calendar for everybody.
func (c *call) deleteCalendar() *failure {
	l, f := c.opened(roleOwner)
	if f != nil {
		return f
	}
	if l.primary {
		return refPrimary.because("Cannot delete the primary calendar.")
	}
	delete(c.calendars, l.shelf.id)
	for _, a := range c.accounts {
		a.drop(l.shelf)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

var freeBusyShape = structure(map[string]shape{
	"calendarExpansionMax": number, "groupExpansionMax": number, "items": list(structure(map[string]shape{"id": text})),
	"timeMax": text, "timeMin": text, "timeZone": text,
})

// queryFreeBusy is POST freeBusy: the busy times of calendars, merged.
func (c *call) queryFreeBusy() *failure {
	if f := c.check("", c.body, freeBusyShape); f != nil {
		return f
	}
	var window [2]time.Time
	for i, name := range []string{"timeMin", "timeMax"} {
		v, _ := c.body[name].(string)
		if v == "" {
			return refRequired.because("Missing " + name + ".")
		}
		var err error
		if window[i], err = time.Parse(time.RFC3339, v); err != nil {
			return refInvalid.because("Invalid value for: " + name)
		}
	}
	if !window[0].Before(window[1]) {
		return refTimeRange.because("The specified time range is empty.").at("parameter", "timeMax")
	}
	all := object{}
	items, _ := c.body["items"].([]any)
	for _, x := range items {
		id, _ := x.(object)["id"].(string) // check has seen that it is one
		l := c.who.listed(id)
		if l == nil {
			all[id] = object{"errors": []any{object{"domain": "global", "reason": "notFound"}}, "busy": []any{}}
			continue
		}
		all[id] = object{"busy": c.busy(l.shelf, window[0], window[1])}
	}
	return c.answer(object{
		"kind": "calendar#freeBusy", "timeMin": stamp(window[0]), "timeMax": stamp(window[1]), "calendars": all,
	})
}

// busy are the times within a window that a calendar's events block, merged where they touch.
func (c *call) busy(sh *shelf, from, to time.Time) []any {
	var found []*event
	for _, e := range sh.events {
		switch {
		case e.series != nil:
		case e.rule != nil && !e.cancelled():
			found = append(found, c.occurrences(sh, e, from, to)...)
		case e.rule == nil && e.touches(sh, from, to):
			found = append(found, e)
		}
	}
	found = slices.DeleteFunc(found, func(e *event) bool {
		mine := guestsOf(e.fields())[strings.ToLower(sh.id)]
		return e.cancelled() || e.text("transparency") == "transparent" || mine["responseStatus"] == "declined"
	})
	slices.SortFunc(found, func(a, b *event) int { return a.start.in(sh.zone).Compare(b.start.in(sh.zone)) })
	out := []any{}
	var end time.Time
	for _, e := range found {
		start, stop := e.start.in(sh.zone), e.end.in(sh.zone)
		if start.Before(from) {
			start = from
		}
		if stop.After(to) {
			stop = to
		}
		if len(out) > 0 && !start.After(end) {
			if stop.After(end) {
				end = stop
				out[len(out)-1].(object)["end"] = end.UTC().Format(time.RFC3339) // made below
			}
			continue
		}
		end = stop
		out = append(out, object{"start": start.UTC().Format(time.RFC3339), "end": end.UTC().Format(time.RFC3339)})
	}
	return out
}
