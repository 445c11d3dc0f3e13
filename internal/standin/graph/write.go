package graph

import (
	"fmt"
	"net/http"
	"slices"

	"tahti/internal/calendar"
)

// createEvent is POST of an event.
func (c *call) createEvent(f *folder) *failure {
	if f.readOnly {
		return refReadOnly.because("Access is denied. Check credentials and try again.")
	}
	p, fail := c.decodePatch(c.body)
	if fail != nil {
		return fail
	}
	if p.transaction != nil && *p.transaction != "" {
		if it := c.box.transactions[*p.transaction]; it != nil {
			return c.repeated(it)
		}
	}
	it, fail := c.add(f, p)
	if fail != nil {
		return fail
	}
	return c.sendEvent(http.StatusCreated, it.view(it.now()))
}

// add makes a new event, and invites.
func (c *call) add(f *folder, p *patch) (*item, *failure) {
	st := state{props: newProps(), organizer: person{c.box.Display, c.box.Name}}
	if !f.isDefault && f.owner.address != c.box.Name {
		st.organizer = f.owner
	}
	if fail := c.create(&st, p); fail != nil {
		return nil, fail
	}
	it := c.newItem(c.box, "")
	if p.transaction != nil && *p.transaction != "" {
		st.transaction = *p.transaction
		c.box.transactions[st.transaction] = it
	}
	c.online(it, &st.props, p)
	c.store(it, f, st, false)
	c.spread(it, st.attendees)
	c.invite(it, nil)
	return it, nil
}

// repeated answers a second POST under a transactionId.
func (c *call) repeated(it *item) *failure {
	if c.variants.RepeatOriginal && !it.now().gone {
		return c.sendEvent(http.StatusCreated, it.view(it.now()))
	}
	f := refTransaction.because("Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.")
	if c.variants.RepeatedIs400 {
		f.Status = http.StatusBadRequest
	}
	return f
}

// create fills a new event from a request.
func (c *call) create(st *state, p *patch) *failure {
	if !p.hasStart || !p.hasEnd {
		return refTimes.because("At least one property failed validation.")
	}
	apply(&st.props, &p.props, p.set)
	if p.set["onlineMeetingProvider"] {
		st.onlineWith = p.onlineWith
	}
	st.recurrence = p.recurrence
	return st.check(p)
}

// check holds what must be true of an event's times, and brings a series to its first occurrence. p is what was asked
// for.
func (st *state) check(p *patch) *failure {
	if f := checkTimes(&st.props); f != nil {
		return f
	}
	r := st.recurrence
	if r == nil {
		return nil
	}
	if r.zone.loc == nil {
		r.zone = zone{st.start.zone, st.start.loc}
	}
	if r.zone.name != st.start.zone {
		length := st.end.instant().Sub(st.start.instant())
		st.start = st.start.in(r.zone)
		st.end = st.start.plus(calendar.Wall(length.Seconds()))
	}
	switch day := st.start.wall.Midnight(); {
	case p.recurs && r.from != day && p.hasStart:
		return refRangeStart.because("At least one property failed validation: range.startDate is not the day of start.")
	case !p.recurs && p.hasStart && r.from != day:
		moved := *r
		moved.from = day
		st.recurrence, r = &moved, &moved
	}
	return st.align()
}

// align moves start, end and the range to the first occurrence, which may be later than the first day of the range.
func (st *state) align() *failure {
	r := st.recurrence
	if r.rangeKind == "endDate" && r.until < r.from {
		return refBarren.because("The recurrence has no occurrences.")
	}
	first, second := calendar.Wall(-1), calendar.Wall(-1)
	// Each pattern has an occurrence within 999 of its units; years are stepped no further than a leap day is apart.
	r.days(r.from+8*366*calendar.Day*calendar.Wall(max(1, r.interval/8+1)), func(d calendar.Wall) bool {
		if first < 0 {
			first = d
			return true
		}
		second = d
		return false
	})
	if first < 0 {
		return refBarren.because("The recurrence has no occurrences.")
	}
	if first != r.from {
		moved := *r
		moved.from = first
		st.recurrence = &moved
	}
	by := first - st.start.wall.Midnight()
	st.start, st.end = st.start.plus(by), st.end.plus(by)
	if second >= 0 && st.end.wall-st.start.wall > second-first {
		return refOverlap.because("One occurrence of the recurring calendar item overlaps with another occurrence of the same calendar item.")
	}
	return nil
}

