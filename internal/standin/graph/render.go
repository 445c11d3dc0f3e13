package graph

import (
	"net/url"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/standin/exchange"
)

// shape is how an answer shows events: what the Prefer headers, $select and $expand ask for.
type shape struct {
	prefer
	selected []string // all that an event has by default if empty
	extended []string // canonical ids to expand
	expand   []string // exceptionOccurrences, instances, calendar
	thin     bool     // of occurrences, only their identity and times
}

// onRequest are properties that are there only when they are selected or expanded.
var onRequest = []string{"cancelledOccurrences", "exceptionOccurrences"}

// render shows an event.
func (s *Server) render(x view, sh shape) object {
	o := s.everything(x, sh)
	if sh.thin && x.kind == kindOccurrence {
		return o.only("@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end")
	}
	if len(sh.selected) > 0 {
		o = o.only(append([]string{"@odata.type", "@odata.etag", "id"}, sh.selected...)...)
	}
	if len(sh.extended) > 0 {
		if list := extendedOf(x, sh.extended); len(list) > 0 {
			o = append(o, member{"singleValueExtendedProperties", list})
		}
	}
	o = append(o, s.related(x, sh)...)
	return o
}

// only keeps the members of these names.
func (o object) only(names ...string) object {
	var kept object
	for _, m := range o {
		if slices.Contains(names, m.name) {
			kept = append(kept, m)
		}
	}
	return kept
}

func extendedOf(x view, ids []string) []object {
	var list []object
	for _, id := range ids {
		if v, ok := x.p.extended[id]; ok {
			list = append(list, object{{"id", id}, {"value", v}})
		}
	}
	return list
}

// everything is the event with all its properties, in the order in which the original has them.
func (s *Server) everything(x view, sh shape) object {
	it, v, p := x.it, x.v, x.p
	if v.folder.hidePrivate && p.sensitivity != "normal" && p.sensitivity != "personal" {
		p = masked(p)
	}
	key := changeKey(it.box.number, s.keySeq(x))
	start, end := p.start, p.end
	show := func(m moment) object { return writeMoment(m.in(sh.zone)) }
	o := object{
		{"@odata.etag", etag(key)},
		{"id", it.id(x.original, sh.immutable)},
		{"createdDateTime", writeInstant(it.made)},
		{"lastModifiedDateTime", writeInstant(v.at)},
		{"changeKey", key},
		{"categories", p.categories},
		{"transactionId", orNull(v.transaction)},
		{"originalStartTimeZone", start.zone},
		{"originalEndTimeZone", end.zone},
		{"iCalUId", globalID(it.uid, x.original)},
		{"uid", globalID(it.uid, whole)},
		{"reminderMinutesBeforeStart", p.remindMinutes},
		{"isReminderOn", p.remind},
		{"hasAttachments", false},
		{"subject", p.subject},
		{"bodyPreview", exchange.Preview(p.body)},
		{"importance", p.importance},
		{"sensitivity", p.sensitivity},
		{"isAllDay", p.allDay},
		{"isCancelled", v.cancelled},
		{"isOrganizer", !v.invited},
		{"responseRequested", p.wantsResponse},
		{"seriesMasterId", nil},
		{"showAs", p.showAs},
		{"type", x.kind},
		{"webLink", "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(it.id(x.original, false)) + "&exvsurl=1&path=/calendar/item"},
		{"onlineMeetingUrl", nil},
		{"isOnlineMeeting", p.online},
		{"onlineMeetingProvider", p.onlineWith},
		{"allowNewTimeProposals", p.newTimes},
		{"occurrenceId", nil},
		{"isDraft", false},
		{"hideAttendees", p.hideAttendees},
		{"responseStatus", object{{"response", p.response}, {"time", p.answered}}},
		{"body", sh.writeBody(p.body)},
		{"start", show(start)},
		{"end", show(end)},
		{"location", mainLocation(p.locations)},
		{"locations", orEmpty(p.locations)},
		{"recurrence", nil},
		{"attendees", writeAttendees(p.attendees)},
		{"organizer", recipient(v.organizer)},
		{"onlineMeeting", nil},
	}
	return s.sometimes(x, sh, o)
}

// sometimes fills in what only some events have, and takes out what was not asked for.
func (s *Server) sometimes(x view, sh shape, o object) object {
	it, v, p := x.it, x.v, x.p
	if x.kind == kindMaster {
		o.set("recurrence", v.recurrence.write())
		o = append(o, member{"cancelledOccurrences", s.cancelled(x, sh)})
	}
	if x.original != whole {
		o.set("seriesMasterId", it.id(whole, sh.immutable))
		o.set("occurrenceId", s.occurrenceID(x, x.original, sh))
		o = append(o, member{"originalStart", writeInstant(v.start.plus(x.original - v.start.wall).instant())})
	}
	if p.online && p.joinURL != "" {
		o.set("onlineMeeting", object{{"joinUrl", p.joinURL}})
	}
	if s.variants.NoUID {
		o = slices.DeleteFunc(o, func(m member) bool { return m.name == "uid" })
	}
	if len(sh.selected) == 0 {
		o = slices.DeleteFunc(o, func(m member) bool { return slices.Contains(onRequest, m.name) })
	}
	return o
}

// set replaces a member's value.
func (o object) set(name string, value any) {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
		}
	}
}

