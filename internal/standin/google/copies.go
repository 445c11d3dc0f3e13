package google

import (
	"maps"
	"reflect"
	"strings"
)

// spread brings the copies in the calendars of local guests after the organizer's event; those of guests who are none
// any more are cancelled.
func (c *call) spread(sh *shelf, e *event, before map[string]object) {
	after := guestsOf(e.fields())
	for _, a := range c.accounts {
		target := a.list[0].shelf
		email := strings.ToLower(a.Email)
		twin := target.events[e.id]
		switch {
		case target == sh, twin != nil && twin.uid != e.uid:
		case after[email] != nil:
			c.storeCopy(target, e, twin)
		case before[email] != nil && twin != nil && !twin.cancelled():
			c.cancelCopy(target, twin)
		}
	}
}

// storeCopy makes or renews a guest's copy. An invitation to one occurrence of a series that the guest does not have
// makes no copy here.
func (c *call) storeCopy(target *shelf, e, twin *event) {
	var series *event
	if e.series != nil {
		if series = target.events[e.series.id]; series == nil {
			return
		}
	}
	fields := object{}
	if twin == nil {
		twin = &event{id: e.id, uid: e.uid, kind: e.kind, series: series, original: e.original, created: c.now(), creator: e.creator}
	} else {
		fields = twin.fields()
	}
	shared := joined(sharedOf(e.fields()), fields)
	if twin.birth != 0 && twin.organizer == e.organizer && reflect.DeepEqual(shared, fields) {
		return
	}
	twin.organizer, twin.sequence = e.organizer, e.sequence
	lines, _ := shared["recurrence"].([]any)
	c.storeSeries(&listing{shelf: target, role: roleOwner}, twin, draft{fields: shared, start: e.start, end: e.end, recurrence: lines})
}

func (c *call) cancelCopy(target *shelf, twin *event) {
	twin.own["status"] = "cancelled"
	twin.updated, twin.tag = c.now(), c.tag()
	target.record(twin, c.now())
	target.bury(twin)
	for _, x := range twin.exceptions {
		if !x.cancelled() {
			c.cancelCopy(target, x)
		}
	}
}

// sharedOf is what the organizer's event gives to the copies of guests.
func sharedOf(fields object) object {
	out := maps.Clone(fields)
	for _, name := range personal {
		delete(out, name)
	}
	delete(out, "extendedProperties")
	if o := sharedProperties(fields); o != nil {
		out["extendedProperties"] = object{"shared": o}
	}
	return out
}

// joined puts what is personal in a copy beside what is shared.
func joined(shared, twin object) object {
	out := maps.Clone(shared)
	for _, name := range personal {
		if v, there := twin[name]; there {
			out[name] = v
		}
	}
	ext, _ := twin["extendedProperties"].(object)
	if o, _ := ext["private"].(object); len(o) > 0 {
		both := object{"private": o}
		if s := sharedProperties(shared); s != nil {
			both["shared"] = s
		}
		out["extendedProperties"] = both
	}
	return out
}
