package icalendar

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
)

// address reads a CAL-ADDRESS: the mail address in lower case. Where the value is not one (iCloud's principals,
// urn:uuid:) the EMAIL parameter is (RFC 7986 section 6.2); without that the value itself, so that nobody disappears.
func address(p *Property) string {
	value := strings.TrimSpace(p.Text())
	if len(value) >= 7 && strings.EqualFold(value[:7], "mailto:") {
		if mail := strings.TrimSpace(value[7:]); mail != "" {
			return strings.ToLower(mail)
		}
	}
	if mail := strings.TrimSpace(p.Param("EMAIL")); mail != "" {
		return strings.ToLower(strings.TrimPrefix(mail, "mailto:"))
	}
	return strings.ToLower(value)
}

// people reads organiser, guests and the connected person's own answer.
func (r *reader) people(l *lines, v *calendar.Values) {
	if l.organizer != nil {
		v.Organizer = calendar.Person{Email: address(l.organizer), Name: l.organizer.Param("CN")}
	}
	for _, p := range l.attendees {
		g := calendar.Guest{Person: calendar.Person{Email: address(p), Name: p.Param("CN")}, Answer: answer(p)}
		v.Guests = append(v.Guests, g)
	}
	slices.SortStableFunc(v.Guests, func(a, b calendar.Guest) int { return strings.Compare(a.Email, b.Email) })
	v.Guests = slices.CompactFunc(v.Guests, func(a, b calendar.Guest) bool { return a.Email == b.Email })
	for _, g := range v.Guests {
		if r.self(g.Email) {
			v.Answer = g.Answer
			break
		}
	}
}

// self reports whether an address is the connected person's.
func (r *reader) self(mail string) bool { return slices.Contains(r.opts.Self, mail) }

// answer reads PARTSTAT; what we do not know counts as not yet answered (section 3.2.12).
func answer(p *Property) calendar.Answer {
	switch strings.ToUpper(p.Param("PARTSTAT")) {
	case "ACCEPTED":
		return calendar.Accepted
	case "DECLINED", "DELEGATED": // somebody else goes instead
		return calendar.Declined
	case "TENTATIVE":
		return calendar.Maybe
	}
	return calendar.NeedsReply
}
