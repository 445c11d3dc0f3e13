package ews

import "slices"

// deleteItem is DeleteItem.
func (c *call) deleteItem(e *element) ([]message, *failure) {
	send := e.Attr("SendMeetingCancellations")
	return c.batch(m(e, "ItemIds").Children, func(ref *element) message {
		x, key, f := c.find(ref)
		switch {
		case f != nil:
			return failed(f)
		case send == "":
			return failed(refSendDelete.because("SendMeetingCancellations attribute is required for calendar items."))
		case c.variants.DeleteChecksKey && key != "" && key != x.key():
			return failed(refDeleteKey.because("The change key passed in the request does not match the current change key for the item."))
		}
		c.take(x, e.Attr("DeleteType"), send)
		return done()
	})
}

// take deletes an event, or one occurrence of a series, and tells the guests.
func (c *call) take(x view, how, send string) {
	c.cancel(x, send)
	if x.original != whole {
		st := x.it.edit()
		st.exceptions = slices.DeleteFunc(st.exceptions, func(e exception) bool { return e.original == x.original })
		st.deleted = append(st.deleted, x.original)
		slices.Sort(st.deleted)
		c.store(x.it, st)
		x.it.remember(nil)
		c.tell(x.it, nil, send)
		return
	}
	if how == "MoveToDeletedItems" {
		c.move(x.it, x.it.box.named("deleteditems"))
	} else {
		c.remove(x.it)
	}
	c.tell(x.it, nil, send)
}

// move lays an item into another folder, where it is another one: its id is new, and so are its keys.
func (s *Server) move(it *item, to *folder) *item {
	there := s.newItem(to)
	there.made = it.made
	s.put(there, it.edit())
	s.drop(it)
	old := it.view().id()
	old.name = "t:OldItemId"
	s.emit("MovedEvent", there, old, it.folder.id("t:OldParentFolderId"))
	return there
}

// moveItem is MoveItem.
func (c *call) moveItem(e *element) ([]message, *failure) {
	to, missing := c.findRef(m(e, "ToFolderId").Children[0], refToFolder)
	return c.batch(m(e, "ItemIds").Children, func(ref *element) message {
		if missing != nil {
			return failed(missing)
		}
		x, _, f := c.find(ref)
		switch {
		case f != nil:
			return failed(f)
		case x.original != whole:
			return failed(refMoveOccurrence.because("Cannot move or copy an occurrence of a recurring calendar item."))
		}
		there := c.move(x.it, to)
		if textOf(m(e, "ReturnNewItemIds")) == "false" {
			return listed("m:Items")
		}
		return listed("m:Items", el("t:CalendarItem", there.view().id()))
	})
}
