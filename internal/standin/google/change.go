package google

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// patchEvent is PATCH: what the body does not name stays.
func (c *call) patchEvent() *failure {
	return c.change(func(old object, e *event) (object, *failure) {
		if f := c.check("", c.body, eventShape); f != nil {
			return nil, f
		}
		if f := c.sameIdentity(e, c.body); f != nil {
			return nil, f
		}
		patch := object{}
		for k, v := range c.body {
			patch[k] = v
		}
		c.dropUnsupported(patch, nil)
		c.ownAnswer(patch, old)
		stripped(patch)
		if c.variant.KindSwitches {
			old = switchKinds(old, patch)
		}
		next := merge(old, patch)
		if r, ok := patch["reminders"].(object); ok {
			next["reminders"] = without(r) // replaced whole, not merged (measured, public code)
		}
		return next, nil
	})
}

// switchKinds takes the old kind of a time away where a patch gives the other.
func switchKinds(old, patch object) object {
	old = maps.Clone(old)
	for _, name := range []string{"start", "end"} {
		t, _ := patch[name].(object)
		was, _ := old[name].(object)
		switch {
		case t["date"] != nil:
			old[name] = merge(was, object{"dateTime": nil, "timeZone": nil})
		case t["dateTime"] != nil:
			old[name] = merge(was, object{"date": nil})
		}
	}
	return old
}

// updateEvent is PUT: what the body does not name goes away, guests included.
func (c *call) updateEvent() *failure {
	return c.change(func(old object, e *event) (object, *failure) {
		body, f := c.wholeBody()
		if f != nil {
			return nil, f
		}
		if f = c.sameIdentity(e, body); f != nil {
			return nil, f
		}
		c.dropUnsupported(body, old)
		c.ownAnswer(body, old)
		stripped(body)
		if body["status"] == nil && !e.cancelled() {
			body["status"] = "confirmed"
		}
		return body, nil
	})
}

// ownAnswer is for clients that do not have all guests: with attendeesOmitted the guests they name are changed, and the
// others stay (reference).
func (c *call) ownAnswer(body, old object) {
	named := guestsOf(body)
	if body["attendeesOmitted"] != true || len(named) == 0 {
		return
	}
	list, _ := old["attendees"].([]any)
	list = slices.Clone(list)
	for i, x := range list {
		email, _ := x.(object)["email"].(string) // acceptGuests has made it
		if g := named[strings.ToLower(email)]; g != nil {
			list[i] = g
		}
	}
	body["attendees"] = list
}

// change performs an update; next makes the new fields from the old ones.
func (c *call) change(next func(object, *event) (object, *failure)) *failure {
	l, f := c.opened(roleBlindWriter)
	if f != nil {
		return f
	}
	e := l.shelf.find(c.segment("eventId"))
	if e == nil {
		return refNotFound.because("Not Found")
	}
	if e.hidden() && l.role == roleBlindWriter {
		return refAccess.because("You need to have writer access to this calendar.")
	}
	if f = c.matches(e); f != nil {
		return f
	}
	old := e.fields()
	fields, f := next(old, e)
	if f != nil {
		return f
	}
	if f = c.mayRestore(e, fields); f != nil {
		return f
	}
	if fields["status"] == "cancelled" && !e.cancelled() {
		c.cancel(l, e)
		return c.answer(c.show(l, e))
	}
	if c.variant.GuestsIgnored {
		fields = c.onlyOurs(l, e, old, fields)
	}
	if f = c.acceptKind(l, e, fields); f != nil {
		return f
	}
	d, f := c.accept(l, fields, e.series != nil)
	if f != nil {
		return f
	}
	if f = c.mayChange(l, e, old, d.fields); f != nil {
		return f
	}
	c.makeConference(e, d.fields)
	c.apply(l, e, old, d)
	return c.answer(c.show(l, e))
}

// matches holds If-Match.
func (c *call) matches(e *event) *failure {
	if want := c.condition("If-Match"); !c.variant.IgnoreIfMatch && want != "" && want != "*" && !slices.Contains(tags(want), e.tag) {
		return refCondition.because("Precondition Failed").at("header", "If-Match")
	}
	return nil
}

