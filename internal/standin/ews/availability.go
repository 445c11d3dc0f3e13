package ews

import (
	"strconv"
	"strings"
	"time"
)

// longestWindow is how much time GetUserAvailability looks at, and mostMailboxes how many it is asked about.
const (
	longestWindow = 42 * 24 * time.Hour
	mostMailboxes = 100
)

// getUserAvailability is GetUserAvailability: when people of the organisation are busy. Of oneself, and of nobody else, it
// tells what one is busy with.
func (c *call) getUserAvailability(e *element) ([]message, *failure) {
	z := readBiasZone(t(e, "TimeZone"))
	options := t(e, "FreeBusyViewOptions")
	window := t(options, "TimeWindow")
	s := span{z.instant(textOf(t(window, "StartTime"))), z.instant(textOf(t(window, "EndTime")))}
	asked := m(e, "MailboxDataArray").Children
	if len(asked) > mostMailboxes {
		return nil, refMailboxes.because("The request has more than 100 mailboxes.")
	}
	view := textOf(t(options, "RequestedView"))
	if view == "" {
		view = "FreeBusy"
	}
	step := time.Duration(number(t(options, "MergedFreeBusyIntervalInMinutes"))) * time.Minute
	if step <= 0 {
		step = 30 * time.Minute
	}
	array := el("m:FreeBusyResponseArray")
	var numbers []string
	for _, x := range asked {
		f := c.freeBusy(&array, textOf(t(t(x, "Email"), "Address")), s, z, view, step)
		if f != nil {
			numbers = append(numbers, f.Number)
			array.kids = append(array.kids, el("m:FreeBusyResponse", el("m:ResponseMessage", tx("m:MessageText", f.detail), tx("m:ResponseCode", f.Code),
				tx("m:DescriptiveLinkKey", "0")).with("ResponseClass", "Error"), el("m:FreeBusyView", tx("t:FreeBusyViewType", "None"))))
		}
	}
	if numbers != nil {
		c.w.Header().Set("X-Standin-Refusal", strings.Join(numbers, ","))
	}
	reply := el("m:GetUserAvailabilityResponse", array)
	c.reply = &reply
	return nil, nil
}

// freeBusy adds what one person's calendar says.
func (c *call) freeBusy(array *node, address string, s span, z biasZone, kind string, step time.Duration) *failure {
	b := c.findBox(address)
	switch {
	case s.to.Sub(s.from) > longestWindow:
		return refWindow.because("The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = 42 days.")
	case !s.from.Before(s.to):
		return refWindowOrder.because("The start time is not before the end time.")
	case b == nil:
		return refRecipient.because("Unable to resolve e-mail address " + address + " to an Active Directory object.")
	}
	var list []view
	for _, it := range b.named("calendar").items() {
		list = append(list, it.instances(s)...)
	}
	byStart(list)
	out := el("m:FreeBusyView", tx("t:FreeBusyViewType", kind))
	if strings.Contains(kind, "Merged") {
		out.kids = append(out.kids, tx("t:MergedFreeBusy", merged(list, s, step)))
	}
	if kind != "MergedOnly" {
		events := el("t:CalendarEventArray")
		for _, x := range list {
			events.kids = append(events.kids, c.busyEvent(x, b == c.box && strings.HasPrefix(kind, "Detailed"), z))
		}
		if len(events.kids) > 0 {
			out.kids = append(out.kids, events)
		}
	}
	array.kids = append(array.kids, el("m:FreeBusyResponse", el("m:ResponseMessage", tx("m:ResponseCode", "NoError")).with("ResponseClass", "Success"), out))
	return nil
}

// busyEvent is one event, with its details if they may be seen.
func (c *call) busyEvent(x view, details bool, z biasZone) node {
	n := el("t:CalendarEvent", tx("t:StartTime", z.local(x.p.start.instant())), tx("t:EndTime", z.local(x.p.end.instant())), tx("t:BusyType", x.p.busy))
	if details {
		n.kids = append(n.kids, el("t:CalendarEventDetails", tx("t:ID", x.id().attrs[1]), tx("t:Subject", x.p.subject), tx("t:Location", x.p.location),
			tx("t:IsMeeting", truth(x.meeting())), tx("t:IsRecurring", truth(x.original != whole)), tx("t:IsException", truth(x.kind == kindException)),
			tx("t:IsReminderSet", truth(x.p.remind)), tx("t:IsPrivate", truth(x.p.sensitivity == "Private"))))
	}
	return n
}

// weights are the digits of a merged view; the highest of what lies in a stretch stands.
var weights = map[string]int{"Free": 0, "Tentative": 1, "Busy": 2, "OOF": 3, "WorkingElsewhere": 4, "NoData": 4}

// merged writes a stretch of time as digits.
func merged(list []view, s span, step time.Duration) string {
	var b strings.Builder
	for at := s.from; at.Before(s.to); at = at.Add(step) {
		most := 0
		for _, x := range list {
			if x.touches(span{at, at.Add(step)}) {
				most = max(most, weights[x.p.busy])
			}
		}
		b.WriteString(strconv.Itoa(most))
	}
	return b.String()
}