// keySeq is what the change key counts: an exception has one of its own, an occurrence the series'.
func (s *Server) keySeq(x view) uint64 {
	if e := x.v.exception(x.original); e != nil && x.kind == kindException {
		return max(e.seq, x.v.seq)
	}
	return x.v.seq
}

// masked is what somebody sees who may not see private items.
func masked(p props) props {
	m := newProps()
	m.subject, m.start, m.end, m.allDay, m.showAs, m.sensitivity = "Private Appointment", p.start, p.end, p.allDay, p.showAs, p.sensitivity
	m.body, m.response, m.answered = "", p.response, p.answered
	return m
}

func (s *Server) occurrenceID(x view, original calendar.Wall, sh shape) string {
	return "OID." + x.it.id(whole, sh.immutable) + "." + original.Civil().Format("2006-01-02")
}

func (s *Server) cancelled(x view, sh shape) []string {
	list := []string{}
	for _, o := range x.v.deleted {
		list = append(list, s.occurrenceID(x, o, sh))
	}
	return list
}

// related are the navigation properties that are expanded, and the links to the calendar.
func (s *Server) related(x view, sh shape) object {
	var o object
	inner := sh
	inner.selected, inner.expand, inner.extended, inner.thin = nil, nil, nil, false
	if slices.Contains(sh.expand, "exceptionOccurrences") && x.kind == kindMaster {
		list := []object{}
		for _, e := range x.v.exceptions {
			list = append(list, s.render(x.it.occurrenceAt(x.v, e.original), inner))
		}
		o = append(o, member{"exceptionOccurrences", list})
	}
	if slices.Contains(sh.expand, "calendar") {
		o = append(o, member{"calendar", s.renderFolder(x.v.folder)})
	}
	return o
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orEmpty(list []object) []object {
	if list == nil {
		return []object{}
	}
	return list
}

func mainLocation(list []object) object {
	if len(list) == 0 {
		return object{{"displayName", ""}, {"locationType", "default"}, {"uniqueIdType", "unknown"}, {"address", object{}}, {"coordinates", object{}}}
	}
	first := slices.Clone(list[0])
	if len(list) > 1 { // the original joins the names
		names := make([]string, len(list))
		for i, l := range list {
			names[i], _ = l.get("displayName").(string)
		}
		first.set("displayName", strings.Join(names, "; "))
	}
	return first
}

func recipient(p person) object {
	return object{{"emailAddress", object{{"name", p.name}, {"address", p.address}}}}
}

func writeAttendees(list []attendee) []object {
	out := []object{}
	for _, a := range list {
		out = append(out, object{{"type", a.kind}, {"status", object{{"response", a.response}, {"time", a.answered}}}, recipient(a.person)[0]})
	}
	return out
}

func (sh shape) writeBody(doc string) object {
	if sh.text {
		return object{{"contentType", "text"}, {"content", exchange.ToText(doc)}}
	}
	return object{{"contentType", "html"}, {"content", doc}}
}