// tags are those of a condition's list.
func tags(header string) []string {
	list := strings.Split(header, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// sameIdentity refuses to change what never changes; it may be sent back as it is.
func (c *call) sameIdentity(e *event, body object) *failure {
	if o, ok := body["originalStartTime"].(object); ok {
		m, err := parseMoment(o)
		if err != nil || e.series == nil || m.day != e.original.day || !m.at.Equal(e.original.at) {
			return refIdentity.because("The original start time of an occurrence cannot be changed.")
		}
	}
	if id, ok := body["recurringEventId"].(string); ok && (e.series == nil || e.series.id != id) {
		return refIdentity.because("The recurring event of an occurrence cannot be changed.")
	}
	if kind, ok := body["eventType"].(string); ok && kind != e.kind {
		return refIdentity.because("The type of an event cannot be changed.")
	}
	if n, ok := body["sequence"].(float64); ok && int(n) < e.sequence {
		return refSequence.because("Invalid sequence value. The specified sequence number is below the current sequence number of the " +
			"resource. Re-fetch the resource and use its sequence number on the following request.")
	}
	return nil
}

// mayRestore refuses changes of a deleted event, but for one that gives it a living status again (1.4).
func (c *call) mayRestore(e *event, fields object) *failure {
	if !e.cancelled() {
		return nil
	}
	if status, ok := fields["status"].(string); !ok || status == "cancelled" || c.variant.NoUndelete || e.bare {
		return refForbidden.because("Forbidden")
	}
	return nil
}

// significant fields raise the sequence (RFC 5546 section 2.1.4).
var significant = []string{"start", "end", "recurrence", "status"}

// apply stores what a change made of an event, unless it made nothing of it.
func (c *call) apply(l *listing, e *event, old object, d draft) {
	changed := differing(old, d.fields)
	if len(changed) == 0 {
		return
	}
	if slices.ContainsFunc(changed, func(name string) bool { return slices.Contains(significant, name) }) {
		e.sequence++
	}
	updated, tag := e.updated, e.tag
	if e.series != nil {
		d.fields = c.instanceVisibility(l, e, old, d.fields)
	}
	c.storeSeries(l, e, d)
	if slices.Equal(changed, []string{"reminders"}) {
		e.updated = updated // reference: reminders do not change updated
		if c.variant.ReminderKeepsETag {
			e.tag = tag
		}
		return
	}
	c.afterWrite(l, e, old)
}

// differing names the fields that differ, sorted.
func differing(a, b object) []string {
	var list []string
	for k, v := range a {
		if !reflect.DeepEqual(v, b[k]) {
			list = append(list, k)
		}
	}
	for k := range b {
		if _, there := a[k]; !there {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}

// storeSeries is store, and brings the exceptions after a series that it changes.
func (c *call) storeSeries(l *listing, e *event, d draft) {
	old := e.fields()
	moved := slices.ContainsFunc([]string{"start", "end", "recurrence"}, func(name string) bool { return !reflect.DeepEqual(old[name], d.fields[name]) })
	whole := map[*event]object{}
	for _, x := range e.exceptions {
		whole[x] = x.fields()
	}
	c.store(l, e, d)
	if changed := differing(old, d.fields); len(changed) == 0 || slices.Equal(changed, []string{"reminders"}) {
		return
	}
	for _, x := range e.exceptions {
		if c.variant.ExceptionsWhole {
			x.setFields(whole[x])
		}
		c.follow(l, e, x, moved)
	}
}

// follow brings a changed occurrence after its series.
func (c *call) follow(l *listing, e, x *event, moved bool) {
	off := e.rule == nil || e.start.day != x.original.day || !hasStart(l.shelf, e, x.original)
	switch {
	case moved && c.variant.Exceptions == ExceptionsDropped && !off:
		x.own = l.shelf.occurrence(e, x.original).own
		x.start, x.end = l.shelf.occurrence(e, x.original).start, l.shelf.occurrence(e, x.original).end
	case off && c.variant.Exceptions != ExceptionsKept:
		x.own = object{"start": x.original.stored(), "end": x.original.stored(), "status": "cancelled"}
		x.bare = true
	}
	x.updated, x.tag = c.now(), c.tag()
	l.shelf.record(x, c.now())
}

// instanceVisibility is how the visibility of one occurrence is handled: a stricter one is the whole series', a looser
// one is ignored (reference).
func (c *call) instanceVisibility(l *listing, e *event, old, fields object) object {
	if reflect.DeepEqual(old["visibility"], fields["visibility"]) {
		return fields
	}
	strict := func(v any) bool { return v == "private" || v == "confidential" }
	if !strict(old["visibility"]) && strict(fields["visibility"]) {
		e.series.own["visibility"] = fields["visibility"]
		e.series.updated, e.series.tag = c.now(), c.tag()
		l.shelf.record(e.series, c.now())
		return fields
	}
	if strict(old["visibility"]) {
		fields["visibility"] = old["visibility"]
	}
	return fields
}