// checkTimes holds what must be true of start and end.
func checkTimes(p *props) *failure {
	if p.end.instant().Before(p.start.instant()) {
		return refTimes.because("At least one property failed validation.")
	}
	if !p.allDay {
		return nil
	}
	for _, m := range []struct {
		name string
		moment
	}{{"Start", p.start}, {"End", p.end}} {
		if m.wall != m.wall.Midnight() {
			return refAllDay.because("The Event." + m.name + " property for an all-day event needs to be set to midnight.")
		}
	}
	switch {
	case p.start.zone != p.end.zone:
		return refAllDay.because("The Event.Start and Event.End properties for an all-day event need to be in the same time zone.")
	case p.end.wall-p.start.wall < calendar.Day:
		return refAllDay.because("The duration of an event marked as All day must be at least 24 hours.")
	}
	return nil
}

// online makes an event an online meeting where that was asked for, and takes its link away with the part of the body
// that holds it. Once a meeting is online, isOnlineMeeting is ignored.
func (c *call) online(it *item, p *props, asked *patch) {
	was := p.joinURL
	switch {
	case was == "" && asked.set["isOnlineMeeting"] && asked.online:
		p.online, p.joinURL = true, fmt.Sprintf("https://teams.microsoft.com/l/meetup-join/19%%3ameeting_%s%d%%40thread.v2/0", c.box.guid[:8], it.serial)
		if p.onlineWith == "unknown" {
			p.onlineWith = "teamsForBusiness"
		}
		p.body = withBlob(p.body, p.joinURL)
	case was == "":
		p.online = false
	default:
		p.online = true
	}
}

// matches holds If-Match.
func (c *call) matches(x view) *failure {
	want := c.r.Header.Get("If-Match")
	if want == "" || want == "*" || want == etag(changeKey(c.box.number, c.keySeq(x))) {
		return nil
	}
	return refMatch.because("The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.")
}

// patchEvent is PATCH of an event, an occurrence or an exception.
func (c *call) patchEvent(x view) *failure {
	if x.v.folder.readOnly {
		return refReadOnly.because("Access is denied. Check credentials and try again.")
	}
	p, f := c.decodePatch(c.body)
	if f != nil {
		return f
	}
	if f := c.matches(x); f != nil {
		return f
	}
	if p.transaction != nil && *p.transaction != x.v.transaction {
		return refFixed.because("The transactionId of an event cannot be changed.")
	}
	if x.v.invited && !c.variants.GuestsEdit && (p.recurs || !onlyPersonal(p.set)) {
		return refGuest.because("Access is denied. Check credentials and try again.")
	}
	if f := c.change(x, p); f != nil {
		return f
	}
	if x.original != whole {
		return c.sendEvent(http.StatusOK, x.it.occurrenceAt(x.it.now(), x.original))
	}
	return c.sendEvent(http.StatusOK, x.it.view(x.it.now()))
}

// change does what a PATCH asks for, and mails.
func (c *call) change(x view, p *patch) *failure {
	if x.original != whole {
		return c.changeOccurrence(x, p)
	}
	before := x.v
	st := before.edit()
	c.update(x.it, &st.props, p)
	if p.recurs {
		st.recurrence = p.recurrence
	}
	if p.recurs || p.set["times"] {
		if f := st.check(p); f != nil {
			return f
		}
		c.rebase(&st, before)
	}
	c.store(x.it, before.folder, st, false)
	c.notifyGuests(x.it, before, p.set, p.recurs)
	return nil
}

// update applies a request to what is there.
func (c *call) update(it *item, dst *props, p *patch) {
	if p.set["times"] {
		p.fillTimes(dst)
	}
	had := dst.joinURL
	if p.set["body"] {
		p.online, p.joinURL = dst.online, had
		if had != "" && !containsURL(p.body, had) {
			p.online, p.joinURL = false, ""
		}
	}
	set := p.set
	if had != "" || p.set["isOnlineMeeting"] {
		set = without(set, "isOnlineMeeting")
	}
	answers := dst.attendees
	apply(dst, &p.props, set)
	if p.set["attendees"] {
		dst.attendees = keepAnswers(dst.attendees, answers)
	}
	if had == "" || dst.joinURL != "" {
		c.online(it, dst, p)
	} else {
		dst.online = false
	}
}

