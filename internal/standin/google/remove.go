package google

import (
	"net/http"

	"tahti/internal/recur"
)

// deleteEvent is DELETE. What is deleted keeps its id for good.
func (c *call) deleteEvent() *failure {
	l, f := c.opened(roleBlindWriter)
	if f != nil {
		return f
	}
	e := l.shelf.find(c.segment("eventId"))
	if e == nil {
		return refNotFound.because("Not Found")
	}
	if e.cancelled() {
		return refDeleted.because("Resource has been deleted")
	}
	if e.hidden() && l.role == roleBlindWriter {
		return refAccess.because("You need to have writer access to this calendar.")
	}
	if f = c.matches(e); f != nil {
		return f
	}
	c.cancel(l, e)
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// cancel deletes an event, with the changed occurrences of a series, or takes one occurrence out.
func (c *call) cancel(l *listing, e *event) {
	old := e.fields()
	c.bear(e)
	e.own["status"] = "cancelled"
	e.sequence++
	e.updated, e.tag = c.now(), c.tag()
	c.moveSeriesTag(l.shelf, e)
	l.shelf.events[e.id] = e
	l.shelf.record(e, c.now())
	l.shelf.bury(e)
	for _, x := range e.exceptions {
		if !x.cancelled() {
			x.own["status"] = "cancelled"
			x.updated, x.tag = c.now(), c.tag()
			l.shelf.record(x, c.now())
		}
	}
	c.afterCancel(l, e, old)
}

// moveSeriesTag is for the variant in which a change of one occurrence is one of its series.
func (c *call) moveSeriesTag(sh *shelf, e *event) {
	if e.series != nil && c.variant.SeriesETagMoves {
		e.series.tag = c.tag()
		sh.record(e.series, c.now())
	}
}

// hasStart reports whether a series has an original start.
func hasStart(sh *shelf, e *event, original moment) bool {
	w := original
	w.zone = e.start.zone
	wall := w.wallTime(sh.zone).Wall
	return recur.Has(e.rule, wall) && !e.rule.IsCancelled(wall)
}
