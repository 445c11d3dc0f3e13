package ews

import "strings"

// createItem is CreateItem.
func (c *call) createItem(e *element) ([]message, *failure) {
	folder, missing := c.box.named("calendar"), (*failure)(nil)
	if ref := m(e, "SavedItemFolderId"); ref != nil {
		folder, missing = c.findRef(ref.Children[0], refSavedFolder)
	}
	send := e.Attr("SendMeetingInvitations")
	return c.batch(m(e, "Items").Children, func(x *element) message {
		switch {
		case missing != nil:
			return failed(missing)
		case x.Name.Local != "CalendarItem":
			return failed(refNewItem.because("Invalid item for this operation: " + x.Name.Local + "."))
		case send == "":
			return failed(refSendCreate.because("SendMeetingInvitations attribute is required for calendar items."))
		case !folder.calendar():
			return failed(refNotCalendar.because("Cannot create a calendar item in a non-calendar folder."))
		case c.full:
			return failed(noRoom())
		}
		it, f := c.create(folder, x, send)
		if f != nil {
			return failed(f)
		}
		return listed("m:Items", el("t:CalendarItem", it.view().id()))
	})
}

// noRoom is about a mailbox that is full.
func noRoom() *failure { return refFull.because("The mailbox has exceeded its storage quota.") }

// create makes an event of an element, and invites.
func (c *call) create(f *folder, e *element, send string) (*item, *failure) {
	p := newPatch()
	p.create = true
	for _, k := range e.Children {
		if fail := c.read(p, k); fail != nil {
			return nil, fail
		}
	}
	return c.add(f, p, send)
}

// add makes an event of what was read.
func (c *call) add(f *folder, p *patch, send string) (*item, *failure) {
	st := state{props: newProps(), organizer: person{c.box.Display, c.box.Name}}
	p.put(&st.props)
	if fail := c.times(&st, p); fail != nil {
		return nil, fail
	}
	if fail := st.recur(p); fail != nil {
		return nil, fail
	}
	it := c.newItem(f)
	if st.uid = p.uid; st.uid == "" {
		st.uid = c.newUID(c.box)
	}
	st.sent = sends(send) && len(st.everybody()) > 0
	c.store(it, st)
	c.invite(it, nil, send)
	for _, o := range p.overrides {
		x, ok := it.occurrence(o.original.in(st.start.zone).wall)
		switch {
		case !ok: // it says nothing about the series
		case o.patch == nil:
			c.take(x, "HardDelete", "SendToNone")
		default:
			if _, f := c.changeOccurrence(x, o.patch, "SendToNone"); f != nil {
				c.remove(it)
				return nil, f
			}
		}
	}
	c.tell(it, nil, send)
	return it, nil
}

// sends reports whether mail is to be sent.
func sends(attr string) bool { return strings.HasPrefix(attr, "Send") && attr != "SendToNone" }
