package google

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
)

// draft is what a write leaves of an event: its fields, checked, and what was read from them.
type draft struct {
	fields     object
	start, end moment
	recurrence []any
}

// serverFields are in answers and not in what clients set: they may be sent back, and are not looked at.
var serverFields = []string{
	"created", "creator", "etag", "gadget", "hangoutLink", "htmlLink", "kind", "locked", "organizer", "updated", "attendeesOmitted", "endTimeUnspecified",
}

// defaults are values that mean the same as saying nothing.
var defaults = object{
	"transparency": "opaque", "visibility": "default", "guestsCanInviteOthers": true, "guestsCanSeeOtherGuests": true,
	"guestsCanModify": false, "anyoneCanAddSelf": false, "summary": "", "description": "", "location": "",
}

// accept checks the fields that an event is to have from now on. occurrence says that it is one of a series.
func (c *call) accept(l *listing, fields object, occurrence bool) (d draft, f *failure) {
	for name, v := range defaults {
		if x, there := fields[name]; there && x == v {
			delete(fields, name)
		}
	}
	d.fields = fields
	if d.end, f = c.acceptMoment(fields, "end"); f != nil { // the end first, as the original does
		return d, f
	}
	if d.start, f = c.acceptMoment(fields, "start"); f != nil {
		return d, f
	}
	if d.start.day != d.end.day {
		return d, refInvalid.because("Invalid start time: start and end must be either both dates or both times.")
	}
	if !d.end.in(l.shelf.zone).After(d.start.in(l.shelf.zone)) {
		return d, refTimeRange.because("The specified time range is empty.").at("parameter", "timeMax")
	}
	d.recurrence, _ = fields["recurrence"].([]any)
	if len(d.recurrence) == 0 {
		delete(fields, "recurrence")
	} else if f = c.acceptRecurrence(l, d, occurrence); f != nil {
		return d, f
	}
	for _, check := range []func(object) *failure{c.acceptGuests, c.acceptReminders, c.acceptProperties, c.acceptAttachments} {
		if f = check(fields); f != nil {
			return d, f
		}
	}
	if text, ok := fields["description"].(string); ok && !c.variant.VerbatimDescription {
		if fields["description"] = rewriteHTML(text); fields["description"] == "" {
			delete(fields, "description")
		}
	}
	return d, nil
}

func (c *call) acceptMoment(fields object, name string) (moment, *failure) {
	o, _ := fields[name].(object)
	if len(o) == 0 {
		return moment{}, refRequired.because("Missing " + name + " time.")
	}
	m, err := parseMoment(o)
	switch {
	case errors.Is(err, errNoZone):
		return m, refRequired.because("Missing time zone definition for " + name + " time.")
	case err != nil:
		return m, refInvalid.because(fmt.Sprintf("Invalid value for: %s: %v", name, err))
	}
	return m, nil
}

func (c *call) acceptRecurrence(l *listing, d draft, occurrence bool) *failure {
	switch {
	case occurrence:
		return refRecurrence.because("An occurrence has no recurrence of its own.")
	case !d.start.day && d.start.zone == "":
		return refRequired.because("Missing time zone definition for start time.")
	case !d.end.day && d.end.zone == "":
		return refRequired.because("Missing time zone definition for end time.")
	}
	if _, err := parseRecurrence(d.recurrence, d.start, d.end, l.shelf.zone); err != nil {
		return refRecurrence.because("Invalid recurrence rule.")
	}
	return nil
}