// fillTimes completes the times that were sent from those that are there.
func (p *patch) fillTimes(from *props) {
	if !p.hasStart {
		p.start = from.start
	}
	if !p.hasEnd {
		p.end = from.end
	}
	if !p.hasAllDay {
		p.allDay = from.allDay
	}
}

func without(set map[string]bool, name string) map[string]bool {
	out := map[string]bool{}
	for k := range set { // any order: a copy
		if k != name {
			out[k] = true
		}
	}
	return out
}

// keepAnswers keeps what those who stay invited have answered.
func keepAnswers(list, had []attendee) []attendee {
	list = slices.Clone(list)
	for i := range list {
		for _, a := range had {
			if equalFold(a.address, list[i].address) {
				list[i].response, list[i].answered = a.response, a.answered
			}
		}
	}
	return list
}

// rebase decides what becomes of the exceptions of a series whose pattern or time has changed.
func (c *call) rebase(st *state, before *version) {
	if before.recurrence == nil || st.recurrence == nil {
		st.exceptions, st.deleted = nil, nil
		return
	}
	same := st.start == before.start && st.end == before.end && st.allDay == before.allDay && samePattern(st.recurrence, before.recurrence)
	if same {
		return
	}
	exceptions, deleted := st.exceptions, st.deleted
	st.exceptions, st.deleted = nil, nil
	if !c.variants.KeepExceptions {
		return
	}
	for _, e := range exceptions {
		if o := st.on(e.original.Midnight()); st.has(o) {
			e.original = o
			st.exceptions = append(st.exceptions, e)
		}
	}
	for _, d := range deleted {
		if o := st.on(d.Midnight()); st.has(o) {
			st.deleted = append(st.deleted, o)
		}
	}
}

func samePattern(a, b *recurrence) bool {
	x, y := *a, *b
	x.weekdays, y.weekdays = nil, nil
	x.zone, y.zone = zone{}, zone{}
	return fmt.Sprintf("%+v", x) == fmt.Sprintf("%+v", y) && slices.Equal(a.weekdays, b.weekdays)
}

// changeOccurrence makes an occurrence an exception, or changes one.
func (c *call) changeOccurrence(x view, p *patch) *failure {
	if p.recurrence != nil {
		return refOccurrence.because("The recurrence of an occurrence cannot be set.")
	}
	before := x.v
	now := x.p
	c.update(x.it, &now, p)
	if p.set["times"] {
		if f := checkTimes(&now); f != nil {
			return f
		}
		if f := x.crosses(now); f != nil {
			return f
		}
	}
	st := before.edit()
	c.except(x, &st, now, p.set)
	c.notifyGuests(x.it, before, p.set, false)
	return nil
}

func (st *state) putException(e exception) {
	st.exceptions = slices.DeleteFunc(st.exceptions, func(o exception) bool { return o.original == e.original })
	st.exceptions = append(st.exceptions, e)
	slices.SortFunc(st.exceptions, func(a, b exception) int { return int(a.original - b.original) })
}

// crosses holds Outlook's restriction: an exception stays strictly between the days of its neighbours, and does not
// overlap them.
func (x view) crosses(now props) *failure {
	z := zone{x.v.start.zone, x.v.start.loc}
	day := func(m moment) calendar.Wall { return m.in(z).wall.Midnight() }
	before, after := x.it.neighbours(x.v, x.original)
	if before != nil && (day(now.start) <= day(before.p.start) || now.start.instant().Before(before.p.end.instant())) ||
		after != nil && (day(now.start) >= day(after.p.start) || now.end.instant().After(after.p.start.instant())) {
		return refCrossing.because("Modified occurrence is crossing or overlapping adjacent occurrence.")
	}
	return nil
}

// deleteEvent is DELETE of an event, or of one occurrence.
func (c *call) deleteEvent(x view) *failure {
	if x.v.folder.readOnly {
		return refReadOnly.because("Access is denied. Check credentials and try again.")
	}
	if f := c.matches(x); f != nil {
		return f
	}
	c.remove(x)
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// remove deletes and tells the guests.
func (s *Server) remove(x view) {
	st := x.v.edit()
	if x.original == whole {
		s.store(x.it, x.v.folder, st, true)
	} else {
		st.exceptions = slices.DeleteFunc(st.exceptions, func(e exception) bool { return e.original == x.original })
		st.deleted = append(st.deleted, x.original)
		slices.Sort(st.deleted)
		s.store(x.it, x.v.folder, st, false)
	}
	s.cancel(x)
}
