package graph

import (
	"net/http"
	"slices"
)

// createEvent is POST of an event.
func (c *call) createEvent(f *folder) *failure {
	if f.readOnly {
		return refReadOnly.because("Access is denied. Check credentials and try again.")
	}
	p, fail := c.decodePatch(c.body)
	if fail != nil {
		return fail
	}
	if p.transaction != nil && *p.transaction != "" {
		if it := c.box.transactions[*p.transaction]; it != nil {
			return c.repeated(it)
		}
	}
	half := c.box.half > 0
	if half {
		c.box.half--
		delete(p.set, "singleValueExtendedProperties")
	}
	it, fail := c.add(f, p)
	if fail != nil {
		return fail
	}
	if half {
		return refHalf.because("The item was saved by somebody else at the same time.")
	}
	return c.sendEvent(http.StatusCreated, it.view(it.now()))
}

// add makes a new event, and invites.
func (c *call) add(f *folder, p *patch) (*item, *failure) {
	st := state{props: newProps(), organizer: person{c.box.Display, c.box.Name}}
	if !f.isDefault && f.owner.address != c.box.Name {
		st.organizer = f.owner
	}
	if fail := c.create(&st, p); fail != nil {
		return nil, fail
	}
	it := c.newItem(c.box, "")
	if p.transaction != nil && *p.transaction != "" {
		st.transaction = *p.transaction
		c.box.transactions[st.transaction] = it
	}
	c.online(it, &st.props, p)
	c.store(it, f, st, false)
	c.spread(it, st.attendees)
	c.invite(it, nil)
	return it, nil
}

// repeated answers a second POST under a transactionId.
func (c *call) repeated(it *item) *failure {
	if c.variants.RepeatOriginal && !it.now().gone {
		return c.sendEvent(http.StatusCreated, it.view(it.now()))
	}
	f := refTransaction.because("Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.")
	if c.variants.RepeatedIs400 {
		f.Status = http.StatusBadRequest
	}
	return f
}

// create fills a new event from a request.
func (c *call) create(st *state, p *patch) *failure {
	if !p.hasStart || !p.hasEnd {
		return refTimes.because("At least one property failed validation.")
	}
	apply(&st.props, &p.props, p.set)
	if p.set["onlineMeetingProvider"] {
		st.onlineWith = p.onlineWith
	}
	st.recurrence = p.recurrence
	return st.check(p)
}

// matches holds If-Match.
func (c *call) matches(x view) *failure {
	want := c.r.Header.Get("If-Match")
	if want == "" || want == "*" || want == etag(changeKey(c.box.number, c.keySeq(x))) {
		return nil
	}
	return refMatch.because("The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.")
}

// patchEvent is PATCH of an event, an occurrence or an exception.
func (c *call) patchEvent(x view) *failure {
	if x.v.folder.readOnly {
		return refReadOnly.because("Access is denied. Check credentials and try again.")
	}
	p, f := c.decodePatch(c.body)
	if f != nil {
		return f
	}
	if f := c.matches(x); f != nil {
		return f
	}
	if p.transaction != nil && *p.transaction != x.v.transaction {
		return refFixed.because("The transactionId of an event cannot be changed.")
	}
	if x.v.invited && !c.variants.GuestsEdit && (p.recurs || !onlyPersonal(p.set)) {
		return refGuest.because("Access is denied. Check credentials and try again.")
	}
	if f := c.change(x, p); f != nil {
		return f
	}
	if x.original != whole {
		return c.sendEvent(http.StatusOK, x.it.occurrenceAt(x.it.now(), x.original))
	}
	return c.sendEvent(http.StatusOK, x.it.view(x.it.now()))
}

// deleteEvent is DELETE of an event, or of one occurrence.
func (c *call) deleteEvent(x view) *failure {
	if x.v.folder.readOnly {
		return refReadOnly.because("Access is denied. Check credentials and try again.")
	}
	if f := c.matches(x); f != nil {
		return f
	}
	c.remove(x)
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// remove deletes and tells the guests.
func (s *Server) remove(x view) {
	st := x.v.edit()
	if x.original == whole {
		s.store(x.it, x.v.folder, st, true)
	} else {
		st.exceptions = slices.DeleteFunc(st.exceptions, func(e exception) bool { return e.original == x.original })
		st.deleted = append(st.deleted, x.original)
		slices.Sort(st.deleted)
		s.store(x.it, x.v.folder, st, false)
	}
	s.cancel(x)
}
