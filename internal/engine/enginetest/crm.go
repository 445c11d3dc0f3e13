package enginetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// holding is what an event says in the fields that the calendar has.
func (c *Calendar) holding(e *calendar.Event) calendar.Event {
	held := calendar.Event{UID: e.UID, Known: c.Holds}
	for _, f := range c.Holds.List() {
		calendar.Copy(f, &held.Values, &e.Values)
	}
	if c.Holds.Has(calendar.Recurrence) {
		calendar.CopyRecurrence(&held, e)
		held.Overrides, held.Cancelled = e.Clone().Overrides, slices.Clone(e.Cancelled)
	}
	if c.OneDay && held.Start.Kind == calendar.Date && held.End.Wall > held.Start.Wall {
		held.End.Wall = held.Start.Wall + calendar.Day
	}
	return held
}

// takes refuses a write as the adapter does, and notes what none may be asked for.
func (c *Calendar) takes(w provider.Put) error {
	if more := w.Fields &^ c.fields(); more != 0 {
		c.wrong("%s was written, which it does not have", more)
	}
	f := w.Event.Facet()
	for _, field := range (w.Fields & calendar.References).List() {
		if f.Ref(field).Here != 0 {
			c.wrong("%s was to be row %d of ours", field, f.Ref(field).Here)
		}
	}
	if start := w.Event.Start; c.Instants && start.Kind != calendar.Date && (start.Kind != calendar.UTC || start.Wall%60 != 0) {
		c.wrong("a time was written that is no instant of a whole minute: %s", start)
	}
	if w.Event.IsSeries() && !c.fields().Has(calendar.Recurrence) {
		c.wrong("a series was written")
	}
	if w.Fields.Has(calendar.TypeFacet) && c.Types != nil && !slices.Contains(c.Types, f.Type.ID) {
		return &provider.Error{Op: "put", Class: provider.Rejected, Code: provider.CodeTypeNotHeld}
	}
	return nil
}

// createKeyless makes something however often it is asked to.
func (c *Calendar) createKeyless(w provider.Put) *entry {
	c.made++
	ev := calendar.Event{Known: calendar.AllFields}
	e := &entry{id: provider.RemoteID(fmt.Sprintf("made-%d", c.made)), raw: "made by us"}
	e.event = c.cut(written(&ev, &w.Event, w.Fields))
	c.insert(e)
	c.Writes++
	return e
}

// MadeSince answers what was made since an instant.
func (c *Calendar) MadeSince(_ context.Context, at time.Time) ([]provider.Item, error) {
	call := Call{Op: "made"}
	if err := c.call(call); err != nil {
		return nil, err
	}
	var items []provider.Item
	for _, id := range c.order {
		if e := c.stored[id]; !e.gone && !e.created.Before(at) {
			items = append(items, c.item(e))
		}
	}
	return items, c.answer(call)
}
