package google

import (
	"encoding/base32"
	"strings"
)

// importEvent is POST import: a private copy of an event that others organize, found again by its iCalUID. Nobody is
// told.
func (c *call) importEvent() *failure {
	l, f := c.opened(roleBlindWriter)
	if f != nil {
		return f
	}
	body, f := c.wholeBody()
	if f != nil {
		return f
	}
	uid, _ := body["iCalUID"].(string)
	if uid == "" {
		return refRequired.because("Missing iCalUID.")
	}
	if body["id"] != nil {
		return refBothIDs.because("Only one of id and iCalUID may be given.")
	}
	if kind, _ := body["eventType"].(string); kind != "" && kind != "default" {
		return refEventType.because("Only events of type default can be imported.")
	}
	e := l.shelf.byUID(uid)
	if e == nil {
		id := importedID(uid)
		if l.shelf.taken(id) {
			id = c.newID()
		}
		e = &event{id: id, uid: uid, kind: "default", created: c.now(), creator: person{c.who.Email, c.who.Name}, organizer: l.shelf.asPerson()}
	}
	if n, ok := body["sequence"].(float64); ok {
		if int(n) < e.sequence {
			return c.sameIdentity(e, body)
		}
		defer func() { e.sequence = int(n) }()
	}
	if o, _ := body["organizer"].(object); o["email"] != nil {
		e.organizer.email, _ = o["email"].(string)
		e.organizer.name, _ = o["displayName"].(string)
	}
	private := body["privateCopy"] == true
	c.dropUnsupported(body, nil)
	stripped(body)
	d, f := c.accept(l, body, false)
	if f != nil {
		return f
	}
	if d.fields["status"] == nil {
		d.fields["status"] = "confirmed"
	}
	e.privateCopy = private
	c.storeSeries(l, e, d)
	return c.answer(c.show(l, e))
}

// importedID is the id of an imported event: its iCalUID in base32hex behind an underscore (public captures).
func importedID(uid string) string {
	id := "_" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(uid)))
	return id[:min(len(id), 1024)]
}

// moveEvent is POST move: the event gets another calendar, and so another organizer. A bare tombstone stays behind.
func (c *call) moveEvent() *failure {
	l, f := c.opened(roleBlindWriter)
	if f != nil {
		return f
	}
	e := l.shelf.find(c.segment("eventId"))
	if e == nil || e.cancelled() {
		return refNotFound.because("Not Found")
	}
	to := c.who.listed(c.text("destination"))
	switch {
	case !c.has("destination"):
		return refRequired.because("Missing destination.").at("parameter", "destination")
	case to == nil:
		return refNotFound.because("Not Found")
	case to.role < roleBlindWriter:
		return refAccess.because("You need to have writer access to this calendar.")
	case e.series != nil:
		return refMoveInstance.because("The organizer of an instance cannot be changed.")
	case e.kind != "default":
		return refEventType.because("Only events of type default can be moved.")
	case e.organizer.email != l.shelf.id:
		return refMoveOrganize.because("The organizer of the event cannot be changed.")
	case to.shelf == l.shelf:
		return c.answer(c.show(l, e))
	case to.shelf.taken(e.id):
		return refDuplicate.because("The requested identifier already exists.")
	}
	if e.base() != e.id {
		to.shelf.splits[e.base()] = append(to.shelf.splits[e.base()], e)
	}
	now := c.now()
	whole := append([]*event{e}, e.exceptions...)
	for _, x := range whole {
		left := &event{id: x.id, uid: x.uid, kind: x.kind, own: object{"status": "cancelled"}, original: x.original, bare: true, birth: x.birth, updated: now, tag: c.tag()}
		l.shelf.events[x.id] = left
		l.shelf.record(left, now)
		l.shelf.bury(left)
		c.births++
		x.birth, x.organizer, x.updated, x.tag = c.births, to.shelf.asPerson(), now, c.tag()
		to.shelf.events[x.id] = x
		to.shelf.record(x, now)
	}
	return c.answer(c.show(to, e))
}
