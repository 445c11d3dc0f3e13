package caldav

import (
	"maps"
	"slices"
	"strings"
)

// attendee is what an object says of one invitee, over all its components.
type attendee struct {
	partstat string
	agent    string // SCHEDULE-AGENT
}

// attendeesOf lists the invitees by address.
func attendeesOf(root *component) map[string]attendee {
	all := map[string]attendee{}
	if root == nil {
		return all
	}
	for _, c := range members(root) {
		for _, p := range c.props {
			if p.name != "ATTENDEE" {
				continue
			}
			who := address(p.value)
			if a, seen := all[who]; !seen || a.partstat == "" {
				all[who] = attendee{strings.ToUpper(p.param("PARTSTAT")), strings.ToUpper(p.param("SCHEDULE-AGENT"))}
			}
		}
	}
	return all
}

// sends reports whether the server delivers for that SCHEDULE-AGENT.
func (s *Server) sends(agent string) bool {
	switch s.profile.Schedule {
	case ScheduleNone:
		return false
	case ScheduleAll:
		return true
	case ScheduleNoneSends:
		return agent != "CLIENT"
	}
	return agent != "CLIENT" && agent != "NONE"
}

// is reports whether an address is the account's.
func (a *account) is(addr string) bool {
	return slices.ContainsFunc(a.Addresses, func(x string) bool { return strings.EqualFold(x, addr) })
}

// accountOf finds the local user of an address.
func (s *Server) accountOf(addr string) *account {
	for _, name := range s.names {
		if s.accounts[name].is(addr) {
			return s.accounts[name]
		}
	}
	return nil
}

// organizerOf is the organiser's address, and the agent that is to reply to them.
func organizerOf(root *component) (addr, agent string) {
	if root == nil {
		return "", ""
	}
	for _, c := range members(root) {
		if p := c.prop("ORGANIZER"); p != nil {
			return address(p.value), strings.ToUpper(p.param("SCHEDULE-AGENT"))
		}
	}
	return "", ""
}

// scheduleWrite does what storing root entails (RFC 6638 section 3.2), before it is stored. It answers root with the
// delivery status written into it, and whether anything was.
func (s *Server) scheduleWrite(who *account, res resource, root *component) (*component, bool, *failure) {
	if !s.schedules() {
		return root, false, nil
	}
	var old *component
	if res.object != nil {
		old, _ = parseICS(res.object.raw) // what cannot be read had no guests
	}
	was, _ := organizerOf(old)
	now, agent := organizerOf(root)
	switch {
	case who.is(was) && now != "" && !who.is(now):
		return nil, false, refOrganizer.because("the organiser cannot be handed on")
	case who.is(now), now == "" && who.is(was):
		return root, s.organise(who, old, root), nil
	case now == "" && was == "" || !s.sends(agent):
		return root, false, nil
	case !attends(who, old) && !attends(who, root):
		return root, false, nil
	case old != nil && was != "" && (was != now || s.profile.Schedule == ScheduleRFC6638 && !sameMeeting(old, root)):
		return nil, false, refAttendee.because("this is the organiser's to change")
	}
	s.reply(who, now, partstat(who, old), partstat(who, root), root)
	return root, false, nil
}

func attends(who *account, root *component) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(attendeesOf(root))), who.is)
}

// partstat is the account's own answer in an object.
func partstat(who *account, root *component) string {
	for addr, a := range attendeesOf(root) {
		if who.is(addr) && a.partstat != "" {
			return a.partstat
		}
	}
	return "NEEDS-ACTION"
}

// organise tells the guests what changed, and writes into root how that went.
func (s *Server) organise(who *account, old, root *component) (written bool) {
	before, after := attendeesOf(old), attendeesOf(root)
	changed := old == nil || content(old) != content(root)
	for _, addr := range slices.Sorted(maps.Keys(before)) {
		if _, still := after[addr]; !still && !who.is(addr) && s.sends(before[addr].agent) {
			s.deliver(who, addr, "CANCEL", old)
		}
	}
	for _, addr := range slices.Sorted(maps.Keys(after)) {
		_, known := before[addr]
		if who.is(addr) || !s.sends(after[addr].agent) || known && !changed {
			continue
		}
		status := s.deliver(who, addr, "REQUEST", root)
		written = setStatus(root, addr, status) || written
	}
	return written
}

// setStatus writes SCHEDULE-STATUS on an attendee (RFC 6638 section 7.3), and reports whether it was another before.
func setStatus(root *component, addr, status string) (changed bool) {
	for _, c := range members(root) {
		for i := range c.props {
			p := &c.props[i]
			if p.name == "ATTENDEE" && address(p.value) == addr && p.param("SCHEDULE-STATUS") != status {
				p.setParam("SCHEDULE-STATUS", status)
				changed = true
			}
		}
	}
	return changed
}

// scheduleDelete does what removing an object entails; silent is Schedule-Reply: F, which keeps an attendee's decline
// back and never an organiser's cancellation (RFC 6638 section 8.1).
func (s *Server) scheduleDelete(who *account, c *collection, o *object, silent bool) {
	if !s.schedules() || c.kind != kindCalendar {
		return
	}
	root, err := parseICS(o.raw)
	if err != nil {
		return
	}
	organizer, agent := organizerOf(root)
	if who.is(organizer) {
		s.organise(who, root, &component{name: "VCALENDAR"})
		return
	}
	if organizer != "" && attends(who, root) && s.sends(agent) && !silent {
		s.reply(who, organizer, partstat(who, root), "DECLINED", root)
	}
}

// object finds a user's object by its UID.
func (a *account) object(uid string) (*collection, *object) {
	for _, name := range a.order {
		c := a.collections[name]
		if o := c.objects[c.uids[uid]]; o != nil && c.kind == kindCalendar {
			return c, o
		}
	}
	return nil, nil
}

// defaultCalendar is where invitations go.
func (a *account) defaultCalendar() *collection {
	for _, name := range a.order {
		if c := a.collections[name]; c.kind == kindCalendar && !c.readOnly {
			return c
		}
	}
	return nil
}

// bookkeeping are properties whose change no guest is told of.
var bookkeeping = []string{
	"ATTENDEE", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "TRANSP", "CATEGORIES", "CLASS", "COLOR", "PRIORITY",
}

// content is what guests are told of, in a form that compares.
func content(root *component) string {
	return lines(root, func(name string) bool { return !slices.Contains(bookkeeping, name) && !strings.HasPrefix(name, "X-") })
}

// theirs are the properties that only the organiser changes (RFC 6638 section 3.2.2.1, the part that servers look at).
var theirs = []string{"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "SUMMARY", "LOCATION"}

func sameMeeting(old, root *component) bool {
	keep := func(name string) bool { return slices.Contains(theirs, name) }
	return lines(old, keep) == lines(root, keep)
}

// lines writes the kept properties of all members, sorted.
func lines(root *component, keep func(name string) bool) string {
	var list []string
	for _, c := range members(root) {
		id := ""
		if p := c.prop("RECURRENCE-ID"); p != nil {
			id = p.value
		}
		for i := range c.props {
			if keep(c.props[i].name) {
				list = append(list, id+" "+c.props[i].line())
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// clone copies a component and all inside it.
func clone(c *component) *component {
	x := &component{name: c.name, props: slices.Clone(c.props)}
	for _, inner := range c.comps {
		x.comps = append(x.comps, clone(inner))
	}
	return x
}
