package google

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"tahti/internal/standin"
)

// personal fields are each calendar's own on its copy of an event; all others are the organizer's (reference).
var personal = []string{"reminders", "colorId", "eventLabelId", "transparency", "visibility"}

// lockedFields are those that a locked event keeps (reference: locked).
var lockedFields = []string{"summary", "description", "location", "start", "end", "recurrence"}

// gmailFields are what may be changed of an event from mail (unproved).
var gmailFields = []string{"reminders", "colorId", "eventLabelId", "transparency", "visibility", "extendedProperties", "attendees", "status"}

// mayChange refuses what is not the calendar's to change.
func (c *call) mayChange(l *listing, e *event, old, next object) *failure {
	changed := differing(old, next)
	among := func(names []string) bool {
		return slices.ContainsFunc(changed, func(name string) bool { return slices.Contains(names, name) })
	}
	if e.locked && among(lockedFields) {
		return refLocked.because("Forbidden")
	}
	if e.kind == "fromGmail" && !c.variant.GmailEdits {
		for _, name := range changed {
			if !slices.Contains(gmailFields, name) {
				return refEventType.because("Events from Gmail cannot be changed in this way.")
			}
		}
	}
	if e.organizer.email == l.shelf.id || e.privateCopy {
		return nil
	}
	notOurs := refNonOrganizer.because("Shared properties can only be changed by the organizer of the event.")
	if among([]string{"guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests", "anyoneCanAddSelf"}) ||
		!reflect.DeepEqual(sharedProperties(old), sharedProperties(next)) {
		return notOurs
	}
	if old["guestsCanModify"] == true || c.variant.GuestsKeepOwn {
		return nil
	}
	for _, name := range changed {
		switch {
		case slices.Contains(personal, name), name == "extendedProperties", name == "status":
		case name == "attendees" && onlySelf(l.shelf, old, next):
		default:
			return notOurs
		}
	}
	return nil
}

// onlyOurs is for the variant in which what a guest may not change stays as it was, and the answer says nothing of it.
func (c *call) onlyOurs(l *listing, e *event, old, next object) object {
	if e.organizer.email == l.shelf.id || e.privateCopy || old["guestsCanModify"] == true {
		return next
	}
	own := strings.ToLower(l.shelf.id)
	mine, was := guestsOf(next)[own], guestsOf(old)[own]
	next = joined(sharedOf(old), next)
	if mine != nil && was != nil {
		list, _ := old["attendees"].([]any)
		list = slices.Clone(list)
		for i, x := range list {
			if email, _ := x.(object)["email"].(string); strings.ToLower(email) == own { // acceptGuests has made it
				list[i] = mine
			}
		}
		next["attendees"] = list
	}
	return next
}

func sharedProperties(fields object) any {
	ext, _ := fields["extendedProperties"].(object)
	if o, _ := ext["shared"].(object); len(o) > 0 {
		return o
	}
	return nil
}

// guestsOf are the guests by address in small letters.
func guestsOf(fields object) map[string]object {
	all := map[string]object{}
	list, _ := fields["attendees"].([]any)
	for _, x := range list {
		g := x.(object) // acceptGuests has made it
		email, _ := g["email"].(string)
		all[strings.ToLower(email)] = g
	}
	return all
}

// onlySelf reports whether no other guest than the calendar itself was changed or taken out, and new ones come only
// where guests may invite others.
func onlySelf(sh *shelf, old, next object) bool {
	before, after := guestsOf(old), guestsOf(next)
	for email, g := range before {
		if x := after[email]; email != strings.ToLower(sh.id) && !reflect.DeepEqual(g, x) || x == nil {
			return false
		}
	}
	return len(after) == len(before) || old["guestsCanInviteOthers"] != false
}

// afterWrite tells the guests of a new event (old is nil) or of a changed one, and brings their copies after it.
func (c *call) afterWrite(l *listing, e *event, old object) {
	now := e.fields()
	if e.privateCopy || old != nil && reflect.DeepEqual(sharedOf(old), sharedOf(now)) {
		return
	}
	if e.organizer.email != l.shelf.id {
		c.answerInvitation(l, e, old, now)
		return
	}
	before, after := guestsOf(old), guestsOf(now)
	onlyGuests := old != nil && slices.Equal(differing(sharedOf(old), sharedOf(now)), []string{"attendees"})
	for _, email := range slices.Sorted(maps.Keys(after)) {
		if before[email] == nil || !onlyGuests {
			c.tell(l, e, email, "REQUEST")
		}
	}
	for _, email := range slices.Sorted(maps.Keys(before)) {
		if after[email] == nil {
			c.tell(l, e, email, "CANCEL")
		}
	}
	c.spread(l.shelf, e, before)
}

