package graph

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// eventProperties are what $select may name.
var eventProperties = []string{
	"id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "transactionId", "originalStartTimeZone", "originalEndTimeZone",
	"iCalUId", "uid", "reminderMinutesBeforeStart", "isReminderOn", "hasAttachments", "subject", "bodyPreview", "importance", "sensitivity", "isAllDay",
	"isCancelled", "isOrganizer", "responseRequested", "seriesMasterId", "showAs", "type", "webLink", "onlineMeetingUrl", "isOnlineMeeting",
	"onlineMeetingProvider", "allowNewTimeProposals", "occurrenceId", "isDraft", "hideAttendees", "responseStatus", "body", "start", "end", "location",
	"locations", "recurrence", "attendees", "organizer", "onlineMeeting", "originalStart", "cancelledOccurrences", "exceptionOccurrences",
	"singleValueExtendedProperties",
}

func (c *call) shape(o options) shape {
	return shape{prefer: c.prefer, selected: o.selected, extended: o.extended, expand: o.expand}
}

// sendEvent answers with one event.
func (c *call) sendEvent(status int, x view) *failure {
	o, f := c.readOptions(eventProperties, "$select", "$expand")
	if f != nil {
		return f
	}
	if c.variants.MastersExpand && x.kind != kindMaster && slices.Contains(o.expand, "exceptionOccurrences") {
		return refExpand.because("The property 'exceptionOccurrences' can only be expanded on a series master.")
	}
	what := "events/$entity"
	if c.r.Method == http.MethodGet && len(o.selected) > 0 {
		what = "events(" + strings.Join(o.selected, ",") + ")/$entity"
	}
	event := c.render(x, c.shape(o))
	if key, ok := event.get("@odata.etag").(string); ok && c.r.Method != http.MethodGet {
		c.w.Header().Set("ETag", key)
	}
	if status == http.StatusCreated {
		c.w.Header().Set("Location", c.base()+"/v1.0/me/events/"+x.it.id(x.original, c.immutable))
	}
	return c.send(status, c.withContext(what, event))
}

// listEvents lists single events and series masters.
func (c *call) listEvents(f *folder, named bool) *failure {
	o, fail := c.readOptions(eventProperties, "$select", "$expand", "$top", "$skip", "$filter", "$orderby", "$count")
	if fail != nil {
		return fail
	}
	everywhere := o.filter.wholeMailbox() && !(named && c.variants.FolderFilter)
	var list []view
	for _, it := range c.box.sorted() {
		if v := it.now(); v.folder == f || everywhere {
			list = append(list, it.view(v))
		}
	}
	return c.sendViews("events", list, o)
}

// sendViews filters, orders and answers a list of events.
func (c *call) sendViews(what string, list []view, o options) *failure {
	list = slices.DeleteFunc(list, func(x view) bool { return !o.filter.passes(c.Server, x) })
	if o.order != "" {
		slices.SortStableFunc(list, func(a, b view) int {
			n := strings.Compare(strings.ToLower(a.p.subject), strings.ToLower(b.p.subject))
			if o.order != "subject" {
				n = timeOf(a, o.order).Compare(timeOf(b, o.order))
			}
			if o.desc {
				return -n
			}
			return n
		})
	}
	sh := c.shape(o)
	var out []object
	for i, x := range list {
		if i < o.skip || i > o.skip+o.top { // one more than the page, which says that there is a next one
			out = append(out, nil)
			continue
		}
		out = append(out, c.render(x, sh))
	}
	return c.sendPage(what, out, o)
}

// maxWindow is how long a calendar view may be; maxInstances bounds the instances of a series, of which the original's
// documents say nothing.
const (
	maxWindow    = 1825 * 24 * time.Hour
	maxInstances = 100 * 366 * 24 * time.Hour
)

// window reads a span.
func (c *call) window() (span, *failure) {
	from, to := c.option("startDateTime"), c.option("endDateTime")
	if from == "" || to == "" {
		return span{}, refWindow.because("This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
	}
	var s span
	var good, alsoGood bool
	s.from, good = parseInstant(from)
	s.to, alsoGood = parseInstant(to)
	if !good || !alsoGood || s.to.Before(s.from) {
		return span{}, refWindow.because("The values of the query string parameters StartDateTime and EndDateTime are no time window.")
	}
	return s, nil
}

// viewWindow is the span of a calendar view, which is not longer than five years.
func (c *call) viewWindow() (span, *failure) {
	s, fail := c.window()
	if fail == nil && s.to.Sub(s.from) > maxWindow {
		fail = refLongWindow.because("Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825")
	}
	return s, fail
}

// listView lists occurrences, exceptions and single events of a span.
func (c *call) listView(f *folder) *failure {
	s, fail := c.viewWindow()
	if fail != nil {
		return fail
	}
	o, fail := c.readOptions(eventProperties, "$select", "$expand", "$top", "$skip", "$filter", "$orderby", "$count")
	if fail != nil {
		return fail
	}
	var list []view
	for _, it := range c.box.sorted() {
		if v := it.now(); v.folder == f {
			list = append(list, it.instances(v, s)...)
		}
	}
	slices.SortStableFunc(list, func(a, b view) int { return a.p.start.instant().Compare(b.p.start.instant()) })
	return c.sendViews("calendarView", list, o)
}

// listInstances lists the occurrences and exceptions of a series in a span.
func (c *call) listInstances(x view) *failure {
	s, fail := c.window()
	if fail != nil {
		return fail
	}
	if s.to.Sub(s.from) > maxInstances {
		return refLongWindow.because("Your request can't be completed. The range between the start and end dates is greater than the allowed range.")
	}
	if x.kind != kindMaster {
		return refNotRecurring.because("The event is not a series master.")
	}
	o, fail := c.readOptions(eventProperties, "$select", "$expand", "$top", "$skip", "$filter", "$orderby", "$count")
	if fail != nil {
		return fail
	}
	return c.sendViews("events", x.it.instances(x.v, s), o)
}
