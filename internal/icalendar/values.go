package icalendar

import (
	"strings"

	"tahti/internal/calendar"
)

// lines are the properties of one VEVENT that say what we model, the first of each name.
type lines struct {
	summary, location, description, start, end, duration     *Property
	transp, class, status, organizer, conference, url, id    *Property
	sequence, modified, msBusy, meetGoogle, meetTeams, meetX *Property
	attendees                                                []*Property
}

func linesOf(c *Component) (l lines) {
	for i := range c.Properties {
		p := &c.Properties[i]
		slot := l.slot(p.name)
		switch {
		case p.name == "ATTENDEE":
			l.attendees = append(l.attendees, p)
		case slot != nil && *slot == nil:
			*slot = p
		case p.name == "CONFERENCE" && rank(p) > rank(l.conference):
			l.conference = p
		}
	}
	return l
}

func (l *lines) slot(name string) **Property {
	switch name {
	case "SUMMARY":
		return &l.summary
	case "LOCATION":
		return &l.location
	case "DESCRIPTION":
		return &l.description
	case "DTSTART":
		return &l.start
	case "DTEND":
		return &l.end
	case "DURATION":
		return &l.duration
	case "TRANSP":
		return &l.transp
	case "CLASS":
		return &l.class
	case "STATUS":
		return &l.status
	case "ORGANIZER":
		return &l.organizer
	case "CONFERENCE":
		return &l.conference
	case "URL":
		return &l.url
	case "RECURRENCE-ID":
		return &l.id
	case "SEQUENCE":
		return &l.sequence
	case "LAST-MODIFIED":
		return &l.modified
	case "X-MICROSOFT-CDO-BUSYSTATUS":
		return &l.msBusy
	case "X-GOOGLE-CONFERENCE":
		return &l.meetGoogle
	case "X-MICROSOFT-SKYPETEAMSMEETINGURL":
		return &l.meetTeams
	case "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK":
		return &l.meetX
	}
	return nil
}

// rank orders CONFERENCE lines (RFC 7986 section 5.11): one to be seen in before one to dial.
func rank(p *Property) int {
	switch {
	case webAddress(p) == "":
		return 0
	case strings.Contains(strings.ToUpper(p.Param("FEATURE")), "VIDEO"):
		return 2
	}
	return 1
}

// webAddress is the value if it is an http or https address, else "".
func webAddress(p *Property) string {
	if p == nil {
		return ""
	}
	s := strings.TrimSpace(p.Text())
	if scheme, _, ok := strings.Cut(s, "://"); ok && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")) {
		return s
	}
	return ""
}

// values reads what one VEVENT says, whether it is a master or an override.
func (r *reader) values(l *lines) (v calendar.Values, prob *Problem) {
	if v.Start, v.End, prob = r.span(l); prob != nil {
		return v, prob
	}
	v.Subject, v.Location, v.Description = textOf(l.summary), textOf(l.location), textOf(l.description)
	v.Busy = busy(l)
	v.Private = l.class != nil && !is(l.class, "PUBLIC") // what we do not know counts as private (section 3.8.1.3)
	switch {
	case is(l.status, "TENTATIVE"):
		v.Status = calendar.Tentative
	case is(l.status, "CANCELLED"):
		v.Status = calendar.Cancelled
	}
	for _, p := range []*Property{l.conference, l.meetGoogle, l.meetTeams, l.meetX, l.url} {
		if v.MeetingURL = webAddress(p); v.MeetingURL != "" {
			break
		}
	}
	r.people(l, &v)
	return v, nil
}

func busy(l *lines) bool {
	if l.transp != nil {
		return !is(l.transp, "TRANSPARENT")
	}
	return !is(l.msBusy, "FREE")
}

func is(p *Property, value string) bool {
	return p != nil && strings.EqualFold(strings.TrimSpace(p.value), value)
}

func textOf(p *Property) string {
	if p == nil {
		return ""
	}
	return p.Text()
}

// lastWall is the end of the last year that four digits can hold.
var lastWall = calendar.WallOf(9999, 12, 31, 23, 59, 59)

// span reads start and end. Without DTEND and DURATION a day is a day and a time has no length (section 3.6.1).
func (r *reader) span(l *lines) (start, end calendar.Time, prob *Problem) {
	if l.start == nil {
		return start, end, problem(BadSyntax, "an event without DTSTART")
	}
	if start, prob = r.zones.time(l.start, l.start.value); prob != nil {
		return start, end, prob
	}
	switch {
	case l.end != nil:
		if end, prob = r.zones.time(l.end, l.end.value); prob != nil {
			return start, end, prob
		}
		if (start.Kind == calendar.Date) != (end.Kind == calendar.Date) {
			return start, end, badLine(l.end, "DTSTART and DTEND must both be dates or both be times")
		}
		end = r.alike(start, end)
	case l.duration != nil:
		long, ok := parseLength(l.duration.value)
		if !ok {
			return start, end, badLine(l.duration, "not a duration")
		}
		end = long.after(start, r.zones.location(start))
	default:
		end = start
	}
	if r.before(end, start) {
		end = start
	}
	if start.Kind == calendar.Date {
		end.Wall = max(end.Wall.Midnight(), start.Wall+calendar.Day)
	}
	if end.Wall > lastWall {
		return start, end, badLine(l.start, "ends after the year 9999")
	}
	return start, end, nil
}

// alike gives an end the kind of its start without moving it; its own zone stays where both are zoned.
func (r *reader) alike(start, end calendar.Time) calendar.Time {
	if start.Kind == end.Kind {
		return end
	}
	if at, ok := r.zones.instant(end); ok {
		if loc := r.zones.location(start); loc != nil {
			return calendar.Time{Kind: start.Kind, Wall: calendar.WallIn(at, loc), Zone: start.Zone}
		}
	}
	return calendar.Time{Kind: start.Kind, Wall: end.Wall, Zone: start.Zone}
}

// before reports whether a is earlier than b; both are of one kind.
func (r *reader) before(a, b calendar.Time) bool {
	if a.Zone != b.Zone {
		at, ok1 := r.zones.instant(a)
		bt, ok2 := r.zones.instant(b)
		return ok1 && ok2 && at.Before(bt)
	}
	return a.Wall < b.Wall
}