// tell records the message to a guest that the parameters ask for. "none" is not silent towards guests outside of the
// server, unless the variant says so (reference: "some emails might still be sent").
func (c *call) tell(l *listing, e *event, email, method string) {
	outside := c.local(email) == nil
	wanted := c.text("sendUpdates")
	switch {
	case wanted == "" && (c.is("sendNotifications") || c.variant.SendsByDefault && !c.has("sendNotifications")):
		wanted = "all"
	case wanted == "":
		wanted = "none"
	}
	send := wanted == "all" || wanted == "externalOnly" && outside || wanted == "none" && outside && !c.variant.NoneIsSilent
	if !send || strings.EqualFold(email, l.shelf.id) || strings.EqualFold(email, c.who.Email) {
		return
	}
	c.mails.Add(standin.Mail{
		To: email, From: l.shelf.id, Method: method, UID: e.uid, Summary: e.text("summary"), At: c.now(), Local: !outside,
	})
}

// answerInvitation brings what a guest said, or may change, to the organizer and from there to everybody.
func (c *call) answerInvitation(l *listing, e *event, old, now object) {
	own := strings.ToLower(l.shelf.id)
	if mine := guestsOf(now)[own]; mine != nil && !reflect.DeepEqual(mine, guestsOf(old)[own]) {
		c.tell(l, e, e.organizer.email, "REPLY")
		c.atOrganizer(e, own, mine)
	}
	if sh := c.calendars[e.organizer.email]; sh != nil && now["guestsCanModify"] == true {
		if x := sh.find(e.id); x != nil && !x.cancelled() {
			lines, _ := now["recurrence"].([]any)
			c.storeSeries(&listing{shelf: sh, role: roleOwner}, x, draft{fields: joined(sharedOf(now), x.fields()), start: e.start, end: e.end, recurrence: lines})
			c.spread(sh, x, nil)
		}
	}
}

// atOrganizer writes a guest's entry into the organizer's event and the other copies.
func (c *call) atOrganizer(e *event, email string, entry object) {
	sh := c.calendars[e.organizer.email]
	if sh == nil {
		return
	}
	x := sh.find(e.id)
	if x == nil || x.cancelled() {
		return
	}
	fields := x.fields()
	list, _ := fields["attendees"].([]any)
	list = slices.Clone(list)
	for i, g := range list {
		if address, _ := g.(object)["email"].(string); strings.ToLower(address) == email {
			list[i] = entry
		}
	}
	fields["attendees"] = list
	lines, _ := fields["recurrence"].([]any)
	c.storeSeries(&listing{shelf: sh, role: roleOwner}, x, draft{fields: fields, start: x.start, end: x.end, recurrence: lines})
	c.spread(sh, x, nil)
}

// afterCancel tells the guests that an event is off, or the organizer that a guest has left.
func (c *call) afterCancel(l *listing, e *event, old object) {
	if e.privateCopy {
		return
	}
	guests := guestsOf(old)
	if e.organizer.email != l.shelf.id {
		own := strings.ToLower(l.shelf.id)
		if mine := guests[own]; mine != nil && mine["responseStatus"] != "declined" {
			c.tell(l, e, e.organizer.email, "REPLY")
			c.atOrganizer(e, own, merge(mine, object{"responseStatus": "declined"}))
		}
		return
	}
	for _, email := range slices.Sorted(maps.Keys(guests)) {
		c.tell(l, e, email, "CANCEL")
	}
	for _, a := range c.accounts {
		target := a.list[0].shelf
		if guests[strings.ToLower(a.Email)] == nil || target == l.shelf {
			continue
		}
		if twin := target.find(e.id); twin != nil && twin.uid == e.uid && !twin.cancelled() {
			c.bear(twin)
			target.events[twin.id] = twin
			c.cancelCopy(target, twin)
		}
	}
}
