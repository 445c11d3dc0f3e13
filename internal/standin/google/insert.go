package google

// insertEvent is POST events.
func (c *call) insertEvent() *failure {
	l, f := c.opened(roleBlindWriter)
	if f != nil {
		return f
	}
	body, f := c.wholeBody()
	if f != nil {
		return f
	}
	id, _ := body["id"].(string)
	uid, _ := body["iCalUID"].(string)
	switch {
	case id != "" && uid != "":
		return refBothIDs.because("Only one of id and iCalUID may be given.")
	case id != "" && !goodID(id):
		return refID.because("Invalid resource id value.")
	case id != "" && l.shelf.taken(id), uid != "" && l.shelf.byUID(uid) != nil:
		return refDuplicate.because("The requested identifier already exists.")
	}
	if id == "" {
		id = c.newID()
	}
	if uid == "" {
		uid = id + "@google.com"
	}
	kind, _ := body["eventType"].(string)
	if kind == "" {
		kind = "default"
	}
	e := &event{
		id: id, uid: uid, kind: kind, privateCopy: body["privateCopy"] == true, created: c.now(),
		creator: person{c.who.Email, c.who.Name}, organizer: l.shelf.asPerson(),
	}
	c.dropUnsupported(body, nil)
	stripped(body)
	if f = c.acceptKind(l, e, body); f != nil {
		return f
	}
	d, f := c.accept(l, body, false)
	if f != nil {
		return f
	}
	if f = c.acceptStatus(d.fields); f != nil {
		return f
	}
	c.makeConference(e, d.fields)
	c.store(l, e, d)
	c.afterWrite(l, e, nil)
	return c.answer(c.show(l, e))
}

// wholeBody is the body of insert, import and update: what is null there is not there.
func (c *call) wholeBody() (object, *failure) {
	if f := c.check("", c.body, eventShape); f != nil {
		return nil, f
	}
	return without(c.body), nil
}

// stripped takes out what is not for clients to set.
func stripped(body object) {
	for _, name := range serverFields {
		delete(body, name)
	}
	for _, name := range []string{"id", "iCalUID", "eventType", "sequence", "recurringEventId", "originalStartTime", "privateCopy"} {
		delete(body, name)
	}
}

// acceptStatus refuses the creation of a deleted event, and gives the others a status.
func (c *call) acceptStatus(fields object) *failure {
	switch fields["status"] {
	case nil:
		fields["status"] = "confirmed"
	case "cancelled":
		return refInvalid.because("Invalid value for: status: a new event cannot be cancelled.")
	}
	return nil
}

// dropUnsupported takes out fields that the request does not say it supports, and keeps those that the event has (reference:
// conferenceDataVersion, supportsAttachments, eventLabelVersion). Without the last, the colour is what counts.
func (c *call) dropUnsupported(body, old object) {
	keep := func(name string) {
		delete(body, name)
		if v, there := old[name]; there {
			body[name] = v
		}
	}
	if c.text("conferenceDataVersion") != "1" {
		keep("conferenceData")
	}
	if !c.is("supportsAttachments") {
		keep("attachments")
	}
	if c.text("eventLabelVersion") == "1" {
		keep("colorId")
	} else {
		keep("eventLabelId")
	}
}

// makeConference makes the meeting that a creation asks for.
func (c *call) makeConference(e *event, fields object) {
	data, _ := fields["conferenceData"].(object)
	request, _ := data["createRequest"].(object)
	if request == nil || data["conferenceId"] != nil {
		return
	}
	id := e.id[:min(len(e.id), 10)]
	request = merge(request, object{"status": object{"statusCode": "success"}})
	fields["conferenceData"] = object{
		"createRequest": request, "conferenceId": id,
		"conferenceSolution": object{"name": "Meet", "key": object{"type": "hangoutsMeet"}},
		"entryPoints":        []any{object{"entryPointType": "video", "uri": "https://meet.google.com/" + id}},
	}
}

// store puts a draft into the calendar as an event's new state. Whoever calls has checked everything.
func (c *call) store(l *listing, e *event, d draft) {
	now := c.now()
	e.setFields(d.fields)
	e.start, e.end, e.rule = d.start, d.end, nil
	if len(d.recurrence) > 0 {
		rule, err := parseRecurrence(d.recurrence, d.start, d.end, l.shelf.zone)
		if err != nil {
			panic("a recurrence was checked before: " + err.Error())
		}
		e.rule = rule
	}
	c.bear(e)
	e.updated, e.tag = now, c.tag()
	c.moveSeriesTag(l.shelf, e)
	l.shelf.events[e.id] = e
	l.shelf.record(e, now)
}

// byUID is the event, or the series, of an iCalUID.
func (sh *shelf) byUID(uid string) *event {
	for _, e := range sh.events {
		if e.uid == uid && e.series == nil {
			return e
		}
	}
	return nil
}

// asPerson is the calendar as an organizer: the primary one is its user.
func (sh *shelf) asPerson() person {
	if sh.id == sh.owner.Email {
		return person{sh.id, sh.owner.Name}
	}
	return person{sh.id, sh.summary}
}
