package google

import "time"

// listInstances is GET instances: the occurrences of one series.
func (c *call) listInstances() *failure {
	l, f := c.opened(roleFreeBusy)
	if f != nil {
		return f
	}
	e := l.shelf.find(c.segment("eventId"))
	if e == nil || e.cancelled() && !c.is("showDeleted") {
		return refNotFound.because("Not Found")
	}
	if e.rule == nil {
		return refNotRecurring.because("The event does not recur.")
	}
	size, f := c.pageSize(250, 2500)
	if f != nil {
		return f
	}
	p, f := c.openPage("instances of "+e.id, 0, 0)
	if f != nil {
		return f
	}
	var found []*event
	for _, x := range c.occurrences(l.shelf, e, c.instant("timeMin"), c.instant("timeMax")) {
		if x.cancelled() && !c.is("showDeleted") || !c.beganAt(x) {
			continue
		}
		found = append(found, x)
	}
	events, more := c.page(&p, keysOf(found, func(i int, _ *event) uint64 { return uint64(i) + 1 }), size)
	items := []any{}
	for _, x := range events {
		items = append(items, c.show(l, x))
	}
	body := c.listing(l, items)
	c.endPage(body, p, more, false)
	return c.answer(body)
}

// beganAt holds originalStart.
func (c *call) beganAt(x *event) bool {
	want := c.text("originalStart")
	if want == "" {
		return true
	}
	if t, err := time.Parse(time.RFC3339, want); err == nil {
		return !x.original.day && t.Equal(x.original.at)
	}
	return x.original.day && x.original.at.Format(time.DateOnly) == want
}