// acceptGuests gives every guest an answer, and takes out what the server says about them.
func (c *call) acceptGuests(fields object) *failure {
	guests, _ := fields["attendees"].([]any)
	if len(guests) == 0 {
		delete(fields, "attendees")
		return nil
	}
	if c.who.Service {
		return refService.because("Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.")
	}
	out := make([]any, 0, len(guests))
	for _, x := range guests {
		g := without(x.(object)) // check has seen that it is one
		email, _ := g["email"].(string)
		if email == "" {
			return refRequired.because("Missing attendee email.")
		}
		if a, err := mail.ParseAddress(email); err != nil || a.Address != email || !strings.Contains(email, "@") {
			return refInvalid.because("Invalid attendee email.")
		}
		for _, name := range []string{"self", "organizer", "asyncOperation", "id"} {
			delete(g, name)
		}
		if g["responseStatus"] == nil {
			g["responseStatus"] = "needsAction"
		}
		out = append(out, g)
	}
	fields["attendees"] = out
	return nil
}

// Bounds of reminders (reference).
const (
	maxReminders       = 5
	maxReminderMinutes = 40320
)

// acceptReminders writes reminders as the original keeps them, which rewrites more than it refuses (measured, public code):
// minutes are brought within their bounds, unknown methods and repetitions left out, the rest sorted.
func (c *call) acceptReminders(fields object) *failure {
	o, _ := fields["reminders"].(object)
	list, _ := o["overrides"].([]any)
	if o["useDefault"] == true && len(list) > 0 {
		return refReminders.because("Cannot specify both default reminders and overrides at the same time.")
	}
	if len(list) > maxReminders {
		return refReminderMany.because("Event reminders count exceeds limit.")
	}
	var kept []reminder
	for _, x := range list {
		r := x.(object) // check has seen that it is one
		minutes, ok := r["minutes"].(float64)
		method, _ := r["method"].(string)
		if method == "" || !ok {
			return refRequired.because("Missing reminder method or minutes.")
		}
		at := reminder{method, min(max(minutes, 0), maxReminderMinutes)}
		if (method == "popup" || method == "email") && !slices.Contains(kept, at) {
			kept = append(kept, at)
		}
	}
	if o == nil {
		return nil
	}
	slices.SortFunc(kept, func(a, b reminder) int {
		return cmp.Or(cmp.Compare(b.minutes, a.minutes), strings.Compare(a.method, b.method))
	})
	fields["reminders"] = object{"useDefault": o["useDefault"] == true}
	if len(kept) > 0 {
		out := make([]any, len(kept))
		for i, r := range kept {
			out[i] = object{"method": r.method, "minutes": r.minutes}
		}
		fields["reminders"] = object{"useDefault": false, "overrides": out}
	}
	return nil
}

type reminder struct {
	method  string
	minutes float64
}

// Limits of extended properties (1.7): of each of the two kinds, keys and values in characters.
const (
	maxProperties     = 300
	maxPropertyBytes  = 32 << 10
	maxPropertyKey    = 44
	maxPropertyLength = 1024
)

func (c *call) acceptProperties(fields object) *failure {
	ext, _ := fields["extendedProperties"].(object)
	for _, kind := range []string{"private", "shared"} {
		o, _ := ext[kind].(object)
		total := 0
		for key, v := range o {
			value, _ := v.(string)
			if c.variant.TrimProperties {
				if len([]rune(key)) > maxPropertyKey {
					delete(o, key)
					continue
				}
				if r := []rune(value); len(r) > maxPropertyLength {
					value = string(r[:maxPropertyLength])
					o[key] = value
				}
			}
			if len([]rune(key)) > maxPropertyKey || len([]rune(value)) > maxPropertyLength {
				return refProperties.because("Invalid extended property " + kind + "." + key)
			}
			total += len(key) + len(value)
		}
		if len(o) > maxProperties || total > maxPropertyBytes {
			return refProperties.because("Too many extended properties.")
		}
	}
	return nil
}

func (c *call) acceptAttachments(fields object) *failure {
	list, _ := fields["attachments"].([]any)
	if len(list) > 25 {
		return refInvalid.because("Too many attachments.")
	}
	for _, x := range list {
		if a := x.(object); a["fileUrl"] == nil { // check has seen that it is one
			return refRequired.because("Missing attachment file URL.")
		}
	}
	return nil
}
