package enginetest

import (
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// Add puts an event in, as a person would.
func (c *Calendar) Add(ev calendar.Event) provider.RemoteID {
	c.made++
	e := &entry{id: provider.RemoteID(fmt.Sprintf("event-%d", c.made)), raw: fmt.Sprintf("X-KEEP:%d", c.made), event: ev.Clone()}
	if e.event.UID == "" {
		e.event.UID = string(e.id)
	}
	e.event.Known = calendar.AllFields
	e.event.Normalize()
	c.insert(e)
	return e.id
}

// AddRelated puts an event in that carries a copied key, or says that it belongs to another one.
func (c *Calendar) AddRelated(ev calendar.Event, key provider.Key, related string) provider.RemoteID {
	id := c.Add(ev)
	c.stored[id].key, c.stored[id].related = key, related
	return id
}

// Edit changes an event, as a person would.
func (c *Calendar) Edit(id provider.RemoteID, f func(*calendar.Event)) {
	e := c.stored[id]
	ev := e.event.Clone()
	f(&ev)
	ev.Normalize()
	e.event = ev
	c.changed(e)
}

// Slip changes an event under the version that it had, as no server should.
func (c *Calendar) Slip(id provider.RemoteID, f func(*calendar.Event)) {
	e := c.stored[id]
	seq, modified := e.seq, e.modified
	c.Edit(id, f)
	e.seq, e.modified = seq, modified
}

// Delete takes an event out, as a person would.
func (c *Calendar) Delete(id provider.RemoteID) {
	e := c.stored[id]
	e.gone = true
	c.changed(e)
}

// Restore takes an event out of the bin, under the id that it had.
func (c *Calendar) Restore(id provider.RemoteID) {
	e := c.stored[id]
	e.gone = false
	c.changed(e)
}

// Move gives an event another id, as servers do that let people rename what they keep it under.
func (c *Calendar) Move(id provider.RemoteID) provider.RemoteID {
	was := c.stored[id]
	c.Delete(id)
	c.made++
	e := *was
	e.gone, e.id = false, provider.RemoteID(fmt.Sprintf("event-%d", c.made))
	c.insert(&e)
	return e.id
}

// Retext changes what an event says beyond our model: an alarm, a colour.
func (c *Calendar) Retext(id provider.RemoteID, raw string) {
	e := c.stored[id]
	e.raw = raw
	c.changed(e)
}

// Raw is what an event says beyond our model.
func (c *Calendar) Raw(id provider.RemoteID) string { return c.stored[id].raw }

// Spoil makes an event unreadable or forbidden, for a reason if there is a code; StateLive makes it good again.
func (c *Calendar) Spoil(id provider.RemoteID, state provider.State, code provider.ProblemCode) {
	e := c.stored[id]
	e.state, e.spoilt = state, &provider.Problem{Code: code, Detail: "as it stands there"}
	switch {
	case state == provider.StateLive:
		e.state, e.spoilt = 0, nil
	case code == "":
		e.spoilt = nil
	}
	c.changed(e)
}

// Forget makes all cursors invalid that were given out so far.
func (c *Calendar) Forget() {
	c.seq++
	c.lost = c.seq
}

// Held are the events that are in the calendar, by id.
func (c *Calendar) Held() map[provider.RemoteID]calendar.Event {
	held := map[provider.RemoteID]calendar.Event{}
	for id, e := range c.stored {
		if !e.gone {
			held[id] = e.event.Clone()
		}
	}
	return held
}
