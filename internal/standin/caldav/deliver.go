package caldav

import (
	"fmt"
	"strings"

	"tahti/internal/standin"
)

// deliver records a message to a guest, puts it into the inbox of a local one and their copy into their calendar, and
// answers the delivery status.
func (s *Server) deliver(from *account, to, method string, root *component) string {
	summary, uid := masterOf(root).text("SUMMARY"), masterOf(root).text("UID")
	local := s.accountOf(to)
	organizer, _ := organizerOf(root)
	s.mails.Add(standin.Mail{To: to, From: organizer, Method: method, UID: uid, Summary: summary, At: s.now(), Local: local != nil})
	if local == nil {
		return "1.1"
	}
	if local == from {
		return "1.2"
	}
	s.intoInbox(local, method, root)
	c, o := local.object(uid)
	switch {
	case method == "REQUEST":
		if c == nil {
			c = local.defaultCalendar()
		}
		if c != nil {
			s.storeCopy(local, c, o, root)
		}
	case o != nil && s.profile.CancelledStays:
		mine, err := parseICS(o.raw)
		if err != nil {
			break
		}
		for _, x := range members(mine) {
			x.set("STATUS", &property{name: "STATUS", value: "CANCELLED"})
		}
		s.store(c, o.name, mine.bytes(), o.facts, false)
	case o != nil:
		s.remove(c, o)
	}
	return "1.2"
}

// storeCopy puts the meeting into the attendee's calendar; their own alarms stay.
func (s *Server) storeCopy(local *account, c *collection, o *object, root *component) {
	mine := clone(root)
	name := masterOf(root).text("UID") + ".ics"
	var old *component
	if o != nil {
		name = o.name
		old, _ = parseICS(o.raw) // what cannot be read has no alarms
	}
	for _, x := range members(mine) {
		x.comps = nil
		for i := range x.props {
			x.props[i].setParam("SCHEDULE-STATUS", "")
		}
	}
	if old != nil {
		masterOf(mine).comps = masterOf(old).comps
	}
	f, err := checkObject(mine)
	if err != nil {
		panic(fmt.Sprintf("copy of a valid object: %v", err))
	}
	f.measure(mine)
	s.store(c, strings.ReplaceAll(name, "/", "_"), mine.bytes(), f, false)
}

// intoInbox puts a message into the inbox.
func (s *Server) intoInbox(local *account, method string, root *component) {
	inbox := local.collections["inbox"]
	if inbox == nil || inbox.kind != kindInbox {
		return
	}
	msg := clone(root)
	msg.set("METHOD", &property{name: "METHOD", value: method})
	uid := masterOf(root).text("UID")
	f := facts{uid: "", component: masterOf(root).name, endless: true}
	s.store(inbox, fmt.Sprintf("%d-%s.ics", inbox.seq+1, strings.ReplaceAll(uid, "/", "_")), msg.bytes(), f, false)
}

// reply tells the organiser about an attendee's answer, if it is another one.
func (s *Server) reply(who *account, organizer, before, after string, root *component) {
	if before == after {
		return
	}
	summary, uid := masterOf(root).text("SUMMARY"), masterOf(root).text("UID")
	local := s.accountOf(organizer)
	s.mails.Add(standin.Mail{
		To: organizer, From: who.Addresses[0], Method: "REPLY", UID: uid, Summary: summary, At: s.now(), Local: local != nil,
	})
	if local == nil {
		return
	}
	s.intoInbox(local, "REPLY", root)
	c, o := local.object(uid)
	if o == nil {
		return
	}
	theirs, err := parseICS(o.raw)
	if err != nil {
		return
	}
	for _, x := range members(theirs) {
		for i := range x.props {
			if p := &x.props[i]; p.name == "ATTENDEE" && who.is(address(p.value)) {
				p.setParam("PARTSTAT", after)
			}
		}
	}
	s.store(c, o.name, theirs.bytes(), o.facts, true)
}
